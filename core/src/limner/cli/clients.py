"""The client of a command, and the emulator it may talk to: the one place where either is made."""

from __future__ import annotations

from contextlib import contextmanager
from importlib import import_module
from typing import TYPE_CHECKING, Any

import click

from limner.client import Client
from limner.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Mapping

    from limner.events import Event


@contextmanager
def opened(
    *,
    sandbox: bool = False,
    allow: Collection[str] = (),
    observers: tuple[Callable[[Event], None], ...] = (),
    config: Mapping[str, Any] | None = None,
) -> Iterator[Client]:
    """A client for as long as a block lasts; with ``sandbox``, of an emulator that lasts as long.

    Its configuration is the file that was named on the command line, where one was.

    Args:
        sandbox: Whether it talks to an emulator.
        allow: What works in the emulator beside what is served today: what was ``retired``, what is ``announced``.
        observers: As for :class:`limner.Client`.
        config: A configuration in place of any file.

    Raises:
        ConfigError: the configuration is wrong, or the emulator is wanted and not installed.
    """
    context = click.get_current_context(silent=True)
    named: str | None = context.find_root().obj if context is not None else None
    if not sandbox:
        with Client(observers=observers, config=named if config is None else config) as client:
            yield client
        return
    more = {word: word in allow for word in ("retired", "announced")}
    with (
        emulators().Sandbox(**more) as emulator,
        emulator.client(observers=observers, config=named if config is None else config) as client,
    ):
        yield client


def emulators() -> Any:  # noqa: ANN401 - a module that may not be there
    """The package ``limner_sandbox``, which the core does not require.

    Raises:
        ConfigError: it is not installed.
    """
    try:
        return import_module("limner_sandbox")
    except ModuleNotFoundError as error:
        if error.name != "limner_sandbox":
            raise
        raise ConfigError("The sandbox is a package of its own: pip install limner-sandbox") from None
