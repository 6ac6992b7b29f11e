"""One uvicorn server in one thread, started and stopped without a trace."""

from __future__ import annotations

import asyncio
import ipaddress
import socket
from concurrent.futures import Future
from threading import Thread
from typing import TYPE_CHECKING, Any

import uvicorn
from attrs import frozen
from uvicorn.protocols.http.h11_impl import H11Protocol

from limner.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Callable

    from starlette.types import ASGIApp, Receive, Scope, Send

GRACE = 0.5
"""Seconds in which whoever waits for an answer may still get it when the server stops."""
LONGEST = 5
"""Seconds after which it ends in any case."""
TICK = 0.02
"""Seconds between two looks whether somebody waits."""


def listen(host: str, port: int, *, allow_remote: bool = False) -> socket.socket:
    """A listening socket.

    Args:
        host: An address of this machine, or ``localhost``.
        port: A port; 0 is any that is free.
        allow_remote: Listen on addresses that other machines reach.

    Raises:
        ConfigError: The address is not a loopback address, is none at all, or is taken.
    """
    try:
        address = ipaddress.ip_address("127.0.0.1" if host == "localhost" else host)
    except ValueError:
        raise ConfigError(f"{host!r} is not an IP address.") from None
    if not address.is_loopback and not allow_remote:
        raise ConfigError(
            f"{host} can be reached from other machines, and a sandbox is for this one."
            " In Python, allow_remote=True allows it."
        )
    family = socket.AF_INET6 if address.version == 6 else socket.AF_INET  # noqa: PLR2004 - IP versions are 4 and 6
    try:
        listener = socket.create_server((str(address), port), family=family, backlog=512)
    except OSError as error:
        raise ConfigError(f"Cannot listen on {host}:{port}: {error.strerror}.") from None
    # Inherited by every connection; without it each reply on a reused one waits 40 ms for an acknowledgement.
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return listener


class Server:
    """Serves an application until it is stopped. Started once, stopped once."""

    def __init__(self, app: ASGIApp, listener: socket.socket, closing: asyncio.Event) -> None:
        config = uvicorn.Config(
            _Abandonable(app),
            interface="asgi3",
            loop="asyncio",
            http=_Protocol,
            ws="none",
            lifespan="off",
            log_config=None,
            proxy_headers=False,
            date_header=False,
            headers=[("server", "limner-sandbox")],
            timeout_graceful_shutdown=LONGEST,
        )
        self._listener = listener
        self._closing = closing
        self._ready: Future[asyncio.AbstractEventLoop] = Future()
        self._server = _Uvicorn(config, closing, self._ready.set_result)
        self._thread = Thread(target=self._run, name="limner-sandbox")

    def start(self) -> None:
        """Serve, in a thread; returns when requests are answered."""
        self._thread.start()
        self._ready.result()

    def stop(self) -> None:
        """Stop serving: nobody new is let in, and whoever waits is answered within the grace or hung up on.

        Returns when the server's thread has ended. Work that was given up may go on for a while in a thread of its own.
        """
        self._ready.add_done_callback(self._close)  # not waited for: its start may have been interrupted
        if self._thread.is_alive():
            self._thread.join()
        self._listener.close()  # where nobody came to listen, nobody else has closed it

    def _close(self, ready: Future[asyncio.AbstractEventLoop]) -> None:
        if not ready.exception():
            ready.result().call_soon_threadsafe(self._closing.set)

    def _run(self) -> None:
        try:
            asyncio.run(self._server.serve([self._listener]))
        except OSError as error:  # the listener is of no use: told to the one who started
            self._ready.set_exception(error)


class _Uvicorn(uvicorn.Server):
    """Uvicorn that wakes when it is told to, instead of asking ten times a second."""

    def __init__(
        self, config: uvicorn.Config, closing: asyncio.Event, ready: Callable[[asyncio.AbstractEventLoop], None]
    ) -> None:
        super().__init__(config)
        self._closing = closing
        self._ready = ready

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        await self.on_tick(0)
        self._ready(asyncio.get_running_loop())

    async def main_loop(self) -> None:
        await self._closing.wait()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        await asyncio.gather(super().shutdown(sockets), self._give_up())

    async def _give_up(self) -> None:
        """Cancel what nobody waits for any more: at once where all have gone, else when the grace is over."""
        state, loop = self.server_state, asyncio.get_running_loop()
        end = loop.time() + GRACE
        while state.connections and loop.time() < end:  # noqa: ASYNC110 - a connection that goes tells uvicorn alone
            await asyncio.sleep(TICK)
        for connection in state.connections:
            connection.transport.abort()
        for task in state.tasks:
            task.cancel()


@frozen
class _Abandonable:
    """An application whose answers can be cancelled without a word."""

    app: ASGIApp

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await self.app(scope, receive, send)
        except asyncio.CancelledError:
            # The server has to see that the connection is gone, or it would mend the response.
            while (await receive())["type"] != "http.disconnect":
                continue


class _Protocol(H11Protocol):
    """HTTP/1.1 that tells the application its connection, so that a fault can break it, and logs nothing."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn has it
        super().connection_made(transport)
        self.access_log = False
        self.app_state: dict[str, Any] = {**self.app_state, "transport": transport}
