"""Connections that are not made, and that end before, in and after an answer."""

from __future__ import annotations

import json

from fault_table.words import CANARY, GOOD, PNG, Fault, b64, data, head, says

WHOLE = b'{"data": [{"b64_json": "' + b64(PNG).encode() + b'"}'
LONG = head(length=900, x_request_id="req-cut")
NOBODY = {"base_urls": {"acme": "http://127.0.0.1:1"}}


def _broken(words: str, *answers: object, **more: object) -> Fault:
    return Fault(words, answers, **{"kind": "protocol", "billed": True, **more})


FAULTS = (
    Fault("nobody listens", [[]], kind="connect", posts=0, client=NOBODY),
    Fault(
        "nobody listens, whatever the risk",
        [[]],
        kind="connect",
        posts=0,
        client=NOBODY,
        call={"retry": "at_least_once"},
    ),
    Fault(
        "a name has no address", [[]], kind="connect", posts=0, client={"base_urls": {"acme": "https://acme.invalid"}}
    ),
    _broken("it hangs up without a word", ["cut"]),
    _broken("it resets without a word", ["reset"]),
    _broken("it hangs up inside the status", [b"HTTP/1.", "cut"]),
    _broken("it hangs up inside the headers", [GOOD[0][:40], "cut"]),
    _broken("it resets inside the headers", [GOOD[0][:40], 0.05, "reset"]),
    _broken("it hangs up before the body", [LONG, "cut"]),
    _broken("it resets before the body", [LONG, 0.05, "reset"]),
    _broken("it hangs up inside the body", [LONG, b'{"data": [', "cut"]),
    _broken("it resets inside the body", [LONG, b'{"data": [', 0.05, "reset"]),
    _broken("it hangs up inside an image", [LONG, WHOLE[:60], "cut"]),
    _broken("it hangs up behind a whole image", [LONG, WHOLE, "cut"], images=(PNG,)),
    _broken("it resets behind a whole image", [LONG, WHOLE, 0.05, "reset"], images=(PNG,)),
    _broken("it hangs up inside an image that is the body", [head(length=900, content_type="image/png") + PNG, "cut"]),
    Fault("it hangs up behind the body", [[*GOOD, "cut"]], images=(PNG,)),
    Fault("it resets behind the body", [[*GOOD, 0.05, "reset"]], images=(PNG,)),
    Fault(
        "the end of the body is that of the connection",
        [[head(connection="close"), json.dumps(data()).encode(), "cut"]],
        images=(PNG,),
    ),
    _broken(
        "it resets where the end would be that of the connection",
        [head(connection="close"), json.dumps(data()).encode(), 0.05, "reset"],
        images=(PNG,),
    ),
    _broken("it hangs up twice, at the caller's risk", ["cut"], posts=3, call={"retry": "at_least_once"}),
    Fault(
        "it hangs up once, at the caller's risk",
        [["cut"], GOOD],
        posts=2,
        images=(PNG,),
        call={"retry": "at_least_once"},
    ),
    _broken(
        "it hangs up inside a second attempt, and the image of the first is kept",
        [LONG, WHOLE, "cut"],
        ["cut"],
        posts=3,
        images=(PNG,),
        call={"retry": "at_least_once"},
    ),
    _broken("it says the key and hangs up", [f"HTTP/1.1 200 OK\r\nX-{CANARY}: {CANARY}\r\n".encode(), "cut"]),
    _broken("it names the key as the request's id and hangs up", [head(length=9, x_request_id=CANARY), "cut"]),
    Fault(
        "an answer comes in pieces of three bytes",
        [[GOOD[0][at : at + 3] for at in range(0, len(GOOD[0]), 3)]],
        images=(PNG,),
    ),
    Fault("a second answer follows that nobody asked for", [[GOOD[0] + says(data())[0]]], images=(PNG,)),
)
