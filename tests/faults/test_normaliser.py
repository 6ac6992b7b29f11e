"""Replies of five providers, broken in every way JSON can be: images, or an error of ours, and never another."""

from __future__ import annotations

import copy
import json
import math
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

import pytest
from hypothesis import given
from hypothesis import strategies as st

import limner
from limner.errors import LimnerError
from limner.requests import GenerateRequest
from limner.results import ImageResult
from limner.transport.body import BodyReader

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

PROVIDERS = ("fastapi.ai", "openai", "r9s", "roboflow", "rockapi")
CASSETTES = Path(__file__).parent.parent / "providers"
IMAGE_KEYS = {"b64_json", "url", "image_url", "image", "images", "data"}
Place: TypeAlias = tuple[str | int, ...]


class Reader:
    """One provider, and what it makes of a reply."""

    def __init__(self, name: str) -> None:
        client = limner.Client(providers=[name], environ={"LIMNER_CONFIG": "off"})
        self.provider: Any = client.installed().get(name)
        models = self.provider.capabilities().models
        model = next(model.id for model in models if "generate" in model.operations)
        self.call = client.plan(GenerateRequest("a cat", provider=name, model=model)).calls[0]
        self.blobs = self.provider.map_request(self.call).blobs
        replies = [
            interaction["response"]
            for path in sorted((CASSETTES / name.replace(".", "") / "cassettes").glob("*.json"))
            for interaction in json.loads(path.read_bytes())["interactions"]
        ]
        self.replies = [reply["json"] for reply in replies if isinstance(reply.get("json"), (dict, list))]
        self.successes = [reply for reply in self.replies if self.images(json.dumps(reply))]

    def read(self, text: str, cut: int = 0) -> ImageResult | LimnerError:
        """What a reply comes to, in two pieces."""
        encoded = text.encode("utf-8", "surrogatepass")
        reader = BodyReader(blobs=self.blobs, content_type="application/json")
        try:
            reader.feed(encoded[: cut % (len(encoded) + 1)])
            _ = reader.rescued
            reader.feed(encoded[cut % (len(encoded) + 1) :])
            body = reader.finish()
            response = limner.provider.HttpResponse(200, {}, json=body.json, body=body.blob)
            failed = self.provider.classify(response, self.call)
            return failed or self.provider.normalize(response, self.call)
        except LimnerError as error:
            return error

    def images(self, text: str, cut: int = 0) -> list[Any]:
        found = self.read(text, cut)
        return [image.data or image.url for image in found.images] if isinstance(found, ImageResult) else []


@cache
def reader_of(name: str) -> Reader:
    return Reader(name)


# Ways to break a value


class Twice(dict[str, Any]):
    """An object of which every name comes twice: first with nothing, then with what it means."""


def written(value: Any) -> str:
    if isinstance(value, dict):
        twice = [(name, None) for name in value] if isinstance(value, Twice) else []
        return "{" + ",".join(f"{json.dumps(name)}:{written(item)}" for name, item in [*twice, *value.items()]) + "}"
    if isinstance(value, list):
        return "[" + ",".join(map(written, value)) + "]"
    return json.dumps(value)


BREAKS: dict[str, Callable[[Any], Any]] = {
    "null": lambda _: None,
    "a number": lambda _: 7,
    "a fraction": lambda _: -1.5,
    "NaN": lambda _: math.nan,
    "infinity": lambda _: -math.inf,
    "a huge number": lambda _: 10**40,
    "true": lambda _: True,
    "nothing": lambda _: "",
    "half a character": lambda _: "\ud800",
    "a control character": lambda _: "\0",
    "a long text": lambda _: "x" * 5000,
    "an empty list": lambda _: [],
    "an empty object": lambda _: {},
    "in a list": lambda value: [value],
    "twice in a list": lambda value: [value, value],
    "in an object": lambda value: {"data": value},
    "as an error": lambda value: {"error": value},
    "deep": lambda value: [[[[[[[[value]]]]]]]],
    "as text": str,
    "every name twice": lambda value: Twice(value) if isinstance(value, dict) else value,
    "a URL": lambda _: "https://images.example/other.png",
    "a data: URL": lambda _: "data:image/gif;base64,R0lGODlhAQABAAAAADs=",
    "broken base64": lambda _: "data:image/gif;base64,***",
}  # fmt: skip
DROP = "dropped"


def places(value: Any, here: Place = ()) -> Iterator[Place]:
    yield here
    inside = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, item in inside:
        yield from places(item, (*here, key))


def broken(value: Any, place: Place, how: str) -> Any:
    """The value with something else at a place."""
    if not place:
        return BREAKS[how](value) if how != DROP else {}
    outer = value
    for key in place[:-1]:
        outer = outer[key]
    if how == DROP:
        del outer[place[-1]]
    else:
        outer[place[-1]] = BREAKS[how](outer[place[-1]])
    return value


@st.composite
def broken_replies(draw: st.DrawFn, name: str) -> str:
    reply = copy.deepcopy(draw(st.sampled_from(reader_of(name).replies)))
    for _ in range(draw(st.integers(1, 4))):
        place = draw(st.sampled_from(list(places(reply))))
        reply = broken(reply, place, draw(st.sampled_from([DROP, *BREAKS])))
    return written(reply)


@pytest.mark.parametrize("name", PROVIDERS)
@given(data=st.data(), cut=st.integers(0))
def test_a_broken_reply_is_images_or_an_error_of_ours(name: str, data: st.DataObject, cut: int) -> None:
    reader, text = reader_of(name), data.draw(broken_replies(name))
    found = reader.read(text, cut)
    assert isinstance(found, ImageResult | LimnerError)
    if isinstance(found, ImageResult):
        assert [image.index for image in found.images] == list(range(len(found.images)))
        assert found.images


@pytest.mark.parametrize("name", PROVIDERS)
@given(data=st.data(), cut=st.integers(0))
def test_it_means_the_same_in_any_pieces(name: str, data: st.DataObject, cut: int) -> None:
    reader, text = reader_of(name), data.draw(broken_replies(name))
    assert reader.images(text, cut) == reader.images(text)


def is_metadata(reply: Any, place: Place) -> bool:
    value = reply
    for key in place:
        value = value[key]
    around = {key for key in place if isinstance(key, str)}
    inside = {key for below in places(value) for key in below if isinstance(key, str)}
    return bool(place) and isinstance(place[-1], str) and not (around | inside) & IMAGE_KEYS


@pytest.mark.parametrize("name", PROVIDERS)
@given(data=st.data())
def test_no_image_is_lost_with_what_is_said_beside_it(name: str, data: st.DataObject) -> None:
    reader = reader_of(name)
    reply = copy.deepcopy(data.draw(st.sampled_from(reader.successes)))
    before = reader.images(written(reply))
    for _ in range(data.draw(st.integers(1, 4))):
        said = [place for place in places(reply) if is_metadata(reply, place)]
        if said:
            reply = broken(reply, data.draw(st.sampled_from(said)), DROP)
    assert reader.images(written(reply)) == before
