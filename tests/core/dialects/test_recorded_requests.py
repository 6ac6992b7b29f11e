"""Edits as other clients sent them to the live service, recorded: limner sends the same."""

from __future__ import annotations

import json
import os
from email import message_from_bytes
from email.policy import HTTP
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from limner.capabilities import ModelCapabilities, ProviderCapabilities, Source
from limner.dialects import openai_models as families
from limner.dialects.openai_images import OpenAIImages
from limner.planning import plan
from limner.requests import EditRequest
from limner.transport.encode import encode

if TYPE_CHECKING:
    from collections.abc import Callable

FOLDER = os.environ.get("LIMNER_RECORDINGS")
pytestmark = pytest.mark.skipif(not FOLDER, reason="LIMNER_RECORDINGS names no folder")

OPENAI = OpenAIImages(
    name="openai",
    base_url="https://api.openai.com/v1",
    capabilities=ProviderCapabilities(
        (
            ModelCapabilities("dall-e-2", operations={"edit": families.DALL_E_2_EDIT.but(default=True)}),
            ModelCapabilities("gpt-image-1.5", operations={"edit": families.GPT_IMAGE_EDIT}),
        ),
        None,
        Source("the recordings", "2026-11-21"),
    ),
)


def recorded(form: str) -> list[Any]:
    """The requests of edits that were sent in this form."""
    found = (
        [json.loads(path.read_text()) for path in sorted(Path(FOLDER or "").glob("openai/*.json"))] if FOLDER else []
    )
    return [one for one in found if one["request"]["url"].endswith("/images/edits") and form in one["request"]]


def sent(recording: Any, **given: Any) -> tuple[bytes, str | None]:
    """The body for the same request, and its type."""
    (call,) = plan(EditRequest(**given), OPENAI, given.pop("model", "dall-e-2")).calls
    request = OPENAI.map_request(call)
    assert OPENAI.base_url + request.url == recording["request"]["url"]
    encoded = encode(request)
    assert encoded is not None
    return b"".join(encoded), encoded.media_type


@pytest.mark.parametrize("recording", recorded("multipart"), ids=lambda one: one["id"])
def test_a_form_has_the_fields_that_the_live_service_took(
    recording: Any, tmp_path: Path, png: Callable[..., bytes]
) -> None:
    fields = {part["name"]: part for part in recording["request"]["multipart"]}
    given = {name: part["text"] for name, part in fields.items() if "text" in part}
    for name, wire in {"images": "image", "mask": "mask"}.items():
        given[name] = tmp_path / fields[wire]["filename"]
        given[name].write_bytes(png() if name == "images" else alpha(png()))
    body, media_type = sent(recording, **{"model": "dall-e-2", **given})
    form = message_from_bytes(f"Content-Type: {media_type}\r\n\r\n".encode() + body, policy=HTTP)
    parts = {part.get_param("name", header="content-disposition"): part for part in form.iter_parts()}
    assert parts.keys() == fields.keys() | {"model"}  # which the first recording leaves to the server
    for name, field in fields.items():
        assert parts[name].get_filename() == field["filename"]
        assert "text" not in field or parts[name].get_payload(decode=True) == field["text"].encode()


def alpha(grey: bytes) -> bytes:
    """The same picture, said to have alpha: what a mask is asked for is told by its header."""
    return grey[:25] + b"\x04" + grey[26:]


@pytest.mark.parametrize("recording", recorded("json"), ids=lambda one: one["id"])
def test_an_edit_by_url_is_the_json_that_was_recorded(recording: Any) -> None:
    said = recording["request"]["json"]
    images = [image["image_url"] for image in said["images"]]
    body, _ = sent(recording, **{**said, "images": images})
    assert json.loads(body) == said
