"""One request, from what was typed to files on disk."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING, Any

import click

from limner.cli import clients
from limner.cli.exits import Exit
from limner.cli.output import Kept, Output
from limner.cli.progress import Progress, at_terminal
from limner.cli.text import counted, printable, say, tell, warn
from limner.errors import CancelledError, ConfigError, LimnerError
from limner.export import plain

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from limner.planning import Plan
    from limner.requests import Request
    from limner.results import CallFailure, ImageResult


def paint(  # noqa: PLR0913 - the options of a command
    request: Request, *, output: str | None, force: bool, sandbox: bool, dry_run: bool, as_json: bool
) -> Exit:
    """Plan the request, look at where its pictures shall go, and only then have them painted and save them.

    Raises:
        LimnerError: as :meth:`limner.Client.run`; pictures on it are saved.
    """
    to = Output(output, force)
    progress = Progress(at_terminal())
    with clients.opened(sandbox=sandbox, observers=(progress,)) as client:
        plan = client.plan(request)
        if sandbox and plan.provider.name not in client.base_urls:
            # Its own key and address would be used, and paid for.
            emulated = ", ".join(client.base_urls)
            raise ConfigError(f"The sandbox does not emulate {plan.provider.name}; it emulates {emulated}.")
        to.check(plan)
        if dry_run:
            return _preview(plan, as_json=as_json)
        try:
            with progress.over(plan):
                result = client.run(request)
                # At once, before anything is said: saying it may fail.
                kept = to.keep(result.images)
        except LimnerError as error:
            if error.images:
                _rescue(error, to, as_json=as_json)
            raise
        except KeyboardInterrupt as stopped:
            if images := getattr(stopped, "images", ()):
                _rescue(CancelledError("interrupted", images=images), to, as_json=as_json)
            raise
    _hand_over(kept, result.to_dict() if as_json else None)
    for remark in (*result.warnings, *(_failed(failure, len(plan.calls)) for failure in result.failures)):
        warn(remark)
    progress.finish(result)
    return _verdict(result, kept)


def _verdict(result: ImageResult, kept: Kept) -> Exit:
    if kept.instead:
        return Exit.ELSEWHERE
    return Exit.PARTLY if result.failures else Exit.DONE


def _preview(plan: Plan, *, as_json: bool) -> Exit:
    for warning in plan.warnings:
        warn(warning)
    requests = plan.preview()
    if as_json:
        click.echo(_json(requests))
        return Exit.DONE
    for number, request in enumerate(requests, 1):
        if len(requests) > 1:
            say(f"# request {number} of {len(requests)}")
        say(*_request_lines(request))
    return Exit.DONE


def _request_lines(request: Mapping[str, Any]) -> Iterator[str]:
    """As HTTP writes it, more or less: line, headers, body. What is no HTTP request is told as data."""
    if "url" in request:
        yield f"{request['method']} {request['url']}"
    yield from (f"{name}: {value}" for name, value in request.get("headers", {}).items())
    rest = {name: value for name, value in request.items() if name not in {"method", "url", "headers", "body"}}
    for data in filter(None, (rest, request.get("body"))):
        yield json.dumps(data, indent=2, ensure_ascii=False)


def _rescue(error: LimnerError, to: Output, *, as_json: bool) -> None:
    """The call failed, and some of its pictures were paid for."""
    try:
        kept = to.keep(error.images)
    except LimnerError as worse:
        tell(worse.message)
        return
    _hand_over(kept, {"error": plain(error)} if as_json else None)
    tell(f"{counted(len(error.images), 'picture')} had come before it failed: see above.")


def _hand_over(kept: Kept, data: dict[str, Any] | None) -> None:
    """Say where the pictures are, and then what is wrong with that."""
    if data is not None:
        click.echo(_json({**data, "paths": [place and str(place) for place in kept.places]}))
    for place in (place for place in kept.places if place is not None and data is None):
        # A path is bytes, which need not be text in any encoding; a URL is a stranger's text.
        click.echo(printable(place) if isinstance(place, str) else os.fsencode(place))
    if kept.instead:
        tell(kept.instead)
    for notice in kept.notices:
        warn(notice)


def _json(data: object) -> str:
    return json.dumps(data, indent=2)


def _failed(failure: CallFailure, calls: int) -> str:
    billed = " (it may have been billed all the same)" if failure.error.maybe_billed else ""
    lost = counted(failure.n, "picture")
    return f"call {failure.index + 1} of {calls} failed, for {lost}: {failure.error.message}{billed}"
