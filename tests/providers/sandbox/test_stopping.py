"""A sandbox that stops while it is at work."""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from limner import Client
from limner_sandbox import Sandbox, server
from limner_sandbox.easels import NAME
from limner_sandbox.openai_images import replies

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from limner_sandbox.painter import Commission


def painting() -> int:
    return sum(thread.name == NAME for thread in threading.enumerate())


def until(come: Callable[[], object]) -> None:
    limit = time.monotonic() + 30
    while not come():
        assert time.monotonic() < limit
        time.sleep(0.01)


def stop(sandbox: Sandbox) -> float:
    """The seconds that it takes."""
    began = time.monotonic()
    sandbox.__exit__(None, None, None)
    return time.monotonic() - began


@pytest.fixture
def painted(monkeypatch: pytest.MonkeyPatch) -> Iterator[threading.Event]:
    """Nothing is painted before it is set."""
    event, paint = threading.Event(), replies.paint

    def slowly(commission: Commission) -> bytes:
        assert event.wait(60)
        return paint(commission)

    monkeypatch.setattr(replies, "paint", slowly)
    yield event
    event.set()
    until(lambda: not painting())


@contextmanager
def asked(sandbox: Sandbox, **body: Any) -> Iterator[Any]:
    """The answer to come, of a sandbox that is at work on it."""
    url, key = sandbox.base_url("openai") + "/images/generations", sandbox.key_for("openai")
    sent = {"model": "gpt-image-2", "prompt": "a cat", "size": "16x16", **body}
    with ThreadPoolExecutor(1) as pool, httpx.Client(trust_env=False, timeout=60) as client:
        answer = pool.submit(client.post, url, json=sent, headers={"authorization": f"Bearer {key}"})
        until(painting)
        yield answer


def test_it_does_not_wait_for_large_pictures() -> None:
    with Sandbox() as sandbox, asked(sandbox, n=10, size="3840x2160") as answer:
        assert stop(sandbox) < 3
        with pytest.raises(httpx.TransportError):
            answer.result()
    until(lambda: not painting())


@pytest.mark.usefixtures("painted")
@pytest.mark.parametrize("more", [{}, {"n": 10}, {"stream": True, "partial_images": 1}])
def test_whoever_waits_in_vain_is_hung_up_on_and_nothing_is_said(more: Any, caplog: pytest.LogCaptureFixture) -> None:
    with Sandbox() as sandbox, asked(sandbox, **more) as answer:
        assert stop(sandbox) < 30
        with pytest.raises(httpx.TransportError):
            answer.result()
    assert sandbox.billed == 0
    assert [record.getMessage() for record in caplog.records if record.name.startswith("uvicorn")] == []


@pytest.mark.usefixtures("painted")
def test_it_waits_for_nobody_who_has_gone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(server, "GRACE", 60)
    with Sandbox() as sandbox:
        headers = {"authorization": f"Bearer {sandbox.key_for('openai')}"}
        body = {"model": "gpt-image-2", "prompt": "a cat", "n": 3}
        url = sandbox.base_url("openai") + "/images/generations"
        with pytest.raises(httpx.ReadTimeout):
            httpx.post(url, json=body, headers=headers, trust_env=False, timeout=httpx.Timeout(30, read=0.3))
        until(painting)
        assert stop(sandbox) < 20


def test_whoever_waits_is_answered_within_the_grace(painted: threading.Event, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(server, "GRACE", 60)
    with Sandbox() as sandbox, asked(sandbox) as answer:
        threading.Timer(0.3, painted.set).start()
        stop(sandbox)
        assert answer.result().status_code == 200


def starts(started: server.Server) -> None:
    """Its thread does, and is not waited for."""
    started._thread.start()


@pytest.mark.parametrize("start", [server.Server.start, starts, lambda _: None])
def test_ctrl_c_while_it_starts_leaves_no_thread(monkeypatch: pytest.MonkeyPatch, start: Any) -> None:
    """A thread that serves on would be waited for by the interpreter, for ever."""

    def interrupted(started: server.Server) -> None:
        start(started)
        raise KeyboardInterrupt

    monkeypatch.setattr(server.Server, "start", interrupted)
    before = threading.active_count()
    with pytest.raises(KeyboardInterrupt), Sandbox():
        pass
    until(lambda: threading.active_count() == before)


def test_ctrl_c_while_a_client_is_closed_leaves_no_thread(monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(_: Client) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(Client, "close", interrupted)
    before = threading.active_count()
    with pytest.raises(KeyboardInterrupt), Sandbox() as sandbox:
        sandbox.client()
    assert threading.active_count() == before


PROGRAM = """
import os, signal, threading, time
from limner_sandbox import Sandbox

def press(sandbox):
    while not sandbox.requests:
        time.sleep(0.01)
    time.sleep(0.3)
    os.kill(os.getpid(), signal.SIGINT)

signal.signal(signal.SIGINT, signal.default_int_handler)  # a job in the background would ignore it
try:
    with Sandbox() as sandbox:
        threading.Thread(target=press, args=(sandbox,)).start()
        sandbox.client().generate("a cat", model="openai/gpt-image-2", n=10, size="3840x2160")
except KeyboardInterrupt:
    print(time.time())
"""


def test_ctrl_c_ends_a_program_whose_pictures_are_being_painted_soon_and_without_a_word() -> None:
    pytest.importorskip("limner_openai")
    command = [sys.executable, "-W", "error", "-c", PROGRAM]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)  # noqa: S603 - our own
    assert (done.returncode, done.stderr) == (0, "")
    assert time.time() - float(done.stdout) < 3
