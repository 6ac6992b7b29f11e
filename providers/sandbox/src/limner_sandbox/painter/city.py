"""A skyline, window by window."""

from __future__ import annotations

from typing import TYPE_CHECKING

from limner_sandbox.painter.canvas import Shade
from limner_sandbox.painter.color import mix, rgb
from limner_sandbox.painter.stage import lucky

if TYPE_CHECKING:
    from random import Random

    from limner_sandbox.painter.canvas import Point
    from limner_sandbox.painter.stage import Stage


Block = tuple[float, float, float, float]
"""A building: its left side, the ground it stands on, its width and its height."""


def skyline(stage: Stage, near: float, tall: float) -> None:
    """One row of towers at a distance; ``tall`` is the highest, in thousandths of the shorter side."""
    rng, unit, line = stage.rng(f"towers{near}"), stage.unit, stage.horizon
    tone = stage.at_depth(stage.ground, near)
    towers: list[list[Point]] = []
    windows: list[list[Point]] = []
    masts = []
    x = -20 * unit
    while x < stage.width:
        wide = rng.uniform(26, 74) * unit * (0.7 + 0.6 * near)
        middle = 1 - abs((x + wide / 2) / stage.width - 0.5 - 0.1 * stage.side) * 1.5
        high = tall * unit * rng.uniform(0.25, 1.0) * max(middle, 0.3)
        block = (x, line, wide, high)
        towers.append(_tower(rng, block))
        if lucky(rng, 0.3) and high > 0.5 * tall * unit:
            masts.append(([(x + wide / 2, line - high), (x + wide / 2, line - high * 1.16)], 2.0 * unit))
        windows += _windows(rng, block, unit * (0.75 + 0.5 * near))
        x += wide * rng.uniform(0.9, 1.15)
    canvas = stage.canvas
    canvas.fill(towers, Shade(line - tall * unit, line, tone, mix(tone, stage.palette.haze, 0.4 * (1 - near))))
    canvas.strokes(masts, tone)
    share = {"day": 0.3, "dawn": 0.6}.get(stage.theme.hour, 1.0)
    warm, cool = rgb("ffd58a"), stage.theme.tint or rgb("9fd8ff")
    canvas.fill(windows[::3], warm, share * (0.5 + 0.5 * near))
    canvas.fill(windows[1::3], mix(warm, cool, 0.3), share * (0.35 + 0.45 * near))
    canvas.fill(windows[2::9], cool, share * (0.5 + 0.5 * near))


def _tower(rng: Random, block: Block) -> list[Point]:
    """A block, a stepped block or a tapering one."""
    x, line, wide, high = block
    top = line - high
    kind = rng.randrange(3)
    crown = {
        0: [(x, top), (x + wide, top)],
        1: [(x, top + high * 0.12), (x + wide * 0.2, top + high * 0.12), (x + wide * 0.2, top),
            (x + wide * 0.8, top), (x + wide * 0.8, top + high * 0.12), (x + wide, top + high * 0.12)],
        2: [(x, top + high * 0.1), (x + wide * 0.5, top), (x + wide, top + high * 0.1)],
    }[kind]  # fmt: skip
    return [(x, line + 2), *crown, (x + wide, line + 2)]


def _windows(rng: Random, block: Block, unit: float) -> list[list[Point]]:
    """Lit windows, on a grid, here and there."""
    x, line, wide, high = block
    step_x, step_y = 8.5 * unit, 11 * unit
    panes = []
    for column in range(int((wide - 6 * unit) / step_x)):
        for row in range(int((high * 0.84) / step_y)):
            if lucky(rng, 0.34):
                left, low = x + 5 * unit + column * step_x, line - 8 * unit - row * step_y
                panes.append(
                    [
                        (left, low),
                        (left + 4.4 * unit, low),
                        (left + 4.4 * unit, low - 5.6 * unit),
                        (left, low - 5.6 * unit),
                    ]
                )
    return panes
