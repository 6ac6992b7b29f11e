"""A request to generate, read strictly: every rule that an emulator's tables state, and no more."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, TypeAlias

from attrs import field, frozen

from limner_sandbox.openai_images.refusals import (
    Unreadable,
    missing_parameter,
    moderated,
    not_together,
    unknown_parameter,
)
from limner_sandbox.painter import Commission, asks_for_emblem

if TYPE_CHECKING:
    from limner_sandbox.openai_images.parameters import Parameter

TRIGGER = "forbidden-word"
"""A prompt with this in it is refused as OpenAI's moderation refuses: with the code ``moderation_blocked``."""

CUT_OUT = ("png", "webp")
"""Formats that can be transparent."""

Rule: TypeAlias = tuple[Callable[[Mapping[str, Any], str], bool], str]
"""Whether what was set (and the output format) breaks it, and what is said then."""


@frozen(kw_only=True)
class Model:
    """A model as an API serves it: what it takes, and what stands where nothing is set."""

    id: str
    parameters: Mapping[str, Parameter] = field(repr=False)
    rules: Mapping[str, Rule] = field(factory=dict, repr=False)
    """What each parameter, right in itself, does not go with."""
    size: str = "1024x1024"
    quality: str = "standard"
    background: str = "opaque"
    always_base64: bool = False
    """Whether it never answers with URLs; others do unless ``response_format`` says otherwise."""
    revises: bool = False
    """Whether it rewrites every prompt."""


Choose: TypeAlias = Callable[[Mapping[str, Any]], Model]
"""Finds the model that a body means, or raises a refusal."""


@frozen(kw_only=True)
class Order:
    """A request that was accepted: what was set, and what that resolves to."""

    model: Model
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
    def base64(self) -> bool:
        """Whether the images are answered with, rather than their URLs."""
        return self.model.always_base64 or self.given.get("response_format") == "b64_json"

    @property
    def stream(self) -> bool:
        """Whether events were asked for."""
        return bool(self.given.get("stream"))

    @property
    def partial_images(self) -> int:
        """How many images before the last were asked for."""
        return int(self.given.get("partial_images", 0))

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


def take(body: Any, choose: Choose) -> Order:  # noqa: ANN401 - JSON
    """Read a request's body.

    Args:
        body: The parsed JSON.
        choose: Which model it means.

    Raises:
        Refusal: Anything in it is not as documented.
    """
    if not isinstance(body, dict):
        got = type(body).__name__
        raise Unreadable(400, None, f"Invalid type for the request body: expected an object, but got {got}.")
    model = choose(body)
    for name, value in body.items():
        if name not in model.parameters:
            raise unknown_parameter(name)
        if value is None and model.parameters[name].nullable:
            continue
        model.parameters[name].check(name, value)
    if "prompt" not in body:
        raise missing_parameter("prompt")
    given = {name: value for name, value in body.items() if value is not None}
    for name, (breaks, message) in model.rules.items():
        if name in given and breaks(given, given.get("output_format", "png")):
            raise not_together(name, message)
    if TRIGGER in given["prompt"].lower():
        raise moderated()
    return _resolved(given, model)


def _resolved(given: Mapping[str, Any], model: Model) -> Order:
    size = given.get("size", model.size)
    wide, high = (int(side) for side in (_fitting(given["prompt"]) if size == "auto" else size).split("x"))
    quality = given.get("quality", model.quality)
    kind = given.get("output_format", "png")
    background = given.get("background", model.background)
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
