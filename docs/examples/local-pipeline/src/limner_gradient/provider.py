"""The provider: the pipeline is loaded once for each client, and paints one picture at a time in a thread."""

from __future__ import annotations

from typing import TYPE_CHECKING

from limner import capabilities as can
from limner.media import Image
from limner.provider import NoAuth, ProviderBase, blocking
from limner.results import ImageResult

from limner_gradient.pipeline import Pipeline

if TYPE_CHECKING:
    from limner.provider import Call, Exchange

PAINT = can.OperationCapabilities(
    parameters={
        "prompt": can.Parameter(can.Text(), required=True),
        "size": can.Parameter(can.Sizes(exact=("64x64", "512x512")), default="512x512"),
        "seed": can.Parameter(can.Range(0, 2**32 - 1), default=0),
    },
    default=True,
)
CAPABILITIES = can.ProviderCapabilities(
    models=(can.ModelCapabilities("two-colours", operations={"generate": PAINT}),),
    unknown=None,
    source=can.Source("the README of limner-gradient", "2026-11-28"),
)


class Gradient(ProviderBase):
    """It holds nothing: what is loaded lives in the client, and the lane lets one in at a time."""

    name = "gradient"
    api_version = (1, 0)
    auth = NoAuth()

    def capabilities(self) -> can.ProviderCapabilities:
        """What its model takes."""
        return CAPABILITIES

    def exchange(self, call: Call) -> Exchange[ImageResult]:
        """Paint, where it keeps nobody waiting."""
        width, height = map(int, (call.request.size or "512x512").split("x"))
        seed = call.request.seed or 0

        def paint() -> bytes:
            pipeline: Pipeline = call.resource("gradient", Pipeline)
            return pipeline.paint(call.request.prompt, width, height, seed)

        data = yield from blocking(paint, lane="gradient")
        return ImageResult(images=(Image.of(data, seed=seed),))


PROVIDER = Gradient()
