"""Streams of events: cut, split, commented, out of order, without an end, with an error in their midst."""

from __future__ import annotations

import gzip
import json

from attrs import evolve
from fault_table.words import (
    CANARY,
    GIF,
    OTHER,
    PNG,
    Fault,
    b64,
    data,
    done,
    event,
    events,
    frame,
    head,
    item,
    refuses,
    says,
)

FRAME, DONE = event(frame(OTHER)), event(done())
END = b"data: [DONE]\n\n"
PRETTY = "\n".join(f"data: {line}" for line in json.dumps(done(), indent=2).splitlines()).encode() + b"\n\n"


def _good(words: str, *pieces: object, **more: object) -> Fault:
    return Fault(words, [events(*pieces)], stream=True, **{"images": (PNG,), **more})


def _broken(words: str, *pieces: object, **more: object) -> Fault:
    return Fault(words, [events(*pieces)], stream=True, **{"kind": "protocol", "billed": True, **more})


def _bytes(stream: bytes, size: int) -> list[bytes]:
    return [stream[at : at + size] for at in range(0, len(stream), size)]


FAULTS = (
    _good("frames come before the picture", FRAME, DONE, END),
    _good("a stream has no end", FRAME, DONE),
    _good("a stream ends before the blank line", FRAME, DONE[:-1]),
    _good("a stream ends inside the line of its picture, which is whole", FRAME, DONE[:-2]),
    _good("events come byte by byte", *_bytes(DONE + END, 1)),
    _good("events come in pieces of seven bytes", *_bytes(FRAME + DONE, 7)),
    _good("lines end with CR", FRAME.replace(b"\n", b"\r"), DONE.replace(b"\n", b"\r")),
    _good("lines end with CRLF", FRAME.replace(b"\n", b"\r\n"), DONE.replace(b"\n", b"\r\n")),
    _good("CRLF is split", *_bytes(DONE.replace(b"\n", b"\r\n"), len(DONE) - 1)),
    _good("a stream begins with a byte order mark", b"\xef\xbb\xbf" + DONE),
    _good(
        "comments stand everywhere", b": hello\n\n", FRAME[:-1] + b":\n: x\n\n", b":" * 5000 + b"\n\n", DONE, b": bye"
    ),
    _good("data comes over several lines", PRETTY),
    _good(
        "events have names",
        event(frame(OTHER), "image_generation.partial_image"),
        event(done(), "image_generation.completed"),
    ),
    _good("events have names and their JSON no type", event(item(), "image_generation.completed")),
    _good("events have ids and times", b"id: 1\nretry: 5\n" + DONE),
    _good("a colon has no space", DONE.replace(b"data: ", b"data:")),
    _good(
        "an event means nothing",
        event({"type": "keepalive"}),
        event("hello"),
        event("null"),
        event("[]"),
        b"data\n\n",
        DONE,
    ),
    _good("the picture comes before its frames", DONE, FRAME),
    _good("frames come in any order", event(frame(OTHER, 2)), event(frame(GIF, 0)), DONE),
    _good("an event follows the end", END, DONE),
    _good(
        "two pictures come where one was asked for",
        DONE,
        event(done(OTHER)),
        images=(PNG, OTHER),
        warns=("count_differs",),
    ),
    _good("one picture comes where two were asked for", DONE, call={"n": 2}, warns=("count_differs",)),
    _good("bytes of an event are not UTF-8", DONE[:-3] + b', "note": "\xff"}\n\n'),
    _good("an event is a bare list", event([1, 2]), DONE),
    _good("an event has an odd type", event({"type": ["error"]}), DONE),
    _good("a stream waits before it begins", b"\n\n", 0.1, b"\n", 0.1, b": ping\n\n", DONE),
    _good("zeros stand in a comment", b": \0\0\n\n", DONE),
    Fault(
        "a stream says nothing of its type's case",
        [events(DONE, content_type="Text/Event-Stream; charset=utf-8")],
        stream=True,
        images=(PNG,),
    ),
    Fault("a stream was asked for and JSON comes", [says(data())], stream=True, images=(PNG,)),
    Fault(
        "a stream was asked for and JSON comes that says stream",
        [says(data(), content_type="text/event-stream")],
        stream=True,
        images=(PNG,),
    ),
    Fault("a stream was asked for and comes as JSON's type", [says(DONE)], stream=True, images=(PNG,)),
    Fault(
        "a stream was asked for and compressed JSON comes that says stream",
        [says(gzip.compress(json.dumps(data()).encode()), content_type="text/event-stream", content_encoding="gzip")],
        stream=True,
        images=(PNG,),
    ),
    Fault(
        "a stream was asked for and comes as HTML's type",
        [says(b": hello\n\n" + DONE, content_type="text/html")],
        stream=True,
        images=(PNG,),
    ),
    Fault(
        "a stream was asked for and comes in small pieces as JSON's type",
        [[head(length=len(DONE)), DONE[:2], 0.05, DONE[2:]]],
        stream=True,
        images=(PNG,),
    ),
    Fault(
        "a stream was asked for and a refusal comes",
        [refuses(400, "Not that.", "moderation_blocked", content_type="text/event-stream")],
        stream=True,
        kind="content_policy",
        word="Not that",
    ),
    Fault(
        "a stream was asked for and a page comes",
        [says("<html>Sorry</html>", content_type="text/html")],
        stream=True,
        kind="decode",
        billed=True,
    ),
    Fault(
        "a stream is turned away once",
        [refuses(429, retry_after="0"), events(DONE)],
        stream=True,
        posts=2,
        images=(PNG,),
    ),
    _broken("a stream is empty", kind="schema"),
    _broken("a stream has only its end", END, kind="schema"),
    _broken("a stream has only comments", b": ping\n\n" * 99, kind="schema"),
    _broken("a stream has only frames", FRAME, END, kind="schema", images=(OTHER,)),
    _broken("the picture's event has no picture", event({"type": "image_generation.completed"}), kind="schema"),
    _broken("the picture of a stream is none", event(done(b"<html>")), kind="bad_image", images=(b"<html>",)),
    _broken(
        "the picture of a stream is not base64",
        event({"type": "image_generation.completed", "b64_json": "???"}),
        kind="bad_image",
    ),
    _broken("a stream is cut inside an image", FRAME, DONE[:120], images=(OTHER,)),
    _broken("a stream is cut behind an image", FRAME, DONE[: DONE.index(b'", "created') + 1], images=(OTHER, PNG)),
    _broken("a stream is cut inside its JSON", FRAME, DONE[:30], images=(OTHER,)),
    _broken("a stream is reset behind a frame", FRAME, 0.05, "reset", images=(OTHER,)),
    _broken("a stream is reset behind its picture", DONE, 0.05, "reset", images=(PNG,)),
    _broken(
        "a stream that breaks is not asked for again, whatever the risk",
        FRAME,
        "cut",
        kind="schema",
        images=(OTHER,),
        call={"retry": "at_least_once"},
    ),
    evolve(
        _broken("a chunk of a stream is missing", images=(OTHER,)),
        answers=((events(transfer_encoding="chunked")[0] + b"%x\r\n%b\r\n" % (len(FRAME), FRAME), "cut"),),
    ),
    _broken(
        "an error comes in the middle of a stream",
        FRAME,
        event({"error": {"message": "Broke."}}, "error"),
        kind="server",
        images=(OTHER,),
        word="Broke",
    ),
    _broken(
        "an error comes behind the picture", DONE, event({"error": {"message": "Broke."}}), kind="server", images=(PNG,)
    ),
    _broken(
        "a refusal comes in the middle of a stream",
        FRAME,
        event({"type": "error", "error": {"message": "Not that.", "code": "moderation_blocked"}}),
        kind="content_policy",
        images=(OTHER,),
    ),
    _broken(
        "a flat error comes in a stream",
        event({"type": "error", "message": "Broke.", "code": "server_error"}, "error"),
        kind="server",
        word="Broke",
    ),
    _broken("an error of a stream shows the key", event({"error": {"message": f"{CANARY} broke"}}), kind="server"),
    _broken(
        "an event has five megabytes of text",
        FRAME,
        b"data: " + b"x" * (5 << 20) + b"\n\n",
        kind="too_large",
        images=(OTHER,),
    ),
    _broken(
        "an event has five megabytes of JSON",
        FRAME,
        b'data: {"a": "' + b"x" * (5 << 20) + b'"}\n\n',
        kind="too_large",
        images=(OTHER,),
    ),
    _broken("an event is nested 100 deep", FRAME, b"data: " + b"[" * 100 + b"\n\n", kind="too_large", images=(OTHER,)),
    _good("a line without end is no data", b"x" * (5 << 20) + b"\n\n", DONE),
    _good(
        "an image comes as a data: URL in an event",
        event({"type": "image_generation.completed", "b64_json": "data:image/png;base64," + b64(PNG)}),
    ),
)
