"""Server-sent events, parsed as they arrive: images in their JSON are decoded on the way.

The line format is that of the HTML standard (section 9.2.6); ids and retry times mean nothing to us.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from attrs import frozen

from limner.errors import DecodeError, LimnerError, TooLargeError
from limner.media import human_size
from limner.transport._inflate import STEP, Inflater
from limner.transport._skeleton import Pattern, SkeletonReader, parse_pattern
from limner.transport.limits import Limits

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from limner.media import Blob, BlobWriter
    from limner.steps import JSON

__all__ = ["EventReader", "ServerEvent"]

_BOM = b"\xef\xbb\xbf"
_DONE = "[DONE]"
_DATA = b"data:"
_MAX_FIELD = 1 << 10
_NO_LIMITS_GIVEN = Limits()


@frozen
class ServerEvent:
    """One event of a stream."""

    event: str | None = None
    """Its name, where it has one; OpenAI-like APIs also put it into the JSON as ``type``."""
    json: JSON = None
    """Its data as an object or list, with a :class:`~limner.media.Blob` wherever base64 stood at a declared place."""
    text: str = ""
    """Its data where that is not JSON, at most the JSON limit; an image in it is cut out."""

    @property
    def done(self) -> bool:
        """Whether this is the ``[DONE]`` by which OpenAI-like streams end."""
        return self.json is None and self.text.strip().startswith(_DONE)


class EventReader:
    """Takes an event stream in any pieces and turns it into events; does no I/O of its own.

    Args:
        blobs: Where base64 stands in an event's JSON: ``b64_json``, ``data.*.b64_json``, ``url=data:``.
        limits: What is taken at most: of JSON per event, of bytes and lines per stream.
        content_encoding: The header's value: identity, gzip or deflate.
        sink: Makes a writer for each image; ``None`` keeps images in memory.
        between: Called between the pieces of 64 KiB that one chunk stands for; what it raises ends the reading.
    """

    def __init__(
        self,
        *,
        blobs: Sequence[str] = (),
        limits: Limits = _NO_LIMITS_GIVEN,
        content_encoding: str | None = None,
        sink: Callable[[], BlobWriter] | None = None,
        between: Callable[[], None] = lambda: None,
    ) -> None:
        self.truncated: bool = False
        """Set by :meth:`finish` where the stream ended inside an event."""
        self._patterns = tuple(map(parse_pattern, blobs))
        self._limits = limits
        self._sink = sink
        self._between = between
        self._lines = 0
        self._inflater = Inflater(content_encoding)
        self._size = 0
        self._waiting = bytearray()
        self._ready: list[ServerEvent] = []
        self._error: LimnerError | None = None
        self._rescued: list[Blob] = []
        self._first_line = True
        self._after_cr = False
        self._line = bytearray()
        self._in_data = False
        self._name: str | None = None
        self._data: _EventData | None = None

    def feed(self, chunk: bytes) -> list[ServerEvent]:
        """Take the next bytes, as they came over the wire, and have the events they complete.

        Raises:
            DecodeError: They are not in the declared content encoding.
            TooLargeError: A limit is passed.
                Events before the fault are returned first, and the error is raised at the next call.
        """
        self._raise_late()
        try:
            for number, piece in enumerate(self._inflater.feed(chunk)):
                if number:
                    self._between()
                self._take(piece)
        except LimnerError as error:
            self._error = error
        return self._events()

    def finish(self) -> list[ServerEvent]:
        """Say that the stream has ended, and have what is left of it.

        An event without the blank line that ends it counts where its JSON is complete; otherwise it is dropped and
        :attr:`truncated` is set.

        Raises:
            TooLargeError: A limit is passed.
        """
        self._raise_late()
        try:
            self._flush()
            if self._line or self._in_data:
                self._end_line()
            self._dispatch(at_end=True)
            self._inflater.finish()
        except DecodeError:
            self.truncated = True
        except LimnerError as error:
            self._error = error
        return self._events()

    @property
    def rescued(self) -> tuple[Blob, ...]:
        """Complete images of events that are not complete, or not JSON: what is left when the rest is lost."""
        try:
            self._flush()
        except LimnerError as error:
            self._error = error
        return (*self._rescued, *(self._data.blobs if self._data else ()))

    def _raise_late(self) -> None:
        if self._error is not None:
            raise self._error

    def _events(self) -> list[ServerEvent]:
        events, self._ready = self._ready, []
        if not events:
            self._raise_late()
        return events

    def _take(self, piece: bytes) -> None:
        # Small pieces cost as much as large ones: collect them while no line can end.
        self._waiting += piece
        if len(self._waiting) >= STEP or b"\n" in piece or b"\r" in piece:
            self._flush()
        self._size += len(piece)
        if self._size > self._limits.response:
            limit = self._limits.response
            msg = f"the stream has more than {human_size(limit)} ({limit} bytes), which is the limit"
            raise TooLargeError(msg)

    def _flush(self) -> None:
        data = bytes(self._waiting)
        self._waiting.clear()
        for line in data.splitlines(keepends=True):  # bytes split at LF, CR and CRLF only
            rest_of_crlf = self._after_cr and line == b"\n"
            self._after_cr = line.endswith(b"\r")
            if not rest_of_crlf:
                content = line.rstrip(b"\r\n")
                self._part(content)
                if len(content) < len(line):
                    self._end_line()

    def _part(self, part: bytes) -> None:
        """Take some of a line: data goes on at once, the rest is short or of no interest."""
        if self._data is not None and self._in_data:
            self._data.feed(part)
            return
        self._line += part
        if self._first_line and len(self._line) >= len(_BOM):
            self._line = self._line.removeprefix(_BOM)
            self._first_line = False
        # One more byte than the field's name: it may be the space that is dropped.
        if not self._first_line and len(self._line) > len(_DATA) and self._line.startswith(_DATA):
            self._begin_data(bytes(self._line[len(_DATA) :]).removeprefix(b" "))
            self._in_data = True
            self._line.clear()
        del self._line[_MAX_FIELD:]

    def _end_line(self) -> None:
        line = bytes(self._line)
        self._line.clear()
        self._first_line = False
        if self._in_data:
            self._in_data = False
            return
        self._lines += 1
        if self._lines > self._limits.lines:
            raise TooLargeError(f"the stream has more than {self._limits.lines} lines beside its data")
        if not line:
            self._dispatch()
        else:
            name, _, value = line.partition(b":")
            if name == b"data":
                self._begin_data(value)
            if name == b"event":
                self._name = value.removeprefix(b" ").decode("utf-8", "replace") or None

    def _begin_data(self, first: bytes) -> None:
        if self._data is None:
            self._data = _EventData(self._patterns, self._limits, self._sink)
            self._data.feed(first)
        else:
            self._data.feed(b"\n" + first)

    def _dispatch(self, *, at_end: bool = False) -> None:
        data, self._data = self._data, None
        name, self._name = self._name, None
        if data is None:
            return
        json, text = data.finish()
        event = ServerEvent(name, json, text)
        if json is None:
            self._rescued.extend(data.blobs)
        if at_end and json is None and not event.done:
            self.truncated = True
        elif json is not None or text:
            self._ready.append(event)


class _EventData:
    """The data of one event, as it arrives."""

    def __init__(self, patterns: tuple[Pattern, ...], limits: Limits, sink: Callable[[], BlobWriter] | None) -> None:
        self._given = patterns, limits, sink
        self._limit = limits.json
        self._json: SkeletonReader | None = None
        self._text = bytearray()

    @property
    def blobs(self) -> Sequence[Blob]:
        """The images that are complete so far."""
        return self._json.blobs if self._json is not None else ()

    def feed(self, part: bytes) -> None:
        """Take more of the data."""
        if self._json is None and not self._text:
            part = part.lstrip()
            self._json = SkeletonReader(*self._given) if part[:1] in {b"{", b"["} else None
        if self._json is not None:
            self._json.feed(part)
        elif len(self._text) + len(part) > self._limit:
            msg = f"an event has more than {human_size(self._limit)} ({self._limit} bytes) of text, which is the limit"
            raise TooLargeError(msg)
        else:
            self._text += part

    def finish(self) -> tuple[JSON, str]:
        """The data as JSON, or else as text."""
        if self._json is None:
            return None, self._text.decode("utf-8", "replace")
        try:
            return self._json.finish(), ""
        except DecodeError:
            return None, self._json.text
