"""A request, read strictly: every rule that an emulator's tables state, and no more."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, TypeAlias

from attrs import evolve, field, frozen

from limner_sandbox.openai_images.inputs import ANY, Limits, opened
from limner_sandbox.openai_images.refusals import (
    Unreadable,
    missing_parameter,
    moderated,
    not_together,
    unknown_parameter,
)
from limner_sandbox.painter import Commission, asks_for_emblem

if TYPE_CHECKING:
    from limner_sandbox.openai_images.inputs import Brought
    from limner_sandbox.openai_images.parameters import Parameter
    from limner_sandbox.painter import Sources

TRIGGER = "forbidden-word"
"""A prompt with this in it is refused as OpenAI's moderation refuses: with the code ``moderation_blocked``."""

CUT_OUT = ("png", "webp")
"""Formats that can be transparent."""

Fit: TypeAlias = Callable[[tuple[int, int]], str]
"""From an image's width and height to a size that the model makes."""
Rule: TypeAlias = tuple[Callable[[Mapping[str, Any], str], bool], str]
"""Whether what was set (and the output format) breaks it, and what is said then."""


@frozen(kw_only=True)
class Model:
    """A model as an API serves it: what it takes, and what stands where nothing is set."""

    id: str
    parameters: Mapping[str, Parameter] = field(repr=False)
    required: tuple[str, ...] = ("prompt",)
    rules: Mapping[str, Rule] = field(factory=dict, repr=False)
    """What each parameter, right in itself, does not go with."""
    limits: Limits = ANY
    """What the images of a request may be, where there are any."""
    fit: Fit | None = None
    """The size that ``auto`` becomes for an image."""
    size: str = "1024x1024"
    quality: str = "standard"
    background: str = "opaque"
    always_base64: bool = False
    """Whether it never answers with URLs; others do unless ``response_format`` says otherwise."""
    revises: bool = False
    """Whether it rewrites every prompt."""


Bring: TypeAlias = Callable[[Mapping[str, Any]], "Brought"]
"""Finds the files in a body, or those that it refers to, or raises a refusal."""
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
    sources: Sources | None = None
    """The images to edit or to vary."""
    invented: tuple[str, ...] = ()
    """Which of them are not the real ones, as nothing is fetched from elsewhere."""

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
            sources=self.sources,
        )


def take(body: Any, choose: Choose) -> Order:  # noqa: ANN401 - JSON
    """Read the body of a request to generate.

    Args:
        body: The parsed JSON.
        choose: Which model it means.

    Raises:
        Refusal: Anything in it is not as documented.
    """
    given, model = _checked(body, choose)
    return _resolved(given, model)


def take_edit(body: Any, choose: Choose, bring: Bring) -> Order:  # noqa: ANN401 - JSON
    """Read the body of a request to edit, with its images: slow work, for a thread.

    Args:
        body: The parsed JSON, or the fields of a form.
        choose: Which model it means.
        bring: Where its images are.

    Raises:
        Refusal: Anything in it is not as documented, an image among it.
    """
    given, model = _checked(body, choose)
    brought = bring(given)
    sources = opened(brought, model.limits, faithful=given.get("input_fidelity") == "high")
    return evolve(_resolved(given, model, sources), invented=brought.invented)


def take_variation(body: Any, choose: Choose, bring: Bring) -> Order:  # noqa: ANN401 - JSON
    """Read the body of a request to vary, with its image: slow work, for a thread.

    The page says that a size which is not set is 1024x1024. Here it is the image's own, where the model makes that.

    Args:
        body: The fields of a form.
        choose: Which model it means.
        bring: Where its image is.

    Raises:
        Refusal: Anything in it is not as documented, the image among it.
    """
    given, model = _checked(body, choose)
    return _resolved(given, model, opened(bring(given), model.limits, vary=True))


def _checked(body: Any, choose: Choose) -> tuple[dict[str, Any], Model]:  # noqa: ANN401 - JSON
    """What was set, each right in itself and with the rest, and the model it is for."""
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
    given = {name: value for name, value in body.items() if value is not None}
    for name in model.required:
        if name not in given:
            raise missing_parameter(name)
    for name, (breaks, message) in model.rules.items():
        if name in given and breaks(given, given.get("output_format", "png")):
            raise not_together(name, message)
    if TRIGGER in given.get("prompt", "").lower():
        raise moderated()
    return given, model


def _resolved(given: Mapping[str, Any], model: Model, sources: Sources | None = None) -> Order:
    prompt = given.get("prompt", "")
    size = given.get("size", model.size)
    if size == "auto":
        size = model.fit(sources.first.size) if sources and model.fit else _fitting(prompt)
    wide, high = (int(side) for side in size.split("x"))
    quality = given.get("quality", model.quality)
    kind = given.get("output_format", "png")
    background = given.get("background", model.background)
    clear = sources.clear if sources else asks_for_emblem(prompt)
    cut_out = background == "auto" and kind in CUT_OUT and clear
    return Order(
        model=model,
        prompt=prompt,
        n=given.get("n", 1),
        width=wide,
        height=high,
        quality="medium" if quality == "auto" else quality,
        output_format=kind,
        transparent=background == "transparent" or cut_out,
        given=given,
        sources=sources,
    )


def _fitting(prompt: str) -> str:
    """The size that ``auto`` becomes: by what the prompt says of the picture's shape."""
    words = set(prompt.lower().split())
    if words & {"wide", "landscape", "panorama", "panoramic", "horizontal", "banner"}:
        return "1536x1024"
    if words & {"tall", "portrait", "poster", "vertical", "tower"}:
        return "1024x1536"
    return "1024x1024"
