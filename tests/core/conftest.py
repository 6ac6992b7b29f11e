"""What the tests of the road share: a server on loopback, pictures, the shapes of providers, and both clients."""

from __future__ import annotations

import asyncio
import os
import signal
import struct
import sys
import threading
import zlib
from collections.abc import Callable, Iterator
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

import pytest

import limner
from limner.capabilities import (
    Length,
    ModelCapabilities,
    OperationCapabilities,
    Parameter,
    ProviderCapabilities,
    Range,
    Source,
    Text,
)
from limner.provider import Bearer, Call, HttpProvider, HttpRequest, HttpResponse
from limner.reading import read_images, read_usage
from limner.results import ImageResult
from limner.transport.retry import Policy

if TYPE_CHECKING:
    from types import ModuleType

HERE = Path(__file__).parent


def _load(path: Path) -> ModuleType:
    """A module of this folder: tests are no package, so it is loaded by its place."""
    name = f"limner_tests_{path.stem}"
    if name not in sys.modules:
        spec = spec_from_file_location(name, path)
        assert spec is not None
        assert spec.loader is not None
        sys.modules[name] = module_from_spec(spec)
        spec.loader.exec_module(sys.modules[name])
    return sys.modules[name]


Loopback = _load(HERE / "loopback.py").Loopback
Stopwatch = _load(HERE / "stopwatch.py").Stopwatch


@pytest.fixture
def timed() -> type[Any]:
    """``with timed() as took:``, and ``took.kept`` is what took so long, the machine's other work aside."""
    return Stopwatch


@pytest.fixture
def server() -> Iterator[Any]:
    """A server on loopback: see loopback.py."""
    server = Loopback()
    yield server
    server.close()
    assert not server.faults, server.faults


@pytest.fixture
def shape() -> Callable[[str], Any]:
    """Providers of other shapes, by the name of their file: examples of the contract."""
    return lambda name: _load(HERE / "shapes" / f"{name}.py").PROVIDER


def _png(width: int = 1, height: int = 1, shade: int = 0) -> bytes:
    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    rows = (b"\0" + bytes([shade]) * width) * height
    head = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")


@pytest.fixture
def png() -> Callable[..., bytes]:
    """``png(width, height, shade)``: a picture."""
    return _png


class Plain(HttpProvider):
    """The most ordinary provider: one POST of JSON, answered by images in ``data``."""

    name = "plain"
    base_url = "https://plain.example/v1"
    key_variable = "PLAIN_API_KEY"
    auth = Bearer()
    per_call = 2

    def capabilities(self) -> ProviderCapabilities:
        parameters = {
            "prompt": Parameter(Length(100), required=True), "n": Range(1, self.per_call), "size": Text(),
            "output_format": Text(),
        }  # fmt: skip
        brush = OperationCapabilities(
            parameters=parameters, images_per_call=self.per_call, delivers=("bytes", "url"), default=True
        )
        models = (ModelCapabilities("brush", operations={"generate": brush}),)
        return ProviderCapabilities(models, unknown=None, source=Source("https://docs.plain.example", "2026-11-21"))

    def map_request(self, call: Call) -> HttpRequest:
        return HttpRequest("POST", "/paint", json=call.wire())

    def normalize(self, response: HttpResponse, call: Call) -> ImageResult:
        del call
        said = response.json if isinstance(response.json, dict) else {}
        return ImageResult(images=read_images(response), usage=read_usage(said.get("usage")), raw=(said,))


@pytest.fixture
def plain() -> type[Plain]:
    """The most ordinary provider, to be used or to be changed."""
    return Plain


Paint: TypeAlias = Callable[..., ImageResult]


def _sync(client: dict[str, Any], prompt: str, call: dict[str, Any]) -> ImageResult:
    with limner.Client(**client) as opened:
        return opened.generate(prompt, **call)


def _async(client: dict[str, Any], prompt: str, call: dict[str, Any]) -> ImageResult:
    async def main() -> ImageResult:
        async with limner.AsyncClient(**client) as opened:
            return await opened.generate(prompt, **call)

    return asyncio.run(main())


def _painter(perform: Paint, url: str) -> Paint:
    def paint(provider: Any, prompt: str = "a cat", /, *, client: dict[str, Any] | None = None, **call: Any) -> Any:
        given = {
            "providers": [provider], "keys": {provider.name: "key-of-a-test"}, "base_urls": {provider.name: url},
            "environ": {}, **(client or {}),
        }  # fmt: skip
        return perform(given, prompt, {"provider": provider.name, **call})

    return paint


@pytest.fixture(params=[_sync, _async], ids=["sync", "async"])
def paint(request: pytest.FixtureRequest, server: Any) -> Paint:
    """``paint(provider, prompt, client={...}, **call)``: a picture from the server, by the one client and the other."""
    return _painter(request.param, server.url)


@pytest.fixture
def paint_twice(server: Any) -> Callable[..., tuple[ImageResult, ImageResult]]:
    """The same by both clients, to be compared."""
    both = (_painter(_sync, server.url), _painter(_async, server.url))
    return lambda *args, **given: tuple(paint(*args, **given) for paint in both)


@pytest.fixture
def interrupting(server: Any) -> Any:
    """The server answers nothing; soon after it was first asked, somebody presses Ctrl-C."""
    once = threading.Lock()

    def api(_: Any) -> list[float]:
        if once.acquire(blocking=False):
            threading.Timer(0.1, os.kill, (os.getpid(), signal.SIGINT)).start()
        return [30.0]

    server.api = api
    return server


@pytest.fixture
def reached() -> threading.Event:
    """Set when the server keeps silent: now is the time to stop."""
    return threading.Event()


@pytest.fixture
def ctrl_c(reached: threading.Event) -> Iterator[None]:
    """Pressed then."""
    pressing = threading.Thread(target=lambda: reached.wait(20) and os.kill(os.getpid(), signal.SIGINT))
    pressing.start()
    yield
    pressing.join()


@pytest.fixture
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Repeat without waiting: how long waits are is told by the tests of the decision."""
    monkeypatch.setattr("limner.client_base.Policy", lambda **given: Policy(shortest=0.0, longest=0.0, **given))
