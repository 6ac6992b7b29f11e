"""Roboflow's emulator over HTTP. No answer of the real one was ever recorded: all of this is derived from its page."""

from __future__ import annotations

import zlib
from base64 import b64decode, b64encode, encodebytes
from collections.abc import Callable, Iterator
from io import BytesIO
from typing import Any

import httpx
import pytest
from PIL import Image

from limner_sandbox import Sandbox
from limner_sandbox.emulators.roboflow.captions import LIBRARY
from limner_sandbox.emulators.roboflow.wishes import SUFFIX

Ask = Callable[..., httpx.Response]
Draw = Callable[..., httpx.Response]

IMAGE = "62MYRuqqWCRZ02q52vsY"
"""The id of the page's examples."""


@pytest.fixture
def draw(ask: Ask) -> Draw:
    """Ask for the tiniest image that can be had: of a GPT image model, with a quality of its own."""
    return lambda **body: ask("roboflow", **{"model": "gpt-image-2", "quality": "low", "size": "16x16", **body})


def png(width: int, height: int, color: str) -> bytes:
    file = BytesIO()
    Image.new("RGB", (width, height), color).save(file, "png")
    return file.getvalue()


def revised(reply: httpx.Response) -> str:
    assert reply.status_code == 200, reply.text
    prompt: str = reply.json()[0]["revised_prompt"]
    return prompt


def error(reply: httpx.Response) -> tuple[int, Any]:
    return reply.status_code, reply.json()["error"]


@pytest.mark.parametrize("query", [{}, {"api_key": ""}, {"api_key": "wrong"}, {"key": "x"}])
def test_without_its_key_it_is_unauthorized(sandbox: Sandbox, http: httpx.Client, query: dict[str, str]) -> None:
    reply = http.post(f"{sandbox.base_url('roboflow')}/synthetic-image", params=query, json={"prompt": "a cat"})
    assert (reply.status_code, reply.json()) == (401, {"error": "Unauthorized"})


def test_a_key_in_a_header_is_no_key(sandbox: Sandbox, http: httpx.Client) -> None:
    headers = {"authorization": f"Bearer {sandbox.key_for('roboflow')}"}
    reply = http.post(f"{sandbox.base_url('roboflow')}/synthetic-image", headers=headers, json={"prompt": "a cat"})
    assert reply.status_code == 401


def test_the_log_hides_the_key_in_the_query(sandbox: Sandbox, draw: Draw) -> None:
    draw(prompt="a cat")
    assert sandbox.requests[-1].query == (("api_key", "***"),)
    assert sandbox.key_for("roboflow") not in repr(sandbox.requests)


def test_the_defaults_are_those_of_its_page(http: httpx.Client, ask: Ask) -> None:
    """A bare list with one dall-e-3 image by URL; ``hd`` and ``natural`` are taken by that model alone."""
    (item,) = ask("roboflow", prompt="a cat").json()
    assert set(item) == {"url", "revised_prompt"}
    assert Image.open(BytesIO(http.get(item["url"]).content)).size == (1024, 1024)


def test_it_answers_with_a_bare_list(draw: Draw) -> None:
    reply = draw(prompt="a cat", n=2).json()
    assert [set(item) for item in reply] == [{"b64_json", "revised_prompt"}] * 2


@pytest.mark.parametrize(
    ("fault", "shape"), [("wrapped", {"created", "data"}), ("single_object", {"b64_json", "revised_prompt"})]
)
def test_it_may_answer_in_other_shapes(sandbox: Sandbox, draw: Draw, fault: str, shape: set[str]) -> None:
    sandbox.fail(fault)
    assert set(draw(prompt="a cat").json()) == shape


def test_images_are_billed(sandbox: Sandbox, draw: Draw) -> None:
    draw(prompt="a cat", n=3)
    assert sandbox.billed == 3


def test_the_prompt_gets_a_suffix(draw: Draw) -> None:
    assert revised(draw(prompt="a cat")) == f"a cat {SUFFIX}"


def test_the_suffix_can_be_left_out(draw: Draw) -> None:
    assert revised(draw(prompt="a cat", unmodified_prompt=True)) == "a cat"


def test_the_suffix_changes_the_picture(draw: Draw) -> None:
    plain, photo = (draw(prompt="a cat", unmodified_prompt=plain).json() for plain in (True, False))
    assert plain[0]["b64_json"] != photo[0]["b64_json"]


@pytest.mark.parametrize("name", LIBRARY)
def test_an_image_of_the_library_is_captioned_before_the_prompt(draw: Draw, name: str) -> None:
    prompt = revised(draw(image=name, image_type="id", prompt="In winter."))
    assert prompt == f"The image shows {LIBRARY[name]}. In winter. {SUFFIX}"


def test_an_image_alone_is_enough(draw: Draw) -> None:
    prompt = revised(draw(image=IMAGE, image_type="id", unmodified_prompt=True))
    assert prompt == f"The image shows {LIBRARY[IMAGE]}."


def test_a_caption_is_made_once_and_cached(sandbox: Sandbox, draw: Draw) -> None:
    prompts = {revised(draw(image=IMAGE, image_type="id")) for _ in range(3)}
    assert (len(prompts), len(sandbox.captions[IMAGE])) == (1, 1)


def test_a_caption_is_made_afresh_on_request_and_cached_then(sandbox: Sandbox, draw: Draw) -> None:
    first = revised(draw(image=IMAGE, image_type="id"))
    fresh = revised(draw(image=IMAGE, image_type="id", force_caption_regenerate=True))
    assert (fresh != first, revised(draw(image=IMAGE, image_type="id"))) == (True, fresh)
    assert len(sandbox.captions[IMAGE]) == 2


def test_an_unknown_image_is_not_found(draw: Draw) -> None:
    assert error(draw(image="nope", image_type="id")) == (404, "Image nope was not found.")


@pytest.mark.parametrize(
    ("size", "color", "caption"),
    [
        ((32, 16), "navy", "a wide scene, 32 by 16 pixels, mostly black"),
        ((16, 32), "#3c6ebe", "a tall scene, 16 by 32 pixels, mostly blue"),
        ((16, 16), "white", "a square scene, 16 by 16 pixels, mostly white"),
    ],
)
def test_an_image_in_base64_is_looked_at(draw: Draw, size: tuple[int, int], color: str, caption: str) -> None:
    image = b64encode(png(*size, color)).decode()
    assert revised(draw(image=image, image_type="base64", unmodified_prompt=True)) == f"The image shows {caption}."


def test_an_image_that_was_sent_is_not_cached(sandbox: Sandbox, draw: Draw) -> None:
    draw(image=b64encode(png(8, 8, "red")).decode(), image_type="base64", force_caption_regenerate=True)
    assert sandbox.captions == {}


NOT_BASE64 = [
    "data:image/png;base64," + b64encode(png(8, 8, "red")).decode(),
    encodebytes(png(64, 64, "red")).decode(),
    "not base64!",
    "ä",
]


@pytest.mark.parametrize("image", NOT_BASE64, ids=["data-url", "wrapped", "punctuation", "umlaut"])
def test_base64_has_no_prefix_and_no_line_breaks(draw: Draw, image: str) -> None:
    assert error(draw(image=image, image_type="base64")) == (400, "image must be base64.")


def test_line_breaks_as_openssl_makes_them_are_no_json(sandbox: Sandbox, http: httpx.Client) -> None:
    """The page's shell example pastes them into a JSON string."""
    body = '{"image": "' + encodebytes(png(64, 64, "red")).decode() + '", "image_type": "base64"}'
    url, query = f"{sandbox.base_url('roboflow')}/synthetic-image", {"api_key": sandbox.key_for("roboflow")}
    reply = http.post(url, params=query, content=body, headers={"content-type": "application/json"})
    assert (reply.status_code, "could not parse the JSON" in reply.json()["error"]) == (400, True)


@pytest.mark.parametrize("content", [b"", b"no image", png(8, 8, "red")[:40]])
def test_what_is_no_image_is_refused(draw: Draw, content: bytes) -> None:
    image = b64encode(content).decode()
    assert error(draw(image=image, image_type="base64")) == (400, "The image could not be read.")


def test_an_image_that_is_too_large_is_not_decoded(draw: Draw) -> None:
    """A PNG's header says its size; this one has no pixels behind it."""
    header = bytearray(png(8, 8, "red"))
    header[16:24] = (9000).to_bytes(4, "big") * 2
    header[29:33] = zlib.crc32(bytes(header[12:29])).to_bytes(4, "big")
    image = b64encode(bytes(header)).decode()
    assert error(draw(image=image, image_type="base64")) == (400, "The image is too large.")


@pytest.fixture
def url(ask: Ask) -> str:
    """The URL of an image that the sandbox handed out."""
    found: str = ask("rockapi", prompt="a cat", size="256x256").json()["data"][0]["url"]
    return found


def test_an_image_at_the_sandboxs_own_url_is_looked_at(draw: Draw, url: str) -> None:
    assert "256 by 256 pixels" in revised(draw(image=url, image_type="url"))


@pytest.mark.parametrize(
    "change",
    [
        ("127.0.0.1", "127.0.0.2"),
        ("http:", "https:"),
        ("http://", "http://user@"),
        ("http:", "file:"),
        ("http://127.0.0.1", "http://[127.0.0.1"),
        ("sig=", "sig=0"),
        ("/files/", "/openai/"),
    ],
)
def test_any_other_url_is_refused_without_asking(
    sandbox: Sandbox, draw: Draw, url: str, change: tuple[str, str]
) -> None:
    before = len(sandbox.requests)
    status, told = error(draw(image=url.replace(*change), image_type="url"))
    assert (status, told.startswith("Could not download the image: ")) == (400, True)
    assert len(sandbox.requests) == before + 1


def test_images_are_added_to_the_named_project(sandbox: Sandbox, draw: Draw) -> None:
    draw(prompt="a cat", n=2, project_url="fall-leaves")
    draw(prompt="a boat", project_url="fall-leaves")
    draw(prompt="a boat", project_url="workspace/other", unmodified_prompt=True)
    shown = {name: [image.prompt for image in images] for name, images in sandbox.projects.items()}
    leaves = [f"a cat {SUFFIX}", f"a cat {SUFFIX}", f"a boat {SUFFIX}"]
    assert shown == {"fall-leaves": leaves, "workspace/other": ["a boat"]}


def test_a_project_holds_the_images_that_were_answered(sandbox: Sandbox, draw: Draw) -> None:
    (item,) = draw(prompt="a cat", project_url="fall-leaves").json()
    assert sandbox.projects["fall-leaves"][0].content == b64decode(item["b64_json"])


def test_an_image_without_a_project_is_in_none(sandbox: Sandbox, draw: Draw) -> None:
    draw(prompt="a cat")
    assert sandbox.projects == {}


def test_a_projects_image_can_be_asked_for_by_its_id(sandbox: Sandbox, draw: Draw) -> None:
    draw(prompt="a cat", project_url="fall-leaves")
    (image,) = sandbox.projects["fall-leaves"]
    assert "16 by 16 pixels" in revised(draw(image=image.id, image_type="id"))


def test_clearing_forgets_projects_and_captions(sandbox: Sandbox, draw: Draw) -> None:
    draw(image=IMAGE, image_type="id", project_url="fall-leaves")
    sandbox.clear()
    assert (sandbox.projects, sandbox.captions) == ({}, {})


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"model": "gpt-image-2", "quality": "hd"}, "invalid_value"),
        ({"model": "gpt-image-2", "style": "natural"}, "unknown_parameter"),
        ({"model": "dall-e-2", "quality": "hd", "size": "256x256"}, "invalid_value"),
        ({"model": "dall-e-3", "size": "16x16"}, "invalid_value"),
        ({"model": "dall-e-3", "n": 2, "quality": "hd", "size": "1024x1024"}, "integer_above_max_value"),
        ({"n": 1.5}, "invalid_type"),
        ({"model": "flux"}, "model_not_found"),
        ({"prompt": "forbidden-word"}, "moderation_blocked"),
    ],
)
def test_what_openai_refuses_is_an_object_with_its_code(draw: Draw, body: dict[str, Any], code: str) -> None:
    refused = draw(**{"prompt": "a cat", **body}).json()["error"]
    assert (set(refused), refused["code"]) == ({"message", "type", "code"}, code)


def test_the_default_quality_does_not_suit_other_models(ask: Ask) -> None:
    """``hd`` is dall-e-3's: with a GPT image model the quality has to be set."""
    refused = ask("roboflow", prompt="a cat", model="gpt-image-2").json()["error"]
    assert refused["message"].startswith("Invalid value: 'hd'.")


@pytest.mark.parametrize("n", [2, 2.0])
def test_a_whole_number_is_a_number_however_it_is_written(draw: Draw, n: float) -> None:
    assert len(draw(prompt="a cat", n=n).json()) == 2


@pytest.fixture
def poor() -> Iterator[Sandbox]:
    with Sandbox(openai_key=False) as running:
        yield running


def test_without_an_openai_key_in_its_workspace_it_makes_nothing(poor: Sandbox, http: httpx.Client) -> None:
    query = {"api_key": poor.key_for("roboflow")}
    reply = http.post(f"{poor.base_url('roboflow')}/synthetic-image", params=query, json={"prompt": "a cat"})
    assert (reply.status_code, reply.json()["error"], poor.billed) == (403, "openai_key_missing", 0)
    assert "Workspace Settings" in reply.json()["message"]


@pytest.mark.parametrize(
    ("fault", "status", "told"),
    [
        ("unauthorized", 401, "Unauthorized"),
        ("server_error", 500, "Internal server error"),
        ("status=503; message=Later.", 503, "Later."),
    ],
)
def test_a_fault_of_its_own_is_a_text(ask: Ask, fault: str, status: int, told: str) -> None:
    assert error(ask("roboflow", headers={"x-sandbox-fault": fault})) == (status, told)


@pytest.mark.parametrize(
    ("fault", "status", "code"),
    [
        ("rate_limit", 429, "rate_limit_exceeded"),
        ("quota", 429, "insufficient_quota"),
        ("moderation", 400, "moderation_blocked"),
        ("status=503; code=overloaded", 503, "overloaded"),
        ("status=404", 404, "model_not_found"),
    ],
)
def test_a_fault_of_openais_is_an_object(ask: Ask, fault: str, status: int, code: str) -> None:
    told = error(ask("roboflow", headers={"x-sandbox-fault": fault}))
    assert (told[0], told[1]["code"]) == (status, code)


@pytest.mark.parametrize(("method", "path", "status"), [("GET", "/synthetic-image", 405), ("POST", "/search", 404)])
def test_what_is_not_there_cannot_be_asked(
    sandbox: Sandbox, http: httpx.Client, method: str, path: str, status: int
) -> None:
    query = {"api_key": sandbox.key_for("roboflow")}
    reply = http.request(method, sandbox.base_url("roboflow") + path, params=query)
    assert error(reply) == (status, f"Cannot {method} {path}")
