"""The parameters of ``POST /images/generations``: which there are, by model, and what each takes.

Facts: OpenAI's Images API as its official SDK types it (openai-python 3.52.0, read 2026-11-20), and for the models
that were shut down the published schema of 2026-08-21. A ``null`` is taken as *not set* wherever they say nullable.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from limner_sandbox.emulators.openai.models import MODELS
from limner_sandbox.openai_images.orders import CUT_OUT, Model, Rule
from limner_sandbox.openai_images.parameters import (
    Check,
    Parameter,
    boolean,
    choice,
    integer,
    prompt,
    required,
    text,
)
from limner_sandbox.openai_images.refusals import Refusal, unknown_parameter, wrong_type

if TYPE_CHECKING:
    from collections.abc import Mapping

    from limner_sandbox.emulators.openai.models import ImageModel

MOST_PROMPT = 32_000
LONGEST_EDGE, MOST_PIXELS = 3840, 3840 * 2160
SIZE_STEP, STEEPEST = 16, 3
EFFORTS = ("none", "minimal", "low", "medium", "high", "xhigh", "max")
COMPRESSED = ("jpeg", "webp")
UNMOVED = ("gif", "svg")


def _size(model: ImageModel) -> Check:
    """A size the model has, or one within the limits of those that take any."""
    if not model.flexible:
        return choice(*model.sizes, *(("auto",) if model.family == "gpt" else ()))

    def check(name: str, value: Any) -> None:  # noqa: ANN401 - JSON
        if not isinstance(value, str):
            raise wrong_type(name, "a string", value)
        if value == "auto":
            return
        found = re.fullmatch(r"([1-9][0-9]{0,4})x([1-9][0-9]{0,4})", value)
        if not found:
            raise _bad_size(value, "a size is 'auto' or WIDTHxHEIGHT in pixels")
        wide, high = int(found[1]), int(found[2])
        for broken, rule in (
            (wide % SIZE_STEP or high % SIZE_STEP, "width and height must both be divisible by 16"),
            (max(wide, high) > STEEPEST * min(wide, high), "the aspect ratio must be between 1:3 and 3:1"),
            (max(wide, high) > LONGEST_EDGE or wide * high > MOST_PIXELS, "the largest resolution is 3840x2160"),
        ):
            if broken:
                raise _bad_size(value, rule)

    return check


def _bad_size(value: str, rule: str) -> Refusal:
    return Refusal(400, "invalid_size", f"Invalid size '{value}': {rule}.", param="size")


def _svg(name: str, value: Any) -> None:  # noqa: ANN401 - JSON
    """``{model, reasoning: {effort}}``."""
    if not isinstance(value, dict):
        raise wrong_type(name, "an object", value)
    _members(name, value, ("model", "reasoning"))
    if "model" not in value:
        raise Refusal(400, "missing_required_parameter", "Missing required parameter: 'svg.model'.", param="svg.model")
    prompt(MOST_PROMPT)(f"{name}.model", value["model"])
    reasoning = value.get("reasoning")
    if reasoning is None:
        return
    if not isinstance(reasoning, dict):
        raise wrong_type(f"{name}.reasoning", "an object", reasoning)
    _members(f"{name}.reasoning", reasoning, ("effort",))
    if reasoning.get("effort") is not None:
        choice(*EFFORTS)(f"{name}.reasoning.effort", reasoning["effort"])


def _members(name: str, value: Mapping[str, Any], known: tuple[str, ...]) -> None:
    for member in value:
        if member not in known:
            raise unknown_parameter(f"{name}.{member}")


_RULES: Mapping[str, Rule] = {
    "background": (
        lambda given, kind: given["background"] == "transparent" and kind not in CUT_OUT,
        "Transparent background is only supported for the output formats 'png' and 'webp'.",
    ),
    "output_compression": (
        lambda given, kind: kind not in COMPRESSED and (kind == "svg" or given["output_compression"] != 100),  # noqa: PLR2004 - per cent
        "Compression is only supported for the output formats 'jpeg' and 'webp'.",
    ),
    "frame_count": (lambda _, kind: kind != "gif", "Frames are only supported for the output format 'gif'."),
    "frame_duration_ms": (lambda _, kind: kind != "gif", "Frames are only supported for the output format 'gif'."),
    "svg": (lambda _, kind: kind != "svg", "'svg' is only supported for the output format 'svg'."),
    "n": (lambda given, kind: kind == "svg" and given["n"] > 1, "The output format 'svg' requires n=1."),
    "stream": (
        lambda given, kind: given["stream"] and kind in UNMOVED,
        "Streaming is not supported for the output formats 'gif' and 'svg'.",
    ),
    "partial_images": (
        lambda given, kind: given["partial_images"] > 0 and (kind in UNMOVED or not given.get("stream")),
        "Partial images are only supported with stream=true.",
    ),
}


def _common(model: ImageModel, longest_prompt: int, most: int) -> dict[str, Parameter]:
    auto = ("auto",) if model.family == "gpt" else ()
    return {
        "prompt": required(prompt(longest_prompt)),
        "model": Parameter(text()),
        "n": Parameter(integer(1, most)),
        "size": Parameter(_size(model)),
        "quality": Parameter(choice(*model.qualities, *auto)),
        "user": required(text()),
    }


def _gpt(model: ImageModel) -> Model:
    parameters = {
        **_common(model, MOST_PROMPT, 10),
        "background": Parameter(choice("transparent", "opaque", "auto")),
        "output_format": Parameter(choice("png", "jpeg", "webp", "gif", "svg")),
        "output_compression": Parameter(integer(0, 100)),
        "complexity": Parameter(choice("low", "medium", "high")),
        "frame_count": Parameter(integer(2, 16)),
        "frame_duration_ms": Parameter(integer(1)),
        "svg": Parameter(_svg),
        "moderation": Parameter(choice("low", "auto")),
        "stream": Parameter(boolean),
        "partial_images": Parameter(integer(0, 3)),
        "safety_identifier": Parameter(text()),
    }
    return Model(
        id=model.id,
        parameters=parameters,
        rules=_RULES,
        size="auto",
        quality="auto",
        background="auto",
        always_base64=True,
    )


_RESPONSE_FORMAT = Parameter(choice("url", "b64_json"))


def _dall_e_2(model: ImageModel) -> Model:
    return Model(id=model.id, parameters={**_common(model, 1000, 10), "response_format": _RESPONSE_FORMAT})


def _dall_e_3(model: ImageModel) -> Model:
    parameters = {
        **_common(model, 4000, 1),
        "style": Parameter(choice("vivid", "natural")),
        "response_format": _RESPONSE_FORMAT,
    }
    return Model(id=model.id, parameters=parameters, revises=True)


_FAMILIES = {"gpt": _gpt, "dall-e-2": _dall_e_2, "dall-e-3": _dall_e_3}

SERVED: Mapping[str, Model] = {name: _FAMILIES[model.family](model) for name, model in MODELS.items()}
"""Every model there is or was, by id."""
GPT_ONLY = SERVED["gpt-image-1"].parameters.keys() - SERVED["dall-e-2"].parameters.keys()
"""Parameters that dall-e-2 does not have: one of them, without a model, means a GPT image model."""
