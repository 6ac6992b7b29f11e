"""Given up from outside - Ctrl-C, an exit, a cancelled task - wherever a call may be: at once, and nothing is left."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import textwrap
import threading
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import pytest
from fault_table.asking import client_options
from fault_table.words import GOOD, HERE, PNG, data, event, events, frame, head, refuses, says

import limner

if TYPE_CHECKING:
    from collections.abc import Iterator

MOMENT = 0.08
"""Seconds after its last request in which a call comes to wait."""
SOON = 0.2
BUSY = refuses(429, retry_after="50")
PLACES: dict[str, dict[str, Any]] = {
    "while nothing is said": {"POST": [60.0]},
    "inside the headers": {"POST": [b"HTTP/1.1 200 OK\r\n", 60.0]},
    "inside the body": {"POST": [head(length=900) + b'{"data": [', 60.0]},
    "before another attempt": {"POST": BUSY},
    "inside a download": {"POST": says(data({"url": f"http://{HERE}/a.png"}, created=None)), "GET": [60.0]},
    "between events": {"POST": events(event(frame(PNG)), 60.0), "stream": True},
    "in two calls at once": {"POST": [60.0], "call": {"n": 8}},
}


def play(server: Any, place: dict[str, Any]) -> None:
    here = server.url.removeprefix("http://").encode()

    def api(asked: Any) -> Iterator[Any]:
        pieces = place[asked.method]
        return (piece.replace(HERE.encode(), here) if isinstance(piece, bytes) else piece for piece in pieces)

    server.api = api


def nothing_hangs(server: Any, idle: int = 0) -> None:
    """No connection is left with a request on it; so many may be idle."""
    limit = time.monotonic() + 2
    while server.connections > idle:
        assert time.monotonic() < limit
        time.sleep(0.005)


def waits(server: Any, place: dict[str, Any]) -> bool:
    """Whether the call has asked for all that it will."""
    return len(server.asked) >= 1 + ("GET" in place or "call" in place)


class Interrupted:
    """When it struck."""

    at = 0.0


@contextmanager
def interrupt(kind: type[BaseException], server: Any, place: dict[str, Any]) -> Iterator[Interrupted]:
    """Raise it in the main thread while the call waits there: as the handler of Ctrl-C does."""
    struck = Interrupted()

    def strike(*_: object) -> None:
        struck.at = time.monotonic()
        raise kind

    def press() -> None:
        limit = time.monotonic() + 5
        while not waits(server, place) and time.monotonic() < limit:
            time.sleep(0.005)
        time.sleep(MOMENT)
        os.kill(os.getpid(), signal.SIGALRM)

    before = signal.signal(signal.SIGALRM, strike)
    finger = threading.Thread(target=press)
    finger.start()
    try:
        yield struck
    finally:
        finger.join()
        signal.signal(signal.SIGALRM, before)


@pytest.fixture(params=PLACES, ids=list(PLACES))
def place(request: pytest.FixtureRequest, server: Any) -> dict[str, Any]:
    """Where a call is when it is given up."""
    play(server, PLACES[request.param])
    return PLACES[request.param]


@pytest.mark.parametrize("kind", [KeyboardInterrupt, SystemExit])
def test_an_interrupt_leaves_as_it_came_and_at_once(server: Any, place: Any, kind: type[BaseException]) -> None:
    with limner.Client(**client_options(server.url, stream=place.get("stream", False))) as client:
        with interrupt(kind, server, place) as struck, pytest.raises(kind) as caught:
            client.generate("a cat", provider="acme", timeout=60, **place.get("call", {}))
        assert time.monotonic() - struck.at < SOON
        assert type(caught.value) is kind
        if "call" not in place:  # what runs in other threads ends when the client is closed
            nothing_hangs(server, idle=place["POST"] is BUSY or "GET" in place)
        server.script(events(event({"type": "x.completed", **data()["data"][0]})) if "stream" in place else GOOD)
        assert client.generate("a cat", provider="acme").image.read() == PNG


@pytest.mark.parametrize("kind", [KeyboardInterrupt, SystemExit])
def test_an_interrupt_ends_an_event_loop_at_once(server: Any, place: Any, kind: type[BaseException]) -> None:
    async def main() -> None:
        async with limner.AsyncClient(**client_options(server.url, stream=place.get("stream", False))) as client:
            await client.generate("a cat", provider="acme", timeout=60, **place.get("call", {}))

    with interrupt(kind, server, place) as struck, pytest.raises(kind):
        asyncio.run(main())
    assert time.monotonic() - struck.at < SOON
    nothing_hangs(server)


@pytest.mark.parametrize("engine", ["stock", "fast"])
@pytest.mark.parametrize("times", [1, 2])
def test_a_cancelled_task_is_cancelled_and_the_client_goes_on(
    request: pytest.FixtureRequest, server: Any, place: Any, times: int, engine: str
) -> None:
    """Also where it is cancelled again while it cleans up."""
    if engine == "stock":
        request.getfixturevalue("stock")

    async def main() -> None:
        async with limner.AsyncClient(**client_options(server.url, stream=place.get("stream", False))) as client:
            asking = client.generate("a cat", provider="acme", timeout=60, **place.get("call", {}))
            task = asyncio.ensure_future(asking)
            while not waits(server, place):  # noqa: ASYNC110 - the server is in a thread and knows no loop
                await asyncio.sleep(0.005)
            await asyncio.sleep(MOMENT)
            began = time.monotonic()
            for _ in range(times):
                task.cancel()
                await asyncio.sleep(0)
            with pytest.raises(asyncio.CancelledError):
                await task
            assert time.monotonic() - began < SOON
            server.script(events(event({"type": "x.completed", **data()["data"][0]})) if "stream" in place else GOOD)
            assert (await client.generate("a cat", provider="acme")).image.read() == PNG

    asyncio.run(main())
    nothing_hangs(server)


# The end of the process

PROGRAM = """
import asyncio, sys, threading
import limner

OPTIONS = {{"config": {{"providers": {{"acme": {{
    "base_url": {url!r}, "key_variable": "ACME_KEY", "models": {{"brush": {{"family": "dall-e-3"}}}}
}}}}}}}}
ASK = {{"prompt": "a cat", "model": "acme/brush", "timeout": 60}}

def ask():
    limner.Client(**OPTIONS).generate(**ASK)
"""
ENDS = {
    "a daemon thread is in a call when the program ends": """
        threading.Thread(target=ask, daemon=True).start()
        sys.stdin.readline()
    """,
    "a task is in a call when its event loop ends": """
        async def main():
            task = asyncio.ensure_future(limner.AsyncClient(**OPTIONS).generate(**ASK))
            await asyncio.to_thread(sys.stdin.readline)
        asyncio.run(main())
    """,
    "two calls at once are interrupted": """
        try:
            with limner.Client(**OPTIONS) as client:
                client.generate(**ASK, n=2)
        except KeyboardInterrupt:
            pass
    """,
    "two tasks at once are interrupted": """
        async def main():
            async with limner.AsyncClient(**OPTIONS) as client:
                await client.generate(**ASK, n=2)
        try:
            asyncio.run(main())
        except KeyboardInterrupt:
            pass
    """,
}


@pytest.mark.parametrize("end", ENDS.values(), ids=list(ENDS))
def test_a_program_that_ends_inside_a_call_ends_at_once_and_without_a_word(server: Any, end: str) -> None:
    server.script([60.0])
    program = PROGRAM.format(url=f"{server.url}/v1") + textwrap.dedent(end)
    own = {**os.environ, "ACME_KEY": "key-of-a-test"}
    words = [sys.executable, "-W", "error", "-c", program]
    with subprocess.Popen(words, stdin=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=own) as running:  # noqa: S603 - ours
        limit = time.monotonic() + 20
        while server.posts < 1 + ("n=2" in end):
            assert time.monotonic() < limit
            time.sleep(0.01)
        began = time.monotonic()
        if "n=2" in end:
            running.send_signal(signal.SIGINT)
        said = running.communicate("\n", timeout=20)[1]
        assert time.monotonic() - began < 10  # at once: what is waited for takes 60
    assert said == ""
