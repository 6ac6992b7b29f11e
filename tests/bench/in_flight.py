"""Calls in a second, many in flight at once, from a server that takes 50 ms for each.

All three have the connections that they come with, which is 100 at most, so that none can do more than 2,000.
"""

from __future__ import annotations

import asyncio
import sys
import time
from typing import TYPE_CHECKING

import httpx_aiohttp
import peers
from measuring import Figure, tell
from pictures import SMALL

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

AIOHTTP = 0.7
"""Of aiohttp's rate, at 128 in flight."""

BARE = 0.9
"""Of the rate of httpx over httpx-aiohttp, at 512 in flight."""

ROUNDS = 4
CALLS = 2048


def main(address: str) -> None:
    """128 at once, then 512."""
    for at_once in (128, 512):
        rates = asyncio.run(_rates(address, f"slow/{SMALL}/1", at_once))
        for name, rate in rates.items():
            tell(Figure(f"{at_once} in flight: {name}", rate, "/s"))
        bounds: dict[str, float | None] = {"aiohttp": AIOHTTP} if at_once == 128 else {"bare httpx-aiohttp": BARE}
        for peer, bound in bounds.items():
            tell(Figure(f"{at_once} in flight: limner / {peer}", rates["limner"] / rates[peer], at_least=bound))


async def _rates(address: str, way: str, at_once: int) -> dict[str, float]:
    aiohttp_call, session = peers.with_aiohttp(address, way)
    transport = httpx_aiohttp.AiohttpTransport()
    async with session, transport, peers.async_client(address, way) as client:

        async def with_limner() -> bytes:
            return (await client.generate(**peers.ASK)).image.read()

        subjects = {
            "limner": with_limner,
            "aiohttp": aiohttp_call,
            "bare httpx-aiohttp": peers.with_async_httpx(address, way, transport),
        }
        return await _in_turns(subjects, at_once)


async def _in_turns(subjects: Mapping[str, Callable[[], Awaitable[bytes]]], at_once: int) -> dict[str, float]:
    best = dict.fromkeys(subjects, 0.0)
    for turn in range(ROUNDS + 1):
        for name, call in subjects.items():
            began = time.perf_counter()
            await _keep_in_flight(call, at_once)
            rate = CALLS / (time.perf_counter() - began)
            if turn:  # the first turn opens connections and imports
                best[name] = max(best[name], rate)
    return best


async def _keep_in_flight(call: Callable[[], Awaitable[bytes]], at_once: int) -> None:
    async def worker(calls: int) -> None:
        for _ in range(calls):
            await call()

    async with asyncio.TaskGroup() as group:
        for _ in range(at_once):
            group.create_task(worker(CALLS // at_once))


if __name__ == "__main__":
    main(sys.argv[1])
