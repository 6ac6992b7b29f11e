"""What asynchronous requests promise over either engine, where httpcore and aiohttp would differ if we let them."""

from __future__ import annotations

import asyncio
import socket
import threading
import time
from base64 import b64encode
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from limner.errors import ConnectError, DeadlineError, LimnerError, ProtocolError
from limner.transport import _connections
from limner.transport.deadline import Deadline
from limner.transport.http import AsyncWire, WireRequest

if TYPE_CHECKING:
    from collections.abc import Iterator

KEY = "sk-canary-1234"


def get(url: str, *headers: tuple[str, str]) -> WireRequest:
    return WireRequest("GET", url, headers)


def echo(talk: Any) -> None:
    while received := talk.request():
        talk.answer(received)


async def fetch(wire: AsyncWire, request: WireRequest, seconds: float = 5) -> bytes:
    async with await wire.send(request, Deadline(seconds)) as response:
        return b"".join([chunk async for chunk in response.chunks()])


# What is sent


@pytest.mark.parametrize(
    "target",
    ["/a%2Fb", "/%7Euser", "/a//b/", "/?a=b+c&d=%2B%2f&e", "/?sig=a%3D%3D&x=%E9", "/a;b=c,d", "/%zz", "/a:b@c"],
)
def test_a_target_is_sent_as_it_was_written(serve: Any, once: Any, target: str) -> None:
    """A signed URL is signed letter by letter."""
    sent = once(get(serve(echo).url + target)).body
    assert sent.startswith(f"GET {httpx.URL('http://x' + target).raw_path.decode()} ".encode())


def test_of_an_address_s_user_nothing_is_sent(serve: Any, once: Any) -> None:
    sent = once(get(serve(echo).url.replace("://", f"://user:{KEY}@"), ("Authorization", "Bearer x"))).body
    assert sent.lower().count(b"authorization") == 1
    assert b64encode(f"user:{KEY}".encode()) not in sent


@pytest.mark.parametrize("content", [None, b"", b"x"])
@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "DELETE"])
def test_no_header_is_added_to_ours(serve: Any, once: Any, method: str, content: bytes | None) -> None:
    head = once(WireRequest(method, serve(echo).url, (), content)).body.partition(b"\r\n\r\n")[0]
    names = {line.partition(b":")[0] for line in head.split(b"\r\n")[1:]}
    assert names - {b"Content-Length"} == {b"Host", b"User-Agent", b"Accept-Encoding"}


def test_headers_of_one_name_stay_apart_and_in_order(serve: Any, once: Any) -> None:
    sent = once(get(serve(echo).url, ("X-A", "1"), ("X-B", "2"), ("X-A", "3"))).body
    assert b"X-A: 1\r\nX-B: 2\r\nX-A: 3" in sent


@pytest.mark.parametrize("pieces", [(b"ab",), (b"abc", b"de")], ids=["short", "long"])
def test_a_body_of_another_length_than_was_said_is_no_request(serve: Any, once: Any, pieces: tuple[bytes, ...]) -> None:
    with pytest.raises(ProtocolError, match="not valid HTTP"):
        once(WireRequest("POST", serve(lambda talk: talk.hold()).url, (), lambda: iter(pieces), 4))


def test_a_body_may_be_made_of_nothing(serve: Any, once: Any) -> None:
    sent = once(WireRequest("POST", serve(echo).url, (), lambda: iter(()))).body
    assert sent.endswith(b"\r\n\r\n0\r\n\r\n")


# Once, and never again


@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT", "DELETE", "POST"])
@pytest.mark.usefixtures("engine")
def test_what_a_server_hangs_up_on_is_sent_once(serve: Any, method: str) -> None:
    """On a connection used before, where it may be that the server only closed it for its age."""
    seen: list[bytes] = []

    def script(talk: Any) -> None:
        talk.request()
        talk.answer(b"ok")
        seen.append(talk.request())

    async def main(url: str) -> None:
        async with AsyncWire(trust="server") as wire:
            await fetch(wire, get(url))
            with pytest.raises(ProtocolError) as caught:
                await fetch(wire, WireRequest(method, url, (), b"x"))
            assert caught.value.phase == "unknown"

    server = serve(script)
    asyncio.run(main(server.url))
    assert (len(seen), server.accepted) == (1, 1)


@pytest.mark.parametrize("says", [b"", b"HTTP/1.1 408 Request Timeout\r\nContent-Length: 0\r\n\r\n"])
@pytest.mark.usefixtures("engine")
def test_a_connection_on_which_something_lies_unread_is_not_used_again(serve: Any, says: bytes) -> None:
    """The loop was busy while the server hung up, or answered what nobody had asked."""

    def script(talk: Any) -> None:
        received = talk.request()
        talk.answer(received)
        if talk.ordinal == 1:
            time.sleep(0.05)
            talk.send(says)
            return
        echo(talk)

    async def main(url: str) -> bytes:
        async with AsyncWire(trust="server") as wire:
            await fetch(wire, get(url))
            time.sleep(0.3)  # noqa: ASYNC251 - the loop is busy
            return await fetch(wire, WireRequest("POST", url, (), b"paid"))

    server = serve(script)
    assert asyncio.run(main(server.url)).endswith(b"paid")
    assert server.accepted == 2


def test_what_finds_its_connection_gone_was_not_sent(serve: Any) -> None:
    """The server hung up between the choice of the connection and the first byte of the request."""
    pytest.importorskip("httpx_aiohttp", reason="limner[fast] is not installed")

    async def main(url: str) -> LimnerError:
        async with AsyncWire(trust="server") as wire:

            def body() -> Iterator[bytes]:
                (pool,) = wire._pools.values()
                (transport,) = pool._transports.values()  # type: ignore[union-attr]
                for connection in transport.client.connector._acquired:  # type: ignore[union-attr]
                    connection.transport.abort()
                yield b"paid"

            with pytest.raises(ProtocolError) as caught:
                await fetch(wire, WireRequest("POST", url, (), body, 4))
            return caught.value

    received: list[bytes] = []
    server = serve(lambda talk: received.append(talk.request()))
    assert asyncio.run(main(server.url)).phase == "not_sent"
    server.stop()
    assert set(received) <= {b""}


@pytest.mark.usefixtures("engine")
def test_connections_are_used_again_and_not_for_long(serve: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_connections, "KEEPALIVE_SECONDS", 0.2)

    async def main(url: str) -> None:
        async with AsyncWire(trust="server") as wire:
            for pause in (0, 0, 0.4):
                await asyncio.sleep(pause)
                await fetch(wire, get(url))

    server = serve(echo)
    asyncio.run(main(server.url))
    assert server.accepted == 2


@pytest.mark.usefixtures("engine")
def test_small_writes_are_not_held_back(serve: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    options: list[tuple[int, ...]] = []
    real = socket.socket.setsockopt

    def noting(self: socket.socket, *given: Any) -> None:
        options.append(given)
        real(self, *given)

    monkeypatch.setattr(socket.socket, "setsockopt", noting)

    async def main(url: str) -> None:
        async with AsyncWire(trust="server") as wire:
            await fetch(wire, get(url))

    asyncio.run(main(serve(echo).url))
    assert (socket.IPPROTO_TCP, socket.TCP_NODELAY, True) in options


# What comes back


async def busy(seconds: float) -> None:
    time.sleep(seconds)  # noqa: ASYNC251 - the loop is to be busy


@pytest.mark.parametrize("pause", [busy, asyncio.sleep])
@pytest.mark.parametrize("cut", ["Content-Length: 900\r\n\r\n", "Transfer-Encoding: chunked\r\n\r\n384\r\n"])
@pytest.mark.usefixtures("engine")
def test_what_came_before_a_cut_is_handed_out_first(serve: Any, cut: str, pause: Any) -> None:
    """It may hold an image: nobody reads, or the loop is busy, until the cut is known as well."""

    def script(talk: Any) -> None:
        talk.request()
        talk.send(f"HTTP/1.1 200 OK\r\n{cut}".encode())
        time.sleep(0.1)
        talk.send(b"x" * 500)

    got: list[bytes] = []

    async def main(url: str) -> None:
        async with AsyncWire(trust="server") as wire, await wire.send(get(url), Deadline(5)) as response:
            await pause(0.4)
            async for chunk in response.chunks():
                got.append(chunk)  # noqa: PERF401 - what came is kept when it breaks

    with pytest.raises(ProtocolError):
        asyncio.run(main(serve(script).url))
    assert b"".join(got) == b"x" * 500


def test_a_reset_is_not_the_end_of_a_body_without_length(serve: Any, once: Any) -> None:
    def script(talk: Any) -> None:
        talk.request()
        talk.send(b"HTTP/1.1 200 OK\r\n\r\nhalf")
        time.sleep(0.1)
        talk.reset()

    with pytest.raises(ProtocolError) as caught:
        once(get(serve(script).url))
    assert caught.value.phase == "unknown"


def test_a_body_without_length_ends_with_its_connection(serve: Any, once: Any) -> None:
    def script(talk: Any) -> None:
        talk.request()
        talk.send(b"HTTP/1.1 200 OK\r\n\r\nwhole")

    assert once(get(serve(script).url)).body == b"whole"


def test_a_long_header_is_no_reason_to_lose_what_was_paid_for(serve: Any, once: Any) -> None:
    def script(talk: Any) -> None:
        talk.request()
        talk.answer(b"ok", f"Content-Security-Policy: {'x' * 20_000}", *(f"X-{number}: 1" for number in range(150)))

    assert once(get(serve(script).url)).body == b"ok"


def test_an_answer_before_the_end_of_the_request_is_heard(serve: Any, once: Any) -> None:
    """A server that refuses a large upload says so, reads on for a while and closes."""

    def script(talk: Any) -> None:
        talk.connection.recv(1000)
        talk.answer(b"too large", "Connection: close", status=413)
        talk.hold()

    reply = once(WireRequest("POST", serve(script).url, (), b"x" * 3_000_000))
    assert (reply.status, reply.body) == (413, b"too large")


@pytest.mark.usefixtures("engine")
def test_cookies_are_not_kept(serve: Any) -> None:
    def script(talk: Any) -> None:
        while received := talk.request():
            talk.answer(received, "Set-Cookie: a=b; Path=/")

    async def main(url: str) -> bytes:
        async with AsyncWire(trust="server") as wire:
            return b"".join([await fetch(wire, get(url)) for _ in range(2)])

    assert b"cookie" not in asyncio.run(main(serve(script).url.replace("127.0.0.1", "localhost"))).lower()


# Time


def slow(talk: Any) -> None:
    talk.request()
    talk.send(b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf")
    talk.hold()


@pytest.mark.usefixtures("engine")
def test_making_a_connection_takes_no_longer_than_it_may(serve: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("limner.transport._backend.CONNECT_SECONDS", 0.2)

    async def main(url: str) -> LimnerError:
        async with AsyncWire(trust="server") as wire:
            with pytest.raises(ConnectError, match="in time") as caught:
                await fetch(wire, get(url))
            return caught.value

    failure = asyncio.run(main(serve(lambda talk: talk.hold()).url.replace("http", "https")))
    assert failure.phase == "not_sent"


@pytest.mark.usefixtures("engine")
def test_silence_is_limited_while_sending_too(serve: Any) -> None:
    async def main(url: str) -> LimnerError:
        async with AsyncWire(trust="server") as wire:
            with pytest.raises(DeadlineError, match="silent for too long") as caught:
                await wire.send(WireRequest("POST", url, (), b"x" * (64 << 20)), Deadline(10), silence=0.3)
            return caught.value

    stop = threading.Event()
    failure = asyncio.run(main(serve(lambda _: stop.wait(3)).url))
    stop.set()
    assert failure.phase == "unknown"


@pytest.mark.usefixtures("engine")
def test_a_full_pool_makes_others_wait_no_longer_than_their_deadline(serve: Any) -> None:
    async def main(url: str) -> LimnerError:
        async with AsyncWire(trust="server", pool_size=1) as wire, await wire.send(get(url), Deadline(5)):
            with pytest.raises(DeadlineError) as caught:
                await wire.send(get(url), Deadline(0.2))
            return caught.value

    assert asyncio.run(main(serve(slow).url)).phase == "not_sent"


@pytest.mark.usefixtures("engine")
def test_who_waits_for_a_place_gets_one_in_turn(serve: Any) -> None:
    """Though whoever had it asks again at once: nobody has done all of theirs while another still waits."""
    times = 10

    async def main(url: str) -> list[int]:
        served: list[int] = []

        async def caller(number: int) -> None:
            for _ in range(times):
                await fetch(wire, get(url))
                served.append(number)

        async with AsyncWire(trust="server", pool_size=2) as wire:
            await asyncio.gather(*(caller(number) for number in range(6)))
        return served

    served = asyncio.run(main(serve(echo).url))
    first_done = min(index for index, number in enumerate(served) if served[: index + 1].count(number) == times)
    assert set(served[:first_done]) == set(range(6))
