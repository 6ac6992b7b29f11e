"""A provider with its key in the query, a multipart body, and a bare list for an answer."""

from __future__ import annotations

from typing import TYPE_CHECKING

from limner.capabilities import (
    Length,
    ModelCapabilities,
    OperationCapabilities,
    Parameter,
    ProviderCapabilities,
    Range,
    Source,
)
from limner.media import Blob, Image
from limner.provider import HttpProvider, HttpRequest, Part, QueryKey
from limner.reading import without_blobs
from limner.results import ImageResult

if TYPE_CHECKING:
    from limner.provider import Call, HttpResponse

FRAME = Blob(b"GIF89a\x02\x00\x02\x00\x00\x00\x00;")
OIL = OperationCapabilities(
    parameters={"prompt": Parameter(Length(200), required=True, wire="text"), "n": Range(1, 2)},
    images_per_call=2,
    default=True,
)
CAPABILITIES = ProviderCapabilities(
    models=(ModelCapabilities("oil", operations={"generate": OIL}),),
    unknown=None,
    source=Source("https://docs.gallery.example/hang", "2026-11-21"),
)


class Gallery(HttpProvider):
    """A file of the form is named and typed by its bytes, unless it says otherwise."""

    name = "gallery"
    api_version = (1, 0)
    base_url = "https://gallery.example"
    auth = QueryKey("api_key")
    key_variable = "GALLERY_KEY"

    def capabilities(self) -> ProviderCapabilities:
        return CAPABILITIES

    def map_request(self, call: Call) -> HttpRequest:
        fields = [Part(name, str(value)) for name, value in call.wire().items()]
        parts = [*fields, Part("frame", FRAME)]
        return HttpRequest("POST", "/hang", query={"wall": "north & south"}, parts=parts, blobs=("*.b64",))

    def normalize(self, response: HttpResponse, call: Call) -> ImageResult:
        del call
        images = tuple(Image.of(hung["b64"], details={"title": hung["title"]}) for hung in response.json)
        return ImageResult(images=images, raw=(without_blobs(response.json),))


PROVIDER = Gallery()
