"""The soaks, for seconds only; ``nox -s soak`` takes its time."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).parent

pytestmark = pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="what grows is read from /proc")


@pytest.mark.parametrize("engine", ["stock", "fast"])
@pytest.mark.parametrize(
    ("script", "options"),
    [("cancelling.py", ("--count", "300")), ("books.py", ("--seconds", "2"))],
)
def test_a_short_soak(script: str, options: tuple[str, ...], engine: str) -> None:
    """Every place of the pool is free after cancellations; what the server billed is accounted for."""
    if engine == "fast":
        pytest.importorskip("httpx_aiohttp", reason="limner[fast] is not installed")
    command = [sys.executable, str(HERE / script), "--engine", engine, *options]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)  # noqa: S603 - our own
    assert done.returncode == 0, done.stdout + done.stderr
