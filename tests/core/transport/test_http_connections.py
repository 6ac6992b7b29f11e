"""What becomes of connections: closing, forks, event loops, cancelling; and what a process shares."""

from __future__ import annotations

import asyncio
import contextlib
import os
import sys
import textwrap
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from subprocess import run
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from limner.errors import CancelledError, ConfigError, ConnectError, ProtocolError, TransportError
from limner.transport import _connections, _sockets
from limner.transport.deadline import Deadline
from limner.transport.http import AsyncWire, SyncWire, WireRequest

if TYPE_CHECKING:
    import ssl
    from pathlib import Path

KEY = "sk-canary-1234"


def get(url: str, *headers: tuple[str, str]) -> WireRequest:
    return WireRequest("GET", url, headers)


def echo(talk: Any) -> None:
    while received := talk.request():
        talk.answer(received)


def silence(talk: Any) -> None:
    talk.request()
    talk.hold()


def fetch(wire: SyncWire, url: str) -> bytes:
    with wire.send(get(url), Deadline(5)) as response:
        return b"".join(response.chunks())


async def afetch(wire: AsyncWire, url: str) -> bytes:
    async with await wire.send(get(url), Deadline(5)) as response:
        return b"".join([chunk async for chunk in response.chunks()])


# Closing


def test_a_closed_wire_sends_nothing() -> None:
    wire = SyncWire()
    wire.close()
    with pytest.raises(ConfigError, match="closed"):
        wire.send(get("http://127.0.0.1:9"), Deadline(5))


def test_a_closed_async_wire_sends_nothing() -> None:
    async def main() -> None:
        wire = AsyncWire()
        await wire.aclose()
        with pytest.raises(ConfigError, match="closed"):
            await wire.send(get("http://127.0.0.1:9"), Deadline(5))

    asyncio.run(main())


def test_closing_interrupts_a_request_in_another_thread(serve: Any, stopwatch: Any) -> None:
    wire, server = SyncWire(trust="server"), serve(silence)
    threading.Timer(0.2, wire.close).start()
    began = stopwatch()
    with pytest.raises(CancelledError, match="closed while the request was under way") as caught:
        wire.send(get(server.url), Deadline(30))
    assert stopwatch() - began < 1
    assert caught.value.phase == "unknown"


def test_closing_interrupts_a_body_inside_tls(serve: Any, tls: ssl.SSLContext, certificate: Path) -> None:
    def half(talk: Any) -> None:
        talk.request()
        talk.send(b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf")
        talk.hold()

    wire, server = SyncWire(trust="server", verify=certificate), serve(half, tls)
    with wire.send(get(server.url), Deadline(30)) as response:
        threading.Timer(0.2, wire.close).start()
        with pytest.raises(CancelledError):
            list(response.chunks())


def test_one_request_can_be_interrupted_and_no_other(serve: Any, stopwatch: Any) -> None:
    """A body without length is then not taken for a whole one."""

    def script(talk: Any) -> None:
        asked = talk.request()
        talk.send(b"HTTP/1.1 200 OK\r\n\r\nhalf")
        if b"/one" in asked:
            talk.hold()
        else:
            talk.stopping.wait(0.5)
            talk.send(b", and the rest")

    server, deadline = serve(script), Deadline(30)
    with SyncWire(trust="server") as wire, ThreadPoolExecutor(1) as pool:
        other = pool.submit(fetch, wire, f"{server.url}/other")
        with wire.send(get(f"{server.url}/one"), deadline) as response:
            threading.Timer(0.2, wire.interrupt, [deadline]).start()
            with pytest.raises(ProtocolError) as caught:
                list(response.chunks())
        assert stopwatch() < 3
        assert caught.value.phase == "unknown"
        assert other.result() == b"half, and the rest"


def test_what_was_interrupted_reads_no_more(serve: Any) -> None:
    def script(talk: Any) -> None:
        talk.request()
        talk.send(b"HTTP/1.1 200 OK\r\n\r\nhalf")
        talk.hold()

    server, deadline = serve(script), Deadline(30)
    with SyncWire(trust="server") as wire, wire.send(get(server.url), deadline) as response:
        wire.interrupt(deadline)
        with pytest.raises(TransportError) as caught:
            list(response.chunks())
    assert caught.value.phase == "unknown"


def test_a_lent_client_is_not_interrupted() -> None:
    with httpx.Client(transport=httpx.MockTransport(lambda _: httpx.Response(200))) as client:
        wire, deadline = SyncWire(client=client), Deadline(5)
        response = wire.send(get("http://x.example"), deadline)
        wire.interrupt(deadline)
        assert b"".join(response.chunks()) == b""


def test_closing_while_a_connection_is_made_leaves_none_open(serve: Any) -> None:
    server, wire = serve(echo), SyncWire(trust="server")

    def closing(*_: object) -> tuple[str, ...]:
        wire.close()
        return ("127.0.0.1",)

    wire._resolver = closing
    with pytest.raises(CancelledError) as caught:
        wire.send(get(server.url.replace("127.0.0.1", "name.example")), Deadline(5))
    assert caught.value.phase == "not_sent"


# Processes and event loops

FORK = """
    import os, sys
    from limner.transport.deadline import Deadline
    from limner.transport.http import SyncWire, WireRequest
    wire = SyncWire(trust="server"{verify})
    def fetch(path):
        with wire.send(WireRequest("GET", "{url}" + path), Deadline(10)) as response:
            return b"".join(response.chunks()).split()[1]
    assert fetch("/before") == b"/before"
    child = os.fork()
    if child == 0:
        wire.close()
        os._exit(0)
    assert os.waitpid(child, 0)[1] == 0
    assert fetch("/between") == b"/between"
    child = os.fork()
    if child == 0:
        code = 0 if all(fetch(f"/child{{n}}") == b"/child%d" % n for n in range(5)) else 1
        wire.close()
        os._exit(code)
    assert all(fetch(f"/parent{{n}}") == b"/parent%d" % n for n in range(5))
    assert os.waitpid(child, 0)[1] == 0
    assert fetch("/after") == b"/after"
    wire.close()
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system has no fork")
@pytest.mark.parametrize("secure", [False, True], ids=["plain", "tls"])
def test_a_forked_child_makes_its_own_connections(
    serve: Any, tls: ssl.SSLContext, certificate: Path, *, secure: bool
) -> None:
    """Every reply goes to who asked, and the parent's connection survives the child's end."""
    server = serve(echo, tls if secure else None)
    verify = f", verify=__import__('pathlib').Path({str(certificate)!r})" if secure else ""
    script = textwrap.dedent(FORK).format(url=server.url, verify=verify)
    done = run([sys.executable, "-X", "dev", "-W", "error", "-c", script], capture_output=True, text=True, check=False)  # noqa: S603 - our own interpreter
    assert (done.returncode, done.stderr) == (0, "")
    assert server.accepted == 2


def test_a_lent_client_stays_in_its_process(monkeypatch: pytest.MonkeyPatch) -> None:
    with httpx.Client(transport=httpx.MockTransport(lambda _: httpx.Response(200))) as client:
        wire = SyncWire(client=client)
        fetch(wire, "http://x.example")
        monkeypatch.setattr(os, "getpid", lambda: -1)
        with pytest.raises(ConfigError, match="another process"):
            fetch(wire, "http://x.example")


def test_what_was_another_process_s_is_closed_here_without_a_word(serve: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    server = serve(echo)
    with SyncWire(trust="server") as wire:
        fetch(wire, server.url)
        (theirs,) = wire._pools.values()
        monkeypatch.setattr(os, "getpid", lambda: -1)
        fetch(wire, server.url)
        assert theirs not in wire._pools.values()
        assert isinstance(theirs, _connections.Connections)
        assert theirs._sockets.opened == set()
        assert not theirs.closed
    assert server.accepted == 2


@pytest.mark.usefixtures("engine")
def test_each_event_loop_has_connections_of_its_own(serve: Any) -> None:
    server, wire = serve(echo), AsyncWire(trust="server")

    async def once() -> bytes:
        found = await afetch(wire, server.url)
        for pool in wire._pools.values():
            await pool.aclose()
        return found

    assert asyncio.run(once()).startswith(b"GET / ")
    assert asyncio.run(once()).startswith(b"GET / ")
    assert server.accepted == 2
    assert len(wire._pools) == 1, "what belonged to a closed loop is forgotten"


def test_a_lent_async_client_stays_in_its_event_loop() -> None:
    wire = AsyncWire(client=httpx.MockTransport(lambda _: httpx.Response(200)))
    asyncio.run(afetch(wire, "http://x.example"))
    with pytest.raises(ConfigError, match="another event loop"):
        asyncio.run(afetch(wire, "http://x.example"))


def test_without_asyncio_there_is_an_explanation() -> None:
    sending = AsyncWire().send(get("http://127.0.0.1:9"), Deadline(5))
    with pytest.raises(ConfigError, match="asyncio only"):
        sending.send(None)


def test_another_loop_s_connections_are_not_touched_by_closing() -> None:
    wire = AsyncWire()
    asyncio.run(wire.aclose())
    with pytest.raises(ConfigError, match="closed"):
        asyncio.run(afetch(wire, "http://127.0.0.1:9"))


# Cancelling


@pytest.mark.parametrize("after", [0.0, 0.001, 0.02, 0.1])
@pytest.mark.parametrize("times", [1, 2])
@pytest.mark.usefixtures("engine")
def test_cancelling_leaves_the_pool_usable(serve: Any, after: float, times: int) -> None:
    """More requests are cancelled than the pool has places, twice in a row at worst; then all places are free."""

    def script(talk: Any) -> None:
        while received := talk.request():
            if b"/slow" in received:
                talk.hold()
                return
            talk.answer(b"ok")

    async def main(url: str) -> None:
        async with AsyncWire(trust="server", pool_size=2) as wire:
            for _ in range(3):
                tasks = [asyncio.ensure_future(afetch(wire, f"{url}/slow")) for _ in range(4)]
                await asyncio.sleep(after)
                for _ in range(times):
                    for task in tasks:
                        task.cancel()
                    await asyncio.sleep(0)
                assert all(
                    isinstance(found, asyncio.CancelledError)
                    for found in await asyncio.gather(*tasks, return_exceptions=True)
                )
            assert await asyncio.gather(*(afetch(wire, url) for _ in range(4))) == [b"ok"] * 4

    asyncio.run(main(serve(script).url))


@pytest.mark.usefixtures("engine")
def test_cancelling_is_quick(serve: Any, stopwatch: Any) -> None:
    async def main(url: str) -> None:
        async with AsyncWire(trust="server") as wire:
            task = asyncio.ensure_future(afetch(wire, url))
            await asyncio.sleep(0.1)
            began = stopwatch()
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
            assert stopwatch() - began < 0.2

    asyncio.run(main(serve(silence).url))


@pytest.mark.usefixtures("engine")
def test_cancelling_inside_a_handshake_leaves_no_socket(serve: Any) -> None:
    async def main(url: str) -> None:
        async with AsyncWire(trust="server") as wire:
            task = asyncio.ensure_future(afetch(wire, url))
            await asyncio.sleep(0.2)
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task

    asyncio.run(main(serve(lambda talk: talk.hold()).url.replace("http", "https")))


@pytest.mark.usefixtures("engine")
def test_a_closing_that_is_cancelled_is_finished_all_the_same(serve: Any) -> None:
    async def main(url: str) -> None:
        async with AsyncWire(trust="server", pool_size=1) as wire:
            response = await wire.send(get(url), Deadline(5))
            closing = asyncio.ensure_future(response.close())
            await asyncio.sleep(0)
            closing.cancel()
            with contextlib.suppress(asyncio.CancelledError):  # unless it took no time
                await closing
            assert (await afetch(wire, url)).startswith(b"GET")

    asyncio.run(main(serve(echo).url))


@pytest.mark.usefixtures("engine")
def test_a_closed_async_response_has_no_more_chunks(serve: Any) -> None:
    async def main(url: str) -> None:
        async with AsyncWire(trust="server") as wire:
            response = await wire.send(get(url), Deadline(5))
            await response.close()
            await response.close()
            assert [chunk async for chunk in response.chunks()] == []

    asyncio.run(main(serve(echo).url))


def test_what_is_finished_unhurriedly_may_fail_and_says_so() -> None:
    async def failing() -> None:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        asyncio.run(_sockets.unhurried(failing()))


# What a process shares


def test_the_tls_context_is_made_once_and_shared(monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[bool] = []
    real = httpx.create_ssl_context

    def counting(*, trust_env: bool) -> ssl.SSLContext:
        made.append(trust_env)
        return real(trust_env=trust_env)

    _connections._default_tls.cache_clear()
    monkeypatch.setattr(httpx, "create_ssl_context", counting)
    for _ in range(2):
        with SyncWire(trust="server") as wire, pytest.raises(ConnectError):
            fetch(wire, "http://nowhere.invalid")
    assert made == [False]


def test_making_a_wire_imports_no_httpx() -> None:
    script = (
        "import sys; from limner.transport.http import SyncWire, AsyncWire; SyncWire(); AsyncWire();"
        "print([name for name in ('httpx', 'httpcore', 'anyio') if name in sys.modules])"
    )
    done = run([sys.executable, "-c", script], capture_output=True, text=True, check=True)  # noqa: S603 - our own interpreter
    assert done.stdout == "[]\n"


def test_waiting_for_a_name_leaves_no_thread_behind(serve: Any, once: Any) -> None:
    server = serve(echo)
    once(get(server.url.replace("127.0.0.1", "localhost")))
    time.sleep(0.05)
    assert not [thread for thread in threading.enumerate() if thread.name == "limner-resolve"]
