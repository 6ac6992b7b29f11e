"""What requests say, and whether they say it, in whatever their bodies are written."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

import pytest

from limner.provider import HttpRequest, Part
from limner.testing.wording import at, bodies, mentions, says, texts


def form(*fields: tuple[str, str]) -> HttpRequest:
    return HttpRequest("POST", "/", parts=tuple(Part(name, text) for name, text in fields))


FORM = {"content-type": "application/x-www-form-urlencoded"}
SAYING = {
    "JSON": HttpRequest("POST", "/", json={"random": {"seed": 5}}),
    "JSON as bytes": HttpRequest("POST", "/", content=b'{"random": {"seed": 5}}'),
    "a field": form(("random.seed", "5")),
    "a field in brackets": form(("random[seed]", "5")),
    "JSON in a field": form(("random", '{"seed": 5}')),
    "JSON in another field": form(("request", '{"random": {"seed": 5}}')),
    "a query": HttpRequest("GET", "/", query={"random.seed": "5"}),
    "a form of the web": HttpRequest("POST", "/", content=urlencode({"random[seed]": 5}).encode(), headers=FORM),
}


def said(request: HttpRequest, path: str, value: Any) -> bool:
    return any(says(body, path.split("."), value) for body in bodies(request))


@pytest.mark.parametrize("request_", SAYING.values(), ids=SAYING)
def test_a_value_is_found_where_it_stands(request_: HttpRequest) -> None:
    assert said(request_, "random.seed", 5)
    assert not said(request_, "random.seed", 55)
    assert not said(request_, "random.size", 5)
    assert mentions([request_], 5)
    assert not mentions([request_], 55)


@pytest.mark.parametrize(
    ("value", "text"), [(True, "true"), (True, "True"), (1.5, "1.5"), ("a", "of a"), (["a", "b"], None)]
)
def test_a_form_has_texts_for_values(value: Any, text: str | None) -> None:
    request = form(("x", text)) if text else form(("x[]", "a"), ("x[]", "b"))
    assert said(request, "x", value)
    assert not said(form(("x", "?")), "x", value)


@pytest.mark.parametrize("value", ["5", 6, True])
def test_json_says_types_too(value: Any) -> None:
    assert not said(HttpRequest("POST", "/", json={"x": 5}), "x", value)


def test_of_an_object_more_may_be_said() -> None:
    request = HttpRequest("POST", "/", json={"x": {"a": {"b": 1, "c": 2}}})
    assert said(request, "x", {"a": {"b": 1}})
    assert not said(request, "x", {"a": {"d": 1}})
    assert at(request.json, ["x", "a", "b", "c"]) == []


def test_texts_are_read_as_their_reader_has_them() -> None:
    request = HttpRequest("POST", "/a%20cat", content=b"of=two+cats", headers={"x": '{"in": ["a box"]}'})
    assert {"/a cat", "of=two cats", "a box"} <= set(texts([request]))
    assert '{"no JSON' in texts([form(("x", '{"no JSON'))])


@pytest.mark.parametrize(
    ("body", "mentioned"),
    [({"width": 32, "height": 16}, True), ({"shape": ["32", "16"]}, True), ({"width": 32}, False), ({}, False)],
)
def test_a_size_is_mentioned_by_its_numbers(body: Any, mentioned: bool) -> None:  # noqa: FBT001 - a parameter
    assert mentions([HttpRequest("POST", "/", json=body)], "32x16") is mentioned
