"""Content encodings, undone in bounded steps."""

from __future__ import annotations

import contextlib
import zlib
from typing import TYPE_CHECKING, Protocol

from limner.errors import DecodeError

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterator

STEP = 1 << 16
_GZIP_MAGIC = b"\x1f\x8b"
_BROKEN = "the body is not the {} that its headers promise"


class Inflater:
    """Undoes one ``Content-Encoding``: identity, gzip (of several members too), deflate (zlib or raw).

    Args:
        content_encoding: The header's value, if there was one.
    """

    def __init__(self, content_encoding: str | None) -> None:
        words = (word.strip().lower() for word in content_encoding.split(",")) if content_encoding else ()
        self._name = ", ".join(word for word in words if word not in {"", "identity"})
        self._stream: _Stream | None = None
        self._held = b""
        self._ended = 0

    @property
    def inflates(self) -> bool:
        """Whether the body is in an encoding."""
        return bool(self._name)

    def feed(self, chunk: bytes) -> Iterator[bytes]:
        """What the next bytes of the body stand for; what is inflated comes in pieces of at most 64 KiB (and a byte).

        Raises:
            DecodeError: The body is not in the declared encoding, or the encoding is none of ours.
        """
        step = STEP if self._name else max(len(chunk), 1)  # what is not inflated needs no copies in small pieces
        for start in range(0, len(chunk), step):
            data, self._held = self._held + chunk[start : start + step], b""
            while data:
                self._stream = self._stream or self._open(data)
                if self._stream is None:
                    self._held = data
                    break
                data = yield from self._drain(self._stream, data)

    def finish(self) -> None:
        """Say that the body has ended.

        Raises:
            DecodeError: It should not have.
        """
        inside = self._stream is not None and not self._stream.may_end
        if inside or (self._held and not self._ended):
            raise DecodeError(f"the response ended inside its {self._name} encoding")

    def _open(self, data: bytes) -> _Stream | None:
        """The stream that these bytes begin, or ``None`` where they are too few to tell."""
        if not self._name:
            return _Through()
        opener = _OPENERS.get(self._name)
        if opener is None:
            raise DecodeError(f"the content encoding {self._name[:80]!r} is not supported")
        if self._ended and not (opener is _gzip and _GZIP_MAGIC.startswith(data[:2])):
            return _Nothing()
        return opener(data) if len(data) >= len(_GZIP_MAGIC) else None

    def _drain(self, stream: _Stream, data: bytes) -> Generator[bytes, None, bytes]:
        """Yield what the data stands for, and return what of it belongs to the next stream."""
        more = True
        while more:
            try:
                out, data = stream.step(data)
            except _BrokenError as broken:
                if broken.before:
                    yield broken.before
                raise DecodeError(_BROKEN.format(self._name)) from None
            if out:
                yield out
            # A full step may have left output inside, without input to go with it.
            more = not stream.ended and (bool(data) or len(out) == STEP)
        if not stream.ended:
            return b""
        self._stream = None
        self._ended += 1
        return data


class _Stream(Protocol):
    ended: bool
    may_end: bool

    def step(self, data: bytes) -> tuple[bytes, bytes]:
        """What some of the data stands for, and the rest of it."""
        ...


class _Through:
    ended = False
    may_end = True

    def step(self, data: bytes) -> tuple[bytes, bytes]:
        return data, b""


class _Nothing(_Through):
    """What follows the end: padding and garbage, which every client ignores."""

    def step(self, data: bytes) -> tuple[bytes, bytes]:
        del data
        return b"", b""


class _Zlib:
    may_end = False

    def __init__(self, wbits: int) -> None:
        self._inflate = zlib.decompressobj(wbits)
        self.ended = False

    def step(self, data: bytes) -> tuple[bytes, bytes]:
        saved = self._inflate.copy()
        try:
            out = self._inflate.decompress(data, STEP)
        except zlib.error:
            raise _BrokenError(_before_the_fault(saved, data)) from None
        self.ended = self._inflate.eof
        return out, self._inflate.unused_data if self.ended else self._inflate.unconsumed_tail


class _BrokenError(Exception):
    """A stream is broken; ``before`` is what it stood for until then."""

    def __init__(self, before: bytes) -> None:
        super().__init__()
        self.before = before


def _before_the_fault(inflate: zlib._Decompress, data: bytes) -> bytes:
    """What zlib made and keeps to itself, a whole image perhaps: the fault may be a wrong checksum at the very end."""
    made = bytearray()
    with contextlib.suppress(zlib.error):
        for byte in data:
            made += inflate.decompress(bytes([byte]))
    return bytes(made)


def _gzip(data: bytes) -> _Stream:
    if data.startswith(_GZIP_MAGIC):
        return _Zlib(16 + zlib.MAX_WBITS)
    # Some proxies inflate and leave the header: JSON cannot be mistaken for gzip, and it is paid for.
    if data[:1] in {b"{", b"["}:
        return _Through()
    raise DecodeError(_BROKEN.format("gzip"))


def _deflate(data: bytes) -> _Stream:
    # RFC 9110, 8.4.1.2: zlib is meant, and raw deflate is sent by some.
    has_header = data[0] & 0x0F == zlib.DEFLATED and int.from_bytes(data[:2], "big") % 31 == 0
    return _Zlib(zlib.MAX_WBITS if has_header else -zlib.MAX_WBITS)


_OPENERS: dict[str, Callable[[bytes], _Stream]] = {"gzip": _gzip, "x-gzip": _gzip, "deflate": _deflate}
