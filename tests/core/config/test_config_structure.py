"""The top of a configuration: names, defaults, and what is neither."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from limner import config
from limner.config import Defaults

if TYPE_CHECKING:
    from collections.abc import Callable

TABLE = {"base_url": "https://a.example", "key_variable": "A_KEY"}


def test_nothing_is_a_configuration() -> None:
    loaded = config.load({})
    assert (loaded.defaults, loaded.own, loaded.patches) == (Defaults(), (), {})


def test_defaults_are_read() -> None:
    defaults = {
        "providers": ["acme", "other"], "model": "acme/a/b", "timeout": 1.5, "total_timeout": 60, "max_concurrency": 8
    }  # fmt: skip
    assert config.load({"defaults": defaults}).defaults == Defaults(
        providers=("acme", "other"), model="acme/a/b", timeout=1.5, total_timeout=60, max_concurrency=8
    )


def test_providers_keep_their_order() -> None:
    assert [one.name for one in config.load({"providers": {"z": TABLE, "a": TABLE}}).own] == ["z", "a"]


def test_a_table_without_a_way_to_its_key_is_about_an_installed_provider() -> None:
    loaded = config.load({"providers": {"Acme.AI".lower(): {"base_url": "https://a.example"}}})
    assert loaded.own == ()
    assert list(loaded.patches) == ["acme-ai"]


WRONG: list[tuple[Any, str]] = [
    (
        {"provider": {}},
        "provider is not a key that is known here; these are: defaults and providers. Did you mean 'providers'?",
    ),
    ({"providers": 5}, "providers must be a table, not 5."),
    ({"providers": {"acme": []}}, "providers.acme must be a table, not a list of 0."),
    ({"providers": {5: {}}}, "providers must have keys that are text, not 5."),
    (
        {"providers": {"Acme": TABLE}},
        "providers.Acme is not a provider's name: up to 64 of a-z, 0-9, '.', '_' and '-'.",
    ),
    ({"providers": {"acme.ai": TABLE, "acme-ai": TABLE}}, "providers.acme-ai is the same name as acme.ai."),
    ({"defaults": {"model": "acme"}}, "defaults.model must be written as provider/model, not 'acme'."),
    ({"defaults": {"model": "acme/"}}, "defaults.model must be written as provider/model, not 'acme/'."),
    ({"defaults": {"model": " "}}, "defaults.model must be a text, not ' '."),
    ({"defaults": {"providers": ["a", 5]}}, "defaults.providers[1] must be a text, not 5."),
    ({"defaults": {"timeout": "60"}}, "defaults.timeout must be a number, not '60'."),
    ({"defaults": {"timeout": True}}, "defaults.timeout must be a number, not True."),
    ({"defaults": {"timeout": float("nan")}}, "defaults.timeout must be a number, not nan."),
    ({"defaults": {"timeout": float("inf")}}, "defaults.timeout must be a number, not inf."),
    ({"defaults": {"timeout": 10**400}}, "defaults.timeout must be a number, not a number of 1,329 bits."),
    (
        {"defaults": {"total_timeout": -1}},
        "defaults.total_timeout must be a number of seconds, more than 0 and at most 1,000,000,000, not -1.",
    ),
    ({"defaults": {"max_concurrency": 0}}, "defaults.max_concurrency must be a whole number of at least 1, not 0."),
    ({"defaults": {"max_concurrency": 2.0}}, "defaults.max_concurrency must be a whole number, not 2.0."),
    (
        {"defaults": {"max_concurency": 2}},
        (
            "defaults.max_concurency is not a key that is known here; these are: max_concurrency, model, providers,"
            " timeout and total_timeout. Did you mean 'max_concurrency'?"
        ),
    ),
    (
        {"defaults": {'odd "key"\n': 2}},
        (
            'defaults."odd \\"key\\"\\n" is not a key that is known here; these are: max_concurrency, model, providers,'
            " timeout and total_timeout."
        ),
    ),
]


@pytest.mark.parametrize(("data", "said"), WRONG, ids=lambda value: value[:40] if isinstance(value, str) else "")
def test_what_is_wrong_is_said_with_its_path(complaint: Callable[[Any], str], data: Any, said: str) -> None:
    assert complaint(data) == said
