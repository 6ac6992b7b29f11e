"""A request to generate, read strictly: every rule that the documentation states, and no more."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from attrs import frozen

from limner_sandbox.emulators.openai.models import MODELS, ImageModel
from limner_sandbox.emulators.openai.parameters import PARAMETERS
from limner_sandbox.emulators.openai.refusals import (
    MODERATED,
    MODERATION,
    USER,
    Refusal,
    missing_parameter,
    not_together,
    unknown_parameter,
    wrong_type,
)
from limner_sandbox.painter import Commission, asks_for_emblem

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

TRIGGER = "forbidden-word"
"""A prompt with this in it is refused as OpenAI's moderation refuses: with the code ``moderation_blocked``."""

CUT_OUT = ("png", "webp")
COMPRESSED = ("jpeg", "webp")
UNMOVED = ("gif", "svg")


@frozen(kw_only=True)
class Order:
    """A request that was accepted: what was set, and what that resolves to."""

    model: ImageModel
    prompt: str
    n: int
    width: int
    height: int
    quality: str
    output_format: str
    transparent: bool
    given: Mapping[str, Any]
    """The parameters that were set."""

    @property
    def size(self) -> str:
        """As the response names it."""
        return f"{self.width}x{self.height}"

    @property
    def background(self) -> str:
        """As the response names it."""
        return "transparent" if self.transparent else "opaque"

    @property
    def stream(self) -> bool:
        """Whether events were asked for."""
        return bool(self.given.get("stream"))

    @property
    def partial_images(self) -> int:
        """How many images before the last were asked for."""
        return int(self.given.get("partial_images", 0))

    @property
    def safety_identifier(self) -> str | None:
        """The effective one: ``user`` stands in for one that is empty or not set."""
        return self.given.get("safety_identifier") or self.given.get("user") or None

    def commission(self, index: int, sharpness: float = 1.0) -> Commission:
        """The image at ``index``, as the painter is asked for it."""
        return Commission(
            prompt=self.prompt,
            width=self.width,
            height=self.height,
            format=self.output_format,
            transparent=self.transparent,
            compression=self.given.get("output_compression", 100),
            variation=index,
            frame_count=self.given.get("frame_count", 9),
            frame_duration_ms=self.given.get("frame_duration_ms", 200),
            sharpness=sharpness,
        )


def take(body: Any, *, retired: bool) -> Order:  # noqa: ANN401 - JSON
    """Read a request's body.

    Args:
        body: The parsed JSON.
        retired: Whether models that were shut down answer.

    Raises:
        Refusal: Anything in it is not as documented.
    """
    if not isinstance(body, dict):
        raise Refusal(
            400, None, f"Invalid type for the request body: expected an object, but got {type(body).__name__}."
        )
    model = _model(body, retired=retired)
    parameters = PARAMETERS[model.family]
    for name, value in body.items():
        if name not in parameters:
            raise unknown_parameter(name)
        if value is None and parameters[name].nullable:
            continue
        parameters[name].check(name, value, model)
    if "prompt" not in body:
        raise missing_parameter("prompt")
    given = {name: value for name, value in body.items() if value is not None}
    for refusal in _conflicts(given):
        raise refusal
    if TRIGGER in given["prompt"].lower():
        raise Refusal(400, "moderation_blocked", MODERATED, type=USER, details=MODERATION)
    return _resolved(given, model)


def _model(body: Mapping[str, Any], *, retired: bool) -> ImageModel:
    """The model that is meant; the documented default is one that was shut down."""
    name = body.get("model")
    if name is None:
        other = PARAMETERS["gpt"].keys() - PARAMETERS["dall-e-2"].keys()
        name = "gpt-image-1" if other & body.keys() else "dall-e-2"
    if not isinstance(name, str):
        raise wrong_type("model", "a string", name)
    model = MODELS.get(name)
    if model is None:
        message = f"The model '{name}' does not exist or you do not have access to it."
        raise Refusal(404, "model_not_found", message)
    if model.shutdown and not retired:
        message = (
            f"The model `{name}` has been deprecated, learn more here: https://platform.openai.com/docs/deprecations"
        )
        raise Refusal(404, "model_not_found", message)
    return model


def _conflicts(given: Mapping[str, Any]) -> Iterator[Refusal]:
    """What each parameter, right in itself, does not go with."""
    for name, (broken, message) in _RULES.items():
        if name in given and broken(given, given.get("output_format", "png")):
            yield not_together(name, message)


Rule = tuple["Callable[[Mapping[str, Any], str], bool]", str]

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


def _resolved(given: Mapping[str, Any], model: ImageModel) -> Order:
    size = given.get("size", "auto" if model.family == "gpt" else "1024x1024")
    wide, high = (int(side) for side in (_fitting(given["prompt"]) if size == "auto" else size).split("x"))
    quality = given.get("quality", "auto" if model.family == "gpt" else "standard")
    kind = given.get("output_format", "png")
    background = given.get("background", "auto" if model.family == "gpt" else "opaque")
    cut_out = background == "auto" and kind in CUT_OUT and asks_for_emblem(given["prompt"])
    return Order(
        model=model,
        prompt=given["prompt"],
        n=given.get("n", 1),
        width=wide,
        height=high,
        quality="medium" if quality == "auto" else quality,
        output_format=kind,
        transparent=background == "transparent" or cut_out,
        given=given,
    )


def _fitting(prompt: str) -> str:
    """The size that ``auto`` becomes: by what the prompt says of the picture's shape."""
    words = set(prompt.lower().split())
    if words & {"wide", "landscape", "panorama", "panoramic", "horizontal", "banner"}:
        return "1536x1024"
    if words & {"tall", "portrait", "poster", "vertical", "tower"}:
        return "1024x1536"
    return "1024x1024"
