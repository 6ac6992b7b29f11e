"""Forms, read: against what an independent program writes, and what is broken."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from limner_sandbox.openai_images.multipart import Upload, fields_of, parts_of
from limner_sandbox.openai_images.refusals import Refusal, Unreadable

TYPE = "multipart/form-data; boundary=B"
TEXTS = st.text(st.characters(exclude_categories=["Cs"]))
NAMES = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\r\n\0"), min_size=1)


def body(*parts: tuple[str, bytes]) -> bytes:
    """A form of heads and contents."""
    return b"".join(b"--B\r\n%s\r\n\r\n%s\r\n" % (head.encode(), content) for head, content in parts) + b"--B--\r\n"


def field(name: str, more: str = "") -> str:
    return f'Content-Disposition: form-data; name="{name}"{more}'


def fields(*parts: tuple[str, bytes]) -> dict[str, Any]:
    return fields_of(parts_of(body(*parts), TYPE))


@given(st.binary(max_size=400), TEXTS, TEXTS.filter(bool))
def test_what_httpx_writes_is_read(content: bytes, text: str, file_name: str) -> None:
    request = httpx.Request(
        "POST", "http://localhost", files=[("image", (file_name, content, "image/png")), ("prompt", (None, text))]
    )
    file, told = parts_of(request.read(), request.headers["content-type"])
    assert (file.name, bytes(file.content), file.media_type) == ("image", content, "image/png")
    assert (told.name, bytes(told.content).decode(), told.file_name) == ("prompt", text, None)


@given(st.lists(st.binary(max_size=60).map(lambda content: content + b"\r\n--B"), min_size=1, max_size=4))
def test_a_file_may_hold_the_text_of_the_delimiter(contents: list[bytes]) -> None:
    parts = parts_of(body(*((field("image[]"), content + b"x") for content in contents)), TYPE)
    assert [bytes(part.content) for part in parts] == [content + b"x" for content in contents]


@given(st.binary(max_size=300))
def test_any_bytes_are_read_or_refused(content: bytes) -> None:
    with suppress(Refusal):
        fields_of(parts_of(content, TYPE))


@given(st.integers(0, 10**6))
def test_a_form_that_is_cut_off_is_refused(at: int) -> None:
    whole = body((field("a"), b"1"), (field("b"), b"2"))
    cut = whole[: at % (len(whole) - len(b"--\r\n"))]
    with pytest.raises(Unreadable, match="form"):
        parts_of(cut, TYPE)


def test_bytes_are_a_view_of_the_body() -> None:
    whole = body((field("image", '; filename="a"'), b"abc"))
    (part,) = parts_of(whole, TYPE)
    assert part.content.obj is whole


def test_numbers_and_truths_are_read() -> None:
    told = fields((field("n"), b"3"), (field("stream"), b"true"), (field("partial_images"), b"-1"))
    assert told == {"n": 3, "stream": True, "partial_images": -1}


def test_what_is_no_number_stays_a_text() -> None:
    assert fields((field("n"), b"3.0"), (field("stream"), b"yes")) == {"n": "3.0", "stream": "yes"}


def test_a_prompt_of_digits_is_a_text() -> None:
    assert fields((field("prompt"), b"42"), (field("user"), b"true")) == {"prompt": "42", "user": "true"}


@pytest.mark.parametrize("names", [("image[]", "image[]"), ("image[0]", "image[1]")])
def test_brackets_make_an_array(names: tuple[str, str]) -> None:
    told = fields(*((field(name, '; filename="a"'), b"x") for name in names))
    assert [upload.label for upload in told["image"]] == ["image[0]", "image[1]"]


def test_names_in_brackets_make_an_object() -> None:
    told = fields((field("svg[model]"), b"m"), (field("svg[reasoning][effort]"), b"low"))
    assert told == {"svg": {"model": "m", "reasoning": {"effort": "low"}}}


@pytest.mark.parametrize(
    "names",
    [("image", "image"), ("image[]", "image"), ("image", "image[]"), ("svg[a]", "svg[a]"), ("svg", "svg[a]"),
     ("svg[a]", "svg[a][b]")],
)  # fmt: skip
def test_a_name_stands_there_once(names: tuple[str, str]) -> None:
    with pytest.raises(Refusal, match="Duplicate parameter") as caught:
        fields(*((field(name), b"x") for name in names))
    assert caught.value.error["code"] == "duplicate_parameter"


def test_a_part_with_a_file_name_is_a_file() -> None:
    told = fields((f'{field("image")}; filename="a.png"\r\nContent-Type: IMAGE/PNG; q=1', b"x"))
    assert told["image"] == Upload("image", memoryview(b"x"), "image/png", "a.png")


@pytest.mark.parametrize(
    ("head", "told"),
    [
        ('; filename="a\\"b.png"', 'a"b.png'),
        ('; filename="a%22b.png"', 'a"b.png'),
        ("; filename=plain.png", "plain.png"),
        ("; filename*=UTF-8''%E7%8C%AB.png", "猫.png"),
        ('; filename="猫.png"', "猫.png"),
        ('; filename=""', ""),
    ],
)
def test_file_names_are_read_in_every_spelling(head: str, told: str) -> None:
    assert fields((field("image", head), b""))["image"].file_name == told


@pytest.mark.parametrize("kind", ["", "\r\nContent-Type:", "\r\nContent-Type:  "])
def test_an_empty_type_is_none(kind: str) -> None:
    assert fields((field("image", f'; filename="a"{kind}'), b""))["image"].media_type is None


def test_text_before_the_first_part_is_left_out() -> None:
    assert fields_of(parts_of(b"hello\r\n" + body((field("a"), b"1")), TYPE)) == {"a": "1"}


def test_white_space_after_a_delimiter_is_left_out() -> None:
    assert fields_of(parts_of(body((field("a"), b"1")).replace(b"--B\r\n", b"--B \t\r\n"), TYPE)) == {"a": "1"}


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (b"", TYPE),
        (b"--B", TYPE),
        (body((field("a"), b"1")), "multipart/form-data"),
        (body(("Content-Disposition: form-data", b"1")), TYPE),
        (body(("Content-Disposition: attachment; name=a", b"1")), TYPE),
        (body(("X: y", b"1")), TYPE),
        (body((field("a]"), b"1")), TYPE),
        (body((field("a"), b"\xff")), TYPE),
        (body((field("a"), b"1")).replace(b"--B\r\n", b"--Bx\r\n"), TYPE),
        (body(*[(field("a[]"), b"1")] * 101), TYPE),
        (body((field("a") + "\r\nX: " + "y" * 17_000, b"1")), TYPE),
    ],
)
def test_what_is_no_form_is_refused(content: bytes, kind: str) -> None:
    with pytest.raises(Unreadable, match="Could not parse multipart form"):
        fields_of(parts_of(content, kind))
