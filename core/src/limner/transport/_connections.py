"""Pools of connections: ours, made per process or per event loop, and those a client of the caller's lends us.

Part of the seam to httpx. Requests go to ``httpx.HTTPTransport.handle_request`` (and its async twin) and not through
an ``httpx.Client``: the client's logger prints whole URLs, and a URL may hold a key. Recorders patch that very method;
while one does, requests go there under asyncio too, and else over aiohttp where the extra ``fast`` is installed.
"""

from __future__ import annotations

import contextlib
import functools
import ipaddress
import ssl
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias
from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass

import httpcore
import httpx
from attrs import define, field

from limner.errors import ConfigError
from limner.transport._sockets import AsyncSockets, Sockets

if TYPE_CHECKING:
    from collections.abc import Callable

    from limner.transport._aiohttp import AiohttpTransport
    from limner.transport._names import Resolver
    from limner.transport.deadline import Deadline
    from limner.transport.http import Route

KEEPALIVE_SECONDS = 5.0


class _SyncPool(httpcore.ConnectionPool):
    def close(self) -> None:
        """Close what is idle. What is in use was interrupted, and its owner closes it: nobody else may free its fd."""
        with self._optional_thread_lock:
            idle = [each for each in self._connections if each.is_idle()]
            self._connections = [each for each in self._connections if each not in idle]
        self._close_connections(idle)


class _AsyncPool(httpcore.AsyncConnectionPool):
    async def sweep(self) -> None:
        """Close connections that are neither idle nor in a request's hands, and serve who waits for their places.

        httpcore 1.0 loses them when a request is cancelled at the wrong moment (encode/httpx#3782).
        """
        owned = {id(request.connection) for request in self._requests}
        lost = [each for each in self._connections if not each.is_idle() and id(each) not in owned]
        self._connections = [each for each in self._connections if each not in lost]
        await self._close_connections([*lost, *self._assign_requests_to_connections()])


class _SyncTransport(httpx.HTTPTransport):
    """httpx's transport around a pool of our making. ``handle_request`` is inherited: recorders patch it there."""

    def __init__(self, pool: _SyncPool) -> None:
        self._pool = pool


class _AsyncTransport(httpx.AsyncHTTPTransport):
    def __init__(self, settings: Settings, proxy: httpx.Proxy | None) -> None:
        self._sockets = AsyncSockets(settings.resolver)
        self._pool = self.pool = _AsyncPool(network_backend=self._sockets, **settings.pool(proxy))

    async def sweep(self) -> None:
        await self.pool.sweep()

    async def aclose(self) -> None:
        self._sockets.closed = True
        await super().aclose()


_AsyncMaker: TypeAlias = "Callable[[Settings, httpx.Proxy | None], _AsyncTransport | AiohttpTransport]"


@functools.cache
def _fast() -> _AsyncMaker | None:
    """What makes transports over aiohttp, if the extra ``fast`` is installed."""
    try:
        from limner.transport._aiohttp import AiohttpTransport, Connector  # noqa: PLC0415 - an extra, and 0.1 s to load
    except ImportError:
        return None

    def make(settings: Settings, proxy: httpx.Proxy | None) -> AiohttpTransport:
        connector = Connector(settings.tls, size=settings.size, keepalive=KEEPALIVE_SECONDS, resolver=settings.resolver)
        return AiohttpTransport(settings.tls, connector, proxy)

    return make


def _is_recorded() -> bool:
    """Whether a recorder or a mock stands in for the methods by which httpx and httpcore send."""
    sending = (
        (httpx.AsyncHTTPTransport.handle_async_request, httpx.AsyncHTTPTransport.__init__),
        (httpcore.AsyncConnectionPool.handle_async_request, httpcore.AsyncConnectionPool.__init__),
    )
    return any(getattr(method, "__globals__", None) is not own.__globals__ for method, own in sending)


@functools.cache
def _default_tls(*, environment: bool) -> ssl.SSLContext:
    """The process's one context: made at the first request, never changed (``environment`` lets SSL_CERT_FILE in)."""
    return httpx.create_ssl_context(trust_env=environment)


@define
class Settings:
    """What the pools of a wire are made with; proxies are read from the environment once, if it is trusted.

    Args:
        environment: Whether proxies and certificates may come from environment variables.
        verify: A TLS context, or the file of a CA bundle.
        size: How many connections a pool holds at most.
        resolver: Finds the addresses of a host.
    """

    environment: bool
    verify: ssl.SSLContext | Path | None
    size: int
    resolver: Resolver
    _proxies: dict[str, str] = field(init=False, repr=False)

    def __attrs_post_init__(self) -> None:
        found = getproxies() if self.environment else {}
        self._proxies = {scheme: found[scheme] for scheme in ("http", "https", "all") if found.get(scheme)}
        if isinstance(self.verify, Path):
            try:
                self.verify = ssl.create_default_context(cafile=self.verify)
            except (OSError, ssl.SSLError) as error:
                msg = f"the CA bundle {self.verify} cannot be used: {error.strerror or type(error).__name__}"
                raise ConfigError(msg) from None

    def proxy(self, scheme: str, host: str) -> str | None:
        """The proxy on the way to ``host``; a proxy's loopback is not ours, so there is none to loopback."""
        found = self._proxies.get(scheme) or self._proxies.get("all")
        return None if found is None or _is_loopback(host) or proxy_bypass(host) else found

    @property
    def tls(self) -> ssl.SSLContext:
        """What secures connections."""
        if isinstance(self.verify, ssl.SSLContext):
            return self.verify
        return _default_tls(environment=self.environment)

    def pool(self, proxy: httpx.Proxy | None) -> dict[str, Any]:
        """What httpcore makes a pool with."""
        return {
            "ssl_context": self.tls,
            "proxy": None if proxy is None else _as_httpcore_s(proxy),
            "max_connections": self.size,
            "max_keepalive_connections": self.size,
            "keepalive_expiry": KEEPALIVE_SECONDS,
        }


def _is_loopback(host: str) -> bool:
    with contextlib.suppress(ValueError):
        return ipaddress.ip_address(host).is_loopback
    return host == "localhost" or host.endswith(".localhost")


def _proxy(text: str | None) -> httpx.Proxy | None:
    """Raises ConfigError, without the URL: it may hold a password."""
    if text is None:
        return None
    try:
        proxy = httpx.Proxy(text if "://" in text else f"http://{text}")
    except (ValueError, httpx.InvalidURL):
        msg = "the environment names a proxy that is not an http, https or socks5 URL"
        raise ConfigError(msg) from None
    if proxy.url.scheme.startswith("socks") and find_spec("socksio") is None:
        msg = "the environment names a SOCKS proxy, which needs httpx[socks] to be installed"
        raise ConfigError(msg)
    return proxy


def _as_httpcore_s(proxy: httpx.Proxy) -> httpcore.Proxy:
    url = httpcore.URL(scheme=proxy.url.raw_scheme, host=proxy.url.raw_host, port=proxy.url.port, target=b"/")
    return httpcore.Proxy(url, auth=proxy.raw_auth)


@define(eq=False)
class _Pools:
    """Pools by proxy; those whose connections were admitted one by one are kept apart."""

    settings: Settings
    lent = False

    def route(self, url: str) -> Route:
        """How a request to ``url`` goes."""
        with contextlib.suppress(ValueError):  # what is no URL goes nowhere, and is refused elsewhere
            parts = urlsplit(url)
            return "direct" if self.settings.proxy(parts.scheme, parts.hostname or "") is None else "proxy"
        return "direct"

    def _key(self, url: httpx.URL, *, admitted: bool) -> tuple[str | None, bool]:
        return self.settings.proxy(url.scheme, url.host), admitted


@define(eq=False)
class Connections(_Pools):
    """One process's connections of a synchronous wire."""

    _sockets: Sockets = field(init=False)
    _transports: dict[tuple[str | None, bool], _SyncTransport] = field(factory=dict, init=False)

    def __attrs_post_init__(self) -> None:
        self._sockets = Sockets(self.settings.resolver)

    def transport(self, url: httpx.URL, *, admitted: bool) -> httpx.BaseTransport:
        """What carries a request to ``url``."""
        key = self._key(url, admitted=admitted)
        if key not in self._transports:
            pool = _SyncPool(network_backend=self._sockets, **self.settings.pool(_proxy(key[0])))
            self._transports.setdefault(key, _SyncTransport(pool))  # atomic: of two threads, one wins
        return self._transports[key]

    def close(self) -> None:
        """Close idle connections; interrupt the others, whatever thread waits on them."""
        self._sockets.close()
        for transport in tuple(self._transports.values()):
            transport.close()

    def interrupt(self, deadline: Deadline) -> None:
        """Wake whoever waits on a connection under this deadline."""
        self._sockets.interrupt(deadline)

    def forget(self) -> None:
        """Let go of a parent process's connections."""
        self._sockets.forget()

    @property
    def closed(self) -> bool:
        """Whether they are closed for good."""
        return self._sockets.closed


@define(eq=False)
class AsyncConnections(_Pools):
    """One event loop's connections of an asynchronous wire."""

    closed: bool = field(default=False, init=False)
    _transports: dict[tuple[str | None, bool, _AsyncMaker], _AsyncTransport | AiohttpTransport] = field(
        factory=dict, init=False
    )

    def transport(self, url: httpx.URL, *, admitted: bool) -> httpx.AsyncBaseTransport:
        """What carries a request to ``url``."""
        key = (*self._key(url, admitted=admitted), self._maker(url))
        if key not in self._transports:
            self._transports[key] = key[-1](self.settings, _proxy(key[0]))
        return self._transports[key]

    def _maker(self, url: httpx.URL) -> _AsyncMaker:
        """What makes its transport: httpcore's, if the proxy speaks TLS or SOCKS or a recorder looks on."""
        proxy = _proxy(self.settings.proxy(url.scheme, url.host))
        apt = (proxy is None or proxy.url.scheme == "http") and not _is_recorded()
        return (_fast() if apt else None) or _AsyncTransport

    async def sweep(self) -> None:
        """Give back what a failed or cancelled request left behind."""
        for transport in self._transports.values():
            await transport.sweep()

    async def aclose(self) -> None:
        """Close all connections."""
        self.closed = True
        for transport in self._transports.values():
            await transport.aclose()


class Lent:
    """The connections of a client or transport that is not ours: used, never closed.

    Only its connections serve (its transports, mounts and proxies): its headers, cookies, hooks and log lines do not
    apply to our requests.
    """

    closed = False
    lent = True

    def __init__(self, client: object, kinds: tuple[type, type]) -> None:
        if not isinstance(client, kinds):
            given, wanted = type(client).__name__, [f"httpx.{kind.__name__}" for kind in kinds]
            raise ConfigError(f"http must be an {wanted[0]} or {wanted[1]}, not {given}.", param="http")
        self._client: Any = client

    def route(self, _url: str) -> Route:
        """What a lent client does with it is not known."""
        return "lent"

    def transport(self, url: httpx.URL, *, admitted: bool) -> Any:  # noqa: ANN401 - a sync or an async transport
        """What carries a request to ``url``."""
        del admitted  # its sockets are not ours to direct
        if not isinstance(self._client, httpx.Client | httpx.AsyncClient):
            return self._client
        if self._client.is_closed:
            msg = "the HTTP client that was lent is closed"
            raise ConfigError(msg)
        return self._client._transport_for_url(url)  # noqa: SLF001 - send() would log the URL with its key

    def interrupt(self, _deadline: Deadline) -> None:
        """Not ours to wake."""

    def forget(self) -> None:
        """Not ours to close."""

    def close(self) -> None:
        """Not ours to close."""

    async def aclose(self) -> None:
        """Not ours to close."""

    async def sweep(self) -> None:
        """Not ours to tidy."""


SYNC_KINDS = (httpx.Client, httpx.BaseTransport)
ASYNC_KINDS = (httpx.AsyncClient, httpx.AsyncBaseTransport)
