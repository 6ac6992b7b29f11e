"""The client: which provider, which address, which settings; what it reads, opens, closes and shares."""

from __future__ import annotations

import asyncio
import gc
import inspect
import threading
import time
import warnings
from base64 import b64encode
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import attrs
import pytest

import limner
from limner.capabilities import ModelCapabilities, OperationCapabilities, ProviderCapabilities, Source, Text
from limner.errors import ConfigError, LimnerError, PluginError, UnsupportedError
from limner.provider import HeaderSetting
from limner.requests import GenerateRequest

CLIENTS = [limner.Client, limner.AsyncClient]


@pytest.fixture
def good(server: Any, png: Any) -> Any:
    """The server answers everything with a picture."""
    server.script(server.reply(json={"data": [{"b64_json": b64encode(png()).decode()}]}))
    return server


@pytest.fixture
def known(plain: Any, server: Any) -> dict[str, Any]:
    """A client's arguments."""
    return {"providers": [plain()], "keys": {"plain": "key"}, "base_urls": {"plain": server.url}, "environ": {}}


# Who serves it


def test_the_first_slash_splits_provider_and_model(good: Any, plain: Any, paint: Any) -> None:
    with pytest.raises(UnsupportedError, match="a/b"):
        paint(plain(), provider=None, model="plain/a/b")
    assert paint(plain(), provider=None, model="plain/brush").model == "brush"
    assert good.posts == 1


@pytest.mark.usefixtures("good")
def test_with_nothing_named_the_one_provider_that_has_a_key_serves(plain: Any, paint: Any) -> None:
    other = type("Other", (plain,), {"name": "other"})()
    assert paint(plain(), provider=None, client={"providers": [other, plain()]}).provider == "plain"


@pytest.mark.usefixtures("good")
def test_of_two_that_could_serve_it_the_first_of_those_given_does(server: Any, plain: Any, paint: Any) -> None:
    other = type("Other", (plain,), {"name": "other"})()
    client = {"providers": [other, plain()], "keys": {"plain": "a", "other": "b"}}
    client["base_urls"] = {"plain": server.url, "other": server.url}
    assert paint(plain(), provider=None, client=client).provider == "other"


@pytest.mark.parametrize(("status", "noted"), [(404, True), (400, True), (402, False)])
def test_what_a_provider_refuses_is_told_with_the_model_that_may_have_been_meant(
    server: Any, plain: Any, paint: Any, *, status: int, noted: bool
) -> None:
    class Open(plain):  # type: ignore[misc]
        def capabilities(self) -> ProviderCapabilities:
            declared = super().capabilities()
            return attrs.evolve(declared, unknown={"generate": declared.models[0].operations["generate"].opened()})

    server.script(server.reply(status=status, json={"error": {"message": "no"}}))
    with pytest.raises(LimnerError) as caught:
        paint(Open(), model="brsh")
    assert any("Did you mean 'brush'?" in note for note in getattr(caught.value, "__notes__", ())) is noted
    server.script(server.reply(status=status, json={"error": {"message": "no"}}))
    with pytest.raises(LimnerError) as caught:
        paint(Open(), model="brush")
    assert not hasattr(caught.value, "__notes__")


def test_an_unknown_provider_is_told_by_its_package(plain: Any, paint: Any) -> None:
    with pytest.raises(ConfigError, match="pip install limner-acme"):
        paint(plain(), provider="acme")


class Haunted(Text):
    """A constraint of a plugin's own, which breaks."""

    def check(self, value: object) -> Any:
        raise KeyError(value)


def test_a_declaration_that_breaks_while_it_is_asked_is_its_providers_fault(plain: Any) -> None:
    class Broken(plain):  # type: ignore[misc]
        def capabilities(self) -> Any:
            takes = OperationCapabilities(parameters={"prompt": Haunted()}, default=True)
            source = Source("https://plain.example", "2026-11-01")
            return ProviderCapabilities((ModelCapabilities("brush", operations={"generate": takes}),), None, source)

    client = limner.Client(providers=[Broken()], keys={"plain": "key"}, environ={})
    with pytest.raises(
        PluginError, match=r"^plain broke while a request was checked against its declarations: KeyError"
    ):
        client.plan(GenerateRequest("a cat", provider="plain"))


def test_a_misspelt_provider_is_corrected(plain: Any, paint: Any) -> None:
    with pytest.raises(ConfigError, match="did you mean plain"):
        paint(plain(), provider=None, model="plane/brush")


def test_objects_alone_mean_that_nothing_is_scanned(known: Any) -> None:
    assert limner.Client(**known).installed().names() == ("plain",)


@pytest.mark.parametrize("make", CLIENTS)
def test_a_plan_needs_no_key_and_no_network(plain: Any, make: Any) -> None:
    client = make(providers=[plain()], environ={})
    planned = client.plan(GenerateRequest("a cat", model="plain/brush", n=3))
    (first, second) = planned.preview()
    assert (first["method"], first["url"]) == ("POST", "https://plain.example/v1/paint")
    assert [first["body"]["n"], second["body"]["n"]] == [2, 1]


def test_a_plan_shows_no_prompt_when_it_is_logged(known: dict[str, Any]) -> None:
    planned = limner.Client(**known).plan(GenerateRequest("a secret", provider="plain", n=3))
    assert repr(planned) == "<Plan generate plain/brush: 2 calls of n=2 + 1, 0 warnings>"


def test_a_plan_is_not_carried_out_at_another_address(good: Any, known: dict[str, Any]) -> None:
    """What was planned for a sandbox must not be paid for at the real one."""

    async def later() -> None:
        async with limner.AsyncClient(**known) as client:
            await client.run(planned)

    planned = limner.Client(**{**known, "base_urls": {}}).plan(GenerateRequest("a cat", provider="plain"))
    with limner.Client(**known) as client, pytest.raises(ConfigError, match=r"plan is for https://plain\.example/v1"):
        client.run(planned)
    with pytest.raises(ConfigError, match=r"and this client has http://127\.0\.0\.1"):
        asyncio.run(later())
    assert good.posts == 0


def test_what_it_does_not_take_is_refused_before_anything_is_sent(good: Any, plain: Any, paint: Any) -> None:
    with pytest.raises(UnsupportedError, match="quality"):
        paint(plain(), quality="high")
    assert not good.asked


def test_a_method_is_spelled_by_its_request() -> None:
    for make in CLIENTS:
        assert list(inspect.signature(make.generate).parameters)[:3] == ["self", "prompt", "reference_images"]
    assert inspect.iscoroutinefunction(limner.AsyncClient.generate)


# Where it goes


def test_a_base_url_comes_from_the_environment_and_a_stronger_one_from_code(good: Any, plain: Any, paint: Any) -> None:
    addressed = type("Addressed", (plain,), {"base_url_variable": "PLAIN_BASE_URL"})()
    environ = {"PLAIN_BASE_URL": f" {good.url}/there ", "PLAIN_API_KEY": "key-of-the-environment"}
    paint(addressed, client={"environ": environ, "base_urls": {}, "keys": None})
    paint(addressed, client={"environ": environ, "base_urls": {"Plain": f"{good.url}/here/"}})
    assert [asked.path for asked in good.asked] == ["/there/paint", "/here/paint"]
    assert good.asked[0].headers["authorization"] == "Bearer key-of-the-environment"


@pytest.mark.parametrize("url", ["ftp://plain.example", "plain.example/v1", "https://", "https://[::1"])
def test_a_base_url_is_an_http_address(plain: Any, paint: Any, url: str) -> None:
    with pytest.raises(ConfigError, match="base URL is not an http"):
        paint(plain(), client={"base_urls": {"plain": url}})


@pytest.mark.parametrize(
    "url",
    [
        "https://me:pa55-w0rd@plain.example/v1", "https://plain.example/v1?key=pa55-w0rd", "https://plain.example#pa55-w0rd",
        "htps://me:pa55-w0rd@plain.example", "me:pa55-w0rd@plain.example/v1",
    ],
)  # fmt: skip
def test_a_base_url_that_may_hold_a_key_is_refused_and_shown_without_it(plain: Any, paint: Any, url: str) -> None:
    with pytest.raises(ConfigError, match="base URL") as caught:
        paint(plain(), client={"base_urls": {"plain": url}})
    client = limner.Client(providers=[plain()], base_urls={"plain": url}, environ={})
    plan = client.plan(limner.GenerateRequest("a cat", provider="plain"))
    told = [str(caught.value), repr(client), repr(client.endpoint("plain")), repr(plan), str(plan), plan.to_dict()]
    assert "pa55-w0rd" not in repr(told)
    assert "plain.example" in plan.preview()[0]["url"]


@pytest.fixture
def organized(plain: Any) -> Any:
    """A provider with settings."""
    settings = (HeaderSetting("team", "X-Team", "PLAIN_TEAM"), HeaderSetting("project", "X-Project"))
    return type("Organized", (plain,), {"settings": settings})()


def test_settings_fill_headers(good: Any, organized: Any, paint: Any) -> None:
    paint(organized, client={"settings": {"PLAIN": {"project": "p-1"}}, "environ": {"PLAIN_TEAM": "t-1"}})
    paint(organized, client={"settings": {"plain": {"team": "t-2"}}, "environ": {"PLAIN_TEAM": "t-1"}})
    first, second = good.asked
    assert (first.headers["x-team"], first.headers["x-project"]) == ("t-1", "p-1")
    assert second.headers["x-team"] == "t-2"
    assert "x-project" not in second.headers


def test_an_unknown_setting_is_told_with_those_there_are(organized: Any, plain: Any, paint: Any) -> None:
    with pytest.raises(ConfigError, match="has no setting 'org'; it has team, project"):
        paint(organized, client={"settings": {"plain": {"org": "x"}}})
    with pytest.raises(ConfigError, match="it has none"):
        paint(plain(), client={"settings": {"plain": {"org": "x"}}})


def test_a_client_on_a_server_reads_nothing_from_the_environment(
    good: Any, organized: Any, paint: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = {"trust": "server", "environ": None}
    for name in ("PLAIN_API_KEY", "PLAIN_TEAM"):
        monkeypatch.setenv(name, "of-the-environment")
    monkeypatch.setenv("LIMNER_PLUGINS", "off")
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    paint(organized, client=client)
    assert "x-team" not in good.asked[0].headers
    with pytest.raises(ConfigError, match="does not read PLAIN_API_KEY"):
        paint(organized, client={**client, "keys": None})


def test_a_client_at_home_reads_the_environment_when_it_is_made(
    good: Any, plain: Any, paint: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PLAIN_API_KEY", "of-the-environment")
    with pytest.raises(ConfigError, match="environment variable PLAIN_API_KEY is not sent to"):
        paint(plain(), client={"environ": None, "keys": None})
    with limner.Client(providers=[plain()]) as client:
        assert client.key_source("plain") == "environment variable PLAIN_API_KEY"
    assert not good.asked


@pytest.mark.parametrize("make", CLIENTS)
@pytest.mark.parametrize("wrong", [{"trust": "servr"}, {"max_concurrency": 0}], ids=str)
def test_a_wrong_choice_is_told_when_the_client_is_made(make: Any, wrong: Any) -> None:
    with pytest.raises(ConfigError, match=next(iter(wrong))):
        make(**wrong)


# Observers


def test_an_observer_that_raises_changes_nothing(good: Any, plain: Any, paint: Any) -> None:
    told: list[Any] = []

    def bad(_: Any) -> None:
        message = "I am no good"
        raise RuntimeError(message)

    assert len(paint(plain(), client={"observers": [bad, told.append]})) == 1
    assert len(told) == 3
    assert good.posts == 1


# Opened and closed


@pytest.mark.parametrize("make", CLIENTS)
def test_making_a_client_opens_nothing_and_starts_nothing(make: Any, known: Any, server: Any) -> None:
    before = threading.active_count()
    make(**known)
    assert (server.connections, threading.active_count()) == (0, before)


def test_a_closed_client_has_no_connections_and_opens_new_ones_when_it_is_used_again(known: Any, good: Any) -> None:
    client = limner.Client(**known)
    client.close()
    for _ in range(2):
        client.generate("a cat", model="plain/brush")
        client.generate("a cat", model="plain/brush")
        assert good.connections == 1
        client.close()
        client.close()
    assert good.posts == 4


def test_an_async_client_too(known: Any, good: Any) -> None:
    async def main() -> None:
        client = limner.AsyncClient(**known)
        await client.aclose()
        for _ in range(2):
            await client.generate("a cat", model="plain/brush")
            await client.generate("a cat", model="plain/brush")
            assert good.connections == 1
            await client.aclose()
            await client.aclose()

    asyncio.run(main())
    assert good.posts == 4


@pytest.mark.usefixtures("good")
def test_an_async_client_serves_several_loops(known: Any) -> None:
    client = limner.AsyncClient(**known)

    async def once() -> int:
        result = await client.generate("a cat", model="plain/brush")
        await client.aclose()
        return len(result)

    assert [asyncio.run(once()) for _ in range(2)] == [1, 1]


def test_a_client_serves_several_threads(known: Any, server: Any, png: Any) -> None:
    """Every thread gets its own answer."""
    server.api = lambda asked: server.reply(
        json={"data": [{"b64_json": b64encode(png(int(asked.json()["prompt"]))).decode()}]}
    )
    with limner.Client(**known) as client, ThreadPoolExecutor(8) as pool:
        widths = range(1, 65)
        results = list(pool.map(lambda width: client.generate(str(width), model="plain/brush"), widths))
    assert [result.image.width for result in results] == list(widths)


def test_a_client_that_is_forgotten_leaves_no_connection(known: Any, good: Any) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ResourceWarning)  # as for any socket that nobody closed
        limner.Client(**known).generate("a cat", model="plain/brush")
        gc.collect()
    for _ in range(100):
        time.sleep(0.01 * (good.connections > 0))
    assert good.connections == 0


@pytest.mark.usefixtures("good")
def test_loading_a_resource_does_not_keep_other_threads_from_sending(server: Any, known: Any, plain: Any) -> None:
    loading, sent = threading.Event(), threading.Event()

    class Loads(plain):  # type: ignore[misc]
        name = "loads"

        def exchange(self, call: Any) -> Any:
            def load() -> bool:
                loading.set()
                return sent.wait(5)

            assert call.resource("model", load)
            return (yield from super().exchange(call))

    both = {**known, "providers": [plain(), Loads()], "keys": lambda _: "key"}
    both["base_urls"] = {"plain": server.url, "loads": server.url}
    with limner.Client(**both) as client, ThreadPoolExecutor(1) as pool:
        loaded = pool.submit(client.generate, "a cat", provider="loads")
        assert loading.wait(5)
        client.generate("a cat", provider="plain")
        sent.set()
        assert len(loaded.result(5)) == 1


def test_an_asynchronous_source_of_keys_serves_where_no_model_is_named(plain: Any, good: Any, server: Any) -> None:
    async def key(provider: str) -> str:
        return f"key-of-{provider}"

    async def paint() -> str:
        options = {"providers": [plain()], "base_urls": {"plain": server.url}}
        async with limner.AsyncClient(keys=key, **options) as client:
            return (await client.generate("a cat")).provider

    assert asyncio.run(paint()) == "plain"
    assert good.posts == 1
