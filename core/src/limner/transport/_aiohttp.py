"""Requests under asyncio over aiohttp, by httpx-aiohttp's transport: the extra ``fast``. Part of the seam to httpx.

The transport's own way of sending is replaced, as it and aiohttp do what must not happen to a paid request: URLs are
quoted anew, GETs and PUTs are sent again in silence, cookies are kept, a server that hung up counts as one that was
not connected to, and what arrived before a connection broke is dropped.
"""

from __future__ import annotations

import asyncio
import base64
import math
import selectors
import socket
import warnings
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any, cast

import aiohttp
import httpx
import httpx_aiohttp
from aiohttp.abc import ResolveResult
from aiohttp.client_proto import ResponseHandler
from attrs import define
from yarl import URL

from limner.errors import LimnerError
from limner.transport._names import aresolve

if TYPE_CHECKING:
    import ssl
    from collections.abc import Iterable, Iterator, Sequence

    from aiohttp.abc import AbstractStreamWriter
    from aiohttp.client_reqrep import ClientRequest, ConnectionKey
    from aiohttp.connector import Connection
    from aiohttp.tracing import Trace

    from limner.transport._backend import Terms
    from limner.transport._failures import Progress
    from limner.transport._names import Resolver

_PIECE = 1 << 16
"""Bytes that are written at once: after as many aiohttp waits for the socket."""
_FIELD, _FIELDS = 1 << 15, 256
"""Bytes of one header, and how many there may be: aiohttp's own 8 KiB would refuse a reply that is paid for."""
_UNASKED = ("Accept", "Accept-Encoding", "Content-Type", "User-Agent")
"""The headers that aiohttp adds where they are missing."""


@define
class _Sending:
    """A request on its way: what connector and body need to know, and aiohttp does not carry."""

    progress: Progress
    terms: Terms
    bodiless: bool
    failure: Exception | None = None
    """What code of ours raised below aiohttp, which wraps it."""


_SENDING: ContextVar[_Sending] = ContextVar("limner.sending")


class _Protocol(ResponseHandler):
    """A connection that is gone once it is closed: aiohttp's would first send what it holds, however long it takes."""

    def close(self) -> None:
        self.abort()

    def abort(self) -> None:
        self._break(aiohttp.ClientConnectionError("closed"))
        super().abort()

    def connection_lost(self, exc: BaseException | None) -> None:
        if exc is not None:
            self._break(aiohttp.ClientOSError(*exc.args))
        super().connection_lost(exc)

    def _break(self, error: Exception) -> None:
        """Tell who reads: aiohttp forgets them on closing, and takes a reset for the end of a body without length."""
        body = self._payload
        if body is not None and not body.is_eof() and body.exception() is None:
            body.set_exception(error)


class Connector(aiohttp.TCPConnector):
    """A fair pool that looks up names as it is told, admits addresses, and hands out no connection that has ended.

    aiohttp's own limit is not used: a place that becomes free for a request which is just then cancelled is lost, and
    who comes may take it before who waits.
    """

    def __init__(self, tls: ssl.SSLContext, *, size: int, keepalive: float, resolver: Resolver) -> None:
        super().__init__(ssl=tls, limit=0, keepalive_timeout=keepalive)
        self._factory = lambda: _Protocol(self._loop)  # type: ignore[assignment]
        self._places = asyncio.Semaphore(size)
        self._names = resolver

    def __del__(self, *_: object) -> None:  # what nobody closed is closed, and is no error to be logged
        if not self.closed and self._conns:
            warnings.warn(f"unclosed {self!r}", ResourceWarning, source=self, stacklevel=2)
            self._close()

    async def connect(self, req: ClientRequest, traces: list[Trace], timeout: aiohttp.ClientTimeout) -> Connection:  # noqa: ASYNC109 - aiohttp's signature
        """A connection for one request, which gives its place back when it is released or closed."""
        await self._places.acquire()
        try:
            connection = await super().connect(req, traces, timeout)
        except BaseException:
            self._places.release()
            raise
        connection.add_callback(self._places.release)
        sending = _SENDING.get()
        sending.progress.sent = sending.bodiless  # what has a body is sent when its first piece is, head and all
        return connection

    async def _get(self, key: ConnectionKey, traces: list[Trace]) -> Connection | None:
        while (connection := await super()._get(key, traces)) is not None:
            if not _has_unread(connection):
                break
            connection.close()  # the server hung up and the loop has not heard yet, or said what nobody asked
        return connection

    async def _create_connection(
        self,
        req: ClientRequest,
        traces: list[Trace],
        timeout: aiohttp.ClientTimeout,  # noqa: ASYNC109 - aiohttp's signature
    ) -> ResponseHandler:
        async with asyncio.timeout(_SENDING.get().terms.connecting()):
            return await super()._create_connection(req, traces, timeout)

    async def _resolve_host(self, host: str, port: int, traces: Sequence[Trace] | None = None) -> list[ResolveResult]:
        del traces
        sending = _SENDING.get()
        addresses = await aresolve(self._names, host, port, sending.terms.deadline)
        try:
            if sending.terms.admit is not None:
                sending.terms.admit(addresses)
        except LimnerError as error:
            sending.failure = error
            raise
        if not addresses:
            raise OSError
        given = {"hostname": host, "port": port, "family": socket.AF_UNSPEC, "proto": 0, "flags": 0}
        return [ResolveResult(host=address, **given) for address in addresses]  # type: ignore[typeddict-item]


def _has_unread(connection: Connection) -> bool:
    transport = cast("asyncio.Transport", connection.transport)
    with getattr(selectors, "PollSelector", selectors.SelectSelector)() as selector:
        selector.register(transport.get_extra_info("socket"), selectors.EVENT_READ)
        return bool(selector.select(0))


class _Body(aiohttp.Payload):
    """A body that is made while it is sent."""

    _autoclose = True

    def __init__(self, pieces: Iterable[bytes], sending: _Sending) -> None:
        super().__init__(pieces)
        self._sending = sending

    def decode(self, encoding: str = "utf-8", errors: str = "strict") -> str:
        raise NotImplementedError  # pragma: no cover - a body is not read, it is sent

    async def write(self, writer: AbstractStreamWriter) -> None:
        """Send it all."""
        silence = self._sending.terms.silence
        for piece in self._pieces():
            self._begin(writer)
            async with asyncio.timeout(None if math.isinf(silence) else silence):
                await writer.write(piece)
        self._begin(writer)  # of nothing too the headers are sent

    def _begin(self, writer: AbstractStreamWriter) -> None:
        transport = writer.transport
        if transport is not None and not transport.is_closing():
            self._sending.progress.sent = True

    def _pieces(self) -> Iterator[memoryview]:
        try:
            for whole in self._value:
                view = memoryview(whole)
                yield from (view[start : start + _PIECE] for start in range(0, len(view), _PIECE))
        except Exception as error:
            self._sending.failure = error
            raise


class _Stream(httpx.AsyncByteStream):
    """The body of a response."""

    prompt = True
    """Closing it takes no time."""

    def __init__(self, response: aiohttp.ClientResponse) -> None:
        self._response = response

    def __aiter__(self) -> _Stream:
        return self

    async def __anext__(self) -> bytes:
        content = self._response.content
        try:
            chunk = await content.readany()
        except (aiohttp.ClientError, OSError):
            chunk = content._read_nowait(-1)  # noqa: SLF001 - what came before it broke may hold an image
            if not chunk:
                raise
        if not chunk:
            raise StopAsyncIteration
        return chunk

    async def aclose(self) -> None:
        """Give the connection back, or close it where the body was not read to its end."""
        self._response.close()


class AiohttpTransport(httpx_aiohttp.AiohttpTransport):
    """httpx-aiohttp's transport, for one event loop and one way out: directly, or by an http proxy."""

    tells = True
    """Whether it keeps a request's Progress up to date."""

    def __init__(self, tls: ssl.SSLContext, connector: Connector, proxy: httpx.Proxy | None) -> None:
        self._session = aiohttp.ClientSession(
            connector=connector,
            cookie_jar=aiohttp.DummyCookieJar(),
            skip_auto_headers=_UNASKED,
            auto_decompress=False,
            max_line_size=_FIELD,
            max_field_size=_FIELD,
            max_headers=_FIELDS,
        )
        self._session._retry_connection = False  # noqa: SLF001 - else it would send GETs twice, and some are paid for
        super().__init__(verify=tls, proxy=proxy, client=self._session)

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Send, and return when the headers are here. What aiohttp raises goes through as it is."""
        sending = _Sending(**request.extensions["limner"], bodiless=not _has_body(request))
        token = _SENDING.set(sending)
        try:
            response = await self._session.request(**self._asked(request, sending))
        except Exception as error:  # noqa: BLE001 - raised again below
            failure = sending.failure or error
        else:
            stream = _Stream(response)
            return httpx.Response(response.status, headers=response.raw_headers, stream=stream)
        finally:
            _SENDING.reset(token)
        raise failure  # after the handler, so that nothing of aiohttp hangs on what is ours

    def _asked(self, request: httpx.Request, sending: _Sending) -> dict[str, Any]:
        """The request as aiohttp takes it."""
        url = request.url
        headers = [(name.decode("ascii"), value.decode("ascii")) for name, value in request.headers.raw]
        asked: dict[str, Any] = {
            "method": request.method,
            "url": URL(f"{url.scheme}://{url.netloc.decode()}{url.raw_path.decode()}", encoded=True),
            "headers": [(name, value) for name, value in headers if name != "Transfer-Encoding"],  # set by aiohttp
            "allow_redirects": False,
            "timeout": aiohttp.ClientTimeout(
                sock_read=None if math.isinf(sending.terms.silence) else sending.terms.silence
            ),
        }
        if not sending.bodiless:
            asked["data"] = _Body(cast("Iterable[bytes]", request.stream), sending)
        if self.proxy is not None:
            asked["proxy"] = str(self.proxy.url)
            login = _login(self.proxy)
            if url.scheme == "http":
                asked["headers"] += login
            else:
                asked["proxy_headers"] = [*login, ("User-Agent", request.headers["User-Agent"])]
        return asked

    async def sweep(self) -> None:
        """Nothing is left behind: a connection is given back or closed as its request ends."""

    def __del__(self) -> None:  # a session too would log an error
        if not self._session.closed:
            self._session.detach()


def _has_body(request: httpx.Request) -> bool:
    return request.headers.get("Content-Length", "0") != "0" or "Transfer-Encoding" in request.headers


def _login(proxy: httpx.Proxy) -> list[tuple[str, str]]:
    if proxy.raw_auth is None:
        return []
    return [("Proxy-Authorization", f"Basic {base64.b64encode(b':'.join(proxy.raw_auth)).decode()}")]
