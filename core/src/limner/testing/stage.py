"""A provider on a stage: the whole core around it, and what was recorded or made up in place of the network."""

from __future__ import annotations

import json
import math
import time
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from attrs import define, evolve, field, frozen

from limner.conversation import Conversation
from limner.credentials import KeyRing
from limner.engine import Runner
from limner.errors import DeadlineError, LimnerError, ProtocolError
from limner.lanes import Lanes
from limner.provider import HttpRequest, Signed
from limner.results import ImageResult
from limner.threads import GivenUp
from limner.transport.deadline import Deadline
from limner.transport.download import Downloader
from limner.transport.endpoint import Endpoint
from limner.transport.http import Headers, SyncWireResponse
from limner.transport.retry import Policy

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator, Mapping, Sequence

    from limner.errors import ProviderError
    from limner.provider import Call, Exchange, HttpResponse, Partial, Provider, Step
    from limner.transport.http import WireRequest

CANARY = "canary-0nly-f0r-tests-7Q"
"""The key of every provider on the stage."""


class UnrecordedError(ProtocolError):
    """Something was asked for of which there is no recorded answer."""


@frozen
class Reply:
    """What a server answers. An ``error`` stands for a connection that fails."""

    status: int = 200
    headers: Mapping[str, str] = field(factory=dict)
    body: bytes = b""
    method: str = ""
    path: str = ""
    """What it answers; nothing: whatever is asked."""
    error: LimnerError | None = None

    def answers(self, request: WireRequest) -> bool:
        """Whether this is an answer to that."""
        parts = urlsplit(request.url)
        return (self.method, self.path) in {("", ""), (request.method, parts.path)}

    @property
    def json(self) -> Any:  # noqa: ANN401 - JSON
        """Its body as JSON; ``None`` where it is none."""
        try:
            return json.loads(self.body)
        except ValueError:
            return None

    @property
    def streams(self) -> bool:
        """Whether it is a stream of events."""
        return self.headers.get("content-type", "").startswith("text/event-stream")

    def but(self, **changes: Any) -> Reply:  # noqa: ANN401 - any field
        """This answer with some things changed."""
        return evolve(self, **changes)


@define
class _Body:
    """A body that is all there."""

    _chunks: list[bytes]

    def read(self) -> bytes | None:
        return self._chunks.pop(0) if self._chunks else None

    def close(self) -> None:
        self._chunks.clear()


@define(eq=False)
class StagedWire:
    """Stands where the network is: of its answers each is given once. What lies elsewhere is a small picture.

    Args:
        answers: What is answered, in this order to what asks for it.
        hosts: Those of the provider: what lies there is answered for, or it is not there.
        watched: Who asks.
        again: Whether the last answer to a request is also that to the next one like it.
    """

    answers: list[Reply]
    hosts: frozenset[str]
    watched: Watched
    again: bool = False
    sent: list[WireRequest] = field(factory=list, init=False)
    given: list[Reply] = field(factory=list, init=False)
    told: list[Reply] = field(factory=list, init=False)
    """Those of the answers that the provider asked for; the others are downloads."""

    def send(self, request: WireRequest, deadline: Deadline, *, admit: Any = None, silence: float = math.inf) -> Any:  # noqa: ANN401 - as the wire has them
        """The next answer to this request."""
        del deadline, admit, silence
        self.sent.append(request)
        reply = self._next(request)
        if reply is None and request.method == "GET" and urlsplit(request.url).hostname not in self.hosts:
            reply = Reply(headers={"content-type": "image/png"}, body=PICTURE)
        elif reply is None:
            raise UnrecordedError(f"There is no recorded answer to {request.method} {request.url}.", phase="final")
        else:
            self.given.append(reply)
            self.told += [reply] if self.watched.asks else []
        if reply.error is not None:
            raise reply.error
        raw = [(name.encode(), value.encode()) for name, value in reply.headers.items()]
        return SyncWireResponse(reply.status, Headers(raw), _Body([reply.body] if reply.body else []))

    def _next(self, request: WireRequest) -> Reply | None:
        for at, reply in enumerate(self.answers):
            if reply.answers(request):
                return self.answers.pop(at)
        past = (reply for reply in reversed(self.given) if self.again and len(self.sent) < _ENDLESS)
        return next((reply for reply in past if reply.answers(request)), None)

    def route(self, url: str) -> str:
        """How a request goes."""
        del url
        return "direct"

    def resolve(self, host: str, port: int, deadline: Deadline) -> tuple[str, ...]:
        """An address like any other: nobody connects to it."""
        del host, port, deadline
        return ("93.184.215.14",)

    def interrupt(self, deadline: Deadline) -> None:
        """Nothing is under way."""


_ENDLESS = 100
"""Requests of one call after which nothing is answered again."""

PICTURE = bytes.fromhex(
    "89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c489"
    "0000000d4944415478da63f87f9de13f00078502d632ed41840000000049454e44ae426082"
)
"""A PNG of one pixel."""


class _Impatient(GivenUp):
    """Waits for nothing."""

    def sleep(self, seconds: float) -> None:
        del seconds
        self.check()


@define(eq=False)
class Watched:
    """A provider whose steps are written down, each with its answer."""

    provider: Any
    steps: list[Any] = field(factory=list, init=False)
    answers: list[Any] = field(factory=list, init=False)
    longest: float = field(default=0.0, init=False)
    """Seconds that its own code took at a time, by the clock on the wall."""
    endless: bool = field(default=False, init=False)
    """Whether it was ended, as it would not have ended by itself."""

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - whatever the provider has
        return getattr(self.provider, name)

    @property
    def asks(self) -> bool:
        """Whether a request of its own waits for an answer."""
        return len(self.steps) > len(self.answers) and isinstance(self.steps[-1], HttpRequest)

    def classify(self, response: HttpResponse, call: Call) -> ProviderError | None:
        """The provider's own word."""
        began = time.perf_counter()
        error: ProviderError | None = self.provider.classify(response, call)
        self._took(began)
        return error

    def _took(self, began: float) -> None:
        self.longest = max(self.longest, time.perf_counter() - began)

    def exchange(self, call: Call) -> Exchange[ImageResult]:
        """The provider's own, told step by step."""
        inner = self.provider.exchange(call)
        answer: Any = None
        error: LimnerError | None = None
        try:
            while len(self.steps) < _FOREVER:
                began = time.perf_counter()
                try:
                    step: Step = inner.send(answer) if error is None else inner.throw(error)
                except StopIteration as done:
                    result: ImageResult = done.value
                    return result
                finally:
                    self._took(began)
                self.steps.append(step)
                answer, error = None, None
                try:
                    answer = yield step
                except LimnerError as raised:
                    error = raised
                self.answers.append(error or answer)
            self.endless = True
            raise DeadlineError("It asks without end.", phase="unknown")
        finally:
            inner.close()


_FOREVER = 2000
"""Steps of one call after which it is ended: no time passes on the stage, and so no deadline either."""


@frozen(eq=False)
class Scene:
    """One call, as it went."""

    outcome: ImageResult | LimnerError
    steps: Sequence[Any]
    answers: Sequence[Any]
    """What each step was answered; of the last there may be none."""
    sent: Sequence[WireRequest]
    given: Sequence[Reply]
    """The answers that were taken, in that order."""
    told: Sequence[Reply]
    """Those that the provider asked for; the others are downloads."""
    frames: Sequence[Partial]
    longest: float = 0.0
    """Seconds that the provider's own code took at a time."""
    endless: bool = False
    """Whether the provider would have gone on for ever."""

    @property
    def images(self) -> int:
        """How many images came, be it on an error."""
        return len(self.outcome.images)

    @property
    def requests(self) -> list[HttpRequest]:
        """The HTTP requests among its steps."""
        return [step for step in self.steps if isinstance(step, HttpRequest)]

    def succeeded(self) -> bool:
        """Whether it came to images."""
        return isinstance(self.outcome, ImageResult)


@frozen(eq=False)
class Stage:
    """Plays calls to one provider."""

    provider: Provider

    def play(self, call: Call, replies: Sequence[Reply], *, again: bool = False) -> Scene:
        """The whole journey of one call, with these answers in place of a server's; no time passes.

        Args:
            call: What is asked for.
            replies: What is answered, each once.
            again: Whether the last answer to a request is also that to the next one like it.
        """
        watched: Any = Watched(self.provider)  # a Provider by what it hands through
        wire: Any = StagedWire(list(replies), frozenset(self.provider.hosts), watched, again)
        frames: list[Partial] = []
        outcome: ImageResult | LimnerError
        try:
            endpoint = Endpoint(watched, self.provider.base_url, KeyRing(keys={self.provider.name: self._keys()}))
            endpoint.check()
            talk = Conversation(call, endpoint, Deadline(60), None, id="staged")
            runner = Runner(wire, Downloader(wire, trust="local"), Lanes(), Policy(attempts=1), talk, _Impatient())
            while not isinstance(said := runner.next(), ImageResult):
                frames.append(said)
            outcome = said
        except LimnerError as error:
            outcome = error
        return Scene(
            outcome, watched.steps, watched.answers, wire.sent, wire.given, wire.told, frames, watched.longest,
            watched.endless,
        )  # fmt: skip

    def _keys(self) -> str | dict[str, str]:
        """The canary, as the provider's own keys begin; where it takes several, one for each."""
        key = f"{getattr(self.provider, 'key_prefix', '')}{CANARY}"
        auth = self.provider.auth
        return dict.fromkeys(auth.key_names, key) if isinstance(auth, Signed) else key

    def first(self, call: Call) -> Any:  # noqa: ANN401 - a Step, if the provider keeps the contract
        """The first step of a call, and no more."""
        exchange: Generator[Any, Any, Any] = self.provider.exchange(call)
        try:
            return next(exchange, None)
        finally:
            exchange.close()


def walk(value: Any) -> Iterator[Any]:  # noqa: ANN401 - JSON, with images in it
    """Every leaf of a value."""
    if isinstance(value, dict):
        for one in value.values():
            yield from walk(one)
    elif isinstance(value, (list, tuple)):
        for one in value:
            yield from walk(one)
    else:
        yield value
