"""Images that come as URLs, and servers of images that fail: a GET costs nothing, and the URL is not lost."""

from __future__ import annotations

import gzip
from itertools import repeat

from fault_table.words import GIF, HERE, OTHER, PNG, SVG, Fault, data, drip, head, item, says

URL = f"http://{HERE}/a.png?sig=s1gn4ture"
PAST = f"http://{HERE}/a.png?se=2026-01-01T00:00:00Z&sig=s1gn4ture"
IMAGE = {"content_type": "image/png"}


def _kept(words: str, *answers: object, url: str = URL, **more: object) -> Fault:
    expected = {"kind": "not_found", "billed": True, "gets": 1, "images": (url,), **more}
    return Fault(words, [says(data({"url": url}, created=None))], assets=answers, **expected)


def _good(words: str, *answers: object, **more: object) -> Fault:
    return Fault(words, [says(data({"url": URL}))], assets=answers, **{"gets": 1, "images": (PNG,), **more})


def _leads(to: str, status: int = 302) -> object:
    return says("", status, location=to)


PICTURE = says(PNG, **IMAGE)
BOMB = gzip.compress(PNG + bytes(70 << 20))

FAULTS = (
    _good("an image comes as a URL", PICTURE),
    _good("an image's server says another type", says(PNG, content_type="text/html")),
    _good("an image's server compresses", says(gzip.compress(PNG), content_encoding="gzip")),
    _good("an image's server recovers", says("", 503, retry_after="0"), PICTURE, gets=2),
    _good("an image's server recovers from an unknown outcome", says("", 500), PICTURE, gets=2),
    _good("an image's server hangs up once", ["cut"], PICTURE, gets=2),
    _good("an image is cut once", [head(length=900) + PNG, "cut"], PICTURE, gets=2),
    _good("an image's server leads on within its origin", _leads("/b.png"), PICTURE, gets=2),
    _good("an image's server leads on five times", *[_leads("/b.png")] * 5, PICTURE, gets=6),
    _kept("an image's server knows nothing of it", says("", 404)),
    _kept("an image's server refuses", says("", 403), kind="permission"),
    _kept("an image is gone", says("", 410), kind="expired"),
    _kept(
        "an image has passed its day",
        says("", 404, date="Sun, 22 Nov 2026 10:00:00 GMT"),
        url=PAST,
        kind="expired",
        word="2026-01-01",
    ),
    _kept("an image has passed its day and is forbidden", says("", 403), url=PAST, kind="expired"),
    _kept("an image's server wants a key", says("", 401), kind="permission"),
    _kept(
        "an image's server answers with a page", says("<html>Sorry</html>", content_type="text/html"), kind="bad_image"
    ),
    _kept("an image's server answers with JSON", says({"error": "no"}), kind="bad_image"),
    _kept("an image's server answers with nothing", says(""), kind="bad_image"),
    _kept(
        "an image's server answers with SVG that nobody asked for",
        says(SVG, content_type="image/svg+xml"),
        kind="bad_image",
    ),
    _kept("an image's server answers with 204", says("", 204), kind="bad_request"),
    _kept("an image's server answers with a part", says(PNG, 206), kind="bad_request"),
    _kept("an image's server fails again and again", says("", 500), kind="server", gets=3),
    _kept("an image's server hangs up again and again", ["cut"], kind="protocol", gets=3),
    _kept("an image is cut again and again", [head(length=900) + PNG, "cut"], kind="protocol", gets=3),
    _kept(
        "an image's server asks to come later than there is time",
        says("", 503, retry_after="60"),
        kind="server",
        seconds=2.0,
    ),
    _kept("an image's server says nothing", [60.0], kind="timeout", seconds=0.3),
    _kept(
        "an image drips for ever",
        drip(head(length=99999) + PNG, then=lambda: repeat(b"\0")),
        kind="timeout",
        seconds=0.3,
    ),
    _kept("an image says it is too large", [head(length=100 << 20), 60.0], kind="too_large"),
    _kept("an image is a bomb", says(BOMB, content_encoding="gzip"), kind="too_large", mebibytes=64),
    _kept(
        "an image is compressed with brotli, which nobody asked for",
        says(PNG, content_encoding="br"),
        kind="decode",
        gets=3,
    ),
    _kept("an image's server leads in circles", _leads("/a.png"), kind="redirect", gets=6),
    _kept("an image's server leads nowhere", says("", 302), kind="redirect"),
    _kept("an image's server leads to this machine", _leads("http://127.0.0.1:1/"), kind="ssrf_blocked"),
    _kept("an image's server leads to the cloud's metadata", _leads("http://169.254.169.254/"), kind="ssrf_blocked"),
    _kept("an image's server leads to a file", _leads("file:///etc/passwd"), kind="ssrf_blocked"),
    _kept(
        "an image's server leads to its own network by another spelling",
        _leads("http://0x7f.1:80/"),
        kind="ssrf_blocked",
    ),
    Fault(
        "one of two URLs fails",
        [says(data({"url": f"http://{HERE}/a"}, {"url": f"http://{HERE}/b"}))],
        assets=(says("", 404), says(OTHER)),
        gets=2,
        images=(f"http://{HERE}/a", OTHER),
        call={"n": 2},
        warns=("download_failed",),
    ),
    Fault(
        "a URL fails beside an image in hand",
        [says(data(item(), {"url": f"http://{HERE}/a"}))],
        assets=(says("", 404),),
        gets=1,
        images=(PNG, f"http://{HERE}/a"),
        call={"n": 2},
        warns=("download_failed",),
    ),
    Fault(
        "a URL was asked for and is left alone",
        [says(data({"url": URL}))],
        assets=(PICTURE,),
        images=(URL,),
        call={"delivery": "url"},
    ),
    Fault("bytes come where a URL was asked for", [says(data(item(GIF)))], images=(GIF,), call={"delivery": "url"}),
)
