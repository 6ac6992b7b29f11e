"""Which provider and model serve a request."""

from __future__ import annotations

from typing import Any

import pytest

from limner.errors import BadInputError
from limner.requests import GenerateRequest
from limner.selection import choose

ORDER = ("bolt", "acme")


class Names:
    def __init__(self, *names: str) -> None:
        self._names = names

    def names(self) -> tuple[str, ...]:
        return self._names


def chosen(
    names: tuple[str, ...] = ("acme", "bolt"),
    keyed: str = "",
    order: tuple[str, ...] = (),
    default: str | None = None,
    **options: Any,
) -> tuple[str, str | None]:
    request = GenerateRequest("a cat", **options)
    has_key = keyed.split().__contains__
    return choose(request, Names(*names), has_key, order=order, default=default)  # type: ignore[arg-type]


def test_a_model_splits_at_the_first_slash() -> None:
    assert chosen(model="fal/fal-ai/flux/dev") == ("fal", "fal-ai/flux/dev")


def test_a_model_does_not_split_when_the_provider_is_given() -> None:
    assert chosen(provider="acme", model="fal-ai/flux") == ("acme", "fal-ai/flux")


def test_a_provider_alone_means_its_default_model() -> None:
    assert chosen(provider="acme") == ("acme", None)


def test_with_nothing_named_the_one_provider_that_has_a_key_serves_it() -> None:
    assert chosen(keyed="bolt") == ("bolt", None)


def test_two_providers_with_keys_are_an_error_that_lists_them() -> None:
    with pytest.raises(BadInputError, match="acme and bolt could each serve this"):
        chosen(keyed="acme bolt")


def test_no_provider_with_a_key_is_an_error_that_lists_the_installed() -> None:
    with pytest.raises(BadInputError, match=r"no provider has a key.*where provider is acme or bolt"):
        chosen()


@pytest.mark.parametrize("model", ["brush-1", "/brush-1", "acme/"])
def test_a_model_without_a_provider_says_how_to_write_it(model: str) -> None:
    with pytest.raises(BadInputError, match=r"names no provider: write it as provider/model, .* acme or bolt"):
        chosen(model=model)


def test_a_machine_without_any_provider_says_so() -> None:
    with pytest.raises(BadInputError, match=r"one that is installed \(none is\)"):
        chosen(names=(), model="brush-1")


def test_of_an_order_the_first_that_has_a_key_serves_it() -> None:
    assert chosen(keyed="acme bolt", order=ORDER) == ("bolt", None)
    assert chosen(keyed="acme", order=ORDER) == ("acme", None)


def test_those_after_the_first_of_an_order_are_not_looked_at() -> None:
    looked: list[str] = []
    choose(GenerateRequest("a cat"), Names(), lambda name: not looked.append(name), order=ORDER)  # type: ignore[arg-type,func-returns-value]
    assert looked == ["bolt"]


def test_who_is_not_in_the_order_does_not_serve_it() -> None:
    with pytest.raises(BadInputError, match="no provider has a key"):
        chosen(keyed="acme", order=("bolt",))


def test_a_default_model_serves_what_names_nothing() -> None:
    assert chosen(keyed="acme bolt", order=ORDER, default="acme/brush/1") == ("acme", "brush/1")


@pytest.mark.parametrize(
    ("named", "who"), [({"model": "bolt/x"}, ("bolt", "x")), ({"provider": "bolt"}, ("bolt", None))]
)
def test_a_default_model_has_no_say_where_something_is_named(named: Any, who: tuple[str, str | None]) -> None:
    assert chosen(default="acme/brush", **named) == who
