"""A declaration as Markdown: what stands in a provider's README and on its page of the documentation."""

from __future__ import annotations

from typing import TYPE_CHECKING

from limner.capabilities.reasons import word

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from limner.capabilities import Found, OperationCapabilities, Parameter, Row


def model(found: Mapping[str, Found]) -> str:
    """What a model takes, operation by operation.

    Args:
        found: Its operations, by name.
    """
    parts = [part for name, one in found.items() for part in (f"### {name}", *_operation(one.operation))]
    return "\n\n".join(filter(None, parts)) + "\n"


def _operation(item: OperationCapabilities) -> Iterator[str]:
    yield parameters(item)
    yield listed("Rules:", (rule.describe() for rule in item.rules))
    yield images(item)


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table."""
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in line)} |" for line in lines)


def parameters(item: OperationCapabilities, remark: Callable[[str], str] = lambda _: "") -> str:
    """The table of an operation's parameters.

    Args:
        item: The operation.
        remark: What else is to be said of a parameter, by its name.
    """
    rows = [
        (f"`{row.parameter}`", row.allowed, default(one), ". ".join(filter(None, _notes(row, one, remark))))
        for row in item.rows()
        for one in [item.parameters[row.parameter]]
    ]
    return table(("parameter", "takes", "default", "notes"), rows)


def default(parameter: Parameter) -> str:
    """What the server does where a parameter is not set, as people write it."""
    return "" if parameter.default is None else f"`{word(parameter.default)}`"


def _notes(row: Row, parameter: Parameter, remark: Callable[[str], str]) -> Iterator[str]:
    yield "required" * row.required
    yield row.status
    if parameter.wire.name not in (None, row.parameter.removeprefix("options.")):
        yield f"Sent as `{parameter.wire.name}`"
    yield row.note.rstrip(".")
    yield remark(row.parameter)


def images(item: OperationCapabilities) -> str:
    """How many images there are, and how they come and go."""
    return f"Images: {'; '.join(_images(item))}."


def _images(item: OperationCapabilities) -> Iterator[str]:
    yield f"{item.images_per_call} in one call"
    yield "more become several calls"
    yield f"delivers {' or '.join(item.delivers)}"
    if item.kinds():
        yield f"takes images as {', '.join(item.kinds())}"
    if any(one.constraint.on_images for one in item.parameters.values()):
        yield f"sends them as {' or '.join(one.name for one in item.encodings)}"
    if item.streams:
        yield "streams"


def listed(headline: str, sentences: Iterable[str]) -> str:
    """Sentences as a list under its headline; nothing where there is none."""
    lines = [f"- {sentence}" for sentence in sentences]
    return "\n".join([headline, "", *lines]) if lines else ""
