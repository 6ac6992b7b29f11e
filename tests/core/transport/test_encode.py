"""Request bodies: read back by parsers that nobody here wrote, of the length they said, the same each time."""

from __future__ import annotations

import json
from base64 import b64decode
from email import message_from_bytes
from email.policy import HTTP
from types import MappingProxyType
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from limner.media import Blob
from limner.provider import Embed, HttpRequest, Part
from limner.transport.encode import Encoded, encode

GIF = b"GIF89a\x01\x00\x01\x00\x00\x00\x00;"

texts = st.text(st.characters(exclude_categories=["Cs"]))
leaves = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | texts
plain = st.recursive(leaves, lambda inner: st.lists(inner) | st.dictionaries(texts, inner), max_leaves=8)


def sent(encoded: Encoded | None) -> bytes:
    """The bytes on the wire: as many as were announced, and the same when they are sent again."""
    assert encoded is not None
    body = b"".join(encoded)
    assert len(body) == encoded.length
    assert b"".join(encoded) == body
    return body


# JSON


@given(plain.filter(lambda value: value is not None))
def test_json_comes_back_as_it_went(value: Any) -> None:
    encoded = encode(HttpRequest("POST", "/", json=value))
    assert json.loads(sent(encoded)) == value
    assert encoded is not None
    assert encoded.media_type == "application/json"


@given(st.lists(st.tuples(texts, st.binary(max_size=200)), max_size=5))
def test_embedded_images_come_back_as_they_went(items: list[tuple[str, bytes]]) -> None:
    body = {"images": [{"name": name, "data": Embed(Blob(data))} for name, data in items], "end": '"'}
    said = json.loads(sent(encode(HttpRequest("POST", "/", json=body))))
    assert [(item["name"], b64decode(item["data"], validate=True)) for item in said["images"]] == items
    assert said["end"] == '"'


@pytest.mark.parametrize("size", [0, 1, 2, 3, 49_151, 49_152, 49_153, 200_000])
def test_base64_is_whole_however_it_is_cut(size: int) -> None:
    data = bytes(index % 251 for index in range(size))
    encoded = encode(HttpRequest("POST", "/", json=Embed(Blob(data))))
    assert b64decode(json.loads(sent(encoded)), validate=True) == data


def test_a_large_image_is_encoded_piece_by_piece() -> None:
    encoded = encode(HttpRequest("POST", "/", json=[Embed(Blob(bytes(1_000_000)))]))
    assert encoded is not None
    assert max(map(len, encoded)) <= 65_536


@pytest.mark.parametrize(
    ("data", "head"),
    [(GIF, "data:image/gif;base64,"), (b"no image", "data:application/octet-stream;base64,")],
    ids=["gif", "unknown"],
)
def test_a_data_url_says_what_the_bytes_are(data: bytes, head: str) -> None:
    value = json.loads(sent(encode(HttpRequest("POST", "/", json=Embed(Blob(data), "data-url")))))
    assert value.startswith(head)
    assert b64decode(value.removeprefix(head), validate=True) == data


def test_one_image_may_stand_in_several_places() -> None:
    embed = Embed(Blob(GIF))
    one, other = json.loads(sent(encode(HttpRequest("POST", "/", json=[embed, embed]))))
    assert b64decode(one) == b64decode(other) == GIF


def test_any_mapping_is_an_object() -> None:
    body = MappingProxyType({"svg": MappingProxyType({"model": "m"})})
    assert json.loads(sent(encode(HttpRequest("POST", "/", json=body)))) == {"svg": {"model": "m"}}


@pytest.mark.parametrize("value", [{1, 2}, b"bytes", object(), [object()]], ids=["set", "bytes", "object", "inside"])
def test_what_is_no_json_is_refused(value: Any) -> None:
    with pytest.raises(TypeError, match="is not JSON"):
        encode(HttpRequest("POST", "/", json=value))


@pytest.mark.parametrize("value", [float("nan"), float("inf"), "\ud800"], ids=["nan", "inf", "surrogate"])
def test_what_json_cannot_say_is_refused(value: Any) -> None:
    with pytest.raises(ValueError, match=r"JSON|surrogate"):
        encode(HttpRequest("POST", "/", json=[value]))


# Multipart


def parsed(encoded: Encoded | None) -> list[Any]:
    body = sent(encoded)
    assert encoded is not None
    head = f"Content-Type: {encoded.media_type}\r\n\r\n".encode()
    return list(message_from_bytes(head + body, policy=HTTP).iter_parts())


lines = st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1)


@given(st.lists(st.tuples(lines, st.binary() | texts), min_size=1, max_size=4))
def test_parts_come_back_as_they_went(items: list[tuple[str, bytes | str]]) -> None:
    def content(value: bytes | str) -> Blob | str:
        return Blob(value) if isinstance(value, bytes) else value

    parts = [Part("p", content(value), filename=name, media_type="image/png") for name, value in items]
    found = [part.get_payload(decode=True) for part in parsed(encode(HttpRequest("POST", "/", parts=parts)))]
    assert found == [value if isinstance(value, bytes) else value.encode() for _, value in items]


@given(st.binary())
def test_the_boundary_is_not_in_the_body(data: bytes) -> None:
    encoded = encode(HttpRequest("POST", "/", parts=[Part("p", Blob(data))]))
    assert encoded is not None
    boundary = (encoded.media_type or "").partition("boundary=")[2]
    assert boundary.encode() not in data


def test_names_are_quoted_so_that_none_begins_a_header() -> None:
    part = Part('a"\r\nX-Evil: 1', "text", filename='\N{CAT}"\r\n.png')
    body = sent(encode(HttpRequest("POST", "/", parts=[part])))
    head = body.partition(b"\r\n\r\n")[0].decode()
    assert 'name="a%22%0D%0AX-Evil: 1"; filename="\N{CAT}%22%0D%0A.png"' in head
    assert head.count("\r\n") == 1


def test_a_file_is_named_and_typed_by_its_bytes_unless_it_says_otherwise() -> None:
    parts = [
        Part("image", Blob(GIF)),
        Part("image", Blob(GIF), filename="mine.bin", media_type="image/x-mine"),
        Part("image", Blob(b"?")),
        Part("prompt", "a cat"),
    ]
    found = parsed(encode(HttpRequest("POST", "/", parts=parts)))
    said = [(part.get_filename(), part.get("content-type")) for part in found]
    assert said == [
        ("image.gif", "image/gif"), ("mine.bin", "image/x-mine"), ("image.bin", "application/octet-stream"),
        (None, None),
    ]  # fmt: skip


# The rest


def test_bytes_go_as_they_are() -> None:
    encoded = encode(HttpRequest("PUT", "/", content=b"\0\1"))
    assert sent(encoded) == b"\0\1"
    assert encoded is not None
    assert encoded.media_type is None


def test_a_request_may_have_no_body() -> None:
    assert encode(HttpRequest("GET", "/")) is None


@pytest.mark.parametrize("value", [0, False, "", [], {}], ids=repr)
def test_empty_json_is_a_body(value: Any) -> None:
    assert json.loads(sent(encode(HttpRequest("POST", "/", json=value)))) == value
