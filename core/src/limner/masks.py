"""Masks: which pixels an edit may change, said in so many words and written as the provider wants it.

Half of the world marks what is to change with transparency, the other half with white, and some with black. A mask of
the wrong polarity is no error to a server: it repaints what was to be kept. So a :class:`Mask` says which it is.
"""

from __future__ import annotations

import io
from functools import cached_property
from pathlib import PurePath
from typing import TYPE_CHECKING, Any, Literal, TypeVar, get_args

from attrs import Attribute, evolve, field, frozen

from limner.errors import BadInputError, ConfigError
from limner.inputs import ImageInput, ImageSource, called

if TYPE_CHECKING:
    from collections.abc import Callable

    import PIL.Image

    from limner.media import Blob

T = TypeVar("T")
Polarity = Literal["transparent", "white", "black"]
"""How a mask marks the pixels that change."""

_ORIENTATION = 0x0112

HALF = 128
"""From this grey on, of 255, a pixel counts as white."""


def _image(value: ImageSource) -> ImageInput:
    return ImageInput.of(value, param="mask")


def _polarity(_: object, __: Attribute[Any], value: object) -> None:
    if value not in get_args(Polarity):
        words = ", ".join(map(repr, get_args(Polarity)))
        raise BadInputError(f"Mask's edit is one of {words}: what changes; it was given {value!r}.", param="mask")


def _switch(_: object, __: Attribute[Any], value: object) -> None:
    if not isinstance(value, bool):
        raise BadInputError(f"Mask's restore is True or False; it was given {type(value).__name__}.", param="mask")


@frozen
class Mask:
    """Which pixels of the first image an edit may change: a picture as large as that one.

    An image given as ``mask=`` is ``Mask(image)``: what is transparent changes. It is sent as it is.
    With ``edit="white"`` or ``"black"`` the picture is read by Pillow (``limner[pillow]``) when the request is
    planned, and written as the provider wants it. Every pixel then either changes or stays: from half grey on it
    counts as white, colours count by how light they are, and what is transparent is not marked. It is never resized.

    Args:
        image: See :data:`limner.inputs.ImageSource`.
        edit: How the pixels that change are marked. ``transparent``: by being fully so; what is half transparent is
            for the provider to judge, and OpenAI's page says *fully*.
        restore: Put the other pixels back from the first image after the edit: models repaint all of it a little.
            Needs Pillow; see :mod:`limner.restoring`.
    """

    image: ImageInput = field(converter=_image)
    edit: Polarity = field(default="transparent", validator=_polarity, kw_only=True)
    restore: bool = field(default=False, validator=_switch, kw_only=True)

    def as_transparent(self) -> ImageInput:
        """The mask for an API where what is fully transparent changes: what constraints see, and dialects send.

        Raises:
            ConfigError: it has to be converted, and Pillow is not installed.
            BadInputError: it cannot be converted, or marks nothing.
        """
        # What a text names is known when the request is planned.
        if self.edit == "transparent" or self.image.text is not None:
            return self.image
        return self._written[0]

    def as_white(self) -> ImageInput:
        """The mask for an API where what is white changes: black and white, without alpha.

        For provider authors: ``call.request.mask.as_white()``. An API where black changes takes it inverted.

        Raises:
            ConfigError: Pillow is not installed.
            BadInputError: it cannot be converted, or marks nothing.
        """
        return self._written[1]

    def marked(self) -> PIL.Image.Image:
        """What changes, as a Pillow image of mode ``L``: 255 where it does, 0 where it does not.

        Raises:
            ConfigError: Pillow is not installed.
            BadInputError: it cannot be told, or nothing is marked.
        """
        return self._marked.copy()

    def check(self, first: ImageInput, delivery: str | None) -> None:
        """Find out whether what is outside the mask can be put back afterwards, where that is wanted.

        Args:
            first: The first image of the edit.
            delivery: How images are wanted.

        Raises:
            ConfigError: Pillow is not installed.
            BadInputError: it cannot.
        """
        if not self.restore:
            return
        if delivery == "url":
            msg = "Mask(restore=True) needs the pictures, and delivery='url' leaves them at the provider."
            raise BadInputError(msg, param="mask")
        mask, image = self._marked.size, shape(self._bytes_of(first, "images[0]"), f"images[0]{called(first)}")
        if mask != image:
            raise BadInputError(
                f"mask{called(self.image)} has {_by(mask)} pixels and images[0]{called(first)}, as it is shown,"
                f" {_by(image)}: Mask(restore=True) puts back pixel by pixel.",
                param="mask",
            )

    @cached_property
    def _marked(self) -> PIL.Image.Image:
        image = upright(self._bytes_of(self.image, "mask"), f"mask{called(self.image)}")
        marked = _MARKS[self.edit](image)
        if not marked.getbbox():
            raise BadInputError(
                f"mask{called(self.image)} marks nothing to edit: no pixel of it is {_WHAT[self.edit]}.", param="mask"
            )
        return marked

    @cached_property
    def _written(self) -> tuple[ImageInput, ImageInput]:
        """Both forms."""
        marked = self._marked
        from PIL import Image, ImageChops  # noqa: PLC0415 - an extra, which is there by now

        kept = Image.new("RGBA", marked.size, "black")
        kept.putalpha(ImageChops.invert(marked))
        return self._png(kept), self._png(marked)

    def _png(self, image: PIL.Image.Image) -> ImageInput:
        buffer = io.BytesIO()
        image.save(buffer, "PNG")
        name = None if self.image.name is None else PurePath(self.image.name).with_suffix(".png").name
        return evolve(ImageInput.of(buffer.getvalue()), name=name)

    def _bytes_of(self, image: ImageInput, subject: str) -> Blob:
        why = "restore=True" if self.restore else f"edit={self.edit!r}"
        if image.blob is None:
            how = "a text" if image.text is not None else "an id" if image.id is not None else "a URL"
            raise BadInputError(
                f"Mask({why}) needs the bytes of {subject}{called(image)}, which is given by {how}:"
                " limner fetches no images that go in.",
                param="mask",
            )
        need_pillow(f"Mask({why})")
        return image.blob


def need_pillow(what: str) -> None:
    """Find out whether Pillow is there.

    Raises:
        ConfigError: it is not.
    """
    try:
        import PIL.Image  # noqa: F401, PLC0415 - an extra, and slow to import
    except ImportError:
        raise ConfigError(f"{what} needs Pillow: pip install 'limner[pillow]'", param="mask") from None


def upright(blob: Blob, subject: str) -> PIL.Image.Image:
    """A picture as it is shown, by Pillow, of at most 8 bits to a channel.

    Args:
        blob: Its bytes.
        subject: What an error calls it.

    Raises:
        BadInputError: Pillow cannot read it.
    """
    from PIL import ImageOps  # noqa: PLC0415 - an extra, which the caller has found

    # A copy, as what Pillow has opened goes with its file.
    picture = _read(blob, subject, lambda image: ImageOps.exif_transpose(image.copy()))
    if not picture.mode.startswith("I"):
        return picture
    # 16 bits, which Pillow would cut off and not scale.
    return picture.convert("I").point(lambda grey: grey * (1 / 256)).convert("L")


def shape(blob: Blob, subject: str) -> tuple[int, int]:
    """Width and height of a picture as it is shown, by its header.

    Raises:
        BadInputError: Pillow cannot read it.
    """
    return _read(blob, subject, _shape)


def _shape(image: PIL.Image.Image) -> tuple[int, int]:
    turned = image.getexif().get(_ORIENTATION) in range(5, 9)
    return (image.height, image.width) if turned else (image.width, image.height)


def _read(blob: Blob, subject: str, look: Callable[[PIL.Image.Image], T]) -> T:
    from PIL import Image  # noqa: PLC0415 - as above

    try:
        with blob.open() as handle, Image.open(handle) as image:
            return look(image)
    except Exception as error:  # noqa: BLE001 - a broken file can break Pillow in any way
        raise BadInputError(f"{subject} cannot be read by Pillow: {error}."[:300], param="mask") from None


def _clear(image: PIL.Image.Image) -> PIL.Image.Image:
    return image.convert("RGBA").getchannel("A").point([255, *[0] * 255])


def _white(image: PIL.Image.Image) -> PIL.Image.Image:
    return _grey(image, "black").point([0] * HALF + [255] * (256 - HALF))


def _black(image: PIL.Image.Image) -> PIL.Image.Image:
    return _grey(image, "white").point([255] * HALF + [0] * (256 - HALF))


def _grey(image: PIL.Image.Image, ground: str) -> PIL.Image.Image:
    """How light each pixel is, on a ground that shows where it is transparent."""
    from PIL import Image  # noqa: PLC0415 - as above

    if not image.has_transparency_data:
        return image.convert("L")
    return Image.alpha_composite(Image.new("RGBA", image.size, ground), image.convert("RGBA")).convert("L")


_MARKS = {"transparent": _clear, "white": _white, "black": _black}
_WHAT = {"transparent": "fully transparent", "white": "white", "black": "black"}


def _by(size: tuple[int, int]) -> str:
    return f"{size[0]}x{size[1]}"
