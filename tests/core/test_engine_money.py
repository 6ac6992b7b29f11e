"""What is sent again and what is not, counted at the server: nobody pays twice for one picture."""

from __future__ import annotations

import socket
import time
from base64 import b64encode
from typing import Any

import pytest

from limner.errors import (
    AuthError,
    BadRequestError,
    ConnectError,
    ContentPolicyError,
    DeadlineError,
    DecodeError,
    LimnerError,
    ProtocolError,
    RateLimitError,
    RedirectError,
    SchemaError,
    ServerError,
)

pytestmark = pytest.mark.usefixtures("at_once")

AGAIN = {"Retry-After": "0"}


@pytest.fixture
def good(server: Any, png: Any) -> Any:
    """An answer with a picture in it."""
    return server.reply(json={"data": [{"b64_json": b64encode(png()).decode()}]}, headers={"X-Request-Id": "req-good"})


def refused(server: Any, status: int, code: str | None = None, **headers: str) -> Any:
    error = {"message": "No.", **({"code": code} if code else {})}
    return server.reply(json={"error": error}, status=status, headers={"X-Request-Id": "req-bad", **headers})


def test_a_refused_connection_is_tried_three_times(plain: Any, paint: Any) -> None:
    with socket.create_server(("127.0.0.1", 0)) as gone:
        url = f"http://127.0.0.1:{gone.getsockname()[1]}"
    retries: list[Any] = []
    client = {"base_urls": {"plain": url}, "observers": [retries.append]}
    with pytest.raises(ConnectError) as caught:
        paint(plain(), client=client)
    assert [(event.attempt, event.phase) for event in retries if hasattr(event, "attempt")] == [
        (1, "not_sent"),
        (2, "not_sent"),
    ]
    assert (caught.value.maybe_billed, caught.value.phase, caught.value.provider) == (False, "not_sent", "plain")


@pytest.mark.parametrize("status", [408, 425, 429, 503, 529])
def test_what_was_turned_away_is_sent_again(server: Any, plain: Any, paint: Any, good: Any, status: int) -> None:
    server.script(refused(server, status), good)
    result = paint(plain())
    assert server.posts == 2
    assert (result.calls[0].attempts, result.calls[0].request_id) == (2, "req-good")


def test_the_third_refusal_is_the_last(server: Any, plain: Any, paint: Any) -> None:
    server.script(refused(server, 503, **AGAIN))
    with pytest.raises(ServerError) as caught:
        paint(plain())
    assert server.posts == 3
    assert (caught.value.maybe_billed, caught.value.phase, caught.value.request_id) == (False, "rejected", "req-bad")


def test_every_attempt_is_the_same_but_for_nothing(server: Any, plain: Any, paint: Any, good: Any) -> None:
    server.script(refused(server, 429), good)
    paint(plain())
    assert server.asked[0] == server.asked[1]


def test_the_servers_delay_is_kept(server: Any, plain: Any, paint: Any, good: Any) -> None:
    server.script(refused(server, 429, **{"Retry-After-Ms": "120"}), good)
    began = time.monotonic()
    paint(plain())
    assert time.monotonic() - began >= 0.12


def test_a_delay_that_does_not_fit_the_deadline_is_told_at_once(server: Any, plain: Any, paint: Any) -> None:
    server.script(refused(server, 429, **{"Retry-After": "3600"}))
    with pytest.raises(RateLimitError) as caught:
        paint(plain())
    assert server.posts == 1
    assert caught.value.retry_after == 3600


@pytest.mark.parametrize("status", [500, 502, 504, 520, 524])
def test_an_unknown_outcome_is_never_asked_again(server: Any, plain: Any, paint: Any, status: int) -> None:
    server.script(refused(server, status, **AGAIN))
    with pytest.raises(ServerError) as caught:
        paint(plain())
    assert server.posts == 1
    error = caught.value
    assert (error.maybe_billed, error.phase, error.request_id, error.status) == (True, "unknown", "req-bad", status)


HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nX-Request-Id: req-cut\r\nContent-Length: 500\r\n\r\n"
BROKEN = {
    "closed before a word": ["cut"],
    "reset before a word": ["reset"],
    "closed inside the head": [HEAD[:40], "cut"],
    "closed inside the body": [HEAD, b'{"data": [', "cut"],
    "reset inside the body": [HEAD, b'{"data": [', 0.05, "reset"],
    "no HTTP": [b"SSH-2.0-OpenSSH_9.9\r\n", "cut"],
}


@pytest.mark.parametrize("answer", BROKEN.values(), ids=BROKEN)
def test_an_answer_that_breaks_off_is_never_asked_again(server: Any, plain: Any, paint: Any, answer: Any) -> None:
    server.script(answer)
    with pytest.raises(ProtocolError) as caught:
        paint(plain())
    assert server.posts == 1
    assert (caught.value.maybe_billed, caught.value.phase) == (True, "unknown")
    assert caught.value.request_id == ("req-cut" if HEAD in answer else None)


def test_broken_json_is_never_asked_again(server: Any, plain: Any, paint: Any) -> None:
    server.script(server.reply(b'{"data": [}', headers={"Content-Type": "application/json", "X-Request-Id": "req-7"}))
    with pytest.raises(DecodeError) as caught:
        paint(plain())
    assert server.posts == 1
    assert (caught.value.maybe_billed, caught.value.phase, caught.value.request_id) == (True, "unknown", "req-7")


HOLLOW: dict[str, tuple[Any, type[LimnerError], str]] = {
    "a page": ({"body": b"<html><title>Sorry</title>"}, DecodeError, "unknown"),
    "nothing": ({"body": b""}, DecodeError, "unknown"),
    "null data": ({"json": {"data": None}}, SchemaError, "final"),
    "empty data": ({"json": {"data": []}}, SchemaError, "final"),
}


@pytest.mark.parametrize(("answer", "kind", "phase"), HOLLOW.values(), ids=HOLLOW)
def test_a_success_without_a_picture_may_have_been_billed(  # noqa: PLR0913, PLR0917 - a table
    server: Any, plain: Any, paint: Any, answer: Any, kind: type[LimnerError], phase: str
) -> None:
    server.script(server.reply(**answer, headers={"X-Request-Id": "req-1"}))
    with pytest.raises(kind) as caught:
        paint(plain())
    assert server.posts == 1
    error = caught.value
    assert (error.maybe_billed, error.phase, error.status, error.request_id) == (True, phase, 200, "req-1")


def test_an_error_in_a_200_is_an_error(server: Any, plain: Any, paint: Any) -> None:
    body = {"error": {"code": "content_policy_violation", "message": "Not that."}, "data": []}
    server.script(server.reply(json=body))
    with pytest.raises(ContentPolicyError, match="Not that") as caught:
        paint(plain())
    assert server.posts == 1
    assert (caught.value.maybe_billed, caught.value.phase) == (False, "final")


def test_a_nameless_error_in_a_200_may_have_been_billed(server: Any, plain: Any, paint: Any) -> None:
    server.script(server.reply(json={"error": "upstream hiccup"}))
    with pytest.raises(ServerError) as caught:
        paint(plain())
    assert server.posts == 1
    assert (caught.value.maybe_billed, caught.value.phase) == (True, "unknown")


@pytest.mark.parametrize("status", [400, 401, 403, 404, 409, 413, 422, 501])
def test_a_final_answer_is_final(server: Any, plain: Any, paint: Any, status: int) -> None:
    server.script(refused(server, status, **AGAIN))
    with pytest.raises(LimnerError) as caught:
        paint(plain())
    assert server.posts == 1
    assert (caught.value.maybe_billed, caught.value.phase) == (False, "final")


def test_a_quota_in_a_429_is_final(server: Any, plain: Any, paint: Any) -> None:
    server.script(refused(server, 429, "insufficient_quota"))
    with pytest.raises(LimnerError, match="No") as caught:
        paint(plain())
    assert (server.posts, caught.value.kind, caught.value.code) == (1, "quota", "insufficient_quota")


@pytest.mark.parametrize(
    "body", [[b"{oops"], [b'{"error": {"mess', "cut"]], ids=["no JSON after all", "JSON that breaks off"]
)
def test_a_refusal_is_one_however_its_reasons_arrive(server: Any, plain: Any, paint: Any, body: Any) -> None:
    length = len(body[0]) if body[-1] != "cut" else 900
    head = f"HTTP/1.1 401 No\r\nContent-Type: application/json\r\nContent-Length: {length}\r\n\r\n"
    server.script([head.encode(), *body])
    with pytest.raises(AuthError) as caught:
        paint(plain())
    assert (server.posts, caught.value.maybe_billed, caught.value.phase) == (1, False, "final")


def test_a_server_may_say_not_to_try_again(server: Any, plain: Any, paint: Any) -> None:
    server.script(refused(server, 503, **AGAIN, **{"X-Should-Retry": "false"}))
    with pytest.raises(ServerError):
        paint(plain())
    assert server.posts == 1


def test_no_server_can_have_an_unknown_outcome_asked_again(server: Any, plain: Any, paint: Any) -> None:
    server.script(refused(server, 500, **{"X-Should-Retry": "true"}))
    with pytest.raises(ServerError):
        paint(plain())
    assert server.posts == 1


@pytest.mark.parametrize("fault", ["cut", "reset", 500])
def test_the_caller_can_take_the_risk(server: Any, plain: Any, paint: Any, good: Any, fault: Any) -> None:
    server.script(refused(server, fault) if fault == 500 else [fault], good)
    assert paint(plain(), retry="at_least_once").calls[0].attempts == 2
    assert server.posts == 2


def test_a_risk_that_was_taken_is_not_forgotten(server: Any, plain: Any, paint: Any) -> None:
    """The last answer is a refusal, and the first may have been billed all the same."""
    server.script(refused(server, 500), refused(server, 400))
    with pytest.raises(BadRequestError) as caught:
        paint(plain(), retry="at_least_once")
    assert (server.posts, caught.value.maybe_billed, caught.value.phase) == (2, True, "final")


def test_an_idempotency_key_makes_an_unknown_outcome_known(server: Any, plain: Any, paint: Any, good: Any) -> None:
    class Careful(plain):  # type: ignore[misc]
        idempotency_header = "Idempotency-Key"

    server.script(["cut"], refused(server, 502), good)
    paint(Careful(), n=1)
    assert server.posts == 3
    keys = {asked.headers["idempotency-key"] for asked in server.asked}
    assert len(keys) == 1
    paint(Careful(), n=1)
    assert server.asked[-1].headers["idempotency-key"] not in keys


@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_a_redirect_is_not_followed(server: Any, plain: Any, paint: Any, status: int) -> None:
    target = "http://thief.example/v1?token=hidden"
    server.script(server.reply(status=status, headers={"Location": target, "X-Request-Id": "req-3"}))
    with pytest.raises(RedirectError, match=r"thief\.example") as caught:
        paint(plain())
    assert "hidden" not in str(caught.value)
    assert len(server.asked) == 1
    assert (caught.value.maybe_billed, caught.value.request_id) == (False, "req-3")


def test_a_redirect_to_the_same_host_is_not_followed_either(server: Any, plain: Any, paint: Any) -> None:
    for place in ("/elsewhere", "http://[no host"):
        server.script(server.reply(status=308, headers={"Location": place}))
        with pytest.raises(RedirectError, match="no other host"):
            paint(plain())
    assert len(server.asked) == 2


def test_after_an_accepted_post_every_failure_may_have_been_billed(server: Any, shape: Any, paint: Any) -> None:
    """The order was taken; that asking after it is refused does not undo it. What does not bill is asked again."""
    keys = {"atelier": {"ATELIER_CLIENT": "c", "ATELIER_SECRET": "secret"}}
    server.api = lambda asked: server.reply(json={"id": "1"}) if asked.method == "POST" else refused(server, 500)
    with pytest.raises(ServerError) as caught:
        paint(shape("atelier"), client={"keys": keys})
    assert [asked.method for asked in server.asked] == ["POST", "GET", "GET", "GET", "DELETE"]
    assert (caught.value.maybe_billed, caught.value.status, caught.value.job.id) == (True, 500, "/orders/1")


def test_a_deadline_that_passes_while_the_server_paints_may_have_been_billed(
    server: Any, plain: Any, paint: Any
) -> None:
    server.script([60.0])
    with pytest.raises(DeadlineError) as caught:
        paint(plain(), timeout=0.1)
    assert (server.posts, caught.value.maybe_billed, caught.value.phase) == (1, True, "unknown")
