"""The downloader fetches images, from where they may be fetched, and gives up on everything else: sync and async."""

from __future__ import annotations

import gzip
import zlib
from typing import Any

import httpx
import pytest

from limner.errors import (
    BadImageError,
    ConnectError,
    DeadlineError,
    ProtocolError,
    RedirectError,
    SSRFBlockedError,
    TooLargeError,
)
from limner.transport import _fetching

SIGNED = "sig=canary-5678"


def png(side: int = 3) -> bytes:
    def chunk(name: bytes, data: bytes) -> bytes:
        return len(data).to_bytes(4) + name + data + zlib.crc32(name + data).to_bytes(4)

    header = side.to_bytes(4) * 2 + bytes([8, 0, 0, 0, 0])
    rows = zlib.compress(bytes(side * (side + 1)))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


SVG = b'<svg xmlns="http://www.w3.org/2000/svg" width="3" height="3"/>'


def giving(body: bytes, *headers: str, status: int = 200) -> Any:
    def script(talk: Any) -> None:
        while talk.request():
            talk.answer(body, *headers, status=status)

    return script


# What is fetched


def test_an_image_is_its_bytes(serve: Any, download: Any) -> None:
    blob = download(f"{serve(giving(png())).url}/a.png?{SIGNED}")
    assert blob.read() == png()
    assert (blob.info.media_type, blob.info.width) == ("image/png", 3)


def test_nothing_goes_along_but_what_a_get_needs(serve: Any, download: Any) -> None:
    seen: list[bytes] = []

    def script(talk: Any) -> None:
        seen.append(talk.request())
        talk.answer(png())

    server = serve(script)
    download(f"{server.url}/a.png?{SIGNED}#part")
    lines = seen[0].decode().strip().split("\r\n")
    assert lines[0] == f"GET /a.png?{SIGNED} HTTP/1.1"
    assert sorted(line.split(":")[0] for line in lines[1:]) == ["Accept", "Accept-Encoding", "Host", "User-Agent"]


@pytest.mark.parametrize(("encoding", "encode"), [("gzip", gzip.compress), ("deflate", zlib.compress)])
def test_an_encoded_body_is_decoded(serve: Any, download: Any, encoding: str, encode: Any) -> None:
    server = serve(giving(encode(png()), f"Content-Encoding: {encoding}"))
    assert download(server.url).read() == png()


def test_svg_is_an_image_only_where_it_was_asked_for(serve: Any, download: Any) -> None:
    server = serve(giving(SVG, "Content-Type: image/svg+xml"))
    assert download(server.url, svg=True).read() == SVG
    with pytest.raises(BadImageError, match="is SVG, which was not asked for"):
        download(server.url)


@pytest.mark.parametrize("body", [b"", b"<!doctype html><title>No</title>", b"{}", b"\x89PNX" + png()[4:]])
def test_what_is_no_image_is_none_whatever_its_type_says(serve: Any, download: Any, body: bytes) -> None:
    server = serve(giving(body, "Content-Type: image/png"))
    with pytest.raises(BadImageError, match="is no image"):
        download(server.url)
    assert server.accepted == 1, "an answer is not asked for again"


# Limits


def test_more_than_the_limit_is_refused_by_what_it_says(serve: Any, download: Any) -> None:
    with pytest.raises(TooLargeError, match="says it has"):
        download(serve(giving(png() + bytes(2000))).url, limit=1000)


def test_more_than_the_limit_is_refused_as_it_arrives(serve: Any, download: Any) -> None:
    def script(talk: Any) -> None:
        talk.request()
        talk.send(b"HTTP/1.1 200 OK\r\n\r\n" + png() + bytes(2000))

    with pytest.raises(TooLargeError, match="1000 bytes"):
        download(serve(script).url, limit=1000)


def test_a_bomb_is_refused_while_it_inflates(serve: Any, download: Any) -> None:
    server = serve(giving(gzip.compress(png() + bytes(50 << 20)), "Content-Encoding: gzip"))
    with pytest.raises(TooLargeError):
        download(server.url, limit=1 << 20)


def test_the_deadline_holds_for_a_drip(serve: Any, download: Any, stopwatch: Any) -> None:
    def script(talk: Any) -> None:
        talk.request()
        talk.send(b"HTTP/1.1 200 OK\r\nContent-Length: 200\r\n\r\n")
        talk.drip(b"x" * 200, 0.05)

    server = serve(script)
    began = stopwatch()
    with pytest.raises(DeadlineError):
        download(server.url, 0.5)
    assert stopwatch() - began < 1


def test_a_server_slower_than_the_least_rate_is_given_up(
    serve: Any, download: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def script(talk: Any) -> None:
        talk.request()
        talk.send(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n")
        talk.drip(b"x" * 100, 0.05)

    monkeypatch.setattr(_fetching, "SILENCE", 0.15)
    with pytest.raises(ProtocolError, match="less than 1024 bytes a second"):
        download(serve(script).url)


def test_a_fast_server_may_take_longer_than_one_window(
    serve: Any, download: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    body = png() + bytes(4000)

    def script(talk: Any) -> None:
        talk.request()
        talk.send(f"HTTP/1.1 200 OK\r\nContent-Length: {len(body)}\r\n\r\n".encode())
        for start in range(0, len(body), 500):
            talk.stopping.wait(0.05)
            talk.send(body[start : start + 500])

    monkeypatch.setattr(_fetching, "SILENCE", 0.15)
    assert download(serve(script).url).size == len(body)


# Redirects


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
@pytest.mark.parametrize("place", ["/b.png", "b.png", "//{host}/b.png", "http://{host}/b.png"])
def test_redirects_are_followed(serve: Any, download: Any, status: int, place: str) -> None:
    def script(talk: Any) -> None:
        while asked := talk.request():
            if b"/b.png" in asked:
                talk.answer(png())
            else:
                host = asked.partition(b"Host: ")[2].partition(b"\r\n")[0].decode()
                talk.answer(b"", f"Location: {place.format(host=host)}", status=status)

    assert download(f"{serve(script).url}/a.png").read() == png()


def test_five_redirects_are_followed_and_the_sixth_is_not(serve: Any, download: Any) -> None:
    def script(talk: Any) -> None:
        while asked := talk.request():
            left = int(asked.split()[1].strip(b"/"))
            if left:
                talk.answer(b"", f"Location: /{left - 1}", status=302)
            else:
                talk.answer(png())

    server = serve(script)
    assert download(f"{server.url}/5").read() == png()
    with pytest.raises(RedirectError, match="more than 5 redirects away"):
        download(f"{server.url}/6")


def test_a_redirect_to_nowhere_is_an_error(serve: Any, download: Any) -> None:
    with pytest.raises(RedirectError, match="redirects to nowhere"):
        download(serve(giving(b"", status=302)).url)


@pytest.mark.parametrize("place", ["http://[::1", "//[x"])
def test_a_redirect_to_what_is_no_url_is_an_error_of_ours_and_final(serve: Any, download: Any, place: str) -> None:
    server = serve(giving(b"", f"Location: {place}", status=302))
    with pytest.raises(RedirectError, match="redirects to what is no URL") as caught:
        download(server.url)
    assert (caught.value.phase, server.accepted) == ("final", 1)


@pytest.mark.parametrize(
    "place",
    ["http://169.254.169.254/latest", "http://[::1]/", "http://localhost/", "file:///etc/passwd", "http://u@1.1.1.1/",
     "http://2130706433/", "gopher://1.1.1.1/"],
)  # fmt: skip
def test_every_hop_is_checked(serve: Any, download: Any, place: str) -> None:
    with pytest.raises(SSRFBlockedError):
        download(serve(giving(b"", f"Location: {place}", status=302)).url)


# Addresses


def test_loopback_is_fetched_from_only_where_its_origin_was_given(serve: Any, download: Any) -> None:
    server = serve(giving(png()))
    for options in ({"origins": ()}, {"origins": ("http://127.0.0.1:1",)}, {"trust": "server"}):
        with pytest.raises(SSRFBlockedError) as caught:
            download(f"{server.url}/?{SIGNED}", **options)
        assert SIGNED not in str(caught.value)
    assert server.accepted == 0


def test_a_name_that_leads_inside_is_not_connected_to(serve: Any, download: Any) -> None:
    server = serve(giving(png()))
    with pytest.raises(SSRFBlockedError, match=r"leads to 127\.0\.0\.1 \(loopback\)"):
        download("http://cdn.example/a.png", origins=(), wire={"resolver": lambda *_: ("127.0.0.1",)})
    assert server.accepted == 0


def test_a_name_is_looked_up_once_and_what_was_checked_is_connected_to(serve: Any, download: Any) -> None:
    """A second answer of the name server, after the check, changes nothing."""
    server = serve(giving(png()))
    answers = [("127.0.0.1",), ("169.254.169.254",)]
    url = server.url.replace("127.0.0.1", "localhost")
    assert download(url, wire={"resolver": lambda *_: answers.pop(0)}).read() == png()
    assert answers == [("169.254.169.254",)]


def test_behind_a_proxy_the_url_alone_is_judged(serve: Any, download: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    proxy = serve(giving(png()))
    monkeypatch.setenv("HTTP_PROXY", proxy.url)
    monkeypatch.delenv("NO_PROXY", raising=False)
    monkeypatch.delenv("no_proxy", raising=False)
    asked: list[str] = []

    def resolver(host: str, *_: object) -> tuple[str, ...]:
        asked.append(host)
        return (host,)

    wire = {"trust": "local", "resolver": resolver}
    assert download("http://cdn.example/a.png", origins=(), wire=wire).read() == png()
    with pytest.raises(SSRFBlockedError):
        download("http://169.254.169.254/a.png", origins=(), wire=wire)
    assert set(asked) <= {"127.0.0.1"}, "a name behind a proxy is the proxy's to look up"


@pytest.mark.parametrize("wrong", [OSError("none"), TimeoutError(), ()])
def test_what_does_not_resolve_here_a_server_asks_no_lent_client_for(download: Any, wrong: Any) -> None:
    """The lent client may know another answer, and it may be an address inside."""
    asked: list[str] = []

    def resolver(*_: object) -> tuple[str, ...]:
        asked.append("name")
        if isinstance(wrong, OSError):
            raise wrong
        return ()

    client = httpx.MockTransport(lambda request: asked.append(f"{request.url}"))  # type: ignore[arg-type, func-returns-value]
    with pytest.raises(ConnectError, match=r"cdn\.example has no address that could be checked") as caught:
        download("http://cdn.example/a.png", trust="server", wire={"client": client, "resolver": resolver})
    assert caught.value.phase == "not_sent"
    assert asked == ["name"] * 3, "name servers stumble, so it is tried again"


@pytest.mark.parametrize(
    ("addresses", "allowed"), [(("1.1.1.1",), True), (("1.1.1.1", "10.0.0.1"), False), (OSError("none"), True)]
)
def test_what_a_lent_client_would_connect_to_is_checked_as_far_as_it_resolves_here(
    download: Any, addresses: Any, *, allowed: bool
) -> None:
    def resolver(*_: object) -> tuple[str, ...]:
        if isinstance(addresses, OSError):
            raise addresses
        found: tuple[str, ...] = addresses
        return found

    client = httpx.MockTransport(lambda _: httpx.Response(200, content=png()))
    wire = {"client": client, "resolver": resolver}
    if allowed:
        assert download("http://cdn.example/a.png", origins=(), wire=wire).read() == png()
    else:
        with pytest.raises(SSRFBlockedError):
            download("http://cdn.example/a.png", origins=(), wire=wire)
