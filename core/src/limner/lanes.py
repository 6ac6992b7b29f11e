"""Lanes: of one lane one runs at a time, whether threads or tasks of an event loop wait for it.

A task waits for its turn on its loop, and takes a thread only once it has it: a host's own threads are not used up by
what stands in line. Whoever leaves wakes all who wait, and the first to look goes next: where one of them is gone -
cancelled, or its loop closed - nobody waits for it.
"""

from __future__ import annotations

import asyncio
import os
import threading
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any

from attrs import define, field

from limner.errors import CancelledError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from limner.effects import Run
    from limner.threads import GivenUp


@define(eq=False)
class _Turn:
    """One who wants to run, once."""

    begun: bool = field(default=False, init=False)


@define(eq=False)
class _Lane:
    """Who runs in it, and how to wake those who wait."""

    _holder: _Turn | None = field(default=None, init=False)
    _wakes: list[Callable[[], None]] = field(factory=list, init=False)
    _guard: threading.Lock = field(factory=threading.Lock, init=False)

    def take(self, turn: _Turn) -> bool:
        """Whether it was free; it is taken now."""
        with self._guard:
            self._holder = self._holder or turn
            return self._holder is turn

    def begin(self, turn: _Turn) -> bool:
        """Whether it may run: not any more, if its turn was given back."""
        with self._guard:
            turn.begun = self._holder is turn
            return turn.begun

    def leave(self, turn: _Turn, *, unless_begun: bool = False) -> None:
        """Let the others in; nothing, where it is not this one's turn."""
        with self._guard:
            if self._holder is not turn or (unless_begun and turn.begun):
                return
            self._holder, wakes = None, tuple(self._wakes)
        for wake in wakes:
            wake()

    @contextmanager
    def waiting(self, wake: Callable[[], None]) -> Iterator[None]:
        """Be woken whenever it is left, for as long as this lasts."""
        with self._guard:
            self._wakes.append(wake)
        try:
            yield
        finally:
            with self._guard:
                self._wakes.remove(wake)


@define(eq=False)
class Lanes:
    """Of one lane one runs at a time, in whatever thread or event loop of this process."""

    _lanes: dict[tuple[int, str], _Lane] = field(factory=dict, init=False)
    """By process: in a forked child, nobody would ever leave a lane that was taken in its parent."""

    def run(self, effect: Run, given_up: GivenUp) -> Any:  # noqa: ANN401 - what the provider's function returns
        """Run it here, when its lane is free; not any more, if the request was given up meanwhile."""
        if effect.lane is None:
            given_up.check()
            return effect.fn()
        lane, turn = self._lane(effect.lane), _Turn()
        try:
            _wait(lane, turn, given_up)
            return effect.fn()
        finally:
            lane.leave(turn)

    async def run_aside(self, effect: Run, given_up: GivenUp) -> Any:  # noqa: ANN401 - as above
        """Run it in a thread of the loop's own, when its lane is free; in none before that."""
        if effect.lane is None:
            return await asyncio.to_thread(self.run, effect, given_up)
        lane, turn = self._lane(effect.lane), _Turn()

        def work() -> Any:  # noqa: ANN401 - as above
            if not lane.begin(turn):
                raise CancelledError("The request was given up.")
            try:
                given_up.check()
                return effect.fn()
            finally:
                lane.leave(turn)

        try:
            await _wait_on_loop(lane, turn, given_up)
            return await asyncio.to_thread(work)
        finally:
            # A thread cannot be stopped: if it has begun, it is the one to leave.
            lane.leave(turn, unless_begun=True)

    def _lane(self, name: str) -> _Lane:
        return self._lanes.setdefault((os.getpid(), name), _Lane())


def _wait(lane: _Lane, turn: _Turn, given_up: GivenUp) -> None:
    woken = threading.Event()
    given_up.wakes(woken.set)
    with lane.waiting(woken.set):
        while not lane.take(turn):
            given_up.check()
            woken.wait()
            woken.clear()
    given_up.check()


async def _wait_on_loop(lane: _Lane, turn: _Turn, given_up: GivenUp) -> None:
    woken, loop = asyncio.Event(), asyncio.get_running_loop()

    def wake() -> None:
        with suppress(RuntimeError):  # the loop is closed, and nobody waits there any more
            loop.call_soon_threadsafe(woken.set)

    given_up.wakes(wake)
    with lane.waiting(wake):
        while not lane.take(turn):
            given_up.check()
            await woken.wait()
            woken.clear()
