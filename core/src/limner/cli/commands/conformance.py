"""``limner conformance``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from limner.cli.operation import AuthorsCommand, verbatim

if TYPE_CHECKING:
    from limner.cli.exits import Exit

_HELP = """Check a provider: whether it keeps what it declares.

The checks are those of limner.testing.ProviderConformance; nothing is sent anywhere.
With its recordings, what it makes of answers is checked too:

    limner conformance acme --cassettes tests/cassettes
"""


@click.command("conformance", cls=AuthorsCommand, help=verbatim(_HELP))
@click.argument("provider")
@click.option(
    "--cassettes", type=click.Path(file_okay=False, exists=True, path_type=Path), metavar="FOLDER",
    help="Where its recordings are. Without them the checks that need some fail.",
)  # fmt: skip
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def command(*, provider: str, cassettes: Path | None, as_json: bool) -> Exit:
    """Examine it."""
    from limner.cli.conforming import conformance  # noqa: PLC0415 - the help needs none of it

    return conformance(provider, cassettes, as_json=as_json)
