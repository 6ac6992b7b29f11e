"""Darkroom's API: a conversation of several requests, written down as if each were answered at once.

limner sends, waits, repeats what may be repeated, keeps the deadline, downloads, and cancels the order if it gives up.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from limner import capabilities as can
from limner.errors import ContentPolicyError, SchemaError, ServerError
from limner.media import Image
from limner.provider import HeaderKey, HttpRequest, Job, ProviderBase, poll, send
from limner.reading import read_error, text_or_none
from limner.results import ImageResult

if TYPE_CHECKING:
    from limner.errors import ProviderError
    from limner.provider import Call, Exchange, HttpResponse

SILVER = can.OperationCapabilities(
    parameters={
        "prompt": can.Parameter(can.Length(500, min=1), required=True),
        "size": can.Sizes(exact=("64x64", "256x256")),
        "seed": can.Range(0, 9_999),
    },
    delivers=("url",),
    default=True,
)
CAPABILITIES = can.ProviderCapabilities(
    models=(can.ModelCapabilities("silver", operations={"generate": SILVER}),),
    unknown=None,
    source=can.Source("https://docs.darkroom.example/orders", "2026-11-28"),
)
CODES = {"indecent": ContentPolicyError, "spoilt": ServerError}
"""What an order that failed says, and what that is to limner."""


class Darkroom(ProviderBase):
    """Its ``exchange`` is a generator: what fails at a step is raised where the step stands."""

    name = "darkroom"
    api_version = (1, 0)
    base_url = "https://api.darkroom.example/v1"
    auth = HeaderKey("x-darkroom-key")
    key_variable = "DARKROOM_API_KEY"

    def capabilities(self) -> can.ProviderCapabilities:
        """What its models take."""
        return CAPABILITIES

    def classify(self, response: HttpResponse, call: Call) -> ProviderError | None:
        """An order that failed is told in a 200: it is an error, by its code."""
        del call
        return read_error(response, CODES)

    def exchange(self, call: Call) -> Exchange[ImageResult]:
        """Order, ask after the order, and hand over where the picture is."""
        order = _said((yield from send(HttpRequest("POST", "/orders", json=call.wire()))), "id")
        path = f"/orders/{quote(order['id'], safe='')}"
        yield Job(order["id"], "ordered", cancel=HttpRequest("DELETE", path))
        done = yield from poll(HttpRequest("GET", path), until=lambda reply: _state(reply) == "done", every=0.5)
        picture = _said(done, "url")
        seed = picture.get("seed")
        image = Image(url=picture["url"], seed=seed if isinstance(seed, int) else None)
        return ImageResult(images=(image,), raw=(picture,))


def _state(response: HttpResponse) -> str:
    return str(_said(response, "state")["state"])


def _said(response: HttpResponse, name: str) -> dict[str, Any]:
    """What the server says, if it says this."""
    reply = response.json
    if not isinstance(reply, Mapping) or text_or_none(reply.get(name)) is None:
        raise SchemaError(f"The reply has no {name!r}.", status=response.status, raw=reply)
    return {**reply, name: str(reply[name])}


PROVIDER = Darkroom()
