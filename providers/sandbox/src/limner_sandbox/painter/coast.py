"""A rocky shore: the land a lighthouse stands on."""

from __future__ import annotations

import math
from itertools import pairwise
from typing import TYPE_CHECKING

from limner_sandbox.painter.canvas import Shade
from limner_sandbox.painter.color import mix, rgb
from limner_sandbox.painter.stage import lucky
from limner_sandbox.painter.terrain import height_at, smooth

if TYPE_CHECKING:
    from limner_sandbox.painter.canvas import Line, Point, Speck
    from limner_sandbox.painter.color import Color
    from limner_sandbox.painter.stage import Stage


def headland(stage: Stage, side: int) -> list[Point]:
    """The upper edge of a cliff that comes in from one side of a sea picture, seaward end first."""
    rng, unit = stage.rng("headland"), stage.unit
    edge = stage.width if side > 0 else 0.0
    reach = min(stage.width * 0.42, 640 * unit)
    base = stage.horizon + 64 * unit
    profile = [(0.0, 0.0), (0.03, 26.0), (0.075, 50.0), (0.13, 60.0), (0.2, 74.0), (0.3, 82.0), (0.42, 86.0),
               (0.56, 92.0), (0.72, 116.0), (0.88, 146.0), (1.04, 190.0)]  # fmt: skip
    top = [(edge - side * reach * (1 - share), base - (lift + rng.uniform(-4, 4)) * unit) for share, lift in profile]
    return smooth(top)


def cliffs(stage: Stage, top: list[Point], side: int) -> None:
    """The land under a headland's edge, down to the near corner: grass above, rock below, surf at its foot."""
    rng, unit, canvas = stage.rng("cliffs"), stage.unit, stage.canvas
    tip, edge = top[0], top[-1][0]
    reach = abs(edge - tip[0])
    rows = 22
    shore = []
    for row in range(rows + 1):
        share = row / rows
        y = tip[1] + (stage.height + 20 * unit - tip[1]) * share
        inward = reach * (0.66 * share**0.7) + rng.uniform(-26, 26) * unit * (0.3 + share)
        shore.append((tip[0] + side * max(inward, -8 * unit), y))
    corner = (edge, stage.height + 20 * unit)
    meadow = mix(
        stage.at_depth(mix(stage.ground, rgb("6f9a52"), 0.8), 0.42), rgb("587f56"), 0.35 - 0.25 * stage.palette.night
    )
    near = mix(stage.at_depth(meadow, 0.85), stage.palette.shade, 0.25)
    land = [*shore, corner, *reversed(top)]
    canvas.fill([land], Shade(top[-1][1], stage.height, stage.lit(meadow, 0.36), near))
    canvas.strokes([(top, 2.6 * unit)], mix(stage.palette.glow, meadow, 0.25), 0.75)
    _path(stage, top, side)
    _grass(stage, top, shore, near)
    _boulders(stage, shore, side)
    _surf(stage, shore, side)


def _path(stage: Stage, top: list[Point], side: int) -> None:
    """A trodden path from the near corner up to the tower."""
    unit, edge = stage.unit, top[-1][0]
    reach = abs(edge - top[0][0])
    start = (edge - side * reach * 0.5, height_at(sorted(top), edge - side * reach * 0.5) + 14 * unit)
    end = (edge - side * reach * 0.02, stage.height * 1.02)
    bends = [(edge - side * reach * dx, start[1] + dy * unit) for dx, dy in ((0.36, 46), (0.4, 110), (0.2, 210))]
    line = smooth([start, *bends, end], steps=8)
    wide = [(3 + 44 * (i / len(line)) ** 1.5) * unit for i in range(len(line))]
    outline = [(x - w / 2, y) for (x, y), w in zip(line, wide, strict=True)]
    outline += [(x + w / 2, y) for (x, y), w in zip(reversed(line), reversed(wide), strict=True)]
    sand = stage.lit(stage.at_depth(rgb("c9b08f"), 0.45), 0.3)
    stage.canvas.fill([outline], Shade(start[1], stage.height, sand, mix(sand, stage.palette.shade, 0.62)), 0.7)


def _grass(stage: Stage, top: list[Point], shore: list[Point], color: Color) -> None:
    """Blades and a few flowers, taller towards the eye."""
    rng, unit = stage.rng("grass"), stage.unit
    dark: list[Line] = []
    light: list[Line] = []
    blooms: list[Speck] = []
    edge = top[-1][0]
    for _ in range(420):
        share = rng.random() ** 0.7
        x0, y = shore[min(int(share * len(shore)), len(shore) - 1)]
        x = x0 + (edge - x0) * (0.1 + 0.9 * rng.random())
        y += rng.uniform(-20, 20) * unit
        tall, lean = (3 + 22 * share) * unit * rng.uniform(0.6, 1.3), rng.uniform(-0.5, 0.5)
        blade = (
            [(x, y), (x + lean * tall * 0.4, y - tall * 0.6), (x + lean * tall, y - tall)],
            (0.7 + 1.5 * share) * unit,
        )
        (light if lucky(rng, 0.45) else dark).append(blade)
        if lucky(rng, 0.2):
            blooms.append((x + lean * tall, y - tall, (0.8 + 2.2 * share) * unit, (0.8 + 2.0 * share) * unit, 0.75))
    stage.canvas.strokes(dark, mix(color, stage.palette.shade, 0.5), 0.7)
    stage.canvas.strokes(light, stage.lit(mix(color, stage.ground, 0.4), 0.35), 0.55)
    stage.canvas.specks(blooms, mix(stage.palette.cloud, stage.palette.glow, 0.4))


def _boulders(stage: Stage, shore: list[Point], side: int) -> None:
    """Rocks along the shore, lit from the side of the light."""
    rng, unit, canvas = stage.rng("boulders"), stage.unit, stage.canvas
    rock = mix(stage.at_depth(rgb("6f625f"), 0.6), stage.palette.haze, 0.08)
    for row, (x0, y0) in enumerate(shore):
        near = row / len(shore)
        bodies, caps = [], []
        for _ in range(4):
            size = (7 + 44 * near) * unit * rng.uniform(0.5, 1.15)
            x, y = x0 + side * rng.uniform(-6, 60) * unit * (0.35 + near), y0 + rng.uniform(-8, 8) * unit
            turns = [(math.cos(math.tau * k / 9), max(math.sin(math.tau * k / 9), -0.25)) for k in range(9)]
            ring = [(x + c * size * rng.uniform(0.8, 1.15), y - s * size * rng.uniform(0.5, 0.8)) for c, s in turns]
            bodies.append(ring)
            lean = -side * size * 0.18
            caps.append([(px * 0.62 + (x + lean) * 0.38, py * 0.5 + (y - size * 0.52) * 0.5) for px, py in ring[:6]])
        deep = mix(rock, stage.palette.shade, 0.35 + 0.5 * near)
        canvas.fill(bodies, Shade(y0 - 40 * unit * (0.3 + near), y0 + 14 * unit, mix(deep, rock, 0.45), deep))
        canvas.fill(caps, stage.lit(rock, 0.4), 0.5 - 0.25 * near)


def _surf(stage: Stage, shore: list[Point], side: int) -> None:
    """Foam where the water meets the rock."""
    rng, unit = stage.rng("surf"), stage.unit
    foam = []
    for (x0, y0), (x1, y1) in pairwise(shore):
        for _ in range(16):
            t, near = rng.random(), 0.5 + 1.6 * (y0 - shore[0][1]) / (stage.height - shore[0][1])
            swell = 1 + 0.12 * stage.wave
            off = rng.expovariate(1) * 13 * unit * near * swell
            foam.append((x0 + (x1 - x0) * t - side * off, y0 + (y1 - y0) * t + rng.gauss(0, 3) * unit,
                         rng.uniform(3, 13) * unit * near, rng.uniform(0.7, 1.9) * unit * near,
                         rng.uniform(0.25, 0.8) / (1 + off / (14 * unit * near))))  # fmt: skip
    stage.canvas.specks(foam, mix(stage.palette.cloud, (255, 255, 255), 0.35))
