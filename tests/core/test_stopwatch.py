"""The tests' stopwatch excuses what the machine takes, and nothing else."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

PROGRAM = f"""
import sys, time
sys.path.insert(0, {str(Path(__file__).parent)!r})
from stopwatch import Stopwatch
with Stopwatch() as took:
    print("began", flush=True)
    time.sleep(0.3)
print(took.seconds, took.kept, flush=True)
"""


def test_waiting_is_counted(timed: Any) -> None:
    with timed() as took:
        time.sleep(0.2)
    assert took.seconds >= 0.2
    assert took.kept <= took.seconds


def test_computing_is_counted_whole(timed: Any) -> None:
    until = time.process_time() + 0.2
    with timed() as took:
        while time.process_time() < until:
            pass
    assert took.kept >= 0.19


@pytest.mark.skipif(not hasattr(signal, "SIGSTOP"), reason="a process is stopped by a signal")
def test_a_process_that_does_not_run_is_excused() -> None:
    with subprocess.Popen([sys.executable, "-c", PROGRAM], stdout=subprocess.PIPE, text=True) as running:  # noqa: S603 - our own
        assert running.stdout is not None
        running.stdout.readline()
        running.send_signal(signal.SIGSTOP)
        time.sleep(1.0)
        running.send_signal(signal.SIGCONT)
        seconds, kept = map(float, running.stdout.readline().split())
    assert seconds >= 1.0
    assert kept < 0.5
