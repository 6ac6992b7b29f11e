"""What it costs to begin: to import limner, to ask the command for its version, to look through what is installed.

An import is CPU of a fresh process, as a ratio to a peer's in the same run, so that a busy machine hurts both alike.
"""

from __future__ import annotations

import importlib
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

from measuring import Figure, tell

from limner.registry import Registry

if TYPE_CHECKING:
    from collections.abc import Callable

IMPORT_RATIO = 0.15
VERSION_MS = 100.0
DISCOVERY_MS = 8.0
"""What 300 installed distributions may add, none of which is a plugin."""

EXPLICIT_MS = 0.05
"""What they may add where providers are given as objects: nothing, but for the clock's own noise."""

ROUNDS = 9


def main(_address: str) -> None:
    """Fresh processes first, then discovery."""
    _processes()
    _discovery()


def _processes() -> None:
    limner = shutil.which("limner", path=str(Path(sys.executable).parent)) or "limner"
    commands = {
        "python -c pass": [sys.executable, "-c", "pass"],
        "import limner": [sys.executable, "-c", "import limner"],
        "import openai": [sys.executable, "-c", "import openai"],
        "limner --version": [limner, "--version"],
    }
    for command in commands.values():
        _cpu(command)  # writes the byte code
    least = dict.fromkeys(commands, float("inf"))
    for _ in range(ROUNDS):
        least = {name: min(least[name], _cpu(command)) for name, command in commands.items()}
    version = least.pop("limner --version")
    tell(*(Figure(name, seconds * 1e3, "ms") for name, seconds in least.items()))
    tell(Figure("limner --version", version * 1e3, "ms", at_most=VERSION_MS))
    ratio = least["import limner"] / least["import openai"]
    tell(Figure("import limner / import openai", ratio, at_most=IMPORT_RATIO))


def _cpu(command: list[str]) -> float:
    """CPU seconds of a child process, user and system."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, env={**os.environ})  # noqa: S603 - our own commands
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def _discovery() -> None:
    """Several folders of distributions on the path, one at a time; importlib's own caches are emptied each time."""
    with tempfile.TemporaryDirectory() as temporary:
        folders = {count: _distributions(Path(temporary, str(count)), count) for count in (0, 100, 300)}
        given = Registry().get("openai")
        named = _least(folders, Registry)
        explicit = _least(folders, lambda: Registry(providers=[given]))
    for count in (100, 300):
        bound = DISCOVERY_MS if count == 300 else None
        added = (named[count] - named[0]) * 1e3
        tell(Figure(f"discovery: what {count} distributions add", added, "ms", at_most=bound))
    added = (explicit[300] - explicit[0]) * 1e3
    tell(Figure("providers given as objects: what 300 distributions add", added, "ms", at_most=EXPLICIT_MS))


def _least(folders: dict[int, str], make: Callable[[], Registry]) -> dict[int, float]:
    least = dict.fromkeys(folders, float("inf"))
    for _ in range(ROUNDS):
        least = {count: min(least[count], _discover(folder, make)) for count, folder in folders.items()}
    return least


def _distributions(folder: Path, count: int) -> str:
    """Distributions as they are installed: metadata with a README, and scripts in every third."""
    for number in range(count):
        info = folder / f"package_{number}-1.0.dist-info"
        info.mkdir(parents=True)
        header = f"Metadata-Version: 2.4\nName: package-{number}\nVersion: 1.0\n"
        (info / "METADATA").write_text(header + "\n" + "A line of a README.\n" * 200, encoding="utf-8")
        if number % 3 == 0:
            (info / "entry_points.txt").write_text("[console_scripts]\nrun = package:main\n", encoding="utf-8")
    folder.mkdir(exist_ok=True)
    return str(folder)


def _discover(folder: str, make: Callable[[], Registry]) -> float:
    sys.path.append(folder)
    importlib.invalidate_caches()
    try:
        began = time.process_time()
        assert "openai" in make().names()
        return time.process_time() - began
    finally:
        sys.path.remove(folder)


if __name__ == "__main__":
    main("")
