"""Threads for slow work, which nobody has to wait for."""

from __future__ import annotations

import asyncio
import os
from concurrent.futures import Future
from functools import partial
from threading import Thread
from typing import TYPE_CHECKING, ParamSpec, TypeVar

from attrs import define, field

if TYPE_CHECKING:
    from collections.abc import Callable

P = ParamSpec("P")
R = TypeVar("R")

NAME = "limner-sandbox-easel"
"""What the threads are called."""


@define
class Easels:
    """Does slow work for an event loop, as many pieces at a time as there are processors.

    Whoever is cancelled while waiting leaves at once. What was not begun then never is; what is under way ends unseen
    in its thread. The threads are daemons: neither the loop nor the interpreter waits for them when it ends, as both do
    for those of :mod:`concurrent.futures`.
    """

    _free: asyncio.Semaphore = field(
        factory=lambda: asyncio.Semaphore(max(os.cpu_count() or 1, 2)), init=False, repr=False
    )

    async def work(self, fn: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
        """Run a function in a thread; when it has returned, the thread is gone."""
        async with self._free:
            told: Future[R] = Future()
            told.set_running_or_notify_cancel()  # nobody who leaves can cancel it now: its end is told all the same
            thread = Thread(target=_tell, args=(partial(fn, *args, **kwargs), told), name=NAME, daemon=True)
            thread.start()
            try:
                return await asyncio.wrap_future(told)
            finally:
                if told.done():
                    thread.join()  # it has told all, and has only to end
                del told  # an error's traceback would keep it, and it the error


def _tell(fn: Callable[[], R], told: Future[R]) -> None:
    """Say what came of it."""
    try:
        result = fn()
    except BaseException as error:  # noqa: BLE001 - whatever it is, somebody waits for it
        told.set_exception(error)
    else:
        told.set_result(result)
    finally:
        del told  # as above
