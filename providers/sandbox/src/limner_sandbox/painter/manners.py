"""The manners in which a picture can be painted again: watercolor, pencil, a print ..."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from PIL import Image, ImageChops, ImageEnhance, ImageFilter, ImageMath, ImageOps

from limner_sandbox.painter.light import grain, toned
from limner_sandbox.painter.mosaic import mosaic

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from random import Random

PAPER = (250, 246, 238)
RELIEF = 0.32
"""How much of the canvas shows; in small pictures less."""
PALETTE_SIZE = (96, 96)
"""A picture of this size is enough to choose colors from, and quick to look at."""
WORDS: Mapping[str, str] = {
    "watercolor": "watercolor watercolour aquarelle gouache wash",
    "pencil": "pencil sketch drawing charcoal graphite line",
    "comic": "comic comics cartoon ink manga anime",
    "pixels": "pixel pixels pixelated pixelart voxel arcade",
    "vintage": "vintage sepia retro antique old polaroid nostalgic",
    "poster": "poster screenprint pop linocut woodcut stencil print",
    "mosaic": "mosaic glass stained polygon polygons origami tiles",
    "mono": "mono monochrome grayscale greyscale noir",
}


def manner_of(prompt: str) -> str | None:
    """The manner that a prompt names, if it names one."""
    words = set(re.findall(r"[a-z]+", re.sub(r"black[ -]and[ -]white", "monochrome", prompt.lower())))
    return next((manner for manner, names in WORDS.items() if words & set(names.split())), None)


def painted(picture: Image.Image, manner: str | None, rng: Random) -> Image.Image:
    """An RGB picture, painted again; without a manner in oil."""
    return _MANNERS.get(manner or "", _oil)(picture, rng)


def _oil(picture: Image.Image, rng: Random) -> Image.Image:
    """Broad strokes on canvas."""
    strokes = _smoothed(picture, 2)
    strokes = ImageEnhance.Color(strokes.filter(ImageFilter.UnsharpMask(_unit(picture, 6), 130, 2))).enhance(1.16)
    relief = ImageChops.blend(grain(rng, picture.size), grain(rng, picture.size, 3), 0.6).filter(ImageFilter.EMBOSS)
    return ImageChops.blend(
        strokes,
        ImageChops.overlay(strokes, Image.merge("RGB", (relief,) * 3)),
        RELIEF * min(min(picture.size) / 500, 1),
    )


def _watercolor(picture: Image.Image, rng: Random) -> Image.Image:
    """Pale washes with darker rims, on paper that stays bare around them."""
    wash = ImageEnhance.Color(_smoothed(picture, 2.2)).enhance(1.3)
    wash = wash.filter(ImageFilter.UnsharpMask(max(_unit(picture, 5), 1), 160, 3))
    wash = Image.blend(wash, Image.new("RGB", picture.size, PAPER), 0.2)
    rims = ImageOps.invert(_edges(wash).point([min(value * 2, 120) for value in range(256)]))
    wash = ImageChops.multiply(wash, Image.merge("RGB", (rims,) * 3))
    blots = grain(rng, picture.size, max(round(_unit(picture, 60)), 2))
    wash = ImageChops.soft_light(wash, Image.merge("RGB", (blots.point([96 + v // 4 for v in range(256)]),) * 3))
    paper = grain(rng, picture.size, 2).point([236 + value // 14 for value in range(256)])
    wash = ImageChops.multiply(wash, Image.merge("RGB", (paper,) * 3))
    return Image.composite(wash, Image.new("RGB", picture.size, PAPER), _ragged(picture.size, rng))


def _ragged(size: tuple[int, int], rng: Random) -> Image.Image:
    """Full in the middle, nothing at the edges, and the brush decides where it ends."""
    short = min(size)
    inner = Image.new("L", size)
    gap = short // 22
    inner.paste(255, (gap, gap, max(size[0] - gap, gap + 1), max(size[1] - gap, gap + 1)))
    inner = inner.filter(ImageFilter.GaussianBlur(short / 34))
    wobble = grain(rng, size, max(short // 28, 2)).point([value // 2 for value in range(256)])
    return ImageChops.subtract(inner, wobble).point([min(max(value - 40, 0) * 6, 255) for value in range(256)])


def _pencil(picture: Image.Image, rng: Random) -> Image.Image:
    """Graphite on paper: what is darker than its surroundings, and some hatching."""
    level = ImageOps.autocontrast(picture.convert("L"), cutoff=1)
    around = level.filter(ImageFilter.GaussianBlur(max(_unit(picture, 9), 1)))
    lines = ImageMath.lambda_eval(
        lambda given: given["convert"](given["min"](given["level"] * 255 / (given["around"] + 1), 255), "L"),
        level=level,
        around=around,
    )
    lines = lines.point([round(255 * (value / 255) ** 2.2) for value in range(256)])
    shade = level.point([min(96 + value * 7 // 10, 255) for value in range(256)])
    hatch = grain(rng, picture.size).filter(ImageFilter.GaussianBlur(0.6)).point([214 + v // 6 for v in range(256)])
    level = ImageChops.multiply(ImageChops.multiply(lines, shade), hatch)
    return toned(level, ((0, (38, 38, 44)), (255, PAPER)))


def _comic(picture: Image.Image, _: Random) -> Image.Image:
    """Flat colors and ink."""
    flat = ImageEnhance.Brightness(ImageEnhance.Color(_smoothed(picture, 2)).enhance(1.5)).enhance(1.1)
    flat = _few(flat, 16).filter(ImageFilter.MedianFilter(5))
    ink = _edges(_smoothed(picture, 1.5)).point([min(max(value - 13, 0) * 9, 255) for value in range(256)])
    return Image.composite(Image.new("RGB", picture.size, (24, 22, 30)), flat, ink)


def _pixels(picture: Image.Image, _: Random) -> Image.Image:
    """Large square pixels in few colors."""
    cell = max(min(picture.size) // 90, 2)
    small = picture.resize((max(picture.width // cell, 1), max(picture.height // cell, 1)), Image.Resampling.BOX)
    return _few(ImageEnhance.Color(small).enhance(1.3), 32).resize(picture.size, Image.Resampling.NEAREST)


def _vintage(picture: Image.Image, rng: Random) -> Image.Image:
    """A faded print of long ago."""
    level = ImageOps.autocontrast(picture.convert("L"), cutoff=0.5)
    sepia = toned(level, ((0, (52, 34, 26)), (110, (138, 102, 72)), (200, (222, 194, 150)), (255, (248, 234, 206))))
    corners = Image.radial_gradient("L").point([max(value - 110, 0) for value in range(256)]).resize(picture.size)
    sepia.paste((40, 24, 18), None, corners)
    dust = grain(rng, picture.size).point([244 + value // 24 for value in range(256)])
    return ImageChops.multiply(sepia, Image.merge("RGB", (dust,) * 3))


def _poster(picture: Image.Image, _: Random) -> Image.Image:
    """A screen print: a handful of strong colors with clean edges."""
    strong = ImageEnhance.Contrast(ImageEnhance.Color(_smoothed(picture, 1.5)).enhance(1.7)).enhance(1.15)
    return _few(strong, 9).filter(ImageFilter.MedianFilter(5))


def _mono(picture: Image.Image, rng: Random) -> Image.Image:
    """Black and white film."""
    level = ImageEnhance.Contrast(ImageOps.autocontrast(picture.convert("L"), cutoff=1)).enhance(1.15)
    film = grain(rng, picture.size).point([238 + value // 15 for value in range(256)])
    return ImageChops.multiply(level, film).convert("RGB")


def _smoothed(picture: Image.Image, thousandths: float) -> Image.Image:
    """The picture without its small detail."""
    cell = max(_unit(picture, thousandths), 1.0)
    small = (max(round(picture.width / cell), 8), max(round(picture.height / cell), 8))
    few = picture.resize(small, Image.Resampling.BOX).filter(ImageFilter.MedianFilter(5))
    return few.resize(picture.size, Image.Resampling.BICUBIC)


def _few(picture: Image.Image, colors: int) -> Image.Image:
    """The picture in its most telling colors."""
    small = picture.resize(PALETTE_SIZE, Image.Resampling.NEAREST).quantize(colors, kmeans=2)
    return picture.quantize(palette=small, dither=Image.Dither.NONE).convert("RGB")


def _edges(picture: Image.Image) -> Image.Image:
    """Where the luminance changes; the frame is no edge."""
    level = picture.convert("L").filter(ImageFilter.GaussianBlur(1))
    found = level.filter(ImageFilter.FIND_EDGES)
    framed = Image.new("L", picture.size)
    framed.paste(found.crop((2, 2, max(picture.width - 2, 3), max(picture.height - 2, 3))), (2, 2))
    return framed


def _unit(picture: Image.Image, thousandths: float) -> float:
    return thousandths * min(picture.size) / 1000


_MANNERS: Mapping[str, Callable[[Image.Image, Random], Image.Image]] = {
    "watercolor": _watercolor,
    "pencil": _pencil,
    "comic": _comic,
    "pixels": _pixels,
    "vintage": _vintage,
    "poster": _poster,
    "mosaic": mosaic,
    "mono": _mono,
}
