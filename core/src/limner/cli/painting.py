"""One request, from what was typed to files on disk."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING, Any

import click
from attrs import evolve, frozen

from limner.cli import clients
from limner.cli.absence import absence
from limner.cli.exits import Exit
from limner.cli.frames import Frames
from limner.cli.output import Kept, Output
from limner.cli.progress import Progress, at_terminal
from limner.cli.text import counted, printable, say, tell, warn
from limner.cli.words import passed_over, translated
from limner.delivering import together
from limner.errors import BadInputError, CancelledError, ConfigError, LimnerError, NoProviderError
from limner.export import plain
from limner.fallback import goes_on
from limner.results import ImageResult, Tried
from limner.selection import NO_KEY
from limner.streams import PartialImage

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path

    from limner.client import Client
    from limner.media import Image
    from limner.planning import Plan
    from limner.requests import Request
    from limner.results import CallFailure


INTERRUPTED = "interrupted; what was sent may have been billed all the same."
"""What is said of a request that Ctrl-C ended while it was under way."""

FALLBACK = "fallback"
"""The code of the warning that a model was passed over."""


@frozen(kw_only=True)
class Manner:
    """How a command is to go about it: what it has on its line beside the request."""

    output: str | None = None
    force: bool = False
    sidecar: bool = False
    stream: bool = False
    sandbox: bool = False
    dry_run: bool = False
    as_json: bool = False


def paint(request: Request, manner: Manner) -> Exit:
    """Plan the request, look at where its pictures shall go, and only then have them painted and save them.

    Raises:
        LimnerError: as :meth:`limner.Client.run`; pictures on it are saved.
    """
    if manner.sandbox and request.delivery == "url":
        raise BadInputError(
            "--delivery url leaves the pictures at the emulator, which ends with this command: leave it out, or have"
            " limner sandbox serve for longer.",
            param="delivery",
        )
    to = Output(manner.output, manner.force, manner.sidecar)
    progress = Progress(at_terminal())
    with clients.opened(sandbox=manner.sandbox, allow=request.allow, observers=(progress,)) as client:
        plans = _planned(client, request, manner)
        plan = plans[0]
        for one in plans:
            to.check(one)
        if manner.dry_run:
            return _preview(plans, as_json=manner.as_json)
        frames = Frames(to, len(plan.calls))
        came: list[Image] = []
        try:
            with progress.over(*plans):
                # Of several models the client tries one after the other; a plan is of one.
                work = request if len(request.models) > 1 else plan
                result = _watched(client, plan.request, frames) if manner.stream else client.run(work)
                came.extend(result.images)
                # At once, before anything is said: saying it may fail.
                kept = to.record(to.keep(result.images), result, plan.request)
                apart = _apart(result, frames, to)
        except LimnerError as error:
            _rescue(error, plan.request, frames, to, as_json=manner.as_json)
            noted = getattr(error, "__notes__", ())
            for foreseen in dict.fromkeys(str(warning) for one in plans for warning in one.warnings):
                if foreseen not in noted:
                    warn(translated(foreseen))  # it may be why
            raise
        except BaseException as stopped:  # Ctrl-C, or what nobody foresaw
            _rescue(_carrying(stopped, came), plan.request, frames, to, as_json=manner.as_json)
            raise  # the last word is the boundary's
    kept = evolve(kept, lacking=(*kept.lacking, *frames.trouble, *apart))
    _tell(result, plans, kept, frames, manner)
    if manner.stream and not frames.places and _may_ask_for_frames(plan):
        tell("no frames came: --partial-images 2 asks for two.")
    progress.finish(result)
    return _verdict(result, kept)


def _planned(client: Client, request: Request, manner: Manner) -> tuple[Plan, ...]:
    """The plan; of several models that of each that takes the request, in their order."""
    try:
        plans = tuple(_plans(client, request, manner))
    except NoProviderError as error:
        lacking = absence((entry.group, entry.status) for entry in client.installed().entries())
        if lacking or not manner.sandbox:
            error.add_note(f"{lacking[0].upper()}{lacking[1:]}" if lacking else _way_out(error))
        raise
    for plan in plans:
        if manner.sandbox and plan.provider.name not in client.base_urls:
            # Its own key and address would be used, and paid for.
            emulated = ", ".join(client.base_urls)
            raise ConfigError(f"The sandbox does not emulate {plan.provider.name}; it emulates {emulated}.")
    return plans


def _plans(client: Client, request: Request, manner: Manner) -> Iterator[Plan]:
    """What is wrong with any is said at once, unless it is what the next is there for.

    Raises:
        LimnerError: that; or the last of them does not take the request either.
    """
    models = request.models
    if len(models) < 2:  # noqa: PLR2004 - several
        yield client.plan(request, stream=manner.stream)
        return
    if manner.stream:
        raise BadInputError("--stream shows the frames of one model: name one with -m.", param="model")
    passed: list[Tried] = []
    for model in models:
        try:
            yield client.plan(request.but(model=model, fallback=()))
        except LimnerError as error:
            passed.append(Tried(model=model, error=error))
            if not goes_on(error) or len(passed) == len(models):
                error.tried = tuple(passed)
                raise
            if manner.dry_run:
                warn(passed_over(passed[-1]))


def _way_out(error: NoProviderError) -> str:
    keyless = all(any(reason.code == NO_KEY for reason in one.reasons) for one in error.selection.rejected)
    if keyless:
        return "With --sandbox no key is needed; limner models lists what there is."
    return "limner explain, with the same options, tells all of it."


def _watched(client: Client, request: Request, frames: Frames) -> ImageResult:
    with client.stream(request) as events:
        for event in events:
            if isinstance(event, PartialImage):
                frames.keep(event)
        return events.result


def _may_ask_for_frames(plan: Plan) -> bool:
    """Whether frames could have been asked for, and nobody said how many."""
    call = plan.calls[0]
    return "partial_images" in call.capabilities.parameters and "partial_images" not in call.values()


def _verdict(result: ImageResult, kept: Kept) -> Exit:
    if kept.instead or kept.lacking:
        return Exit.ELSEWHERE
    return Exit.PARTLY if result.failures else Exit.DONE


def _preview(plans: Sequence[Plan], *, as_json: bool) -> Exit:
    first, *others = plans
    then = [plan.name for plan in others]
    if as_json:
        click.echo(_json({**first.to_dict(), **({"fallback": then} if then else {})}))
        return Exit.DONE
    # What stands above the requests are our own words.
    say(*(translated(line) if line.startswith("- ") else line for line in str(first).splitlines()))
    if then:
        tell(f"when {first.name} is not available: {', then '.join(then)}")
    return Exit.DONE


def _tell(result: ImageResult, plans: Sequence[Plan], kept: Kept, frames: Frames, manner: Manner) -> None:
    """What was passed over; where the pictures are; what differs from what was asked."""
    for one in result.tried:
        warn(passed_over(one))
    _hand_over(kept, result.to_dict() if manner.as_json else None, frames if manner.stream else None)
    calls = len(result.calls) + len(result.failures)
    foreseen = [warning for plan in plans for warning in plan.warnings]
    for warning in result.warnings:
        if warning.code != FALLBACK:  # which was told above
            warn(translated(str(warning)) if warning in foreseen else warning)
    for failure in result.failures:
        warn(_failed(failure, calls))


def _rescue(error: LimnerError, request: Request, frames: Frames, to: Output, *, as_json: bool) -> None:
    """The call failed or was interrupted, and some of its pictures were paid for."""
    images = frames.without(error.images)
    if not images and not frames.places:
        return
    what = ImageResult(images=images, provider=error.provider or "", model=error.model)
    try:
        kept = to.record(to.keep(images), what, request)
    except LimnerError as worse:
        tell(worse.message)
        return
    _hand_over(kept, {"error": plain(error)} if as_json else None, frames if frames.places else None)
    end = "was interrupted" if isinstance(error, CancelledError) else "failed"
    if images:
        tell(f"{counted(len(images), 'picture')} had come before it {end}: see above.")
    if frames.places:
        tell(f"{counted(len(frames.places), 'frame')} had come before it {end}: {frames}")


def _carrying(stopped: BaseException, came: Sequence[Image]) -> LimnerError:
    """What ends a command, as an error of ours: with all that had come."""
    kind = CancelledError if isinstance(stopped, KeyboardInterrupt) else LimnerError
    if kind is CancelledError:
        stopped.add_note(INTERRUPTED)
    return kind(type(stopped).__name__, images=together(getattr(stopped, "images", ()), came))


def _apart(result: ImageResult, frames: Frames, to: Output) -> tuple[str, ...]:
    """Save what calls had brought that failed, and say where: it is no part of the result, and may be paid for."""
    images = [image for failure in result.failures for image in frames.without(failure.error.images)]
    if not images:
        return ()
    kept = to.apart().keep(images)
    places = ", ".join(str(place) for place in kept.places)
    return (f"{counted(len(images), 'picture')} had come before a call failed: {places}", *filter(None, [kept.instead]))


def _hand_over(kept: Kept, data: dict[str, Any] | None, frames: Frames | None = None) -> None:
    """Say where the pictures are, and then what is wrong with that."""
    if data is not None:
        data["paths"] = _texts(kept.places)
        data |= {"sidecars": _texts(kept.sidecars)} if kept.sidecars else {}
        data |= {"frames": _texts(frames.places)} if frames is not None else {}
        click.echo(_json(data))
    for place in (place for place in kept.places if place is not None and data is None):
        # A path is bytes, which need not be text in any encoding; a URL is a stranger's text.
        click.echo(printable(place) if isinstance(place, str) else os.fsencode(place))
    if kept.instead:
        tell(kept.instead)
    for notice in (*kept.notices, *kept.lacking):
        warn(notice)


def _texts(places: Iterable[Path | str | None]) -> list[str | None]:
    return [None if place is None else str(place) for place in places]


def _json(data: object) -> str:
    return json.dumps(data, indent=2)


def _failed(failure: CallFailure, calls: int) -> str:
    billed = " (it may have been billed all the same)" if failure.error.maybe_billed else ""
    lost = counted(failure.n, "picture")
    return f"call {failure.index + 1} of {calls} failed, for {lost}: {failure.error.message}{billed}"
