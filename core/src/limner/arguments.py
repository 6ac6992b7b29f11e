"""Whether what a client is made with, and what its methods are given, is what they take."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from difflib import get_close_matches
from typing import TYPE_CHECKING

from limner.credentials import normalized
from limner.errors import BadInputError, ConfigError

if TYPE_CHECKING:
    from collections.abc import Callable

    from limner.events import Event
    from limner.registry import Registry


REQUEST = "a request such as GenerateRequest"
"""What most methods take, in words."""


def listeners(value: Iterable[Callable[[Event], None]]) -> tuple[Callable[[Event], None], ...]:
    """The observers of a client.

    Raises:
        ConfigError: they are not several functions.
    """
    several: object = value
    if not isinstance(several, Iterable):
        raise ConfigError(
            f"observers takes a list of functions; it was given {type(several).__name__}.", param="observers"
        )
    found = tuple(value)
    for one in found:
        if not callable(one):
            raise ConfigError(f"observers takes functions; it was given {type(one).__name__}.", param="observers")
    return found


def check_limits(limits: Mapping[str, object], at_once: object) -> None:
    """Refuse what is no limit.

    Args:
        limits: Seconds, by parameter; ``None``: no limit.
        at_once: How many calls of one request run at once.

    Raises:
        ConfigError: one of them is none.
    """
    if not isinstance(at_once, int) or at_once < 1:
        told = f"max_concurrency is a whole number of at least 1; it was given {at_once!r}."
        raise ConfigError(told, param="max_concurrency")
    for param, seconds in limits.items():
        if seconds is not None and not (isinstance(seconds, (int, float)) and seconds > 0):
            raise ConfigError(f"{param} is a number of seconds above 0; it was given {seconds!r}.", param=param)


def check_names(param: str, given: object, registry: Registry) -> None:
    """A misspelt provider would go unheard: a key unused, and the call to another address than the one meant.

    Raises:
        ConfigError: a name is close to that of a provider here, and none's own; or this is no mapping.
    """
    if not isinstance(given, Mapping):
        raise ConfigError(f"{param} is a mapping by provider; it was given {type(given).__name__}.", param=param)
    known = {normalized(name): name for name in registry.names()} if given else {}
    for name in given:
        near = get_close_matches(normalized(str(name)), known, 1, 0.75)
        # One that is installed and not among this client's is no misspelling.
        if near and normalized(str(name)) not in {*known, *(normalized(one.name) for one in registry.entries())}:
            raise ConfigError(
                f"{param} names {name!r}, which is no provider here; did you mean {known[near[0]]!r}?", param=param
            )


def check_given(method: str, value: object, kind: type | tuple[type, ...], what: str) -> None:
    """Refuse what a method takes nothing of.

    Args:
        method: Its name.
        value: What it was given.
        kind: What it takes.
        what: The same in words.

    Raises:
        BadInputError: it is something else.
    """
    if not isinstance(value, kind):
        raise BadInputError(f"{method}() takes {what}; it was given {type(value).__name__}.", param=what.split()[1])
