"""What is installed, and what it offers: ``limner providers`` and ``limner models``."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import click

from limner.capabilities.export import plain
from limner.cli import clients
from limner.cli.exits import Exit
from limner.cli.text import Row, say, table, tell, warn, wrapped
from limner.errors import LimnerError
from limner.provider import NoAuth
from limner.registry import GROUP

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from limner.capabilities import ModelCapabilities, ProviderCapabilities
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
        tell("no provider is installed: pip install limner-NAME brings one.")
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


def models(name: str | None, *, as_json: bool) -> Exit:
    """The models of one provider, or of all that work.

    Raises:
        ConfigError: there is no such provider.
        PluginError: it is broken.
    """
    with clients.opened() as client:
        found = list(_offers(client, name))
    if as_json:
        click.echo(json.dumps([entry for one, offer in found for entry in _as_data(one, offer)], indent=2))
        return Exit.DONE
    rows = [row for one, offer in found for row in _rows(one, offer)]
    if rows:
        say(*table(("MODEL", "OPERATIONS", "STATUS"), rows))
    for provider, offer in found:
        others = f" It takes others too, for {', '.join(offer.unknown)}, with a warning." if offer.unknown else ""
        told = f"{provider.name}: according to {offer.source.page}, checked {offer.source.checked}.{others}"
        say("", *wrapped(told))
    return Exit.DONE


def _offers(client: Client, name: str | None) -> Iterator[tuple[Provider, ProviderCapabilities]]:
    installed = client.installed()
    for one in [name] if name is not None else installed.names():
        entry = installed.check(one)
        if entry.status == "ok" or name is not None:
            provider = installed.get(one)
            yield provider, provider.capabilities()
        else:
            warn(f"{one} is left out, as its plugin is broken: {entry.reason}")


def _rows(provider: Provider, offer: ProviderCapabilities) -> Iterator[Row]:
    for model in offer.models:
        operations = ", ".join(model.operations)
        status = model.lifecycle.status + (f" {model.lifecycle.date}" if model.lifecycle.date else "")
        yield (f"{provider.name}/{model.id}", operations, status), list(_notes(model))


def _notes(model: ModelCapabilities) -> Iterator[str]:
    if model.aliases:
        yield f"also {', '.join(model.aliases)}"
    if model.lifecycle.successor or model.lifecycle.note:
        yield model.lifecycle.describe()
    for name, operation in model.operations.items():
        if operation.default:
            yield f"the default for {name}"
        if operation.lifecycle.status != "available":
            yield f"{name} is {operation.lifecycle.describe()}"


def _as_data(provider: Provider, offer: ProviderCapabilities) -> Iterator[dict[str, Any]]:
    for model in offer.models:
        yield {
            "model": f"{provider.name}/{model.id}",
            "aliases": list(model.aliases),
            "operations": list(model.operations),
            "lifecycle": {"status": model.lifecycle.status, **plain(model.lifecycle)},
        }
