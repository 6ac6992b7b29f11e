"""What is installed, and what it offers: ``limner providers`` and ``limner models``."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import click
from attrs import frozen

from limner.capabilities.export import plain
from limner.cli import clients
from limner.cli.absence import NONE, absence
from limner.cli.exits import Exit
from limner.cli.text import Row, counted, say, table, tell, warn, wrapped
from limner.cli.words import translated
from limner.errors import BadInputError, LimnerError
from limner.provider import NoAuth
from limner.registry import GROUP

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from limner.capabilities import ModelCapabilities, ProviderCapabilities
    from limner.cli.filtering import Filter
    from limner.client import Client
    from limner.provider import Provider
    from limner.registry import Entry


def providers(*, as_json: bool) -> Exit:
    """Every plugin, whether it works, and whether there is a key for it."""
    with clients.opened() as client:
        entries = client.installed().entries(check=True)
        found = [_provider(entry, client) for entry in entries]
    if as_json:
        click.echo(json.dumps(found, indent=2))
        return Exit.DONE
    if not found:
        tell(NONE)
        return Exit.DONE
    rows: list[Row] = [
        ((one["name"], one["status"], _from(one), one["key"]), [one["reason"]] * bool(one["reason"])) for one in found
    ]
    say(*table(("PROVIDER", "STATUS", "FROM", "KEY"), rows))
    return Exit.DONE


def _provider(entry: Entry, client: Client) -> dict[str, str]:
    key, trouble = _key(entry, client) if entry.group == GROUP and entry.status == "ok" else ("-", "")
    return {
        "name": entry.name,
        "status": entry.status,
        "distribution": entry.distribution,
        "version": entry.version,
        "key": key,
        "reason": entry.reason or trouble,
    }


def _from(one: Mapping[str, str]) -> str:
    return f"{one['distribution']} {one['version']}".strip() or "-"


def _key(entry: Entry, client: Client) -> tuple[str, str]:
    """Where the key is from, never the key; and what is wrong with it."""
    provider = client.installed().get(entry.name)
    if isinstance(provider.auth, NoAuth):
        return "not needed", ""
    try:
        source = client.key_source(entry.name)
    except LimnerError as error:
        return "unusable", error.message
    missing = f"none; set {provider.key_variable}" if provider.key_variable else "none"
    return source or missing, ""


@frozen
class Listed:
    """What is to be shown of a provider."""

    provider: Provider
    offer: ProviderCapabilities
    models: Mapping[str, Sequence[str]]
    """The models, each with what is to be said of it beside its declaration."""
    hidden: int
    """How many retired ones are left out."""


def models(name: str | None, wanted: Filter, *, as_json: bool) -> Exit:
    """The models of one provider, or of all that work.

    Args:
        name: The provider.
        wanted: Which of its models.
        as_json: Print data rather than a table.

    Raises:
        BadInputError: nobody knows what they are to be able to do; or it is a model that was named.
        ConfigError: there is no such provider.
        PluginError: it is broken.
    """
    if name is not None and "/" in name:
        raise BadInputError(
            f"{name!r} is not PROVIDER; 'limner capabilities {name}' says what a model takes.", param="provider"
        )
    with clients.opened() as client:
        found = [Listed(provider, offer, *wanted.split(offer)) for provider, offer in _offers(client, name)]
        lacking = absence((entry.group, entry.status) for entry in client.installed().entries())
    if as_json:
        click.echo(json.dumps([entry for one in found for entry in _as_data(one)], indent=2))
    else:
        # Who has no answer to a question is not spoken of.
        _show([one for one in found if one.models or not wanted.asks])
    if lacking and not found:
        tell(lacking)
    elif wanted.asks and not any(one.models for one in found):
        tell("no known model can do all of that.")
    hidden = sum(one.hidden for one in found)
    if hidden:
        tell(f"{counted(hidden, 'retired model')} not shown: --retired shows them.")
    return Exit.DONE


def _show(found: Sequence[Listed]) -> None:
    rows = [row for one in found for row in _rows(one)]
    if rows:
        say(*table(("MODEL", "OPERATIONS", "STATUS"), rows))
    for one in found:
        offer = one.offer
        others = f" It takes others too, for {', '.join(offer.unknown)}, with a warning." if offer.unknown else ""
        told = f"{one.provider.name}: according to {offer.source.page}, checked {offer.source.checked}.{others}"
        say("", *wrapped(told))


def _offers(client: Client, name: str | None) -> Iterator[tuple[Provider, ProviderCapabilities]]:
    installed = client.installed()
    for one in [name] if name is not None else installed.names():
        entry = installed.check(one)
        if entry.status == "ok" or name is not None:
            provider = installed.get(one)
            yield provider, provider.capabilities()
        else:
            warn(f"{one} is left out, as its plugin is broken: {entry.reason}")


def _models(one: Listed) -> Iterator[ModelCapabilities]:
    return (model for model in one.offer.models if model.id in one.models)


def _rows(one: Listed) -> Iterator[Row]:
    for model in _models(one):
        operations = ", ".join(model.operations)
        status = model.lifecycle.status + (f" {model.lifecycle.date}" if model.lifecycle.date else "")
        notes = [*_notes(model), *map(translated, one.models[model.id])]
        yield (f"{one.provider.name}/{model.id}", operations, status), notes


def _notes(model: ModelCapabilities) -> Iterator[str]:
    if model.aliases:
        yield f"also {', '.join(model.aliases)}"
    if model.lifecycle.successor or model.lifecycle.note:
        yield model.lifecycle.describe()
    for name, operation in model.operations.items():
        if operation.default:
            yield f"the default for {name}"
        if (finding := operation.lifecycle.finding(_ANY)) is not None:
            yield f"{name} {finding.problem}"


_ANY = ("announced", "retired")


def _as_data(one: Listed) -> Iterator[dict[str, Any]]:
    for model in _models(one):
        yield {
            "model": f"{one.provider.name}/{model.id}",
            "aliases": list(model.aliases),
            "operations": list(model.operations),
            "lifecycle": {"status": model.lifecycle.status, **plain(model.lifecycle)},
        }
