"""Which sizes a model paints: a list, any within limits, ``auto``, or all of these."""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING, Any

from attrs import field, frozen

from limner.capabilities.constraints import Constraint, Samples
from limner.capabilities.frozen import as_words
from limner.capabilities.reasons import Finding, listed, refuses, shown

if TYPE_CHECKING:
    from collections.abc import Iterator

_EXACT = re.compile(r"([1-9][0-9]{0,5})x([1-9][0-9]{0,5})")
_LOOSE = re.compile(r"\s*([1-9][0-9]{0,5})\s*[xX*:,\N{MULTIPLICATION SIGN}]\s*([1-9][0-9]{0,5})\s*")
_LARGEST = 999_999
_LIMITS = ("multiple_of", "min_ratio", "max_ratio", "min_edge", "max_edge", "min_pixels", "max_pixels")


@frozen(kw_only=True)
class Sizes(Constraint):
    """Sizes as ``WIDTHxHEIGHT`` in pixels, or ``auto``.

    With any of the limits, or with ``free``, every size within the limits is taken, and the exact ones besides.

    Args:
        exact: Sizes that are taken, as text.
        auto: Whether ``auto`` is: the model then chooses.
        free: Any size is taken, within the limits below.
        multiple_of: Both edges are divisible by this.
        min_ratio: The least width to height: ``1 / 3``.
        max_ratio: The greatest width to height: ``3``.
        min_edge: The least pixels of the shorter edge.
        max_edge: The greatest pixels of the longer edge.
        min_pixels: The least width times height.
        max_pixels: The greatest width times height.
        warn_above: Width times height above which the vendor promises less.
    """

    exact: tuple[str, ...] = field(default=(), converter=as_words)
    auto: bool = False
    free: bool = False
    multiple_of: int | None = None
    min_ratio: float | None = None
    max_ratio: float | None = None
    min_edge: int | None = None
    max_edge: int | None = None
    min_pixels: int | None = None
    max_pixels: int | None = None
    warn_above: int | None = None
    _words: frozenset[str] = field(init=False, repr=False, eq=False)
    _text: str = field(init=False, repr=False, eq=False)
    _shapes: tuple[tuple[str, int, int], ...] = field(init=False, repr=False, eq=False)

    def __attrs_post_init__(self) -> None:
        shapes = [(size, *shape_of(size)) for size in self.exact]
        wrong = [size for size, width, _ in shapes if not width]
        free = self.free or any(getattr(self, name) is not None for name in _LIMITS)
        if wrong or not (self.exact or self.auto or free):
            msg = f"Sizes takes exact sizes as WIDTHxHEIGHT, limits, or auto=True, not {wrong or 'nothing'}"
            raise ValueError(msg)
        object.__setattr__(self, "free", free)
        object.__setattr__(self, "_shapes", tuple(shapes))
        object.__setattr__(self, "_text", self._describe())
        small = [size for size, width, height in shapes if not self._experimental(width, height)]
        object.__setattr__(self, "_words", frozenset([*small, *(["auto"] if self.auto else [])]))

    def check(self, value: object) -> Finding | None:
        """``wrong_type``, ``unsupported_value``, or the warning ``experimental``."""
        if not isinstance(value, str):
            return self._finding("wrong_type", value)
        if value in self._words:
            return None
        width, height = shape_of(value)
        broken = [] if value in self.exact else list(self._broken(width, height))
        if broken:
            problem = f"must be {self._text}, not {shown(value)}"
            reasons = f": {'; '.join(broken)}" if self.free and width else ""
            return Finding("no", "unsupported_value", problem + reasons, shown(value), self._text)
        if self._experimental(width, height):
            problem = f"is {value}, and above {self.warn_above:,} pixels results are experimental"
            return Finding("warn", "experimental", problem, shown(value), self._text)
        return None

    def describe(self) -> str:
        """``one of 1024x1024, 1536x1024 or auto``; limits are spelled out after ``WIDTHxHEIGHT``."""
        return self._text

    def _describe(self) -> str:
        limits = ", ".join(self._limits())
        free = [f"WIDTHxHEIGHT{f' ({limits})' if limits else ''}"] if self.free else []
        words = [*self.exact, *(["auto"] if self.auto else [])]
        known = f"one of {listed(words)}" if words[1:] else "".join(words)
        return " or ".join(filter(None, [known, *free]))

    def samples(self) -> Samples:
        """All exact sizes, and free ones near every border; sizes beyond each limit, and texts that are none."""
        seeds = ("1024x1024", "1x1", "999999x1", "1x999999", "999999x999999", "1536x864")
        near = (self._closest(seed) for seed in seeds) if self.free else ()
        valid = dict.fromkeys([*self.exact, *(["auto"] if self.auto else []), *(size for size in near if size)])
        wrong = ("", "1024", "1024x", "x1024", "0x0", "01x1", "1024 x 1024", "-1x-1", "1e3x1e3", "AUTO", 1024, (1, 1))
        beyond = [size for size in (*seeds[1:5], "1023x1025", "17x31") if refuses(self.check(size))]
        return Samples(tuple(valid), (*wrong, *beyond, *([] if self.auto else ["auto"])))

    def json_schema(self) -> dict[str, Any]:
        """``enum``, or a pattern beside it where any size may come; the limits are in the description."""
        words = [*self.exact, *(["auto"] if self.auto else [])]
        known: list[dict[str, Any]] = [{"enum": words}] if words else []
        free: list[dict[str, Any]] = [{"pattern": "^[1-9][0-9]{0,5}x[1-9][0-9]{0,5}$"}] if self.free else []
        branches = [*known, *free]
        schema: dict[str, Any] = branches[0] if len(branches) == 1 else {"anyOf": branches}
        return {"type": "string", **schema, "description": self.describe()}

    def _experimental(self, width: int, height: int) -> bool:
        return self.warn_above is not None and width * height > self.warn_above

    def _limits(self) -> Iterator[str]:
        ratios, edges = (self.min_ratio, self.max_ratio), (self.min_edge, self.max_edge)
        if self.multiple_of is not None:
            yield f"both divisible by {self.multiple_of}"
        yield from _limit("ratio {} to {}", "ratio at least {}", "ratio at most {}", [_ratio(end) for end in ratios])
        yield from _limit("edges {} to {}", "edges at least {}", "edges at most {}", [_count(end) for end in edges])
        pixels = [_count(end) for end in (self.min_pixels, self.max_pixels)]
        yield from _limit("{} to {} pixels", "at least {} pixels", "at most {} pixels", pixels)

    def _broken(self, width: int, height: int) -> Iterator[str]:
        """Which limits a size breaks, in words; all of them where it is no size or none is free."""
        if not width or not self.free:
            yield "it is not listed"
            return
        if self.multiple_of is not None:
            odd = [str(edge) for edge in dict.fromkeys((width, height)) if edge % self.multiple_of]
            if odd:
                yield f"{' and '.join(odd)} cannot be divided by {self.multiple_of}"
        for low, high, got, what in (
            (self.min_ratio, self.max_ratio, width / height, "its ratio"),
            (self.min_edge, None, min(width, height), "its shorter edge"),
            (None, self.max_edge, max(width, height), "its longer edge"),
            (self.min_pixels, self.max_pixels, width * height, "its area"),
        ):
            if low is not None and got < low:
                yield f"{what} is too small"
            if high is not None and got > high:
                yield f"{what} is too large"

    def _closest(self, value: object) -> str | None:
        match = _LOOSE.fullmatch(value) if isinstance(value, str) else None
        if match is None:
            return None
        width, height = int(match[1]), int(match[2])
        candidates = list(self._shapes)
        if self.free:
            candidates += [
                (f"{wide}x{high}", wide, high)
                for wide, high in self._around(*self._fitted(width, height))
                if not any(self._broken(wide, high))
            ]

        def distance(shape: tuple[str, int, int]) -> tuple[float, float]:
            _, wide, high = shape
            ratio = abs(math.log(wide * height / (high * width)))
            area = abs(math.log(wide * high / (width * height)))
            # Among free sizes a hair of ratio must not cost half the pixels; among listed ones the ratio decides.
            return (ratio + area, ratio) if self.free else (round(ratio, 9), area)

        return min(candidates, key=distance)[0] if candidates else None

    def _fitted(self, width: float, height: float) -> tuple[float, float]:
        """The size scaled into the limits of ratio, edges and pixels, not yet whole."""
        area, ratio = width * height, width / height
        ratio = min(max(ratio, self.min_ratio or 0), self.max_ratio or math.inf)
        height = math.sqrt(area / ratio)
        width = height * ratio
        least = max((self.min_edge or 0) / min(width, height), math.sqrt((self.min_pixels or 0) / area))
        most = min((self.max_edge or math.inf) / max(width, height), math.sqrt((self.max_pixels or math.inf) / area))
        scale = min(max(1.0, least), most)
        low, high = self.min_edge or 1, self.max_edge or _LARGEST
        return min(max(width * scale, low), high), min(max(height * scale, low), high)

    def _around(self, width: float, height: float) -> Iterator[tuple[int, int]]:
        step = self.multiple_of or 1
        for across in range(-1, 3):
            for down in range(-1, 3):
                wide, high = (math.floor(width / step) + across) * step, (math.floor(height / step) + down) * step
                if 0 < wide <= _LARGEST and 0 < high <= _LARGEST:
                    yield wide, high


def shape_of(size: str) -> tuple[int, int]:
    """Width and height of a ``WIDTHxHEIGHT``; zeros where it is none."""
    match = _EXACT.fullmatch(size)
    return (int(match[1]), int(match[2])) if match else (0, 0)


def _ratio(value: float | None) -> str | None:
    if value is None:
        return None
    return f"{value:.3g}:1" if value >= 1 else f"1:{1 / value:.3g}"


def _count(value: int | None) -> str | None:
    return None if value is None else f"{value:,}"


def _limit(both: str, low: str, high: str, ends: list[str | None]) -> Iterator[str]:
    least, most = ends
    if least and most:
        yield both.format(least, most)
    elif least or most:
        yield low.format(least) if least else high.format(most)
