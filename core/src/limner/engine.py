# ruff: noqa: SLF001 - the tables of effects stand in for chains of isinstance
"""Performs conversations over real transports, sync and async: sends and retries, reads, waits, downloads.

Everything that decides is pure and shared (:mod:`limner.conversation`, :mod:`limner.transport.retry`); the two
runners below differ in nothing but ``await``. They are objects and no generators: an event loop that ends closes every
async generator it has met, all at once, and two that stand in each other's way say so.
"""

from __future__ import annotations

import asyncio
from contextlib import closing, suppress
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import stamina
from attrs import define, field

from limner.delivering import handed_on
from limner.effects import AskAgain, Cancel, Fetch, ReadEvent, Run, Send, Show, Sleep
from limner.errors import LimnerError
from limner.receiving import Reading
from limner.results import ImageResult
from limner.threads import GivenUp, is_stray
from limner.transport.deadline import Deadline
from limner.transport.retry import Failure, GiveUp, decide, dice

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterator, Mapping

    from limner.conversation import Conversation
    from limner.delivering import Delivery
    from limner.effects import Effect
    from limner.provider import HttpResponse, Partial
    from limner.receiving import Stream
    from limner.threads import Lanes
    from limner.transport.download import AsyncDownloader, Downloader
    from limner.transport.http import AsyncWire, AsyncWireResponse, SyncWire, SyncWireResponse
    from limner.transport.retry import Policy
    from limner.transport.sse import ServerEvent


@define(eq=False)
class Attempts:
    """One request's attempts: what stamina asks after each failure."""

    send: Send
    policy: Policy
    _headers: Mapping[str, str] = field(factory=dict, init=False)

    def begin(self) -> None:
        """Another attempt starts."""
        self._headers = {}
        self.send.conversation.began_sending(self.send.request)

    def heard(self, headers: Mapping[str, str]) -> None:
        """The response's headers are in."""
        self._headers = headers

    def wait_after(self, error: Exception) -> float | bool:
        """Seconds until the next attempt, or False to give up."""
        talk = self.send.conversation
        if not isinstance(error, LimnerError):
            return False
        talk.failed_sending(error, self.send.request)
        if error.kind == "cancelled":  # whoever closed the client or gave up wants no other attempt
            return False
        failure = Failure.of(
            error, headers=self._headers, attempt=talk.tries, left=talk.deadline.left(),
            billing=self.send.request.billing,
        )  # fmt: skip
        verdict = decide(failure, self.policy, dice)
        if isinstance(verdict, GiveUp):
            return False
        talk.retried(error, failure.phase, verdict.seconds)
        return verdict.seconds


FAREWELL = 0.4
"""Seconds to tell a server that its job is not wanted any more: a deadline is overstepped by half a second at most."""


def _retrying(policy: Policy, wait_after: Callable[[Exception], float | bool]) -> dict[str, Any]:
    # The first attempt is made before stamina's loop, and fails in it once more: entering it costs 40 us, a tenth of a
    # small call, and most calls go well.
    # The decision returns its own seconds; stamina's own clock and jitter must add nothing to them.
    return {"on": wait_after, "attempts": policy.attempts, "timeout": None, "wait_jitter": 0}


def _keep_to_ourselves(stopped: BaseException) -> None:
    """Drop the frames of other libraries: their variables hold headers and URLs, and some tracebacks show variables."""
    frames = stopped.__traceback__
    while frames is not None:
        if frames.tb_next is not None and not frames.tb_next.tb_frame.f_code.co_filename.startswith(_OURS):
            frames.tb_next = None
        frames = frames.tb_next


_OURS = str(Path(__file__).parent)


@define(eq=False)
class Runner:
    """Performs one conversation, sync."""

    wire: SyncWire
    downloader: Downloader
    lanes: Lanes
    policy: Policy
    talk: Conversation | Delivery
    given_up: GivenUp = field(factory=GivenUp)
    deadline: Deadline = field(init=False)
    _talking: Generator[Effect, Any, ImageResult] = field(init=False)
    _response: SyncWireResponse | None = field(default=None, init=False)
    _chunks: Iterator[bytes] = field(factory=lambda: iter(()), init=False)
    _stream: Stream | None = field(default=None, init=False)
    _shown: bool = field(default=False, init=False)  # not asked of the generator: garbage may be closed before us

    def __attrs_post_init__(self) -> None:
        self.deadline, self._talking = self.talk.deadline, self.talk.run()
        self.given_up.wakes(partial(self.wire.interrupt, self.deadline))

    def run(self) -> ImageResult:
        """Converse to the end; frames nobody asked to see are passed over."""
        while not isinstance(said := self.next(), ImageResult):
            pass
        return said

    def next(self) -> Partial | ImageResult:
        """Converse until there is something to see: a frame, or the result at last."""
        self._shown = False
        answer: Any = None
        error: LimnerError | None = None
        try:
            while True:
                try:
                    effect = self._talking.throw(error) if error is not None else self._talking.send(answer)
                except StopIteration as done:
                    result: ImageResult = done.value
                    break
                answer, error = None, None
                if isinstance(effect, Show):
                    self._shown = True
                    return effect.partial
                try:
                    answer = _SYNC[type(effect)](self, effect)
                except LimnerError as raised:
                    error = self.given_up.said(raised)
        except LimnerError:
            self.close()
            raise
        except BaseException as stopped:
            self._abandon(stopped)
            raise
        self.close()
        return result

    def give_up(self) -> None:
        """End what has begun and is not over yet: nobody waits for it any more."""
        if self._shown:
            self._abandon(GeneratorExit())

    def _abandon(self, stopped: BaseException) -> None:
        with handed_on(stopped), closing(self):
            _keep_to_ourselves(stopped)
            if not isinstance(stopped, Exception):  # which breaks this call alone
                self.given_up.set()
            self._talking.close()
            self.talk.abandon(stopped)
            if (farewell := self.talk.farewell()) is not None:
                self._cancel(farewell)

    def close(self) -> None:
        """Let go of the open stream."""
        response, self._response, self._stream = self._response, None, None
        if response is not None:
            response.close()

    def _send(self, effect: Send) -> HttpResponse:
        attempts = Attempts(effect, self.policy)
        try:
            return self._once(effect, attempts)
        except LimnerError as error:
            first = error
        for attempt in stamina.retry_context(**_retrying(self.policy, lambda error: self._rest(attempts, error))):
            with attempt:
                if attempt.num == 1:
                    raise first
                return self._once(effect, attempts)
        raise AssertionError  # pragma: no cover - stamina raises the last error itself

    def _rest(self, attempts: Attempts, error: Exception) -> float | bool:
        """Wait here, where giving up wakes it: stamina's own sleep nothing does."""
        seconds = attempts.wait_after(error)
        if seconds is False:
            return False
        self.given_up.sleep(0.0 if stamina.is_testing() else seconds)  # a host's tests wait for nothing
        return 0.0

    def _once(self, effect: Send, attempts: Attempts) -> HttpResponse:
        attempts.begin()
        self.given_up.check()
        self.close()
        response = self.wire.send(effect.build(), self.deadline)
        try:
            attempts.heard(response.headers)
            reading = Reading(effect, response.status, response.headers)
            chunks = response.chunks()
            with reading:
                for chunk in chunks:
                    reading.feed(chunk)
                    if reading.stream is not None:
                        break
            answer = reading.finish()
            if reading.stream is not None:
                self._stream, self._response, self._chunks = reading.stream, response, chunks
            return answer
        finally:
            if self._response is not response:
                response.close()

    def _cancel(self, effect: Cancel) -> None:
        with suppress(LimnerError):
            self.wire.send(effect.build(), Deadline(FAREWELL)).close()

    def _read_event(self, _: ReadEvent) -> ServerEvent | None:
        if self._stream is None:
            return None
        while self._stream.hungry:
            with self._stream.whatever_fails():
                self._stream.feed(next(self._chunks, None))
        return self._stream.next()

    def _sleep(self, effect: Sleep) -> None:
        self.given_up.sleep(0.0 if stamina.is_testing() else effect.seconds)

    def _execute(self, effect: Run) -> Any:  # noqa: ANN401 - what the provider's function returns
        return self.lanes.run(effect, self.given_up)

    def _ask_again(self, effect: AskAgain) -> bool:
        return effect.endpoint.renew(effect.used)

    def _fetch(self, effect: Fetch) -> Any:  # noqa: ANN401 - a Blob
        self.given_up.check()
        return self.downloader.fetch(
            effect.url, self.deadline, svg=effect.svg, expires_at=effect.expires_at, sleep=self.given_up.sleep
        )


@define(eq=False)
class AsyncRunner:
    """Performs one conversation, async."""

    wire: AsyncWire
    downloader: AsyncDownloader
    lanes: Lanes
    policy: Policy
    talk: Conversation | Delivery
    given_up: GivenUp = field(factory=GivenUp)
    deadline: Deadline = field(init=False)
    _talking: Generator[Effect, Any, ImageResult] = field(init=False)
    _response: AsyncWireResponse | None = field(default=None, init=False)
    _chunks: Any = field(default=None, init=False)
    _stream: Stream | None = field(default=None, init=False)
    _shown: bool = field(default=False, init=False)  # not asked of the generator: garbage may be closed before us

    def __attrs_post_init__(self) -> None:
        self.deadline, self._talking = self.talk.deadline, self.talk.run()

    async def run(self) -> ImageResult:
        """Converse to the end; frames nobody asked to see are passed over."""
        while not isinstance(said := await self.next(), ImageResult):
            pass
        return said

    async def next(self) -> Partial | ImageResult:
        """Converse until there is something to see: a frame, or the result at last."""
        self._shown = False
        answer: Any = None
        error: LimnerError | None = None
        try:
            while True:
                try:
                    effect = self._talking.throw(error) if error is not None else self._talking.send(answer)
                except StopIteration as done:
                    result: ImageResult = done.value
                    break
                answer, error = None, None
                if isinstance(effect, Show):
                    self._shown = True
                    return effect.partial
                try:
                    answer = await _ASYNC[type(effect)](self, effect)
                except LimnerError as raised:
                    error = raised
        except LimnerError:
            await self.close()
            raise
        except BaseException as stopped:
            await self._abandon(stopped)
            raise
        await self.close()
        return result

    async def give_up(self) -> None:
        """End what has begun and is not over yet: nobody waits for it any more."""
        if self._shown:
            await self._abandon(GeneratorExit())

    async def _abandon(self, stopped: BaseException) -> None:
        with handed_on(stopped):
            try:
                _keep_to_ourselves(stopped)
                if not is_stray(stopped):
                    self.given_up.set()
                self._talking.close()
                self.talk.abandon(stopped)
                if (farewell := self.talk.farewell()) is not None:
                    await self._cancel(farewell)
            finally:
                await self.close()

    async def close(self) -> None:
        """Let go of the open stream."""
        response, self._response, self._stream = self._response, None, None
        if response is not None:
            await response.close()

    async def _send(self, effect: Send) -> HttpResponse:
        attempts = Attempts(effect, self.policy)
        try:
            return await self._once(effect, attempts)
        except LimnerError as error:
            first = error
        async for attempt in stamina.retry_context(**_retrying(self.policy, attempts.wait_after)):
            with attempt:
                if attempt.num == 1:
                    raise first
                return await self._once(effect, attempts)
        raise AssertionError  # pragma: no cover - stamina raises the last error itself

    async def _once(self, effect: Send, attempts: Attempts) -> HttpResponse:
        attempts.begin()
        self.given_up.check()
        await self.close()
        response = await self.wire.send(effect.build(), self.deadline)
        try:
            attempts.heard(response.headers)
            reading = Reading(effect, response.status, response.headers)
            chunks = response.chunks()
            with reading:
                async for chunk in chunks:
                    reading.feed(chunk)
                    if reading.stream is not None:
                        break
            answer = reading.finish()
            if reading.stream is not None:
                self._stream, self._response, self._chunks = reading.stream, response, chunks
            return answer
        finally:
            if self._response is not response:
                await response.close()

    async def _cancel(self, effect: Cancel) -> None:
        with suppress(LimnerError):
            await (await self.wire.send(effect.build(), Deadline(FAREWELL))).close()

    async def _read_event(self, _: ReadEvent) -> ServerEvent | None:
        if self._stream is None:
            return None
        while self._stream.hungry:
            with self._stream.whatever_fails():
                self._stream.feed(await anext(self._chunks, None))
        return self._stream.next()

    async def _sleep(self, effect: Sleep) -> None:
        await asyncio.sleep(0.0 if stamina.is_testing() else effect.seconds)

    async def _execute(self, effect: Run) -> Any:  # noqa: ANN401 - what the provider's function returns
        return await asyncio.to_thread(self.lanes.run, effect, self.given_up)

    async def _ask_again(self, effect: AskAgain) -> bool:
        async with self.deadline.over("the source of the key was asked again"):
            return await effect.endpoint.arenew(effect.used)

    async def _fetch(self, effect: Fetch) -> Any:  # noqa: ANN401 - a Blob
        return await self.downloader.fetch(effect.url, self.deadline, svg=effect.svg, expires_at=effect.expires_at)


_SYNC: Mapping[type, Callable[[Runner, Any], Any]] = {
    Send: Runner._send, AskAgain: Runner._ask_again,
    Cancel: Runner._cancel, ReadEvent: Runner._read_event, Sleep: Runner._sleep,
    Run: Runner._execute, Fetch: Runner._fetch,
}  # fmt: skip
_ASYNC: Mapping[type, Callable[[AsyncRunner, Any], Any]] = {
    Send: AsyncRunner._send, AskAgain: AsyncRunner._ask_again,
    Cancel: AsyncRunner._cancel, ReadEvent: AsyncRunner._read_event,
    Sleep: AsyncRunner._sleep, Run: AsyncRunner._execute, Fetch: AsyncRunner._fetch,
}  # fmt: skip
