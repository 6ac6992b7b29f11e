"""What leaves a connection, and when: a request goes out in as few pieces as it can, and is woken where it waits."""

from __future__ import annotations

import threading
from typing import Any

import httpcore
import pytest

from limner.errors import ProtocolError
from limner.transport._sockets import Sockets, _Stream
from limner.transport.deadline import Deadline
from limner.transport.http import SyncWire, WireRequest

HEAD, BODY = b"POST / HTTP/1.1\r\n\r\n", b"{}"


class Wire(httpcore.NetworkStream):
    """Takes note of what is sent."""

    def __init__(self) -> None:
        self.sent: list[bytes] = []

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        del max_bytes, timeout
        return b"HTTP/1.1 200 OK\r\n\r\n"

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        del timeout
        self.sent.append(buffer)

    def close(self) -> None:
        pass


@pytest.fixture
def wire() -> Wire:
    return Wire()


@pytest.fixture
def stream(wire: Wire) -> _Stream:
    return _Stream(wire, Sockets(lambda *_: ()))


def test_head_and_body_leave_together(wire: Wire, stream: _Stream) -> None:
    for piece in (HEAD, BODY, b""):
        stream.write(piece)
    assert wire.sent == [HEAD + BODY]


def test_a_request_without_a_body_leaves_at_its_end(wire: Wire, stream: _Stream) -> None:
    for piece in (HEAD, b""):
        stream.write(piece)
    assert wire.sent == [HEAD]


def test_what_follows_leaves_as_it_comes(wire: Wire, stream: _Stream) -> None:
    for piece in (HEAD, BODY, BODY, b""):
        stream.write(piece)
    assert wire.sent == [HEAD + BODY, BODY]


def test_the_next_request_has_a_head_of_its_own(wire: Wire, stream: _Stream) -> None:
    for _ in range(2):
        for piece in (HEAD, BODY, b""):
            stream.write(piece)
        stream.read(100)
    assert wire.sent == [HEAD + BODY] * 2


def test_the_head_of_a_request_that_is_given_up_does_not_leave(wire: Wire, stream: _Stream) -> None:
    stream.write(HEAD)
    stream.close()
    assert wire.sent == []


def test_the_server_reads_a_small_request_at_once(serve: Any) -> None:
    read: list[bytes] = []

    def once(talk: Any) -> None:
        read.append(talk.connection.recv(1 << 16))
        talk.answer()

    server = serve(once)
    with SyncWire(trust="server") as ours:
        ours.send(WireRequest("POST", server.url, content=BODY), Deadline(5)).close()
    assert read[0].endswith(b"\r\n\r\n" + BODY)


# Interrupting


def greet(talk: Any) -> None:
    while talk.request():
        talk.answer(b"hello")


@pytest.mark.parametrize("seconds", [30, 1e10, None])
@pytest.mark.parametrize("said", [b"", b"HTTP/1.1 200 OK\r\n\r\nhalf"])
def test_a_request_can_be_interrupted_whenever_it_would_have_had_to_end(
    serve: Any, stopwatch: Any, seconds: float | None, said: bytes
) -> None:
    def script(talk: Any) -> None:
        talk.request()
        talk.send(said)
        talk.hold()

    deadline = Deadline(seconds)
    with SyncWire(trust="server") as wire:
        threading.Timer(0.2, wire.interrupt, [deadline]).start()
        with pytest.raises(ProtocolError), wire.send(WireRequest("GET", serve(script).url), deadline) as response:
            list(response.chunks())
    assert stopwatch() < 3


def test_of_two_deadlines_that_end_at_once_one_is_interrupted(serve: Any) -> None:
    server, one, other = serve(greet), Deadline(30, lambda: 0.0), Deadline(30, lambda: 0.0)
    with SyncWire(trust="server") as wire:
        wire.send(WireRequest("GET", server.url), other).close()
        wire.interrupt(one)
        with wire.send(WireRequest("GET", server.url), other) as response:
            assert response.status == 200
