"""What a provider declares, as tables: its address, its models, and what each of them takes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from limner.capabilities import AVAILABLE
from limner_docs.docstrings import read

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from limner.capabilities import Lifecycle, OperationCapabilities, ProviderCapabilities, Source
    from limner.provider import Provider


def provider(one: Provider) -> str:
    """A provider's page."""
    offer = one.capabilities()
    parts = [f"# {one.name}", _source(offer.source), _listed("First:", offer.preconditions), "## Address and key"]
    parts += [table(("what", "value"), _facts(one)), "## Models", _models(offer)]
    for name in offer.operations():
        parts += [f"## {name}", *_operations(name, offer)]
    return "\n\n".join(filter(None, parts)) + "\n"


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A Markdown table."""
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in line)} |" for line in lines)


def code(words: Iterable[str]) -> str:
    """Names as code, by commas."""
    return ", ".join(f"`{word}`" for word in words)


def _facts(one: Any) -> Iterator[tuple[str, str]]:  # noqa: ANN401 - a provider, with fields the protocol leaves open
    yield "base URL", f"`{one.base_url}`"
    yield "the key goes to", code(one.hosts)
    yield "the key goes as", read(type(one.auth).__doc__).body
    if one.key_variable:
        yield "its environment variable", f"`{one.key_variable}`"
    if variable := getattr(one, "base_url_variable", None):
        yield "another base URL", f"`base_urls={{'{one.name}': ...}}` or `{variable}`"
    for setting in getattr(one, "settings", ()):
        variable = f" or `{setting.variable}`" if setting.variable else ""
        yield f"setting `{setting.name}`", f"header `{setting.header}`, from `settings=`{variable}"


def _models(offer: ProviderCapabilities) -> str:
    rows = [
        (
            f"`{model.id}`" + (f"<br>also {code(model.aliases)}" if model.aliases else ""),
            ", ".join(name + " (the default)" * bool(item.default) for name, item in model.operations.items()),
            _standing(model.lifecycle),
        )
        for model in offer.models
    ]
    others = f"A model that is not listed is sent as it is, with a warning, for {', '.join(offer.unknown or ())}."
    return table(("model", "operations", "status"), rows) + (f"\n\n{others}" if offer.unknown else "")


def _standing(lifecycle: Lifecycle) -> str:
    return lifecycle.status if lifecycle == AVAILABLE else lifecycle.describe()


def _operations(name: str, offer: ProviderCapabilities) -> Iterator[str]:
    """The declarations of one operation, each under the models that share it."""
    shared: list[tuple[OperationCapabilities, list[str]]] = []
    for model in offer.models:
        if name not in model.operations:
            continue
        same = [ids for item, ids in shared if item == model.operations[name]]
        if same:
            same[0].append(model.id)
        else:
            shared.append((model.operations[name], [model.id]))
    for item, ids in shared:
        yield f"### {code(ids)}"
        yield from _operation(item)
    if offer.unknown and name in offer.unknown:
        yield "### Any other model"
        yield from _operation(offer.unknown[name])


def _operation(item: OperationCapabilities) -> Iterator[str]:
    rows = item.rows()
    yield table(
        ("parameter", "takes", "default", "notes"),
        [
            (
                f"`{row.parameter}`",
                row.allowed,
                f"`{row.default}`" if row.default else "",
                ". ".join(filter(None, ["required" * row.required, row.status, row.note.rstrip(".")])),
            )
            for row in rows
        ],
    )
    yield _listed("Rules:", (rule.describe() for rule in item.rules))
    yield _listed("First:", item.preconditions)
    facts = [f"{item.images_per_call} in one call; more become several calls", f"delivers {' or '.join(item.delivers)}"]
    facts += [f"takes images as {', '.join(item.kinds())}"] if item.kinds() else []
    facts += ["streams"] if item.streams else []
    yield f"Images: {'; '.join(facts)}."
    yield _source(item.source) if item.source else ""


def _listed(headline: str, sentences: Iterable[str]) -> str:
    lines = [f"- {sentence}" for sentence in sentences]
    return "\n".join([headline, "", *lines]) if lines else ""


def _source(source: Source) -> str:
    page = f"<{source.page}>" if source.page.startswith("http") else source.page
    note = f" {source.note.rstrip('.')}." if source.note else ""
    return f"According to {page}, checked on {source.checked}.{note}"
