"""The canvas of markup: the same strokes as SVG 1.1 shapes and gradients - no scripts, no links, no bitmaps."""

from __future__ import annotations

import math
from random import Random
from typing import TYPE_CHECKING

from limner_sandbox.painter.canvas import CloudLook, Line, Point, Shade, Speck
from limner_sandbox.painter.color import css

if TYPE_CHECKING:
    from collections.abc import Sequence

    from limner_sandbox.painter.color import Color


class VectorCanvas:
    """A drawing in the making."""

    def __init__(self, width: int, height: int, seed: str) -> None:
        self.width = width
        self.height = height
        self.seed = seed
        self._definitions: list[str] = []
        self._shapes: list[str] = []

    def sky(self, stops: Sequence[tuple[float, Color]], bottom: float) -> None:
        """A vertical gradient from the top edge to ``bottom``, then its last color."""
        marks = "".join(f'<stop offset="{offset:.3f}" stop-color="{css(color)}"/>' for offset, color in stops)
        name = self._gradient(f'gradientUnits="userSpaceOnUse" x1="0" y1="0" x2="0" y2="{_n(bottom)}"', marks)
        self._shapes.append(f'<rect width="{self.width}" height="{self.height}" fill="url(#{name})"/>')

    def fill(self, shapes: Sequence[Sequence[Point]], paint: Color | Shade, opacity: float = 1.0) -> None:
        """Polygons, in one coat."""
        path = "".join(f"M{_path(shape)}Z" for shape in shapes if shape)
        if path:
            self._shapes.append(f'<path d="{path}" fill="{self._paint(paint)}"{_faint("opacity", opacity)}/>')

    def specks(self, specks: Sequence[Speck], color: Color) -> None:
        """Ellipses, in one coat."""
        self._ovals(specks, css(color))

    def strokes(self, lines: Sequence[Line], color: Color, opacity: float = 1.0) -> None:
        """Lines, each with its width, in one coat."""
        paths = "".join(f'<path d="M{_path(points)}" stroke-width="{_n(width)}"/>' for points, width in lines)
        look = f'fill="none" stroke="{css(color)}" stroke-linejoin="round"{_faint("opacity", opacity)}'
        self._shapes.append(f"<g {look}>{paths}</g>")

    def glow(self, at: Point, radius: tuple[float, float], color: Color, strength: float) -> None:
        """Light that fades from the middle to nothing."""
        marks = _marks(color, [(far, strength * (1 - far) ** 2) for far in (0, 0.25, 0.5, 0.75, 1)])
        name = self._gradient("", marks, "radial")
        oval = f'cx="{_n(at[0])}" cy="{_n(at[1])}" rx="{_n(radius[0])}" ry="{_n(radius[1])}"'
        self._shapes.append(f'<ellipse {oval} fill="url(#{name})"/>')

    def mist(self, top: float, bottom: float, color: Color, opacity: float) -> None:
        """A band as wide as the picture, densest in its middle, nothing at its edges."""
        shares = [(at, opacity * math.sin(math.pi * at) ** 2) for at in (0, 0.25, 0.5, 0.75, 1)]
        marks = _marks(color, shares)
        name = self._gradient('x1="0" y1="0" x2="0" y2="1"', marks)
        band = f'y="{_n(top)}" width="{self.width}" height="{_n(bottom - top)}"'
        self._shapes.append(f'<rect {band} fill="url(#{name})"/>')

    def clouds(self, name: str, box: tuple[float, float, float, float], color: Color, look: CloudLook) -> None:
        """A field of clouds inside ``(left, top, right, bottom)``; ``name`` seeds it."""
        rng = Random(f"{self.seed}:{name}")  # noqa: S311 - a picture, not a secret
        left, top, right, bottom = box
        wide, high = (right - left) / look.cells[0] / 3, (bottom - top) / look.cells[1] / 5
        puffs: list[Speck] = []
        for _ in range(round(14 * look.cover)):
            x = left + (right - left) * ((rng.random() + look.drift) % 1)
            y = top + (bottom - top) * rng.uniform(0.15, 0.85)
            for _ in range(7):
                size = rng.uniform(0.25, 0.8)
                spot = (x + rng.gauss(0, 0.6) * wide, y + rng.gauss(0, 0.45) * high)
                puffs.append((*spot, wide * size, high * size, 1.0))
        marks = _marks(color, [(0, look.opacity * 0.6), (0.55, look.opacity * 0.42), (1, 0)])
        self._ovals(puffs, f"url(#{self._gradient('', marks, 'radial')})")

    def beam(self, corners: Sequence[Point], reach: float, color: Color, strength: float) -> None:
        """A beam of light from the first corner, fading over ``reach``."""
        (x, y) = corners[0]
        marks = _marks(color, [(far, strength * (1 - far) ** 2) for far in (0, 0.3, 0.6, 1)])
        span = f'gradientUnits="userSpaceOnUse" cx="{_n(x)}" cy="{_n(y)}" r="{_n(reach)}"'
        name = self._gradient(span, marks, "radial")
        self._shapes.append(f'<path d="M{_path(corners)}Z" fill="url(#{name})"/>')

    def mirror(self, line: float, tint: Color, calm: float, phase: float) -> None:
        """Everything above ``line`` upside down below it, in water of the color ``tint``; ``calm`` 1 is a lake."""
        del phase  # a drawing stands still
        above = "".join(self._shapes)
        depth = self.height - line
        self._definitions.append(
            f'<clipPath id="water"><rect y="{_n(line)}" width="{self.width}" height="{_n(depth)}"/></clipPath>'
        )
        veil = self._gradient('x1="0" y1="0" x2="0" y2="1"', _marks(tint, [(0, 0.3 - 0.14 * calm), (1, 0.8)]))
        flip = f"translate(0 {_n(2 * line)}) scale(1 -1)"
        tinted = f'<rect y="{_n(line)}" width="{self.width}" height="{_n(depth)}" fill="url(#{veil})"/>'
        mirrored = f'<g clip-path="url(#water)"><use href="#above" transform="{flip}"/>{tinted}</g>'
        self._shapes = [f'<g id="above">{above}</g>{mirrored}']

    def add(self, shapes: str) -> None:
        """Shapes that were written elsewhere, above what is there."""
        self._shapes.append(shapes)

    def finish(self, title: str) -> str:
        """The document."""
        return (
            f'<svg xmlns="http://www.w3.org/2000/svg" width="{self.width}" height="{self.height}" '
            f'viewBox="0 0 {self.width} {self.height}"><title>{_escape(title)}</title>'
            f"<defs>{''.join(self._definitions)}</defs>{''.join(self._shapes)}</svg>\n"
        )

    def _ovals(self, specks: Sequence[Speck], paint: str) -> None:
        ovals = "".join(
            f'<ellipse cx="{_n(x)}" cy="{_n(y)}" rx="{_n(rx)}" ry="{_n(ry)}"{_faint("opacity", alpha)}/>'
            for x, y, rx, ry, alpha in specks
        )
        self._shapes.append(f'<g fill="{paint}">{ovals}</g>')

    def _gradient(self, span: str, marks: str, kind: str = "linear") -> str:
        name = f"g{len(self._definitions)}"
        self._definitions.append(f'<{kind}Gradient id="{name}" {span}>{marks}</{kind}Gradient>')
        return name

    def _paint(self, paint: Color | Shade) -> str:
        if not isinstance(paint, Shade):
            return css(paint)
        marks = f'<stop stop-color="{css(paint.first)}"/><stop offset="1" stop-color="{css(paint.second)}"/>'
        span = f'gradientUnits="userSpaceOnUse" x1="0" y1="{_n(paint.top)}" x2="0" y2="{_n(paint.bottom)}"'
        return f"url(#{self._gradient(span, marks)})"


def _marks(color: Color, stops: Sequence[tuple[float, float]]) -> str:
    """Stops of one color: how far, how opaque."""
    shown = css(color)
    return "".join(f'<stop offset="{far}" stop-color="{shown}" stop-opacity="{share:.3f}"/>' for far, share in stops)


def _n(value: float) -> str:
    return f"{value:.1f}".removesuffix(".0")


def _path(points: Sequence[Point]) -> str:
    return "L".join(f"{_n(x)} {_n(y)}" for x, y in points)


def _faint(name: str, share: float) -> str:
    return "" if share >= 1 else f' {name}="{max(share, 0):.2f}"'


def _escape(text: str) -> str:
    """The text as XML content; what XML cannot carry is left out."""
    legal = "".join(c for c in text if c >= " " and not "\ud800" <= c <= "\udfff" and c not in "\ufffe\uffff")
    return legal.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
