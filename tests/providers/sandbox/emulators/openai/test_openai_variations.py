"""``POST /images/variations``, as it once was: dall-e-2 only, and gone unless it is revived."""

from __future__ import annotations

from base64 import b64decode
from collections.abc import Callable
from io import BytesIO
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from PIL import Image, ImageChops, ImageStat

if TYPE_CHECKING:
    from limner_sandbox import Sandbox

Form = Callable[..., httpx.Response]
Png = Callable[..., bytes]


@pytest.fixture
def vary(form: Form, revived: Sandbox, png: Png) -> Callable[..., httpx.Response]:
    def send(content: bytes | None = None, target: Sandbox = revived, **fields: str) -> httpx.Response:
        return form(target, "/images/variations", ("image", content or png(), "image/png"), **fields)

    return send


def refusal(reply: httpx.Response) -> tuple[int, Any, Any]:
    error = reply.json()["error"]
    return reply.status_code, error["code"], error["param"]


@pytest.mark.parametrize(("side", "made"), [(256, 256), (512, 512), (1024, 1024), (64, 1024)])
def test_a_variation_keeps_its_size_where_dall_e_2_has_it(vary: Form, png: Png, side: int, made: int) -> None:
    reply = vary(png((side, side)), response_format="b64_json")
    assert Image.open(BytesIO(b64decode(reply.json()["data"][0]["b64_json"]))).size == (made, made)


def test_a_variation_differs_from_its_input(vary: Form, png: Png) -> None:
    content = png((256, 256))
    reply = vary(content, response_format="b64_json", n="2")
    before = Image.open(BytesIO(content)).convert("RGB")
    after = [Image.open(BytesIO(b64decode(item["b64_json"]))).convert("RGB") for item in reply.json()["data"]]
    for one, other in ((before, after[0]), (before, after[1]), (after[0], after[1])):
        assert sum(ImageStat.Stat(ImageChops.difference(one, other)).mean) > 6


def test_a_variation_is_a_url_unless_asked(vary: Form) -> None:
    reply = vary(size="256x256")
    assert (set(reply.json()), set(reply.json()["data"][0])) == ({"created", "data"}, {"url"})


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ({"prompt": "x"}, (400, "unknown_parameter", "prompt")),
        ({"mask": "x"}, (400, "unknown_parameter", "mask")),
        ({"size": "auto"}, (400, "invalid_value", "size")),
        ({"size": "1792x1024"}, (400, "invalid_value", "size")),
        ({"n": "0"}, (400, "integer_below_min_value", "n")),
        ({"response_format": "png"}, (400, "invalid_value", "response_format")),
        ({"model": "gpt-image-2"}, (400, "invalid_value", "model")),
    ],
)
def test_fields_are_checked_as_documented(vary: Form, fields: dict[str, str], told: tuple[Any, ...]) -> None:
    assert refusal(vary(**fields)) == told


def test_a_missing_image_is_told(form: Form, revived: Sandbox) -> None:
    assert refusal(form(revived, "/images/variations", n="1")) == (400, "missing_required_parameter", "image")


def test_the_image_has_to_be_square(vary: Form, png: Png) -> None:
    assert vary(png((20, 10))).json()["error"]["message"] == "Uploaded image must be square."


@pytest.mark.parametrize("fields", [{}, {"model": "dall-e-2"}])
def test_the_model_was_shut_down(vary: Form, sandbox: Sandbox, fields: dict[str, str]) -> None:
    assert refusal(vary(target=sandbox, **fields)) == (404, "model_not_found", None)


def test_json_is_not_taken(revived: Sandbox, http: httpx.Client) -> None:
    headers = {"authorization": f"Bearer {revived.key_for('openai')}"}
    reply = http.post(revived.base_url("openai") + "/images/variations", json={}, headers=headers)
    assert refusal(reply) == (400, "unsupported_content_type", None)
