"""Lines that look like land: ridges, peaks, dunes, trees."""

from __future__ import annotations

import math
from bisect import bisect_right
from itertools import pairwise
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from random import Random

    from limner_sandbox.painter.canvas import Point

STEPS = 160


def rolling(rng: Random, width: float, base: float, swing: float, bends: float = 1.6) -> list[Point]:
    """A soft ridge from edge to edge: a few long waves."""
    waves = [(bends * k * rng.uniform(0.75, 1.25), rng.uniform(0, 7), 1 / k**1.35) for k in (1, 2, 3, 5)]

    def lift(share: float) -> float:
        return sum(depth * math.sin(math.pi * speed * share + start) for speed, start, depth in waves)

    return [(width * i / STEPS, base - swing * lift(i / STEPS) / 1.6) for i in range(STEPS + 1)]


def peaks(rng: Random, width: float, base: float, swing: float, rough: float = 0.52) -> list[Point]:
    """A jagged ridge: the midpoint of every stretch is moved, ever less."""
    heights = [rng.uniform(0.0, 0.35), rng.uniform(0.55, 1.0), rng.uniform(0.0, 0.5), rng.uniform(0.4, 0.9), 0.2]
    reach = 0.42
    for _ in range(6):
        between = [(a + b) / 2 + rng.uniform(-reach, reach) for a, b in pairwise(heights)]
        heights = [value for pair in zip(heights, between, strict=False) for value in pair] + [heights[-1]]
        reach *= rough
    last = len(heights) - 1
    return [(width * i / last, base - swing * max(h, -0.2)) for i, h in enumerate(heights)]


def slab(left: float, top: float, right: float, bottom: float) -> list[Point]:
    """A rectangle."""
    return [(left, bottom), (left, top), (right, top), (right, bottom)]


def closed(ridge: list[Point], bottom: float) -> list[Point]:
    """The land under a ridge, down to ``bottom``."""
    return [*ridge, (ridge[-1][0], bottom), (ridge[0][0], bottom)]


def lee(ridge: list[Point], side: int, depth: float) -> list[list[Point]]:
    """The shadows under those stretches of a ridge that turn away from a light on ``side``."""
    shapes: list[list[Point]] = []
    run: list[Point] = []
    for here, after in zip(ridge, [*ridge[1:], ridge[-1]], strict=True):
        if (after[1] - here[1]) * side < 0:
            run.append(here)
            continue
        if len(run) > 3:  # noqa: PLR2004 - shorter ones are only noise
            deepest = min(depth, 0.3 * (run[-1][0] - run[0][0]))
            bulge = [deepest * math.sin(math.pi * i / (len(run) - 1)) for i in range(len(run))]
            under = [(x - side * deep * 0.5, y + deep) for (x, y), deep in zip(run, bulge, strict=True)]
            shapes.append([*run, *reversed(under)])
        run = []
    return shapes


def height_at(ridge: list[Point], x: float) -> float:
    """How high a ridge, whose points run from left to right, stands at ``x``; beyond its ends, as high as there."""
    after = min(max(bisect_right(ridge, (x, math.inf)), 1), len(ridge) - 1)
    (x0, y0), (x1, y1) = ridge[after - 1 : after + 1]
    share = (x - x0) / (x1 - x0) if x1 > x0 else 0.0
    return y0 + (y1 - y0) * min(max(share, 0.0), 1.0)


def pine(rng: Random, foot: Point, tall: float) -> list[Point]:
    """A conifer as one outline: ragged tiers around a straight trunk."""
    x, y = foot
    tiers = 7
    right: list[Point] = []
    left: list[Point] = []
    for tier in range(tiers):
        top = y - tall + tall * 0.9 * tier / tiers
        low = y - tall + tall * 0.9 * (tier + 1.35) / tiers
        reach = tall * 0.19 * (tier + 1) / tiers
        for side, outline in ((1, right), (-1, left)):
            outline.append((x + side * reach * 0.38, top + tall * 0.05))
            outline.append((x + side * reach * rng.uniform(0.85, 1.15), min(low, y - tall * 0.05)))
    trunk = tall * 0.018
    return [(x, y - tall * 1.04), *right, (x + trunk, y - tall * 0.06), (x + trunk, y + tall * 0.02),
            (x - trunk, y + tall * 0.02), (x - trunk, y - tall * 0.06), *reversed(left)]  # fmt: skip


def smooth(points: list[Point], closed_line: bool = False, steps: int = 6) -> list[Point]:  # noqa: FBT001, FBT002 - a shape is a ring or it is not
    """A Catmull-Rom curve through the points."""
    ring = [points[-1], *points, points[0], points[1]] if closed_line else [points[0], *points, points[-1]]
    curve: list[Point] = []
    for p0, p1, p2, p3 in zip(ring, ring[1:], ring[2:], ring[3:], strict=False):
        for step in range(steps):
            t = step / steps
            curve.append((_bend(t, p0[0], p1[0], p2[0], p3[0]), _bend(t, p0[1], p1[1], p2[1], p3[1])))
    return curve if closed_line else [*curve, points[-1]]


def _bend(t: float, a: float, b: float, c: float, d: float) -> float:
    return 0.5 * (2 * b + (c - a) * t + (2 * a - 5 * b + 4 * c - d) * t * t + (3 * b - 3 * c + d - a) * t**3)
