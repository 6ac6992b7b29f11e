"""Whether a request is sent again depends on how far it came; when, on what the server says."""

from __future__ import annotations

import random
from typing import Any, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from limner.errors import (
    ConnectError,
    DeadlineError,
    LimnerError,
    Phase,
    QuotaError,
    RateLimitError,
    ServerError,
    TLSError,
    error_kinds,
)
from limner.transport.retry import Failure, GiveUp, Policy, Wait, asked_delay, decide, phase_of

FOREVER = 1e12
DATE = "Sat, 21 Nov 2026 10:00:00 GMT"


def failure(phase: Phase = "rejected", **changes: Any) -> Failure:
    return Failure(phase, **{"attempt": 1, "left": 600.0, "billing": True, **changes})


def verdict(failed: Failure, draw: float = 0.5, **policy: Any) -> Wait | GiveUp:
    return decide(failed, Policy(**policy), lambda: draw)


# Phases


@pytest.mark.parametrize("status", [408, 425, 429, 503, 529])
def test_statuses_that_turn_a_request_away_unworked(status: int) -> None:
    assert phase_of(status, "server") == "rejected"


@pytest.mark.parametrize("status", [500, 502, 504, 507, 520, 521, 522, 523, 524, 525, 526, 527, 530, 599])
def test_statuses_after_which_the_work_may_have_been_done(status: int) -> None:
    assert phase_of(status, "server") == "unknown"


@pytest.mark.parametrize("status", [400, 401, 403, 404, 405, 409, 410, 413, 422, 451, 501, 505, 510, 511])
def test_statuses_that_are_an_answer(status: int) -> None:
    assert phase_of(status, "server") == "final"


@pytest.mark.parametrize("status", [200, 201, None])
def test_what_cannot_be_decoded_may_have_been_paid_for(status: int | None) -> None:
    assert phase_of(status, "decode") == "unknown"


def test_html_in_a_429_is_still_a_429() -> None:
    assert phase_of(429, "decode") == "rejected"


@pytest.mark.parametrize(
    "kind", ["quota", "content_policy", "auth", "permission", "bad_request", "schema", "too_large", "bad_image"]
)
@pytest.mark.parametrize("status", [200, 429, 500, 503])
def test_the_provider_s_own_word_goes_before_the_status(kind: str, status: int) -> None:
    assert phase_of(status, kind) == "final"


@pytest.mark.parametrize(
    ("kind", "phase"),
    [("connect", "not_sent"), ("timeout", "unknown"), ("protocol", "unknown"), ("tls", "final"), ("redirect", "final")],
)
def test_failures_without_an_answer(kind: str, phase: Phase) -> None:
    assert phase_of(None, kind) == phase


def test_a_rate_limit_is_one_whatever_its_status() -> None:
    assert phase_of(200, "rate_limit") == "rejected"


def test_a_server_error_inside_a_200_is_of_unknown_outcome() -> None:
    assert phase_of(200, "server") == "unknown"


@given(st.none() | st.integers(100, 999), st.sampled_from(sorted(error_kinds())))
def test_every_status_and_kind_has_a_phase(status: int | None, kind: str) -> None:
    assert phase_of(status, kind) in get_args(Phase)


# Failures from errors


def test_the_phase_an_error_bears_is_the_one_that_counts() -> None:
    error = DeadlineError("late", phase="not_sent")
    assert Failure.of(error, attempt=1, left=1, billing=True).phase == "not_sent"


@pytest.mark.parametrize(
    ("error", "phase"),
    [
        (ConnectError("refused"), "not_sent"),
        (TLSError("refused"), "final"),
        (ServerError("busy", status=503), "rejected"),
        (QuotaError("empty", status=429), "final"),
    ],
)
def test_otherwise_its_kind_and_status_say(error: LimnerError, phase: Phase) -> None:
    assert Failure.of(error, attempt=1, left=1, billing=True).phase == phase


def test_an_error_s_message_may_name_the_delay() -> None:
    failed = Failure.of(RateLimitError("Please try again in 12s", status=429), attempt=1, left=60, billing=True)
    assert isinstance(found := decide(failed, Policy(), lambda: 0.0), Wait)
    assert found.seconds == 12


# Whether


@pytest.mark.parametrize("phase", ["not_sent", "rejected"])
def test_what_was_not_worked_on_is_sent_again(phase: Phase) -> None:
    assert isinstance(verdict(failure(phase)), Wait)


def test_an_unknown_outcome_that_bills_is_not() -> None:
    assert verdict(failure("unknown")) == GiveUp("its outcome is unknown, and it bills")


@pytest.mark.parametrize("lift", [{"at_least_once": True}, {"idempotent": True}])
def test_unless_the_caller_or_an_idempotency_key_allows_it(lift: dict[str, bool]) -> None:
    assert isinstance(verdict(failure("unknown"), **lift), Wait)


def test_an_unknown_outcome_that_does_not_bill_is_sent_again() -> None:
    assert isinstance(verdict(failure("unknown", billing=False)), Wait)


@pytest.mark.parametrize("lift", [{}, {"at_least_once": True, "idempotent": True}])
def test_a_final_answer_is_final_for_everybody(lift: dict[str, bool]) -> None:
    assert verdict(failure("final", billing=False), **lift) == GiveUp("the answer is final")


@pytest.mark.parametrize("attempt", [3, 4])
def test_the_third_attempt_is_the_last(attempt: int) -> None:
    assert isinstance(verdict(failure(attempt=attempt)), GiveUp)


@pytest.mark.parametrize("text", ["false", "False", " FALSE "])
def test_the_server_can_forbid_it(text: str) -> None:
    assert verdict(failure(headers={"x-should-retry": text})) == GiveUp("the server says not to")


def test_the_server_cannot_allow_what_bills() -> None:
    assert isinstance(verdict(failure("unknown", headers={"x-should-retry": "true"})), GiveUp)


def test_a_stream_that_began_is_not_begun_again() -> None:
    assert verdict(failure(began=True)) == GiveUp("part of the answer was already handed on")


# When


@pytest.mark.parametrize(("attempt", "lowest", "highest"), [(1, 0.5, 2), (2, 0.5, 4), (3, 0.5, 8), (9, 0.5, 8)])
def test_our_own_wait_is_drawn_between_half_a_second_and_a_doubling_ceiling(
    attempt: int, lowest: float, highest: float
) -> None:
    failed = failure(attempt=attempt)
    waits = [verdict(failed, draw, attempts=10) for draw in (0.0, 0.5, 1.0)]
    assert [wait.seconds for wait in waits if isinstance(wait, Wait)] == [lowest, (lowest + highest) / 2, highest]


def test_a_wait_that_does_not_fit_is_not_begun() -> None:
    found = verdict(failure(left=12.0, headers={"retry-after": "12"}))
    assert isinstance(found, GiveUp)
    assert "does not fit" in found.reason


@pytest.mark.parametrize("after", ["999999999999999", "9" * 5000, "30, 99999999"])
def test_a_wait_that_is_too_long_is_not_taken_for_none(after: str) -> None:
    assert isinstance(verdict(failure(headers={"retry-after": after})), GiveUp)
    without_end = verdict(failure(left=float("inf"), headers={"retry-after": after}))
    assert isinstance(without_end, Wait)
    assert without_end.seconds >= 99999999


def test_calls_that_were_told_the_same_moment_do_not_come_back_at_once() -> None:
    failed = failure(headers={"retry-after": "12"})
    assert verdict(failed, 0.0) != verdict(failed, 0.9)


# What servers say


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"retry-after": "7"}, 7),
        ({"retry-after": " 1.5 "}, 1.5),
        ({"retry-after": "0"}, 0),
        ({"retry-after-ms": "467"}, 0.467),
        ({"retry-after-ms": "467", "retry-after": "9"}, 0.467),
        ({"retry-after-ms": "soon", "retry-after": "9"}, 9),
        ({"retry-after": "Sat, 21 Nov 2026 10:00:30 GMT", "date": DATE}, 30),
        ({"retry-after": "Saturday, 21-Nov-26 10:00:30 GMT", "date": DATE}, 30),
        ({"retry-after": "Sat, 21 Nov 2026 10:00:30", "date": DATE}, 30),
        ({"retry-after": "Sat, 21 Nov 2026 09:00:00 GMT", "date": DATE}, 0),
        ({"retry-after": "30, 30"}, 30),
        ({"retry-after": "5,60 , 7.5"}, 60),
        ({"retry-after": "5, later"}, 5),
        ({"retry-after-ms": "100, 467"}, 0.467),
        ({"retry-after": "Sat, 21 Nov 2026 10:00:30 GMT, Sat, 21 Nov 2026 10:00:20 GMT", "date": DATE}, 30),
        ({"retry-after": "5, Saturday, 21-Nov-26 10:00:30 GMT", "date": DATE}, 30),
        ({"retry-after": "999999999999999"}, FOREVER),
        ({"retry-after": "9" * 5000}, FOREVER),
        ({"retry-after": "0.1234567890123456789"}, pytest.approx(0.123456789)),
        ({"retry-after": "5."}, 5),
        ({"retry-after": "Sat, 21 Nov 2026 10:00:30 GMT"}, None),
        ({"retry-after": "Sat, 21 Nov 2026 10:00:30 GMT", "date": "today"}, None),
        ({"retry-after": "-5"}, None),
        ({"retry-after": "nan"}, None),
        ({"retry-after": "inf"}, None),
        ({"retry-after": "1e400"}, None),
        ({"retry-after": "later"}, None),
        ({"retry-after": ""}, None),
        ({}, None),
    ],
)
def test_every_form_of_retry_after(headers: dict[str, str], seconds: float | None) -> None:
    assert asked_delay(headers) == seconds


@pytest.mark.parametrize(
    ("message", "seconds"),
    [
        ("Rate limit reached for images per min. Please try again in 467ms.", 0.467),
        ("Please try again in 12s. Visit the page", 12),
        ("please retry in 2.5 s", 2.5),
        ("Try again in 6m0s", 360),
        ("try again in 1h2m3.5s", 3723.5),
        ("Retry after 30 seconds", 30),
        ("try again in 1 minute", 60),
        ("try again in 2 hours", 7200),
        ("try again in 12.345678901234567s", 12.345678901),
        (f"try again in {'9' * 999}h", FOREVER),
        ("try again in 3 strange units", None),
        ("try again later", None),
        ("12s", None),
        ("", None),
    ],
)
def test_a_delay_in_the_message(message: str, seconds: float | None) -> None:
    assert asked_delay({}, message) == pytest.approx(seconds)


def test_a_header_goes_before_the_message() -> None:
    assert asked_delay({"retry-after": "3"}, "try again in 12s") == 3


@given(st.text(max_size=200), st.text(max_size=40), st.text(max_size=40))
def test_any_text_gives_a_delay_or_none(message: str, after: str, date: str) -> None:
    found = asked_delay({"retry-after": after, "date": date}, message)
    assert found is None or found >= 0


# Invariants

failures = st.builds(
    Failure,
    phase=st.sampled_from(get_args(Phase)),
    attempt=st.integers(1, 12),
    left=st.floats(0, 1000) | st.just(float("inf")),
    billing=st.booleans(),
    headers=st.fixed_dictionaries(
        {},
        optional={
            "retry-after": st.integers(0, 2000).map(str) | st.just("x"),
            "x-should-retry": st.sampled_from(["true", "false"]),
        },
    ),
    message=st.sampled_from(["", "try again in 20s"]),
    began=st.booleans(),
)
policies = st.builds(Policy, attempts=st.integers(1, 6), at_least_once=st.booleans(), idempotent=st.booleans())


@given(failures, policies, st.floats(0, 1, exclude_max=True))
def test_no_decision_breaks_a_promise(failed: Failure, policy: Policy, draw: float) -> None:
    found = decide(failed, policy, lambda: draw)
    if isinstance(found, GiveUp):
        assert found.reason
        return
    assert 0 <= found.seconds < failed.left
    assert found.seconds >= (asked_delay(failed.headers, failed.message) or 0)
    assert failed.attempt < policy.attempts
    assert failed.phase != "final"
    assert failed.phase != "unknown" or not failed.billing or policy.at_least_once or policy.idempotent
    assert failed.headers.get("x-should-retry") != "false"
    assert not failed.began


@given(st.lists(st.tuples(st.sampled_from([200, 408, 429, 500, 502, 503, 404]), st.integers(0, 30)), max_size=50))
def test_in_safe_mode_at_most_one_attempt_can_have_been_billed(script: list[tuple[int, int]]) -> None:
    """A whole request against a fake clock: attempts, billed work and time stay within their bounds."""
    policy, left, attempt, billed = Policy(), 60.0, 0, 0
    rng = random.Random(1)  # noqa: S311 - jitter
    for status, after in script:
        attempt += 1
        phase = phase_of(status, "server")
        billed += phase == "unknown"
        if status == 200:
            break
        failed = Failure(phase, attempt, left, billing=True, headers={"retry-after": str(after)})
        found = decide(failed, policy, rng.random)
        if isinstance(found, GiveUp):
            break
        left -= found.seconds
    assert attempt <= policy.attempts
    assert billed <= 1
    assert left >= 0
