"""What a host says to stamina for all its retries holds for ours."""

from __future__ import annotations

import time
from base64 import b64encode
from types import SimpleNamespace
from typing import Any

import pytest
import stamina

from limner.engine import Attempts
from limner.errors import RateLimitError
from limner.transport.retry import Policy


@pytest.fixture
def busy(server: Any, png: Any) -> Any:
    """A server that wants to be asked again in half a minute, and then has a picture."""
    late = server.reply(json={"error": {"code": "rate_limit_exceeded"}}, status=429, headers={"Retry-After": "30"})
    server.script(late, server.reply(json={"data": [{"b64_json": b64encode(png()).decode()}]}))
    return server


def test_a_hosts_tests_wait_for_nothing(busy: Any, plain: Any, paint: Any) -> None:
    began = time.monotonic()
    with stamina.set_testing(True, attempts=3, cap=True):
        paint(plain())
    assert (busy.posts, time.monotonic() - began < 15) == (2, True)


def test_a_hosts_tests_do_not_wait_for_orders_either(server: Any, shape: Any, png: Any, paint: Any) -> None:
    """However long the server wants to be left alone."""
    server.script(
        server.reply(json={"id": "7"}),
        server.reply(json={"state": "open"}, headers={"Retry-After": "30"}),
        server.reply(json={"state": "done", "hours": 1, "url": f"{server.url}/7.png"}),
        server.reply(png(), headers={"Content-Type": "image/png"}),
    )
    keys = {"atelier": {"ATELIER_CLIENT": "c", "ATELIER_SECRET": "a-secret"}}
    began = time.monotonic()
    with stamina.set_testing(True, attempts=3, cap=True):
        paint(shape("atelier"), client={"keys": keys})
    assert (len(server.asked), time.monotonic() - began < 15) == (4, True)


def test_retries_that_are_off_are_off(busy: Any, plain: Any, paint: Any) -> None:
    stamina.set_active(False)
    try:
        with pytest.raises(RateLimitError):
            paint(plain())
    finally:
        stamina.set_active(True)
    assert busy.posts == 1


def test_what_is_no_error_of_ours_is_not_repeated() -> None:
    send: Any = SimpleNamespace(conversation=None)
    assert Attempts(send, Policy()).wait_after(ValueError("a fault")) is False
