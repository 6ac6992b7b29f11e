"""The commands that are told a request: their options are taken from the request classes."""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from inspect import cleandoc
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from limner.requests import Request

SECTIONS: Mapping[str, str] = {"parameter": "The picture", "option": "The call", "command": "This command"}
"""A field's role, and the headline in the help under which its option stands."""

ELSEWHERE = frozenset({"to", "fallback"})
"""Fields that are said in another way: --output says where pictures go, and -m again what to fall back on."""


def verbatim(doc: str | None) -> str:
    """A docstring as click wants it: indented paragraphs, such as examples, are not to be wrapped."""
    return re.sub(r"(?m)(?<=\n\n)(?= {4})", "\b\n", cleandoc(doc or ""))


class RoleOption(click.Option):
    """An option that knows under which headline it stands."""

    def __init__(self, *args: Any, role: str = "command", **more: Any) -> None:  # noqa: ANN401 - click's own
        super().__init__(*args, **more)
        self.role = role


class AuthorsCommand(click.Command):
    """A command for those who write providers; the list of commands has it in a place of its own."""


def own_options() -> list[click.Parameter]:
    """What every command that paints has beside the request."""
    return [
        RoleOption(
            ["-o", "--output", "output"],
            metavar="FILE|FOLDER/",
            help="Where pictures go. Several become FILE-1, FILE-2 ...; in a folder, and in the current one by default,"
            " they are named by their content.",
        ),
        RoleOption(["--force"], is_flag=True, help="Replace files that exist."),
        RoleOption(
            ["--sidecar"],
            is_flag=True,
            help="Write FILE.json beside each picture: how it came to be, for limner inspect.",
        ),
        RoleOption(["--sandbox"], is_flag=True, help="Ask an emulator on this machine: no key, no cost."),
        RoleOption(["--dry-run"], is_flag=True, help="Check everything and print the plan; send nothing."),
        RoleOption(["--json", "as_json"], is_flag=True, help="Print the result as JSON, image data by size and hash."),
    ]


def streaming() -> click.Parameter:
    """What a command has whose operation can be watched."""
    return RoleOption(
        ["--stream"],
        is_flag=True,
        help="Save each frame as it comes, and keep it, beside the picture: of cat.png as cat.partial-0.png,"
        " cat.partial-1.png ...",
    )


def request_class(operation: str) -> type[Request]:
    """The request of that operation."""
    from limner import requests  # noqa: PLC0415 - not before options are wanted: the root's help shows none

    known = (item for item in vars(requests).values() if isinstance(item, type))
    return next(item for item in known if getattr(item, "operation", None) == operation)


class RequestCommand(click.Command, ABC):
    """A command whose options are the fields of request classes, and nothing spelled twice."""

    def get_params(self, ctx: click.Context) -> list[click.Parameter]:
        """The request's parameters and call options, then the command's own."""
        if not self.params:
            self.params: list[click.Parameter] = [*self.wish(), *self.own()]
        return super().get_params(ctx)

    @abstractmethod
    def wish(self) -> list[click.Parameter]:
        """What says the request."""

    @abstractmethod
    def own(self) -> list[click.Parameter]:
        """What the command has beside it."""

    def given(self, ctx: click.Context) -> dict[str, Any]:
        """What was said of the request: what is not set stays not set, and is never sent."""
        own = {option.name for option in self.own()}
        return {name: value for name, value in ctx.params.items() if name not in own and value not in (None, ())}

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The options under their headlines."""
        options = [item for item in self.get_params(ctx) if isinstance(item, click.Option)]
        # What has a short form is what most people want; the help they have.
        options.sort(key=lambda item: 2 if "--help" in item.opts else min(map(len, item.opts)) > len("-x"))
        for role, headline in SECTIONS.items():
            records = [item.get_help_record(ctx) for item in options if getattr(item, "role", "command") == role]
            with formatter.section(headline):
                formatter.write_dl([record for record in records if record], col_max=28)


class OperationCommand(RequestCommand):
    """A command that paints, by a request class.

    Args:
        operation: The operation's name; its request class is the one in :mod:`limner.requests` that bears it.
        doc: The help, as a docstring.
        streams: Whether it can be watched.
        more: Options of its own, by the field after which they stand.
        fold: Makes the request's parameters of what was given, where there are options of its own.
        rank: Its place in the list of commands.
    """

    def __init__(  # noqa: PLR0913 - all by name
        self,
        operation: str,
        doc: str | None,
        *,
        streams: bool = True,
        more: Mapping[str, Sequence[click.Parameter]] | None = None,
        fold: Callable[[dict[str, Any]], dict[str, Any]] = dict,
        rank: int = 0,
    ) -> None:
        super().__init__(operation, help=verbatim(doc), epilog="What a model takes: limner capabilities PROVIDER/MODEL")
        self.operation = operation
        self.streams = streams
        self.rank = rank
        self._more = more or {}
        self._fold = fold

    @property
    def request_class(self) -> type[Request]:
        """The request that this command makes."""
        return request_class(self.operation)

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """As click does; what is too much is most often the rest of a prompt without quotes."""
        ctx.allow_extra_args = any(item.name == "prompt" for item in self.get_params(ctx))
        rest = super().parse_args(ctx, args)
        if rest and ctx.allow_extra_args:
            raise click.UsageError(f"{rest[0]!r} is one word too many: PROMPT is one argument, in quotes.", ctx)
        return rest

    def wish(self) -> list[click.Parameter]:
        """The fields of the request class."""
        from limner.cli.options import from_request  # noqa: PLC0415 - not before options are wanted

        # Frames are for those who watch.
        without = ELSEWHERE if self.streams else {*ELSEWHERE, "partial_images"}
        fields = from_request(self.request_class, without)
        return [item for one in fields for item in (one, *self._more.get(one.name or "", ()))]

    def own(self) -> list[click.Parameter]:
        """Where pictures go, and how to go about it."""
        output, *rest = own_options()
        return [output, *([streaming()] if self.streams else []), *rest]

    def invoke(self, ctx: click.Context) -> Any:  # noqa: ANN401 - click's own
        """Make the request and have it painted."""
        from limner.cli.painting import Manner, paint  # noqa: PLC0415 - the help needs none of it

        manner = Manner(**{option.name: ctx.params[option.name] for option in self.own() if option.name})
        return paint(self.request_class(**self._fold(self.given(ctx))), manner)
