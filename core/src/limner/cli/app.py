"""The root of the command line. It knows no command by name: a module in ``commands`` is one."""

from __future__ import annotations

import sys
from difflib import get_close_matches
from importlib import import_module
from pkgutil import iter_modules
from typing import TYPE_CHECKING, Any, NoReturn

import click

from limner.cli import commands, version
from limner.cli.boundary import DEBUG, guarded
from limner.cli.exits import Exit
from limner.cli.operation import AuthorsCommand, OperationCommand, verbatim

if TYPE_CHECKING:
    from collections.abc import Iterable


class Commands(click.Group):
    """The modules of :mod:`limner.cli.commands`; each is imported when it is asked for, and holds a ``command``."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The names of the modules, spelled as commands are."""
        del ctx
        return sorted(module.name.replace("_", "-") for module in iter_modules(commands.__path__))

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The ``command`` of the module of that name."""
        if cmd_name not in self.list_commands(ctx):
            return None
        command: click.Command = import_module(f"{commands.__name__}.{cmd_name.replace('-', '_')}").command
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Add a did-you-mean to what click says of an unknown name."""
        try:
            return super().resolve_command(ctx, args)
        except click.UsageError as error:
            near = get_close_matches(args[0], self.list_commands(ctx), 1)
            hint = f" Did you mean {near[0]!r}?" if near else ""
            raise click.UsageError(error.format_message() + hint, ctx) from None

    def invoke(self, ctx: click.Context) -> Any:  # noqa: ANN401 - click's own
        """Tell where an option of the group's own belongs, when it stands behind a command."""
        try:
            return super().invoke(ctx)
        except click.NoSuchOption as error:
            own = next((item for item in self.params if error.option_name in item.opts), None)
            if own is None:
                raise
            hint = " ".join(filter(None, [error.option_name, own.metavar]))
            name = error.ctx.info_name if error.ctx is not None else ""
            text = f"{error.option_name} stands before the command: {ctx.command_path} {hint} {name} ..."
            raise click.UsageError(text, error.ctx) from None

    def main(self, *args: Any, **extra: Any) -> NoReturn:  # noqa: ANN401 - click's own arguments
        """Run, and end the process with an :class:`Exit`."""
        sys.exit(guarded(lambda: super(Commands, self).main(*args, **{**extra, "standalone_mode": False})))

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """What paints stands above what looks around, and that above what few need."""
        found = [(name, self.get_command(ctx, name)) for name in self.list_commands(ctx)]
        painting = [(command.rank, name, command) for name, command in found if isinstance(command, OperationCommand)]
        writing = [(name, command) for name, command in found if isinstance(command, AuthorsCommand)]
        apart = (OperationCommand, AuthorsCommand)
        looking = [(name, command) for name, command in found if not isinstance(command, apart)]
        _section(formatter, "To paint", _short((name, command) for _, name, command in sorted(painting)))
        _section(formatter, "To see what there is", _short(looking))
        _section(formatter, "To write a provider", _short(writing))

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The exit codes, from their table, and the variables that all commands read."""
        del ctx
        _section(formatter, "Exit codes", [(str(code.value), code.meaning) for code in Exit])
        _section(
            formatter,
            "Environment",
            [
                ("LIMNER_CONFIG", "the configuration file, or off"),
                ("LIMNER_KEYS", "the file of keys, or off"),
                ("LIMNER_PLUGINS", "which distributions may bring providers, by commas, or off"),
                (DEBUG, "1 adds the traceback to an error"),
            ],
        )


def _short(commands: Iterable[tuple[str, click.Command | None]]) -> list[tuple[str, str]]:
    return [(name, command.get_short_help_str(62)) for name, command in commands if command is not None]


def _section(formatter: click.HelpFormatter, title: str, rows: list[tuple[str, str]]) -> None:
    with formatter.section(title):
        formatter.write_dl(rows)


def _show_version(ctx: click.Context, _: click.Parameter, wanted: bool) -> None:  # noqa: FBT001 - click's callback
    if wanted:
        click.echo(version())
        ctx.exit()


def _use_config(ctx: click.Context, _: click.Parameter, path: str | None) -> None:
    """Leave it where the place that makes clients finds it."""
    ctx.obj = path


def _app(ctx: click.Context) -> None:
    """Pictures from words, from many providers, on one command line.

    Without a key, from an emulator of the provider's API:

        limner generate "a lighthouse at dawn" -m openai/gpt-image-2 --sandbox

    With the key in OPENAI_API_KEY, four of them, into a folder:

        limner generate "a white Siamese cat" -m openai/gpt-image-2 -n 4 -o cats/

    Change an existing picture:

        limner edit "give it a hat" -i cat.png -m openai/gpt-image-2 -o hat.png

    Paths of pictures go to standard output, one a line; all else to standard error.
    """
    if ctx.invoked_subcommand is None:
        click.echo(ctx.get_help())


app: Commands = Commands(
    "limner",
    callback=click.pass_context(_app),
    params=[
        click.Option(
            ["--version"], is_flag=True, is_eager=True, expose_value=False, callback=_show_version,
            help="Show the version.",
        ),
        click.Option(
            ["--config"], metavar="FILE", expose_value=False, callback=_use_config,
            help="Read this configuration rather than the user's own.",
        ),
    ],
    help=verbatim(_app.__doc__),
    invoke_without_command=True,
    options_metavar="[--config FILE]",
    subcommand_metavar="COMMAND ...",
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 80},
)  # fmt: skip
"""``limner``."""
