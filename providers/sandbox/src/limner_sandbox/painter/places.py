"""The places: what lies below the horizon. Each returns where subjects may stand and float."""

from __future__ import annotations

from typing import TYPE_CHECKING

from attrs import frozen

from limner_sandbox.painter import coast, water
from limner_sandbox.painter.canvas import Shade
from limner_sandbox.painter.city import skyline
from limner_sandbox.painter.color import mix, rgb, turn
from limner_sandbox.painter.stage import lucky
from limner_sandbox.painter.subjects import broadleaf
from limner_sandbox.painter.terrain import closed, height_at, lee, peaks, pine, rolling

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from limner_sandbox.painter.canvas import Point
    from limner_sandbox.painter.stage import Stage


@frozen
class Spots:
    """Where a place has room."""

    stand: tuple[Point, ...]
    """Firm ground, the best first."""
    near: Point
    """Firm ground close to the eye."""
    float: Point | None = None
    """Open water."""


@frozen
class Grove:
    """Conifers along a ridge: how many, how tall (in thousandths of the shorter side), how near."""

    name: str
    count: int
    least: float
    most: float
    near: float
    gap: float = 0.0
    """The share of the width, in the middle, that stays free."""


LONGEST_SHADOW = 12
"""Steps of a ridge that one peak shades."""
FOLDS = range(6)
"""Of land, in hills."""
ROWS = range(5)
"""Of trees, in a forest."""
STANDING = {"lighthouse", "house", "cat", "tree"}


def sea(stage: Stage) -> Spots:
    """Open water with distant land, and a shore where something has to stand."""
    unit, canvas, line = stage.unit, stage.canvas, stage.horizon
    rng = stage.rng("islands")
    for near, swing in ((0.05, 46.0), (0.16, 34.0)):
        ridge = rolling(rng, stage.width, line + 16 * unit, swing * unit, 1.1)
        far = stage.at_depth(stage.ground, near)
        haze = Shade(line - swing * 2 * unit, line, far, mix(far, stage.palette.haze, 0.5))
        canvas.fill([closed(ridge, line + 2 * unit)], haze)
    canvas.mirror(line, water.tint(stage), 0.25, stage.phase)
    canvas.mist(line - 34 * unit, line + 30 * unit, stage.palette.haze, 0.5)
    water.glitter(stage)
    water.waves(stage)
    afloat = (stage.width * (0.5 + 0.06 * stage.side), line + 38 * unit)
    if not STANDING & set(stage.theme.subjects):
        near_by = (stage.width * (0.5 - 0.2 * stage.side), stage.height * 0.93)
        return Spots((near_by,), near_by, (stage.width * (0.5 - 0.14 * stage.side), line + 120 * unit))
    side = -stage.side
    top = coast.headland(stage, side)
    coast.cliffs(stage, top, side)
    edge = top[-1][0]
    reach = abs(edge - top[0][0])
    at = [edge - side * reach * share for share in (0.52, 0.22)]
    spots = tuple((x, height_at(sorted(top), x) + 5 * unit) for x in at)
    return Spots(spots, (edge - side * reach * 0.3, stage.height * 0.86), afloat)


def mountains(stage: Stage) -> Spots:
    """Ranges behind a lake, pines on its banks."""
    unit, canvas, line = stage.unit, stage.canvas, stage.horizon
    rng = stage.rng("ranges")
    for near, swing, base, snow in ((0.06, 300.0, 0.0, True), (0.24, 380.0, 2.0, True), (0.42, 190.0, 3.0, False)):
        ridge = peaks(rng, stage.width, line + base * unit, swing * unit)
        _range(stage, ridge, near, snow=snow)
        canvas.mist(line - 150 * unit, line + 30 * unit, stage.palette.haze, 0.42 - 0.4 * near)
    bank = rolling(rng, stage.width, line - 14 * unit, 12 * unit, 2.4)
    _pines(stage, bank, Grove("far-pines", 90, 20, 46, 0.5))
    canvas.fill([closed(bank, line + 2 * unit)], stage.at_depth(stage.ground, 0.55))
    canvas.mirror(line, water.tint(stage), 0.86, stage.phase)
    canvas.mist(line - 26 * unit, line + 26 * unit, stage.palette.haze, 0.45)
    water.waves(stage, 90)
    near_bank = rolling(stage.rng("bank"), stage.width, stage.height - 40 * unit, 46 * unit, 1.0)
    near_bank = [(x, y + 60 * unit * (1 - abs(x / stage.width * 2 - 1) ** 1.5)) for x, y in near_bank]
    _pines(stage, near_bank, Grove("near-pines", 16, 150, 420, 1.0, gap=0.42))
    deep = stage.at_depth(stage.ground, 1.0)
    canvas.fill(
        [closed(near_bank, stage.height + unit)],
        Shade(stage.height - 120 * unit, stage.height, deep, stage.palette.shade),
    )
    x = stage.width * (0.5 - 0.24 * stage.side)
    foot = (x, height_at(near_bank, x) + 4 * unit)
    return Spots((foot,), foot, (stage.width * (0.5 + 0.05 * stage.side), line + 66 * unit))


def _range(stage: Stage, ridge: list[Point], near: float, *, snow: bool) -> None:
    """One range: its rock, its snow and the sides the light does not reach."""
    unit, canvas, line = stage.unit, stage.canvas, stage.horizon
    rock = stage.at_depth(stage.ground, near)
    top = min(y for _, y in ridge)
    canvas.fill([closed(ridge, line + 4 * unit)], Shade(top, line, rock, mix(rock, stage.palette.haze, 0.55)))
    if snow:
        rng = stage.rng(f"snow{near}")
        limit = top + (line - top) * (0.95 if stage.theme.season == "winter" else 0.55)
        depth = [rng.uniform(0.2, 0.85) for _ in ridge]
        depth = [
            (2 * a + b + c) / 4 for a, b, c in zip(depth, depth[1:] + depth[:1], depth[-1:] + depth[:-1], strict=True)
        ]
        low = [(x, y + max(limit - y, 0) * deep) for (x, y), deep in zip(ridge, depth, strict=True)]
        white = stage.lit(mix(rgb("f6f7fb"), stage.palette.haze, 0.25 + 0.3 * (1 - near)), 0.2)
        white = mix(white, stage.palette.shade, 0.4 if stage.palette.night else 0.0)
        canvas.fill([[*ridge, *reversed(low)]], white, 0.9)
    side, shadows = stage.side, []
    tops = [
        i for i in range(2, len(ridge) - 2) if ridge[i][1] <= min(ridge[i - 1][1], ridge[i + 1][1], ridge[i - 2][1])
    ]
    for i in tops:
        run, j = [ridge[i]], i
        while 0 < j < len(ridge) - 1 and len(run) < LONGEST_SHADOW and ridge[j - side][1] >= ridge[j][1] - 2 * unit:
            j -= side
            run.append(ridge[j])
        drop = (line - ridge[i][1]) * 0.62
        spine = [(ridge[i][0] + side * drop * lean, ridge[i][1] + drop * down)
                 for lean, down in ((-0.10, 1.0), (0.06, 0.68), (-0.04, 0.5), (0.05, 0.26))]  # fmt: skip
        shadows.append([*run, (run[-1][0], run[-1][1] + drop * 0.35), *spine])
    canvas.fill(shadows, mix(stage.palette.shade, stage.palette.cloud_shade, 0.5), 0.3)


def _pines(stage: Stage, ridge: list[Point], grove: Grove) -> None:
    """Conifers along a ridge, taller towards the edges where there is a gap in the middle."""
    rng, unit, gap = stage.rng(grove.name), stage.unit, grove.gap
    trees = []
    for _ in range(grove.count):
        share = (
            rng.random() if not gap else rng.choice((-1, 1)) * (gap / 2 + (0.52 - gap / 2) * rng.random() ** 0.7) + 0.5
        )
        edge = abs(share * 2 - 1) if gap else 1.0
        x = share * stage.width
        size = (grove.least + (grove.most - grove.least) * rng.random() * edge**1.5) * unit
        trees.append(pine(rng, (x, height_at(ridge, min(max(x, 0), stage.width)) + 6 * unit), size))
    tone = stage.at_depth(mix(stage.ground, rgb("2c5244"), 0.75), grove.near)
    base = max(y for _, y in ridge)
    canvas_top = base - grove.most * unit
    stage.canvas.fill(trees, Shade(canvas_top, base + 10 * unit, tone, mix(tone, stage.palette.shade, 0.35)))


def hills(stage: Stage) -> Spots:
    """Rolling country, fold behind fold."""
    unit, canvas, line = stage.unit, stage.canvas, stage.horizon
    rng = stage.rng("folds")
    ridge: list[Point] = []
    for fold in FOLDS:
        near = fold / FOLDS[-1]
        base = line + 50 * unit * (fold - 1.2) + (stage.height - line) * 0.34 * near**1.7
        ridge = rolling(rng, stage.width, base, (70 - 30 * near) * unit, 1.5 - 0.7 * near)
        tone = stage.at_depth(turn(stage.ground, rng.uniform(-0.025, 0.025)), 0.08 + 0.72 * near)
        if fold > 0:
            canvas.mist(base - 90 * unit, base + 60 * unit, stage.palette.haze, 0.5 * (1 - near))
        lit = stage.lit(tone, 0.42 - 0.2 * near)
        low = mix(tone, stage.palette.shade, 0.1 + 0.38 * near)
        end = base + (130 + 330 * near) * unit
        if fold < FOLDS[-1]:
            _copses(stage, ridge, near, fold)
        canvas.fill([closed(ridge, stage.height + unit)], Shade(base - 80 * unit, end, lit, low))
        canvas.strokes([(ridge, (1.2 + near) * unit)], stage.lit(lit, 0.5), 0.45)
    flowers(stage, ridge)
    spots = [(stage.width * (0.5 + dx * stage.side), 0.0) for dx in (-0.2, 0.14)]
    first, second = ((x, height_at(ridge, x) + 16 * unit) for x, _ in spots)
    return Spots((first, second), (first[0], max(first[1], stage.height * 0.9)))


def _copses(stage: Stage, ridge: list[Point], near: float, fold: int) -> None:
    """Groups of trees along a fold, conifers and others."""
    rng, unit = stage.rng(f"copse{fold}"), stage.unit
    tone = stage.at_depth(mix(stage.ground, rgb("2f5340"), 0.65), 0.12 + 0.78 * near)
    conifers, crowns, trunks = [], [], []
    for _ in range(3):
        x0, spread = rng.uniform(0.0, 1.0) * stage.width, rng.uniform(20, 60) * unit * (0.6 + near)
        for _ in range(rng.randrange(4, 11)):
            x = min(max(x0 + rng.gauss(0, 1) * spread, 0), stage.width)
            foot, tall = (x, height_at(ridge, x) + 5 * unit), (24 + 62 * near) * unit * rng.uniform(0.6, 1.2)
            if lucky(rng, 0.6):
                conifers.append(pine(rng, foot, tall))
                continue
            trunks.append(([foot, (x, foot[1] - tall * 0.5)], tall * 0.07))
            crowns += [(x + dx * tall, foot[1] - tall * up, tall * size, tall * size * 0.95, 1.0)
                       for dx, up, size in ((0.0, 0.7, 0.26), (-0.16, 0.52, 0.19), (0.17, 0.54, 0.18))]  # fmt: skip
    stage.canvas.strokes(trunks, mix(tone, stage.palette.shade, 0.3))
    stage.canvas.fill(conifers, tone)
    stage.canvas.specks(crowns, mix(tone, stage.ground, 0.15))


def flowers(stage: Stage, ridge: list[Point]) -> None:
    """Blades and blossoms on the nearest ground."""
    rng, unit = stage.rng("flowers"), stage.unit
    blades, blooms = [], []
    for _ in range(520):
        x, near = rng.uniform(0, stage.width), rng.random() ** 0.8
        ground = height_at(ridge, x)
        y = ground + (stage.height + 10 * unit - ground) * near
        tall = (4 + 26 * near) * unit * rng.uniform(0.6, 1.4)
        lean = rng.uniform(-0.4, 0.4) + 0.08 * stage.wave
        blades.append(
            ([(x, y), (x + lean * tall * 0.5, y - tall * 0.7), (x + lean * tall, y - tall)], (0.8 + 1.4 * near) * unit)
        )
        if lucky(rng, 0.3):
            size = (1.2 + 3.4 * near) * unit
            blooms.append((x + lean * tall, y - tall, size, size * 0.85, 0.85))
    tone = stage.at_depth(stage.ground, 0.95)
    stage.canvas.strokes(blades[::2], mix(tone, stage.palette.shade, 0.35), 0.7)
    stage.canvas.strokes(blades[1::2], stage.lit(mix(tone, stage.ground, 0.35), 0.3), 0.6)
    petals = stage.theme.tint or rng.choice((rgb("f3c7d2"), rgb("f5e2a8"), rgb("e9806b"), rgb("c9b3ee")))
    stage.canvas.specks(blooms[::2], mix(stage.lit(petals, 0.2), stage.palette.shade, 0.15))
    stage.canvas.specks(blooms[1::2], mix(mix(petals, (255, 255, 255), 0.5), stage.palette.shade, 0.15))


def forest(stage: Stage) -> Spots:
    """Conifers, row before row, with mist between the rows."""
    unit, canvas, line = stage.unit, stage.canvas, stage.horizon
    rng = stage.rng("rows")
    back = peaks(rng, stage.width, line + 20 * unit, 200 * unit)
    _range(stage, back, 0.1, snow=stage.theme.season == "winter")
    ridge = back
    for row in ROWS:
        near = (row + 1) / len(ROWS)
        base = line + (stage.height - line) * (0.06 + 0.8 * near**1.5)
        ridge = rolling(rng, stage.width, base, 40 * unit, 1.4)
        low, high = 34 + 110 * near**2, 74 + 280 * near**2
        gap = 0.0 if row < len(ROWS) - 2 else 0.3
        _pines(stage, ridge, Grove(f"row{row}", round(150 - 110 * near), low, high, 0.12 + 0.85 * near, gap))
        tone = stage.at_depth(mix(stage.ground, rgb("2c5244"), 0.6), 0.12 + 0.85 * near)
        canvas.fill(
            [closed(ridge, stage.height + unit)],
            Shade(base - 30 * unit, stage.height, tone, mix(tone, stage.palette.shade, 0.4)),
        )
        canvas.mist(base - 60 * unit, base + 90 * unit, stage.palette.haze, 0.62 * (1 - 0.8 * near))
    x = stage.width * (0.5 - 0.05 * stage.side)
    foot = (x, height_at(ridge, x) + 14 * unit)
    return Spots((foot,), (x, foot[1] + 40 * unit))


def desert(stage: Stage) -> Spots:
    """Dunes with sharp crests: one side lit, the other not."""
    unit, canvas, line = stage.unit, stage.canvas, stage.horizon
    rng = stage.rng("dunes")
    mesa = peaks(rng, stage.width, line + 10 * unit, 110 * unit, 0.4)
    far = stage.at_depth(stage.ground, 0.1)
    canvas.fill(
        [closed(mesa, line + 30 * unit)], Shade(line - 120 * unit, line, far, mix(far, stage.palette.haze, 0.6))
    )
    ridge = mesa
    for dune in range(5):
        near = dune / 4
        base = line + 10 * unit + (stage.height - line) * (0.05 + 0.72 * near**1.25)
        ridge = rolling(rng, stage.width, base, (40 + 44 * near) * unit, 1.5 - 0.7 * near)
        tone = stage.at_depth(stage.ground, 0.15 + 0.5 * near)
        canvas.fill(
            [closed(ridge, stage.height + unit)],
            Shade(base - 80 * unit, base + 260 * unit, stage.lit(tone, 0.42), mix(tone, stage.palette.shade, 0.15)),
        )
        canvas.fill(lee(ridge, stage.side, (80 + 200 * near) * unit), mix(tone, stage.palette.shade, 0.6), 0.45)
        canvas.strokes([(ridge, (1.2 + 1.6 * near) * unit)], stage.palette.glow, 0.3)
    x = stage.width * (0.5 - 0.2 * stage.side)
    foot = (x, height_at(ridge, x) + 6 * unit)
    return Spots((foot,), foot)


def city(stage: Stage) -> Spots:
    """Towers before towers, and a river that doubles their lights."""
    unit, canvas, line = stage.unit, stage.canvas, stage.horizon
    for near, tall in ((0.12, 380.0), (0.4, 300.0), (0.72, 190.0)):
        skyline(stage, near, tall)
        canvas.mist(line - 170 * unit, line + 20 * unit, stage.palette.haze, 0.36 * (1 - near))
    canvas.mirror(line, water.tint(stage), 0.6, stage.phase)
    water.waves(stage, 150)
    quay = [(0.0, stage.height * 0.965), (stage.width, stage.height * 0.965)]
    canvas.fill([closed(quay, stage.height + unit)], stage.palette.shade)
    foot = (stage.width * (0.5 - 0.2 * stage.side), stage.height * 0.968)
    return Spots((foot,), foot, (stage.width * (0.5 + 0.1 * stage.side), line + 80 * unit))


PLACES: Mapping[str, Callable[[Stage], Spots]] = {
    "sea": sea,
    "mountains": mountains,
    "hills": hills,
    "forest": forest,
    "desert": desert,
    "city": city,
}
"""By the name a theme gives them."""

__all__ = ["PLACES", "Spots", "broadleaf"]
