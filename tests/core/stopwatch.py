"""How long something took, without the time in which the machine did something else."""

from __future__ import annotations

import threading
import time
from typing import Self

PAUSE = 0.005


class Stopwatch:
    """``with Stopwatch() as took: ...``, and then ``took.seconds``, and ``took.kept`` for a promise.

    On a busy machine a process waits for its turn, and no promise is about that. A thread that does nothing but wake up
    tells how much it waited: the sum of what it came too late, less the time of the processor that this process had, as
    who computes for long, or holds the interpreter, is not excused.
    """

    seconds: float = 0.0
    """From the beginning to the end, on the clock."""
    kept: float = 0.0
    """Without what was waited for the machine."""

    def __init__(self) -> None:
        self._late = self._asleep = 0.0
        self._over = threading.Event()

    def _wake_up(self) -> None:
        while not self._over.is_set():
            self._asleep = time.monotonic()
            time.sleep(PAUSE)
            self._late += max(0.0, time.monotonic() - self._asleep - PAUSE)

    def __enter__(self) -> Self:
        self._began, self._used = time.monotonic(), time.process_time()
        self._asleep = self._began
        threading.Thread(target=self._wake_up, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        late = self._late
        now = time.monotonic()
        late += max(0.0, now - self._asleep - PAUSE)  # it may come too late just now
        self._over.set()
        self.seconds = now - self._began
        used = time.process_time() - self._used
        self.kept = self.seconds - min(max(0.0, late - used), self.seconds)
