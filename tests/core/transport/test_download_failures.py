"""What a downloader makes of failures: which are asked for again, which are final, and what they are called."""

from __future__ import annotations

import asyncio
import logging
import zlib
from datetime import UTC, datetime
from typing import Any

import pytest

from limner.errors import (
    BadRequestError,
    ConnectError,
    DecodeError,
    ExpiredError,
    LimnerError,
    NotFoundError,
    NotPermittedError,
    ServerError,
)
from limner.transport.deadline import Deadline
from limner.transport.download import AsyncDownloader
from limner.transport.http import AsyncWire

SIGNED = "sig=canary-5678"


def png(side: int = 3) -> bytes:
    def chunk(name: bytes, data: bytes) -> bytes:
        return len(data).to_bytes(4) + name + data + zlib.crc32(name + data).to_bytes(4)

    header = side.to_bytes(4) * 2 + bytes([8, 0, 0, 0, 0])
    rows = zlib.compress(bytes(side * (side + 1)))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


def giving(body: bytes, *headers: str, status: int = 200) -> Any:
    def script(talk: Any) -> None:
        while talk.request():
            talk.answer(body, *headers, status=status)

    return script


# Failures


@pytest.mark.parametrize(
    ("status", "kind"),
    [(401, NotPermittedError), (403, NotPermittedError), (404, NotFoundError), (410, ExpiredError),
     (400, BadRequestError), (418, BadRequestError), (204, BadRequestError), (501, ServerError)],
)  # fmt: skip
def test_an_answer_that_is_no_image_is_not_asked_for_again(
    serve: Any, download: Any, status: int, kind: type[LimnerError]
) -> None:
    seen = []

    def script(talk: Any) -> None:
        while talk.request():
            seen.append(1)
            talk.answer(b"", status=status)

    with pytest.raises(kind) as caught:
        download(f"{serve(script).url}/a.png?{SIGNED}")
    assert len(seen) == 1
    assert caught.value.status == status
    assert SIGNED not in str(caught.value)
    assert "/a.png?..." in str(caught.value)


@pytest.mark.parametrize("status", [403, 404, 410])
def test_a_url_past_its_day_has_expired(serve: Any, download: Any, status: int) -> None:
    """By the server's clock, from the URL's own signature or from what the caller knows."""
    server = serve(giving(b"", "Date: Sat, 21 Nov 2026 12:00:00 GMT", status=status))
    with pytest.raises(ExpiredError, match="expired at 2026-11-21 11:00:00Z"):
        download(f"{server.url}/a.png?se=2026-11-21T11:00:00Z&{SIGNED}")
    with pytest.raises(ExpiredError, match="expired at 2026-11-21 11:00:00Z"):
        download(server.url, expires_at=datetime(2026, 11, 21, 11, tzinfo=UTC))


def test_before_its_day_it_is_refused_for_another_reason(serve: Any, download: Any) -> None:
    server = serve(giving(b"", "Date: Sat, 21 Nov 2026 12:00:00", status=403))
    with pytest.raises(NotPermittedError):
        download(f"{server.url}/a.png?se=2026-11-21T13:00:00Z")


@pytest.mark.parametrize(
    "headers", [(), ("Date: today",), ("Date: Mon, 01 Jan 99999999999999999999 00:00:00 GMT",)], ids=len
)
def test_without_a_date_of_the_server_s_ours_counts(serve: Any, download: Any, headers: tuple[str, ...]) -> None:
    with pytest.raises(ExpiredError):
        download(serve(giving(b"", *headers, status=404)).url, expires_at=datetime(2020, 1, 1, tzinfo=UTC))


@pytest.mark.parametrize("status", [408, 429, 500, 502, 503, 504, 524, 529])
def test_a_server_that_recovers_is_asked_up_to_three_times(serve: Any, download: Any, status: int) -> None:
    def script(talk: Any) -> None:
        talk.request()
        if talk.ordinal < 3:
            talk.answer(b"", "Connection: close", status=status)
        else:
            talk.answer(png())

    assert download(serve(script).url).read() == png()


def test_a_server_that_does_not_recover_is_asked_three_times(serve: Any, download: Any) -> None:
    def script(talk: Any) -> None:
        talk.request()
        talk.answer(b"", "Connection: close", status=503)

    server = serve(script)
    with pytest.raises(ServerError):
        download(server.url)
    assert server.accepted == 3


@pytest.mark.parametrize(
    "half", [b"HTTP/1.1 200 OK\r\nContent-Length: 9000\r\n\r\n" + png(), b"HTTP/1.1 200", b"nonsense\r\n\r\n"]
)
def test_what_breaks_on_its_way_is_asked_for_again(serve: Any, download: Any, half: bytes) -> None:
    def script(talk: Any) -> None:
        talk.request()
        if talk.ordinal == 1:
            talk.send(half)
        else:
            talk.answer(png())

    assert download(serve(script).url).read() == png()


def test_a_broken_encoding_is_asked_for_again_and_named(serve: Any, download: Any) -> None:
    def script(talk: Any) -> None:
        talk.request()
        talk.answer(b"\x1f\x8bnot gzip", "Content-Encoding: gzip", "Connection: close")

    server = serve(script)
    with pytest.raises(DecodeError):
        download(server.url)
    assert server.accepted == 3


def test_a_retry_after_that_does_not_fit_is_not_waited_for(serve: Any, download: Any, stopwatch: Any) -> None:
    server = serve(giving(b"", "Retry-After: 30", status=503))
    began = stopwatch()
    with pytest.raises(ServerError):
        download(server.url, 5)
    assert stopwatch() - began < 1


def test_a_refused_connection_is_tried_three_times(download: Any) -> None:
    tried = []

    def resolver(*_: object) -> tuple[str, ...]:
        tried.append(1)
        raise OSError(-2, "Name or service not known")

    with pytest.raises(ConnectError):
        download("https://cdn.example/a.png", origins=(), wire={"resolver": resolver})
    assert len(tried) == 3


def test_a_signature_reaches_no_log(serve: Any, download: Any, caplog: pytest.LogCaptureFixture) -> None:
    def script(talk: Any) -> None:
        while asked := talk.request():
            if b"/b" in asked:
                talk.answer(png())
            else:
                talk.answer(b"", f"Location: /b?{SIGNED}", status=302)

    with caplog.at_level(logging.DEBUG):
        download(f"{serve(script).url}/a?{SIGNED}")
    assert SIGNED not in caplog.text


@pytest.mark.usefixtures("engine")
def test_cancelling_a_download_closes_its_connection(serve: Any) -> None:
    gone = []

    def script(talk: Any) -> None:
        talk.request()
        talk.send(b"HTTP/1.1 200 OK\r\nContent-Length: 9000\r\n\r\n" + png())
        talk.hold()
        gone.append(1)

    async def main(url: str) -> None:
        async with AsyncWire(trust="server") as wire:
            loader = AsyncDownloader(wire, trust="local", origins=(url,))
            task = asyncio.ensure_future(loader.fetch(url, Deadline(10)))
            await asyncio.sleep(0.2)
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
            await asyncio.sleep(0.1)
            assert gone == [1]

    asyncio.run(main(serve(script).url))
