"""OpenAI's image models, as its official SDK types and describes them (openai-python 3.52.0, read 2026-11-20)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from attrs import frozen

if TYPE_CHECKING:
    from collections.abc import Mapping

Family = Literal["gpt", "dall-e-2", "dall-e-3"]

STANDARD_SIZES = ("1024x1024", "1024x1536", "1536x1024")
USUAL = ("low", "medium", "high")


@frozen(kw_only=True)
class ImageModel:
    """What is documented about one model."""

    id: str
    created: int
    family: Family = "gpt"
    sizes: tuple[str, ...] = STANDARD_SIZES
    flexible: bool = False
    """Takes any size within the documented limits."""
    qualities: tuple[str, ...] = USUAL
    """Without ``auto``."""
    shutdown: str | None = None
    """The day on which it was shut down."""


def _flexible(name: str, created: int, *more: str) -> ImageModel:
    return ImageModel(id=name, created=created, flexible=True, qualities=(*USUAL, *more))


MODELS: Mapping[str, ImageModel] = {
    model.id: model
    for model in (
        ImageModel(id="gpt-image-1-mini", created=1758845821),
        ImageModel(id="gpt-image-1.5", created=1764030620),
        ImageModel(id="chatgpt-image-latest", created=1765925279),
        _flexible("gpt-image-2", 1776729600),
        _flexible("gpt-image-2-2026-04-21", 1776729600),
        _flexible("gpt-image-2.5-sunburst", 1788825600, "xhigh", "max"),
        _flexible("gpt-image-2.5-sunburst-2026-09-08", 1788825600, "xhigh", "max"),
        _flexible("gpt-image-2.5-flare", 1788825600, "xhigh", "max"),
        _flexible("gpt-image-2.5-flare-2026-09-08", 1788825600, "xhigh", "max"),
        # Of the 2.6 models only the names are documented: they take what all GPT image models take.
        ImageModel(id="gpt-image-2.6-sunburst", created=1794873600),
        ImageModel(id="gpt-image-2.6-flare", created=1794873600),
        ImageModel(id="gpt-image-1", created=1745517030, shutdown="2026-10-23"),
        ImageModel(
            id="dall-e-2",
            created=1698798177,
            family="dall-e-2",
            sizes=("256x256", "512x512", "1024x1024"),
            qualities=("standard",),
            shutdown="2026-05-12",
        ),
        ImageModel(
            id="dall-e-3",
            created=1698785189,
            family="dall-e-3",
            sizes=("1024x1024", "1792x1024", "1024x1792"),
            qualities=("standard", "hd"),
            shutdown="2026-05-12",
        ),
    )
}
"""By id. ``created`` is approximate: OpenAI's list was not at hand."""


def served(*, retired: bool) -> tuple[ImageModel, ...]:
    """The models that answer; with ``retired``, those that were shut down too."""
    return tuple(model for model in MODELS.values() if retired or not model.shutdown)
