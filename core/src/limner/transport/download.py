"""The only downloader: what a provider gave as a URL becomes bytes, and nothing else can be made to happen.

What is done is a plan of small steps (:mod:`limner.transport._fetching`); here they are performed, sync and async.
"""

from __future__ import annotations

import asyncio
import contextlib
import threading
import time
from typing import TYPE_CHECKING, Any

from attrs import define, field

from limner.errors import LimnerError
from limner.transport._fetching import SILENCE, Asked, Close, Get, Head, Plan, Read, Resolve, Sleep
from limner.transport.deadline import Deadline
from limner.transport.guard import Guard
from limner.transport.http import WireRequest
from limner.transport.limits import Limits

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
    from datetime import datetime

    from limner.media import Blob
    from limner.transport.guard import Trust
    from limner.transport.http import AsyncWire, AsyncWireResponse, Route, SyncWire, SyncWireResponse

RESOLVE_SECONDS = 10.0


@define(eq=False)
class _Base:
    """How a downloader is made.

    Args:
        wire: Its connections are used; downloads have their own among them.
        trust: ``server`` fetches from public addresses only; ``local`` also from loopback at one of ``origins``.
        origins: URLs whose origins the user gave.
        limit: The most bytes of one image.
    """

    trust: Trust = field(default="server", kw_only=True)
    origins: tuple[str, ...] = field(default=(), kw_only=True)
    limit: int = field(default=Limits().image, kw_only=True)

    def _plan(self, route: Callable[[str], Route], deadline: Deadline, asked: Asked) -> Plan:
        return Plan(Guard(self.trust, self.origins), self.limit, route, deadline, asked)


@define(eq=False)
class Downloader(_Base):
    """Fetches images over a synchronous wire."""

    wire: SyncWire

    def fetch(
        self,
        url: str,
        deadline: Deadline,
        *,
        svg: bool = False,
        expires_at: datetime | None = None,
        sleep: Callable[[float], None] = time.sleep,
    ) -> Blob:
        """The image behind ``url``.

        Args:
            url: What a provider gave; its query may be a signature, and is shown nowhere.
            deadline: For all of it, redirects and repetitions included.
            svg: Whether SVG was asked for and counts as an image.
            expires_at: When the URL stops to work, where that is known otherwise than from its signature.
            sleep: What waits before it is asked for again; what that raises ends the download.

        Raises:
            SSRFBlockedError: It leads where nothing is fetched from.
            ExpiredError: It has passed its day.
            TooLargeError: It is larger than the limit.
            BadImageError: It is no image.
            ProviderError: The server refused.
            TransportError: The bytes did not travel.
        """
        steps = self._plan(self.wire.route, deadline, Asked(svg, expires_at)).steps(url)
        hands = _Hands(self.wire, deadline, sleep)
        answer: Any = None
        error: LimnerError | None = None
        try:
            while True:
                try:
                    step = steps.send(answer) if error is None else steps.throw(error)
                except StopIteration as done:
                    blob: Blob = done.value
                    return blob
                answer, error = None, None
                try:
                    answer = _HANDS[type(step)](hands, step)
                except LimnerError as raised:
                    error = raised
        finally:
            hands.close()
            steps.close()


@define(eq=False)
class AsyncDownloader(_Base):
    """Fetches images under asyncio."""

    wire: AsyncWire

    async def fetch(
        self, url: str, deadline: Deadline, *, svg: bool = False, expires_at: datetime | None = None
    ) -> Blob:
        """The image behind ``url``: see :meth:`Downloader.fetch`."""
        steps = self._plan(self.wire.route, deadline, Asked(svg, expires_at)).steps(url)
        hands = _AsyncHands(self.wire, deadline)
        answer: Any = None
        error: LimnerError | None = None
        try:
            while True:
                try:
                    step = steps.send(answer) if error is None else steps.throw(error)
                except StopIteration as done:
                    blob: Blob = done.value
                    return blob
                answer, error = None, None
                try:
                    answer = await _ASYNC_HANDS[type(step)](hands, step)
                except LimnerError as raised:
                    error = raised
        finally:
            steps.close()
            await hands.close()


@define
class _Hands:
    """Performs a plan's steps."""

    wire: SyncWire
    deadline: Deadline
    pause: Callable[[float], None]
    _response: SyncWireResponse | None = None
    _chunks: Iterator[bytes] = field(factory=lambda: iter(()))

    def resolve(self, step: Resolve) -> tuple[str, ...]:
        with contextlib.suppress(OSError):  # a TimeoutError is one
            soon = Deadline(self.deadline.clamp(RESOLVE_SECONDS))
            return self.wire.resolve(step.aim.host, step.aim.port, soon)
        return ()

    def get(self, step: Get) -> Head:
        response = self.wire.send(_request(step), self.deadline, admit=step.admit, silence=SILENCE)
        self._response, self._chunks = response, response.chunks()
        return Head(response.status, response.headers)

    def read(self, _: Read) -> bytes | None:
        return next(self._chunks, None)

    def close(self, _: Close | None = None) -> None:
        if self._response is not None:
            self._response.close()

    def sleep(self, step: Sleep) -> None:
        self.pause(min(step.seconds, threading.TIMEOUT_MAX))


@define
class _AsyncHands:
    """The same for asyncio."""

    wire: AsyncWire
    deadline: Deadline
    _response: AsyncWireResponse | None = None
    _chunks: AsyncIterator[bytes] | None = None

    async def resolve(self, step: Resolve) -> tuple[str, ...]:
        with contextlib.suppress(OSError):  # a TimeoutError is one
            soon = Deadline(self.deadline.clamp(RESOLVE_SECONDS))
            return await self.wire.resolve(step.aim.host, step.aim.port, soon)
        return ()

    async def get(self, step: Get) -> Head:
        response = await self.wire.send(_request(step), self.deadline, admit=step.admit, silence=SILENCE)
        self._response, self._chunks = response, response.chunks()
        return Head(response.status, response.headers)

    async def read(self, _: Read) -> bytes | None:
        return await anext(self._chunks, None) if self._chunks is not None else None

    async def close(self, _: Close | None = None) -> None:
        if self._response is not None:
            await self._response.close()

    async def sleep(self, step: Sleep) -> None:
        await asyncio.sleep(step.seconds)


_HANDS: dict[type, Callable[[_Hands, Any], Any]] = {
    Resolve: _Hands.resolve, Get: _Hands.get, Read: _Hands.read, Close: _Hands.close, Sleep: _Hands.sleep,
}  # fmt: skip
_ASYNC_HANDS: dict[type, Callable[[_AsyncHands, Any], Awaitable[Any]]] = {
    Resolve: _AsyncHands.resolve, Get: _AsyncHands.get, Read: _AsyncHands.read, Close: _AsyncHands.close,
    Sleep: _AsyncHands.sleep,
}  # fmt: skip


def _request(step: Get) -> WireRequest:
    return WireRequest("GET", step.aim.url, (("Accept", "image/*,*/*;q=0.5"),))
