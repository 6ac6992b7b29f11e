"""Bodies that are not what was promised: broken, huge or deep JSON, HTML, text, nothing."""

from __future__ import annotations

import json

from fault_table.words import CANARY, OTHER, PNG, SVG, Fault, b64, data, item, says

IMAGE = json.dumps(item()).encode()
WITH = b'{"data": [' + IMAGE + b"], "
MIB = 1 << 20


def _good(words: str, body: object, *pictures: bytes, **headers: str) -> Fault:
    return Fault(words, [says(body, **headers)], images=pictures or (PNG,))


def _wrong(words: str, body: object, kind: str = "decode", **more: object) -> Fault:
    headers = {name: more.pop(name) for name in ("content_type", "status") if name in more}
    return Fault(words, [says(body, **headers)], **{"kind": kind, "billed": True, **more})


FAULTS = (
    # Metadata that is broken takes no picture away.
    _good("a text beside the image is not UTF-8", WITH + b'"note": "\xff\xfe"}'),
    _good("numbers beside the image are none", WITH + b'"a": NaN, "b": -Infinity}'),
    _good("a number beside the image has 5000 digits", WITH + b'"a": ' + b"9" * 5000 + b"}"),
    _good("a number beside the image is beyond floats", WITH + b'"a": 1e99999}'),
    _good("half a character stands beside the image", WITH + rb'"a": "\ud800"}'),
    _good("a name beside the image is half a character", WITH + rb'"\udc00": 1}'),
    _good("control characters stand beside the image", WITH + b'"a": "\x01\n"}'),
    _good("a name comes twice", b'{"data": null, "data": [' + IMAGE + b"]}"),
    _good("the usage is a list", data(usage=[1])),
    _good("the usage is a text", data(usage="much")),
    _good("the usage counts are negative and texts", data(usage={"total_tokens": -1, "input_tokens": "x"})),
    _good("the usage is nested and odd", data(usage={"input_tokens_details": 5, "output_tokens_details": None})),
    _good("the time is a text", data(created="yesterday")),
    _good("the time is far beyond calendars", data(created=10**18)),
    _good("the time is a fraction", data(created=1.5)),
    _good("the time is a list", data(created=[])),
    _good("the rewritten prompt is a list", data(item(revised_prompt=["a"]))),
    _good("what is said of the image is a list", data(size=[1], quality={}, background=None)),
    _good("what is unknown stands beside the image", data(item(seed={}, foo=[[[1]]]), bar={"b64_json": 5})),
    _good("a byte order mark comes first", b"\xef\xbb\xbf" + json.dumps(data()).encode()),
    _good("white space surrounds it", b"\r\n\t " * 99 + json.dumps(data()).encode() + b"\n" * 99),
    _good("it says text/html and is JSON", data(), content_type="text/html; charset=utf-8"),
    _good("it says nothing of its type", data(), content_type=""),
    _good("it says that it is an image and is JSON", data(), content_type="image/png"),
    _good(
        "three megabytes of metadata stand before the image",
        b'{"note": "' + b"x" * (3 * MIB) + b'", ' + WITH[1:-2] + b"}",
    ),
    _good("metadata is nested 60 deep", WITH + b'"a": ' + b"[" * 60 + b"]" * 60 + b"}"),
    _good("the body is the image", PNG, content_type="image/png"),
    _good("the body is the image and says JSON", PNG),
    # Limits, and images that were whole before they were passed.
    _wrong(
        "five megabytes of metadata stand before the image",
        b'{"note": "' + b"x" * (5 * MIB) + b'", ' + WITH[1:-2] + b"}",
        "too_large",
    ),
    _wrong(
        "five megabytes of metadata stand behind the image",
        WITH + b'"note": "' + b"x" * (5 * MIB) + b'"}',
        "too_large",
        images=(PNG,),
    ),
    _wrong("metadata is nested 100 deep", WITH + b'"a": ' + b"[" * 100 + b"]" * 100 + b"}", "too_large", images=(PNG,)),
    _wrong("metadata is nested 100,000 deep", b"[" * 100_000 + b"]" * 100_000, "too_large"),
    _wrong("objects are nested 100,000 deep", b'{"data":' * 100_000 + b"1" + b"}" * 100_000, "too_large"),
    # JSON that is none.
    _wrong("JSON ends too early", json.dumps(data()).encode()[:-2], images=(PNG,)),
    _wrong("JSON ends inside an image", json.dumps(data()).encode()[:60]),
    _wrong("a comma is too much", WITH + b"}", images=(PNG,)),
    _wrong("two documents follow each other", json.dumps(data()) + json.dumps(data(item(OTHER))), images=(PNG, OTHER)),
    _wrong("text follows the document", json.dumps(data()) + " <!-- 0.3s -->", images=(PNG,)),
    _wrong("quotes are single", str(data())),
    _wrong("it is JavaScript", "callback(" + json.dumps(data()) + ")", content_type="text/javascript"),
    _wrong("it is UTF-16", json.dumps(data()).encode("utf-16")),
    _wrong("brackets are crossed", b'{"data": [' + IMAGE + b"}]", images=(PNG,)),
    _wrong("it is a list that breaks off", b"[1, 2", images=()),
    # Other things.
    _wrong(
        "it is a page",
        "<html><head><title>Just a moment...</title></head></html>",
        content_type="text/html",
        word="Just a moment",
    ),
    _wrong("it is a page and says JSON", "<!DOCTYPE html><p>Sign in</p>", word="HTML"),
    _wrong("it is a page that shows the key", f"<html><title>{CANARY}</title></html>"),
    _wrong("it is a text that shows the key", f"Bearer {CANARY} is fine", content_type="text/plain"),
    _wrong("it is a text", "OK", content_type="text/plain", word="OK"),
    _wrong("it is a text that begins like JSON", "[ERROR] no such page", content_type="text/plain", word="ERROR"),
    _wrong("it is XML", "<?xml version='1.0'?><Error><Code>AccessDenied</Code></Error>"),
    _wrong(
        "it is an event stream that nobody asked for",
        f'data: {{"b64_json": "{b64(PNG)}"}}\n\n',
        content_type="text/event-stream",
    ),
    _wrong("it is nothing", b""),
    _wrong("it is nothing and says 201", b"", status=201),
    _wrong("it is white space", b" \n" * 99),
    _wrong("it is null", "null"),
    _wrong("it is true", "true"),
    _wrong("it is a number", "42"),
    _wrong("it is a text in quotes", '"done"'),
    _wrong("it is base64 alone", b64(PNG)),
    _wrong("it is a PDF", b"%PDF-1.7\n" + bytes(99), content_type="application/pdf"),
    _wrong("it is a ZIP of images", b"PK\x03\x04" + PNG, content_type="application/zip"),
    _wrong("it is SVG that nobody asked for", SVG, content_type="image/svg+xml", kind="bad_image", images=(SVG,)),
)
