"""Small JSON read in one go: what comes is what the skeleton reader makes of it, or nothing."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from limner.media import Blob, BlobWriter
from limner.transport._skeleton import SkeletonReader, parse_pattern
from limner.transport._whole import read_whole
from limner.transport.limits import Limits

PLACES = ("data.*.b64_json", "*.b64_json", "b64_json", "data.*.url=data:")
PATTERNS = tuple(map(parse_pattern, PLACES))
LIMITS = Limits(depth=6, values=40, digits=4)

KEYS = st.sampled_from(["data", "b64_json", "url", "*", "a.b", "é", ""])
LEAVES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(10**6), 10**6),
    st.floats(),
    st.text(max_size=8),
    st.binary(max_size=20).map(lambda data: base64.b64encode(data).decode()),
    st.sampled_from(["AAA", "A-_A", "AA AA", "data:image/png;base64,AAAA", "DATA:,x", "AA==AA", "=", "https://x/y"]),
)
DOCUMENTS = st.recursive(
    LEAVES, lambda below: st.lists(below, max_size=4) | st.dictionaries(KEYS, below, max_size=4), max_leaves=25
)


def sink() -> BlobWriter:
    return BlobWriter(1000)


def whole(data: bytes, limits: Limits = LIMITS) -> Any:
    return read_whole(data, PATTERNS, limits, sink)


@given(document=st.lists(DOCUMENTS, max_size=3) | st.dictionaries(KEYS, DOCUMENTS, max_size=4), escaped=st.booleans())
def test_what_is_read_is_what_the_skeleton_reader_reads(document: Any, *, escaped: bool) -> None:
    data = json.dumps(document, ensure_ascii=escaped).encode("utf-8", "surrogatepass")
    found = whole(data)
    if found is not None:
        reader = SkeletonReader(PATTERNS, LIMITS, sink)
        reader.feed(data)
        assert found == reader.finish()


def test_a_plain_answer_is_read() -> None:
    assert whole(b'{"data":[{"b64_json":"AAAA","n":1},{"b64_json":""}],"created":1}') == {
        "data": [{"b64_json": Blob(b"\0\0\0"), "n": 1}, {"b64_json": ""}],
        "created": 1,
    }


@pytest.mark.parametrize(
    "data",
    [
        b"", b"1", b'"AAAA"', b"[1", b"[1] 2", b'{"a":"\\u0041"}', b'{"a":"\xff"}', b"[[[[[[[1]]]]]]]",
        b"[" + b"1," * 50 + b"1]", b'{"b64_json":"no base64"}', b'{"b64_json":"AAA"}', b'{"data":[{"url":"Data:x"}]}',
    ],
)  # fmt: skip
def test_what_is_odd_is_left_to_the_skeleton_reader(data: bytes) -> None:
    assert whole(data) is None


def test_what_an_image_passes_is_left_to_the_skeleton_reader() -> None:
    assert read_whole(b'{"b64_json":"AAAA"}', PATTERNS, LIMITS, lambda: BlobWriter(2)) is None
