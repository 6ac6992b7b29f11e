"""Bytes against request and claim."""

from __future__ import annotations

from typing import Any

import pytest

from limner.errors import ServerError
from limner.media import Blob, Image
from limner.results import ImageResult, ResultWarning, Usage
from limner.steps import Partial
from limner.verification import check_count, check_images, fitting, is_image, misfits

SVG = b'<svg xmlns="http://www.w3.org/2000/svg" width="8" height="4"></svg>'


def picture(media_type: str = "image/png", *, alpha: bool | None = None, **claims: object) -> Image:
    details = {**claims, **({"alpha": alpha} if alpha is not None else {})}
    return Image(data=Blob(b"x"), media_type=media_type, width=8, height=4, details=details)


@pytest.mark.parametrize(
    ("image", "asked"),
    [
        (picture(), {"size": "8x4", "output_format": "png"}),
        (picture(), {"size": "auto", "background": "opaque"}),
        (picture(size="8x4", output_format="png", quality="high"), {}),
        (picture(alpha=True), {"background": "transparent"}),
        (picture(), {"background": "transparent"}),
        (Image(url="https://example.com/a.png"), {"size": "1x1"}),
        (picture(), {"size": "landscape", "output_format": "tiff"}),
        (Image(data=Blob(b"x")), {"size": "8x4", "output_format": "png"}),
    ],
)
def test_what_is_as_asked_or_cannot_be_told_brings_no_warning(image: Image, asked: dict[str, str]) -> None:
    assert check_images([image], asked) == ()


@pytest.mark.parametrize(
    ("image", "asked", "code", "message"),
    [
        (picture(), {"size": "4x8"}, "size_differs", "Image 0 has 8x4, where size 4x8 was asked for."),
        (picture(size="4x8"), {}, "size_differs", "Image 0 has 8x4, where size 4x8 was claimed by the server."),
        (
            picture(),
            {"output_format": "webp"},
            "output_format_differs",
            "Image 0 has image/png, where output_format webp was asked for.",
        ),
        (
            picture(output_format="jpeg"),
            {},
            "output_format_differs",
            "Image 0 has image/png, where output_format jpeg was claimed by the server.",
        ),
        (
            picture(alpha=False),
            {"background": "transparent"},
            "background_differs",
            "Image 0 has no alpha channel, where background transparent was asked for.",
        ),
    ],
)
def test_a_difference_is_one_warning(image: Image, asked: dict[str, str], code: str, message: str) -> None:
    (warning,) = check_images([image], asked)
    assert (warning.code, str(warning)) == (code, message)


@pytest.mark.parametrize(("came", "asked"), [(1, None), (1, 1), (3, 3)])
def test_as_many_as_asked_is_no_warning(came: int, asked: int | None) -> None:
    assert check_count(came, asked) == ()


@pytest.mark.parametrize(
    ("came", "asked", "message"),
    [
        (2, None, "2 images came where 1 was asked for: more than asked."),
        (1, 3, "1 image came where 3 were asked for: fewer than asked."),
    ],
)
def test_another_number_is_a_warning(came: int, asked: int | None, message: str) -> None:
    (warning,) = check_count(came, asked)
    assert (warning.code, warning.parameter, str(warning)) == ("count_differs", "n", message)


def test_svg_is_an_image_only_where_svg_was_asked_for() -> None:
    assert is_image(Image.of(SVG), {"output_format": "svg"})
    assert not is_image(Image.of(SVG), {})


def test_a_url_is_taken_for_an_image_until_it_is_fetched() -> None:
    assert is_image(Image(url="https://example.com/a.png"), {})
    assert not is_image(Image(), {})


def test_bytes_of_no_known_kind_are_no_image() -> None:
    assert not is_image(Image(data=Blob(b"not a picture")), {})


FINE = Image(data=Blob(b"x"), url="https://x", seed=5, revised_prompt="a cat", details={"kind": "oil"})
WARNING = ResultWarning(code="odd", message="It is odd.")
MISFITS: dict[str, Any] = {
    "images is NoneType": ImageResult(images=None),  # type: ignore[arg-type]
    "images is generator": ImageResult(images=(FINE for _ in "ab")),  # type: ignore[arg-type]
    "images is str": ImageResult(images="ab"),  # type: ignore[arg-type]
    "images[1] is bytes": ImageResult(images=(FINE, b"x")),  # type: ignore[arg-type]
    "images[0].data is bytes": ImageResult(images=(Image(data=b"x"),)),  # type: ignore[arg-type]
    "images[0].url is int": ImageResult(images=(Image(url=5),)),  # type: ignore[arg-type]
    "images[0].seed is str": ImageResult(images=(Image(url="x", seed="5"),)),  # type: ignore[arg-type]
    "images[0].revised_prompt is list": ImageResult(images=(Image(url="x", revised_prompt=[]),)),  # type: ignore[arg-type]
    "images[0].index is NoneType": ImageResult(images=(Image(url="x", index=None),)),  # type: ignore[arg-type]
    "warnings[0] is int": ImageResult(images=(FINE,), warnings=(1,)),  # type: ignore[arg-type]
    "warnings[1].message is NoneType": ImageResult(
        images=(FINE,), warnings=(WARNING, ResultWarning(code="odd", message=None)),  # type: ignore[arg-type]
    ),
    "usage is str": ImageResult(images=(FINE,), usage="x"),  # type: ignore[arg-type]
    "usage.total_tokens is str": ImageResult(images=(FINE,), usage=Usage(total_tokens="5")),  # type: ignore[arg-type]
    "usage.svg.input_tokens is float": ImageResult(images=(FINE,), usage=Usage(svg=Usage(input_tokens=0.5))),  # type: ignore[arg-type]
    "usage.raw is list": ImageResult(images=(FINE,), usage=Usage(raw=[])),  # type: ignore[arg-type]
    "created is int": ImageResult(images=(FINE,), created=5),  # type: ignore[arg-type]
    "raw is dict": ImageResult(images=(FINE,), raw={}),  # type: ignore[arg-type]
    "image is bytes": Partial(b"x"),  # type: ignore[arg-type]
    "image.data is str": Partial(Image(data="x")),  # type: ignore[arg-type]
    "index is NoneType": Partial(FINE, None),  # type: ignore[arg-type]
    "request_id is int": ServerError("x", request_id=5),  # type: ignore[arg-type]
    "images[1] is int": ServerError("x", images=(FINE, 5)),  # type: ignore[arg-type]
    "maybe_billed is int": ServerError("x", maybe_billed=1),  # type: ignore[arg-type]
    "phase is none of not_sent, rejected, unknown, final": ServerError("x", phase="over"),  # type: ignore[arg-type]
}  # fmt: skip


@pytest.mark.parametrize(("fault", "value"), MISFITS.items(), ids=MISFITS)
def test_a_field_of_another_type_is_named_by_its_place(fault: str, value: Any) -> None:
    assert list(misfits(value)) == [fault]


@pytest.mark.parametrize(
    "value",
    [
        ImageResult(images=(FINE, Image(url="x")), warnings=(WARNING,), usage=Usage(total_tokens=5, raw={}), raw=({},)),
        ImageResult(images=[FINE], warnings=[], raw=[1]),  # type: ignore[arg-type]  # lists are let pass: the core makes tuples
        type("OwnResult", (ImageResult,), {})(images=(type("OwnImage", (Image,), {})(url="x"),)),
        Partial(FINE, 2),
        ServerError("x"),
        ServerError("x", status=500, code="c", request_id="r", retry_after=0.5, phase="rejected", images=[FINE]),
    ],
)
def test_what_is_of_the_right_types_is_let_pass(value: Any) -> None:
    assert list(misfits(value)) == []


def test_every_field_of_another_type_is_told() -> None:
    result = ImageResult(images=("a", FINE, 5), usage="x")  # type: ignore[arg-type]
    assert list(misfits(result)) == ["images[0] is str", "images[2] is int", "usage is str"]


def test_pictures_that_are_fine_are_found_among_others() -> None:
    assert fitting(("a", FINE, Image(data=b"x"))) == [FINE]  # type: ignore[arg-type]
    assert fitting(None) == []
