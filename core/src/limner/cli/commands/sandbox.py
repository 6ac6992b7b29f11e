"""``limner sandbox``."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from limner.cli.exits import Exit


@click.command("sandbox")
@click.option("--host", default="127.0.0.1", show_default=True, help="A loopback address.")
@click.option("--port", type=click.IntRange(0, 65535), default=8808, show_default=True, help="0 is any that is free.")
@click.option("--retired", is_flag=True, help="Let models that were shut down work, as they were documented.")
@click.option("--announced", is_flag=True, help="Let operations work that are announced and not there yet.")
def command(*, host: str, port: int, retired: bool, announced: bool) -> Exit:
    """Serve the providers' APIs from this machine, for any client.

    A painter draws what is asked for. The command prints each API's base URL and a
    key that works there, and serves until Ctrl-C.
    """
    from limner.cli.serving import serve  # noqa: PLC0415 - the help needs none of it

    return serve(host=host, port=port, retired=retired, announced=announced)
