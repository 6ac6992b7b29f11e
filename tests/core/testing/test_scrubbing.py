"""What is taken out of a conversation before it is a file: keys, in whatever spelling, and large pictures."""

from __future__ import annotations

import json
from base64 import b64decode, b64encode
from io import BytesIO
from typing import Any

import pytest
from PIL import Image
from vcr.request import Request

from limner.media import sniff
from limner.testing.scrubbing import LARGEST_IMAGE, Scrubber

KEY = "rf_Qx7/zz+9=canary"


def scrubbed(url: str = "https://a.example/", body: bytes = b"", **headers: str) -> Any:
    scrubber = Scrubber(keys=(KEY,), moved={"http://127.0.0.1:9/acme": "https://api.acme.example"})
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return scrubber.request(Request("POST", url, body, named))


def test_a_header_that_is_not_listed_is_dropped() -> None:
    assert dict(scrubbed(Authorization=f"Bearer {KEY}", X_Api_Key=KEY, Content_Type="a/b").headers) == {
        "Content-Type": "a/b"
    }


@pytest.mark.parametrize("name", ["api_key", "key", "token", "sig"])
def test_a_key_in_the_query_is_masked_by_its_name(name: str) -> None:
    assert scrubbed(f"https://a.example/x?size=1&{name}=unknown").uri == f"https://a.example/x?size=1&{name}=***"


@pytest.mark.parametrize(
    "spelled", [KEY, b64encode(KEY.encode()).decode(), KEY.replace("/", "%2F"), KEY.replace("/", r"\/")]
)
def test_a_live_key_is_masked_wherever_it_stands(spelled: str) -> None:
    assert spelled not in str(scrubbed(body=f'{{"note": "{spelled}"}}'.encode()).body)


def test_a_key_that_a_server_has_masked_in_part_is_masked_whole() -> None:
    assert scrubbed(body=b"Incorrect API key provided: sk-proj-***9f2A.").body == b"Incorrect API key provided: ***."


def test_the_signature_of_a_url_in_a_body_is_masked() -> None:
    body = scrubbed(body=b'{"url": "https://a.example/i.png?se=2026-01-01&sig=9f%2F2A&sr=b"}').body
    assert body == b'{"url": "https://a.example/i.png?se=2026-01-01&sig=***&sr=b"}'


@pytest.mark.parametrize("name", ["X-Amz-Signature", "X-Goog-Credential", "Policy", "token"])
def test_what_storage_signs_with_is_masked_in_bodies_and_in_requests_alike(name: str) -> None:
    url = f"https://store.example/i.png?Expires=9&{name}=aB%2F9"
    assert scrubbed(body=json.dumps({"url": url}).encode()).body == (
        f'{{"url": "https://store.example/i.png?Expires=9&{name}=***"}}'.encode()
    )
    assert scrubbed(url).uri == f"https://store.example/i.png?Expires=9&{name}=***"


def test_an_account_that_is_spoken_of_is_masked() -> None:
    body = scrubbed(body=b"Rate limit reached in organization org-Zk29qqP7zRt41Lmn on images.").body
    assert body == b"Rate limit reached in organization *** on images."


def test_a_large_image_in_a_data_url_becomes_tiny_too() -> None:
    text = f"data:image/png;base64,{b64encode(LARGE[0]).decode()}"
    response = {"headers": {}, "body": {"string": json.dumps({"url": text}).encode()}}
    head, _, kept = json.loads(Scrubber().response(response)["body"]["string"])["url"].partition(",")
    assert (head, sniff(b64decode(kept))) == ("data:image/png;base64", sniff(LARGE[0]))
    assert len(kept) < LARGEST_IMAGE


def test_a_long_text_that_is_no_image_stays_as_it_is() -> None:
    body = json.dumps({"b64_json": "so, " * 2000, "text": "abcd" * 2000}).encode()
    assert Scrubber().response({"headers": {}, "body": {"string": body}})["body"]["string"] == body


def test_the_address_that_was_recorded_becomes_the_providers() -> None:
    assert scrubbed("http://127.0.0.1:9/acme/v1/x").uri == "https://api.acme.example/v1/x"


def test_a_random_boundary_becomes_always_the_same() -> None:
    form = scrubbed(
        body=b"--limner-1f\r\n\xff\r\n--limner-1f--", Content_Type="multipart/form-data; boundary=limner-1f"
    )
    assert form.body == b"--boundary\r\n\xff\r\n--boundary--"
    assert form.headers["content-type"] == "multipart/form-data; boundary=boundary"


def noise(kind: str, frames: int = 1, mode: str = "RGB") -> bytes:
    pictures = [Image.effect_noise((96, 80), 90).convert(mode) for _ in range(frames)]
    buffer = BytesIO()
    more = {"save_all": True, "append_images": pictures[1:]} if frames > 1 else {}
    pictures[0].save(buffer, kind, **more)
    return buffer.getvalue()


LARGE = [
    noise("PNG"),
    noise("PNG", mode="RGBA"),
    noise("JPEG"),
    noise("WEBP"),
    noise("GIF", 3),
    b'<svg xmlns="http://www.w3.org/2000/svg" width="96" height="80">' + b"<g/>" * 2000 + b"</svg>",
]


@pytest.mark.parametrize("data", LARGE, ids=["png", "alpha", "jpeg", "webp", "gif", "svg"])
def test_a_large_image_becomes_a_tiny_one_of_its_kind(data: bytes) -> None:
    assert len(data) > LARGEST_IMAGE
    response = {
        "headers": {},
        "body": {"string": json.dumps({"data": [{"b64_json": b64encode(data).decode()}]}).encode()},
    }
    kept = json.loads(Scrubber().response(response)["body"]["string"])["data"][0]["b64_json"]
    assert len(kept) < LARGEST_IMAGE
    assert sniff(b64decode(kept)) == sniff(data)


def test_an_image_that_is_the_whole_body_becomes_tiny_too() -> None:
    response = {"headers": {"Content-Type": ["image/png"]}, "body": {"string": LARGE[0]}}
    kept = Scrubber().response(response)["body"]["string"]
    assert (len(kept) < LARGEST_IMAGE, sniff(kept)) == (True, sniff(LARGE[0]))
