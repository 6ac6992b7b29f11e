"""A request to OpenAI: which model it means, and what that model has rules against."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from limner_sandbox.emulators.openai.models import MODELS
from limner_sandbox.emulators.openai.parameters import GPT_ONLY, SERVED
from limner_sandbox.openai_images import orders
from limner_sandbox.openai_images.refusals import Refusal, not_among, wrong_type

if TYPE_CHECKING:
    from collections.abc import Mapping

    from limner_sandbox.openai_images.orders import Model, Order


def take(body: Any, *, retired: bool) -> Order:  # noqa: ANN401 - JSON
    """Read a request's body.

    Args:
        body: The parsed JSON.
        retired: Whether models that were shut down answer.

    Raises:
        Refusal: Anything in it is not as documented.
    """
    return orders.take(body, partial(_model, retired=retired))


def _model(body: Mapping[str, Any], *, retired: bool) -> Model:
    """The model that is meant; the documented default is one that was shut down."""
    name = body.get("model")
    if name is None:
        name = "gpt-image-1" if GPT_ONLY & body.keys() else "dall-e-2"
    return meant(name, SERVED, retired=retired)


def meant(name: object, models: Mapping[str, Model], *, retired: bool) -> Model:
    """The model of a name.

    Args:
        name: What a body says.
        models: Those that do what is asked.
        retired: Whether models that were shut down answer.

    Raises:
        Refusal: There is no such model, it was shut down, or it does something else.
    """
    if not isinstance(name, str):
        raise wrong_type("model", "a string", name)
    if name not in MODELS:
        message = f"The model '{name}' does not exist or you do not have access to it."
        raise Refusal(404, "model_not_found", message)
    if MODELS[name].shutdown and not retired:
        message = (
            f"The model `{name}` has been deprecated, learn more here: https://platform.openai.com/docs/deprecations"
        )
        raise Refusal(404, "model_not_found", message)
    if name not in models:
        raise not_among("model", name, tuple(models))
    return models[name]
