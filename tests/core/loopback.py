"""A server on loopback that answers byte by byte what a test wants, and remembers what it was asked."""

from __future__ import annotations

import contextlib
import json
import select
import socket
import struct
import threading
from collections.abc import Callable, Iterable, Mapping
from email import message_from_bytes
from email.policy import HTTP
from typing import Any, BinaryIO, Literal, TypeAlias
from urllib.parse import parse_qsl, urlsplit

from attrs import field, frozen

Piece: TypeAlias = bytes | float | Literal["cut", "reset"]
"""What an answer is made of: bytes; seconds of silence; the connection closed, or reset."""

Answer: TypeAlias = Iterable[Piece]
Api: TypeAlias = Callable[["Asked"], Answer]


@frozen
class Asked:
    """One request, as it came over the wire."""

    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    """By lower-case name."""
    body: bytes = field(repr=False)

    def json(self) -> Any:
        return json.loads(self.body)

    def parts(self) -> dict[str, Any]:
        """A multipart body, by the names of its parts, as the standard library's parser reads it."""
        head = f"Content-Type: {self.headers['content-type']}\r\n\r\n".encode()
        message = message_from_bytes(head + self.body, policy=HTTP)
        return {part.get_param("name", header="content-disposition"): part for part in message.iter_parts()}


def reply(body: bytes = b"", *, status: int = 200, headers: Mapping[str, str] | None = None, **more: Any) -> Answer:
    """A whole response; ``json=`` makes its body."""
    given = {"Content-Length": str(len(body)), **(headers or {})}
    if "json" in more:
        body = json.dumps(more["json"]).encode()
        given = {"Content-Type": "application/json", "Content-Length": str(len(body)), **(headers or {})}
    lines = [f"HTTP/1.1 {status} Whatever", *(f"{name}: {value}" for name, value in given.items()), "", ""]
    return ["\r\n".join(lines).encode() + body]


class Loopback:
    """The server. It keeps connections alive, as real ones do, and stops within moments.

    ``script(...)`` gives it answers in order, of which the last is repeated; ``api`` answers by the request.
    """

    reply = staticmethod(reply)

    def __init__(self) -> None:
        self.api: Api = lambda _: reply(status=404)
        self.asked: list[Asked] = []
        self.faults: list[BaseException] = []
        """What an ``api`` raised: a mistake of the test."""
        self._open: set[socket.socket] = set()
        self._threads: list[threading.Thread] = []
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=64)
        self._bell, self._ear = socket.socketpair()
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        self._start(self._accept)

    @property
    def posts(self) -> int:
        """How often something was asked for that costs money."""
        return sum(asked.method == "POST" for asked in self.asked)

    @property
    def connections(self) -> int:
        """How many are open."""
        return len(self._open)

    def script(self, *answers: Answer) -> None:
        waiting = [list(answer) for answer in answers]
        self.api = lambda _: waiting.pop(0) if len(waiting) > 1 else waiting[0]

    def close(self) -> None:
        self._bell.close()
        for thread in self._threads:
            thread.join(5)
        self._ear.close()
        self._listener.close()

    def _start(self, task: Callable[..., None], *args: Any) -> None:
        self._threads.append(threading.Thread(target=task, args=args, daemon=True))
        self._threads[-1].start()

    def _accept(self) -> None:
        while self._listener in select.select([self._listener, self._ear], [], [])[0]:
            connection = self._listener.accept()[0]
            self._open.add(connection)
            self._start(self._serve, connection)

    def _serve(self, connection: socket.socket) -> None:
        with contextlib.suppress(OSError), connection, connection.makefile("rb") as stream:
            while self._spoken_to(connection, None) and (asked := _read(stream)) is not None:
                self.asked.append(asked)
                if not self._answer(connection, asked):
                    break
        self._open.discard(connection)

    def _answer(self, connection: socket.socket, asked: Asked) -> bool:
        """Whether the connection is still good."""
        try:
            pieces = self.api(asked)
        except Exception as fault:  # noqa: BLE001 - told when the server is closed
            self.faults.append(fault)
            return False
        for piece in pieces:
            if isinstance(piece, bytes):
                connection.sendall(piece)
            elif isinstance(piece, str):
                if piece == "reset":
                    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                return False
            elif self._spoken_to(connection, piece):
                return False
        return True

    def _spoken_to(self, connection: socket.socket, seconds: float | None) -> bool:
        """Whether the other side speaks or hangs up before so many seconds have passed."""
        ready = select.select([connection, self._ear], [], [], seconds)[0]
        if self._ear in ready:
            raise ConnectionAbortedError
        return bool(ready)


def _read(stream: BinaryIO) -> Asked | None:
    words = stream.readline().decode().split()
    if len(words) != 3:
        return None
    headers: dict[str, str] = {}
    while line := stream.readline().decode("latin-1").strip():
        name, _, value = line.partition(":")
        if name.lower() in headers:
            message = f"the header {name} came twice"
            raise AssertionError(message)
        headers[name.lower()] = value.strip()
    body = stream.read(int(headers.get("content-length", "0")))
    target = urlsplit(words[1])
    return Asked(words[0], target.path, dict(parse_qsl(target.query)), headers, body)
