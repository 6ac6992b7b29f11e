"""What was accepted, or runs, is no error; what failed is one, also where the status says that all is well."""

from __future__ import annotations

import json
from typing import Any

import pytest

from limner.provider import HttpResponse
from limner.reading import read_error


@pytest.mark.parametrize(
    "body",
    [
        {"id": "1", "message": "accepted"},
        {"id": "1", "message": "Your picture will be painted soon."},
        {"success": True, "message": "queued", "id": "7"},
        {"success": True, "message": "in line", "code": "Q1", "id": "7"},
        {"code": 0, "msg": "ok", "task_id": "x"},
        {"code": "00000", "msg": "taken", "task_id": "x"},
        {"code": 202, "msg": "taken", "task_id": "x"},
        {"code": 10000, "message": "Success", "task_id": "x"},
        {"code": "PENDING", "message": "third in line", "task_id": "x"},
        {"status": "running", "detail": "step 3"},
        {"status": 202, "detail": "step 3", "err": 0},
        {"id": "x", "error": {"code": 0, "message": "success"}},
        {"header": {"code": 0, "message": "taken", "sid": "x"}},
        {"response": "taken", "message": "taken"},
    ],
)
def test_a_job_that_was_accepted_or_runs_is_no_error(body: Any) -> None:
    assert read_error(HttpResponse(200, {}, json=body)) is None
    assert read_error(HttpResponse(202, {}, json=body)) is None


@pytest.mark.parametrize(
    "body",
    [
        {"error": "no"},
        {"error": True, "message": "no"},
        {"id": "x", "error": {"message": "no"}},
        {"response": {"error": {"message": "no"}}},
        {"success": False},
        {"success": False, "message": "success"},
        {"code": 500, "msg": "no"},
        {"code": "quota_gone", "message": "no", "id": "x"},
        {"header": {"code": 10013, "message": "no"}},
        {"err": "no"},
        {"error_msg": "no", "id": 5},
        {"status": "failed", "detail": "no"},
        {"status": 500, "message": "no"},
        {"type": "invalid_request_error", "message": "no"},
        {"message": json.dumps({"error": {"message": "no", "code": "deep"}})},
    ],
)
def test_an_error_in_a_success_is_an_error_whatever_its_shape(body: Any) -> None:
    assert read_error(HttpResponse(200, {}, json=body)) is not None


def test_an_event_that_is_called_an_error_needs_no_more_than_a_message() -> None:
    """The core asks of no others."""
    headers = {"content-type": "text/event-stream; charset=utf-8"}
    failed = read_error(HttpResponse(200, headers, json={"message": "no"}))
    assert failed is not None
    assert failed.message == "no"
