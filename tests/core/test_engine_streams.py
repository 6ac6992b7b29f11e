"""Events as they come: in pieces, compressed, cut, and with errors in their midst."""

from __future__ import annotations

import json
import time
import zlib
from base64 import b64encode
from typing import Any

import attrs
import pytest

import limner
from limner.errors import ContentPolicyError, PluginError, ProtocolError, ServerError
from limner.media import Image
from limner.provider import HttpRequest, Partial, next_event, send
from limner.results import ImageResult


@pytest.fixture
def watching(plain: Any) -> Any:
    """A provider that asks for events, and reads them as most do: one by one, by what each means."""

    class Watching(plain):  # type: ignore[misc]
        def exchange(self, call: Any) -> Any:
            return super().exchange(attrs.evolve(call, stream=True))

        def map_request(self, call: Any) -> HttpRequest:
            return attrs.evolve(super().map_request(call), stream=True)

        def normalize_event(self, event: Any, call: Any) -> Partial | ImageResult | None:
            del call
            said = event.json or {}
            if event.event == "frame":
                return Partial(Image.of(said["b64_json"]), said["index"])
            if event.event == "done":
                return ImageResult(images=(Image.of(said["b64_json"]),), raw=(said.get("note"),))
            return None

    return Watching()


def event(name: str, **data: Any) -> bytes:
    return f"event: {name}\ndata: {json.dumps(data)}\n\n".encode()


def shown(name: str, picture: bytes, **more: Any) -> bytes:
    return event(name, b64_json=b64encode(picture).decode(), **more)


def stream(*pieces: Any, **headers: str) -> list[Any]:
    lines = ["HTTP/1.1 200 OK", "Content-Type: Text/Event-Stream; charset=utf-8", "X-Request-Id: req-s",
             *(f"{name}: {value}" for name, value in headers.items()), "Connection: close", "", ""]  # fmt: skip
    return ["\r\n".join(lines).encode(), *pieces, "cut"]


def test_frames_are_shown_and_the_images_that_are_done_are_the_result(
    server: Any, watching: Any, png: Any, paint: Any
) -> None:
    """Relays send one event per image."""
    said = stream(shown("frame", png(1), index=0), b": ping\n\n", shown("done", png(2)), shown("done", png(3)))
    server.script(said)
    result = paint(watching, n=2)
    assert [image.read() for image in result] == [png(2), png(3)]
    assert result.calls[0].request_id == "req-s"


@pytest.mark.parametrize("said", ["done", {"done": 1}, (one for one in "x")])
def test_an_event_that_is_made_into_something_else_names_the_provider(
    server: Any, watching: Any, png: Any, paint: Any, said: Any
) -> None:
    server.script(stream(shown("done", png(2))))
    broken = type("Broken", (type(watching),), {"normalize_event": lambda *_: said})()
    with pytest.raises(PluginError, match=f"^plain.* normalize_event returned {type(said).__name__}"):
        paint(broken)


def test_events_may_come_in_any_pieces(server: Any, watching: Any, png: Any, paint: Any) -> None:
    whole = shown("frame", png(1), index=0) + shown("done", png(2))
    server.script(stream(*(whole[i : i + 7] for i in range(0, len(whole), 7))))
    assert paint(watching).image.read() == png(2)


def test_events_may_be_compressed(server: Any, watching: Any, png: Any, paint: Any) -> None:
    packer = zlib.compressobj(wbits=31)
    packed = packer.compress(shown("done", png(2))) + packer.flush()
    server.script(stream(packed, **{"Content-Encoding": "gzip"}))
    assert paint(watching).image.read() == png(2)


def test_a_whole_answer_may_be_compressed(server: Any, plain: Any, png: Any, paint: Any) -> None:
    packed = zlib.compress(json.dumps({"data": [{"b64_json": b64encode(png()).decode()}]}).encode())
    server.script(server.reply(packed, headers={"Content-Encoding": "deflate", "Content-Type": "application/json"}))
    assert paint(plain()).image.read() == png()


def test_a_compressed_answer_may_come_to_many_times_its_size(server: Any, plain: Any, png: Any, paint: Any) -> None:
    """In pieces, and after each of them the deadline is looked at."""
    answer = b" " * 500_000 + json.dumps({"data": [{"b64_json": b64encode(png()).decode()}]}).encode()
    server.script(server.reply(zlib.compress(answer), headers={"Content-Encoding": "deflate"}))
    assert paint(plain()).image.read() == png()


def test_a_server_may_answer_with_json_where_events_were_asked_for(
    server: Any, watching: Any, png: Any, paint: Any
) -> None:
    server.script(server.reply(json={"data": [{"b64_json": b64encode(png()).decode()}]}))
    assert paint(watching).image.read() == png()


def test_json_under_the_type_of_a_stream_is_an_answer(server: Any, watching: Any, png: Any, paint: Any) -> None:
    answer = {"data": [{"b64_json": b64encode(png()).decode()}]}
    server.script(server.reply(json=answer, headers={"Content-Type": "text/event-stream"}))
    assert paint(watching).image.read() == png()


def test_a_refusal_of_a_stream_is_read_whole(server: Any, watching: Any, paint: Any) -> None:
    error = {"error": {"code": "moderation_blocked", "message": "Not that."}}
    server.script(server.reply(json=error, status=400, headers={"Content-Type": "text/event-stream"}))
    with pytest.raises(ContentPolicyError, match="Not that"):
        paint(watching)
    assert server.posts == 1


def test_an_error_among_the_events_is_judged_like_any_other(server: Any, watching: Any, png: Any, paint: Any) -> None:
    server.script(
        stream(shown("frame", png(1), index=0), event("error", error={"message": "Broke.", "type": "server_error"}))
    )
    with pytest.raises(ServerError, match="Broke") as caught:
        paint(watching)
    error = caught.value
    assert [image.read() for image in error.images] == [png(1)]
    assert (error.maybe_billed, error.phase, error.request_id) == (True, "unknown", "req-s")
    assert server.posts == 1


def test_an_event_called_error_is_one_though_it_has_no_more_than_a_message(
    server: Any, watching: Any, paint: Any
) -> None:
    server.script(stream(event("error", message="Broke.")))
    with pytest.raises(ServerError, match="Broke"):
        paint(watching)


CUTS = {"closed": ["cut"], "reset": [0.05, "reset"]}


@pytest.mark.parametrize("end", CUTS.values(), ids=CUTS)
def test_a_stream_cut_inside_an_event_keeps_frames_and_the_picture_that_was_whole(
    server: Any, watching: Any, png: Any, paint: Any, end: Any
) -> None:
    """All of the picture is there and only the end of its event is missing: it was paid for."""
    broken = shown("done", png(9), note="the rest of this is lost")[:-10]
    server.script(stream(shown("frame", png(1), index=0), broken, *end))
    with pytest.raises(ProtocolError) as caught:
        paint(watching, retry="at_least_once")
    assert [image.read() for image in caught.value.images] == [png(1), png(9)]
    assert (caught.value.maybe_billed, caught.value.phase, server.posts) == (True, "unknown", 1)


def test_a_stream_that_says_nothing_brings_no_picture(server: Any, watching: Any, paint: Any) -> None:
    server.script(stream(event("ping")))
    with pytest.raises(limner.SchemaError, match="No image came") as caught:
        paint(watching)
    assert caught.value.maybe_billed


def test_a_stream_that_cannot_be_inflated_says_so(server: Any, watching: Any, paint: Any) -> None:
    server.script(stream(b"this is no gzip at all\n\n", **{"Content-Encoding": "gzip"}))
    with pytest.raises(limner.DecodeError) as caught:
        paint(watching)
    assert (caught.value.maybe_billed, caught.value.phase) == (True, "unknown")


def test_a_provider_may_leave_a_stream_and_ask_for_something_else(
    server: Any, watching: Any, png: Any, paint: Any
) -> None:
    class Fickle(type(watching)):  # type: ignore[misc]
        def exchange(self, call: Any) -> Any:
            yield from send(HttpRequest("POST", "/first", stream=True))
            return (yield from super().exchange(call))

    def api(asked: Any) -> Any:
        if asked.path == "/first":
            return stream(event("ping"), 60.0)
        limit = time.monotonic() + 5
        while server.connections > 1:  # the first stream was let go of before
            assert time.monotonic() < limit
            time.sleep(0.005)
        return stream(shown("done", png(4)))

    server.api = api
    assert paint(Fickle()).image.read() == png(4)


def test_the_next_event_without_a_stream_is_the_end(server: Any, plain: Any, png: Any, paint: Any) -> None:
    class Eager(plain):  # type: ignore[misc]
        def exchange(self, call: Any) -> Any:
            assert (yield from next_event()) is None
            return (yield from super().exchange(call))

    server.script(server.reply(json={"data": [{"b64_json": b64encode(png()).decode()}]}))
    assert len(paint(Eager())) == 1


def test_a_broken_reader_of_events_is_named_and_lets_go_of_the_stream(server: Any, watching: Any, paint: Any) -> None:
    server.script(stream(event("frame"), 60.0))
    with pytest.raises(PluginError, match="plain broke while it handled a call: KeyError") as caught:
        paint(watching)
    assert caught.value.maybe_billed
