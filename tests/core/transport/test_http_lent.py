"""Connections that are not ours: lent clients, and proxies from the environment."""

from __future__ import annotations

import asyncio
import os
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from limner.errors import ConfigError, ConnectError, LimnerError, ProtocolError
from limner.transport.deadline import Deadline
from limner.transport.http import AsyncWire, SyncWire, WireRequest

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterator

KEY = "sk-canary-1234"


def get(url: str, *headers: tuple[str, str]) -> WireRequest:
    return WireRequest("GET", url, headers)


def fetch(wire: SyncWire, url: str) -> bytes:
    with wire.send(get(url), Deadline(5)) as response:
        return b"".join(response.chunks())


async def afetch(wire: AsyncWire, url: str) -> bytes:
    async with await wire.send(get(url), Deadline(5)) as response:
        return b"".join([chunk async for chunk in response.chunks()])


# Lent clients


def answering(request: httpx.Request) -> httpx.Response:
    return httpx.Response(200, text=f"{request.method} {request.url} {sorted(request.headers)}")


def test_a_lent_client_s_connections_are_used_and_nothing_else_of_it() -> None:
    with httpx.Client(
        transport=httpx.MockTransport(answering), headers={"X-Theirs": "1"}, cookies={"a": "b"}, auth=("user", KEY)
    ) as client:
        said = fetch(SyncWire(client=client), "http://x.example/v1").decode()
        assert not client.is_closed
    assert said == "GET http://x.example/v1 ['accept-encoding', 'host', 'user-agent']"


def test_a_lent_client_s_mounts_are_used() -> None:
    mounts = {"all://x.example": httpx.MockTransport(lambda _: httpx.Response(200, text="mounted"))}
    with httpx.Client(mounts=mounts) as client:
        assert fetch(SyncWire(client=client), "http://x.example/v1") == b"mounted"


def test_a_lent_client_is_never_closed() -> None:
    closed: list[bool] = []

    class Transport(httpx.BaseTransport):
        def handle_request(self, request: httpx.Request) -> httpx.Response:
            return answering(request)

        def close(self) -> None:
            closed.append(True)

    with SyncWire(client=Transport()) as wire:
        fetch(wire, "http://x.example")
    assert closed == []


def test_a_lent_async_client_serves_and_stays_open() -> None:
    async def main() -> None:
        async with httpx.AsyncClient(transport=httpx.MockTransport(answering)) as client:
            async with AsyncWire(client=client) as wire:
                assert (await afetch(wire, "http://x.example")).startswith(b"GET http://x.example")
                assert wire.route("http://x.example") == "lent"
            assert not client.is_closed

    asyncio.run(main())


def test_a_lent_client_that_is_closed_is_an_error_before_sending() -> None:
    client = httpx.Client(transport=httpx.MockTransport(answering))
    client.close()
    with pytest.raises(ConfigError, match="was lent is closed"):
        fetch(SyncWire(client=client), "http://x.example")


@pytest.mark.parametrize("client", ["httpx", httpx.AsyncClient])
def test_only_a_client_of_the_right_kind_can_be_lent(client: object) -> None:
    with pytest.raises(ConfigError, match=r"must be an httpx\.Client or httpx\.BaseTransport"):
        fetch(SyncWire(client=client), "http://x.example")


@pytest.mark.parametrize(
    ("raised", "kind", "phase"),
    [
        (httpx.ConnectError("x"), ConnectError, "not_sent"),
        (httpx.PoolTimeout("x"), ConnectError, "not_sent"),
        (httpx.ReadError("x"), ProtocolError, "unknown"),
        (httpx.ReadTimeout("x"), LimnerError, "unknown"),
        (httpx.LocalProtocolError(KEY), ProtocolError, "unknown"),
        (OSError(5, "Input/output error"), ProtocolError, "unknown"),
    ],
)
def test_of_a_strange_transport_only_what_is_certain_counts_as_not_sent(
    raised: Exception, kind: type[LimnerError], phase: str
) -> None:
    def failing(_: httpx.Request) -> httpx.Response:
        raise raised

    with pytest.raises(kind) as caught:
        fetch(SyncWire(client=httpx.MockTransport(failing)), "http://x.example")
    assert caught.value.phase == phase
    assert KEY not in str(caught.value)


def test_a_lent_transport_over_sockets_tells_how_far_it_came(serve: Any) -> None:
    server = serve(lambda talk: talk.hold())
    with httpx.HTTPTransport() as transport, pytest.raises(LimnerError) as caught:
        SyncWire(client=transport).send(get(server.url.replace("http", "https")), Deadline(0.3))
    assert caught.value.phase == "not_sent"


STRANGE = [httpx.TooManyRedirects, httpx.DecodingError, httpx.StreamError, RuntimeError, KeyError]
"""What a lent transport may raise and httpx does not count among failures of transport; they hold the request."""


class Odd(httpx.BaseTransport, httpx.AsyncBaseTransport, httpx.SyncByteStream, httpx.AsyncByteStream):
    """Fails at one stage, with a word that holds the key."""

    def __init__(self, kind: type[Exception], stage: str) -> None:
        self.kind, self.stage = kind, stage

    def fail(self, stage: str) -> None:
        if stage == self.stage:
            raise self.kind(KEY)

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        try:
            self.fail("send")
        except httpx.RequestError as error:
            error.request = request
            raise
        return httpx.Response(200, stream=self)

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        return self.handle_request(request)

    def __iter__(self) -> Iterator[bytes]:
        yield b"whole"
        self.fail("read")

    async def __aiter__(self) -> AsyncIterator[bytes]:
        for piece in self:
            yield piece

    def close(self) -> None:
        self.fail("close")

    async def aclose(self) -> None:
        self.fail("close")


@pytest.fixture(params=["sync", "async"])
def by(request: pytest.FixtureRequest) -> Callable[[Odd], bytes]:
    """What comes over a lent transport, sync and async."""
    if request.param == "sync":
        return lambda odd: fetch(SyncWire(client=odd), "http://x.example")
    return lambda odd: asyncio.run(afetch(AsyncWire(client=odd), "http://x.example"))


@pytest.mark.parametrize("kind", STRANGE)
@pytest.mark.parametrize("stage", ["send", "read"])
def test_whatever_a_lent_transport_raises_is_an_error_of_ours_and_holds_no_request(
    by: Any, kind: type[Exception], stage: str
) -> None:
    with pytest.raises(ProtocolError, match=r"x\.example") as caught:
        by(Odd(kind, stage))
    error = caught.value
    assert (error.phase, error.__cause__, error.__context__) == ("unknown", None, None)
    assert error.__notes__ == [f"{kind.__module__.partition('.')[0]}.{kind.__name__}"]
    assert KEY not in repr([error, error.__notes__, vars(error)])


@pytest.mark.parametrize("kind", STRANGE)
def test_a_lent_transport_that_cannot_let_go_takes_no_answer_away(by: Any, kind: type[Exception]) -> None:
    assert by(Odd(kind, "close")) == b"whole"


@pytest.mark.parametrize("seconds", [3e6, 4294967.5, 1e10, None])
def test_over_lent_sockets_too_a_deadline_may_be_far_off(serve: Any, seconds: float | None) -> None:
    def slowly(talk: Any) -> None:
        talk.request()
        talk.stopping.wait(0.3)
        talk.answer()

    with httpx.HTTPTransport() as transport:
        assert SyncWire(client=transport).send(get(serve(slowly).url), Deadline(seconds)).status == 200


# Proxies


@pytest.fixture
def no_proxies(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    for name in list(os.environ):
        if name.lower().endswith("_proxy"):
            monkeypatch.delenv(name)
    return monkeypatch


def proxy(talk: Any) -> None:
    asked = talk.request()
    if asked.startswith(b"CONNECT"):
        talk.send(b"HTTP/1.1 407 No\r\nContent-Length: 0\r\n\r\n")
    else:
        talk.answer(b"by proxy: " + asked)


def test_local_trust_takes_proxies_from_the_environment(serve: Any, once: Any, no_proxies: Any) -> None:
    no_proxies.setenv("HTTP_PROXY", serve(proxy).url)
    said = once(get("http://api.example/v1"), wire={"trust": "local"}).body
    assert said.startswith(b"by proxy: GET http://api.example/v1 ")


def test_server_trust_does_not(serve: Any, once: Any, no_proxies: Any) -> None:
    server = serve(proxy)
    no_proxies.setenv("HTTP_PROXY", server.url)
    with pytest.raises(ConnectError):
        once(get("http://api.invalid/v1"))
    assert server.accepted == 0


def test_no_proxy_is_heeded(no_proxies: Any) -> None:
    no_proxies.setenv("ALL_PROXY", "http://proxy.example:3128")
    no_proxies.setenv("NO_PROXY", "direct.example")
    with SyncWire(trust="local") as wire:
        assert wire.route("https://a.direct.example/v1") == "direct"
        assert wire.route("https://other.example/v1") == "proxy"


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "[::1]", "sandbox.localhost"])
def test_loopback_is_never_behind_a_proxy(no_proxies: Any, host: str) -> None:
    no_proxies.setenv("ALL_PROXY", "http://proxy.example:3128")
    with SyncWire(trust="local") as wire:
        assert wire.route(f"http://{host}:8080/v1") == "direct"


def test_a_proxy_that_refuses_was_sent_nothing_and_keeps_its_password(serve: Any, once: Any, no_proxies: Any) -> None:
    server = serve(proxy)
    no_proxies.setenv("HTTPS_PROXY", server.url.replace("://", f"://user:{KEY}@"))
    with pytest.raises(ConnectError, match="proxy made no connection") as caught:
        once(get("https://api.example/v1"), wire={"trust": "local"})
    assert caught.value.phase == "not_sent"
    assert KEY not in str(caught.value)


def test_a_proxy_that_falls_silent_in_the_tunnel_was_sent_nothing(serve: Any, once: Any, no_proxies: Any) -> None:
    """The CONNECT was sent, and the request it was for was not."""

    def tunnel(talk: Any) -> None:
        talk.request()
        talk.send(b"HTTP/1.1 200 OK\r\n\r\n")
        talk.hold()

    no_proxies.setenv("HTTPS_PROXY", serve(tunnel).url)
    with pytest.raises(LimnerError) as caught:
        once(get("https://api.example/v1"), 0.4, wire={"trust": "local"})
    assert (caught.value.kind, caught.value.phase) == ("timeout", "not_sent")


@pytest.mark.parametrize("url", ["gopher://proxy.example", f"socks5://u:{KEY}@proxy.example", f"http://[{KEY}"])
def test_a_proxy_that_cannot_be_used_is_an_error_without_its_password(no_proxies: Any, once: Any, url: str) -> None:
    no_proxies.setenv("ALL_PROXY", url)
    with pytest.raises((ConfigError, ConnectError)) as caught:
        once(get("http://api.example"), wire={"trust": "local"})
    assert KEY not in str(caught.value) or "[" in url


def test_a_proxy_may_be_named_without_a_scheme(serve: Any, once: Any, no_proxies: Any) -> None:
    no_proxies.setenv("HTTP_PROXY", serve(proxy).url.removeprefix("http://"))
    assert once(get("http://api.example/v1"), wire={"trust": "local"}).body.startswith(b"by proxy")


def test_what_is_no_url_goes_nowhere_in_particular() -> None:
    """It is refused where it is looked at."""
    with SyncWire(trust="server") as wire:
        assert wire.route("http://[nobody") == "direct"
