"""Faults played over real connections, and the log of what arrived."""

from __future__ import annotations

import time
from collections.abc import Callable

import httpx
import pytest

from limner_sandbox import Fault, Sandbox

Post = Callable[..., httpx.Response]
Get = Callable[..., httpx.Response]


def until_cut(reply: httpx.Response) -> bytes:
    """What arrives before the connection breaks, as it has to."""
    chunks: list[bytes] = []
    with pytest.raises(httpx.RemoteProtocolError):
        chunks.extend(reply.iter_raw())
    return b"".join(chunks)


@pytest.mark.parametrize(
    ("kind", "status", "code"),
    [
        ("rate_limit", 429, "rate_limit_exceeded"),
        ("quota", 429, "insufficient_quota"),
        ("unauthorized", 401, "invalid_api_key"),
        ("forbidden", 403, None),
        ("moderation", 400, "moderation_blocked"),
        ("server_error", 500, "server_error"),
        ("overloaded", 503, "server_overloaded"),
        ("error_in_200", 200, "server_error"),
    ],
)
def test_a_named_fault_answers_in_the_vendors_words(
    sandbox: Sandbox, post: Post, kind: str, status: int, code: str | None
) -> None:
    sandbox.fail(kind)
    reply = post(sandbox)
    assert (reply.status_code, reply.json()["error"]["code"]) == (status, code)


@pytest.mark.parametrize("status", [404, 409, 418, 429, 500, 529])
def test_any_status_can_be_ordered(sandbox: Sandbox, post: Post, status: int) -> None:
    sandbox.fail(status=status)
    reply = post(sandbox)
    assert (reply.status_code, set(reply.json()["error"])) == (status, {"message", "type", "param", "code"})


def test_a_fault_may_state_its_own_words(sandbox: Sandbox, post: Post) -> None:
    sandbox.fail(status=429, code="slow_down", type="custom", message="Not so fast.", param="n")
    assert post(sandbox).json()["error"] == {
        "message": "Not so fast.", "type": "custom", "param": "n", "code": "slow_down"
    }  # fmt: skip


@pytest.mark.parametrize(("seconds", "header"), [(1, "1"), (0.5, "0.5"), (0, "0")])
def test_retry_after_is_sent(sandbox: Sandbox, post: Post, seconds: float, header: str) -> None:
    sandbox.fail("rate_limit", retry_after=seconds)
    assert post(sandbox).headers["retry-after"] == header


def test_a_moderation_fault_has_its_details(sandbox: Sandbox, post: Post) -> None:
    sandbox.fail("moderation")
    assert "moderation_details" in post(sandbox).json()["error"]


@pytest.mark.parametrize(("kind", "status"), [("bad_gateway", 502), ("gateway_timeout", 504)])
def test_a_gateways_fault_is_html(sandbox: Sandbox, post: Post, kind: str, status: int) -> None:
    sandbox.fail(kind)
    reply = post(sandbox)
    assert (reply.status_code, reply.headers["content-type"].partition(";")[0]) == (status, "text/html")


def test_an_html_page_may_have_any_status(sandbox: Sandbox, post: Post) -> None:
    sandbox.fail(status=200, body="html")
    assert "<html>" in post(sandbox).text


def test_an_empty_body_is_empty(sandbox: Sandbox, post: Post) -> None:
    sandbox.fail("empty")
    assert (post(sandbox).content, sandbox.billed) == (b"", 0)


def test_a_fault_befalls_as_many_requests_as_ordered(sandbox: Sandbox, post: Post) -> None:
    sandbox.fail(status=500, times=2)
    assert [post(sandbox).status_code for _ in range(3)] == [500, 500, 200]


def test_faults_come_in_the_order_in_which_they_were_ordered(sandbox: Sandbox, post: Post) -> None:
    sandbox.fail(status=500)
    sandbox.fail(Fault(status=503))
    assert [post(sandbox).status_code for _ in range(3)] == [500, 503, 200]


def test_a_fault_may_wait_for_its_path(sandbox: Sandbox, post: Post, get: Get) -> None:
    sandbox.fail(status=500, on="generations")
    assert (get(sandbox, "/models").status_code, post(sandbox).status_code) == (200, 500)


def test_a_request_may_order_its_own_fault(sandbox: Sandbox, post: Post) -> None:
    assert post(sandbox, headers={"x-sandbox-fault": "rate_limit; retry_after=3"}).headers["retry-after"] == "3"


def test_a_requests_own_fault_leaves_the_queue_alone(sandbox: Sandbox, post: Post) -> None:
    sandbox.fail(status=503)
    own = post(sandbox, headers={"x-sandbox-fault": "server_error"})
    assert (own.status_code, post(sandbox).status_code) == (500, 503)


def test_a_header_that_orders_nothing_is_answered_so(sandbox: Sandbox, post: Post) -> None:
    reply = post(sandbox, headers={"x-sandbox-fault": "gremlins"})
    assert (reply.status_code, "gremlins" in reply.json()["error"]["message"]) == (400, True)


def test_a_wrong_key_uses_no_fault_up(sandbox: Sandbox, http: httpx.Client, post: Post) -> None:
    sandbox.fail(status=500)
    http.get(sandbox.base_url("openai") + "/models")
    assert post(sandbox).status_code == 500


def test_a_fault_with_a_status_bills_nothing(sandbox: Sandbox, post: Post) -> None:
    sandbox.fail(status=500)
    post(sandbox)
    assert sandbox.billed == 0


def test_a_delayed_answer_is_late_and_right(sandbox: Sandbox, post: Post) -> None:
    sandbox.fail(delay=0.3)
    started = time.perf_counter()
    assert post(sandbox).status_code == 200
    assert time.perf_counter() - started >= 0.3


def test_an_error_may_be_late_too(sandbox: Sandbox, post: Post) -> None:
    sandbox.fail("overloaded", delay=0.2)
    started = time.perf_counter()
    assert post(sandbox).status_code == 503
    assert time.perf_counter() - started >= 0.2


def test_a_cut_connection_ends_in_the_middle_of_the_body(sandbox: Sandbox, post: Post) -> None:
    sandbox.fail("cut")
    with pytest.raises(httpx.RemoteProtocolError, match="without sending complete message body"):
        post(sandbox)


def test_a_cut_answer_was_billed(sandbox: Sandbox, post: Post) -> None:
    sandbox.fail("cut")
    with pytest.raises(httpx.RemoteProtocolError):
        post(sandbox, n=2)
    assert sandbox.billed == 2


@pytest.mark.parametrize("share", [0.1, 0.5, 0.9])
def test_the_ordered_share_of_the_body_arrives(sandbox: Sandbox, http: httpx.Client, share: float) -> None:
    sandbox.fail(cut=share)
    headers = {"authorization": f"Bearer {sandbox.key_for('openai')}"}
    with http.stream("GET", sandbox.base_url("openai") + "/models", headers=headers) as reply:
        arrived = until_cut(reply)
    assert len(arrived) == int(int(reply.headers["content-length"]) * share)


def test_a_hung_up_connection_answers_nothing(sandbox: Sandbox, post: Post) -> None:
    sandbox.fail("hang_up")
    with pytest.raises(httpx.RemoteProtocolError, match="without sending a response"):
        post(sandbox)


def test_a_cut_stream_lets_its_first_event_through(sandbox: Sandbox, http: httpx.Client) -> None:
    sandbox.fail("cut")
    body = {"model": "gpt-image-2", "prompt": "a cat", "size": "16x16", "stream": True, "partial_images": 2}
    headers = {"authorization": f"Bearer {sandbox.key_for('openai')}"}
    with http.stream("POST", sandbox.base_url("openai") + "/images/generations", json=body, headers=headers) as reply:
        arrived = until_cut(reply)
    assert (arrived.count(b"\n\n"), arrived.count(b"event: ")) == (1, 2)


def test_a_cut_error_is_cut_too(sandbox: Sandbox, post: Post) -> None:
    sandbox.fail("server_error", cut=0.5)
    with pytest.raises(httpx.RemoteProtocolError):
        post(sandbox)


def test_the_sandbox_answers_on_after_a_cut(sandbox: Sandbox, post: Post) -> None:
    sandbox.fail("hang_up")
    with pytest.raises(httpx.RemoteProtocolError):
        post(sandbox)
    assert post(sandbox).status_code == 200


def test_the_log_has_the_body_as_it_arrived(sandbox: Sandbox, post: Post) -> None:
    post(sandbox, n=2)
    assert sandbox.requests[0].json == {"model": "gpt-image-2", "prompt": "a cat", "size": "16x16", "n": 2}


def test_the_log_has_the_bytes_of_the_body(sandbox: Sandbox, post: Post) -> None:
    post(sandbox)
    assert sandbox.requests[0].content.startswith(b'{"model":')


def test_the_log_says_whose_api_was_asked_and_how(sandbox: Sandbox, post: Post) -> None:
    post(sandbox)
    (received,) = sandbox.requests
    told = (received.provider, received.method, received.path, received.authorized)
    assert told == ("openai", "POST", "/openai/v1/images/generations", True)


def test_the_log_has_refused_requests(sandbox: Sandbox, http: httpx.Client) -> None:
    http.get(sandbox.base_url("openai") + "/models?limit=2")
    (received,) = sandbox.requests
    assert (received.authorized, received.query) == (False, (("limit", "2"),))


def test_the_log_holds_no_key(sandbox: Sandbox, post: Post) -> None:
    post(sandbox)
    assert sandbox.key_for("openai") not in repr(sandbox.requests)
    assert sandbox.requests[0].headers["authorization"].startswith("Bearer sha256:")


@pytest.mark.parametrize("provider", ["openai", "roboflow", "r9s"])
@pytest.mark.parametrize("place", ["params", "headers"])
def test_the_log_hides_a_key_in_the_wrong_place_too(
    sandbox: Sandbox, http: httpx.Client, provider: str, place: str
) -> None:
    http.get(sandbox.base_url(provider), **{place: {"x-key": sandbox.key_for(provider)}})  # type: ignore[arg-type]  # as the place is named
    assert sandbox.key_for(provider) not in repr(sandbox.requests)


def test_the_log_hides_a_key_that_is_wrong(sandbox: Sandbox, http: httpx.Client) -> None:
    http.get(sandbox.base_url("roboflow"), params={"api_key": "somebodys", "page": "2"})
    assert sandbox.requests[-1].query == (("api_key", "***"), ("page", "2"))


def test_the_log_forgets_on_request(sandbox: Sandbox, post: Post) -> None:
    post(sandbox)
    sandbox.fail(status=500)
    sandbox.clear()
    assert (sandbox.requests, sandbox.billed, post(sandbox).status_code) == ((), 0, 200)


def test_a_path_that_leads_nowhere_says_where_there_is_something(sandbox: Sandbox, http: httpx.Client) -> None:
    reply = http.get(sandbox.url + "/v1/models")
    assert (reply.status_code, "/openai/v1" in reply.text) == (404, True)


def test_a_path_that_only_begins_like_an_api_is_none(sandbox: Sandbox, http: httpx.Client) -> None:
    assert http.get(sandbox.url + "/openai/v11/models").text.startswith("limner-sandbox")


def test_every_answer_has_a_date(sandbox: Sandbox, http: httpx.Client) -> None:
    assert http.get(sandbox.url).headers["date"].endswith("GMT")
