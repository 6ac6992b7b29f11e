"""Deadlines run on a clock that only grows, and say what is left of them."""

from __future__ import annotations

import asyncio
import math
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from limner.errors import DeadlineError
from limner.transport.deadline import Deadline


class Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def test_what_is_left_shrinks_with_the_clock() -> None:
    clock = Clock()
    deadline = Deadline(10, clock)
    clock.now += 4
    assert deadline.left() == 6


def test_nothing_is_left_once_it_has_passed_and_never_less() -> None:
    clock = Clock()
    deadline = Deadline(10, clock)
    clock.now += 1000
    assert deadline.left() == 0
    assert deadline.expired


def test_it_has_passed_at_its_very_end() -> None:
    clock = Clock()
    deadline = Deadline(10, clock)
    clock.now += 10
    assert deadline.expired


@pytest.mark.parametrize("deadline", [Deadline(None), Deadline.never()])
def test_without_seconds_it_never_passes(deadline: Deadline) -> None:
    assert deadline.left() == math.inf
    assert not deadline.expired


def test_clamp_gives_the_lesser_of_both() -> None:
    deadline = Deadline(10, Clock())
    assert (deadline.clamp(3), deadline.clamp(30)) == (3, 10)


def test_sooner_gives_the_one_that_ends_first() -> None:
    clock = Clock()
    early, late = Deadline(1, clock), Deadline(2, clock)
    assert early.sooner(late) is early
    assert late.sooner(early) is early
    assert late.sooner(Deadline.never()) is late


def test_two_that_end_at_once_are_two() -> None:
    """One may be given up, and the other not."""
    clock = Clock()
    one, other = Deadline(1, clock), Deadline(1, clock)
    assert one != other
    assert len({one, other}) == 2


def test_check_does_nothing_while_there_is_time() -> None:
    Deadline(10).check("waiting")


def test_check_raises_with_what_was_under_way_and_how_far_it_came() -> None:
    with pytest.raises(DeadlineError, match="the deadline of 0 s passed while waiting") as caught:
        Deadline(0).check("waiting", phase="not_sent")
    assert caught.value.phase == "not_sent"


def test_a_block_that_awaits_longer_is_ended() -> None:
    async def main() -> None:
        async with Deadline(0.05).over("asking", phase="not_sent"):
            await asyncio.sleep(20)

    with pytest.raises(DeadlineError, match="passed while asking") as caught:
        asyncio.run(main())
    assert caught.value.phase == "not_sent"


@pytest.mark.parametrize("deadline", [Deadline.never(), Deadline(60)])
def test_a_block_that_is_in_time_is_let_be_and_keeps_its_own_time_out(deadline: Deadline) -> None:
    async def main() -> None:
        async with deadline.over("asking"):
            pass
        async with deadline.over("asking"):
            raise TimeoutError("its own")

    with pytest.raises(TimeoutError, match="its own"):
        asyncio.run(main())


def test_its_error_can_do_without_what_was_under_way() -> None:
    assert Deadline(1.5).error().message == "the deadline of 1.5 s passed"


def test_seconds_are_a_number() -> None:
    with pytest.raises(ValueError, match="number of seconds"):
        Deadline(math.nan)


def test_the_wall_clock_has_no_say(monkeypatch: pytest.MonkeyPatch) -> None:
    deadline = Deadline(10)
    monkeypatch.setattr(time, "time", lambda: 1e12)
    assert deadline.left() > 9


@given(st.floats(0, 1e6), st.lists(st.floats(0, 1e4), max_size=20))
def test_left_never_grows(seconds: float, steps: list[float]) -> None:
    clock = Clock()
    deadline = Deadline(seconds, clock)
    before = deadline.left()
    for step in steps:
        clock.now += step
        assert 0 <= deadline.left() <= before
        before = deadline.left()
