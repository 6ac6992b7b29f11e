"""A picture cut out: the scene in an oval frame, on nothing at all."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from PIL import Image, ImageDraw, ImageFilter

from limner_sandbox.painter.color import mix, rgb
from limner_sandbox.painter.composition import compose
from limner_sandbox.painter.raster import RasterCanvas

if TYPE_CHECKING:
    from limner_sandbox.painter.color import Color
    from limner_sandbox.painter.theme import Theme

SMOOTH = 3
"""The frame is drawn this many times larger, and averaged down."""
BEADS = 72


def emblem(theme: Theme, size: tuple[int, int]) -> Image.Image:
    """The theme as a medallion whose surroundings, the corners among them, are fully transparent.

    Args:
        theme: What to paint.
        size: Width and height in pixels.

    Returns:
        An RGBA image.
    """
    canvas = RasterCanvas(*medal_size(size), theme.seed)
    stage = compose(canvas, theme)
    return mounted(canvas.finish(stage.palette.shade), size, stage.palette.glow, stage.palette.shade)


def medal_size(size: tuple[int, int]) -> tuple[int, int]:
    """How large the medallion of a picture is."""
    short = min(size)
    wide, high = (min(round(short * 0.88 * min(side / short, 1.25)), side) for side in size)
    return wide, high


def mounted(scene: Image.Image, size: tuple[int, int], glow: Color, shade: Color) -> Image.Image:
    """A scene as a medallion, in the light it has.

    Args:
        scene: An RGB picture as large as :func:`medal_size` says.
        size: Width and height of the whole in pixels.
        glow: What lights the metal.
        shade: What darkens it.

    Returns:
        An RGBA image.
    """
    (wide, high), short = scene.size, min(size)
    rim = short * 0.034
    metal = mix(rgb("d9b25f"), glow, 0.25)
    outer, inner, line = (_oval((wide, high), inset) for inset in (0.0, rim, rim * 0.86))
    medal = Image.new("RGB", (wide, high), mix(metal, shade, 0.15))
    sheen = Image.linear_gradient("L").resize((wide, high))
    medal.paste(mix(metal, shade, 0.55), (0, 0, wide, high), sheen)
    _beads(medal, rim, mix(metal, (255, 255, 255), 0.55), shade)
    medal.paste(shade, (0, 0, wide, high), line)
    medal.paste(scene, (0, 0), inner)
    medal.putalpha(outer)
    corner = (size[0] - wide) // 2, (size[1] - high) // 2
    return _on_nothing(medal, size, corner, short)


def _oval(size: tuple[int, int], inset: float) -> Image.Image:
    mask = Image.new("L", (size[0] * SMOOTH, size[1] * SMOOTH))
    gap = inset * SMOOTH
    ImageDraw.Draw(mask).ellipse((gap, gap, mask.width - 1 - gap, mask.height - 1 - gap), fill=255)
    return mask.reduce(SMOOTH)


def _beads(medal: Image.Image, rim: float, bright: tuple[int, int, int], dark: tuple[int, int, int]) -> None:
    """Little pearls around the rim, each with its shadow."""
    wide, high = medal.size
    for color, shift in ((dark, 0.12), (bright, -0.06)):
        mask = Image.new("L", (wide * SMOOTH, high * SMOOTH))
        pen = ImageDraw.Draw(mask)
        for bead in range(BEADS):
            angle = math.tau * bead / BEADS
            x = wide / 2 + math.cos(angle) * (wide / 2 - rim * 0.45)
            y = high / 2 + math.sin(angle) * (high / 2 - rim * 0.45) + rim * shift
            reach = rim * 0.2
            pen.ellipse([SMOOTH * v for v in (x - reach, y - reach, x + reach, y + reach)], fill=190)
        medal.paste(color, (0, 0, wide, high), mask.reduce(SMOOTH))


def _on_nothing(medal: Image.Image, size: tuple[int, int], corner: tuple[int, int], short: int) -> Image.Image:
    """The medal with a soft shadow, on a transparent ground."""
    shadow = Image.new("L", size)
    shadow.paste(
        medal.getchannel("A").point([value * 0.4 for value in range(256)]), (corner[0], corner[1] + short // 120)
    )
    picture = Image.new("RGBA", size, (0, 0, 0, 0))
    picture.putalpha(shadow.filter(ImageFilter.GaussianBlur(short / 90)))
    picture.alpha_composite(medal, corner)
    return picture
