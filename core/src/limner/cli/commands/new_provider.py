"""Write a package that makes a provider of an API.

    limner new-provider acme --openai-compatible --base-url https://acme.ai/v1
    limner new-provider acme --custom

It holds all that a published plugin has, its tests and its first cassette, and its
conformance tests pass as it stands. What is to be changed next is what a model takes:
it stands in capabilities.py.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from limner.cli.operation import AuthorsCommand, verbatim

if TYPE_CHECKING:
    from limner.cli.exits import Exit

KINDS = {
    path.parent.name: path.read_text(encoding="utf-8").strip()
    for path in sorted(Path(__file__).parents[1].glob("templates/*/help.txt"))
}
"""A kind of provider is a folder of templates that says for what it is."""


def _command(*, name: str, base_url: str | None, into: str | None, **kinds: bool) -> Exit:
    from limner.cli.scaffolding import write  # noqa: PLC0415 - the help needs none of it

    chosen = [kind for kind in KINDS if kinds[kind.replace("-", "_")]]
    if len(chosen) != 1:
        raise click.UsageError(f"Say of which kind it is: {' or '.join(f'--{kind}' for kind in KINDS)}.")
    return write(name, kind=chosen[0], base_url=base_url, into=into)


command: AuthorsCommand = AuthorsCommand(
    "new-provider",
    callback=_command,
    params=[
        click.Argument(["name"]),
        *(click.Option([f"--{kind}"], is_flag=True, help=text) for kind, text in KINDS.items()),
        click.Option(
            ["--base-url"], metavar="URL", help="Where the API's paths start: up to and without /images/generations."
        ),
        click.Option(["--into"], metavar="FOLDER", help="Where to write it.  [default: limner-NAME]"),
    ],
    help=verbatim(__doc__),
)
