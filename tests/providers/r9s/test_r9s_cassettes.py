"""r9s's answers, from cassettes: what becomes of each, sync and async.

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
            "prompt": "A cute cat sitting on a windowsill", "model": "r9s/gpt-4o-mini", "n": 1, "size": "1024x1024",
        },
        facts={
            "kind": "success", "forms": ["url"], "created": True, "usage": None, "warnings": ["unknown_model"],
            "revised": "A cute orange tabby cat sitting on a white windowsill, looking outside",
        },
    ),
    "gpt-image": playing.Scene(
        given={
            "model": "r9s/gpt-image-1.5", "size": "1024x1024", "quality": "low", "output_format": "webp",
            "delivery": None,
        },
        facts={"kind": "success", "forms": ["image/webp 1024x1024"], "usage": (7, 272, None), "warnings": []},
    ),
    "qwen": playing.Scene(
        given={"model": "r9s/qwen-image"},
        facts={"kind": "success", "forms": ["url"], "usage": (7, 72, None), "warnings": ["unknown_model"]},
    ),
}  # fmt: skip
SCENES = {**playing.of_relay("new_api_error"), **playing.with_bytes(FORM), **OWN}


@pytest.fixture
def usual() -> dict[str, Any]:
    """The smallest picture there is, which stays where it is."""
    return {"prompt": "a cat", "model": "r9s/dall-e-2", "size": "256x256", "delivery": "url"}


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
