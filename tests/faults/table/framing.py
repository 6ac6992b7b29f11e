"""HTTP that is none: wrong lengths, broken chunks, floods of headers, other protocols."""

from __future__ import annotations

import json
from itertools import count

from fault_table.words import GOOD, PNG, Fault, data, head

STRICT = {"over_aiohttp": {"kind": "protocol", "billed": True, "images": ()}}
BODY = json.dumps(data()).encode()


def _chunks(*chunks: bytes, end: bytes = b"0\r\n\r\n") -> bytes:
    return head(transfer_encoding="chunked") + b"".join(b"%x\r\n%b\r\n" % (len(one), one) for one in chunks) + end


def _broken(words: str, *pieces: object, **more: object) -> Fault:
    return Fault(words, [[*pieces, "cut"]], **{"kind": "protocol", "billed": True, **more})


def _good(words: str, *pieces: object, **more: object) -> Fault:
    return Fault(words, [[*pieces, "cut"]], images=(PNG,), **more)


def _flood() -> object:
    yield b"HTTP/1.1 200 OK\r\n"
    for number in count():
        yield b"".join(b"X-Flood-%d-%d: x\r\n" % (number, each) for each in range(1000))


FAULTS = (
    _broken("the body is shorter than its length", head(length=len(BODY) + 9) + BODY, images=(PNG,)),
    _broken("the length cuts the body", head(length=len(BODY) - 2) + BODY, kind="decode", images=(PNG,), **STRICT),
    _broken("the length cuts an image", head(length=60) + BODY, kind="decode", **STRICT),
    _broken("the length is none", head(length="many") + BODY),
    _broken("the length is negative", head(length="-5") + BODY),
    _broken("the length is enormous", head(length="9" * 30) + BODY),
    _broken("two lengths contradict each other", head(length=f"{len(BODY)}, 7") + BODY),
    _good("two lengths are the same", head(length=f"{len(BODY)}, {len(BODY)}") + BODY, **STRICT),
    _broken("the length is zero", head(length=0) + BODY, kind="decode", **STRICT),
    _broken(
        "a length contradicts the chunks",
        head(length=7, transfer_encoding="chunked") + b"%x\r\n%b\r\n0\r\n\r\n" % (len(BODY), BODY),
        kind=None,
        billed=False,
        images=(PNG,),
        **STRICT,
    ),
    _broken("the transfer encoding is unknown", head(transfer_encoding="gzip, chunked") + BODY),
    _good("it comes in chunks", _chunks(BODY[:50], BODY[50:])),
    _good(
        "a chunk has an extension and the end a trailer",
        head(transfer_encoding="chunked") + b"%x;a=b\r\n%b\r\n0\r\nX-Sum: 1\r\n\r\n" % (len(BODY), BODY),
    ),
    _broken("the size of a chunk is none", head(transfer_encoding="chunked") + b"size\r\n" + BODY),
    _broken("the size of a chunk is negative", head(transfer_encoding="chunked") + b"-1\r\n" + BODY),
    _broken("the size of a chunk is enormous", head(transfer_encoding="chunked") + b"f" * 40 + b"\r\n" + BODY),
    _broken("a chunk is larger than its size", head(transfer_encoding="chunked") + b"5\r\n" + BODY),
    _broken("it hangs up inside a chunk", head(transfer_encoding="chunked") + b"fff\r\n" + BODY, images=(PNG,)),
    _broken("the last chunk is missing", _chunks(BODY, end=b""), images=(PNG,)),
    _broken(
        "headers come without end",
        *[b"HTTP/1.1 200 OK\r\n", *(b"X-Flood-%d: %b\r\n" % (n, b"x" * 900) for n in range(300))],
    ),
    Fault("headers come as fast as they can, for ever", [_flood], kind="protocol", billed=True),
    _broken("a header is a megabyte", b"HTTP/1.1 200 OK\r\nX-Long: " + b"x" * (1 << 20) + b"\r\n\r\n" + BODY),
    _broken("the status line is a megabyte", b"HTTP/1.1 200 " + b"x" * (1 << 20) + b"\r\n\r\n" + BODY),
    _broken("a header has no colon", b"HTTP/1.1 200 OK\r\nnonsense\r\n\r\n" + BODY),
    _broken("a header holds a NUL", b"HTTP/1.1 200 OK\r\nX-A: a\0b\r\n\r\n" + BODY),
    _broken("a header's name has a space", b"HTTP/1.1 200 OK\r\nX A: b\r\n\r\n" + BODY),
    _good("a header is folded", b"HTTP/1.1 200 OK\r\nX-A: a\r\n b\r\nContent-Length: %d\r\n\r\n" % len(BODY) + BODY),
    _good("lines end with LF alone", b"HTTP/1.1 200 OK\nContent-Length: %d\n\n" % len(BODY) + BODY),
    _good("the status has no words", b"HTTP/1.1 200\r\nContent-Length: %d\r\n\r\n" % len(BODY) + BODY),
    _good("it speaks HTTP/1.0", b"HTTP/1.0 200 OK\r\n\r\n" + BODY),
    _good("an interim answer comes first", b"HTTP/1.1 102 Processing\r\n\r\n" + GOOD[0]),
    _broken("the status is no number", b"HTTP/1.1 abc OK\r\n\r\n" + BODY),
    _broken("the status is 99", b"HTTP/1.1 99 OK\r\n\r\n" + BODY),
    _broken("the status is 2000", b"HTTP/1.1 2000 OK\r\n\r\n" + BODY),
    _broken("it speaks HTTP/0.9", BODY),
    _broken("it speaks HTTP/2", b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"),
    _broken("it greets as mail servers do", b"220 mail.example ESMTP\r\n"),
    _broken("it greets as SSH does", b"SSH-2.0-OpenSSH_9.9\r\n"),
    _broken("it speaks TLS where none is expected", b"\x15\x03\x03\x00\x02\x02\x28"),
    _broken("it says NUL and no more", bytes(4000)),
    _broken(
        "it switches protocols",
        b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: h2c\r\n\r\n" + BODY,
        over_aiohttp={"kind": "decode"},
    ),
    _broken("it answers 204", b"HTTP/1.1 204 No Content\r\n\r\n", kind="decode"),
    _broken("it answers 204 and sends a body", b"HTTP/1.1 204 No Content\r\n\r\n" + BODY, kind="decode", **STRICT),
    Fault("it accepts and sends the picture with 202", [[head(202, length=len(BODY)) + BODY]], images=(PNG,)),
    Fault("it sends a part with 206", [[head(206, length=60) + BODY[:60]]], kind="decode", billed=True),
)
