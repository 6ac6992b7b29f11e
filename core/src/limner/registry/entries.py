"""What the metadata of installed distributions says about plugins. Nothing is imported here."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import TYPE_CHECKING, Literal, TypeAlias

from attrs import evolve, field, frozen

from limner.credentials import normalized
from limner.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from importlib.metadata import Distribution, EntryPoint

GROUP = "limner"
"""The entry-point group of providers."""

HOOK_GROUP = "limner.hooks"
"""The entry-point group of plugins that observe, or that bring keys."""

Status: TypeAlias = Literal[
    "found", "ok", "blocked", "conflict", "import-error", "not-a-plugin", "unknown-hook", "bad-signature",
    "api-version", "factory-error", "bad-capabilities", "bad-config", "bad-exchange",
]  # fmt: skip
"""How it stands with a plugin: ``found`` is not imported yet, ``ok`` is ready, all others cannot be used."""

Plugins: TypeAlias = "bool | str | Iterable[str] | None"
"""Which distributions may bring plugins: by name, all (``True``), none (``False``, ``off``), or nothing was said."""


@frozen
class Entry:
    """What is known of one plugin."""

    name: str
    """The entry point's name; in the group ``limner``, the provider's."""
    group: str
    distribution: str
    """Who brings it, such as ``limner-acme``; empty for a provider given in code."""
    version: str
    value: str
    """What is imported, as the entry point spells it."""
    status: Status = "found"
    reason: str = ""
    """A sentence for every status but ``found`` and ``ok``."""
    origin: str = ""
    """The folder in which the distribution is installed."""
    detail: str = field(default="", repr=False)
    """The traceback of what went wrong, for the plugin's author."""
    seconds: float | None = field(default=None, eq=False)
    """How long its import took, with whatever it was the first to load; ``None``: it was not imported."""
    noise: tuple[str, ...] = ()
    """What its import did to its surroundings, where that was watched: a sentence each."""

    @property
    def choice(self) -> str:
        """The name that says which one is meant where two distributions claim the same: ``limner-acme:acme``."""
        return f"{self.distribution}:{self.name}" if self.distribution else self.name

    @property
    def rightful(self) -> bool:
        """Whether the distribution is called after the name: ``acme`` of ``limner-acme``.

        Signs do not count: package indexes take ``limner-fast-api`` and ``limner-fastapi`` for one name, too.
        """
        return _letters(self.distribution) == f"limner{_letters(self.name)}"


def _letters(name: str) -> str:
    return normalized(name).replace("-", "")


def parse_allow(said: Plugins) -> tuple[str, ...] | None:
    """Read ``LIMNER_PLUGINS`` (``off``, or distributions separated by commas), or what ``plugins=`` says.

    Returns:
        The distributions that may be imported. ``None``, where nothing was said: all of them.

    Raises:
        ConfigError: it is neither a word nor names.
    """
    if isinstance(said, bool):
        return None if said else ()
    if said is None or isinstance(said, str):
        names = tuple(re.findall(r"[^,\s]+", said or ""))
        nobody = names == ("off",) or (not names and "," in (said or ""))  # the names of an empty list, put together
        return () if nobody else names or None
    given: object = said
    named: tuple[object, ...] = tuple(given) if isinstance(given, Iterable) else (given,)
    names = tuple(name for name in named if isinstance(name, str))
    if len(names) < len(named):
        raise ConfigError(f"plugins takes names of distributions, True or False, not {given!r}.", param="plugins")
    return names


def installed() -> Iterator[Entry]:
    """Yield every plugin that is installed, in the order of ``sys.path``.

    Distributions without a plugin are passed over unparsed; one whose metadata is broken is an entry that says so.
    """
    from importlib import metadata  # noqa: PLC0415 - slow to import, and not needed where providers are given in code

    seen: dict[str, tuple[str, str]] = {}
    for distribution in metadata.distributions():
        text = _text(distribution, "entry_points.txt")
        if any(f"[{group}]" in text for group in (GROUP, HOOK_GROUP)):
            yield from _announced(distribution, seen)


def _announced(distribution: Distribution, seen: dict[str, tuple[str, str]]) -> Iterator[Entry]:
    origin = str(distribution.locate_file(""))
    name, version = _header(distribution, "Name"), _header(distribution, "Version")
    fault = "" if name else "METADATA does not say its name"
    points: list[EntryPoint] = []
    try:
        points = [point for point in distribution.entry_points if point.group in {GROUP, HOOK_GROUP}]
    except Exception:  # noqa: BLE001 - whatever a stranger's file brings about
        fault = "entry_points.txt cannot be read"
    if fault:
        yield Entry(name or "?", GROUP, name, version, "", "not-a-plugin", f"its metadata is broken: {fault}", origin)
        return
    known = seen.get(normalized(name))
    seen.setdefault(normalized(name), (version, origin))
    for point in () if known == (version, origin) else points:  # a folder may stand on sys.path twice
        entry = Entry(point.name, point.group, name, version, point.value, origin=origin)
        reason = f"{name} is installed twice, and another copy comes first"
        yield evolve(entry, status="blocked", reason=reason) if known else entry


def _text(distribution: Distribution, filename: str) -> str:
    try:
        return distribution.read_text(filename) or ""
    except (OSError, ValueError):  # unreadable, or not UTF-8
        return ""


def _header(distribution: Distribution, header: str) -> str:
    """Read one field; importlib.metadata would parse the whole README with it."""
    text = _text(distribution, "METADATA") or _text(distribution, "PKG-INFO")
    found = re.search(rf"(?im)^{header}:[ \t]*(\S+)", text.partition("\n\n")[0])
    return found[1] if found else ""


def record_digest(entry: Entry) -> str | None:
    """Return the SHA-256 of the distribution's RECORD, which lists its files with their digests.

    ``None`` where there is no RECORD, as for a provider given in code.
    """
    from hashlib import sha256  # noqa: PLC0415 - for listings only
    from importlib import metadata  # noqa: PLC0415 - the same

    found = metadata.distributions(name=entry.distribution, path=[entry.origin]) if entry.distribution else ()
    record = next((text for text in (_text(one, "RECORD") for one in found) if text), None)
    return sha256(record.encode()).hexdigest() if record is not None else None
