"""A download as a plan of small steps: every decision, and no I/O (which is ``download``'s)."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING, Any, TypeAlias
from urllib.parse import urljoin

from attrs import define, field, frozen

from limner.errors import (
    BadImageError,
    BadRequestError,
    ConnectError,
    ExpiredError,
    LimnerError,
    NotFoundError,
    NotPermittedError,
    ProtocolError,
    RateLimitError,
    RedirectError,
    ServerError,
    TooLargeError,
)
from limner.media import BlobWriter
from limner.reading import expiry
from limner.transport._inflate import Inflater
from limner.transport.guard import Target, target
from limner.transport.http import Headers, shown
from limner.transport.retry import Failure, GiveUp, Policy, decide, dice, phase_of, read_date

if TYPE_CHECKING:
    from collections.abc import Callable, Generator

    from limner.errors import ProviderError
    from limner.media import Blob
    from limner.transport.deadline import Deadline
    from limner.transport.guard import Guard
    from limner.transport.http import Admit, Route

HOPS = 5
SILENCE = 30.0
"""Seconds without a byte after which a download is given up, and over which its rate is measured."""
RATE = 1024
"""Bytes per second that a download must reach."""
_POLICY = Policy()
_SVG = "image/svg+xml"
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_GONE = frozenset({403, 404, 410})
_BY_STATUS: dict[int, type[ProviderError]] = {
    401: NotPermittedError, 403: NotPermittedError, 404: NotFoundError, 408: ServerError, 410: ExpiredError,
    425: ServerError, 429: RateLimitError,
}  # fmt: skip


# Steps


@frozen
class Resolve:
    aim: Target


@frozen
class Get:
    aim: Target
    admit: Admit


@frozen
class Head:
    status: int
    headers: Headers


@frozen
class Read:
    pass


@frozen
class Close:
    pass


@frozen
class Sleep:
    seconds: float


Step: TypeAlias = Resolve | Get | Read | Close | Sleep


@frozen
class Asked:
    svg: bool
    expires_at: datetime | None


@define
class Plan:
    """One download as a plan: every decision, and no I/O."""

    guard: Guard
    limit: int
    route: Callable[[str], Route]
    deadline: Deadline
    asked: Asked
    clock: Callable[[], float] = time.monotonic
    _headers: Headers = field(factory=Headers, init=False)

    def steps(self, url: str) -> Generator[Step, Any, Blob]:
        """Fetch, again where that can help."""
        attempt = 0
        while True:
            attempt += 1
            self._headers = Headers()
            try:
                return (yield from self._follow(url))
            except LimnerError as error:
                yield Close()
                failure = Failure.of(
                    error, attempt=attempt, left=self.deadline.left(), billing=False, headers=self._headers
                )
                verdict = decide(failure, _POLICY, dice)
                if isinstance(verdict, GiveUp):
                    raise
            yield Sleep(verdict.seconds)

    def _follow(self, url: str) -> Generator[Step, Any, Blob]:
        for _ in range(HOPS + 1):
            aim = target(url)
            self.guard.check(aim, ())
            if self.route(aim.url) == "lent":
                self._check_lent(aim, (yield Resolve(aim)))
            head: Head = yield Get(aim, partial(self.guard.check, aim))
            self._headers = head.headers
            if head.status not in _REDIRECTS:
                return (yield from self._take(aim, head))
            yield Close()
            url = _onward(aim, head)
        raise RedirectError(f"{shown(url)} is more than {HOPS} redirects away", phase="final")

    def _check_lent(self, aim: Target, addresses: tuple[str, ...]) -> None:
        """Its sockets are not ours to direct: what resolves here is checked, and it may resolve otherwise."""
        if not addresses and self.guard.trust == "server":
            raise ConnectError(f"{aim.host} has no address that could be checked", phase="not_sent")
        self.guard.check(aim, addresses)

    def _take(self, aim: Target, head: Head) -> Generator[Step, Any, Blob]:
        if head.status != 200:  # noqa: PLR2004 - a plain GET has one good answer
            raise self._refusal(aim, head)
        length = head.headers.get("content-length", "")
        if length.isdigit() and int(length) > self.limit:
            raise TooLargeError(f"{shown(aim.url)} says it has {length} bytes; the limit is {self.limit}")
        blob = yield from self._collect(aim, Inflater(head.headers.get("content-encoding")))
        found = blob.info
        if found is None or (found.media_type == _SVG and not self.asked.svg):
            what = "is SVG, which was not asked for" if found else "is no image"
            raise BadImageError(f"what {shown(aim.url)} holds {what}")
        return blob

    def _collect(self, aim: Target, inflater: Inflater) -> Generator[Step, Any, Blob]:
        writer = BlobWriter(self.limit, spool_at=_SPOOL)
        try:
            pace = _Pace(self.clock)
            while (chunk := (yield Read())) is not None:
                pace.check(len(chunk), aim)
                for piece in inflater.feed(chunk):
                    writer.write(piece)
            inflater.finish()
            return writer.close()
        except BaseException:
            writer.discard()
            raise

    def _refusal(self, aim: Target, head: Head) -> LimnerError:
        end = self.asked.expires_at or expiry(aim.url, None, None)
        expired = head.status in _GONE and end is not None and _now(head.headers) >= end
        by_class = ServerError if head.status >= 500 else BadRequestError  # noqa: PLR2004 - HTTP's own class
        cls = ExpiredError if expired else _BY_STATUS.get(head.status, by_class)
        why = f"expired at {end:%Y-%m-%d %H:%M:%SZ}" if expired else f"was answered with {head.status}"
        return cls(f"{shown(aim.url)} {why}", status=head.status, phase=phase_of(head.status, cls.kind))


_SPOOL = 8 << 20


@define
class _Pace:
    """Bytes over windows of time."""

    clock: Callable[[], float]
    _began: float = field(init=False)
    _bytes: int = field(default=0, init=False)

    def __attrs_post_init__(self) -> None:
        self._began = self.clock()

    def check(self, count: int, aim: Target) -> None:
        """Raise where a window ends here that brought too little."""
        self._bytes += count
        elapsed = self.clock() - self._began
        if elapsed < SILENCE:
            return
        if self._bytes < RATE * elapsed:
            raise ProtocolError(f"{shown(aim.url)} comes at less than {RATE} bytes a second", phase="unknown")
        self._began, self._bytes = self.clock(), 0


def _onward(aim: Target, head: Head) -> str:
    """Where a redirect leads."""
    place = head.headers.get("location")
    if place is None:
        raise RedirectError(f"{shown(aim.url)} redirects to nowhere", status=head.status, phase="final")
    try:
        return urljoin(aim.url, place)
    except ValueError:
        what = f"{shown(aim.url)} redirects to what is no URL"
        raise RedirectError(what, status=head.status, phase="final") from None


def _now(headers: Headers) -> datetime:
    """The server's time, which is the one an expiry is measured by; ours where it does not say."""
    return read_date(headers.get("date", "")) or datetime.now(UTC)
