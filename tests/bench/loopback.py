"""The server of the benchmarks, a process of its own and as light as can be: what is measured is the client.

The path says what is answered: ``/<way>/<bytes>/<pictures>/...``, where the way is one of :data:`WAYS`.
``GET /sent`` tells when the last byte of the last paced answer went out, by the clock that all processes share.
"""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
import time
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, ClassVar

import pictures

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

PIECE = 1 << 18
"""Bytes of a paced answer that are sent at a time."""

PACE = 0.008
"""Seconds between them: 20 MB take 0.8 s."""

SLOW = 0.05
"""Seconds that a slow server takes to paint."""


class Connection(asyncio.Protocol):
    """One connection: whole requests in, answers out, one after another."""

    sent: ClassVar[float] = 0.0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport
        self.room = asyncio.Event()
        self.room.set()
        self.received = b""
        self.task: asyncio.Task[None] | None = None

    def pause_writing(self) -> None:
        self.room.clear()

    def resume_writing(self) -> None:
        self.room.set()

    def connection_lost(self, exc: Exception | None) -> None:
        del exc
        if self.task is not None:
            self.task.cancel()

    def data_received(self, data: bytes) -> None:
        self.received += data
        head, blank, body = self.received.partition(b"\r\n\r\n")
        if not blank or len(body) < _length(head):
            return
        self.received = b""
        way, size, count = [*head.split(b" ", 2)[1].decode().split("/")[1:4], "", ""][:3]
        WAYS[way](self, int(size or 0), int(count or 1))

    def now(self, size: int, count: int) -> None:
        self.transport.write(_whole(size, count))

    def slow(self, size: int, count: int) -> None:
        asyncio.get_running_loop().call_later(SLOW, self.now, size, count)

    def large(self, size: int, count: int) -> None:
        self.task = asyncio.ensure_future(self._send(pictures.reply(size, count)))

    def paced(self, size: int, count: int) -> None:
        self.task = asyncio.ensure_future(self._send(pictures.reply(size, count), pace=PACE))

    def events(self, size: int, count: int) -> None:
        del count
        self.task = asyncio.ensure_future(self._send(pictures.event(size), pace=PACE, media_type="text/event-stream"))

    def tell(self, *_: int) -> None:
        body = repr(Connection.sent).encode()
        self.transport.write(_head(len(body), "text/plain") + body)

    async def _send(self, pieces: tuple[bytes, ...], pace: float = 0, media_type: str = "application/json") -> None:
        self.transport.write(_head(sum(map(len, pieces)), media_type))
        for piece in _cut(pieces):
            await self.room.wait()
            await asyncio.sleep(pace)
            Connection.sent = time.monotonic()
            self.transport.write(piece)


WAYS: dict[str, Callable[[Connection, int, int], None]] = {
    "now": Connection.now,
    "slow": Connection.slow,
    "large": Connection.large,
    "paced": Connection.paced,
    "events": Connection.events,
    "sent": Connection.tell,
}


def _length(head: bytes) -> int:
    found = head.lower().partition(b"content-length:")[2].partition(b"\r")[0]
    return int(found or 0)


def _head(length: int, media_type: str) -> bytes:
    lines = (f"HTTP/1.1 200 OK\r\nContent-Type: {media_type}", f"Content-Length: {length}", "x-request-id: req_1")
    return "\r\n".join((*lines, "", "")).encode()


_kept: dict[tuple[int, int], bytes] = {}


def _whole(size: int, count: int) -> bytes:
    """A small answer with its head, made once."""
    if (size, count) not in _kept:
        body = b"".join(pictures.reply(size, count))
        _kept[size, count] = _head(len(body), "application/json") + body
    return _kept[size, count]


def _cut(pieces: tuple[bytes, ...]) -> Iterator[bytes | memoryview]:
    """In pieces of a good size; the tail is a piece of its own only where it is all there is."""
    *before, last = pieces
    *rest, tail = (view[at : at + PIECE] for view in map(memoryview, before) for at in range(0, len(view), PIECE))
    yield from rest
    yield bytes(tail) + last


async def _serve() -> None:
    loop = asyncio.get_running_loop()
    server = await loop.create_server(Connection, "127.0.0.1", 0, backlog=2048)
    print(server.sockets[0].getsockname()[1], flush=True)  # noqa: T201 - how the parent learns the port
    parent = os.getppid()
    while os.getppid() == parent:  # noqa: ASYNC110 - nobody would set an event: nobody is left to stop it
        await asyncio.sleep(0.5)


@contextmanager
def serving() -> Iterator[str]:
    """A server in a process of its own: its address."""
    command = [sys.executable, __file__]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:  # noqa: S603 - our own file
        assert process.stdout is not None
        try:
            yield f"http://127.0.0.1:{process.stdout.readline().strip()}"
        finally:
            process.terminate()


if __name__ == "__main__":
    with suppress(KeyboardInterrupt):
        asyncio.run(_serve())
