"""The canvas of pixels: Pillow's strokes, smoothed by drawing masks larger than they are laid."""

from __future__ import annotations

import math
from itertools import pairwise
from random import Random
from typing import TYPE_CHECKING

from PIL import Image, ImageChops, ImageDraw, ImageFilter

from limner_sandbox.painter.canvas import CloudLook, Line, Point, Shade, Speck
from limner_sandbox.painter.color import mix

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from limner_sandbox.painter.color import Color

FINE = 4
"""Masks are drawn this many times larger, and averaged down."""
COARSE = 3
"""The same for masks as large as the picture."""

Box = tuple[int, int, int, int]


class RasterCanvas:
    """A picture in the making. Not for several threads at once."""

    def __init__(self, width: int, height: int, seed: str) -> None:
        self.width = width
        self.height = height
        self.seed = seed
        self.image = Image.new("RGB", (width, height))

    def sky(self, stops: Sequence[tuple[float, Color]], bottom: float) -> None:
        """A vertical gradient from the top edge to ``bottom``, then its last color."""
        self.image.paste(stops[-1][1], (0, 0, self.width, self.height))
        for (start, first), (end, second) in pairwise(stops):
            top, low = round(start * bottom), round(end * bottom)
            if low > top:
                self.image.paste(_ramp((self.width, low - top), first, second), (0, top))

    def fill(self, shapes: Sequence[Sequence[Point]], paint: Color | Shade, opacity: float = 1.0) -> None:
        """Polygons, in one coat."""
        points = [point for shape in shapes for point in shape]
        box = self._box(points, 1.0)
        if box is None:
            return

        def draw(pen: ImageDraw.ImageDraw, scale: int, level: int) -> None:
            for shape in shapes:
                pen.polygon([((x - box[0]) * scale, (y - box[1]) * scale) for x, y in shape], fill=level)

        self._lay(paint, box, draw, opacity)

    def specks(self, specks: Sequence[Speck], color: Color) -> None:
        """Ellipses, in one coat."""
        corners = [(x + side * rx, y + side * ry) for x, y, rx, ry, _ in specks for side in (-1, 1)]
        box = self._box(corners, 1.0)
        if box is None:
            return

        def draw(pen: ImageDraw.ImageDraw, scale: int, _: int) -> None:
            for x, y, rx, ry, alpha in specks:
                left, top = (x - rx - box[0]) * scale, (y - ry - box[1]) * scale
                oval = (left, top, left + max(2 * rx * scale, 1), top + max(2 * ry * scale, 1))
                pen.ellipse(oval, fill=round(alpha * 255))

        self._lay(color, box, draw, 1.0)

    def strokes(self, lines: Sequence[Line], color: Color, opacity: float = 1.0) -> None:
        """Lines, each with its width, in one coat."""
        widest = max((width for _, width in lines), default=0.0)
        box = self._box([point for points, _ in lines for point in points], widest + 1)
        if box is None:
            return

        def draw(pen: ImageDraw.ImageDraw, scale: int, level: int) -> None:
            for points, width in lines:
                path = [((x - box[0]) * scale, (y - box[1]) * scale) for x, y in points]
                pen.line(path, fill=level, width=max(round(width * scale), 1), joint="curve")

        self._lay(color, box, draw, opacity)

    def glow(self, at: Point, radius: tuple[float, float], color: Color, strength: float) -> None:
        """Light that fades from the middle to nothing."""
        wide, high = max(round(radius[0] * 2), 2), max(round(radius[1] * 2), 2)
        light = ImageChops.invert(Image.radial_gradient("L")).point([_fall(v) * strength for v in range(256)])
        corner = round(at[0] - wide / 2), round(at[1] - high / 2)
        self._paste(color, light.resize((wide, high), Image.Resampling.BILINEAR), corner)

    def mist(self, top: float, bottom: float, color: Color, opacity: float) -> None:
        """A band as wide as the picture, densest in its middle, nothing at its edges."""
        high = max(round(bottom - top), 2)
        column = Image.new("L", (1, high))
        column.putdata([round(255 * opacity * math.sin(math.pi * (row + 0.5) / high) ** 2) for row in range(high)])
        self._paste(color, column.resize((self.width, high), Image.Resampling.NEAREST), (0, round(top)))

    def clouds(self, name: str, box: tuple[float, float, float, float], color: Color, look: CloudLook) -> None:
        """A field of clouds inside ``(left, top, right, bottom)``; ``name`` seeds it."""
        left, top, right, bottom = (round(side) for side in box)
        size = (right - left, bottom - top)
        small = (max(size[0] // 3, 8), max(size[1] // 3, 8))
        field = _noise(Random(f"{self.seed}:{name}"), small, look.cells)  # noqa: S311 - a picture, not a secret
        if look.drift:
            field = ImageChops.offset(field, round(look.drift * small[0]), 0)
        edge = 255 * (1 - look.cover)
        curve = [_smooth((value - edge) / 70) * 255 * look.opacity for value in range(256)]
        field = ImageChops.multiply(field.point(curve), _lens(small))
        self._paste(color, field.resize(size, Image.Resampling.BICUBIC), (left, top))

    def beam(self, corners: Sequence[Point], reach: float, color: Color, strength: float) -> None:
        """A beam of light from the first corner, fading over ``reach``."""
        soft = max(reach / 140, 0.6)
        box = self._box(corners, soft * 3)
        if box is None:
            return
        size = (box[2] - box[0], box[3] - box[1])
        mask = Image.new("L", size)
        ImageDraw.Draw(mask).polygon([(x - box[0], y - box[1]) for x, y in corners], fill=255)
        mask = mask.filter(ImageFilter.GaussianBlur(soft))
        light = ImageChops.invert(Image.radial_gradient("L")).point([_fall(v) * strength for v in range(256)])
        light = light.resize((round(reach * 2), round(reach * 2)), Image.Resampling.BILINEAR)
        fade = Image.new("L", size)
        fade.paste(light, (round(corners[0][0] - reach) - box[0], round(corners[0][1] - reach) - box[1]))
        self.image.paste(color, box, ImageChops.multiply(mask, fade))

    def mirror(self, line: float, tint: Color, calm: float, phase: float) -> None:
        """Everything above ``line`` upside down below it, in water of the color ``tint``; ``calm`` 1 is a lake."""
        edge = round(line)
        depth = self.height - edge
        source = self.image.crop((0, max(edge - round(depth * 1.15), 0), self.width, edge))
        flipped = source.transpose(Image.Transpose.FLIP_TOP_BOTTOM).resize((self.width, depth))
        flipped = flipped.filter(ImageFilter.BoxBlur((self.width / 220 * (1.2 - calm), 1)))
        water = flipped.copy()
        rng = Random(f"{self.seed}:water")  # noqa: S311 - a picture, not a secret
        row, unit = 0, min(self.width, self.height) / 1000
        while row < depth:
            near = row / depth
            high = max(round((0.6 + 5 * near) * unit * 1.6), 1)
            sway = math.sin(row / unit * 0.35 / (0.4 + near) + 2 * math.pi * phase) + rng.uniform(-0.8, 0.8)
            shift = round(sway * (1 + 11 * near) * unit * (1.15 - calm))
            strip = flipped.crop((0, row, self.width, min(row + high, depth)))
            water.paste(strip, (shift, row))
            row += high
        veil = Image.new("L", (1, depth))
        veil.putdata([round(255 * (0.16 + 0.62 * (y / depth) ** 0.8)) for y in range(depth)])
        water.paste(tint, (0, 0, self.width, depth), veil.resize((self.width, depth)))
        self.image.paste(water, (0, edge))

    def finish(self, shade: Color, *, grain: bool = True) -> Image.Image:
        """The picture with its bloom, its darker corners and its grain."""
        picture = self.image
        small = (max(self.width // 8, 4), max(self.height // 8, 4))
        bloom = picture.resize(small, Image.Resampling.BOX).filter(ImageFilter.GaussianBlur(max(small) / 40))
        bloom = bloom.resize(picture.size, Image.Resampling.BILINEAR)
        picture = Image.blend(picture, ImageChops.screen(picture, bloom), 0.16)
        corners = Image.radial_gradient("L").point([max(value - 130, 0) * 0.62 for value in range(256)])
        picture.paste(mix(shade, (0, 0, 0), 0.4), None, corners.resize(picture.size, Image.Resampling.BILINEAR))
        return _grained(picture) if grain else picture

    def _box(self, points: Sequence[Point], margin: float) -> Box | None:
        """The whole pixels around the points that lie on the canvas, if any do."""
        if not points:
            return None
        box = (
            max(math.floor(min(x for x, _ in points) - margin), 0),
            max(math.floor(min(y for _, y in points) - margin), 0),
            min(math.ceil(max(x for x, _ in points) + margin), self.width),
            min(math.ceil(max(y for _, y in points) + margin), self.height),
        )
        return box if box[2] > box[0] and box[3] > box[1] else None

    def _lay(
        self,
        paint: Color | Shade,
        box: Box,
        draw: Callable[[ImageDraw.ImageDraw, int, int], None],
        opacity: float,
    ) -> None:
        wide, high = box[2] - box[0], box[3] - box[1]
        scale = FINE if wide * high * 4 < self.width * self.height else COARSE
        mask = Image.new("L", (wide * scale, high * scale))
        draw(ImageDraw.Draw(mask), scale, round(opacity * 255))
        self._paste(self._coat(paint, box), mask.reduce(scale), (box[0], box[1]))

    def _coat(self, paint: Color | Shade, box: Box) -> Color | Image.Image:
        if not isinstance(paint, Shade):
            return paint
        span = max(paint.bottom - paint.top, 1e-6)
        first = mix(paint.first, paint.second, (box[1] - paint.top) / span)
        second = mix(paint.first, paint.second, (box[3] - paint.top) / span)
        return _ramp((box[2] - box[0], box[3] - box[1]), first, second)

    def _paste(self, paint: Color | Image.Image, mask: Image.Image, at: tuple[int, int]) -> None:
        """Lay a coat through a mask; what falls off the canvas is lost."""
        if isinstance(paint, Image.Image):
            self.image.paste(paint, at, mask)
        else:
            self.image.paste(paint, (*at, at[0] + mask.width, at[1] + mask.height), mask)


def _ramp(size: tuple[int, int], first: Color, second: Color) -> Image.Image:
    """A vertical gradient."""
    column = Image.new("RGB", (1, size[1]))
    column.putdata([mix(first, second, (row + 0.5) / size[1]) for row in range(size[1])])
    return column.resize(size, Image.Resampling.NEAREST)


def _fall(value: int) -> float:
    """How light falls off, as Pillow's radial gradient, inverted, is 75 where it meets its frame."""
    near = max((value - 75) / 180, 0.0)
    return 255 * near * near


def _smooth(value: float) -> float:
    value = min(max(value, 0.0), 1.0)
    return value * value * (3 - 2 * value)


def _noise(rng: Random, size: tuple[int, int], cells: tuple[int, int]) -> Image.Image:
    """Value noise of six octaves, spread over 0-255; its left and right edges meet."""
    total = Image.new("L", size, 128)
    for octave, weight in enumerate((1.0, 0.34, 0.2, 0.14, 0.09, 0.06)):
        grid = (cells[0] << octave, cells[1] << octave)
        layer = Image.frombytes("L", grid, rng.randbytes(grid[0] * grid[1]))
        ring = Image.new("L", (grid[0] + 4, grid[1]))
        for left in (2 - grid[0], 2, 2 + grid[0]):
            ring.paste(layer, (left, 0))
        part = ring.resize(size, Image.Resampling.BICUBIC, box=(2, 0, 2 + grid[0], grid[1]))
        total = Image.blend(total, part, weight)
    return total.point([min(max((value - 128) * 1.9 + 128, 0), 255) for value in range(256)])


def _lens(size: tuple[int, int]) -> Image.Image:
    """Full in the middle, nothing at the upper and lower edge."""
    column = Image.new("L", (1, size[1]))
    column.putdata([round(255 * math.sin(math.pi * (row + 0.5) / size[1]) ** 0.9) for row in range(size[1])])
    return column.resize(size, Image.Resampling.NEAREST)


def _grained(picture: Image.Image) -> Image.Image:
    """Three levels of grain: it hides the steps of a gradient."""
    tile = Image.frombytes("L", (192, 192), Random(7).randbytes(192 * 192)).point([v * 5 // 256 for v in range(256)])  # noqa: S311 - the same grain for everyone
    grain = Image.new("L", picture.size)
    for x in range(0, picture.width, 192):
        for y in range(0, picture.height, 192):
            grain.paste(tile, (x, y))
    return ImageChops.add(picture, Image.merge("RGB", (grain, grain, grain)), 1.0, -2)
