"""What goes over the wire, what comes back, and that a deadline holds: sync and async, over real sockets."""

from __future__ import annotations

import os
import traceback
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from limner.errors import (
    ConfigError,
)
from limner.transport.deadline import Deadline
from limner.transport.http import Headers, SyncWire, WireRequest, shown

KEY = "sk-canary-1234"


def get(url: str, *headers: tuple[str, str]) -> WireRequest:
    return WireRequest("GET", url, headers)


def echo(talk: Any) -> None:
    while received := talk.request():
        talk.answer(received)


# Values


def test_a_request_shows_neither_header_values_nor_its_query() -> None:
    request = get(f"https://user:{KEY}@api.example/v1?api_key={KEY}#{KEY}", ("Authorization", KEY))
    assert repr(request) == "<WireRequest GET https://api.example/v1?... [Authorization]>"


@pytest.mark.parametrize("url", [f"http://[{KEY}", f"user:{KEY}@api.example/v1"])
def test_what_is_no_url_is_not_shown_at_all(url: str) -> None:
    assert shown(url) == "<not a URL>"


def test_no_address_is_shown_as_none() -> None:
    assert not shown("")


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
