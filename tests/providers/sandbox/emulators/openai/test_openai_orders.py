"""What the emulator takes and refuses, parameter by parameter, before any picture is painted."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from limner_sandbox.emulators.openai.models import MODELS
from limner_sandbox.emulators.openai.orders import take
from limner_sandbox.emulators.openai.parameters import EFFORTS
from limner_sandbox.emulators.openai.replies import safety_identifier
from limner_sandbox.openai_images.refusals import Refusal

if TYPE_CHECKING:
    from limner_sandbox.openai_images.orders import Order

LATEST = "gpt-image-2.5-flare"
CURRENT = [name for name, model in MODELS.items() if not model.shutdown]
RETIRED = [name for name, model in MODELS.items() if model.shutdown]


def taken(**body: Any) -> Order:
    """The order of a small request with changes; ``retired`` is the sandbox's switch."""
    retired = body.pop("retired", False)
    return take({"model": "gpt-image-2", "prompt": "a cat", **body}, retired=retired)


def refused(**body: Any) -> tuple[int, str | None, str | None]:
    """Status, code and parameter of the refusal of such a request."""
    with pytest.raises(Refusal) as caught:
        taken(**body)
    return caught.value.status, caught.value.error["code"], caught.value.error["param"]


@pytest.mark.parametrize("model", CURRENT)
def test_a_current_model_is_served(model: str) -> None:
    assert taken(model=model).model.id == model


@pytest.mark.parametrize("model", [*RETIRED, "gpt-image-9", "", None])
def test_a_model_that_is_unknown_or_shut_down_is_not_found(model: str | None) -> None:
    """Without a model the documented default is dall-e-2, which was shut down."""
    assert refused(model=model) == (404, "model_not_found", None)


@pytest.mark.parametrize("model", RETIRED)
def test_a_model_that_was_shut_down_can_be_revived(model: str) -> None:
    assert taken(retired=True, model=model).model.id == model


def test_without_a_model_a_revived_sandbox_uses_dall_e_2() -> None:
    assert take({"prompt": "a cat"}, retired=True).model.id == "dall-e-2"


def test_a_parameter_of_gpt_models_makes_the_default_model_one() -> None:
    assert take({"prompt": "a cat", "background": "auto"}, retired=True).model.id == "gpt-image-1"


@pytest.mark.parametrize("name", ["response_format", "style", "seed", "prompt_rewriter", "N", ""])
def test_an_unknown_parameter_is_refused_by_name(name: str) -> None:
    assert refused(**{name: None}) == (400, "unknown_parameter", name)


def test_an_unknown_parameter_is_refused_in_openais_words() -> None:
    with pytest.raises(Refusal, match=r"^Unknown parameter: 'response_format'\.$"):
        taken(response_format="url")


@pytest.mark.parametrize("name", ["background", "moderation", "output_format", "stream", "safety_identifier", "style"])
def test_dall_e_2_knows_no_parameter_of_others(name: str) -> None:
    assert refused(retired=True, model="dall-e-2", **{name: "auto"}) == (400, "unknown_parameter", name)


NULLABLE = [
    "n", "size", "quality", "background", "output_format", "output_compression", "complexity", "frame_count",
    "frame_duration_ms", "svg", "moderation", "stream", "partial_images", "safety_identifier",
]  # fmt: skip


@pytest.mark.parametrize("name", NULLABLE)
def test_null_is_as_good_as_not_set(name: str) -> None:
    assert name not in taken(**{name: None}).given


@pytest.mark.parametrize("name", ["prompt", "user"])
def test_what_is_not_nullable_refuses_null(name: str) -> None:
    assert refused(**{name: None}) == (400, "invalid_type", name)


WRONG_TYPES = [
    ("prompt", 1), ("n", "2"), ("n", 2.0), ("n", True), ("size", 1024), ("quality", 1), ("background", []),
    ("output_compression", "50"), ("frame_count", "9"), ("frame_duration_ms", 1.5), ("svg", "x"), ("moderation", {}),
    ("stream", "true"), ("stream", 1), ("partial_images", "3"), ("safety_identifier", 7),
    ("user", 7), ("model", 5), ("complexity", 1),
]  # fmt: skip


@pytest.mark.parametrize(("name", "value"), WRONG_TYPES)
def test_a_value_of_the_wrong_type_is_refused(name: str, value: object) -> None:
    assert refused(**{name: value}) == (400, "invalid_type", name)


WRONG_VALUES = [
    ("quality", "standard"), ("quality", "xhigh"), ("quality", "HIGH"), ("background", "none"),
    ("output_format", "bmp"), ("output_format", "jpg"), ("complexity", "auto"), ("moderation", "high"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "value"), WRONG_VALUES)
def test_a_value_outside_a_closed_set_is_refused(name: str, value: str) -> None:
    assert refused(**{name: value}) == (400, "invalid_value", name)


def test_a_refused_value_is_answered_with_those_that_are_taken() -> None:
    expected = "Invalid value: 'x'. Supported values are: 'low', 'medium', 'high' and 'auto'."
    with pytest.raises(Refusal, match=f"^{expected}$"):
        taken(quality="x")


BOUNDS = [("n", 1, 10), ("output_compression", 0, 100), ("frame_count", 2, 16), ("partial_images", 0, 3)]
FITTING: dict[str, dict[str, Any]] = {
    "output_compression": {"output_format": "webp"},
    "partial_images": {"stream": True},
}


@pytest.mark.parametrize(("name", "least", "most"), BOUNDS)
def test_both_bounds_are_taken(name: str, least: int, most: int) -> None:
    others = FITTING.get(name, {"output_format": "gif"})
    assert [taken(**{**others, name: bound}).given[name] for bound in (least, most)] == [least, most]


@pytest.mark.parametrize(("name", "least", "most"), BOUNDS)
def test_below_the_least_is_refused(name: str, least: int, most: int) -> None:
    del most
    assert refused(**{name: least - 1}) == (400, "integer_below_min_value", name)


@pytest.mark.parametrize(("name", "least", "most"), BOUNDS)
def test_above_the_most_is_refused(name: str, least: int, most: int) -> None:
    del least
    assert refused(**{name: most + 1}) == (400, "integer_above_max_value", name)


def test_dall_e_3_makes_one_image() -> None:
    assert refused(retired=True, model="dall-e-3", n=2) == (400, "integer_above_max_value", "n")


@pytest.mark.parametrize(("model", "most"), [("gpt-image-2", 32_000), ("dall-e-2", 1000), ("dall-e-3", 4000)])
def test_the_longest_prompt_is_taken(model: str, most: int) -> None:
    assert taken(retired=True, model=model, prompt="ä" * most).n == 1


@pytest.mark.parametrize(("model", "most"), [("gpt-image-2", 32_000), ("dall-e-2", 1000), ("dall-e-3", 4000)])
def test_a_longer_prompt_is_refused(model: str, most: int) -> None:
    assert refused(retired=True, model=model, prompt="ä" * (most + 1)) == (400, "string_above_max_length", "prompt")


def test_an_empty_prompt_is_refused() -> None:
    assert refused(prompt="") == (400, "empty_string", "prompt")


def test_a_missing_prompt_is_refused() -> None:
    with pytest.raises(Refusal, match="Missing required parameter: 'prompt'"):
        take({"model": "gpt-image-2"}, retired=False)


@pytest.mark.parametrize("body", [[], "x", 1, None])
def test_a_body_that_is_no_object_is_refused(body: object) -> None:
    with pytest.raises(Refusal, match="expected an object"):
        take(body, retired=False)


@pytest.mark.parametrize("model", CURRENT)
@pytest.mark.parametrize("size", ["1024x1024", "1536x1024", "1024x1536", "auto"])
def test_every_gpt_image_model_has_the_standard_sizes(model: str, size: str) -> None:
    assert taken(model=model, size=size).n == 1


@pytest.mark.parametrize("size", ["16x16", "1536x864", "48x16", "3840x2160", "2160x3840", "2880x2880"])
@pytest.mark.parametrize("model", ["gpt-image-2", LATEST])
def test_some_models_take_any_size_within_the_limits(model: str, size: str) -> None:
    assert taken(model=model, size=size).size == size


@pytest.mark.parametrize(
    "size",
    ["1000x1000", "1024x1000", "1040x336", "336x1040", "3856x2160", "3840x2176", "0x16", "-16x16", "1024", "1024X1024",
     " 1024x1024", "016x16", "", "1024x1024x1", "16x16\n"],
)  # fmt: skip
def test_a_size_beyond_the_limits_is_refused(size: str) -> None:
    assert refused(size=size) == (400, "invalid_size", "size")


@pytest.mark.parametrize("model", ["gpt-image-1-mini", "gpt-image-1.5", "chatgpt-image-latest", "gpt-image-2.6-flare"])
def test_the_other_models_take_the_standard_sizes_only(model: str) -> None:
    assert refused(model=model, size="1536x864") == (400, "invalid_value", "size")


@pytest.mark.parametrize(("model", "size"), [("dall-e-2", "1536x1024"), ("dall-e-3", "512x512"), ("dall-e-2", "auto")])
def test_dall_e_has_sizes_of_its_own(model: str, size: str) -> None:
    assert refused(retired=True, model=model, size=size) == (400, "invalid_value", "size")


@pytest.mark.parametrize("quality", ["xhigh", "max"])
@pytest.mark.parametrize("model", [name for name in CURRENT if name.startswith("gpt-image-2.5")])
def test_the_highest_qualities_are_those_of_2_5(model: str, quality: str) -> None:
    assert taken(model=model, quality=quality).quality == quality


@pytest.mark.parametrize("model", [name for name in CURRENT if not name.startswith("gpt-image-2.5")])
def test_no_other_model_has_the_highest_qualities(model: str) -> None:
    assert refused(model=model, quality="xhigh") == (400, "invalid_value", "quality")


CONFLICTS = [
    ("background", {"background": "transparent", "output_format": "jpeg"}),
    ("background", {"background": "transparent", "output_format": "gif"}),
    ("background", {"background": "transparent", "output_format": "svg"}),
    ("output_compression", {"output_compression": 50}),
    ("output_compression", {"output_compression": 50, "output_format": "png"}),
    ("output_compression", {"output_compression": 50, "output_format": "gif"}),
    ("output_compression", {"output_compression": 100, "output_format": "svg"}),
    ("frame_count", {"frame_count": 4}),
    ("frame_duration_ms", {"frame_duration_ms": 100, "output_format": "webp"}),
    ("svg", {"svg": {"model": "gpt-5.5"}}),
    ("n", {"n": 2, "output_format": "svg"}),
    ("stream", {"stream": True, "output_format": "gif"}),
    ("stream", {"stream": True, "output_format": "svg"}),
    ("partial_images", {"partial_images": 1}),
    ("partial_images", {"partial_images": 1, "output_format": "gif"}),
]


@pytest.mark.parametrize(("param", "body"), CONFLICTS)
def test_what_does_not_go_together_is_refused(param: str, body: dict[str, Any]) -> None:
    assert refused(**body) == (400, "invalid_value", param)


FITTINGS = [
    {"background": "transparent", "output_format": "png"},
    {"background": "transparent", "output_format": "webp"},
    {"background": "opaque", "output_format": "jpeg"},
    {"output_compression": 100},
    {"output_compression": 50, "output_format": "jpeg"},
    {"frame_count": 4, "frame_duration_ms": 1, "output_format": "gif"},
    {"n": 2, "output_format": "gif"},
    {"n": 1, "output_format": "svg", "svg": {"model": "gpt-5.5"}},
    {"stream": False, "output_format": "gif"},
    {"partial_images": 0},
    {"complexity": "high", "moderation": "low", "user": "u", "safety_identifier": "s"},
]


@pytest.mark.parametrize("body", FITTINGS)
def test_what_goes_together_is_taken(body: dict[str, Any]) -> None:
    assert taken(**body).given.items() >= body.items()


@pytest.mark.parametrize("effort", [*EFFORTS, None])
def test_each_documented_effort_of_an_svg_author_is_taken(effort: str | None) -> None:
    svg = {"model": "gpt-5.5", "reasoning": {"effort": effort}}
    assert taken(output_format="svg", svg=svg).given["svg"] == svg


WRONG_SVGS = [
    ({}, "missing_required_parameter", "svg.model"),
    ({"model": ""}, "empty_string", "svg.model"),
    ({"model": 1}, "invalid_type", "svg.model"),
    ({"model": "m", "x": 1}, "unknown_parameter", "svg.x"),
    ({"model": "m", "reasoning": "high"}, "invalid_type", "svg.reasoning"),
    ({"model": "m", "reasoning": {"budget": 1}}, "unknown_parameter", "svg.reasoning.budget"),
    ({"model": "m", "reasoning": {"effort": "huge"}}, "invalid_value", "svg.reasoning.effort"),
]


@pytest.mark.parametrize(("svg", "code", "param"), WRONG_SVGS)
def test_a_wrong_svg_object_is_refused_by_its_member(svg: dict[str, Any], code: str, param: str) -> None:
    assert refused(output_format="svg", svg=svg) == (400, code, param)


def test_a_null_reasoning_is_taken() -> None:
    assert taken(output_format="svg", svg={"model": "m", "reasoning": None}).n == 1


def test_the_trigger_word_is_moderated() -> None:
    with pytest.raises(Refusal) as caught:
        taken(prompt="A Forbidden-Word, please")
    assert caught.value.error["moderation_details"] == {"moderation_stage": "input", "categories": ["sandbox"]}


@pytest.mark.parametrize(
    ("prompt", "size"),
    [("a wide valley", "1536x1024"), ("a tall tower", "1024x1536"), ("a cat", "1024x1024")],
)
def test_auto_becomes_a_standard_size(prompt: str, size: str) -> None:
    assert taken(prompt=prompt).size == size


@pytest.mark.parametrize(
    ("body", "background"),
    [({}, "opaque"), ({"prompt": "a logo"}, "transparent"), ({"prompt": "a logo", "output_format": "jpeg"}, "opaque"),
     ({"prompt": "a logo", "background": "opaque"}, "opaque"), ({"background": "transparent"}, "transparent")],
)  # fmt: skip
def test_the_background_is_resolved(body: dict[str, Any], background: str) -> None:
    assert taken(**body).background == background


@pytest.mark.parametrize(
    ("given_ids", "effective"),
    [({}, None), ({"user": "u"}, "u"), ({"user": "u", "safety_identifier": "s"}, "s"),
     ({"user": "u", "safety_identifier": ""}, "u"), ({"user": ""}, None)],
)  # fmt: skip
def test_user_stands_in_for_an_empty_safety_identifier(given_ids: dict[str, str], effective: str | None) -> None:
    assert safety_identifier(taken(**given_ids)) == effective


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)
names = st.sampled_from([*NULLABLE, "prompt", "model", "user", "style", "response_format"]) | st.text(max_size=8)


@given(st.dictionaries(names, json_values, max_size=5), st.booleans())
def test_any_json_is_taken_or_refused(body: dict[str, Any], retired: bool) -> None:  # noqa: FBT001 - drawn
    try:
        outcome = take({"model": "gpt-image-2", "prompt": "a cat", **body}, retired=retired).width
    except Refusal as refusal:
        outcome = refusal.status
    assert outcome > 0
