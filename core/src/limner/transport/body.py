"""A response body, parsed as it arrives: images are decoded on the way, and never exist as text."""

from __future__ import annotations

from contextlib import suppress
from functools import lru_cache
from typing import TYPE_CHECKING

from attrs import frozen

from limner.errors import DecodeError, LimnerError, TooLargeError
from limner.media import BlobWriter, human_size
from limner.transport._inflate import STEP, Inflater
from limner.transport._skeleton import SkeletonReader, parse_pattern
from limner.transport._whole import read_whole
from limner.transport.limits import Limits

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from limner.media import Blob
    from limner.steps import JSON
    from limner.transport._skeleton import Pattern

__all__ = ["Body", "BodyReader", "Inflater", "Limits"]

_BOM = b"\xef\xbb\xbf"
_SPACE = b" \t\r\n"
_NO_LIMITS_GIVEN = Limits()


@lru_cache(maxsize=64)
def _parsed(blobs: tuple[str, ...]) -> tuple[Pattern, ...]:
    return tuple(map(parse_pattern, blobs))


def _go_on() -> None:
    """Nobody asks to stop."""


@frozen
class Body:
    """What a response held: JSON, or bytes, or nothing."""

    json: JSON = None
    """The object or list, with a :class:`~limner.media.Blob` wherever base64 stood at a declared place."""
    blob: Blob | None = None
    """The body itself where it is not JSON, whatever its content type says; ``None`` where there was none."""

    def text(self, limit: int = 2000) -> str:
        """The beginning of a body that is not JSON, for messages; at most ``limit`` bytes, as UTF-8."""
        return self.blob.head(limit).decode("utf-8", "replace") if self.blob else ""


class BodyReader:
    """Takes a body in any pieces and turns it into a :class:`Body`; does no I/O of its own.

    The first byte decides whether it is JSON, since content types are wrong in both directions.

    Args:
        blobs: Where base64 stands in JSON: ``data.*.b64_json``, where ``*`` is any key or index; ``data.*.url=data:``
            only where the text there is a data URL.
        content_type: The header's value. Decides only about a text that begins like JSON and is none.
        content_encoding: The header's value: identity, gzip or deflate.
        limits: What is taken at most.
        sink: Makes a writer for each image; ``None`` keeps images in memory.
        between: Called between the pieces of 64 KiB that one chunk stands for: of a bomb, thousands. What it raises,
            such as a deadline that has passed, ends the reading.
    """

    def __init__(  # noqa: PLR0913 - what a body may be, and what is made of it
        self,
        *,
        blobs: Sequence[str] = (),
        content_type: str | None = None,
        content_encoding: str | None = None,
        limits: Limits = _NO_LIMITS_GIVEN,
        sink: Callable[[], BlobWriter] | None = None,
        between: Callable[[], None] = _go_on,
    ) -> None:
        self._between = between
        self._patterns = _parsed(tuple(blobs))
        self._declared_json = _is_json(content_type)
        self._limits = limits
        self._sink = sink or (lambda: BlobWriter(limits.image))
        self._inflater = Inflater(content_encoding)
        self._waiting = bytearray()
        self._lead = b""
        self._size = 0
        self._json: SkeletonReader | None = None
        self._bytes: BlobWriter | None = None
        self._error: LimnerError | None = None

    def feed(self, chunk: bytes) -> None:
        """Take the next bytes, as they came over the wire.

        Raises:
            DecodeError: They are not in the declared content encoding.
            TooLargeError: A limit is passed.
        """
        # Small pieces cost as much as large ones: collect them.
        if len(chunk) < STEP:
            self._waiting += chunk
            chunk = b""
        if chunk or len(self._waiting) >= STEP:
            self._flush()
            self._inflate(chunk)

    def finish(self) -> Body:
        """Say that the body has ended, and have it.

        Raises:
            DecodeError: It was cut, is not in the declared content encoding, or is broken JSON.
                What was complete by then is in :attr:`rescued`.
            TooLargeError: A limit is passed.
        """
        whole = self._whole()
        if whole is not None:
            return Body(json=whole)
        self._flush()
        self._inflater.finish()
        if self._json is not None:
            return self._finish_json(self._json)
        return Body(blob=self._bytes.close() if self._bytes else None)

    @property
    def rescued(self) -> tuple[Blob, ...]:
        """The images of the JSON that are complete so far: what is left when the rest is lost."""
        self._between = _go_on
        with suppress(LimnerError):
            self._flush()
        return tuple(self._json.blobs) if self._json else ()

    def _finish_json(self, reader: SkeletonReader) -> Body:
        try:
            return Body(json=reader.finish())
        except DecodeError:
            if self._declared_json or not reader.whole:
                raise
        # A text such as "[ERROR] no such page".
        writer = self._sink()
        writer.write(self._lead + reader.skeleton)
        return Body(blob=writer.close())

    def _whole(self) -> JSON:
        """The JSON, where all of it was waiting to be read; ``None`` where it is to be read as it came."""
        begun = self._size or self._lead or self._error
        if begun or self._inflater.inflates or len(self._waiting) > min(self._limits.response, self._limits.json):
            return None
        return read_whole(bytes(self._waiting), self._patterns, self._limits, self._sink)

    def _flush(self) -> None:
        data = bytes(self._waiting)
        self._waiting.clear()
        self._inflate(data)

    def _inflate(self, data: bytes) -> None:
        if self._error is not None:
            raise self._error
        try:
            for number, piece in enumerate(self._inflater.feed(data)):
                if number:
                    self._between()
                self._take(piece)
        except LimnerError as error:
            self._error = error
            raise

    def _take(self, piece: bytes) -> None:
        self._size += len(piece)
        if self._size > self._limits.response:
            limit = self._limits.response
            msg = f"the response has more than {human_size(limit)} ({limit} bytes), which is the limit"
            raise TooLargeError(msg)
        if self._json is not None:
            self._json.feed(piece)
        elif self._bytes is not None:
            self._bytes.write(piece)
        else:
            self._decide(piece)

    def _decide(self, piece: bytes) -> None:
        piece = self._lead + piece
        start = piece.lstrip(_SPACE)
        start = start.removeprefix(_BOM).lstrip(_SPACE)
        if _BOM.startswith(start):
            # Some servers send white space to keep the connection open while they paint.
            self._lead = piece
            if len(piece) > self._limits.json:
                raise TooLargeError("the response begins with more white space than JSON may take")
        elif start[:1] in {b"{", b"["}:
            self._lead = piece[: len(piece) - len(start)]
            self._json = SkeletonReader(self._patterns, self._limits, self._sink)
            self._json.feed(start)
        else:
            self._bytes = self._sink()
            self._bytes.write(piece)


def _is_json(content_type: str | None) -> bool:
    """Whether a content type says JSON, or says nothing."""
    media_type = (content_type or "").partition(";")[0].strip().lower()
    return not media_type or media_type.endswith(("/json", "+json"))
