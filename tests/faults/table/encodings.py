"""Content encodings: those we ask for, those we do not, broken ones, and bombs."""

from __future__ import annotations

import gzip
import json
import zlib

from fault_table.words import OTHER, PNG, Fault, b64, data, event, events, item, says

BODY = json.dumps(data()).encode()
MIB = 1 << 20
GZIP = {"content_encoding": "gzip"}
GZIP_HEADER = gzip.compress(b"")[:10]
ZLIB_HEADER = b"\x78\x9c"
END = b""


def _deflated(body: bytes, times: int = 1) -> bytes:
    """Blocks that can be repeated: each is complete without those before."""
    packer = zlib.compressobj(9, wbits=-15)
    return (packer.compress(body) + packer.flush(zlib.Z_FULL_FLUSH)) * times


def _bomb_of(again: bytes, before: bytes = b"", header: bytes = GZIP_HEADER) -> bytes:
    """260 MiB of some bytes behind something else."""
    return _header(before, header) + _deflated(again * (MIB // len(again)), 260)


def _header(before: bytes, header: bytes = GZIP_HEADER) -> bytes:
    return header + _deflated(before)


def _raw(body: bytes) -> bytes:
    packer = zlib.compressobj(wbits=-15)
    return packer.compress(body) + packer.flush()


def _broken(words: str, body: bytes, **more: object) -> Fault:
    coding = more.pop("coding", "gzip")
    answers = more.pop("answers", (says(body, content_encoding=coding),))
    return Fault(words, answers, **{"kind": "decode", "billed": True, **more})


def _bomb(words: str, body: bytes, **more: object) -> Fault:
    return _broken(words, body, **{"kind": "too_large", "mebibytes": 64, "seconds": 20.0, **more})


def _good(words: str, body: bytes, coding: str) -> Fault:
    return Fault(words, [says(body, content_encoding=coding)], images=(PNG,))


IMAGE = b'{"b64_json": "' + b64(PNG).encode() + b'"}'
BROTLI = bytes.fromhex("5b ff ff 03 00 58 02 00") * 80
ZSTD = bytes.fromhex("28 b5 2f fd a4 00 00 00 30 54 00 00 10 00 00 01 00 fb ff 39 c0 02")

FAULTS = (
    _good("it is compressed with gzip", gzip.compress(BODY), "gzip"),
    _good(
        "it is compressed with gzip in several members", gzip.compress(BODY[:40]) + gzip.compress(BODY[40:]), "x-gzip"
    ),
    _good("it is compressed with deflate", zlib.compress(BODY), "deflate"),
    _good("it is compressed with deflate that has no header", _raw(BODY), "deflate"),
    _good("it says gzip and sends plain JSON", BODY, "gzip"),
    _good("it says identity", BODY, "identity"),
    _good("garbage follows its gzip", gzip.compress(BODY) + bytes(99), "gzip"),
    _broken("its gzip is none", b"this is no gzip at all"),
    _broken("its deflate is none", b"\xff" * 99, coding="deflate"),
    _broken("its gzip breaks off", gzip.compress(BODY)[:-20]),
    _broken("its gzip breaks off behind a whole image", gzip.compress(BODY, 0)[:-10], images=(PNG,)),
    _broken("the sum of its gzip is wrong", gzip.compress(BODY)[:-8] + bytes(8), images=(PNG,)),
    _broken("it is compressed with brotli, which nobody asked for", BROTLI, coding="br", word="'br'"),
    _broken("it is compressed with zstd, which nobody asked for", ZSTD, coding="zstd", word="'zstd'"),
    _broken("it is compressed with something nobody knows", b"\0" * 99, coding="snappy", word="'snappy'"),
    _broken("it is compressed twice", gzip.compress(gzip.compress(BODY)), coding="gzip, gzip", word="gzip, gzip"),
    _broken(
        "it is compressed a hundred times", gzip.compress(BODY), coding=", ".join(["gzip"] * 100), word="gzip, gzip"
    ),
    _broken("a bomb in brotli", BROTLI * 1000, coding="br", word="'br'", mebibytes=64),
    _broken("a bomb in zstd", ZSTD * 1000, coding="zstd", word="'zstd'", mebibytes=64),
    _broken(
        "a bomb in two layers", gzip.compress(_bomb_of(b" ")), coding="gzip, gzip", word="gzip, gzip", mebibytes=64
    ),
    _broken("a bomb in layers of two kinds", zlib.compress(_bomb_of(b" ")), coding="gzip, deflate", mebibytes=64),
    _bomb("a bomb of white space", _bomb_of(b" ")),
    _bomb("a bomb of white space inside JSON", _bomb_of(b" ", b'{"a":')),
    _bomb("a bomb of white space behind a whole image", _bomb_of(b" ", b'{"data": [' + IMAGE), images=(PNG,)),
    _bomb("a bomb of text inside JSON", _bomb_of(b"x", b'["')),
    _bomb("a bomb of brackets", _bomb_of(b"[")),
    _bomb("a bomb of numbers", _bomb_of(b"1", b"[")),
    _bomb("a bomb of bytes that are no JSON", _bomb_of(b"x")),
    _bomb("a bomb with the head of a picture", _bomb_of(b"x", PNG[:33])),
    _bomb("a bomb in the place of an image", _bomb_of(b"A", b'{"data": [{"b64_json": "')),
    _bomb("a bomb of white space in the place of an image", _bomb_of(b" ", b'{"data": [{"b64_json": "')),
    _bomb(
        "a bomb in the place of the second image",
        _bomb_of(b"A", b'{"data": [' + IMAGE + b', {"b64_json": "'),
        images=(PNG,),
    ),
    _bomb("a bomb in deflate", _bomb_of(b" ", header=ZLIB_HEADER), coding="deflate"),
    _bomb("a bomb in several members", gzip.compress(b" " * MIB) * 260),
    _bomb("a bomb in an event", b"", answers=(events(_bomb_of(b"A", b'data: {"b64_json": "'), **GZIP),), stream=True),
    _bomb("a bomb in the comment of a stream", b"", answers=(events(_bomb_of(b"x", b": "), **GZIP),), stream=True),
    _bomb("a bomb of lines in a stream", b"", answers=(events(_bomb_of(b"\n"), **GZIP),), stream=True),
    _bomb(
        "a bomb behind the picture of a stream",
        b"",
        answers=(events(_bomb_of(b" ", event({"type": "x.completed", **item()})), **GZIP),),
        stream=True,
        images=(PNG,),
    ),
    _bomb(
        "a bomb of images",
        _header(b'{"data": [') + _deflated(b'{"b64_json": "' + b"iVBORw0KGgoA" * (1 << 20) + b'"},', 40),
        images=None,
    ),
    _bomb("a bomb of empty lists", _bomb_of(b"[],", b"[")),
    _bomb("a small bomb of empty objects", _header(b"[{}") + _deflated(b",{}" * 1_000_000) + END, kind="too_large"),
    _bomb("a bomb of events in a stream", b"", answers=(events(_bomb_of(b"data:1\n\n"), **GZIP),), stream=True),
    _bomb("a bomb of data lines in a stream", b"", answers=(events(_bomb_of(b"data:\n"), **GZIP),), stream=True),
    Fault(
        "events are compressed",
        [events(gzip.compress(event({"type": "x.completed", **item(OTHER)})), **GZIP)],
        stream=True,
        images=(OTHER,),
    ),
    _broken(
        "events are compressed with brotli, which nobody asked for",
        b"",
        answers=(events(BROTLI, content_encoding="br"),),
        stream=True,
        word="'br'",
    ),
)
