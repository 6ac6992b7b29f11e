"""Images that go in: wherever they come from, what is known of them before they are sent, and nothing of the network.

A provider meets one type, :class:`ImageInput`, whatever the caller gave: see :data:`ImageSource`.
"""

from __future__ import annotations

import os
import sys
from base64 import b64decode
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, Literal, TypeAlias
from urllib.parse import unquote_to_bytes, urlsplit

from attrs import Attribute, field, frozen

from limner import _saving
from limner._svg import looks_like_markup
from limner.errors import BadInputError
from limner.media import Blob, Image, human_size
from limner.media import _shown as shown_url

if TYPE_CHECKING:
    import PIL.Image

    from limner.media import ImageInfo

Kind = Literal["bytes", "url", "id"]
"""How an image is given: its bytes, an address where a provider finds it, or the id by which a provider keeps it."""

ImageData: TypeAlias = os.PathLike[str] | bytes | bytearray | memoryview | IO[bytes] | str
ImageSource: TypeAlias = "ImageData | ImageInput | ProviderImage | Image | Blob | PIL.Image.Image"
"""Whatever an image can be made of: a path, bytes, an open binary file, a Pillow image, an http(s) or data URL, an
image of an earlier result, a provider's own id; or a text that is the path of a file, where the client's trust is
``local``."""


def _word(_: object, attribute: Attribute[Any], value: object) -> None:
    if not isinstance(value, str) or not value.strip() or not value.isprintable():
        given = "one that is blank or not printable" if isinstance(value, str) else type(value).__name__
        raise BadInputError(f"ProviderImage's {attribute.name} is a text; it was given {given}.", param=attribute.name)


@frozen
class ProviderImage:
    """An image that a provider keeps, by the id it has there. It means nothing to another provider.

    Args:
        id: The provider's own id.
        provider: The provider's name, as in ``model="provider/model"``.
    """

    id: str = field(validator=_word)
    provider: str = field(validator=_word, kw_only=True)


@frozen(repr=False, kw_only=True)
class ImageInput:
    """One image that goes in. Made by :meth:`of`; exactly one of blob, url and id is set.

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
    name: str | None = None
    """The file's name, without its folder, where there is one."""
    from_text: bool = False
    """Whether a plain text named the file: a client with trust ``server`` refuses it, as its texts are never files."""

    def __attrs_post_init__(self) -> None:
        given = [one for one in (self.blob, self.url, self.id) if one is not None]
        if len(given) != 1 or (self.id is None) is not (self.provider is None):
            msg = "an image is given by its bytes, by a URL, or by the id it has at a provider"
            raise BadInputError(msg)

    @classmethod
    def of(cls, value: ImageSource, *, param: str = "image", position: int | None = None) -> ImageInput:
        """An image of whatever was given.

        Reads no more of a file than its header, and nothing from the network. A Pillow image is written as PNG at
        once, as it may change later; an open file is read to its end, and stays open.

        Args:
            value: See :data:`ImageSource`.
            param: The parameter it was given for, for errors.
            position: Its place among several, from 0, for errors.

        Raises:
            BadInputError: it is not an image, or cannot be read.
        """
        try:
            return (_reader(value) or _of_stranger)(value)
        except _FaultError as fault:
            place = "" if position is None else f"[{position}]"
            name = f" ({fault.name!r})" if fault.name else ""
            raise BadInputError(f"{param}{place}{name} {fault}.", param=param) from None

    @property
    def kind(self) -> Kind:
        """How it is given."""
        if self.blob is not None:
            return "bytes"
        return "id" if self.url is None else "url"

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
        parts = [self.name and repr(self.name), self.media_type, pixels, size, shown_url(self.url), whose]
        return f"<ImageInput {' '.join(filter(None, parts))}>"


def image_inputs(value: ImageSource | Iterable[ImageSource] | None, param: str) -> tuple[ImageInput, ...]:
    """One image or several, as a request keeps them; none at all is an empty tuple.

    Raises:
        BadInputError: one is not an image; the error says which.
    """
    given: Any = value  # bytes and texts are iterable too: what is one image is for the readers to say
    if given is None:
        return ()
    if _reader(given) is None and isinstance(given, Iterable):
        return tuple(ImageInput.of(one, param=param, position=place) for place, one in enumerate(given))
    return (ImageInput.of(given, param=param),)


# Readers: one for each kind of thing that an image can be made of


class _FaultError(Exception):
    """What is wrong with an image, as the rest of a sentence, and the name it goes by."""

    def __init__(self, problem: str, name: str = "") -> None:
        super().__init__(problem)
        self.name = name


def _of_bytes(data: bytes | bytearray | memoryview | Blob, name: str | None = None) -> ImageInput:
    blob = data if isinstance(data, Blob) else Blob(data)
    _examine(blob, name or "")
    return ImageInput(blob=blob, name=name)


def _of_path(path: os.PathLike[str]) -> ImageInput:
    return _of_file(Path(os.fsdecode(path)))


def _of_file(path: Path, *, from_text: bool = False) -> ImageInput:
    name = path.name or str(path)
    try:
        blob = Blob.from_path(path)
        _examine(blob, name)
    except FileNotFoundError:
        problem = "is a symbolic link to nothing" if path.is_symlink() else "does not exist"
    except BadInputError:
        problem = "is a folder" if path.is_dir() else "is not a regular file"
    except (OSError, ValueError) as error:
        problem = f"cannot be read: {getattr(error, 'strerror', None) or error}"
    else:
        return ImageInput(blob=blob, name=name, from_text=from_text)
    raise _FaultError(problem, name)


def _of_open_file(handle: IO[bytes]) -> ImageInput:
    called = getattr(handle, "name", None)
    name = Path(called).name if isinstance(called, str) else ""
    try:
        data = handle.read()
    except (OSError, ValueError) as error:
        raise _FaultError(f"cannot be read: {error}", name) from None
    if not isinstance(data, (bytes, bytearray, memoryview)):
        raise _FaultError(f"gives {type(data).__name__} when it is read, not bytes: open it with mode 'rb'", name)
    if not data:
        raise _FaultError("is empty, or was read to its end before: seek(0) takes it back", name)
    return _of_bytes(data, name or None)


def _of_image(image: Image) -> ImageInput:
    if image.data is not None:
        return _of_bytes(image.data)
    if image.url is None:
        raise _FaultError("has neither data nor a URL")
    return _ADDRESSES.get(_scheme(image.url), _of_address)(image.url)


def _of_id(image: ProviderImage) -> ImageInput:
    return ImageInput(id=image.id, provider=image.provider)


def _itself(image: ImageInput) -> ImageInput:
    return image


def _of_stranger(value: object) -> ImageInput:
    raise _FaultError(f"is {type(value).__name__}; an image is {_TAKEN}")


def _of_text(text: str) -> ImageInput:
    return _ADDRESSES.get(_scheme(text), _of_named_file)(text)


def _scheme(text: str) -> str:
    return text[:6].partition(":")[0].lower()


def _of_address(url: str) -> ImageInput:
    try:
        parts = urlsplit(url)
        whole = parts.scheme in {"http", "https"} and parts.hostname and (parts.port is None or parts.port > 0)
    except ValueError:
        whole = False
    if not whole or not url.isprintable() or " " in url:
        raise _FaultError("is not a complete http(s) URL", _start(url))
    return ImageInput(url=url)


def _of_data_url(url: str) -> ImageInput:
    head, comma, text = url.partition(",")
    data = unquote_to_bytes(text)
    if head.lower().endswith(";base64"):
        compact = b"".join(data.split()).rstrip(b"=")
        try:
            data = b64decode(compact + b"=" * (-len(compact) % 4), validate=True)
        except ValueError:
            comma = ""
    if not comma:
        raise _FaultError("is a data URL that holds no base64", _start(head))
    try:
        return _of_bytes(data)
    except _FaultError as fault:
        raise _FaultError(str(fault), _start(head)) from None


def _of_named_file(text: str) -> ImageInput:
    # To look at such a path is to talk to another machine, on Windows even to log in there.
    if text.startswith(("//", "\\\\")):
        raise _FaultError("is a text that names a file of another machine: give it as a pathlib.Path", _start(text))
    if not os.path.lexists(text):  # Path.exists follows links, and raises where a name is too long
        raise _FaultError("is neither an http(s) URL, nor a data URL, nor a file that exists", _start(text) or " ")
    return _of_file(Path(text), from_text=True)


def _of_pillow(image: PIL.Image.Image) -> ImageInput:
    import io  # noqa: PLC0415 - only with Pillow

    buffer = io.BytesIO()
    try:
        (image if image.mode in _PNG_MODES else image.convert(_PLAIN.get(image.mode, "RGB"))).save(buffer, "PNG")
    except Exception as error:  # noqa: BLE001 - a file that Pillow has yet to read can break it in any way
        raise _FaultError(f"is a Pillow image that cannot be written as PNG: {error}") from None
    return _of_bytes(buffer.getvalue())


def _start(text: str) -> str:
    """As much of a text as an error may show: no query, and no image."""
    plain = text.partition("?")[0]
    return plain if len(plain) <= _SHOWN else f"{plain[:_SHOWN]}…"


def _examine(blob: Blob, name: str) -> None:
    """Refuse what is plainly no picture. What is merely not known may be one that a provider takes: HEIC, say."""
    if not blob.size:
        raise _FaultError("is empty", name)
    kind = blob.info.media_type if blob.info else None
    suffix = Path(name).suffix[1:].lower()
    if kind is None and looks_like_markup(blob.head(64)):
        raise _FaultError("is a text such as HTML, and not a picture", name)
    if kind is None and suffix in _SNIFFED:
        raise _FaultError(f"is named .{suffix} and is neither that nor another picture", name)
    if kind == "image/svg+xml" and suffix in _SNIFFED - {"svg"}:
        raise _FaultError(f"is named .{suffix} and is an SVG", name)


def _reader(value: object) -> Callable[[Any], ImageInput] | None:
    """What makes an image of this value; ``None`` where nothing does."""
    for kinds, read in _READERS:
        if isinstance(value, kinds):
            return read
    # Pillow is never imported to find out: whoever has one of its images has imported it.
    pillow = getattr(sys.modules.get("PIL.Image"), "Image", None)
    if pillow is not None and isinstance(value, pillow):
        return _of_pillow
    return _of_open_file if callable(getattr(value, "read", None)) else None


_READERS: tuple[tuple[type | tuple[type, ...], Callable[[Any], ImageInput]], ...] = (
    (ImageInput, _itself),
    (ProviderImage, _of_id),
    (Image, _of_image),
    (str, _of_text),
    ((bytes, bytearray, memoryview, Blob), _of_bytes),
    (os.PathLike, _of_path),
)
_ADDRESSES: Mapping[str, Callable[[str], ImageInput]] = {
    "http": _of_address, "https": _of_address, "data": _of_data_url,
}  # fmt: skip
_SNIFFED = frozenset(
    suffix for kind in ("png", "jpeg", "webp", "gif", "avif", "svg+xml") for suffix in _saving.suffixes(f"image/{kind}")
)
"""The suffixes of the formats that are known by their bytes."""

_PNG_MODES = frozenset({"1", "L", "LA", "I", "I;16", "P", "RGB", "RGBA"})
"""What Pillow writes as PNG as it is."""

_PLAIN = {"La": "LA", "PA": "RGBA", "RGBa": "RGBA"}
"""Modes with alpha, and what to write them in."""

_SHOWN = 48
_TAKEN = "a path, bytes, an open binary file, a URL, a Pillow image, a limner.Image or a limner.ProviderImage"
