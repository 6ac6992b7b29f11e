"""The shared reading of a response: every quirk of OpenAI's API and of the gateways in front of it."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from limner.errors import BadImageError, DecodeError, LimnerError, ProviderError, RateLimitError, SchemaError
from limner.media import Blob
from limner.provider import HttpResponse
from limner.reading import (
    expiry,
    find_error,
    read_created,
    read_error,
    read_image,
    read_images,
    read_usage,
    request_id,
    without_blobs,
)
from limner.results import Usage

GIF = b"GIF89a\x02\x00\x01\x00\x00\x00\x00;"
URL = "https://cdn.example/a.png"


def reply(
    status: int = 200, body: Any = None, headers: dict[str, str] | None = None, *, text: bytes | None = None
) -> HttpResponse:
    return HttpResponse(status, headers or {}, json=body, body=Blob(text) if text is not None else None)


def error(status: int, **said: Any) -> ProviderError:
    found = read_error(reply(status, {"error": said}))
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("status", "said", "kind"),
    [
        (401, {"code": "invalid_api_key", "type": "invalid_request_error"}, "auth"),
        (403, {"code": None, "type": "invalid_request_error"}, "permission"),
        (404, {"code": "model_not_found"}, "model_unavailable"),
        (404, {"code": ""}, "not_found"),
        (400, {"code": "moderation_blocked", "type": "image_generation_user_error"}, "content_policy"),
        (400, {"code": "content_policy_violation"}, "content_policy"),
        (400, {"code": "unknown_parameter"}, "bad_request"),
        (400, {"code": "something_new"}, "bad_request"),
        (400, {"code": "billing_hard_limit_reached"}, "quota"),
        (402, {}, "quota"),
        (403, {"code": "insufficient_user_quota"}, "quota"),
        (409, {}, "conflict"),
        (429, {"code": "rate_limit_exceeded"}, "rate_limit"),
        (429, {"type": "insufficient_quota"}, "quota"),
        (429, {}, "rate_limit"),
        (500, {"code": 1234}, "server"),
        (503, {"type": "new_api_error"}, "server"),
        (200, {"code": "InternalError", "type": "ali_error"}, "server"),
        (200, {"type": "image_generation_user_error"}, "bad_request"),
    ],
)
def test_an_error_is_told_by_code_then_status_then_type(status: int, said: dict[str, Any], kind: str) -> None:
    assert error(status, message="no", **said).kind == kind


def test_a_providers_own_codes_come_on_top() -> None:
    found = read_error(reply(400, {"error": {"code": "slow_down"}}), {"slow_down": RateLimitError})
    assert isinstance(found, RateLimitError)


@pytest.mark.parametrize(
    ("body", "message", "code"),
    [
        ({"error": {"message": "no", "code": 7}}, "no", "7"),
        ({"error": "no"}, "no", None),
        ({"error": "bad_key", "message": "no"}, "no", "bad_key"),
        ({"code": "x", "msg": "no", "success": False}, "no", "x"),
        ({"message": "no"}, "no", None),
        ({"err": "no"}, "no", None),
        ({"error_msg": "no"}, "no", None),
        ({"detail": "no"}, "no", None),
        ({"header": {"message": "no"}}, "no", None),
        ({"response": {"error": {"message": "no"}}}, "no", None),
        ({"success": False}, "", None),
        ({"error": {"message": json.dumps({"error": {"message": "no", "code": "deep"}})}}, "no", "deep"),
        (
            {"error": {"message": json.dumps({"error": {"message": json.dumps({"error": {"message": "no"}})}})}},
            "no",
            None,
        ),
        ({"error": {"message": "{broken"}}, "{broken", None),
        ({"error": {"message": '{"fine": 1}'}}, '{"fine": 1}', None),
        ({"error": {"message": "no (request id: a1) (request id: b2)"}}, "no", None),
        ({"error": {"message": " (request id: b2)", "code": ""}}, "", None),
    ],
)
def test_every_envelope_is_opened(body: dict[str, Any], message: str, code: str | None) -> None:
    found = find_error(body)
    assert found is not None
    assert (found.message, found.code) == (message, code)


@pytest.mark.parametrize(
    "body",
    [
        {"data": [{"url": URL}], "message": "ok"},
        {"created": 1, "data": []},
        {"error": None, "data": [{"url": URL}]},
        {"header": {"id": 1}},
        [{"url": URL}],
        None,
        "text",
    ],
)
def test_a_success_is_no_error(body: Any) -> None:
    assert find_error(body) is None


def test_the_request_id_comes_from_headers_or_the_last_suffix() -> None:
    suffixed = reply(500, {"error": {"message": "no (request id: a1) (request id: b2)"}})
    assert read_error(suffixed).request_id == "b2"  # type: ignore[union-attr]
    headed = reply(500, {"error": {"message": "no (request id: b2)"}}, {"x-oneapi-request-id": "c3"})
    assert read_error(headed).request_id == "c3"  # type: ignore[union-attr]
    assert request_id({}) is None


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (b"", "the server answered 502 without saying why (HTTP 502)"),
        (b"error code: 524", "error code: 524"),
        (b"\x00\x01", "the server answered 502 without saying why (HTTP 502)"),
        (
            b"<html><head><title>502 Bad Gateway</title></head></html>",
            "the server answered 502 with a page of HTML titled '502 Bad Gateway'",
        ),
        (b"<!doctype html><p>", "the server answered 502 with a page of HTML"),
    ],
)
def test_an_error_without_json_speaks_in_its_own_words_and_html_by_its_title(text: bytes, message: str) -> None:
    assert str(read_error(reply(502, text=text))) == message


def test_an_error_without_a_body_says_its_status() -> None:
    assert str(read_error(reply(429))) == "the server answered 429 without saying why (HTTP 429)"


def test_the_moderation_details_are_kept_in_raw() -> None:
    details = {"moderation_stage": "input", "categories": ["violence"]}
    found = error(400, message="no", code="moderation_blocked", moderation_details=details)
    assert found.raw["error"]["moderation_details"] == details
    assert find_error({"error": {"message": "no", "moderation_details": details}}).moderation == details  # type: ignore[union-attr]


@pytest.mark.parametrize(
    "body",
    [
        {"data": [{"b64_json": Blob(GIF)}]},
        {"data": {"b64_json": Blob(GIF)}},
        {"images": [{"b64_json": Blob(GIF)}]},
        [{"b64_json": Blob(GIF)}],
        {"b64_json": Blob(GIF)},
        {"data": [{"b64_json": Blob(GIF), "url": URL}]},
        {"data": [{"b64_json": "", "url": "data:image/gif;base64,R0lGODlhAgABAAAAADs="}]},
        {"data": [{"b64_json": ""}, {"b64_json": Blob(GIF)}, "odd", None]},
    ],
)
def test_an_image_is_found_in_every_shape(body: Any) -> None:
    (image,) = read_images(reply(body=body))
    assert (image.read(), image.media_type, image.width, image.index) == (GIF, "image/gif", 2, 0)


@pytest.mark.parametrize("key", ["url", "image_url"])
def test_a_url_is_an_image_too_and_empty_strings_are_absent(key: str) -> None:
    (image,) = read_images(reply(body={"data": [{key: URL, "b64_json": "", "revised_prompt": ""}]}))
    assert (image.url, image.data, image.revised_prompt, image.expires_at) == (URL, None, None, None)


def test_a_body_that_is_an_image_is_the_image() -> None:
    (image,) = read_images(reply(text=GIF))
    assert image.media_type == "image/gif"


@pytest.mark.parametrize("text", [b"", b"<html>", b"\x00\x01\x02", b"hello"])
def test_a_body_that_is_neither_json_nor_an_image_is_a_decode_error(text: bytes) -> None:
    with pytest.raises(DecodeError):
        read_images(reply(text=text))


def test_no_body_at_all_is_a_decode_error() -> None:
    with pytest.raises(DecodeError, match="empty body"):
        read_images(reply())


@pytest.mark.parametrize("body", [{"data": None}, {"data": []}, {}, [], {"data": [{"url": ""}]}, {"data": "x"}, 5])
def test_a_reply_without_an_image_is_a_schema_error(body: Any) -> None:
    with pytest.raises(SchemaError, match="holds no image"):
        read_images(reply(body=body))


def test_text_where_base64_was_promised_is_a_bad_image() -> None:
    with pytest.raises(BadImageError, match="Image 0 of the reply is not base64"):
        read_images(reply(body={"data": [{"b64_json": "..."}]}))


def test_a_data_url_without_base64_is_a_bad_image() -> None:
    with pytest.raises(BadImageError, match="data: URL"):
        read_image({"url": "data:image/png;base64,A"})


@pytest.mark.parametrize(
    ("body", "seconds"),
    [
        ({"created": 1700000000}, 1700000000),
        ({"created": 0, "created_at": 5}, 5),
        ({}, None),
        ({"created": 0}, None),
        ({"created": "yesterday"}, None),
        ({"created": True}, None),
        ({"created": 1e300}, None),
        ([], None),
    ],
)
def test_created_is_read_and_nothing_is_invented(body: Any, seconds: int | None) -> None:
    assert read_created(body) == (None if seconds is None else datetime.fromtimestamp(seconds, UTC))


CREATED = datetime(2026, 11, 21, 10, tzinfo=UTC)


@pytest.mark.parametrize(
    ("url", "created", "lifetime", "expected"),
    [
        (f"{URL}?se=2026-11-21T11%3A00%3A00Z", None, None, datetime(2026, 11, 21, 11, tzinfo=UTC)),
        (f"{URL}?se=2026-11-21T11%3A00%3A00", None, None, datetime(2026, 11, 21, 11, tzinfo=UTC)),
        (URL, CREATED, timedelta(hours=1), datetime(2026, 11, 21, 11, tzinfo=UTC)),
        (URL, None, timedelta(hours=1), None),
        (URL, CREATED, None, None),
        (f"{URL}?se=never", CREATED, timedelta(hours=1), datetime(2026, 11, 21, 11, tzinfo=UTC)),
        ("https://[broken", CREATED, None, None),
        (f"{URL}?se=0001-01-01T00:00:00%2B23:00", CREATED, timedelta(hours=1), datetime(2026, 11, 21, 11, tzinfo=UTC)),
        (f"{URL}?se=9999-12-31T23:00:00-23:00", None, None, None),
        (URL, datetime.max.replace(tzinfo=UTC), timedelta(hours=1), None),
    ],
)
def test_a_url_expires_as_its_signature_says_else_as_documented(
    url: str, created: datetime | None, lifetime: timedelta | None, expected: datetime | None
) -> None:
    assert expiry(url, created, lifetime) == expected


@pytest.mark.parametrize(
    ("found", "usage"),
    [
        (
            {
                "input_tokens": 11, "output_tokens": 20, "total_tokens": 31,
                "input_tokens_details": {"text_tokens": 10, "image_tokens": 1},
                "output_tokens_details": {"image_tokens": 20, "text_tokens": 0},
            },
            Usage(
                input_tokens=11, input_text_tokens=10, input_image_tokens=1, output_tokens=20,
                output_text_tokens=0, output_image_tokens=20, total_tokens=31,
            ),
        ),
        (
            {"prompt_tokens": 5, "completion_tokens": 7, "total_tokens": 12},
            Usage(input_tokens=5, output_tokens=7, total_tokens=12),
        ),
        (
            {"prompt_tokens": 5, "image_tokens": 7},
            Usage(input_tokens=5, output_tokens=7, output_image_tokens=7),
        ),
        (
            {"input_text_tokens": 17, "output_image_tokens": 1024, "width": 8, "height": 8, "image_count": 1},
            Usage(
                input_tokens=17, input_text_tokens=17, output_tokens=1024, output_image_tokens=1024, image_count=1
            ),
        ),
        ({"cost_in_usd_ticks": 3, "input_tokens": -1, "output_tokens": True, "total_tokens": "9"}, Usage()),
    ],
)  # fmt: skip
def test_usage_is_read_in_every_dialect_with_the_raw_dict_kept(found: dict[str, Any], usage: Usage) -> None:
    read = read_usage(found)
    assert read is not None
    assert read.raw == found
    assert read == Usage(**{**{name: getattr(usage, name) for name in Usage.__annotations__}, "raw": found})


@pytest.mark.parametrize("found", [None, {}, [], "many"])
def test_no_usage_is_none(found: Any) -> None:
    assert read_usage(found) is None
    assert read_usage(found, {}) is None


def test_what_an_svgs_author_used_stands_beside_the_rest() -> None:
    author = {"total_tokens": 9, "reasoning_tokens": 4}
    alone, beside = read_usage(None, author), read_usage({"total_tokens": 1}, author)
    assert alone is not None
    assert beside is not None
    assert alone.svg == beside.svg == Usage(total_tokens=9, reasoning_tokens=4, raw=author)
    assert (alone.total_tokens, beside.total_tokens) == (None, 1)


def test_raw_json_holds_a_note_where_image_data_stood() -> None:
    (kept,) = without_blobs([{"b64_json": Blob(GIF), "n": 1}])
    assert kept["n"] == 1
    assert kept["b64_json"] == "<Blob 14 B>"


JSONS = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                ["error", "message", "code", "type", "data", "url", "b64_json", "created", "usage", "header",
                 "response", "input_tokens", "input_tokens_details", "revised_prompt", "success"]
            ),
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
)  # fmt: skip


@given(status=st.integers(200, 599), body=JSONS)
def test_any_json_whatever_ends_in_images_or_in_one_of_our_errors(status: int, body: Any) -> None:
    response = reply(status, body)
    failed = read_error(response)
    assert failed is None or isinstance(failed, ProviderError)
    try:
        images = read_images(response)
    except LimnerError:
        return
    assert images
    assert read_usage(body) is None or isinstance(body, dict)


def test_messages_are_unwrapped_however_deep() -> None:
    message = "no (request id: a1)"
    for _ in range(6):
        message = json.dumps({"error": {"message": message}})
    found = find_error({"error": {"message": message}})
    assert found is not None
    assert (found.message, found.request_id) == ("no", "a1")


@pytest.mark.parametrize(
    "body",
    [
        {"message": "success", "images": [{"url": URL}]},
        {"url": URL, "msg": "ok"},
        {"error": {"message": "", "type": "", "code": None, "param": ""}, "data": [{"url": URL}]},
        {"error": {"code": 0, "message": "success"}, "data": [{"url": URL}]},
        {"error": "0", "data": [{"url": URL}]},
        {"header": {"code": 0, "message": "Success"}, "data": [{"url": URL}]},
    ],
)
def test_an_envelope_that_says_nothing_takes_no_paid_picture_away(body: Any) -> None:
    assert read_error(reply(200, body)) is None
    assert read_images(reply(200, body))[0].url == URL


def test_an_error_beside_pictures_is_an_error_that_carries_them() -> None:
    failed = read_error(reply(200, {"error": {"message": "unsafe"}, "data": [{"url": URL}]}))
    assert failed is not None
    assert [image.url for image in failed.images] == [URL]


def test_an_empty_envelope_of_a_refusal_is_an_error_all_the_same() -> None:
    assert read_error(reply(400, {"error": {"message": ""}, "data": []})) is not None


def test_raw_json_holds_no_data_url() -> None:
    assert without_blobs(["data:image/png;base64,AAAA", "database"]) == ["<data URL of 26 characters>", "database"]
