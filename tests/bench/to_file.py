"""CPU from a reply's base64 to a new file on memory-backed storage, against httpx and the standard library.

``standard`` as a second argument takes pybase64 away from limner.
"""

from __future__ import annotations

import asyncio
import sys
import tempfile
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import peers
from measuring import Figure, async_cpu_in_turns, cpu_in_turns, memory_backed, tell
from pictures import MB

from limner.transport import _base64

if TYPE_CHECKING:
    from collections.abc import Mapping

TIMES = {"pybase64": {4: 3.3, 20: 6.0}, "standard": {4: 1.4, 20: 2.5}}
"""How many times cheaper than httpx it has to be, by decoder and MB."""

ROUNDS = 7
AGAIN = "limner, again over the same picture"
"""A file that is there and may hold the same bytes is compared first; see docs/explanation/decisions.md."""


def main(address: str, decoder: str = "pybase64") -> None:
    """Each size, sync and async."""
    if decoder == "standard":
        _base64._fast = None
    assert (_base64._fast is None) == (decoder == "standard"), "pybase64 is not installed"
    with tempfile.TemporaryDirectory(dir=memory_backed()) as folder:
        for size, bound in TIMES[decoder].items():
            way = f"large/{size * MB}/1"
            _tell("sync", decoder, size, _sync(address, way, Path(folder)), bound)
            _tell("async", decoder, size, asyncio.run(_async(address, way, Path(folder))), bound)


def _sync(address: str, way: str, folder: Path) -> dict[str, float]:
    httpx = peers.with_httpx(address, way)
    openai = peers.with_openai(address, way)
    floor = peers.with_a_socket(address, way)
    with peers.client(address, way) as client:
        subjects = {
            "limner": lambda: client.generate(**peers.ASK, to=folder / "limner.png"),
            "httpx": lambda: (folder / "httpx.png").write_bytes(httpx()),
            "openai": lambda: (folder / "openai.png").write_bytes(openai()),
            "a socket": lambda: (folder / "socket.png").write_bytes(floor()),
        }
        took = cpu_in_turns(subjects, calls=1, rounds=ROUNDS, before=partial(_clear, folder))
        return {**took, **cpu_in_turns({AGAIN: subjects["limner"]}, calls=1, rounds=ROUNDS)}


async def _async(address: str, way: str, folder: Path) -> dict[str, float]:
    httpx = peers.with_async_httpx(address, way)

    async def with_httpx() -> None:
        (folder / "httpx.png").write_bytes(await httpx())

    async with peers.async_client(address, way) as client:

        async def with_limner() -> None:
            await client.generate(**peers.ASK, to=folder / "limner.png")

        subjects = {"limner": with_limner, "httpx": with_httpx}
        return await async_cpu_in_turns(subjects, calls=1, rounds=ROUNDS, before=partial(_clear, folder))


def _clear(folder: Path) -> None:
    for path in folder.iterdir():
        path.unlink()


def _tell(kind: str, decoder: str, size: int, seconds: Mapping[str, float], bound: float) -> None:
    for name, each in seconds.items():
        decoded = f" ({decoder})" if name.startswith("limner") else ""
        tell(Figure(f"{size} MB to a file, {kind}: {name}{decoded}", each * 1e3, "ms"))
    times = seconds["httpx"] / seconds["limner"]
    tell(Figure(f"{size} MB to a file, {kind}, {decoder}: httpx / limner", times, at_least=bound))


if __name__ == "__main__":
    main(*sys.argv[1:])
