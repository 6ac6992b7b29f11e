"""Things people built that a prompt can name: a lighthouse, a house. Each stands on the point it is given."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from limner_sandbox.painter.color import mix, rgb
from limner_sandbox.painter.terrain import slab

if TYPE_CHECKING:
    from limner_sandbox.painter.canvas import Point
    from limner_sandbox.painter.stage import Stage


def lighthouse(stage: Stage, foot: Point, tall: float) -> None:
    """A banded tower with its gallery, its lantern and its beam; ``foot`` is the middle of its base."""
    canvas, (x, y) = stage.canvas, foot
    low, high = tall * 0.115, tall * 0.068
    light_side = 1 if stage.light[0] > x else -1
    white = mix(stage.lit(rgb("f4ece2"), 0.22), stage.palette.shade, 0.12 + 0.3 * stage.palette.night)
    red = mix(stage.lit(rgb("b8433a"), 0.15), stage.palette.shade, 0.15 + 0.3 * stage.palette.night)
    dark = mix(stage.palette.shade, rgb("2b2b33"), 0.5)

    def half(share: float) -> float:
        return high + (low - high) * math.pow(1 - share, 1.3)

    def band(start: float, end: float, left: float = -1, right: float = 1) -> list[Point]:
        rows = [start + (end - start) * step / 6 for step in range(7)]
        return [(x + left * half(r), y - tall * r) for r in rows] + [
            (x + right * half(r), y - tall * r) for r in reversed(rows)
        ]

    _beams(stage, (x, y - tall * 1.09), tall)
    canvas.fill([band(0, 1)], white)
    canvas.fill([band(0.16, 0.36), band(0.56, 0.76)], red)
    shadow = (-1, -0.25) if light_side > 0 else (0.25, 1)
    canvas.fill([band(0, 1, *shadow)], stage.palette.shade, 0.26)
    edge = (-1, -0.68) if light_side > 0 else (0.68, 1)
    canvas.fill([band(0, 1, *edge)], stage.palette.shade, 0.22)
    rim = (0.72, 1) if light_side > 0 else (-1, -0.72)
    canvas.fill([band(0, 1, *rim)], stage.palette.glow, 0.3)
    window = [(x + dx * tall, y - tall * at) for at, dx in ((0.3, -0.01), (0.5, 0.012), (0.7, -0.008))]
    canvas.specks([(wx, wy, tall * 0.012, tall * 0.02, 0.9) for wx, wy in window], dark)
    canvas.specks([(x, y - tall * 0.045, tall * 0.026, tall * 0.05, 1.0)], dark)
    _lantern(stage, (x, y - tall), tall, high)


def _lantern(stage: Stage, at: Point, tall: float, half: float) -> None:
    """The top of a lighthouse: gallery, glass and roof."""
    canvas, (x, y) = stage.canvas, at
    dark = mix(stage.palette.shade, rgb("3a2f36"), 0.45)
    lamp = rgb("fff3c4")
    gallery = half * 1.5
    canvas.fill([[(x - half, y + tall * 0.02), (x - gallery, y), (x + gallery, y), (x + half, y + tall * 0.02)]], dark)
    canvas.fill(
        [[(x - gallery, y - tall * 0.012), (x + gallery, y - tall * 0.012), (x + gallery, y), (x - gallery, y)]], dark
    )
    rails = [([(x + gallery * s, y), (x + gallery * s, y - tall * 0.05)], tall * 0.006) for s in (-1, -0.5, 0.5, 1)]
    rails.append(([(x - gallery, y - tall * 0.05), (x + gallery, y - tall * 0.05)], tall * 0.007))
    glass = half * 0.74
    top = y - tall * 0.125
    canvas.fill([slab(x - glass, top, x + glass, y)], mix(lamp, rgb("ffb84d"), 0.35))
    canvas.fill([slab(x - glass * 0.5, top, x + glass * 0.5, y)], lamp)
    bars = [([(x + glass * s, y), (x + glass * s, top)], tall * 0.007) for s in (-1, -0.35, 0.35, 1)]
    canvas.strokes([*rails, *bars], dark)
    dome = [(x + math.cos(a) * glass * 1.25, top - math.sin(a) * tall * 0.06) for a in _half_turn()]
    canvas.fill([dome], mix(rgb("a83b34"), stage.palette.shade, 0.3))
    canvas.strokes([([(x, top - tall * 0.06), (x, top - tall * 0.1)], tall * 0.008)], dark)
    canvas.specks([(x, top - tall * 0.065, tall * 0.011, tall * 0.011, 1.0)], dark)
    canvas.glow((x, y - tall * 0.065), (tall * 0.5, tall * 0.5), lamp, 0.75)
    canvas.glow((x, y - tall * 0.065), (tall * 0.16, tall * 0.16), (255, 255, 240), 0.9)


def _beams(stage: Stage, lamp: Point, tall: float) -> None:
    x, y = lamp
    strength = {"day": 0.12, "dawn": 0.42, "dusk": 0.5, "night": 0.62, "storm": 0.5}[stage.theme.hour]
    swing = 0.12 * stage.wave
    for side, reach in ((-1, tall * 4.2), (1, tall * 2.4)):
        far = x + side * reach
        tilt = -0.10 + side * swing
        corners = [(x, y), (far, y + reach * (tilt - 0.075)), (far, y + reach * (tilt + 0.075))]
        stage.canvas.beam(corners, reach, rgb("fff1c9"), strength)


def _half_turn() -> list[float]:
    return [math.pi * step / 16 for step in range(17)]


def cottage(stage: Stage, foot: Point, wide: float) -> None:
    """A small house with a lit window; ``foot`` is the middle of its base."""
    canvas, (x, y) = stage.canvas, foot
    wall = mix(stage.lit(rgb("e9ded2"), 0.2), stage.palette.shade, 0.22 + 0.3 * stage.palette.night)
    roof = mix(rgb("8c3f39"), stage.palette.shade, 0.35)
    half, tall = wide / 2, wide * 0.42
    canvas.fill([slab(x + wide * 0.24, y - tall * 1.95, x + wide * 0.34, y - tall)], roof)
    canvas.fill([slab(x - half, y - tall, x + half, y + wide * 0.05)], wall)
    eaves = half * 1.12
    gable = [(-eaves, 0.92), (-half * 0.7, 1.72), (half * 0.7, 1.72), (eaves, 0.92)]
    canvas.fill([[(x + dx, y - tall * up) for dx, up in gable]], roof)
    pane = wide * 0.065
    panes = [slab(x + s * wide - pane, y - tall * 0.66, x + s * wide + pane, y - tall * 0.3) for s in (-0.26, 0.26)]
    canvas.fill(panes, rgb("ffd98a"))
    door = slab(x - wide * 0.06, y - tall * 0.6, x + wide * 0.06, y + wide * 0.05)
    canvas.fill([door], mix(roof, (0, 0, 0), 0.35))
    for s in (-0.26, 0.26):
        canvas.glow((x + s * wide, y - tall * 0.48), (wide * 0.3, wide * 0.3), rgb("ffcf7a"), 0.5)
