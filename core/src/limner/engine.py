# ruff: noqa: SLF001 - the tables of effects stand in for chains of isinstance
"""Performs conversations over real transports, sync and async: sends and retries, reads, waits, downloads.

Everything that decides is pure and shared (:mod:`limner.conversation`, :mod:`limner.transport.retry`); the two
runners below differ in nothing but ``await``.
"""

from __future__ import annotations

import asyncio
import random
import threading
import time
from collections import deque
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, TypeVar

import stamina
from attrs import define, field

from limner import events
from limner.conversation import Conversation, Effect, Fetch, ReadEvent, Run, Send, Show, Sleep
from limner.errors import LimnerError, PluginError
from limner.media import Image
from limner.provider import HttpResponse, Partial
from limner.reading import request_id
from limner.transport.body import BodyReader, Limits
from limner.transport.retry import Failure, GiveUp, Policy, decide
from limner.transport.sse import EventReader

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterator, Mapping, Sequence

    from limner.results import ImageResult
    from limner.transport.deadline import Deadline
    from limner.transport.download import AsyncDownloader, Downloader
    from limner.transport.http import AsyncWire, AsyncWireResponse, SyncWire, SyncWireResponse
    from limner.transport.sse import ServerEvent

T = TypeVar("T")


@define(eq=False)
class Attempts:
    """One request's attempts: what stamina asks after each failure."""

    send: Send
    policy: Policy
    _number: int = field(default=0, init=False)
    _headers: Mapping[str, str] = field(factory=dict, init=False)

    def begin(self) -> None:
        """Another attempt starts."""
        self._number += 1
        self._headers = {}
        if self.send.billing:
            self.send.conversation.attempts += 1

    def heard(self, headers: Mapping[str, str]) -> None:
        """The response's headers are in."""
        self._headers = headers

    def wait_after(self, error: Exception) -> float | bool:
        """Seconds until the next attempt, or False to give up."""
        talk = self.send.conversation
        if not isinstance(error, LimnerError):
            return False
        talk.failed_sending(error, self.send.request)
        failure = Failure.of(
            error, headers=self._headers, attempt=self._number, left=talk.deadline.left(), billing=self.send.billing
        )
        verdict = decide(failure, self.policy, random.random)
        if isinstance(verdict, GiveUp):
            return False
        talk.notify(
            events.CallRetried(
                call_id=talk.id, provider=talk.endpoint.provider.name, model=talk.call.model,
                operation=talk.call.operation, index=talk.call.index, phase=error.phase or "unknown",
                wait=verdict.seconds, attempt=self._number, kind=error.kind,
            )
        )  # fmt: skip
        return verdict.seconds


class _Reading:
    """A response on its way in: the part that sync and async share."""

    def __init__(self, send: Send, status: int, headers: Mapping[str, str]) -> None:
        self._send, self._status, self._headers = send, status, headers
        self._body = BodyReader(
            blobs=send.request.blobs,
            content_type=headers.get("content-type"),
            content_encoding=headers.get("content-encoding"),
        )
        self.is_stream = (
            send.request.stream and status < 400 and headers.get("content-type", "").startswith("text/event-stream")  # noqa: PLR2004 - HTTP's own border
        )

    def feed(self, chunk: bytes) -> None:
        self._body.feed(chunk)

    @contextmanager
    def whatever_fails(self) -> Iterator[None]:
        """An error while a response arrives knows which response, and keeps the images that were already whole."""
        try:
            yield
        except LimnerError as error:
            rescued = tuple(Image.of(blob, index=index) for index, blob in enumerate(self._body.rescued))
            raise error.with_context(
                status=self._status, request_id=request_id(self._headers), images=rescued, phase="unknown"
            ) from None

    def finish(self) -> HttpResponse:
        """The whole response, judged: what is an error is raised."""
        with self.whatever_fails():
            body = self._body.finish()
        return self._send.conversation.judge(
            HttpResponse(status=self._status, headers=self._headers, json=body.json, body=body.blob)
        )

    def opened(self) -> HttpResponse:
        """A stream of events: its head only."""
        return self._send.conversation.judge(HttpResponse(status=self._status, headers=self._headers))


@define(eq=False)
class Lanes:
    """Of one lane one runs at a time, in whatever thread."""

    _locks: dict[str, threading.Lock] = field(factory=dict, init=False)
    _guard: threading.Lock = field(factory=threading.Lock, init=False)

    def run(self, effect: Run) -> Any:  # noqa: ANN401 - what the provider's function returns
        """Run it here, and give what it raises a name."""
        if effect.lane is None:
            return _named(effect.fn)
        with self._guard:
            lock = self._locks.setdefault(effect.lane, threading.Lock())
        with lock:
            return _named(effect.fn)


def _named(fn: Callable[[], T]) -> T:
    try:
        return fn()
    except LimnerError:
        raise
    except Exception as broken:
        raise PluginError(f"A provider's blocking step failed: {type(broken).__name__}: {broken}") from broken


def _retrying(policy: Policy, attempts: Attempts) -> dict[str, Any]:
    # The decision returns its own seconds; stamina's own clock and jitter must add nothing to them.
    return {"on": attempts.wait_after, "attempts": policy.attempts, "timeout": None, "wait_jitter": 0}


@define(eq=False)
class Runner:
    """Performs one conversation, sync."""

    wire: SyncWire
    downloader: Downloader
    lanes: Lanes
    policy: Policy
    deadline: Deadline
    watch: Callable[[Partial], None]
    _stream: SyncWireResponse | None = field(default=None, init=False)
    _chunks: Iterator[bytes] = field(factory=lambda: iter(()), init=False)
    _events: EventReader | None = field(default=None, init=False)
    _ready: deque[ServerEvent] = field(factory=deque, init=False)

    def run(self, talk: Conversation) -> ImageResult:
        """Converse to the end."""
        conversation = talk.run()
        try:
            return self._drive(conversation)
        except LimnerError:
            raise
        except BaseException:
            conversation.close()
            talk.abandon()
            raise
        finally:
            self.close()

    def _drive(self, conversation: Generator[Effect, Any, ImageResult]) -> ImageResult:
        answer: Any = None
        error: LimnerError | None = None
        while True:
            try:
                effect = conversation.throw(error) if error is not None else conversation.send(answer)
            except StopIteration as done:
                result: ImageResult = done.value
                return result
            answer, error = None, None
            try:
                answer = _SYNC[type(effect)](self, effect)
            except LimnerError as raised:
                error = raised

    def close(self) -> None:
        """Let go of the open stream."""
        if self._stream is not None:
            self._stream.close()
            self._stream = None

    def _send(self, effect: Send) -> HttpResponse:
        attempts = Attempts(effect, self.policy)
        for attempt in stamina.retry_context(**_retrying(self.policy, attempts)):
            with attempt:
                attempts.begin()
                return self._once(effect, attempts)
        raise AssertionError  # pragma: no cover - stamina raises the last error itself

    def _once(self, effect: Send, attempts: Attempts) -> HttpResponse:
        response = self.wire.send(effect.build(), self.deadline)
        keep = False
        try:
            attempts.heard(response.headers)
            reading = _Reading(effect, response.status, response.headers)
            if reading.is_stream:
                head = reading.opened()
                self._stream, self._chunks, keep = response, response.chunks(), True
                self._events = EventReader(blobs=_event_blobs(effect.request.blobs), limits=Limits())
                return head
            with reading.whatever_fails():
                for chunk in response.chunks():
                    reading.feed(chunk)
            return reading.finish()
        finally:
            if not keep:
                response.close()

    def _read_event(self, _: ReadEvent) -> ServerEvent | None:
        while not self._ready and self._events is not None:
            chunk = next(self._chunks, None)
            if chunk is None:
                self._ready.extend(self._events.finish())
                self._events = None
                self.close()
            else:
                self._ready.extend(self._events.feed(chunk))
        return self._ready.popleft() if self._ready else None

    def _sleep(self, effect: Sleep) -> None:
        time.sleep(effect.seconds)

    def _execute(self, effect: Run) -> Any:  # noqa: ANN401 - what the provider's function returns
        return self.lanes.run(effect)

    def _show(self, effect: Show) -> None:
        self.watch(effect.partial)

    def _fetch(self, effect: Fetch) -> Any:  # noqa: ANN401 - a Blob
        return self.downloader.fetch(effect.url, self.deadline, svg=effect.svg, expires_at=effect.expires_at)


@define(eq=False)
class AsyncRunner:
    """Performs one conversation, async."""

    wire: AsyncWire
    downloader: AsyncDownloader
    lanes: Lanes
    policy: Policy
    deadline: Deadline
    watch: Callable[[Partial], None]
    _stream: AsyncWireResponse | None = field(default=None, init=False)
    _chunks: Any = field(default=None, init=False)
    _events: EventReader | None = field(default=None, init=False)
    _ready: deque[ServerEvent] = field(factory=deque, init=False)

    async def run(self, talk: Conversation) -> ImageResult:
        """Converse to the end."""
        conversation = talk.run()
        try:
            return await self._drive(conversation)
        except LimnerError:
            raise
        except BaseException:
            conversation.close()
            talk.abandon()
            raise
        finally:
            await self.close()

    async def _drive(self, conversation: Generator[Effect, Any, ImageResult]) -> ImageResult:
        answer: Any = None
        error: LimnerError | None = None
        while True:
            try:
                effect = conversation.throw(error) if error is not None else conversation.send(answer)
            except StopIteration as done:
                result: ImageResult = done.value
                return result
            answer, error = None, None
            try:
                answer = await _ASYNC[type(effect)](self, effect)
            except LimnerError as raised:
                error = raised

    async def close(self) -> None:
        """Let go of the open stream."""
        if self._stream is not None:
            stream, self._stream = self._stream, None
            await stream.close()

    async def _send(self, effect: Send) -> HttpResponse:
        attempts = Attempts(effect, self.policy)
        async for attempt in stamina.retry_context(**_retrying(self.policy, attempts)):
            with attempt:
                attempts.begin()
                return await self._once(effect, attempts)
        raise AssertionError  # pragma: no cover - stamina raises the last error itself

    async def _once(self, effect: Send, attempts: Attempts) -> HttpResponse:
        response = await self.wire.send(effect.build(), self.deadline)
        keep = False
        try:
            attempts.heard(response.headers)
            reading = _Reading(effect, response.status, response.headers)
            if reading.is_stream:
                head = reading.opened()
                self._stream, self._chunks, keep = response, response.chunks(), True
                self._events = EventReader(blobs=_event_blobs(effect.request.blobs), limits=Limits())
                return head
            with reading.whatever_fails():
                async for chunk in response.chunks():
                    reading.feed(chunk)
            return reading.finish()
        finally:
            if not keep:
                await response.close()

    async def _read_event(self, _: ReadEvent) -> ServerEvent | None:
        while not self._ready and self._events is not None:
            chunk = await anext(self._chunks, None)
            if chunk is None:
                self._ready.extend(self._events.finish())
                self._events = None
                await self.close()
            else:
                self._ready.extend(self._events.feed(chunk))
        return self._ready.popleft() if self._ready else None

    async def _sleep(self, effect: Sleep) -> None:
        await asyncio.sleep(effect.seconds)

    async def _execute(self, effect: Run) -> Any:  # noqa: ANN401 - what the provider's function returns
        return await asyncio.to_thread(self.lanes.run, effect)

    async def _show(self, effect: Show) -> None:
        self.watch(effect.partial)

    async def _fetch(self, effect: Fetch) -> Any:  # noqa: ANN401 - a Blob
        return await self.downloader.fetch(effect.url, self.deadline, svg=effect.svg, expires_at=effect.expires_at)


_SYNC: Mapping[type, Callable[[Runner, Any], Any]] = {
    Send: Runner._send, ReadEvent: Runner._read_event, Sleep: Runner._sleep,
    Run: Runner._execute, Show: Runner._show, Fetch: Runner._fetch,
}  # fmt: skip
_ASYNC: Mapping[type, Callable[[AsyncRunner, Any], Any]] = {
    Send: AsyncRunner._send, ReadEvent: AsyncRunner._read_event, Sleep: AsyncRunner._sleep,
    Run: AsyncRunner._execute, Show: AsyncRunner._show, Fetch: AsyncRunner._fetch,
}  # fmt: skip


def _event_blobs(blobs: Sequence[str]) -> tuple[str, ...]:
    """Where base64 stands in an event: the last word of each place in a whole response."""
    return tuple({place.rsplit(".", 1)[-1]: None for place in blobs})
