"""Roboflow's answers, from cassettes: what becomes of each, sync and async.

No answer of this API was ever published: those of the sandbox are derived from its page and from what Roboflow's own
Python package reads, and so are the few that were written by hand.
"""

from __future__ import annotations

import sys
from base64 import b64decode
from typing import TYPE_CHECKING, Any

import pytest
from vcr.errors import CannotOverwriteExistingCassetteException

import limner
from limner_roboflow import RoboflowOptions

if TYPE_CHECKING:
    from collections.abc import Callable

playing: Any = sys.modules["limner_tests_playing"]  # loaded by conftest.py

pytestmark = pytest.mark.vcr

PIXEL = b64decode("iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M/wHwAEBgIApD5fRAAAAABJRU5ErkJggg==")
MAPLE = limner.ProviderImage("62MYRuqqWCRZ02q52vsY", provider="roboflow")
ARRANGED = ["An OpenAI API key must be set in the settings of the Roboflow workspace."]
SOURCE = "The key came from the keys= argument; it was sent to api.roboflow.com."
ADVISED = ["unknown_model", "unsupported_value", "unsupported_value", "advice"]
SUFFIX = "Photorealistic, highly detailed, true to life, as captured by a camera."
"""The sandbox's words for those that Roboflow adds; its own are not known."""


def painted(revised: str, **given: Any) -> Any:
    return playing.Scene(given=given, facts={"kind": "success", "forms": ["url"], "revised": revised})


OWN = {
    "base64": playing.Scene(
        given={"model": "gpt-image-2", "size": "16x16", "quality": "low", "delivery": None},
        facts={"kind": "success", "forms": ["image/png 16x16"], "warnings": ADVISED},
    ),
    "image-by-id": painted(
        f"The image shows a quiet residential street lined with maple trees. a cat {SUFFIX}", reference_images=MAPLE
    ),
    "image-by-id-anew": painted(
        f"The image shows a quiet residential street lined with maple trees. a cat {SUFFIX}",
        reference_images=MAPLE,
        options=RoboflowOptions(force_caption_regenerate=True, project_url="fall-leaves"),
    ),
    "image-as-bytes": painted(
        f"The image shows a square scene, 1 by 1 pixels, mostly green. a cat {SUFFIX}", reference_images=PIXEL
    ),
    "image-by-url": playing.Scene(  # derived
        given={"reference_images": "https://images.example/trees.png"}, facts={"kind": "success", "forms": ["url"]}
    ),
    "unreachable-image": playing.Scene(
        given={"reference_images": "https://elsewhere.example/trees.png"},
        facts={"kind": "bad_request", "message": "Could not download the image: not one of the sandbox's own."},
    ),
    "unknown-image": playing.Scene(
        given={"reference_images": limner.ProviderImage("nobody", provider="roboflow")},
        facts={"kind": "not_found", "status": 404, "message": "Image nobody was not found."},
    ),
    "two-images": playing.also(playing.SCENES["two-images"], warnings=["unverified", "count_differs"]),
    "list-of-objects": painted("a cat, photorealistic"),  # derived
    "wrong-key": playing.also(playing.SCENES["wrong-key"], message="Unauthorized"),
    "invalid-api-key": playing.Scene(
        facts={"kind": "auth", "message": "Invalid API key", "notes": [*ARRANGED, SOURCE]}
    ),
    "no-openai-key": playing.Scene(
        fault={"kind": "error_code_message", "status": 403, "code": "openai_key_missing", "message": "No key is set."},
        facts={"kind": "permission", "code": "openai_key_missing", "message": "No key is set.", "notes": ARRANGED},
    ),
    "error-with-hint": playing.Scene(
        facts={"kind": "permission", "message": "Not allowed.", "notes": ["Ask the workspace's owner.", *ARRANGED]}
    ),
    "error-plain-text": playing.Scene(facts={"kind": "server", "status": 500, "message": "Something went wrong"}),
    "prompt-as-it-is": painted("a cat", options=RoboflowOptions(unmodified_prompt=True)),
}
SCENES = {**playing.SCENES, **playing.with_bytes("image/png 1024x1024"), **OWN}


@pytest.fixture
def usual() -> dict[str, Any]:
    """The page's default model, whose picture stays where it is."""
    return {"prompt": "a cat", "provider": "roboflow", "delivery": "url"}


@pytest.mark.parametrize("cassette", SCENES)
def test_an_answer_is_taken_for_what_it_is(found: Callable[[Any], dict[str, Any]], cassette: str) -> None:
    assert found(SCENES[cassette]) == SCENES[cassette].facts


@pytest.mark.parametrize("kind", ["async"])  # the kind that never records: what is asked twice is played twice
@pytest.mark.parametrize("change", [{"prompt": "a cat."}, {"n": 1}, {"reference_images": MAPLE}])
@pytest.mark.default_cassette("url")
def test_an_answer_is_played_to_its_own_request_only(paint: Callable[..., Any], change: dict[str, Any]) -> None:
    with pytest.raises(CannotOverwriteExistingCassetteException):
        paint(**change)
    assert len(paint()) == 1
