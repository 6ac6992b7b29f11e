"""What mends a broken plugin: one table, from how it stands to a command."""

from __future__ import annotations

import re
from shlex import quote
from typing import TYPE_CHECKING

from attrs import frozen

from limner.credentials import normalized

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping

    from limner.registry import Entry, Status


@frozen
class Trouble:
    """Something that is wrong."""

    subject: str
    problem: str
    """A sentence without its full stop."""
    cure: str
    """A command for a shell. What strangers named is quoted."""


@frozen
class Surroundings:
    """What cures depend on beside the plugin."""

    allowed: Collection[str] | None
    """The distributions that may be imported; ``None``: all."""
    config: str
    """The configuration file, if there were one."""


def edit(path: str) -> str:
    """The command that opens a file."""
    return f"${{EDITOR:-vi}} {quote(path)}"


def _allow(entry: Entry, around: Surroundings) -> str:
    """Nothing is wrong where somebody wanted it so; this is how to want it otherwise."""
    names = around.allowed
    if names is None or normalized(entry.distribution) in map(normalized, names):
        return ""
    return f"export LIMNER_PLUGINS={quote(','.join([*names, entry.distribution]))}"


def _upgrade(entry: Entry, around: Surroundings) -> str:
    """Also brings what it needs and lacks."""
    extras = re.search(r"\[[\w.,\s-]+\]", entry.value)
    return _install(entry, around, "-U", entry.distribution + (extras[0].replace(" ", "") if extras else ""))


def _upgrade_both(entry: Entry, around: Surroundings) -> str:
    return _install(entry, around, "-U", "limner", entry.distribution)


def _install(entry: Entry, around: Surroundings, *words: str) -> str:
    if entry.distribution:
        return f"pip install {' '.join(map(quote, words))}"
    # Without a name it is the configuration's own, or metadata that pip cannot read either, but names by its folder.
    return f"pip list --path {quote(entry.origin)}" if entry.origin else edit(around.config)


def _uninstall(entry: Entry, _: Surroundings) -> str:
    return f"pip uninstall {quote(entry.distribution)}"


def _configure(_: Entry, around: Surroundings) -> str:
    return edit(around.config)


CURES: Mapping[Status, Callable[[Entry, Surroundings], str]] = {
    "blocked": _allow,
    "conflict": _uninstall,
    "import-error": _upgrade,
    "not-a-plugin": _upgrade,
    "unknown-hook": _upgrade_both,
    "bad-signature": _upgrade_both,
    "api-version": _upgrade_both,
    "factory-error": _upgrade,
    "bad-capabilities": _upgrade,
    "bad-config": _configure,
    "bad-exchange": _upgrade,
}
"""What is not here needs no cure."""

FINE = frozenset({"found", "ok", "blocked"})
"""Nothing is wrong with these: who is blocked is so by somebody's wish, or yields to another."""


def cure(entry: Entry, around: Surroundings) -> str:
    """The command that mends a plugin; empty where nothing is to be mended."""
    mend = CURES.get(entry.status)
    return mend(entry, around) if mend is not None else ""
