"""Requests: one field per parameter, checked where they are made, and nothing sent that was not set."""

from __future__ import annotations

import pickle
from typing import Any

import pytest
from attrs import frozen

from limner.errors import BadInputError
from limner.requests import GenerateRequest


@frozen
class PaintOptions:
    brush: str | None = None
    layers: int | None = None


def test_what_is_not_set_is_not_given() -> None:
    assert GenerateRequest("a cat").given() == {"prompt": "a cat"}


def test_what_is_set_is_given_by_the_name_that_declarations_use() -> None:
    request = GenerateRequest("a cat", size="1024x1024", delivery="url", options=PaintOptions(brush="fine"))
    assert request.given() == {
        "prompt": "a cat", "size": "1024x1024", "delivery": "url", "options.brush": "fine",
    }  # fmt: skip


def test_call_options_are_never_given() -> None:
    request = GenerateRequest("a cat", provider="acme", model="m", timeout=3, retry="at_least_once", extra={"x": 1})
    assert request.given() == {"prompt": "a cat"}


@pytest.mark.parametrize("size", [(1536, 1024), "1536x1024", "1536\N{MULTIPLICATION SIGN}1024"])
def test_a_size_may_be_written_as_people_write_it(size: Any) -> None:
    assert GenerateRequest("a cat", size=size).size == "1536x1024"


@pytest.mark.parametrize("allow", ["retired", ("retired",), ["retired"]])
def test_allow_takes_one_word_or_several(allow: Any) -> None:
    assert GenerateRequest("a cat", allow=allow).allow == ("retired",)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"prompt": "  "}, "prompt takes a text that is not blank; it was given a blank one"),
        ({"prompt": None}, "prompt takes a text that is not blank; it was given NoneType"),
        ({"prompt": "\ud800"}, "prompt holds a lone surrogate at position 0"),
        ({"n": 0}, "n is at least 1; it was given 0"),
        ({"n": True}, "n takes int; it was given bool"),
        ({"n": "2"}, "n takes int; it was given str"),
        ({"quality": 3}, "quality takes str; it was given int"),
        ({"timeout": 0}, "timeout is a number of seconds above 0; it was given 0"),
        ({"timeout": float("inf")}, "timeout is a number of seconds above 0"),
        ({"timeout": True}, "timeout is a number of seconds above 0; it was given True"),
        ({"delivery": "fax"}, "delivery is one of 'bytes', 'url'; it was given 'fax'"),
        ({"retry": "always"}, "retry is one of 'safe', 'at_least_once'; it was given 'always'"),
        ({"allow": ("everything",)}, "allow is one of 'announced', 'retired'; it was given 'everything'"),
        ({"allow": True}, "allow is one of 'announced', 'retired'; it was given True"),
        ({"model": 5}, "model takes str; it was given int"),
        ({"fallback": 5}, "fallback takes str; it was given int"),
        ({"size": [1024, 1024]}, "size takes text such as '1024x1024', or (width, height); it was given list"),
        ({"size": 1024}, "size takes text such as '1024x1024', or (width, height); it was given int"),
        ({"size": "\ud800"}, "size holds a lone surrogate at position 0"),
        ({"svg": "gpt"}, "svg takes Mapping; it was given str"),
        ({"extra": ["x"]}, "extra takes Mapping; it was given list"),
    ],
)
def test_bad_input_names_the_parameter_what_came_and_what_is_allowed(given: dict[str, Any], message: str) -> None:
    with pytest.raises(BadInputError) as caught:
        GenerateRequest(**{"prompt": "a cat", **given})
    assert str(caught.value).startswith(message)
    assert caught.value.param == next(iter(given))


def test_a_request_is_frozen_pickles_and_changes_by_copy() -> None:
    request = GenerateRequest("a cat", n=2)
    assert pickle.loads(pickle.dumps(request)) == request  # noqa: S301 - our own bytes
    assert request.but(n=3).n == 3
    assert request.n == 2
    with pytest.raises(AttributeError):
        request.n = 4  # type: ignore[misc]


def test_every_field_is_a_parameter_or_a_call_option_and_documented() -> None:
    told = [*GenerateRequest.parameters(), *GenerateRequest.call_options()]
    assert {item.name for item in told} == {item.name for item in GenerateRequest.__attrs_attrs__ if item.init}
    assert all(item.metadata["doc"].endswith(".") for item in told)


def test_options_are_an_options_class_of_the_providers() -> None:
    with pytest.raises(BadInputError, match="options takes the provider's own options class; it was given dict"):
        GenerateRequest("a cat", options={"brush": "fine"})


def test_allowing_nothing_may_be_said() -> None:
    assert GenerateRequest("a cat", allow=None).allow == ()


@pytest.mark.parametrize("extra", [{1: 2, "b": 3}, {"a": {1: 2}}, {"a": [{"b": ({None: 2},)}]}])
def test_the_names_of_extra_are_text_at_every_depth(extra: Any) -> None:
    with pytest.raises(BadInputError, match=r"^extra takes names that are text; .* is (int|NoneType)") as caught:
        GenerateRequest("a cat", extra=extra)
    assert caught.value.param == "extra"


def test_an_extra_that_is_json_has_a_fingerprint() -> None:
    assert GenerateRequest("a cat", extra={"a": [1, {"b": None}], "c": "d"}).fingerprint
