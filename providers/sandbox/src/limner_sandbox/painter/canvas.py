"""What a scene is painted on: the few strokes every scene is made of, in raster and in vector form.

Coordinates are pixels of the final picture, y downwards; opacity and strength are 0-1.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from attrs import frozen

if TYPE_CHECKING:
    from collections.abc import Sequence

    from limner_sandbox.painter.color import Color

Point = tuple[float, float]
Speck = tuple[float, float, float, float, float]
"""An ellipse: its middle, its two radii, its opacity."""
Line = tuple["Sequence[Point]", float]
"""A line's points, and its width."""


@frozen
class Shade:
    """A vertical gradient between two heights."""

    top: float
    bottom: float
    first: Color
    second: Color


class Canvas(Protocol):
    """Where strokes go. Later ones cover earlier ones."""

    width: int
    height: int

    def sky(self, stops: Sequence[tuple[float, Color]], bottom: float) -> None:
        """A vertical gradient from the top edge to ``bottom``, then its last color."""

    def fill(self, shapes: Sequence[Sequence[Point]], paint: Color | Shade, opacity: float = 1.0) -> None:
        """Polygons, in one coat."""

    def specks(self, specks: Sequence[Speck], color: Color) -> None:
        """Ellipses, in one coat."""

    def strokes(self, lines: Sequence[Line], color: Color, opacity: float = 1.0) -> None:
        """Lines, each with its width, in one coat."""

    def glow(self, at: Point, radius: tuple[float, float], color: Color, strength: float) -> None:
        """Light that fades from the middle to nothing."""

    def mist(self, top: float, bottom: float, color: Color, opacity: float) -> None:
        """A band as wide as the picture, densest in its middle, nothing at its edges."""

    def clouds(self, name: str, box: tuple[float, float, float, float], color: Color, look: CloudLook) -> None:
        """A field of clouds inside ``(left, top, right, bottom)``; ``name`` seeds it."""

    def beam(self, corners: Sequence[Point], reach: float, color: Color, strength: float) -> None:
        """A beam of light from the first corner, fading over ``reach``."""

    def mirror(self, line: float, tint: Color, calm: float, phase: float) -> None:
        """Everything above ``line`` upside down below it, in water of the color ``tint``; ``calm`` 1 is a lake."""


@frozen
class CloudLook:
    """How a field of clouds looks: the finest cells across and down, its cover (0-1), its opacity and its drift."""

    cells: tuple[int, int]
    cover: float
    opacity: float
    drift: float = 0.0
    """How far it has drifted, as a share of the picture's width."""
