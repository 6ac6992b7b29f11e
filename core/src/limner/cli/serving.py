"""The emulator as a server, for clients in any language: ``limner sandbox``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from limner.cli import clients
from limner.cli.exits import Exit
from limner.cli.text import say, tell
from limner.errors import ConfigError, LimnerError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from limner.client import Client


def serve(*, host: str, port: int, retired: bool, announced: bool) -> Exit:
    """Serve until Ctrl-C.

    Args:
        host: A loopback address.
        port: A port; 0 is any that is free.
        retired: Whether models work that were shut down.
        announced: Whether operations work that are not there yet.

    Raises:
        ConfigError: the emulator is not installed, or the configuration cannot be used.
        UsageError: the address cannot be used.
    """
    serving = False

    def announce(sandbox: Any) -> None:  # noqa: ANN401 - the emulator is no dependency of ours
        nonlocal serving
        serving = True
        _announce(sandbox)

    package = clients.emulators()
    try:
        package.serve(host=host, port=port, retired=retired, announced=announced, announce=announce)
    except ConfigError as error:
        if serving:
            raise
        # What stands in the way before it serves is the address, which was said on the line.
        raise click.UsageError(error.message, click.get_current_context(silent=True)) from None
    return Exit.DONE


def _announce(sandbox: Any) -> None:  # noqa: ANN401 - the emulator is no dependency of ours
    with clients.opened() as client:
        for name, url in sandbox.base_urls.items():
            say(f"# {name}", *_settings(client, name, url, sandbox.key_for(name)))
    tell("serving until Ctrl-C; the lines above can go into a shell, and the keys work here alone.")


def _settings(client: Client, name: str, url: str, key: str) -> Iterator[str]:
    """The provider's own variables, ready for a shell; comments where it has none, or is not installed."""
    try:
        provider: Any = client.installed().get(name)
    except LimnerError:
        provider = None
    for variable, what, value in (
        (getattr(provider, "base_url_variable", None), "base URL", url),
        (getattr(provider, "key_variable", None), "key", key),
    ):
        yield f"export {variable}={value}" if variable else f"# {what}: {value}"
