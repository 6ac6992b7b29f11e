"""The parameters of ``POST /images/generations``: which there are, by family of models, and what each takes.

Facts: OpenAI's Images API as its official SDK types it (openai-python 3.52.0, read 2026-11-20), and for the models
that were shut down the published schema of 2026-08-21. A ``null`` is taken as *not set* wherever they say nullable.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeAlias

from attrs import frozen

from limner_sandbox.emulators.openai.refusals import Refusal, not_among, unknown_parameter, wrong_type

if TYPE_CHECKING:
    from collections.abc import Mapping

    from limner_sandbox.emulators.openai.models import ImageModel

Check: TypeAlias = Callable[[str, Any, "ImageModel"], None]
"""Raises a refusal for a value (name, value, model) that is not taken."""

MOST_PROMPT = 32_000
LONGEST_EDGE, MOST_PIXELS = 3840, 3840 * 2160
SIZE_STEP, STEEPEST = 16, 3


@frozen
class Parameter:
    """One parameter of a request."""

    check: Check
    nullable: bool = True


def text(most: int | None = None) -> Check:
    """A string, of at most so many characters."""

    def check(name: str, value: Any, _: ImageModel) -> None:  # noqa: ANN401 - JSON
        if not isinstance(value, str):
            raise wrong_type(name, "a string", value)
        if most is not None and len(value) > most:
            message = (
                f"Invalid '{name}': string too long. Expected a string with maximum length {most}, "
                f"but got a string with length {len(value)} instead."
            )
            raise Refusal(400, "string_above_max_length", message, param=name)

    return check


def prompt(most: int) -> Check:
    """A text that is not empty."""
    within = text(most)

    def check(name: str, value: Any, model: ImageModel) -> None:  # noqa: ANN401 - JSON
        within(name, value, model)
        if not value:
            expected = "Expected a string with minimum length 1, but got an empty string instead."
            message = f"Invalid '{name}': empty string. {expected}"
            raise Refusal(400, "empty_string", message, param=name)

    return check


def integer(least: int, most: int | None = None) -> Check:
    """A whole number within bounds."""

    def check(name: str, value: Any, _: ImageModel) -> None:  # noqa: ANN401 - JSON
        if not isinstance(value, int) or isinstance(value, bool):
            raise wrong_type(name, "an integer", value)
        if value < least:
            raise _out_of_range(name, value, "below minimum", f">= {least}", "integer_below_min_value")
        if most is not None and value > most:
            raise _out_of_range(name, value, "above maximum", f"<= {most}", "integer_above_max_value")

    return check


def _out_of_range(name: str, value: int, what: str, bound: str, code: str) -> Refusal:
    message = f"Invalid '{name}': integer {what} value. Expected a value {bound}, but got {value} instead."
    return Refusal(400, code, message, param=name)


def boolean(name: str, value: Any, _: ImageModel) -> None:  # noqa: ANN401 - JSON
    """True or false."""
    if not isinstance(value, bool):
        raise wrong_type(name, "a boolean", value)


def choice(*allowed: str) -> Check:
    """One of a few words."""
    return _choice(lambda _: allowed)


def _choice(allowed: Callable[[ImageModel], tuple[str, ...]]) -> Check:
    def check(name: str, value: Any, model: ImageModel) -> None:  # noqa: ANN401 - JSON
        if not isinstance(value, str):
            raise wrong_type(name, "a string", value)
        if value not in allowed(model):
            raise not_among(name, value, allowed(model))

    return check


def size(name: str, value: Any, model: ImageModel) -> None:  # noqa: ANN401 - JSON
    """A size the model has, or one within the limits of those that take any."""
    auto = ("auto",) if model.family == "gpt" else ()
    if not isinstance(value, str):
        raise wrong_type(name, "a string", value)
    if value in (*model.sizes, *auto):
        return
    if not model.flexible:
        raise not_among(name, value, (*model.sizes, *auto))
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


def _bad_size(value: str, rule: str) -> Refusal:
    return Refusal(400, "invalid_size", f"Invalid size '{value}': {rule}.", param="size")


EFFORTS = ("none", "minimal", "low", "medium", "high", "xhigh", "max")


def svg(name: str, value: Any, model: ImageModel) -> None:  # noqa: ANN401 - JSON
    """``{model, reasoning: {effort}}``."""
    if not isinstance(value, dict):
        raise wrong_type(name, "an object", value)
    _members(name, value, ("model", "reasoning"))
    if "model" not in value:
        raise Refusal(400, "missing_required_parameter", "Missing required parameter: 'svg.model'.", param="svg.model")
    prompt(MOST_PROMPT)(f"{name}.model", value["model"], model)
    reasoning = value.get("reasoning")
    if reasoning is None:
        return
    if not isinstance(reasoning, dict):
        raise wrong_type(f"{name}.reasoning", "an object", reasoning)
    _members(f"{name}.reasoning", reasoning, ("effort",))
    if reasoning.get("effort") is not None:
        choice(*EFFORTS)(f"{name}.reasoning.effort", reasoning["effort"], model)


def _members(name: str, value: Mapping[str, Any], known: tuple[str, ...]) -> None:
    for member in value:
        if member not in known:
            raise unknown_parameter(f"{name}.{member}")


_MODEL = Parameter(text())
_USER = Parameter(text(), nullable=False)
_QUALITY = Parameter(_choice(lambda model: model.qualities))

PARAMETERS: Mapping[str, Mapping[str, Parameter]] = {
    "gpt": {
        "prompt": Parameter(prompt(MOST_PROMPT), nullable=False),
        "model": _MODEL,
        "n": Parameter(integer(1, 10)),
        "size": Parameter(size),
        "quality": Parameter(_choice(lambda model: (*model.qualities, "auto"))),
        "background": Parameter(choice("transparent", "opaque", "auto")),
        "output_format": Parameter(choice("png", "jpeg", "webp", "gif", "svg")),
        "output_compression": Parameter(integer(0, 100)),
        "complexity": Parameter(choice("low", "medium", "high")),
        "frame_count": Parameter(integer(2, 16)),
        "frame_duration_ms": Parameter(integer(1)),
        "svg": Parameter(svg),
        "moderation": Parameter(choice("low", "auto")),
        "stream": Parameter(boolean),
        "partial_images": Parameter(integer(0, 3)),
        "safety_identifier": Parameter(text()),
        "user": _USER,
    },
    "dall-e-2": {
        "prompt": Parameter(prompt(1000), nullable=False),
        "model": _MODEL,
        "n": Parameter(integer(1, 10)),
        "size": Parameter(size),
        "quality": _QUALITY,
        "response_format": Parameter(choice("url", "b64_json")),
        "user": _USER,
    },
    "dall-e-3": {
        "prompt": Parameter(prompt(4000), nullable=False),
        "model": _MODEL,
        "n": Parameter(integer(1, 1)),
        "size": Parameter(size),
        "quality": _QUALITY,
        "style": Parameter(choice("vivid", "natural")),
        "response_format": Parameter(choice("url", "b64_json")),
        "user": _USER,
    },
}
"""By family of models."""
