# ruff: noqa: SLF001 - the table of steps stands in for a chain of isinstance
"""One planned call, from its first step to its images, without I/O.

A conversation takes the steps of a provider's exchange, turns them into effects - send, read an event, sleep, run,
show, fetch - and yields those to whoever can perform them. The rules of money live here, once for sync and async:
what was billed, what is known of the outcome, which images must not be lost.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Generator, Mapping
from contextlib import suppress
from typing import TYPE_CHECKING, Any, TypeAlias, TypeVar
from urllib.parse import urlsplit

from attrs import define, field, frozen

from limner import events
from limner.errors import (
    BadImageError,
    DeadlineError,
    LimnerError,
    PluginError,
    ProviderError,
    RedirectError,
    SchemaError,
)
from limner.media import Image
from limner.provider import (
    Blocking,
    Exchange,
    HttpRequest,
    HttpResponse,
    Job,
    NextEvent,
    Partial,
    Wait,
)
from limner.reading import request_id, without_blobs
from limner.results import CallRecord, ImageResult, ResultWarning
from limner.transport.retry import asked_delay, phase_of
from limner.verification import is_image

if TYPE_CHECKING:
    from datetime import datetime

    from limner.media import Blob
    from limner.provider import Call
    from limner.transport.deadline import Deadline
    from limner.transport.endpoint import Endpoint
    from limner.transport.http import WireRequest

T = TypeVar("T")


# Effects


@frozen(eq=False)
class Send:
    """Send, retry where that is safe, and read the response; answered by an HttpResponse that is no error."""

    build: Callable[[], WireRequest]
    request: HttpRequest
    conversation: Conversation

    @property
    def billing(self) -> bool:
        """Whether a second sending could be paid for twice."""
        return self.request.billing


@frozen
class ReadEvent:
    """Read the open stream's next event."""


@frozen
class Sleep:
    """Let seconds pass."""

    seconds: float


@frozen
class Run:
    """Run a blocking function, one at a time per lane."""

    fn: Callable[[], Any]
    lane: str | None


@frozen
class Show:
    """Hand a frame to whoever watches."""

    partial: Partial


@frozen
class Fetch:
    """Download an image; answered by its Blob."""

    url: str
    svg: bool
    expires_at: datetime | None


Effect: TypeAlias = Send | ReadEvent | Sleep | Run | Show | Fetch
Talk: TypeAlias = Generator[Effect, Any, T]


@define(eq=False)
class Conversation:
    """The state of one planned call while it runs."""

    call: Call
    endpoint: Endpoint
    deadline: Deadline
    notify: Callable[[events.Event], None]
    id: str
    deliver: str | None = None
    billed: bool = field(default=False, init=False)
    attempts: int = field(default=0, init=False)
    job: Job | None = field(default=None, init=False)
    frames: list[Image] = field(factory=list, init=False)
    status: int | None = field(default=None, init=False)
    request_id: str | None = field(default=None, init=False)
    _headers: Mapping[str, str] = field(factory=dict, init=False)
    _started: float = field(factory=time.monotonic, init=False)

    def run(self) -> Talk[ImageResult]:
        """Converse to the end: the images of this call, checked, or the error that says what is known."""
        self.notify(events.CallStarted(**self._subject()))
        try:
            result = yield from self._converse()
            result = yield from self._fetch(result)
            result = self._checked(result)
        except LimnerError as error:
            yield from self._cancel()
            self._explain(error)
            self._report(error)
            raise
        self._report(None, result)
        return result

    def _converse(self) -> Talk[ImageResult]:
        exchange = self.endpoint.provider.exchange(self.call)
        answer: Any = None
        error: LimnerError | None = None
        try:
            while True:
                step = self._advance(exchange, answer, error)
                if isinstance(step, _Finished):
                    return step.result
                answer, error = None, None
                try:
                    answer = yield from self._perform(step)
                except LimnerError as raised:
                    error = raised
        finally:
            exchange.close()

    def _advance(self, exchange: Exchange[ImageResult], answer: Any, error: LimnerError | None) -> Any:  # noqa: ANN401
        """The provider's next step. Whatever breaks in its code is its own error, by name."""
        name = self.endpoint.provider.name
        try:
            return exchange.throw(error) if error is not None else exchange.send(answer)
        except StopIteration as stop:
            if isinstance(stop.value, ImageResult):
                return _Finished(stop.value)
            raise PluginError(
                f"{name} returned {type(stop.value).__name__} where an ImageResult was due.", provider=name
            ) from None
        except LimnerError:
            raise
        except Exception as broken:
            raise PluginError(
                f"{name} broke while it handled a call: {type(broken).__name__}: {broken}", provider=name
            ) from broken

    def _perform(self, step: Any) -> Talk[Any]:  # noqa: ANN401 - a Step, or what a broken plugin yields
        perform = _PERFORM.get(type(step))
        if perform is None:
            name = self.endpoint.provider.name
            raise PluginError(f"{name} yielded {type(step).__name__}, which is no step.", provider=name)
        return (yield from perform(self, step))

    def _send(self, request: HttpRequest) -> Talk[HttpResponse]:
        build = self.endpoint.prepare(request, idempotency_key=self.call.idempotency_key)
        response: HttpResponse = yield Send(build, request, self)
        self.billed = self.billed or request.billing
        self._headers = response.headers
        return response

    def _next_event(self, _: NextEvent) -> Talk[Any]:
        event = yield ReadEvent()
        # A relay may say that it failed in the middle of a stream: the same judgement as for a whole response.
        if event is not None and isinstance(event.json, Mapping) and event.json.get("error"):
            self.judge(HttpResponse(status=200, headers=self._headers, json=event.json))
        return event

    def _wait(self, step: Wait) -> Talk[None]:
        if step.seconds > self.deadline.left():
            raise DeadlineError("The deadline passes before the provider may be asked again.", phase="unknown")
        yield Sleep(step.seconds)

    def _run(self, step: Blocking) -> Talk[Any]:
        return (yield Run(step.fn, step.lane))

    def _show(self, partial: Partial) -> Talk[None]:
        self.frames.append(partial.image)
        yield Show(partial)

    def _note_job(self, job: Job) -> Talk[None]:
        self.job = job
        yield from ()

    def _cancel(self) -> Talk[None]:
        """Tell the server once that its job is not wanted any more; what it answers changes nothing."""
        job, self.job = self.job, None
        if job is not None and job.cancel is not None:
            with suppress(LimnerError):
                yield Send(self.endpoint.prepare(job.cancel), job.cancel, self)
        self.job = job

    def judge(self, response: HttpResponse) -> HttpResponse:
        """A response that is no error. Asked of every response, before any retry.

        Raises:
            RedirectError: an API redirect, which is never followed.
            ProviderError: what the provider makes of it, with its phase.
            PluginError: the provider's classification broke.
        """
        self.status, self.request_id = response.status, request_id(response.headers)
        if 300 <= response.status < 400:  # noqa: PLR2004 - HTTP's own class of redirects
            host = urlsplit(response.headers.get("location", "")).hostname or "another path of the same host"
            raise RedirectError(
                f"{self.endpoint.provider.name} answered {response.status} with a redirect to {host}: API redirects"
                " are not followed. Correct the base URL.",
                status=response.status, phase="final",
            )  # fmt: skip
        error = self._classify(response)
        if error is None:
            return response
        raise error.with_context(
            phase=phase_of(error.status or response.status, error.kind),
            status=response.status,
            request_id=self.request_id,
            retry_after=asked_delay(response.headers, error.message),
        )

    def _classify(self, response: HttpResponse) -> ProviderError | None:
        name = self.endpoint.provider.name
        try:
            error = self.endpoint.provider.classify(response, self.call)
        except Exception as broken:
            raise PluginError(
                f"{name} broke while it classified a response: {type(broken).__name__}: {broken}", provider=name
            ) from broken
        if error is not None and not isinstance(error, ProviderError):
            raise PluginError(f"{name} classified a response as {type(error).__name__}.", provider=name)
        return error

    def _fetch(self, result: ImageResult) -> Talk[ImageResult]:
        """Download what came as a URL, unless URLs are wanted. A failed download keeps its URL and says so."""
        if self.deliver == "url":
            return result
        images: list[Image] = []
        failures: list[LimnerError] = []
        for image in result.images:
            if image.data is not None or image.url is None:
                images.append(image)
                continue
            try:
                blob: Blob = yield Fetch(image.url, svg=self._svg, expires_at=image.expires_at)
                images.append(_downloaded(image, blob))
            except LimnerError as error:
                failures.append(error)
                images.append(image)
        if failures and not any(image.data for image in images):
            raise failures[0].with_context(images=tuple(images))
        warnings = tuple(ResultWarning(code="download_failed", message=str(error)) for error in failures)
        return result.but(images=tuple(images), warnings=(*result.warnings, *warnings))

    @property
    def _svg(self) -> bool:
        return self.call.values().get("output_format") == "svg"

    def _checked(self, result: ImageResult) -> ImageResult:
        """The result with what the bytes say; an image that is none never passes for one."""
        asked = self.call.values()
        good = [image for image in result.images if is_image(image, asked)]
        bad = [image for image in result.images if not is_image(image, asked)]
        if not good:
            kind: type[LimnerError] = BadImageError if bad else SchemaError
            what = "What came is not an image." if bad else "No image came."
            raise kind(what, images=bad, raw=[without_blobs(reply) for reply in result.raw])
        warnings = (
            *result.warnings,
            *(
                ResultWarning(code="bad_image", message=f"Image {image.index} is not an image: {image.data!r}.")
                for image in bad
            ),
        )
        record = CallRecord(
            index=self.call.index, n=self.call.n or 1, images=len(good), status=self.status,
            request_id=self.request_id, attempts=max(self.attempts, 1), elapsed=time.monotonic() - self._started,
        )  # fmt: skip
        return result.but(images=tuple(good), warnings=warnings, calls=(record,))

    def _explain(self, error: LimnerError) -> None:
        """Put on an error what is known here, and take every key off it."""
        if self.billed:
            error.maybe_billed = True
        error.with_context(
            provider=self.endpoint.provider.name, model=self.call.model, status=self.status,
            request_id=self.request_id, images=tuple(self.frames), job=self.job,
        )  # fmt: skip
        self.endpoint.keys.redactor().exception(error)

    def failed_sending(self, error: LimnerError, request: HttpRequest) -> LimnerError:
        """What is known of one failed attempt: whether it may have been billed."""
        error.maybe_billed = error.maybe_billed or (request.billing and error.phase == "unknown")
        return error

    def abandon(self) -> None:
        """Somebody stopped this call from outside: tell the observers what that may have cost."""
        self._report(None, cancelled=True)

    def _subject(self) -> dict[str, Any]:
        return {
            "call_id": self.id,
            "provider": self.endpoint.provider.name,
            "model": self.call.model,
            "operation": self.call.operation,
            "index": self.call.index,
        }

    def _report(self, error: LimnerError | None, result: ImageResult | None = None, *, cancelled: bool = False) -> None:
        self.notify(
            events.CallFinished(
                **self._subject(),
                kind=error.kind if error is not None else "cancelled" if cancelled else None,
                elapsed=time.monotonic() - self._started,
                status=self.status,
                request_id=self.request_id,
                maybe_billed=error.maybe_billed if error is not None else cancelled and self.attempts > 0,
                images=len(result.images) if result is not None else 0,
            )
        )


def _downloaded(image: Image, blob: Blob) -> Image:
    """The image with its bytes; what was said about it stays, and its URL too."""
    kept = ("url", "revised_prompt", "seed", "expires_at", "index", "details")
    return Image.of(blob, **{name: getattr(image, name) for name in kept})


@frozen(eq=False)
class _Finished:
    result: ImageResult


_PERFORM: Mapping[type, Callable[[Conversation, Any], Talk[Any]]] = {
    HttpRequest: Conversation._send,
    NextEvent: Conversation._next_event,
    Wait: Conversation._wait,
    Blocking: Conversation._run,
    Partial: Conversation._show,
    Job: Conversation._note_job,
}
