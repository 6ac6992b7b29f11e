"""Images that a request brings: what is taken, and the errors for what is not.

What the errors rest on:

* ``unsupported_file_mimetype``, ``missing_file_mimetype``, ``invalid_image_file``, ``invalid_mask_image_format`` (no
  alpha), ``invalid_type`` (a string for a file), ``duplicate_parameter``, and dall-e-2's *Uploaded image must be a PNG
  and less than 4 MB*: public reports. A mask's media type is not looked at, and dall-e-2 took files without one
  (recorded).
* ``Error while downloading file``: a recorded answer. ``array_above_max_length`` and the sentence about data URLs:
  OpenAI's words elsewhere.
* The code of a file that is too large, the sentences about squares and a mask's measures, unknown file ids: our
  assumptions.

"50MB" and "4MB" are powers of ten here, the smaller of two readings.
"""

from __future__ import annotations

import hashlib
import math
from io import BytesIO
from typing import TYPE_CHECKING, Any

from attrs import frozen

from limner_sandbox.openai_images.multipart import Upload
from limner_sandbox.openai_images.refusals import USER, Refusal, wrong_type
from limner_sandbox.painter import Sources

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from PIL import Image

    from limner_sandbox.openai_images.parameters import Check

MEGABYTE = 1_000_000
MOST_PIXELS = 100_000_000
"""Larger pictures are not looked at."""
PICTURES = ("image/jpeg", "image/png", "image/webp")
_SCHEMES = {"image/jpeg": "JPEG", "image/png": "PNG", "image/webp": "WEBP"}
_LARGEST_THUMB = 768


@frozen(kw_only=True)
class Limits:
    """What the images of a request may be."""

    media_types: tuple[str, ...] = PICTURES
    most: int = 16
    most_bytes: int = 50 * MEGABYTE
    square: bool = False
    """Square PNG files only: dall-e-2."""
    typed: bool = True
    """Whether every file has to say its media type."""


ANY = Limits()
"""What GPT image models take."""
SMALL_SQUARE = Limits(media_types=("image/png",), most=1, most_bytes=4 * MEGABYTE, square=True, typed=False)
"""What dall-e-2 takes."""
MASK_BYTES = 4 * MEGABYTE


def files(limits: Limits) -> Check:
    """One file, or several."""

    def check(name: str, value: Any) -> None:  # noqa: ANN401 - JSON
        if not isinstance(value, list):
            _file(name, value, limits, "one of an array of files or file")
            return
        counted(name, value, limits.most)
        for index, each in enumerate(value):
            _file(f"{name}[{index}]", each, limits, "a file")

    return check


def one_file(name: str, value: Any) -> None:  # noqa: ANN401 - JSON
    """A file; what it is shows when it is opened."""
    if not isinstance(value, Upload):
        raise wrong_type(name, "a file", value)


def counted(name: str, value: Sequence[object], most: int) -> None:
    """An array of 1 to so many members.

    Raises:
        Refusal: It has more, or none.
    """
    if not value:
        but = "Expected an array with minimum length 1, but got an empty array instead."
        raise Refusal(400, "empty_array", f"Invalid '{name}': empty array. {but}", param=name)
    if len(value) > most:
        but = f"Expected an array with maximum length {most}, but got an array with length {len(value)} instead."
        raise Refusal(400, "array_above_max_length", f"Invalid '{name}': array too long. {but}", param=name)


def _file(name: str, value: Any, limits: Limits, expected: str) -> None:  # noqa: ANN401 - JSON
    if not isinstance(value, Upload):
        raise wrong_type(name, expected, value)
    check_upload(value, limits)


def check_upload(upload: Upload, limits: Limits) -> None:
    """What can be said of a file before it is opened.

    Raises:
        Refusal: Its type is none of those that are taken, is not stated, or it is too large.
    """
    name, kind = upload.label, upload.media_type
    if kind is None and limits.typed:
        message = (
            f"Invalid file '{name}': failed to determine mimetype. "
            "Ensure you are providing the file's mimetype as part of the 'Content-Type' header."
        )
        raise Refusal(400, "missing_file_mimetype", message, param=name)
    if kind not in (None, *limits.media_types):
        message = (
            f"Invalid file '{name}': unsupported mimetype ('{kind}'). Supported file formats are {_listed(limits)}."
        )
        raise Refusal(400, "unsupported_file_mimetype", message, param=name)
    if len(upload.content) >= limits.most_bytes:
        if limits.square:
            raise _no_small_png()
        message = f"Invalid file '{name}': file too large. Images must be less than {limits.most_bytes // MEGABYTE}MB."
        raise Refusal(400, "file_too_large", message, param=name)


def _listed(limits: Limits) -> str:
    *others, last = (f"'{kind}'" for kind in limits.media_types)
    return f"{', '.join(others)}, and {last}" if others else last


@frozen(kw_only=True)
class Brought:
    """The image inputs of a request: files, whatever they came as."""

    images: tuple[Upload, ...]
    mask: Upload | None = None
    markup: Upload | None = None
    invented: tuple[str, ...] = ()
    """Labels of images that are not the real ones, as nothing is fetched from elsewhere."""


def in_form(given: Mapping[str, Any]) -> Brought:
    """The files of a form."""
    images = given["image"]
    return Brought(
        images=tuple(images) if isinstance(images, list) else (images,),
        mask=given.get("mask"),
        markup=given.get("markup"),
    )


def own_or_large(size: tuple[int, int]) -> str:
    """The size of a variation that states none: its image's own where dall-e-2 makes that, else 1024x1024."""
    return f"{size[0]}x{size[1]}" if size in {(256, 256), (512, 512)} else "1024x1024"


def nearest(sizes: Sequence[str], size: tuple[int, int]) -> str:
    """Of the sizes that a model makes, the one whose shape is most like an image's."""
    own = math.log(size[0] / size[1])

    def apart(each: str) -> float:
        wide, high = each.split("x")
        return abs(math.log(int(wide) / int(high)) - own)

    return min(sizes, key=apart)


def opened(brought: Brought, limits: Limits, *, vary: bool = False, faithful: bool = False) -> Sources:
    """The images of a request, as the painter takes them.

    Args:
        brought: The files.
        limits: What they may be.
        vary: Whether a variation is asked for.
        faithful: Whether much of the first is to be kept.

    Raises:
        Refusal: A file is no image, or not one of those that are taken.
    """
    first = _picture(brought.images[0], 1, limits)
    others = tuple(_thumb(_picture(each, 2 + at, limits)) for at, each in enumerate(brought.images[1:]))
    alpha = _alpha_of(brought.mask, first.size) if brought.mask else None
    guide = _guide_of(brought.markup, first.size) if brought.markup else None
    mask = alpha.point([255, *[0] * 255]) if alpha else None
    if limits.square and not vary and mask is None and first.mode == "RGBA":
        mask = first.getchannel("A").point([255, *[0] * 255])
        mask = mask if mask.getbbox() else None
    return Sources(
        first=first, others=others, mask=mask, markup=guide, vary=vary, faithful=faithful,
        digest=_digest(first, *others, *(each for each in (mask, guide) if each)),
    )  # fmt: skip


def _open(content: bytes | memoryview, formats: list[str]) -> Image.Image | None:
    """A picture as it is to be seen, or nothing if it is none."""
    from PIL import Image, ImageOps, UnidentifiedImageError  # noqa: PLC0415 - Pillow is slow to import

    try:
        with Image.open(BytesIO(content), formats=formats) as picture:
            if picture.width * picture.height > MOST_PIXELS:
                return None
            picture.load()
            seen = ImageOps.exif_transpose(picture)
            clear = seen.has_transparency_data
            return seen.convert("RGBA" if clear else "RGB")
    except (
        UnidentifiedImageError,
        OSError,
        SyntaxError,
        ValueError,
        Image.DecompressionBombWarning,
        Image.DecompressionBombError,
    ):
        return None


def _picture(upload: Upload, number: int, limits: Limits) -> Image.Image:
    picture = _open(upload.content, [_SCHEMES[kind] for kind in limits.media_types])
    if picture is None:
        if limits.square and upload.content:
            raise _no_small_png()
        message = f"Invalid image file or mode for image {number}, please check your image file."
        raise Refusal(400, "invalid_image_file", message, type=USER)
    if limits.square and picture.width != picture.height:
        raise Refusal(400, None, "Uploaded image must be square.")
    return picture


def _alpha_of(upload: Upload, size: tuple[int, int]) -> Image.Image:
    """A mask's alpha channel."""
    if len(upload.content) >= MASK_BYTES:
        raise _bad_mask("mask image must be less than 4MB")
    mask = _open(upload.content, ["PNG"])
    if mask is None:
        raise _bad_mask("mask image must be a PNG file")
    if mask.mode != "RGBA":
        raise _bad_mask("mask image missing alpha channel")
    if mask.size != size:
        raise _bad_mask("mask size does not match image size")
    return mask.getchannel("A")


def _guide_of(upload: Upload, size: tuple[int, int]) -> Image.Image:
    guide = _open(upload.content, ["PNG"])
    message = (
        "Invalid markup image format - markup must be a PNG file with transparent pixels and the size of the image"
    )
    clear = guide is not None and guide.mode == "RGBA" and guide.getchannel("A").getextrema()[0] == 0
    if guide is None or not clear or guide.size != size:
        raise Refusal(400, "invalid_markup_image_format", message, type=USER, param="markup")
    return guide


def _bad_mask(why: str) -> Refusal:
    return Refusal(400, "invalid_mask_image_format", f"Invalid mask image format - {why}", type=USER)


def _no_small_png() -> Refusal:
    return Refusal(400, None, "Uploaded image must be a PNG and less than 4 MB.")


def _thumb(picture: Image.Image) -> Image.Image:
    """Another image, as large as it is going to be seen."""
    picture.thumbnail((_LARGEST_THUMB, _LARGEST_THUMB))
    return picture


def _digest(*pictures: Image.Image) -> str:
    """What tells these pictures from others: however they were encoded."""
    told = hashlib.sha256()
    for picture in pictures:
        told.update(f"{picture.mode}{picture.size}".encode())
        told.update(picture.tobytes())
    return told.hexdigest()
