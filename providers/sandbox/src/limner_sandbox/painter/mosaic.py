"""A picture in triangles: as pixels, and as a drawing."""

from __future__ import annotations

from random import Random
from typing import TYPE_CHECKING

from PIL import Image, ImageDraw

from limner_sandbox.painter.color import css

if TYPE_CHECKING:
    from collections.abc import Iterator

    from limner_sandbox.painter.canvas import Point
    from limner_sandbox.painter.color import Color

ACROSS = 34
"""Triangle pairs along the longer side."""
SMOOTH = 2


def mosaic(picture: Image.Image, rng: Random) -> Image.Image:
    """An RGB picture as a mosaic of triangles."""
    large = Image.new("RGB", (picture.width * SMOOTH, picture.height * SMOOTH))
    pen = ImageDraw.Draw(large)
    for corners, color in triangles(picture, rng):
        pen.polygon([(x * SMOOTH, y * SMOOTH) for x, y in corners], fill=color, outline=color)
    return large.reduce(SMOOTH)


def drawn(picture: Image.Image, seed: str) -> str:
    """The same as SVG shapes; of an RGBA picture only what is more opaque than not."""
    alpha = picture.getchannel("A") if picture.mode == "RGBA" else None
    shapes = []
    rng = Random(f"{seed}:mosaic")  # noqa: S311 - a picture, not a secret
    for corners, color in triangles(picture.convert("RGB"), rng):
        x, y = (sum(values) / 3 for values in zip(*corners, strict=True))
        if alpha and alpha.getpixel(_within(picture, x, y)) < 128:  # type: ignore[operator]  # noqa: PLR2004 - one channel: a number; half
            continue
        path = "L".join(f"{x:.1f} {y:.1f}" for x, y in corners)
        shapes.append(f'<path d="M{path}Z" fill="{css(color)}" stroke="{css(color)}" stroke-width="0.6"/>')
    return "".join(shapes)


def triangles(picture: Image.Image, rng: Random) -> Iterator[tuple[list[Point], Color]]:
    """Triangles that cover an RGB picture, each with the color it has there."""
    wide, high = picture.size
    cell = max(wide, high) / ACROSS
    columns, rows = max(round(wide / cell), 2), max(round(high / cell), 2)

    def corner(column: int, row: int) -> Point:
        jitter = (rng.uniform(-0.32, 0.32), rng.uniform(-0.32, 0.32))
        x = (column + jitter[0] * (0 < column < columns)) * wide / columns
        y = (row + jitter[1] * (0 < row < rows)) * high / rows
        return x, y

    grid = [[corner(column, row) for column in range(columns + 1)] for row in range(rows + 1)]
    fine = picture.resize((columns * 3, rows * 3), Image.Resampling.BOX)
    for row in range(rows):
        for column in range(columns):
            nw, ne = grid[row][column], grid[row][column + 1]
            sw, se = grid[row + 1][column], grid[row + 1][column + 1]
            for corners in ((nw, ne, sw), (ne, se, sw)) if (row + column) % 2 else ((nw, ne, se), (nw, se, sw)):
                x, y = (sum(values) / 3 for values in zip(*corners, strict=True))
                color = fine.getpixel(_within(fine, x * fine.width / wide, y * fine.height / high))
                yield list(corners), color  # type: ignore[misc]  # an RGB picture has triples


def _within(picture: Image.Image, x: float, y: float) -> tuple[int, int]:
    return min(int(x), picture.width - 1), min(int(y), picture.height - 1)
