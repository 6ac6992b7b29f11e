"""A whole picture: heaven, place, subjects, in that order."""

from __future__ import annotations

from typing import TYPE_CHECKING

from limner_sandbox.painter import buildings, subjects
from limner_sandbox.painter.heaven import heaven
from limner_sandbox.painter.places import PLACES, Spots
from limner_sandbox.painter.stage import Stage, lucky

if TYPE_CHECKING:
    from limner_sandbox.painter.canvas import Canvas
    from limner_sandbox.painter.theme import Theme


def compose(canvas: Canvas, theme: Theme, phase: float = 0.0) -> Stage:
    """Paint a theme on a canvas.

    Args:
        canvas: Where to paint; its measures decide the composition's.
        theme: What to paint.
        phase: The moment within an animation, 0 to just below 1; everything moves in a loop.

    Returns:
        The stage, whose palette the finishing touches need.
    """
    stage = Stage.set(canvas, theme, phase)
    heaven(stage)
    spots = PLACES[theme.place](stage)
    _stand(stage, spots)
    _afloat(stage, spots)
    _aloft(stage)
    return stage


def _stand(stage: Stage, spots: Spots) -> None:
    unit, asked = stage.unit, stage.theme.subjects
    free = list(spots.stand)
    if "tree" in asked:
        subjects.broadleaf(stage, free[-1], 300 * unit)
    if "lighthouse" in asked:
        if len(free) > 1 and "house" not in asked and "tree" not in asked:
            buildings.cottage(stage, free[1], 92 * unit)
        buildings.lighthouse(stage, free[0], 350 * unit)
    if "house" in asked:
        buildings.cottage(stage, free[-1], 150 * unit)
    if "cat" in asked:
        subjects.cat(stage, spots.near, 260 * unit)


def _afloat(stage: Stage, spots: Spots) -> None:
    asked, chance = stage.theme.subjects, stage.rng("boat")
    by_chance = stage.theme.place == "sea" and lucky(chance, 0.6)
    if spots.float and ("boat" in asked or by_chance):
        named = "boat" in asked and "lighthouse" not in asked
        subjects.sailboat(stage, spots.float, (210 if named else 84) * stage.unit)


def _aloft(stage: Stage) -> None:
    asked, unit, rng = stage.theme.subjects, stage.unit, stage.rng("aloft")
    if "balloon" in asked:
        for hue, (dx, y, tall) in enumerate(((-0.14, 0.44, 330.0), (0.12, 0.26, 150.0), (0.3, 0.56, 96.0))):
            subjects.balloon(stage, (stage.width * (0.5 + dx * stage.side * -1), stage.horizon * y), tall * unit, hue)
    if "birds" in asked or (not stage.palette.night and lucky(rng, 0.5)):
        subjects.birds(stage, 14 if "birds" in asked else 6)
