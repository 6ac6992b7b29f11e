"""A client over an HTTP client of its host's: used, never closed, and asked for its connections alone."""

from __future__ import annotations

import asyncio
import json
import time
from base64 import b64encode
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import pytest

import limner
from limner.errors import ConfigError, DeadlineError, SSRFBlockedError

KEY = "sk-canary-1234"


@pytest.fixture
def options(plain: Any) -> dict[str, Any]:
    return {"providers": [plain()], "keys": {"plain": KEY}, "environ": {}}


@pytest.fixture
def picture(png: Any) -> bytes:
    return json.dumps({"data": [{"b64_json": b64encode(png()).decode()}]}).encode()


@pytest.fixture
def generate(options: dict[str, Any]) -> Any:
    """``generate(lent, **more)``: by the client of its kind, which leaves it open; its host closes it in the end."""

    def by(lent: Any, *, times: int = 1, call: dict[str, Any] | None = None, **more: Any) -> list[Any]:
        async def later() -> list[Any]:
            try:
                async with limner.AsyncClient(http=lent, **{**options, **more}) as client:
                    return [await client.generate("a cat", **(call or {})) for _ in range(times)]
            finally:
                assert not getattr(lent, "is_closed", False)
                await lent.aclose()

        if isinstance(lent, httpx.AsyncClient | httpx.AsyncBaseTransport):
            return asyncio.run(later())
        try:
            with limner.Client(http=lent, **{**options, **more}) as client:
                return [client.generate("a cat", **(call or {})) for _ in range(times)]
        finally:
            assert not getattr(lent, "is_closed", False)
            lent.close()

    return by


KINDS = [httpx.Client, httpx.AsyncClient]


@pytest.mark.parametrize("kind", KINDS)
def test_a_mock_transport_answers_with_and_without_a_client_around_it(kind: Any, generate: Any, picture: bytes) -> None:
    asked: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(request)
        return httpx.Response(200, content=picture, headers={"Content-Type": "application/json"})

    theirs = {"headers": {"X-Theirs": "1"}, "cookies": {"a": "b"}, "auth": ("u", "p"), "base_url": "https://x.example"}
    lent = kind(transport=httpx.MockTransport(answer), **theirs)
    generate(lent)
    generate(httpx.MockTransport(answer))
    first, second = asked
    assert (first.method, str(first.url)) == ("POST", "https://plain.example/v1/paint")
    assert first.headers["authorization"] == f"Bearer {KEY}"
    assert dict(first.headers) == dict(second.headers)


@pytest.mark.parametrize("kind", KINDS)
def test_over_sockets_its_connections_serve_and_stay(kind: Any, generate: Any, server: Any, picture: bytes) -> None:
    server.script(server.reply(picture, headers={"Content-Type": "application/json"}))
    heard: list[int] = []
    generate(kind(), times=2, base_urls={"plain": server.url}, observers=[lambda _: heard.append(server.connections)])
    assert server.posts == 2
    assert heard[-1] == 1


def test_an_async_client_of_the_hosts_outlives_ours(options: Any, server: Any, picture: bytes) -> None:
    server.script(server.reply(picture, headers={"Content-Type": "application/json"}))

    async def main() -> None:
        async with httpx.AsyncClient() as lent:
            for tenant in ("one", "two"):
                async with limner.AsyncClient(http=lent, base_urls={"plain": server.url}, **options) as client:
                    await client.using(keys={"plain": tenant}).generate("a cat")
            assert (server.posts, server.connections) == (2, 1)
            assert (await lent.get(server.url)).status_code == 200

    asyncio.run(main())


def test_threads_share_it_and_cross_no_answer(options: Any, server: Any, png: Any) -> None:
    def api(asked: Any) -> Any:
        data = b64encode(png(int(asked.json()["prompt"]))).decode()
        return server.reply(json={"data": [{"b64_json": data}]})

    server.api = api
    with httpx.Client() as lent, ThreadPoolExecutor(4) as pool:
        client = limner.Client(http=lent, base_urls={"plain": server.url}, **options)
        widths = range(1, 17)
        results = list(pool.map(lambda width: client.generate(f"{width}"), widths))
    assert [result.image.width for result in results] == list(widths)


@pytest.mark.parametrize("lent", [httpx.Client, httpx.HTTPTransport])
def test_the_deadline_of_a_request_holds_and_not_the_time_limits_of_the_lent(
    generate: Any, server: Any, lent: Any, picture: bytes
) -> None:
    server.script([60.0])
    began = time.monotonic()
    with pytest.raises(DeadlineError) as caught:
        generate(lent(), base_urls={"plain": server.url}, call={"timeout": 0.3})
    assert time.monotonic() - began < 0.8
    assert caught.value.maybe_billed
    server.script([0.2, *server.reply(picture, headers={"Content-Type": "application/json"})])
    assert generate(httpx.Client(timeout=0.05), base_urls={"plain": server.url})


def test_it_holds_under_an_event_loop_too(generate: Any) -> None:
    """Over a transport that has no sockets: httpx's own loses a connection when a request is given up."""

    async def never(_: httpx.Request) -> httpx.Response:
        await asyncio.sleep(60)
        raise AssertionError

    began = time.monotonic()
    with pytest.raises(DeadlineError):
        generate(httpx.AsyncClient(transport=httpx.MockTransport(never)), call={"timeout": 0.3})
    assert time.monotonic() - began < 0.8


def test_a_key_is_in_no_log_of_a_lent_client(generate: Any, server: Any, picture: bytes, caplog: Any) -> None:
    caplog.set_level("DEBUG")
    server.script(server.reply(picture, headers={"Content-Type": "application/json"}))
    generate(httpx.Client(), base_urls={"plain": server.url})
    assert KEY not in caplog.text


def test_what_a_provider_links_to_is_guarded_all_the_same(generate: Any) -> None:
    """A private address is refused before the lent client is asked for it."""
    asked: list[str] = []

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(request.url.host)
        return httpx.Response(200, json={"data": [{"url": "http://127.0.0.1:9/cat.png"}]})

    with pytest.raises(SSRFBlockedError):
        generate(httpx.MockTransport(answer), trust="server")
    assert asked == ["plain.example"]


@pytest.mark.parametrize(
    ("make", "wrong", "wanted"),
    [
        (limner.Client, httpx.AsyncClient, "an httpx.Client or httpx.BaseTransport, not AsyncClient"),
        (limner.AsyncClient, httpx.Client, "an httpx.AsyncClient or httpx.AsyncBaseTransport, not Client"),
        (limner.Client, lambda: "httpx", "an httpx.Client or httpx.BaseTransport, not str"),
    ],
)
def test_what_is_lent_is_looked_at_where_it_is_given(options: Any, make: Any, wrong: Any, wanted: str) -> None:
    with pytest.raises(ConfigError, match=f"http must be {wanted}") as caught:
        make(http=wrong(), **options)
    assert caught.value.param == "http"


def test_a_lent_client_that_is_closed_is_an_error_before_anything_is_sent(options: Any) -> None:
    lent = httpx.Client(transport=httpx.MockTransport(lambda _: httpx.Response(200)))
    lent.close()
    with pytest.raises(ConfigError, match="was lent is closed"):
        limner.Client(http=lent, **options).generate("a cat")


@pytest.mark.parametrize("closed", [False, True])
def test_it_serves_the_event_loop_it_began_with_and_no_other(
    options: Any, server: Any, picture: bytes, *, closed: bool
) -> None:
    """Else its connections, of a loop that is over, would send what nobody can read the answer of."""
    server.script(server.reply(picture, headers={"Content-Type": "application/json"}))
    lent = httpx.AsyncClient()
    client = limner.AsyncClient(http=lent, base_urls={"plain": server.url}, **options)

    async def once() -> None:
        await client.generate("a cat")
        if closed:
            await client.aclose()

    async def again() -> None:
        with pytest.raises(ConfigError, match="belongs to another event loop"):
            await client.generate("a cat")

    async def main() -> None:
        await once()
        await asyncio.to_thread(asyncio.run, again())
        await lent.aclose()

    asyncio.run(main())
    assert server.posts == 1


@pytest.mark.parametrize("closed", [False, True])
def test_it_serves_the_process_it_began_with_and_no_other(
    options: Any, picture: bytes, monkeypatch: pytest.MonkeyPatch, *, closed: bool
) -> None:
    answer = httpx.Response(200, content=picture, headers={"Content-Type": "application/json"})
    client = limner.Client(http=httpx.MockTransport(lambda _: answer), **options)
    client.generate("a cat")
    if closed:
        client.close()
    monkeypatch.setattr("os.getpid", lambda: -1)
    with pytest.raises(ConfigError, match="belongs to another process"):
        client.generate("a cat")


def test_no_type_of_httpx_is_in_what_users_see() -> None:
    for make in (limner.Client, limner.AsyncClient):
        assert make.__init__.__annotations__["http"] == "object | None"
