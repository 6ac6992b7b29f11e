"""What an emulator of one provider's API is, and how the emulators are found.

Every module of :mod:`limner_sandbox.emulators` is one emulator, and exposes it as ``EMULATOR``. There is no list of
them: a new module is found because it is there.
"""

from __future__ import annotations

from importlib import import_module
from pkgutil import iter_modules
from typing import TYPE_CHECKING

from attrs import frozen

from limner_sandbox import emulators

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from starlette.responses import Response
    from starlette.types import ASGIApp

    from limner_sandbox.faults import Fault
    from limner_sandbox.studio import Studio


@frozen(kw_only=True)
class Emulator:
    """One provider's HTTP API on loopback: what is the provider's own. Everything else is the server's."""

    name: str
    """The provider's name, as in ``model="name/model"``."""
    base_path: str
    """Where the API begins, such as ``/openai/v1``."""
    key_prefix: str
    """How the provider's keys begin; a sandbox's random key begins so too."""
    build: Callable[[Studio], ASGIApp]
    """Makes the API itself; it is called once per sandbox, and asked only with an accepted key."""
    presented: Callable[[Mapping[str, str], Mapping[str, str]], str | None]
    """The key that a request's headers (lower-case names) and query show, if any."""
    deny: Callable[[str | None], Response]
    """The answer to a request with this key, or with none."""
    error: Callable[[Fault], Response]
    """A fault in the provider's own words; its status is set."""
    headers: Callable[[float], Mapping[str, str]]
    """The headers of every answer, after so many milliseconds."""
    key_query: tuple[str, ...] = ()
    """Names of query parameters that carry a key: never written to the log."""


def discover() -> tuple[Emulator, ...]:
    """Every emulator there is, by name."""
    names = sorted(module.name for module in iter_modules(emulators.__path__))
    return tuple(import_module(f"{emulators.__name__}.{name}").EMULATOR for name in names)
