"""Show who can serve a request, and why the others cannot.

It takes the options of generate, edit and vary, so that the word explain can be put
before any of them. Options that make no difference here are accepted and ignored.
Nothing is sent.

    limner explain "a cat" --size 1792x1024 --quality standard -n 4 --sandbox
    limner explain edit "a hat" -i cat.png --background transparent --sandbox
    limner explain -m openai/gpt-image-1.5 --quality hd --adapt --sandbox

--sandbox explains it for the emulator, where no key is needed; otherwise a missing
key, such as OPENAI_API_KEY, is one of the reasons.
Without a word on it, it is about edits where there is an image, and otherwise about
generating; PROMPT may be left out. The exit code is 2 where nobody can.
"""

from __future__ import annotations

from typing import Any

import click

from limner.cli.commands.edit import MASK, fold
from limner.cli.operation import ELSEWHERE, RequestCommand, RoleOption, own_options, request_class, streaming, verbatim

OPERATIONS = ("edit", "generate", "vary")
"""The first has the short forms."""

TELLING = frozenset({"provider", "model", "allow", "on_unsupported", "delivery", "options"})
"""What of the call makes a difference to who can."""

HELP = {"images": "What to edit or to vary; after the word generate, what to go by. Again for each of several."}
"""What an option means that the operations mean different things by."""

ANY = "a picture"
"""What stands for a prompt that was left out: everybody takes it."""


class ExplainCommand(RequestCommand):
    """The command whose options are those of every operation."""

    def wish(self) -> list[click.Parameter]:
        """The fields of all requests; what makes no difference is taken, and not shown."""
        from limner.cli.options import from_requests  # noqa: PLC0415 - not before options are wanted

        without = {*ELSEWHERE, "image"}  # which is what -i says for all of them
        fields = from_requests([request_class(name) for name in OPERATIONS], without, needed=False)
        options = [item for item in fields if isinstance(item, RoleOption)]  # of the prompt, see below
        for item in options:
            item.help = HELP.get(item.name or "", item.help)
            item.hidden = item.role == "option" and item.name not in TELLING
        return [option for item in options for option in (item, *(MASK if item.name == "mask" else ()))]

    def own(self) -> list[click.Parameter]:
        """What the command has of its own; then what those have that paint, to be let pass."""
        from limner.cli.options import prompt  # noqa: PLC0415 - as above

        shown: list[click.Parameter] = [
            click.Argument(["words"], nargs=-1, type=prompt, metavar="[generate|edit|vary] [PROMPT]"),
            RoleOption(["--stream"], is_flag=True, help="Only models that can stream."),
            RoleOption(["--sandbox"], is_flag=True, help="For the emulator on this machine, where no key is needed."),
            RoleOption(["--json", "as_json"], is_flag=True, help="Print JSON."),
        ]
        names = {item.name for item in shown}
        passed = [item for item in (*own_options(), streaming()) if item.name not in names]
        for item in passed:
            item.hidden = True  # type: ignore[attr-defined]  # they are options, all of them
        return [*shown, *passed]

    def invoke(self, ctx: click.Context) -> Any:  # noqa: ANN401 - click's own
        """Make the request, and have it explained."""
        from limner.cli.explaining import explain  # noqa: PLC0415 - the help needs none of it

        given = fold(self.given(ctx))
        operation, prompt = _read(ctx)
        operation = operation or ("edit" if given.keys() - _fields("generate") else "generate")
        fields = _fields(operation)
        if "reference_images" in fields and "images" in given:  # as -i says it to generate itself
            given["reference_images"] = (*given.pop("images"), *given.get("reference_images", ()))
        if "image" in fields:
            given["image"] = _only(given.pop("images", ()), ctx)
        if "prompt" in fields:
            given["prompt"] = prompt or ANY
        strange = given.keys() - fields
        if strange:
            hints = [item.get_error_hint(ctx) for item in self.params if item.name in strange]
            raise click.UsageError(f"{operation} does not take {', '.join(hints)}.", ctx)
        own = {name: ctx.params[name] for name in ("stream", "sandbox", "as_json")}
        return explain(request_class(operation)(**given), **own)


def _read(ctx: click.Context) -> tuple[str | None, str | None]:
    """The operation and the prompt, where they were said."""
    words = ctx.params["words"]
    operation = words[0] if words[:1] and words[0] in OPERATIONS else None
    prompt = words[1:] if operation else words
    if len(prompt) > 1:
        raise click.UsageError(f"{prompt[1]!r} is one word too many: PROMPT is one argument, in quotes.", ctx)
    return operation, prompt[0] if prompt else None


def _only(images: tuple[Any, ...], ctx: click.Context) -> Any:  # noqa: ANN401 - a path, a URL or bytes
    if len(images) != 1:
        raise click.UsageError("vary takes one image: -i FILE|URL.", ctx)
    return images[0]


def _fields(operation: str) -> set[str]:
    cls = request_class(operation)
    return {item.name for item in (*cls.parameters(), *cls.call_options())}


command: ExplainCommand = ExplainCommand("explain", help=verbatim(__doc__))
