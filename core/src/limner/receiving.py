"""Responses on their way in, whole or as events: what sync and async share, without I/O.

However a response ends, the images that were already whole are kept.
"""

from __future__ import annotations

from collections import deque
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Self

from limner.errors import DeadlineError, DecodeError, LimnerError, ProtocolError
from limner.media import Image
from limner.provider import HttpResponse
from limner.reading import request_id
from limner.transport.body import Body, BodyReader, Inflater
from limner.transport.sse import EventReader

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from limner.conversation import Conversation
    from limner.effects import Send
    from limner.media import Blob
    from limner.transport.sse import ServerEvent

_REFUSED = 300
"""From this status on, an answer is no success."""
_BOM = b"\xef\xbb\xbf"


_BEGINNING = 4096
"""Bytes by which it is known at the latest whether a response is a stream of events."""
_JSON = (b"{", b"[")
_FIELDS = (b"data:", b"event:", b"id:", b"retry:", b":")


class Reading:
    """A response on its way in: the part that sync and async share.

    Read it in ``with`` blocks: an error meanwhile then knows which response, and keeps the images that were already
    whole. (No function under ``contextmanager``, as that takes ten times as long, and most of what comes is small.)
    """

    def __init__(self, send: Send, status: int, headers: Mapping[str, str]) -> None:
        self._talk, self._status, self._headers = send.conversation, status, headers
        self._blobs, self._coding = send.request.blobs, headers.get("content-encoding")
        media_type = headers.get("content-type", "")
        self._says_events = media_type.lower().startswith("text/event-stream")
        self._body = BodyReader(
            blobs=self._blobs, content_type=media_type, content_encoding=self._coding, sink=self._talk.writer,
            between=self._talk.in_time,
        )  # fmt: skip
        self._broken = False
        self._lead: bytes | None = b"" if send.request.stream and status < _REFUSED else None
        """The beginning, while it may be that of a stream."""
        self.stream: Stream | None = None
        """The events, once it is known that the response is a stream of them."""

    def feed(self, chunk: bytes) -> None:
        """Take the next bytes of the body, or the first of a stream."""
        if self._lead is None:
            self._body.feed(chunk)
            return
        lead = self._lead + chunk
        events = self._are_events(lead)
        self._lead = lead if events is None else None
        if events:
            self.stream = Stream(self._talk, self._blobs, self._coding)
            with self.stream.whatever_fails():
                self.stream.feed(lead)
        elif events is False:
            self._body.feed(lead)

    def _are_events(self, lead: bytes) -> bool | None:
        """Whether this begins a stream, whatever its content type says; ``None`` while it is too early to tell.

        Relays answer with JSON under the type of a stream, and with a stream under that of JSON.
        """
        start = b""
        with suppress(DecodeError):
            start = b"".join(Inflater(self._coding).feed(lead[:_BEGINNING])).lstrip().removeprefix(_BOM).lstrip()
        if start.startswith(_JSON if self._says_events else _FIELDS):
            return not self._says_events
        early = not start or (not self._says_events and any(field.startswith(start) for field in _FIELDS))
        return None if early and len(lead) < _BEGINNING else self._says_events

    def __enter__(self) -> Self:
        return self

    def __exit__(self, _kind: object, error: BaseException | None, _frames: object) -> bool:
        if not isinstance(error, LimnerError):
            if error is not None:  # Ctrl-C, a cancellation: what is whole is whole all the same
                self._talk.kept.extend(_images(self._body.rescued))
            return False
        if self._status >= _REFUSED and not isinstance(error, DeadlineError):
            self._broken = True  # what was refused was refused, however its reasons arrive
            return True
        error.with_context(
            status=self._status, request_id=request_id(self._headers), images=_images(self._body.rescued),
            phase="unknown",
        )  # fmt: skip
        error.__cause__ = None  # as ``from None`` does: nothing of what led to it is shown
        return False

    def finish(self) -> HttpResponse:
        """The whole response, judged: what is an error is raised. Of a stream, its head."""
        body = Body()
        if self.stream is None and not self._broken:
            with self:
                self._body.feed(self._lead or b"")
                body = self._body.finish()
        response = HttpResponse(status=self._status, headers=self._headers, json=body.json, body=body.blob)
        return self._talk.judge(response)


class Stream:
    """The events of an open response: the part that sync and async share."""

    def __init__(self, talk: Conversation, blobs: Sequence[str], content_encoding: str | None) -> None:
        # Where base64 stands in an event: as in a whole response, or under the last word of such a place.
        places = dict.fromkeys(spelled for place in blobs for spelled in (place, place.rsplit(".", 1)[-1]))
        self._talk = talk
        self._reader = EventReader(
            blobs=tuple(places), content_encoding=content_encoding, sink=talk.writer, between=talk.in_time
        )
        self._ready: deque[ServerEvent] = deque()
        self._over = False

    @property
    def hungry(self) -> bool:
        """Whether more of the stream has to be read to know its next event."""
        return not self._ready and not self._over

    def feed(self, chunk: bytes | None) -> None:
        """Take the next bytes; ``None`` is the end."""
        self._ready.extend(self._reader.feed(chunk) if chunk is not None else self._reader.finish())
        if chunk is None:
            self._end()

    @contextmanager
    def whatever_fails(self) -> Iterator[None]:
        """The images of events that broke off are kept."""
        try:
            yield
        except BaseException as error:
            self._end()
            if isinstance(error, LimnerError):
                error.with_context(phase="unknown")
            raise

    def next(self) -> ServerEvent | None:
        """The next event; ``None`` at the end.

        Raises:
            ProtocolError: the stream ended inside an event.
        """
        if not self._ready and self._reader.truncated:
            raise ProtocolError("The stream ended inside an event.", phase="unknown")
        return self._ready.popleft() if self._ready else None

    def _end(self) -> None:
        self._over = True
        self._talk.kept.extend(_images(self._reader.rescued))


def _images(blobs: Sequence[Blob]) -> tuple[Image, ...]:
    return tuple(Image.of(blob, index=index) for index, blob in enumerate(blobs))
