"""What the library says, in the words of the command line: it speaks of parameters, and here they are options."""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from limner.errors import LimnerError

PICTURES: Mapping[str, str] = {"images": "image", "reference_images": "reference image"}
"""What one of several is called."""

PHRASES: tuple[tuple[str, str], ...] = (
    (r",? ?(?:or )?pass keys=\{[^}]*\}(?: \([^)]*\))?(?=[,.])", ""),
    (r", or limner_sandbox\.Sandbox\(\) in Python", ""),
    (r"\bneeds stream, and stream is (?:not set|\S+ by default)", "needs --stream"),
    (r"\bstream must be \S+, not True\b", "--stream is not taken here"),
    (r"\boptions\.(?=\w)", "--option "),
    (r"\bMask\(restore=True\)", "--restore"),
    (r"\bMask\(edit='(\w+)'\)", r"--mask-polarity \1"),
)
"""What would be of no use here, and what is said otherwise."""


def spoken(error: LimnerError) -> str:
    """The error's sentence, for somebody at a command line.

    Only what is said before anything is sent is ours to put otherwise; the rest quotes a server.
    """
    from limner.errors import BadInputError, ConfigError  # noqa: PLC0415 - a table of words loads nothing

    return translated(error.message) if isinstance(error, (BadInputError, ConfigError)) else error.message


def translated(text: str) -> str:
    """A sentence of the library's in the words of the command line."""
    for pattern, instead in PHRASES:
        text = re.sub(pattern, instead, text)
    for spelling, say in _spellings():
        text = spelling.sub(say, text)
    return text


@cache
def _spellings() -> tuple[tuple[re.Pattern[str], Callable[[re.Match[str]], str]], ...]:
    flags = _flags()
    snakes = "|".join(sorted((name for name in flags if "_" in name), key=len, reverse=True))
    return (
        (
            re.compile(rf"\b({'|'.join(PICTURES)})\[(\d+)\]"),
            lambda found: f"{PICTURES[found[1]]} {int(found[2]) + 1}",
        ),
        (
            re.compile(rf"(?<![\w-])({'|'.join(flags)})=(?:\('([^']*)',\)|'([^']*)'|(?=\W|$))"),
            lambda found: f"{flags[found[1]]} {found[2] or found[3] or ''}".rstrip(),
        ),
        (re.compile(rf"(?<![\w/'\".-])({snakes})(?![\w/'\"=])"), lambda found: flags[found[1]]),
    )


def _flags() -> dict[str, str]:
    """Each field of every request, and the option that sets it: the short one, where there is one."""
    from limner import requests  # noqa: PLC0415 - as above
    from limner.cli.options import SHORT, flag  # noqa: PLC0415 - as above

    several = {"options", *PICTURES}
    fields = {
        item.name
        for cls in vars(requests).values()
        if isinstance(cls, type) and issubclass(cls, requests.Request)
        for item in (*cls.parameters(), *cls.call_options())
    }
    return {name: flag(name, several=name in several) for name in fields} | {"model": SHORT["model"], "to": "-o"}
