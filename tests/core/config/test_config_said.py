"""A client as a configuration, and back: the same providers, addresses, declarations, settings and limits."""

from __future__ import annotations

import datetime as dt
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from limner.client import AsyncClient, Client
from limner.config import load
from limner.errors import ConfigError
from limner.registry import GROUP, Entry, Registry
from limner.requests import GenerateRequest

RELAY = {
    "base_url": "https://api.acme.example/v1", "key_variable": "ACME_API_KEY", "hosts": ["cdn.acme.example"],
    "models": {"acme-1": {"family": "open"}, "acme-2": {"like": "acme-1", "generate": {"size": ["1024x1024"]}}},
    "default_model": "acme-2",
}  # fmt: skip
PATCH = {
    "base_url": "https://gateway.example/v1",
    "settings": {"organization": "org-1"},
    "models": {"gpt-image-2": {"generate": {"size": {"add": ["2048x2048"]}, "lifecycle": dt.date(2026, 11, 20)}}},
}
DEFAULTS = {"providers": ["openai", "acme"], "model": "acme/acme-1", "timeout": 60, "max_concurrency": 2}
WHOLE: dict[str, Any] = {"defaults": DEFAULTS, "providers": {"acme": RELAY, "openai": {"base_url": PATCH["base_url"]}}}


def sees(client: Any) -> dict[str, Any]:
    """All that a configuration decides, as the client acts by it."""
    providers = {}
    for provider in client.installed().providers():
        endpoint = client._endpoint(provider)
        declared = {
            f"{model.id} {operation}": client.schema(f"{provider.name}/{model.id}", operation)
            for model in provider.capabilities().models
            for operation in model.operations
        }
        providers[provider.name] = (endpoint.base_url, dict(endpoint.headers), provider.key_variable, declared)
    return {
        "providers": providers,
        "order": client._order(),
        "model": client._config.default(client._chosen()),
        "limits": (client.timeout, client.total_timeout, client.max_concurrency),
    }


def again(client: Any, **options: Any) -> Any:
    """What comes of it, by way of JSON."""
    told = json.loads(json.dumps(client.to_config()))
    return type(client).from_config(told, environ={}, **options)


@pytest.mark.parametrize("make", [Client, AsyncClient])
@pytest.mark.parametrize(
    "options",
    [
        {},
        {"config": WHOLE},
        {"config": {"providers": {"openai": PATCH | {"models": {}}, "acme": RELAY}}},
        {"config": WHOLE, "timeout": 5, "total_timeout": 6, "max_concurrency": 7},
        {"config": {"defaults": {"total_timeout": 60}}, "total_timeout": None},
        {"config": WHOLE, "base_urls": {"OpenAI": "https://code.example/v1 ", "acme": "https://own.example"}},
        {"config": WHOLE, "settings": {"openai": {"project": "p-1"}}},
        {"base_urls": {"elsewhere": "https://a.example"}, "settings": {"elsewhere": {"a": "b"}, "openai": {}}},
    ],
)
def test_a_client_comes_back_equal(make: Any, options: Any) -> None:
    client = make(environ={}, **options)
    assert sees(again(client)) == sees(client)
    assert again(client).to_config() == client.to_config()


NAMES = st.sampled_from(["openai", "acme", "r9s", "OPENAI"])
WORDS = st.text("abc123-", min_size=1, max_size=8)


@given(
    defaults=st.fixed_dictionaries(
        {},
        optional={
            "providers": st.lists(st.sampled_from(["openai", "acme", "r9s"]), unique=True),
            "model": st.sampled_from(["acme/acme-1", "openai/gpt-image-2"]),
            "timeout": st.floats(0.1, 1e6),
            "total_timeout": st.integers(1, 1000),
            "max_concurrency": st.integers(1, 64),
        },
    ),
    own=st.booleans(),
    code=st.fixed_dictionaries(
        {},
        optional={
            "base_urls": st.dictionaries(NAMES.filter(str.islower), WORDS.map("https://{}.example".format)),
            "settings": st.fixed_dictionaries({"openai": st.fixed_dictionaries({}, optional={"project": WORDS})}),
            "timeout": st.floats(0.1, 1e6),
            "max_concurrency": st.integers(1, 64),
        },
    ),
)
def test_whatever_configuration_and_code_say_comes_back(defaults: Any, code: Any, *, own: bool) -> None:
    client = Client(config={"defaults": defaults, "providers": {"acme": RELAY} if own else {}}, environ={}, **code)
    told = json.loads(json.dumps(client.to_config()))
    back = Client.from_config(told, environ={})
    assert back.to_config() == told
    mine, theirs = back._config.defaults, client._config.defaults
    assert (mine.providers, mine.model) == (theirs.providers, theirs.model)
    assert (back.timeout, back.total_timeout) == (client.timeout, client.total_timeout)
    for name in ("openai", *(["acme"] if own else ())):
        here, there = (one._endpoint(one.installed().get(name)) for one in (back, client))
        assert (here.base_url, here.headers) == (there.base_url, there.headers)


def test_a_plain_client_says_nothing() -> None:
    assert Client(environ={}).to_config() == {}


def test_dates_are_written_as_json_has_them() -> None:
    when = dt.datetime(2026, 11, 20, 12, 0, tzinfo=dt.UTC)
    for date in (dt.date(2026, 11, 20), when):
        gone = {"lifecycle": {"status": "deprecated", "date": date}}
        client = Client(config={"providers": {"openai": {"models": {"gpt-image-2": {"generate": gone}}}}}, environ={})
        told = client.to_config()["providers"]["openai"]["models"]["gpt-image-2"]["generate"]["lifecycle"]
        assert told == {"status": "deprecated", "date": "2026-11-20"}
        assert sees(again(client)) == sees(client)


def test_what_is_said_is_a_copy() -> None:
    config = {"providers": {"acme": dict(RELAY)}}
    client = Client(config=config, environ={})
    before = client.to_config()
    config["providers"]["acme"]["base_url"] = "https://changed.example"
    client.to_config()["providers"]["acme"]["models"].clear()
    assert client.to_config() == before


# Who is asked


def test_the_order_of_code_replaces_that_of_the_configuration() -> None:
    client = Client(config=WHOLE, environ={}, providers=["r9s", "openai"])
    assert client.to_config()["defaults"] == {
        "providers": ["r9s", "openai"], "timeout": 60, "max_concurrency": 2
    }  # fmt: skip
    assert again(client)._order() == client._order()
    assert Client(environ={}, providers="openai").to_config() == {"defaults": {"providers": ["openai"]}}


def test_of_a_provider_object_its_name_is_left_and_it_is_missed_where_it_is_not_given_again() -> None:
    (own,) = load({"providers": {"own": RELAY}}).own
    client = Client(environ={}, providers=[own, "openai"], base_urls={"own": "https://code.example"})
    told = client.to_config()
    assert told == {
        "defaults": {"providers": ["own", "openai"]}, "providers": {"own": {"base_url": "https://code.example"}}
    }  # fmt: skip
    back = Client.from_config(told, environ={}, providers=[own, "openai"])
    assert back._endpoint(back.installed().get("own")).base_url == "https://code.example"
    with pytest.raises(ConfigError, match="own is about no provider that is installed"):
        Client.from_config(told, environ={}).plan(GenerateRequest("a cat"))


def test_a_provider_that_its_name_alone_would_not_find_is_refused() -> None:
    """Who reads the configuration would ask somebody else."""
    client = Client(environ={}, providers=["limner-rival:openai"])
    installed = [Entry("openai", GROUP, f"limner-{who}", "1", "a_module") for who in ("openai", "rival")]
    client._registry = Registry(providers=client.providers, entry_points=lambda: installed)
    with pytest.raises(ConfigError, match="can say 'limner-rival:openai'"):
        client.to_config()
    rightful = Client(environ={}, providers=["Limner.OpenAI:openai"])
    assert rightful.to_config() == {"defaults": {"providers": ["openai"]}}


def test_an_order_that_names_nobody_is_said_as_it_stands() -> None:
    config = {"defaults": {"providers": ["opnai"]}}
    assert Client(config=config, environ={}).to_config() == config
    assert Client(providers=["opnai"], environ={}).to_config() == config


# Secrets


CANARY = "sk-canary-1234"


def test_no_key_is_said() -> None:
    client = Client(
        config=WHOLE, keys={"acme": CANARY, "openai": CANARY}, environ={"OPENAI_API_KEY": CANARY},
        settings={"openai": {"session_token": CANARY, "project": "p-1"}},
    )  # fmt: skip
    view = client.using(keys={"acme": CANARY}, user=CANARY, settings={"openai": {"secret": CANARY}})
    for one in (client, view):
        assert CANARY not in json.dumps(one.to_config())
    assert client.to_config()["providers"]["openai"]["settings"] == {"project": "p-1"}


@pytest.mark.parametrize("url", [f"https://user:{CANARY}@acme.example", f"https://acme.example/v1?key={CANARY}"])
def test_an_address_with_a_secret_in_it_is_refused_without_it(url: str) -> None:
    """Without the address, requests would go elsewhere."""
    client = Client(config=WHOLE, environ={}, base_urls={"acme": url})
    with pytest.raises(ConfigError, match=r"what to_config\(\) says: providers\.acme\.base_url must be") as caught:
        client.to_config()
    assert CANARY not in str(caught.value)


def test_an_endless_timeout_is_refused() -> None:
    with pytest.raises(ConfigError, match=r"defaults\.timeout must be a number"):
        Client(environ={}, timeout=float("inf")).to_config()


def test_what_the_environment_says_stays_there() -> None:
    environ = {"OPENAI_BASE_URL": "https://environ.example", "OPENAI_ORG_ID": "org-environ"}
    assert Client(environ=environ).to_config() == {}
