"""Which provider takes what: all declarations side by side, by operation and by parameter.

Providers are the columns, models are the rows: relays serve their models under the vendors' names, so what one name
means at each of them stands in one line.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from limner.capabilities import AVAILABLE, Boolean, Text
from limner.cli.markdown import default, table
from limner_docs.declarations import code, missing, offered, reachable, told

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from typing import TypeAlias

    from limner.capabilities import Lifecycle, OperationCapabilities
    from limner.provider import Provider

    Cells: TypeAlias = Mapping[tuple[str, str], str]
    """What stands in a table, by provider and model."""
    Declared: TypeAlias = Mapping[tuple[str, str], OperationCapabilities]
    """What is declared of one operation, by provider and model."""

OTHERS = ""
"""Stands for every model that a provider does not list."""

NOTHING = "-"
"""Stands where a model is there and the parameter is not."""

HOW = """
Providers are columns, and models are rows, as relays serve their models under the vendors' names.
A cell is empty where a provider does not list the model, and `-` where it has the model and not the parameter.
A model without a row does not take the parameter anywhere.
*yes* is any text, or true and false.
A default is what the server is documented to do; limner never sends it.
*Others* are models or values that the provider's page does not list: they are sent as they are, with a warning.
""".strip()

NOTES: Mapping[str, str] = {
    "n": "Where more are asked for than one call makes, they become several calls.",
    "delivery": "Bytes can always be had, as URLs are downloaded; `url` is refused where only bytes come back."
    " Where it stands as `-`, nothing is sent about it.",
}
"""What to know about single parameters."""


def page(providers: Iterable[Provider]) -> str:
    """The page."""
    offers = {one.name: one for one in providers}
    operations = dict.fromkeys(name for one in offers.values() for name in one.capabilities().operations())
    parts = ["# Which provider takes what", "*Made from the code when this site was built.*", HOW, "## Providers"]
    parts += [table(("provider", "key", "first", "according to"), map(_provider, offers.values()))]
    parts += ["## Models", grid(offers, _models(offers)), _remarks(offers)]
    for name in operations:
        parts += [f"## {name}", missing(name), *_operation(name, declared(offers, name))]
    return "\n\n".join(filter(None, parts)) + "\n"


def declared(offers: Mapping[str, Provider], operation: str) -> Declared:
    """What is declared of an operation, for each provider and model."""
    found: dict[tuple[str, str], OperationCapabilities] = {}
    for name, one in offers.items():
        offer = one.capabilities()
        found |= {(name, item.id): item.operations[operation] for item in offer.models if operation in item.operations}
        if offer.unknown and operation in offer.unknown:
            found[name, OTHERS] = offer.unknown[operation]
    return found


def grid(providers: Iterable[str], cells: Cells) -> str:
    """A table with a column for each provider and a row for each model; models that do not differ share one."""
    names = list(providers)
    rows: dict[tuple[str, ...], list[str]] = {}
    for model in _rows(names, cells):
        row = tuple(cells.get((name, model), "") for name in names)
        if not {*row} <= {"", NOTHING}:
            rows.setdefault((*row, "others" * (model == OTHERS)), []).append(model)
    lines = [(code(models) if models != [OTHERS] else "*others*", *row[:-1]) for row, models in rows.items()]
    return table(("model", *map(_linked, names)), lines)


def taken(item: OperationCapabilities, name: str) -> str:
    """What an operation takes for a parameter, in the words of a cell."""
    one = item.parameters.get(name)
    if one is None:
        return NOTHING
    anything = isinstance(one.constraint, (Text, Boolean))
    words = ["yes" if anything else one.constraint.describe().removeprefix("one of ")]
    words[0] += " (or others)" * ((one.open or item.open) and not anything)
    if one.constraint.on_images:
        carried = dict.fromkeys(kind for encoding in item.encodings for kind in encoding.kinds(name))
        words.append(f"as {', '.join(item.inputs or carried)}")
    words += [f"default {default(one)}"] * (one.default is not None)
    words += [f"*{_short(one.lifecycle)}*"] * (one.lifecycle.status != "available")
    return "; ".join(words)


def anchor(operation: str, parameter: str) -> str:
    """The name of a parameter's place on the page."""
    return f"{operation}-{parameter}".replace(".", "-")


# Providers and models


def _provider(one: Provider) -> tuple[str, str, str, str]:
    offer = one.capabilities()
    source = told(offer.source).removeprefix("According to ").rstrip(".")
    return _linked(one.name), f"`{one.key_variable}`", " ".join(offer.preconditions), source


def _linked(name: str) -> str:
    return f"[{name}](providers/{name}.md)"


def _models(offers: Mapping[str, Provider]) -> Cells:
    cells: dict[tuple[str, str], str] = {}
    for name, one in offers.items():
        for model in one.capabilities().models:
            does = [offered(operation, item) for operation, item in model.operations.items()]
            stage = [f"*{_short(model.lifecycle)}*"] * (model.lifecycle.status != "available")
            cells[name, model.id] = "<br>".join([*does, *stage])
        cells[name, OTHERS] = "<br>".join(one.capabilities().unknown or ())
    return cells


def _short(lifecycle: Lifecycle) -> str:
    return f"{lifecycle.status} {lifecycle.date or ''}".strip()


def _remarks(offers: Mapping[str, Provider]) -> str:
    """What is to be known of models and of what they do, beyond a status."""
    said: dict[str, list[str]] = {}
    for name, one in offers.items():
        for model in one.capabilities().models:
            stages = [(item.lifecycle, f"{operation} with ") for operation, item in model.operations.items()]
            for stage, what in [(model.lifecycle, ""), *stages]:
                if stage != AVAILABLE:
                    said.setdefault(stage.describe(), []).append(f"{what}`{name}/{model.id}`")
    return "\n".join(f"- {', '.join(who)}: {stage}." for stage, who in said.items())


def _rows(providers: Sequence[str], cells: Cells) -> Iterator[str]:
    """Every model: those of the provider with the longest list first, and others last."""
    listed = {name: [model for provider, model in cells if provider == name] for name in providers}
    ordered = sorted(listed.values(), key=len, reverse=True)
    yield from dict.fromkeys(model for models in ordered for model in models if model != OTHERS)
    yield OTHERS


# One operation


def _operation(operation: str, cells: Declared) -> Iterator[str]:
    names = list(dict.fromkeys(name for name, _ in cells))
    parameters = list(dict.fromkeys(name for item in cells.values() for name in item.parameters))
    rows = [
        [f"[`{parameter}`](#{anchor(operation, parameter)})", *(share(name, parameter, cells) for name in names)]
        for parameter in parameters
    ]
    yield table(("parameter", *map(_linked, names)), rows)
    yield f"### {operation}: what comes back"
    yield grid(names, {place: _images(item) for place, item in cells.items()})
    for parameter in parameters:
        yield f"### {operation}: `{parameter}` {{ #{anchor(operation, parameter)} }}"
        yield f"limner's {operation} cannot set it yet." * (not reachable(operation, parameter))
        yield NOTES.get(parameter, "")
        yield grid(names, {place: taken(item, parameter) for place, item in cells.items()})


def share(provider: str, parameter: str, cells: Declared) -> str:
    """Which of a provider's listed models take a parameter."""
    models = {model: item for (name, model), item in cells.items() if name == provider and model != OTHERS}
    takes = [model for model, item in models.items() if parameter in item.parameters]
    lacks = [model for model in models if model not in takes]
    if not takes or not lacks:
        return "yes" if takes else NOTHING
    return code(takes) if len(takes) <= len(lacks) else f"not {code(lacks)}"


def _images(item: OperationCapabilities) -> str:
    return "; ".join([
        f"{item.images_per_call} a call", " or ".join(item.delivers), *["streams"] * item.streams
    ])  # fmt: skip
