"""Dialects: the wire formats for which a provider needs no code, found through the entry-point group of their name.

A dialect is a module with

- ``provider(*, name, api_version, base_url, key_variable, auth, capabilities, more_hosts, url_lifetime) -> Provider``;
- ``families() -> Mapping[str, Mapping[str, OperationCapabilities]]``: what models take, by family and operation. The
  family ``open``, where there is one, is for models that nobody lists;
- ``encodings() -> Mapping[str, Encoding]``: the ways to write the body of an edit.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol, cast

from limner.capabilities.reasons import did_you_mean, listed, shown

if TYPE_CHECKING:
    from collections.abc import Mapping

    from limner.capabilities import Encoding, OperationCapabilities
    from limner.config.places import Place
    from limner.provider import Provider

GROUP = "limner.dialects"
"""The entry-point group."""

OPEN = "open"
"""The family of models that nobody lists."""


class Dialect(Protocol):
    """What is asked of a dialect's module."""

    def provider(self, **declared: object) -> Provider:
        """A provider that speaks it."""
        ...

    def families(self) -> Mapping[str, Mapping[str, OperationCapabilities]]:
        """What models take, by family and operation."""
        ...

    def encodings(self) -> Mapping[str, Encoding]:
        """The ways to write an edit."""
        ...


def dialect(name: str | None, place: Place) -> Dialect:
    """The dialect of a name; without one, that which comes with limner.

    Args:
        name: As its entry point has it.
        place: Where the name stands, for errors.

    Raises:
        ConfigError: there is none of this name.
    """
    from importlib import metadata  # noqa: PLC0415 - slow to import, and not needed for words about installed providers

    points = sorted(metadata.entry_points(group=GROUP), key=lambda point: point.name)
    own = (point for point in points if point.dist is not None and point.dist.name == "limner")
    chosen = next(own if name is None else (point for point in points if point.name == name), None)
    if chosen is None:
        names = [point.name for point in points]
        raise place.error(f"must be a dialect that is installed ({listed(names) or 'none is'}), not {shown(name)}",
                          did_you_mean(name, names))  # fmt: skip
    return cast("Dialect", chosen.load())
