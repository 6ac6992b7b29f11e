"""A provider that answers with the picture itself: the key in a header of its own, an image inside the JSON."""

from __future__ import annotations

from typing import TYPE_CHECKING

from attrs import evolve

from limner.capabilities import (
    Length,
    ModelCapabilities,
    OperationCapabilities,
    Parameter,
    ProviderCapabilities,
    Range,
    Source,
)
from limner.media import Blob
from limner.provider import Embed, HeaderKey, HttpProvider, HttpRequest
from limner.reading import read_images
from limner.results import ImageResult

if TYPE_CHECKING:
    from limner.provider import Call, HttpResponse

PAPER = Blob(b"GIF89a\x01\x00\x01\x00\x00\x00\x00;")
SILVER = OperationCapabilities(
    parameters={"prompt": Parameter(Length(200), required=True), "seed": Range(0, 99)}, default=True
)
CAPABILITIES = ProviderCapabilities(
    models=(ModelCapabilities("silver", operations={"generate": SILVER}),),
    unknown=None,
    source=Source("https://docs.darkroom.example/develop", "2026-11-21"),
)


class Darkroom(HttpProvider):
    """One call, one response: all that is to be written is how the one looks and what the other means."""

    name = "darkroom"
    api_version = (1, 0)
    base_url = "https://api.darkroom.example/v2"
    auth = HeaderKey("x-darkroom-key", prefix="dk ")
    key_variable = "DARKROOM_KEY"

    def capabilities(self) -> ProviderCapabilities:
        return CAPABILITIES

    def map_request(self, call: Call) -> HttpRequest:
        return HttpRequest("POST", "/develop", json={**call.wire(), "paper": Embed(PAPER, "data-url")})

    def normalize(self, response: HttpResponse, call: Call) -> ImageResult:
        del call
        (picture,) = read_images(response)  # which is an error of its own where the body is no picture
        return ImageResult(images=(evolve(picture, seed=int(response.headers["x-seed"])),))


PROVIDER = Darkroom()
