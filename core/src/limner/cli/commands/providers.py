"""``limner providers``."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from limner.cli.exits import Exit


@click.command("providers")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def command(*, as_json: bool) -> Exit:
    """List the providers: whether each works, and has a key.

    Every plugin that may be imported is imported. Keys are never shown.
    """
    from limner.cli.listing import providers  # noqa: PLC0415 - the help needs none of it

    return providers(as_json=as_json)
