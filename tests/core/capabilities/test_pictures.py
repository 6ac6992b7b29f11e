"""Input images: kinds of file, bytes, shape and number."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from limner.capabilities import Alpha, Count, MaxBytes, MediaTypes, SamplePicture, Square
from limner.capabilities.pictures import PictureConstraint, pictures

if TYPE_CHECKING:
    from limner.capabilities import Constraint

AWAY = SamplePicture(None, None, None, None, None, kind="url")


def problem(constraint: Constraint, value: object) -> str:
    finding = constraint.check(value)
    assert finding is not None
    return finding.problem


@pytest.mark.parametrize("constraint", [MediaTypes("png"), MaxBytes(5), Square(), Alpha()])
def test_what_cannot_be_told_is_a_warning(constraint: Constraint) -> None:
    finding = constraint.check(AWAY)
    assert finding is not None
    assert (finding.verdict, finding.code) == ("warn", "cannot_tell")
    assert finding.problem.endswith("; that cannot be checked for this one")


def test_bytes_of_no_known_kind_of_image_are_refused() -> None:
    finding = MediaTypes(("png", "webp")).check(SamplePicture(media_type=None))
    assert finding is not None
    assert (finding.verdict, finding.code) == ("no", "media_type")
    assert finding.problem == "must be an image of type png or webp, not bytes of no known kind of image"


@pytest.mark.parametrize("kind", ["svg+xml", "avif", "tiff"])
def test_bytes_may_be_of_a_kind_that_no_signature_opens(kind: str) -> None:
    finding = MediaTypes(("png", kind)).check(SamplePicture(media_type=None))
    assert finding is not None
    assert (finding.verdict, finding.code) == ("warn", "cannot_tell")


@pytest.mark.parametrize("constraint", [MediaTypes("png"), MaxBytes(5), Square(), Alpha()])
@pytest.mark.parametrize("value", ["cat.png", b"\x89PNG", 5, None])
def test_what_is_no_image_is_refused_and_never_shown(constraint: Constraint, value: object) -> None:
    finding = constraint.check(value)
    assert finding is not None
    assert (finding.verdict, finding.code) == ("no", "wrong_type")
    assert "PNG" not in finding.got


def test_each_of_several_images_is_checked_and_told_by_its_place() -> None:
    odd = SamplePicture(width=1)
    found = Square().findings([SamplePicture(), odd, AWAY])
    assert [(item.verdict, item.at) for item in found] == [("no", "[1]"), ("warn", "[2]")]


def test_of_several_findings_the_refusal_counts() -> None:
    finding = Square().check((AWAY, SamplePicture(width=1)))
    assert finding is not None
    assert finding.verdict == "no"


@pytest.mark.parametrize("kind", ["image/jpeg", "image/jpg", "IMAGE/JPEG"])
def test_media_types_are_compared_without_case_and_by_their_aliases(kind: str) -> None:
    assert MediaTypes(("image/jpeg", "png")).check(SamplePicture(media_type=kind)) is None


def test_a_media_type_is_told_in_short() -> None:
    told = problem(MediaTypes(("png", "webp")), SamplePicture(media_type="image/gif"))
    assert told == "must be an image of type png or webp, not gif"


def test_an_exclusive_limit_stays_under() -> None:
    assert MaxBytes(100).check(SamplePicture(size=100)) is None
    assert MaxBytes(100, exclusive=True).check(SamplePicture(size=99)) is None
    told = problem(MaxBytes(50_000_000, exclusive=True), SamplePicture(size=50_000_000))
    assert told == "must be an image under 50 MB, not one of 50,000,000 bytes"


def test_the_encoded_form_counts_base64_and_its_prefix() -> None:
    # "data:image/png;base64," is 22 characters; 9 bytes are 12 characters, and 10 bytes are 16.
    limit = MaxBytes(encoded=34)
    assert limit.check(SamplePicture(size=9)) is None
    assert problem(limit, SamplePicture(size=10)).endswith("not one of 38 characters")


def test_a_limit_on_the_encoded_form_is_nothing_to_what_goes_by_url() -> None:
    away = SamplePicture(size=None, kind="url")
    assert MaxBytes(encoded=34).check(away) is None
    finding = MaxBytes(9, encoded=34).check(away)
    assert finding is not None
    assert (finding.verdict, finding.code) == ("warn", "cannot_tell")


@pytest.mark.parametrize(
    ("limit", "words"),
    [
        (MaxBytes(4 * 2**20), "an image of at most 4 MiB"),
        (MaxBytes(500), "an image of at most 500 bytes"),
        (MaxBytes(9000, encoded=20), "an image of at most 9 kB and of at most 20 characters as a data URL"),
    ],
)
def test_amounts_are_told_in_the_largest_whole_unit(limit: MaxBytes, words: str) -> None:
    assert limit.describe() == words


def test_a_limit_of_nothing_is_a_mistake() -> None:
    with pytest.raises(ValueError, match="MaxBytes takes a limit"):
        MaxBytes()


def test_a_shape_is_told() -> None:
    assert problem(Square(), SamplePicture(width=3, height=4)) == "must be a square image, not 3x4"


def test_an_opaque_image_has_no_alpha() -> None:
    assert problem(Alpha(), SamplePicture(alpha=False)) == "must be an image with transparency, not one without"


class TestCount:
    @pytest.mark.parametrize(
        ("count", "words"),
        [(Count(1, 16), "1 to 16 images"), (Count(1, 1), "1 image"), (Count(2), "at least 2 images")],
    )
    def test_it_describes_how_many(self, count: Count, words: str) -> None:
        assert count.describe() == words

    def test_too_few_is_told_from_too_many(self, png: SamplePicture) -> None:
        codes = [finding.code for number in (1, 2, 3) if (finding := Count(2, 2).check((png,) * number))]
        assert codes == ["too_few", "too_many"]

    def test_a_single_image_counts_as_one(self, png: SamplePicture) -> None:
        assert Count(1, 1).check(png) is None
        assert Count(2).check(png) is not None

    @pytest.mark.parametrize("value", ["images", b"images", 5, None])
    def test_what_holds_no_images_is_of_the_wrong_type(self, value: object) -> None:
        finding = Count().check(value)
        assert finding is not None
        assert finding.code == "wrong_type"

    def test_json_schema_is_an_array(self) -> None:
        assert Count(1, 4).json_schema() == {
            "type": "array",
            "items": {"type": "string"},
            "minItems": 1,
            "maxItems": 4,
        }
        assert "maxItems" not in Count().json_schema()


def test_pictures_are_found_in_one_in_several_and_in_none(png: SamplePicture) -> None:
    assert pictures(png) == (png,)
    assert pictures([png, "text", png]) == (png, png)
    assert pictures("text") == ()


def test_images_are_never_adapted(png: SamplePicture) -> None:
    assert MediaTypes("webp").nearest(png) is None


def test_json_schema_describes_the_image() -> None:
    assert MediaTypes("png").json_schema() == {"type": "string", "description": "an image of type png"}


def test_the_base_of_them_says_nothing_itself() -> None:
    for said in (
        lambda: PictureConstraint().fitting(SamplePicture()),
        lambda: PictureConstraint().trait(),
        lambda: PictureConstraint()._unfit(),
        lambda: PictureConstraint()._fault(SamplePicture()),
    ):
        with pytest.raises(NotImplementedError):
            said()
