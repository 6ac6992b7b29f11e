"""The OpenAI Images wire format: mapping a call, reading a reply, reading events."""

from __future__ import annotations

import json
import os
import pickle
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from attrs import evolve

from limner.capabilities import (
    Count,
    Length,
    ModelCapabilities,
    OperationCapabilities,
    Parameter,
    ProviderCapabilities,
    Source,
)
from limner.dialects.openai_images import OpenAIImages, encodings, families, provider
from limner.dialects.openai_models import FAMILIES
from limner.errors import AuthError, BadRequestError, UnsupportedError
from limner.media import Blob
from limner.planning import plan
from limner.provider import Call, HttpRequest, HttpResponse, Partial
from limner.requests import EditRequest, GenerateRequest
from limner.results import ImageResult
from limner.transport.sse import ServerEvent

GIF = b"GIF89a\x02\x00\x01\x00\x00\x00\x00;"
TAKES = OperationCapabilities({"prompt": Parameter(Length(100), required=True)})
PROVIDER = OpenAIImages(
    name="acme",
    base_url="https://acme.example/v1",
    key_variable="ACME_API_KEY",
    codes={"no_such_key": AuthError},
    capabilities=ProviderCapabilities(
        (ModelCapabilities("brush-2", operations={"generate": TAKES}),), None, Source("the brush page", "2026-11-20")
    ),
)
FORM = (encodings()["multipart"],)
CALL = plan(GenerateRequest("a cat"), PROVIDER, "brush-2").calls[0]


def normalized(body: Any, status: int = 200, **headers: str) -> ImageResult:
    return PROVIDER.normalize(HttpResponse(status, headers, json=body), CALL)


def event(body: Any, name: str | None = None) -> Partial | ImageResult | None:
    return PROVIDER.normalize_event(ServerEvent(event=name, json=body, text=""), CALL)


def test_a_value_makes_a_provider_whose_key_goes_to_its_own_host() -> None:
    assert PROVIDER.hosts == ("acme.example",)
    assert PROVIDER.capabilities().operations() == ("generate",)


def test_a_call_is_a_post_of_what_was_set() -> None:
    request = PROVIDER.map_request(CALL)
    assert isinstance(request, HttpRequest)
    assert (request.method, request.url, request.json) == (
        "POST", "/images/generations", {"model": "brush-2", "prompt": "a cat"},
    )  # fmt: skip


def shouted(values: dict[str, Any]) -> dict[str, Any]:
    return {**values, "prompt": values["prompt"].upper()}


def test_a_provider_may_send_something_else_than_was_set() -> None:
    loud = evolve(PROVIDER, prepare=shouted)
    assert loud.map_request(CALL).json == {"model": "brush-2", "prompt": "A CAT"}
    assert pickle.loads(pickle.dumps(loud)) == loud  # noqa: S301 - our own bytes


def test_what_it_prepares_stands_beside_what_was_given_as_extra() -> None:
    call = plan(GenerateRequest("a cat", extra={"steps": 4}), PROVIDER, "brush-2").calls[0]
    loud = evolve(PROVIDER, prepare=shouted)
    assert loud.map_request(call).json == {"model": "brush-2", "prompt": "A CAT", "steps": 4}


@pytest.mark.parametrize(
    ("operation", "path"),
    [("generate", "/images/generations"), ("edit", "/images/edits"), ("vary", "/images/variations")],
)
def test_every_operation_of_the_wire_has_its_address(operation: str, path: str) -> None:
    assert PROVIDER.map_request(Call(GenerateRequest("a cat"), operation, "brush-2", TAKES)).url == path


def test_images_go_with_what_is_set_and_the_extra_fields() -> None:
    takes = TAKES.but(
        parameters={"images": Parameter(Count(1, 2), wire="image")}, encodings=(encodings()["multipart"],)
    )
    request = PROVIDER.map_request(Call(EditRequest("a cat", images=GIF, extra={"steps": 4}), "edit", "brush-2", takes))
    assert (request.json, request.blobs) == (None, PROVIDER.map_request(CALL).blobs)
    assert [(part.name, part.content) for part in request.parts] == [
        ("model", "brush-2"), ("prompt", "a cat"), ("steps", "4"), ("image", Blob(GIF)),
    ]  # fmt: skip


def test_what_is_prepared_is_written_to_a_form_too() -> None:
    takes = TAKES.but(parameters={"images": Count(1, 1)}, encodings=FORM)
    request = evolve(PROVIDER, prepare=shouted).map_request(
        Call(EditRequest("a cat", images=GIF), "edit", "brush-2", takes)
    )
    assert request.parts[1].content == "A CAT"


def test_its_families_are_those_of_the_models_beside_it() -> None:
    assert families() is FAMILIES


def test_its_ways_to_write_an_edit_are_found_by_name() -> None:
    assert list(encodings()) == ["multipart", "json-references", "json-data-url"]
    assert all(name == one.name for name, one in encodings().items())


def test_a_configuration_makes_a_provider_without_naming_a_class() -> None:
    made = provider(name="acme", base_url="https://acme.example/v1", capabilities=PROVIDER.capabilities(),
                    more_hosts=("eu.acme.example", "acme.example"))  # fmt: skip
    assert isinstance(made, OpenAIImages)
    assert made.hosts == ("acme.example", "eu.acme.example")


def test_an_operation_without_an_address_is_refused() -> None:
    call = Call(GenerateRequest("a cat"), "fold", "brush-2", TAKES)
    with pytest.raises(UnsupportedError, match="acme has no address for fold"):
        PROVIDER.map_request(call)


def test_what_the_reply_says_about_its_images_stands_in_their_details() -> None:
    result = normalized(
        {
            "created": 1700000000, "data": [{"b64_json": Blob(GIF), "revised_prompt": "a white cat"}],
            "size": "2x1", "quality": "high", "background": "", "usage": {"total_tokens": 3},
        }
    )  # fmt: skip
    assert result.created == datetime.fromtimestamp(1700000000, UTC)
    assert result.image.revised_prompt == "a white cat"
    assert (result.image.details["size"], result.image.details["quality"]) == ("2x1", "high")
    assert "background" not in result.image.details
    assert result.usage is not None
    assert result.usage.total_tokens == 3
    assert result.raw[0]["data"][0]["b64_json"].startswith("<Blob")


def test_a_bare_list_and_a_body_that_is_an_image_are_read_too() -> None:
    assert normalized([{"url": "https://cdn.example/a.png"}]).image.url == "https://cdn.example/a.png"
    raw = PROVIDER.normalize(HttpResponse(200, {}, body=Blob(GIF)), CALL)
    assert (raw.image.media_type, raw.raw) == ("image/gif", ())


def test_its_own_codes_are_known() -> None:
    response = HttpResponse(400, {}, json={"error": {"code": "no_such_key", "message": "no"}})
    assert isinstance(PROVIDER.classify(response, CALL), AuthError)
    assert PROVIDER.classify(HttpResponse(200, {}, json={"data": []}), CALL) is None


QWEN = {"image_count": 1, "width": 640, "height": 480}


def measured(images: list[Any], usage: Any) -> list[tuple[int | None, int | None]]:
    return [(image.width, image.height) for image in normalized({"data": images, "usage": usage}).images]


def test_the_pixels_in_usage_are_those_of_the_only_image() -> None:
    assert measured([{"url": "https://cdn.example/a.png"}], QWEN) == [(640, 480)]


@pytest.mark.parametrize(
    ("images", "usage"),
    [
        ([{"url": "https://cdn.example/a.png"}], {**QWEN, "image_count": 2}),
        ([{"url": "https://cdn.example/a.png"}], {"width": 640, "height": 480}),
        ([{"url": "https://cdn.example/a.png"}], {**QWEN, "height": "480"}),
        ([{"url": "https://cdn.example/a.png"}], {**QWEN, "height": 0}),
        ([{"url": "https://cdn.example/a.png"}], "640x480"),
        ([{"url": "https://cdn.example/a.png"}, {"url": "https://cdn.example/b.png"}], QWEN),
    ],
)
def test_pixels_of_who_knows_which_image_are_nobodys(images: list[Any], usage: Any) -> None:
    assert measured(images, usage) == [(None, None)] * len(images)


def test_the_bytes_know_better_than_usage() -> None:
    assert measured([{"b64_json": Blob(GIF)}], QWEN) == [(2, 1)]


@pytest.mark.parametrize("kind", ["image_generation", "image_edit"])
def test_events_are_told_apart_by_the_type_inside_their_json(kind: str) -> None:
    frame = event({"type": f"{kind}.partial_image", "b64_json": Blob(GIF), "partial_image_index": 1, "size": "2x1"})
    assert isinstance(frame, Partial)
    assert (frame.index, frame.image.details["size"]) == (1, "2x1")
    done = event({"type": f"{kind}.completed", "b64_json": Blob(GIF), "created_at": 5, "usage": {"total_tokens": 3}})
    assert isinstance(done, ImageResult)
    assert done.created == datetime.fromtimestamp(5, UTC)


def test_the_event_line_serves_where_the_json_has_no_type() -> None:
    assert isinstance(event({"b64_json": Blob(GIF)}, "image_generation.completed"), ImageResult)
    frame = event({"b64_json": Blob(GIF), "partial_image_index": "x"}, "image_generation.partial_image")
    assert isinstance(frame, Partial)
    assert frame.index == 0


@pytest.mark.parametrize("body", [None, {"type": "keepalive"}, {"type": "ping", "url": "https://cdn.example/a.png"}])
def test_other_events_mean_nothing(body: Any) -> None:
    assert event(body) is None


def test_an_error_status_is_classified_before_anything_else() -> None:
    response = HttpResponse(400, {"x-request-id": "req_1"}, json={"error": {"message": "no", "code": "invalid_value"}})
    error = PROVIDER.classify(response, CALL)
    assert isinstance(error, BadRequestError)
    assert error.request_id == "req_1"


FOLDER = os.environ.get("LIMNER_RECORDINGS")
needs_recordings = pytest.mark.skipif(not FOLDER, reason="LIMNER_RECORDINGS names no folder")
KINDS = {
    "invalid_request": "bad_request", "server_error": "server", "provider_error": "server",
    "model_not_found": "model_unavailable",
}  # fmt: skip


def recordings() -> list[Any]:
    return [json.loads(path.read_text()) for path in sorted(Path(FOLDER or "").glob("openai/*.json"))] if FOLDER else []


def read_body(response: Any) -> HttpResponse:
    """A recorded response, its body read by the transport's own parser."""
    from limner.transport.body import BodyReader  # noqa: PLC0415 - only with recordings

    headers = response["headers"]
    reader = BodyReader(
        blobs=PROVIDER.map_request(CALL).blobs, content_type=headers.get("content-type"), content_encoding=None
    )
    reader.feed(json.dumps(response["json"]).encode())
    body = reader.finish()
    return HttpResponse(response["status"], headers, json=body.json, body=body.blob)


@needs_recordings
@pytest.mark.parametrize("recording", recordings(), ids=lambda one: one["id"])
def test_a_recording_of_the_live_service_normalizes_to_what_is_expected(recording: Any) -> None:
    expected, response = recording["expected"], read_body(recording["response"])
    failed = PROVIDER.classify(response, CALL)
    if expected["outcome"] == "error":
        assert failed is not None
        wanted = expected["error"]
        found = (failed.kind, failed.code, failed.param, failed.status, failed.request_id, str(failed))
        kind = KINDS.get(wanted["category"], wanted["category"])
        assert found == (
            kind, wanted["code"], wanted["param"], wanted["status"], wanted["request_id"], wanted["message"],
        )  # fmt: skip
        return
    assert failed is None
    result = PROVIDER.normalize(response, CALL)
    assert [told(image) for image in result.images] == [wanted_image(image) for image in expected["images"]]
    assert (result.created and result.created.timestamp()) == expected["created"]
    assert (result.usage and result.usage.raw) == expected["usage"]
    for name, value in expected["declared"].items():
        assert result.image.details[name] == value


def told(image: Any) -> tuple[object, ...]:
    expires = image.expires_at and image.expires_at.timestamp()
    data = image.data and image.data.sha256
    return (image.url, data, image.media_type, image.width, image.height, image.revised_prompt, expires)


def wanted_image(image: Any) -> tuple[object, ...]:
    mime = image["mime"] if image["kind"] != "url" else None
    return (
        image["url"], image["sha256"], mime, image["width"], image["height"], image["revised_prompt"],
        image["expires_at"],
    )  # fmt: skip
