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


_NAME = re.compile(r"[A-Za-z0-9]([A-Za-z0-9._-]*[A-Za-z0-9])?")
_EXTRAS = re.compile(r"\[[A-Za-z0-9._,\s-]+\]")


def _pip(words: str, entry: Entry, around: Surroundings, extras: str = "") -> str:
    """A command of pip's. What is no distribution's name, and might be an option of pip's, is not handed to it."""
    if _NAME.fullmatch(entry.distribution):
        return f"pip {words} {quote(entry.distribution + extras)}"
    # The configuration's own; or metadata that pip cannot use either, and names by its folder.
    return f"pip list --path {quote(entry.origin)}" if entry.origin else edit(around.config)


def _allow(entry: Entry, around: Surroundings) -> str:
    """Nothing is wrong where somebody wanted it so; this is how to want it otherwise."""
    names = around.allowed
    if names is None or normalized(entry.distribution) in map(normalized, names):
        return ""
    return f"export LIMNER_PLUGINS={quote(','.join([*names, entry.distribution]))}"


def _upgrade(entry: Entry, around: Surroundings) -> str:
    """Also brings what it needs and lacks."""
    extras = _EXTRAS.search(entry.value)
    return _pip("install -U", entry, around, "".join(extras[0].split()) if extras else "")


def _upgrade_both(entry: Entry, around: Surroundings) -> str:
    return _pip("install -U limner", entry, around)


def _uninstall(entry: Entry, around: Surroundings) -> str:
    return _pip("uninstall", entry, around)


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
