"""Paint pictures from words and other pictures.

PROMPT says what to make of them; - reads it from standard input.

    limner edit "give it a hat" -i cat.png -m openai/gpt-image-2 -o hat.png
    limner edit "both on one sofa" -i cat.png -i dog.png -m openai/gpt-image-2
    limner edit "a pond" -i park.png --mask hole.png -m openai/gpt-image-2

What is not set is not sent, and what a model does not take is refused before
anything is sent.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from limner.cli.operation import OperationCommand, RoleOption

if TYPE_CHECKING:
    from collections.abc import Sequence

NAMES = {"edit": "--mask-polarity", "restore": "--restore"}
"""What a mask is told of, and the option that tells."""


def fold(given: dict[str, Any]) -> dict[str, Any]:
    """The mask as one value with what was said of it.

    Raises:
        UsageError: something was said of a mask that is not there.
    """
    said = {name: given.pop(name) for name in ("edit", "restore") if name in given}
    if "mask" not in given:
        for name, value in said.items():
            if value:
                context = click.get_current_context()
                raise click.UsageError(f"{NAMES[name]} needs --mask.", context)
        return given
    from limner.masks import Mask  # noqa: PLC0415 - the help needs none of it

    return {**given, "mask": Mask(given["mask"], **said)}


MASK: Sequence[click.Parameter] = (
    RoleOption(
        [NAMES["edit"], "edit"],
        role="parameter",
        type=click.Choice(["transparent", "white", "black"]),
        help="What in the mask is to change; it is sent as the provider takes it.  [default: transparent]",
    ),
    RoleOption(
        [NAMES["restore"]],
        role="parameter",
        is_flag=True,
        help="Put the first image's own pixels back where the mask keeps them. Needs limner[pillow].",
    ),
)
"""What is said of a mask."""

command: OperationCommand = OperationCommand("edit", __doc__, rank=1, fold=fold, more={"mask": MASK})
