"""What OpenAI says beside the images: what it resolved, and the usage."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from limner_sandbox.openai_images.replies import Wording, image_tokens, text_tokens

if TYPE_CHECKING:
    from collections.abc import Sequence

    from limner_sandbox.openai_images.orders import Order

REASONING = {"none": 0, "minimal": 64, "low": 256, "medium": 1024, "high": 4096, "xhigh": 8192, "max": 16384}

BASE, TILE, FAITHFUL = 65, 129, 4160
"""Tokens of an input image: each, of each square of 512 pixels, and with high fidelity."""


def _reply(order: Order, paintings: Sequence[bytes]) -> dict[str, Any]:
    """The dall-e models said nothing more; of the others every parameter is told as it was resolved."""
    if not order.model.always_base64:
        return {}
    reply = {
        "background": order.background,
        "output_format": order.output_format,
        "quality": order.quality,
        "size": order.size,
        **_completed(order),
    }
    if "svg" in order.given:
        reply["svg_usage"] = _svg_usage(order, paintings)
    return reply


def _completed(order: Order) -> dict[str, Any]:
    """The usage of the whole response; it stands on the last event of each image."""
    identifier = safety_identifier(order)
    return {"usage": _usage(order), **({"safety_identifier": identifier} if identifier else {})}


def safety_identifier(order: Order) -> str | None:
    """The effective one: ``user`` stands in for one that is empty or not set."""
    return order.given.get("safety_identifier") or order.given.get("user") or None


def _usage(order: Order) -> dict[str, Any]:
    text, brought, image = text_tokens(order), _input_tokens(order), image_tokens(order)
    return {
        "input_tokens": text + brought,
        "input_tokens_details": {"image_tokens": brought, "text_tokens": text},
        "output_tokens": image,
        "output_tokens_details": {"image_tokens": image, "text_tokens": 0},
        "total_tokens": text + brought + image,
    }


def _input_tokens(order: Order) -> int:
    """What the images cost that came with the request: plausible, as newer models count by no published rule."""
    if not order.sources:
        return 0
    faithful = FAITHFUL if order.sources.faithful else 0
    return sum(BASE + faithful + TILE * _tiles(*each.size) for each in (order.sources.first, *order.sources.others))


def _tiles(wide: int, high: int) -> int:
    """Tiles of an image whose shorter side is brought to one tile's."""
    return max(wide, high) // min(wide, high) + (max(wide, high) % min(wide, high) > 0)


def _svg_usage(order: Order, paintings: Sequence[bytes]) -> dict[str, Any]:
    """Tokens of the author of a drawing, apart from those of its reference image."""
    svg = order.given["svg"]
    effort = (svg.get("reasoning") or {}).get("effort") or "medium"
    reasoning, written = REASONING[effort], sum(map(len, paintings)) // 3
    asked = text_tokens(order)
    return {
        "model": svg["model"],
        "input_tokens": asked,
        "output_tokens": written + reasoning,
        "reasoning_tokens": reasoning,
        "total_tokens": asked + written + reasoning,
    }


WORDING = Wording(reply=_reply, completed=_completed)
