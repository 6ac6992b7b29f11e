"""Several pictures in one: the others lie on the first, as photographic prints on a table."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from PIL import Image, ImageFilter, ImageOps

if TYPE_CHECKING:
    from collections.abc import Sequence
    from random import Random

PAPER = (252, 250, 245)


def laid_on(picture: Image.Image, others: Sequence[Image.Image], box: tuple[int, int, int, int], rng: Random) -> None:
    """Lay pictures on an RGB picture, which is changed.

    Args:
        picture: What they lie on.
        others: The pictures.
        box: Where there is room, in pixels.
        rng: How neatly they lie.
    """
    left, top, right, bottom = box
    wide, high = right - left, bottom - top

    def room(rows: int) -> float:
        return min(wide / (math.ceil(len(others) / rows) + 0.15), high / (rows + 0.1))

    rows = max(range(1, len(others) + 1), key=room)
    across, cell = math.ceil(len(others) / rows), room(rows)
    for index, other in enumerate(others):
        row, column = divmod(index, across)
        here = min(across, len(others) - row * across)
        x = (left + right) / 2 + (column - (here - 1) / 2) * cell
        y = bottom - cell * 0.58 - (rows - 1 - row) * cell
        _lay(picture, _print(other, max(round(cell * 0.82), 6)), (x, y), rng)


def _print(other: Image.Image, side: int) -> Image.Image:
    """A print: the picture in a white frame, broader below."""
    rim = max(round(side * 0.05), 1)
    shown = (side - 2 * rim, max(round(side * 0.92) - 3 * rim, 1))
    flat = Image.new("RGBA", other.size, (*PAPER, 255))
    flat.alpha_composite(other.convert("RGBA"))
    paper = Image.new("RGB", (side, shown[1] + 4 * rim), PAPER)
    paper.paste(ImageOps.fit(flat.convert("RGB"), shown, Image.Resampling.LANCZOS), (rim, rim))
    return paper


def _lay(picture: Image.Image, paper: Image.Image, middle: tuple[float, float], rng: Random) -> None:
    """One print, turned a little, with its shadow."""
    soft = max(paper.width / 34, 0.8)
    gap = math.ceil(soft * 4)
    sheet = Image.new("RGBA", (paper.width + 2 * gap, paper.height + 2 * gap), (*PAPER, 0))
    sheet.paste(paper, (gap, gap))
    alpha = Image.new("L", sheet.size)
    alpha.paste(255, (gap, gap, gap + paper.width, gap + paper.height))
    sheet.putalpha(alpha)
    sheet = sheet.rotate(rng.uniform(-7, 7), Image.Resampling.BICUBIC, expand=True)
    corner = round(middle[0] - sheet.width / 2), round(middle[1] - sheet.height / 2)
    shadow = sheet.getchannel("A").filter(ImageFilter.GaussianBlur(soft)).point([v // 2 for v in range(256)])
    under = (corner[0] + round(soft * 0.6), corner[1] + round(soft * 1.1))
    picture.paste((18, 14, 22), (*under, under[0] + sheet.width, under[1] + sheet.height), shadow)
    picture.paste(sheet, corner, sheet)
