"""What one model takes: ``limner capabilities``."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import click

from limner.capabilities.export import plain
from limner.cli import clients
from limner.cli.exits import Exit
from limner.cli.filtering import OPERATIONS
from limner.cli.text import definitions, say, wrapped
from limner.errors import BadInputError, UnsupportedError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from limner.capabilities import Found, Lifecycle, ModelCapabilities, OperationCapabilities, Row, Source


def capabilities(subject: str, *, as_json: bool, as_markdown: bool = False, schema: str | None = None) -> Exit:
    """Print a model's declaration.

    Args:
        subject: ``provider/model``.
        as_json: Print data rather than tables.
        as_markdown: Print Markdown.
        schema: Print the JSON Schema of this operation, and nothing else.

    Raises:
        BadInputError: it is not of that form, or there is no such operation.
        UnsupportedError: the provider does not know the model, and takes no unknown one.
        ConfigError: there is no such provider.
        PluginError: it is broken.
    """
    name, slash, model = subject.partition("/")
    if not (slash and name and model):
        raise BadInputError(f"{subject!r} is not PROVIDER/MODEL; 'limner models' lists what there is.", param="model")
    if schema not in {None, *OPERATIONS}:
        raise BadInputError(f"--schema takes generate, edit or vary; it was given {schema!r}.", param="schema")
    with clients.opened() as client:
        if schema is not None:
            click.echo(json.dumps(client.schema(subject, schema), indent=2))
            return Exit.DONE
        found = _find(client.installed().get(name).capabilities(), name, model)
    if as_json:
        click.echo(json.dumps(_as_data(subject, found), indent=2))
        return Exit.DONE
    if as_markdown:
        from limner.cli.markdown import model as written  # noqa: PLC0415 - for authors only

        click.echo(written(found), nl=False)
        return Exit.DONE
    for place, one in enumerate(found.values()):
        say(*([""] if place else []), *_lines(subject, one))
    return Exit.DONE


def _find(offer: Any, provider: str, model: str) -> Mapping[str, Found]:  # noqa: ANN401 - ProviderCapabilities
    found = {name: one for name in offer.operations() if (one := offer.find(model, name)) is not None}
    if not found:
        reasons = [reason for name in offer.operations()[:1] if (reason := offer.why_not(model, name))]
        raise UnsupportedError(
            " ".join(map(str, reasons)) or f"{provider} has no models.", provider=provider, param="model"
        )
    return found


def _as_data(subject: str, found: Mapping[str, Found]) -> dict[str, Any]:
    listed = next(iter(found.values()))
    return {
        "model": subject,
        "known": listed.known,
        **({"listed": _model(listed.model)} if listed.model else {}),
        "source": plain(listed.source),
        "operations": {name: _operation(one) for name, one in found.items()},
    }


def _model(model: ModelCapabilities) -> dict[str, Any]:
    return {**plain(model.but(model.id, aliases=model.aliases, operations={})), "lifecycle": _stage(model.lifecycle)}


def _operation(found: Found) -> dict[str, Any]:
    """All that is declared of it, with what goes without saying: a host's form asks for that, too."""
    operation = found.operation
    return {
        **plain(operation),
        "images_per_call": operation.images_per_call,
        "inputs": list(operation.kinds()),
        "delivers": list(operation.delivers),
        "streams": operation.streams,
        "lifecycle": _stage(operation.lifecycle),
        "preconditions": list(found.preconditions),
        "schema": operation.json_schema(),
    }


def _stage(lifecycle: Lifecycle) -> dict[str, Any]:
    return {"status": lifecycle.status, **plain(lifecycle)}


def _lines(subject: str, found: Found) -> Iterator[str]:
    operation = found.operation
    yield f"{subject}: {found.name}"
    for reason in found.standing(("announced", "retired")):
        yield from wrapped(reason.message, 2, "  ")
    yield ""
    yield from definitions((row.parameter, _meaning(row, operation)) for row in operation.rows())
    yield from _listed("Rules", (rule.describe() for rule in operation.rules))
    yield from _listed("First", found.preconditions)
    yield ""
    yield from definitions(_facts(found))


def _meaning(row: Row, operation: OperationCapabilities) -> str:
    """The allowed values, then what is to be known about them."""
    default = f"default {row.default}" if row.default else ""
    # What is declared of n is what one call takes; more become several.
    allowed = f"any number from 1; {operation.images_per_call} per call" if row.parameter == "n" else row.allowed
    head = "; ".join(filter(None, [allowed, default, "required" * row.required, row.status]))
    return f"{head}. {row.note}" if row.note else head


def _listed(title: str, sentences: Any) -> Iterator[str]:  # noqa: ANN401 - any iterable of texts
    sentences = list(sentences)
    if sentences:
        yield from ("", f"{title}:")
        for sentence in sentences:
            yield from wrapped(sentence, 4, "  - ")


def _facts(found: Found) -> Iterator[tuple[str, str]]:
    operation = found.operation
    yield "images per call", f"{operation.images_per_call}; more become several calls"
    if kinds := operation.kinds():
        yield "image inputs", ", ".join(kinds)
    yield "delivers", ", ".join(operation.delivers)
    if operation.streams:
        yield "streams", "yes"
    if source := operation.source or found.source:
        yield "source", _told(source)


def _told(source: Source) -> str:
    return f"{source.page}, checked {source.checked}" + (f". {source.note}" if source.note else "")
