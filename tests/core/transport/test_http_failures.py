"""A deadline holds whatever the server does, and a failure says how far the request came: sync and async."""

from __future__ import annotations

import socket
import ssl
import threading
import time
import traceback
from typing import TYPE_CHECKING, Any

import pytest

from limner.errors import ConfigError, ConnectError, DeadlineError, ProtocolError, TLSError
from limner.transport.deadline import Deadline
from limner.transport.http import SyncWire, WireRequest

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

KEY = "sk-canary-1234"
LATE = 0.5


def get(url: str, *headers: tuple[str, str]) -> WireRequest:
    return WireRequest("GET", url, headers)


def echo(talk: Any) -> None:
    while received := talk.request():
        talk.answer(received)


# Deadlines


def head_drip(talk: Any) -> None:
    talk.request()
    talk.drip(b"HTTP/1.1 200 OK\r\nX: " + b"x" * 200, 0.05)


def body_drip(talk: Any) -> None:
    talk.request()
    talk.send(b"HTTP/1.1 200 OK\r\nContent-Length: 200\r\n\r\n")
    talk.drip(b"x" * 200, 0.05)


def silence(talk: Any) -> None:
    talk.request()
    talk.hold()


@pytest.mark.parametrize("script", [head_drip, body_drip, silence])
def test_no_server_outlasts_the_deadline(serve: Any, once: Any, stopwatch: Any, script: Any) -> None:
    server = serve(script)
    began = stopwatch()
    with pytest.raises(DeadlineError, match=r"0\.4 s passed while talking to 127") as caught:
        once(WireRequest("POST", server.url, (), b"x"), 0.4)
    assert 0.3 < stopwatch() - began < 0.4 + LATE
    assert caught.value.phase == "unknown"


def test_a_server_that_does_not_read_is_cut_too(serve: Any, once: Any, stopwatch: Any) -> None:
    stop = threading.Event()

    def script(talk: Any) -> None:
        del talk
        stop.wait(5)

    server = serve(script)
    began = stopwatch()
    with pytest.raises(DeadlineError) as caught:
        once(WireRequest("POST", server.url, (), b"x" * (64 << 20)), 0.4)
    assert stopwatch() - began < 0.4 + LATE
    assert caught.value.phase == "unknown"
    stop.set()


def test_a_handshake_that_hangs_was_not_sent(serve: Any, once: Any, stopwatch: Any) -> None:
    server = serve(lambda talk: talk.hold())
    began = stopwatch()
    with pytest.raises(DeadlineError) as caught:
        once(get(server.url.replace("http", "https")), 0.4)
    assert stopwatch() - began < 0.4 + LATE
    assert caught.value.phase == "not_sent"


def test_a_deadline_that_has_passed_sends_nothing(serve: Any, once: Any) -> None:
    server = serve(echo)
    with pytest.raises(DeadlineError, match="while waiting to be sent") as caught:
        once(get(server.url), 0)
    assert caught.value.phase == "not_sent"
    assert server.accepted == 0


def test_without_a_deadline_everything_works_too(serve: Any, once: Any) -> None:
    assert once(get(serve(echo).url), None).status == 200


LONG = [3e6, 4294967.5, 1e10, 1e300, None]
"""Seconds: more than poll() counts, a hair more than it can tell from none, more than a lock counts; and no end."""


@pytest.mark.parametrize("seconds", LONG)
@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
def test_a_deadline_may_be_as_far_off_as_one_likes(serve: Any, once: Any, seconds: float | None, host: str) -> None:
    def slowly(talk: Any) -> None:
        talk.request()
        talk.stopping.wait(0.3)
        talk.answer()

    assert once(get(serve(slowly).url.replace("127.0.0.1", host)), seconds).status == 200


@pytest.mark.parametrize("seconds", LONG)
def test_so_may_one_who_waits_for_a_free_connection(serve: Any, seconds: float | None) -> None:
    server = serve(echo)
    with SyncWire(trust="server", pool_size=1) as wire:
        response = wire.send(get(server.url), Deadline(5))
        threading.Timer(0.2, response.close).start()
        wire.send(get(server.url), Deadline(seconds)).close()


def test_looking_up_a_name_keeps_the_deadline(stopwatch: Any) -> None:
    def slow(host: str, port: int, deadline: Deadline) -> tuple[str, ...]:
        del host, port
        time.sleep(deadline.left())
        raise TimeoutError

    began = stopwatch()
    with SyncWire(trust="server", resolver=slow) as wire, pytest.raises(DeadlineError) as caught:
        wire.send(get("http://cdn.example"), Deadline(0.3))
    assert stopwatch() - began < 0.3 + LATE
    assert caught.value.phase == "not_sent"


def test_silence_can_be_limited_within_the_deadline(serve: Any, once: Any, stopwatch: Any) -> None:
    server = serve(silence)
    began = stopwatch()
    with pytest.raises(DeadlineError, match="silent for too long") as caught:
        once(get(server.url), 30, silence=0.3)
    assert stopwatch() - began < 0.3 + LATE
    assert caught.value.phase == "unknown"


def test_no_operation_begins_without_time_for_it(serve: Any) -> None:
    with SyncWire(trust="server") as wire, pytest.raises(DeadlineError) as caught:
        wire.send(get(serve(echo).url), Deadline(5), silence=0)
    assert caught.value.phase == "not_sent"


def test_a_full_pool_makes_others_wait_no_longer_than_their_deadline(serve: Any) -> None:
    server = serve(echo)
    with SyncWire(trust="server", pool_size=1) as wire, wire.send(get(server.url), Deadline(5)):
        with pytest.raises(DeadlineError) as caught:
            wire.send(get(server.url), Deadline(0.2))
        assert caught.value.phase == "not_sent"


# Failures and their phases


def unused_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
    return port


def test_refused_was_not_sent(once: Any) -> None:
    with pytest.raises(ConnectError, match=r"no connection could be made \(127\.0\.0\.1\)") as caught:
        once(get(f"http://127.0.0.1:{unused_port()}"))
    assert caught.value.phase == "not_sent"


def test_a_name_without_address_was_not_sent(once: Any) -> None:
    with pytest.raises(ConnectError) as caught:
        once(get("http://nowhere.invalid"))
    assert caught.value.phase == "not_sent"


OK = b"HTTP/1.1 200 OK\r\n"
BREAKS = {
    "closed before": b"",
    "not HTTP": b"SSH-2.0-OpenSSH\r\n\r\n",
    "flood of headers": OK + b"X-Flood: 1\r\n" * 20_000,
    "cut head": OK + b"X: ",
    "cut body": OK + b"Content-Length: 10\r\n\r\nhalf",
    "broken chunks": OK + b"Transfer-Encoding: chunked\r\n\r\nzz\r\n",
    "cut chunks": OK + b"Transfer-Encoding: chunked\r\n\r\n5\r\nhalf",
    "bad length": OK + b"Content-Length: ten\r\n\r\n",
    "two lengths": OK + b"Content-Length: 1\r\nContent-Length: 2\r\n\r\nx",
}


@pytest.mark.parametrize("reset", [False, True], ids=["closed", "reset"])
@pytest.mark.parametrize("said", BREAKS.values(), ids=BREAKS)
def test_what_breaks_after_sending_is_of_unknown_outcome(serve: Any, once: Any, said: bytes, *, reset: bool) -> None:
    def script(talk: Any) -> None:
        talk.request()
        talk.send(said)
        if reset:
            time.sleep(0.05)
            talk.reset()

    with pytest.raises(ProtocolError) as caught:
        once(WireRequest("POST", serve(script).url, (), b"x"))
    assert caught.value.phase == "unknown"


def test_an_error_keeps_nothing_of_the_original_but_its_name(serve: Any, once: Any) -> None:
    """What httpx raises can hold the request, and with it the key."""
    server = serve(lambda talk: talk.request())
    request = get(f"{server.url}/?api_key={KEY}", ("Authorization", f"Bearer {KEY}"))
    with pytest.raises(ProtocolError) as caught:
        once(request)
    assert caught.value.__notes__ in (["httpx.RemoteProtocolError"], ["aiohttp.ServerDisconnectedError"])
    assert (caught.value.__cause__, caught.value.__context__) == (None, None)
    lines = traceback.TracebackException.from_exception(caught.value, capture_locals=True).format()
    assert KEY not in "".join(line for line in lines if "test_http_failures.py" not in line)


def test_a_broken_body_maker_raises_as_it_is(serve: Any, once: Any) -> None:
    def broken() -> Iterator[bytes]:
        yield b"x"
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        once(WireRequest("POST", serve(echo).url, (), broken, 2))


# TLS


def test_a_certificate_that_nobody_vouches_for_is_refused_for_good(serve: Any, once: Any, tls: ssl.SSLContext) -> None:
    with pytest.raises(TLSError, match=r"certificate of 127\.0\.0\.1 was refused: self-signed") as caught:
        once(get(serve(echo, tls).url))
    assert caught.value.phase == "final"


def test_a_server_that_does_not_speak_tls_was_sent_nothing(serve: Any, once: Any) -> None:
    server = serve(lambda talk: talk.send(b"HTTP/1.1 400 Bad Request\r\n\r\n"))
    with pytest.raises((TLSError, ConnectError)) as caught:
        once(get(server.url.replace("http", "https")))
    assert caught.value.phase == "not_sent"


@pytest.mark.parametrize("form", ["context", "path"])
def test_a_bundle_of_one_s_own_is_trusted(
    serve: Any, once: Any, tls: ssl.SSLContext, certificate: Path, form: str
) -> None:
    verify = certificate if form == "path" else ssl.create_default_context(cafile=certificate)
    assert once(get(serve(echo, tls).url), wire={"verify": verify}).status == 200


def test_a_bundle_that_cannot_be_read_is_named(once: Any, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"CA bundle .*none\.pem cannot be used"):
        once(get("https://127.0.0.1:9"), wire={"verify": tmp_path / "none.pem"})


def test_a_drip_inside_tls_is_cut_too(
    serve: Any, once: Any, tls: ssl.SSLContext, certificate: Path, stopwatch: Any
) -> None:
    server = serve(body_drip, tls)
    began = stopwatch()
    with pytest.raises(DeadlineError):
        once(get(server.url), 0.5, wire={"verify": certificate})
    assert stopwatch() - began < 0.5 + LATE
