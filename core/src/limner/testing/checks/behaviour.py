"""How a provider behaves when something fails, and when nothing does."""

from __future__ import annotations

import pickle
import time
from contextlib import redirect_stderr, redirect_stdout, suppress
from io import StringIO
from typing import TYPE_CHECKING, Any

from limner.errors import ProtocolError
from limner.provider import HttpRequest, Job, NoAuth, Wait
from limner.testing.checks import check
from limner.testing.stage import Reply
from limner.testing.wording import told

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from limner.testing.stage import Scene
    from limner.testing.subject import Subject, Tape

QUICK = 0.05
"""Seconds of CPU that it takes to map one call at most: an event loop stands still meanwhile."""
SOON = 0.2
"""Seconds by the clock that any of its code takes at most: more, as others may be at work on this machine."""
PAUSE = 0.1
"""Seconds between two questions that are the same, at least."""


def _broken_at(tape: Tape, place: int) -> tuple[Reply, ...]:
    """The recording up to one of its answers, in whose place the connection breaks."""
    return (*tape.told[:place], Reply(error=ProtocolError("The connection broke.", phase="unknown")))


@check(501, "What may have been billed is not asked for again.")
def pays_once(subject: Subject) -> Iterator[str]:
    """The engine repeats what is safe to repeat; a provider that helps pays twice."""
    for tape in subject.successes:
        whole = subject.play(tape).requests
        for place in range(len(tape.told)):
            once_more = (*tape.told, *tape.told, *tape.downloads)
            scene = subject.play(tape, (*_broken_at(tape, place), *once_more))
            before = sum(request.billing for request in whole[: place + 1])
            if sum(request.billing for request in scene.requests) > before:
                yield f"{tape.name}: after request {place + 1} failed with an unknown outcome, it asks again"


@check(502, "A step that failed is not passed over.")
def failures_are_told(subject: Subject) -> Iterator[str]:
    """It is raised inside the exchange, and has to come out of it."""
    for tape in subject.successes:
        for place in range(len(tape.told)):
            if told_of := _passed_over(subject.play(tape, _broken_at(tape, place))):
                yield f"{tape.name}: request {place + 1} failed, and {told_of}"


def _passed_over(scene: Scene) -> str:
    if scene.succeeded():
        return f"{scene.images} images come all the same"
    return "it asks without end" if scene.endless else ""


@check(503, "It can be given up at any step.")
def can_be_given_up(subject: Subject) -> Iterator[str]:
    """A generator that is closed cannot ask for anything; cancelling a job is what Job is for."""
    for tape in subject.successes:
        scene = subject.play(tape)
        for count in range(len(scene.steps)):
            exchange = _driven(subject, tape, scene, count)
            try:
                exchange.close()
            except Exception as broken:  # noqa: BLE001 - it is a stranger's code
                yield f"{tape.name}: closed at step {count + 1}, it raises {type(broken).__name__}: {broken}"


def _driven(subject: Subject, tape: Tape, scene: Scene, count: int) -> Any:  # noqa: ANN401 - a generator
    """An exchange that has come so far, with the answers of another one."""
    exchange = subject.provider.exchange(tape.asked.call)  # type: ignore[union-attr]
    next(exchange)
    for answer in scene.answers[:count]:
        exchange.send(answer)
    return exchange


@check(504, "It keeps nothing between calls, nor mixes them up.")
def is_stateless(subject: Subject) -> Iterator[str]:
    """One provider serves all threads and tasks of a program."""
    for tape in subject.successes:
        before = _state(subject.provider)
        scene = subject.play(tape)
        if _state(subject.provider) != before:
            yield f"{tape.name}: the call changed the provider"
        one, other = (subject.provider.exchange(tape.asked.call) for _ in range(2))  # type: ignore[union-attr]
        steps: tuple[list[Any], list[Any]] = ([next(one)], [next(other)])
        for answer in scene.answers[: len(scene.steps) - 1]:
            steps[0].append(one.send(answer))
            steps[1].append(other.send(answer))
        for exchange in (one, other):
            with suppress(RuntimeError):  # said by the check before this one
                exchange.close()
        alone = [_told(step) for step in scene.steps]
        if any([_told(step) for step in each] != alone for each in steps):
            yield f"{tape.name}: two calls at once take other steps than one alone"


def _state(provider: object) -> bytes:
    """All that it holds; of what cannot be pickled, its words for it."""
    try:
        return pickle.dumps(provider)
    except Exception:  # noqa: BLE001 - said by a check of registration
        return repr(getattr(provider, "__dict__", provider)).encode()


def _told(step: object) -> str:
    return told(step) if isinstance(step, HttpRequest) else type(step).__name__


@check(505, "What makes images is said to be billed.")
def billing_is_told(subject: Subject) -> Iterator[str]:
    """The engine repeats what is not billed, whatever became of it."""
    for tape in subject.successes:
        requests = subject.play(tape).requests
        free = isinstance(subject.provider.auth, NoAuth)
        if requests and not free and not any(request.billing for request in requests):
            yield f"{tape.name}: none of its requests bills; a GET that makes images says bills=True"


@check(506, "What the server is still at is told as a Job, and asked after with pauses.")
def jobs_are_told(subject: Subject) -> Iterator[str]:
    """An error carries the job, and who gives up can cancel it; a server that is asked without pause shuts the door."""
    for tape in subject.successes:
        steps = list(subject.play(tape).steps)
        if any(isinstance(step, Job) and not step.id.strip() for step in steps):
            yield f"{tape.name}: there is a Job without an id"
        requests = [(place, step) for place, step in enumerate(steps) if isinstance(step, HttpRequest)]
        seen: dict[str, int] = {}
        for number, (place, request) in enumerate(requests):
            before, then = requests[number - 1] if number else (place, request)
            if then.billing and not request.billing and not _jobs(steps[before:place]):
                yield f"{tape.name}: {request.method} {request.url} asks after what was ordered, and there is no Job"
            elif told(request) in seen:
                yield from _asked_again(tape, request, steps[:place], seen[told(request)])
            seen[told(request)] = place


def _asked_again(tape: Tape, request: HttpRequest, steps: Sequence[Any], since: int) -> Iterator[str]:
    what = f"{tape.name}: {request.method} {request.url} is asked again"
    if not _jobs(steps):
        yield f"{what}, and there is no Job"
    if sum(float(one.seconds) for one in steps[since:] if isinstance(one, Wait)) < PAUSE:
        yield f"{what} without a Wait of at least {PAUSE:g} s"


def _jobs(steps: Sequence[Any]) -> list[Job]:
    return [step for step in steps if isinstance(step, Job)]


@check(507, "It is quick, and prints nothing.")
def is_quick_and_quiet(subject: Subject) -> Iterator[str]:
    """It runs on a host's event loop, and beside what the host prints."""
    said = StringIO()
    with redirect_stdout(said), redirect_stderr(said):
        for asked in subject.plain.values():
            cpu, wall = (min(times) for times in zip(*(_seconds(subject, asked.call) for _ in range(3)), strict=True))
            if cpu > QUICK:
                yield f"{asked}: mapping takes {cpu * 1000:.0f} ms; at most {QUICK * 1000:.0f} ms"
            elif wall > SOON:
                yield f"{asked}: mapping waits for {wall * 1000:.0f} ms; at most {SOON * 1000:.0f} ms"
        for tape in subject.successes:
            wall = min(subject.play(tape).longest for _ in range(3))
            if wall > SOON:
                yield f"{tape.name}: of its own code something takes {wall * 1000:.0f} ms; at most {SOON * 1000:.0f} ms"
    if said.getvalue():
        yield f"it printed {said.getvalue()[:80]!r}"


def _seconds(subject: Subject, call: Any) -> tuple[float, float]:  # noqa: ANN401 - a Call
    """Of the processor, and by the clock on the wall: who sleeps takes none of the one."""
    began = time.process_time(), time.perf_counter()
    subject.stage.first(call)
    return time.process_time() - began[0], time.perf_counter() - began[1]
