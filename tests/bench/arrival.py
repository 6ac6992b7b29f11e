"""What is left to do when the last byte has come: of a large body, and of an event that completes a picture.

The server sends at a measured pace, and by the clock that all processes share it tells when it sent the last piece.
"""

from __future__ import annotations

import asyncio
import json
import sys
import tempfile
import time
from base64 import b64decode
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx
import peers
from measuring import Figure, memory_backed, tell
from pictures import MB

if TYPE_CHECKING:
    from collections.abc import Callable
SIZE = 20
LEFT_MS = 5.0
EVENT_RATIO = 0.10
ROUNDS = 5


def main(address: str) -> None:
    """Sync and async, to a file and in memory; then the stream."""
    body = f"paced/{SIZE * MB}/1"
    with tempfile.TemporaryDirectory(dir=memory_backed()) as folder:
        for name, how in {"to a file": {"to": Path(folder) / "picture.png"}, "in memory": {}}.items():
            for kind, call in {"sync": _sync, "async": _async}.items():
                left = _left(address, lambda: call(address, body, _fresh(how)))  # noqa: B023 - called at once
                tell(Figure(f"after the last byte of {SIZE} MB, {kind}, {name}", left * 1e3, "ms", at_most=LEFT_MS))
    events = f"events/{SIZE * MB}/1"
    ours = _left(address, lambda: _events(address, events))
    theirs = _left(address, lambda: _httpx_events(address, events))
    tell(Figure(f"after the last byte of an event of {SIZE} MB: limner", ours * 1e3, "ms"))
    tell(Figure(f"after the last byte of an event of {SIZE} MB: httpx", theirs * 1e3, "ms"))
    tell(Figure("after the last byte of an event: limner / httpx", ours / theirs, at_most=EVENT_RATIO))


def _left(address: str, call: Callable[[], float]) -> float:
    """Seconds from the last byte sent to the picture in hand: the least of the rounds."""
    return min(call() - peers.sent(address) for _ in range(ROUNDS))


def _fresh(how: dict[str, Any]) -> dict[str, Any]:
    """With the file that it goes to still to be made."""
    for path in how.values():
        path.unlink(missing_ok=True)
    return how


def _sync(address: str, way: str, how: dict[str, Any]) -> float:
    with peers.client(address, way) as client:
        client.generate(**peers.ASK, **how)
        return time.monotonic()


def _async(address: str, way: str, how: dict[str, Any]) -> float:
    async def call() -> float:
        async with peers.async_client(address, way) as client:
            await client.generate(**peers.ASK, **how)
            return time.monotonic()

    return asyncio.run(call())


def _events(address: str, way: str) -> float:
    with peers.client(address, way) as client:
        client.stream_generate(**peers.ASK).until_done()
        return time.monotonic()


def _httpx_events(address: str, way: str) -> float:
    """As one reads events with httpx: line by line."""
    with httpx.Client(timeout=600) as client, client.stream("POST", f"{address}/{way}", json=peers.BODY) as response:
        for line in response.iter_lines():
            if line.startswith("data:"):
                b64decode(json.loads(line[5:])["b64_json"])
        return time.monotonic()


if __name__ == "__main__":
    main(sys.argv[1])
