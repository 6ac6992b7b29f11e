"""What the library says, in the words of the command line: it speaks of parameters, and here they are options."""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from limner.errors import LimnerError
    from limner.results import Tried

PICTURES: Mapping[str, str] = {"images": "image", "reference_images": "reference image"}
"""What one of several is called."""

PHRASES: tuple[tuple[str, str], ...] = (
    (r",? ?(?:or )?(?:pass|give) keys=\{[^}]*\}(?: \([^)]*\))?(?=[,.])", ""),
    (r", or limner_sandbox\.Sandbox\(\) in Python", ""),
    (r"\bneeds stream, and stream is (?:not set|\S+ by default)", "needs --stream"),
    (r"\bstream must be \S+, not True\b", "--stream is not taken here"),
    (r"\bdoes not have what is required: stream\.", "does not take --stream."),
    (r"^require takes\b", "--can takes"),
    (r"\bsee \.selection of this error, or (?=limner explain)", "see "),
    (r"\bClient\(providers=\[\.\.\.\]\)", "[defaults] providers in limner.toml"),
    (r"\bon_unsupported='adapt'", "--adapt"),
    (r"\boptions\.(?=\w)", "--option "),
    (r"\bIt would with(?=(?:out)? )", "It could with"),
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


def passed_over(one: Tried) -> str:
    """That a model was asked and brought nothing, and why."""
    return f"{one.model} was passed over: {spoken(one.error).removeprefix(f'{one.model}: ')}"


def translated(text: str) -> str:
    """A sentence of the library's in the words of the command line."""
    for pattern, instead in PHRASES:
        text = re.sub(pattern, instead, text)
    text = _CHANGE.sub(lambda found: _WISH.sub(_option, found[0]), text)
    text = _TAKEN.sub(lambda found: _NAME.sub(_spelled, found[0]), text)
    for spelling, say in _spellings():
        text = spelling.sub(say, text)
    return text


_CHANGE = re.compile(r"\bIt could with(?:out)? .*")
"""The end of an explanation: what would have to change."""

_WISH = re.compile(r"\b(with|without) (\w+)(=?)")


_TAKEN = re.compile(r"\b\w+ is not a parameter that is taken here(?:; these are: [^.]*)?")
"""What is not taken, and all that is."""

_NAME = re.compile(r"(?<!--option )(?<![\w-])\w+")


def _spelled(found: re.Match[str]) -> str:
    """A parameter as its option; the prompt is none."""
    return found[0] if found[0] == "prompt" else _flags().get(found[0], found[0])


def _option(found: re.Match[str]) -> str:
    return f"{found[1]} {_flags().get(found[2], found[2])}{' ' * len(found[3])}"


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


@cache
def _flags() -> Mapping[str, str]:
    """Each field of every request, and the option that sets it: the short one, where there is one."""
    from limner import requests  # noqa: PLC0415 - as above
    from limner.cli.options import SHORT, SWITCHES, flag  # noqa: PLC0415 - as above

    several = {"options", *PICTURES}
    fields = {
        item.name
        for cls in vars(requests).values()
        if isinstance(cls, type) and issubclass(cls, requests.Request)
        for item in (*cls.parameters(), *cls.call_options())
    }
    switches = {name: spelling for name, (spelling, _) in SWITCHES.items()}
    other = {"model": SHORT["model"], "fallback": SHORT["model"], "to": "-o", **switches}
    return {name: flag(name, several=name in several) for name in fields} | other
