"""A docstring as Markdown: Google's sections, Sphinx's roles and reStructuredText's literal blocks."""

from __future__ import annotations

import ast
import re
from inspect import cleandoc
from textwrap import dedent

from attrs import field, frozen

_SECTION = re.compile(r"(Args|Returns|Yields|Raises|Example):")
_ITEM = re.compile(r"\*{0,2}(\w[\w.]*): +(.*)")
_ROLE = re.compile(r":[a-z]+:`~?([^`<]+)`")
_LITERAL = re.compile(r"::\n\n((?: {4}.*(?:\n|\Z)|\n)+)")
_PROMPT = re.compile(r"(?m)^(?:>>>|\.\.\.) ?| *# doctest:.*$")


@frozen
class Docstring:
    """A docstring in its parts, as Markdown."""

    body: str
    args: dict[str, str] = field(factory=dict)
    """Parameters or fields, by name."""
    sections: dict[str, str] = field(factory=dict)
    """The other sections, by headline: ``Returns``, ``Raises`` ..."""


def read(text: str | None) -> Docstring:
    """Take a docstring apart."""
    parts: dict[str, list[str]] = {"": []}
    into = parts[""]
    for line in cleandoc(text or "").splitlines():
        headline = _SECTION.fullmatch(line)
        if headline:
            into = parts.setdefault(headline[1], [])
            continue
        if line and not line.startswith(" "):
            into = parts[""]
        into.append(line)
    texts = {name: dedent("\n".join(lines)).strip("\n") for name, lines in parts.items()}
    body, args = texts.pop(""), texts.pop("Args", "")
    return Docstring(markdown(body), items(args), {name: _section(name, text) for name, text in texts.items()})


def markdown(text: str) -> str:
    """Prose with its roles as code and its literal blocks fenced."""
    *before, last = _LITERAL.split(text)
    pairs = zip(before[::2], before[1::2], strict=True)
    parts = [part for prose, code in pairs for part in (_introduced(prose), fenced(dedent(code).strip("\n")))]
    return "\n\n".join(filter(None, [*parts, _prose(last)]))


def items(text: str) -> dict[str, str]:
    """``name: what it is``, with its continuation lines, by name."""
    found: dict[str, list[str]] = {}
    lines: list[str] = []
    for line in text.splitlines():
        item = _ITEM.fullmatch(line)
        if item:
            lines = found.setdefault(item[1], [])
        lines.append(item[2] if item else line.strip())
    return {name: markdown(" ".join(lines)) for name, lines in found.items()}


def bullets(found: dict[str, str]) -> str:
    """Names and what they mean, as a list."""
    return "\n".join(f"- `{name}`: {meaning}".replace("\n", "\n    ") for name, meaning in found.items())


def fenced(code: str) -> str:
    """Code, marked as Python where it is Python."""
    try:
        ast.parse(code)
    except SyntaxError:
        return f"```text\n{code}\n```"
    return f"```python\n{code}\n```"


def _prose(text: str) -> str:
    return _ROLE.sub(r"`\1`", text).replace("``", "`").strip()


def _introduced(text: str) -> str:
    """What stands before a block: ``text::`` is a sentence with a colon, ``::`` alone is nothing to read."""
    return _prose(text if text.endswith("\n") or not text else f"{text}:")


def _section(name: str, text: str) -> str:
    if name == "Example":
        return fenced(_PROMPT.sub("", text))
    return bullets(items(text)) or markdown(text) if name == "Raises" else markdown(text)
