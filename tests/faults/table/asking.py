"""The provider that is asked, which is the OpenAI dialect and nothing else, and the clients that ask it."""

from __future__ import annotations

from typing import Any

from attrs import evolve
from fault_table.words import CANARY

from limner.capabilities import (
    Length,
    ModelCapabilities,
    OperationCapabilities,
    Parameter,
    ProviderCapabilities,
    Range,
    Source,
    Text,
)
from limner.dialects.openai_images import OpenAIImages

PARAMETERS = {
    "prompt": Parameter(Length(9_000_000), required=True), "n": Range(1, 4), "size": Text(), "output_format": Text(),
}  # fmt: skip
TAKES = OperationCapabilities(PARAMETERS, images_per_call=4, delivers=("bytes", "url"), default=True)
CAPABILITIES = ProviderCapabilities(
    (ModelCapabilities("brush", operations={"generate": TAKES}),), None, Source("the brush page", "2026-11-25")
)


class Watched(OpenAIImages):
    """Asks for events, whatever the caller asks for."""

    def exchange(self, call: Any) -> Any:
        return super().exchange(evolve(call, stream=True))


def provider(*, stream: bool = False) -> OpenAIImages:
    made = Watched if stream else OpenAIImages
    return made(name="acme", base_url="https://acme.example/v1", key_variable="ACME_KEY", capabilities=CAPABILITIES)


def client_options(url: str, *, stream: bool = False) -> dict[str, Any]:
    """Arguments of a client that asks the server at ``url``, with the canary for a key."""
    return {
        "providers": [provider(stream=stream)], "keys": {"acme": CANARY}, "base_urls": {"acme": url}, "environ": {},
    }  # fmt: skip
