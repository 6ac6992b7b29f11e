"""What a provider declares, as tables: its address, its models, and what each of them takes."""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING, Any

import limner
from limner import requests
from limner.capabilities import AVAILABLE, ServerDefault
from limner.cli.markdown import images, listed, parameters, table
from limner_docs.docstrings import read

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from limner.capabilities import Lifecycle, OperationCapabilities, ProviderCapabilities, Source
    from limner.provider import Provider


def provider(one: Provider, *more: str) -> str:
    """A provider's page.

    Args:
        one: The provider.
        more: What its package says beyond the declaration: how its sources are read, its options.
    """
    offer = one.capabilities()
    parts = [f"# {one.name}", told(offer.source), listed("First:", offer.preconditions), "## Address and key"]
    parts += [table(("what", "value"), _facts(one)), "## Models", _models(offer), *more]
    for name in offer.operations():
        parts += [f"## {name}", missing(name), *_operations(name, offer)]
    return "\n\n".join(filter(None, parts)) + "\n"


def code(words: Iterable[str]) -> str:
    """Names as code, by commas."""
    return ", ".join(f"`{one}`" for one in words)


def told(source: Source) -> str:
    """Where something stands, and when it was read there."""
    page = f"<{source.page}>" if source.page.startswith("http") else source.page
    note = f" {source.note.rstrip('.')}." if source.note else ""
    return f"According to {page}, checked on {source.checked}.{note}"


# What is declared, and cannot be asked for yet


def missing(operation: str) -> str:
    """The sentence for an operation that is declared before limner has it; nothing for one that it has."""
    if hasattr(limner.Client, operation):
        return ""
    return f"limner has no `{operation}` yet: this is what the provider's page says of it."


def reachable(operation: str, parameter: str) -> bool:
    """Whether a request can set this parameter; one of an operation that limner does not have is not in question."""
    words = [one for one in vars(requests).values() if inspect.isclass(one) and issubclass(one, requests.Request)]
    asked = next((one for one in words if getattr(one, "operation", None) == operation), None)
    if asked is None or parameter.startswith("options."):
        return True
    return parameter in {item.name for item in (*asked.parameters(), *asked.call_options())}


# A page's parts


def _facts(one: Any) -> Iterator[tuple[str, str]]:  # noqa: ANN401 - a provider, with fields the protocol leaves open
    yield "base URL", f"`{one.base_url}`"
    yield "the key goes to", code(one.hosts)
    name = f" It is called `{one.auth.name}`." if hasattr(one.auth, "name") else ""
    yield "the key goes as", f"{read(type(one.auth).__doc__).body}{name}"
    if one.key_variable:
        yield "its environment variable", f"`{one.key_variable}`"
    variable = getattr(one, "base_url_variable", None)
    yield "another base URL", f"`base_urls={{'{one.name}': ...}}`" + (f" or `{variable}`" if variable else "")
    for setting in getattr(one, "settings", ()):
        variable = f" or `{setting.variable}`" if setting.variable else ""
        yield f"setting `{setting.name}`", f"header `{setting.header}`, from `settings=`{variable}"
    lifetime = getattr(one, "url_lifetime", None)
    if lifetime is not None:
        yield "image URLs live", f"{int(lifetime.total_seconds() // 60)} minutes"


def _models(offer: ProviderCapabilities) -> str:
    rows = [
        (
            f"`{model.id}`" + (f"<br>also {code(model.aliases)}" if model.aliases else ""),
            ", ".join(offered(name, item) for name, item in model.operations.items()),
            standing(model.lifecycle),
        )
        for model in offer.models
    ]
    unknown = f"A model that is not listed is sent as it is, with a warning, for {', '.join(offer.unknown or ())}."
    picks = {model.id: item.default for model in offer.models for item in model.operations.values()}
    parts = [table(("model", "operations", "status"), rows), *map(_picked, picks, picks.values())]
    return "\n\n".join(filter(None, [*parts, unknown if offer.unknown else ""]))


def offered(name: str, item: OperationCapabilities) -> str:
    """An operation of a model, with its status and whether the model is the default."""
    default = {False: "", True: "the default"}[bool(item.default)]
    if isinstance(item.default, ServerDefault):
        default = "the server's default"
    status = "" if item.lifecycle.status == "available" else item.lifecycle.status
    remarks = ", ".join(filter(None, (status, default)))
    return f"{name} ({remarks})" if remarks else name


def _picked(model: str, default: object) -> str:
    if not isinstance(default, ServerDefault):
        return ""
    note = f" {default.note.rstrip('.')}." if default.note else ""
    return f"Where only the provider is named, no model is sent, and the server picks `{model}`.{note}"


def standing(lifecycle: Lifecycle) -> str:
    """A status in words."""
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
        yield from _operation(name, item, offer.source)
    if offer.unknown and name in offer.unknown:
        yield "### Any other model"
        yield from _operation(name, offer.unknown[name], offer.source)


def _operation(name: str, item: OperationCapabilities, source: Source) -> Iterator[str]:
    finding = item.lifecycle.finding()
    if finding is not None:
        refused = finding.verdict == "no" and not missing(name)
        allowed = f" It is refused unless `allow=('{finding.code}',)`." if refused else ""
        yield f"It is {item.lifecycle.describe()}.{allowed}"
    yield parameters(item, lambda one: "" if reachable(name, one) else f"limner's {name} cannot set it yet")
    yield listed("Rules:", (rule.describe() for rule in item.rules))
    yield listed("First:", item.preconditions)
    yield images(item)
    yield told(item.source) if item.source not in (None, source) else ""
    yield from _elsewhere(item)


def _elsewhere(item: OperationCapabilities) -> Iterator[str]:
    """Sources of single parameters, where they have their own."""
    sources = dict.fromkeys(one.source for one in item.parameters.values() if one.source not in (None, item.source))
    for source in filter(None, sources):
        names = code(name for name, one in item.parameters.items() if one.source == source)
        yield f"{names}: {told(source)[0].lower()}{told(source)[1:]}"
