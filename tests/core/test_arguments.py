"""What a client is made with is checked where it is given, and its documentation says what there is."""

from __future__ import annotations

import inspect
from types import SimpleNamespace
from typing import Any

import pytest

import limner
from limner.arguments import check_names
from limner.errors import ConfigError


@pytest.mark.parametrize("param", ["keys", "base_urls", "settings"])
def test_a_misspelt_provider_in_a_mapping_is_corrected(plain: Any, param: str) -> None:
    with pytest.raises(ConfigError, match=f"{param} names 'plian', which is no provider here; did you mean 'plain'"):
        limner.Client(providers=[plain()], **{param: {"plian": {}}})


def test_a_provider_that_is_installed_and_not_chosen_is_no_misspelling() -> None:
    registry: Any = SimpleNamespace(names=lambda: ("acme",), entries=lambda: (SimpleNamespace(name="acme2"),))
    check_names("keys", {"acme2": None}, registry)
    with pytest.raises(ConfigError, match="keys names 'acme3', which is no provider here; did you mean 'acme'"):
        check_names("keys", {"acme3": None}, registry)


def test_a_misspelt_provider_among_a_view_s_keys_is_corrected(plain: Any) -> None:
    client = limner.Client(providers=[plain()], environ={})
    with pytest.raises(ConfigError, match="keys names 'plian', which is no provider here; did you mean 'plain'"):
        client.using(keys={"plian": "key"})


@pytest.mark.parametrize("kind", [limner.Client, limner.AsyncClient])
def test_a_client_says_what_it_is_made_with(kind: Any) -> None:
    arguments = [name for name in inspect.signature(kind).parameters if name != "self"]
    for doc in (inspect.getdoc(kind), inspect.getdoc(kind.__init__)):
        told = (doc or "").partition("Args:\n")[2]
        assert [name for name in arguments if f"\n    {name}: " not in f"\n{told}"] == []


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"api_key": "x"}, r"Client\(\) takes no parameter 'api_key': its name here is keys: keys=\{"),
        ({"max_retries": 2}, r"Client\(\) takes no parameter 'max_retries': retry= of a call says"),
        ({"organization": "x"}, r"settings=\{'provider': \{'organization': '\.\.\.'\}\}\.$"),
        ({"time_out": 2}, r"Client\(\) takes no parameter 'time_out'\. Did you mean 'timeout'\?$"),
    ],
)
def test_a_client_is_made_with_its_own_words(given: Any, told: str) -> None:
    for kind in (limner.Client, limner.AsyncClient):
        with pytest.raises(TypeError, match=told):
            kind(**given)


def test_a_view_is_made_with_its_own_words(plain: Any) -> None:
    with pytest.raises(TypeError, match=r"^using\(\) takes no parameter 'key'\. Did you mean 'keys'\?$"):
        limner.Client(providers=[plain()], environ={}).using(key="x")  # type: ignore[call-arg]


def test_a_provider_that_is_not_here_may_stand_in_a_mapping(plain: Any) -> None:
    limner.Client(providers=[plain()], base_urls={"elsewhere": "https://a.example"}).close()


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"base_urls": "https://a.example"}, "base_urls is a mapping by provider; it was given str"),
        ({"timeout": float("nan")}, "timeout is a number of seconds above 0; it was given nan"),
        ({"timeout": "60"}, "timeout is a number of seconds above 0; it was given '60'"),
        ({"total_timeout": -1}, "total_timeout is a number of seconds above 0; it was given -1"),
        ({"observers": print}, "observers takes a list of functions; it was given builtin_function_or_method"),
        ({"observers": [print, "x"]}, "observers takes functions; it was given str"),
        ({"max_concurrency": "5"}, "max_concurrency is a whole number of at least 1; it was given '5'"),
    ],
)
def test_what_a_client_is_given_is_checked_where_it_is_given(plain: Any, given: Any, message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        limner.Client(providers=[plain()], **given)
