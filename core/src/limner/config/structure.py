"""From plain data to a :class:`Config`: the top of what a configuration may say."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from limner.capabilities import Source
from limner.config.config import Config, Defaults
from limner.config.own import MARKS, provider
from limner.config.patches import Patch
from limner.config.places import Place, Table, plain
from limner.config.readers import positive, seconds, text, words
from limner.credentials import normalized
from limner.registry.shape import NAME

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Mapping

    from limner.provider import Provider


def structured(data: Mapping[str, Any], label: str, day: dt.date) -> Config:
    """Make a configuration of what was read.

    Args:
        data: As TOML has it.
        label: The file, or the words that stand for a mapping.
        day: When it last changed: the date of what it declares.

    Raises:
        ConfigError: something in it is unknown or wrong.
    """
    root, source = Table.of(data, Place(label)), Source(label, day)
    given = root.read({"defaults": _defaults, "providers": _providers})
    own: list[Provider] = []
    patches: dict[str, Patch] = {}
    for name, told in given.get("providers", {}).items():
        if told.values.keys().isdisjoint(MARKS):
            patches[normalized(name)] = Patch.of(name, told, source)
        else:
            own.append(provider(name, told, source))
    return Config(given.get("defaults", Defaults()), tuple(own), patches, root.place, plain(data))


def _providers(value: object, place: Place) -> dict[str, Table]:
    tables = Table.of(value, place).tables()
    seen: dict[str, str] = {}
    for name in tables:
        if not NAME.fullmatch(name):
            raise place.at(name).error("is not a provider's name: up to 64 of a-z, 0-9, '.', '_' and '-'")
        other = seen.setdefault(normalized(name), name)
        if other != name:
            raise place.at(name).error(f"is the same name as {other}")
    return tables


def _defaults(value: object, place: Place) -> Defaults:
    given = Table.of(value, place).read(
        {
            "providers": words,
            "model": _model,
            "timeout": seconds,
            "total_timeout": seconds,
            "max_concurrency": positive,
        }
    )
    return Defaults(**given)


def _model(value: object, place: Place) -> str:
    model = text(value, place)
    if not all(model.partition("/")):
        raise place.wrong("written as provider/model", value)
    return model
