"""The server of the soaks, a process of its own that keeps books: which generations it decided to do.

A call is a POST whose ``model`` is ``m-<number>`` and whose ``prompt`` names one of :data:`WAYS` to serve it. The
server *bills* it when the whole POST is there and it decides to paint: not where it answers 400, 429 or 503, and not
where it hangs up undecided. ``GET /books`` answers what was billed how often, a byte for each number.
The process ends with the pipe that is its standard input.
"""

from __future__ import annotations

import asyncio
import json
import random
import socket
import struct
import subprocess
import sys
import zlib
from base64 import b64encode
from collections import Counter
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

PAUSE = 0.004
"""Seconds that pass at most between the parts of an answer."""
SLOW = 0.25
"""Seconds that a slow picture takes: longer than the deadline of a call that is to be late."""


def _png(side: int) -> bytes:
    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0)
    rows = b"".join(b"\0" + random.Random(row).randbytes(3 * side) for row in range(side))  # noqa: S311 - not a secret
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(rows, 1)) + chunk(b"IEND", b"")


PICTURE = _png(64)
LARGE = _png(400)


def _data(picture: bytes) -> bytes:
    return json.dumps({"created": 1, "data": [{"b64_json": b64encode(picture).decode()}]}).encode()


def _head(length: int, *headers: str, status: int = 200, media_type: str = "application/json") -> bytes:
    lines = (f"HTTP/1.1 {status} X", f"Content-Type: {media_type}", f"Content-Length: {length}", *headers, "", "")
    return "\r\n".join(lines).encode()


class Connection(asyncio.Protocol):
    """One connection: requests in, answers out, one after another."""

    billed: Counter[int] = Counter()  # noqa: RUF012 - the process's one book
    asked: Counter[str] = Counter()  # noqa: RUF012
    """How often each thing was asked for, for what fails at first only."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport
        self.received = b""
        self.task: asyncio.Task[None] | None = None

    def connection_lost(self, exc: Exception | None) -> None:
        del exc
        if self.task is not None:
            self.task.cancel()

    def data_received(self, data: bytes) -> None:
        self.received += data
        head, blank, body = self.received.partition(b"\r\n\r\n")
        length = next((int(line[15:]) for line in head.split(b"\r\n") if line[:15].lower() == b"content-length:"), 0)
        if not blank or len(body) < length:
            return
        self.received = body[length:]
        method, target = head.split(b" ", 2)[:2]
        if method == b"GET":
            _GETS[target.split(b"/")[1].decode()](self, target.decode())
            return
        call = json.loads(body)
        number, way = int(call["model"][2:]), call["prompt"]
        if self._agrees(way, number):
            Connection.billed[number] += 1
            self.task = asyncio.ensure_future(WAYS[way](self, number))

    def _agrees(self, way: str, number: int) -> bool:
        """Whether it is going to paint; else it has said why not."""
        Connection.asked[f"{number}"] += 1
        if way == "hang up":
            self.transport.abort()
            return False
        status = REFUSALS.get(way)
        if status is None or (status != 400 and Connection.asked[f"{number}"] > 1):
            return True
        said = json.dumps({"error": {"message": "not now", "type": "x", "code": None}}).encode()
        self.transport.write(_head(len(said), "Retry-After-Ms: 5", status=status) + said)
        return False

    # Ways to serve what is billed

    async def paint(self, number: int, body: bytes = b"") -> None:
        body = body or _data(LARGE if number % 50 == 0 else PICTURE)
        half = len(body) // 2
        for part in (_head(len(body)), body[:half], body[half:]):
            await asyncio.sleep(random.random() * PAUSE)  # noqa: S311
            self.transport.write(part)

    async def slow(self, number: int) -> None:
        await asyncio.sleep(SLOW)
        await self.paint(number)

    async def by_url(self, number: int) -> None:
        host, port = self.transport.get_extra_info("sockname")[:2]
        await self.paint(number, json.dumps({"data": [{"url": f"http://{host}:{port}/picture/{number}"}]}).encode())

    async def html(self, _: int) -> None:
        self.transport.write(_head(13, media_type="text/html") + b"<html></html>")

    async def broken(self, _: int) -> None:
        self.transport.write(_head(2, status=500) + b"{}")

    async def cut(self, _: int) -> None:
        body = _data(PICTURE)
        self.transport.write(_head(len(body)) + body[: len(body) // 2])
        self.transport.close()

    async def reset(self, _: int) -> None:
        self.transport.write(b"HTTP/1.1 200 OK\r\nContent-")
        await asyncio.sleep(PAUSE)
        made: socket.socket = self.transport.get_extra_info("socket")
        made.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.transport.abort()

    async def drip(self, _: int) -> None:
        with suppress(OSError):
            for byte in _head(100) + b"x" * 100:
                self.transport.write(bytes([byte]))
                await asyncio.sleep(0.02)

    # GETs

    def picture(self, target: str) -> None:
        Connection.asked[target] += 1
        if Connection.asked[target] == 1 and int(target.rpartition("/")[2]) % 3 == 0:
            self.transport.write(_head(0, status=500))
            return
        self.transport.write(_head(len(PICTURE), media_type="image/png") + PICTURE)

    def books(self, _: str) -> None:
        book = bytes(Connection.billed[number] for number in range(max(Connection.billed, default=0) + 1))
        self.transport.write(_head(len(book), media_type="application/octet-stream") + book)


WAYS: dict[str, Callable[[Connection, int], Any]] = {
    "paint": Connection.paint, "429 first": Connection.paint, "503 first": Connection.paint,
    "slow": Connection.slow, "by url": Connection.by_url, "html": Connection.html, "500": Connection.broken,
    "cut": Connection.cut, "reset": Connection.reset, "drip": Connection.drip,
}  # fmt: skip
REFUSALS = {"400": 400, "429 first": 429, "503 first": 503}
_GETS: dict[str, Callable[[Connection, str], None]] = {"picture": Connection.picture, "books": Connection.books}


async def _main() -> None:
    loop = asyncio.get_running_loop()
    server = await loop.create_server(Connection, "127.0.0.1", 0, backlog=1000)
    print(server.sockets[0].getsockname()[1], flush=True)  # noqa: T201 - for who started it
    await loop.run_in_executor(None, sys.stdin.read)


@contextmanager
def running() -> Iterator[str]:
    """The server's URL."""
    command = [sys.executable, str(Path(__file__))]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)  # noqa: S603 - our own
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        yield f"http://127.0.0.1:{int(process.stdout.readline())}"
    finally:
        process.stdin.close()
        process.stdout.close()
        process.wait(10)


if __name__ == "__main__":
    asyncio.run(_main())
