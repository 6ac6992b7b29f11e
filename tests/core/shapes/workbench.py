"""A provider without a server: a pipeline on this machine, loaded once, one picture at a time."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING
from zlib import compress, crc32

from limner.capabilities import (
    Length,
    ModelCapabilities,
    OperationCapabilities,
    Parameter,
    ProviderCapabilities,
    Range,
    Source,
)
from limner.media import Image
from limner.provider import NoAuth, ProviderBase, blocking
from limner.results import ImageResult

if TYPE_CHECKING:
    from limner.provider import Call, Exchange

WOOD = OperationCapabilities(
    parameters={"prompt": Parameter(Length(200), required=True), "n": Range(1, 1), "seed": Range(0, 255)}, default=True
)
CAPABILITIES = ProviderCapabilities(
    models=(ModelCapabilities("wood", operations={"generate": WOOD}),),
    unknown=None,
    source=Source("https://docs.workbench.example/press", "2026-11-21"),
)


class Press:
    """What is slow to load and may not be used twice at a time."""

    def print(self, shade: int) -> bytes:
        def chunk(kind: bytes, data: bytes) -> bytes:
            return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", crc32(kind + data))

        head = chunk(b"IHDR", struct.pack(">IIBBBBB", 1, 1, 8, 0, 0, 0, 0))
        return b"\x89PNG\r\n\x1a\n" + head + chunk(b"IDAT", compress(bytes([0, shade]))) + chunk(b"IEND", b"")


class Workbench(ProviderBase):
    """The provider holds nothing: what is loaded lives in the client, and the lane lets one in at a time."""

    name = "workbench"
    api_version = (1, 0)
    auth = NoAuth()
    press = Press

    def capabilities(self) -> ProviderCapabilities:
        return CAPABILITIES

    def exchange(self, call: Call) -> Exchange[ImageResult]:
        shade = call.request.seed or 0
        data = yield from blocking(lambda: call.resource("press", self.press).print(shade), lane="press")
        return ImageResult(images=(Image.of(data, seed=shade),))


PROVIDER = Workbench()
