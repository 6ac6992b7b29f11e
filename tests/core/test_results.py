"""Results: what is shown, saved, exported and summed."""

from __future__ import annotations

import json
import pickle
from datetime import UTC, datetime
from io import BytesIO
from typing import TYPE_CHECKING

import PIL.Image
import pytest

from limner.errors import ContentPolicyError
from limner.media import Image
from limner.results import CallFailure, CallRecord, ImageResult, ResultWarning, Usage

if TYPE_CHECKING:
    from pathlib import Path


def png(color: str = "red") -> bytes:
    buffer = BytesIO()
    PIL.Image.new("RGB", (4, 3), color).save(buffer, "png")
    return buffer.getvalue()


@pytest.fixture
def result() -> ImageResult:
    return ImageResult(
        images=(Image.of(png()), Image.of(png("blue"), index=1)),
        provider="acme",
        model="brush-1",
        created=datetime(2026, 11, 21, tzinfo=UTC),
        usage=Usage(input_tokens=3, raw={"input_tokens": 3}),
        warnings=(ResultWarning(code="size_differs", message="Image 0 is small."),),
        failures=(CallFailure(index=1, n=2, error=ContentPolicyError("no", status=400, code="moderation_blocked")),),
        calls=(CallRecord(index=0, n=2, images=2, status=200, request_id="req_1", elapsed=1.5),),
        raw=({"data": [{"b64_json": "<Blob>"}]},),
    )


def test_a_result_is_a_sequence_of_its_images(result: ImageResult) -> None:
    assert (len(result), list(result), result.image) == (2, list(result.images), result.images[0])


def test_its_repr_is_short_and_says_what_is_remarkable(result: ImageResult) -> None:
    text = repr(result)
    assert text.startswith("<ImageResult acme/brush-1 generate: [<Image 0 image/png 4x3")
    assert text.endswith(", +1 more], 1 warnings, 1 failures>")
    assert len(text) < 400


def test_a_model_left_to_the_server_is_shown_as_its_default() -> None:
    assert "acme/(its default)" in repr(ImageResult(images=(), provider="acme"))


def test_it_pickles_and_stays_equal(result: ImageResult) -> None:
    assert pickle.loads(pickle.dumps(result)) == result  # noqa: S301 - our own bytes


def test_equality_leaves_the_time_aside(result: ImageResult) -> None:
    (record,) = result.calls
    slower = CallRecord(index=0, n=2, images=2, status=200, request_id="req_1", elapsed=9.0)
    assert record == slower
    assert result.but(calls=(slower,)) == result


def test_it_is_exported_as_json_without_image_data(result: ImageResult) -> None:
    data = json.loads(json.dumps(result.to_dict()))
    assert data["images"][0]["data"] == {"bytes": len(png()), "sha256": result.image.data.sha256}  # type: ignore[union-attr]
    assert data["created"] == "2026-11-21T00:00:00+00:00"
    assert data["usage"]["input_tokens"] == 3
    assert data["failures"][0]["error"] == {
        "kind": "content_policy", "message": "no", "status": 400, "code": "moderation_blocked",
    }  # fmt: skip
    assert data["calls"][0]["request_id"] == "req_1"


def test_it_saves_all_its_images(result: ImageResult, tmp_path: Path) -> None:
    paths = result.save(tmp_path / "cat.png")
    assert [path.name for path in paths] == ["cat-1.png", "cat-2.png"]
    assert [path.read_bytes() for path in paths] == [png(), png("blue")]


def test_a_notebook_shows_the_first_picture_and_the_line_for_the_rest(result: ImageResult) -> None:
    bundle = result._repr_mimebundle_()
    assert bundle["text/plain"] == repr(result)
    assert "image/png" in bundle


def test_a_notebook_shows_a_result_without_images_as_text() -> None:
    empty = ImageResult(images=())
    assert empty._repr_mimebundle_() == {"text/plain": repr(empty)}


def test_usage_is_summed_and_unknown_stays_unknown() -> None:
    one = Usage(input_tokens=3, output_tokens=5, svg=Usage(total_tokens=7), raw={"a": 1})
    other = Usage(input_tokens=4, svg=Usage(total_tokens=1))
    assert one + other == Usage(input_tokens=7, svg=Usage(total_tokens=8))
    assert one + Usage(output_tokens=1) == Usage(output_tokens=6)


def test_a_warning_reads_as_its_message() -> None:
    assert str(ResultWarning(code="advice", message="Mind the gap.")) == "Mind the gap."
