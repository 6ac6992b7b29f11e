"""URLs that were kept, fetched later: whole, in part, too late, and from where."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest

import limner
from limner.errors import ExpiredError, NotFoundError, SSRFBlockedError
from limner.events import Downloaded
from limner.media import Image
from limner.results import ImageResult

if TYPE_CHECKING:
    from collections.abc import Callable

LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)


def _sync(arguments: dict[str, Any], result: ImageResult) -> ImageResult:
    with limner.Client(**arguments) as client:
        return client.download(result)


def _async(arguments: dict[str, Any], result: ImageResult) -> ImageResult:
    async def main() -> ImageResult:
        async with limner.AsyncClient(**arguments) as client:
            return await client.download(result)

    return asyncio.run(main())


@pytest.fixture(params=[_sync, _async], ids=["sync", "async"])
def download(request: pytest.FixtureRequest, server: Any, plain: Any) -> Callable[..., ImageResult]:
    """``download(*images, provider=, client={...})``."""

    def go(*images: Image, provider: str = "plain", client: dict[str, Any] | None = None) -> ImageResult:
        known = {"providers": [plain()], "base_urls": {"plain": server.url}, "environ": {}, **(client or {})}
        result: ImageResult = request.param(known, ImageResult(images=images, provider=provider, model="brush"))
        return result

    return go


def test_urls_become_bytes_and_keep_what_was_said_of_them(server: Any, png: Any, download: Any) -> None:
    server.script(server.reply(png(2)))
    kept = Image(url=f"{server.url}/a.png", revised_prompt="A cat.", index=1, details={"quality": "high"})
    (image,) = download(kept)
    assert (image.read(), image.width, image.media_type) == (png(2), 2, "image/png")
    assert (image.url, image.revised_prompt, image.index) == (kept.url, "A cat.", 1)
    assert image.details["quality"] == "high"


def test_no_key_goes_along(server: Any, png: Any, download: Any) -> None:
    server.script(server.reply(png()))
    download(Image(url=f"{server.url}/a.png"), client={"keys": {"plain": "canary-of-a-test"}})
    assert "canary" not in str(server.asked[0].headers)


def test_what_is_here_is_not_fetched_again(server: Any, png: Any, download: Any) -> None:
    image = Image.of(png(), url=f"{server.url}/a.png")
    assert download(image).images == (image,)
    assert server.asked == []


def test_what_fails_keeps_its_url_beside_what_came(server: Any, png: Any, download: Any) -> None:
    server.script(server.reply(png()), server.reply(status=404))
    result = download(Image(url=f"{server.url}/a.png"), Image(url=f"{server.url}/b.png", index=1))
    assert [image.data is not None for image in result] == [True, False]
    assert [warning.code for warning in result.warnings] == ["download_failed"]


def test_an_expired_url_says_when_it_did(server: Any, download: Any) -> None:
    server.script(server.reply(status=403))
    kept = Image(url=f"{server.url}/a.png", expires_at=LONG_AGO)
    with pytest.raises(ExpiredError, match="expired at 2020-01-01") as caught:
        download(kept)
    assert caught.value.images == (kept,)
    assert (caught.value.provider, caught.value.model) == ("plain", "brush")


def test_a_stranger_s_result_comes_from_public_addresses_alone(server: Any, download: Any) -> None:
    with pytest.raises(SSRFBlockedError):
        download(Image(url=f"{server.url}/a.png"), provider="unheard-of")
    assert server.asked == []


def test_svg_counts_where_it_was_said_to_be_one(server: Any, download: Any) -> None:
    drawn = b'<svg xmlns="http://www.w3.org/2000/svg" width="4" height="4"/>'
    server.script(server.reply(drawn))
    (image,) = download(Image(url=f"{server.url}/a.svg", media_type="image/svg+xml"))
    assert image.read() == drawn


def test_observers_hear_of_it(server: Any, png: Any, download: Any) -> None:
    heard: list[Any] = []
    server.script(server.reply(png()))
    download(Image(url=f"{server.url}/a.png"), client={"observers": [heard.append]})
    (told,) = heard
    assert isinstance(told, Downloaded)
    assert (told.provider, told.size) == ("plain", len(png()))


def test_an_error_of_a_server_is_told(server: Any, download: Any) -> None:
    server.script(server.reply(status=404))
    with pytest.raises(NotFoundError):
        download(Image(url=f"{server.url}/a.png"))


def test_a_download_that_is_stopped_is_stopped(server: Any, download: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    def stop(*_: Any, **__: Any) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("limner.transport.download._Base._plan", stop)
    with pytest.raises(KeyboardInterrupt):
        download(Image(url=f"{server.url}/a.png"))
