"""r9s's answers to edits, and its streams, from cassettes: what becomes of each, sync and async.

All were recorded from the sandbox. The page describes no events: those of OpenAI are what the sandbox sends.
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
GPT = {"model": "r9s/gpt-image-1.5", "size": "1024x1024", "quality": "low", "delivery": None}
UNVERIFIED = ["unverified", "unverified"]


def painted(*forms: str, **given: Any) -> Any:
    return playing.Scene(given=given, facts={"kind": "success", "forms": list(forms), "warnings": []})


def streamed(operation: str, form: str, fault: str | None = None, **given: Any) -> Any:
    """A stream whose two frames and picture are all different."""
    return playing.Scene(
        given={**GPT, "operation": operation, "partial_images": 2, **given},
        facts={
            "kind": "success", "frames": [f"0: {form}", f"1: {form}"], "forms": [form], "different": 3,
            "usage": (7, 272, None), "warnings": UNVERIFIED,
        },
        fault={"kind": fault} if fault else {},
    )  # fmt: skip


SCENES = {
    "edit": playing.Scene(
        facts={"kind": "success", "forms": ["url"], "expires": True, "usage": None, "warnings": [], "told_id": True}
    ),
    "edit-mask": painted("url", mask=playing.MASK),
    "edit-base64": painted("image/png 256x256", delivery="bytes"),
    "edit-gpt-image": painted("image/webp 1024x1024", **GPT, output_format="webp"),
    "edit-several": painted(FORM, **GPT, images=[playing.SQUARE, playing.WIDE, playing.HIGH], mask=playing.MASK),
    "edit-fidelity": painted(FORM, **{**GPT, "model": "r9s/gpt-image-1"}, input_fidelity="high"),
    "edit-rate-limited": playing.Scene(
        fault={"kind": "rate_limit", "retry_after": 3}, facts={"kind": "success", "forms": ["url"], "attempts": 2}
    ),
    "edit-overloaded": playing.Scene(
        fault={"kind": "overloaded", "times": 3}, facts={"kind": "server", "status": 503, "maybe_billed": False}
    ),
    "edit-not-an-image": playing.Scene(
        given={"images": playing.SQUARE[:48] + bytes(38)}, facts={"kind": "bad_request", "status": 400, "has_id": True}
    ),
    "edit-prompt-moderated": playing.Scene(
        given={"prompt": "a forbidden-word"},
        facts={"kind": "content_policy", "status": 400, "code": "moderation_blocked"},
    ),
    "stream": streamed("stream_generate", "image/webp 1024x1024", output_format="webp"),
    "stream-edit": streamed("stream_edit", FORM),
    "stream-edit-pings": streamed("stream_edit", FORM, fault="stream_pings"),
    "stream-edit-error": playing.Scene(
        given={**GPT, "operation": "stream_edit", "partial_images": 1}, fault={"kind": "stream_error"},
        facts={"kind": "content_policy", "kept": [FORM], "maybe_billed": True},
    ),
}  # fmt: skip


@pytest.fixture
def usual(cassette: str) -> dict[str, Any]:
    """The smallest edit there is, whose picture stays where it is."""
    small = {"prompt": "a cat", "model": "r9s/dall-e-2", "size": "256x256", "delivery": "url"}
    return small if cassette == "stream" else {**small, "operation": "edit", "images": playing.SQUARE}


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
