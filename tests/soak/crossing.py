"""Many callers at once, of one client: every call gets the picture of its own prompt, by its own tenant's key.

``crossing.py threads`` and ``crossing.py tasks`` each print a JSON object: how many calls were made, which got what was
another's, and how long it took; a number says how many calls each makes. ``crossing.py serve`` is the server, a process
of its own that ends with its standard input: it answers after a random moment, so that answers overtake each other,
with a picture that holds the prompt's numbers, and refuses a key that is not the prompt's tenant's.
"""

from __future__ import annotations

import asyncio
import json
import random
import struct
import subprocess
import sys
import time
import zlib
from base64 import b64encode
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import limner

CALLERS = {"threads": (16, 64), "tasks": (200, 50)}
"""How many, and how many calls each makes."""
MOMENT = 0.004


def picture(tenant: int, call: int) -> bytes:
    """A pixel that is of this tenant and call, and of no other."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    row = zlib.compress(bytes([0, tenant, call, 0]))
    head = struct.pack(">IIBBBBB", 1, 1, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", row) + chunk(b"IEND", b"")


class Connection(asyncio.Protocol):
    """Requests in, answers out."""

    def __init__(self) -> None:
        self.waiting = b""

    def connection_made(self, transport: Any) -> None:
        self.transport = transport

    def data_received(self, data: bytes) -> None:
        self.waiting += data
        head, gap, body = self.waiting.partition(b"\r\n\r\n")
        headers = dict(line.lower().split(b": ", 1) for line in head.split(b"\r\n")[1:])
        length = int(headers.get(b"content-length", b"0"))
        if not gap or len(body) < length:
            return
        self.waiting = body[length:]
        answer = self.answer(json.loads(body[:length])["prompt"], headers[b"authorization"].decode())
        asyncio.get_running_loop().call_later(random.random() * MOMENT, self.transport.write, answer)  # noqa: S311

    @staticmethod
    def answer(prompt: str, key: str) -> bytes:
        tenant, call = map(int, prompt.split("-"))
        good = key == f"bearer key-{tenant}"
        body = json.dumps({"data": [{"b64_json": b64encode(picture(tenant, call)).decode()}]} if good else {}).encode()
        head = f"HTTP/1.1 {200 if good else 401} X\r\nContent-Type: application/json\r\nContent-Length: {len(body)}"
        return head.encode() + b"\r\n\r\n" + body


async def serve() -> None:
    """Say the port, and serve until the standard input ends."""
    server = await asyncio.get_running_loop().create_server(Connection, "127.0.0.1", 0, backlog=512)
    print(server.sockets[0].getsockname()[1], flush=True)  # noqa: T201 - to the process that started this one
    await asyncio.to_thread(sys.stdin.read)


def options(url: str) -> dict[str, Any]:
    acme = {"base_url": f"{url}/v1", "key_variable": "ACME_KEY", "models": {"brush": {"family": "dall-e-3"}}}
    return {"config": {"providers": {"acme": acme}}, "trust": "server"}


def threads(url: str, many: int, each: int) -> list[str]:
    """The prompts of those that got another's picture."""
    with limner.Client(**options(url)) as client, ThreadPoolExecutor(many) as pool:

        def ask(tenant: int) -> list[str]:
            view = client.using(keys={"acme": f"key-{tenant}"})
            calls = [(call, view.generate(f"{tenant}-{call}", model="acme/brush")) for call in range(each)]
            return [f"{tenant}-{call}" for call, result in calls if result.image.read() != picture(tenant, call)]

        return [prompt for wrong in pool.map(ask, range(many)) for prompt in wrong]


async def tasks(url: str, many: int, each: int) -> list[str]:
    """The prompts of those that got another's picture."""
    async with limner.AsyncClient(**options(url)) as client:

        async def ask(tenant: int) -> list[str]:
            view, wrong = client.using(keys={"acme": f"key-{tenant}"}), []
            for call in range(each):
                result = await view.generate(f"{tenant}-{call}", model="acme/brush")
                if result.image.read() != picture(tenant, call):
                    wrong.append(f"{tenant}-{call}")
            return wrong

        return [prompt for wrong in await asyncio.gather(*map(ask, range(many))) for prompt in wrong]


def main(callers: str, each: int | None = None) -> bool:
    """Start the server, make the calls, say what came of them, and whether all is well."""
    many, usual = CALLERS[callers]
    each = each or usual
    command = [sys.executable, __file__, "serve"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as server:  # noqa: S603 - ours
        assert server.stdout is not None
        assert server.stdin is not None
        url = f"http://127.0.0.1:{int(server.stdout.readline())}"
        began = time.perf_counter()
        wrong = threads(url, many, each) if callers == "threads" else asyncio.run(tasks(url, many, each))
        seconds = time.perf_counter() - began
        server.stdin.close()
    print(json.dumps({"calls": many * each, "wrong": wrong, "seconds": round(seconds, 2)}))  # noqa: T201 - what was found
    return not wrong


if __name__ == "__main__":
    if sys.argv[1] == "serve":
        asyncio.run(serve())
    else:
        sys.exit(not main(sys.argv[1], *map(int, sys.argv[2:])))
