"""What goes over the wire, what comes back, and that a deadline holds: sync and async, over real sockets."""

from __future__ import annotations

import os
import ssl
import threading
import time
import traceback
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import pytest

from limner.errors import (
    ConfigError,
    ConnectError,
    DeadlineError,
    ProtocolError,
    TLSError,
)
from limner.transport.deadline import Deadline
from limner.transport.http import Headers, SyncWire, WireRequest, shown

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


# Values


def test_a_request_shows_neither_header_values_nor_its_query() -> None:
    request = get(f"https://user:{KEY}@api.example/v1?api_key={KEY}#{KEY}", ("Authorization", KEY))
    assert repr(request) == "<WireRequest GET https://api.example/v1?... [Authorization]>"


def test_what_is_no_url_is_not_shown_at_all() -> None:
    assert shown(f"http://[{KEY}") == "<not a URL>"


def test_headers_are_read_in_any_case_and_joined() -> None:
    headers = Headers([(b"X-One", b"1"), (b"x-two", b"2"), (b"X-TWO", b"\xe9")])
    assert (headers["x-one"], headers["X-Two"]) == ("1", "2, é")
    assert "X-ONE" in headers
    assert not Headers.__contains__(headers, 1)
    assert dict(headers) == {"x-one": "1", "x-two": "2, é"}
    assert len(headers) == 2


def test_headers_show_their_names_only() -> None:
    assert repr(Headers([(b"Location", KEY.encode())])) == "<Headers location>"


# What is sent


def test_a_request_bears_its_own_headers_and_ours_and_no_other(serve: Any, once: Any) -> None:
    server = serve(echo)
    sent = once(WireRequest("POST", f"{server.url}/v1?a=b%2Fc", (("X-Own", "1"),), b"body")).body
    head, _, body = sent.partition(b"\r\n\r\n")
    lines = head.decode().split("\r\n")
    assert lines[0] == "POST /v1?a=b%2Fc HTTP/1.1"
    assert sorted(lines[1:]) == [
        "Accept-Encoding: gzip, deflate",
        "Content-Length: 4",
        f"Host: 127.0.0.1:{server.port}",
        "User-Agent: limner/0.1.0",
        "X-Own: 1",
    ]
    assert body == b"body"


def test_the_user_agent_can_be_another(serve: Any, once: Any) -> None:
    sent = once(get(serve(echo).url, ("user-agent", "host/2"))).body
    assert b"user-agent: host/2" in sent.lower()
    assert b"limner" not in sent


def test_what_frames_a_message_is_ours_alone(serve: Any, once: Any) -> None:
    """A provider that sets a length, a host or an encoding of its own could smuggle or break responses."""
    headers = (("Content-Length", "9"), ("Host", "evil.example"), ("Accept-Encoding", "br"), ("Connection", "close"))
    sent = once(WireRequest("POST", serve(echo).url, headers, b"1234")).body
    assert b"Content-Length: 4" in sent
    assert b"evil" not in sent
    assert b"br" not in sent
    assert b"close" not in sent


def test_a_get_has_no_length_and_an_empty_post_has_zero(serve: Any, once: Any) -> None:
    server = serve(echo)
    assert b"Content-Length" not in once(get(server.url)).body
    assert b"Content-Length: 0" in once(WireRequest("POST", server.url)).body


def test_a_made_body_of_known_length_is_sent_with_it(serve: Any, once: Any) -> None:
    request = WireRequest("POST", serve(echo).url, (), lambda: iter([b"ab", b"cd"]), 4)
    sent = once(request).body
    assert b"Content-Length: 4" in sent
    assert sent.endswith(b"\r\n\r\nabcd")


def test_a_made_body_of_unknown_length_is_sent_in_chunks(serve: Any, once: Any) -> None:
    sent = once(WireRequest("POST", serve(echo).url, (), lambda: iter([b"ab", b"cd"]))).body
    assert b"Transfer-Encoding: chunked" in sent
    assert sent.endswith(b"2\r\nab\r\n2\r\ncd\r\n0\r\n\r\n")


def test_the_same_request_can_be_sent_again(serve: Any, once: Any) -> None:
    request = WireRequest("POST", serve(echo).url, (), lambda: iter([b"ab"]), 2)
    assert once(request).body == once(request).body


def test_a_large_body_arrives_whole(serve: Any, once: Any) -> None:
    body = os.urandom(3_000_001)
    assert once(WireRequest("POST", serve(echo).url, (), body)).body.endswith(body)


@pytest.mark.parametrize("value", [f"{KEY}\n", f" {KEY}", f"{KEY}\r\nX: 1", f"{KEY}é", f"{KEY}\x00"])
def test_a_header_that_cannot_be_sent_is_named_and_not_shown(once: Any, value: str) -> None:
    with pytest.raises(ConfigError, match="'X-Key' has characters") as caught:
        once(get("http://127.0.0.1:9", ("X-Key", value)))
    assert KEY not in "".join(traceback.format_exception(caught.value))


def test_a_header_s_name_is_a_token(once: Any) -> None:
    with pytest.raises(ConfigError, match="'X Key' has characters"):
        once(get("http://127.0.0.1:9", ("X Key", "1")))


@pytest.mark.parametrize("url", ["ftp://x/", "/v1", "", "http://", f"http://[{KEY}/", f"https://h\x00{KEY}"])
def test_a_url_that_cannot_be_sent_is_not_shown(once: Any, url: str) -> None:
    with pytest.raises(ConfigError, match="not an http or https URL") as caught:
        once(get(url))
    assert KEY not in str(caught.value)


# What comes back


def test_a_response_has_status_headers_and_body(serve: Any, once: Any) -> None:
    def script(talk: Any) -> None:
        talk.request()
        talk.answer(b"no", "X-Id: 7", status=418)

    reply = once(get(serve(script).url))
    assert (reply.status, reply.headers["x-id"], reply.body) == (418, "7", b"no")


def test_bodies_come_as_they_were_sent_not_inflated(serve: Any, once: Any) -> None:
    def script(talk: Any) -> None:
        talk.request()
        talk.answer(b"\x1f\x8bnot gzip", "Content-Encoding: gzip")

    assert once(get(serve(script).url)).body == b"\x1f\x8bnot gzip"


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_redirects_are_answers(serve: Any, once: Any, status: int) -> None:
    def script(talk: Any) -> None:
        talk.request()
        talk.answer(b"", "Location: http://127.0.0.1:9/", status=status)

    server = serve(script)
    assert once(get(server.url)).status == status
    assert server.accepted == 1


def test_cookies_are_not_kept(serve: Any) -> None:
    def script(talk: Any) -> None:
        while received := talk.request():
            talk.answer(received, "Set-Cookie: a=b; Path=/")

    server = serve(script)
    with SyncWire(trust="server") as wire:
        for _ in range(2):
            with wire.send(get(server.url), Deadline(5)) as response:
                assert b"cookie" not in b"".join(response.chunks()).lower()


def test_a_connection_is_used_again_once_its_body_was_read(serve: Any) -> None:
    server = serve(echo)
    with SyncWire(trust="server") as wire:
        for _ in range(3):
            with wire.send(get(server.url), Deadline(5)) as response:
                list(response.chunks())
    assert server.accepted == 1


def test_a_response_that_was_closed_has_no_more_chunks(serve: Any) -> None:
    server = serve(echo)
    with SyncWire(trust="server") as wire:
        response = wire.send(get(server.url), Deadline(5))
        response.close()
        response.close()
        assert list(response.chunks()) == []


def test_sixteen_threads_never_get_each_other_s_replies(serve: Any) -> None:
    server = serve(echo)
    with SyncWire(trust="server") as wire:

        def call(number: int) -> bool:
            with wire.send(get(f"{server.url}/{number}"), Deadline(20)) as response:
                return f"GET /{number} ".encode() in b"".join(response.chunks())

        with ThreadPoolExecutor(16) as pool:
            assert all(pool.map(call, range(128)))


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


def test_a_full_pool_makes_others_wait_no_longer_than_their_deadline(serve: Any) -> None:
    server = serve(echo)
    with SyncWire(trust="server", pool_size=1) as wire, wire.send(get(server.url), Deadline(5)):
        with pytest.raises(DeadlineError) as caught:
            wire.send(get(server.url), Deadline(0.2))
        assert caught.value.phase == "not_sent"


# Failures and their phases


def unused_port() -> int:
    import socket  # noqa: PLC0415 - only here

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
    assert caught.value.__notes__ == ["httpx.RemoteProtocolError"]
    assert (caught.value.__cause__, caught.value.__context__) == (None, None)
    lines = traceback.TracebackException.from_exception(caught.value, capture_locals=True).format()
    assert KEY not in "".join(line for line in lines if "test_http.py" not in line)


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
