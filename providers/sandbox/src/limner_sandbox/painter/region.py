"""One part of a picture, painted anew so that it belongs to the rest."""

from __future__ import annotations

from typing import TYPE_CHECKING

from attrs import evolve
from PIL import Image, ImageChops, ImageFilter

from limner_sandbox.painter import buildings, subjects
from limner_sandbox.painter.composition import compose
from limner_sandbox.painter.light import grain
from limner_sandbox.painter.raster import RasterCanvas
from limner_sandbox.painter.stage import Stage

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping
    from random import Random

    from limner_sandbox.painter.theme import Theme

LEAST = 16
"""Pixels that a landscape needs across and down."""
SEAM = 0.016
"""How wide the seam is, as a share of the shorter side; it lies inside the part."""


def filled(picture: Image.Image, hole: Image.Image, rng: Random) -> Image.Image:
    """An RGB picture whose hole (255) is filled with what is around it, out of focus."""
    levels = [picture.convert("RGBA")]
    levels[0].putalpha(ImageChops.invert(hole))
    while max(levels[-1].size) > 1:
        size = (-(-levels[-1].width // 2), -(-levels[-1].height // 2))
        levels.append(levels[-1].resize(size, Image.Resampling.BOX))
    whole = levels.pop().convert("RGB")
    for level in reversed(levels):
        whole = whole.resize(level.size, Image.Resampling.BICUBIC)
        known = level.getchannel("A").point([min(value * 4, 255) for value in range(256)])
        whole.paste(level.convert("RGB"), (0, 0), known)
    grains = grain(rng, picture.size).point([124 + value // 32 for value in range(256)])
    return Image.composite(ImageChops.overlay(whole, Image.merge("RGB", (grains,) * 3)), whole, hole)


def seam(hole: Image.Image) -> Image.Image:
    """How much of the new shows: nothing outside of the hole and at its edge, everything further in."""
    soft = hole.filter(ImageFilter.GaussianBlur(max(min(hole.size) * SEAM, 0.8)))
    return ImageChops.multiply(soft.point([min(max(value - 118, 0) * 2, 255) for value in range(256)]), hole)


def scene(theme: Theme, size: tuple[int, int], phase: float = 0.0) -> Image.Image:
    """The theme's landscape."""
    canvas = RasterCanvas(max(size[0], LEAST), max(size[1], LEAST), theme.seed)
    stage = compose(canvas, theme, phase)
    picture = canvas.finish(stage.palette.shade)
    return picture if picture.size == size else picture.resize(size, Image.Resampling.BICUBIC)


def populated(picture: Image.Image, theme: Theme, phase: float, *, snug: bool) -> Image.Image:
    """An RGB picture with the theme's subjects in it.

    Args:
        picture: What they are put into.
        theme: Its subjects, in its light.
        phase: The moment within an animation.
        snug: Whether they fill the picture, instead of standing aside in it.
    """
    canvas = RasterCanvas(picture.width, picture.height, theme.seed)
    canvas.image = picture.copy()
    stage = Stage.set(canvas, theme, phase)
    for index, subject in enumerate(each for each in theme.subjects if each in _PAINTERS):
        aside = 0.0 if snug and index == 0 else (0.24 if index % 2 else -0.24) * stage.side
        _PAINTERS[subject](stage, stage.width * (0.5 + aside), 1.0 if snug else 0.55)
    return canvas.image


def paintable(theme: Theme) -> bool:
    """Whether the theme has subjects that can be put somewhere."""
    return any(subject in _PAINTERS for subject in theme.subjects)


def without_subjects(theme: Theme) -> Theme:
    """The theme's landscape alone; what belongs to its sky stays."""
    return without(theme, _PAINTERS)


def without(theme: Theme, left_out: Collection[str]) -> Theme:
    """The theme with fewer subjects."""
    return evolve(theme, subjects=tuple(subject for subject in theme.subjects if subject not in left_out))


def _reach(stage: Stage) -> float:
    return min(stage.height, stage.width * 1.15)


_PAINTERS: Mapping[str, Callable[[Stage, float, float], None]] = {
    "tree": lambda stage, x, share: subjects.broadleaf(stage, (x, stage.height * 0.95), _reach(stage) * 0.84 * share),
    "lighthouse": lambda stage, x, share: buildings.lighthouse(
        stage, (x, stage.height * 0.96), _reach(stage) * 0.74 * share
    ),
    "house": lambda stage, x, share: buildings.cottage(stage, (x, stage.height * 0.9), _reach(stage) * 0.78 * share),
    "boat": lambda stage, x, share: subjects.sailboat(stage, (x, stage.height * 0.9), _reach(stage) * 0.76 * share),
    "cat": lambda stage, x, share: subjects.cat(stage, (x, stage.height * 0.9), _reach(stage) * 0.72 * share),
    "balloon": lambda stage, x, share: subjects.balloon(
        stage, (x, stage.height * (0.42 if share == 1 else 0.3)), _reach(stage) * 0.84 * share
    ),
    "birds": lambda stage, _, __: subjects.birds(stage, 14),
}
"""Each subject's painter: told the stage, the place across it, and how much of it to fill."""
