"""RockAPI's answers, from cassettes: what becomes of each, sync and async.

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

FORM = "image/png 1024x1024"
OWN = {
    "base64": playing.Scene(given={"delivery": "bytes"}, facts={"kind": "success", "forms": [FORM], "told_id": True}),
    "revised": playing.Scene(
        given={"model": "rockapi/dall-e-3", "quality": "hd"},
        facts={
            "kind": "success", "forms": ["url"], "warnings": [],
            "revised": "A detailed picture of the following scene: a cat",
        },
    ),
    "three-images": playing.Scene(
        given={"n": 3}, facts={"kind": "success", "forms": ["url"] * 3, "indexes": [0, 1, 2], "warnings": []}
    ),
}  # fmt: skip
SCENES = {**playing.of_relay("one_api_error"), **playing.with_bytes(FORM), **OWN}


@pytest.fixture
def usual() -> dict[str, Any]:
    """The smallest picture there is, which stays where it is."""
    return {"prompt": "a cat", "model": "rockapi/dall-e-2", "size": "1024x1024", "delivery": "url"}


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
