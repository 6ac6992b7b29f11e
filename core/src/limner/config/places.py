"""Where something stands in a configuration, and the reading of tables: every complaint names the file and the path."""

from __future__ import annotations

import datetime as dt
import json
import re
from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any, TypeAlias

from attrs import field, frozen

from limner.capabilities.reasons import did_you_mean, listed, shown
from limner.errors import ConfigError

if TYPE_CHECKING:
    from typing import Self

_BARE = re.compile(r"[A-Za-z0-9_-]{1,64}")
_SHOWN = 64
_KEYS = re.compile(r"(?i)(api|secret|access)?[-_]?(keys?|tokens?|secrets?)|passw(or)?d|authorization|credentials?")


@frozen
class Place:
    """A place in a configuration.

    Args:
        file: The file, or the words that stand for a mapping given in code.
        path: The keys that lead there.
    """

    file: str
    path: tuple[str | int, ...] = ()

    def at(self, key: str | int) -> Place:
        """The place of a key, or of an item by its number, inside this one."""
        return Place(self.file, (*self.path, key))

    def error(self, sentence: str, hint: str | None = None) -> ConfigError:
        """What is wrong here, as an error; the sentence has neither subject nor full stop."""
        return ConfigError(f"{self} {sentence}.{f' {hint}' if hint else ''}", param="config")

    def wrong(self, wanted: str, value: object) -> ConfigError:
        """The error for a value that is not what is wanted."""
        return self.error(f"must be {wanted}, not {shown(value)}")

    def __str__(self) -> str:
        """``limner.toml: providers.acme.models."acme-1.5".family``, as TOML writes it."""
        path = "".join(f"[{key}]" if isinstance(key, int) else f".{_spelled(key)}" for key in self.path)
        return f"{self.file}:{path.replace('.', ' ', 1)}" if path else f"{self.file}:"


def _spelled(key: str) -> str:
    return key if _BARE.fullmatch(key) else json.dumps(key[:_SHOWN])


Reader: TypeAlias = Callable[[Any, Place], Any]
"""What turns a value into what it means, or raises the error of its place."""


@frozen
class Table:
    """A table of a configuration.

    Args:
        place: Where it stands.
        values: What stands in it.
        implied: Whether its only key is ours: a bare list that stands for ``{ values = [...] }``.
    """

    place: Place
    values: Mapping[str, Any] = field(repr=False)
    implied: bool = False

    @classmethod
    def of(cls, value: object, place: Place) -> Self:
        """The table that stands at a place.

        Raises:
            ConfigError: something else stands there.
        """
        if not isinstance(value, Mapping):
            raise place.wrong("a table", value)
        for key in value:
            if not isinstance(key, str):
                raise place.error(f"must have keys that are text, not {shown(key)}")
        return cls(place, value)

    def read(self, readers: Mapping[str, Reader]) -> dict[str, Any]:
        """What stands here, each key by its reader; what does not stand here is not in it.

        Raises:
            ConfigError: a key has no reader, or a value is wrong.
        """
        for key in self.values:
            if key not in readers:
                raise self.stranger(key, readers)
        return {key: readers[key](value, self.at(key)) for key, value in self.values.items()}

    def at(self, key: str) -> Place:
        """The place of a key, as the user sees it."""
        return self.place if self.implied else self.place.at(key)

    def tables(self) -> dict[str, Table]:
        """The tables that stand here, by key.

        Raises:
            ConfigError: something else stands here.
        """
        return {key: Table.of(value, self.at(key)) for key, value in self.values.items()}

    def stranger(self, key: str, known: Iterable[str]) -> ConfigError:
        """The error for a key that nothing reads. Its value is not repeated: it may be a secret."""
        place = self.place.at(key)
        if _KEYS.fullmatch(key):
            return place.error(
                "must not be here: a key belongs in an environment variable, which key_variable names, or in code, as"
                " keys={...}"
            )
        names = sorted(known)
        told = f"these are: {listed(map(_spelled, names), 'and')}" if names else "there are none"
        return place.error(f"is not a key that is known here; {told}", did_you_mean(key, names))


def table(value: object, place: Place) -> Table:
    """A table."""
    return Table.of(value, place)


def plain(value: Any) -> Any:  # noqa: ANN401 - whatever stands there
    """A copy of what TOML has, as JSON has it too."""
    if isinstance(value, Mapping):
        return {key: plain(one) for key, one in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(one) for one in value]
    if isinstance(value, dt.datetime):
        return value.date().isoformat()
    return value.isoformat() if isinstance(value, dt.date) else value
