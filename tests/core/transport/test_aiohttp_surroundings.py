"""What becomes of requests over either engine from outside: closing, mocks, lent clients and proxies."""

from __future__ import annotations

import asyncio
import gc
import logging
import os
import socket
import threading
import time
from base64 import b64encode
from typing import TYPE_CHECKING, Any

import httpcore
import httpx
import pytest

from limner.errors import CancelledError, LimnerError, ProtocolError, TLSError
from limner.transport import _connections
from limner.transport.deadline import Deadline
from limner.transport.http import AsyncWire, WireRequest

if TYPE_CHECKING:
    import ssl
    from collections.abc import Iterator
    from pathlib import Path

KEY = "sk-canary-1234"


def get(url: str, *headers: tuple[str, str]) -> WireRequest:
    return WireRequest("GET", url, headers)


def echo(talk: Any) -> None:
    while received := talk.request():
        talk.answer(received)


async def fetch(wire: AsyncWire, request: WireRequest, seconds: float = 5) -> bytes:
    async with await wire.send(request, Deadline(seconds)) as response:
        return b"".join([chunk async for chunk in response.chunks()])


# Closing


@pytest.mark.parametrize("stage", ["head", "body", "place"])
@pytest.mark.usefixtures("engine")
def test_closing_ends_what_is_under_way(serve: Any, stage: str, stopwatch: Any) -> None:
    def script(talk: Any) -> None:
        talk.request()
        if stage == "body":
            talk.send(b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf")
        talk.hold()

    async def main(url: str) -> list[BaseException]:
        wire = AsyncWire(trust="server", pool_size=1)
        tasks = [asyncio.ensure_future(fetch(wire, get(url), 30)) for _ in range(1 + (stage == "place"))]
        await asyncio.sleep(0.2)
        await wire.aclose()
        ended = await asyncio.gather(*tasks, return_exceptions=True)
        return [one for one in ended if isinstance(one, BaseException)]

    ended = asyncio.run(main(serve(script).url))
    assert {type(one) for one in ended} == {CancelledError}
    assert stopwatch() < 3


@pytest.mark.usefixtures("engine")
def test_closing_while_a_connection_is_made_sends_nothing(serve: Any) -> None:
    async def main(url: str) -> LimnerError:
        wire = AsyncWire(trust="server")
        sending = asyncio.ensure_future(wire.send(get(url), Deadline(5)))
        await asyncio.sleep(0)
        await wire.aclose()
        with pytest.raises(CancelledError) as caught:
            await sending
        return caught.value

    seen: list[bytes] = []
    server = serve(lambda talk: seen.append(talk.request()))
    assert asyncio.run(main(server.url)).phase == "not_sent"
    server.stop()
    assert [one for one in seen if one] == []


def test_closing_an_async_wire_while_a_connection_is_made_leaves_none_open(
    serve: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(_connections, "_fast", lambda: None)
    received: list[bytes] = []

    async def main(url: str) -> None:
        wire = AsyncWire(trust="server")
        real = httpcore.AnyIOBackend.connect_tcp  # pyright: ignore[reportAttributeAccessIssue]

        async def closing(self: Any, *args: Any, **given: Any) -> Any:
            stream = await real(self, *args, **given)
            await wire.aclose()
            return stream

        monkeypatch.setattr(httpcore.AnyIOBackend, "connect_tcp", closing)
        with pytest.raises(CancelledError) as caught:
            await fetch(wire, get(url))
        assert caught.value.phase == "not_sent"

    server = serve(lambda talk: received.append(talk.request()))
    asyncio.run(main(server.url))
    until = time.monotonic() + 5
    while not received and time.monotonic() < until:  # the server's thread sees the end when it is its turn
        time.sleep(0.01)
    server.stop()
    assert set(received) == {b""}


@pytest.mark.usefixtures("engine")
def test_a_connection_given_up_while_it_sends_is_closed_at_once(serve: Any) -> None:
    """What it still holds is not sent first: that may take for ever, and might be paid for."""

    async def main(url: str) -> int:
        async with AsyncWire(trust="server") as wire:
            before = len(os.listdir("/proc/self/fd"))  # noqa: PTH208 - a count
            task = asyncio.ensure_future(fetch(wire, WireRequest("POST", url, (), b"x" * (64 << 20))))
            await asyncio.sleep(0.3)
            task.cancel()
            await asyncio.wait([task])
            await asyncio.sleep(0.05)
            return len(os.listdir("/proc/self/fd")) - before  # noqa: PTH208

    stop = threading.Event()
    left = asyncio.run(main(serve(lambda _: stop.wait(5)).url))
    stop.set()
    assert left <= 1, "the server's end, in this process"


@pytest.mark.usefixtures("engine")
def test_a_wire_that_nobody_closed_is_no_error_in_a_log(serve: Any, caplog: pytest.LogCaptureFixture) -> None:
    async def main(url: str) -> None:
        wire = AsyncWire(trust="server")
        await fetch(wire, get(url))

    def forgetting(url: str) -> None:
        asyncio.run(main(url))
        gc.collect()

    with pytest.warns(ResourceWarning):
        forgetting(serve(echo).url)
    assert [record for record in caplog.records if record.levelno >= logging.WARNING] == []


@pytest.mark.usefixtures("engine")
def test_a_failure_leaves_no_task_and_no_complaint(serve: Any, caplog: pytest.LogCaptureFixture) -> None:
    def broken() -> Iterator[bytes]:
        yield b"x" * 100_000
        raise ZeroDivisionError

    def script(talk: Any) -> None:
        talk.connection.recv(10)
        talk.reset()

    async def main(url: str) -> int:
        async with AsyncWire(trust="server") as wire:
            for content in (b"x" * 3_000_000, broken):
                with pytest.raises((ProtocolError, ZeroDivisionError)):
                    await fetch(wire, WireRequest("POST", url, (), content, 3_000_000))
            await asyncio.sleep(0.1)
            return len(asyncio.all_tasks())

    assert asyncio.run(main(serve(script).url)) == 1
    gc.collect()
    assert [record for record in caplog.records if record.levelno >= logging.WARNING] == []


# Who looks on


@pytest.mark.parametrize(
    ("owner", "name"),
    [(httpx.AsyncHTTPTransport, "handle_async_request"), (httpcore.AsyncConnectionPool, "handle_async_request")],
)
@pytest.mark.usefixtures("engine")
def test_a_mock_of_httpx_is_asked_whatever_is_installed(
    monkeypatch: pytest.MonkeyPatch, owner: type, name: str
) -> None:
    async def mocked(*_: object) -> object:
        response = httpx if owner is httpx.AsyncHTTPTransport else httpcore
        return response.Response(200, content=b"mocked")

    async def main() -> bytes:
        async with AsyncWire(trust="server") as wire:
            return await fetch(wire, get("http://api.invalid"))

    monkeypatch.setattr(owner, name, mocked)
    assert asyncio.run(main()) == b"mocked"


def test_without_the_extra_httpcore_serves(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "limner.transport._aiohttp", None)
    _connections._fast.cache_clear()
    assert _connections._fast() is None
    _connections._fast.cache_clear()


# Lent


def lent(url: str, *, seconds: float = 5, verify: Any = True) -> LimnerError:
    httpx_aiohttp = pytest.importorskip("httpx_aiohttp")

    async def main() -> LimnerError:
        async with httpx_aiohttp.HttpxAiohttpClient(verify=verify) as client, AsyncWire(client=client) as wire:
            with pytest.raises(LimnerError) as caught:
                await fetch(wire, WireRequest("POST", url, (), b"x"), seconds)
            return caught.value

    return asyncio.run(main())


def test_a_lent_aiohttp_never_calls_sent_what_was_not_and_the_other_way_round(serve: Any) -> None:
    """httpx-aiohttp raises a ConnectTimeout where a server hangs up after all was sent."""
    hung_up = lent(serve(lambda talk: talk.request()).url)
    assert (hung_up.kind, hung_up.phase) == ("protocol", "unknown")
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    refused = lent(f"http://127.0.0.1:{port}")
    assert (refused.kind, refused.phase) == ("connect", "not_sent")


def test_a_lent_aiohttp_s_certificate_error_is_final(serve: Any, tls: ssl.SSLContext) -> None:
    failure = lent(serve(echo, tls).url)
    assert isinstance(failure, TLSError)
    assert failure.phase == "final"


# Proxies


def tunnelling(asked: list[bytes]) -> Any:
    """A proxy that makes tunnels to wherever it is asked."""

    def script(talk: Any) -> None:
        if not (request := talk.request()):
            return
        asked.append(request)
        port = int(request.split()[1].rpartition(b":")[2])
        with socket.create_connection(("127.0.0.1", port), 5) as server:
            talk.send(b"HTTP/1.1 200 Connection established\r\n\r\n")
            back = threading.Thread(target=pour, args=(server, talk.connection))
            back.start()
            pour(talk.connection, server)
            back.join()

    return script


def pour(source: socket.socket, target: socket.socket) -> None:
    try:
        while piece := source.recv(65536):
            target.sendall(piece)
        target.shutdown(socket.SHUT_WR)
    except OSError:
        pass


def test_a_tunnel_keeps_the_proxy_s_password_from_the_server(
    serve: Any, once: Any, tls: ssl.SSLContext, certificate: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in [name for name in os.environ if name.lower().endswith("_proxy")]:
        monkeypatch.delenv(name)
    asked: list[bytes] = []
    proxy, server = serve(tunnelling(asked)), serve(echo, tls)
    monkeypatch.setenv("HTTPS_PROXY", proxy.url.replace("://", "://user:secret@"))
    url = server.url.replace("127.0.0.1", "cdn.example")
    request = WireRequest("POST", f"{url}/v1?key={KEY}", (("Authorization", KEY),), b"body")
    said = once(request, wire={"trust": "local", "verify": certificate}).body
    login = b64encode(b"user:secret")
    assert said.startswith(f"POST /v1?key={KEY} ".encode())
    assert said.endswith(b"body")
    assert b"Proxy" not in said
    assert asked[0].startswith(f"CONNECT cdn.example:{server.port} ".encode())
    assert b"roxy-Authorization: Basic " + login in asked[0]
    assert KEY.encode() not in asked[0]


def test_a_proxy_gets_its_password_with_a_plain_request(serve: Any, once: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in os.environ if name.lower().endswith("_proxy")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("HTTP_PROXY", serve(echo).url.replace("://", "://user:secret@"))
    said = once(get("http://api.example/v1?a=%2F"), wire={"trust": "local"}).body
    assert said.startswith(b"GET http://api.example/v1?a=%2F ")
    assert b"roxy-Authorization: Basic " + b64encode(b"user:secret") in said
