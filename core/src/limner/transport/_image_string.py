"""The string of a JSON document in which an image may stand: base64, with the escapes of JSON."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from limner.transport._base64 import Base64Reader

if TYPE_CHECKING:
    from collections.abc import Callable

    from limner.media import Blob, BlobWriter

WHOLE_ESCAPES_RUN = re.compile(rb'(?:[^"\\]++|\\[^u]|\\u[0-9a-fA-F]{4})*+', re.DOTALL)
_ESCAPE = re.compile(rb"\\(?:u([0-9a-fA-F]{4})|(.))", re.DOTALL)
_PLAIN_ESCAPES = {b"n": b"\n", b"r": b"\r", b"t": b"\t", b"f": b"\f", b"b": b"\b"}
_KEPT_TEXT = 200


class ImageString:
    """The string at a declared place: base64, or else text of which the beginning is kept."""

    def __init__(self, sink: Callable[[], BlobWriter]) -> None:
        self._reader = Base64Reader(sink)
        self._is_base64 = True
        self._start = b""
        self._size = 0

    def feed(self, raw: bytes, *, escaped: bool) -> None:
        """Take more of the string, as it stands in the JSON; what is ``escaped`` in it is whole."""
        self._size += len(raw)
        self._start += raw[: _KEPT_TEXT - len(self._start)]
        if self._is_base64:
            self._is_base64 = self._reader.feed(_unescaped(raw) if escaped else raw)

    def finish(self) -> Blob | bytes:
        """The image, or what to keep of the text, as it stands in the JSON."""
        blob = self._reader.finish() if self._is_base64 else None
        if blob is not None:
            return blob
        kept = self._start[: run(WHOLE_ESCAPES_RUN, self._start, 0)]
        return kept if len(kept) == self._size else kept + "…".encode()


def run(pattern: re.Pattern[bytes], data: bytes, at: int) -> int:
    """Where what fits the pattern ends, ``at`` itself where nothing does."""
    found = pattern.match(data, at)
    return found.end() if found else at


def _unescaped(raw: bytes) -> bytes:
    # PHP and others escape every slash, which is one byte in 64 of base64.
    raw = raw if b"\\\\" in raw else raw.replace(b"\\/", b"/")
    return _ESCAPE.sub(_character, raw)


def _character(escape: re.Match[bytes]) -> bytes:
    number, letter = escape.groups()
    if number is None:
        return _PLAIN_ESCAPES.get(letter, letter)
    return chr(int(number, 16)).encode("utf-8", "replace")
