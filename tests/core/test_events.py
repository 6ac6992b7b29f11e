"""What observers are told."""

from __future__ import annotations

import json
from typing import Any, get_args

import attrs
import pytest

from limner import events

CALL: dict[str, Any] = {"call_id": "c1", "provider": "acme", "model": "m", "operation": "generate", "index": 0}
EVENTS: tuple[events.Event, ...] = (
    events.CallStarted(**CALL),
    events.CallRetried(**CALL, phase="rejected", kind="rate_limit", attempt=1, wait=0.5),
    events.PartialReceived(**CALL, frame=0, size=9, sha256="00", media_type="image/png"),
    events.ImageReceived(**CALL, size=9, sha256="00", media_type="image/png"),
    events.Downloaded(**CALL, host="cdn.example", size=9, elapsed=0.1),
    events.CallFinished(**CALL, kind=None, elapsed=1.0, status=200, request_id="r", maybe_billed=False, images=1),
)


def test_every_kind_of_event_is_tried_here() -> None:
    assert {type(event) for event in EVENTS} == set(get_args(events.Event))


@pytest.mark.parametrize("event", EVENTS, ids=lambda event: type(event).__name__)
def test_an_event_is_frozen(event: events.Event) -> None:
    with pytest.raises(attrs.exceptions.FrozenInstanceError):
        event.provider = "other"  # type: ignore[misc]  # that is the point


@pytest.mark.parametrize("event", EVENTS, ids=lambda event: type(event).__name__)
def test_an_event_is_json_as_it_stands(event: events.Event) -> None:
    assert json.loads(json.dumps(attrs.asdict(event))) == attrs.asdict(event)


@pytest.mark.parametrize("event", EVENTS, ids=lambda event: type(event).__name__)
def test_an_event_has_no_field_for_what_observers_are_not_told(event: events.Event) -> None:
    assert not {"prompt", "key", "url", "headers", "body", "data", "request"} & set(attrs.asdict(event))


@pytest.mark.parametrize("event", EVENTS, ids=lambda event: type(event).__name__)
def test_fields_are_given_by_name_so_that_more_may_come(event: events.Event) -> None:
    assert all(field.kw_only for field in attrs.fields(type(event)))
