"""The ground rules of one picture: its measures, its light, its moment."""

from __future__ import annotations

import math
from random import Random
from typing import TYPE_CHECKING

from attrs import frozen

from limner_sandbox.painter.color import Color, mix, rgb, turn
from limner_sandbox.painter.palettes import Palette, palette_for

if TYPE_CHECKING:
    from limner_sandbox.painter.canvas import Canvas, Point
    from limner_sandbox.painter.theme import Theme

GROUNDS = {
    ("hills", "spring"): "7fa34f", ("hills", "summer"): "5f8a46", ("hills", "autumn"): "b0763a",
    ("hills", "winter"): "dfe7f0", ("forest", "spring"): "4f8a55", ("forest", "summer"): "2f6048",
    ("forest", "autumn"): "a85f2c", ("forest", "winter"): "b9c9d6", ("mountains", "winter"): "8a97ad",
    ("mountains", "autumn"): "7d6a63", ("sea", "winter"): "8798a8",
}  # fmt: skip
BARE = {"mountains": "5d6b85", "sea": "56606a", "desert": "cf9358", "city": "39435c", "hills": "5f8a46"}


@frozen
class Stage:
    """What every part of a scene agrees on. Lengths are pixels; ``unit`` is a thousandth of the shorter side."""

    canvas: Canvas
    theme: Theme
    palette: Palette
    phase: float
    """The moment within an animation, 0 to just below 1."""

    @classmethod
    def set(cls, canvas: Canvas, theme: Theme, phase: float = 0.0) -> Stage:
        """The stage for a theme: the light comes from its hour and its seed."""
        return cls(canvas, theme, palette_for(theme.hour, _rng(theme, "palette")), phase)

    @property
    def width(self) -> float:
        """The picture's width."""
        return float(self.canvas.width)

    @property
    def height(self) -> float:
        """The picture's height."""
        return float(self.canvas.height)

    @property
    def unit(self) -> float:
        """A thousandth of the shorter side."""
        return min(self.width, self.height) / 1000

    @property
    def horizon(self) -> float:
        """Where sky and ground meet."""
        return self.height * {"sea": 0.62, "mountains": 0.66, "city": 0.72, "desert": 0.58}.get(self.theme.place, 0.6)

    @property
    def wave(self) -> float:
        """A number that swings from -1 to 1 and back over an animation."""
        return math.sin(2 * math.pi * self.phase)

    @property
    def side(self) -> int:
        """Where the light stands: -1 left, 1 right of the middle."""
        return self.rng("side").choice((-1, 1))

    @property
    def light(self) -> Point:
        """Where the sun or the moon stands now."""
        rng = self.rng("light")
        lift = {"dawn": 0.13, "dusk": 0.12, "day": 0.68, "night": 0.7, "storm": 0.6}[self.theme.hour]
        turn_ = 2 * math.pi * self.phase
        x = self.width * (0.5 + self.side * rng.uniform(0.13, 0.24)) + math.sin(turn_) * 14 * self.unit
        y = self.horizon * (1 - lift + rng.uniform(-0.04, 0.04)) - math.cos(turn_) * 14 * self.unit
        return x, y

    @property
    def ground(self) -> Color:
        """What the ground is made of, before the light falls on it."""
        place, season = self.theme.place, self.theme.season
        base = rgb(GROUNDS.get((place, season), BARE.get(place, "5f8a46")))
        return turn(base, self.rng("ground").uniform(-0.03, 0.03))

    def rng(self, name: str) -> Random:
        """Chance for one part of the scene: adding another part changes nothing here."""
        return _rng(self.theme, name)

    def at_depth(self, color: Color, near: float) -> Color:
        """A color as it looks at a distance: 0 is the horizon, 1 at our feet."""
        hazy = mix(self.palette.haze, color, 0.22 + 0.68 * near)
        return mix(hazy, self.palette.shade, self.palette.darkness * near**1.25)

    def lit(self, color: Color, share: float = 0.35) -> Color:
        """A color with the hour's light on it."""
        return mix(color, self.palette.glow, share)


def lucky(rng: Random, share: float) -> bool:
    """True in this share of cases."""
    return rng.random() < share


def _rng(theme: Theme, name: str) -> Random:
    return Random(f"{theme.seed}:{name}")  # noqa: S311 - a picture, not a secret
