"""A client on behalf of somebody: whose keys, whose name, and what is shared."""

from __future__ import annotations

import asyncio
import copy
import pickle
from base64 import b64encode
from typing import Any

import pytest

import limner
from limner.capabilities import (
    Length,
    ModelCapabilities,
    OperationCapabilities,
    Parameter,
    ProviderCapabilities,
    Source,
    Text,
)
from limner.credentials import Key, Secret
from limner.errors import ConfigError, NoProviderError
from limner.provider import HeaderSetting
from limner.registry import Registry

CLIENTS = [limner.Client, limner.AsyncClient]
HOSTS = {"plain": "key-of-the-host"}


@pytest.fixture
def good(server: Any, png: Any) -> Any:
    """The server answers everything with a picture."""
    server.script(server.reply(json={"data": [{"b64_json": b64encode(png()).decode()}]}))
    return server


def naming(plain: Any, *names: str) -> Any:
    """A provider whose model takes these names of an end user."""
    parameters = {"prompt": Parameter(Length(100), required=True), **{name: Text() for name in names}}
    brush = OperationCapabilities(parameters=parameters, default=True)
    source = Source("https://docs.plain.example", "2026-11-21")
    declared = ProviderCapabilities((ModelCapabilities("brush", operations={"generate": brush}),), None, source)
    return type("Naming", (plain,), {"capabilities": lambda _: declared})()


@pytest.fixture(params=CLIENTS)
def generate(request: pytest.FixtureRequest, good: Any, plain: Any) -> Any:
    """``generate(prompt, view={...}, provider=..., client={...}, **call)``: by a view of a client of either kind."""

    def by(prompt: str = "a cat", *, view: Any, provider: Any = None, client: Any = None, **call: Any) -> Any:
        given = {
            "providers": [provider or plain()], "keys": HOSTS, "base_urls": {"plain": good.url}, "environ": {},
            **(client or {}),
        }  # fmt: skip

        async def later() -> Any:
            async with limner.AsyncClient(**given) as opened:
                return await opened.using(**view).generate(prompt, **call)

        if request.param is limner.AsyncClient:
            return asyncio.run(later())
        with limner.Client(**given) as opened:
            return opened.using(**view).generate(prompt, **call)

    return by


def sent(server: Any) -> list[str]:
    """The keys that came, in their order."""
    return [asked.headers["authorization"].removeprefix("Bearer ") for asked in server.asked]


# Keys


async def of_a_vault(provider: str) -> str:
    return f"{provider}-of-a-vault"


def test_a_view_sends_its_own_key(generate: Any, good: Any) -> None:
    generate(view={"keys": {"Plain": "key-of-a-tenant"}})
    generate(view={"keys": lambda provider: f"{provider}-of-a-function"}, model="plain/brush")
    assert sent(good) == ["key-of-a-tenant", "plain-of-a-function"]


def test_without_keys_a_view_sends_the_clients(generate: Any, good: Any) -> None:
    generate(view={})
    assert sent(good) == ["key-of-the-host"]


@pytest.mark.parametrize("keys", [{}, {"another": "key"}, lambda _: None, dict.fromkeys(["another"])])
def test_what_a_view_has_no_key_for_is_not_paid_by_the_host(generate: Any, good: Any, keys: Any) -> None:
    """Neither by its argument, nor by its environment."""
    for client in ({}, {"keys": None, "environ": {"PLAIN_API_KEY": "key-of-the-environment"}}):
        with pytest.raises(ConfigError, match=r"plain has no key: pass keys=\{'plain': \.\.\.\}") as caught:
            generate(view={"keys": keys}, client=client, model="plain/brush")
        assert "key-of" not in str(caught.value)
        with pytest.raises(NoProviderError, match="no provider has a key"):
            generate(view={"keys": keys}, client=client)
    assert good.posts == 0


def test_nor_by_the_users_file_of_keys(generate: Any, good: Any, tmp_path: Any) -> None:
    file = tmp_path / "keys.toml"
    file.write_text('plain = "key-of-a-file"\n', encoding="utf-8")
    file.chmod(0o600)
    client = {"keys": None, "environ": {"LIMNER_KEYS": str(file)}}
    with pytest.raises(ConfigError, match="plain has no key"):
        generate(view={"keys": {}}, client=client, model="plain/brush")
    assert good.posts == 0


@pytest.mark.parametrize("make", CLIENTS)
def test_nor_by_plugins_that_bring_keys(make: Any, plain: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    brought = Key(Secret("key-of-a-plugin"), "a plugin", "environment")
    monkeypatch.setattr(Registry, "key", lambda *_: brought)
    client = make(providers=[plain()], environ={})
    assert client.key_source("plain") == "a plugin"
    assert client.using(keys={}).key_source("plain") is None


@pytest.mark.parametrize("make", CLIENTS)
@pytest.mark.parametrize(
    ("keys", "message"),
    [
        (None, r"using\(keys=None\) names no keys"),
        ("sk-canary", "keys= takes a mapping by provider or a function; .*str"),
    ],
)
def test_no_keys_at_all_are_a_mistake(plain: Any, make: Any, keys: Any, message: str) -> None:
    """What a look-up did not find must not be mistaken for the host's keys."""
    with pytest.raises(ConfigError, match=message) as caught:
        make(providers=[plain()], keys=HOSTS).using(keys=keys)
    assert "sk-canary" not in str(caught.value)


def test_a_key_that_is_none_or_empty_is_a_mistake_too(generate: Any, good: Any) -> None:
    for key in (None, "", " "):
        with pytest.raises(ConfigError, match="the keys= argument for 'plain'"):
            generate(view={"keys": {"plain": key}}, model="plain/brush")
    assert good.posts == 0


@pytest.mark.parametrize("make", CLIENTS)
def test_a_key_that_cannot_be_used_has_no_source(plain: Any, make: Any) -> None:
    with pytest.raises(ConfigError, match="it is empty"):
        make(providers=[plain()]).using(keys={"plain": ""}).key_source("plain")


def test_a_view_awaits_its_keys(good: Any, plain: Any) -> None:
    """Where a model is named and where none is, and whatever kind of function it is."""

    async def main() -> None:
        options = {"providers": [plain()], "keys": HOSTS, "base_urls": {"plain": good.url}}
        async with limner.AsyncClient(**options) as client:
            by_name: Any = {"plain": lambda: of_a_vault("plain")}
            for keys in (of_a_vault, lambda name: of_a_vault(f"{name}"), by_name):
                view = client.using(keys=keys)
                assert view.key_source("plain") == "the keys= argument"
                await view.generate("a cat")
                await view.generate("a cat", model="plain/brush")

    asyncio.run(main())
    assert sent(good) == ["plain-of-a-vault"] * 6


def test_what_an_asynchronous_source_cannot_give_is_an_error_when_it_is_awaited(good: Any, plain: Any) -> None:
    async def nothing(_: str) -> None:
        return None

    async def main() -> None:
        options = {"providers": [plain()], "keys": HOSTS, "base_urls": {"plain": good.url}}
        async with limner.AsyncClient(**options) as client:
            with pytest.raises(ConfigError, match="plain has no key"):
                await client.using(keys=nothing).generate("a cat")

    asyncio.run(main())
    assert good.posts == 0


def test_a_plain_client_says_that_it_cannot_await(plain: Any) -> None:
    view = limner.Client(providers=[plain()], keys=HOSTS).using(keys=of_a_vault)
    with pytest.raises(ConfigError, match="is asynchronous: use it with AsyncClient"):
        view.generate("a cat")


def test_an_error_of_one_tenant_shows_no_key_of_another(server: Any, plain: Any) -> None:
    server.api = lambda asked: server.reply(json={"error": asked.headers["authorization"]}, status=400)
    with limner.Client(providers=[plain()], keys=HOSTS, base_urls={"plain": server.url}) as client:
        for tenant in ("tenant-one", "tenant-two"):
            with pytest.raises(limner.LimnerError) as caught:
                client.using(keys={"plain": tenant}).generate("a cat")
            assert tenant not in f"{caught.value}{caught.value!r}{caught.value.raw}"
            assert tenant not in f"{client!r}{client.using(keys={'plain': tenant})!r}"


# Accounts


@pytest.fixture
def organized(plain: Any) -> Any:
    """A provider with a setting."""
    return type("Organized", (plain,), {"settings": (HeaderSetting("team", "X-Team", "PLAIN_TEAM"),)})()


def test_the_hosts_account_is_not_named_beside_a_tenants_key(generate: Any, good: Any, organized: Any) -> None:
    hosts = {"settings": {"plain": {"team": "host"}}, "environ": {"PLAIN_TEAM": "host"}}
    generate(view={"keys": {"plain": "k"}}, client=hosts, provider=organized)
    generate(view={"keys": {"plain": "k"}, "settings": {"plain": {"team": "t"}}}, client=hosts, provider=organized)
    generate(view={"settings": {"plain": {"team": "t"}}}, client=hosts, provider=organized)
    generate(view={}, client=hosts, provider=organized)
    assert [asked.headers.get("x-team") for asked in good.asked] == [None, "t", "t", "host"]


def test_settings_of_nobody_are_corrected(plain: Any) -> None:
    with pytest.raises(ConfigError, match="settings names 'plian'"):
        limner.Client(providers=[plain()]).using(settings={"plian": {}})


# The end user


@pytest.mark.parametrize(
    ("names", "said"),
    [
        (("user",), {"user": "u-1"}),
        (("safety_identifier",), {"safety_identifier": "u-1"}),
        (("user", "safety_identifier"), {"safety_identifier": "u-1"}),
    ],
)
def test_the_user_is_named_as_the_model_takes_it(generate: Any, good: Any, plain: Any, names: Any, said: Any) -> None:
    result = generate(view={"user": "u-1"}, provider=naming(plain, *names))
    assert good.asked[0].json() == {"model": "brush", "prompt": "a cat", **said}
    assert result.warnings == ()


def test_whom_the_request_names_stays(generate: Any, good: Any, plain: Any) -> None:
    both = naming(plain, "user", "safety_identifier")
    for call in ({"user": "u-2"}, {"safety_identifier": "u-2"}, {"extra": {"user": "u-2"}}):
        generate(view={"user": "u-1"}, provider=both, **call)
        assert "u-1" not in good.asked[-1].json().values()
        assert "u-2" in good.asked[-1].json().values()


def test_a_model_that_takes_no_name_gets_none_and_the_result_says_so(generate: Any, good: Any) -> None:
    result = generate(view={"user": "u-1"})
    assert set(good.asked[0].json()) == {"model", "prompt"}
    (warning,) = result.warnings
    assert (warning.code, warning.parameter, warning.requested, warning.sent) == ("user_left_out", "user", "u-1", None)
    assert str(warning) == "brush takes no name of an end user, so the one of this client's view was not sent."


def test_a_user_does_not_decide_who_serves(plain: Any) -> None:
    other = type("Other", (type(naming(plain, "user")),), {"name": "other"})()
    client = limner.Client(providers=[plain(), other], keys={"plain": "a", "other": "b"}).using(user="u-1")
    assert client.plan(limner.GenerateRequest("a cat")).provider.name == "plain"


@pytest.mark.parametrize("user", ["", " ", 7])
def test_a_user_is_a_text(plain: Any, user: Any) -> None:
    with pytest.raises(ConfigError, match="user is a text that is not blank"):
        limner.Client(providers=[plain()]).using(user=user)


def test_a_view_of_a_view_keeps_what_it_is_not_told(plain: Any, good: Any) -> None:
    options = {"providers": [naming(plain, "user")], "keys": HOSTS, "base_urls": {"plain": good.url}}
    with limner.Client(**options) as client:
        tenant = client.using(keys={"plain": "key-of-a-tenant"})
        tenant.using(user="u-1").generate("a cat")
        client.using(user="u-2").using(keys={"plain": "other"}).generate("a cat")
        client.generate("a cat")
    assert sent(good) == ["key-of-a-tenant", "other", "key-of-the-host"]
    assert [asked.json().get("user") for asked in good.asked] == ["u-1", "u-2", None]


# What is shared


def test_all_views_share_the_connection_and_closing_one_closes_nothing(good: Any, plain: Any) -> None:
    options = {"providers": [plain()], "keys": HOSTS, "base_urls": {"plain": good.url}}
    with limner.Client(**options) as client:
        for tenant in range(4):
            with client.using(keys={"plain": f"key-{tenant}"}) as view:
                view.generate("a cat")
        client.generate("a cat")
        assert (good.posts, good.connections) == (5, 1)
        assert view.installed() is client.installed()


def test_all_async_views_too(good: Any, plain: Any) -> None:
    async def main() -> None:
        options = {"providers": [plain()], "keys": HOSTS, "base_urls": {"plain": good.url}}
        async with limner.AsyncClient(**options) as client:
            for tenant in range(4):
                async with client.using(keys={"plain": f"key-{tenant}"}) as view:
                    await view.generate("a cat")
            await client.generate("a cat")
            assert (good.posts, good.connections) == (5, 1)

    asyncio.run(main())


def test_a_view_can_be_used_when_its_client_was_closed_as_the_client_can(good: Any, plain: Any) -> None:
    client = limner.Client(providers=[plain()], keys=HOSTS, base_urls={"plain": good.url})
    view = client.using(keys={"plain": "k"})
    for _ in range(2):
        view.generate("a cat")
        client.close()
    assert good.posts == 2


def test_what_a_provider_has_loaded_serves_all_views(good: Any, plain: Any) -> None:
    loaded: list[str] = []

    class Loads(plain):  # type: ignore[misc]
        def exchange(self, call: Any) -> Any:
            call.resource("model", lambda: loaded.append("model"))
            return (yield from super().exchange(call))

    with limner.Client(providers=[Loads()], keys=HOSTS, base_urls={"plain": good.url}) as client:
        for tenant in range(3):
            client.using(keys={"plain": f"key-{tenant}"}).generate("a cat")
    assert loaded == ["model"]


def test_observers_hear_of_views(good: Any, plain: Any) -> None:
    heard: list[Any] = []
    options = {"providers": [plain()], "keys": HOSTS, "base_urls": {"plain": good.url}, "observers": [heard.append]}
    with limner.Client(**options) as client:
        client.using(keys={"plain": "k"}, user="u-1").generate("a cat")
    assert heard
    assert "u-1" not in repr(heard)


def test_what_a_subclass_of_the_hosts_keeps_stays_on_its_views(plain: Any) -> None:
    class Hosts(limner.Client):
        pass

    client: Any = Hosts(providers=[plain()])
    client.tenants = {"a"}
    view = client.using(user="u-1")
    assert type(view) is Hosts
    assert view.tenants is client.tenants


# Copies


@pytest.mark.parametrize("make", CLIENTS)
def test_a_client_does_not_pickle_and_says_what_to_do(plain: Any, make: Any) -> None:
    for client in (make(providers=[plain()], keys=HOSTS), make(providers=[plain()]).using(keys=HOSTS)):
        with pytest.raises(TypeError, match=f"a {make.__name__} is not pickled, because it holds keys and connections"):
            pickle.dumps(client)
        assert copy.copy(client) is client
        assert copy.deepcopy({"client": client})["client"] is client


def test_a_plan_pickles_and_is_carried_out_by_another_client(server: Any, shape: Any) -> None:
    """In another process, with that client's key: what it holds is what would be sent, and to whom."""
    server.api = lambda _: server.reply(json={}, status=500)
    easel = shape("easel")
    client = limner.Client(providers=[easel], keys={"easel": "sk-canary"}, base_urls={"easel": server.url})
    planned = client.plan(limner.GenerateRequest("a cat", provider="easel"))
    pickled = pickle.dumps(planned)
    assert b"sk-canary" not in pickled
    again = pickle.loads(pickled)  # noqa: S301 - our own
    assert again.fingerprint == planned.fingerprint
    assert again.calls[0].idempotency_key == planned.calls[0].idempotency_key
    other = limner.Client(providers=[], keys={"easel": "k"}, base_urls={"easel": server.url})
    with other, pytest.raises(limner.ServerError):
        other.run(again)
    assert sent(server) == ["k"]


def test_a_plan_uses_what_the_client_that_runs_it_has_loaded(good: Any, plain: Any) -> None:
    loaded: list[str] = []

    class Loads(plain):  # type: ignore[misc]
        def exchange(self, call: Any) -> Any:
            call.resource("model", lambda: loaded.append("model"))
            return (yield from super().exchange(call))

    options = {"providers": [Loads()], "keys": HOSTS, "base_urls": {"plain": good.url}}
    planned = limner.Client(**options).plan(limner.GenerateRequest("a cat", provider="plain"))
    with limner.Client(**options) as client:
        client.run(planned)
        client.generate("a cat")
    assert loaded == ["model"]
