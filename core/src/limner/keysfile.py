"""The user's file of keys, ``keys.toml``: for whoever would rather not keep them in the environment.

::

    openai = "sk-..."                      # a provider and its key
    "fastapi.ai" = "..."                   # a name with a dot is written in quotes

    [acme]                                 # a provider that takes several
    ACME_ID = "..."
    ACME_SECRET = "..."

It is looked at when a key is wanted that neither the ``keys=`` argument nor the environment has, and not before.
What it holds is as strong as the environment (see :func:`limner.credentials.may_send_key`): a base URL that a
configuration sets for an installed provider does not get its keys. A configuration travels with projects and may be a
stranger's; these keys are the user's own.
"""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self, TypeAlias

from limner.credentials import Secret, Unpicklable, normalized
from limner.errors import ConfigError

if TYPE_CHECKING:
    from typing import BinaryIO

__all__ = ["NAME", "VARIABLE", "Kept", "KeysFile"]

NAME = "keys.toml"
"""The file's name in the platform's folder for configuration, beside ``limner.toml``."""

VARIABLE = "LIMNER_KEYS"
"""The environment variable that names another file, or says ``off``."""

Kept: TypeAlias = Secret | Mapping[str, Secret]
"""What the file has for a provider: its key, or several by their names."""


class KeysFile(Unpicklable):
    """A file of keys, read once, when the first is wanted. Making one reads nothing.

    Args:
        named: The file; ``None``: the user's own, which need not be there.
    """

    def __init__(self, named: str | None = None) -> None:
        self._named = named
        self._kept: Mapping[str, Kept] | None = None

    @classmethod
    def surrounding(cls, environ: Mapping[str, str], *, platform: bool) -> Self | None:
        """The file of the surroundings, if any is to be read.

        Args:
            environ: Where ``LIMNER_KEYS`` may name a file, or say ``off``.
            platform: Whether to look in the platform's folder where it says nothing.
        """
        named = environ.get(VARIABLE)
        wanted = named != "off" if named else platform
        return cls(named or None) if wanted else None

    def __repr__(self) -> str:
        return f"KeysFile({self._named or NAME!r})"

    @cached_property
    def path(self) -> Path:
        """Where it is: ``~/.config/limner/keys.toml`` and the like."""
        if self._named is not None:
            return Path(os.path.expanduser(self._named))  # noqa: PTH111 - unlike Path's own, it never raises
        from platformdirs import user_config_path  # noqa: PLC0415 - not needed where no key is looked for in it

        return user_config_path("limner", appauthor=False) / NAME

    def get(self, provider: str) -> Kept | None:
        """What it has for a provider, however its name is written.

        Raises:
            ConfigError: it cannot be used: others may read it, it is not TOML, or has another shape. The message says
                where, and never what stands there.
        """
        if self._kept is None:
            self._kept = self._read()
        found = self._kept.get(normalized(provider))
        head, dot, rest = provider.partition(".")
        if found is None and dot and rest in (_table(self._kept.get(normalized(head)))):
            raise self._error(f'write the name in quotes, as it has a dot: "{provider}" = ...')
        return found

    def _read(self) -> Mapping[str, Kept]:
        try:
            with self.path.open("rb") as file:
                self._check_mode(os.fstat(file.fileno()).st_mode)
                told = _parsed(file)
        except (FileNotFoundError, NotADirectoryError):
            if self._named is None:
                return {}
            fault = f"there is no such file; {VARIABLE} names it"
        except OSError as error:
            fault = f"it cannot be read: {error.strerror}"
        else:
            if not isinstance(told, str):
                return self._shaped(told)
            fault = f"it is not TOML{told}"
        raise self._error(fault)

    def _check_mode(self, mode: int) -> None:
        """Of the file that was opened, so that it cannot be another one by then."""
        if os.name == "posix" and stat.S_IMODE(mode) & 0o077:
            raise self._error(f"others may read it; make it yours alone: chmod 600 '{self.path}'")

    def _shaped(self, told: Mapping[str, Any]) -> Mapping[str, Kept]:
        kept: dict[str, Kept] = {}
        for provider, value in told.items():
            for name, one in value.items() if isinstance(value, dict) else [(None, value)]:
                if not isinstance(one, Secret):
                    place = provider if name is None else f"{provider}.{name}"
                    raise self._error(
                        f"{place[:_SHOWN]} must be a key in quotes, or a table of them, not {type(one).__name__};"
                        " a provider's name with a dot is written in quotes"
                    )
            if normalized(provider) in kept:
                raise self._error(f"it names {provider[:_SHOWN]!r} twice")
            kept[normalized(provider)] = value
        return kept

    def _error(self, fault: str) -> ConfigError:
        return ConfigError(f"The keys file {self.path} cannot be used: {fault}.", param=VARIABLE)


_SHOWN = 64


def _parsed(file: BinaryIO) -> dict[str, Any] | str:
    """What it says, every text wrapped; or, where it is no TOML, the place: the parser's own error holds the text."""
    import tomllib  # noqa: PLC0415 - most clients read no file

    try:
        told: dict[str, Any] = _wrapped(tomllib.load(file))
    except (ValueError, RecursionError) as error:  # not TOML, or not UTF-8
        place = re.search(r" \(at [a-z0-9 ,]+\)\Z", str(error)[-80:])
    else:
        return told
    return place[0] if place else ""


def _wrapped(told: Any) -> Any:  # noqa: ANN401 - TOML
    """Wrap every text as soon as it is in our hands, so that no traceback that shows variables shows it."""
    if isinstance(told, dict):
        return {name: _wrapped(one) for name, one in told.items()}
    if isinstance(told, list):
        return [_wrapped(one) for one in told]
    return Secret(told) if isinstance(told, str) else told


def _table(kept: Kept | None) -> Mapping[str, Secret]:
    return kept if isinstance(kept, Mapping) else {}
