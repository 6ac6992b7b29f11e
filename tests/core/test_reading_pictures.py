"""Pictures of a reply in odd forms: ``data:`` URLs that nobody decoded on the way, and broken ones beside good ones."""

from __future__ import annotations

from base64 import b64encode, urlsafe_b64encode
from typing import Any
from urllib.parse import quote

import pytest

from limner.errors import BadImageError
from limner.media import Blob
from limner.provider import HttpResponse
from limner.reading import read_image, read_images

GIF = b"GIF89a\x01\x00\x01\x00\x00\x00\x00;"
SVG = b'<svg xmlns="http://www.w3.org/2000/svg"/>'
ODD = GIF + bytes(range(256))
URL = "https://images.example/a.gif"


def pictures(*items: Any) -> list[Any]:
    return [image.data or image.url for image in read_images(HttpResponse(200, {}, json={"data": list(items)}))]


@pytest.mark.parametrize(
    ("url", "data"),
    [
        ("data:image/gif;base64," + b64encode(GIF).decode(), GIF),
        ("DATA:IMAGE/GIF;BASE64," + b64encode(GIF).decode().rstrip("="), GIF),
        ("data:;base64," + urlsafe_b64encode(ODD).decode(), ODD),
        (
            "data:image/gif;base64,\n "
            + "\r\n".join(b64encode(ODD).decode()[at : at + 50] for at in range(0, 999, 50)),
            ODD,
        ),
        ("data:image/svg+xml," + quote(SVG.decode()), SVG),
        ("data:image/svg+xml;utf8," + SVG.decode(), SVG),
    ],
)
@pytest.mark.parametrize("name", ["url", "image_url"])
def test_a_data_url_is_its_bytes(name: str, url: str, data: bytes) -> None:
    assert pictures({name: url}) == [Blob(data)]


@pytest.mark.parametrize("name", ["url", "image_url", "b64_json"])
def test_bytes_may_stand_where_a_url_was_expected(name: str) -> None:
    """The transport decodes on the way what is declared as ``data.*.url=data:``."""
    assert pictures({name: Blob(GIF)}) == [Blob(GIF)]


def test_bytes_that_are_no_picture_do_not_hide_the_url_of_one() -> None:
    assert pictures({"b64_json": Blob(b"null"), "url": URL}) == [URL]
    assert pictures({"b64_json": Blob(GIF), "url": URL}) == [Blob(GIF)]


@pytest.mark.parametrize("bad", [{"b64_json": "???"}, {"url": "data:image/png;base64,???"}, {"b64_json": 5}])
def test_what_is_no_base64_takes_no_picture_with_it(bad: dict[str, Any]) -> None:
    """It stays in its place, as bytes that are no picture, and is told where the bytes are looked at."""
    first, second = read_images(HttpResponse(200, {}, json={"data": [bad, {"b64_json": Blob(GIF)}]}))
    assert (second.data, second.index) == (Blob(GIF), 1)
    assert first.data is not None
    assert first.data.info is None
    with pytest.raises(BadImageError):
        read_images(HttpResponse(200, {}, json={"data": [bad, bad]}))
    with pytest.raises(BadImageError):
        read_image(bad)
