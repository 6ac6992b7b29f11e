"""Forms and streams in cassettes: readable, played as they were, and compared by what they say."""

from __future__ import annotations

import json
from base64 import b64encode
from io import BytesIO
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image
from vcr.request import Request

from limner.media import Blob, sniff
from limner.provider import HttpRequest, Part
from limner.testing import cassettes
from limner.testing.scrubbing import LARGEST_IMAGE, Scrubber
from limner.transport.encode import encode
from limner.transport.sse import EventReader

PIXEL = b"GIF89a\x01\x00\x01\x00\x00\x00\x00;"


def asked(*parts: Part) -> Any:
    """A request with a form, scrubbed as vcrpy has it scrubbed."""
    encoded = encode(HttpRequest("POST", "/", parts=parts))
    assert encoded is not None
    headers = {"Content-Type": encoded.media_type or ""}
    return Scrubber().request(Request("POST", "https://a.example/", b"".join(encoded), headers))


def request_of(request: Any) -> dict[str, Any]:
    """As vcrpy hands it to the serializer."""
    headers = {name: [value] for name, value in request.headers.items()}
    return {"method": request.method, "uri": request.uri, "headers": headers, "body": request.body}


def through_a_file(request: Any = None, events: bytes = b"") -> tuple[dict[str, Any], dict[str, Any]]:
    """An interaction as it stands in a file, and as it is played."""
    answer = {"status": {"code": 200}, "headers": {"Content-Type": ["text/event-stream"]}, "body": {"string": events}}
    one = {"request": request_of(request or asked(Part("a", "b"))), "response": answer}
    serializer = cassettes.Serializer("sandbox", "a test")
    text = serializer.serialize({"interactions": [one]})
    return json.loads(text)["interactions"][0], serializer.deserialize(text)["interactions"][0]


# Forms


def test_a_form_stands_in_a_cassette_field_by_field() -> None:
    form = asked(Part("prompt", "a \N{CAT}"), Part("image[]", Blob(PIXEL), "a.gif", "image/gif"))
    assert through_a_file(form)[0]["request"]["form"] == [
        {"name": "prompt", "text": "a \N{CAT}"},
        {"name": "image[]", "file": "a.gif", "type": "image/gif", "base64": b64encode(PIXEL).decode()},
    ]


texts = st.text(st.characters(codec="utf-8"))
plain = st.text(st.characters(codec="ascii", categories=["L", "N"]), min_size=1)
parts = st.builds(Part, plain, texts) | st.builds(
    Part, plain, st.builds(Blob, st.binary()), plain, st.just("image/gif")
)


@given(st.lists(parts, min_size=1, max_size=4))
def test_a_form_survives_a_cassette(parts: list[Part]) -> None:
    form = asked(*parts)
    played = through_a_file(form)[1]["request"]
    headers = {name: values[0] for name, values in played["headers"].items()}
    recorded = Request("POST", "https://a.example/", played["body"], headers)
    cassettes.same_body(recorded, asked(*parts))
    assert played["body"] == form.body


CHANGED = [
    [Part("n", "2"), Part("image", Blob(PIXEL), "a.gif", "image/gif")],
    [Part("n", "1"), Part("image[]", Blob(PIXEL), "a.gif", "image/gif")],
    [Part("n", "1"), Part("image", Blob(PIXEL + b"\0"), "a.gif", "image/gif")],
    [Part("n", "1"), Part("image", Blob(PIXEL), "b.gif", "image/gif")],
    [Part("n", "1"), Part("image", Blob(PIXEL), "a.gif", "image/png")],
    [Part("n", "1")],
]


@pytest.mark.parametrize("changed", CHANGED, ids=["text", "name", "bytes", "file", "type", "one less"])
def test_forms_are_different_if_anything_in_them_is(changed: list[Part]) -> None:
    form = [Part("n", "1"), Part("image", Blob(PIXEL), "a.gif", "image/gif")]
    cassettes.same_body(asked(*form), asked(*form))
    with pytest.raises(AssertionError):
        cassettes.same_body(asked(*form), asked(*changed))


# Streams


def events_of(body: bytes) -> list[Any]:
    reader = EventReader(blobs=("b64_json",))
    return [*reader.feed(body), *reader.finish()]


STREAM = b'event: a\ndata: {"n": 1}\n\n: ping\n\ndata: {"n": 2}\n\ndata: [DONE]\n\n'


def test_a_stream_stands_in_a_cassette_event_by_event() -> None:
    kept, _ = through_a_file(events=STREAM)
    assert kept["response"]["events"] == [
        {"event": "a", "data": {"n": 1}}, {"lines": ": ping"}, {"data": {"n": 2}}, {"lines": "data: [DONE]"},
    ]  # fmt: skip


@pytest.mark.parametrize(
    "body",
    [STREAM, STREAM.replace(b"\n", b"\r\n"), STREAM[:-2], b"", STREAM + b'data: {"n": "\xff"}\n\n'],
    ids=range(5),
)
def test_a_stream_is_played_as_it_was(body: bytes) -> None:
    played = through_a_file(events=body)[1]["response"]["body"]["string"]
    assert events_of(played) == events_of(body)


def test_large_images_of_a_stream_become_tiny_and_stay_different() -> None:
    drawn = []
    for _ in range(2):
        buffer = BytesIO()
        Image.effect_noise((96, 80), 90).save(buffer, "PNG")
        drawn.append(buffer.getvalue())
    body = "".join(f'event: x\ndata: {{"b64_json": "{b64encode(one).decode()}"}}\n\n' for one in drawn).encode()
    scrubbed = Scrubber().response({"headers": {}, "body": {"string": body}})["body"]["string"]
    one, other = (event.json["b64_json"].read() for event in events_of(scrubbed))
    assert len(scrubbed) < LARGEST_IMAGE
    assert (sniff(one), sniff(other)) == (sniff(drawn[0]), sniff(drawn[1]))
    assert one != other
