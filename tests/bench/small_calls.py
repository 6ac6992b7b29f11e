"""CPU of one small call: the same JSON posted, the same small picture decoded, one call after another."""

from __future__ import annotations

import asyncio
import sys

import peers
from measuring import Figure, async_cpu_in_turns, cpu_in_turns, tell
from pictures import SMALL

SYNC_RATIO = 1.5
ASYNC_RATIO = 1.10


def main(address: str) -> None:
    """Sync, then async."""
    way = f"now/{SMALL}/1"
    with peers.client(address, way) as client:

        def with_limner() -> bytes:
            return client.generate(**peers.ASK).image.read()

        sync = cpu_in_turns(
            {
                "limner": with_limner,
                "httpx": peers.with_httpx(address, way),
                "openai": peers.with_openai(address, way),
                "a socket": peers.with_a_socket(address, way),
            },
            calls=100,
            rounds=12,
        )
    _tell("sync", sync, SYNC_RATIO)
    _tell("async", asyncio.run(_async(address, way)), ASYNC_RATIO)


async def _async(address: str, way: str) -> dict[str, float]:
    async with peers.async_client(address, way) as client:

        async def with_limner() -> bytes:
            return (await client.generate(**peers.ASK)).image.read()

        subjects = {
            "limner": with_limner,
            "httpx": peers.with_async_httpx(address, way),
            "openai": peers.with_async_openai(address, way),
        }
        return await async_cpu_in_turns(subjects, calls=100, rounds=12)


def _tell(kind: str, seconds: dict[str, float], bound: float) -> None:
    for name, each in seconds.items():
        tell(Figure(f"a small {kind} call: {name}", each * 1e6, "us"))
    tell(Figure(f"a small {kind} call: limner / httpx", seconds["limner"] / seconds["httpx"], at_most=bound))
    tell(Figure(f"a small {kind} call: limner / openai", seconds["limner"] / seconds["openai"]))


if __name__ == "__main__":
    main(sys.argv[1])
