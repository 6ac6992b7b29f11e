"""Requests of any kind to servers of any kind, on a clock that is not ours: what no sequence of events may break."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from limner.errors import (
    BadRequestError,
    ConnectError,
    ContentPolicyError,
    DeadlineError,
    DecodeError,
    LimnerError,
    ProtocolError,
    QuotaError,
    RateLimitError,
    ServerError,
    TLSError,
)
from limner.transport.deadline import Deadline
from limner.transport.retry import Failure, GiveUp, Policy, asked_delay, decide

NOON = datetime(2026, 11, 25, 12, tzinfo=UTC)
WHATEVER: dict[str, LimnerError | None] = {
    "painted": None,
    "refused": ConnectError("refused", phase="not_sent"),
    "no secure connection": TLSError("reset", phase="not_sent"),
    "a bad certificate": TLSError("expired", phase="final"),
    "turned away": ServerError("busy", status=503),
    "too many": RateLimitError("slow down", status=429),
    "too many, in words": RateLimitError("try again in 1.5s", status=429),
    "nothing left": QuotaError("no credit", status=429),
    "not that": ContentPolicyError("no", status=503),
    "bad": BadRequestError("no", status=400),
    "a fault": ServerError("oops", status=500),
    "a gateway's fault": ServerError("oops", status=504),
    "silence": DeadlineError("late", phase="unknown"),
    "cut": ProtocolError("reset", phase="unknown"),
    "a page": DecodeError("html", status=200),
}
WORKED = {"painted", "a fault", "a gateway's fault", "silence", "cut", "a page"}
"""Where the server may have painted, and charged."""
AFTER = st.floats(0, 100)
HEADERS = st.one_of(
    st.just({}),
    AFTER.map(lambda seconds: {"retry-after": f"{seconds:.3f}"}),
    AFTER.map(lambda seconds: {"retry-after-ms": f"{seconds * 1000:.0f}", "retry-after": "9"}),
    st.tuples(AFTER, st.integers(-86_400, 86_400)).map(
        # By a clock that is up to a day off: only the difference counts.
        lambda two: {
            "date": format_datetime(NOON + timedelta(seconds=two[1])),
            "retry-after": format_datetime(NOON + timedelta(seconds=two[1] + two[0])),
        }
    ),
    st.sampled_from([{"x-should-retry": "false"}, {"x-should-retry": "true"}, {"retry-after": "soon"}]),
)


class Requests(RuleBasedStateMachine):
    """One request after the other; the machine is what the engine is, and the server what it likes."""

    def __init__(self) -> None:
        super().__init__()
        self.now = 1000.0
        self.over = True  # nothing is asked yet
        self.posts = self.worked = 0
        self.policy, self.billing = Policy(), True
        self.deadline = Deadline(None, lambda: self.now)

    @precondition(lambda self: self.over)
    @rule(
        attempts=st.integers(1, 5), at_least_once=st.booleans(), idempotent=st.booleans(), billing=st.booleans(),
        seconds=st.none() | st.floats(0.1, 600),
    )  # fmt: skip
    def ask(self, *, attempts: int, at_least_once: bool, idempotent: bool, billing: bool, seconds: Any) -> None:
        self.policy, self.billing = Policy(attempts, at_least_once, idempotent), billing
        self.deadline = Deadline(seconds, lambda: self.now)
        self.posts = self.worked = 0
        self.over = False

    @precondition(lambda self: not self.over)
    @rule(
        what=st.sampled_from(sorted(WHATEVER)), took=st.floats(0, 120), headers=HEADERS, began=st.booleans(),
        draw=st.floats(0, 1, exclude_max=True), overslept=st.sampled_from([0.0, 0.0, 0.0, 3600.0]),
    )  # fmt: skip
    def attempt(  # noqa: PLR0913 - what may happen in one attempt
        self, what: str, took: float, headers: dict[str, str], *, began: bool, draw: float, overslept: float
    ) -> None:
        assert not self.deadline.expired  # nothing is begun too late
        self.posts += 1
        self.worked += what in WORKED and self.billing
        self.now += self.deadline.clamp(took)  # the wire cuts what takes longer
        error = WHATEVER[what]
        if error is None:
            self.over = True
            return
        failed = Failure.of(
            error, attempt=self.posts, left=self.deadline.left(), billing=self.billing, headers=headers, began=began
        )
        verdict = decide(failed, self.policy, lambda: draw)
        if isinstance(verdict, GiveUp):
            self.over = True
            return
        assert not began
        assert headers.get("x-should-retry") != "false"
        assert verdict.seconds >= (asked_delay(headers, error.message) or 0)
        assert 0 <= verdict.seconds < self.deadline.left()
        self.now += verdict.seconds
        assert not self.deadline.expired
        self.now += overslept  # the machine slept: the deadline is asked anew when it wakes
        self.over = self.deadline.expired

    @invariant()
    def no_more_attempts_than_allowed(self) -> None:
        assert self.posts <= self.policy.attempts

    @invariant()
    def nobody_pays_twice_who_did_not_ask_for_it(self) -> None:
        if not (self.policy.at_least_once or self.policy.idempotent):
            assert self.worked <= 1


class TestRequests(Requests.TestCase):  # type: ignore[misc]
    settings = settings(max_examples=settings().max_examples * 2 // 5, stateful_step_count=50)
