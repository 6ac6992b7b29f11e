"""Server-sent events, parsed as they arrive."""

from __future__ import annotations

import base64
import gzip
import json
import time
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from limner.errors import DecodeError, LimnerError, TooLargeError
from limner.media import Blob, BlobWriter
from limner.transport.limits import Limits
from limner.transport.sse import EventReader, ServerEvent

if TYPE_CHECKING:
    from collections.abc import Iterable

IMAGE = bytes(range(256)) * 3
B64 = base64.b64encode(IMAGE).decode()
FRAME = f'{{"type":"image_generation.completed","b64_json":"{B64}"}}'
FRAME_JSON = {"type": "image_generation.completed", "b64_json": Blob(IMAGE)}


def reader(**options: Any) -> EventReader:
    return EventReader(blobs=("b64_json", "data.*.b64_json"), **options)


def read(*chunks: bytes | str, **options: Any) -> list[ServerEvent]:
    events = reader(**options)
    found = [event for chunk in chunks for event in events.feed(chunk.encode() if isinstance(chunk, str) else chunk)]
    return found + events.finish()


def each_byte(text: bytes) -> Iterable[bytes]:
    return (text[at : at + 1] for at in range(len(text)))


def test_an_event_has_its_name_and_its_json_with_blobs() -> None:
    assert read(f"event: image_generation.completed\ndata: {FRAME}\n\n") == [
        ServerEvent("image_generation.completed", FRAME_JSON)
    ]


def test_an_event_without_a_name_is_an_event() -> None:
    assert read(f"data: {FRAME}\n\n") == [ServerEvent(None, FRAME_JSON)]


def test_a_name_does_not_stay_for_the_next_event() -> None:
    assert [event.event for event in read("event: a\ndata: x\n\ndata: y\n\nevent: b\n\ndata: z\n\n")] == [
        "a",
        None,
        None,
    ]


def test_the_last_name_of_an_event_counts_and_an_empty_one_is_none() -> None:
    assert read("event: a\nevent: b\ndata: x\n\nevent: a\nevent:\ndata: y\n\n") == [
        ServerEvent("b", text="x"), ServerEvent(None, text="y")
    ]  # fmt: skip


@pytest.mark.parametrize("end", ["\n", "\r", "\r\n"])
def test_every_line_end_works_wherever_it_is_cut(end: str) -> None:
    stream = end.join(["event: a", f"data: {FRAME}", "", "data: é", "", ""]).encode()
    expected = [ServerEvent("a", FRAME_JSON), ServerEvent(None, text="é")]
    assert read(stream) == expected
    assert read(*each_byte(stream)) == expected
    for at in range(len(stream)):
        assert read(stream[:at], stream[at:]) == expected


def test_an_event_is_delivered_with_the_byte_that_ends_it() -> None:
    events = reader()
    assert events.feed(b"data: 1\n") == []
    assert events.feed(b"\n") == [ServerEvent(text="1")]
    assert events.feed(b"data: 2\r\n\r") == [ServerEvent(text="2")]
    assert events.feed(b"\ndata: 3\n") == []
    assert events.feed(b"\n") == [ServerEvent(text="3")]


@pytest.mark.parametrize(
    "stream", [b"\xef\xbb\xbfdata: x\n\n", b"\xef\xbb\xbf\n\ndata: x\n\n", b"\xef\xbb\xbfdata:x\n\n"]
)
def test_one_byte_order_mark_is_dropped(stream: bytes) -> None:
    assert read(stream) == read(*each_byte(stream)) == [ServerEvent(text="x")]
    assert read(b"\xef\xbb\xbf" + stream) == [] or stream[3:4] == b"\n"


def test_comments_ids_retries_and_unknown_fields_are_ignored() -> None:
    assert read(": ping\n\n:\nid: 7\nretry: x\nwhat ever\nfoo:bar\ndata: x\nid\n\n") == [ServerEvent(text="x")]


def test_lines_of_data_are_joined() -> None:
    assert read('data: {"a":\ndata\ndata:1,\ndata:  "b":2}\n\n') == [ServerEvent(json={"a": 1, "b": 2})]
    assert read("data: a\ndata:b\ndata\ndata:  c\n\n") == [ServerEvent(text="a\nb\n\n c")]


@pytest.mark.parametrize(
    "stream", ["", "\n\n\n", "event: a\n\n", "data\n\n", "data:\n\n", "data: \n\n", "data:\ndata: \n\n"]
)
def test_an_event_without_data_is_none(stream: str) -> None:
    assert read(stream) == read(*each_byte(stream.encode())) == []


def test_done_is_told_from_json() -> None:
    assert [(event.json, event.text, event.done) for event in read("data: [DONE]\n\ndata: [1]\n\n")] == [
        (None, "[DONE]", True), ([1], "", False)
    ]  # fmt: skip


def test_data_that_is_not_json_is_text() -> None:
    assert read("data: quota exceeded\n\ndata: {oops}\n\n") == [
        ServerEvent(text="quota exceeded"), ServerEvent(text="{oops}")
    ]  # fmt: skip


def test_an_image_in_broken_json_is_cut_out_of_the_text_and_rescued() -> None:
    events = reader()
    assert events.feed(f'data: {{"b64_json":"{B64}",}}\n\n'.encode()) == [ServerEvent(text='{"b64_json":"<image>",}')]
    assert events.rescued == (Blob(IMAGE),)


def test_the_complete_image_of_an_event_that_stops_arriving_is_rescued() -> None:
    events = reader()
    assert events.feed(f'data: {{"b64_json":"{B64}","size'.encode()) == []
    assert events.rescued == (Blob(IMAGE),)
    assert events.finish() == []
    assert events.truncated
    assert events.rescued == (Blob(IMAGE),)


def test_nothing_is_rescued_from_events_that_arrived() -> None:
    events = reader()
    events.feed(f"data: {FRAME}\n\n".encode())
    assert events.rescued == ()


@pytest.mark.parametrize("end", ["", "\n", "\r", "\r\n"])
def test_a_last_event_without_its_blank_line_counts_when_its_json_is_complete(end: str) -> None:
    events = reader()
    assert events.feed(f"event: a\ndata: {FRAME}{end}".encode()) == []
    assert events.finish() == [ServerEvent("a", FRAME_JSON)]
    assert not events.truncated


def test_a_last_done_without_its_blank_line_counts() -> None:
    events = reader()
    assert events.feed(b"data: [DONE]") == []
    assert events.finish()[0].done
    assert not events.truncated


@pytest.mark.parametrize("end", ['data: {"a":1', "data: text", 'data: {"a":"\n', f'data: {{"b64_json":"{B64}'])
def test_a_last_event_that_is_not_complete_is_dropped_and_told(end: str) -> None:
    events = reader()
    assert len(events.feed(b"data: 1\n\n" + end.encode())) == 1
    assert events.finish() == []
    assert events.truncated


@pytest.mark.parametrize("end", ["", "event: a", ": ping", "event: a\n", "da"])
def test_a_stream_that_ends_between_events_is_not_truncated(end: str) -> None:
    events = reader()
    events.feed(b"data: 1\n\n" + end.encode())
    assert events.finish() == []
    assert not events.truncated


def test_a_compressed_stream_is_inflated_and_may_be_cut() -> None:
    squeezed = gzip.compress(f"data: {FRAME}\n\n".encode())
    assert read(*each_byte(squeezed), content_encoding="gzip") == [ServerEvent(json=FRAME_JSON)]
    events = reader(content_encoding="gzip")
    assert events.feed(squeezed[:-4]) == [ServerEvent(json=FRAME_JSON)]
    assert events.finish() == []
    assert events.truncated


def test_a_stream_in_another_encoding_is_an_error() -> None:
    with pytest.raises(DecodeError):
        reader(content_encoding="gzip").feed(b"data: x\n\n")


@pytest.mark.parametrize(
    ("stream", "limits"),
    [
        (b"data: " + b"x" * 101, Limits(json=100)),
        (b'data: {"a":"' + b"x" * 101, Limits(json=100)),
        (b'data: {"b64_json":"' + B64.encode(), Limits(image=100)),
        (b": " + b"x" * 100, Limits(response=100)),
        (b"data: " + b"[" * 65, Limits()),
    ],
)
def test_limits_hold_and_events_before_the_fault_come_first(stream: bytes, limits: Limits) -> None:
    events = reader(limits=limits)
    assert events.feed(b"data: 1\n\n" + stream + b"\n") == [ServerEvent(text="1")]
    with pytest.raises(TooLargeError):
        events.feed(b"data: 2\n\n")
    with pytest.raises(TooLargeError):
        events.finish()


@pytest.mark.parametrize("stream", [b"data: " + b"x" * 101, b'data: {"a":"' + b"x" * 101])
def test_a_limit_passed_by_what_was_waiting_is_an_error_at_the_end(stream: bytes) -> None:
    events = reader(limits=Limits(json=100))
    assert events.feed(stream) == []
    with pytest.raises(TooLargeError):
        events.finish()


def test_looking_for_rescued_images_hides_no_error() -> None:
    events = reader(limits=Limits(json=100))
    events.feed(b"data: " + b"x" * 101)
    assert events.rescued == ()
    with pytest.raises(TooLargeError):
        events.finish()


def test_limits_of_json_are_per_event() -> None:
    event = b'data: {"a":"' + b"x" * 80 + b'"}\n\n'
    assert len(read(event * 50, limits=Limits(json=100))) == 50


def test_a_long_field_that_is_not_data_costs_nothing() -> None:
    assert read("event: " + "x" * 200_000 + "\ndata: 1\n\n")[0].event == "x" * 1017


def test_the_sink_makes_the_writers() -> None:
    made: list[BlobWriter] = []

    def sink() -> BlobWriter:
        made.append(BlobWriter(10_000, spool_at=10))
        return made[-1]

    assert read(f"data: {FRAME}\n\n", sink=sink) == [ServerEvent(json=FRAME_JSON)]
    assert len(made) == 1


def test_a_large_event_in_single_bytes_takes_linear_time() -> None:
    def seconds(size: int) -> float:
        stream = b'data: {"b64_json":"' + b"AAAA" * (size // 4) + b'"}\n\n'
        started = time.process_time()
        assert len(read(*each_byte(stream))) == 1
        return time.process_time() - started

    seconds(1 << 14)
    small, large = min(seconds(1 << 15) for _ in range(3)), seconds(1 << 18)
    assert large < small * 8 * 4


WORDS = st.text(st.characters(exclude_characters="\r\n", exclude_categories=["Cs"]), max_size=12)
LINE_ENDS = st.sampled_from(["\n", "\r", "\r\n"])
EVENTS = st.tuples(
    WORDS.filter(bool) | st.none(),
    st.dictionaries(WORDS, WORDS | st.integers(-1000, 1000), max_size=3).map(json.dumps)
    | WORDS.filter(lambda word: word and not word[0].isspace() and word[0] not in "{["),
    st.sampled_from([": comment", "id: 1", "retry: 5", "other", ""]),
    LINE_ENDS,
)


def encoded(event: tuple[str | None, str, str, str]) -> str:
    name, data, other, end = event
    lines = [*([f"event: {name}"] if name else []), *([other] if other else []), f"data: {data}", "", ""]
    return end.join(lines)


@settings(max_examples=4 * settings().max_examples)
@given(st.lists(EVENTS, max_size=5), st.sampled_from(["", "\ufeff"]), st.lists(st.integers(0), max_size=10))
def test_events_round_trip_in_any_pieces(
    events: list[tuple[str | None, str, str, str]], bom: str, at: list[int]
) -> None:
    stream = (bom + "".join(map(encoded, events))).encode()
    places = sorted({0, len(stream), *(place % (len(stream) + 1) for place in at)})
    assert read(*(stream[start:end] for start, end in pairwise(places))) == [
        ServerEvent(name, json=json.loads(data)) if data.startswith("{") else ServerEvent(name, text=data)
        for name, data, _, _ in events
    ]


PIECES = st.sampled_from(
    [
        b"data: ", b"data:{", b'data: {"b64_json":"', b"AAAA", b'"}', b"\n", b"\r", b"\r\n", b"\n\n", b"event: a",
        b": ", b"\xef\xbb\xbf", b"[DONE]",
    ]
)  # fmt: skip


@settings(max_examples=4 * settings().max_examples)
@given(st.lists(PIECES | st.binary(max_size=5), max_size=30))
def test_any_bytes_are_read_or_refused_alike_in_any_pieces(pieces: list[bytes]) -> None:
    assert outcome(pieces) == outcome([b"".join(pieces)])


def outcome(pieces: list[bytes]) -> object:
    events = reader(limits=Limits(image=6, json=40, depth=2))
    found: list[ServerEvent] = []
    try:
        for piece in pieces:
            found += events.feed(piece)
        found += events.finish()
        found += events.finish()
    except LimnerError as error:
        return found, type(error)
    return found, events.truncated, events.rescued
