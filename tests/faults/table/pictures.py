"""Base64 in every form in which servers send it, and pictures that are none or not those asked for."""

from __future__ import annotations

import json
from base64 import b64decode, urlsafe_b64encode
from textwrap import wrap
from urllib.parse import quote

from fault_table.words import GIF, HERE, OTHER, PNG, SVG, Fault, b64, data, item, png, says

JPEG = bytes.fromhex("ffd8 ffe0 0010 4a464946 0001 01 01 0048 0048 00 00 ffc0 000b 08 0001 0001 01 01 11 00 ffd9")
LARGE = png(1, 1) + bytes(range(256)) * 20_000
"""Every character of the alphabet, and more than 4 MiB as text."""
URLSAFE = urlsafe_b64encode(LARGE).decode()
SVG_URL = "data:image/svg+xml," + quote(SVG.decode())
DATA_URL = "data:image/png;base64," + b64(PNG)


def _good(words: str, text: object, *pictures: bytes, **more: object) -> Fault:
    raw = text if isinstance(text, bytes) else json.dumps({"data": [{"b64_json": text}]})
    return Fault(words, [says(raw)], images=pictures or (PNG,), **more)


def _url(words: str, url: str, *pictures: bytes, field: str = "url") -> Fault:
    return Fault(words, [says({"data": [{field: url}]})], images=pictures or (PNG,))


def _none(words: str, text: str, *bad: bytes, **more: object) -> Fault:
    return Fault(words, [says({"data": [{"b64_json": text}]})], kind="bad_image", billed=True, images=bad, **more)


def _escaped(text: str) -> bytes:
    return b'{"data": [{"b64_json": "' + "".join(f"\\u{ord(each):04x}" for each in text).encode() + b'"}]}'


FAULTS = (
    _good("base64 is folded into lines", "\r\n".join(wrap(b64(PNG), 20))),
    _good("white space surrounds base64", f" \t\n{b64(PNG)}\n "),
    _good("base64 has no padding", b64(GIF).rstrip("="), GIF),
    _good("base64 has too much padding", b64(OTHER) + "===", OTHER),
    _good("base64 is of the URL-safe alphabet", URLSAFE, LARGE),
    _good("base64 is of both alphabets", URLSAFE[: len(URLSAFE) // 8 * 4] + b64(LARGE)[len(URLSAFE) // 8 * 4 :], LARGE),
    _good("base64 has a data: prefix", DATA_URL),
    _good("base64 has a data: prefix in capitals", "DATA:IMAGE/PNG;BASE64," + b64(PNG)),
    _good("base64 has a data: prefix of the wrong type", "data:text/plain;charset=utf-8;base64," + b64(PNG)),
    _good("base64 has a data: prefix and no padding", "data:;base64," + b64(GIF).rstrip("="), GIF),
    _good(
        "every slash is escaped", json.dumps({"data": [{"b64_json": b64(LARGE)}]}).replace("/", "\\/").encode(), LARGE
    ),
    _good("every character is escaped", _escaped(b64(PNG))),
    _none("nothing of it is base64", "not base64 at all!"),
    _none("base64 is broken in its middle", b64(PNG)[:40] + "*" + b64(PNG)[40:]),
    _none("a character of base64 is missing", "A"),
    _none("base64 is cut to dots", "..."),
    _none("it is hexadecimal", PNG.hex(), b64decode(PNG.hex() + "==")),
    _none("base64 holds a page", b64(b"<html>Sorry</html>"), b"<html>Sorry</html>"),
    _none("base64 holds JSON", b64(b'{"error": "no"}'), b'{"error": "no"}'),
    _none("base64 holds base64", b64(b64(PNG).encode()), b64(PNG).encode()),
    _none("base64 holds zeros", b64(bytes(90)), bytes(90)),
    _none("base64 holds a PDF", b64(b"%PDF-1.7"), b"%PDF-1.7"),
    _none("base64 holds SVG that nobody asked for", b64(SVG), SVG),
    _none("a data: URL is not base64", "data:image/svg+xml,%3Csvg%3E"),
    _good("base64 holds SVG that was asked for", b64(SVG), SVG, call={"output_format": "svg"}),
    _good(
        "it is JPEG where PNG was asked for",
        b64(JPEG),
        JPEG,
        call={"output_format": "png"},
        warns=("output_format_differs",),
    ),
    _good("it is of another size than asked for", b64(PNG), call={"size": "1024x1024"}, warns=("size_differs",)),
    _good("it is GIF where nothing was asked for", b64(GIF), GIF),
    Fault(
        "it is of another type than the server claims",
        [says(data(output_format="webp", size="1x1"))],
        images=(PNG,),
        warns=("output_format_differs",),
    ),
    _good("the image breaks off behind its head", b64(PNG[:40]), PNG[:40]),
    Fault(
        "an image that is none stands beside one",
        [says(data(item(b"<html>"), item()))],
        images=(PNG,),
        call={"n": 2},
        warns=("bad_image", "count_differs"),
    ),
    Fault(
        "base64 that is none stands beside an image",
        [says(data({"b64_json": "???"}, item()))],
        images=(PNG,),
        call={"n": 2},
        warns=("bad_image", "count_differs"),
    ),
    Fault(
        "a data: URL that is none stands beside an image",
        [says(data({"url": "data:image/png;base64,???"}, item()))],
        images=(PNG,),
        call={"n": 2},
        warns=("bad_image", "count_differs"),
    ),
    Fault(
        "bytes that are no image stand beside the URL of one",
        [says(data(item(b"null", url=f"http://{HERE}/a.png")))],
        assets=(says(PNG),),
        gets=1,
        images=(PNG,),
    ),
    _url("the URL is a data: URL", DATA_URL),
    _url("the URL is a data: URL in capitals", "DATA:IMAGE/PNG;BASE64," + b64(PNG)),
    _url(
        "the URL is a data: URL of the URL-safe alphabet without padding",
        "data:image/png;base64," + URLSAFE.rstrip("="),
        LARGE,
    ),
    _url("the URL is a data: URL of more than four megabytes", "data:image/png;base64," + b64(LARGE), LARGE),
    _url("the URL is a data: URL under another name", DATA_URL, field="image_url"),
    Fault(
        "the URL is a data: URL that is no image",
        [says({"data": [{"url": "data:text/html;base64," + b64(b"<html>")}]})],
        kind="bad_image",
        billed=True,
        images=(b"<html>",),
    ),
    Fault(
        "the URL is a data: URL whose base64 is broken",
        [says({"data": [{"url": "data:image/png;base64,???"}]})],
        kind="bad_image",
        billed=True,
    ),
    Fault(
        "the URL is a data: URL of SVG that nobody asked for",
        [says({"data": [{"url": SVG_URL}]})],
        kind="bad_image",
        billed=True,
        images=(SVG,),
    ),
    Fault(
        "the URL is a data: URL of SVG that was asked for",
        [says({"data": [{"url": SVG_URL}]})],
        images=(SVG,),
        call={"output_format": "svg"},
    ),
)
