"""Whether to send again, and when: a pure decision, with no clock and no I/O.

What counts is how far a request came (its *phase*), not its status alone:

==============  ==========================================================  ==========================================
phase           what happened                                               sent again
==============  ==========================================================  ==========================================
``not_sent``    DNS, refused, connect or pool timeout                       yes
``rejected``    408, 425, 429 that is no quota, 503, 529                    yes, when the server's delay has passed
``unknown``     read timeout, reset, cut body, 500, 502, 504, 52x,          only what does not bill; or where the
                an undecodable 200                                          caller or an idempotency key allows it
``final``       any other answer; a certificate that was refused            no
==============  ==========================================================  ==========================================
"""

from __future__ import annotations

import re
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from random import SystemRandom
from typing import TYPE_CHECKING, Self

from attrs import field, frozen

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from limner.errors import LimnerError, Phase

dice: Callable[[], float] = SystemRandom().random
"""Of the system: a host that has seeded its own random numbers gets them, and forked children do not wait alike."""

_REJECTED = frozenset({408, 425, 429, 503, 529})
_FINAL_5XX = frozenset({501, 505, 510, 511})
_BY_KIND: Mapping[str, Phase] = {
    "connect": "not_sent",
    "rate_limit": "rejected",
    "timeout": "unknown",
    "protocol": "unknown",
}
_BY_STATUS_ALONE = frozenset({"server", "provider", "decode"})
"""Kinds that say nothing of their own about how far a request came."""


def phase_of(status: int | None, kind: str) -> Phase:
    """How far a request came, from the answer's status and the kind of its error.

    The provider's own word comes first: a quota or a policy refusal in a 503 is final.

    Args:
        status: The HTTP status; ``None`` where there was no answer.
        kind: A :attr:`limner.errors.LimnerError.kind`.
    """
    if kind in _BY_KIND:
        return _BY_KIND[kind]
    if kind not in _BY_STATUS_ALONE:
        return "final"
    if status in _REJECTED:
        return "rejected"
    worked = status is None or status < 400 or (status >= 500 and status not in _FINAL_5XX)  # noqa: PLR2004 - HTTP's own classes
    return "unknown" if worked else "final"


@frozen
class Policy:
    """What the caller and the provider allow.

    Args:
        attempts: How often a request is sent at most, the first time included.
        at_least_once: An unknown outcome is asked again, at the risk of paying twice.
        idempotent: The request carries a key by which the provider recognises a repetition.
        shortest: Seconds that a wait of our own lasts at least.
        longest: Seconds that it lasts at most.
    """

    attempts: int = 3
    at_least_once: bool = False
    idempotent: bool = False
    shortest: float = 0.5
    longest: float = 8.0


@frozen
class Failure:
    """One failed attempt.

    Args:
        phase: How far it came.
        attempt: Which one it was, from 1.
        left: Seconds until the deadline.
        billing: Whether the server charges for the request.
        headers: The response's, lower-case names; empty where there was none.
        message: The error's text, where a provider may have put a delay.
        began: Whether an event of the response's stream was already handed on.
    """

    phase: Phase
    attempt: int
    left: float
    billing: bool
    headers: Mapping[str, str] = field(factory=dict)
    message: str = ""
    began: bool = False

    @classmethod
    def of(  # noqa: PLR0913 - one for each field
        cls,
        error: LimnerError,
        *,
        attempt: int,
        left: float,
        billing: bool,
        headers: Mapping[str, str] | None = None,
        began: bool = False,
    ) -> Self:
        """The failure that ``error`` was."""
        phase = error.phase or phase_of(error.status, error.kind)
        return cls(phase, attempt, left, billing, headers or {}, error.message, began)


@frozen
class Wait:
    """Send again after ``seconds``."""

    seconds: float
    reason: str


@frozen
class GiveUp:
    """Do not send again."""

    reason: str


def decide(failure: Failure, policy: Policy, rng: Callable[[], float]) -> Wait | GiveUp:
    """Whether to send again, and when.

    Args:
        failure: The attempt that failed.
        policy: What is allowed.
        rng: Numbers from 0 to below 1, such as ``random.random``.

    Returns:
        ``Wait`` for the server's own delay where it named one (never less), else for a time drawn evenly between the
        policy's shortest and a ceiling that starts at 2 s, doubles, and ends at its longest. ``GiveUp`` where nothing
        allows another attempt or the wait would not fit the deadline.
    """
    obstacle = _obstacle(failure, policy)
    if obstacle is not None:
        return GiveUp(obstacle)
    asked = asked_delay(failure.headers, failure.message)
    if asked is not None:
        # A little later than asked: the other calls of the same request were told the same moment.
        seconds = asked + rng() * min(policy.shortest, max(0.0, failure.left - asked) / 2)
    else:
        ceiling = min(policy.longest, 2.0 ** min(failure.attempt, 16))
        seconds = policy.shortest + rng() * max(0.0, ceiling - policy.shortest)
    if seconds >= failure.left:
        return GiveUp(f"a wait of {seconds:.1f} s does not fit the {failure.left:.1f} s that are left")
    return Wait(seconds, "the server said when" if asked is not None else failure.phase)


def _obstacle(failure: Failure, policy: Policy) -> str | None:
    lifted = not failure.billing or policy.at_least_once or policy.idempotent
    obstacles = {
        "the answer is final": failure.phase == "final",
        "its outcome is unknown, and it bills": failure.phase == "unknown" and not lifted,
        "part of the answer was already handed on": failure.began,
        "the server says not to": failure.headers.get("x-should-retry", "").strip().lower() == "false",
        f"attempt {failure.attempt} was the last": failure.attempt >= policy.attempts,
    }
    return next((reason for reason, holds in obstacles.items() if holds), None)


# What the server says about when


def asked_delay(headers: Mapping[str, str], message: str = "") -> float | None:
    """Seconds the server asks us to wait: ``retry-after-ms``, ``retry-after``, or words in the message.

    ``Retry-After`` is seconds or an HTTP date (RFC 9110, section 10.2.3); a date counts from the answer's own ``Date``,
    as our clock may be wrong, and not at all without one. ``retry-after-ms`` is OpenAI's, and so are messages like
    "Please try again in 467ms", "12s", "6m0s". Of a header that is repeated, by a proxy say, the longest counts; what
    is beyond all time is ``1e12``: a long wait that is taken for none would be asked again at once.

    Returns:
        Never negative; ``None`` where nothing usable is said.
    """
    milliseconds = _longest(map(_number, _APART.split(headers.get("retry-after-ms", ""))))
    if milliseconds is not None:
        return milliseconds / 1000
    now = read_date(headers.get("date", ""))
    seconds = _longest(_until(part, now) for part in _APART.split(headers.get("retry-after", "")))
    return _spoken(message) if seconds is None else seconds


_EVER = 1e12
_APART = re.compile(r",(?!\s*\d{1,2}[ -]+[a-zA-Z])")
"""A comma that is not an HTTP date's own, which a day and its month follow."""
_NUMBER = re.compile(r"\d+(?:\.\d*)?|\.\d+")
_UNITS = {"ms": 0.001, "millisecond": 0.001, "s": 1, "sec": 1, "second": 1, "m": 60, "min": 60, "minute": 60,
          "h": 3600, "hour": 3600}  # fmt: skip
_UNIT = r"(?:ms|milliseconds?|s|secs?|seconds?|m|mins?|minutes?|h|hours?)(?![a-z])|(?:ms|s|m|h)(?=\d)"
_SPAN = rf"\d+(?:\.\d+)?\s?(?:{_UNIT})"
_SPOKEN = re.compile(rf"(?:try again|retry)(?: again)? (?:in|after) ((?:{_SPAN}\s?)+)", re.IGNORECASE)
_PIECE = re.compile(rf"(\d+(?:\.\d+)?)\s?({_UNIT})", re.IGNORECASE)


def _longest(found: Iterable[float | None]) -> float | None:
    return max((each for each in found if each is not None), default=None)


def _until(text: str, now: datetime | None) -> float | None:
    seconds = _number(text)
    moment = read_date(text) if seconds is None and now is not None else None
    return seconds if moment is None or now is None else max(0.0, (moment - now).total_seconds())


def _number(text: str) -> float | None:
    found = _NUMBER.fullmatch(text.strip())
    return min(float(found[0]), _EVER) if found else None


def read_date(text: str) -> datetime | None:
    """An HTTP date; ``None`` for what is none."""
    try:
        moment = parsedate_to_datetime(text)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
    return moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)


def _spoken(message: str) -> float | None:
    found = _SPOKEN.search(message)
    if found is None:
        return None
    return min(sum(float(count) * _unit(unit) for count, unit in _PIECE.findall(found[1])), _EVER)


def _unit(word: str) -> float:
    word = word.lower()
    return _UNITS.get(word) or _UNITS[word.removesuffix("s")]
