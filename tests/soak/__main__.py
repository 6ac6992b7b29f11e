"""All soaks, over each engine: ``python tests/soak [--seconds 120]``. The time is that of the mixed calls, in all."""

from __future__ import annotations

import argparse
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).parent
ENGINES = ("stock", "fast")

asked = argparse.ArgumentParser(description=__doc__)
asked.add_argument("--seconds", type=float, default=120)
asked.add_argument("--count", type=int, default=10_000, help="calls to be cancelled")
given = asked.parse_args()
failed = False
for script, options in {
    "cancelling.py": ("--count", str(given.count)),
    "books.py": ("--seconds", str(given.seconds / len(ENGINES))),
}.items():
    for engine in ENGINES:
        print(f"\n{script} over ", end="", flush=True)  # noqa: T201 - the table's title
        command = [sys.executable, str(HERE / script), "--engine", engine, *options]
        failed |= bool(subprocess.run(command, check=False).returncode)  # noqa: S603 - our own
for callers in ("threads", "tasks"):
    print(f"\ncrossing.py {callers}: ", end="", flush=True)  # noqa: T201 - the table's title
    failed |= bool(subprocess.run([sys.executable, str(HERE / "crossing.py"), callers], check=False).returncode)  # noqa: S603 - our own
sys.exit(failed)
