"""What is wrong with a cassette is said in sentences, and what is right is left alone."""

from __future__ import annotations

import json
from base64 import b64encode
from io import BytesIO
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from limner.testing import cassettes, hygiene
from limner.testing.scrubbing import tiny

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

URL = "https://api.acme.example/v1/paint"


def page(*, url: str = URL, headers: Mapping[str, str] | None = None, **body: Any) -> dict[str, Any]:
    """A cassette with one interaction; its response has the headers and the body."""
    request = {"method": "POST", "url": url, "headers": {"content-type": "application/json"}, "json": {"n": 1}}
    response = {"status": 200, "headers": dict(headers or {}), **body}
    interactions = [{"request": request, "response": response}]
    return {"origin": "live", "source": "a test", "interactions": interactions}


@pytest.fixture
def faults(tmp_path: Path) -> Callable[..., list[str]]:
    """``faults(page)``: what is wrong with a cassette."""

    def faults(said: object, **options: Any) -> list[str]:
        path = tmp_path / "a-cat.json"
        path.write_text(said if isinstance(said, str) else cassettes.written(said), encoding="utf-8")  # type: ignore[arg-type]
        return list(hygiene.faults(path, **options))

    return faults


CLEAN = {
    "plain": page(json={"created": 1, "data": [{"b64_json": "aGVsbG8="}]}),
    "ids": page(headers={"x-request-id": "req_f9e85e6332c44013aee0d78697f73b4c", "retry-after": "3"}),
    "signed and masked": page(url=f"{URL}?sig=***&size=1024x1024", json={"url": "https://a.example/i?sig=***"}),
    "a date": page(headers={"retry-after": "Wed, 21 Oct 2026 07:28:00 GMT"}),
    "a form": page(headers={"content-type": "multipart/form-data; boundary=boundary"}),
    "a location with an id": page(headers={"location": f"{URL}/Xk29qqP7zRt41LmnB0wE?job_id=Xk29qqP7zRt41LmnB0wE"}),
    "parameters of storage": page(
        url=f"{URL}?X-Amz-Date=2026-11-29T17:34:58Z&X-Amz-Signature=***&skoid=0b9c8a52-5e2c-4a0f-9d3b-7d1f6a1e2c3d"
    ),
    "an explanation": page(json={"error": "Give your API key in an Authorization header, using Bearer auth."}),
    "words": page(
        url=f"{URL}?prompt=the+bearer+of+a+home+in+1984+by+the+sea",
        text="task-key-value, a /home page, a canary in a cage",
    ),
    "base64 by chance": page(json={"b64_json": "AAAA/tmp/AIzaSyAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"}),
}


@pytest.mark.parametrize("said", CLEAN.values(), ids=CLEAN)
def test_nothing_is_wrong_with_what_is_clean(faults: Callable[..., list[str]], said: object) -> None:
    assert faults(said) == []


WRONG = {
    "no JSON": ("{", "cannot be read as a cassette"),
    "no object": ("[]\n", "is a JSON object with a list of interactions"),
    "no interactions": ({"origin": "live", "source": "x"}, "is a JSON object with a list of interactions"),
    "none": ({"origin": "live", "source": "x", "interactions": []}, "holds no interaction"),
    "no origin": ({**page(), "origin": "hearsay"}, "states its origin"),
    "no source": ({**page(), "source": " "}, "states its origin"),
    "a source that is no text": ({**page(), "source": 5}, "states its origin"),
    "no request": ({**page(), "interactions": [{"response": {}}]}, "interaction 1 is not a request"),
    "no text in a text": (page(text=7), "interaction 1 is not a request"),
    "no object in it": ({**page(), "interactions": [7]}, "interaction 1 is not a request"),
    "no text in a header": (page(headers={"location": 7}), "interaction 1 is not a request"),  # type: ignore[dict-item]
    "no base64": (page(base64="a"), "interaction 1 is not a request"),
    "no URL": (page(url="/v1/paint"), "'/v1/paint' is no URL"),
    "half a URL": (page(url="https://[api"), "Invalid IPv6 URL"),
    "a form of nothing": (page(headers={"content-type": "multipart/form-data"}, form=[]), "boundary=boundary'."),
    "too large": (page(text="so " * 25_000), "a-cat.json has 75,"),
    "another form": (json.dumps(page()), "is not written as all cassettes are"),
    "a header": (page(headers={"set-cookie": "a=b"}), "the response of interaction 1 has the header set-cookie"),
    "a beginning": (page(text="you are sk-1"), "what looks like a key, beginning with sk-"),
    "a token": (page(text="hf_abcdefghijklmnopqrstuvw"), "what looks like a key, beginning with hf_"),
    "a bearer": (page(text="sent: Bearer abc123def456"), "holds an Authorization"),
    "an authorization": (page(json={"Authorization": "x"}), "holds an Authorization"),
    "the canary": (page(text="you are canary-7f1c"), "holds the canary"),
    "a signature": (page(text="https://a.example/?sig=abc"), "holds a URL with a key or a signature"),
    "a signature of storage": (
        page(text="https://a.example/?a=1&X-Amz-Signature=abc"),
        "holds a URL with a key or a signature",
    ),
    "a key by its name": (page(url=f"{URL}?api_key=abc"), "holds a URL with a key or a signature"),
    "a key by its looks": (page(url=f"{URL}?k=Xk29qqP7zRt41LmnB0wE"), "what looks like a key in a query, as k"),
    "a key in a location": (page(headers={"location": "/x?k=Xk29qqP7zRt41LmnB0wE"}), "a key in a query, as k"),
    "a key in a header": (page(headers={"retry-after": "Xk29qqP7zRt41LmnB0wE"}), "in its header retry-after"),
    "an address": (page(text="see http://127.0.0.1:80"), "holds the address 127.0.0.1"),
    "an address of IPv6": (page(text="see http://[::1]:80"), "holds the address ::1"),
    "a name": (page(text="see LOCALHOST"), "holds the name localhost"),
    "a network": (page(text="see 192.168.1.17"), "holds an address of a local network"),
    "a folder": (page(text="see /home/painter"), "holds a folder of somebody's machine"),
    "a folder of Windows": (page(text=r"see C:\Users\painter"), "holds a folder of somebody's machine"),
}


@pytest.mark.parametrize(("said", "fault"), WRONG.values(), ids=WRONG)
def test_what_is_wrong_is_said_and_nothing_else(faults: Callable[..., list[str]], said: object, fault: str) -> None:
    (found,) = faults(said)
    assert fault in found
    assert found.endswith(".")


def test_no_sentence_quotes_a_key(faults: Callable[..., list[str]]) -> None:
    keys = ["sk-Qx7zz9Lk20Pv", "Zk29qqP7zRt41LmnB0wE"]
    found = faults(page(url=f"{URL}?k={keys[1]}", text=f"Bearer {keys[0]}, ?sig={keys[1]}"))
    assert len(found) == 4
    assert not any(key[4:] in sentence for key in keys for sentence in found)


def test_bytes_that_are_no_text_are_no_cassette(tmp_path: Path) -> None:
    path = tmp_path / "a-cat.json"
    path.write_bytes(b"\xff")
    (found,) = hygiene.faults(path)
    assert "a-cat.json cannot be read as a cassette" in found


def test_a_header_that_a_provider_reads_may_be_kept(faults: Callable[..., list[str]]) -> None:
    assert faults(page(headers={"x-seed": "7"}), also=("x-seed",)) == []


def noise(*size: int) -> bytes:
    buffer = BytesIO()
    Image.effect_noise(size, 90).save(buffer, "PNG")
    return buffer.getvalue()


LARGE = noise(96, 80)
HOLDERS: dict[str, Callable[[bytes], dict[str, Any]]] = {
    "JSON": lambda data: {"json": {"data": [{"b64_json": b64encode(data).decode()}]}},
    "a data URL": lambda data: {"json": [f"data:image/png;base64,{b64encode(data).decode()}"]},
    "a body": lambda data: {"base64": b64encode(data).decode()},
    "an event": lambda data: {"events": [{"event": "x", "data": {"b64_json": b64encode(data).decode()}}]},
}


@pytest.mark.parametrize("holder", HOLDERS.values(), ids=HOLDERS)
def test_a_large_image_is_found_wherever_it_stands(
    faults: Callable[..., list[str]], holder: Callable[[bytes], dict[str, Any]]
) -> None:
    (found,) = faults(page(**holder(LARGE)))
    assert found == (
        f"In a-cat.json, the response of interaction 1 has an image of {len(LARGE):,} bytes: a tiny one says as much."
    )
    assert faults(page(**holder(tiny(LARGE)))) == []


def test_a_large_drawing_is_found_and_a_long_text_is_none(faults: Callable[..., list[str]]) -> None:
    drawing = f'<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9">{"<g/>" * 2000}</svg>'
    (found,) = faults(page(text=drawing))
    assert "an image of 8," in found
    assert faults(page(text="so " * 2000)) == []


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP", "GIF"])
def test_a_blank_image_of_many_pixels_is_not_large(faults: Callable[..., list[str]], kind: str) -> None:
    """What the kit itself puts in place of a large image is never a fault."""
    buffer = BytesIO()
    Image.effect_noise((1536, 1024), 90).save(buffer, kind, compress_level=1, quality=50)
    blank = tiny(buffer.getvalue())
    assert len(buffer.getvalue()) > len(blank)
    assert faults(page(base64=b64encode(blank).decode())) == []


@given(st.text("0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ-_", max_size=19))
def test_what_is_short_was_not_drawn_by_lot(text: str) -> None:
    assert not hygiene.drawn(text)


@given(st.uuids().map(str) | st.dates().map(str) | st.integers(0, 10**30).map(str))
def test_ids_dates_and_numbers_are_no_keys(text: str) -> None:
    assert not hygiene.drawn(text)


@pytest.mark.parametrize("key", [
    "Xk29qqP7zRt41LmnB0wE", "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
    "v1.Zm9vYmFyMTIzNDU2Nzg5MHF3ZXJ0eQ",
])  # fmt: skip
def test_keys_look_drawn_by_lot(key: str) -> None:
    assert hygiene.drawn(key)


def test_the_checks_have_names(tmp_path: Path) -> None:
    path = tmp_path / "a-cat.json"
    path.write_text(cassettes.written(page(headers={"server": "x"})), encoding="utf-8")
    file = hygiene.opened(path)
    assert {name for name, check in hygiene.CHECKS.items() if list(check(file))} == {"headers"}
