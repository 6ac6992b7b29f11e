"""r9s: ``POST /v1/images/generations`` and ``/v1/images/edits`` as its page documents them, for any model.

The page's tables say what dall-e and the GPT image models take, and its examples ask ``gpt-4o-mini``, which is neither,
for what dall-e makes: so a name that the page does not list is served with the values of those examples. ``null`` is as
good as not set where the page's type is ``object``, its word for a value or nothing. Of a stream's events it says
nothing: they are OpenAI's, and ``[DONE]`` as new-api adds it.

Images to edit are data URLs in JSON: ``image`` is one, or a list of up to 16, ``mask`` is one. ``input_fidelity`` is
gpt-image-1's alone, as the page says. It lists dall-e-3 among the models that edit and says nothing of the images that
one takes: those of GPT image models; the same holds for models that it does not list.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from attrs import evolve

from limner_sandbox.openai_images.bodies import read_json
from limner_sandbox.openai_images.inputs import (
    ANY,
    MASK_BYTES,
    SMALL_SQUARE,
    Brought,
    Limits,
    check_upload,
    counted,
    nearest,
)
from limner_sandbox.openai_images.orders import CUT_OUT, Model, take_edit
from limner_sandbox.openai_images.parameters import Parameter, boolean, choice, integer, prompt, required, text
from limner_sandbox.openai_images.references import from_data_url
from limner_sandbox.openai_images.refusals import wrong_type
from limner_sandbox.openai_images.replies import Wording, image_tokens, text_tokens
from limner_sandbox.relay import Relay, Reworking, named

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from limner_sandbox.openai_images.orders import Order
    from limner_sandbox.openai_images.parameters import Check

GPT_IMAGE = "gpt-image-"
"""How the names of GPT image models begin; the page lists gpt-image-1, -1-mini and -1.5."""

_DALL_E = {"response_format": Parameter(choice("url", "b64_json"))}
_STYLE = {"style": Parameter(choice("vivid", "natural"))}
GPT_SIZES = ("1024x1024", "1536x1024", "1024x1536")
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
        **_common(32_000, 10, (*GPT_SIZES, "auto"), ("low", "medium", "high")),
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
    fit=partial(nearest, GPT_SIZES),
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
MASK = Limits(media_types=("image/png",), most_bytes=MASK_BYTES)
LISTED = {model.id: model for model in (DALL_E_2, DALL_E_3)}


def choose(body: Mapping[str, Any]) -> Model:
    """Any model, under its own name; where none is named, dall-e-2 unless a parameter of GPT image models is used."""
    gpt_only = GPT.parameters.keys() - OTHER.parameters.keys()
    name = named(body, GPT.id if gpt_only & body.keys() else DALL_E_2.id)
    return evolve(LISTED.get(name, GPT if name.startswith(GPT_IMAGE) else OTHER), id=name)


def _data_urls(limits: Limits) -> Check:
    """A data URL, or a list of them."""

    def check(name: str, value: Any) -> None:  # noqa: ANN401 - JSON
        counted(name, value if isinstance(value, list) else [value], limits.most)
        for label, url in _labelled(name, value):
            if not isinstance(url, str):
                raise wrong_type(label, "a string", url)
            check_upload(from_data_url(label, url), limits)

    return check


def _mask(name: str, value: Any) -> None:  # noqa: ANN401 - JSON
    if not isinstance(value, str):
        raise wrong_type(name, "a string", value)
    check_upload(from_data_url(name, value), MASK)


def _labelled(name: str, value: Any) -> list[tuple[str, Any]]:  # noqa: ANN401 - JSON
    return [(f"{name}[{at}]", each) for at, each in enumerate(value)] if isinstance(value, list) else [(name, value)]


def _bring(given: Mapping[str, Any]) -> Brought:
    mask = given.get("mask")
    return Brought(
        images=tuple(from_data_url(label, url) for label, url in _labelled("image", given["image"])),
        mask=from_data_url("mask", mask) if mask else None,
    )


def _editing(model: Model, limits: Limits = ANY) -> Model:
    return evolve(
        model,
        parameters={**model.parameters, "image": required(_data_urls(limits)), "mask": Parameter(_mask)},
        required=("image", "prompt"),
        limits=limits,
    )


EDITS = {
    model.id: model
    for model in (
        evolve(
            _editing(GPT),
            parameters={**_editing(GPT).parameters, "input_fidelity": Parameter(choice("high", "low"))},
        ),
        _editing(DALL_E_2, SMALL_SQUARE),
        _editing(DALL_E_3),
    )
}


def _choose_edit(body: Mapping[str, Any]) -> Model:
    """The same for edits; ``input_fidelity`` is a parameter of GPT image models too."""
    name = named(body, "gpt-image-1" if "input_fidelity" in body else choose(body).id)
    if name in EDITS:
        return EDITS[name]
    return evolve(_editing(GPT if name.startswith(GPT_IMAGE) else OTHER), id=name)


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
    reworkings=(Reworking(path="/images/edits", read=read_json, take=take_edit, choose=_choose_edit, bring=_bring),),
    wording=Wording(reply=_reply, completed=_usage, last=b"data: [DONE]\n\n"),
).emulator()
