"""One moment on the monotonic clock by which something must be done."""

from __future__ import annotations

import asyncio
import math
import time
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Self

from attrs import field, frozen

from limner.errors import DeadlineError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from limner.errors import Phase


@frozen(init=False, eq=False)
class Deadline:
    """A budget of time that starts to run when it is made. Each is one of its own, whenever it ends.

    The wall clock has no say: it may jump. What is left is asked anew at every step, so that a suspended machine
    finds its deadline passed when it wakes.

    Args:
        seconds: How long; ``None`` for no limit.
        clock: Seconds that only grow. Deadlines that are compared share one.

    Raises:
        ValueError: ``seconds`` is not a number.
    """

    seconds: float
    ends: float
    _clock: Callable[[], float] = field(repr=False)

    def __init__(self, seconds: float | None, clock: Callable[[], float] = time.monotonic) -> None:
        span = math.inf if seconds is None else float(seconds)
        if math.isnan(span):
            msg = "a deadline needs a number of seconds, or None"
            raise ValueError(msg)
        self.__attrs_init__(span, clock() + span, clock)  # pyright: ignore[reportAttributeAccessIssue]

    @classmethod
    def never(cls) -> Self:
        """A deadline that does not come."""
        return cls(None)

    def left(self) -> float:
        """Seconds until it passes: never negative, infinite where there is no limit."""
        return max(0.0, self.ends - self._clock())

    @property
    def expired(self) -> bool:
        """Whether it has passed."""
        return self.left() <= 0

    def clamp(self, seconds: float) -> float:
        """``seconds``, or what is left if that is less."""
        return min(seconds, self.left())

    def sooner(self, other: Deadline) -> Deadline:
        """Whichever of the two passes first."""
        return self if self.ends <= other.ends else other

    def check(self, doing: str = "", *, phase: Phase | None = None) -> None:
        """Do nothing while there is time.

        Args:
            doing: What was under way, for the message: ``waiting for a connection``.
            phase: How far the request had come, for the error.

        Raises:
            DeadlineError: It has passed.
        """
        if self.expired:
            raise self.error(doing, phase=phase)

    @asynccontextmanager
    async def over(self, doing: str, *, phase: Phase | None = None) -> AsyncIterator[None]:
        """End a block that awaits when it passes, as :meth:`check` would."""
        left = self.left()
        limit = asyncio.timeout(left if left < math.inf else None)
        try:
            async with limit:
                yield
        except TimeoutError:
            if limit.expired():  # and not one of the block's own
                raise self.error(doing, phase=phase) from None
            raise

    def error(self, doing: str = "", *, phase: Phase | None = None) -> DeadlineError:
        """The error that says that it has passed."""
        message = f"the deadline of {self.seconds:g} s passed"
        return DeadlineError(f"{message} while {doing}" if doing else message, phase=phase)
