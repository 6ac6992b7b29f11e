"""Places where an image stands only if its text is a ``data:`` URL, and what else bounds what is around images."""

from __future__ import annotations

import gzip
import json
from base64 import b64encode
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from limner.errors import DeadlineError, TooLargeError
from limner.media import Blob
from limner.transport.body import BodyReader
from limner.transport.limits import Limits
from limner.transport.sse import EventReader

IMAGE = b"GIF89a\x01\x00\x01\x00\x00\x00\x00;"
DATA_URL = "data:image/gif;base64," + b64encode(IMAGE).decode()
PLACES = ("data.*.url=data:", "urls.*=data:", "data.*.b64_json", "both", "both=data:")


def read(document: Any, *, step: int = 1 << 20, limits: Limits | None = None) -> Any:
    text = document if isinstance(document, bytes) else json.dumps(document).encode()
    reader = BodyReader(blobs=PLACES, limits=limits or Limits())
    for at in range(0, len(text), step):
        reader.feed(text[at : at + step])
        _ = reader.rescued  # nothing waits for more
    return reader.finish().json


@pytest.mark.parametrize("step", [1, 7, 1 << 20])
@pytest.mark.parametrize(
    "url", [DATA_URL, DATA_URL.upper()[:22] + DATA_URL[22:], DATA_URL.rstrip("="), "data:;base64," + DATA_URL[22:]]
)
def test_a_data_url_there_is_an_image(url: str, step: int) -> None:
    found = read({"data": [{"url": url, "note": "x"}], "urls": [url, 5]}, step=step)
    assert found == {"data": [{"url": Blob(IMAGE), "note": "x"}], "urls": [Blob(IMAGE), 5]}


TEXTS = [
    "", "d", "data", "data:", "data:,", "dat:image/gif;base64,AAAA", "https://images.example/a.png?x=data:;base64,AA",
    "data:image/svg+xml,%3Csvg%3E", "data:" + "x" * 300 + ";base64,AAAA", "data" + "y" * 5000, "dataset", 'da"ta:',
    "data:\u00e4;charset=utf-8,\u00e4",
]  # fmt: skip


@pytest.mark.parametrize("step", [1, 7, 1 << 20])
@pytest.mark.parametrize("text", TEXTS)
def test_any_other_text_there_is_left_whole(text: str, step: int) -> None:
    document = {"data": [{"url": text}], "urls": [text]}
    assert read(document, step=step) == document


def test_what_is_no_text_there_is_left_too() -> None:
    document = {"data": [{"url": {"href": DATA_URL}}, {"url": [DATA_URL]}, {"url": None}], "urls": {"a": [DATA_URL]}}
    assert read(document) == document


def test_a_place_that_is_always_one_stays_so() -> None:
    assert read({"both": b64encode(IMAGE).decode()}) == {"both": Blob(IMAGE)}


def test_slashes_of_a_data_url_may_be_escaped() -> None:
    text = json.dumps({"urls": [DATA_URL]}).replace("/", "\\/").encode()
    assert read(text) == {"urls": [Blob(IMAGE)]}


@pytest.mark.parametrize("step", [7, 1 << 20])
def test_of_a_text_in_the_place_of_base64_the_beginning_is_kept(step: int) -> None:
    """In any pieces: it may be megabytes of something else."""
    assert read({"both": "?" * 1000}, step=step) == {"both": "?" * 200 + "…"}


def test_a_data_url_is_no_part_of_the_json_around_it() -> None:
    url = "data:image/png;base64," + b64encode(bytes(5 << 20)).decode()
    assert read({"urls": [url]})["urls"][0].size == 5 << 20


@given(st.lists(st.text(max_size=8) | st.sampled_from([DATA_URL, *TEXTS]), max_size=4), st.integers(1, 40))
def test_pieces_make_no_difference(texts: list[str], step: int) -> None:
    document = {"data": [{"url": text, "b64_json": None} for text in texts], "urls": texts}
    assert read(document, step=step) == read(document)


# Bounds


@pytest.mark.parametrize("text", [b"[[],[],[],[]]", b'{"a":{"b":[[],[],[]]}}', b"[1,2,3,4,5,6]", b'{"a":[{},{},{}]}'])
def test_json_of_too_many_values_is_refused(text: bytes) -> None:
    with pytest.raises(TooLargeError, match="more than 3 values"):
        read(text, limits=Limits(values=3))


def test_json_of_as_many_values_as_allowed_is_taken() -> None:
    assert read(b"[1,[2]]", limits=Limits(values=3)) == [1, [2]]


def test_a_stream_of_too_many_lines_is_refused() -> None:
    reader = EventReader(limits=Limits(lines=3))
    assert len(reader.feed(b"data: 1\n\ndata: 2\n\n")) == 2
    assert len(reader.feed(b"data: 3\n\n:\n")) == 1  # events before the fault come first
    with pytest.raises(TooLargeError, match="more than 3 lines"):
        reader.feed(b"")


def test_lines_of_data_are_not_counted() -> None:
    reader = EventReader(limits=Limits(lines=1))
    (event,) = reader.feed(b"data: a\ndata: b\ndata: c\n\n")
    assert event.text == "a\nb\nc"


def stop() -> None:
    raise DeadlineError("late")


BOMB = gzip.compress(b" " * (1 << 20))


def test_a_body_that_inflates_for_long_is_asked_whether_to_go_on() -> None:
    reader = BodyReader(content_encoding="gzip", between=stop)
    with pytest.raises(DeadlineError):
        reader.feed(BOMB + bytes(1 << 16))


def test_a_stream_that_inflates_for_long_is_asked_whether_to_go_on() -> None:
    with pytest.raises(DeadlineError):
        EventReader(content_encoding="gzip", between=stop).feed(BOMB)


def test_what_arrived_in_time_is_whole_though_time_is_up() -> None:
    reader = BodyReader(between=stop)
    reader.feed(b"[1]")
    assert reader.finish().json == [1]


def test_what_was_whole_when_time_was_up_is_kept() -> None:
    reader = BodyReader(blobs=("*",), content_encoding="gzip", between=stop)
    reader.feed(gzip.compress(json.dumps([b64encode(IMAGE).decode()]).encode() + b" " * (1 << 17)))
    assert reader.rescued == (Blob(IMAGE),)
