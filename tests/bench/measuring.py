"""Figures, their bounds, and how they come about: in turns, in one run, the least of several rounds."""

from __future__ import annotations

import asyncio
import gc
import json
import os
import re
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping


@dataclass(frozen=True)
class Figure:
    """One line of the table: what was measured, what it came to, and what it has to be."""

    name: str
    value: float
    unit: str = ""
    at_most: float | None = None
    at_least: float | None = None

    @property
    def missed(self) -> bool:
        """Whether it has a bound and does not keep it."""
        high = self.at_most is not None and self.value > self.at_most
        return high or (self.at_least is not None and self.value < self.at_least)

    def __str__(self) -> str:
        bounds = {"at most": self.at_most, "at least": self.at_least}
        bound = " ".join(f"{word} {bound:g}" for word, bound in bounds.items() if bound is not None)
        mark = "MISSED" if self.missed else "kept" if bound else ""
        digits = 2 if self.value < 100 else 0
        return f"{mark:7}{self.name:66}{self.value:9.{digits}f} {self.unit:5} {bound}".rstrip()


def tell(*figures: Figure) -> None:
    """Hand figures to the runner."""
    for figure in figures:
        print(json.dumps(asdict(figure)), flush=True)  # noqa: T201 - read by the runner


def _nothing() -> None: ...


def cpu_in_turns(
    subjects: Mapping[str, Callable[[], object]], calls: int, rounds: int, before: Callable[[], object] = _nothing
) -> dict[str, float]:
    """Seconds of this process's CPU for one call of each: the least of the rounds, in which all take turns.

    ``before`` is called before each turn, and not measured.
    """
    least = dict.fromkeys(subjects, float("inf"))
    for turn in range(rounds + 1):
        for name, call in subjects.items():
            before()
            gc.collect()
            began = time.process_time()
            for _ in range(calls):
                call()
            took = (time.process_time() - began) / calls
            if turn:  # the first turn opens connections and imports
                least[name] = min(least[name], took)
    return least


async def async_cpu_in_turns(
    subjects: Mapping[str, Callable[[], Awaitable[object]]],
    calls: int,
    rounds: int,
    before: Callable[[], object] = _nothing,
) -> dict[str, float]:
    """The same for asynchronous calls, one after another in one event loop."""
    least = dict.fromkeys(subjects, float("inf"))
    for turn in range(rounds + 1):
        for name, call in subjects.items():
            await asyncio.sleep(0)
            before()
            gc.collect()
            began = time.process_time()
            for _ in range(calls):
                await call()
            took = (time.process_time() - began) / calls
            if turn:
                least[name] = min(least[name], took)
    return least


_STATUS = Path("/proc/self/status")


def resident(what: str = "VmRSS") -> int:
    """Bytes of memory that this process holds, or (``VmHWM``) has held at most since :func:`forget_peak`."""
    found = re.search(rf"{what}:\s*(\d+) kB", _STATUS.read_text(encoding="ascii"))
    assert found is not None
    return int(found[1]) << 10


def forget_peak() -> None:
    """Count the most memory anew from here."""
    Path("/proc/self/clear_refs").write_text("5", encoding="ascii")


def memory_backed() -> Path:
    """A folder whose files are kept in memory, so that no disk is measured."""
    shared = Path("/dev/shm")  # noqa: S108 - in a folder of our own below it
    return shared if os.access(shared, os.W_OK) else Path(os.environ.get("TMPDIR", "/tmp"))  # noqa: S108 - as above
