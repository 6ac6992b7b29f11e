"""Errors and odd answers that users of relays reported, or that gateway programs are known to build."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

from limner.capabilities import Length, ModelCapabilities, OperationCapabilities, ProviderCapabilities, Source
from limner.dialects.openai_images import OpenAIImages
from limner.errors import LimnerError, ProviderError
from limner.planning import plan
from limner.provider import HttpResponse, Partial
from limner.requests import GenerateRequest
from limner.results import ImageResult
from limner.transport.body import BodyReader
from limner.transport.sse import EventReader

FOLDER = os.environ.get("LIMNER_RECORDINGS")
pytestmark = pytest.mark.skipif(not FOLDER, reason="LIMNER_RECORDINGS names no folder")

TAKES = {"generate": OperationCapabilities({"prompt": Length(100)})}
PROVIDER = OpenAIImages(
    name="acme",
    base_url="https://acme.example/v1",
    capabilities=ProviderCapabilities((ModelCapabilities("m", operations=TAKES),), None, Source("none", "2026-11-20")),
)
CALL = plan(GenerateRequest("a cat"), PROVIDER, "m").calls[0]
KINDS = {
    "invalid_request": "bad_request",
    "server_error": "server",
    "provider_error": "server",
    "model_not_found": "model_unavailable",
}
NOT_RECORDED = 400
"""The status to assume where the reporter left it out."""


def lines() -> list[Any]:
    text = (Path(FOLDER) / "errors.jsonl").read_text() if FOLDER else ""
    return [json.loads(line) for line in text.splitlines()]


def is_stream(line: Any) -> bool:
    return str(line["headers"].get("content-type", "")).startswith("text/event-stream")


def response_of(line: Any) -> HttpResponse:
    reader = BodyReader(
        blobs=("data.*.b64_json",), content_type=line["headers"].get("content-type"), content_encoding=None
    )
    reader.feed(line["body"].encode())
    body = reader.finish()
    return HttpResponse(line["status"] or NOT_RECORDED, line["headers"], json=body.json, body=body.blob)


def kinds(category: str) -> set[str]:
    return {KINDS.get(name, name) for name in category.split("_or_")}


@pytest.mark.parametrize("line", [line for line in lines() if not is_stream(line)], ids=lambda line: line["id"])
def test_an_answer_is_read_as_expected(line: Any) -> None:
    expect, response = line["expect"], response_of(line)
    error = PROVIDER.classify(response, CALL)
    if "category" in expect:
        assert error is not None
        assert error.kind in kinds(expect["category"])
        for name in ("code", "param", "request_id"):
            assert getattr(error, name) == expect.get(name, getattr(error, name)), name
        return
    assert error is None
    result = PROVIDER.normalize(response, CALL)
    assert len(result.images) == expect["images"]
    assert result.image.revised_prompt is None
    for name, value in expect.get("usage", {}).items():
        assert getattr(result.usage, name) == value
    if "created" in expect:
        assert result.created is not None
        assert result.created.timestamp() == expect["created"]


@pytest.mark.parametrize("line", [line for line in lines() if is_stream(line)], ids=lambda line: line["id"])
def test_a_stream_is_read_as_expected(line: Any) -> None:
    reader = EventReader(blobs=("b64_json",))
    partials, images, error = 0, 0, None
    for event in [*reader.feed(line["body"].encode()), *reader.finish()]:
        error = error or (PROVIDER.classify(HttpResponse(200, {}, json=event.json), CALL) if event.json else None)
        said = None if error else PROVIDER.normalize_event(event, CALL)
        partials += isinstance(said, Partial)
        images += len(said.images) if isinstance(said, ImageResult) else 0
    expect = line["expect"]
    assert (error is None) is expect["ok"]
    assert partials == expect.get("partials", 0)
    assert images == expect.get("images", 0)
    if isinstance(error, ProviderError):
        assert error.kind in kinds(expect["category"])


def test_every_body_cut_anywhere_ends_in_a_reading_or_in_one_of_our_errors() -> None:
    for line in lines():
        for end in range(0, len(line["body"]), 7):
            try:
                PROVIDER.classify(response_of({**line, "body": line["body"][:end]}), CALL)
            except LimnerError:
                continue
