"""fastapi.ai's answers, from cassettes: what becomes of each, sync and async.

All were recorded from the sandbox but for those that say otherwise.
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

FORM = "image/png 256x256"
OWN = {
    "base64": playing.Scene(given={"delivery": "bytes"}, facts={"kind": "success", "forms": [FORM], "told_id": True}),
    "documented-example": playing.Scene(
        given={
            "prompt": "A cute baby sea otter", "model": "fastapi.ai/dall-e-3", "n": 1, "size": "1024x1024",
        },
        facts={
            "kind": "success", "forms": ["url", "url"], "created": True, "usage": None, "warnings": ["count_differs"],
        },
    ),
    "fewer-images": playing.Scene(
        given={"n": 2}, fault={"kind": "fewer_images"},
        facts={"kind": "success", "forms": ["url"], "warnings": ["count_differs"]},
    ),
}  # fmt: skip
SCENES = {**playing.of_relay("one_api_error"), **playing.with_bytes(FORM), **OWN}


@pytest.fixture
def usual() -> dict[str, Any]:
    """The smallest picture there is, which stays where it is."""
    return {"prompt": "a cat", "model": "fastapi.ai/dall-e-2", "size": "256x256", "delivery": "url"}


@pytest.mark.parametrize("cassette", SCENES)
def test_an_answer_is_taken_for_what_it_is(found: Callable[[Any], dict[str, Any]], cassette: str) -> None:
    assert found(SCENES[cassette]) == SCENES[cassette].facts


@pytest.mark.parametrize("kind", ["async"])  # the kind that never records: what is asked twice is played twice
@pytest.mark.parametrize("change", [{"prompt": "a cat."}, {"n": 2}, {"delivery": "bytes"}])
@pytest.mark.default_cassette("url")
def test_an_answer_is_played_to_its_own_request_only(paint: Callable[..., Any], change: dict[str, Any]) -> None:
    with pytest.raises(CannotOverwriteExistingCassetteException):
        paint(**change)
    assert len(paint()) == 1
