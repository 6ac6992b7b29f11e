"""The emulator's answers over HTTP."""

from __future__ import annotations

from base64 import b64decode
from collections.abc import Callable
from io import BytesIO
from typing import TYPE_CHECKING

import httpx
import pytest
from PIL import Image

if TYPE_CHECKING:
    from limner_sandbox import Sandbox

Post = Callable[..., httpx.Response]
Get = Callable[..., httpx.Response]


def image_of(reply: httpx.Response, index: int = 0) -> Image.Image:
    return Image.open(BytesIO(b64decode(reply.json()["data"][index]["b64_json"], validate=True)))


@pytest.mark.parametrize("key", [b"wrong", b"sk-sandbox-wrong-but-long-enough", "ünicode".encode("latin-1")])
def test_a_wrong_key_is_refused(sandbox: Sandbox, http: httpx.Client, key: bytes) -> None:
    url = sandbox.base_url("openai") + "/images/generations"
    reply = http.post(url, json={}, headers={b"authorization": b"Bearer " + key})
    assert (reply.status_code, reply.json()["error"]["code"]) == (401, "invalid_api_key")


@pytest.mark.parametrize(
    "headers", [{}, {"authorization": "Basic abc"}, {"authorization": "Bearer"}, {"x-api-key": "k"}]
)
def test_a_missing_key_is_refused(sandbox: Sandbox, http: httpx.Client, headers: dict[str, str]) -> None:
    reply = http.post(sandbox.base_url("openai") + "/images/generations", json={}, headers=headers)
    assert (reply.status_code, reply.json()["error"]["code"]) == (401, "invalid_api_key")


def test_a_refused_key_is_not_echoed(sandbox: Sandbox, http: httpx.Client) -> None:
    headers = {"authorization": "Bearer sk-canary-0123456789abcdef"}
    assert "0123456789" not in http.get(sandbox.base_url("openai") + "/models", headers=headers).text


def test_a_401_says_how_to_authenticate(sandbox: Sandbox, http: httpx.Client) -> None:
    reply = http.get(sandbox.base_url("openai") + "/models")
    assert reply.headers["www-authenticate"] == 'Bearer realm="OpenAI API"'


def test_a_reply_has_exactly_the_documented_members(sandbox: Sandbox, post: Post) -> None:
    assert set(post(sandbox).json()) == {
        "created", "background", "data", "output_format", "quality", "size", "usage"
    }  # fmt: skip


def test_a_reply_states_what_was_resolved(sandbox: Sandbox, post: Post) -> None:
    reply = post(sandbox, size="32x16", background="auto", quality="auto").json()
    told = [reply[name] for name in ("size", "background", "quality", "output_format")]
    assert told == ["32x16", "opaque", "medium", "png"]


@pytest.mark.parametrize("kind", ["png", "jpeg", "webp", "gif"])
def test_the_image_is_of_the_asked_format_and_size(sandbox: Sandbox, post: Post, kind: str) -> None:
    image = image_of(post(sandbox, output_format=kind, size="48x32"))
    assert (image.format, image.size) == (kind.upper(), (48, 32))


def test_a_transparent_image_has_transparent_corners(sandbox: Sandbox, post: Post) -> None:
    image = image_of(post(sandbox, background="transparent", size="64x64"))
    assert image.getpixel((0, 0)) == (0, 0, 0, 0)


def test_an_svg_is_markup(sandbox: Sandbox, post: Post) -> None:
    reply = post(sandbox, output_format="svg").json()
    assert b64decode(reply["data"][0]["b64_json"]).startswith(b"<svg ")


def test_an_svg_without_an_author_has_no_usage_of_one(sandbox: Sandbox, post: Post) -> None:
    assert "svg_usage" not in post(sandbox, output_format="svg").json()


def test_the_author_of_an_svg_has_usage_of_its_own(sandbox: Sandbox, post: Post) -> None:
    svg = {"model": "gpt-5.5", "reasoning": {"effort": "high"}}
    usage = post(sandbox, output_format="svg", svg=svg).json()["svg_usage"]
    assert (usage["model"], usage["reasoning_tokens"]) == ("gpt-5.5", 4096)


def test_the_usage_of_an_svgs_author_adds_up(sandbox: Sandbox, post: Post) -> None:
    usage = post(sandbox, output_format="svg", svg={"model": "gpt-5.5", "reasoning": None}).json()["svg_usage"]
    assert usage["total_tokens"] == usage["input_tokens"] + usage["output_tokens"]


def test_n_images_are_n_different_images(sandbox: Sandbox, post: Post) -> None:
    assert len({item["b64_json"] for item in post(sandbox, n=4, size="64x64").json()["data"]}) == 4


def test_the_same_request_gives_the_same_image(sandbox: Sandbox, post: Post) -> None:
    assert post(sandbox).json()["data"] == post(sandbox).json()["data"]


REPORTED = [
    ("low", "1024x1024", 272), ("medium", "1024x1024", 1056), ("high", "1024x1024", 4160),
    ("low", "1024x1536", 408), ("medium", "1024x1536", 1584), ("high", "1024x1536", 6240),
    ("low", "1536x1024", 400), ("medium", "1536x1024", 1568), ("high", "1536x1024", 6208),
]  # fmt: skip


@pytest.mark.parametrize(("quality", "size", "tokens"), REPORTED)
def test_output_tokens_are_those_reported_of_gpt_image_1(
    sandbox: Sandbox, post: Post, quality: str, size: str, tokens: int
) -> None:
    assert post(sandbox, quality=quality, size=size).json()["usage"]["output_tokens"] == tokens


def test_usage_counts_the_whole_response(sandbox: Sandbox, post: Post) -> None:
    one, three = (post(sandbox, n=n).json()["usage"] for n in (1, 3))
    assert (three["output_tokens"], three["input_tokens"]) == (3 * one["output_tokens"], one["input_tokens"])


def test_usage_adds_up(sandbox: Sandbox, post: Post) -> None:
    usage = post(sandbox).json()["usage"]
    assert usage["total_tokens"] == usage["input_tokens"] + usage["output_tokens"]


def test_the_effective_safety_identifier_comes_back(sandbox: Sandbox, post: Post) -> None:
    assert post(sandbox, user="u-1", safety_identifier="").json()["safety_identifier"] == "u-1"


def test_every_answer_carries_openais_headers(sandbox: Sandbox, get: Get) -> None:
    headers = get(sandbox, "/models").headers
    assert headers["x-request-id"].startswith("req_")
    assert (headers["openai-version"], int(headers["openai-processing-ms"]) > 0) == ("2020-10-01", True)


def test_errors_have_request_ids_of_their_own(sandbox: Sandbox, post: Post) -> None:
    assert len({post(sandbox, n=0).headers["x-request-id"] for _ in range(3)}) == 3


def test_an_error_body_has_exactly_four_members(sandbox: Sandbox, post: Post) -> None:
    assert post(sandbox, response_format="url").json() == {
        "error": {
            "message": "Unknown parameter: 'response_format'.",
            "type": "invalid_request_error",
            "param": "response_format",
            "code": "unknown_parameter",
        }
    }


def test_moderation_is_a_users_error_with_details(sandbox: Sandbox, post: Post) -> None:
    error = post(sandbox, prompt="forbidden-word").json()["error"]
    assert (error["type"], error["code"]) == ("image_generation_user_error", "moderation_blocked")
    assert error["moderation_details"]["moderation_stage"] == "input"


def test_nothing_is_billed_for_a_refusal(sandbox: Sandbox, post: Post) -> None:
    post(sandbox, n=0)
    assert sandbox.billed == 0


def test_every_image_is_billed(sandbox: Sandbox, post: Post) -> None:
    post(sandbox, n=3)
    assert sandbox.billed == 3


BROKEN = [b"", b"{", b'{"prompt": NaN}', b'{"prompt": "\\ud800"}', b"\xff\xfe{}", b"[" * 200_000]


@pytest.mark.parametrize("body", BROKEN, ids=range(len(BROKEN)))
def test_a_body_that_is_no_json_is_refused(sandbox: Sandbox, http: httpx.Client, body: bytes) -> None:
    headers = {"authorization": f"Bearer {sandbox.key_for('openai')}", "content-type": "application/json"}
    reply = http.post(sandbox.base_url("openai") + "/images/generations", content=body, headers=headers)
    assert (reply.status_code, "could not parse the JSON" in reply.text) == (400, True)


@pytest.mark.parametrize("kind", ["text/plain", "multipart/form-data; boundary=x", "application/jsonp"])
def test_another_content_type_is_refused(sandbox: Sandbox, post: Post, kind: str) -> None:
    reply = post(sandbox, headers={"content-type": kind})
    assert (reply.status_code, reply.json()["error"]["code"]) == (400, "unsupported_content_type")


def test_a_content_type_may_have_a_charset(sandbox: Sandbox, post: Post) -> None:
    assert post(sandbox, headers={"content-type": "Application/JSON; charset=utf-8"}).status_code == 200


@pytest.mark.parametrize("path", ["/images", "/images/generations/", "/chat/completions", "", "/"])
def test_a_path_the_api_does_not_have_is_an_invalid_url(sandbox: Sandbox, get: Get, path: str) -> None:
    reply = get(sandbox, path)
    assert (reply.status_code, reply.json()["error"]["message"]) == (404, f"Invalid URL (GET /v1{path})")


def test_a_method_the_path_does_not_have_is_not_allowed(sandbox: Sandbox, get: Get) -> None:
    reply = get(sandbox, "/images/generations")
    assert (reply.status_code, reply.json()["error"]["code"]) == (405, "method_not_supported")


def test_models_are_listed_without_those_that_were_shut_down(sandbox: Sandbox, get: Get) -> None:
    ids = {model["id"] for model in get(sandbox, "/models").json()["data"]}
    assert "gpt-image-2.5-sunburst" in ids
    assert not ids & {"dall-e-2", "dall-e-3", "gpt-image-1"}


def test_a_model_can_be_looked_up(sandbox: Sandbox, get: Get) -> None:
    model = get(sandbox, "/models/gpt-image-2").json()
    assert (model["id"], model["object"], model["shutdown_date"]) == ("gpt-image-2", "model", None)


@pytest.mark.parametrize("name", ["dall-e-3", "gpt-image-9"])
def test_a_model_that_is_not_there_is_not_found(sandbox: Sandbox, get: Get, name: str) -> None:
    reply = get(sandbox, f"/models/{name}")
    assert (reply.status_code, reply.json()["error"]["code"]) == (404, "model_not_found")


def test_a_revived_model_shows_when_it_was_shut_down(revived: Sandbox, get: Get) -> None:
    assert get(revived, "/models/dall-e-3").json()["shutdown_date"] == "2026-05-12"


def test_a_revived_dall_e_answers_with_a_url(revived: Sandbox, post: Post) -> None:
    item = post(revived, model="dall-e-2", size="256x256").json()["data"][0]
    assert (set(item), item["url"].startswith(revived.url)) == ({"url"}, True)


def test_a_revived_dall_e_answers_with_base64_on_request(revived: Sandbox, post: Post) -> None:
    reply = post(revived, model="dall-e-2", size="256x256", response_format="b64_json")
    assert image_of(reply).size == (256, 256)


@pytest.mark.parametrize("response_format", ["url", "b64_json"])
def test_dall_e_3_always_rewrites_the_prompt(revived: Sandbox, post: Post, response_format: str) -> None:
    reply = post(revived, model="dall-e-3", size="1024x1024", response_format=response_format)
    revised = reply.json()["data"][0]["revised_prompt"]
    assert revised.endswith("a cat")
    assert revised != "a cat"


def test_dall_e_says_nothing_of_usage(revived: Sandbox, post: Post) -> None:
    assert set(post(revived, model="dall-e-2", size="256x256").json()) == {"created", "data"}
