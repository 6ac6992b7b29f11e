"""Several calls of one request: run a few at once, keep their order, and make one result of them."""

from __future__ import annotations

import asyncio
from concurrent.futures import Future, ThreadPoolExecutor
from functools import reduce
from operator import add
from typing import TYPE_CHECKING

from attrs import evolve, field, frozen

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
        give_up()
        pool.shutdown(wait=False, cancel_futures=True)
        stopped.images = tuple(paid(_over(calls)))  # type: ignore[attr-defined]
        raise
    return outcomes


def paid(outcomes: Iterable[Outcome]) -> Iterator[Image]:
    """The images of calls that are over."""
    return (image for outcome in outcomes if outcome.result is not None for image in outcome.result.images)


def _over(calls: Sequence[Future[Outcome] | asyncio.Future[Outcome]]) -> Iterator[Outcome]:
    return (call.result() for call in calls if call.done() and not call.cancelled() and call.exception() is None)


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
                unfinished.extend(getattr(stopped, "images", ()))
                raise

    tasks: list[asyncio.Task[Outcome]] = []
    try:
        async with asyncio.TaskGroup() as group:
            tasks.extend(group.create_task(run(job)) for job in jobs)
    except BaseExceptionGroup as several:
        # A job answers with an Outcome; what it raises is a fault of ours, and reads better alone.
        several.exceptions[0].images = (*paid(_over(tasks)), *unfinished)  # type: ignore[union-attr]
        raise several.exceptions[0] from None
    except BaseException as stopped:
        stopped.images = (*paid(_over(tasks)), *unfinished)  # type: ignore[attr-defined]
        raise
    return [task.result() for task in tasks]


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
    flat = [image for result in done for image in result.images]
    images = tuple(image if image.index == at else evolve(image, index=at) for at, image in enumerate(flat))
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
