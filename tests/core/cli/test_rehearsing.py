"""A call without a network: what shows of a provider before anybody pays for it."""

from __future__ import annotations

from typing import Any

import pytest

from limner.capabilities import OperationCapabilities, Parameter, ProviderCapabilities, Source, Text
from limner.cli.rehearsing import rehearse
from limner.client import Client
from limner.errors import SchemaError, ServerError
from limner.media import Image
from limner.provider import Blocking, HttpRequest, Job, NextEvent, send
from limner.results import ImageResult


def rehearsed(provider: Any) -> str:
    with Client(providers=[provider], environ={}, config={}) as client:
        return rehearse(client.installed().get(provider.name), client.endpoint(provider.name))


def broken(poster: Any, **parts: Any) -> Any:
    return type("Broken", (type(poster),), parts)()


def raising(*_: Any) -> Any:
    raise KeyError("data")


def leaving(*_: Any) -> Any:
    raise SystemExit(3)


def yielding(*steps: Any, result: Any = None) -> Any:
    def exchange(_self: Any, _call: Any) -> Any:
        for step in steps:  # noqa: UP028 - a tuple takes no answer
            yield step
        return result

    return exchange


def clinging(_self: Any, _call: Any) -> Any:
    try:
        yield HttpRequest("POST", "/paint")
        yield NextEvent()
    finally:
        yield "still here"


POST = HttpRequest("POST", "/paint")
BROKEN: dict[str, tuple[dict[str, Any], str]] = {
    "a mapping raises": ({"map_request": raising}, "it broke while it made a request: KeyError: 'data'"),
    "a mapping ends the process": ({"map_request": leaving}, "it broke while it made a request: SystemExit: 3"),
    "a mapping returns text": ({"map_request": lambda *_: "POST"}, "it yielded str, which is no step"),
    "an exchange is no generator": (
        {"exchange": lambda *_: [1]},
        "it broke while it made a request: TypeError: exchange() returned list, which is no generator",
    ),
    "an exchange raises": ({"exchange": raising}, "it broke while it made a request: KeyError: 'data'"),
    "an exchange returns at once": ({"exchange": yielding()}, "it returned NoneType where an ImageResult is due"),
    "a request to another host": (
        {"exchange": yielding(HttpRequest("GET", "https://thief.example/"))},
        "poster asked for thief.example, which is not among its hosts (poster.example)",
    ),
    "a body that is no JSON": (
        {"exchange": yielding(HttpRequest("POST", "/", json={1}))},
        "it broke while it made a request: TypeError: ",
    ),
    "a normalizer raises": (
        {"normalize": raising}, "it broke while it read an answer without pictures: KeyError: 'data'",
    ),
    "a normalizer returns nothing": (
        {"normalize": lambda *_: None}, "it returned NoneType where an ImageResult is due",
    ),
    "a normalizer returns what is of other types": (
        {"normalize": lambda *_: ImageResult(images=(), warnings=(1, 2))},  # type: ignore[arg-type]
        "it returned an ImageResult whose warnings[0] is int",
    ),
    "a classification raises": (
        {"classify": raising}, "it broke while it read an answer without pictures: KeyError: 'data'",
    ),
    "a classification of text": (
        {"classify": lambda *_: "bad"},
        "it broke while it read an answer without pictures: TypeError: classify() returned str",
    ),
    "a step after the answer that is none": ({"exchange": yielding(POST, 5)}, "it yielded int, which is no step"),
    "a step after its end": (
        {"exchange": clinging},
        "it broke while it read an answer without pictures: RuntimeError: generator ignored GeneratorExit",
    ),
    "a declaration that raises": (
        {"capabilities": raising}, "poster broke while it declared its capabilities: KeyError: 'data'",
    ),
}  # fmt: skip


@pytest.mark.parametrize(("parts", "fault"), BROKEN.values(), ids=BROKEN)
def test_what_breaks_is_told(poster: Any, parts: dict[str, Any], fault: str) -> None:
    assert rehearsed(broken(poster, **parts)).startswith(fault)


def unable(*_: Any) -> Any:
    raise SchemaError("No image came.")


TAKES = OperationCapabilities({"prompt": Parameter(Text(), required=True), "seed": Parameter(Text(), required=True)})
FINE: dict[str, dict[str, Any]] = {
    "says that nothing came": {"normalize": unable},
    "returns no picture": {"normalize": lambda *_: ImageResult(images=())},
    "returns a picture": {"normalize": lambda *_: ImageResult(images=(Image(url="https://x.example"),))},
    "classifies it as an error": {"classify": lambda *_: ServerError("empty"), "normalize": raising},
    "asks again": {"exchange": yielding(POST, POST)},
    "notes a job first": {"exchange": yielding(Job("1"))},
    "paints in a thread": {"exchange": yielding(Blocking(raising))},
    "has no models": {
        "capabilities": lambda _: ProviderCapabilities((), None, Source("A page", "2026-11-20")), "exchange": raising,
    },
}  # fmt: skip


@pytest.mark.parametrize("parts", FINE.values(), ids=FINE)
def test_what_is_fine_or_cannot_be_told_is_let_be(poster: Any, parts: dict[str, Any]) -> None:
    assert rehearsed(broken(poster, **parts)) == ""


def test_ctrl_c_is_the_users(poster: Any) -> None:
    def interrupted(*_: Any) -> Any:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        rehearsed(broken(poster, map_request=interrupted))


def test_every_installed_provider_passes() -> None:
    with Client(environ={}) as client:
        for provider in client.installed().providers():
            assert rehearse(provider, client.endpoint(provider.name)) == ""


def test_one_that_only_edits_is_let_be(poster: Any) -> None:
    declared = poster.capabilities()
    models = tuple(model.but(model.id, operations={"edit": TAKES}) for model in declared.models)
    editing = ProviderCapabilities(models, None, declared.source)
    assert rehearsed(broken(poster, capabilities=lambda _: editing, exchange=raising)) == ""


def test_one_that_wants_more_than_words_is_let_be(poster: Any) -> None:
    declared = poster.capabilities()
    models = tuple(model.but(model.id, operations={"generate": TAKES}) for model in declared.models)
    wanting = ProviderCapabilities(models, None, declared.source)
    assert rehearsed(broken(poster, capabilities=lambda _: wanting, exchange=raising)) == ""


def test_a_step_after_an_answer_is_asked_for_by_a_generator(poster: Any) -> None:
    def exchange(_self: Any, _call: Any) -> Any:
        first = yield from send(POST)
        assert first.json == {}
        yield from send(POST)
        raise AssertionError

    assert rehearsed(broken(poster, exchange=exchange)) == ""
