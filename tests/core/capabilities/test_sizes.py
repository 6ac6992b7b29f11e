"""Sizes: what is taken, what is near, and how that is told."""

from __future__ import annotations

import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from limner.capabilities import Sizes

LISTED = Sizes(exact=("1024x1024", "1536x1024", "1024x1536"), auto=True)
FREE = Sizes(auto=True, multiple_of=16, min_ratio=1 / 3, max_ratio=3, max_edge=3840, max_pixels=3840 * 2160)


@pytest.mark.parametrize(
    ("sizes", "words"),
    [
        (LISTED, "one of 1024x1024, 1536x1024, 1024x1536 or auto"),
        (Sizes(auto=True), "auto"),
        (Sizes(free=True), "WIDTHxHEIGHT"),
        (Sizes(exact="512x512", min_edge=256), "512x512 or WIDTHxHEIGHT (edges at least 256)"),
        (Sizes(multiple_of=16, max_edge=3840), "WIDTHxHEIGHT (both divisible by 16, edges at most 3,840)"),
        (Sizes(auto=True, min_ratio=1 / 3, max_ratio=3), "auto or WIDTHxHEIGHT (ratio 1:3 to 3:1)"),
        (Sizes(min_ratio=1, min_pixels=64, max_pixels=1024), "WIDTHxHEIGHT (ratio at least 1:1, 64 to 1,024 pixels)"),
    ],
)
def test_it_describes_lists_and_limits(sizes: Sizes, words: str) -> None:
    assert sizes.describe() == words


@pytest.mark.parametrize(
    ("asked", "near"),
    [
        ("1792x1024", "1536x1024"),
        ("1080x1920", "1024x1536"),
        ("512x512", "1024x1024"),
        ("2000x1900", "1024x1024"),
        ("1536X1024", "1536x1024"),
        (" 1024 * 1536 ", "1024x1536"),
        ("1024\N{MULTIPLICATION SIGN}1024", "1024x1024"),
        ("wide", None),
        ("0x5", None),
        (1024, None),
    ],
)
def test_the_nearest_listed_size_is_near_in_ratio_first(asked: object, near: str | None) -> None:
    assert LISTED.nearest(asked) == near


def test_of_two_listed_sizes_of_one_ratio_the_nearer_area_is_taken() -> None:
    assert Sizes(exact=("256x256", "512x512", "1024x1024")).nearest("600x600") == "512x512"


@pytest.mark.parametrize(
    ("asked", "near"),
    [
        ("1000x1000", "1008x1008"),
        ("1920x1080", "1920x1088"),
        ("8000x4500", "3840x2160"),
        ("3000x500", "2112x704"),
        ("5x5", "16x16"),
    ],
)
def test_the_nearest_free_size_snaps_into_the_limits(asked: str, near: str) -> None:
    assert FREE.nearest(asked) == near


@given(st.integers(1, 999_999), st.integers(1, 999_999))
def test_within_sane_limits_every_size_has_a_nearest(width: int, height: int) -> None:
    near = FREE.nearest(f"{width}x{height}")
    assert near is not None
    assert FREE.check(near) is None


@given(st.integers(48, 2000), st.integers(48, 2000))
def test_the_nearest_free_size_keeps_the_ratio_where_the_limits_let_it(width: int, height: int) -> None:
    wide, high = map(int, str(FREE.nearest(f"{width}x{height}")).split("x"))
    wanted = min(max(width / height, 1 / 3), 3)
    assert abs(math.log(wide / high) - math.log(wanted)) < math.log(1.4)


def test_a_smallest_area_scales_up() -> None:
    assert Sizes(min_pixels=1024 * 1024, multiple_of=64).nearest("512x512") == "1024x1024"


def test_edges_that_ask_for_too_much_at_once_bend_the_ratio() -> None:
    assert Sizes(min_edge=256, max_edge=1024).nearest("100x10000") == "256x1024"


def test_limits_that_no_size_meets_have_no_nearest() -> None:
    assert Sizes(multiple_of=64, max_edge=32).nearest("512x512") is None


def test_an_exact_size_is_taken_although_it_breaks_the_limits() -> None:
    assert Sizes(exact="1000x1000", multiple_of=16).check("1000x1000") is None


def test_an_exact_size_above_the_threshold_warns_like_a_free_one() -> None:
    finding = Sizes(exact=("512x512", "4096x4096"), warn_above=1024 * 1024).check("4096x4096")
    assert finding is not None
    assert (finding.verdict, finding.code) == ("warn", "experimental")
    assert finding.problem == "is 4096x4096, and above 1,048,576 pixels results are experimental"


@pytest.mark.parametrize("value", ["AUTO", "1024", "01024x1024", "1024x1024\n", "１０２４x1024", ""])  # noqa: RUF001 - full-width digits
def test_only_the_exact_spelling_is_a_size(value: str) -> None:
    finding = FREE.check(value)
    assert finding is not None
    assert finding.verdict == "no"


def test_auto_is_taken_only_where_it_is_declared() -> None:
    assert LISTED.check("auto") is None
    assert Sizes(exact="512x512").check("auto") is not None


def test_another_type_is_no_size() -> None:
    finding = LISTED.check((1024, 1024))
    assert finding is not None
    assert (finding.code, finding.got) == ("wrong_type", "a list of 2")


@pytest.mark.parametrize("wrong", [{}, {"exact": "wide"}, {"exact": ("1024x1024", "0x1")}])
def test_a_declaration_without_any_size_is_a_mistake(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="WIDTHxHEIGHT"):
        Sizes(**wrong)


def test_json_schema_names_what_is_listed_and_lets_free_sizes_in() -> None:
    assert LISTED.json_schema()["enum"] == ["1024x1024", "1536x1024", "1024x1536", "auto"]
    words, free = FREE.json_schema()["anyOf"]
    assert words == {"enum": ["auto"]}
    assert "pattern" in free
