"""The parameters of ``POST /images/edits`` and ``POST /images/variations``: which there are, by model and by body.

Facts: OpenAI's Images API as its official SDK types it (openai-python 3.52.0, read 2026-11-20), and the published
schema of 2026-08-21: for the JSON body, which the SDK does not type, and for dall-e-2, which was shut down. Whether
newer parameters go into a JSON body is not said; here they do. ``moderation`` is in the JSON body only.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from attrs import evolve

from limner_sandbox.emulators.openai.models import MODELS, STANDARD_SIZES
from limner_sandbox.emulators.openai.orders import meant
from limner_sandbox.emulators.openai.parameters import LONGEST_EDGE, MOST_PIXELS, SERVED, SIZE_STEP, STEEPEST
from limner_sandbox.openai_images import orders
from limner_sandbox.openai_images.inputs import (
    ANY,
    SMALL_SQUARE,
    counted,
    files,
    nearest,
    one_file,
    own_or_large,
)
from limner_sandbox.openai_images.parameters import Check, Parameter, choice, required
from limner_sandbox.openai_images.references import LONGEST_URL
from limner_sandbox.openai_images.refusals import Refusal, unknown_parameter, wrong_type

if TYPE_CHECKING:
    from collections.abc import Mapping

    from limner_sandbox.emulators.openai.models import ImageModel
    from limner_sandbox.openai_images.orders import Bring, Model, Order, Rule

DEFAULT = "gpt-image-1.5"
"""The model that edits where none is named."""
VARYING = "dall-e-2"
"""The only model that varied."""
REFERENCES = ("image_url", "file_id")
MARKED = "gpt-image-2.5-"
"""How the names of the models that take ``markup`` begin."""
UNFAITHFUL = ("gpt-image-2", "gpt-image-2-2026-04-21")
"""Models that take no ``input_fidelity``."""

_RULES: Mapping[str, Rule] = {
    "mask": (lambda _, kind: kind == "gif", "Masks are not supported for the output format 'gif'."),
    "markup": (lambda given, _: "mask" in given, "'markup' cannot be used together with 'mask'."),
}


def _reference(name: str, value: Any) -> None:  # noqa: ANN401 - JSON
    """``{image_url}`` or ``{file_id}``."""
    if not isinstance(value, dict):
        raise wrong_type(name, "an object", value)
    for member, told in value.items():
        if member not in REFERENCES:
            raise unknown_parameter(f"{name}.{member}")
        if not isinstance(told, str):
            raise wrong_type(f"{name}.{member}", "a string", told)
    if len(value) != 1:
        message = f"Invalid value for '{name}': expected exactly one of 'image_url' and 'file_id'."
        raise Refusal(400, "invalid_value", message, param=name)
    length = len(value.get("image_url", ""))
    if length > LONGEST_URL:
        but = f"Expected a string with maximum length {LONGEST_URL}, but got a string with length {length} instead."
        message = f"Invalid '{name}.image_url': string too long. {but}"
        raise Refusal(400, "string_above_max_length", message, param=f"{name}.image_url")


def _references(name: str, value: Any) -> None:  # noqa: ANN401 - JSON
    if not isinstance(value, list):
        raise wrong_type(name, "an array of objects", value)
    counted(name, value, ANY.most)
    for at, each in enumerate(value):
        _reference(f"{name}[{at}]", each)


def _fidelity(model: ImageModel) -> Check:
    """Low and high; gpt-image-1-mini takes low, gpt-image-2 none."""
    if model.id not in UNFAITHFUL:
        return choice(*(("low",) if model.id == "gpt-image-1-mini" else ("high", "low")))

    def refuse(name: str, _: Any) -> None:  # noqa: ANN401 - JSON
        message = f"The model '{model.id}' does not support the '{name}' parameter."
        raise Refusal(400, "invalid_input_fidelity_model", message, param=name)

    return refuse


def _fit(size: tuple[int, int]) -> str:
    """The size of those that are free to any, nearest to an image's: often its own."""
    wide, high = size
    ratio = min(max(wide / high, 1 / STEEPEST), STEEPEST)
    area = min(wide * high, MOST_PIXELS, LONGEST_EDGE**2 * min(ratio, 1 / ratio))
    fitted = ((area * ratio) ** 0.5, (area / ratio) ** 0.5)
    wide, high = (max(round(side / SIZE_STEP), 1) * SIZE_STEP for side in fitted)
    while (
        wide > STEEPEST * high or high > STEEPEST * wide or wide * high > MOST_PIXELS or max(wide, high) > LONGEST_EDGE
    ):
        wide, high = (wide - SIZE_STEP, high) if wide >= high else (wide, high - SIZE_STEP)
    return f"{wide}x{high}"


def _gpt(model: ImageModel, *, form: bool) -> Model:
    served = SERVED[model.id]
    parameters = dict(served.parameters)
    parameters["input_fidelity"] = Parameter(_fidelity(model))
    one = one_file if form else _reference
    parameters |= {"image": required(files(ANY))} if form else {"images": required(_references)}
    parameters["mask"] = Parameter(one)
    if model.id.startswith(MARKED):
        parameters["markup"] = Parameter(one)
    if form:
        del parameters["moderation"]
    return evolve(
        served,
        parameters=parameters,
        required=("image" if form else "images", "prompt"),
        rules={**served.rules, **_RULES},
        fit=_fit if model.flexible else partial(nearest, STANDARD_SIZES),
    )


def _dall_e_2(*, prompted: bool) -> Model:
    served = SERVED[VARYING]
    parameters = {**served.parameters, "image": required(files(SMALL_SQUARE))}
    if prompted:
        parameters["mask"] = required(one_file)
        return evolve(served, parameters=parameters, required=("image", "prompt"), limits=SMALL_SQUARE)
    del parameters["prompt"], parameters["quality"]
    return evolve(
        served, parameters=parameters, required=("image",), limits=SMALL_SQUARE, size="auto", fit=own_or_large
    )


_GPT = [model for model in MODELS.values() if model.family == "gpt"]
FORMS: Mapping[str, Model] = {
    **{model.id: _gpt(model, form=True) for model in _GPT},
    VARYING: _dall_e_2(prompted=True),
}
"""What the models take that edit, in a form."""
OBJECTS: Mapping[str, Model] = {model.id: _gpt(model, form=False) for model in _GPT}
"""The same in JSON."""
VARIED: Mapping[str, Model] = {VARYING: _dall_e_2(prompted=False)}
"""What the model takes that varied, in a form."""


def take(body: Any, bring: Bring, *, form: bool, retired: bool) -> Order:  # noqa: ANN401 - JSON
    """Read the body of a request to edit; slow work.

    Args:
        body: The parsed JSON, or the fields of a form.
        bring: Where its images are.
        form: Whether it was a form.
        retired: Whether models that were shut down answer.

    Raises:
        Refusal: Anything in it is not as documented.
    """
    choose = partial(_choose, models=FORMS if form else OBJECTS, default=DEFAULT, retired=retired)
    return orders.take_edit(body, choose, bring)


def vary(body: Any, bring: Bring, *, retired: bool) -> Order:  # noqa: ANN401 - JSON
    """Read the form of a request to vary; slow work.

    Raises:
        Refusal: Anything in it is not as documented; unless ``retired``, that its model was shut down.
    """
    choose = partial(_choose, models=VARIED, default=VARYING, retired=retired)
    return orders.take_variation(body, choose, bring)


def _choose(body: Mapping[str, Any], *, models: Mapping[str, Model], default: str, retired: bool) -> Model:
    name = body.get("model")
    return meant(default if name is None else name, models, retired=retired)
