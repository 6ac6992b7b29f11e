"""Lanes: one at a time, whoever waits - threads, tasks, several loops - and nobody's threads are used up by waiting."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
import threading
import time
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import pytest

from limner.effects import Run
from limner.errors import CancelledError
from limner.lanes import Lanes
from limner.threads import GivenUp

if TYPE_CHECKING:
    from collections.abc import Callable


def until(holds: Callable[[], Any]) -> None:
    limit = time.monotonic() + 10
    while not holds():
        assert time.monotonic() < limit
        time.sleep(0.002)


class Work:
    """Runs until it is let go, and counts who runs at once."""

    def __init__(self, *, held: bool = True) -> None:
        self.at_once = self.most = self.done = 0
        self.go = threading.Event()
        self._guard = threading.Lock()
        if not held:
            self.go.set()

    def __call__(self) -> int:
        with self._guard:
            self.at_once += 1
            self.most = max(self.most, self.at_once)
        assert self.go.wait(10)
        time.sleep(0.002)
        with self._guard:
            self.at_once -= 1
            self.done += 1
            return self.done


@pytest.fixture
def lanes() -> Lanes:
    return Lanes()


def test_waiting_for_a_lane_takes_no_thread_of_the_host(lanes: Lanes) -> None:
    work = Work()

    async def main() -> None:
        asyncio.get_running_loop().set_default_executor(ThreadPoolExecutor(2))
        tasks = [asyncio.create_task(lanes.run_aside(Run(work, "gpu"), GivenUp())) for _ in range(20)]
        await asyncio.sleep(0.05)
        assert await asyncio.wait_for(asyncio.to_thread(lambda: "the host's"), 5) == "the host's"
        work.go.set()
        assert sorted(await asyncio.gather(*tasks)) == list(range(1, 21))

    asyncio.run(main())
    assert work.most == 1


def test_who_waits_and_is_cancelled_is_not_begun_and_holds_nobody_up(lanes: Lanes) -> None:
    work, begun = Work(), []

    async def main() -> None:
        first = asyncio.create_task(lanes.run_aside(Run(work, "gpu"), GivenUp()))
        await asyncio.to_thread(until, lambda: work.at_once)
        second = asyncio.create_task(lanes.run_aside(Run(lambda: begun.append(2), "gpu"), GivenUp()))
        third = asyncio.create_task(lanes.run_aside(Run(lambda: begun.append(3), "gpu"), GivenUp()))
        await asyncio.sleep(0)
        second.cancel()
        work.go.set()
        await asyncio.gather(first, third)
        assert second.cancelled()

    asyncio.run(main())
    assert begun == [3]


def test_a_thread_that_cannot_be_stopped_keeps_its_lane(lanes: Lanes) -> None:
    work = Work()

    async def main() -> None:
        first = asyncio.create_task(lanes.run_aside(Run(work, "gpu"), GivenUp()))
        await asyncio.to_thread(until, lambda: work.at_once)
        first.cancel()
        second = asyncio.create_task(lanes.run_aside(Run(work, "gpu"), GivenUp()))
        await asyncio.sleep(0.05)
        assert (work.at_once, second.done()) == (1, False)
        work.go.set()
        await second

    asyncio.run(main())
    assert (work.most, work.done) == (1, 2)


def test_a_turn_that_found_no_thread_is_given_back(lanes: Lanes) -> None:
    """All threads are the host's, and the task is cancelled while it stands in line for one."""
    busy, begun = threading.Event(), []

    async def main() -> None:
        asyncio.get_running_loop().set_default_executor(ThreadPoolExecutor(1))
        host = asyncio.create_task(asyncio.to_thread(busy.wait, 10))
        queued = asyncio.create_task(lanes.run_aside(Run(lambda: begun.append(1), "gpu"), GivenUp()))
        await asyncio.sleep(0.05)
        queued.cancel()
        await asyncio.wait([queued])
        lanes.run(Run(lambda: begun.append(2), "gpu"), GivenUp())
        busy.set()
        await host

    asyncio.run(main())
    assert begun == [2]


def test_what_begins_after_its_turn_was_given_back_runs_nothing(lanes: Lanes) -> None:
    class Late(ThreadPoolExecutor):
        """Takes everything for running already, and runs it later."""

        def submit(self, fn: Any, /, *_: Any, **__: Any) -> Any:
            later.append(fn)
            future: Future[Any] = Future()
            future.set_running_or_notify_cancel()
            return future

    later: list[Any] = []
    begun: list[int] = []

    async def main() -> None:
        asyncio.get_running_loop().set_default_executor(Late(1))
        task = asyncio.create_task(lanes.run_aside(Run(lambda: begun.append(1), "gpu"), GivenUp()))
        await asyncio.sleep(0.05)
        task.cancel()
        await asyncio.wait([task])
        with pytest.raises(CancelledError):
            later[0]()

    loop = asyncio.new_event_loop()  # asyncio.run would wait for an executor that never ends
    loop.run_until_complete(main())
    loop.close()
    assert begun == []


def test_a_loop_that_is_gone_holds_nobody_up(lanes: Lanes) -> None:
    work = Work()
    thread = threading.Thread(target=lanes.run, args=(Run(work, "gpu"), GivenUp()))
    thread.start()
    until(lambda: work.at_once)
    loop = asyncio.new_event_loop()
    task = loop.create_task(lanes.run_aside(Run(work, "gpu"), GivenUp()))
    loop.run_until_complete(asyncio.sleep(0.01))
    loop.close()
    work.go.set()
    thread.join(10)
    assert lanes.run(Run(work, "gpu"), GivenUp()) == 2
    task._log_destroy_pending = False  # type: ignore[attr-defined]  # that is the point of it


def test_threads_and_several_loops_share_a_lane(lanes: Lanes) -> None:
    work = Work(held=False)

    async def aside() -> None:
        await asyncio.gather(*(lanes.run_aside(Run(work, "gpu"), GivenUp()) for _ in range(10)))

    def here() -> None:
        for _ in range(10):
            lanes.run(Run(work, "gpu"), GivenUp())

    doing = [threading.Thread(target=here) for _ in range(3)]
    doing += [threading.Thread(target=asyncio.run, args=(aside(),)) for _ in range(3)]
    for thread in doing:
        thread.start()
    for thread in doing:
        thread.join(20)
    assert (work.done, work.most) == (60, 1)


def test_lanes_of_other_names_and_none_do_not_wait(lanes: Lanes) -> None:
    work = Work()
    doing = [
        threading.Thread(target=lanes.run, args=(Run(work, lane), GivenUp())) for lane in ("gpu", "cpu", None, None)
    ]
    for thread in doing:
        thread.start()
    until(lambda: work.at_once == 4)
    work.go.set()
    for thread in doing:
        thread.join(10)


def test_who_gives_up_waits_for_no_lane(lanes: Lanes) -> None:
    work, given_up, raised = Work(), GivenUp(), []
    first = threading.Thread(target=lanes.run, args=(Run(work, "gpu"), GivenUp()))
    first.start()
    until(lambda: work.at_once)

    def waits() -> None:
        try:
            lanes.run(Run(work, "gpu"), given_up)
        except CancelledError as error:
            raised.append(error)

    async def waits_aside() -> None:
        with pytest.raises(CancelledError):
            await lanes.run_aside(Run(work, "gpu"), given_up)

    waiting = [threading.Thread(target=waits), threading.Thread(target=asyncio.run, args=(waits_aside(),))]
    for one in waiting:
        one.start()
    time.sleep(0.05)
    given_up.set()
    for one in waiting:
        one.join(10)
    assert (len(raised), work.at_once) == (1, 1)
    work.go.set()
    first.join(10)


@pytest.mark.parametrize("run", [Lanes.run, lambda *told: asyncio.run(Lanes.run_aside(*told))], ids=["here", "aside"])
def test_what_breaks_leaves_its_lane(lanes: Lanes, run: Any) -> None:
    def breaks() -> None:
        raise KeyError("boom")

    with pytest.raises(KeyError):
        run(lanes, Run(breaks, "gpu"), GivenUp())
    assert lanes.run(Run(lambda: 5, "gpu"), GivenUp()) == 5


def test_what_is_in_no_lane_runs_aside_too(lanes: Lanes) -> None:
    assert asyncio.run(lanes.run_aside(Run(threading.get_ident, None), GivenUp())) != threading.get_ident()


FORKING = """
import os, signal, threading, time
from limner.effects import Run
from limner.lanes import Lanes
from limner.threads import GivenUp

lanes, begun, go = Lanes(), threading.Event(), threading.Event()
def work():
    begun.set()
    go.wait(20)
thread = threading.Thread(target=lanes.run, args=(Run(work, "gpu"), GivenUp()))
thread.start()
begun.wait(20)
if not (child := os.fork()):
    signal.alarm(10)
    os._exit(lanes.run(Run(lambda: 7, "gpu"), GivenUp()))
print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
go.set()
thread.join()
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system has no fork")
def test_a_forked_child_waits_for_no_lane_of_its_parents() -> None:
    """In a process of its own: this one has threads."""
    ran = subprocess.run(  # noqa: S603 - our own code
        [sys.executable, "-c", FORKING], check=False, timeout=60, capture_output=True, text=True
    )
    assert ran.stdout.strip() == "7", ran.stderr
