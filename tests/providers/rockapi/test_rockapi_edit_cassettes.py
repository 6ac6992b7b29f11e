"""RockAPI's answers to edits and variations, from cassettes: what becomes of each, sync and async.

Its page announces both. They were recorded from the sandbox, which has them as the page describes them; as long as they
are not there, relays of this kind answer 501.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

import pytest
from vcr.errors import CannotOverwriteExistingCassetteException

if TYPE_CHECKING:
    from collections.abc import Callable

playing: Any = sys.modules["limner_tests_playing"]  # loaded by conftest.py

pytestmark = pytest.mark.vcr

ANNOUNCED = ["announced"]
BROKEN = playing.SQUARE[:48] + bytes(38)
NOT_THERE = {"kind": None, "status": 501, "code": "api_not_implemented", "message": "API not implemented"}


def painted(*forms: str, **given: Any) -> Any:
    return playing.Scene(given=given, facts={"kind": "success", "forms": list(forms), "warnings": ANNOUNCED})


def refused(given: dict[str, Any]) -> Any:
    return playing.Scene(given=given, facts={"kind": "bad_request", "status": 400, "has_id": True})


def not_there() -> Any:
    return playing.Scene(
        fault=NOT_THERE, facts={"kind": "server", "status": 501, "code": "api_not_implemented", "maybe_billed": False}
    )


EDITS = {
    "edit": playing.Scene(
        facts={"kind": "success", "forms": ["url"], "expires": True, "told_id": True, "warnings": ANNOUNCED}
    ),
    "edit-mask": painted("url", mask=playing.MASK),
    "edit-base64": painted("image/png 1024x1024", delivery="bytes"),
    "edit-not-an-image": refused({"images": BROKEN}),
    "edit-not-there": not_there(),
    "edit-prompt-moderated": playing.Scene(
        given={"prompt": "a forbidden-word"},
        facts={"kind": "content_policy", "status": 400, "code": "moderation_blocked"},
    ),
}
VARIATIONS = {
    "variation": painted("url"),
    "variation-two": painted("image/png 1024x1024", "image/png 1024x1024", n=2, delivery="bytes"),
    "variation-not-an-image": refused({"image": BROKEN}),
    "variation-not-there": not_there(),
}
SCENES = {**EDITS, **VARIATIONS}


@pytest.fixture
def usual(cassette: str) -> dict[str, Any]:
    """The page's example, with another picture, which stays where it is."""
    given = {"model": "rockapi/dall-e-2", "size": "1024x1024", "delivery": "url", "allow": "announced"}
    if cassette in VARIATIONS:
        return {"operation": "vary", "image": playing.SQUARE, **given}
    return {"operation": "edit", "prompt": "a cat", "images": playing.SQUARE, **given}


@pytest.mark.parametrize("cassette", SCENES)
def test_an_answer_is_taken_for_what_it_is(found: Callable[[Any], dict[str, Any]], cassette: str) -> None:
    assert found(SCENES[cassette]) == SCENES[cassette].facts


@pytest.mark.parametrize("kind", ["async"])  # the kind that never records: what is asked twice is played twice
@pytest.mark.parametrize("change", [{"prompt": "a cat."}, {"n": 2}, {"images": playing.MASK}, {"mask": playing.MASK}])
@pytest.mark.default_cassette("edit")
def test_an_answer_is_played_to_its_own_request_only(paint: Callable[..., Any], change: dict[str, Any]) -> None:
    with pytest.raises(CannotOverwriteExistingCassetteException):
        paint(**change)
    assert len(paint()) == 1
