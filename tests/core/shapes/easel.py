"""A provider that shows its work: events, of which some are sketches and the last is the picture."""

from __future__ import annotations

from typing import TYPE_CHECKING

from limner.capabilities import (
    Length,
    ModelCapabilities,
    OperationCapabilities,
    Parameter,
    ProviderCapabilities,
    Source,
)
from limner.errors import ProtocolError
from limner.media import Image
from limner.provider import HttpRequest, ProviderBase, emit, next_event, send
from limner.reading import read_usage
from limner.results import ImageResult

if TYPE_CHECKING:
    from limner.provider import Call, Exchange

CHALK = OperationCapabilities(parameters={"prompt": Parameter(Length(200), required=True)}, default=True)
CAPABILITIES = ProviderCapabilities(
    models=(ModelCapabilities("chalk", operations={"generate": CHALK}),),
    unknown=None,
    source=Source("https://docs.easel.example/watch", "2026-11-21"),
)


class Easel(ProviderBase):
    """A bearer's token, which is the usual thing and need not be said."""

    name = "easel"
    api_version = (1, 0)
    base_url = "https://easel.example/v1"
    key_variable = "EASEL_TOKEN"

    def capabilities(self) -> ProviderCapabilities:
        return CAPABILITIES

    def exchange(self, call: Call) -> Exchange[ImageResult]:
        yield from send(HttpRequest("POST", "/watch", json=call.wire(), blobs=("picture",), stream=True))
        while (event := (yield from next_event())) is not None:
            if event.event == "sketch":
                yield from emit(Image.of(event.json["picture"]), event.json["step"])
            if event.event == "picture":
                usage = read_usage(event.json["usage"])
                return ImageResult(images=(Image.of(event.json["picture"]),), usage=usage)
        raise ProtocolError("The stream ended without a picture.", phase="unknown")


PROVIDER = Easel()
