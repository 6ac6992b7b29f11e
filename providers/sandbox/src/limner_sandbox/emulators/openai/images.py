"""``POST /images/generations``: its answers, in one piece or as events."""

from __future__ import annotations

import asyncio
import json
import time
from base64 import b64encode
from typing import TYPE_CHECKING, Any

from starlette.responses import JSONResponse, Response, StreamingResponse

from limner_sandbox.emulators.openai.orders import Order, take
from limner_sandbox.emulators.openai.refusals import Refusal
from limner_sandbox.painter import paint

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from starlette.requests import Request

    from limner_sandbox.studio import Studio

CELLS = {"low": 64, "medium": 32, "high": 16, "xhigh": 12, "max": 8}
"""Pixels along the side of what costs one output token. At low, medium and high this gives, to the token, the counts
publicly reported for gpt-image-1 (272, 1056 and 4160 for a square of 1024; 6240 is recorded). Newer models count by a
rule that is not published, so for them, and for the two highest qualities, the counts are plausible and no more."""
OVERHEAD = 6
"""Input tokens on top of the prompt's: recorded, 22 characters cost 11 tokens."""
REASONING = {"none": 0, "minimal": 64, "low": 256, "medium": 1024, "high": 4096, "xhigh": 8192, "max": 16384}
SHARPNESS = (0.03, 0.07, 0.18)
"""How far along the partial images are."""


async def generate(request: Request, studio: Studio) -> Response:
    """Make what is asked for."""
    order = take(await _json(request), retired=studio.retired)
    if order.stream:
        return StreamingResponse(_events(order, studio), media_type="text/event-stream")
    paintings = await asyncio.gather(*(studio.work(paint, order.commission(index)) for index in range(order.n)))
    studio.bill(order.n)
    return JSONResponse(_reply(order, paintings, studio))


async def _json(request: Request) -> Any:  # noqa: ANN401 - JSON
    kind = request.headers.get("content-type", "")
    if kind.partition(";")[0].strip().lower() != "application/json":
        message = (
            f"Unsupported content type: '{kind}'. This API method only accepts 'application/json' requests, "
            f"but you specified the header 'Content-Type: {kind}'."
        )
        raise Refusal(400, "unsupported_content_type", message)
    try:
        body = json.loads(await request.body(), parse_constant=_no_constant)
        json.dumps(body, ensure_ascii=False).encode()  # half a surrogate pair is JSON, and no text
    except (ValueError, RecursionError):
        message = "We could not parse the JSON body of your request. The OpenAI API expects a JSON payload."
        raise Refusal(400, None, message) from None
    return body


def _no_constant(name: str) -> None:
    raise ValueError(name)


def _reply(order: Order, paintings: list[bytes], studio: Studio) -> dict[str, Any]:
    created = int(time.time())
    if order.model.family != "gpt":
        return {"created": created, "data": [_legacy(order, painting, studio, created) for painting in paintings]}
    reply = {
        "created": created,
        "background": order.background,
        "data": [{"b64_json": b64encode(painting).decode()} for painting in paintings],
        "output_format": order.output_format,
        "quality": order.quality,
        "size": order.size,
        "usage": _usage(order),
    }
    if order.safety_identifier:
        reply["safety_identifier"] = order.safety_identifier
    if "svg" in order.given:
        reply["svg_usage"] = _svg_usage(order, paintings[0])
    return reply


def _legacy(order: Order, painting: bytes, studio: Studio, created: int) -> dict[str, str]:
    """An item as the dall-e models gave it; dall-e-3 always rewrote the prompt."""
    item = {}
    if order.model.family == "dall-e-3":
        item["revised_prompt"] = f"A detailed picture of the following scene: {order.prompt}"
    if order.given.get("response_format") == "b64_json":
        return {"b64_json": b64encode(painting).decode(), **item}
    return {"url": studio.url + studio.files.offer(painting, "image/png", created), **item}


def _usage(order: Order) -> dict[str, Any]:
    """Tokens of the whole response."""
    cell = CELLS[order.quality]
    # A row of cells ends with one token more: 65 x 64 tokens for 64 x 64 cells.
    image = (-(-order.width // cell) + 1) * -(-order.height // cell) * order.n
    text = len(order.prompt.encode("utf-8", "surrogatepass")) // 4 + OVERHEAD
    return {
        "input_tokens": text,
        "input_tokens_details": {"image_tokens": 0, "text_tokens": text},
        "output_tokens": image,
        "output_tokens_details": {"image_tokens": image, "text_tokens": 0},
        "total_tokens": text + image,
    }


def _svg_usage(order: Order, painting: bytes) -> dict[str, Any]:
    """Tokens of the author of a drawing, apart from those of its reference image."""
    svg = order.given["svg"]
    effort = (svg.get("reasoning") or {}).get("effort") or "medium"
    reasoning, written = REASONING[effort], len(painting) // 3
    asked = _usage(order)["input_tokens"]
    return {
        "model": svg["model"],
        "input_tokens": asked,
        "output_tokens": written + reasoning,
        "reasoning_tokens": reasoning,
        "total_tokens": asked + written + reasoning,
    }


async def _events(order: Order, studio: Studio) -> AsyncIterator[bytes]:
    """Each image as it gets sharper, then whole; ``usage`` stands on the last event."""
    for index in range(order.n):
        for partial in range(order.partial_images):
            sharpness = SHARPNESS[partial + len(SHARPNESS) - order.partial_images]
            early = await studio.work(paint, order.commission(index, sharpness))
            yield _event("partial_image", order, early, partial_image_index=partial)
        painting = await studio.work(paint, order.commission(index))
        studio.bill(1)
        extra = {"safety_identifier": order.safety_identifier} if order.safety_identifier else {}
        yield _event("completed", order, painting, usage=_usage(order), **extra)


def _event(kind: str, order: Order, painting: bytes, **more: Any) -> bytes:  # noqa: ANN401 - JSON
    name = f"image_generation.{kind}"
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
