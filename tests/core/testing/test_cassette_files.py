"""Cassettes as files: what is written, what is read, and what is compared."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from vcr.request import Request
from vcr.serialize import deserialize, serialize

from limner.testing import cassettes

# What is written


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


def asked(body: bytes | None) -> Request:
    return Request("POST", "https://api.example.com/v1/paint", body, {"Content-Type": "application/json"})


def through_a_file(body: bytes) -> tuple[Any, bytes]:
    """A request's body and a response's, after a cassette was written and read."""
    serializer = cassettes.Serializer("sandbox", "a test")
    request = Request("POST", "https://api.example.com/v1/paint?size=1", body, {"Content-Type": "x/y"})
    response = {
        "status": {"code": 200, "message": "OK"},
        "headers": {"content-type": ["x/y"]},
        "body": {"string": body},
    }
    text = serialize({"requests": [request], "responses": [response]}, serializer)
    (read,), (answer,) = deserialize(text, serializer)
    assert (read.method, read.uri, dict(read.headers)) == (request.method, request.uri, {"content-type": "x/y"})
    return read, answer["body"]["string"]


@given(value=JSON)
def test_json_survives_a_cassette(value: Any) -> None:
    request, answer = through_a_file(json.dumps(value).encode())
    cassettes.same_body(request, asked(json.dumps(value).encode()))
    assert json.loads(answer) == value


@given(body=st.binary())
def test_what_is_no_json_survives_a_cassette_byte_by_byte(body: bytes) -> None:
    body = b"<" + body  # nothing that JSON begins with
    request, answer = through_a_file(body)
    assert (request.body, answer) == (body, body)


def test_json_stands_in_a_cassette_as_json() -> None:
    response = {"status": {"code": 200}, "headers": {}, "body": {"string": b'{"a":[1]}'}}
    request = {"method": "GET", "uri": "https://a.example/", "headers": {}, "body": None}
    text = cassettes.Serializer("live", "x").serialize({"interactions": [{"request": request, "response": response}]})
    assert json.loads(text)["interactions"][0]["response"]["json"] == {"a": [1]}


@pytest.mark.parametrize("label", [{}, {"origin": "live"}, {"source": "x"}, {"origin": "memory", "source": "x"}])
def test_a_cassette_without_an_origin_is_not_played(label: dict[str, str]) -> None:
    with pytest.raises(ValueError, match="states its origin"):
        cassettes.Serializer("sandbox").deserialize(json.dumps({**label, "interactions": []}))


# What is compared


@pytest.mark.parametrize(("one", "other"), [(b'{"a":1,"b":2}', b'{"b": 2, "a": 1}'), (b"text", b"text"), (None, b"")])
def test_requests_are_the_same_if_their_bodies_say_the_same(one: bytes | None, other: bytes) -> None:
    cassettes.same_body(asked(one), asked(other))


@pytest.mark.parametrize(
    "other", [b'{"n":2}', b'{"n":1.0}', b'{"n":true}', b'{"n":"1"}', b'{"n":1,"m":null}', b"", None]
)
def test_requests_are_different_if_a_value_or_its_type_is(other: bytes | None) -> None:
    with pytest.raises(AssertionError):
        cassettes.same_body(asked(b'{"n":1}'), asked(other))
