"""Shapes in words - ``landscape``, ``16:9`` - and the size in pixels that each is at one model."""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING

from attrs import frozen

from limner.capabilities.composites import AllOf
from limner.capabilities.sizes import Sizes, shape_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from limner.capabilities.constraints import Constraint

RATIO = re.compile(r"\s*([1-9][0-9]{0,3})\s*[:/]\s*([1-9][0-9]{0,3})\s*")
"""``16:9``."""

AREA = 1_572_864
"""Pixels to aim at where a model leaves the size free: those of 1536x1024, which every GPT image model has."""


@frozen
class Shape:
    """A wish for a shape.

    Args:
        wide: The ratio to aim at, as whole numbers.
        high: The same.
        word: ``landscape``, ``portrait`` or ``square``: any size that is one will do.
    """

    wide: int
    high: int
    word: str = ""

    @classmethod
    def of(cls, text: object) -> Shape | None:
        """The shape that a text names, or ``None``."""
        if not isinstance(text, str):
            return None
        if text in WORDS:
            return cls(*WORDS[text], text)
        match = RATIO.fullmatch(text)
        if match is None:
            return None
        wide, high = int(match[1]), int(match[2])
        common = math.gcd(wide, high)
        return cls(wide // common, high // common)

    def met_by(self, size: str) -> bool:
        """Whether a size has it."""
        wide, high = shape_of(size)
        return _IS[self.word](wide, high) if self.word else wide * self.high == high * self.wide

    def deviation(self, size: str) -> float:
        """By how much a size is wider (above 0) or narrower than the ratio aimed at: ``0.05`` is 5 %."""
        wide, high = shape_of(size)
        return (wide * self.high) / (high * self.wide) - 1

    def within(self, sizes: Sizes) -> str | None:
        """The size of this shape, nearest to :data:`AREA`; ``None`` where the model has none."""
        fitting = [size for size in (*sizes.exact, *self._free(sizes)) if self.met_by(size)]
        taken = (size for size in fitting if sizes.check(size) is None)
        # Of two that are equally far the first declared one counts: the model's own order.
        return min(taken, key=_distance, default=None)

    def near(self, sizes: Sizes) -> str | None:
        """The size nearest to this shape."""
        return self.within(sizes) or sizes.nearest(self._ideal())

    def _ideal(self) -> str:
        height = math.sqrt(AREA * self.high / self.wide)
        return f"{max(1, round(height * self.wide / self.high))}x{max(1, round(height))}"

    def _free(self, sizes: Sizes) -> Iterator[str]:
        """Sizes of exactly this ratio on the model's grid, from about :data:`AREA` up and down."""
        if not sizes.free:
            return
        step = sizes.multiple_of or 1
        grid = math.lcm(step // math.gcd(step, self.wide), step // math.gcd(step, self.high))
        best = max(1, round(math.sqrt(AREA / (self.wide * self.high)) / grid))
        for factor in sorted({*range(max(1, best - _REACH), best + _REACH + 1)}, key=lambda one: abs(one - best)):
            yield f"{factor * grid * self.wide}x{factor * grid * self.high}"


WORDS = {"landscape": (3, 2), "portrait": (2, 3), "square": (1, 1)}
"""Words for shapes, and the ratio to aim at."""

_IS: dict[str, Callable[[int, int], bool]] = {
    "landscape": lambda wide, high: wide > high,
    "portrait": lambda wide, high: wide < high,
    "square": lambda wide, high: wide == high,
}
_REACH = 8


def sizes_of(constraint: Constraint | None) -> Sizes | None:
    """What a constraint says of sizes, where it does."""
    parts = constraint.parts if isinstance(constraint, AllOf) else (constraint,)
    return next((part for part in parts if isinstance(part, Sizes)), None)


def _distance(size: str) -> float:
    wide, high = shape_of(size)
    return abs(math.log(wide * high / AREA))
