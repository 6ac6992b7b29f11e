"""``limner capabilities``."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from limner.cli.exits import Exit


@click.command("capabilities")
@click.argument("model", metavar="PROVIDER/MODEL")
@click.option("--json", "as_json", is_flag=True, help="Print JSON, with a JSON Schema for each operation.")
@click.option("--markdown", "as_markdown", is_flag=True, help="Print Markdown, for a provider's README.")
@click.option(
    "--schema", metavar="OPERATION", help="Print the JSON Schema of generate, edit or vary, and nothing else."
)
def command(*, model: str, as_json: bool, as_markdown: bool, schema: str | None) -> Exit:
    """Show what a model takes, value by value.

    With the defaults, the rules between them, and the page that says so.
    """
    from limner.cli.describing import capabilities  # noqa: PLC0415 - the help needs none of it

    if schema is not None and (as_json or as_markdown):
        raise click.UsageError("--schema prints a JSON Schema and nothing else: leave out --json and --markdown.")
    return capabilities(model, as_json=as_json, as_markdown=as_markdown, schema=schema)
