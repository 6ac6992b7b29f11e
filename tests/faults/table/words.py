"""The words in which faults are told: pieces of answers, and what right behaviour is."""

from __future__ import annotations

import json
import struct
import zlib
from base64 import b64encode
from collections.abc import Callable, Iterable, Mapping
from types import MappingProxyType
from typing import Any, Literal, TypeAlias

from attrs import field, frozen

Piece: TypeAlias = bytes | float | Literal["cut", "reset"]
"""What an answer is made of: bytes; seconds of silence; the connection closed, or reset."""

Answer: TypeAlias = Iterable[Piece] | Callable[[], Iterable[Piece]]
"""Pieces, or what makes them anew: a drip has no end."""

CANARY = "sk-canary/Vx7+q_9f2A.Tw0="
"""The key of every client here."""

HERE = "127.0.0.1:00000"
"""Where the server is, in whatever it says: the port is filled in when it is played."""


@frozen(kw_only=True)
class Fault:
    """One way in which a server misbehaves, and the right answer to it."""

    says: str = field(kw_only=False)
    """What happens, in a sentence; unlike any other."""
    answers: tuple[Answer, ...] = field(kw_only=False, converter=tuple)
    """To the POSTs, in order; the last is repeated."""
    kind: str | None = None
    """The kind of the error; ``None`` for a success."""
    posts: int = 1
    """How many arrive."""
    billed: bool = False
    """Whether the error is marked ``maybe_billed``."""
    images: tuple[bytes | str, ...] | None = ()
    """What is on the result, or on the error: bytes, or a URL where there are none. ``None`` is not looked at."""
    warns: tuple[str, ...] = ()
    """The codes of the result's warnings."""
    assets: tuple[Answer, ...] = field(default=(), converter=tuple)
    """To the GETs of image URLs, in order; the last is repeated."""
    gets: int = 0
    """How many arrive."""
    call: Mapping[str, Any] = MappingProxyType({})
    """What the caller asks for beside a prompt."""
    client: Mapping[str, Any] = MappingProxyType({})
    """How the client is made, where that matters."""
    stream: bool = False
    """Whether events are asked for."""
    seconds: float = 3.0
    """The deadline."""
    mebibytes: int | None = None
    """What it may cost at most, where that is measured."""
    word: str = ""
    """What the error's sentence has to say."""
    over_aiohttp: Mapping[str, Any] = MappingProxyType({})
    """What of this is otherwise over aiohttp, whose parser differs where HTTP is broken."""


# Pictures


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png(width: int = 1, shade: int = 0) -> bytes:
    """A picture of one row."""
    head = struct.pack(">IIBBBBB", width, 1, 8, 0, 0, 0, 0)
    rows = zlib.compress(b"\0" + bytes([shade]) * width)
    return b"\x89PNG\r\n\x1a\n" + _chunk(b"IHDR", head) + _chunk(b"IDAT", rows) + _chunk(b"IEND", b"")


PNG = png()
OTHER = png(2, 250)
GIF = b"GIF89a\x01\x00\x01\x00\x00\x00\x00;"
SVG = b'<svg xmlns="http://www.w3.org/2000/svg" width="1" height="1"></svg>'


def b64(data: bytes) -> str:
    """As APIs write it."""
    return b64encode(data).decode()


def item(data: bytes = PNG, **more: Any) -> dict[str, Any]:
    """One image of a reply."""
    return {"b64_json": b64(data), **more}


def data(*items: Any, **more: Any) -> dict[str, Any]:
    """A reply; without items, one with the picture."""
    return {"created": 1700000000, "data": list(items or [item()]), **more}


# Answers


def head(status: int = 200, *, length: int | str | None = None, **headers: str) -> bytes:
    """A response's head; ``content_type=`` is ``Content-Type``."""
    named = {name.replace("_", "-").title(): value for name, value in headers.items()}
    given = {"Content-Type": "application/json", **({} if length is None else {"Content-Length": str(length)}), **named}
    lines = [f"HTTP/1.1 {status} Whatever", *(f"{name}: {value}" for name, value in given.items() if value), "", ""]
    return "\r\n".join(lines).encode("latin-1")


def says(body: Any, status: int = 200, **headers: str) -> Answer:
    """A whole response: JSON, or text, or bytes as they are."""
    raw = body if isinstance(body, bytes) else body.encode() if isinstance(body, str) else json.dumps(body).encode()
    return (head(status, length=len(raw), **headers) + raw,)


def refuses(status: int, message: str = "No.", code: str | None = None, **headers: str) -> Answer:
    """An error as APIs word it."""
    return says({"error": {"message": message, **({"code": code} if code else {})}}, status, **headers)


GOOD = says(data())


def until_closed(*pieces: Piece, **headers: str) -> Answer:
    """A body that ends where its connection does."""
    return (head(connection="close", **headers), *pieces, "cut")


def drip(*first: bytes, then: Callable[[], Iterable[bytes]], every: float = 0.02) -> Answer:
    """A little at a time, for ever."""

    def pieces() -> Iterable[Piece]:
        yield from first
        for piece in then():
            yield piece
            yield every

    return pieces


# Events


def event(body: Any, name: str | None = None, end: str = "\n") -> bytes:
    """One event as servers write it."""
    lines = [*([f"event: {name}"] if name else []), f"data: {body if isinstance(body, str) else json.dumps(body)}"]
    return (end.join(lines) + end + end).encode()


def frame(picture: bytes, index: int = 0) -> dict[str, Any]:
    """An event's JSON: a frame."""
    return {"type": "image_generation.partial_image", "b64_json": b64(picture), "partial_image_index": index}


def done(picture: bytes = PNG, **more: Any) -> dict[str, Any]:
    """An event's JSON: the picture."""
    return {"type": "image_generation.completed", "b64_json": b64(picture), "created_at": 1700000000, **more}


def events(*pieces: Piece, **headers: str) -> Answer:
    """A stream of events that ends where its connection does."""
    return until_closed(*pieces, **{"content_type": "text/event-stream", **headers})
