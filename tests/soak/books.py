"""Mixed calls for a while, sync and async, with faults and cancellations: nothing may grow, and the books must balance.

A generation that the server billed has come back as an image, or the last event of its call (and its error, if there
was anyone to catch it) says ``maybe_billed``; none is billed twice.
``python tests/soak/books.py [--engine stock|fast] [--seconds 120]``
"""

from __future__ import annotations

import argparse
import asyncio
import random
import statistics
import sys
import threading
import time
from collections import Counter
from typing import TYPE_CHECKING

import httpx
import loopback
import subject
from attrs import define, field, frozen

import limner
from limner import events

if TYPE_CHECKING:
    from collections.abc import Sequence

TASKS, THREADS = 16, 6
WAYS = ("paint",) * 8 + (
    *("slow", "slow", "by url", "by url", "html", "500", "cut", "reset", "drip", "hang up"),
    *("400", "429 first", "503 first"),
)
HURRY = {"slow": 0.15, "drip": 0.2}
"""Seconds that a call has whose server takes longer."""
FAN_OUT = 3
UNPROVEN = frozenset({"hang up", "slow", "drip"})
"""Ways of which a call may say ``maybe_billed`` though nothing was billed; a cancelled call may always."""
MOST_MB = 4.0
LATE = 0.5
_TICK = 0.05
JUDGED = 60
"""Seconds from which on a soak is long enough to tell growth of memory from its first steps."""


@frozen
class Errand:
    """One request to come."""

    number: int
    way: str
    n: int
    seconds: float

    @property
    def asked(self) -> dict[str, object]:
        """What ``generate`` is given."""
        return {"provider": "painter", "model": f"m-{self.number}", "n": self.n, "timeout": self.seconds}


@define
class Books:
    """What the client's side knows of each request: bytes by its number, so that the books grow least of all."""

    dice: random.Random
    images: bytearray = field(factory=lambda: bytearray(1))
    marked: bytearray = field(factory=lambda: bytearray(1))
    """Calls whose last event says ``maybe_billed``."""
    unproven: bytearray = field(factory=lambda: bytearray(1))
    """Whether a mark needs no bill."""
    open: int = 0
    """Calls that were started and not finished."""
    kinds: Counter[str] = field(factory=Counter)
    wrong: Counter[str] = field(factory=Counter)
    latest: float = 0.0
    """Seconds by which a deadline was overstepped at most."""
    _guard: threading.Lock = field(factory=threading.Lock)

    def __len__(self) -> int:
        return len(self.images) - 1

    def new(self) -> Errand:
        """The next request."""
        with self._guard:
            way = self.dice.choice(WAYS)
            hurried = way == "drip" or (way == "slow" and self.dice.random() < 0.5)
            for book in (self.images, self.marked, self.unproven):
                book.append(0)
            self.unproven[-1] = way in UNPROVEN
            n = FAN_OUT if way == "paint" and self.dice.random() < 0.1 else 1
            return Errand(len(self), way, n, HURRY[way] if hurried else 30.0)

    def observe(self, event: events.Event) -> None:
        """An event of any call."""
        number = int(str(event.model)[2:])
        with self._guard:
            if isinstance(event, events.CallStarted):
                self.open += 1
            if isinstance(event, events.CallFinished):
                self.open -= 1
                self.marked[number] += event.maybe_billed
                self.kinds[event.kind or "image"] += 1

    def ended(self, errand: Errand, ended: object, elapsed: float) -> None:
        """What a request came to, as its caller sees it."""
        with self._guard:
            self.latest = max(self.latest, elapsed - errand.seconds)
            _READ[next(kind for kind in _READ if isinstance(ended, kind))](self, errand, ended)

    def _result(self, errand: Errand, result: limner.ImageResult) -> None:
        self.images[errand.number] = len(result.images)
        if not all(image.read().startswith(b"\x89PNG") for image in result.images):
            self.wrong["a result without an image"] += 1

    def _error(self, errand: Errand, error: limner.LimnerError) -> None:
        if error.maybe_billed != bool(self.marked[errand.number]):
            self.wrong[f"the error says otherwise than the event: {errand.way}: {error!r}"] += 1
        if subject.KEY in f"{error!r}{error.__dict__}":
            self.wrong["a key in an error"] += 1

    def _cancelled(self, errand: Errand, stopped: asyncio.CancelledError) -> None:
        self.unproven[errand.number] = True
        self.images[errand.number] = len(getattr(stopped, "images", ()))  # of the other calls of the request

    def _foreign(self, errand: Errand, ended: object) -> None:
        self.wrong[f"{errand.way}: {ended!r}"] += 1


_READ = {
    limner.ImageResult: Books._result, limner.LimnerError: Books._error, asyncio.CancelledError: Books._cancelled,
    object: Books._foreign,
}  # fmt: skip


@define
class Soak:
    """Clients at work."""

    books: Books
    client: limner.Client
    aclient: limner.AsyncClient
    over: threading.Event = field(factory=threading.Event)
    states: list[subject.State] = field(factory=list)
    lag: float = 0.0
    """Seconds by which this busy process woke too late at most: no fault of a deadline's."""

    async def work(self, seconds: float) -> None:
        """Call for so long, and look at this process meanwhile."""
        self.over.clear()
        threads = [threading.Thread(target=self._sync) for _ in range(THREADS)]
        tasks = [asyncio.ensure_future(self._async()) for _ in range(TASKS)]
        for thread in threads:
            thread.start()
        look = time.monotonic()
        until = look + seconds
        while (now := time.monotonic()) < until:
            await asyncio.sleep(_TICK)
            self.lag = max(self.lag, time.monotonic() - now - _TICK)
            if now >= look:
                look += 1.0
                self.states.append(subject.State.now())
        self.over.set()
        await asyncio.gather(*tasks)
        await asyncio.to_thread(lambda: [thread.join() for thread in threads])

    def _sync(self) -> None:
        while not self.over.is_set():
            errand, began = self.books.new(), time.monotonic()
            try:
                ended: object = self.client.generate(errand.way, **errand.asked)  # type: ignore[arg-type]
            except Exception as error:  # noqa: BLE001 - entered in the books
                ended = error
            self.books.ended(errand, ended, time.monotonic() - began)

    async def _async(self) -> None:
        dice = random.Random(self.books.new().number)  # noqa: S311 - dice
        while not self.over.is_set():
            errand, began = self.books.new(), time.monotonic()
            task = asyncio.ensure_future(self.aclient.generate(errand.way, **errand.asked))  # type: ignore[arg-type]
            if dice.random() < 0.15:
                await asyncio.sleep(dice.choice((0, 0.001, 0.005, 0.02, 0.1)))
                task.cancel()
            try:
                ended: object = await task
            except (Exception, asyncio.CancelledError) as error:  # noqa: BLE001 - entered in the books
                ended = error  # gather() would make a new one, without the images
            self.books.ended(errand, ended, time.monotonic() - began)


Fact = tuple[str, object, bool]


def balance(books: Books, billed: Sequence[int]) -> list[Fact]:
    """The server's book beside the client's."""
    rows = [
        (billed[number] if number < len(billed) else 0, books.images[number], books.marked[number])
        for number in range(1, len(books) + 1)
    ]
    excess = [images + marked - bill for bill, images, marked in rows]
    lost = sum(1 for bill, images, marked in rows if bill > images + marked)
    invented = sum(1 for bill, images, _ in rows if images > bill)
    unfounded = sum(1 for number, more in enumerate(excess, 1) if more > 0 and not books.unproven[number])
    sums = [sum(column) for column in zip(*rows, strict=True)]
    cautious = sum(max(0, more) for more in excess)
    return [
        ("billed by the server", sums[0], sums[0] > 0),
        ("images returned", sums[1], sums[1] > 0),
        ("calls marked maybe_billed", sums[2], True),
        ("  of which not billed: cut off early", cautious, sums[0] == sums[1] + sums[2] - cautious),
        ("billed, neither returned nor marked", lost, lost == 0),
        ("returned, not billed", invented, invented == 0),
        ("marked without a reason", unfounded, unfounded == 0),
        ("started and never finished", books.open, books.open == 0),
    ]


def flat(states: Sequence[subject.State], before: subject.State, after: subject.State, seconds: float) -> list[Fact]:
    """What must not have grown: memory is compared between thirds of the time, the rest between two moments of rest."""
    third = max(1, len(states) // 3)
    second, last = (
        statistics.median(one.memory for one in some) for some in (states[third:-third] or states, states[-third:])
    )
    grown = (last - second) / 1e6
    more = {name: getattr(after, name) - getattr(before, name) for name in ("descriptors", "threads", "tasks")}
    return [
        ("MB resident at last", round(last / 1e6, 1), True),
        ("MB more in the last third than in the second", round(grown, 2), grown < MOST_MB or seconds < JUDGED),
        ("descriptors at most", max(one.descriptors for one in states), True),
        *((f"{name} more than before", value, value <= 0) for name, value in more.items()),
    ]


async def main(url: str, seconds: float) -> bool:
    """Whether all was well."""
    books = Books(random.Random(7))  # noqa: S311 - dice
    loop = asyncio.get_running_loop()
    loop.set_exception_handler(lambda _, context: books.wrong.update([f"told the loop: {context['message']}"]))
    given = subject.settings(url, books.observe)
    client, aclient = limner.Client(**given), limner.AsyncClient(**given)
    soak = Soak(books, client, aclient)

    async def at_rest() -> subject.State:
        client.close()
        await aclient.aclose()
        await asyncio.sleep(0.5)
        return subject.State.now()

    await soak.work(seconds / 6)  # what is loaded and grown at first
    before, warm = await at_rest(), len(books)
    books.latest = soak.lag = 0.0
    soak.states.clear()
    await soak.work(seconds)
    after = await at_rest()
    billed = await asyncio.to_thread(lambda: httpx.get(f"{url}/books", trust_env=False).content)
    facts = [
        ("requests", len(books) - warm, True),
        ("how calls ended", dict(books.kinds.most_common()), True),
        ("what must not be", dict(books.wrong.most_common(5)), not books.wrong),
        ("seconds past a deadline at most", round(books.latest, 2), books.latest < LATE + soak.lag),
        ("seconds by which the loop lagged at most", round(soak.lag, 2), True),
        *balance(books, billed),
        *flat(soak.states, before, after, seconds),
    ]
    for name, value, well in facts:
        print(f"{'' if well else 'VIOLATED':10}{name:46}{value}")  # noqa: T201 - the table
    return all(well for _, _, well in facts)


if __name__ == "__main__":
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--engine", choices=subject.ENGINES, default="fast")
    asked.add_argument("--seconds", type=float, default=120)
    wanted = asked.parse_args()
    subject.hasten()
    subject.choose(wanted.engine)
    print(f"{wanted.engine}:")  # noqa: T201
    with loopback.running() as served:
        sys.exit(not asyncio.run(main(served, wanted.seconds)))
