"""Images by URL: fetched at once unless URLs are wanted, and never lost for a download that fails."""

from __future__ import annotations

from base64 import b64encode
from datetime import UTC, datetime
from typing import Any

import pytest

import limner
from limner.errors import NotFoundError, SSRFBlockedError
from limner.events import CallFinished, CallStarted, Downloaded, ImageReceived
from limner.media import Image
from limner.results import ImageResult


@pytest.fixture
def pictures(server: Any, png: Any) -> Any:
    """Answer a POST with these URLs (a path is the server's own), and a GET of /N.png with a picture N pixels wide."""

    def answer(*urls: str) -> None:
        data = [{"url": url if "://" in url else server.url + url, "revised_prompt": "A cat."} for url in urls]

        def api(asked: Any) -> Any:
            if asked.method == "POST":
                return server.reply(json={"created": 1_800_000_000, "data": data})
            name = asked.path.strip("/").removesuffix(".png")
            return server.reply(png(int(name))) if name.isdigit() else server.reply(status=404)

        server.api = api

    return answer


def test_urls_are_fetched_at_once(server: Any, plain: Any, png: Any, paint: Any, pictures: Any) -> None:
    pictures("/1.png", "/2.png?sig=abc")
    told: list[Any] = []
    result = paint(plain(), n=2, client={"observers": [told.append]})
    assert [image.read() for image in result] == [png(1), png(2)]
    assert [(image.index, image.revised_prompt, image.width) for image in result] == [
        (0, "A cat.", 1),
        (1, "A cat.", 2),
    ]
    assert result.images[1].url == f"{server.url}/2.png?sig=abc"
    assert [type(event) for event in told] == [
        CallStarted, Downloaded, Downloaded, ImageReceived, ImageReceived, CallFinished,
    ]  # fmt: skip
    assert (told[1].host, told[1].size) == ("127.0.0.1", len(png(1)))
    assert "sig" not in repr(told)


def test_a_download_takes_no_key_along(server: Any, plain: Any, paint: Any, pictures: Any) -> None:
    pictures("/1.png")
    paint(plain())
    assert "authorization" in server.asked[0].headers
    assert "key-of-a-test" not in repr(server.asked[1])


def test_urls_are_kept_where_they_are_wanted(server: Any, plain: Any, paint: Any, pictures: Any) -> None:
    pictures("/1.png?se=2030-01-02T03:04:05Z")
    result = paint(plain(), delivery="url")
    assert (result.image.data, result.image.url) == (None, f"{server.url}/1.png?se=2030-01-02T03:04:05Z")
    assert result.image.expires_at == datetime(2030, 1, 2, 3, 4, 5, tzinfo=UTC)
    assert len(server.asked) == 1


def test_bytes_are_bytes_though_urls_were_wanted(server: Any, plain: Any, png: Any, paint: Any) -> None:
    server.script(server.reply(json={"data": [{"b64_json": b64encode(png()).decode()}]}))
    assert paint(plain(), delivery="url").image.read() == png()


def test_a_download_that_fails_keeps_its_url_and_the_other_pictures(
    server: Any, plain: Any, png: Any, paint: Any, pictures: Any
) -> None:
    pictures("/1.png", "/gone.png?sig=abc")
    result = paint(plain(), n=2)
    assert result.image.read() == png(1)
    assert (result.images[1].data, result.images[1].url) == (None, f"{server.url}/gone.png?sig=abc")
    (warning,) = result.warnings
    assert warning.code == "download_failed"
    assert "gone.png" in warning.message
    assert "sig" not in warning.message


def test_a_picture_in_hand_is_kept_beside_a_url_that_fails(server: Any, plain: Any, png: Any, paint: Any) -> None:
    class Both(plain):  # type: ignore[misc]
        def normalize(self, response: Any, call: Any) -> ImageResult:
            del response, call
            return ImageResult(images=(Image.of(png(5)), Image(url=f"{server.url}/gone.png")))

    server.api = lambda asked: server.reply(json={}) if asked.method == "POST" else server.reply(status=404)
    assert [image.width for image in paint(Both(), n=2)] == [5, None]


def test_an_image_that_is_neither_is_none(server: Any, plain: Any, paint: Any) -> None:
    def normalize(*_: Any) -> ImageResult:
        return ImageResult(images=(Image(),))

    server.script(server.reply(json={}))
    with pytest.raises(limner.BadImageError):
        paint(type("Empty", (plain,), {"normalize": normalize})())


def test_where_every_download_fails_the_urls_are_on_the_error(
    server: Any, plain: Any, paint: Any, pictures: Any
) -> None:
    pictures("/gone.png", "/lost.png")
    with pytest.raises(NotFoundError) as caught:
        paint(plain(), n=2)
    assert [image.url for image in caught.value.images] == [f"{server.url}/gone.png", f"{server.url}/lost.png"]
    assert caught.value.maybe_billed
    assert server.posts == 1


PLACES = [
    "http://127.0.0.2/1.png",
    "http://169.254.169.254/latest/meta-data",
    "file:///etc/passwd",
    "http://[::1]/1.png",
]


@pytest.mark.parametrize("place", PLACES)
def test_nothing_is_fetched_from_other_places_of_this_machine(
    plain: Any, paint: Any, pictures: Any, place: str
) -> None:
    pictures(place)
    with pytest.raises(SSRFBlockedError) as caught:
        paint(plain())
    assert caught.value.images[0].url == place


def test_a_client_on_a_server_fetches_from_public_addresses_only(
    server: Any, plain: Any, paint: Any, pictures: Any
) -> None:
    pictures("/1.png")
    with pytest.raises(SSRFBlockedError):
        paint(plain(), client={"trust": "server"})
    assert [asked.method for asked in server.asked] == ["POST"]


def test_the_base_url_of_one_provider_is_no_place_for_anothers_pictures(
    server: Any, plain: Any, paint: Any, pictures: Any
) -> None:
    pictures("http://localhost:1/1.png")
    with pytest.raises(SSRFBlockedError):
        paint(plain(), client={"base_urls": {"plain": server.url, "other": "http://localhost:1"}})


def test_svg_counts_as_a_picture_only_where_it_was_asked_for(server: Any, plain: Any, paint: Any) -> None:
    svg = b'<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"></svg>'
    url = f"{server.url}/1.svg"
    server.api = lambda asked: (
        server.reply(json={"data": [{"url": url}]}) if asked.method == "POST" else server.reply(svg)
    )
    assert paint(plain(), output_format="svg").image.media_type == "image/svg+xml"
    with pytest.raises(limner.BadImageError):
        paint(plain())
