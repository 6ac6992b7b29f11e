"""Who can serve a request, and why the others cannot: ``limner explain``."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import click
from attrs import asdict

from limner.capabilities.reasons import word
from limner.cli import clients
from limner.cli.absence import absence
from limner.cli.exits import Exit
from limner.cli.text import Row, counted, say, table, tell
from limner.cli.words import translated
from limner.export import plain
from limner.selection import split

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from limner.client import Client
    from limner.requests import Request
    from limner.selection import Standing


def explain(request: Request, *, stream: bool, sandbox: bool, as_json: bool) -> Exit:
    """Print how the request stands with everybody.

    Args:
        request: What is asked for.
        stream: Whether it is to be watched.
        sandbox: Ask for the emulator: those it does not emulate are left out.
        as_json: Print data rather than a table.

    Raises:
        BadInputError: the request is wrong for everybody.
        ConfigError: a provider that it names is not there.
    """
    with clients.opened(sandbox=sandbox, allow=request.allow) as client:
        _look_up(request, client)
        lacking = absence((entry.group, entry.status) for entry in client.installed().entries())
        found = client.select(request, require=("stream",) if stream else ())
        here = set(client.base_urls) if sandbox else {one.provider for one in (*found.candidates, *found.rejected)}
    able = [one for one in found.candidates if one.provider in here]
    # A near miss is worth more than a miss.
    unable = sorted((one for one in found.rejected if one.provider in here), key=lambda one: not one.change)
    if as_json:
        data = {
            "operation": request.operation,
            "candidates": [_as_data(one) for one in able],
            "rejected": [_as_data(one) for one in unable],
        }
        click.echo(json.dumps(data, indent=2, default=repr))
    elif lacking:
        tell(lacking)
    else:
        say(*table(("PROVIDER/MODEL", "CAN", "CALLS"), list(_rows([*able, *unable], request)), "- "))
        tell(f"{len(able)} of {counted(len(able) + len(unable), 'model')} can {request.operation} this.")
    return Exit.DONE if able else Exit.WRONG


def _look_up(request: Request, client: Client) -> None:
    """Insist that every provider that is named is there; a broken one is explained as any other."""
    installed = client.installed()
    if request.provider is not None:
        installed.check(request.provider)
        return
    for model in request.models:
        installed.check(split(model, installed.names)[0])


def _as_data(one: Standing) -> dict[str, Any]:
    return {
        "provider": one.provider,
        "model": one.model or None,
        "verdict": one.verdict,
        "calls": one.calls,
        "reasons": [plain(reason) for reason in one.reasons],
        "changes": [plain(change) for change in one.changes],
        "change": plain(one.change) if one.verdict == "no" and one.change else None,
    }


def _rows(standings: Iterable[Standing], request: Request) -> Iterator[Row]:
    """A row for each; those of a provider of which the same is to be said stand together, and above it."""
    grouped: dict[tuple[str, str, tuple[str, ...]], list[Standing]] = {}
    for one in standings:
        grouped.setdefault((one.provider, one.verdict, tuple(_notes(one, request))), []).append(one)
    for (_, verdict, notes), group in grouped.items():
        for one in group:
            yield (one.name, verdict, str(one.calls or "-")), notes if one is group[-1] else ()


def _notes(one: Standing, request: Request) -> Iterator[str]:
    for change in one.changes:
        yield translated(change.message)
    for reason in one.reasons:
        yield translated(str(reason))
    if one.verdict == "no" and one.change:
        wishes = (
            f"without {name}" if to is None else f"with {name}={word(to)}" for name, to in _wishes(one.change, request)
        )
        yield translated(f"It could {' and '.join(wishes)}.")


def _wishes(change: Mapping[str, Any], request: Request) -> Iterator[tuple[str, Any]]:
    """What to set each parameter to; of a provider's own options, those that change."""
    for name, to in change.items():
        if name != "options" or to is None:
            yield name, to
            continue
        asked = asdict(request.options)
        yield from ((f"options.{own}", value) for own, value in asdict(to).items() if value != asked[own])
