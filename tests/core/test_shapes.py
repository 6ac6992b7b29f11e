"""The contract on shapes unlike OpenAI's: five small providers, each by both clients over real connections."""

from __future__ import annotations

import base64
import hmac
import json
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

import limner
from limner.errors import DeadlineError
from limner.provider import HttpProvider


def test_a_raw_picture_is_an_answer(server: Any, shape: Any, png: Any, paint_twice: Any) -> None:
    server.api = lambda _: server.reply(png(4, 3), headers={"Content-Type": "image/png", "X-Seed": "7"})
    sync, asynchronous = paint_twice(shape("darkroom"), seed=7)
    assert sync == asynchronous
    assert (sync.image.read(), sync.image.width, sync.image.height, sync.image.seed) == (png(4, 3), 4, 3, 7)


def test_a_header_carries_the_key_and_json_an_image_as_a_data_url(
    server: Any, shape: Any, png: Any, paint: Any
) -> None:
    server.api = lambda _: server.reply(png(), headers={"X-Seed": "1"})
    paint(shape("darkroom"), seed=1)
    (asked,) = server.asked
    assert asked.path == "/develop"
    assert asked.headers["x-darkroom-key"] == "dk key-of-a-test"
    assert "authorization" not in asked.headers
    head, _, paper = asked.json().pop("paper").partition(",")
    assert head == "data:image/gif;base64"
    assert base64.b64decode(paper, validate=True).startswith(b"GIF89a")
    assert {k: v for k, v in asked.json().items() if k != "paper"} == {"model": "silver", "prompt": "a cat", "seed": 1}


def test_a_bare_list_is_an_answer(server: Any, shape: Any, png: Any, paint_twice: Any) -> None:
    walls = [{"b64": base64.b64encode(png(side)).decode(), "title": f"No. {side}"} for side in (1, 2)]
    server.api = lambda _: server.reply(json=walls)
    sync, asynchronous = paint_twice(shape("gallery"), n=2)
    assert sync == asynchronous
    assert [image.read() for image in sync] == [png(1), png(2)]
    assert [image.details["title"] for image in sync] == ["No. 1", "No. 2"]
    assert [item["title"] for item in sync.raw[0]] == ["No. 1", "No. 2"]
    assert not sync.warnings


def test_the_query_carries_the_key_and_a_form_its_files(server: Any, shape: Any, png: Any, paint: Any) -> None:
    server.api = lambda _: server.reply(json=[{"b64": base64.b64encode(png()).decode(), "title": ""}])
    paint(shape("gallery"), 'a "cat"\r\n\N{CAT}', client={"keys": {"gallery": "a&b=c+d/e"}})
    (asked,) = server.asked
    assert asked.query == {"wall": "north & south", "api_key": "a&b=c+d/e"}
    parts = asked.parts()
    assert list(parts) == ["model", "text", "frame"]
    assert parts["text"].get_payload(decode=True).decode() == 'a "cat"\r\n\N{CAT}'
    assert parts["frame"].get_filename() == "frame.gif"
    assert parts["frame"].get_content_type() == "image/gif"
    assert parts["frame"].get_payload(decode=True).startswith(b"GIF89a")


KEYS = {"keys": {"atelier": {"ATELIER_CLIENT": "client-7", "ATELIER_SECRET": "hush-hush"}}}


class Studio:
    """The server's side of an order."""

    def __init__(self, server: Any, picture: bytes, visits: float) -> None:
        self.server, self.picture, self.visits = server, picture, visits
        self.cancelled = threading.Event()

    def __call__(self, asked: Any) -> Any:
        if asked.path == "/paintings/1.png":
            return self.server.reply(self.picture, headers={"Content-Type": "image/png"})
        if asked.method == "DELETE":
            self.cancelled.set()
            return self.server.reply(status=204)
        if asked.method == "POST":
            return self.server.reply(json={"id": "1"}, status=202)
        self.visits -= 1
        done = {"state": "done", "url": f"{self.server.url}/paintings/1.png", "hours": 3}
        return self.server.reply(json={"state": "painting"} if self.visits > 0 else done)

    @property
    def cancels(self) -> int:
        return sum(asked.method == "DELETE" for asked in self.server.asked)


def test_an_order_is_asked_after_and_fetched(server: Any, shape: Any, png: Any, paint_twice: Any) -> None:
    server.api = Studio(server, png(2, 2), visits=3)
    sync, asynchronous = paint_twice(shape("atelier"), client=KEYS)
    assert sync == asynchronous
    assert (sync.image.read(), sync.image.url) == (png(2, 2), f"{server.url}/paintings/1.png")
    assert sync.image.details["hours"] == 3
    paths = [f"{asked.method} {asked.path}" for asked in server.asked]
    assert paths[:5] == ["POST /orders", *["GET /orders/1"] * 3, "GET /paintings/1.png"]
    assert server.api.cancels == 0


def test_every_request_is_signed_whole_but_for_the_download(server: Any, shape: Any, png: Any, paint: Any) -> None:
    server.api = Studio(server, png(), visits=1)
    paint(shape("atelier"), client=KEYS)
    order, visit, download = server.asked
    assert order.query == {"rush": "yes"}
    for asked, url in ((order, f"{server.url}/orders?rush=yes"), (visit, f"{server.url}/orders/1")):
        seal = hmac.digest(b"hush-hush", b"\n".join([asked.method.encode(), url.encode(), asked.body]), "sha256")
        assert asked.headers["x-seal"] == seal.hex()
        assert asked.headers["x-client"] == "client-7"
    assert not {"x-seal", "x-client", "authorization"} & download.headers.keys()
    assert base64.b64decode(order.json()["sketch"][0]).startswith(b"GIF89a")


def test_an_order_whose_deadline_passes_is_cancelled_once(
    server: Any, shape: Any, png: Any, paint: Any, timed: Any
) -> None:
    server.api = Studio(server, png(), visits=float("inf"))
    with timed() as took, pytest.raises(DeadlineError) as caught:
        paint(shape("atelier"), client=KEYS, timeout=0.3)
    assert took.kept < 0.8
    assert server.api.cancels == 1
    assert caught.value.maybe_billed
    assert caught.value.job.id == "/orders/1"
    assert server.asked[-1].headers["x-client"] == "client-7"


def test_an_order_given_up_while_the_server_is_silent_is_cancelled_once(
    server: Any, shape: Any, png: Any, paint: Any, timed: Any
) -> None:
    studio = Studio(server, png(), visits=float("inf"))
    server.api = lambda asked: [60.0] if asked.method == "GET" else studio(asked)
    with timed() as took, pytest.raises(DeadlineError):
        paint(shape("atelier"), client=KEYS, timeout=0.3)
    assert took.kept < 0.8
    assert studio.cancels == 1


def events(*said: tuple[str, Any]) -> list[bytes]:
    head = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nConnection: close\r\n\r\n"
    return [head, *(f"event: {name}\ndata: {json.dumps(data)}\n\n".encode() for name, data in said), "cut"]


def shown(picture: bytes, **more: Any) -> dict[str, Any]:
    return {"picture": base64.b64encode(picture).decode(), **more}


def test_events_are_read_one_by_one(server: Any, shape: Any, png: Any, paint_twice: Any) -> None:
    sketches = [("sketch", shown(png(1, 1, step), step=step)) for step in (0, 1)]
    finished = ("picture", shown(png(5, 5), usage={"input_tokens": 3, "output_tokens": 4, "total_tokens": 7}))
    server.api = lambda _: events(*sketches, ("ping", {}), finished)
    sync, asynchronous = paint_twice(shape("easel"))
    assert sync == asynchronous
    assert sync.image.read() == png(5, 5)
    assert sync.usage.total_tokens == 7
    assert server.asked[0].headers["authorization"] == "Bearer key-of-a-test"


def test_sketches_of_a_stream_that_is_cut_are_kept(server: Any, shape: Any, png: Any, paint: Any) -> None:
    server.api = lambda _: events(*[("sketch", shown(png(1, 1, step), step=step)) for step in (0, 1)])
    with pytest.raises(limner.ProtocolError) as caught:
        paint(shape("easel"))
    assert [image.read() for image in caught.value.images] == [png(1, 1, 0), png(1, 1, 1)]
    assert caught.value.maybe_billed
    assert server.posts == 1


class Press:
    """Stands in for a model: says how often it was loaded, and whether it was ever used twice at a time."""

    loaded = 0
    busy = 0
    clashes = 0

    def __init__(self) -> None:
        type(self).loaded += 1

    def print(self, shade: int) -> bytes:
        del shade
        cls = type(self)
        cls.busy += 1
        cls.clashes += cls.busy > 1
        time.sleep(0.01)
        cls.busy -= 1
        return b"GIF89a\x01\x00\x01\x00\x00\x00\x00;"


def test_a_local_pipeline_needs_no_server_and_no_key(shape: Any, paint_twice: Any) -> None:
    bare = {"keys": None, "base_urls": {}}
    sync, asynchronous = paint_twice(shape("workbench"), seed=200, client=bare)
    assert sync == asynchronous
    assert (sync.image.media_type, sync.image.seed, sync.calls[0].status) == ("image/png", 200, None)


@pytest.fixture
def pressed(shape: Any, monkeypatch: pytest.MonkeyPatch) -> Any:
    press = type("Counted", (Press,), {})
    monkeypatch.setattr(type(shape("workbench")), "press", press)
    return press


def test_a_pipeline_is_loaded_once_per_client_and_serves_one_at_a_time(shape: Any, pressed: Any, paint: Any) -> None:
    assert len(paint(shape("workbench"), n=6, client={"max_concurrency": 6})) == 6
    assert (pressed.loaded, pressed.clashes) == (1, 0)


def test_threads_that_share_a_client_share_its_lanes(shape: Any, pressed: Any) -> None:
    with limner.Client(providers=[shape("workbench")], environ={}) as client, ThreadPoolExecutor(4) as pool:
        results = list(pool.map(lambda _: client.generate("a cat", model="workbench/wood"), range(4)))
    assert len(results) == 4
    assert (pressed.loaded, pressed.clashes) == (1, 0)


@pytest.mark.parametrize("method", ["capabilities", "map_request", "normalize", "normalize_event"])
def test_what_an_author_has_to_write_is_not_there_until_it_is_written(method: str) -> None:
    arguments = {"capabilities": 0, "map_request": 1}.get(method, 2)
    with pytest.raises(NotImplementedError):
        getattr(HttpProvider(), method)(*[None] * arguments)
