"""A request painted before one's eyes: frames as they come, and the result at last."""

from __future__ import annotations

from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, TypeAlias

from attrs import define, field, frozen

from limner.delivering import load, together
from limner.errors import BadInputError, LimnerError
from limner.fanout import Outcome, paid, rescued
from limner.results import ImageResult

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Awaitable, Callable, Generator, Iterator, Sequence
    from typing import Self

    from limner.engine import AsyncRunner, Runner
    from limner.errands import Work
    from limner.landing import Landing
    from limner.media import Image
    from limner.planning import Plan
    from limner.provider import Call


@frozen
class PartialImage:
    """A frame of an image that is still being painted."""

    index: int
    """Which frame of its image it is, from 0, as the provider counts."""
    image: Image
    call: int = 0
    """Which of the request's calls paints it, from 0: there are several where one cannot make all images."""


@frozen
class Completed:
    """The end: what the same request would have come to without a stream."""

    result: ImageResult


StreamEvent: TypeAlias = PartialImage | Completed


@define(eq=False, repr=False)
class _Base:
    """What both streams keep. The calls of a request are made one after the other, so that frames come in order."""

    plan: Plan
    """What is done, as :meth:`limner.Client.plan` tells it beforehand."""
    _work: Work
    _result: ImageResult | None = field(default=None, init=False)
    _outcomes: list[Outcome] = field(factory=list, init=False)
    _left: tuple[Image, ...] = field(default=(), init=False)
    """What was finished in a call that was given up."""

    @property
    def result(self) -> ImageResult:
        """What it came to.

        Raises:
            BadInputError: the stream has not come to its end.
        """
        if self._result is None:
            raise BadInputError(
                "There is no result: go through the stream to its end, or call until_done(). One that failed or was"
                " closed before has none; .images holds what was finished."
            )
        return self._result

    @property
    def images(self) -> tuple[Image, ...]:
        """The finished images so far: they are paid for, however the stream ends."""
        return (*paid(self._outcomes), *self._left) if self._result is None else self._result.images

    def __repr__(self) -> str:
        done = "done" if self._result is not None else f"{len(self._outcomes)} of {len(self.plan.calls)} calls over"
        return f"<{type(self).__name__} {self.plan.request.operation} {self.plan.name}: {done}>"

    @contextmanager
    def _carrying(self) -> Iterator[None]:
        """What stops the stream carries what was finished, which is saved where it was to be."""
        try:
            yield
        except BaseException as stopped:
            carried: tuple[Image, ...] = getattr(stopped, "images", ())
            known = set(map(id, carried))
            before = (image for image in (*self.images, *rescued(self._outcomes)) if id(image) not in known)
            stopped.images = together(before, carried)  # type: ignore[attr-defined]
            self._work.landing.rescue(stopped)
            raise

    def _hand_to(self, stopped: BaseException | None) -> None:
        """What breaks off the ``with`` block carries what was finished: nobody else may hold it."""
        if stopped is not None and self._result is None and not hasattr(stopped, "images"):
            with suppress(AttributeError):  # it may have no room for them
                load(stopped, self.images, rescued(self._outcomes))

    def _over(self, call: Call, *, result: ImageResult | None = None, error: LimnerError | None = None) -> None:
        """Take note of a call's end."""
        self._outcomes.append(Outcome(call.index, call.n or 1, result=result, error=error))

    def _completed(self, result: ImageResult) -> Completed:
        self._result = result
        return Completed(result)


@define(eq=False, repr=False)
class ImageStream(_Base):
    """The events of one request, sync: a :class:`PartialImage` for every frame, then :class:`Completed`.

    ::

        with client.stream_generate("a lighthouse", model="openai/gpt-image-2", partial_images=2) as stream:
            for event in stream:
                ...
        stream.result.save("lighthouse.png")

    Leaving the ``with`` block early closes the connection; what is being painted may be billed all the same.
    One thread at a time goes through it.
    """

    _finish: Callable[[Plan, Sequence[Outcome], Landing], ImageResult]
    _play: Callable[[Call], Runner]
    _events: Generator[StreamEvent, None, None] = field(init=False)

    def __attrs_post_init__(self) -> None:
        self._events = self._run()

    def __iter__(self) -> Self:
        return self

    def __next__(self) -> StreamEvent:
        """The next event.

        Raises:
            LimnerError: as :meth:`limner.Client.run`; the frames that came are on it.
        """
        return next(self._events)

    def until_done(self) -> ImageResult:
        """Go through what is left of the stream, and have the result."""
        for _ in self:
            pass
        return self.result

    def close(self) -> None:
        """Give up what has not come yet; from any thread: one that waits for an event gets a CancelledError."""
        try:
            self._events.close()
        except ValueError:  # another thread is in it
            self._work.given_up.set()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, _kind: object, stopped: BaseException | None, _frames: object) -> None:
        self.close()
        self._hand_to(stopped)

    def _run(self) -> Generator[StreamEvent, None, None]:
        with self._carrying():
            for call in self.plan.calls:
                yield from self._frames(call)
        yield self._completed(self._finish(self.plan, self._outcomes, self._work.landing))

    def _frames(self, call: Call) -> Generator[PartialImage, None, None]:
        runner = self._play(call)
        try:
            while not isinstance(said := runner.next(), ImageResult):
                yield PartialImage(said.index, said.image, call.index)
            self._over(call, result=said)
        except LimnerError as error:
            self._over(call, error=error)
        finally:
            runner.give_up()
            self._left = runner.talk.finished


@define(eq=False, repr=False)
class AsyncImageStream(_Base):
    """The same, async: ``async with``, ``async for``."""

    _finish: Callable[[Plan, Sequence[Outcome], Landing], Awaitable[ImageResult]]
    _play: Callable[[Call], AsyncRunner]
    _events: AsyncGenerator[StreamEvent, None] = field(init=False)

    def __attrs_post_init__(self) -> None:
        self._events = self._run()

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> StreamEvent:
        """The next event; see :meth:`ImageStream.__next__`."""
        return await anext(self._events)

    async def until_done(self) -> ImageResult:
        """Go through what is left of the stream, and have the result."""
        async for _ in self:
            pass
        return self.result

    async def aclose(self) -> None:
        """Give up what has not come yet. Where another task waits for an event, cancel that one instead."""
        await self._events.aclose()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, _kind: object, stopped: BaseException | None, _frames: object) -> None:
        await self.aclose()
        self._hand_to(stopped)

    async def _run(self) -> AsyncGenerator[StreamEvent, None]:
        await self._work.endpoint.acheck(self._work.deadline())
        with self._carrying():
            for call in self.plan.calls:
                runner = self._play(call)
                try:
                    while not isinstance(said := await runner.next(), ImageResult):
                        yield PartialImage(said.index, said.image, call.index)
                    self._over(call, result=said)
                except LimnerError as error:
                    self._over(call, error=error)
                finally:
                    await runner.give_up()
                    self._left = runner.talk.finished
        yield self._completed(await self._finish(self.plan, self._outcomes, self._work.landing))
