"""Shapes in words, as sizes of one model."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from limner.capabilities import AllOf, OneOf, Sizes
from limner.capabilities.shapes import AREA, Shape, sizes_of

LISTED = Sizes(exact=("1024x1024", "1536x1024", "1024x1536"), auto=True)
FREE = Sizes(multiple_of=16, min_ratio=1 / 3, max_ratio=3, max_edge=3840)


def within(wish: str, sizes: Sizes) -> str | None:
    shape = Shape.of(wish)
    assert shape is not None
    return shape.within(sizes)


@pytest.mark.parametrize(
    ("wish", "size"),
    [("landscape", "1536x1024"), ("portrait", "1024x1536"), ("square", "1024x1024"), ("3:2", "1536x1024"),
     ("6/4", "1536x1024"), ("16:9", None)],
)  # fmt: skip
def test_a_listed_size_of_the_shape_is_taken(wish: str, size: str | None) -> None:
    assert within(wish, LISTED) == size


@pytest.mark.parametrize("wish", ["auto", "1024x1024", "16:9:4", "0:1", "wide", 169, None])
def test_what_is_no_shape_is_none(wish: object) -> None:
    assert Shape.of(wish) is None


def test_of_several_sizes_of_a_shape_the_one_nearest_to_a_million_and_a_half_pixels_is_taken() -> None:
    assert within("square", Sizes(exact=("256x256", "512x512", "1024x1024", "4096x4096"))) == "1024x1024"


def test_a_size_that_is_experimental_is_not_chosen_for_anybody() -> None:
    assert within("square", Sizes(exact=("1024x1024", "1280x1280"), warn_above=1024 * 1024)) == "1024x1024"


@given(wide=st.integers(1, 30), high=st.integers(1, 30))
def test_a_free_size_has_exactly_the_ratio_or_there_is_none(wide: int, high: int) -> None:
    size = within(f"{wide}:{high}", FREE)
    if size is None:
        assert not 1 / 3 <= wide / high <= 3 or max(wide, high) > 12
        return
    assert FREE.check(size) is None
    across, down = map(int, size.split("x"))
    assert across * high == down * wide


@pytest.mark.parametrize("word", ["landscape", "portrait", "square"])
def test_a_word_finds_a_free_size_of_the_right_area(word: str) -> None:
    size = within(word, FREE)
    assert size is not None
    across, down = map(int, size.split("x"))
    assert 0.8 < across * down / AREA < 1.25


def test_the_nearest_size_says_how_far_it_is() -> None:
    shape = Shape.of("16:9")
    assert shape is not None
    near = shape.near(LISTED)
    assert near == "1536x1024"
    assert round(shape.deviation(near), 3) == -0.156


def test_the_sizes_of_a_constraint_are_found_among_its_parts() -> None:
    assert sizes_of(LISTED) is LISTED
    assert sizes_of(AllOf(OneOf(("1024x1024",)), LISTED)) is LISTED
    assert sizes_of(OneOf(("big",))) is None
    assert sizes_of(None) is None
