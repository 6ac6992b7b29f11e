"""Bytes against request and claim."""

from __future__ import annotations

import pytest

from limner.media import Blob, Image
from limner.verification import check_count, check_images, is_image

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
