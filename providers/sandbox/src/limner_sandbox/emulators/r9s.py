"""r9s: ``POST /v1/images/generations`` as its page documents it, for dall-e, for GPT image models and for any other.

The page's tables say what dall-e and the GPT image models take, and its examples ask ``gpt-4o-mini``, which is neither,
for what dall-e makes: so a name that the page does not list is served with the values of those examples. ``null`` is as
good as not set where the page's type is ``object``, its word for a value or nothing. Of a stream's events it says
nothing: they are OpenAI's, and ``[DONE]`` as new-api adds it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from attrs import evolve

from limner_sandbox.openai_images.orders import CUT_OUT, Model
from limner_sandbox.openai_images.parameters import Parameter, boolean, choice, integer, prompt, required, text
from limner_sandbox.openai_images.replies import Wording, image_tokens, text_tokens
from limner_sandbox.relay import Relay, named

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from limner_sandbox.openai_images.orders import Order

GPT_IMAGE = "gpt-image-"
"""How the names of GPT image models begin; the page lists gpt-image-1, -1-mini and -1.5."""

_DALL_E = {"response_format": Parameter(choice("url", "b64_json"))}
_STYLE = {"style": Parameter(choice("vivid", "natural"))}
_SQUARE, _WIDE = ("256x256", "512x512", "1024x1024"), ("1024x1024", "1792x1024", "1024x1792")


def _common(longest_prompt: int, most: int, sizes: tuple[str, ...], qualities: tuple[str, ...]) -> dict[str, Parameter]:
    return {
        "prompt": required(prompt(longest_prompt)),
        "model": required(text()),
        "n": Parameter(integer(1, most)),
        "size": Parameter(choice(*sizes)),
        "quality": Parameter(choice("auto", *qualities)),
        "user": required(text()),
    }


GPT = Model(
    id="gpt-image-1",
    parameters={
        **_common(32_000, 10, ("1024x1024", "1536x1024", "1024x1536", "auto"), ("low", "medium", "high")),
        "background": Parameter(choice("transparent", "opaque", "auto")),
        "moderation": Parameter(choice("low", "auto")),
        "output_format": Parameter(choice("png", "jpeg", "webp")),
        "output_compression": Parameter(integer(0, 100)),
        "stream": Parameter(boolean),
        "partial_images": required(integer(0, 3)),
    },
    rules={
        "background": (
            lambda given, kind: given["background"] == "transparent" and kind not in CUT_OUT,
            "If transparent, the output format should be set to either png or webp.",
        ),
        "output_compression": (
            lambda _, kind: kind not in {"webp", "jpeg"},
            "output_compression is only supported with the webp or jpeg output formats.",
        ),
        "partial_images": (
            lambda given, _: not given.get("stream"),
            "partial_images is used for streaming responses.",
        ),
    },
    size="auto",
    quality="auto",
    background="auto",
    always_base64=True,
)
DALL_E_2 = Model(id="dall-e-2", parameters={**_common(1000, 10, _SQUARE, ("standard",)), **_DALL_E})
DALL_E_3 = Model(
    id="dall-e-3",
    parameters={**_common(4000, 1, _WIDE, ("standard", "hd")), **_DALL_E, **_STYLE},
    revises=True,
)
OTHER = Model(
    id="",
    parameters={**_common(32_000, 10, (*_SQUARE, *_WIDE[1:]), ("standard", "hd")), **_DALL_E, **_STYLE},
    revises=True,
)
"""Whatever else the relay has: with the values of the page's examples."""
LISTED = {model.id: model for model in (DALL_E_2, DALL_E_3)}


def choose(body: Mapping[str, Any]) -> Model:
    """Any model, under its own name; where none is named, dall-e-2 unless a parameter of GPT image models is used."""
    gpt_only = GPT.parameters.keys() - OTHER.parameters.keys()
    name = named(body, GPT.id if gpt_only & body.keys() else DALL_E_2.id)
    return evolve(LISTED.get(name, GPT if name.startswith(GPT_IMAGE) else OTHER), id=name)


def _usage(order: Order) -> dict[str, Any]:
    """In r9s' own words: those of GPT image models or of Qwen; of others nothing is said."""
    if order.model.always_base64:
        return {"usage": {"prompt_tokens": text_tokens(order), "image_tokens": image_tokens(order)}}
    if not order.model.id.startswith("qwen"):
        return {}
    return {
        "usage": {
            "input_text_tokens": text_tokens(order),
            "output_image_tokens": image_tokens(order),
            "width": order.width,
            "height": order.height,
            "image_count": order.n,
        }
    }


def _reply(order: Order, _: Sequence[bytes]) -> dict[str, Any]:
    return _usage(order)


EMULATOR = Relay(
    name="r9s",
    base_path="/r9s/v1",
    type="new_api_error",
    choose=choose,
    wording=Wording(reply=_reply, completed=_usage, last=b"data: [DONE]\n\n"),
).emulator()
