"""The two canvases, where a scene does not lead them."""

from __future__ import annotations

import pytest

from limner_sandbox.painter.canvas import Shade
from limner_sandbox.painter.color import css, mix, rgb, turn
from limner_sandbox.painter.raster import RasterCanvas
from limner_sandbox.painter.terrain import height_at
from limner_sandbox.painter.vector import VectorCanvas

FAR = [(-90.0, -90.0), (-80.0, -90.0), (-80.0, -80.0)]
RED = (255, 0, 0)


@pytest.fixture
def raster() -> RasterCanvas:
    return RasterCanvas(16, 16, "seed")


def test_strokes_beside_the_picture_leave_it_alone(raster: RasterCanvas) -> None:
    raster.fill([FAR], RED)
    raster.strokes([(FAR, 2.0)], RED)
    raster.specks([(-50, -50, 2, 2, 1)], RED)
    raster.beam(FAR, 5, RED, 1)
    raster.fill([], RED)
    assert raster.image.getextrema() == ((0, 0), (0, 0), (0, 0))


def test_a_polygon_covers_its_inside_only(raster: RasterCanvas) -> None:
    raster.fill([[(4, 4), (12, 4), (12, 12), (4, 12)]], RED)
    assert [raster.image.getpixel(p) for p in ((8, 8), (1, 1))] == [RED, (0, 0, 0)]


def test_edges_are_smooth(raster: RasterCanvas) -> None:
    raster.fill([[(0, 0), (16, 0), (0, 16)]], RED)
    assert len(raster.image.getcolors() or ()) > 2


def test_a_shade_runs_from_its_first_color_to_its_second(raster: RasterCanvas) -> None:
    raster.fill([[(0, 0), (16, 0), (16, 16), (0, 16)]], Shade(0, 16, (0, 0, 0), (255, 255, 255)))
    column = list(raster.image.getchannel("R").crop((8, 0, 9, 16)).tobytes())
    assert column == sorted(set(column))


def test_a_sky_is_its_last_color_below_its_bottom(raster: RasterCanvas) -> None:
    raster.sky(((0.0, (0, 0, 0)), (0.001, RED), (1.0, (0, 0, 255))), 8)
    assert raster.image.getpixel((3, 15)) == (0, 0, 255)


def test_an_empty_coat_draws_nothing() -> None:
    canvas = VectorCanvas(16, 16, "seed")
    canvas.fill([[]], RED)
    assert "<path" not in canvas.finish("nothing")


def test_colors_are_read_and_written() -> None:
    assert css(rgb("0a80ff")) == "#0a80ff"


@pytest.mark.parametrize(
    ("share", "color"), [(-1, (0, 0, 0)), (0, (0, 0, 0)), (0.5, (50, 50, 50)), (2, (100, 100, 100))]
)
def test_a_mix_stays_between_its_colors(share: float, color: tuple[int, int, int]) -> None:
    assert mix((0, 0, 0), (100, 100, 100), share) == color


def test_a_third_of_a_turn_makes_red_green() -> None:
    assert turn((255, 0, 0), 1 / 3) == (0, 255, 0)


@pytest.mark.parametrize(("x", "height"), [(-5, 10), (0, 10), (1, 15), (2, 20), (3, 20), (9, 20)])
def test_a_ridge_has_a_height_everywhere(x: float, height: float) -> None:
    assert height_at([(0, 10), (2, 20), (2, 20), (4, 20)], x) == height


def test_a_ridge_may_end_in_a_step() -> None:
    assert height_at([(0, 10), (2, 20), (2, 30)], 2) == 20
