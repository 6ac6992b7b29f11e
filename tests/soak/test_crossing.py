"""16 threads of 64 calls, and 200 tasks of 10: no answer reaches another caller, no key another tenant's call.

With 50 calls of each task it takes ten seconds: ``nox -s soak`` does that.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest


@pytest.mark.parametrize(("callers", "each", "calls"), [("threads", 64, 16 * 64), ("tasks", 10, 200 * 10)])
def test_no_answer_is_crossed(callers: str, each: int, calls: int) -> None:
    command = [sys.executable, "-W", "error", str(Path(__file__).with_name("crossing.py")), callers, str(each)]
    own = {name: value for name, value in os.environ.items() if not name.startswith("COVERAGE")}  # traced, it is slow
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False, env=own)  # noqa: S603 - ours
    assert (done.returncode, done.stderr) == (0, "")
    found: dict[str, Any] = json.loads(done.stdout)
    assert (found["calls"], found["wrong"]) == (calls, [])
