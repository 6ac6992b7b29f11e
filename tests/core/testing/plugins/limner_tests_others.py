"""Two more providers that do everything right: one asks no server, one gives its pictures by their URLs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from limner_tests_reference import SOURCE, Reference

from limner.capabilities import (
    Length,
    MediaTypes,
    ModelCapabilities,
    OneOf,
    OperationCapabilities,
    Parameter,
    ProviderCapabilities,
)
from limner.media import Blob, Image
from limner.provider import HttpRequest, NoAuth, ProviderBase, blocking
from limner.results import ImageResult
from limner.testing.stage import PICTURE

if TYPE_CHECKING:
    from limner.provider import Call, Exchange

PROMPT = Parameter(Length(200), required=True)


class Local(ProviderBase):
    """Paints on this machine."""

    name = "local"
    api_version = (1, 0)
    auth = NoAuth()

    def capabilities(self) -> ProviderCapabilities:
        takes = OperationCapabilities(parameters={"prompt": PROMPT})
        return ProviderCapabilities((ModelCapabilities("pen", operations={"generate": takes}),), None, SOURCE)

    def exchange(self, call: Call) -> Exchange[ImageResult]:
        del call
        return ImageResult(images=(Image.of((yield from blocking(lambda: Blob(PICTURE)))),))


class Courier(Reference):
    """Takes pictures by their URLs, and gives its own by theirs; one of them may be an SVG."""

    name = "courier"
    api_version = (1, 0)

    def capabilities(self) -> ProviderCapabilities:
        takes = OperationCapabilities(
            parameters={
                "prompt": PROMPT,
                "output_format": OneOf(("png", "svg")),
                "reference_images": Parameter(MediaTypes(("png", "svg+xml")), wire="references"),
            },
            delivers=("url", "bytes"),
        )
        return ProviderCapabilities((ModelCapabilities("pen", operations={"generate": takes}),), None, SOURCE)

    def map_request(self, call: Call) -> HttpRequest:
        from limner.provider import Embed  # noqa: PLC0415 - for this one

        given = (one for one in call.request.reference_images)
        references = [Embed(one.blob) if one.blob is not None else one.url or one.id for one in given]
        body = {**self.body(call), **({"references": references} if references else {})}
        return HttpRequest("POST", "/paintings", json=body)


LOCAL, COURIER = Local(), Courier()
