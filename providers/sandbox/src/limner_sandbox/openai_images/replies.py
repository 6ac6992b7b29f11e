"""Answers with images: in one piece, or as events."""

from __future__ import annotations

import asyncio
import json
import time
from base64 import b64encode
from typing import TYPE_CHECKING, Any

from attrs import frozen
from starlette.responses import JSONResponse, Response, StreamingResponse

from limner_sandbox.painter import paint

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Sequence

    from starlette.requests import Request

    from limner_sandbox.openai_images.orders import Order
    from limner_sandbox.studio import Studio

CELLS = {"low": 64, "medium": 32, "high": 16, "xhigh": 12, "max": 8}
"""Pixels along the side of what costs one output token. At low, medium and high this gives, to the token, the counts
publicly reported for gpt-image-1 (272, 1056 and 4160 for a square of 1024; 6240 is recorded). Newer models count by a
rule that is not published, so for them, and for the other qualities, the counts are plausible and no more."""
OVERHEAD = 6
"""Input tokens on top of the prompt's: recorded, 22 characters cost 11 tokens."""
STAND_IN = "x-sandbox-stand-in"
"""The header that names the images of a request that were painted here instead of being fetched."""
SHARPNESS = (0.03, 0.07, 0.18)
"""How far along the partial images are."""


@frozen(kw_only=True)
class Wording:
    """What an API says beside the images."""

    reply: Callable[[Order, Sequence[bytes]], dict[str, Any]] = lambda _order, _paintings: {}
    """Members of a reply, beside ``created`` and ``data``."""
    completed: Callable[[Order], dict[str, Any]] = lambda _order: {}
    """Members of an event with a whole image, beside the usual ones."""
    last: bytes = b""
    """What ends a stream of events, if anything does."""


async def answer(request: Request, order: Order, studio: Studio, wording: Wording) -> Response:
    """Make what was ordered, and a fault's extra images."""
    if order.stream:
        return StreamingResponse(
            _events(request, order, studio, wording), headers=_notes(order), media_type="text/event-stream"
        )
    paintings = await paintings_of(request, order, studio)
    created = int(time.time())
    items = [item(order, painting, studio, created) for painting in paintings]
    return JSONResponse({"created": created, "data": items, **wording.reply(order, paintings)}, headers=_notes(order))


def _notes(order: Order) -> dict[str, str]:
    """What no API says: which images were not the real ones."""
    return {STAND_IN: ", ".join(order.invented)} if order.invented else {}


async def paintings_of(request: Request, order: Order, studio: Studio) -> list[bytes]:
    """The images of an order, billed."""
    count = _count(request, order)
    paintings = await asyncio.gather(*(studio.work(paint, order.commission(index)) for index in range(count)))
    studio.bill(count)
    return paintings


def _count(request: Request, order: Order) -> int:
    """How many images are made: a fault may add some to those that were asked for, or take some away."""
    extra: int = request.scope["state"].get("extra", 0)
    return max(order.n + extra, 0)


def item(order: Order, painting: bytes, studio: Studio, created: int) -> dict[str, str]:
    """One image of a reply: its bytes or a URL, and the prompt where the model rewrites it."""
    revised = f"A detailed picture of the following scene: {order.prompt}"
    more = {"revised_prompt": revised} if order.model.revises else {}
    if order.base64:
        return {"b64_json": b64encode(painting).decode(), **more}
    return {"url": studio.url + studio.files.offer(painting, f"image/{order.output_format}", created), **more}


def text_tokens(order: Order) -> int:
    """What the prompt costs."""
    return len(order.prompt.encode("utf-8", "surrogatepass")) // 4 + OVERHEAD


def image_tokens(order: Order) -> int:
    """What the images of the whole response cost."""
    cell = CELLS.get(order.quality, CELLS["medium"])
    # A row of cells ends with one token more: 65 x 64 tokens for 64 x 64 cells.
    return (-(-order.width // cell) + 1) * -(-order.height // cell) * order.n


async def _events(request: Request, order: Order, studio: Studio, wording: Wording) -> AsyncIterator[bytes]:
    """Each image as it gets sharper, then whole."""
    for index in range(_count(request, order)):
        for partial in range(order.partial_images):
            sharpness = SHARPNESS[partial + len(SHARPNESS) - order.partial_images]
            early = await studio.work(paint, order.commission(index, sharpness))
            yield _event("partial_image", order, early, partial_image_index=partial)
        painting = await studio.work(paint, order.commission(index))
        studio.bill(1)
        yield _event("completed", order, painting, **wording.completed(order))
    if wording.last:
        yield wording.last


def _event(kind: str, order: Order, painting: bytes, **more: Any) -> bytes:  # noqa: ANN401 - JSON
    name = f"{'image_edit' if order.sources else 'image_generation'}.{kind}"
    data = {
        "type": name,
        "b64_json": b64encode(painting).decode(),
        "created_at": int(time.time()),
        "size": order.size,
        "quality": order.quality,
        "background": order.background,
        "output_format": order.output_format,
        **more,
    }
    return f"event: {name}\ndata: {json.dumps(data)}\n\n".encode()
