"""Images handed out as URLs."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from limner_sandbox import Sandbox, files

Post = Callable[..., httpx.Response]


@pytest.fixture
def reply(revived: Sandbox, post: Post) -> dict[str, object]:
    return dict(post(revived, model="dall-e-2", size="256x256").json())


@pytest.fixture
def url(reply: dict[str, list[dict[str, str]]]) -> str:
    return reply["data"][0]["url"]


@pytest.fixture
def expiring() -> Iterator[Sandbox]:
    with Sandbox(retired=True, url_lifetime=0) as sandbox:
        yield sandbox


def test_a_url_serves_its_image_without_a_key(http: httpx.Client, url: str) -> None:
    image = http.get(url)
    assert (image.status_code, image.headers["content-type"]) == (200, "image/png")
    assert image.content.startswith(b"\x89PNG")


def test_a_url_ends_an_hour_after_creation(reply: dict[str, object], url: str) -> None:
    until = parse_qs(urlsplit(url).query)["se"][0]
    assert datetime.fromisoformat(until).timestamp() == reply["created"] + 3600  # type: ignore[operator]  # a number


def test_an_expired_url_is_refused(expiring: Sandbox, http: httpx.Client, post: Post) -> None:
    late = post(expiring, model="dall-e-2", size="256x256").json()["data"][0]["url"]
    image = http.get(late)
    assert (image.status_code, "Signed expiry time" in image.text) == (403, True)


@pytest.mark.parametrize("change", [("&sig=", "&sig=0"), ("se=20", "se=30"), ("img-", "img-x"), ("&sig=", "&tag=")])
def test_a_url_that_was_changed_is_refused(http: httpx.Client, url: str, change: tuple[str, str]) -> None:
    image = http.get(url.replace(*change))
    assert (image.status_code, "<Code>AuthenticationFailed</Code>" in image.text) == (403, True)


def test_a_url_takes_no_key(http: httpx.Client, url: str) -> None:
    """As Azure: a signed URL with an Authorization header is refused. It also finds clients that leak keys."""
    image = http.get(url, headers={"authorization": "Bearer sk-canary"})
    assert (image.status_code, "InvalidAuthenticationInfo" in image.text) == (400, True)


def test_a_download_can_fail_on_request(revived: Sandbox, http: httpx.Client, url: str) -> None:
    revived.fail(status=503, on=files.PREFIX)
    assert [http.get(url).status_code for _ in range(2)] == [503, 200]


def test_a_download_is_logged_as_nobodys_api(revived: Sandbox, http: httpx.Client, url: str) -> None:
    http.get(url)
    assert (revived.requests[-1].provider, revived.requests[-1].path.startswith(files.PREFIX)) == (None, True)


def test_the_oldest_images_are_dropped_when_there_are_too_many(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files, "MOST_BYTES", 100)
    store = files.Files(3600)
    created = int(datetime.now().astimezone().timestamp())
    first, second = (urlsplit(store.offer(b"x" * 80, "image/png", created)) for _ in range(2))
    found = [
        store.fetch(u.path, {k: v[0] for k, v in parse_qs(u.query).items()}, authorization=False)
        for u in (first, second)
    ]
    assert [type(f) for f in found] == [files.Refused, files.File]


def test_expired_images_are_forgotten() -> None:
    store = files.Files(10)
    store.offer(b"old", "image/png", 0)
    store.offer(b"new", "image/png", int(datetime.now().astimezone().timestamp()))
    assert len(store._files) == 1
