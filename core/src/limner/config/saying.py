"""From a client back to a configuration: plain data that reads as the same, and holds no secret."""

from __future__ import annotations

import datetime as dt
import re
from typing import TYPE_CHECKING, Any

from limner.config.places import plain
from limner.config.structure import structured
from limner.credentials import normalized

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

    from limner.config.config import Config

_LABEL = "what to_config() says"
_SECRET = re.compile(r"(?i)key|token|secret|passw|auth|credential")


def said(
    config: Config,
    defaults: Mapping[str, Any],
    base_urls: Mapping[str, str],
    settings: Mapping[str, Mapping[str, str]],
    there: Collection[str],
) -> dict[str, Any]:
    """Say as one configuration what a client was told by a configuration and by code.

    Args:
        config: The client's configuration.
        defaults: The client's own defaults, which replace those of the configuration; what is empty is left out.
        base_urls: The base URLs that code gave.
        settings: The settings that code gave.
        there: The names of the providers that are there. What code says of others means nothing, and a configuration
            may not say it.

    Raises:
        ConfigError: code gave something that a configuration does not take.
    """
    providers: dict[str, dict[str, Any]] = plain(config.told.get("providers", {}))
    spelled = {normalized(name): name for name in (*there, *providers)}

    def of(name: str) -> dict[str, Any] | None:
        known = spelled.get(normalized(name))
        return None if known is None else providers.setdefault(known, {})

    for name, url in base_urls.items():
        if url.strip() and (table := of(name)) is not None:
            table["base_url"] = url.strip()
    for name, given in settings.items():
        if given and (table := of(name)) is not None:
            table["settings"] = {**table.get("settings", {}), **given}
    told = {
        "defaults": {name: plain(value) for name, value in defaults.items() if value},
        "providers": {name: table for name, table in _public(providers) if table},
    }
    told = {name: table for name, table in told.items() if table}
    structured(told, _LABEL, dt.datetime.now(dt.UTC).date())
    return told


def _public(providers: Mapping[str, dict[str, Any]]) -> Iterator[tuple[str, dict[str, Any]]]:
    """The tables without the settings that seem to be secrets, going by their names."""
    for name, table in providers.items():
        kept = {key: value for key, value in table.get("settings", {}).items() if not _SECRET.search(key)}
        rest = {key: value for key, value in table.items() if key != "settings"}
        yield name, {**rest, **({"settings": kept} if kept else {})}
