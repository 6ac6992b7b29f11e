"""What an image can be made of: a reader for each kind of thing, and the sentence that says why one makes none.

A reader answers with what :class:`limner.inputs.ImageInput` is made of. Of a file it reads no more than its header,
and nothing from the network. A plain text is not looked up: what it may name is for whoever plans the request to say.
"""

from __future__ import annotations

import os
import sys
from base64 import b64decode
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, TypeAlias
from urllib.parse import unquote_to_bytes, urlsplit

from attrs import Attribute, field, frozen

from limner import _saving
from limner._svg import looks_like_markup
from limner.errors import BadInputError, TooLargeError
from limner.media import Blob, BlobWriter, Image, human_size
from limner.media import _shown as shown_url

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    import PIL.Image

    from limner.media import ImageInfo

Facts: TypeAlias = dict[str, Any]
"""The fields of an :class:`limner.inputs.ImageInput`."""

LONGEST = 1 << 28
"""Bytes that an open file may give: one that never ends would fill the disk."""

_IN_MEMORY = 1 << 20
_SHOWN = 48
_TAKEN = "a path, bytes, an open binary file, a URL, a Pillow image, a limner.Image or a limner.ProviderImage"


class FaultError(Exception):
    """What is wrong with an image, as the rest of a sentence, and what it is called there."""

    def __init__(self, problem: str, called: str = "") -> None:
        super().__init__(problem)
        self.called = called


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


def reader_of(value: object) -> Callable[[Any], Facts] | None:
    """What reads this value; ``None`` where nothing does."""
    for kinds, read in _READERS:
        if isinstance(value, kinds):
            return read
    # Pillow is never imported to find out: whoever has one of its images has imported it.
    pillow = getattr(sys.modules.get("PIL.Image"), "Image", None)
    if pillow is not None and isinstance(value, pillow):
        return _of_pillow
    return _of_open_file if callable(getattr(value, "read", None)) else None


def read(value: object) -> Facts:
    """An image of whatever was given.

    Raises:
        FaultError: it is none, or cannot be read.
    """
    reader = reader_of(value)
    if reader is None:
        first = ", whose first image is its .image" if hasattr(type(value), "image") else ""
        raise FaultError(f"was given {type(value).__name__}{first}; an image is {_TAKEN}")
    return reader(value)


def read_named_file(text: str) -> Facts:
    """An image of the file that a text names.

    Raises:
        FaultError: it names none, or one that is no image.
    """
    # To look at such a path is to talk to another machine, on Windows even to log in there.
    if text.startswith(("//", "\\\\")):
        raise FaultError("is a text that names a file of another machine: give it as a pathlib.Path", label(text))
    if not os.path.lexists(text):  # Path.exists follows links, and raises where a name is too long
        raise FaultError("is neither an http(s) URL, nor a data URL, nor a file that exists", label(text))
    return _of_path(Path(text))


def label(text: str) -> str:
    """As much of a text as an error may show, in quotes: no query, and no image."""
    plain = text.partition("?")[0] or " "
    return repr(plain if len(plain) <= _SHOWN else f"{plain[:_SHOWN]}…")


def _of_bytes(data: bytes | bytearray | memoryview | Blob, name: str | None = None) -> Facts:
    blob = data if isinstance(data, Blob) else Blob(data)
    name = name or (None if blob.path is None else _name(blob.path))
    try:
        _examine(blob, name or "")
    except (OSError, BadInputError) as error:  # a blob of a file that has gone, or has become another
        raise FaultError(f"cannot be read: {getattr(error, 'strerror', None) or error}", repr(name)) from None
    return {"blob": blob, "name": name}


def _of_path(given: os.PathLike[str]) -> Facts:
    path = Path(os.fsdecode(given))
    name = _name(path)
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
        return {"blob": blob, "name": name}
    raise FaultError(problem, repr(name))


def _name(path: Path) -> str:
    """A file's name as UTF-8 has it: it travels in the request, and a file system may hold any bytes."""
    return (path.name or str(path)).encode(errors="replace").decode()


def _of_open_file(handle: IO[bytes]) -> Facts:
    path = getattr(handle, "name", None)
    name = _name(Path(path)) if isinstance(path, str) else ""
    called = repr(name) if name else ""
    writer = BlobWriter(LONGEST, spool_at=_IN_MEMORY)
    try:
        # A socket or a pipe gives what it has: only nothing at all is the end.
        while data := handle.read(_IN_MEMORY):
            writer.write(_bytes(data))
        _bytes(data)
    except _NotBytesError as fault:
        raise FaultError(str(fault), called) from None
    except TooLargeError:
        raise FaultError(f"gives more than {human_size(LONGEST)}, and may never end", called) from None
    except (OSError, ValueError) as error:
        raise FaultError(f"cannot be read: {error}", called) from None
    if not writer.size:
        raise FaultError("is empty, or was read to its end before: seek(0) takes it back", called)
    return _of_bytes(writer.close(), name or None)


class _NotBytesError(Exception):
    """What a file gives is not what an image is made of."""


def _bytes(data: object) -> bytes:
    if isinstance(data, (bytes, bytearray, memoryview)):
        return bytes(data)
    raise _NotBytesError(f"gives {type(data).__name__} when it is read, not bytes: open it with mode 'rb'")


def _of_image(image: Image) -> Facts:
    if image.data is not None:
        return _of_bytes(image.data)
    if image.url is None:
        raise FaultError("has neither data nor a URL")
    return _ADDRESSES.get(_scheme(image.url), _of_address)(image.url)


def _of_id(image: ProviderImage) -> Facts:
    return {"id": image.id, "provider": image.provider}


def _of_text(text: str) -> Facts:
    return _ADDRESSES.get(_scheme(text), _of_words)(text)


def _of_words(text: str) -> Facts:
    return {"text": text}


def _scheme(text: str) -> str:
    return text[:6].partition(":")[0].lower()


def _of_address(url: str) -> Facts:
    try:
        parts = urlsplit(url)
        whole = parts.scheme in {"http", "https"} and parts.hostname and (parts.port is None or parts.port > 0)
        secret = parts.username is not None or parts.password is not None
    except ValueError:
        whole = secret = False
    if secret:
        raise FaultError(
            "is a URL that holds a user's name or password, which the provider would get", shown_url(url) or ""
        )
    if not whole or not url.isprintable() or " " in url:
        raise FaultError("is not a complete http(s) URL", label(url))
    return {"url": url}


def _of_data_url(url: str) -> Facts:
    head, comma, text = url.partition(",")
    data = unquote_to_bytes(text)
    if head.lower().endswith(";base64"):
        compact = b"".join(data.split()).rstrip(b"=")
        try:
            data = b64decode(compact + b"=" * (-len(compact) % 4), validate=True)
        except ValueError:
            comma = ""
    if not comma:
        raise FaultError("is a data URL that holds no base64", label(head))
    try:
        return _of_bytes(data)
    except FaultError as fault:
        raise FaultError(str(fault), label(head)) from None


def _of_pillow(image: PIL.Image.Image) -> Facts:
    import io  # noqa: PLC0415 - only with Pillow

    buffer = io.BytesIO()
    try:
        (image if image.mode in _PNG_MODES else image.convert(_PLAIN.get(image.mode, "RGB"))).save(buffer, "PNG")
    except Exception as error:  # noqa: BLE001 - a file that Pillow has yet to read can break it in any way
        raise FaultError(f"is a Pillow image that cannot be written as PNG: {error}") from None
    return _of_bytes(buffer.getvalue())


def _examine(blob: Blob, name: str) -> None:
    """Refuse what is plainly no picture. What is merely not known may be one that a provider takes: HEIC, say."""
    fault = "is empty" if not blob.size else _unknown(blob, name) if blob.info is None else _odd(blob.info, name)
    if fault is not None:
        raise FaultError(fault, repr(name) if name else "")


def _unknown(blob: Blob, name: str) -> str | None:
    if looks_like_markup(blob.head(64)):
        return "is a text such as HTML, and not a picture"
    suffix = _suffix(name)
    return f"is named .{suffix} and is neither that nor another picture" if suffix in _SNIFFED else None


def _odd(info: ImageInfo, name: str) -> str | None:
    suffix = _suffix(name)
    if info.media_type == "image/svg+xml":
        return f"is named .{suffix} and is an SVG" if suffix in _SNIFFED - {"svg"} else None
    if info.media_type in _MEASURED and not (info.width and info.height):
        return f"begins as {_MEASURED[info.media_type]} and breaks off, or is damaged: it does not say how large it is"
    return None


def _suffix(name: str) -> str:
    return Path(name).suffix[1:].lower()


_READERS: tuple[tuple[type | tuple[type, ...], Callable[[Any], Facts]], ...] = (
    (ProviderImage, _of_id),
    (Image, _of_image),
    (str, _of_text),
    ((bytes, bytearray, memoryview, Blob), _of_bytes),
    (os.PathLike, _of_path),
)
_ADDRESSES: Mapping[str, Callable[[str], Facts]] = {"http": _of_address, "https": _of_address, "data": _of_data_url}
_SNIFFED = frozenset(
    suffix for kind in ("png", "jpeg", "webp", "gif", "avif", "svg+xml") for suffix in _saving.suffixes(f"image/{kind}")
)
"""The suffixes of the formats that are known by their bytes."""

_MEASURED = {"image/png": "PNG", "image/jpeg": "JPEG", "image/webp": "WebP", "image/gif": "GIF"}
"""Formats whose header says how large the picture is, wherever it is whole."""

_PNG_MODES = frozenset({"1", "L", "LA", "I", "I;16", "P", "RGB", "RGBA"})
"""What Pillow writes as PNG as it is."""

_PLAIN = {"La": "LA", "PA": "RGBA", "RGBa": "RGBA"}
"""Modes with alpha, and what to write them in."""
