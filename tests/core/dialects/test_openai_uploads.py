"""Uploads: the same again where they are sent again; and however large, read while they are sent and never held."""

from __future__ import annotations

import asyncio
import json
import socket
import threading
import tracemalloc
from base64 import b64encode
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import pytest
from attrs import define

import limner
from limner.capabilities import ModelCapabilities, ProviderCapabilities, Source
from limner.dialects import openai_models as families
from limner.dialects.openai_images import OpenAIImages

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

IMAGES, SIZE = 16, 10_000_000
MOST = 2_000_000
"""Bytes that may be held on the way: not even one image."""
ENCODINGS = {"multipart": families.MULTIPART, "data URLs": families.JSON_DATA_URL}


@define
class Drain:
    """A server that lets what it is sent run away, in a buffer that it made beforehand."""

    url: str
    arrived: int = 0


@contextmanager
def drain(answer: bytes) -> Iterator[Drain]:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        server = Drain(f"http://127.0.0.1:{listener.getsockname()[1]}")
        thread = threading.Thread(target=_serve, args=(listener, server, answer, bytearray(1 << 20)), daemon=True)
        thread.start()
        yield server
        thread.join(5)


def _serve(listener: socket.socket, server: Drain, answer: bytes, buffer: bytearray) -> None:
    """Two requests, each on a connection of its own."""
    for _ in range(2):
        with listener.accept()[0] as connection:
            head = b""
            while b"\r\n\r\n" not in head:
                head += connection.recv(1024)
            fields, _, body = head.partition(b"\r\n\r\n")
            length = int(fields.lower().partition(b"content-length:")[2].split()[0])
            server.arrived = len(body)
            while server.arrived < length:
                server.arrived += connection.recv_into(buffer)
            connection.sendall(answer)


def replied(picture: bytes) -> bytes:
    body = json.dumps({"data": [{"b64_json": b64encode(picture).decode()}]}).encode()
    head = (
        f"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nConnection: close\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


def edit(client: dict[str, Any], images: list[Path]) -> None:
    with limner.Client(**client) as opened:
        opened.edit("a cat", model="acme/brush", images=images)


def aedit(client: dict[str, Any], images: list[Path]) -> None:
    async def main() -> None:
        async with limner.AsyncClient(**client) as opened:
            await opened.edit("a cat", model="acme/brush", images=images)

    asyncio.run(main())


def client_of(encoding: str, url: str) -> dict[str, Any]:
    """The arguments of a client whose only provider edits in this encoding, at this address."""
    takes = families.GPT_IMAGE_EDIT.but(encodings=(ENCODINGS[encoding],))
    models = (ModelCapabilities("brush", operations={"edit": takes}),)
    capabilities = ProviderCapabilities(models, None, Source("the brush page", "2026-11-21"))
    acme = OpenAIImages(name="acme", base_url="https://acme.example/v1", capabilities=capabilities)
    return {"providers": [acme], "keys": {"acme": "key-of-a-test"}, "base_urls": {"acme": url}, "environ": {}}


@pytest.mark.parametrize("perform", [edit, aedit], ids=["sync", "async"])
@pytest.mark.parametrize("encoding", ENCODINGS)
@pytest.mark.usefixtures("at_once")
def test_what_is_sent_again_is_the_same_to_the_byte(
    server: Any, tmp_path: Path, png: Callable[..., bytes], perform: Callable[..., None], encoding: str
) -> None:
    (tmp_path / "cat.png").write_bytes(png())
    done = server.reply(json={"data": [{"b64_json": b64encode(png()).decode()}]})
    server.script(server.reply(status=503), server.reply(status=429), done)
    perform(client_of(encoding, server.url), [tmp_path / "cat.png"])
    first, *others = [(asked.headers["content-type"], asked.body) for asked in server.asked]
    assert others == [first, first]


@pytest.mark.parametrize("perform", [edit, aedit], ids=["sync", "async"])
@pytest.mark.parametrize("encoding", ENCODINGS)
def test_sixteen_large_files_are_sent_without_holding_one(
    tmp_path: Path, png: Callable[..., bytes], perform: Callable[..., None], encoding: str
) -> None:
    files = [tmp_path / f"{place}.png" for place in range(IMAGES)]
    for path in files:
        path.write_bytes(png())
        with path.open("r+b") as handle:
            handle.truncate(SIZE)
    with drain(replied(png())) as server:
        client = client_of(encoding, server.url)
        perform(client, files[:1])  # what is imported and made but once is not counted
        tracemalloc.start()
        try:
            perform(client, files)
            held = tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()
    assert server.arrived > IMAGES * SIZE * (1 if encoding == "multipart" else 4 / 3)
    assert held < MOST
