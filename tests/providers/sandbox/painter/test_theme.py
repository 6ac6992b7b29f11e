"""How the painter reads a prompt."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from limner_sandbox.painter.theme import HOURS, PLACES, SEASONS, pointed_at, read


@pytest.mark.parametrize(
    ("prompt", "part", "value"),
    [
        ("a lighthouse at dawn", "hour", "dawn"),
        ("a lighthouse at dawn", "place", "sea"),
        ("a lighthouse at dawn", "subjects", ("lighthouse",)),
        ("A FOREST IN WINTER", "season", "winter"),
        ("a red balloon", "tint", (181, 72, 63)),
        ("a cat", "tint", None),
        ("a white Siamese cat", "siamese", True),
    ],
)
def test_words_choose(prompt: str, part: str, value: object) -> None:
    assert getattr(read(prompt), part) == value


@given(st.text())
def test_any_text_is_a_theme(prompt: str) -> None:
    theme = read(prompt)
    assert (theme.hour in HOURS, theme.place in PLACES, theme.season in SEASONS) == (True, True, True)


@given(st.text(), st.integers(0, 9))
def test_reading_is_repeatable(prompt: str, variation: int) -> None:
    assert read(prompt, variation) == read(prompt, variation)


def test_half_a_surrogate_pair_is_read_too() -> None:
    assert read("\ud800").seed


def test_each_variation_has_a_seed_of_its_own() -> None:
    assert len({read("a cat", variation).seed for variation in range(10)}) == 10


@pytest.mark.parametrize(
    ("prompt", "subjects"),
    [
        ("the same cat, at night", {"cat"}),
        ("put that little white kitten on a boat", {"cat"}),
        ("add a cat to the sea", set()),
        ("the hill and a cat", set()),
        ("the cathedral", set()),
    ],
)
def test_what_a_prompt_points_at_is_there_already(prompt: str, subjects: set[str]) -> None:
    assert pointed_at(prompt) == subjects
