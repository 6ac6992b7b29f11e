"""Cancels calls at random moments on a pool of ten, while others go on; then all places must be free.

``python tests/soak/cancelling.py [--engine stock|fast] [--count 10000]``
"""

from __future__ import annotations

import argparse
import asyncio
import itertools
import random
import sys
import time
from collections import Counter
from typing import TYPE_CHECKING, Any

import loopback
import subject
from attrs import define, field

import limner
from limner.transport.http import AsyncWire

if TYPE_CHECKING:
    from collections.abc import Iterator

PLACES = 10
CANCELLED_AT_ONCE, BYSTANDERS = 30, 10


@define
class Crowd:
    """Callers of one client, some of whom are cancelled."""

    client: limner.AsyncClient
    dice: random.Random
    cancelled: int = 0
    too_late: int = 0
    """Calls that were over before they could be cancelled."""
    completed: int = 0
    """Calls of those whom nobody cancels."""
    failed: Counter[str] = field(factory=Counter)
    _numbers: Iterator[int] = field(factory=lambda: itertools.count(1))

    async def call(self) -> limner.ImageResult:
        return await self.client.generate("paint", provider="painter", model=f"m-{next(self._numbers)}", timeout=60)

    async def cancel(self, count: int) -> None:
        """Until so many were cancelled in all."""
        while self.cancelled < count:
            task = asyncio.ensure_future(self.call())
            await self._a_moment()
            for _ in range(self.dice.choice((1, 1, 1, 2))):
                task.cancel()
                await asyncio.sleep(0)
            (ended,) = await asyncio.gather(task, return_exceptions=True)
            self.cancelled += isinstance(ended, asyncio.CancelledError)
            self.too_late += not isinstance(ended, BaseException)
            if isinstance(ended, Exception):
                self.failed[repr(ended)] += 1

    async def _a_moment(self) -> None:
        """Before a place, a connection or an answer is there, or while the answer comes."""
        if self.dice.random() < 0.5:
            for _ in range(self.dice.randrange(25)):
                await asyncio.sleep(0)
        else:
            await asyncio.sleep(self.dice.random() * 6 * loopback.PAUSE)

    async def go_on(self, over: asyncio.Event) -> None:
        """As long as there is something to be cancelled."""
        while not over.is_set():
            try:
                await self.call()
                self.completed += 1
            except limner.LimnerError as error:
                self.failed[repr(error)] += 1


def unfree(wire: AsyncWire) -> list[str]:
    """What of a wire's pools is not idle."""
    found = []
    for pool in wire._pools.values():
        for transport in pool._transports.values():  # type: ignore[union-attr]
            inner: Any = transport
            if hasattr(inner, "pool"):
                found += [repr(one) for one in inner.pool.connections if not one.is_idle()]
                found += [repr(one) for one in inner.pool._requests]
            else:
                connector = inner.client.connector
                found += [repr(one) for one in connector._acquired]
                found += [] if connector._places._value == PLACES else [repr(connector._places)]
    return found


async def main(url: str, count: int) -> bool:
    """Whether all was well."""
    loop = asyncio.get_running_loop()
    loop.set_exception_handler(lambda _, context: crowd.failed.update([str(context["message"])]))
    client = limner.AsyncClient(**subject.settings(url))
    crowd = Crowd(client, random.Random(count))  # noqa: S311 - dice
    await crowd.call()
    await client.aclose()
    before = subject.State.now()
    client._wire = wire = AsyncWire(pool_size=PLACES)
    began, over = time.monotonic(), asyncio.Event()
    bystanders = [asyncio.ensure_future(crowd.go_on(over)) for _ in range(BYSTANDERS)]
    await asyncio.gather(*(crowd.cancel(count) for _ in range(CANCELLED_AT_ONCE)))
    over.set()
    await asyncio.gather(*bystanders)
    took = time.monotonic() - began
    results = await asyncio.gather(*(crowd.call() for _ in range(PLACES)))
    busy, open_at_last = unfree(wire), subject.State.now().descriptors - before.descriptors
    await client.aclose()
    await asyncio.sleep(0.1)
    after = subject.State.now()
    facts = [
        ("cancelled", crowd.cancelled, crowd.cancelled >= count),
        ("over before that", crowd.too_late, True),
        ("completed alongside", crowd.completed, crowd.completed >= count // 10),
        ("calls that succeed afterwards", len(results), len(results) == PLACES),
        ("failures of any other kind", dict(crowd.failed), not crowd.failed),
        ("connections not idle afterwards", busy, not busy),
        ("connections open afterwards", open_at_last, open_at_last <= PLACES),
        (
            "descriptors more than before",
            after.descriptors - before.descriptors,
            after.descriptors == before.descriptors,
        ),
        ("tasks more than before", after.tasks - before.tasks, after.tasks == before.tasks),
        ("threads more than before", after.threads - before.threads, after.threads == before.threads),
        ("MB more than before", round((after.memory - before.memory) / 1e6, 1), True),
        ("seconds", round(took, 1), True),
    ]
    for name, value, well in facts:
        print(f"{'' if well else 'VIOLATED':10}{name:34}{value}")  # noqa: T201 - the table
    return all(well for _, _, well in facts)


if __name__ == "__main__":
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--engine", choices=subject.ENGINES, default="fast")
    asked.add_argument("--count", type=int, default=10_000)
    given = asked.parse_args()
    subject.choose(given.engine)
    print(f"{given.engine}:")  # noqa: T201
    with loopback.running() as served:
        sys.exit(not asyncio.run(main(served, given.count)))
