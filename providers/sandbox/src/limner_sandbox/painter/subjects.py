"""Things that live, fly or float, each painted by one function that is told where."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from limner_sandbox.painter.canvas import Shade
from limner_sandbox.painter.color import mix, rgb
from limner_sandbox.painter.terrain import smooth

if TYPE_CHECKING:
    from limner_sandbox.painter.canvas import Point
    from limner_sandbox.painter.stage import Stage


def sailboat(stage: Stage, water: Point, tall: float) -> None:
    """A boat under sail, bobbing; ``water`` is where its hull meets the water."""
    canvas, x = stage.canvas, water[0]
    y = water[1] + stage.wave * tall * 0.02
    sail = stage.lit(rgb("fbf3e6"), 0.35)
    hull = mix(stage.palette.shade, rgb("5b3a32"), 0.35)
    main = smooth([(x + tall * 0.02, y - tall), (x + tall * 0.2, y - tall * 0.55), (x + tall * 0.36, y - tall * 0.14)])
    canvas.fill([[*main, (x + tall * 0.02, y - tall * 0.14)]], sail)
    jib = smooth(
        [(x - tall * 0.02, y - tall * 0.9), (x - tall * 0.16, y - tall * 0.5), (x - tall * 0.3, y - tall * 0.15)]
    )
    canvas.fill([[*jib, (x - tall * 0.02, y - tall * 0.16)]], mix(sail, stage.palette.shade, 0.22))
    canvas.strokes([([(x, y - tall * 1.04), (x, y - tall * 0.05)], tall * 0.014)], hull)
    deck = [(x - tall * 0.4, y - tall * 0.11), (x + tall * 0.42, y - tall * 0.1)]
    keel = [(x + tall * 0.33, y), (x - tall * 0.27, y)]
    canvas.fill([smooth([*deck, *keel], closed_line=True, steps=3)], hull)
    ripple = [(x + dx * tall, y + dy * tall, w * tall, 0.011 * tall, 0.5) for dx, dy, w in
              ((0, 0.02, 0.42), (0.05, 0.07, 0.3), (-0.04, 0.12, 0.22), (0.03, 0.18, 0.14))]  # fmt: skip
    canvas.specks(ripple, mix(sail, hull, 0.45))


def birds(stage: Stage, count: int = 6) -> None:
    """A few birds far off, on their way."""
    rng, unit = stage.rng("birds"), stage.unit
    cx, cy = stage.width * (0.5 - stage.side * 0.16), stage.horizon * 0.42
    lines = []
    for _ in range(count):
        x, y = cx + rng.gauss(0, 80) * unit + stage.phase * 60 * unit, cy + rng.gauss(0, 38) * unit
        span, flap = rng.uniform(9, 17) * unit, 0.35 + 0.2 * math.sin(2 * math.pi * (stage.phase * 2 + rng.random()))
        wings = smooth([(x - span, y - span * flap), (x - span * 0.45, y - span * (flap + 0.12)), (x, y),
                        (x + span * 0.45, y - span * (flap + 0.12)), (x + span, y - span * flap)], steps=4)  # fmt: skip
        lines.append((wings, 2.1 * unit))
    stage.canvas.strokes(lines, mix(stage.palette.shade, stage.palette.haze, 0.15), 0.8)


CAT_BODY = ((0.0, 0.73), (0.1, 0.7), (0.15, 0.58), (0.2, 0.42), (0.25, 0.22), (0.25, 0.06), (0.15, 0.0),
            (-0.15, 0.0), (-0.25, 0.06), (-0.25, 0.22), (-0.2, 0.42), (-0.15, 0.58), (-0.1, 0.7))  # fmt: skip
CAT_HEAD = ((0.0, 0.875), (0.085, 0.87), (0.155, 0.81), (0.18, 0.735), (0.125, 0.65), (0.0, 0.62),
            (-0.125, 0.65), (-0.18, 0.735), (-0.155, 0.81), (-0.085, 0.87))  # fmt: skip
CAT_EAR = ((0.04, 0.865), (0.1, 0.925), (0.165, 0.975), (0.18, 0.88), (0.176, 0.76))
CAT_TAIL = ((0.16, 0.05), (0.3, 0.02), (0.42, 0.08), (0.46, 0.2), (0.41, 0.31), (0.45, 0.41))


def cat(stage: Stage, foot: Point, tall: float) -> None:
    """A cat from behind, looking into the picture; the light draws its edge."""
    canvas, (x, y) = stage.canvas, foot
    fur = stage.theme.tint or rgb("3a3036")
    coat = mix(mix(fur, stage.palette.shade, 0.22 + 0.3 * stage.palette.night), stage.palette.haze, 0.08)
    points = mix(rgb("3b2c29"), stage.palette.shade, 0.3) if stage.theme.siamese else coat
    toward = 1 if stage.light[0] > x else -1
    sway = 0.05 * stage.wave

    def place(outline: tuple[Point, ...], grow: float = 1.0, shift: float = 0.0) -> list[Point]:
        return [(x + (px * grow + shift) * tall, y - py * tall) for px, py in outline]

    ears = [place(CAT_EAR), place(tuple((-px, py) for px, py in CAT_EAR))]
    tail = [(px + (sway * i / 5), py) for i, (px, py) in enumerate(CAT_TAIL)]
    tail_line = smooth(place(tuple((-toward * px, py) for px, py in tail)), steps=8)
    canvas.specks([(x, y + 0.004 * tall, 0.36 * tall, 0.03 * tall, 0.45)], stage.palette.shade)
    rim = stage.lit(mix(coat, (255, 255, 255), 0.3), 0.6)
    canvas.strokes([(tail_line, tall * 0.075)], points)
    canvas.fill([[(px + toward * tall * 0.008, py - tall * 0.006) for px, py in ear] for ear in ears], rim)
    canvas.fill(ears, points)
    for outline in (CAT_BODY, CAT_HEAD):
        canvas.fill([smooth(place(outline, 1.0, toward * 0.01), closed_line=True)], rim)
    shapes = [smooth(place(outline), closed_line=True) for outline in (CAT_BODY, CAT_HEAD)]
    canvas.fill(shapes, Shade(y - tall, y, coat, mix(coat, stage.palette.shade, 0.42)))
    haunch = [
        (x + side * tall * a, y - tall * b) for side in (-1, 1) for a, b in ((0.2, 0.27), (0.12, 0.2), (0.09, 0.08))
    ]
    lines = [(smooth(haunch[:3]), tall * 0.012), (smooth(haunch[3:]), tall * 0.012)]
    canvas.strokes(lines, mix(coat, stage.palette.shade, 0.45), 0.5)


def balloon(stage: Stage, at: Point, tall: float, hue: int = 0) -> None:
    """A striped hot-air balloon; ``at`` is the middle of its envelope."""
    canvas, x = stage.canvas, at[0] + stage.wave * tall * 0.03
    y = at[1] + math.cos(2 * math.pi * stage.phase) * tall * 0.03
    radius = tall * 0.36
    colors = [rgb("d8524a"), rgb("f2b544"), rgb("3f8f8a"), rgb("6a58a8"), rgb("e58a4e")]
    main = stage.theme.tint if stage.theme.tint and hue == 0 else colors[hue % len(colors)]
    cloth = mix(stage.lit(main, 0.15), stage.palette.shade, 0.1 + 0.3 * stage.palette.night)
    pale = mix(stage.lit(rgb("fbeedd"), 0.2), stage.palette.shade, 0.1 + 0.3 * stage.palette.night)

    def gore(left: float, right: float) -> list[Point]:
        turns = [math.pi * step / 20 for step in range(21)]
        rows = [(math.sin(a) * (1 if a < math.pi / 2 else math.sin(a) ** 0.35), -math.cos(a)) for a in turns]

        def shape(side: float) -> list[Point]:
            return [(x + side * radius * w * 0.98, y + radius * (h if h < 0 else h * 1.3)) for w, h in rows]

        return shape(left) + shape(right)[::-1]

    canvas.fill([gore(-1, 1)], pale)
    canvas.fill([gore(-1, -0.78), gore(-0.45, -0.15), gore(0.15, 0.45), gore(0.78, 1)], cloth)
    toward = 1 if stage.light[0] > x else -1
    canvas.fill([gore(-toward, -toward * 0.45)], stage.palette.shade, 0.22)
    canvas.fill([gore(toward, toward * 0.8)], stage.palette.glow, 0.3)
    wicker = ((-0.045, 0.6), (0.045, 0.6), (0.036, 0.67), (-0.036, 0.67))
    basket = [(x + dx * tall, y + dy * tall) for dx, dy in wicker]
    ropes = [
        ([(x + s * radius * 0.3, y + radius * 1.22), (x + s * tall * 0.042, y + tall * 0.6)], tall * 0.006)
        for s in (-1, 0, 1)
    ]
    canvas.strokes(ropes, mix(stage.palette.shade, rgb("6b4a35"), 0.4))
    canvas.fill([basket], mix(rgb("7a4f32"), stage.palette.shade, 0.25))


def broadleaf(stage: Stage, foot: Point, tall: float) -> None:
    """A round-crowned tree, in the leaves of its season."""
    rng, canvas, (x, y) = stage.rng(f"tree{foot[0] / stage.width:.3f}"), stage.canvas, foot
    leaves = {"spring": rgb("eaa9bd"), "summer": rgb("5d8f4a"), "autumn": rgb("d07a33"), "winter": rgb("cfd9e4")}
    leaf = mix(leaves[stage.theme.season], stage.palette.shade, 0.28 + 0.35 * stage.palette.night)
    trunk = mix(rgb("4a352c"), stage.palette.shade, 0.5)
    canvas.fill([[(x - tall * 0.045, y), (x - tall * 0.02, y - tall * 0.5), (x + tall * 0.02, y - tall * 0.5),
                  (x + tall * 0.05, y)]], trunk)  # fmt: skip
    arms = [([(x, y - tall * 0.34), (x + s * tall * 0.14, y - tall * 0.58)], tall * 0.022) for s in (-1, 0.8)]
    canvas.strokes(arms, trunk)
    toward = 1 if stage.light[0] > x else -1
    crowns: list[list[tuple[float, float, float, float, float]]] = [[], [], []]
    for _ in range(64):
        angle, far = rng.uniform(0, math.tau), math.sqrt(rng.random())
        size = tall * rng.uniform(0.055, 0.115)
        px, py = x + math.cos(angle) * far * tall * 0.3, y - tall * 0.68 + math.sin(angle) * far * tall * 0.25
        crowns[0].append((px, py, size, size * 0.85, 1.0))
        crowns[1].append((px + toward * tall * 0.025, py - tall * 0.03, size * 0.72, size * 0.6, 1.0))
        crowns[2].append((px + toward * tall * 0.05, py - tall * 0.05, size * 0.42, size * 0.34, 0.8))
    shown = (mix(leaf, stage.palette.shade, 0.42), leaf, stage.lit(leaf, 0.5))
    lit_side = [crowns[0], crowns[1][:46], [c for c in crowns[2] if (c[0] - x) * toward > -tall * 0.05][:26]]
    for coat, color in zip(lit_side, shown, strict=True):
        canvas.specks(coat, color)
