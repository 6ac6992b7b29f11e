"""Keys: found once per request, told by their source, and sent where they may go and nowhere else."""

from __future__ import annotations

import asyncio
import logging
import os
import pickle
import socket
import traceback
from base64 import b64encode
from contextlib import suppress
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import pytest

import limner
from limner.errors import AuthError, ConfigError, LimnerError
from limner.provider import HeaderKey, HttpRequest, NoAuth, QueryKey, Signed, send
from limner.requests import GenerateRequest

if TYPE_CHECKING:
    from collections.abc import Iterator

CANARY = "sk-canary/4711+tweet"


@pytest.fixture
def good(server: Any, png: Any) -> Any:
    """The server answers everything with a picture."""
    server.script(server.reply(json={"data": [{"b64_json": b64encode(png()).decode()}]}))
    return server


def test_a_missing_key_is_told_with_every_way_to_give_it(server: Any, plain: Any, paint: Any) -> None:
    hinted = type("Hinted", (plain,), {"credential_hint": "Get one at https://plain.example/keys."})()
    with pytest.raises(ConfigError) as caught:
        paint(hinted, client={"keys": None})
    message = str(caught.value)
    for way in ("PLAIN_API_KEY", "keys={'plain': ...}", "--sandbox", "limner_sandbox.Sandbox()", "plain.example/keys"):
        assert way in message
    assert (caught.value.provider, caught.value.param) == ("plain", "keys")
    assert not server.asked


def test_each_of_several_keys_is_missed_by_name(shape: Any, paint: Any) -> None:
    with pytest.raises(ConfigError, match="ATELIER_SECRET"):
        paint(shape("atelier"), client={"keys": None, "environ": {"ATELIER_CLIENT": "c"}, "base_urls": {}})


def test_a_key_of_the_environment_does_not_go_to_an_address_of_the_code(server: Any, plain: Any, paint: Any) -> None:
    with pytest.raises(ConfigError, match=r"is not sent to http://127\.0\.0\.1.*pass the key in code as well"):
        paint(plain(), client={"keys": None, "environ": {"PLAIN_API_KEY": "k-1234"}})
    assert not server.asked


def test_a_key_does_not_travel_in_the_open(plain: Any, paint: Any) -> None:
    with pytest.raises(ConfigError, match="use https"):
        paint(plain(), client={"base_urls": {"plain": "http://plain.example"}})


def test_a_key_goes_to_declared_hosts_only(good: Any, plain: Any, paint: Any) -> None:
    """The base URL is the server's; a host that the provider does not declare gets no request at all."""

    class Wandering(plain):  # type: ignore[misc]
        hosts = ("localhost",)
        there = ""

        def map_request(self, call: Any) -> HttpRequest:
            return HttpRequest("POST", self.there, json=call.wire())

    provider = Wandering()
    for host, served in (("localhost", True), ("127.0.0.2", False)):
        Wandering.there = good.url.replace("127.0.0.1", host) + "/x"
        if served:
            paint(provider)
        else:
            with pytest.raises(limner.PluginError, match=r"127\.0\.0\.2, which is not among its hosts \(localhost\)"):
                paint(provider)
    assert [asked.headers["authorization"] for asked in good.asked] == ["Bearer key-of-a-test"]


def test_a_request_may_go_without_the_key(good: Any, plain: Any, paint: Any) -> None:
    class Asks(plain):  # type: ignore[misc]
        def exchange(self, call: Any) -> Any:
            yield from send(HttpRequest("GET", "/status", auth=False))
            return (yield from super().exchange(call))

    paint(Asks())
    assert ["authorization" in asked.headers for asked in good.asked] == [False, True]


def test_an_api_without_keys_gets_none(good: Any, plain: Any, paint: Any) -> None:
    paint(type("Open", (plain,), {"auth": NoAuth()})(), client={"keys": {"plain": "never-sent"}})
    assert "never-sent" not in repr(good.asked)


def test_a_function_is_asked_for_the_key_once_per_request(good: Any, plain: Any, paint: Any) -> None:
    names: list[str] = []

    def vault(name: str) -> str:
        names.append(name)
        return f"key-{len(names)}"

    paint(plain(), n=4, client={"keys": vault})
    assert names == ["plain"]
    assert {asked.headers["authorization"] for asked in good.asked} == {"Bearer key-1"}


def test_an_async_client_waits_for_a_function_that_is_async(good: Any, plain: Any) -> None:
    async def vault(name: str) -> str:
        await asyncio.sleep(0)
        return f"key-of-{name}"

    given: dict[str, Any] = {"providers": [plain()], "keys": vault, "base_urls": {"plain": good.url}, "environ": {}}

    async def main() -> None:
        async with limner.AsyncClient(**given) as client:
            await client.generate("a cat", model="plain/brush")

    asyncio.run(main())
    assert good.asked[0].headers["authorization"] == "Bearer key-of-plain"
    with limner.Client(**given) as client, pytest.raises(ConfigError, match="use it with AsyncClient"):
        client.generate("a cat", model="plain/brush")


def test_the_source_of_a_key_is_told_and_never_the_key(plain: Any, shape: Any) -> None:
    providers = [plain(), shape("atelier"), shape("workbench"), shape("easel")]
    environ = {"ATELIER_CLIENT": "c-1234", "ATELIER_SECRET": "s-1234"}
    client = limner.Client(providers=providers, keys={"plain": "p-1234"}, environ=environ)
    assert client.key_source("plain") == "the keys= argument"
    assert client.key_source("atelier") == "environment variable ATELIER_CLIENT and environment variable ATELIER_SECRET"
    assert client.key_source("workbench") is None
    assert client.key_source("easel") is None
    assert limner.Client(providers=providers, environ={"ATELIER_CLIENT": "c-1234"}).key_source("atelier") is None


# Nothing of a key anywhere


def chain(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        if error.__cause__ is not None:
            yield from chain(error.__cause__)
        error = error.__context__


def frames(error: BaseException) -> Iterator[str]:
    """What a traceback that shows variables shows of all code but the caller's, which are these tests."""
    for link in chain(error):
        for summary in traceback.TracebackException.from_exception(link, capture_locals=True).stack:
            if "/tests/" not in summary.filename:
                yield f"{summary.filename} {summary.name} {summary.locals}"


def told(error: BaseException) -> Iterator[str]:
    for link in chain(error):
        yield from (repr(link), str(link), repr(vars(link)), repr(link.args))
        yield "".join(traceback.format_exception(link))


FORMS = (CANARY, quote(CANARY), quote(CANARY, safe=""), b64encode(CANARY.encode()).decode())
AUTHS = {
    "header": HeaderKey("x-key"),
    "query": QueryKey("api_key"),
    "signed": Signed(("K",), lambda _m, _u, _b, secrets: {"x-key": secrets["K"].reveal()}),
}


def leaks(texts: Any) -> list[str]:
    return [text for text in texts if any(form in text for form in FORMS)]


def echoing(server: Any, status: int) -> Any:
    """An answer that repeats the key wherever it can."""
    said = {"error": {"message": f"{FORMS}", "code": CANARY, "param": CANARY, "type": quote(CANARY)}}
    headers = {"X-Request-Id": "req-1", "Retry-After": "0", "Location": f"{server.url}/?key={quote(CANARY)}"}
    return server.reply(json=said, status=status, headers=headers)


FAULTS: dict[str, Any] = {
    **{str(status): status for status in (200, 302, 400, 401, 429, 500)},
    "cut": ["cut"],
    "late": [60.0],
    "no HTTP": [b"SIP/2.0 " + CANARY.encode(), "cut"],
    "a broken header": [b"HTTP/1.1 200 OK\r\n" + CANARY.encode() + b"\r\n\r\n", "cut"],
    "short": [b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n" + CANARY.encode(), "cut"],
    "page": b"<title>" + CANARY.encode() + b"</title>",
    "text": CANARY.encode(),
}


@pytest.mark.usefixtures("at_once")
@pytest.mark.parametrize("auth", AUTHS.values(), ids=AUTHS)
@pytest.mark.parametrize("fault", FAULTS.values(), ids=FAULTS)
def test_no_failure_shows_a_key(  # noqa: PLR0913, PLR0917 - a table
    server: Any, plain: Any, paint: Any, auth: Any, fault: Any, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    answers = {int: lambda: echoing(server, fault), bytes: lambda: server.reply(fault), list: lambda: fault}
    server.script(answers[type(fault)]())
    key = {"K": CANARY} if isinstance(auth, Signed) else CANARY
    events: list[Any] = []
    client = {"keys": {"plain": key}, "observers": [events.append]}
    with pytest.raises(LimnerError) as caught:
        paint(type("Keyed", (plain,), {"auth": auth})(), client=client, timeout=0.7 if fault == FAULTS["late"] else 30)
    assert server.posts >= 1
    sent = server.asked[0]
    assert CANARY in (*sent.headers.values(), *sent.query.values())
    assert not leaks((*told(caught.value), *frames(caught.value)))
    assert not leaks(f"{record.getMessage()} {vars(record)!r}" for record in caplog.records)
    assert not leaks(map(repr, events))
    assert CANARY.encode() not in pickle.dumps(caught.value)


@pytest.mark.usefixtures("at_once")
def test_no_refused_connection_shows_a_key(plain: Any, paint: Any, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    with socket.create_server(("127.0.0.1", 0)) as gone:
        url = f"http://127.0.0.1:{gone.getsockname()[1]}"
    with pytest.raises(LimnerError) as caught:
        paint(
            type("Keyed", (plain,), {"auth": QueryKey("k")})(),
            client={"keys": {"plain": CANARY}, "base_urls": {"plain": url}},
        )
    assert not leaks((*told(caught.value), *frames(caught.value)))
    assert not leaks(f"{record.getMessage()} {vars(record)!r}" for record in caplog.records)


@pytest.mark.parametrize("auth", AUTHS.values(), ids=AUTHS)
@pytest.mark.parametrize("n", [1, 4])
def test_no_call_that_is_given_up_shows_a_key(server: Any, plain: Any, auth: Any, n: int) -> None:
    """Not in the frames of the libraries below either, whose variables are headers and URLs."""
    server.script([30.0])
    key = {"K": CANARY} if isinstance(auth, Signed) else CANARY
    given: Any = {"keys": {"plain": key}, "base_urls": {"plain": server.url}, "environ": {}}

    async def main() -> None:
        async with limner.AsyncClient(providers=[type("Keyed", (plain,), {"auth": auth})()], **given) as client:
            await asyncio.wait_for(client.generate("a cat", n=n, model="plain/brush"), 0.3)

    with pytest.raises(TimeoutError) as caught:
        asyncio.run(main())
    assert isinstance(caught.value.__cause__, asyncio.CancelledError)
    assert not leaks((*told(caught.value), *frames(caught.value)))


@pytest.mark.skipif(os.name != "posix", reason="Ctrl-C is sent as a signal")
@pytest.mark.parametrize("auth", AUTHS.values(), ids=AUTHS)
@pytest.mark.parametrize("n", [1, 4])
def test_no_ctrl_c_shows_a_key(interrupting: Any, plain: Any, paint: Any, auth: Any, n: int) -> None:
    key = {"K": CANARY} if isinstance(auth, Signed) else CANARY
    with pytest.raises(KeyboardInterrupt) as caught:
        paint(type("Keyed", (plain,), {"auth": auth})(), n=n, client={"keys": {"plain": key}})
    assert interrupting.posts >= 1
    assert list(frames(caught.value))
    assert not leaks((*told(caught.value), *frames(caught.value)))


@pytest.mark.parametrize("auth", AUTHS.values(), ids=AUTHS)
def test_no_fault_of_a_library_below_shows_a_key(
    plain: Any, paint: Any, auth: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What nobody has thought of goes through as it is, without the frames that it comes from."""

    def handle(_self: Any, request: Any) -> Any:
        headers, url = request.headers.raw, request.url.raw_path
        raise ZeroDivisionError(len(headers) + len(url))

    async def ahandle(self: Any, request: Any) -> Any:
        return handle(self, request)

    monkeypatch.setattr("httpx.HTTPTransport.handle_request", handle)
    monkeypatch.setattr("httpx.AsyncHTTPTransport.handle_async_request", ahandle)
    with suppress(ImportError):  # the extra "fast"
        monkeypatch.setattr("limner.transport._aiohttp.AiohttpTransport.handle_async_request", ahandle)
    key = {"K": CANARY} if isinstance(auth, Signed) else CANARY
    with pytest.raises(ZeroDivisionError) as caught:
        paint(type("Keyed", (plain,), {"auth": auth})(), client={"keys": {"plain": key}})
    assert list(frames(caught.value))
    assert not leaks((*told(caught.value), *frames(caught.value)))
    whole = traceback.TracebackException.from_exception(caught.value)
    assert "handle" not in {summary.name for summary in whole.stack}


@pytest.mark.usefixtures("good")
def test_no_success_shows_a_key(plain: Any, paint: Any, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    result = paint(type("Keyed", (plain,), {"auth": QueryKey("k")})(), client={"keys": {"plain": CANARY}})
    assert caplog.records
    assert not leaks(f"{record.getMessage()} {vars(record)!r}" for record in caplog.records)
    assert not leaks([repr(result), str(result.to_dict())])
    assert CANARY.encode() not in pickle.dumps(result)


@pytest.mark.parametrize("make", [limner.Client, limner.AsyncClient])
def test_no_value_of_ours_shows_a_key(plain: Any, make: Any) -> None:
    client = make(providers=[plain()], keys={"plain": CANARY}, environ={"OTHER": CANARY}, settings={"p": {"s": CANARY}})
    planned = client.plan(GenerateRequest("a cat", model="plain/brush"))
    endpoint = client._endpoint(planned.provider)
    endpoint.check()
    assert not leaks(map(repr, (client, planned, planned.calls, endpoint, planned.preview())))
    with pytest.raises(TypeError):
        pickle.dumps(client)


def test_a_broken_signature_takes_no_secret_along(server: Any, plain: Any, paint: Any) -> None:
    def sign(_method: str, _url: str, _body: bytes, secrets: Any) -> Any:
        value = secrets["K"].reveal()
        raise ValueError(value)

    with pytest.raises(limner.PluginError) as caught:
        paint(type("Keyed", (plain,), {"auth": Signed(("K",), sign)})(), client={"keys": {"plain": {"K": CANARY}}})
    assert not leaks(told(caught.value))
    assert not server.asked


def test_a_refused_key_names_all_its_sources(server: Any, plain: Any, paint: Any) -> None:
    auth = Signed(("A", "B"), lambda *_: {})
    server.script(server.reply(status=401))
    client = {"keys": None, "environ": {"A": "a-1234", "B": "b-1234", "AT": server.url}, "base_urls": {}}
    provider = type("Keyed", (plain,), {"auth": auth, "base_url_variable": "AT"})()
    with pytest.raises(AuthError) as caught:
        paint(provider, client=client)
    (note,) = caught.value.__notes__
    assert note == "The key came from environment variable A and environment variable B; it was sent to 127.0.0.1."
