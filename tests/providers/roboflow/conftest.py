"""Roboflow's address on loopback: real HTTP, told what to answer, and keeping what it was asked."""

from __future__ import annotations

import asyncio
import io
import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

import PIL.Image
import pytest
from attrs import define, field, frozen

import limner

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

KEY = "rf-Canary/0123+89="
"""A key with characters that a query has to escape."""


@frozen
class Asked:
    """One request, as it arrived."""

    method: str
    path: str
    query: dict[str, list[str]]
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


@define
class Address:
    """What the server answers, and what it was asked."""

    url: str = ""
    status: int = 200
    reply: Any = None
    content_type: str = "application/json"
    asked: list[Asked] = field(factory=list)
    files: dict[str, bytes] = field(factory=dict)

    def body(self) -> bytes:
        return self.reply if isinstance(self.reply, bytes) else json.dumps(self.reply).encode()


def _handler(address: Address) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            parts = urlsplit(self.path)
            body = self.rfile.read(int(self.headers["Content-Length"]))
            address.asked.append(
                Asked("POST", parts.path, parse_qs(parts.query), {k.lower(): v for k, v in self.headers.items()}, body)
            )
            self._answer(address.status, address.content_type, address.body())

        def do_GET(self) -> None:
            self._answer(200, "image/png", address.files[self.path])

        def _answer(self, status: int, content_type: str, body: bytes) -> None:
            self.send_response(status)
            self.send_header("Content-Type", content_type)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: Any) -> None:
            """Nothing: the key would be in it."""

    return Handler


@pytest.fixture
def address(png: bytes) -> Iterator[Address]:
    """A server for one test. What it answers unless told otherwise is **derived**: no recording is public."""
    address = Address()
    with ThreadingHTTPServer(("127.0.0.1", 0), _handler(address)) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        address.url = f"http://127.0.0.1:{server.server_port}"
        address.files["/painted.png"] = png
        address.reply = {
            "created": 1_700_000_000,
            "data": [
                {"url": f"{address.url}/painted.png", "revised_prompt": "A maple with red leaves, photorealistic."}
            ],
        }
        yield address
        server.shutdown()
        thread.join()


@pytest.fixture(scope="session")
def png() -> bytes:
    """Large enough that its base64 does not fit in one line of openssl's."""
    buffer = io.BytesIO()
    PIL.Image.effect_noise((64, 64), 50).save(buffer, "PNG")
    return buffer.getvalue()


def _sync(settings: dict[str, Any], *args: Any, **given: Any) -> limner.ImageResult:
    with limner.Client(**settings) as client:
        return client.generate(*args, **given)


def _async(settings: dict[str, Any], *args: Any, **given: Any) -> limner.ImageResult:
    async def main() -> limner.ImageResult:
        async with limner.AsyncClient(**settings) as client:
            return await client.generate(*args, **given)

    return asyncio.run(main())


@pytest.fixture(params=[_sync, _async], ids=["sync", "async"])
def generate(request: pytest.FixtureRequest, address: Address) -> Callable[..., limner.ImageResult]:
    """Generate at that address, sync and async."""

    def call(prompt: str, **given: Any) -> limner.ImageResult:
        settings = {"providers": ["roboflow"], "keys": {"roboflow": KEY}, "base_urls": {"roboflow": address.url}}
        more = given.pop("client", {})
        return request.param({**settings, "environ": {}, **more}, prompt, **{"provider": "roboflow", **given})

    return call
