"""Text for people: plain, within 80 columns, and without what a terminal would take for a command."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

WIDTH = 79
"""Columns of what is printed, so that a line of a classic terminal never runs over."""

Row = tuple["Sequence[str]", "Sequence[str]"]
"""A table's row: its cells, and the notes that stand below them."""


def printable(text: str) -> str:
    """The text without control characters: much of it was written by servers and strangers."""
    return "".join(letter if letter.isprintable() or letter == "\n" else "\N{REPLACEMENT CHARACTER}" for letter in text)


def say(*lines: str) -> None:
    """Print a result."""
    for line in lines:
        click.echo(printable(line))


def tell(sentence: str, *more: str) -> None:
    """Say something beside the result: on standard error, under the command's name."""
    for line in (f"limner: {sentence}", *(f"  {line}" for line in more)):
        click.echo(printable(line), err=True)


def warn(sentence: object) -> None:
    """Say what differs from what was asked."""
    tell(f"warning: {sentence}")


def counted(number: int, noun: str) -> str:
    """``1 picture``, ``2 pictures``."""
    return f"{number:,} {noun}" + "s" * (number != 1)


def wrapped(text: str, indent: int = 0, first: str = "") -> Iterator[str]:
    """The text in lines: ``first`` in front of the first, blanks in front of the others."""
    yield from textwrap.wrap(
        text,
        WIDTH,
        initial_indent=first.ljust(indent),
        subsequent_indent=" " * indent,
        break_long_words=False,
        break_on_hyphens=False,
    )


def table(head: Sequence[str], rows: Sequence[Row], mark: str = "") -> Iterator[str]:
    """Columns as wide as they have to be, with each row's notes indented below it, and marked."""
    widths = [max(map(len, column)) for column in zip(head, *(cells for cells, _ in rows), strict=True)]
    for cells, notes in [(head, ()), *rows]:
        yield "  ".join(cell.ljust(width) for cell, width in zip(cells, widths, strict=True)).rstrip()
        for note in notes:
            yield from wrapped(note, 4 + len(mark), f"    {mark}")


def definitions(pairs: Iterable[tuple[str, str]]) -> Iterator[str]:
    """Names on the left, what they mean on the right."""
    pairs = list(pairs)
    indent = max((len(name) for name, _ in pairs), default=0) + 4
    for name, meaning in pairs:
        yield from wrapped(meaning or "-", indent, f"  {name}")
