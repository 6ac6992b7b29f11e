"""Request bodies: JSON with embedded images and multipart forms, sized beforehand and encoded while they are sent."""

from __future__ import annotations

import json as jsonlib
from base64 import b64encode
from collections.abc import Mapping
from contextlib import suppress
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from attrs import frozen

from limner.errors import BadInputError
from limner.media import Blob, extension
from limner.provider import Embed, HttpRequest, Part

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_CHUNK = 3 * 16 * 1024  # a multiple of 3, so that base64 of the chunks is the base64 of the whole
_MARK = "limner-embed-"


@frozen
class Encoded:
    """A body that can be sent more than once, the same bytes each time."""

    pieces: tuple[bytes | Embed | Blob, ...]
    media_type: str | None

    @property
    def length(self) -> int:
        """Bytes on the wire."""
        return sum(_length(piece) for piece in self.pieces)

    def __iter__(self) -> Iterator[bytes]:
        for piece in self.pieces:
            yield from _bytes(piece)


def encode(request: HttpRequest) -> Encoded | None:
    """The body of a request, or ``None`` where it has none."""
    if request.parts:
        return _multipart(request.parts)
    if request.json is not None:
        return _json(request.json)
    return Encoded((request.content,), None) if request.content is not None else None


def _length(piece: bytes | Embed | Blob) -> int:
    if isinstance(piece, Embed):
        return len(_prefix(piece)) + 4 * ((piece.image.size + 2) // 3)
    return piece.size if isinstance(piece, Blob) else len(piece)


def _bytes(piece: bytes | Embed | Blob) -> Iterator[bytes]:
    if isinstance(piece, bytes):
        yield piece
    elif isinstance(piece, Blob):
        yield from _read(piece)
    else:
        yield _prefix(piece)
        yield from map(b64encode, _read(piece.image))


def _read(blob: Blob) -> Iterator[bytes]:
    """The bytes of an image. That its file has gone is no fault of the connection."""
    try:
        yield from blob.chunks(_CHUNK)
    except OSError as error:
        raise BadInputError(f"An image cannot be read any more, to be sent: {error.strerror}.") from None


def _prefix(embed: Embed) -> bytes:
    if embed.form == "base64":
        return b""
    return f"data:{_media_type(embed.image)};base64,".encode()


_PLAIN: Mapping[str, Any] = {"ensure_ascii": False, "separators": (",", ":"), "allow_nan": False}
_encoder = jsonlib.JSONEncoder(**_PLAIN)


def _json(body: Any) -> Encoded:  # noqa: ANN401 - JSON
    with suppress(TypeError):  # as most bodies are: dicts, lists and what stands in them
        return Encoded((_encoder.encode(body).encode(),), "application/json")
    embeds: dict[str, Embed] = {}

    def leaf(value: object) -> str | dict[Any, Any]:
        if isinstance(value, Mapping):
            return dict(value)
        if not isinstance(value, Embed):
            msg = f"{type(value).__name__} is not JSON"
            raise TypeError(msg)
        embeds[f"{_MARK}{uuid4().hex}"] = value
        return next(reversed(embeds))

    text = jsonlib.dumps(body, default=leaf, **_PLAIN)
    pieces: list[bytes | Embed | Blob] = []
    for name, embed in embeds.items():
        before, _, text = text.partition(name)
        pieces += [before.encode(), embed]
    return Encoded((*pieces, text.encode()), "application/json")


def _multipart(parts: Sequence[Part]) -> Encoded:
    boundary = f"limner-{uuid4().hex}"
    pieces: list[bytes | Embed | Blob] = []
    for part in parts:
        lines = [f"--{boundary}", *(f"{name}: {value}" for name, value in _part_headers(part).items()), "", ""]
        content = part.content.encode() if isinstance(part.content, str) else part.content
        pieces += ["\r\n".join(lines).encode(), content, b"\r\n"]
    return Encoded((*pieces, f"--{boundary}--\r\n".encode()), f"multipart/form-data; boundary={boundary}")


def _part_headers(part: Part) -> Mapping[str, str]:
    """A file that says nothing of itself is named and typed by its bytes: APIs refuse it otherwise."""
    filename, media_type = part.filename, part.media_type
    if isinstance(part.content, Blob):
        media_type = media_type or _media_type(part.content)
        filename = filename or f"{part.name}.{extension(media_type)}"
    headers = {"Content-Disposition": f'form-data; name="{_quoted(part.name)}"'}
    if filename is not None:
        headers["Content-Disposition"] += f'; filename="{_quoted(filename)}"'
    if media_type is not None:
        headers["Content-Type"] = media_type
    return headers


def _media_type(blob: Blob) -> str:
    return blob.info.media_type if blob.info else "application/octet-stream"


_ESCAPES = {**{code: f"%{code:02X}" for code in (*range(0x20), ord('"'))}, ord("\\"): r"\\"}
"""As browsers write names into a form, with what other parsers trip over: control characters, and backslashes."""


def _quoted(name: str) -> str:
    """A name between quotes. That of a file may hold bytes that are no text; it is but a name: they become ``?``."""
    return name.encode(errors="replace").decode().translate(_ESCAPES)
