"""What is decided before anything is sent: a request checked, planned, and weighed against thirty models."""

from __future__ import annotations

from itertools import cycle, islice
from typing import TYPE_CHECKING

import peers
from measuring import Figure, cpu_in_turns, tell

import limner
from limner.registry import Registry
from limner.requests import GenerateRequest

if TYPE_CHECKING:
    from limner.capabilities import Found

CHECK_US = 25.0
PLAN_US = 200.0
VERDICT_US = 300.0
MODELS = 30


def main(_address: str) -> None:
    """A typical request, with half a dozen parameters set."""
    request = GenerateRequest(
        **peers.ASK, n=2, size="1024x1024", quality="high", output_format="webp", background="transparent"
    )
    values = request.given()
    openai = Registry().get("openai").capabilities().find(peers.BODY["model"], "generate")
    assert openai is not None
    models = _models()
    client = limner.Client(keys={"openai": peers.KEY}, config={})
    seconds = cpu_in_turns(
        {
            "check": lambda: openai.check(values),
            "plan": lambda: client.plan(request),
            "verdict": lambda: [model.verdict(values) for model in models],
        },
        calls=500,
        rounds=7,
    )
    tell(
        Figure("a request checked against a declaration", seconds["check"] * 1e6, "us", at_most=CHECK_US),
        Figure("client.plan(request)", seconds["plan"] * 1e6, "us", at_most=PLAN_US),
        Figure(f"the verdict over {MODELS} models", seconds["verdict"] * 1e6, "us", at_most=VERDICT_US),
    )


def _models() -> list[Found]:
    """Every model that any installed provider offers, again and again until there are enough."""
    registry = Registry()
    offers = [found for name in registry.names() for found in registry.get(name).capabilities().offers("generate")]
    return list(islice(cycle(offers), MODELS))


if __name__ == "__main__":
    main("")
