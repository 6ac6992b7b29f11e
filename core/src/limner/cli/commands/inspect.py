"""``limner inspect``."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from limner.cli.exits import Exit


@click.command("inspect")
@click.argument("file")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def command(*, file: str, as_json: bool) -> Exit:
    """Show what a picture is, and how it came to be.

    FILE is a picture or the FILE.json that --sidecar has written beside it. What the
    picture is, its bytes say; whether it is still the one that the record tells of,
    its hash. The exit code is 1 where it is not.
    """
    from limner.cli.inspecting import inspect  # noqa: PLC0415 - the help needs none of it

    return inspect(file, as_json=as_json)
