"""Base64, decoded as it arrives."""

from __future__ import annotations

import binascii
from typing import TYPE_CHECKING

try:
    from pybase64 import b64decode as _fast
except ImportError:
    _fast = None

if TYPE_CHECKING:
    from collections.abc import Callable

    from limner.media import Blob, BlobWriter

_SPACE = b" \t\r\n\f\v"
_TO_STANDARD = bytes.maketrans(b"-_", b"+/")
_DATA = b"data:"
_MAX_DATA_HEADER = 256


class Base64Reader:
    """Turns base64 into a blob while it arrives, in any of the forms servers send.

    White space, the URL-safe alphabet, missing padding and a ``data:...;base64,`` prefix are all taken.

    Args:
        sink: Makes the writer; called when the first bytes are decoded.
    """

    def __init__(self, sink: Callable[[], BlobWriter]) -> None:
        self._sink = sink
        self._writer: BlobWriter | None = None
        self._lead: bytes | None = b""
        """The beginning, until it is known whether it is a data URL's; then ``None``."""
        self._rest = b""
        self._clean = _as_is
        self._padded = False

    def feed(self, text: bytes) -> bool:
        """Take more text; false once it is not base64, and then nothing is kept.

        Raises:
            TooLargeError: The image passes its limit.
        """
        try:
            if self._lead is not None:
                text = self._begin(self._lead + text)
            self._take(text)
        except binascii.Error:
            self.discard()
            return False
        return True

    def finish(self) -> Blob | None:
        """The blob, or ``None`` where this was not base64, or where there was none."""
        try:
            self._take(self._lead or b"")
            self._write(decode(_pad(_cleaned(self._rest))))
        except binascii.Error:
            self.discard()
        return self._writer.close() if self._writer else None

    def discard(self) -> None:
        """Forget what was decoded."""
        if self._writer is not None:
            self._writer.discard()
            self._writer = None

    def _begin(self, lead: bytes) -> bytes:
        """What follows a data URL's header; nothing while it is too early to tell."""
        lead = lead.lstrip(_SPACE)
        start = lead[:_MAX_DATA_HEADER]
        word = start[: len(_DATA)].lower()
        comma = start.find(b",")
        waiting = _DATA.startswith(word) and (word != _DATA or (comma < 0 and len(start) < _MAX_DATA_HEADER))
        self._lead = lead if waiting else None
        if waiting:
            return b""
        if word != _DATA:
            return lead
        if not start[: max(comma, 0)].lower().rstrip(_SPACE).endswith(b";base64"):
            raise binascii.Error
        return lead[comma + 1 :]

    def _take(self, text: bytes) -> None:
        data = self._clean(text)
        try:
            self._push(data)
        except binascii.Error:
            # Clean text is the usual case and cleaning costs as much as decoding: only from here on.
            if self._clean is _cleaned:
                raise
            self._clean, self._rest = _cleaned, _cleaned(self._rest)
            self._push(_cleaned(data))

    def _push(self, data: bytes) -> None:
        if self._padded or b"=" in data:
            self._push_end(self._rest + data)
            return
        missing = -len(self._rest) % 4
        if len(data) < missing:
            self._rest += data
            return
        # A slice of the whole, or the whole with its rest before it, would be one more copy of every image.
        whole = len(data) - (len(data) - missing) % 4
        group, decoded = decode(self._rest + data[:missing]), decode(memoryview(data)[missing:whole])
        self._rest = data[whole:]
        self._write(group)
        self._write(decoded)

    def _push_end(self, data: bytes) -> None:
        body, _, tail = data.partition(b"=")
        if tail.strip(b"=") or (self._padded and body):
            raise binascii.Error
        decoded, self._padded, self._rest = decode(_pad(body)), True, b""
        self._write(decoded)

    def _write(self, decoded: bytes) -> None:
        if decoded:
            self._writer = self._writer or self._sink()
            self._writer.write(decoded)


def _as_is(text: bytes) -> bytes:
    return text


def _cleaned(text: bytes) -> bytes:
    return text.translate(_TO_STANDARD, _SPACE)


def _pad(text: bytes) -> bytes:
    return text + b"=" * (-len(text) % 4)


def decode(text: bytes | memoryview) -> bytes:
    """The bytes of clean, padded base64.

    Raises:
        binascii.Error: It is not that.
    """
    if _fast is not None:
        decoded: bytes = _fast(text, validate=True)
        return decoded
    return binascii.a2b_base64(text, strict_mode=True)
