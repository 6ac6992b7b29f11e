"""Response bodies, parsed as they arrive."""

from __future__ import annotations

import base64
import json
import math
import tracemalloc
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from limner.errors import DecodeError, LimnerError, TooLargeError
from limner.media import Blob, BlobWriter
from limner.transport.body import Body, BodyReader, Limits

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

IMAGE = bytes(range(256)) * 3
B64 = base64.b64encode(IMAGE).decode()
PLACES = ("data.*.b64_json", "*.b64_json", "b64_json")


@pytest.fixture(scope="module", autouse=True, params=["read in one go where that will do", "read as it arrives"])
def way(request: pytest.FixtureRequest) -> Iterator[None]:
    """Small JSON has a short way, which must make no difference."""
    with pytest.MonkeyPatch.context() as patch:
        if request.param == "read as it arrives":
            patch.setattr("limner.transport.body.read_whole", lambda *_: None)
        yield


def read(*chunks: bytes, blobs: tuple[str, ...] = PLACES, **options: Any) -> Body:
    reader = BodyReader(blobs=blobs, **options)
    for chunk in chunks:
        reader.feed(chunk)
    return reader.finish()


def read_json(text: str | bytes, **options: Any) -> Any:
    return read(text.encode() if isinstance(text, str) else text, **options).json


def cut(data: bytes, at: Iterable[int]) -> list[bytes]:
    places = sorted({0, len(data), *(place % (len(data) + 1) for place in at)})
    return [data[start:end] for start, end in pairwise(places)]


@pytest.mark.parametrize(
    ("document", "expected"),
    [
        ({"data": [{"b64_json": B64}, {"b64_json": B64}]}, {"data": [{"b64_json": Blob(IMAGE)}] * 2}),
        ([{"b64_json": B64, "x": {"b64_json": "no"}}], [{"b64_json": Blob(IMAGE), "x": {"b64_json": "no"}}]),
        ({"b64_json": B64, "y": 1}, {"b64_json": Blob(IMAGE), "y": 1}),
        ({"data": {"first": {"b64_json": B64}}}, {"data": {"first": {"b64_json": Blob(IMAGE)}}}),
        ({"other": [{"b64_json": B64}]}, {"other": [{"b64_json": B64}]}),
        ({"data": [[{"b64_json": B64}]]}, {"data": [[{"b64_json": B64}]]}),
        ({"data": [{"b64_json": {"b64_json": B64}}]}, {"data": [{"b64_json": {"b64_json": B64}}]}),
    ],
)
def test_blobs_stand_at_the_declared_places_and_nowhere_else(document: Any, expected: Any) -> None:
    assert read_json(json.dumps(document)) == expected


def test_a_pattern_can_end_in_any_item() -> None:
    assert read_json(f'{{"images":["{B64}",null,"{B64}"]}}', blobs=("images.*",)) == {
        "images": [Blob(IMAGE), None, Blob(IMAGE)]
    }


def test_a_pattern_can_end_in_any_key() -> None:
    assert read_json(f'{{"a":"{B64}","b":{{"c":"{B64}"}}}}', blobs=("*",)) == {"a": Blob(IMAGE), "b": {"c": B64}}


def test_a_key_is_known_by_its_meaning_not_by_its_spelling() -> None:
    assert read_json(f'{{"b64\\u005fjson":"{B64}"}}') == {"b64_json": Blob(IMAGE)}


def test_a_key_with_a_broken_escape_breaks_nothing_but_the_document() -> None:
    with pytest.raises(DecodeError, match="not JSON"):
        read_json(f'{{"b64\\u00zz":1,"b64_json":"{B64}"}}')


def test_a_value_that_looks_like_a_declared_key_is_a_value() -> None:
    assert read_json(f'{{"a":"b64_json","b":"{B64}"}}') == {"a": "b64_json", "b": B64}


def test_no_declared_place_leaves_the_json_alone() -> None:
    assert read_json(f'{{"a":[{{"b":"{B64}"}}]}}', blobs=()) == {"a": [{"b": B64}]}


@pytest.mark.parametrize("text", ["", " ", "...", "https://example.com/a.png", "<svg>", "é", "a\\u00e9\\n", "data:,x"])
def test_text_at_a_declared_place_stays_text(text: str) -> None:
    assert read_json(f'{{"b64_json":"{text}"}}') == json.loads(f'{{"b64_json":"{text}"}}')


def test_null_at_a_declared_place_stays_null() -> None:
    assert read_json('{"b64_json":null}') == {"b64_json": None}


def test_long_text_at_a_declared_place_is_cut() -> None:
    found = read_json('{"b64_json":"%s"}' % ("so sorry! " * 1_000_000))["b64_json"]
    assert found == ("so sorry! " * 20) + "…"


def test_cut_text_is_not_cut_inside_an_escape() -> None:
    found = read_json('{"b64_json":"!%s"}' % ("\\u00e9" * 1000))["b64_json"]
    assert found == "!" + "é" * 33 + "…"


def test_a_backslash_that_escapes_nothing_is_no_base64_and_does_not_hide_the_end() -> None:
    assert read_json('{"b64_json":"AAAA\\u00zzBBBB","a":1}') == {"b64_json": "AAAA…", "a": 1}


def test_the_last_of_duplicate_keys_wins() -> None:
    assert read_json(f'{{"b64_json":"{B64}","b64_json":null,"a":1,"a":2}}') == {"b64_json": None, "a": 2}


def test_bad_utf8_is_replaced() -> None:
    assert read_json(b'{"a\xff":"\xed\xa0\x80","b64_json":"%s"}' % B64.encode())["b64_json"] == Blob(IMAGE)
    assert read_json(b'{"a\xff":"x"}') == {"a\ufffd": "x"}


def test_lone_surrogates_are_replaced_and_pairs_joined() -> None:
    assert read_json(r'{"a":"\ud800x\ud83d\ude00","\udc00":1}') == {"a": "\ufffdx😀", "\ufffd": 1}


def test_what_is_no_number_in_json_is_null() -> None:
    assert read_json("[NaN,Infinity,-Infinity,1e999,1.5]") == [None, None, None, None, 1.5]


def test_a_huge_integer_stays_text() -> None:
    huge = "9" * 5000
    assert read_json(f"[{huge},-{huge},{'9' * 20},-{'9' * 20}]") == [huge, f"-{huge}", int("9" * 20), -int("9" * 20)]


def test_control_characters_in_strings_are_tolerated() -> None:
    assert read_json('{"a":"x\ny\tz"}') == {"a": "x\ny\tz"}


@pytest.mark.parametrize("blobs", [(), PLACES, ("*." * 70 + "x",)])
@pytest.mark.parametrize(("opening", "closing"), [("[", "]"), ('{"data":', "}"), ('[{"x":', "}]")])
def test_depth_is_limited_exactly(blobs: tuple[str, ...], opening: str, closing: str) -> None:
    levels = 64 // sum(opening.count(bracket) for bracket in "[{")
    assert read_json(opening * levels + "1" + closing * levels, blobs=blobs)
    with pytest.raises(TooLargeError, match="64 levels"):
        read_json(opening * levels + "[1]" + closing * levels, blobs=blobs)


def test_endless_depth_costs_an_error() -> None:
    with pytest.raises(TooLargeError, match="nested deeper"):
        read_json("[" * 3_000_000)


def test_json_around_the_images_is_limited() -> None:
    assert read_json('["%s"]' % ("x" * 996), limits=Limits(json=1000))
    with pytest.raises(TooLargeError, match=r"1.0 kB \(1000 bytes\) of JSON"):
        read_json('["%s"]' % ("x" * 997), limits=Limits(json=1000))


def test_an_image_is_limited() -> None:
    assert read_json(f'{{"b64_json":"{B64}"}}', limits=Limits(image=768))
    with pytest.raises(TooLargeError, match="767 bytes"):
        read_json(f'{{"b64_json":"{B64}"}}', limits=Limits(image=767))


def test_a_response_is_limited() -> None:
    with pytest.raises(TooLargeError, match=r"100 bytes\), which"):
        read_json(f'{{"b64_json":"{B64}"}}', limits=Limits(response=100))


def test_images_before_a_fault_are_rescued() -> None:
    reader = BodyReader(blobs=PLACES, limits=Limits(image=1000))
    with pytest.raises(TooLargeError):
        reader.feed(f'{{"data":[{{"b64_json":"{B64}"}},{{"b64_json":"{B64 * 100}'.encode())
    assert reader.rescued == (Blob(IMAGE),)


@pytest.mark.parametrize(
    "rest", ["", "}", '},{"b64_json":"AAAA', "}]", '}],"usage":{"a"', "}],\"x\":'y'}", "}]}}", '}],"a":}']
)
def test_images_before_broken_json_are_rescued(rest: str) -> None:
    reader = BodyReader(blobs=PLACES)
    reader.feed(f'{{"data":[{{"b64_json":"{B64}"{rest}'.encode())
    with pytest.raises(DecodeError):
        reader.finish()
    assert reader.rescued == (Blob(IMAGE),)


def test_images_of_a_body_that_stops_arriving_are_rescued() -> None:
    reader = BodyReader(blobs=PLACES)
    reader.feed(f'[{{"b64_json":"{B64}"'.encode())
    assert reader.rescued == (Blob(IMAGE),)


def test_nothing_is_rescued_from_nothing() -> None:
    assert BodyReader().rescued == ()


def test_the_error_of_a_cut_body_shows_where_and_no_base64() -> None:
    document = f'{{"key":"sk-{"a1" * 20}","data":[{{"b64_json":"{B64}","created": '
    with pytest.raises(DecodeError, match="ended inside its JSON") as caught:
        read_json(document)
    assert '{"b64_json":"<image>","created":…' in str(caught.value)
    assert "a1a1" not in str(caught.value)
    assert len(str(caught.value)) < 200


def test_the_error_of_broken_json_shows_where_and_no_base64() -> None:
    with pytest.raises(DecodeError, match="Expecting ',' delimiter") as caught:
        read_json(f'{{"b64_json":"{B64}" "size":1, "text": "{B64}"}}')
    assert '{"b64_json":"<image>""size":1, "text"' in str(caught.value)
    assert B64[:24] not in str(caught.value)


def test_a_body_cut_inside_base64_is_an_error() -> None:
    with pytest.raises(DecodeError, match="ended inside"):
        read_json('{"b64_json":"AAAA')


def test_a_body_cut_inside_an_escape_is_an_error() -> None:
    for end in ("\\", "\\u", "\\u00"):
        with pytest.raises(DecodeError, match="ended inside"):
            read_json('{"b64_json":"AAAA' + end)
        with pytest.raises(DecodeError, match="ended inside"):
            read_json('{"other":"AAAA' + end)


@pytest.mark.parametrize("content_type", ["application/json", None, "image/png", "text/html; charset=utf-8"])
def test_the_first_byte_decides_what_is_json(content_type: str | None) -> None:
    assert read(b'\xef\xbb\xbf \r\n{"a":1}\n', content_type=content_type) == Body(json={"a": 1})
    page = b" \n<!doctype html><p>502"
    assert read(page, content_type=content_type) == Body(blob=Blob(page))


def test_a_body_that_is_not_json_is_kept_byte_for_byte() -> None:
    assert read(b" \n", IMAGE, content_type="image/png").blob == Blob(b" \n" + IMAGE)


@pytest.mark.parametrize("body", [b"", b"  \r\n", b"\xef\xbb\xbf"])
def test_an_empty_body_is_nothing(body: bytes) -> None:
    assert read(body) == Body()
    assert read(body).text() == ""


@pytest.mark.parametrize("lead", [b"", b"\n\n"])
def test_a_text_that_only_begins_like_json_is_text_unless_json_was_declared(lead: bytes) -> None:
    text = lead + b"[ERROR] no such page"
    assert read(text, content_type="text/plain").text() == text.decode()
    for content_type in (None, "application/json; charset=utf-8", "application/problem+json"):
        with pytest.raises(DecodeError):
            read(text, content_type=content_type)


def test_broken_json_with_an_image_in_it_is_an_error_under_any_content_type() -> None:
    with pytest.raises(DecodeError):
        read_json(f'{{"b64_json":"{B64}"', content_type="text/plain")


def test_text_is_bounded_and_decoded_with_replacement() -> None:
    assert read(b"caf\xc3\xa9 \xff").text() == "café \ufffd"
    assert len(read(b"x" * 5000).text(300)) == 300


def test_white_space_before_json_may_drip_and_is_limited() -> None:
    assert read(*[b" "] * 1000, b"[1]").json == [1]
    assert read(*[b" " * 70_000] * 3, b"[1]").json == [1]
    with pytest.raises(TooLargeError, match="white space"):
        read(b" " * 200_000, limits=Limits(json=100_000))


def test_the_sink_makes_every_writer() -> None:
    made: list[BlobWriter] = []

    def sink() -> BlobWriter:
        made.append(BlobWriter(10_000, spool_at=10))
        return made[-1]

    assert read_json(f'[{{"b64_json":"{B64}"}},{{"b64_json":"{B64}"}}]', sink=sink) == [{"b64_json": Blob(IMAGE)}] * 2
    assert read(b"plain", sink=sink).blob == Blob(b"plain")
    assert len(made) == 3


def test_memory_peaks_at_the_decoded_size_and_a_little() -> None:
    document = b'{"b64_json":"' + base64.b64encode(b"\0" * 16_000_000) + b'"}'
    tracemalloc.start()
    try:
        reader = BodyReader(blobs=PLACES)
        for start in range(0, len(document), 1 << 16):
            reader.feed(document[start : start + (1 << 16)])
        assert reader.finish().json["b64_json"].size == 16_000_000
        assert tracemalloc.get_traced_memory()[1] < 16_000_000 * 1.3
    finally:
        tracemalloc.stop()


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**18), 10**18) | st.floats(allow_nan=False) | st.text() | st.just(B64),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(["data", "b64_json", "a\\", '"', "é"]) | st.text(max_size=5), inner, max_size=4
        )
    ),
    max_leaves=20,
)
DOCUMENTS = st.one_of(st.lists(JSON), st.dictionaries(st.sampled_from(["data", "b64_json", "x"]), JSON))


def expected(value: Any, path: tuple[str, ...] = ()) -> Any:
    """What a plain parser would make of a document: base64 that stands at a declared place becomes a blob."""
    if isinstance(value, dict):
        return {clean(key): expected(item, (*path, key)) for key, item in value.items()}
    if isinstance(value, list):
        return [expected(item, (*path, "*")) for item in value]
    if not isinstance(value, str):
        return None if isinstance(value, float) and math.isinf(value) else value
    declared = path[-1:] == ("b64_json",) and (len(path) <= 2 or (len(path) == 3 and path[0] == "data"))
    return Blob(IMAGE) if declared and value == B64 else clean(value)


def clean(text: str) -> str:
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def without_accidents(value: Any) -> bool:
    """No random text that happens to be base64 at a declared place."""
    return "b64_json" not in str(value) or all(len(text) < 2 for text in texts(value) if text not in {B64, "b64_json"})


def texts(value: Any) -> Iterable[str]:
    if isinstance(value, dict):
        value = [*value, *value.values()]
    if isinstance(value, list):
        for item in value:
            yield from texts(item)
    if isinstance(value, str):
        yield value


@given(DOCUMENTS.filter(without_accidents), st.booleans(), st.lists(st.integers(0), max_size=8))
def test_any_document_in_any_pieces_is_what_a_plain_parser_makes_of_it(
    document: Any,
    ascii_only: bool,  # noqa: FBT001 - hypothesis
    at: list[int],
) -> None:
    encoded = json.dumps(document, ensure_ascii=ascii_only).encode("utf-8", "surrogatepass")
    if not ascii_only:
        document = json.loads(encoded.decode("utf-8", "replace"))
    assert read_json_in(cut(encoded, at)) == expected(document)


def read_json_in(pieces: list[bytes]) -> Any:
    """White space between pieces is none of ours: every piece is pushed through, however small."""
    reader = BodyReader(blobs=PLACES)
    for piece in pieces:
        reader.feed(piece)
        _ = reader.rescued
    return reader.finish().json


FRAGMENTS = st.sampled_from(
    [b'{"data":[', b'{"b64_json":"', b'"', b"\\", b"\\u00", b"\\/", b"[", b"]", b"{", b"}", b",", b":", b"1", b"AAAA"]
)


@given(st.lists(FRAGMENTS | st.binary(max_size=8), max_size=30), st.sampled_from([None, "gzip", "deflate", "br"]))
def test_any_bytes_are_read_or_refused_alike_in_any_pieces(pieces: list[bytes], encoding: str | None) -> None:
    assert outcome([b"".join(pieces)], encoding) == outcome(pieces, encoding)


def outcome(pieces: list[bytes], encoding: str | None) -> object:
    reader = BodyReader(blobs=PLACES, content_encoding=encoding, content_type="text/plain")
    try:
        for piece in pieces:
            reader.feed(piece)
            _ = reader.rescued
        return reader.finish()
    except LimnerError as error:
        return type(error), reader.rescued
