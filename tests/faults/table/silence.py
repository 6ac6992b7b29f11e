"""No reply, and replies that drip: the deadline holds, and what was whole by then is kept."""

from __future__ import annotations

import gzip
import json
from itertools import chain, count, cycle, repeat

from attrs import evolve
from fault_table.words import GOOD, PNG, Answer, Fault, b64, data, done, drip, event, events, frame, head, refuses

LONG = head(length=1_000_000)
CHUNKED = head(transfer_encoding="chunked")
WHOLE = b'{"data": [{"b64_json": "' + b64(PNG).encode() + b'"}'

LATE = Fault("nothing is said at all", [[60.0]], kind="timeout", billed=True, seconds=0.25)


def _late(says: str, *answers: object, **more: object) -> Fault:
    return evolve(LATE, says=says, answers=answers, **more)


def _flood(again: bytes, *first: bytes) -> Answer:
    """The same as fast as it can, for ever; a breath lets the client's thread live, as both are of one process."""
    return lambda: chain(first, cycle([again * (1 << 15), 0.001]))


FAULTS = (
    LATE,
    _late("half a status line is said", [b"HTTP/1.1 2", 60.0]),
    _late("a status is said and no more", [b"HTTP/1.1 200 OK\r\n", 60.0]),
    _late("headers are said and no body", [LONG, 60.0]),
    _late("the body stops before its first image", [LONG + b'{"data": [', 60.0]),
    _late("the body stops inside an image", [LONG + WHOLE[:60], 60.0]),
    _late("the body stops behind a whole image", [LONG + WHOLE, 60.0], images=(PNG,)),
    _late("the last chunk does not come", [CHUNKED + b"%x\r\n%b\r\n" % (len(WHOLE), WHOLE), 60.0], images=(PNG,)),
    _late("headers drip byte by byte", drip(then=lambda: (bytes([byte]) for byte in GOOD[0]))),
    _late(
        "headers drip line by line for ever",
        drip(b"HTTP/1.1 200 OK\r\n", then=lambda: (b"X-%d: x\r\n" % n for n in count())),
    ),
    _late("the body drips white space for ever", drip(LONG, then=lambda: repeat(b" "))),
    _late("the body drips white space behind an image", drip(LONG + WHOLE, then=lambda: repeat(b" ")), images=(PNG,)),
    _late("a body that is no JSON drips for ever", drip(LONG + b"GIF89a", then=lambda: repeat(b"\0"))),
    _late("chunks of one byte drip for ever", drip(CHUNKED, then=lambda: repeat(b"1\r\n \r\n"))),
    _late("the extension of a chunk drips for ever", drip(CHUNKED + b"1;", then=lambda: repeat(b"x"))),
    _late(
        "a compressed body drips for ever",
        drip(
            head(length=99999, content_encoding="gzip") + gzip.compress(b" "), then=lambda: repeat(gzip.compress(b" "))
        ),
    ),
    _late("interim answers drip for ever", drip(then=lambda: repeat(b"HTTP/1.1 100 Continue\r\n\r\n"))),
    _late("the images of a refusal's body never come", [head(500, length=500) + b'{"error": ', 60.0]),
    _late(
        "the first attempt is turned away, the second is not answered", refuses(503, retry_after="0"), [60.0], posts=2
    ),
    _late("a stream says nothing", events(60.0), stream=True),
    _late("a stream drips comments for ever", drip(events()[0], then=lambda: repeat(b": ping\n\n")), stream=True),
    _late("a comment of a stream has no end", drip(events()[0] + b": ", then=lambda: repeat(b"ping")), stream=True),
    _late(
        "a stream drips events that mean nothing",
        drip(events()[0], then=lambda: repeat(event({"type": "keepalive"}))),
        stream=True,
    ),
    _late("a stream stops behind a frame", events(event(frame(PNG)), 60.0), images=(PNG,), stream=True),
    _late(
        "a stream stops inside an event whose image is whole",
        events(event(frame(PNG))[:-12], 60.0),
        images=(PNG,),
        stream=True,
    ),
    _late("a stream does not end behind its picture", events(event(done()), 60.0), images=(PNG,), stream=True),
    _late("interim answers come as fast as they can, for ever", _flood(b"HTTP/1.1 100 Continue\r\n\r\n")),
    _late("chunks of one byte come as fast as they can, for ever", _flood(b"1\r\n \r\n", CHUNKED)),
    _late("comments come as fast as they can, for ever", _flood(b":\n", events()[0]), stream=True, kind="too_large"),
    Fault(
        "a whole answer drips, and is in time",
        [drip(then=lambda: (GOOD[0][at : at + 40] for at in range(0, len(GOOD[0]), 40)))],
        images=(PNG,),
    ),
    Fault(
        "white space keeps the connection open while it paints",
        [[head(length=len(json.dumps(data())) + 9), b" " * 9, 0.1, json.dumps(data()).encode()]],
        images=(PNG,),
    ),
)
