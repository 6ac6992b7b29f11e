"""Request bodies: read back by parsers that nobody here wrote, of the length they said, the same each time."""

from __future__ import annotations

import json
from base64 import b64decode
from email import message_from_string
from email.policy import compat32
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from limner.errors import BadInputError
from limner.media import Blob
from limner.provider import Embed, HttpRequest, Part
from limner.transport.encode import Encoded, encode

if TYPE_CHECKING:
    from pathlib import Path

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
    # One character for each byte: the parser is for mail, and keeps of other headers than ASCII only that they are.
    return list(message_from_string((head + body).decode("latin-1"), policy=compat32).get_payload())


def told(part: Any, name: str) -> str | None:
    """What the header of a part says."""
    value = part.get_param(name, header="content-disposition")
    return None if value is None else value.encode("latin-1").decode()


def escaped(name: str) -> str:
    """A name as the WHATWG form encoding has it, and with control characters as it has line breaks."""
    return "".join(f"%{ord(char):02X}" if char == '"' or char < " " else char for char in name)


# The parser loses count of the quotes where a name that is not the last ends with a backslash.
fields = texts.filter(lambda name: not name.endswith("\\"))
names = texts.filter(bool)
files = st.builds(Part, fields, st.builds(Blob, st.binary()), names, st.sampled_from(["image/png", "image/x-mine"]))


@given(st.lists(st.builds(Part, fields, texts) | files, min_size=1, max_size=16))
def test_a_form_comes_back_as_it_went(parts: list[Part]) -> None:
    found = parsed(encode(HttpRequest("POST", "/", parts=parts)))
    assert [(told(part, "name"), told(part, "filename"), part.get("content-type")) for part in found] == [
        (escaped(part.name), part.filename and escaped(part.filename), part.media_type) for part in parts
    ]
    assert [part.get_payload(decode=True) for part in found] == [
        part.content.encode() if isinstance(part.content, str) else part.content.read() for part in parts
    ]


@pytest.mark.parametrize("content", [b"\r\n--", b"--\r\n\r\n", b"\r\n" * 3, b"", b"\r", b"\n"], ids=repr)
def test_what_looks_like_the_end_of_a_part_is_not(content: bytes) -> None:
    parts = [Part("a", Blob(content), "a", "a/b"), Part("b", content.decode())]
    assert [part.get_payload(decode=True) for part in parsed(encode(HttpRequest("POST", "/", parts=parts)))] == [
        content,
        content,
    ]


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


@pytest.mark.parametrize(
    ("name", "quoted"),
    [("a\\", "a\\\\"), ("a\0b\tc", "a%00b%09c"), ("caf\udce9.png", "caf?.png"), ("50%.png", "50%.png")],
    ids=["backslash", "control characters", "bytes that are no text", "percent"],
)
def test_odd_names_of_files_harm_nobody(name: str, quoted: str) -> None:
    body = sent(encode(HttpRequest("POST", "/", parts=[Part("p", Blob(GIF), filename=name)])))
    assert f'filename="{quoted}"\r\n'.encode() in body


def test_a_file_is_named_and_typed_by_its_bytes_unless_it_says_otherwise() -> None:
    parts = [
        Part("image", Blob(GIF)),
        Part("image", Blob(GIF), filename="mine.bin", media_type="image/x-mine"),
        Part("image", Blob(b"?")),
        Part("prompt", "a cat"),
    ]
    found = parsed(encode(HttpRequest("POST", "/", parts=parts)))
    said = [(told(part, "filename"), part.get("content-type")) for part in found]
    assert said == [
        ("image.gif", "image/gif"), ("mine.bin", "image/x-mine"), ("image.bin", "application/octet-stream"),
        (None, None),
    ]  # fmt: skip


@pytest.mark.parametrize("form", [lambda blob: {"parts": [Part("p", blob)]}, lambda blob: {"json": Embed(blob)}])
def test_a_file_that_has_gone_is_the_callers_affair_and_no_broken_connection(tmp_path: Path, form: Any) -> None:
    path = tmp_path / "cat.gif"
    path.write_bytes(GIF)
    encoded = encode(HttpRequest("POST", "/", **form(Blob.from_path(path))))
    path.unlink()
    assert encoded is not None
    with pytest.raises(BadInputError, match="An image cannot be read any more"):
        b"".join(encoded)


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
