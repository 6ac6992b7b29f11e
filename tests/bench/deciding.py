"""What is decided before anything is sent: a request checked, planned, and weighed against thirty pairs."""

from __future__ import annotations

import peers
from attrs import evolve
from measuring import Figure, cpu_in_turns, tell

import limner
from limner.registry import Registry
from limner.requests import GenerateRequest

CHECK_US = 25.0
PLAN_US = 200.0
SELECT_US = 300.0
PAIRS = 30


def main(_address: str) -> None:
    """A typical request, with half a dozen parameters set."""
    request = GenerateRequest(
        **peers.ASK, n=2, size="1024x1024", quality="high", output_format="webp", background="transparent"
    )
    values = request.given()
    openai = Registry().get("openai").capabilities().find(peers.BODY["model"], "generate")
    assert openai is not None
    client = limner.Client(keys={"openai": peers.KEY}, config={})
    wide = _wide()
    seconds = cpu_in_turns(
        {
            "check": lambda: openai.check(values),
            "plan": lambda: client.plan(request),
            "select": lambda: wide.select(request.but(model=None)),
        },
        calls=500,
        rounds=7,
    )
    tell(
        Figure("a request checked against a declaration", seconds["check"] * 1e6, "us", at_most=CHECK_US),
        Figure("client.plan(request)", seconds["plan"] * 1e6, "us", at_most=PLAN_US),
        Figure(f"client.select over {PAIRS} pairs or more", seconds["select"] * 1e6, "us", at_most=SELECT_US),
    )


def _wide() -> limner.Client:
    """A client of every installed provider, and of OpenAI once more under another name: at least thirty pairs."""
    registry = Registry()
    again = evolve(registry.get("openai"), name="again")
    names = registry.names()
    client = limner.Client(providers=[*names, again], keys=dict.fromkeys((*names, "again"), peers.KEY), environ={})
    everybody = client.select(GenerateRequest("a cat"))
    assert len(everybody.candidates) + len(everybody.rejected) >= PAIRS
    return client


if __name__ == "__main__":
    main("")
