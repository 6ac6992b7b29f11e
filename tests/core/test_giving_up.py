"""Ctrl-C in a request of several calls: raised at once, nothing stays behind, and the process can end."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import textwrap
import threading
import time
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import pytest

import limner
from limner import events
from limner.errors import CancelledError, ProtocolError, SchemaError
from limner.threads import GivenUp

if TYPE_CHECKING:
    from collections.abc import Iterator

BUSY = 3.0
"""Seconds in which a busy machine does at once what is to be done at once; what is not, here takes 20."""
SAID = {
    "silent": b"",
    "half a body": b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 99\r\n\r\n{",
    "a body without length": b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n{",
    "busy for long": b"HTTP/1.1 503 X\r\nRetry-After: 20\r\nContent-Length: 2\r\n\r\n{}",
}


class Holding:
    """A server that says something to each request, and then waits until the client hangs up."""

    def __init__(self, said: bytes) -> None:
        self.said = said
        self.asked = threading.Semaphore(0)
        self.left = threading.Semaphore(0)
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self.listener.getsockname()[1]}"
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                connection, _ = self.listener.accept()
                threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        with suppress(OSError), connection:
            connection.settimeout(20)
            while received := connection.recv(65536):
                if received.endswith(b"}"):
                    connection.sendall(self.said)
                    self.asked.release()
        self.left.release()

    def wait(self, semaphore: threading.Semaphore, count: int) -> bool:
        return all(semaphore.acquire(timeout=20) for _ in range(count))


@pytest.fixture(params=SAID.values(), ids=SAID)
def holding(request: pytest.FixtureRequest) -> Iterator[Holding]:
    server = Holding(request.param)
    yield server
    server.listener.close()


def client(plain: Any, server: Any, *observers: Any) -> limner.Client:
    return limner.Client(
        providers=[plain()], keys={"plain": "key"}, base_urls={"plain": server.url}, environ={}, observers=observers
    )


@pytest.mark.skipif(os.name != "posix", reason="Ctrl-C is sent as a signal")
def test_ctrl_c_ends_every_call_and_its_connection_at_once(holding: Holding, plain: Any) -> None:
    told: list[events.Event] = []
    sent: list[float] = []

    def press() -> None:
        if holding.wait(holding.asked, 3):
            sent.append(time.monotonic())
            os.kill(os.getpid(), signal.SIGINT)

    pressing = threading.Thread(target=press)
    pressing.start()
    with client(plain, holding, told.append) as opened:
        with pytest.raises(KeyboardInterrupt):
            opened.generate("a cat", n=6, model="plain/brush")
        assert time.monotonic() - sent[0] < BUSY
        pressing.join()
        for thread in threading.enumerate():
            if thread.name.startswith("limner"):
                thread.join(5)
        assert time.monotonic() - sent[0] < 2 * BUSY
        assert b"503" in holding.said or holding.wait(holding.left, 3), "what is idle may stay"
    ends = [event for event in told if isinstance(event, events.CallFinished)]
    assert [event.kind for event in ends] == ["cancelled"] * 3
    assert b"503" in holding.said or all(event.maybe_billed for event in ends), "what was refused may be read or not"


@pytest.mark.skipif(os.name != "posix", reason="Ctrl-C is sent as a signal")
def test_a_process_that_is_interrupted_ends_within_a_second_or_so(holding: Holding) -> None:
    script = """
        import limner
        from limner.capabilities import Length, OperationCapabilities, Parameter, ProviderCapabilities, Range, Source
        from limner.provider import Bearer, HttpProvider, HttpRequest

        class Plain(HttpProvider):
            name, base_url, key_variable, auth = "plain", "https://plain.example", "PLAIN", Bearer()
            def capabilities(self):
                takes = OperationCapabilities({"prompt": Parameter(Length(9)), "n": Range(1, 1)}, images_per_call=1)
                return ProviderCapabilities((), unknown={"generate": takes}, source=Source("x", "2026-11-21"))
            def map_request(self, call):
                return HttpRequest("POST", "/paint", json=call.wire())

        given = {"keys": {"plain": "key"}, "base_urls": {"plain": "URL"}, "environ": {}}
        limner.Client(providers=[Plain()], **given).generate("a cat", n=3, model="plain/brush")
    """
    command = [sys.executable, "-c", textwrap.dedent(script).replace("URL", holding.url)]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as process:  # noqa: S603 - our own interpreter
        assert holding.wait(holding.asked, 3)
        process.send_signal(signal.SIGINT)
        began = time.monotonic()
        _, said = process.communicate(timeout=20)
    assert time.monotonic() - began < 2 * BUSY
    assert process.returncode == -signal.SIGINT
    assert said.rstrip().endswith("KeyboardInterrupt")


@pytest.mark.skipif(os.name != "posix", reason="Ctrl-C is sent as a signal")
def test_ctrl_c_ends_a_download_that_waits_to_be_tried_again(server: Any, plain: Any) -> None:
    waiting = threading.Semaphore(0)

    def api(asked: Any) -> Any:
        if asked.method == "POST":
            return server.reply(json={"data": [{"url": f"{server.url}/cat.png"}] * 2})
        waiting.release()
        return server.reply(status=503, headers={"Retry-After": "20"})

    def press() -> None:
        if all(waiting.acquire(timeout=20) for _ in range(2)):
            time.sleep(0.2)
            os.kill(os.getpid(), signal.SIGINT)

    server.api = api
    threading.Thread(target=press).start()
    began = time.monotonic()
    with client(plain, server) as opened, pytest.raises(KeyboardInterrupt):
        opened.generate("a cat", n=4, model="plain/brush")
    for thread in threading.enumerate():
        if thread.name.startswith("limner"):
            thread.join(15)
    assert time.monotonic() - began < 2 * BUSY


# What was given up


def test_what_broke_because_a_request_was_given_up_says_so() -> None:
    given_up = GivenUp()
    broken, other = ProtocolError("x", phase="unknown"), SchemaError("y")
    assert given_up.said(broken) is broken
    given_up.set()
    said = given_up.said(broken)
    assert (type(said), said.phase) == (CancelledError, "unknown")
    assert given_up.said(other) is other


def test_giving_up_wakes_all_that_wait() -> None:
    given_up, woken = GivenUp(), []
    for number in range(2):
        given_up.wakes(lambda number=number: woken.append(number))  # type: ignore[misc]
    given_up.set()
    assert woken == [0, 1]


def test_who_waits_is_woken_and_told() -> None:
    given_up = GivenUp()
    threading.Timer(0.05, given_up.set).start()
    began = time.monotonic()
    with pytest.raises(CancelledError):
        given_up.sleep(20)
    assert time.monotonic() - began < BUSY


@pytest.mark.parametrize("seconds", [1e11, float("inf")])
def test_a_wait_may_be_longer_than_a_lock_can_count(seconds: float) -> None:
    given_up = GivenUp()
    threading.Timer(0.05, given_up.set).start()
    with pytest.raises(CancelledError):
        given_up.sleep(seconds)


def test_who_comes_later_does_not_begin_to_wait() -> None:
    given_up = GivenUp()
    given_up.set()
    began = time.monotonic()
    with pytest.raises(CancelledError):
        given_up.sleep(20)
    assert time.monotonic() - began < BUSY


def test_a_wait_that_is_over_leaves_nothing_to_wake() -> None:
    given_up = GivenUp()
    given_up.sleep(0)
    assert given_up._wakes == []
