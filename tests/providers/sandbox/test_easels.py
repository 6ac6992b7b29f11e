"""Slow work in threads of its own."""

from __future__ import annotations

import asyncio
import os
import threading
import time
from contextlib import suppress

import pytest

from limner_sandbox.easels import NAME, Easels

EASELS = max(os.cpu_count() or 1, 2)


def at_work() -> int:
    return sum(thread.name == NAME for thread in threading.enumerate())


def test_what_a_function_returns_comes_back_and_its_thread_is_gone() -> None:
    async def main() -> tuple[int, int]:
        return await Easels().work(max, 1, 2), at_work()

    assert asyncio.run(main()) == (2, 0)


def test_what_a_function_raises_comes_back_and_its_thread_is_gone() -> None:
    async def main() -> int:
        with pytest.raises(ZeroDivisionError):
            await Easels().work(divmod, 1, 0)
        return at_work()

    assert asyncio.run(main()) == 0


def test_a_loop_that_ends_neither_waits_for_work_nor_begins_what_is_queued() -> None:
    done, begun = threading.Event(), list[int]()

    def work(number: int) -> None:
        begun.append(number)
        done.wait(60)

    async def main() -> None:
        easels = Easels()
        waiting = asyncio.gather(*(easels.work(work, number) for number in range(EASELS + 3)))
        with suppress(TimeoutError):
            await asyncio.wait_for(waiting, 0.1)

    started = time.perf_counter()
    asyncio.run(main())
    took, left = time.perf_counter() - started, at_work()
    done.set()
    while at_work():
        time.sleep(0.01)
    assert took < 30
    assert left == len(begun) == EASELS


def test_no_interpreter_waits_for_its_threads() -> None:
    async def main() -> bool:
        return await Easels().work(lambda: threading.current_thread().daemon)

    assert asyncio.run(main())
