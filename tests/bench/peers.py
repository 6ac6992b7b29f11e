"""The same small program, written with each library: ask for a picture, and have its bytes."""

from __future__ import annotations

import json
import socket
from base64 import b64decode
from typing import TYPE_CHECKING, Any
from urllib.request import ProxyHandler, build_opener

import aiohttp
import httpx
import openai

import limner

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

KEY = "sk-bench-0123456789abcdef"
BODY = {"model": "gpt-image-2", "prompt": "a white Siamese cat"}
PATH = "/images/generations"
_AUTHORIZED = {"Authorization": f"Bearer {KEY}"}


def first(reply: Any) -> bytes:
    """The picture in a reply."""
    return b64decode(reply["data"][0]["b64_json"])


# limner


def client(address: str, way: str, **options: Any) -> limner.Client:
    """A client of one of the server's ways, as its users make one."""
    return limner.Client(**_options(address, way), **options)


def async_client(address: str, way: str, **options: Any) -> limner.AsyncClient:
    """The same, async."""
    return limner.AsyncClient(**_options(address, way), **options)


def _options(address: str, way: str) -> dict[str, Any]:
    return {"keys": {"openai": KEY}, "base_urls": {"openai": f"{address}/{way}"}, "config": {}}


ASK: dict[str, Any] = {"prompt": BODY["prompt"], "model": f"openai/{BODY['model']}"}


# httpx


def with_httpx(address: str, way: str) -> Callable[[], bytes]:
    """httpx, sync."""
    client = httpx.Client(base_url=f"{address}/{way}", headers=_AUTHORIZED, timeout=600)
    return lambda: first(client.post(PATH, json=BODY).json())


def with_async_httpx(address: str, way: str, transport: Any = None) -> Callable[[], Awaitable[bytes]]:
    """httpx, async."""
    base_url = f"{address}/{way}"
    client = httpx.AsyncClient(base_url=base_url, headers=_AUTHORIZED, timeout=600, transport=transport)

    async def call() -> bytes:
        return first((await client.post(PATH, json=BODY)).json())

    return call


# The official SDK


def with_openai(address: str, way: str) -> Callable[[], bytes]:
    """OpenAI's SDK, sync."""
    client = openai.OpenAI(api_key=KEY, base_url=f"{address}/{way}", max_retries=0)
    return lambda: b64decode(client.images.generate(**BODY).data[0].b64_json)  # type: ignore[index,arg-type]


def with_async_openai(address: str, way: str) -> Callable[[], Awaitable[bytes]]:
    """OpenAI's SDK, async."""
    client = openai.AsyncOpenAI(api_key=KEY, base_url=f"{address}/{way}", max_retries=0)

    async def call() -> bytes:
        return b64decode((await client.images.generate(**BODY)).data[0].b64_json)  # type: ignore[index,arg-type]

    return call


# aiohttp


def with_aiohttp(address: str, way: str) -> tuple[Callable[[], Awaitable[bytes]], Any]:
    """aiohttp, and the session to close."""
    session = aiohttp.ClientSession(headers=_AUTHORIZED)
    url = f"{address}/{way}{PATH}"

    async def call() -> bytes:
        async with session.post(url, json=BODY) as response:
            return first(await response.json())

    return call, session


# The floor: what a connection and a decoder cost without HTTP


def with_a_socket(address: str, way: str) -> Callable[[], bytes]:
    """A bare socket."""
    host, _, port = address.removeprefix("http://").partition(":")
    connection = socket.create_connection((host, int(port)))
    body = json.dumps(BODY)
    lines = (f"POST /{way}{PATH} HTTP/1.1", f"Host: {host}", f"Authorization: Bearer {KEY}")
    request = "\r\n".join((*lines, "Content-Type: application/json", f"Content-Length: {len(body)}", "", body)).encode()

    def call() -> bytes:
        connection.sendall(request)
        head, _, rest = connection.recv(1 << 16).partition(b"\r\n\r\n")
        length = int(head.partition(b"Content-Length: ")[2].partition(b"\r\n")[0])
        pieces, missing = [rest], length - len(rest)
        while missing:
            pieces.append(connection.recv(1 << 16))
            missing -= len(pieces[-1])
        return first(json.loads(b"".join(pieces)))

    return call


def sent(address: str) -> float:
    """When the last byte of the last paced answer was sent."""
    with build_opener(ProxyHandler({})).open(f"{address}/sent", timeout=10) as response:
        return float(response.read())
