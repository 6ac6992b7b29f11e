"""List models, what they do, and whether they still do it.

With a PROVIDER, only those it has. No key is needed.

    limner models --can edit,mask,transparent,stream --size 1536x1024

What they can is said in words: generate, edit, vary, stream, transparent, url, bytes,
and the names of parameters, such as mask or seed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from limner.cli.operation import verbatim

if TYPE_CHECKING:
    from limner.cli.exits import Exit


@click.command("models", help=verbatim(__doc__))
@click.argument("provider", required=False)
@click.option(
    "--can",
    multiple=True,
    metavar="WORD,WORD",
    help="Only those that can all of this.",
)
@click.option("--size", metavar="WIDTHxHEIGHT", help="Only those that paint this size: 1536x1024, landscape, 16:9 ...")
@click.option("--retired", is_flag=True, help="Those that were shut down, too.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def command(*, provider: str | None, can: tuple[str, ...], size: str | None, retired: bool, as_json: bool) -> Exit:
    """Ask the listing."""
    from limner.cli.filtering import Filter  # noqa: PLC0415 - the help needs none of it
    from limner.cli.listing import models  # noqa: PLC0415 - as above

    words = tuple(filter(None, (word.strip(" -").replace("-", "_") for given in can for word in given.split(","))))
    return models(provider, Filter(words, size, retired=retired), as_json=as_json)
