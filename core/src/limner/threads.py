"""What the calls of one request share, in whatever thread they run: that they are given up, and lanes."""

from __future__ import annotations

import asyncio
import threading
from contextlib import nullcontext
from typing import TYPE_CHECKING, Any

from attrs import define, field

from limner.errors import CancelledError, LimnerError, TransportError

if TYPE_CHECKING:
    from collections.abc import Callable

    from limner.effects import Run


@define(eq=False)
class GivenUp:
    """Whether the caller has given up a request: known to all its calls, in whatever thread."""

    _given_up: bool = field(default=False, init=False)
    _wakes: list[Callable[[], None]] = field(factory=list, init=False)

    def set(self) -> None:
        """Give up: nothing more is begun, and what waits is woken."""
        self._given_up = True  # first: who is about to wait looks here once it has said how to wake it
        for wake in tuple(self._wakes):
            wake()

    def wakes(self, wake: Callable[[], None]) -> None:
        """Call this too when the request is given up."""
        self._wakes.append(wake)

    def check(self) -> None:
        """Raise CancelledError where the request is given up."""
        if self._given_up:
            raise CancelledError("The request was given up.")

    def sleep(self, seconds: float) -> None:
        """Wait, and wake up early where the request is given up."""
        woken = threading.Event()
        self.wakes(woken.set)
        if not self._given_up:
            woken.wait(min(seconds, threading.TIMEOUT_MAX))
        self._wakes.remove(woken.set)
        self.check()

    def said(self, error: LimnerError) -> LimnerError:
        """The error, or that the request was given up where that is what broke it."""
        if self._given_up and isinstance(error, TransportError):
            return CancelledError("The request was given up.", phase=error.phase)
        return error


def is_stray(stopped: BaseException) -> bool:
    """Whether what ends a call, async, is meant for no other: something broke, or was cancelled that it waited for."""
    if not isinstance(stopped, asyncio.CancelledError):
        return isinstance(stopped, Exception)
    task = asyncio.current_task()
    return task is not None and not task.cancelling()


@define(eq=False)
class Lanes:
    """Of one lane one runs at a time, in whatever thread."""

    _locks: dict[str, threading.Lock] = field(factory=dict, init=False)
    _guard: threading.Lock = field(factory=threading.Lock, init=False)

    def run(self, effect: Run, given_up: GivenUp) -> Any:  # noqa: ANN401 - what the provider's function returns
        """Run it here, when its lane is free; not any more, if the request was given up meanwhile."""
        with self._guard:
            lane = self._locks.setdefault(effect.lane, threading.Lock()) if effect.lane is not None else nullcontext()
        with lane:
            given_up.check()
            return effect.fn()
