# ruff: noqa: T201 - a benchmark prints
"""What it costs to import limner, and to ask its version: CPU, as a ratio to a peer in the same run.

Run by ``nox -s bench``. Each figure is the least of several fresh processes, taken in turns, so that a busy machine
hurts both sides alike. A bound that is missed ends the run with an error.
"""

from __future__ import annotations

import os
import resource
import shutil
import subprocess
import sys

ROUNDS = 9
IMPORT_RATIO = 0.15
VERSION_SECONDS = 0.100


def cpu(command: list[str]) -> float:
    """CPU seconds of a child process, user and system."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, env={**os.environ})  # noqa: S603 - our own commands
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def main() -> int:
    """Measure, print, and say by the exit code whether the bounds hold."""
    limner = shutil.which("limner", path=os.path.dirname(sys.executable)) or "limner"  # noqa: PTH120 - a PATH entry
    commands = {
        "python -c pass": [sys.executable, "-c", "pass"],
        "import limner": [sys.executable, "-c", "import limner"],
        "import openai": [sys.executable, "-c", "import openai"],
        "limner --version": [limner, "--version"],
    }
    for command in commands.values():
        cpu(command)  # writes the byte code
    least = dict.fromkeys(commands, float("inf"))
    for _ in range(ROUNDS):
        least = {name: min(least[name], cpu(command)) for name, command in commands.items()}
    bare = least["python -c pass"]
    ratio = least["import limner"] / least["import openai"]
    own = (least["import limner"] - bare) / (least["import openai"] - bare)
    for name, seconds in least.items():
        print(f"{name:18} {seconds * 1000:7.1f} ms")
    print(f"import limner / import openai   {ratio:.3f}  (at most {IMPORT_RATIO}; without the interpreter {own:.4f})")
    version = least["limner --version"]
    print(f"limner --version                {version * 1000:.1f} ms  (at most {VERSION_SECONDS * 1000:.0f})")
    return int(ratio > IMPORT_RATIO or version > VERSION_SECONDS)


if __name__ == "__main__":
    sys.exit(main())
