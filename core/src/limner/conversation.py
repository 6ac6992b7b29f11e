# ruff: noqa: SLF001 - the table of steps stands in for a chain of isinstance
"""One planned call, from its first step to its images, without I/O.

A conversation takes the steps of a provider's exchange, turns them into effects - send, read an event, sleep, run,
show, fetch - and yields those to whoever can perform them. The rules of money live here, once for sync and async:
what was billed, what is known of the outcome, which images must not be lost.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, Any, TypeAlias, TypeVar

from attrs import define, evolve, field, frozen

from limner import _log, events
from limner.delivering import fetched, held, load, looks, sorted_out, together, with_earlier
from limner.effects import AskAgain, Cancel, Effect, ReadEvent, Run, Send, Show, Sleep
from limner.errors import (
    AuthError,
    DeadlineError,
    LimnerError,
    PluginError,
    ProviderError,
    RedirectError,
    ResponseError,
)
from limner.landing import Shelf
from limner.provider import Blocking, Exchange, HttpRequest, HttpResponse, Job, NextEvent, Partial, Wait
from limner.reading import request_id
from limner.results import CallRecord, ImageResult, redacted_image
from limner.transport.endpoint import host_of
from limner.transport.limits import Limits
from limner.transport.retry import asked_delay, phase_of
from limner.verification import fitting, misfits

if TYPE_CHECKING:
    from limner.credentials import Key
    from limner.errors import Phase
    from limner.media import Blob, BlobWriter, Image
    from limner.provider import Call
    from limner.transport.deadline import Deadline
    from limner.transport.endpoint import Endpoint

LIMITS = Limits()
T = TypeVar("T")
Talk: TypeAlias = Generator[Effect, Any, T]


@define(eq=False)
class Conversation:
    """The state of one planned call while it runs."""

    call: Call
    endpoint: Endpoint
    deadline: Deadline
    notify: Callable[[events.Event], None] | None
    """Who listens; nobody, and then no event is made and nothing hashed."""
    id: str
    deliver: str | None = None
    shelf: Shelf = field(factory=Shelf)
    billed: bool = field(default=False, init=False)
    """Whether something was, or may have been, charged for."""
    attempts: int = field(default=0, init=False)
    tries: int = field(default=0, init=False)
    """How often the request at hand was sent."""
    _at_stake: bool = field(default=False, init=False)
    """Whether a billing request is under way."""
    _asked_again: bool = field(default=False, init=False)
    job: Job | None = field(default=None, init=False)
    _working: bool = field(default=False, init=False)
    """Whether the server is still at the job."""
    kept: list[Image] = field(factory=list, init=False)
    """What must not be lost if the call fails: frames, and images of answers that broke off."""
    _earlier: list[Image] = field(factory=list, init=False)
    """Of those, what attempts brought that were followed by another one."""
    _done: tuple[Image, ...] = field(default=(), init=False)
    """What the exchange came to, until it is handed over."""
    finished: tuple[Image, ...] = field(default=(), init=False)
    """Of those, what the exchange had finished when it was given up."""
    status: int | None = field(default=None, init=False)
    request_id: str | None = field(default=None, init=False)
    _headers: Mapping[str, str] = field(factory=dict, init=False)
    _started: float = field(factory=time.monotonic, init=False)

    def run(self) -> Talk[ImageResult]:
        """Converse to the end: the images of this call, checked, or the error that says what is known."""
        self._tell(lambda: events.CallStarted(**self.subject()))
        try:
            result = yield from self._converse()
            result = yield from self._fetch(result)
            self._done = result.images
            result = self._checked(result)
        except LimnerError as error:
            if (farewell := self.farewell()) is not None:
                yield farewell
            self._explain(error)
            self._report(error)
            raise
        self._report(None, result)
        return result

    def _converse(self) -> Talk[ImageResult]:
        exchange = self._ask("began a call", self.endpoint.provider.exchange, self.call)
        answer: Any = None
        error: LimnerError | None = None
        try:
            while True:
                too_late = isinstance(error, DeadlineError) and self.deadline.expired
                step = self._ask("handled a call", _advance, exchange, answer, error)
                if isinstance(step, _Finished):
                    return self._finished(step.value)
                if too_late:  # told, and going on all the same: it might never end
                    raise self.deadline.error("the provider went on asking", phase="unknown")
                answer, error = None, None
                try:
                    answer = yield from self._perform(step)
                except LimnerError as raised:
                    error = raised
        except GeneratorExit:
            self.finished = held(exchange)
            self.kept.extend(self.finished)
            raise
        finally:
            with suppress(Exception):  # a provider that answers while it is closed is not listened to
                exchange.close()

    def _finished(self, result: object) -> ImageResult:
        """What the exchange came to. What is done is not cancelled any more."""
        self._working = False
        if not isinstance(result, ImageResult):
            raise self._plugin_error(f"returned {_a(result)} where an ImageResult was due")
        return self._fitting(result, "returned an ImageResult")

    def _fitting(self, made: T, what: str) -> T:
        """What the provider made, if its fields are of their types."""
        if (fault := next(misfits(made), None)) is not None:
            raise self._plugin_error(f"{what} whose {fault}", fitting(getattr(made, "images", ())))
        return made

    def _plugin_error(self, fault: str, images: Sequence[Image] = ()) -> PluginError:
        name = self.endpoint.provider.name
        return PluginError(f"{name} {fault}.", provider=name, images=images)

    def _ask(self, doing: str, code: Callable[..., T], *args: object) -> T:
        """Run some of the provider's code. Whatever breaks in it is its own error, by name."""
        try:
            return code(*args)
        except LimnerError as raised:
            raise self._fitting(raised, f"made a {_a(raised)}")  # noqa: B904 - itself, where nothing is wrong with it
        except Exception as broken:
            raise self._plugin_error(f"broke while it {doing}: {_a(broken)}: {broken}") from broken

    def _perform(self, step: Any) -> Talk[Any]:  # noqa: ANN401 - a Step, or what a broken plugin yields
        perform = _PERFORM.get(type(step))
        if perform is None:
            raise self._plugin_error(f"yielded {_a(step)}, which is no step")
        return (yield from perform(self, step))

    def _send(self, request: HttpRequest) -> Talk[HttpResponse]:
        build = self._ask("asked for a request", self.endpoint.prepare, request, self.call.idempotency_key)
        used, self.tries = self.endpoint.held(), 0
        try:
            return self._accepted((yield Send(build, request, self)), request)
        except AuthError as error:
            refused = error
        yield from self._ask_again(refused, request, used)
        return self._accepted((yield Send(build, request, self)), request)

    def _accepted(self, response: HttpResponse, request: HttpRequest) -> HttpResponse:
        self.billed, self._at_stake = self.billed or request.billing, False
        self._headers = response.headers
        return response

    def _ask_again(self, refused: AuthError, request: HttpRequest, used: Mapping[str | None, Key]) -> Talk[None]:
        """Ask once whoever brought the refused key for another one: it may have been replaced. A 401 does not bill.

        Raises:
            AuthError: nobody has another one.
        """
        renewable = request.auth and any(key.renewable for key in used.values())
        if self._asked_again or not renewable or refused.status != 401 or refused.phase == "unknown":  # noqa: PLR2004 - HTTP's own word for a refused key
            raise refused
        self._asked_again = True
        try:
            renewed = yield AskAgain(self.endpoint, used)
        except LimnerError as why:
            refused.add_note(why.message)
            renewed = False
        if not renewed:
            raise refused
        self.retried(refused, "rejected", 0.0)

    def _next_event(self, _: NextEvent) -> Talk[Any]:
        event = yield ReadEvent()
        # A relay may say that it failed in the middle of a stream: the same judgement as for a whole response.
        if event is not None and isinstance(event.json, Mapping):
            said = event.json
            if said.get("error") or (said and "error" in {event.event, str(said.get("type"))}):
                self.judge(HttpResponse(status=200, headers=self._headers, json=said))
        return event

    def _wait(self, step: Wait) -> Talk[None]:
        seconds = self._ask("waited", float, step.seconds)
        if seconds > self.deadline.left():
            raise DeadlineError("The deadline passes before the provider may be asked again.", phase="unknown")
        yield Sleep(max(0.0, seconds))

    def _run(self, step: Blocking) -> Talk[Any]:
        return (yield Run(lambda: self._ask("ran a blocking step", step.fn), step.lane))

    def _show(self, partial: Partial) -> Talk[None]:
        self._fitting(partial, "showed a frame")
        partial = evolve(partial, image=redacted_image(partial.image, self.endpoint.redactor()))
        self.kept.append(partial.image)
        self._tell(lambda: events.PartialReceived(**self.subject(), frame=partial.index, **looks(partial.image.data)))
        yield Show(partial)

    def _note_job(self, job: Job) -> Talk[None]:
        self.job, self._working = job, True
        yield from ()

    def farewell(self) -> Cancel | None:
        """What to tell the server whose job is given up: once, and only where it is still at it."""
        request = self.job.cancel if self.job is not None and self._working else None
        self._working = False
        if request is not None:
            with suppress(LimnerError):
                return Cancel(self._ask("asked for a request", self.endpoint.prepare, request))
        return None

    def judge(self, response: HttpResponse) -> HttpResponse:
        """A response that is no error. Asked of every response, before any retry.

        Raises:
            RedirectError: an API redirect, which is never followed.
            ProviderError: what the provider makes of it, with its phase.
            PluginError: the provider's classification broke.
        """
        said = request_id(response.headers)
        self.status, self.request_id = response.status, said and self.endpoint.redactor().text(said)
        if 300 <= response.status < 400:  # noqa: PLR2004 - HTTP's own class of redirects
            host = host_of(response.headers.get("location", "")) or "no other host"
            raise RedirectError(
                f"{self.endpoint.provider.name} answered {response.status} with a redirect to {host}: API redirects"
                " are not followed. Correct the base URL.",
                status=response.status, phase="final",
            )  # fmt: skip
        error = self._classify(response)
        if error is None:
            return response
        phase = phase_of(error.status or response.status, error.kind)
        if error.images:  # whatever it says, it was worked on: never sent again, and perhaps paid
            self.billed, phase = True, "final" if phase == "final" else "unknown"
        raise error.with_context(
            phase=phase,
            status=response.status,
            request_id=self.request_id,
            retry_after=asked_delay(response.headers, error.message),
        )

    def _classify(self, response: HttpResponse) -> ProviderError | None:
        try:
            error = self._ask("classified a response", self.endpoint.provider.classify, response, self.call)
            if error is None or isinstance(error, ProviderError):
                return error and self._fitting(error, f"made a {_a(error)}")
            raise self._plugin_error(f"classified a response as {_a(error)}")
        except PluginError as broken:
            broken.with_context(phase="unknown")  # an answer came, and nobody can say which
            raise
        except ProviderError as raised:  # meant to be returned; it says the same
            return raised

    def in_time(self) -> None:
        """Raise DeadlineError where the time is up: asked between pieces of a response, which may take long."""
        self.deadline.check("reading the answer", phase="unknown")

    def writer(self) -> BlobWriter:
        """For the next image that arrives."""
        return self.shelf.writer(LIMITS.image)

    def _fetch(self, result: ImageResult) -> Talk[ImageResult]:
        """Download what came as a URL, unless URLs are wanted."""
        if self.deliver == "url" or all(image.data is not None or image.url is None for image in result.images):
            return result
        svg = self.call.values().get("output_format") == "svg"
        return (yield from fetched(result, self.subject(), lambda event: self._tell(lambda: event), self.kept, svg=svg))

    def _checked(self, result: ImageResult) -> ImageResult:
        """The result with what the bytes say; an image that is none never passes for one."""
        good = sorted_out(with_earlier(result.redacted(self.endpoint.redactor()), self._earlier), self.call.values())
        for image in good.images:
            if image.data is not None:
                self._received(image.data)
        record = CallRecord(
            index=self.call.index, n=self.call.n or 1, images=len(good.images), status=self.status,
            request_id=self.request_id, attempts=max(self.attempts, 1), elapsed=time.monotonic() - self._started,
        )  # fmt: skip
        return good.but(calls=(record,))

    def _received(self, blob: Blob) -> None:
        self._tell(lambda: events.ImageReceived(**self.subject(), **looks(blob)))

    def _explain(self, error: LimnerError) -> None:
        """Put on an error what is known here, and take every key off it."""
        if isinstance(error, AuthError):
            error.add_note(self.endpoint.whence())
        if isinstance(error, ResponseError):
            error.with_context(phase=phase_of(self.status, error.kind))
        if self.billed:
            error.maybe_billed = True
        redactor = self.endpoint.redactor()
        error.images = tuple(redacted_image(image, redactor) for image in together(error.images, self.kept))
        error.with_context(
            provider=self.endpoint.provider.name, model=self.call.model, status=self.status,
            request_id=self.request_id, job=self.job,
        )  # fmt: skip
        redactor.exception(error)

    def began_sending(self, request: HttpRequest) -> None:
        """Take note that a request goes out, for the first time or once more."""
        self.tries += 1
        self._at_stake = request.billing
        if request.billing:
            self.attempts += 1

    def retried(self, error: LimnerError, phase: Phase, wait: float) -> None:
        """Tell that a failed attempt is followed by another one."""
        name, sent, kind = self.endpoint.provider.name, self.tries, error.kind
        _log.say(_log.INFO, "%s: attempt %d failed (%s, %s); sent again in %.1f s", name, sent, kind, phase, wait)
        facts: dict[str, Any] = {"phase": phase, "kind": kind, "attempt": sent, "wait": wait}
        self._tell(lambda: events.CallRetried(**self.subject(), **facts))

    def failed_sending(self, error: LimnerError, request: HttpRequest) -> None:
        """Take note of one failed attempt, before anybody hears of it: what it cost, and what it brought."""
        self.billed, self._at_stake = self.billed or (request.billing and error.phase == "unknown"), False
        self.kept.extend(error.images)
        self._earlier.extend(error.images)
        self.endpoint.redactor().exception(error)

    def abandon(self, stopped: BaseException) -> None:
        """Somebody stopped this call from outside: tell what had come of it, and the observers what it may cost."""
        load(stopped, self.kept, self._done)
        self._at_stake = self._at_stake and getattr(stopped, "phase", None) != "not_sent"
        stopped.maybe_billed = self.billed or self._at_stake  # type: ignore[attr-defined]
        self._report(None, cancelled=True)

    def subject(self) -> dict[str, Any]:
        """What every event of this call says of it."""
        return {
            "call_id": self.id, "provider": self.endpoint.provider.name, "model": self.call.model,
            "operation": self.call.operation, "index": self.call.index,
        }  # fmt: skip

    def _tell(self, make: Callable[[], events.Event]) -> None:
        if self.notify is not None:
            self.notify(make())

    def _report(self, error: LimnerError | None, result: ImageResult | None = None, *, cancelled: bool = False) -> None:
        self._tell(
            lambda: events.CallFinished(
                **self.subject(),
                kind=error.kind if error is not None else "cancelled" if cancelled else None,
                elapsed=time.monotonic() - self._started,
                status=self.status,
                request_id=self.request_id,
                maybe_billed=error.maybe_billed if error is not None else cancelled and (self.billed or self._at_stake),
                images=len(result.images) if result is not None else 0,
            )
        )


@frozen(eq=False)
class _Finished:
    value: object


def _advance(exchange: Exchange[Any], answer: object, error: LimnerError | None) -> Any:  # noqa: ANN401 - a Step, we hope
    """The provider's next step, or what it came to."""
    try:
        return exchange.throw(error) if error is not None else exchange.send(answer)
    except StopIteration as stop:
        return _Finished(stop.value)


def _a(value: object) -> str:
    return type(value).__name__


_PERFORM: Mapping[type, Callable[[Conversation, Any], Talk[Any]]] = {
    HttpRequest: Conversation._send, NextEvent: Conversation._next_event, Wait: Conversation._wait,
    Blocking: Conversation._run, Partial: Conversation._show, Job: Conversation._note_job,
}  # fmt: skip
