"""The light of pictures that come from outside: which hour they show, and the same picture at another."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

from PIL import Image, ImageStat

from limner_sandbox.painter.color import mix

if TYPE_CHECKING:
    from random import Random

    from limner_sandbox.painter.color import Color
    from limner_sandbox.painter.palettes import Palette

DARK, WARM = 64, 1.22
"""Below this luminance it is night; with so much more red than blue the sun is low."""
GREENS = (28, 125)
"""Hues, 0-255."""
DIM = 1.7
"""How much darker the middle tones of a picture get at night."""


def hour_of(picture: Image.Image) -> str:
    """The hour that an RGB picture seems to show."""
    red, green, blue = ImageStat.Stat(picture.resize((32, 32), Image.Resampling.BOX)).mean
    if 0.3 * red + 0.59 * green + 0.11 * blue < DARK:
        return "night"
    return "dusk" if red > WARM * (blue + 1) else "day"


def relit(picture: Image.Image, palette: Palette, strength: float) -> Image.Image:
    """An RGB picture in the light of a palette: its darks go to the shade, its lights to the glow.

    Args:
        picture: The picture.
        palette: The light.
        strength: 0-1: how much of its own colors it loses.
    """
    middle = mix(palette.shade, palette.haze, 0.55)
    stops = ((0, palette.shade), (95, middle), (165, palette.haze), (220, palette.glow), (255, palette.sun))
    gamma = DIM if palette.night else 1.0
    level = picture.convert("L").point([round(255 * (value / 255) ** gamma) for value in range(256)])
    return Image.blend(picture, toned(level, stops), strength)


def toned(level: Image.Image, stops: tuple[tuple[int, Color], ...]) -> Image.Image:
    """A gray picture in colors, from stops over 0-255."""
    ramp = [
        mix(first, second, (value - start) / (end - start))
        for (start, first), (end, second) in pairwise(stops)
        for value in range(start, end)
    ]
    ramp.append(stops[-1][1])
    return Image.merge("RGB", [level.point([color[channel] for color in ramp]) for channel in range(3)])


def turned(picture: Image.Image, hue: float, saturation: float) -> Image.Image:
    """An RGB picture with its hues turned (1 is a full turn) and its saturation multiplied."""
    h, s, v = picture.convert("HSV").split()
    h = h.point([round(value + hue * 256) % 256 for value in range(256)])
    s = s.point([min(round(value * saturation), 255) for value in range(256)])
    return Image.merge("HSV", (h, s, v)).convert("RGB")


def withered(picture: Image.Image) -> Image.Image:
    """An RGB picture whose greens have become the colors of leaves in autumn."""
    h, s, v = picture.convert("HSV").split()
    h = h.point([round(12 + (value - 28) * 0.14) if GREENS[0] <= value <= GREENS[1] else value for value in range(256)])
    s = s.point([min(round(value * 1.3 + 8), 255) for value in range(256)])
    return Image.merge("HSV", (h, s, v)).convert("RGB")


def grain(rng: Random, size: tuple[int, int], cell: int = 1) -> Image.Image:
    """Gray noise, in patches of so many pixels."""
    small = (max(size[0] // cell, 2), max(size[1] // cell, 2))
    noise = Image.frombytes("L", small, rng.randbytes(small[0] * small[1]))
    return noise if small == size else noise.resize(size, Image.Resampling.BICUBIC)
