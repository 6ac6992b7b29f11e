"""What each relay's page says of generation: parameters, values, defaults, and what comes back."""

from __future__ import annotations

import json
from base64 import b64decode
from collections.abc import Callable
from io import BytesIO
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from PIL import Image

from limner_sandbox.emulators import fastapiai, r9s, rockapi
from limner_sandbox.openai_images.orders import Order, take
from limner_sandbox.openai_images.refusals import Refusal
from limner_sandbox.relay import among

if TYPE_CHECKING:
    from limner_sandbox import Sandbox
    from limner_sandbox.openai_images.orders import Choose

Ask = Callable[..., httpx.Response]

MODELS: dict[str, Choose] = {
    "fastapi.ai": among(fastapiai.MODELS, "dall-e-2"),
    "rockapi": among(rockapi.MODELS, "dall-e-2"),
    "r9s": r9s.choose,
}
DALL_E = ("dall-e-2", "dall-e-3")
SQUARE, WIDE = ["256x256", "512x512", "1024x1024"], ["1024x1024", "1792x1024", "1024x1792"]
relay = pytest.mark.parametrize("name", MODELS)


def taken(name: str, **body: Any) -> Order:
    """The order that a relay takes, with a prompt where none is given."""
    return take({"prompt": "a cat", **body}, MODELS[name])


def refused(name: str, **body: Any) -> str | None:
    """The parameter for which a relay refuses a body."""
    with pytest.raises(Refusal) as caught:
        taken(name, **body)
    parameter: str | None = caught.value.error["param"]
    return parameter


@relay
def test_without_a_model_it_is_dall_e_2(name: str) -> None:
    order = taken(name)
    assert (order.model.id, order.n, order.size, order.base64) == ("dall-e-2", 1, "1024x1024", False)


@relay
@pytest.mark.parametrize("model", DALL_E)
def test_dall_e_is_served_though_openai_shut_it_down(name: str, model: str) -> None:
    assert taken(name, model=model).model.id == model


@relay
@pytest.mark.parametrize(("model", "sizes"), [("dall-e-2", SQUARE), ("dall-e-3", WIDE)])
def test_the_listed_sizes_are_taken_and_no_others(name: str, model: str, sizes: list[str]) -> None:
    assert [taken(name, model=model, size=size).size for size in sizes] == sizes
    others = {*SQUARE, *WIDE, "1536x1024", "auto", ""} - set(sizes)
    assert {refused(name, model=model, size=size) for size in others} == {"size"}


@relay
@pytest.mark.parametrize(("model", "most"), [("dall-e-2", 10), ("dall-e-3", 1)])
def test_as_many_images_as_documented_and_no_more(name: str, model: str, most: int) -> None:
    assert taken(name, model=model, n=most).n == most
    assert refused(name, model=model, n=most + 1) == "n"


@relay
@pytest.mark.parametrize(("model", "most"), [("dall-e-2", 1000), ("dall-e-3", 4000)])
def test_a_prompt_is_counted_in_characters(name: str, model: str, most: int) -> None:
    assert len(taken(name, model=model, prompt="ä" * most).prompt) == most
    assert refused(name, model=model, prompt="ä" * (most + 1)) == "prompt"


@relay
@pytest.mark.parametrize("quality", ["standard", "hd"])
def test_dall_e_3_has_two_qualities(name: str, quality: str) -> None:
    assert taken(name, model="dall-e-3", quality=quality).quality == quality


@pytest.mark.parametrize(
    ("name", "quality", "param"),
    [
        ("fastapi.ai", "standard", "quality"),
        ("fastapi.ai", "hd", "quality"),
        ("rockapi", "hd", "quality"),
        ("r9s", "hd", "quality"),
        ("r9s", "high", "quality"),
    ],
)
def test_dall_e_2_has_no_quality_to_choose(name: str, quality: str, param: str) -> None:
    """fastapi.ai: only dall-e-3 has the parameter. The others: standard is all there is."""
    assert refused(name, model="dall-e-2", quality=quality) == param


@pytest.mark.parametrize(("name", "quality"), [("rockapi", "standard"), ("r9s", "standard"), ("r9s", "auto")])
def test_dall_e_2_takes_the_quality_it_has(name: str, quality: str) -> None:
    assert taken(name, model="dall-e-2", quality=quality).model.id == "dall-e-2"


@pytest.mark.parametrize("name", ["fastapi.ai", "r9s"])
@pytest.mark.parametrize("style", ["vivid", "natural"])
def test_only_dall_e_3_has_styles(name: str, style: str) -> None:
    assert taken(name, model="dall-e-3", style=style).given["style"] == style
    assert refused(name, model="dall-e-2", style=style) == "style"


@pytest.mark.parametrize(("parameter", "value"), [("style", "vivid"), ("user", "u-1")])
def test_what_rockapis_page_does_not_mention_is_unknown(parameter: str, value: str) -> None:
    assert refused("rockapi", model="dall-e-3", **{parameter: value}) == parameter


NULLABLE = {
    "fastapi.ai": {"n", "response_format", "size", "style"},
    "rockapi": set[str](),
    "r9s": {"n", "response_format", "size", "style", "quality"},
}


@relay
@pytest.mark.parametrize("parameter", ["prompt", "model", "n", "quality", "response_format", "size", "style", "user"])
def test_null_is_taken_where_the_page_says_so(name: str, parameter: str) -> None:
    body = {"model": "dall-e-3", parameter: None}
    if parameter in NULLABLE[name]:
        assert parameter not in taken(name, **body).given
    else:
        assert refused(name, **body) == parameter


@pytest.mark.parametrize("name", ["fastapi.ai", "r9s"])
def test_a_user_is_taken(name: str) -> None:
    assert taken(name, user="u-1").given["user"] == "u-1"


GPT = ["gpt-image-1", "gpt-image-1-mini", "gpt-image-1.5"]


@pytest.mark.parametrize("model", GPT)
@pytest.mark.parametrize(
    "body",
    [
        {"size": "1536x1024", "quality": "high"},
        {"size": "auto", "quality": "auto", "background": "auto", "moderation": "low"},
        {"background": "transparent", "output_format": "webp", "output_compression": 85},
        {"background": None, "moderation": None, "output_format": None, "output_compression": None, "stream": None},
        {"stream": True, "partial_images": 3},
        {"n": 10, "user": "u-1", "prompt": "a" * 32_000},
    ],
)
def test_r9s_gpt_image_models_take_what_its_page_lists(model: str, body: dict[str, Any]) -> None:
    assert taken("r9s", model=model, **body).model.always_base64


@pytest.mark.parametrize(
    ("parameter", "body"),
    [
        ("response_format", {"response_format": "b64_json"}),
        ("style", {"style": "vivid"}),
        ("size", {"size": "1792x1024"}),
        ("quality", {"quality": "hd"}),
        ("output_format", {"output_format": "gif"}),
        ("background", {"background": "transparent", "output_format": "jpeg"}),
        ("output_compression", {"output_compression": 100}),
        ("partial_images", {"partial_images": 0}),
        ("partial_images", {"partial_images": 4, "stream": True}),
        ("partial_images", {"partial_images": None, "stream": True}),
        ("input_fidelity", {"input_fidelity": "high"}),
        ("prompt", {"prompt": "a" * 32_001}),
    ],
)
def test_r9s_gpt_image_models_take_nothing_else(parameter: str, body: dict[str, Any]) -> None:
    assert refused("r9s", model="gpt-image-1", **body) == parameter


@pytest.mark.parametrize(
    "parameter", ["background", "moderation", "output_format", "output_compression", "partial_images", "stream"]
)
@pytest.mark.parametrize("model", ["dall-e-2", "dall-e-3", "gpt-4o-mini"])
def test_r9s_other_models_take_no_parameter_of_gpt_image_models(model: str, parameter: str) -> None:
    assert refused("r9s", model=model, **{parameter: None}) == parameter


@pytest.mark.parametrize("parameter", [{"background": "opaque"}, {"stream": False}, {"moderation": None}])
def test_a_parameter_of_gpt_image_models_makes_r9s_default_one(parameter: dict[str, Any]) -> None:
    assert taken("r9s", **parameter).model.id == "gpt-image-1"


EXAMPLES: list[dict[str, Any]] = [
    {"n": 1, "size": "1024x1024"},
    {"n": 1, "quality": "hd", "size": "1792x1024", "style": "vivid"},
    {"n": 1, "response_format": "b64_json", "size": "512x512"},
]


@pytest.mark.parametrize("body", EXAMPLES)
def test_r9s_examples_ask_a_chat_model_and_are_taken(body: dict[str, Any]) -> None:
    order = taken("r9s", model="gpt-4o-mini", **body)
    assert (order.model.id, order.given.items() >= body.items()) == ("gpt-4o-mini", True)


@pytest.mark.parametrize(("parameter", "value"), [("size", "1536x1024"), ("quality", "high"), ("n", 11)])
def test_r9s_unknown_models_take_the_values_of_its_examples_only(parameter: str, value: object) -> None:
    assert refused("r9s", model="gpt-4o-mini", **{parameter: value}) == parameter


@relay
def test_a_url_serves_the_image(http: httpx.Client, ask: Ask, name: str) -> None:
    (item,) = ask(name, prompt="a cat", size="256x256").json()["data"]
    assert Image.open(BytesIO(http.get(item["url"]).content)).size == (256, 256)


@relay
def test_base64_is_the_image(ask: Ask, name: str) -> None:
    (item,) = ask(name, prompt="a cat", size="256x256", response_format="b64_json").json()["data"]
    assert Image.open(BytesIO(b64decode(item["b64_json"]))).size == (256, 256)


@relay
def test_a_reply_has_created_and_data_and_nothing_else(ask: Ask, name: str) -> None:
    reply = ask(name, prompt="a cat", size="256x256").json()
    assert (set(reply), isinstance(reply["created"], int)) == ({"created", "data"}, True)


@relay
def test_dall_e_3_rewrites_the_prompt(ask: Ask, name: str) -> None:
    (item,) = ask(name, prompt="a cat", model="dall-e-3").json()["data"]
    assert (set(item), item["revised_prompt"].endswith("a cat")) == ({"url", "revised_prompt"}, True)


@relay
def test_one_image_may_be_answered_with_two(sandbox: Sandbox, ask: Ask, name: str) -> None:
    """As the sample on fastapi.ai's page does."""
    sandbox.fail("two_images")
    data = ask(name, prompt="a cat", size="256x256", n=1, response_format="b64_json").json()["data"]
    assert (len({item["b64_json"] for item in data}), sandbox.billed) == (2, 2)


@relay
def test_fewer_images_than_asked_for_may_come(sandbox: Sandbox, ask: Ask, name: str) -> None:
    sandbox.fail("fewer_images")
    assert len(ask(name, prompt="a cat", size="256x256", n=2).json()["data"]) == 1
    sandbox.fail("fewer_images")
    assert ask(name, prompt="a cat", size="256x256").json()["data"] == []


def test_r9s_gpt_image_models_answer_in_base64_with_usage_in_its_own_words(ask: Ask) -> None:
    reply = ask("r9s", prompt="a cat", model="gpt-image-1", quality="low").json()
    assert (set(reply), set(reply["data"][0])) == ({"created", "data", "usage"}, {"b64_json"})
    assert reply["usage"] == {"prompt_tokens": 7, "image_tokens": 272}


def test_r9s_qwen_models_have_usage_in_qwens_words(ask: Ask) -> None:
    usage = ask("r9s", prompt="a cat", model="qwen-image", size="256x256", n=2).json()["usage"]
    assert usage == {
        "input_text_tokens": 7, "output_image_tokens": 144, "width": 256, "height": 256, "image_count": 2
    }  # fmt: skip


def test_an_r9s_stream_is_openais_events_and_done(ask: Ask) -> None:
    reply = ask("r9s", prompt="a cat", model="gpt-image-1.5", stream=True, partial_images=1, output_format="webp")
    partial, completed, done = reply.text.removesuffix("\n\n").split("\n\n")
    assert partial.startswith("event: image_generation.partial_image\n")
    assert set(json.loads(completed.partition("data: ")[2])["usage"]) == {"prompt_tokens", "image_tokens"}
    assert done == "data: [DONE]"


def test_only_r9s_streams() -> None:
    assert [refused(name, stream=True) for name in ("fastapi.ai", "rockapi")] == ["stream", "stream"]
