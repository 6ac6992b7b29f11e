"""``POST /images/edits`` with JSON: images by URL, by data URL and by the id of a file."""

from __future__ import annotations

from base64 import b64decode, b64encode
from collections.abc import Callable
from io import BytesIO
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from PIL import Image

if TYPE_CHECKING:
    from collections.abc import Mapping

    from limner_sandbox import Sandbox

Reply = httpx.Response
Png = Callable[..., bytes]
HOLE = (8, 8, 24, 24)


def data_url(content: bytes, kind: str = "image/png") -> str:
    return f"data:{kind};base64,{b64encode(content).decode()}"


def refusal(reply: Reply) -> tuple[int, Any, Any]:
    error = reply.json()["error"]
    return reply.status_code, error["code"], error["param"]


@pytest.fixture
def edit(http: httpx.Client, sandbox: Sandbox) -> Callable[..., Reply]:
    def send(*images: Any, target: Sandbox = sandbox, **body: Any) -> Reply:
        told = {"model": "gpt-image-2", "prompt": "a cat", "images": list(images), **body}
        headers = {"authorization": f"Bearer {target.key_for('openai')}"}
        return http.post(target.base_url("openai") + "/images/edits", json=told, headers=headers)

    return send


@pytest.fixture
def upload(form: Callable[..., Reply], sandbox: Sandbox) -> Callable[[bytes], Mapping[str, Any]]:
    def send(content: bytes) -> Mapping[str, Any]:
        told: dict[str, Any] = form(sandbox, "/files", ("file", content, "image/png"), purpose="vision").json()
        return told

    return send


def test_a_data_url_is_the_file_it_holds(
    edit: Callable[..., Reply], form: Callable[..., Reply], sandbox: Sandbox, png: Png
) -> None:
    fields = {"model": "gpt-image-2", "prompt": "a cat"}
    by_form = form(sandbox, "/images/edits", ("image", png(), "image/png"), **fields)
    by_json = edit({"image_url": data_url(png())})
    assert by_json.json()["data"] == by_form.json()["data"]


def test_a_mask_may_be_a_data_url(edit: Callable[..., Reply], png: Png) -> None:
    mask = {"image_url": data_url(png(mode="RGBA", hole=HOLE))}
    reply = edit({"image_url": data_url(png())}, mask=mask)
    picture = Image.open(BytesIO(b64decode(reply.json()["data"][0]["b64_json"])))
    before = Image.open(BytesIO(png()))
    assert picture.crop((0, 0, 32, 8)).tobytes() == before.crop((0, 0, 32, 8)).tobytes()


def test_an_uploaded_file_is_found_by_its_id(
    edit: Callable[..., Reply], upload: Callable[[bytes], Mapping[str, Any]], png: Png
) -> None:
    by_id = edit({"file_id": upload(png())["id"]})
    assert by_id.json()["data"] == edit({"image_url": data_url(png())}).json()["data"]


def test_an_uploaded_file_is_told_of(
    upload: Callable[[bytes], Mapping[str, Any]], get: Callable[..., Reply], sandbox: Sandbox
) -> None:
    told = upload(b"abc")
    assert (told["object"], told["bytes"], told["purpose"]) == ("file", 3, "vision")
    assert get(sandbox, f"/files/{told['id']}").json() == told


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ({}, (400, "missing_required_parameter", "purpose")),
        ({"purpose": "fun"}, (400, "invalid_value", "purpose")),
        ({"purpose": "vision", "x": "y"}, (400, "unknown_parameter", "x")),
        ({"purpose": "vision", "expires_after[seconds]": "60"}, None),
    ],
)
def test_an_upload_is_checked(
    form: Callable[..., Reply], sandbox: Sandbox, fields: dict[str, str], told: tuple[Any, ...] | None
) -> None:
    reply = form(sandbox, "/files", ("file", b"x", "image/png"), **fields)
    assert (None if reply.is_success else refusal(reply)) == told


def test_a_file_has_to_be_one(form: Callable[..., Reply], sandbox: Sandbox) -> None:
    assert refusal(form(sandbox, "/files", purpose="vision", file="x")) == (400, "invalid_type", "file")


def test_a_file_of_another_id_is_not_found(
    edit: Callable[..., Reply], get: Callable[..., Reply], sandbox: Sandbox
) -> None:
    assert refusal(edit({"file_id": "file-1"})) == (400, "invalid_value", "images[0].file_id")
    assert get(sandbox, "/files/file-1").status_code == 404


def test_a_url_of_the_sandboxs_own_is_the_image_it_serves(
    edit: Callable[..., Reply], ask: Callable[..., Reply], http: httpx.Client
) -> None:
    url = ask("rockapi", model="dall-e-2", prompt="a cat", size="256x256").json()["data"][0]["url"]
    by_url = edit({"image_url": url})
    assert by_url.json()["data"] == edit({"image_url": data_url(http.get(url).content)}).json()["data"]
    assert "x-sandbox-stand-in" not in by_url.headers


def test_a_url_of_somewhere_else_is_not_fetched_but_painted(edit: Callable[..., Reply]) -> None:
    url = {"image_url": "https://example.com/lighthouse-at-dawn.png"}
    first, second = edit(url, url), edit(url, url)
    assert first.json()["data"] == second.json()["data"]
    assert first.headers["x-sandbox-stand-in"] == "images[0], images[1]"
    assert first.json()["size"] == "512x512"


def test_a_stand_in_is_told_of_before_a_stream(edit: Callable[..., Reply]) -> None:
    reply = edit({"image_url": "https://example.com/a.png"}, stream=True)
    assert reply.headers["x-sandbox-stand-in"] == "images[0]"


def test_nothing_can_stand_in_for_a_mask(edit: Callable[..., Reply], png: Png) -> None:
    reply = edit({"image_url": data_url(png())}, mask={"image_url": "https://example.com/mask.png"})
    assert refusal(reply) == (400, "invalid_value", "url")


@pytest.mark.parametrize(
    "host",
    ["127.0.0.1:1", "10.0.0.1", "[::1]", "169.254.169.254", "localhost", "a.localhost", "printer.local", "intranet"],
)
def test_a_private_address_cannot_be_reached(edit: Callable[..., Reply], host: str) -> None:
    reply = edit({"image_url": f"http://{host}/a.png"})
    assert refusal(reply) == (400, "invalid_value", "url")
    assert reply.json()["error"]["message"] == "Error while downloading file."


@pytest.mark.parametrize(("changed", "status"), [("sig=", 403), ("img-", 403)])
def test_a_url_that_serves_nothing_is_answered_as_recorded(
    edit: Callable[..., Reply], ask: Callable[..., Reply], changed: str, status: int
) -> None:
    url = ask("rockapi", model="dall-e-2", prompt="a cat", size="256x256").json()["data"][0]["url"]
    reply = edit({"image_url": url.replace(changed, f"{changed}x")})
    assert reply.json()["error"]["message"] == f"Error while downloading file. Upstream status code: {status}."


def test_an_image_that_was_dropped_is_not_found(edit: Callable[..., Reply], sandbox: Sandbox) -> None:
    studio = sandbox._running
    url = studio.url + studio.files.offer(b"x", "image/png", 4_000_000_000)
    studio.files._files.clear()
    assert edit({"image_url": url}).json()["error"]["message"].endswith("Upstream status code: 404.")


@pytest.mark.parametrize("reference", ["image_url", "file_id"])
def test_what_is_referred_to_is_checked_like_a_file(
    edit: Callable[..., Reply], upload: Callable[[bytes], Mapping[str, Any]], reference: str
) -> None:
    image = data_url(b"<html>") if reference == "image_url" else upload(b"<html>")["id"]
    assert refusal(edit({reference: image})) == (400, "invalid_image_file", None)


LABEL = "images[0].image_url"
REFUSED: dict[str, tuple[dict[str, Any], tuple[Any, ...]]] = {
    "missing": ({"images": None}, (400, "invalid_type", "images")),
    "text": ({"images": "x"}, (400, "invalid_type", "images")),
    "empty": ({"images": []}, (400, "empty_array", "images")),
    "seventeen": ({"images": [{"file_id": "x"}] * 17}, (400, "array_above_max_length", "images")),
    "member": ({"images": ["x"]}, (400, "invalid_type", "images[0]")),
    "other": ({"images": [{"url": "x"}]}, (400, "unknown_parameter", "images[0].url")),
    "number": ({"images": [{"file_id": 1}]}, (400, "invalid_type", "images[0].file_id")),
    "neither": ({"images": [{}]}, (400, "invalid_value", "images[0]")),
    "both": ({"images": [{"file_id": "x", "image_url": "y"}]}, (400, "invalid_value", "images[0]")),
    "path": ({"images": [{"image_url": "./a.png"}]}, (400, "invalid_value", LABEL)),
    "scheme": ({"images": [{"image_url": "ftp://example.com/a.png"}]}, (400, "invalid_value", LABEL)),
    "host": ({"images": [{"image_url": "http://[x/a.png"}]}, (400, "invalid_value", LABEL)),
    "base64": ({"images": [{"image_url": "data:image/png;base64,@@@@"}]}, (400, "invalid_value", LABEL)),
    "umlaut": ({"images": [{"image_url": "data:image/png;base64,äö"}]}, (400, "invalid_value", LABEL)),
    "percent": ({"images": [{"image_url": "data:image/png,abc"}]}, (400, "invalid_value", LABEL)),
    "gif": ({"images": [{"image_url": "data:image/gif;base64,AAAA"}]}, (400, "unsupported_file_mimetype", LABEL)),
    "image": ({"image": "x"}, (400, "unknown_parameter", "image")),
    "mask": ({"mask": "x"}, (400, "invalid_type", "mask")),
    "dall-e-2": ({"model": "dall-e-2"}, (404, "model_not_found", None)),
}  # fmt: skip


@pytest.mark.parametrize(("changes", "told"), REFUSED.values(), ids=REFUSED)
def test_references_are_checked(edit: Callable[..., Reply], png: Png, changes: dict[str, Any], told: Any) -> None:
    assert refusal(edit({"image_url": data_url(png())}, **changes)) == told


def test_missing_images_are_told(http: httpx.Client, sandbox: Sandbox) -> None:
    headers = {"authorization": f"Bearer {sandbox.key_for('openai')}"}
    reply = http.post(sandbox.base_url("openai") + "/images/edits", json={"prompt": "x"}, headers=headers)
    assert refusal(reply) == (400, "missing_required_parameter", "images")


def test_a_url_may_have_20971520_characters(edit: Callable[..., Reply]) -> None:
    reply = edit({"image_url": "data:image/png;base64," + "A" * (20_971_521 - 22)})
    assert refusal(reply) == (400, "string_above_max_length", LABEL)


def test_moderation_is_a_parameter_of_json(edit: Callable[..., Reply], png: Png) -> None:
    assert edit({"image_url": data_url(png())}, moderation="low").status_code == 200


def test_dall_e_2_edits_forms_only(edit: Callable[..., Reply], png: Png, revived: Sandbox) -> None:
    reply = edit({"image_url": data_url(png())}, model="dall-e-2", target=revived)
    assert refusal(reply) == (400, "invalid_value", "model")


def test_another_type_of_body_is_refused(http: httpx.Client, sandbox: Sandbox) -> None:
    headers = {"authorization": f"Bearer {sandbox.key_for('openai')}", "content-type": "text/plain"}
    reply = http.post(sandbox.base_url("openai") + "/images/edits", content=b"x", headers=headers)
    assert refusal(reply) == (400, "unsupported_content_type", None)
    assert "'application/json' or 'multipart/form-data'" in reply.json()["error"]["message"]
