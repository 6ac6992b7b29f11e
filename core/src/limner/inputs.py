"""Images that go in: wherever they come from, what is known of them before they are sent, and nothing of the network.

A provider meets one type, :class:`ImageInput`, whatever the caller gave: see :data:`ImageSource`.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from typing import IO, TYPE_CHECKING, Any, Literal, TypeAlias

from attrs import frozen

from limner._sources import Facts, FaultError, ProviderImage, label, read, read_named_file, reader_of
from limner.errors import BadInputError
from limner.media import Blob, Image, human_size
from limner.media import _shown as shown_url

if TYPE_CHECKING:
    import PIL.Image

    from limner.media import ImageInfo

__all__ = ["ImageData", "ImageInput", "ImageSource", "Kind", "ProviderImage", "image_inputs"]

Kind = Literal["bytes", "url", "id"]
"""How an image is given: its bytes, an address where a provider finds it, or the id by which a provider keeps it."""

ImageData: TypeAlias = os.PathLike[str] | bytes | bytearray | memoryview | IO[bytes] | str
ImageSource: TypeAlias = "ImageData | ImageInput | ProviderImage | Image | Blob | PIL.Image.Image"
"""Whatever an image can be made of: a path, bytes, an open binary file, a Pillow image, an http(s) or data URL, an
image of an earlier result, a provider's own id; or a text that is the path of a file, where the client's trust is
``local``."""


@frozen(repr=False, kw_only=True)
class ImageInput:
    """One image that goes in. Made by :meth:`of`; exactly one of blob, url, id and text is set.

    Of bytes it knows what their header says; of an image given by URL or id it knows nothing, and says ``None``.
    A pickle holds the bytes, wherever they were kept.
    """

    blob: Blob | None = None
    """The bytes; those of a file are read when they are sent."""
    url: str | None = None
    """An http(s) address, which the provider fetches. limner never does."""
    id: str | None = None
    provider: str | None = None
    """Whose id it is."""
    text: str | None = None
    """A plain text that may name a file. Nobody looks before a request is planned, and under trust ``server`` nobody
    ever does: whoever can choose the text must not learn which files there are. Of a planned request it is ``None``."""
    name: str | None = None
    """The file's name, without its folder, where there is one."""

    def __attrs_post_init__(self) -> None:
        given = [one for one in (self.blob, self.url, self.id, self.text) if one is not None]
        if len(given) != 1 or (self.id is None) is not (self.provider is None):
            msg = "an image is given by its bytes, by a URL, or by the id it has at a provider"
            raise BadInputError(msg)

    @classmethod
    def of(cls, value: ImageSource, *, param: str = "image", position: int | None = None) -> ImageInput:
        """An image of whatever was given.

        Reads no more of a file than its header, and nothing from the network. A Pillow image is written as PNG at
        once, as it may change later; an open file is read to its end, and stays open. A text that is no URL is kept
        as it is: see :meth:`opened`.

        Args:
            value: See :data:`ImageSource`.
            param: The parameter it was given for, for errors.
            position: Its place among several, from 0, for errors.

        Raises:
            BadInputError: it is not an image, or cannot be read.
        """
        return value if isinstance(value, ImageInput) else cls._made(read, value, param, position)

    def opened(self, *, param: str = "image", position: int | None = None) -> ImageInput:
        """The file that a plain text names; whatever is not a text is itself.

        Args:
            param: As for :meth:`of`.
            position: The same.

        Raises:
            BadInputError: it names none, or one that is not an image.
        """
        return self if self.text is None else self._made(read_named_file, self.text, param, position)

    @classmethod
    def _made(cls, reader: Callable[[Any], Facts], value: object, param: str, position: int | None) -> ImageInput:
        try:
            return cls(**reader(value))
        except FaultError as fault:
            called = f" ({fault.called})" if fault.called else ""
            raise BadInputError(f"{subject(param, position)}{called} {fault}.", param=param) from None

    @property
    def kind(self) -> Kind:
        """How it is given."""
        if self.url is not None:
            return "url"
        return "bytes" if self.id is None else "id"

    @property
    def label(self) -> str | None:
        """What to call it in a sentence: its file's name, its URL without a query, the text it is."""
        if self.text is not None:
            return label(self.text)
        return shown_url(self.url) if self.name is None else repr(self.name)

    @property
    def media_type(self) -> str | None:
        """``image/png`` ..., as the bytes have it."""
        return self._info.media_type if self._info else None

    @property
    def size(self) -> int | None:
        """Bytes."""
        return None if self.blob is None else self.blob.size

    @property
    def width(self) -> int | None:
        """Pixels, as stored."""
        return self._info.width if self._info else None

    @property
    def height(self) -> int | None:
        """Pixels, as stored."""
        return self._info.height if self._info else None

    @property
    def alpha(self) -> bool | None:
        """Whether pixels can be transparent."""
        return self._info.alpha if self._info else None

    @property
    def turned(self) -> bool:
        """Whether it is shown with its width and height exchanged: cameras note how they were held."""
        return self._info is not None and self._info.turned

    @property
    def frames(self) -> int | None:
        """How many pictures it holds: more than one where it is animated."""
        return self._info.frames if self._info else None

    @property
    def _info(self) -> ImageInfo | None:
        return None if self.blob is None else self.blob.info

    def trouble(self) -> str | None:
        """What has happened to its file since it was given, as the rest of a sentence; ``None`` where nothing has.

        Asked before anything is sent: a request that breaks off on its way may have been billed.
        """
        try:
            if self.blob is not None:
                self.blob.head(1)
        except BadInputError:
            return "has changed since it was given: give it again"
        except OSError as error:
            return f"cannot be read any more: {error.strerror}"
        return None

    def __repr__(self) -> str:
        pixels = f"{self.width}x{self.height}" if self.width and self.height else None
        size = None if self.size is None else human_size(self.size)
        whose = f"{self.provider} {self.id}" if self.id is not None else None
        return f"<ImageInput {' '.join(filter(None, [self.label, self.media_type, pixels, size, whose]))}>"


def subject(param: str, position: int | None) -> str:
    """What a sentence about an image begins with: ``mask``, ``images[2]``."""
    return param if position is None else f"{param}[{position}]"


def called(image: ImageInput) -> str:
    """What it is called, after that: `` ('cat.png')``; nothing where it has no name."""
    return f" ({image.label})" if image.label else ""


def image_inputs(value: ImageSource | Iterable[ImageSource] | None, param: str) -> tuple[ImageInput, ...]:
    """One image or several, as a request keeps them; none at all is an empty tuple.

    Raises:
        BadInputError: one is not an image; the error says which.
    """
    given: Any = value  # bytes and texts are iterable too: what is one image is for the readers to say
    if given is None:
        return ()
    if reader_of(given) is None and isinstance(given, Iterable):
        return tuple(ImageInput.of(one, param=param, position=place) for place, one in enumerate(given))
    return (ImageInput.of(given, param=param),)
