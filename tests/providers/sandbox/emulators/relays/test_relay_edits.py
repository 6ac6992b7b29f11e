"""Edits of r9s, in its JSON; edits and variations of rockapi, as its page announces them."""

from __future__ import annotations

from base64 import b64decode, b64encode
from collections.abc import Callable, Iterator
from io import BytesIO
from typing import Any

import httpx
import pytest
from PIL import Image

from limner_sandbox import Sandbox

Reply = httpx.Response
Png = Callable[..., bytes]
EDITS = "/images/edits"
HOLE = (8, 8, 24, 24)


def data_url(content: bytes, kind: str = "image/png") -> str:
    return f"data:{kind};base64,{b64encode(content).decode()}"


def refusal(reply: Reply) -> tuple[int, Any, Any]:
    error = reply.json()["error"]
    return reply.status_code, error["code"], error["param"]


@pytest.fixture
def r9s(ask: Callable[..., Reply], png: Png) -> Callable[..., Reply]:
    """Edit with r9s; ``None`` leaves a name out."""

    def send(**body: Any) -> Reply:
        told = {"image": data_url(png()), "prompt": "a cat", "model": "gpt-image-1.5", "quality": "low", **body}
        return ask("r9s", EDITS, **{name: value for name, value in told.items() if value is not None})

    return send


def pictures(reply: Reply) -> list[Image.Image]:
    assert reply.is_success, reply.text
    return [Image.open(BytesIO(b64decode(item["b64_json"]))) for item in reply.json()["data"]]


def test_r9s_edits_an_image(r9s: Callable[..., Reply]) -> None:
    assert pictures(r9s())[0].size == (1024, 1024)


def test_r9s_edits_up_to_sixteen_images(r9s: Callable[..., Reply], png: Png) -> None:
    assert pictures(r9s(image=[data_url(png())] * 16))
    reply = r9s(image=[data_url(png())] * 17)
    assert refusal(reply) == (400, "array_above_max_length", "image")


def test_r9s_keeps_what_is_outside_of_the_mask(r9s: Callable[..., Reply], png: Png) -> None:
    size, hole = (1024, 1024), (100, 100, 600, 600)
    picture = png(size)
    (edited,) = pictures(r9s(image=data_url(picture), mask=data_url(png(size, mode="RGBA", hole=hole))))
    before = Image.open(BytesIO(picture))
    assert edited.crop((0, 600, 1024, 1024)).tobytes() == before.crop((0, 600, 1024, 1024)).tobytes()
    assert edited.crop(hole).tobytes() != before.crop(hole).tobytes()


def test_the_examples_of_r9s_page_are_served(r9s: Callable[..., Reply], png: Png) -> None:
    picture, mask = data_url(png()), data_url(png(mode="RGBA", hole=HOLE))
    examples: list[dict[str, Any]] = [
        {"prompt": "Add a red bow tie", "model": "dall-e-2", "n": 1, "size": "1024x1024", "response_format": "url"},
        {"mask": mask, "prompt": "Replace the sky with a sunset", "model": "dall-e-2", "size": "512x512"},
        {"model": "gpt-image-1", "background": "transparent", "output_format": "png", "input_fidelity": "high", "n": 2},
        {"stream": True, "partial_images": 2, "output_format": "webp", "output_compression": 85},
        {"image": [picture, picture], "model": "gpt-image-1", "n": 1, "size": "1536x1024"},
    ]
    assert [r9s(**{"quality": None, **example}).status_code for example in examples] == [200] * 5


def test_the_example_of_r9s_page_that_posts_nothing_is_refused(ask: Callable[..., Reply]) -> None:
    assert refusal(ask("r9s", EDITS)) == (400, "missing_required_parameter", "image")


def test_r9s_streams_edits(r9s: Callable[..., Reply]) -> None:
    lines = r9s(stream=True, partial_images=1).text.splitlines()
    assert [line for line in lines if line.startswith("event: ")] == [
        "event: image_edit.partial_image",
        "event: image_edit.completed",
    ]
    assert lines[-2] == "data: [DONE]"


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"image": None}, (400, "missing_required_parameter", "image")),
        ({"prompt": None}, (400, "prompt_missing", "")),
        ({"image": []}, (400, "empty_array", "image")),
        ({"image": 5}, (400, "invalid_image_request", "")),
        ({"image": ["x", 5]}, (400, "invalid_value", "image[0]")),
        ({"image": "https://example.com/a.png"}, (400, "invalid_value", "image")),
        ({"image": "data:image/gif;base64,AAAA"}, (400, "unsupported_file_mimetype", "image")),
        ({"image": "data:image/png;base64,AAAA"}, (400, "invalid_image_file", "")),
        ({"image": None, "images": ["x"]}, (400, "unknown_parameter", "images")),
        ({"mask": ["x"]}, (400, "invalid_image_request", "")),
        ({"mask": "data:image/jpeg;base64,AAAA"}, (400, "unsupported_file_mimetype", "mask")),
        ({"input_fidelity": "high"}, (400, "unknown_parameter", "input_fidelity")),
        ({"response_format": "url"}, (400, "unknown_parameter", "response_format")),
        ({"n": 11}, (400, "n_not_within_range", "")),
    ],
)
def test_r9s_checks_what_it_is_told(r9s: Callable[..., Reply], changes: dict[str, Any], told: tuple[Any, ...]) -> None:
    assert refusal(r9s(**changes)) == told


@pytest.mark.parametrize("model", ["gpt-4o-mini", "dall-e-3"])
def test_r9s_edits_with_models_whose_images_its_page_does_not_describe(r9s: Callable[..., Reply], model: str) -> None:
    assert r9s(model=model, quality=None).json()["data"][0]["url"].startswith("http://127.0.0.1:")


@pytest.mark.parametrize(
    ("body", "shape"),
    [({}, {"url"}), ({"background": "opaque"}, {"b64_json"}), ({"input_fidelity": "low"}, {"b64_json"})],
)
def test_a_parameter_of_gpt_image_models_means_one(
    r9s: Callable[..., Reply], body: dict[str, Any], shape: set[str]
) -> None:
    assert set(r9s(model=None, quality=None, **body).json()["data"][0]) == shape


@pytest.fixture(scope="module")
def announced() -> Iterator[Sandbox]:
    with Sandbox(announced=True) as running:
        yield running


@pytest.fixture
def rockapi(announced: Sandbox, form: Callable[..., Reply], png: Png) -> Callable[..., Reply]:
    """Edit or vary with rockapi, once it does."""

    def send(path: str, *files: tuple[str, bytes, str], **fields: str) -> Reply:
        listed = files or (("image", png((256, 256)), "image/png"),)
        return form(announced, path, *listed, provider="rockapi", **{"model": "dall-e-2", **fields})

    return send


VARY = "/images/variations"


@pytest.mark.parametrize("path", [EDITS, VARY])
def test_what_rockapi_announces_is_not_there(sandbox: Sandbox, form: Callable[..., Reply], png: Png, path: str) -> None:
    reply = form(sandbox, path, ("image", png(), "image/png"), provider="rockapi", prompt="x")
    assert (reply.status_code, reply.json()["error"]["code"]) == (501, "api_not_implemented")


def test_rockapi_edits_as_its_page_announces(rockapi: Callable[..., Reply], png: Png) -> None:
    size = (1024, 1024)
    files = [("image", png(size), "image/png"), ("mask", png(size, mode="RGBA", hole=HOLE), "image/png")]
    reply = rockapi(EDITS, *files, prompt="A sunlit indoor lounge area", n="1", size="1024x1024")
    assert "url" in reply.json()["data"][0]


def test_rockapi_keeps_what_is_outside_of_the_mask(rockapi: Callable[..., Reply], png: Png) -> None:
    size = (256, 256)
    files = [("image", png(size), "image/png"), ("mask", png(size, mode="RGBA", hole=(0, 0, 90, 90)), "image/png")]
    (edited,) = pictures(rockapi(EDITS, *files, prompt="a cat", size="256x256", response_format="b64_json"))
    below = (0, 90, 256, 256)
    assert edited.crop(below).tobytes() == Image.open(BytesIO(files[0][1])).crop(below).tobytes()


def test_rockapi_varies_as_its_page_announces(rockapi: Callable[..., Reply]) -> None:
    assert pictures(rockapi(VARY, n="2", response_format="b64_json"))[1].size == (256, 256)


@pytest.mark.parametrize(
    ("path", "fields", "told"),
    [
        (EDITS, {}, (400, "prompt_missing", "")),
        (EDITS, {"prompt": "x", "user": "u"}, (400, "unknown_parameter", "user")),
        (EDITS, {"prompt": "x", "model": "dall-e-3"}, (503, None, None)),
        (EDITS, {"prompt": "a forbidden-word"}, (400, "moderation_blocked", "")),
        (VARY, {"prompt": "x"}, (400, "unknown_parameter", "prompt")),
        (VARY, {"size": "2x2"}, (400, "size_not_supported", "")),
    ],
)
def test_rockapi_checks_what_it_is_told(
    rockapi: Callable[..., Reply], path: str, fields: dict[str, str], told: tuple[Any, ...]
) -> None:
    error = (reply := rockapi(path, **fields)).json()["error"]
    assert (reply.status_code, error.get("code"), error.get("param")) == told


@pytest.mark.parametrize("path", [EDITS, VARY])
def test_rockapi_takes_a_small_square_png(rockapi: Callable[..., Reply], png: Png, path: str) -> None:
    fields = {"prompt": "x"} if path == EDITS else {}
    messages = [
        rockapi(path, ("image", content, "image/png"), **fields).json()["error"]["message"].partition(" (")[0]
        for content in (png((20, 10)), png(kind="JPEG"), b"\0" * 4_000_000)
    ]
    small = "Uploaded image must be a PNG and less than 4 MB."
    assert messages == ["Uploaded image must be square.", small, small]


def test_rockapi_takes_forms_only(announced: Sandbox, http: httpx.Client) -> None:
    headers = {"authorization": f"Bearer {announced.key_for('rockapi')}"}
    reply = http.post(announced.base_url("rockapi") + EDITS, json={}, headers=headers)
    assert refusal(reply) == (400, "invalid_image_request", "")
