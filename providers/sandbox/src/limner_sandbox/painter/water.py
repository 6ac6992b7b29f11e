"""Light on water."""

from __future__ import annotations

from typing import TYPE_CHECKING

from limner_sandbox.painter.color import Color, mix
from limner_sandbox.painter.stage import lucky

if TYPE_CHECKING:
    from limner_sandbox.painter.canvas import Speck
    from limner_sandbox.painter.stage import Stage


def tint(stage: Stage) -> Color:
    """The water's own color: the sky's, darker."""
    return mix(mix(stage.palette.sky[0][1], stage.palette.shade, 0.35), stage.palette.haze, 0.12)


def glitter(stage: Stage) -> None:
    """The light's path over the water."""
    rng, unit, line = stage.rng("glitter"), stage.unit, stage.horizon
    x, depth = stage.light[0], stage.height - stage.horizon
    warm: list[Speck] = []
    hot: list[Speck] = []
    for _ in range(330):
        near = rng.random() ** 1.7
        at = x + rng.gauss(0, 0.45) * (16 + 150 * near) * unit
        size = (4 + 26 * near) * unit * rng.uniform(0.4, 1.2)
        shine = (1 - 0.75 * near) * rng.uniform(0.25, 0.95)
        speck = (at, line + 3 * unit + near * depth * 0.96, size, (0.7 + 2.1 * near) * unit, shine)
        (hot if lucky(rng, 0.3) else warm).append(speck)
    stage.canvas.glow((x, line + depth * 0.1), (unit * 210, depth * 0.85), stage.palette.glow, 0.5)
    stage.canvas.specks(warm, stage.palette.glow)
    stage.canvas.specks(hot, stage.palette.sun)


def waves(stage: Stage, count: int = 260) -> None:
    """Crests and troughs, wider towards the eye."""
    rng, unit, line = stage.rng("waves"), stage.unit, stage.horizon
    depth = stage.height - line
    light: list[Speck] = []
    dark: list[Speck] = []
    for _ in range(count):
        near = rng.random() ** 0.8
        size = (10 + 90 * near) * unit * rng.uniform(0.4, 1.3)
        at = rng.uniform(-0.05, 1.05) * stage.width + 20 * unit * stage.wave * near
        mark = (at, line + 6 * unit + near * depth, size, (0.6 + 2.4 * near) * unit, rng.uniform(0.08, 0.3))
        rng.choice((light, dark)).append(mark)
    stage.canvas.specks(dark, mix(tint(stage), stage.palette.shade, 0.5))
    stage.canvas.specks(light, mix(stage.palette.haze, stage.palette.cloud, 0.4))
