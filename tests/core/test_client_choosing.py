"""A client chooses: who is looked at, in which order, what is planned, and what hosts may know beforehand."""

from __future__ import annotations

import json
from typing import Any

import attrs
import pytest

import limner
from limner.capabilities import (
    Lifecycle,
    ModelCapabilities,
    OneOf,
    OperationCapabilities,
    Parameter,
    ProviderCapabilities,
    Sizes,
    Text,
)
from limner.errors import BadInputError, ConfigError, LimnerError, NoProviderError, UnsupportedError
from limner.requests import GenerateRequest


@pytest.fixture
def provider(plain: Any) -> Any:
    """``provider(name, **parameters)``: one with a model that takes these, and an older one."""

    def make(name: str, **parameters: Any) -> Any:
        class Made(plain):  # type: ignore[misc]
            def capabilities(self) -> ProviderCapabilities:
                takes = OperationCapabilities({"prompt": Parameter(Text(), required=True), **parameters})
                old = ModelCapabilities("old", (), Lifecycle("retired", "2026-05-12", "brush"), {"generate": takes})
                models = (ModelCapabilities("brush", operations={"generate": takes}), old)
                return attrs.evolve(super().capabilities(), models=models)

        Made.name = name
        return Made()

    return make


QUALITY = OneOf(("low", "high"), near={"hd": "high"})
REQUEST = GenerateRequest("a cat", quality="high")


def client(*providers: Any, keys: str = "a b", **more: Any) -> limner.Client:
    return limner.Client(providers=providers, keys=dict.fromkeys(keys.split(), "key"), environ={}, **more)


def test_the_first_of_the_order_that_can_and_has_a_key_serves(provider: Any) -> None:
    one, other = provider("a"), provider("b", quality=QUALITY)
    assert client(one, other).plan(REQUEST).name == "b/brush"
    assert client(other, provider("a", quality=QUALITY)).plan(REQUEST).name == "b/brush"
    assert client(provider("a", quality=QUALITY), other, keys="b").plan(REQUEST).name == "b/brush"


def test_after_the_first_that_can_nobody_is_looked_at(provider: Any, plain: Any) -> None:
    class Loud(plain):  # type: ignore[misc]
        name = "b"

        def capabilities(self) -> ProviderCapabilities:
            raise AssertionError

    assert client(provider("a", quality=QUALITY), Loud()).plan(REQUEST).name == "a/brush"


def test_where_nobody_can_everybody_s_reasons_are_told(provider: Any) -> None:
    with pytest.raises(NoProviderError) as caught:
        client(provider("a"), provider("b")).plan(REQUEST)
    assert {one.name for one in caught.value.selection.rejected} == {"a/brush", "a/old", "b/brush", "b/old"}


def test_a_selection_is_offline_and_needs_no_key(provider: Any) -> None:
    selection = client(provider("a", quality=QUALITY), provider("b"), keys="b").select(REQUEST)
    assert selection.candidates == ()
    (brush, *_) = selection.rejected
    assert [reason.code for reason in brush.reasons] == ["no_key"]


def test_a_selection_may_be_of_one_provider_or_one_model(provider: Any) -> None:
    both = client(provider("a", quality=QUALITY), provider("b", quality=QUALITY))
    assert [one.name for one in both.select(REQUEST.but(provider="b")).candidates] == ["b/brush"]
    assert [one.name for one in both.select(REQUEST.but(model="a/brush")).candidates] == ["a/brush"]
    with pytest.raises(BadInputError, match="names no provider"):
        both.select(REQUEST.but(model="brush"))


@pytest.mark.parametrize("ask", ["select", "plan"])
@pytest.mark.parametrize("named", [{"provider": "acmee"}, {"model": "acmee/brush"}, {"fallback": "acmee/brush"}])
def test_a_provider_that_is_not_there_is_told_however_it_is_named(provider: Any, ask: str, named: Any) -> None:
    with pytest.raises(ConfigError, match="There is no provider 'acmee'; did you mean acme") as caught:
        getattr(client(provider("acme")), ask)(REQUEST.but(**named))
    assert caught.value.param in {"provider", *named}


def test_a_provider_that_is_broken_is_there_and_selected_never(provider: Any, plain: Any) -> None:
    class Broken(plain):  # type: ignore[misc]
        name = "b"

        def capabilities(self) -> ProviderCapabilities:
            raise AssertionError

    both = client(provider("a"), Broken())
    assert [one.reasons[0].code for one in both.select(REQUEST.but(provider="b")).rejected] == ["unusable"]


def test_a_model_of_no_name_is_told_apart_from_one_of_no_provider(provider: Any) -> None:
    with pytest.raises(BadInputError, match="model='a/' names no model: write it as a/model, or give provider='a'"):
        client(provider("a")).plan(REQUEST.but(model="a/"))


@pytest.mark.parametrize(
    ("fallback", "told"),
    [("brush", "fallback='brush' names no provider"), ("b/brush", "fallback='b/brush': Provider 'b' is not installed")],
)
def test_a_fallback_is_looked_up_before_anything_is_sent(server: Any, provider: Any, fallback: str, told: str) -> None:
    one = client(provider("a"), base_urls={"a": server.url})
    with pytest.raises((BadInputError, ConfigError), match=told) as caught:
        one.generate("a cat", model="a/brush", fallback=fallback)
    assert caught.value.param == "fallback"
    for asked in ({"model": "a/brush"}, {}):
        with pytest.raises((BadInputError, ConfigError), match=told.partition(": ")[2] or told):
            one.plan(GenerateRequest("a cat", fallback=fallback, **asked))
    assert server.asked == []


@pytest.mark.parametrize("method", ["plan", "select", "run", "stream", "download"])
def test_what_is_no_request_is_told_as_such(provider: Any, method: str) -> None:
    told = (
        rf"^{method}\(\) takes a (request such as GenerateRequest(, or a plan)?|result such as .*); it was given str\.$"
    )
    with pytest.raises(BadInputError, match=told) as caught:
        getattr(client(provider("a")), method)("a cat")
    assert caught.value.param in {"request", "result"}


def test_a_plan_of_no_stream_is_not_streamed(provider: Any) -> None:
    one = client(provider("a"))
    with pytest.raises(BadInputError, match=r"This plan is of no stream: make it with plan\(request, stream=True\)"):
        one.stream(one.plan(GenerateRequest("a cat", model="a/brush")))


# Plans that adapt


def test_a_plan_adapts_where_it_may_and_warns_of_every_change(provider: Any) -> None:
    made = provider("a", quality=QUALITY, size=Sizes(exact=("8x8", "12x8")))
    asked = GenerateRequest("a cat", model="a/brush", quality="hd", seed=1, size="landscape")
    with pytest.raises(UnsupportedError):
        client(made).plan(asked)
    planned = client(made).plan(asked.but(on_unsupported="adapt"))
    assert {change.parameter: change.sent for change in planned.changes} == {"quality": "high", "seed": None}
    assert [warning.code for warning in planned.warnings] == ["adapted", "left_out"]
    (sent,) = planned.preview()
    assert sent["body"] == {"model": "brush", "prompt": "a cat", "quality": "high", "size": "12x8"}


def test_a_retired_model_becomes_its_successor(provider: Any) -> None:
    made = client(provider("a"))
    asked = GenerateRequest("a cat", model="a/old")
    with pytest.raises(UnsupportedError, match="retired"):
        made.plan(asked)
    planned = made.plan(asked.but(on_unsupported="adapt"))
    assert (planned.name, planned.calls[0].model) == ("a/brush", "brush")
    assert [(warning.code, warning.parameter) for warning in planned.warnings] == [("adapted", "model")]
    assert made.plan(asked.but(on_unsupported="adapt", allow="retired")).name == "a/old"


def test_what_came_is_compared_with_what_was_sent(server: Any, provider: Any, png: Any, paint: Any) -> None:
    from base64 import b64encode  # noqa: PLC0415 - here alone

    made = provider("a", size=Sizes(exact=("3x2",)))
    server.script(server.reply(json={"data": [{"b64_json": b64encode(png(3, 2)).decode()}]}))
    result = paint(made, model="brush", size="30x20", on_unsupported="adapt")
    assert [warning.code for warning in result.warnings] == ["adapted"]


# What a plan tells


def test_a_plan_prints_what_it_does(provider: Any) -> None:
    made = provider("a", quality=QUALITY)
    planned = client(made).plan(GenerateRequest("a cat", model="a/brush", quality="hd", n=2, on_unsupported="adapt"))
    assert str(planned).splitlines() == [
        "generate with a/brush, 2 calls",
        "- quality 'hd' became high: quality must be one of low or high, not 'hd'.",
        "POST https://plain.example/v1/paint",
        "{",
        '  "model": "brush",',
        '  "prompt": "a cat",',
        '  "quality": "high"',
        "}",
    ]


def test_a_plan_says_how_many_each_call_makes(plain: Any) -> None:
    planned = limner.Client(providers=[plain()], environ={}).plan(GenerateRequest("a cat", model="plain/brush", n=5))
    assert str(planned).startswith("generate with plain/brush, 3 calls of n=2 + 2 + 1\n")
    assert planned.to_dict()["n"] == [2, 2, 1]


def test_a_plan_is_plain_data(provider: Any) -> None:
    made = provider("a", quality=QUALITY)
    planned = client(made).plan(GenerateRequest("a cat", model="a/brush", quality="hd", on_unsupported="adapt"))
    data = json.loads(json.dumps(planned.to_dict()))
    assert (data["provider"], data["model"], data["operation"]) == ("a", "brush", "generate")
    assert data["changes"][0]["sent"] == "high"
    assert data["calls"][0]["body"]["quality"] == "high"


def test_a_fingerprint_is_of_what_is_sent_and_where(provider: Any) -> None:
    made = client(provider("a", quality=QUALITY), provider("b", quality=QUALITY))
    asked = GenerateRequest("a cat", model="a/brush", quality="high")
    same = made.plan(asked).fingerprint
    assert made.plan(asked).fingerprint == same
    adapted = asked.but(quality="hd", on_unsupported="adapt")
    assert made.plan(adapted).fingerprint == same
    assert made.plan(asked.but(model="b/brush")).fingerprint != same
    assert made.plan(asked.but(quality="low")).fingerprint != same


def test_a_plan_runs(server: Any, provider: Any, png: Any) -> None:
    from base64 import b64encode  # noqa: PLC0415 - here alone

    server.script(server.reply(json={"data": [{"b64_json": b64encode(png()).decode()}]}))
    with client(provider("a"), base_urls={"a": server.url}) as opened:
        planned = opened.plan(GenerateRequest("a cat", model="a/brush"))
        assert opened.run(planned).image.read() == png()
    assert server.posts == 1


def test_an_error_of_a_plan_is_raised_as_it_is(server: Any, provider: Any) -> None:
    server.script(server.reply(status=400, json={}))
    with client(provider("a"), base_urls={"a": server.url}) as opened:
        planned = opened.plan(GenerateRequest("a cat", model="a/brush"))
        with pytest.raises(LimnerError) as caught:
            opened.run(planned)
    assert caught.value.tried == ()


# For hosts


def test_a_schema_is_what_a_model_takes(provider: Any) -> None:
    made = client(provider("a", quality=QUALITY))
    assert made.schema("a/brush")["properties"]["quality"] == {"enum": ["low", "high"]}
    with pytest.raises(UnsupportedError):
        made.schema("a/brush", "edit")
    with pytest.raises(ConfigError):
        made.schema("gone/brush")


def test_a_word_that_is_no_operation_is_told_what_there_are(provider: Any) -> None:
    told = r"operation is one of generate, edit or vary; it was given 'genrate'\. Did you mean 'generate'\?"
    with pytest.raises(BadInputError, match=told) as caught:
        client(provider("a")).schema("a/brush", "genrate")
    assert caught.value.param == "operation"
    with pytest.raises(BadInputError, match=r"it was given 'paint'\.$"):
        client(provider("a")).schema("a/brush", "paint")


def test_a_stream_is_planned_with_whoever_streams(provider: Any, plain: Any) -> None:
    class Streams(plain):  # type: ignore[misc]
        name = "b"

        def capabilities(self) -> ProviderCapabilities:
            takes = OperationCapabilities({"prompt": Parameter(Text(), required=True)}, streams=True)
            models = (ModelCapabilities("brush", operations={"generate": takes}),)
            return attrs.evolve(super().capabilities(), models=models)

    both = client(provider("a"), Streams())
    assert both.plan(GenerateRequest("a cat")).name == "a/brush"
    assert both.plan(GenerateRequest("a cat"), stream=True).name == "b/brush"


def test_nothing_named_and_no_order_is_an_error_where_several_can(provider: Any, monkeypatch: Any) -> None:
    made = client(provider("a"), provider("b"))
    monkeypatch.setattr(type(made), "_order", lambda _: ())
    with pytest.raises(BadInputError, match="a/brush and b/brush could each serve this"):
        made.plan(GenerateRequest("a cat"))
