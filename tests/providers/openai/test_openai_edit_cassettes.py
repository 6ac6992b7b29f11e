"""OpenAI's answers to edits and variations, and its streams, from cassettes: what becomes of each, sync and async.

All were recorded from the sandbox but for those that say otherwise. The models of DALL-E were shut down: the sandbox
has them as they once were.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

import pytest
from vcr.errors import CannotOverwriteExistingCassetteException

import limner

if TYPE_CHECKING:
    from collections.abc import Callable

playing: Any = sys.modules["limner_tests_playing"]  # loaded by conftest.py

pytestmark = pytest.mark.vcr

SMALL = "image/png 16x16"
LARGER = "image/png 64x64"
"""Large enough for the sandbox to have something to sharpen."""
RETIRED = {"model": "openai/dall-e-2", "size": "256x256", "quality": None, "allow": "retired", "delivery": "url"}
BASKET = {"prompt": "Create a lovely gift basket with these four items in it", "model": "openai/gpt-image-1.5",
          "images": [playing.SQUARE] * 4, "size": None, "quality": None}  # fmt: skip


def painted(form: str = SMALL, **given: Any) -> Any:
    return playing.Scene(given=given, facts={"kind": "success", "forms": [form], "warnings": []})


STREAMED = {"operation": "stream_edit", "partial_images": 2, "size": "64x64"}


def streamed(*frames: str, facts: Any = None, fault: str | None = None, **given: Any) -> Any:
    """A stream whose frames and pictures are all different."""
    told = {"kind": "success", "frames": list(frames), "forms": [LARGER], "different": len(frames) + 1, "warnings": []}
    asked = {**STREAMED, **given}
    return playing.Scene(given=asked, facts={**told, **(facts or {})}, fault={"kind": fault} if fault else {})


def refused(**facts: Any) -> Any:
    return {"kind": "bad_request", "status": 400, "has_id": True, **facts}


EDITS = {
    "edit": playing.Scene(facts={
        "kind": "success", "forms": [SMALL], "created": True, "usage": (204, 2, 206), "told_id": True, "warnings": [],
    }),
    "edit-several": painted(images=[playing.SQUARE, playing.WIDE, playing.HIGH]),
    "edit-mask": painted(mask=playing.MASK),
    "edit-two": playing.Scene(
        given={"n": 2}, facts={"kind": "success", "forms": [SMALL] * 2, "indexes": [0, 1], "warnings": []}
    ),
    "edit-moderation": painted(moderation="low"),
    "edit-by-url": playing.Scene(
        given={"images": "https://images.example/trees.png"},
        facts={"kind": "success", "forms": [SMALL], "warnings": ["cannot_tell", "cannot_tell"]},
    ),
    "edit-fidelity": painted(
        "image/webp 1024x1024", model="openai/gpt-image-1.5", size=None, input_fidelity="high", output_format="webp"
    ),
    "edit-markup": painted(model="openai/gpt-image-2.5-flare", markup=playing.MASK, complexity="low"),
    "edit-gif": painted("image/gif 16x16", output_format="gif", frame_count=2),
    "edit-svg": painted("image/svg+xml 16x16", output_format="svg", svg={"model": "gpt-6"}),
    "edit-rate-limited": playing.Scene(
        fault={"kind": "rate_limit", "retry_after": 3}, facts={"kind": "success", "forms": [SMALL], "attempts": 2}
    ),
    "edit-server-error": playing.Scene(
        fault={"kind": "server_error"}, facts={"kind": "server", "status": 500, "maybe_billed": True}
    ),
    "edit-prompt-moderated": playing.Scene(
        given={"prompt": "a forbidden-word"},
        facts={"kind": "content_policy", "status": 400, "code": "moderation_blocked", "maybe_billed": False},
    ),
    "edit-not-an-image": playing.Scene(
        given={"images": playing.SQUARE[:48] + bytes(38)}, facts=refused(code="invalid_image_file", param=None)
    ),
    "edit-unknown-parameter": playing.Scene(
        given={"extra": {"response_format": "url"}}, facts=refused(code="unknown_parameter", param="response_format")
    ),
    "edit-unknown-file": playing.Scene(
        given={"images": limner.ProviderImage("file-nobody", provider="openai")}, facts=refused()
    ),
    "edit-unreachable-url": playing.Scene(
        given={"images": "http://10.0.0.1/trees.png"}, facts=refused(code="invalid_value")
    ),
    "edit-shut-down": playing.Scene(
        given=RETIRED, fault={"kind": None, "status": 404, "code": "model_not_found"},
        facts={"kind": "model_unavailable", "status": 404, "code": "model_not_found"},
    ),
    "edit-dall-e-2": playing.Scene(
        given={**RETIRED, "mask": playing.MASK},
        facts={"kind": "success", "forms": ["url"], "expires": True, "usage": None, "warnings": ["retired"]},
    ),
}  # fmt: skip

VARIATIONS = {
    "variation": playing.Scene(facts={"kind": "success", "forms": ["url"], "expires": True, "warnings": ["retired"]}),
    "variation-two": playing.Scene(
        given={"n": 2, "delivery": "bytes"}, facts={"kind": "success", "forms": ["image/png 256x256"] * 2}
    ),
    "variation-not-an-image": playing.Scene(
        given={"image": playing.SQUARE[:48] + bytes(38)},
        facts=refused(code=None, message="Uploaded image must be a PNG and less than 4 MB."),
    ),
    "variation-documented": playing.Scene(  # by hand, after the reference of OpenAI
        given={"n": 2, "size": "1024x1024"}, facts={"kind": "success", "forms": ["url"] * 2, "created": True}
    ),
}

FRAMES = (f"0: {LARGER}", f"1: {LARGER}")
STREAMS = {
    "stream": streamed(
        *FRAMES, operation="stream_generate", facts={"usage": (10, 2, 12), "told_id": True}
    ),
    "stream-without-frames": streamed(operation="stream_generate", partial_images=0),
    "stream-edit": streamed(*FRAMES, facts={"usage": (204, 2, 206)}),
    "stream-edit-mask": streamed(FRAMES[0], partial_images=1, mask=playing.MASK),
    "stream-edit-by-url": streamed(
        *FRAMES, images="https://images.example/trees.png", facts={"warnings": ["cannot_tell", "cannot_tell"]}
    ),
    "stream-edit-small": streamed(
        f"0: {SMALL}", size="16x16", partial_images=1, facts={"forms": [SMALL]}
    ),
    "stream-two": streamed(*FRAMES, *FRAMES, n=2, facts={"forms": [LARGER] * 2, "different": 6}),
    "stream-pings": streamed(*FRAMES, fault="stream_pings"),
    "stream-done": streamed(*FRAMES, fault="stream_done"),
    "stream-unnamed": streamed(*FRAMES, fault="stream_unnamed"),
    "stream-error": playing.Scene(
        given=STREAMED, fault={"kind": "stream_error"},
        facts={"kind": "content_policy", "code": "moderation_blocked", "kept": [LARGER] * 2, "maybe_billed": True},
    ),
    "stream-unfinished": playing.Scene(
        given=STREAMED, fault={"kind": "stream_unfinished"},
        facts={"kind": "schema", "kept": [LARGER] * 2, "maybe_billed": True},
    ),
    "stream-refused": playing.Scene(
        given={"operation": "stream_edit", "prompt": "a forbidden-word"},
        facts={"kind": "content_policy", "status": 400, "code": "moderation_blocked", "kept": []},
    ),
    "stream-documented": playing.Scene(  # by hand, after the reference of OpenAI
        given={"operation": "stream_generate", "prompt": "A cute baby sea otter", "model": "openai/gpt-image-1.5",
               "n": 1, "size": "1024x1024", "quality": None},
        facts={"kind": "success", "frames": ["0: image/png 1x1"], "usage": (50, 50, 100)},
    ),
    "stream-edit-documented": playing.Scene(  # by hand, after the reference of OpenAI
        given={"operation": "stream_edit", **BASKET},
        facts={"kind": "success", "frames": ["0: image/png 1x1"], "usage": (50, 50, 100)},
    ),
}  # fmt: skip
SCENES = {**EDITS, **VARIATIONS, **STREAMS}


@pytest.fixture
def usual(cassette: str) -> dict[str, Any]:
    """A small edit, or a variation, as the cassette's name has it; a small edit can be streamed."""
    if cassette in VARIATIONS:
        return {"operation": "vary", "image": playing.SQUARE, **{k: v for k, v in RETIRED.items() if k != "quality"}}
    small = {"prompt": "a white Siamese cat", "model": "openai/gpt-image-2", "size": "16x16", "quality": "low"}
    painted = SCENES[cassette].given.get("operation") == "stream_generate"
    return small if painted else {"operation": "edit", "images": playing.SQUARE, **small}


@pytest.mark.parametrize("cassette", SCENES)
def test_an_answer_is_taken_for_what_it_is(found: Callable[[Any], dict[str, Any]], cassette: str) -> None:
    assert found(SCENES[cassette]) == SCENES[cassette].facts


@pytest.mark.parametrize("kind", ["async"])  # the kind that never records: what is asked twice is played twice
@pytest.mark.parametrize(
    "change",
    [{"prompt": "a black cat"}, {"n": 1}, {"images": playing.MASK}, {"mask": playing.MASK}, {"quality": None}],
    ids=["prompt", "n", "image", "mask", "quality"],
)
@pytest.mark.default_cassette("edit")
def test_an_answer_is_played_to_its_own_request_only(paint: Callable[..., Any], change: dict[str, Any]) -> None:
    with pytest.raises(CannotOverwriteExistingCassetteException):
        paint(**change)
    assert len(paint()) == 1


@pytest.mark.parametrize("kind", ["async"])
@pytest.mark.default_cassette("stream-edit")
def test_sync_and_async_make_the_same_of_a_stream(paint: Callable[..., Any], vcr: Any) -> None:
    given = SCENES["stream-edit"].given
    one = paint(kind="sync", **given)
    vcr.rewind()
    other = paint(kind="async", **given)
    assert (one.frames, one.result) == (other.frames, other.result)
