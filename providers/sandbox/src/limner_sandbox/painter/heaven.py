"""Everything above the horizon: the sky, its light, its clouds, its stars."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from limner_sandbox.painter.canvas import CloudLook
from limner_sandbox.painter.color import mix

if TYPE_CHECKING:
    from limner_sandbox.painter.canvas import Speck
    from limner_sandbox.painter.stage import Stage

BRIGHT = 0.55
"""Stars larger than this have a halo."""


def heaven(stage: Stage) -> None:
    """The sky of the stage's hour."""
    stage.canvas.sky(stage.palette.sky, stage.horizon)
    if stage.palette.stars:
        stars(stage)
    if stage.palette.aurora:
        _aurora(stage)
    if "planet" in stage.theme.subjects:
        _planet(stage)
    _high_clouds(stage)
    _light(stage)
    _low_clouds(stage)
    _shine(stage)


def stars(stage: Stage) -> None:
    """Stars above the horizon, as many as the hour has."""
    rng, unit = stage.rng("stars"), stage.unit
    ratio = stage.width * stage.horizon / (1e6 * unit * unit)
    small: list[Speck] = []
    bright: list[Speck] = []
    for _ in range(round(230 * stage.palette.stars * max(ratio, 0.5))):
        x, y = rng.uniform(0, stage.width), stage.horizon * 0.85 * rng.random() ** 1.3
        twinkle = 0.75 + 0.25 * math.sin(2 * math.pi * (stage.phase + rng.random()))
        size, fade = rng.random() ** 6, 1 - y / stage.horizon
        shown = twinkle * (0.3 + 0.7 * rng.random()) * fade * (0.4 + 0.6 * stage.palette.stars)
        (bright if size > BRIGHT else small).append((x, y, (0.7 + 1.5 * size) * unit, (0.7 + 1.5 * size) * unit, shown))
    stage.canvas.specks(small, (232, 238, 255))
    stage.canvas.specks(bright, (255, 248, 232))
    for x, y, rx, _, shown in bright:
        stage.canvas.glow((x, y), (rx * 6, rx * 6), (220, 230, 255), 0.35 * shown)


def _aurora(stage: Stage) -> None:
    rng, unit = stage.rng("aurora"), stage.unit
    color = stage.palette.aurora
    assert color is not None  # noqa: S101 - asked by the caller
    start, speed = rng.uniform(0, 6), rng.uniform(1.2, 2.0)
    for step in range(46):
        share = step / 45
        x = stage.width * (share * 1.1 - 0.05)
        sway = math.sin(speed * 4 * share + start + 0.5 * stage.wave) + 0.4 * math.sin(11 * share + start)
        y = stage.horizon * (0.42 + 0.13 * sway)
        tall = unit * (150 + 130 * math.sin(17 * share + start) ** 2)
        strength = 0.16 + 0.14 * math.sin(9 * share + start + stage.wave) ** 2
        stage.canvas.glow((x, y - tall * 0.4), (unit * 60, tall), color, strength)
        stage.canvas.glow((x, y - tall * 0.9), (unit * 70, tall * 0.9), (150, 120, 230), strength * 0.4)


def _planet(stage: Stage) -> None:
    rng, unit = stage.rng("planet"), stage.unit
    x, y = stage.width * (0.5 - stage.side * rng.uniform(0.12, 0.22)), stage.horizon * rng.uniform(0.3, 0.42)
    radius = unit * rng.uniform(95, 140)
    body = mix(stage.palette.haze, stage.palette.glow, 0.45)
    stage.canvas.glow((x, y), (radius * 2.2, radius * 2.2), body, 0.4)
    stage.canvas.specks([(x, y, radius, radius, 1.0)], mix(body, stage.palette.sky[0][1], 0.35))
    for band in range(5):
        at = -0.7 + band * 0.35 + rng.uniform(-0.05, 0.05)
        wide = math.sqrt(max(1 - at * at, 0)) * radius * 0.97
        stage.canvas.specks([(x, y + at * radius, wide, radius * 0.09, 0.35)], body)
    ring = [(x + math.cos(a) * radius * 2, y + math.sin(a) * radius * 0.42) for a in _arc(-0.35, math.pi + 0.35)]
    stage.canvas.strokes([(ring, radius * 0.07)], mix(body, (255, 255, 255), 0.4), 0.8)


def _arc(start: float, end: float) -> list[float]:
    return [start + (end - start) * step / 48 for step in range(49)]


def _light(stage: Stage) -> None:
    """The sun, or the moon, and the light around it."""
    canvas, palette, unit, at = stage.canvas, stage.palette, stage.unit, stage.light
    if stage.theme.hour == "storm":
        canvas.glow(at, (unit * 620, unit * 420), palette.glow, 0.35)
        return
    low = stage.theme.hour in {"dawn", "dusk"}
    canvas.glow(at, (unit * (1000 if low else 700), unit * (560 if low else 700)), palette.glow, 0.7 if low else 0.45)
    canvas.glow(at, (unit * 330, unit * 330), palette.glow, 0.75)
    radius = unit * (46 if low else 40)
    if palette.night:
        _moon(stage, radius)
        return
    canvas.glow(at, (radius * 3.2, radius * 3.2), palette.sun, 0.9)
    canvas.specks([(*at, radius, radius, 1.0)], palette.sun)


def _shine(stage: Stage) -> None:
    """The light that comes through the clouds in front of it."""
    if stage.theme.hour != "storm":
        radius = stage.unit * 150
        stage.canvas.glow(stage.light, (radius, radius), stage.palette.sun, 0.55)
        stage.canvas.glow(stage.light, (radius * 3, radius * 2.2), stage.palette.glow, 0.4)


def _moon(stage: Stage, radius: float) -> None:
    (x, y), palette, rng = stage.light, stage.palette, stage.rng("moon")
    stage.canvas.specks([(x, y, radius, radius, 1.0)], palette.sun)
    shadow = mix(palette.sun, palette.haze, 0.35)
    seas = [(rng.uniform(-0.5, 0.4), rng.uniform(-0.5, 0.5), rng.uniform(0.12, 0.3)) for _ in range(6)]
    spots = [(x + dx * radius, y + dy * radius, size * radius, size * radius * 0.85, 0.4) for dx, dy, size in seas]
    stage.canvas.specks(spots, shadow)


def _high_clouds(stage: Stage) -> None:
    """Thin bands high up, streaked by the wind."""
    rng, palette = stage.rng("cirrus"), stage.palette
    cover = {"storm": 0.7, "night": 0.4}.get(stage.theme.hour, rng.uniform(0.44, 0.56))
    box = (0.0, -stage.horizon * 0.1, stage.width, stage.horizon * 0.75)
    look = CloudLook((2, 7), cover, 0.42, 0.012 * stage.wave)
    stage.canvas.clouds("cirrus", box, mix(palette.cloud, palette.sky[2][1], 0.2), look)


def _low_clouds(stage: Stage) -> None:
    """Banks near the horizon, dark above and lit from below while the light is low."""
    rng, palette = stage.rng("cumulus"), stage.palette
    low = stage.theme.hour in {"dawn", "dusk"}
    cover = {"storm": 0.75, "night": 0.42}.get(stage.theme.hour, rng.uniform(0.42, 0.52))
    top, bottom = stage.horizon * rng.uniform(0.2, 0.32), stage.horizon * 1.04
    look = CloudLook((4, 5), cover, 0.62, 0.02 * stage.wave)
    offset = stage.unit * (10 if low else -12)
    stage.canvas.clouds("cumulus", (0, top, stage.width, bottom), palette.cloud_shade, look)
    lit = CloudLook((4, 5), cover - 0.05, 0.85, 0.02 * stage.wave)
    stage.canvas.clouds("cumulus", (0, top + offset, stage.width, bottom + offset), palette.cloud, lit)
