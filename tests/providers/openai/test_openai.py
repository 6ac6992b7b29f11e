"""limner-openai: what it declares, and what it puts on the wire."""

from __future__ import annotations

import json
import pickle
from importlib.metadata import entry_points
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from limner.capabilities import SamplePicture
from limner.errors import UnsupportedError
from limner.planning import plan
from limner.provider import HttpRequest
from limner.requests import GenerateRequest
from limner.transport.encode import encode
from limner_openai import limner_provider
from limner_openai.capabilities import CAPABILITIES

PROVIDER = limner_provider()
MODELS = [model.id for model in CAPABILITIES.models]
GPT_IMAGE = [name for name in MODELS if not name.startswith("dall-e")]
ALL = ("announced", "retired")


def sent(model: str, **given: Any) -> dict[str, Any]:
    """The JSON body that goes out for a request, as the transport encodes it."""
    request = GenerateRequest(**{"prompt": "a cat", "allow": ALL, **given})
    step = next(PROVIDER.exchange(plan(request, PROVIDER, model).calls[0]))
    assert isinstance(step, HttpRequest)
    encoded = encode(step)
    assert encoded is not None
    body: dict[str, Any] = json.loads(b"".join(encoded))
    return body


def refused(model: str, **given: Any) -> str:
    with pytest.raises(UnsupportedError) as caught:
        sent(model, **given)
    return str(caught.value)


def test_it_is_found_through_its_entry_point_and_pickles() -> None:
    (point,) = entry_points(group="limner", name="openai")
    assert point.load().limner_provider() is PROVIDER
    assert pickle.loads(pickle.dumps(PROVIDER)) == PROVIDER  # noqa: S301 - our own bytes


def test_its_key_goes_to_its_own_host_and_its_variables_are_the_official_ones() -> None:
    assert (PROVIDER.hosts, PROVIDER.key_variable) == (("api.openai.com",), "OPENAI_API_KEY")


@st.composite
def requests(draw: st.DrawFn) -> tuple[str, dict[str, Any]]:
    """A model, and any set of its parameters with values that it declares."""
    model = draw(st.sampled_from(CAPABILITIES.models))
    parameters = model.operations["generate"].parameters
    settable = sorted(parameters.keys() - {"stream"})  # which is asked for by a method of its own
    names = draw(st.sets(st.sampled_from(settable), max_size=6)) | {"prompt"}
    values = {name: draw(st.sampled_from(parameters[name].constraint.samples().valid)) for name in sorted(names)}
    return draw(st.sampled_from((model.id, *model.aliases))), {**values, "prompt": values["prompt"].strip() or "a cat"}


@given(asked=requests())
def test_the_wire_carries_exactly_what_was_set_and_the_model(asked: tuple[str, dict[str, Any]]) -> None:
    model, values = asked
    try:
        body = sent(model, **values)
    except UnsupportedError:
        return  # a rule between the values; nothing was sent
    delivery = {"bytes": "b64_json", "url": "url"}.get(values.pop("delivery", ""))
    first_call = {"n": 1} if "n" in values and body["n"] == 1 else {}  # an svg is made one to a call
    expected = {"model": model, **values, **first_call, **({"response_format": delivery} if delivery else {})}
    assert body == expected


@pytest.mark.parametrize("model", GPT_IMAGE)
@pytest.mark.parametrize("delivery", [None, "bytes"])
def test_response_format_never_goes_to_a_gpt_image_model(model: str, delivery: str | None) -> None:
    assert sent(model, delivery=delivery) == {"model": model, "prompt": "a cat"}


@pytest.mark.parametrize("model", GPT_IMAGE)
def test_a_gpt_image_model_hands_out_no_urls(model: str) -> None:
    assert "delivery must be bytes" in refused(model, delivery="url")


@pytest.mark.parametrize(
    ("model", "day"), [("gpt-image-1", "2026-10-23"), ("dall-e-2", "2026-05-12"), ("dall-e-3", "2026-05-12")]
)
def test_a_retired_model_names_its_date_and_its_successor(model: str, day: str) -> None:
    message = refused(model, allow=())
    assert day in message
    assert "use gpt-image-2" in message


@pytest.mark.parametrize(
    ("alias", "model"),
    [
        ("gpt-image-2-2026-04-21", "gpt-image-2"),
        ("gpt-image-2.5-sunburst-2026-09-08", "gpt-image-2.5-sunburst"),
        ("gpt-image-2.5-flare-2026-09-08", "gpt-image-2.5-flare"),
    ],
)
def test_a_snapshot_is_sent_as_written_and_declared_like_its_model(alias: str, model: str) -> None:
    assert sent(alias)["model"] == alias
    found = CAPABILITIES.find(alias, "generate")
    assert found is not None
    assert found.model is not None
    assert found.model.id == model


@pytest.mark.parametrize("model", ["gpt-image-2.6-sunburst", "gpt-image-2.6-flare"])
def test_a_model_that_is_only_typed_warns_that_it_is_unverified(model: str) -> None:
    plan_ = plan(GenerateRequest("a cat"), PROVIDER, model)
    assert [warning.code for warning in plan_.warnings] == ["unverified"]


def test_the_default_model_is_gpt_image_2_and_it_is_sent() -> None:
    call = plan(GenerateRequest("a cat"), PROVIDER, None).calls[0]
    assert call.wire()["model"] == "gpt-image-2"


@pytest.mark.parametrize(
    ("model", "given"),
    [
        ("gpt-image-2", {"size": "1536x864"}),
        ("gpt-image-2", {"size": "3840x1280"}),
        ("gpt-image-2.5-flare", {"quality": "max"}),
        ("gpt-image-2.5-sunburst", {"quality": "xhigh", "complexity": "high"}),
        ("gpt-image-1.5", {"background": "transparent"}),
        ("gpt-image-1.5", {"background": "transparent", "output_format": "webp", "output_compression": 80}),
        ("gpt-image-2", {"output_format": "gif", "frame_count": 16, "frame_duration_ms": 655_350}),
        ("gpt-image-2", {"output_format": "svg", "svg": {"model": "m", "reasoning": {"effort": "xhigh"}}}),
        ("gpt-image-2", {"safety_identifier": "a1", "moderation": "low"}),
        ("dall-e-3", {"style": "natural", "quality": "hd", "size": "1792x1024", "delivery": "url"}),
        ("dall-e-2", {"size": "256x256", "n": 10}),
    ],
)
def test_what_the_page_allows_is_sent(model: str, given: dict[str, Any]) -> None:
    assert sent(model, **given).keys() >= given.keys() - {"delivery"}


@pytest.mark.parametrize(
    ("model", "given", "word"),
    [
        ("gpt-image-1.5", {"size": "1536x864"}, "size"),
        ("gpt-image-2", {"size": "1530x864"}, "divided by 16"),
        ("gpt-image-2", {"size": "3840x1024"}, "ratio"),
        ("gpt-image-2", {"size": "4096x2304"}, "size"),
        ("gpt-image-2", {"quality": "max"}, "The nearest is high"),
        ("gpt-image-2", {"quality": "hd"}, "The nearest is high"),
        ("gpt-image-2", {"style": "vivid"}, "style is not a parameter"),
        ("gpt-image-1.5", {"background": "transparent", "output_format": "jpeg"}, "png or webp"),
        ("gpt-image-1.5", {"output_compression": 80}, "jpeg or webp"),
        ("gpt-image-1.5", {"output_compression": 101, "output_format": "jpeg"}, "0 to 100"),
        ("gpt-image-2", {"frame_count": 4}, "gif"),
        ("gpt-image-2", {"output_format": "gif", "frame_count": 17}, "2 to 16"),
        ("gpt-image-2", {"svg": {"model": "m"}}, "svg"),
        ("gpt-image-2", {"output_format": "svg", "svg": {"reasoning": {}}}, "svg.model is required"),
        ("gpt-image-2", {"prompt": "x" * 32_001}, "32,000"),
        ("gpt-image-2", {"seed": 1}, "seed is not a parameter"),
        ("dall-e-3", {"quality": "high"}, "The nearest is hd"),
        ("dall-e-3", {"background": "opaque"}, "background is not a parameter"),
        ("dall-e-3", {"prompt": "x" * 4_001}, "4,000"),
        ("dall-e-2", {"prompt": "x" * 1_001}, "1,000"),
        ("dall-e-2", {"size": "1792x1024"}, "size"),
    ],
)
def test_what_the_page_forbids_is_refused_before_sending(model: str, given: dict[str, Any], word: str) -> None:
    assert word in refused(model, **given)


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ({"size": "3840x2160"}, "experimental"),
        ({"background": "transparent"}, "advice"),
        ({"user": "u1"}, "deprecated"),
    ],
)
def test_what_is_allowed_with_a_reserve_warns(given: dict[str, Any], code: str) -> None:
    plan_ = plan(GenerateRequest("a cat", **given), PROVIDER, "gpt-image-2")
    assert [warning.code for warning in plan_.warnings] == [code]


@pytest.mark.parametrize(("model", "n", "calls"), [("gpt-image-2", 12, [10, 2]), ("dall-e-3", 3, [1, 1, 1])])
def test_more_images_than_one_call_makes_become_several_calls(model: str, n: int, calls: list[int]) -> None:
    planned = plan(GenerateRequest("a cat", n=n, allow=ALL), PROVIDER, model)
    assert [call.n for call in planned.calls] == calls


def test_an_unknown_model_passes_with_a_warning_and_a_misspelt_parameter_does_not() -> None:
    planned = plan(GenerateRequest("a cat", quality="divine"), PROVIDER, "gpt-image-9")
    assert planned.calls[0].wire() == {"model": "gpt-image-9", "prompt": "a cat", "quality": "divine"}
    assert planned.warnings[0].code == "unknown_model"
    assert "style is not a parameter" in refused("gpt-image-9", style="vivid")


def test_every_declaration_carries_its_source_and_the_day_it_was_checked() -> None:
    for model in CAPABILITIES.models:
        found = CAPABILITIES.find(model.id, "generate")
        assert found is not None
        assert found.operation.source is not None
        assert found.operation.source.checked.year == 2026


def told(model: str, operation: str, **values: Any) -> list[str]:
    """The parameters at fault."""
    found = CAPABILITIES.find(model, operation)
    assert found is not None
    values = {"prompt": "a cat", "images": PICTURE, **values}
    return [reason.parameter for reason in found.operation.check(values) if reason.verdict == "no"]


PICTURE = SamplePicture(media_type="image/png", size=1000, width=64, height=64, alpha=True)


@pytest.mark.parametrize(
    ("model", "values", "faults"),
    [
        ("gpt-image-2", {}, []),
        ("gpt-image-2", {"mask": PICTURE}, []),
        (
            "gpt-image-2",
            {"mask": SamplePicture(media_type="image/png", size=9, width=9, height=9, alpha=True)},
            ["mask"],
        ),
        ("gpt-image-2", {"images": None}, ["images"]),
        ("gpt-image-2", {"input_fidelity": "high"}, ["input_fidelity"]),
        ("gpt-image-1.5", {"input_fidelity": "high"}, []),
        ("gpt-image-1-mini", {"input_fidelity": "high"}, ["input_fidelity"]),
        ("gpt-image-2", {"markup": PICTURE}, ["markup"]),
        ("gpt-image-2.5-flare", {"markup": PICTURE}, []),
        ("gpt-image-2.5-flare", {"markup": PICTURE, "mask": PICTURE}, ["mask"]),
        ("gpt-image-2", {"mask": PICTURE, "output_format": "gif"}, ["mask"]),
    ],
)
def test_what_an_edit_takes_is_declared_by_model(model: str, values: dict[str, Any], faults: list[str]) -> None:
    assert told(model, "edit", **values) == faults


@pytest.mark.parametrize(
    ("values", "faults"),
    [
        ({"stream": True, "partial_images": 3}, []),
        ({"partial_images": 2}, ["partial_images"]),
        ({"stream": True, "partial_images": 4}, ["partial_images"]),
        ({"stream": True, "output_format": "svg"}, ["stream"]),
    ],
)
def test_what_a_stream_takes_is_declared(values: dict[str, Any], faults: list[str]) -> None:
    assert told("gpt-image-2", "generate", images=None, **values) == faults


def test_variations_and_edits_of_dall_e_2_are_declared_as_they_once_were() -> None:
    assert told("dall-e-2", "vary", prompt=None, images=None, image=PICTURE) == []
    assert told("dall-e-2", "edit", mask=PICTURE) == []
