"""Content encodings, undone in bounded steps."""

from __future__ import annotations

import gzip
import time
import tracemalloc
import zlib
from collections import deque
from itertools import chain
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from limner.errors import DecodeError, TooLargeError
from limner.media import Blob
from limner.transport._inflate import STEP, Inflater, _before_the_fault
from limner.transport.body import Body, BodyReader

if TYPE_CHECKING:
    from collections.abc import Iterable


def raw_deflate(data: bytes) -> bytes:
    squeeze = zlib.compressobj(wbits=-15)
    return squeeze.compress(data) + squeeze.flush()


def two_members(data: bytes) -> bytes:
    return gzip.compress(data[: len(data) // 2]) + gzip.compress(data[len(data) // 2 :])


FORMS = [
    (None, bytes), ("identity", bytes), ("", bytes), ("gzip", gzip.compress), ("X-GZip", gzip.compress),
    ("identity, gzip", gzip.compress), ("gzip", two_members), ("deflate", zlib.compress), ("deflate", raw_deflate),
]  # fmt: skip


def inflate(encoding: str | None, pieces: Iterable[bytes]) -> bytes:
    inflater = Inflater(encoding)
    found = b"".join(out for piece in pieces for out in inflater.feed(piece))
    inflater.finish()
    return found


@pytest.mark.parametrize(("encoding", "squeeze"), FORMS)
@given(data=st.binary(max_size=300), step=st.integers(1, 400))
def test_every_encoding_in_any_pieces_round_trips(
    encoding: str | None, squeeze: type[bytes], data: bytes, step: int
) -> None:
    sent = squeeze(data)
    assert inflate(encoding, (sent[at : at + step] for at in range(0, len(sent), step))) == data


@pytest.mark.parametrize(("encoding", "squeeze"), FORMS)
def test_what_is_inflated_comes_in_bounded_pieces(encoding: str | None, squeeze: type[bytes]) -> None:
    data = bytes(5 * STEP)
    sent = squeeze(data)
    pieces = list(Inflater(encoding).feed(sent))
    assert b"".join(pieces) == data
    assert max(map(len, pieces)) <= max(STEP, len(sent))


def test_what_is_not_inflated_is_not_copied() -> None:
    data = bytes(5 * STEP)
    (piece,) = Inflater("identity").feed(data)
    assert piece is data


@pytest.mark.parametrize(("encoding", "squeeze"), FORMS[3:])
def test_a_cut_body_is_an_error(encoding: str | None, squeeze: type[bytes]) -> None:
    sent = squeeze(b"a picture")
    for end in (1, 2, len(sent) - 1):
        with pytest.raises(DecodeError, match="ended inside"):
            inflate(encoding, [sent[:end]])


@pytest.mark.parametrize("encoding", [None, "gzip", "deflate", "br"])
def test_an_empty_body_has_no_encoding(encoding: str | None) -> None:
    assert inflate(encoding, [b""]) == b""


@pytest.mark.parametrize("encoding", ["br", "zstd", "gzip, gzip", "deflate,gzip", "x" * 1000])
def test_other_and_stacked_encodings_are_refused(encoding: str) -> None:
    with pytest.raises(DecodeError, match="is not supported") as caught:
        inflate(encoding, [b"x"])
    assert len(str(caught.value)) < 150


@pytest.mark.parametrize("garbage", [b"\0", b"\0" * 600, b"trailing garbage", b"\x1f"])
@pytest.mark.parametrize(("encoding", "squeeze"), FORMS[3:])
def test_what_follows_the_end_is_ignored(encoding: str | None, squeeze: type[bytes], garbage: bytes) -> None:
    for pieces in ([squeeze(b"picture") + garbage], [squeeze(b"picture"), garbage, garbage]):
        assert inflate(encoding, pieces) == b"picture"


@pytest.mark.parametrize(
    ("encoding", "body"), [("gzip", b"<html>"), ("gzip", b"\x1f\x8bxxxx"), ("deflate", b"\xff\xff\xff")]
)
def test_a_body_in_another_encoding_is_an_error(encoding: str, body: bytes) -> None:
    with pytest.raises(DecodeError, match=f"not the {encoding} that its headers promise"):
        inflate(encoding, [body])


def test_json_that_a_proxy_inflated_already_is_read_as_it_is() -> None:
    reader = BodyReader(content_encoding="gzip")
    reader.feed(b'{"a":1}')
    assert reader.finish() == Body(json={"a": 1})


@pytest.mark.parametrize("lead", [b"[", b"x"])
def test_a_bomb_costs_an_error_not_memory(lead: bytes) -> None:
    squeeze = zlib.compressobj(9, wbits=31)
    bomb = squeeze.compress(lead) + b"".join(squeeze.compress(bytes(1 << 20)) for _ in range(300)) + squeeze.flush()
    assert len(bomb) < 400_000
    reader = BodyReader(content_encoding="gzip")
    started = time.perf_counter()
    tracemalloc.start()
    try:
        with pytest.raises(TooLargeError):
            reader.feed(bomb)
        assert tracemalloc.get_traced_memory()[1] < 100 << 20
    finally:
        tracemalloc.stop()
    assert time.perf_counter() - started < 10


def test_an_image_can_come_compressed() -> None:
    reader = BodyReader(content_encoding="gzip")
    reader.feed(gzip.compress(b"\x89PNG"))
    assert reader.finish().blob == Blob(b"\x89PNG")


@pytest.mark.parametrize(("encoding", "squeeze"), [("gzip", gzip.compress), ("deflate", zlib.compress)])
@given(data=st.binary(min_size=1, max_size=300), step=st.integers(1, 400))
def test_what_stood_before_a_wrong_checksum_comes_out(
    encoding: str, squeeze: type[bytes], data: bytes, step: int
) -> None:
    sent = squeeze(data)
    at = -8 if encoding == "gzip" else -4
    sent = sent[:at] + bytes(255 - byte for byte in sent[at:])
    inflater, found = Inflater(encoding), bytearray()
    pieces = (sent[start : start + step] for start in range(0, len(sent), step))
    with pytest.raises(DecodeError, match="is not the"):
        deque(map(found.extend, chain.from_iterable(map(inflater.feed, pieces))))
    assert found == data


def test_a_fault_at_the_very_beginning_stands_behind_nothing() -> None:
    with pytest.raises(DecodeError, match="is not the"):
        assert list(Inflater("deflate").feed(b"\xff" * 9)) == []


def test_what_has_no_fault_comes_out_whole() -> None:
    """zlib says what is wrong once; read byte by byte it might not say it again."""
    assert _before_the_fault(zlib.decompressobj(), zlib.compress(b"a cat")) == b"a cat"
