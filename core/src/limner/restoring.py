"""Putting back what an edit was not asked to change: the pixels outside a :class:`limner.Mask` with ``restore=True``.

Models repaint the whole picture and keep to the input a little less than exactly. Where a result has the pixels of
the first image, as that is shown, what is outside the mask is taken from that image, bit for bit.

The file is then written anew: PNG as PNG, WebP as lossless WebP, and JPEG, which cannot hold pixels exactly, as PNG
with a warning. What else stood in it, such as content credentials, is not taken over: it spoke of another picture.
A colour profile of the first image becomes the result's, whose own colours are converted to it.

A result of another size, an animation or an SVG stays as it came, with a warning: nothing that was paid for is lost.
"""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any

from attrs import frozen

from limner.masks import upright
from limner.media import Image
from limner.requests import EditRequest
from limner.results import ResultWarning

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    import PIL.Image

    from limner.masks import Mask
    from limner.media import Blob, BlobWriter
    from limner.requests import Request
    from limner.results import ImageResult

LIMIT = 1 << 30
"""Bytes of a picture that is written anew: lossless, it may be many times larger than it came."""

_LOSSLESS: Mapping[str, tuple[str, dict[str, Any]]] = {
    "image/png": ("PNG", {}),
    "image/jpeg": ("PNG", {}),
    "image/webp": ("WEBP", {"lossless": True, "exact": True}),
}
"""What Pillow writes a picture as, by what it came as."""


class _NotRestoredError(Exception):
    """Why a picture stays as it came, as the rest of a sentence."""


def restores(request: Request) -> bool:
    """Whether pixels are to be put back: work for a thread, where an event loop runs."""
    return isinstance(request, EditRequest) and request.mask is not None and request.mask.restore


def restored(result: ImageResult, request: Request, writer: Callable[[int], BlobWriter]) -> ImageResult:
    """The result with the pixels outside the mask put back, where the request wants that.

    Args:
        result: What came.
        request: What was asked for, as it was planned.
        writer: Makes a writer for the bytes of one picture, given the most that it takes.

    Returns:
        The result; of each picture ``details["restored"]`` is true, or a warning says why not.
    """
    if not isinstance(request, EditRequest) or request.mask is None or not request.mask.restore or not request.images:
        return result
    try:
        original = _Original.of(request.images[0].blob, request.mask)
    except Exception as error:  # noqa: BLE001 - the same as below
        return result.but(warnings=(*result.warnings, _untouched("", error)))
    images, warnings = [], list(result.warnings)
    for image in result.images:
        try:
            images.append(_put_back(image, original, writer))
        except Exception as error:  # noqa: BLE001 - whatever Pillow stumbles over, the picture was paid for
            warnings.append(_untouched(f"of image {image.index} ", error))
            images.append(image)
            continue
        if image.media_type == "image/jpeg":
            message = f"Image {image.index} came as a JPEG, which cannot hold pixels exactly: it is a PNG now."
            warnings.append(
                ResultWarning(code="restored_as_png", parameter="mask", message=message, requested="jpeg", sent="png")
            )
    return result.but(images=tuple(images), warnings=tuple(warnings))


def _untouched(what: str, error: Exception) -> ResultWarning:
    message = f"Nothing {what}was put back: {str(error).removesuffix('.') or type(error).__name__}."
    return ResultWarning(code="not_restored", parameter="mask", message=message)


@frozen
class _Original:
    """The first image as it is shown, and what changes in it."""

    picture: PIL.Image.Image
    marked: PIL.Image.Image
    profile: bytes | None

    @classmethod
    def of(cls, blob: Blob | None, mask: Mask) -> _Original:
        if blob is None:
            raise _NotRestoredError("images[0] has no bytes")
        picture = upright(blob, "images[0]")
        return cls(picture, mask.marked(), _profile(picture))


def _profile(picture: PIL.Image.Image) -> bytes | None:
    """Its colour profile, where it is one of red, green and blue."""
    return (picture.info.get("icc_profile") or None) if picture.mode in {"P", "RGB", "RGBA"} else None


def _put_back(image: Image, original: _Original, writer: Callable[[int], BlobWriter]) -> Image:
    if image.data is None:
        raise _NotRestoredError("it has no bytes")
    kind, options = _LOSSLESS.get(str(image.media_type), ("", {}))
    if not kind or (image.details.get("frames") or 1) != 1:
        raise _NotRestoredError(f"it is {'an animation' if kind else image.media_type}")
    if (image.width, image.height) != original.picture.size:
        wide, high = original.picture.size
        raise _NotRestoredError(f"it has {image.width}x{image.height} pixels, and images[0] {wide}x{high}")
    edited = upright(image.data, "it")
    buffer = io.BytesIO()
    _composite(edited, original).save(buffer, kind, icc_profile=original.profile, **options)
    sink = writer(LIMIT)
    sink.write(buffer.getvalue())
    claims = {name: getattr(image, name) for name in ("url", "revised_prompt", "seed", "expires_at", "index")}
    return Image.of(sink.close(), details={**image.details, "restored": True}, **claims)


def _composite(edited: PIL.Image.Image, original: _Original) -> PIL.Image.Image:
    from PIL import Image as Pillow  # noqa: PLC0415 - an extra, which the mask has found

    mode = "RGBA" if edited.has_transparency_data or original.picture.has_transparency_data else "RGB"
    own, edited = _profile(edited), edited.convert(mode)
    if own != original.profile:
        edited = _converted(edited, own, original.profile)
    return Pillow.composite(edited, original.picture.convert(mode), original.marked)


def _converted(picture: PIL.Image.Image, own: bytes | None, wanted: bytes | None) -> PIL.Image.Image:
    """The picture itself, with the same colours by other numbers; without a profile they are those of sRGB."""
    from PIL import ImageCms  # noqa: PLC0415 - as above

    def profile(data: bytes | None) -> Any:  # noqa: ANN401 - a profile of littlecms
        return ImageCms.createProfile("sRGB") if data is None else ImageCms.ImageCmsProfile(io.BytesIO(data))

    try:
        ImageCms.profileToProfile(picture, profile(own), profile(wanted), inPlace=True)
    except (ImageCms.PyCMSError, ImportError, OSError) as error:
        raise _NotRestoredError(f"its colours cannot be converted to those of images[0] ({error})") from None
    return picture
