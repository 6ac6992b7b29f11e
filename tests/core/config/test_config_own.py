"""Providers without code: what a table becomes, and what is said of one that is wrong."""

from __future__ import annotations

import pickle
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from limner.capabilities import Encoding
from limner.provider import API_VERSION, Bearer, HeaderKey, NoAuth, QueryKey

if TYPE_CHECKING:
    from collections.abc import Callable

    from limner.provider import Provider

ONE = {"acme-1": {"family": "gpt-image"}}
TWO = {"acme-1": {"family": "dall-e-2"}, "acme-2": {"family": "gpt-image"}}


# What a table becomes


def test_two_keys_are_a_provider(acme: Callable[..., Provider]) -> None:
    provider = acme()
    assert (provider.name, provider.base_url) == ("acme", "https://api.acme.example/v1")
    assert (provider.key_variable, provider.auth) == ("ACME_API_KEY", Bearer())
    assert provider.hosts == ("api.acme.example",)


def test_its_source_is_where_it_is_written(acme: Callable[..., Provider]) -> None:
    capabilities = acme(models=ONE).capabilities()
    assert capabilities.source.page == "the config= mapping"
    (found,) = (capabilities.find("acme-1", "generate"),)
    assert found is not None
    assert found.operation.source == capabilities.source


def test_a_model_takes_what_its_family_takes(acme: Callable[..., Provider]) -> None:
    found = acme(models=ONE).capabilities().find("acme-1", "edit")
    assert found is not None
    assert "input_fidelity" in found.operation.parameters


def test_a_model_nobody_lists_passes_with_a_warning(acme: Callable[..., Provider]) -> None:
    found = acme(models=ONE).capabilities().find("acme-9", "generate")
    assert found is not None
    assert found.verdict({"prompt": "a cat", "quality": "superb"}) == "warn"


def test_the_only_model_is_the_default_one(acme: Callable[..., Provider]) -> None:
    default = acme(models=ONE).capabilities().default("generate")
    assert default is not None
    assert default.id == "acme-1"


def test_of_two_models_none_is_the_default(acme: Callable[..., Provider]) -> None:
    assert acme(models=TWO).capabilities().default("generate") is None


def test_it_is_of_the_contract_of_the_limner_that_reads_it(acme: Callable[..., Provider]) -> None:
    assert acme().api_version == API_VERSION


def test_the_default_model_is_the_default_for_all_it_does(acme: Callable[..., Provider]) -> None:
    capabilities = acme(models=TWO, default_model="acme-2").capabilities()
    defaults = {name: getattr(capabilities.default(name), "id", None) for name in ("generate", "edit", "vary")}
    assert defaults == {"generate": "acme-2", "edit": "acme-2", "vary": None}


def test_a_model_may_be_like_one_above_it(acme: Callable[..., Provider]) -> None:
    models = {"acme-1": {"family": "dall-e-3", "aliases": ["first"]}, "acme-2": {"like": "acme-1"}}
    first, second = acme(models=models).capabilities().models
    assert second.operations == first.operations
    assert (first.aliases, second.aliases) == (("first",), ())


@pytest.mark.parametrize(
    ("told", "auth"),
    [
        ("bearer", Bearer()),
        ({"header": "x-api-key"}, HeaderKey("x-api-key")),
        ({"header": "Authorization", "prefix": "Key "}, HeaderKey("Authorization", "Key ")),
        ({"query": "key"}, QueryKey("key")),
    ],
)
def test_the_key_goes_where_it_is_said(acme: Callable[..., Provider], told: Any, auth: object) -> None:
    assert acme(auth=told).auth == auth


def test_a_server_may_take_no_key(acme: Callable[..., Provider]) -> None:
    assert acme(auth="none", key_variable=None).auth == NoAuth()


def test_a_key_may_come_from_code_alone(acme: Callable[..., Provider]) -> None:
    assert acme(auth="bearer", key_variable=None).key_variable is None


def test_more_hosts_stand_beside_its_own(acme: Callable[..., Provider]) -> None:
    provider = acme(hosts=["Files.acme.example", "api.acme.example"])
    assert provider.hosts == ("api.acme.example", "files.acme.example")


def test_the_life_of_its_urls_is_in_seconds(acme: Callable[..., Provider]) -> None:
    provider: Any = acme(url_lifetime=90)
    assert provider.url_lifetime == timedelta(seconds=90)


def test_without_a_word_its_urls_live_as_long_as_the_dialect_says(acme: Callable[..., Provider]) -> None:
    provider: Any = acme()
    assert provider.url_lifetime == timedelta(minutes=60)


def encodings(provider: Provider, operation: str) -> tuple[Encoding, ...]:
    found = provider.capabilities().find("acme-1", operation)
    assert found is not None
    return found.operation.encodings


def test_one_of_the_familys_encodings_keeps_what_the_family_says_of_it(acme: Callable[..., Provider]) -> None:
    every = encodings(acme(models=ONE), "edit")
    (chosen,) = encodings(acme(models=ONE, edit_encoding="multipart"), "edit")
    assert chosen in every
    assert chosen.without == ("moderation",)


def test_an_encoding_may_be_one_that_the_family_does_not_have(acme: Callable[..., Provider]) -> None:
    provider = acme(models=ONE, edit_encoding="json-data-url")
    assert encodings(provider, "edit") == (Encoding("json-data-url", inputs=("bytes",)),)


def test_the_encoding_of_edits_leaves_the_rest_alone(acme: Callable[..., Provider]) -> None:
    with_it, without = acme(models=ONE, edit_encoding="multipart"), acme(models=ONE)
    assert encodings(with_it, "generate") == encodings(without, "generate")


def test_the_dialect_may_be_named(acme: Callable[..., Provider]) -> None:
    assert type(acme(dialect="openai-images")) is type(acme())


def test_it_pickles(acme: Callable[..., Provider]) -> None:
    provider = acme(models=ONE, hosts=["files.acme.example"], auth={"query": "key"})
    assert pickle.loads(pickle.dumps(provider)) == provider  # noqa: S301 - our own bytes


# What is said of one that is wrong

WRONG: list[tuple[dict[str, Any], str]] = [
    ({"base_url": None}, " needs a base_url: the address up to and without /images/generations."),
    ({"base_url": 5}, ".base_url must be an http(s) address, not 5."),
    ({"base_url": "api.acme.example"}, ".base_url must be an http(s) address, not 'api.acme.example'."),
    ({"base_url": "ftp://acme.example"}, ".base_url must be an http(s) address, not 'ftp://acme.example'."),
    ({"base_url": "https://acme.example:0"}, ".base_url must be an http(s) address, not 'https://acme.example:0'."),
    ({"base_url": "https://acme.example:x"}, ".base_url must be an http(s) address, not 'https://acme.example:x'."),
    (
        {"base_url": "user:pa55@acme.example/v1"},
        ".base_url must be an http(s) address without a user, a query or a fragment: those may hold a key.",
    ),
    ({"base_url": "https://a b"}, ".base_url must be an http(s) address, not 'https://a b'."),
    (
        {"key_variable": None, "auth": "basic"},
        ".auth must be bearer or none, not 'basic'.",
    ),
    ({"auth": {}}, ".auth must have a header, which may have a prefix, or a query."),
    ({"auth": {"header": "a", "query": "b"}}, ".auth must have a header, which may have a prefix, or a query."),
    ({"auth": {"header": "a b"}}, ".auth.header must be a header's name, not 'a b'."),
    ({"auth": {"header": "a", "prefix": "\n"}}, ".auth.prefix must be ASCII without line breaks, not '\\n'."),
    ({"auth": "none"}, '.key_variable is not needed where auth is "none": one of the two must go.'),
    (
        {"dialect": "openai-image"},
        (
            ".dialect must be a dialect that is installed (openai-images), not 'openai-image'."
            " Did you mean 'openai-images'?"
        ),
    ),
    ({"models": []}, ".models must be a table, not a list of 0."),
    ({"models": {"a": "gpt-image"}}, ".models.a must be a table, not 'gpt-image'."),
    (
        {"models": {"a.1": {}}},
        '.models."a.1" needs one of family (gpt-image, dall-e-3, dall-e-2, open) and like (a model above it).',
    ),
    (
        {"models": {"a": {"family": "dall-e-2"}, "b": {"family": "open", "like": "a"}}},
        ".models.b needs one of family (gpt-image, dall-e-3, dall-e-2, open) and like (a model above it).",
    ),
    (
        {"models": {"a": {"famliy": "open"}}},
        (
            ".models.a.famliy is not a key that is known here; these are: aliases, edit, family, generate, lifecycle,"
            " like, operations and vary. Did you mean 'family'?"
        ),
    ),
    (
        {"models": {"a": {"family": "gpt-imgae"}}},
        ".models.a.family must be gpt-image, dall-e-3, dall-e-2 or open, not 'gpt-imgae'. Did you mean 'gpt-image'?",
    ),
    (
        {"models": {"acme-2": {"like": "acme-1"}, "acme-1": {"family": "open"}}},
        ".models.acme-2.like must be a model that is declared before (none so far), not 'acme-1'.",
    ),
    (
        {"models": {"acme-1": {"family": "open"}, "b": {"like": "acme-2"}}},
        ".models.b.like must be a model that is declared before (\"acme-1\"), not 'acme-2'. Did you mean 'acme-1'?",
    ),
    (
        {"models": {"a": {"family": "open", "aliases": ["x"]}, "b": {"family": "open", "aliases": ["x"]}}},
        ".models is not possible: the model name 'x' is declared twice: by 'a' and by 'b'.",
    ),
    ({"models": ONE, "default_model": "acme-2"}, ".default_model must be acme-1, not 'acme-2'. Did you mean 'acme-1'?"),
    ({"default_model": "acme-2"}, ".default_model must be left out, not 'acme-2'."),
    (
        {"edit_encoding": "multi-part"},
        (
            ".edit_encoding must be multipart, json-references or json-data-url, not 'multi-part'."
            " Did you mean 'multipart'?"
        ),
    ),
    ({"url_lifetime": 0}, ".url_lifetime must be a number of seconds, more than 0 and at most 1,000,000,000, not 0."),
    ({"hosts": "acme.example"}, ".hosts must be a list, not 'acme.example'."),
    (
        {"hosts": ["a.example", "b.example:80"]},
        ".hosts[1] must be a host's name, such as images.acme.example, not 'b.example:80'.",
    ),
    (
        {"base-url": "https://b.example"},
        (
            ".base-url is not a key that is known here; these are: auth, base_url, default_model, dialect,"
            " edit_encoding, hosts, key_variable, models and url_lifetime. Did you mean 'base_url'?"
        ),
    ),
]


@pytest.mark.parametrize(("keys", "said"), WRONG, ids=lambda value: value[:40] if isinstance(value, str) else "")
def test_what_is_wrong_is_said_with_its_path(acme_complaint: Callable[..., str], keys: Any, said: str) -> None:
    assert acme_complaint(**keys) == said


# Secrets

CANARY = "sk-canary"


@pytest.mark.parametrize(
    "keys",
    [
        {"api_key": CANARY},
        {"key": CANARY},
        {"keys": {"acme": CANARY}},
        {"token": CANARY},
        {"secret_key": CANARY},
        {"password": CANARY},
    ],
)
def test_a_key_in_the_file_is_told_where_keys_belong(acme_complaint: Callable[..., str], keys: Any) -> None:
    said = acme_complaint(**keys)
    assert said.endswith(
        " must not be here: a key belongs in an environment variable, which key_variable names, or in code, as"
        " keys={...}."
    )
    assert CANARY not in said


@pytest.mark.parametrize(
    "keys",
    [
        {"key_variable": CANARY},
        {"key_variable": 5},
        {"unheard_of": CANARY},
        {"base_url": f"https://user:{CANARY}@acme.example"},
        {"base_url": f"https://acme.example/v1?key={CANARY}"},
        {"base_url": f"https://acme.example/v1#{CANARY}"},
    ],
)
def test_what_may_be_a_key_is_not_repeated(acme_complaint: Callable[..., str], keys: Any) -> None:
    assert CANARY not in acme_complaint(**keys)
