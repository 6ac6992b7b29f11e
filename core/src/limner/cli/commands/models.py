"""``limner models``."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from limner.cli.exits import Exit


@click.command("models")
@click.argument("provider", required=False)
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def command(*, provider: str | None, as_json: bool) -> Exit:
    """List models, what they do, and whether they still do it.

    With a PROVIDER, only those it has.
    """
    from limner.cli.listing import models  # noqa: PLC0415 - the help needs none of it

    return models(provider, as_json=as_json)
