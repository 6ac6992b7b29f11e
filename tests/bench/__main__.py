# ruff: noqa: T201 - a benchmark prints
"""The benchmarks: ``python tests/bench [SCENARIO ...]``, or ``nox -s bench``.

Each scenario runs in a process of its own, against one server in another, and compares within that run. A figure that
misses its bound is marked, and makes the exit code 1. What is measured is told in ``docs/explanation/performance.md``.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

from loopback import serving
from measuring import Figure

HERE = Path(__file__).parent

SCENARIOS: dict[str, tuple[str, ...]] = {
    "start": ("start.py",),
    "deciding": ("deciding.py",),
    "small_calls": ("small_calls.py",),
    "to_file": ("to_file.py", "pybase64"),
    "to_file_standard": ("to_file.py", "standard"),
    "memory": ("memory.py",),
    "arrival": ("arrival.py",),
    "in_flight": ("in_flight.py",),
}
"""What is run, in this order: a script, and what it is given beside the server's address."""


def main(chosen: list[str]) -> int:
    """Run the scenarios, print their figures as they come, and say whether every bound is kept."""
    unknown = set(chosen) - SCENARIOS.keys()
    if unknown:
        print(f"There is no scenario {min(unknown)!r}; there are {', '.join(SCENARIOS)}.")
        return 2
    missed: list[str] = []
    with serving() as address:
        for name in chosen or SCENARIOS:
            print(f"\n{name}")
            script, *options = SCENARIOS[name]
            command = [sys.executable, str(HERE / script), address, *options]
            with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:  # noqa: S603 - our own files
                figures = [_shown(line) for line in process.stdout or ()]
            missed += [figure.name for figure in figures if figure.missed]
            missed += [f"{name} did not end well"] if process.returncode or not figures else []
    print("\nEvery bound is kept." if not missed else "\nMissed:\n" + "\n".join(f"  {name}" for name in missed))
    return int(bool(missed))


def _shown(line: str) -> Figure:
    figure = Figure(**json.loads(line))
    print(f"  {figure}", flush=True)
    return figure


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
