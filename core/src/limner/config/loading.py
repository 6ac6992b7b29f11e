"""Finding the file and reading it. No file is ever written."""

from __future__ import annotations

import datetime as dt
import os
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from limner.config.config import EMPTY
from limner.errors import ConfigError

if TYPE_CHECKING:
    from limner.config.config import Config

NAME = "limner.toml"
"""The file's name in the platform's folder for configuration."""

VARIABLE = "LIMNER_CONFIG"
"""The environment variable that names another file, or says ``off``."""


def load(config: str | os.PathLike[str] | Mapping[str, Any]) -> Config:
    """Read a configuration that was asked for: a file, or a mapping of the same shape.

    Raises:
        ConfigError: it cannot be read, or something in it is wrong.
    """
    if isinstance(config, Mapping):
        return _structured(config, "the config= mapping", dt.datetime.now(dt.UTC).date())
    if not isinstance(config, (str, os.PathLike)):
        raise ConfigError(f"config= is a path or a mapping, not {type(config).__name__}.", param="config")
    path = Path(os.path.expanduser(config))  # noqa: PTH111 - unlike Path's own, it never raises
    found = _from_file(path)
    if found is None:
        raise ConfigError(f"{path}: there is no such file.", param="config")
    return found


def surrounding(environ: Mapping[str, str], *, platform: bool) -> Config:
    """Read the configuration of the surroundings, if there is one.

    Args:
        environ: Where ``LIMNER_CONFIG`` may name a file, or say ``off``.
        platform: Whether to look in the platform's folder where it says nothing.

    Raises:
        ConfigError: it cannot be read, or something in it is wrong.
    """
    named = environ.get(VARIABLE)
    if named and named != "off":
        return load(named)
    found = _from_file(user_file()) if platform and not named else None
    return EMPTY if found is None else found


def user_file() -> Path:
    """Where the user's own file is, if there is one: ``~/.config/limner/limner.toml`` and the like."""
    from platformdirs import user_config_path  # noqa: PLC0415 - not needed where the caller says what to read

    return user_config_path("limner", appauthor=False) / NAME


def _from_file(path: Path) -> Config | None:
    import tomllib  # noqa: PLC0415 - most clients read no file

    try:
        with path.open("rb") as file:
            changed = dt.datetime.fromtimestamp(os.fstat(file.fileno()).st_mtime, dt.UTC).date()
            data = tomllib.load(file)
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:
        raise ConfigError(f"{path}: cannot be read: {error.strerror}.", param="config") from None
    except (ValueError, RecursionError) as error:  # not TOML, or not UTF-8
        raise ConfigError(f"{path}: is not TOML: {error}.", param="config") from None
    return _structured(data, str(path), changed)


def _structured(data: Mapping[str, Any], label: str, day: dt.date) -> Config:
    from limner.config.structure import structured  # noqa: PLC0415 - most clients have no configuration

    return structured(data, label, day)
