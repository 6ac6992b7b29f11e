"""What stops a request from outside carries what had come of it: frames, finished images, URLs not fetched yet."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
import threading
from base64 import b64encode
from typing import TYPE_CHECKING, Any

import attrs
import pytest

import limner
from limner.capabilities import Boolean, ModelCapabilities, Parameter
from limner.delivering import held
from limner.errors import CancelledError, ServerError
from limner.events import PartialReceived
from limner.media import Image
from limner.provider import HttpRequest, Job, Partial, poll, send
from limner.results import ImageResult

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

IMAGE = Image.of(b"a picture")
CTRL_C = pytest.mark.skipif(os.name != "posix", reason="Ctrl-C is sent as a signal")


@pytest.fixture
def known(server: Any, plain: Any) -> dict[str, Any]:
    return {"providers": [plain()], "keys": {"plain": "k"}, "base_urls": {"plain": server.url}, "environ": {}}


@pytest.fixture
def two_urls(server: Any, png: Any, reached: threading.Event) -> Callable[[Any], Any]:
    """Two images by URL, of which the second keeps one waiting."""

    def api(asked: Any) -> Any:
        if asked.method == "POST":
            return server.reply(json={"data": [{"url": f"{server.url}/{name}.png"} for name in "ab"]})
        if asked.path == "/a.png":
            return server.reply(png(3))
        reached.set()
        return [20.0]

    server.api = api
    return api


def urls(stopped: BaseException) -> list[tuple[str, bool]]:
    """The images it carries: their names, and whether they have bytes."""
    images: tuple[Image, ...] = stopped.images  # type: ignore[attr-defined]
    return [(str(image.url)[-5:], image.data is not None) for image in images]


@CTRL_C
@pytest.mark.usefixtures("two_urls", "ctrl_c")
def test_ctrl_c_while_images_are_fetched_leaves_their_urls(known: dict[str, Any]) -> None:
    with limner.Client(**known) as client, pytest.raises(KeyboardInterrupt) as caught:
        client.generate("a cat", provider="plain", n=2)
    assert urls(caught.value) == [("a.png", True), ("b.png", False)]


@CTRL_C
@pytest.mark.usefixtures("two_urls", "ctrl_c")
def test_ctrl_c_in_a_later_download_leaves_what_was_fetched(server: Any, known: dict[str, Any]) -> None:
    kept = ImageResult(images=tuple(Image(url=f"{server.url}/{name}.png") for name in "ab"), provider="plain")
    with limner.Client(**known) as client, pytest.raises(KeyboardInterrupt) as caught:
        client.download(kept)
    assert urls(caught.value) == [("a.png", True), ("b.png", False)]


@pytest.mark.usefixtures("two_urls")
@pytest.mark.parametrize("n", [2, 4])
def test_a_request_that_is_cancelled_while_images_are_fetched_leaves_their_urls(
    known: dict[str, Any], reached: threading.Event, n: int
) -> None:
    async def main() -> BaseException:
        async with limner.AsyncClient(**known, max_concurrency=1) as client:
            painting = asyncio.create_task(client.generate("a cat", provider="plain", n=n))
            await asyncio.to_thread(reached.wait, 20)
            painting.cancel()
            with pytest.raises(asyncio.CancelledError) as caught:
                await painting
            return caught.value

    assert urls(asyncio.run(main())) == [("a.png", True), ("b.png", False)]


@CTRL_C
@pytest.mark.usefixtures("ctrl_c")
def test_ctrl_c_in_a_stream_leaves_its_frames_and_what_is_finished(
    server: Any, png: Any, plain: Any, known: dict[str, Any], reached: threading.Event
) -> None:
    class Painter(plain):  # type: ignore[misc]
        def capabilities(self) -> Any:
            declared = super().capabilities()
            streaming = (
                declared.models[0].operations["generate"].but(parameters={"stream": Parameter(Boolean())}, streams=True)
            )
            return attrs.evolve(declared, models=(ModelCapabilities("brush", operations={"generate": streaming}),))

        def map_request(self, call: Any) -> HttpRequest:
            return attrs.evolve(super().map_request(call), stream=call.stream)

        def normalize_event(self, event: Any, call: Any) -> Any:
            del call
            image = Image.of(event.json["b64_json"])
            return Partial(image, 0) if event.event == "frame" else ImageResult(images=(image,))

    def said(name: str, picture: bytes) -> bytes:
        return f"event: {name}\ndata: {json.dumps({'b64_json': b64encode(picture).decode()})}\n\n".encode()

    def api(_: Any) -> Any:
        yield (
            b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n" + said("frame", png(1)) + said("done", png(2))
        )
        yield 0.5  # in which they arrive
        reached.set()
        yield 20.0

    server.api = api
    with limner.Client(**{**known, "providers": [Painter()]}) as client, pytest.raises(KeyboardInterrupt) as caught:
        client.stream_generate("a cat", provider="plain", n=2).until_done()
    images: tuple[Image, ...] = caught.value.images  # type: ignore[attr-defined]
    assert [image.read() for image in images] == [png(1), png(2)]


@pytest.fixture
def ordering(server: Any, plain: Any, png: Any, reached: threading.Event) -> Any:
    """A job that shows a frame, and whose server takes its time over being told that it is not wanted any more."""

    class Ordering(plain):  # type: ignore[misc]
        def exchange(self, call: Any) -> Any:
            del call
            yield from send(HttpRequest("POST", "/orders", json={}))
            yield Job("1", "ordered", cancel=HttpRequest("DELETE", "/orders/1"))
            yield Partial(Image.of(png(1)))
            yield from poll(HttpRequest("GET", "/orders/1"), until=lambda _: False, every=0.01)

    def api(asked: Any) -> Any:
        if asked.method == "DELETE":
            reached.set()
            return [20.0]
        return server.reply(json={})

    server.api = api
    return Ordering()


def test_a_second_cancellation_loses_nothing_that_the_first_carried(  # noqa: PLR0913, PLR0917 - a job, and its end
    server: Any, png: Any, known: dict[str, Any], ordering: Any, reached: threading.Event, tmp_path: Path
) -> None:
    async def main() -> BaseException:
        async with limner.AsyncClient(**{**known, "providers": [ordering]}) as client:
            painting = asyncio.create_task(client.generate("a cat", provider="plain", to=tmp_path / "cat.png"))
            await asyncio.to_thread(shown.wait, 20)
            painting.cancel()
            await asyncio.to_thread(reached.wait, 20)
            painting.cancel()
            with pytest.raises(asyncio.CancelledError) as caught:
                await painting
            return caught.value

    shown = threading.Event()
    known["observers"] = [lambda event: shown.set() if isinstance(event, PartialReceived) else None]
    images: tuple[Image, ...] = asyncio.run(main()).images  # type: ignore[attr-defined]
    assert [image.read() for image in images] == [png(1)]
    assert [path.read_bytes() for path in tmp_path.iterdir()] == [png(1)]
    assert [asked.method for asked in server.asked].count("DELETE") == 1


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork here")
def test_a_forked_child_that_drops_a_stream_takes_nothing_from_its_parent() -> None:
    """In a process of its own: this one has threads."""
    ran = subprocess.run(  # noqa: S603 - our own code
        [sys.executable, "-c", FORKING], check=False, timeout=60, capture_output=True, text=True
    )
    assert ran.stdout.strip() == "b'{}'", ran.stderr


FORKING = """
import os, socket
from limner.transport.deadline import Deadline
from limner.transport.http import SyncWire, WireRequest

listener, (told, tell) = socket.create_server(("127.0.0.1", 0)), os.pipe()
if not os.fork():
    connection, _ = listener.accept()
    connection.recv(9999)
    connection.sendall(b"HTTP/1.1 200 OK\\r\\nContent-Length: 2\\r\\n\\r\\n")
    os.read(told, 1)
    connection.sendall(b"{}")
    os._exit(0)
wire, deadline = SyncWire(), Deadline(20)
url = f"http://127.0.0.1:{listener.getsockname()[1]}/"
response = wire.send(WireRequest("GET", url), deadline)
if not (child := os.fork()):
    wire.interrupt(deadline)
    response.close()
    os._exit(0)
os.waitpid(child, 0)
os.write(tell, b"x")
print(b"".join(response.chunks()))
"""


def gives_up() -> Any:
    try:
        yield from send(HttpRequest("GET", "/"))
    except CancelledError as error:
        error.images = (IMAGE,)
        raise


def makes_do() -> Any:
    try:
        yield from send(HttpRequest("GET", "/"))
    except CancelledError:
        return ImageResult(images=(IMAGE,))


def goes_on() -> Any:
    try:
        yield from send(HttpRequest("GET", "/"))
    except CancelledError:
        yield from send(HttpRequest("GET", "/again"))


def breaks() -> Any:
    try:
        yield from send(HttpRequest("GET", "/"))
    except CancelledError:
        raise ZeroDivisionError from None


def says_otherwise() -> Any:
    try:
        yield from send(HttpRequest("GET", "/"))
    except CancelledError:
        raise ServerError("Gone.", images=[IMAGE]) from None


@pytest.mark.parametrize(
    ("exchange", "images"),
    [(gives_up, (IMAGE,)), (makes_do, (IMAGE,)), (goes_on, ()), (breaks, ()), (says_otherwise, (IMAGE,))],
)
def test_an_exchange_that_is_given_up_hands_over_what_it_holds(
    exchange: Callable[[], Any], images: tuple[Image, ...]
) -> None:
    under_way = exchange()
    next(under_way)
    assert held(under_way) == images
    under_way.close()
