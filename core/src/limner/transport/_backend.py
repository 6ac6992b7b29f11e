"""One request and its response: built, sent, read. Part of the seam to httpx.

The seam is ``_aiohttp``, ``_backend``, ``_connections``, ``_failures`` and ``_sockets``: no other module imports httpx,
httpcore or aiohttp, and none of their types leaves it.
"""

from __future__ import annotations

import asyncio
import contextlib
import functools
import math
import re
import threading
from importlib.metadata import version
from typing import TYPE_CHECKING, Any, TypeVar, cast

import httpx
from attrs import define, evolve, frozen

from limner.errors import ConfigError, LimnerError
from limner.transport._failures import Judge, Progress
from limner.transport._sockets import Allowance, unhurried
from limner.transport.http import AsyncWireResponse, Headers, SyncWireResponse

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Iterator

    from limner.transport._connections import AsyncConnections, Connections, Lent
    from limner.transport.deadline import Deadline
    from limner.transport.http import Admit, WireRequest

T = TypeVar("T")

CONNECT_SECONDS = 10.0


# Requests


@frozen
class Terms:
    """On which terms a request is sent: see :meth:`limner.transport.http.SyncWire.send`."""

    deadline: Deadline
    admit: Admit | None
    silence: float

    def on(self, connections: Connections | AsyncConnections | Lent, url: str) -> Terms:
        """The terms that can be kept on the way to ``url``: a proxy's own address is not what is to be admitted."""
        return self if self.admit is None or connections.route(url) == "direct" else evolve(self, admit=None)

    def timeouts(self) -> dict[str, float]:
        """The same as httpcore takes it."""
        left = self.deadline.left()
        each = Allowance(min(self.silence, left), self.deadline)
        connect = Allowance(min(CONNECT_SECONDS, left), self.deadline, self.admit)
        return {"connect": connect, "read": each, "write": each, "pool": min(left, threading.TIMEOUT_MAX)}

    def connecting(self) -> float:
        """Seconds in which a connection must be made."""
        return self.deadline.clamp(CONNECT_SECONDS)


class _Body(httpx.SyncByteStream, httpx.AsyncByteStream):
    """A body that is made while it is sent, and of the length that was said: a server waits for what is missing."""

    def __init__(self, content: Callable[[], Iterator[bytes]], length: int | None) -> None:
        self._content = content
        self._length = length

    def __iter__(self) -> Iterator[bytes]:
        sent = 0
        for piece in self._content():
            sent += len(piece)
            self._check(sent <= (sent if self._length is None else self._length))
            yield piece
        self._check(self._length in {None, sent})

    async def __aiter__(self) -> AsyncIterator[bytes]:
        for piece in self:
            yield piece

    def _check(self, fits: bool) -> None:  # noqa: FBT001 - what is checked
        if not fits:
            msg = "the body is not as long as was said"
            raise httpx.LocalProtocolError(msg)


_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_VALUE = re.compile(r"(?:[!-~](?:[\t -~]*[!-~])?)?")
_OURS = frozenset({"host", "accept-encoding", "content-length", "transfer-encoding", "connection"})


@functools.cache
def _user_agent() -> str:
    return f"limner/{version('limner')}"


@frozen(repr=False)
class _Address:
    """A URL as it is sent to; its text shows no query, which may hold the key."""

    url: httpx.URL
    host: str
    netloc: str


def _address(url: str) -> _Address | None:
    """Where a URL leads; ``None`` where it is no http or https URL."""
    try:
        parsed = httpx.URL(url)
    except (httpx.InvalidURL, UnicodeError):
        return None
    if parsed.scheme not in {"http", "https"} or not parsed.host or "%" in parsed.host:
        return None
    return _Address(parsed, parsed.host, parsed.netloc.decode("ascii"))


_known_address = functools.lru_cache(maxsize=64)(_address)
"""Of a URL without a query, which may hold a key: a provider's few addresses, each worth 20 us a call."""


class _Built(httpx.Request):
    """A request whose text shows no query, which may hold the key: a traceback may show it while it is under way."""

    def __repr__(self) -> str:
        return f"<Request {self.method} {self.url.copy_with(query=None)}>"


def _build(request: WireRequest, progress: Progress, terms: Terms, trace: Callable[..., Any]) -> httpx.Request:
    """The request as httpx takes it: what it says, ``Host``, ``User-Agent``, ``Accept-Encoding``, the length.

    Raises:
        ConfigError: The URL or a header cannot be sent; no value is shown.
    """
    wrong = [name for name, value in request.headers if not (_NAME.fullmatch(name) and _VALUE.fullmatch(value))]
    if wrong:
        msg = f"the header {wrong[0]!r} has characters that cannot be sent"
        raise ConfigError(msg)
    address = _address(request.url) if "?" in request.url else _known_address(request.url)
    if address is None:
        msg = f"the URL of this {request.method} request is not an http or https URL"
        raise ConfigError(msg)
    progress.host = address.host
    headers = {"Host": address.netloc, "User-Agent": _user_agent(), "Accept-Encoding": "gzip, deflate"}
    given = [(name, value) for name, value in request.headers if name.lower() not in _OURS]
    if any(name.lower() == "user-agent" for name, _ in given):
        del headers["User-Agent"]
    stream: httpx.ByteStream | _Body
    stream = (
        _Body(request.content, request.length)
        if callable(request.content)
        else httpx.ByteStream(request.content or b"")
    )
    return _Built(
        request.method,
        address.url,
        headers=[*headers.items(), *given, *_framing(request)],
        stream=stream,
        extensions={
            "timeout": terms.timeouts(),
            "trace": trace,
            "limner": {"progress": progress, "terms": terms},  # what our own transport over aiohttp goes by
        },
    )


def _framing(request: WireRequest) -> list[tuple[str, str]]:
    length = len(request.content) if isinstance(request.content, bytes) else request.length
    if callable(request.content) and length is None:
        return [("Transfer-Encoding", "chunked")]
    if request.content is None:
        return [("Content-Length", "0")] if request.method in {"POST", "PUT", "PATCH"} else []
    return [("Content-Length", str(length))]


# Sending


def _attempt(step: Callable[[], T], judge: Judge) -> T:
    """Run ``step``; its failure is raised anew, after the handler, so that nothing of the original hangs on it."""
    judge.check()
    failure: LimnerError | None
    try:
        return step()
    except LimnerError as error:
        failure = error.with_traceback(None)
    except Exception as error:
        failure = judge(error)
        if failure is None:
            raise
    raise failure


async def _aattempt(step: Callable[[], Awaitable[T]], judge: Judge) -> T:
    """The same for asyncio, whose event loop keeps the deadline."""
    judge.check()
    left = judge.deadline.left()
    limit = asyncio.timeout(None if math.isinf(left) else left)
    failure: LimnerError | None
    try:
        async with limit:
            return await step()
    except LimnerError as error:
        failure = error.with_traceback(None)
    except Exception as error:
        failure = judge.late() if limit.expired() else judge(error)
        if failure is None:
            raise
    raise failure


@define
class _Source:
    """A body that is read chunk by chunk within the deadline."""

    _stream: httpx.SyncByteStream
    _judge: Judge
    _chunks: Iterator[bytes] | None = None
    _closed: bool = False

    def read(self) -> bytes | None:
        if self._closed:
            return None
        if self._chunks is None:
            self._chunks = iter(self._stream)
        chunks = self._chunks
        try:
            chunk = _attempt(lambda: next(chunks, None), self._judge)
        except BaseException:
            self.close()
            raise
        if chunk is None:
            self.close()
        return chunk

    def close(self) -> None:
        if not self._closed:
            self._closed = True
            with contextlib.suppress(Exception):  # what is let go may fail: its bytes are here, or unwanted
                self._stream.close()


@define
class _AsyncSource:
    """The same for asyncio."""

    _stream: httpx.AsyncByteStream
    _judge: Judge
    _connections: AsyncConnections | Lent
    _chunks: AsyncIterator[bytes] | None = None
    _closed: bool = False

    async def read(self) -> bytes | None:
        if self._closed:
            return None
        if self._chunks is None:
            self._chunks = aiter(self._stream)
        chunks = self._chunks
        try:
            chunk = await _aattempt(lambda: anext(chunks, None), self._judge)
        except BaseException:
            await self.close()
            raise
        if chunk is None:
            await self._close(whole=True)
        return chunk

    async def close(self) -> None:
        await self._close(whole=False)

    async def _close(self, *, whole: bool) -> None:
        if not self._closed:
            self._closed = True
            prompt = getattr(self._stream, "prompt", False)
            await (self._stream.aclose() if prompt else unhurried(self._let_go(whole=whole)))

    async def _let_go(self, *, whole: bool) -> None:
        with contextlib.suppress(Exception):  # what is let go may fail: its bytes are here, or unwanted
            await self._stream.aclose()
        if not whole:
            await self._connections.sweep()


def send(connections: Connections | Lent, request: WireRequest, terms: Terms) -> SyncWireResponse:
    """Send over these connections: the body of :meth:`limner.transport.http.SyncWire.send`."""
    progress = Progress()
    judge = Judge(progress, terms.deadline, connections)

    def step() -> httpx.Response:
        agreed = terms.on(connections, request.url)
        built = _build(request, progress, agreed, progress.trace)
        transport: httpx.BaseTransport = connections.transport(built.url, admitted=agreed.admit is not None)
        progress.hand_to(transport)
        return transport.handle_request(built)

    try:
        response = _attempt(step, judge)
    except LimnerError:
        raise
    except BaseException as error:
        progress.stopped(error)
        raise
    progress.sent = True
    source = _Source(cast("httpx.SyncByteStream", response.stream), judge)
    return SyncWireResponse(response.status_code, Headers(response.headers.raw), source)


async def asend(connections: AsyncConnections | Lent, request: WireRequest, terms: Terms) -> AsyncWireResponse:
    """Send over these connections: the body of :meth:`limner.transport.http.AsyncWire.send`."""
    progress = Progress()
    judge = Judge(progress, terms.deadline, connections)

    async def step() -> httpx.Response:
        agreed = terms.on(connections, request.url)
        built = _build(request, progress, agreed, progress.atrace)
        transport: httpx.AsyncBaseTransport = connections.transport(built.url, admitted=agreed.admit is not None)
        progress.hand_to(transport)
        return await transport.handle_async_request(built)

    try:
        response = await _aattempt(step, judge)
    except BaseException as error:
        if not isinstance(error, LimnerError):
            progress.stopped(error)
        await unhurried(connections.sweep())
        raise
    progress.sent = True
    source = _AsyncSource(cast("httpx.AsyncByteStream", response.stream), judge, connections)
    return AsyncWireResponse(response.status_code, Headers(response.headers.raw), source)
