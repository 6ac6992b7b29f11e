"""Whatever a configuration holds, it is a configuration or a ConfigError; and what is declared can be used."""

from __future__ import annotations

import datetime as dt
from contextlib import suppress
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from limner import config
from limner.capabilities import (
    ModelCapabilities,
    OneOf,
    OperationCapabilities,
    Parameter,
    ProviderCapabilities,
    Sizes,
    Source,
    Text,
)
from limner.errors import ConfigError
from limner.provider import ProviderBase

SCALARS = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=8)
    | st.sampled_from(["low", "auto", "1024x1024", "gpt-image", "open", "acme-1", "multipart", "deprecated", "range"])
    | st.dates()
    | st.datetimes()
    | st.just(dt.time())
    | st.binary(max_size=3)
)
WORDS = st.sampled_from(
    [
        "defaults", "providers", "model", "models", "timeout", "acme", "studio", "brush", "acme-1", "base_url", "auth",
        "key_variable", "settings", "hosts", "default_model", "edit_encoding", "url_lifetime", "family", "like",
        "aliases", "lifecycle", "operations", "generate", "edit", "size", "quality", "prompt", "delivery", "seed",
        "images", "without", "streams", "images_per_call", "values", "add", "remove", "kind", "wire", "name", "max",
        "min", "low", "high", "near", "default", "status", "date", "header", "query", "max_edge", "multiple_of",
    ]
)  # fmt: skip
VALUES = st.recursive(
    SCALARS,
    lambda inside: st.lists(inside, max_size=3) | st.dictionaries(WORDS | st.text(max_size=4), inside, max_size=3),
    max_leaves=12,
)
TABLES = st.dictionaries(WORDS, VALUES, max_size=4)
SETTLED = st.fixed_dictionaries({"base_url": st.just("https://a.example"), "key_variable": st.just("A_KEY")})


class Studio(ProviderBase):
    name = "studio"
    base_url = "https://studio.example/v1"

    def capabilities(self) -> ProviderCapabilities:
        takes = {"prompt": Parameter(Text()), "size": Sizes(auto=True, free=True), "quality": OneOf(("low", "high"))}
        models = (ModelCapabilities("brush", operations={"generate": OperationCapabilities(takes)}),)
        return ProviderCapabilities(models, None, Source("the page", "2026-11-20"))


def usable(data: Any) -> None:
    """Load it, and if it is a configuration, use all that it declares."""
    with suppress(ConfigError):
        loaded = config.load(data)
        studio: Any = Studio()
        for provider in (*loaded.own, *(patch(studio) for patch in loaded.patches.values())):
            capabilities = provider.capabilities()
            capabilities.json()
            for found in (one for name in capabilities.operations() for one in capabilities.offers(name)):
                found.check({"prompt": "a cat", "size": "1024x1024", "quality": "low", "n": 3})
                found.operation.wire({"prompt": "a cat", "size": "1024x1024", "quality": "low"})
                found.operation.rows()
                found.operation.json_schema()


@given(VALUES)
def test_any_mapping_ends_in_a_configuration_or_its_error(data: Any) -> None:
    if isinstance(data, dict):
        usable(data)


@given(st.fixed_dictionaries({"providers": st.dictionaries(st.sampled_from(["acme", "studio"]), TABLES)}))
def test_any_table_of_a_provider_does(data: Any) -> None:
    usable(data)


@given(SETTLED, VALUES, st.sampled_from(["auth", "models", "hosts", "edit_encoding", "default_model", "url_lifetime"]))
def test_any_value_of_a_providers_key_does(table: Any, value: Any, key: str) -> None:
    usable({"providers": {"acme": {**table, key: value}}})


@given(SETTLED, st.sampled_from(["gpt-image", "dall-e-2", "open"]), TABLES, TABLES)
def test_any_table_of_a_model_does(table: Any, family: str, keys: Any, operation: Any) -> None:
    model = {**keys, "family": family, "generate": operation}
    usable({"providers": {"acme": {**table, "models": {"acme-1": model}}}})


PARAMETERS = st.sampled_from(["size", "quality", "prompt", "delivery", "seed", "style", "output_compression"])
KINDS = st.none() | st.sampled_from(["choice", "range", "length", "text", "boolean", "sizes"])


@given(PARAMETERS, KINDS, TABLES | st.lists(SCALARS, max_size=3))
def test_any_table_of_a_parameter_does(name: str, kind: str | None, keys: Any) -> None:
    told = {**keys, "kind": kind} if kind is not None and isinstance(keys, dict) else keys
    model = {"family": "open", "generate": {name: told}}
    usable({"providers": {"acme": {"base_url": "https://a.example", "auth": "none", "models": {"a": model}}}})
    usable({"providers": {"studio": {"models": {"brush": {"generate": {name: told}}}}}})


@given(st.lists(st.sampled_from(["64x64", "128x128", "auto", "1024x1024"]), unique=True), st.data())
def test_what_is_added_and_removed_is_what_is_taken(start: list[str], data: st.DataObject) -> None:
    """A list of values, then more, then fewer: as a set would have it."""
    more = data.draw(st.lists(st.sampled_from(["64x64", "256x256", "auto"]), unique=True))
    fewer = data.draw(st.lists(st.sampled_from(start), unique=True)) if start else []
    told = {"values": start, "add": more, "remove": fewer}
    model = {"family": "gpt-image", "generate": {"size": told}}
    table = {"base_url": "https://a.example", "key_variable": "A_KEY", "models": {"a": model}}
    expected = (set(start) - set(fewer)) | set(more)
    try:
        (acme,) = config.load({"providers": {"acme": table}}).own
    except ConfigError:
        assert not expected
        return
    found = acme.capabilities().find("a", "generate")
    assert found is not None
    constraint = found.operation.parameters["size"].constraint
    assert {size for size in {*start, *more, "512x512"} if constraint.check(size) is None} == expected
