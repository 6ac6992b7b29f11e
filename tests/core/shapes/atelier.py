"""A provider that takes its time: a signed order, asked after until it is done, and the picture by URL."""

from __future__ import annotations

import hmac
from typing import TYPE_CHECKING

from limner.capabilities import (
    Length,
    ModelCapabilities,
    OperationCapabilities,
    Parameter,
    ProviderCapabilities,
    Source,
)
from limner.media import Blob, Image
from limner.provider import Embed, HttpRequest, Job, ProviderBase, Signed, poll, send
from limner.results import ImageResult

if TYPE_CHECKING:
    from collections.abc import Mapping

    from limner.credentials import Secret
    from limner.provider import Call, Exchange

SKETCH = Blob(b"GIF89a\x03\x00\x03\x00\x00\x00\x00;")
MARBLE = OperationCapabilities(parameters={"prompt": Parameter(Length(200), required=True)}, default=True)
CAPABILITIES = ProviderCapabilities(
    models=(ModelCapabilities("marble", operations={"generate": MARBLE}),),
    unknown=None,
    source=Source("https://docs.atelier.example/orders", "2026-11-21"),
)


def sign(method: str, url: str, body: bytes, secrets: Mapping[str, Secret]) -> Mapping[str, str]:
    """The one place where a provider sees its keys."""
    secret = secrets["ATELIER_SECRET"].reveal().encode()
    seal = hmac.digest(secret, b"\n".join([method.encode(), url.encode(), body]), "sha256")
    return {"X-Client": secrets["ATELIER_CLIENT"].reveal(), "X-Seal": seal.hex()}


class Atelier(ProviderBase):
    """The exchange is a conversation: whatever fails in it is raised where it stands."""

    name = "atelier"
    api_version = (1, 0)
    base_url = "https://atelier.example/api"
    auth = Signed(("ATELIER_CLIENT", "ATELIER_SECRET"), sign)

    def capabilities(self) -> ProviderCapabilities:
        return CAPABILITIES

    def exchange(self, call: Call) -> Exchange[ImageResult]:
        order = HttpRequest("POST", "/orders", json={**call.wire(), "sketch": [Embed(SKETCH)]}, query={"rush": "yes"})
        path = f"/orders/{(yield from send(order)).json['id']}"
        yield Job(path, "ordered", cancel=HttpRequest("DELETE", path))
        done = yield from poll(HttpRequest("GET", path), until=lambda reply: reply.json["state"] == "done", every=0.01)
        return ImageResult(images=(Image(url=done.json["url"], details={"hours": done.json["hours"]}),))


PROVIDER = Atelier()
