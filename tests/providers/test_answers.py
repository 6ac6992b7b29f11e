"""Every field that the four pages the plugins started from give an answer, and what is made of it."""

from __future__ import annotations

from importlib.metadata import entry_points
from typing import Any

import pytest

from limner.media import Blob
from limner.planning import plan
from limner.provider import HttpResponse
from limner.requests import GenerateRequest

PAGES = ("fastapi.ai", "rockapi", "r9s", "roboflow")
PNG = Blob(b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00\x00\x02\x00\x00\x00\x01\x08\x06\x00\x00\x00")
IMAGE = {"url": "https://cdn.example/a.png", "revised_prompt": "a fine cat"}
ANSWERS = [
    *((page, {"created": 9, "data": [IMAGE]}) for page in PAGES),
    ("fastapi.ai", IMAGE),
    ("roboflow", [IMAGE]),
]
USAGE = {
    "prompt_tokens": 1, "image_tokens": 2, "input_text_tokens": 3, "output_image_tokens": 4, "image_count": 1,
    "width": 640, "height": 480,
}  # fmt: skip


def answered(page: str, body: Any) -> Any:
    (point,) = entry_points(group="limner", name=page)
    provider = point.load().limner_provider()
    call = plan(GenerateRequest("a cat"), provider, "dall-e-3").calls[0]
    return provider.normalize(HttpResponse(200, {}, json=body), call)


@pytest.mark.parametrize(("page", "body"), ANSWERS)
def test_a_url_its_prompt_and_its_time_are_read(page: str, body: Any) -> None:
    result = answered(page, body)
    assert (result.image.url, result.image.revised_prompt) == (IMAGE["url"], IMAGE["revised_prompt"])
    assert (result.created and result.created.timestamp()) == (9 if "created" in body else None)


@pytest.mark.parametrize("page", PAGES)
def test_bytes_are_read(page: str) -> None:
    assert answered(page, {"created": 9, "data": [{"b64_json": PNG}]}).image.data == PNG


def test_every_field_of_r9s_usage_is_read() -> None:
    """Two tables in one: ``prompt_tokens`` and ``image_tokens`` are of one kind of model, the others of another."""
    result = answered("r9s", {"data": [IMAGE], "usage": USAGE})
    usage = result.usage
    assert (usage.input_tokens, usage.output_tokens, usage.input_text_tokens, usage.image_count) == (1, 2, 3, 1)
    assert (usage.raw, result.image.width, result.image.height) == (USAGE, 640, 480)


def test_output_image_tokens_are_read_where_they_stand_alone() -> None:
    usage = answered("r9s", {"data": [IMAGE], "usage": {"output_image_tokens": 4}}).usage
    assert (usage.output_tokens, usage.output_image_tokens) == (4, 4)
