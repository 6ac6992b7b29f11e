"""From a request to a plan: checked, split into calls, and refused with every reason, without the network."""

from __future__ import annotations

from typing import Any
from uuid import RFC_4122, UUID

import pytest
from attrs import frozen
from hypothesis import given
from hypothesis import strategies as st

from limner.capabilities import (
    Advises,
    Length,
    Lifecycle,
    ModelCapabilities,
    OneOf,
    OperationCapabilities,
    Parameter,
    PerCall,
    ProviderCapabilities,
    Range,
    ServerDefault,
    Source,
    Wire,
)
from limner.errors import BadInputError, UnsupportedError
from limner.planning import Plan, plan
from limner.provider import Call, HttpProvider, HttpRequest
from limner.requests import GenerateRequest

GENERATE = OperationCapabilities(
    parameters={
        "prompt": Parameter(Length(100), required=True),
        "n": Range(1, 4),
        "quality": OneOf(("low", "high"), near={"hd": "high"}),
        "output_format": OneOf(("png", "svg")),
        "delivery": Parameter(OneOf(("bytes", "url")), wire=Wire("format", {"bytes": "b64"})),
        "options.brush": Parameter(OneOf(("fine", "broad")), wire="brush"),
    },
    rules=(PerCall("output_format", ("svg",), images=1), Advises("quality", "it is a sketch", when=("low",))),
    images_per_call=4,
    delivers=("bytes", "url"),
)
CAPABILITIES = ProviderCapabilities(
    models=(
        ModelCapabilities("brush-2", aliases=("brush-2-2026",), operations={"generate": GENERATE.but(default=True)}),
        ModelCapabilities(
            "brush-1", lifecycle=Lifecycle("retired", "2026-05-12", "brush-2"), operations={"generate": GENERATE}
        ),
        ModelCapabilities("brush-3", lifecycle=Lifecycle("announced"), operations={"generate": GENERATE}),
        ModelCapabilities("eraser", operations={"edit": GENERATE}),
        ModelCapabilities(
            "camera", operations={"generate": GENERATE.but(without=("n", "delivery"), delivers=("bytes",))}
        ),
    ),
    unknown={"generate": GENERATE.opened()},
    source=Source("the brush page", "2026-11-20"),
)  # fmt: skip


@frozen
class Options:
    brush: str | None = None


class Acme(HttpProvider):
    name = "acme"
    base_url = "https://acme.example/v1"

    def __init__(self, capabilities: ProviderCapabilities = CAPABILITIES) -> None:
        self._capabilities = capabilities

    def capabilities(self) -> ProviderCapabilities:
        return self._capabilities

    def map_request(self, call: Call) -> HttpRequest:
        return HttpRequest("POST", "/paint", json=call.wire(), query={"v": "2"})


def planned(model: str | None = "brush-2", **given: Any) -> Plan:
    return plan(GenerateRequest(**{"prompt": "a cat", **given}), Acme(), model)


def body(plan: Plan, index: int = 0) -> dict[str, Any]:
    return plan.calls[index].wire()


def test_the_wire_carries_what_was_set_and_the_model() -> None:
    assert body(planned()) == {"model": "brush-2", "prompt": "a cat"}


def test_an_alias_is_sent_as_the_caller_wrote_it() -> None:
    assert body(planned("brush-2-2026"))["model"] == "brush-2-2026"


def test_values_travel_under_their_wire_names() -> None:
    sent = body(planned(delivery="bytes", options=Options("fine")))
    assert sent == {"model": "brush-2", "prompt": "a cat", "format": "b64", "brush": "fine"}


def test_extra_is_merged_into_the_body() -> None:
    assert body(planned(extra={"hidden": {"x": 1}}))["hidden"] == {"x": 1}


@pytest.mark.parametrize("name", ["model", "prompt", "format"])
def test_extra_never_replaces_what_is_sent_already(name: str) -> None:
    with pytest.raises(BadInputError, match=f"extra holds {name}, which the request sends already") as caught:
        planned(delivery="url", extra={name: "x"})
    assert caught.value.param == "extra"


@given(n=st.integers(1, 50), svg=st.booleans())
def test_n_is_split_into_calls_that_add_up_and_none_exceeds_the_maximum(n: int, svg: bool) -> None:  # noqa: FBT001
    calls = planned(n=n, **({"output_format": "svg"} if svg else {})).calls
    counts = [call.n or 0 for call in calls]
    assert sum(counts) == n
    assert max(counts) <= (1 if svg else 4)
    assert [call.index for call in calls] == list(range(len(calls)))
    assert len({call.idempotency_key for call in calls}) == len(calls)


def test_an_idempotency_key_is_a_random_uuid() -> None:
    for _ in range(20):
        (call,) = planned().calls
        key = UUID(call.idempotency_key)
        assert (str(key), key.version, key.variant) == (call.idempotency_key, 4, RFC_4122)


def test_unset_n_is_one_call_and_stays_unset() -> None:
    (call,) = planned().calls
    assert call.n is None
    assert "n" not in call.wire()


def test_a_model_that_makes_one_image_a_call_is_asked_n_times_without_an_n() -> None:
    assert [call.wire() for call in planned("camera", n=2).calls] == [{"model": "camera", "prompt": "a cat"}] * 2


def test_all_reasons_stand_in_one_refusal_with_the_page_that_says_so() -> None:
    with pytest.raises(UnsupportedError) as caught:
        planned(quality="hd", output_format="bmp")
    text = str(caught.value)
    assert text.startswith(
        "acme/brush-2:\n- quality must be one of low or high, not 'hd'. The nearest is high.\n- output_format"
    )
    assert text.endswith("(According to the brush page, checked 2026-11-20.)")
    assert (caught.value.provider, caught.value.model, caught.value.param) == ("acme", "brush-2", "quality")
    assert [reason.parameter for reason in caught.value.reasons] == ["quality", "output_format"]


def test_a_parameter_that_is_not_declared_is_refused_never_dropped() -> None:
    with pytest.raises(UnsupportedError, match="style is not a parameter that is taken here"):
        planned(style="vivid")


def test_a_retired_model_is_refused_with_its_date_and_successor() -> None:
    with pytest.raises(UnsupportedError, match=r"brush-1 was retired on 2026-05-12; use brush-2 instead\..*allow="):
        planned("brush-1")


def test_a_retired_model_is_asked_all_the_same_when_that_is_allowed() -> None:
    plan = planned("brush-1", allow="retired")
    assert body(plan)["model"] == "brush-1"
    assert plan.warnings[0].code == "retired"


def test_an_announced_model_is_refused_as_not_available_yet() -> None:
    with pytest.raises(UnsupportedError, match="announced, not available yet"):
        planned("brush-3")


def test_an_unknown_model_passes_with_a_warning() -> None:
    plan = planned("brush-9", quality="divine")
    assert body(plan) == {"model": "brush-9", "prompt": "a cat", "quality": "divine"}
    assert [warning.code for warning in plan.warnings] == ["unknown_model", "unsupported_value"]


def test_an_unknown_model_that_may_be_misspelt_is_asked_back() -> None:
    assert str(planned("bursh-2").warnings[0]).endswith("Did you mean 'brush-2'?")


def test_advice_becomes_a_warning() -> None:
    (warning,) = planned(quality="low").warnings
    assert (warning.code, str(warning)) == ("advice", "quality low: it is a sketch.")


def test_a_model_without_the_operation_says_what_it_offers() -> None:
    with pytest.raises(UnsupportedError, match="eraser does not generate; it offers edit"):
        planned("eraser")


def test_a_closed_provider_lists_the_models_it_serves() -> None:
    closed = ProviderCapabilities(models=CAPABILITIES.models, unknown=None, source=CAPABILITIES.source)
    with pytest.raises(UnsupportedError, match="brush-9 is not a model that is known here to generate"):
        plan(GenerateRequest("a cat"), Acme(closed), "brush-9")


def test_without_a_model_the_declared_default_is_sent() -> None:
    assert body(planned(None))["model"] == "brush-2"


def test_a_default_that_is_the_servers_own_is_not_sent_and_its_rules_hold() -> None:
    operations = {"generate": GENERATE.but(default=ServerDefault())}
    own = ProviderCapabilities(
        models=(ModelCapabilities("brush-2", operations=operations),), unknown=None, source=CAPABILITIES.source
    )
    plan_ = plan(GenerateRequest("a cat"), Acme(own), None)
    assert (plan_.model, plan_.calls[0].wire()) == ("brush-2", {"prompt": "a cat"})
    with pytest.raises(UnsupportedError, match="quality must be"):
        plan(GenerateRequest("a cat", quality="hd"), Acme(own), None)


@pytest.mark.parametrize("models", [(), (ModelCapabilities("m", operations={"generate": GENERATE}),)])
def test_without_any_default_the_models_are_listed(models: tuple[ModelCapabilities, ...]) -> None:
    none = ProviderCapabilities(models=models, unknown=None, source=CAPABILITIES.source)
    with pytest.raises(UnsupportedError, match="acme has no default model for generate"):
        plan(GenerateRequest("a cat"), Acme(none), None)


def test_a_url_is_refused_where_only_bytes_are_delivered() -> None:
    with pytest.raises(UnsupportedError, match="delivery must be bytes, not 'url'"):
        planned("camera", delivery="url")
    assert planned("camera", delivery="bytes").calls[0].wire() == {"model": "camera", "prompt": "a cat"}


def test_a_stream_is_refused_where_there_is_none() -> None:
    with pytest.raises(UnsupportedError, match="stream"):
        plan(GenerateRequest("a cat"), Acme(), "brush-2", stream=True)


def test_a_call_is_told_where_loaded_things_are_kept() -> None:
    kept = plan(GenerateRequest("a cat"), Acme(), "brush-2", resource=lambda key, factory: (key, factory()))
    assert kept.calls[0].resource("model", lambda: 1) == ("model", 1)
    assert planned().calls[0].resource("model", lambda: 1) == 1


def test_the_preview_is_the_wire_request_without_a_key() -> None:
    assert planned(quality="high").preview() == [
        {
            "method": "POST",
            "url": "https://acme.example/v1/paint?v=2",
            "headers": {},
            "body": {"model": "brush-2", "prompt": "a cat", "quality": "high"},
        }
    ]


def test_extra_cannot_ask_for_a_stream_that_nobody_would_read() -> None:
    with pytest.raises(BadInputError, match="extra cannot ask for a stream"):
        planned(extra={"stream": True})


@pytest.mark.parametrize("value", [object(), float("nan")])
def test_extra_is_json(value: object) -> None:
    with pytest.raises(BadInputError, match="extra takes what can be written as JSON"):
        planned(extra={"x": value})
