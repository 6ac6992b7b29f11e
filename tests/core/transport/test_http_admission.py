"""Who is asked before an address is connected to, and what logs and recorders get to see."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

import pytest
import vcr  # type: ignore[import-untyped]

from limner.errors import ConnectError, LimnerError, ProtocolError, SSRFBlockedError
from limner.transport.deadline import Deadline
from limner.transport.http import SyncWire, WireRequest

if TYPE_CHECKING:
    import ssl
    from collections.abc import Sequence
    from pathlib import Path

KEY = "sk-canary-1234"


def get(url: str, *headers: tuple[str, str]) -> WireRequest:
    return WireRequest("GET", url, headers)


def echo(talk: Any) -> None:
    while received := talk.request():
        talk.answer(received)


def fetch(wire: SyncWire, url: str) -> bytes:
    with wire.send(get(url), Deadline(5)) as response:
        return b"".join(response.chunks())


# Admission


@pytest.fixture
def named(serve: Any) -> tuple[Any, str]:
    server = serve(echo)
    return server, server.url.replace("127.0.0.1", "cdn.example")


def resolver(*_: object) -> tuple[str, ...]:
    return ("::1", "127.0.0.1")


def test_every_address_is_asked_about_before_one_is_connected_to(named: Any, once: Any) -> None:
    _, url = named
    asked: list[Sequence[str]] = []
    said = once(get(url), wire={"resolver": resolver}, admit=asked.append).body
    assert asked == [("::1", "127.0.0.1")]
    assert f"Host: {url.removeprefix('http://')}".encode() in said


def test_an_address_that_is_refused_is_not_connected_to(named: Any, once: Any) -> None:
    server, url = named

    def refuse(_: object) -> None:
        raise SSRFBlockedError("no", phase="final")

    with pytest.raises(SSRFBlockedError):
        once(get(url), wire={"resolver": resolver}, admit=refuse)
    assert server.accepted == 0


def test_a_connection_that_was_not_asked_about_is_not_used_where_one_must_be(named: Any) -> None:
    server, url = named
    asked: list[Sequence[str]] = []
    with SyncWire(trust="server", resolver=resolver) as wire:
        fetch(wire, url)
        for _ in range(2):
            with wire.send(get(url), Deadline(5), admit=asked.append) as response:
                list(response.chunks())
    assert (server.accepted, len(asked)) == (2, 1)


@pytest.mark.parametrize("addresses", [(), ("::1",)])
def test_without_a_usable_address_nothing_was_sent(named: Any, once: Any, addresses: tuple[str, ...]) -> None:
    with pytest.raises(ConnectError) as caught:
        once(get(named[1]), wire={"resolver": lambda *_: addresses}, admit=lambda _: None)
    assert caught.value.phase == "not_sent"


def test_a_name_that_resolves_nowhere_was_not_sent(named: Any, once: Any) -> None:
    def nowhere(*_: object) -> tuple[str, ...]:
        raise OSError(-2, "Name or service not known")

    with pytest.raises(ConnectError, match="Name or service not known"):
        once(get(named[1]), wire={"resolver": nowhere}, admit=lambda _: None)


def test_tls_is_checked_against_the_name_not_the_address(
    serve: Any, once: Any, tls: ssl.SSLContext, certificate: Path
) -> None:
    url = serve(echo, tls).url.replace("127.0.0.1", "cdn.example")
    wire = {"resolver": lambda *_: ("127.0.0.1",), "verify": certificate}
    assert once(get(url), wire=wire, admit=lambda _: None).status == 200
    with pytest.raises(LimnerError, match="Hostname mismatch"):
        once(get(url.replace("cdn", "other")), wire=wire, admit=lambda _: None)


# Logs and recorders


def test_no_log_record_holds_a_key(serve: Any, once: Any, caplog: pytest.LogCaptureFixture) -> None:
    """httpx logs URLs at INFO, httpcore response headers at DEBUG; a server may echo a key in those."""

    def script(talk: Any) -> None:
        talk.request()
        talk.answer(b"", f"Location: /?api_key={KEY}", f"Set-Cookie: {KEY}", status=302)

    request = get(f"{serve(script).url}/?api_key={KEY}", ("Authorization", f"Bearer {KEY}"))
    with caplog.at_level(logging.DEBUG):
        assert once(request).headers["set-cookie"] == KEY
    assert any(record.name.startswith(("httpcore", "asyncio")) for record in caplog.records)
    assert KEY not in caplog.text


def test_no_log_record_holds_what_failed(serve: Any, once: Any, caplog: pytest.LogCaptureFixture) -> None:
    server = serve(lambda talk: talk.request() and talk.send(f"HTTP/1.1 {KEY}\r\n\r\n".encode()))
    with caplog.at_level(logging.DEBUG), pytest.raises(ProtocolError):
        once(get(f"{server.url}/?api_key={KEY}"))
    assert KEY not in caplog.text


def test_vcr_records_and_plays_back(serve: Any, once: Any, tmp_path: Path) -> None:
    server = serve(echo)
    cassette = str(tmp_path / "cassette.yaml")
    with vcr.use_cassette(cassette, record_mode="once"):
        recorded = once(WireRequest("POST", server.url, (), lambda: iter([b"body"]), 4)).body
    with vcr.use_cassette(cassette, record_mode="none") as played:
        assert once(WireRequest("POST", server.url, (), lambda: iter([b"body"]), 4)).body == recorded
        assert played.all_played
    assert server.accepted == 1
