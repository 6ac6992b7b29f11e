"""OpenAI's answers, from cassettes: what becomes of each, sync and async."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from vcr.errors import CannotOverwriteExistingCassetteException

from limner.errors import (
    AuthError,
    BadRequestError,
    ContentPolicyError,
    LimnerError,
    ModelUnavailableError,
    NotPermittedError,
    QuotaError,
    RateLimitError,
    SchemaError,
    ServerError,
)
from limner.events import CallRetried

pytestmark = pytest.mark.vcr

Paint = Callable[..., Any]


# Pictures


@pytest.mark.parametrize(
    ("cassette", "given", "media_type", "frames"),
    [
        ("png", {}, "image/png", 1),
        ("jpeg", {"output_format": "jpeg", "output_compression": 80}, "image/jpeg", 1),
        ("webp", {"output_format": "webp"}, "image/webp", 1),
        ("gif", {"output_format": "gif", "frame_count": 2}, "image/gif", 2),
        ("svg", {"output_format": "svg"}, "image/svg+xml", None),
    ],
)
def test_a_picture_is_what_its_bytes_say(
    paint: Paint, given: dict[str, Any], media_type: str, frames: int | None
) -> None:
    result = paint(**given)
    image = result.image
    assert (image.media_type, image.width, image.height) == (media_type, 16, 16)
    assert image.details.get("frames") == frames
    assert (result.provider, result.model, result.warnings) == ("openai", "gpt-image-2", ())


@pytest.mark.default_cassette("png")
def test_what_the_server_says_beside_the_picture_is_kept(paint: Paint) -> None:
    result = paint()
    said = {name: result.image.details[name] for name in ("background", "output_format", "quality", "size")}
    assert said == {"background": "opaque", "output_format": "png", "quality": "low", "size": "16x16"}
    assert (result.usage.input_tokens, result.usage.output_tokens, result.usage.total_tokens) == (10, 2, 12)
    assert result.created.tzinfo is not None
    (call,) = result.calls
    assert (call.status, call.images, call.attempts) == (200, 1, 1)
    assert call.request_id.startswith("req_")


@pytest.mark.default_cassette("two-images")
def test_two_images_come_from_one_call(paint: Paint) -> None:
    result = paint(n=2)
    assert [image.index for image in result] == [0, 1]
    assert result.images[0].read() != result.images[1].read()
    assert [(call.n, call.images) for call in result.calls] == [(2, 2)]


@pytest.mark.default_cassette("two-images")
def test_raw_keeps_all_but_the_image_data(paint: Paint) -> None:
    (raw,) = paint(n=2).raw
    assert set(raw) == {"created", "background", "data", "output_format", "quality", "size", "usage"}
    assert all(len(item["b64_json"]) < 100 for item in raw["data"])


@pytest.mark.parametrize("kind", ["async"])  # the kind that never records: what is asked twice is played twice
@pytest.mark.default_cassette("two-images")
def test_sync_and_async_make_the_same_of_an_answer(paint: Paint, vcr: Any) -> None:
    one = paint(n=2, kind="sync")
    vcr.rewind()
    assert one == paint(n=2, kind="async")


@pytest.mark.parametrize("kind", ["async"])
@pytest.mark.parametrize("change", [{"prompt": "a white Siamese cat."}, {"n": 1}, {"quality": "medium"}])
@pytest.mark.default_cassette("png")
def test_an_answer_is_played_to_its_own_request_only(paint: Paint, change: dict[str, Any]) -> None:
    with pytest.raises(CannotOverwriteExistingCassetteException):
        paint(**change)
    assert len(paint()) == 1


@pytest.mark.default_cassette("documented-example")
def test_the_answer_printed_in_the_reference_is_read_and_nothing_is_invented(paint: Paint) -> None:
    result = paint(prompt="A cute baby sea otter", model="openai/gpt-image-1.5", n=1, size="1024x1024", quality=None)
    assert (result.image.media_type, result.image.width, result.image.height) == ("image/png", 1024, 1024)
    usage = result.usage
    assert (usage.total_tokens, usage.input_image_tokens, usage.output_image_tokens) == (100, 40, None)
    assert result.image.details.keys() <= {"alpha", "frames"}
    assert result.calls[0].request_id is None


# Refusals


@pytest.mark.default_cassette("rate-limited")
def test_a_rate_limit_is_waited_out_as_long_as_the_server_says(paint: Paint, fail: Callable[..., object]) -> None:
    fail("rate_limit", retry_after=3)
    heard: list[Any] = []
    result = paint(client={"observers": [heard.append]})
    (retried,) = [event for event in heard if isinstance(event, CallRetried)]
    assert (retried.kind, retried.phase, retried.attempt) == ("rate_limit", "rejected", 1)
    assert 3 <= retried.wait < 4
    assert result.calls[0].attempts == 2


@pytest.mark.default_cassette("html-500")
def test_a_server_error_is_not_sent_again_and_says_that_it_may_have_been_billed(
    paint: Paint, fail: Callable[..., object]
) -> None:
    fail(status=500, body="html")
    with pytest.raises(ServerError) as caught:
        paint()
    assert (caught.value.phase, caught.value.maybe_billed) == ("unknown", True)


@pytest.mark.default_cassette("rate-limited-for-good")
def test_a_rate_limit_that_does_not_end_is_told_with_its_delay(paint: Paint, fail: Callable[..., object]) -> None:
    fail("rate_limit", retry_after=3, times=3)
    with pytest.raises(RateLimitError) as caught:
        paint()
    assert (caught.value.retry_after, caught.value.maybe_billed) == (3, False)


@pytest.mark.default_cassette("unknown-parameter")
def test_a_refused_parameter_is_named(paint: Paint) -> None:
    with pytest.raises(BadRequestError) as caught:
        paint(extra={"response_format": "url"})
    assert caught.value.param == "response_format"
    assert caught.value.request_id is not None


@pytest.mark.default_cassette("wrong-key")
def test_a_refused_key_is_told_by_its_source_and_never_shown(paint: Paint) -> None:
    with pytest.raises(AuthError) as caught:
        paint(client={"keys": lambda _: "sk-canary-wrong-0001"})
    told = "\n".join([str(caught.value), *caught.value.__notes__])
    assert "keys= argument" in told
    assert "canary" not in told


NO_QUOTA = {"status": 429, "code": "insufficient_quota", "type": "insufficient_quota"}
PLAYED = [
    ("unknown-parameter", {"extra": {"response_format": "url"}}, None, BadRequestError, 400, "unknown_parameter"),
    ("invalid-value", {"quality": None, "extra": {"quality": "divine"}}, None, BadRequestError, 400, "invalid_value"),
    ("wrong-key", {"client": {"keys": lambda _: "sk-canary-wrong-0001"}}, None, AuthError, 401, "invalid_api_key"),
    ("not-permitted", {}, {"status": 403}, NotPermittedError, 403, None),
    ("no-such-model", {"model": "openai/gpt-image-9"}, None, ModelUnavailableError, 404, "model_not_found"),
    ("moderation", {"prompt": "a forbidden-word"}, None, ContentPolicyError, 400, "moderation_blocked"),
    ("quota", {}, NO_QUOTA, QuotaError, 429, "insufficient_quota"),
    ("error-in-200", {}, {"status": 200}, ServerError, 200, "server_error"),
    ("html-500", {}, {"status": 500, "body": "html"}, ServerError, 500, None),
    ("data-left-out", {}, None, SchemaError, 200, None),
]  # fmt: skip


@pytest.mark.parametrize(
    ("cassette", "given", "fault", "error", "status", "code"), PLAYED, ids=[case[0] for case in PLAYED]
)
def test_a_refusal_has_its_kind(  # noqa: PLR0913, PLR0917 - a case and the fixtures
    paint: Paint,
    fail: Callable[..., object],
    given: dict[str, Any],
    fault: dict[str, Any] | None,
    error: type[LimnerError],
    status: int,
    code: str | None,
) -> None:
    if fault:
        fail(**fault)
    with pytest.raises(error) as caught:
        paint(**given)
    assert (type(caught.value), caught.value.status, caught.value.code) == (error, status, code)
    assert caught.value.provider == "openai"
