"""Text for people."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from limner.cli.text import WIDTH, counted, definitions, printable, table, wrapped

WORD = st.text(alphabet="abcdefghij", min_size=1, max_size=12)
SENTENCE = st.lists(WORD, max_size=40).map(" ".join)


@given(st.text())
def test_nothing_printable_is_lost_and_nothing_else_is_left(text: str) -> None:
    shown = printable(text)
    assert len(shown) == len(text)
    assert all(new == old or not old.isprintable() for new, old in zip(shown, text, strict=True))
    assert shown.replace("\n", "").isprintable()


@given(st.lists(st.tuples(WORD, SENTENCE)))
def test_definitions_fit_the_width_and_keep_every_word(pairs: list[tuple[str, str]]) -> None:
    lines = list(definitions(pairs))
    assert all(len(line) <= WIDTH for line in lines)
    assert " ".join(lines).split() == [word for name, text in pairs for word in (name, *(text.split() or ["-"]))]


@given(st.lists(st.tuples(st.tuples(WORD, WORD), st.lists(SENTENCE, max_size=2))))
def test_a_tables_columns_are_aligned_and_its_notes_indented(rows: list[Any]) -> None:
    lines = list(table(("NAME", "KIND"), rows))
    start = max(len(cells[0]) for cells in [("NAME", "KIND"), *(cells for cells, _ in rows)]) + 2
    kinds = [line[start:] for line in lines if not line.startswith("  ")]
    assert kinds == ["KIND", *(cells[1] for cells, _ in rows)]
    assert all(len(line) <= WIDTH for line in lines)


def test_wrapped_puts_the_first_words_before_the_rest() -> None:
    assert list(wrapped("a b", 4, "- ")) == ["-   a b"]


def test_counting_minds_the_grammar() -> None:
    assert [counted(number, "picture") for number in (0, 1, 1_000)] == ["0 pictures", "1 picture", "1,000 pictures"]
