"""The most memory that ten pictures of 20 MB take beside what the process had before: saved to files, and held."""

from __future__ import annotations

import asyncio
import gc
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import peers
from measuring import Figure, forget_peak, memory_backed, resident, tell
from pictures import MB

if TYPE_CHECKING:
    from collections.abc import Callable

COUNT, SIZE = 10, 20
SAVED_MB = 8.0
HELD_TIMES = 1.4


def main(address: str) -> None:
    """Saved and held, sync and async; a small call first, so that no import is counted."""
    way = f"large/{SIZE * MB}/{COUNT}"
    with tempfile.TemporaryDirectory(dir=memory_backed()) as folder:
        saved = {"n": COUNT, "to": Path(folder)}
        subjects: dict[str, tuple[Callable[..., object], dict[str, object]]] = {
            "sync, to files": (_sync, saved),
            "async, to files": (_async, saved),
            "sync, in memory": (_sync, {"n": COUNT}),
            "async, in memory": (_async, {"n": COUNT}),
        }
        for name, (call, how) in subjects.items():
            call(address, "now/4000/1", {})
            extra = _extra(lambda: call(address, way, how))  # noqa: B023 - called at once
            if "to" in how:
                tell(Figure(f"peak of {COUNT} x {SIZE} MB, {name}", extra / MB, "MB", at_most=SAVED_MB))
            else:
                times = extra / (COUNT * SIZE * MB)
                tell(Figure(f"peak of {COUNT} x {SIZE} MB, {name}, over their sum", times, at_most=HELD_TIMES))


def _extra(call: Callable[[], object]) -> int:
    gc.collect()
    before = resident()
    forget_peak()
    call()
    return resident("VmHWM") - before


def _sync(address: str, way: str, how: dict[str, object]) -> None:
    with peers.client(address, way) as client:
        client.generate(**peers.ASK, **how)


def _async(address: str, way: str, how: dict[str, object]) -> None:
    async def call() -> None:
        async with peers.async_client(address, way) as client:
            await client.generate(**peers.ASK, **how)

    asyncio.run(call())


if __name__ == "__main__":
    main(sys.argv[1])
