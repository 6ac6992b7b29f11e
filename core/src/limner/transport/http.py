"""HTTP as the rest of limner sees it: a request goes out, a response comes back in raw chunks, and a deadline holds.

No type of httpx appears here; the seam behind it (``_backend``, ``_connections`` and their neighbours) is
loaded at the first request.
"""

from __future__ import annotations

import asyncio
import math
import os
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Literal, Protocol, Self, TypeAlias
from urllib.parse import urlsplit

from attrs import define, field, frozen

from limner.errors import ConfigError
from limner.transport._names import Resolver, aresolve, resolve

if TYPE_CHECKING:
    import ssl
    from collections.abc import AsyncIterator, Iterable
    from pathlib import Path

    from limner.transport._connections import AsyncConnections, Connections, Lent, Settings
    from limner.transport.deadline import Deadline

Trust = Literal["local", "server"]
"""``local`` takes proxies and certificates from the environment, ``server`` takes nothing from it."""
Route = Literal["direct", "proxy", "lent"]
"""How a request goes: over a socket of ours, by a proxy, or over whatever a lent client has."""
Admit: TypeAlias = Callable[[Sequence[str]], None]
"""Is given all addresses of a host before one of them is connected to, and raises a LimnerError to refuse."""


@frozen(eq=False, repr=False)
class WireRequest:
    """A request as it goes out, its key included: so its text shows no header's value and no query.

    Args:
        method: GET, POST ...
        url: Absolute, percent-encoded.
        headers: In this order; ``Host``, ``Accept-Encoding`` and the body's length are the wire's own.
        content: The body, or what makes it anew for each attempt.
        length: Bytes that a made body will have; ``None`` sends it in chunks.
    """

    method: str
    url: str
    headers: tuple[tuple[str, str], ...] = ()
    content: bytes | Callable[[], Iterator[bytes]] | None = None
    length: int | None = None

    def __repr__(self) -> str:
        names = ", ".join(name for name, _ in self.headers)
        return f"<WireRequest {self.method} {shown(self.url)} [{names}]>"


def shown(url: str) -> str:
    """``url`` as a message may show it: without user, query and fragment, which hold keys and signatures."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return "<not a URL>"
    if not (parts.scheme and parts.netloc):  # what looks like a path may be a user and a password, or a key
        return url and "<not a URL>"
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{parts.path}" + ("?..." if parts.query else "")


class Headers(Mapping[str, str]):
    """A response's headers: names in any case, several values of one name joined by a comma."""

    __slots__ = ("_values",)

    def __init__(self, raw: Iterable[tuple[bytes, bytes]] = ()) -> None:
        values: dict[str, str] = {}
        for name, value in raw:
            key, text = name.decode("latin-1").lower(), value.decode("latin-1")
            values[key] = f"{values[key]}, {text}" if key in values else text
        self._values = values

    def __getitem__(self, name: str) -> str:
        return self._values[name.lower()]

    def __iter__(self) -> Iterator[str]:
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)

    def __contains__(self, name: object) -> bool:
        return isinstance(name, str) and name.lower() in self._values

    def __repr__(self) -> str:
        return f"<Headers {', '.join(self._values)}>"


class Source(Protocol):
    """A response's body, as the seam hands it out."""

    def read(self) -> bytes | None:
        """The next raw bytes; ``None`` at the end."""

    def close(self) -> None:
        """Give the connection back, or close it where the body was not read to its end."""


class AsyncSource(Protocol):
    """The same for asyncio."""

    async def read(self) -> bytes | None:
        """The next raw bytes; ``None`` at the end."""

    async def close(self) -> None:
        """Give the connection back, or close it where the body was not read to its end."""


@define(eq=False)
class SyncWireResponse:
    """A response whose headers are here and whose body may still be on its way. Close it, or use ``with``."""

    status: int
    headers: Headers
    _source: Source = field(repr=False)

    def chunks(self) -> Iterator[bytes]:
        """The raw body, not content-decoded, as it arrives; once.

        Raises:
            DeadlineError: The request's deadline passed.
            ProtocolError: The body is cut or broken. In both the phase is ``unknown``.
        """
        while (chunk := self._source.read()) is not None:
            yield chunk

    def close(self) -> None:
        """Let go of the connection. May be called more than once."""
        self._source.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


@define(eq=False)
class AsyncWireResponse:
    """A response under asyncio. Close it, or use ``async with``."""

    status: int
    headers: Headers
    _source: AsyncSource = field(repr=False)

    async def chunks(self) -> AsyncIterator[bytes]:
        """The raw body, not content-decoded, as it arrives; once.

        Raises:
            DeadlineError: The request's deadline passed.
            ProtocolError: The body is cut or broken. In both the phase is ``unknown``.
        """
        while (chunk := await self._source.read()) is not None:
            yield chunk

    async def close(self) -> None:
        """Let go of the connection. May be called more than once."""
        await self._source.close()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()


@define(eq=False)
class _Wire:
    """What both wires are made with. Nothing is opened, read or imported before the first request.

    Args:
        trust: Whether proxies and certificates may come from the environment.
        client: An httpx client or transport of the matching kind whose connections are used instead of our own. It is
            never closed. Its headers, cookies and hooks do not apply. Its sockets are not ours: a server that drips
            headers can outlast the deadline of a synchronous request there.
        verify: A TLS context, or the file of a CA bundle.
        pool_size: How many requests are under way at most, per process and event loop.
        resolver: Finds the addresses of a host.
    """

    trust: Trust = field(default="local", kw_only=True)
    _client: object | None = field(default=None, alias="client", kw_only=True, repr=False)
    _verify: ssl.SSLContext | Path | None = field(default=None, kw_only=True, repr=False)
    _pool_size: int = field(default=100, kw_only=True, repr=False)
    _resolver: Resolver = field(default=resolve, kw_only=True, repr=False)
    _closed: bool = field(default=False, init=False)

    def _settings(self) -> Settings:
        from limner.transport._connections import Settings  # noqa: PLC0415 - httpx is loaded at the first request

        return Settings(self.trust == "local", self._verify, self._pool_size, self._resolver)

    def _check_open(self) -> None:
        if self._closed:
            msg = "this client is closed: make a new one"
            raise ConfigError(msg)


@define(eq=False)
class SyncWire(_Wire):
    """Sends requests, from any thread. In a forked child it lets go of the parent's connections and makes its own."""

    _pools: dict[int, Connections | Lent] = field(factory=dict, init=False, repr=False)

    def send(
        self,
        request: WireRequest,
        deadline: Deadline,
        *,
        admit: Admit | None = None,
        silence: float = math.inf,
    ) -> SyncWireResponse:
        """Send, and return when the headers are here. Redirects are not followed, nothing is retried.

        Args:
            request: What to send.
            deadline: Holds for the connection, the request, the headers and every chunk of the body.
            admit: Asked before an address is connected to; such connections are kept apart. A proxy or a lent client
                connects as it sees fit: see :meth:`route`.
            silence: Seconds that may pass without a byte read or written.

        Raises:
            ConfigError: The request cannot be sent as it stands, or the wire is closed.
            ConnectError: No connection; the phase is ``not_sent``.
            TLSError: No secure connection; a certificate that was refused is ``final``.
            DeadlineError: Too late; the phase says how far it came.
            ProtocolError: The connection broke.
            CancelledError: The wire was closed meanwhile.
        """
        from limner.transport._backend import Terms, send  # noqa: PLC0415 - httpx is loaded at the first request

        return send(self._pool(), request, Terms(deadline, admit, silence))

    def route(self, url: str) -> Route:
        """How a request to ``url`` goes."""
        return self._pool().route(url)

    def resolve(self, host: str, port: int, deadline: Deadline) -> tuple[str, ...]:
        """The addresses of a host.

        Raises:
            OSError: It has none.
            TimeoutError: The deadline passed.
        """
        return self._resolver(host, port, deadline)

    def interrupt(self, deadline: Deadline) -> None:
        """Break off what is sent or read under this very deadline, in whatever thread: a ProtocolError there.

        Looking up a name and making a connection go on, for ten seconds at most.
        """
        pool = self._pools.get(os.getpid())  # a child's connections are its parent's too, who may still want them
        if pool is not None:
            pool.interrupt(deadline)

    def close(self) -> None:
        """Close idle connections and interrupt requests under way in other threads. Final."""
        self._closed = True
        for pid, pool in tuple(self._pools.items()):
            # In a forked child, closing the parent's connections properly would end them for the parent too.
            (pool.close if pid == os.getpid() else pool.forget)()

    def _pool(self) -> Connections | Lent:
        self._check_open()
        here = os.getpid()
        if here not in self._pools:
            from limner.transport import _connections  # noqa: PLC0415 - httpx is loaded at the first request

            parents = [pid for pid in tuple(self._pools) if pid != here]
            if self._client is not None:
                if parents:
                    raise _shared("process")
                self._pools.setdefault(here, _connections.Lent(self._client, _connections.SYNC_KINDS))
            else:
                self._pools.setdefault(here, _connections.Connections(self._settings()))
            taken = [self._pools.pop(pid, None) for pid in parents]  # None where another thread was quicker
            for parent in [each for each in taken if each is not None]:
                parent.forget()
        return self._pools[here]

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


@define(eq=False)
class AsyncWire(_Wire):
    """Sends requests under asyncio. Every event loop has connections of its own."""

    _guard: threading.Lock = field(factory=threading.Lock, init=False, repr=False)
    """Event loops may run in several threads."""
    _pools: dict[asyncio.AbstractEventLoop, AsyncConnections | Lent] = field(factory=dict, init=False, repr=False)

    async def send(
        self,
        request: WireRequest,
        deadline: Deadline,
        *,
        admit: Admit | None = None,
        silence: float = math.inf,
    ) -> AsyncWireResponse:
        """Send, and return when the headers are here: see :meth:`SyncWire.send`.

        Cancelling closes the connection and leaves the pool usable.
        """
        from limner.transport._backend import Terms, asend  # noqa: PLC0415 - httpx is loaded at the first request

        return await asend(self._pool(), request, Terms(deadline, admit, silence))

    def route(self, url: str) -> Route:
        """How a request to ``url`` goes."""
        return self._pool().route(url)

    async def resolve(self, host: str, port: int, deadline: Deadline) -> tuple[str, ...]:
        """The addresses of a host: see :meth:`SyncWire.resolve`."""
        return await aresolve(self._resolver, host, port, deadline)

    def shared(self) -> bool:
        """Whether another event loop, which is not over, has connections too."""
        here = asyncio.get_running_loop()
        return any(loop is not here and not loop.is_closed() for loop in tuple(self._pools))

    async def aclose(self) -> None:
        """Close this event loop's connections. Final."""
        self._closed = True
        await self.leave()

    async def leave(self) -> None:
        """Close this event loop's connections; others go on."""
        pool = self._pools.pop(asyncio.get_running_loop(), None)
        if pool is not None:
            await pool.aclose()

    def _pool(self) -> AsyncConnections | Lent:
        self._check_open()
        try:
            here = asyncio.get_running_loop()
        except RuntimeError:
            msg = "limner's asynchronous client runs under asyncio only"
            raise ConfigError(msg) from None
        with self._guard:
            if here not in self._pools:
                from limner.transport import _connections  # noqa: PLC0415 - httpx is loaded at the first request

                if self._client is not None:
                    if self._pools:
                        raise _shared("event loop")
                    self._pools[here] = _connections.Lent(self._client, _connections.ASYNC_KINDS)
                else:
                    self._pools = {loop: pool for loop, pool in self._pools.items() if not loop.is_closed()}
                    self._pools[here] = _connections.AsyncConnections(self._settings())
            return self._pools[here]

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.aclose()


def check_lent(client: object, *, asynchronous: bool) -> None:
    """Look at what is lent in place of our connections.

    Raises:
        ConfigError: It is no client or transport of httpx's, or not of this kind.
    """
    from limner.transport import _connections  # noqa: PLC0415 - whoever lends one has loaded httpx

    _connections.Lent(client, _connections.ASYNC_KINDS if asynchronous else _connections.SYNC_KINDS)


def _shared(place: str) -> ConfigError:
    return ConfigError(f"the HTTP client that was lent belongs to another {place}: lend each its own")
