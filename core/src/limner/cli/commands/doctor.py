"""``limner doctor``."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from limner.cli.exits import Exit


@click.command("doctor")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def command(*, as_json: bool) -> Exit:
    """Find out what is wrong here, and the command that mends it.

    Every plugin that may be imported is imported and rehearsed: it makes a request,
    which is not sent, and reads an empty answer. Keys are looked for and never shown.
    The exit code is 1 where something is wrong; a missing key is not.
    """
    from limner.cli.doctoring import doctor  # noqa: PLC0415 - the help needs none of it

    return doctor(as_json=as_json)
