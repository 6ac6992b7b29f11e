"""Several calls of one request: run a few at once, keep their order, and make one result of them."""

from __future__ import annotations

import asyncio
from concurrent.futures import Future, ThreadPoolExecutor, wait
from functools import reduce
from operator import add
from typing import TYPE_CHECKING

from attrs import evolve, field, frozen

from limner.delivering import together
from limner.errors import BadImageError, LimnerError
from limner.reading import without_blobs
from limner.results import CallFailure, ImageResult, ResultWarning
from limner.verification import check_count, check_images

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable, Iterator, Sequence

    from limner.media import Image
    from limner.planning import Plan


def _bare(error: LimnerError | None) -> LimnerError | None:
    """The error without the frames it came through: their variables hold bodies, and what a server sent back."""
    if error is not None:
        error.__traceback__ = error.__context__ = None
    return error


@frozen
class Outcome:
    """How one planned call ended."""

    index: int
    n: int
    result: ImageResult | None = None
    error: LimnerError | None = field(default=None, converter=_bare)


def run_all(
    jobs: Sequence[Callable[[], Outcome]], at_once: int, give_up: Callable[[], None] = lambda: None
) -> list[Outcome]:
    """Run the planned calls, a few at once, and keep their order.

    Args:
        jobs: The calls.
        at_once: How many run at a time.
        give_up: Called where something else than an Outcome ends them all, such as Ctrl-C: what waits is then not
            begun, and what ends them carries the ``images`` already paid for. It is raised at once; threads end, and so
            can the process, as what is under way is woken by ``give_up``.
    """
    if len(jobs) == 1:
        return [jobs[0]()]
    pool = ThreadPoolExecutor(max_workers=min(at_once, len(jobs)), thread_name_prefix="limner")
    calls: list[Future[Outcome]] = []
    try:
        calls.extend(pool.submit(job) for job in jobs)  # Ctrl-C may come while they begin
        outcomes = [call.result() for call in calls]
        pool.shutdown()
    except BaseException as stopped:
        begun = any(call.running() or call.done() for call in calls)
        stopped.maybe_billed = getattr(stopped, "maybe_billed", begun)  # type: ignore[attr-defined]
        own: tuple[Image, ...] = getattr(stopped, "images", ())
        try:
            give_up()
        finally:  # which Ctrl-C may end, too
            pool.shutdown(wait=False, cancel_futures=True)
            _bring(stopped, calls, own)
        wait(calls, AWAKE)
        _bring(stopped, calls, own)
        raise
    return outcomes


AWAKE = 0.1
"""Seconds that calls have to bring what they hold once they are given up, all of them together."""


def paid(outcomes: Iterable[Outcome]) -> Iterator[Image]:
    """The images of calls that are over."""
    return (image for outcome in outcomes if outcome.result is not None for image in outcome.result.images)


def rescued(outcomes: Iterable[Outcome]) -> Iterator[Image]:
    """The images that errors of calls carry: frames, and what was whole when an answer broke off."""
    return (image for outcome in outcomes if outcome.error is not None for image in outcome.error.images)


def carried(outcomes: Sequence[Outcome]) -> tuple[Image, ...]:
    """All that a request has brought so far, the images of calls that went well first and numbered through."""
    return (*_numbered(paid(outcomes)), *rescued(outcomes))


def _numbered(images: Iterable[Image]) -> tuple[Image, ...]:
    return tuple(image if image.index == at else evolve(image, index=at) for at, image in enumerate(images))


def _bring(
    stopped: BaseException, calls: Sequence[Future[Outcome] | asyncio.Future[Outcome]], own: Iterable[Image]
) -> None:
    """Put on what ends a request what its calls have brought, and then what else is known of."""
    over = [call for call in calls if call.done() and not call.cancelled()]
    outcomes = [call.result() for call in over if call.exception() is None]
    held = [getattr(call.exception(), "images", ()) for call in over if call.exception() is not stopped]
    stopped.images = together(carried(outcomes), *held, own)  # type: ignore[attr-defined]


def unforeseen(fault: BaseException) -> LimnerError:
    """What stands for a call that ended with what is no error of ours, where others are under way and paid."""
    error = LimnerError(
        f"A call broke: {type(fault).__name__}.",
        images=getattr(fault, "images", ()), maybe_billed=getattr(fault, "maybe_billed", True),
    )  # fmt: skip
    error.__cause__ = fault
    return error


async def arun_all(jobs: Sequence[Callable[[], Awaitable[Outcome]]], at_once: int) -> list[Outcome]:
    """The same, as tasks: cancelling one request cancels all its calls, and carries what they brought."""
    if len(jobs) == 1:
        return [await jobs[0]()]
    slots = asyncio.Semaphore(at_once)

    unfinished: list[Image] = []

    async def run(job: Callable[[], Awaitable[Outcome]]) -> Outcome:
        async with slots:
            try:
                return await job()
            except BaseException as stopped:
                unfinished.extend(getattr(stopped, "images", ()))  # a task has another CancelledError than its caller
                raise

    tasks: list[asyncio.Task[Outcome]] = []
    try:
        async with asyncio.TaskGroup() as group:
            tasks.extend(group.create_task(run(job)) for job in jobs)
        return [task.result() for task in tasks]
    except BaseExceptionGroup as several:
        # A job answers with an Outcome; what it raises is a fault of ours, and reads better alone.
        _bring(several.exceptions[0], tasks, unfinished)
        raise several.exceptions[0] from None
    except BaseException as stopped:
        _bring(stopped, tasks, unfinished)
        raise


def merge(plan: Plan, outcomes: Sequence[Outcome]) -> ImageResult:
    """One result of all calls: partial success is success with failures.

    Raises:
        LimnerError: every call failed, or one did and ``on_partial="raise"``; the paid images are on it.
        BadImageError: an image is not what was asked for, and ``on_mismatch="raise"``.
    """
    done = [outcome.result for outcome in outcomes if outcome.result is not None]
    failures = tuple(
        CallFailure(index=one.index, n=one.n, error=one.error) for one in outcomes if one.error is not None
    )
    images = _numbered(paid(outcomes))
    if failures and (not done or plan.request.on_partial == "raise"):
        raise _all_in_one(failures, images)
    asked = plan.calls[0].request.given()
    owed = (asked.get("n") or 1) - sum(failure.n for failure in failures)
    different = (*check_count(len(images), owed), *check_images(images, asked))
    if different and plan.request.on_mismatch == "raise":
        raise BadImageError(" ".join(map(str, different)), images=images, provider=plan.provider.name, model=plan.model)
    warnings: tuple[ResultWarning, ...] = (
        *plan.warnings, *(warning for result in done for warning in result.warnings), *different
    )  # fmt: skip
    usages = [result.usage for result in done]
    return ImageResult(
        images=images,
        provider=plan.provider.name,
        model=plan.calls[0].model,
        operation=plan.request.operation,
        created=next((result.created for result in done if result.created is not None), None),
        usage=reduce(add, [usage for usage in usages if usage is not None]) if all(usages) else None,
        warnings=warnings,
        failures=failures,
        calls=tuple(record for result in done for record in result.calls),
        raw=tuple(without_blobs(reply) for result in done for reply in result.raw),
    )


def _all_in_one(failures: Sequence[CallFailure], images: tuple[Image, ...]) -> LimnerError:
    """The first failure, carrying the images that were paid for and a note of each other failure."""
    first, *others = (failure.error for failure in failures)
    first.images = (*images, *(image for failure in failures for image in failure.error.images))
    first.maybe_billed = first.maybe_billed or any(other.maybe_billed for other in others)
    for other in others:
        if str(other) != str(first):
            first.add_note(f"Another call failed too: {type(other).__name__}: {other}")
    return first
