"""Sockets that keep the deadline: what httpcore asks for connections, reads and writes. Part of the seam to httpcore.

Every operation is clamped to what is left, names are looked up within it, and where addresses are checked, one of
those that were checked is connected to. The asynchronous half does only the last: there the event loop keeps time.
"""

from __future__ import annotations

import asyncio
import contextlib
import math
import socket
from typing import TYPE_CHECKING, Any
from weakref import WeakSet

import httpcore

from limner.transport._names import aresolve
from limner.transport.deadline import Deadline

if TYPE_CHECKING:
    import ssl
    from collections.abc import Coroutine, Iterable, Iterator
    from typing import Self

    from limner.transport._names import Resolver
    from limner.transport.http import Admit


LONGEST = (2**31 - 1) / 1000
"""Seconds that a socket can wait: poll() counts milliseconds, and Python lets what is more begin again at zero."""


class Allowance(float):
    """Seconds for one operation that also know the deadline, and who is asked before an address is connected to.

    They have an end, which a socket can be told: of one that has none could not be said whose it is.

    httpcore passes a request's timeouts to the backend untouched, and nothing else of the request.
    """

    deadline: Deadline
    admit: Admit | None

    def __new__(cls, seconds: float, deadline: Deadline, admit: Admit | None = None) -> Self:
        self = super().__new__(cls, min(seconds, LONGEST))
        self.deadline = deadline
        self.admit = admit
        return self

    @property
    def until(self) -> Deadline:
        """The moment by which an operation that starts now must be done."""
        return Deadline(self.deadline.clamp(self))


def _seconds(timeout: float | None, late: type[Exception]) -> float | None:
    """What a socket may take now. Raises ``late`` where there is nothing left: zero would mean non-blocking."""
    left = timeout.deadline.clamp(timeout) if isinstance(timeout, Allowance) else timeout
    if left is None or math.isinf(left):
        return None
    if left <= 0:
        raise late
    return left


class _Stream(httpcore.NetworkStream):
    """A connection whose every operation is clamped to its request's deadline."""

    def __init__(self, inner: httpcore.NetworkStream, sockets: Sockets) -> None:
        self._inner = inner
        self._sockets = sockets
        self._held = b""
        self._speaks = False
        """Whether a request was begun since something was last read."""
        self._ask = 0
        self._interrupted = False
        self.owner: Deadline | None = None
        """The deadline of the request that used it last."""
        sockets.opened.add(self)

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        self._speaks = False
        self._ask = min(max(self._ask, max_bytes), _READ)
        data = self._inner.read(self._ask, self._seconds(timeout, httpcore.ReadTimeout))
        if self._interrupted:
            raise httpcore.ReadError  # it looks like the end, and a body without length would count as whole
        # Where more waits than was asked for, the body is large: each piece costs more to hand on than to decode.
        self._ask = 2 * self._ask if len(data) == self._ask else len(data)
        return data

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        if buffer and not self._speaks:
            # A head waits for the body, or for the nothing that httpcore writes where there is none: to send both at
            # once costs half as much, here and at the server.
            self._seconds(timeout, httpcore.WriteTimeout)
            self._held, self._speaks = buffer, True
            return
        held, self._held = self._held, b""
        room = max(_WRITE - len(held), 0)  # what goes with the head is copied for it, and nothing else
        self._pieces(memoryview(held + buffer[:room]), timeout)
        self._pieces(memoryview(buffer)[room:], timeout)

    def _pieces(self, view: memoryview, timeout: float | None) -> None:
        for start in range(0, len(view), _WRITE):
            self._inner.write(bytes(view[start : start + _WRITE]), self._seconds(timeout, httpcore.WriteTimeout))

    def _seconds(self, timeout: float | None, late: type[Exception]) -> float | None:
        self.owner = timeout.deadline if isinstance(timeout, Allowance) else None
        interrupted = self._sockets.interrupted
        if interrupted and self.owner in interrupted:
            raise late
        return _seconds(timeout, late)

    def close(self) -> None:
        self._sockets.opened.discard(self)
        self._inner.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        try:
            self._inner = self._inner.start_tls(
                ssl_context, server_hostname, self._seconds(timeout, httpcore.ConnectTimeout)
            )
        except BaseException:
            self.close()
            raise
        return self

    def get_extra_info(self, info: str) -> Any:  # noqa: ANN401 - httpcore's signature
        return self._inner.get_extra_info(info)

    def interrupt(self) -> None:
        """Wake whoever waits on it, from any thread; its owner then closes it."""
        self._interrupted = True
        with contextlib.suppress(OSError):
            # Past SSLSocket.shutdown, which would pull the TLS state from under the waiting thread.
            socket.socket.shutdown(self.get_extra_info("socket"), socket.SHUT_RDWR)


_READ = 1 << 19  # bytes read at once at most
_WRITE = 1 << 14  # bytes: httpcore starts the timeout anew at each partial send, and one of this size is hardly parted


class Sockets(httpcore.NetworkBackend):
    """Opens connections within the deadline, to checked addresses where there are any, and knows the open ones."""

    def __init__(self, resolver: Resolver) -> None:
        self._inner = httpcore.SyncBackend()
        self._resolver = resolver
        self.opened: set[_Stream] = set()
        self.interrupted: WeakSet[Deadline | None] = WeakSet()
        """Under which nothing is to be sent or read any more."""
        self.closed = False

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.NetworkStream:
        until = timeout.until if isinstance(timeout, Allowance) else Deadline(timeout)
        addresses = _looked_up(self._resolver, host, port, until)
        _admit(timeout, addresses)
        failure: Exception = httpcore.ConnectError("no address")
        for untried, address in zip(range(len(addresses), 0, -1), addresses, strict=True):
            seconds = _seconds(until.left(), httpcore.ConnectTimeout)
            share = None if seconds is None else seconds / untried  # a dead address leaves time for the others
            try:
                stream = self._inner.connect_tcp(address, port, share, local_address, socket_options)
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                failure = error
            else:
                return self._kept(_Stream(stream, self))
        raise failure

    def _kept(self, stream: _Stream) -> _Stream:
        if self.closed:
            stream.close()
            raise httpcore.ConnectError
        return stream

    def close(self) -> None:
        """Wake everyone who waits on a connection of ours. There will be no new ones."""
        self.closed = True
        for stream in tuple(self.opened):
            stream.interrupt()

    def interrupt(self, deadline: Deadline) -> None:
        """Wake whoever waits under this deadline, now or later."""
        self.interrupted.add(deadline)  # first: who is about to wait looks there once it has said whose it is
        for stream in tuple(self.opened):
            if stream.owner is deadline:
                stream.interrupt()

    def forget(self) -> None:
        """Close our copies of another process's sockets without a word to the servers: they are its, not ours."""
        for stream in tuple(self.opened):
            stream.close()


class AsyncSockets(httpcore.AsyncNetworkBackend):
    """The same for asyncio, which keeps the deadline itself and looks up names where nobody is to be asked."""

    def __init__(self, resolver: Resolver) -> None:
        self._inner: httpcore.AsyncNetworkBackend = httpcore.AnyIOBackend()  # pyright: ignore[reportAttributeAccessIssue, reportAssignmentType]
        self._resolver = resolver
        self.closed = False
        """Whether there are to be no new connections: a request may still have waited for its turn."""

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109 - httpcore's signature
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        hosts: tuple[str, ...] = (host,)
        if isinstance(timeout, Allowance) and timeout.admit is not None:
            hosts = await _alooked_up(self._resolver, host, port, timeout.until)
            _admit(timeout, hosts)
        failure: Exception = httpcore.ConnectError("no address")
        for each in hosts:
            share = None if timeout is None else timeout / len(hosts)
            try:
                return await self._kept(await self._inner.connect_tcp(each, port, share, local_address, socket_options))
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                failure = error
        raise failure

    async def _kept(self, stream: httpcore.AsyncNetworkStream) -> _AsyncStream:
        if self.closed:
            await unhurried(stream.aclose())
            raise httpcore.ConnectError
        return _AsyncStream(stream)


class _AsyncStream(httpcore.AsyncNetworkStream):
    """A connection that is closed where the way to TLS is given up: httpcore 1.0 leaves it open when cancelled."""

    def __init__(self, inner: httpcore.AsyncNetworkStream) -> None:
        self._inner = inner
        self.read = inner.read  # type: ignore[method-assign]
        self.write = inner.write  # type: ignore[method-assign]
        self.aclose = inner.aclose  # type: ignore[method-assign]
        self.get_extra_info = inner.get_extra_info  # type: ignore[method-assign]

    async def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,  # noqa: ASYNC109 - httpcore's signature
    ) -> httpcore.AsyncNetworkStream:
        try:
            return await self._inner.start_tls(ssl_context, server_hostname, timeout)
        except BaseException:
            await unhurried(self._inner.aclose())
            raise


async def unhurried(work: Coroutine[Any, Any, None]) -> None:
    """Finish ``work`` in a task of its own, however often the caller is cancelled; the last cancellation goes on."""
    task = asyncio.ensure_future(work)
    cancelled: asyncio.CancelledError | None = None
    while not task.done():
        try:
            await asyncio.wait([task])
        except asyncio.CancelledError as error:
            cancelled = error
    failure = task.exception()
    if cancelled is not None:
        raise cancelled
    if failure is not None:
        raise failure


def _looked_up(resolver: Resolver, host: str, port: int, until: Deadline) -> tuple[str, ...]:
    with _unresolved():
        return resolver(host, port, until)


async def _alooked_up(resolver: Resolver, host: str, port: int, until: Deadline) -> tuple[str, ...]:
    with _unresolved():
        return await aresolve(resolver, host, port, until)


@contextlib.contextmanager
def _unresolved() -> Iterator[None]:
    """A name without address, as httpcore says it."""
    try:
        yield
    except TimeoutError as error:
        raise httpcore.ConnectTimeout(error) from error
    except OSError as error:
        raise httpcore.ConnectError(error) from error


def _admit(timeout: float | None, addresses: tuple[str, ...]) -> None:
    if isinstance(timeout, Allowance) and timeout.admit is not None:
        timeout.admit(addresses)
