"""Pictures painted from pictures: edits, with a mask or of the whole, and variations.

Outside of a mask every pixel stays what it is. Without one the first picture is painted again: in the manner, the
light and the season that the prompt names, with what it names put into it; other pictures lie on it as prints.
"""

from __future__ import annotations

import math
from random import Random
from typing import TYPE_CHECKING

from attrs import evolve, frozen
from PIL import Image, ImageChops, ImageFilter, ImageOps, ImageStat

from limner_sandbox.painter import region
from limner_sandbox.painter.emblem import emblem, medal_size, mounted
from limner_sandbox.painter.heaven import stars
from limner_sandbox.painter.light import hour_of, relit, toned, turned, withered
from limner_sandbox.painter.manners import manner_of, painted
from limner_sandbox.painter.palettes import palette_for
from limner_sandbox.painter.prints import laid_on
from limner_sandbox.painter.raster import RasterCanvas
from limner_sandbox.painter.stage import Stage
from limner_sandbox.painter.theme import HOURS, PLACES, SEASONS, named, pointed_at, read

if TYPE_CHECKING:
    from limner_sandbox.painter import Commission
    from limner_sandbox.painter.sources import Sources
    from limner_sandbox.painter.theme import Theme

WIDE = 0.3
"""The share of a picture from which on a masked part is a landscape of its own."""
SWAY = 0.015
"""How far the view moves in an animation, as a share of its measures."""
ROOM = 0.42
"""The share of a picture's height, from below, on which prints lie."""


@frozen(kw_only=True)
class Task:
    """One picture to be made from pictures."""

    commission: Commission
    sources: Sources
    theme: Theme
    phase: float
    """The moment within an animation, 0 to just below 1."""

    def rng(self, name: str) -> Random:
        """Chance for one part of the work."""
        return Random(f"{self.theme.seed}:{name}")  # noqa: S311 - a picture, not a secret


def retouched(commission: Commission, sources: Sources, size: tuple[int, int], phase: float = 0.0) -> Image.Image:
    """A picture from pictures.

    Args:
        commission: What is asked.
        sources: The pictures.
        size: How large to work; the result is as large as the commission says.
        phase: The moment within an animation.

    Returns:
        RGB, or RGBA where some of it may be transparent.
    """
    full = (commission.width, commission.height)
    base = _fitted(sources.first, full)
    theme = read(f"{commission.prompt}\0{int(sources.digest, 16)}", commission.variation)
    theme = evolve(theme, hour=named(commission.prompt, HOURS) or hour_of(base.convert("RGB")))
    task = Task(commission=commission, sources=sources, theme=theme, phase=phase)
    if base.mode == "RGBA" and not commission.transparent:
        base = _grounded(base, theme)
    work = base if size == full else base.resize(size, Image.Resampling.BICUBIC)
    if sources.vary:
        return _sized(_varied(work.convert("RGB"), task), full)
    if sources.mask is None:
        return _sized(_whole(work, task), full)
    hole = _fitted(sources.mask, full, Image.Resampling.NEAREST)
    small = hole if size == full else hole.resize(size, Image.Resampling.NEAREST)
    part = _sized(_part(work, small, task), full)
    if commission.transparent:
        base = base.convert("RGBA")
    return Image.composite(part.convert(base.mode), base, hole)


def _fitted(
    picture: Image.Image, size: tuple[int, int], how: Image.Resampling = Image.Resampling.LANCZOS
) -> Image.Image:
    """The picture in another size; what does not fit its shape is cut off at both ends."""
    return picture if picture.size == size else ImageOps.fit(picture, size, how)


def _sized(picture: Image.Image, size: tuple[int, int]) -> Image.Image:
    return picture if picture.size == size else picture.resize(size, Image.Resampling.BICUBIC)


def _grounded(picture: Image.Image, theme: Theme) -> Image.Image:
    """An RGBA picture in front of the landscape that the theme asks for."""
    behind = region.scene(region.without_subjects(theme), picture.size)
    behind.paste(picture.convert("RGB"), (0, 0), picture.getchannel("A"))
    return behind


def _whole(work: Image.Image, task: Task) -> Image.Image:
    """The first picture, painted again as the prompt says."""
    sources, theme = task.sources, task.theme
    picture = work.convert("RGB")
    if work.mode == "RGBA":
        nothing = work.getchannel("A").point([255, *[0] * 255])
        picture = region.filled(picture, nothing, task.rng("fill"))
    new = region.without(theme, pointed_at(task.commission.prompt) if sources.markup is None else ())
    if region.paintable(new):
        picture = _placed(picture, evolve(task, theme=new))
    picture = _restyled(picture, task)
    if task.commission.format == "gif":
        picture = _swayed(picture, task.phase)
    if sources.others:
        box = (0, round(picture.height * (1 - ROOM)), picture.width, picture.height)
        others = [_restyled(other, task) if other.mode == "RGB" else other for other in sources.others]
        laid_on(picture, others, box, task.rng("prints"))
    if not task.commission.transparent:
        return picture
    if work.mode == "RGBA" and sources.clear:
        picture.putalpha(work.getchannel("A"))
        return picture
    palette = palette_for(theme.hour, task.rng("palette"))
    return mounted(ImageOps.fit(picture, medal_size(picture.size)), picture.size, palette.glow, palette.shade)


def _swayed(picture: Image.Image, phase: float) -> Image.Image:
    """A picture as someone sees it who is not standing quite still."""
    turn, (wide, high) = 2 * math.pi * phase, picture.size
    left, top = wide * SWAY * (1 + math.cos(turn)), high * SWAY * (1 + math.sin(turn))
    box = (left, top, left + wide * (1 - 2 * SWAY), top + high * (1 - 2 * SWAY))
    return picture.resize(picture.size, Image.Resampling.BICUBIC, box=box)


def _restyled(picture: Image.Image, task: Task) -> Image.Image:
    """A picture in the light, the season and the manner that the prompt names; in oil if it names none of them."""
    prompt = task.commission.prompt
    manner, hour, season = manner_of(prompt), named(prompt, HOURS), named(prompt, SEASONS)
    again = picture
    if hour:
        again = relit(again, palette_for(hour, task.rng("palette")), 0.62)
    if hour == "night":
        again = _starred(again, task)
    if season:
        again = _weathered(again, season, task)
    if manner or not (hour or season):
        again = painted(again, manner, task.rng("manner"))
    return Image.blend(picture, again, 0.6) if task.sources.faithful else again


def _starred(picture: Image.Image, task: Task) -> Image.Image:
    """A picture with stars where it is smooth and high up, which is often sky."""
    canvas = RasterCanvas(picture.width, picture.height, task.theme.seed)
    stars(Stage.set(canvas, task.theme, task.phase))
    level = picture.convert("L").filter(ImageFilter.GaussianBlur(2))
    rough = level.filter(ImageFilter.FIND_EDGES).point([255 if value > 5 else 0 for value in range(256)])  # noqa: PLR2004 - of 255
    smooth = ImageOps.invert(rough.filter(ImageFilter.BoxBlur(max(min(picture.size) // 90, 1))))
    smooth = smooth.point([max(value - 200, 0) * 4 for value in range(256)])
    return ImageChops.screen(picture, ImageChops.multiply(canvas.image, Image.merge("RGB", (smooth,) * 3)))


def _weathered(picture: Image.Image, season: str, task: Task) -> Image.Image:
    """A picture in another season: what grows changes its color, and in winter it snows."""
    if season == "autumn":
        return withered(picture)
    picture = turned(picture, 0.0, {"spring": 1.25, "summer": 1.35, "winter": 0.4}[season])
    if season != "winter":
        return picture
    level = picture.convert("L").point([round(255 * (value / 255) ** 0.8) for value in range(256)])
    picture = Image.blend(
        picture, toned(level, ((0, (28, 38, 62)), (140, (158, 176, 204)), (255, (252, 252, 255)))), 0.6
    )
    canvas = RasterCanvas(picture.width, picture.height, task.theme.seed)
    canvas.image = picture
    rng, unit = task.rng("snow"), min(picture.size) / 1000
    flakes = []
    for _ in range(420):
        x, y = rng.random() * picture.width, (rng.random() + task.phase) % 1 * picture.height
        size = unit * rng.uniform(1.2, 4.6)
        flakes.append((x, y, size, size, rng.uniform(0.35, 0.95)))
    canvas.specks(flakes, (255, 255, 255))
    return canvas.image


def _placed(picture: Image.Image, task: Task) -> Image.Image:
    """The prompt's subjects in a picture: where the markup points, or somewhere aside."""
    markup = task.sources.markup
    box = _fitted(markup, picture.size).getchannel("A").getbbox() if markup else None
    if box is None:
        return region.populated(picture, task.theme, task.phase, snug=False)
    picture.paste(region.populated(picture.crop(box), task.theme, task.phase, snug=True), box)
    return picture


def _part(work: Image.Image, hole: Image.Image, task: Task) -> Image.Image:
    """The picture with what is inside of the hole painted anew; what is outside may change too."""
    box = hole.getbbox()
    if box is None:
        return work
    size = (box[2] - box[0], box[3] - box[1])
    if task.commission.transparent:
        return _cut_out(work, size, box, task)
    theme, prompt = task.theme, task.commission.prompt
    around = region.filled(work.convert("RGB"), hole, task.rng("fill"))
    share = ImageStat.Stat(hole).mean[0] / 255
    landscape = bool(named(prompt, HOURS) or named(prompt, PLACES) or "planet" in theme.subjects)
    again = around
    alone = not region.paintable(theme) and not task.sources.others
    if alone or (landscape and share >= WIDE):
        again = region.scene(region.without_subjects(theme), work.size, task.phase)
    if region.paintable(theme):
        again = again.copy()
        again.paste(region.populated(again.crop(box), theme, task.phase, snug=True), box)
    if task.sources.others:
        laid_on(again, task.sources.others, box, task.rng("prints"))
    return Image.composite(again, around, region.seam(hole))


def _cut_out(work: Image.Image, size: tuple[int, int], box: tuple[int, int, int, int], task: Task) -> Image.Image:
    """A medallion on nothing, in place of the part."""
    picture = Image.new("RGBA", work.size, (0, 0, 0, 0))
    enough = (max(size[0], region.LEAST), max(size[1], region.LEAST))
    picture.paste(_sized(emblem(task.theme, enough), size), box)
    return picture


def _varied(picture: Image.Image, task: Task) -> Image.Image:
    """Another version of a picture: mirrored, moved closer, in other light and other colors."""
    rng = task.rng("vary")
    near = rng.uniform(0.84, 0.94)
    wide, high = picture.width * near, picture.height * near
    left, top = (picture.width - wide) * rng.random(), (picture.height - high) * rng.random()
    picture = ImageOps.mirror(picture).resize(
        picture.size, Image.Resampling.BICUBIC, box=(left, top, left + wide, top + high)
    )
    picture = turned(picture, rng.choice((-1, 1)) * rng.uniform(0.015, 0.045), rng.uniform(0.95, 1.15))
    hours = [hour for hour in ("dawn", "day", "dusk", "storm") if hour != task.theme.hour]
    picture = relit(picture, palette_for(rng.choice(hours), rng), rng.uniform(0.28, 0.42))
    return Image.blend(picture, painted(picture, None, rng), 0.5)
