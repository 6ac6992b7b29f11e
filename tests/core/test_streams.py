"""Streams as a caller has them: frames as they come, then the result; ended early, cut, or answered by JSON."""

from __future__ import annotations

import asyncio
import gc
import inspect
import json
import threading
import time
from base64 import b64encode
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import attrs
import pytest

import limner
from limner.capabilities import ModelCapabilities, Parameter, ProviderCapabilities, Range
from limner.errors import BadInputError, CancelledError, ConfigError, DeadlineError, ProtocolError, UnsupportedError
from limner.events import CallFinished
from limner.media import Image
from limner.provider import HttpRequest, Partial
from limner.requests import GenerateRequest
from limner.results import ImageResult
from limner.streams import Completed, PartialImage

if TYPE_CHECKING:
    from collections.abc import Callable

CREDENTIALS = {"painter": "key-of-a-test"}


@pytest.fixture
def painter(plain: Any) -> Any:
    """A provider that streams where that is asked for: two images a call."""

    class Painter(plain):  # type: ignore[misc]
        name = "painter"

        def capabilities(self) -> ProviderCapabilities:
            declared = super().capabilities()
            brush = declared.models[0].operations["generate"]
            more = {"stream": Parameter(limner.capabilities.Boolean()), "partial_images": Parameter(Range(0, 3))}
            streaming = brush.but(parameters=more, streams=True)
            models = (ModelCapabilities("brush", operations={"generate": streaming}),)
            return attrs.evolve(declared, models=models)

        def map_request(self, call: Any) -> HttpRequest:
            return attrs.evolve(super().map_request(call), stream=call.stream)

        def normalize_event(self, event: Any, call: Any) -> Partial | ImageResult | None:
            del call
            said = event.json or {}
            made = {
                "frame": lambda image: Partial(image, said["index"]),
                "done": lambda image: ImageResult(images=(image,)),
            }
            return made[event.event](Image.of(said["b64_json"])) if event.event in made else None

    return Painter()


@pytest.fixture
def known(server: Any, painter: Any) -> dict[str, Any]:
    return {"providers": [painter], "keys": CREDENTIALS, "base_urls": {"painter": server.url}, "environ": {}}


def event(name: str, picture: bytes, **more: Any) -> bytes:
    return f"event: {name}\ndata: {json.dumps({'b64_json': b64encode(picture).decode(), **more})}\n\n".encode()


def stream(*pieces: Any) -> list[Any]:
    head = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nConnection: close\r\n\r\n"
    return [head, *pieces, "cut"]


def eventually(true: Callable[[], bool]) -> bool:
    """Within ten seconds, as a machine may be busy."""
    until = time.monotonic() + 10
    while not true() and time.monotonic() < until:
        time.sleep(0.01)
    return true()


Gone = tuple[list[Any], Any]
"""The events of a stream, and its result or what it raised."""


def _sync(arguments: dict[str, Any], request: GenerateRequest, take: int) -> Gone:
    seen: list[Any] = []
    with limner.Client(**arguments) as client:
        try:
            with client.stream(request) as opened:
                for said in opened:
                    seen.append(said)
                    if len(seen) == take:
                        return seen, None
                return seen, opened.result
        except limner.LimnerError as error:
            return seen, error


def _async(arguments: dict[str, Any], request: GenerateRequest, take: int) -> Gone:
    async def main() -> Gone:
        seen: list[Any] = []
        async with limner.AsyncClient(**arguments) as client:
            try:
                async with client.stream(request) as opened:
                    async for said in opened:
                        seen.append(said)
                        if len(seen) == take:
                            return seen, None
                    return seen, opened.result
            except limner.LimnerError as error:
                return seen, error

    return asyncio.run(main())


@pytest.fixture(params=[_sync, _async], ids=["sync", "async"])
def watch(request: pytest.FixtureRequest, server: Any, painter: Any) -> Callable[..., Gone]:
    """``watch(take=, observers=, **call)``: go through a stream, or through the first events of it."""

    def go(*, take: int = 0, observers: Any = (), keys: Any = CREDENTIALS, **call: Any) -> Gone:
        arguments = {
            "providers": [painter], "keys": keys, "base_urls": {"painter": server.url}, "environ": {},
            "observers": observers,
        }  # fmt: skip
        gone: Gone = request.param(arguments, GenerateRequest("a cat", provider="painter", **call), take)
        return gone

    return go


def test_frames_come_first_and_the_result_at_last(server: Any, png: Any, watch: Any) -> None:
    server.script(stream(event("frame", png(1), index=0), event("frame", png(2), index=1), event("done", png(3))))
    (first, second, last), result = watch(partial_images=2)
    assert (first, second) == (PartialImage(0, first.image), PartialImage(1, second.image))
    assert (first.image.read(), second.image.read()) == (png(1), png(2))
    assert last == Completed(result)
    assert result.image.read() == png(3)
    assert server.asked[0].json() == {
        "model": "brush", "prompt": "a cat", "partial_images": 2, "stream": True
    }  # fmt: skip


def test_a_plan_of_a_stream_is_streamed(server: Any, png: Any, known: Any) -> None:
    server.script(stream(event("done", png(3))))
    with limner.Client(**known) as client:
        plan = client.plan(GenerateRequest("a cat", provider="painter"), stream=True)
        assert client.stream(plan).until_done().image.read() == png(3)


def test_several_calls_are_made_one_after_the_other_and_are_one_result(server: Any, png: Any, watch: Any) -> None:
    server.script(
        stream(event("frame", png(1), index=0), event("done", png(2)), event("done", png(3))),
        stream(event("frame", png(4), index=0), event("done", png(5))),
    )
    (first, second, _), result = watch(n=3)
    assert (first.call, second.call) == (0, 1)
    assert [image.read() for image in result] == [png(2), png(3), png(5)]
    assert [image.index for image in result] == [0, 1, 2]


def test_a_call_that_fails_takes_nothing_from_another(server: Any, png: Any, watch: Any) -> None:
    server.script(stream(event("done", png(1)), event("done", png(2))), server.reply(status=400, json={}))
    (last,), result = watch(n=3)
    assert [image.read() for image in last.result] == [png(1), png(2)]
    assert [failure.index for failure in result.failures] == [1]


def test_a_stream_that_is_cut_keeps_its_frames_on_the_error(server: Any, png: Any, watch: Any) -> None:
    server.script(stream(event("frame", png(1), index=0), b"event: done\ndata: {"))
    (frame,), error = watch()
    assert isinstance(error, ProtocolError)
    assert error.images == (frame.image,)
    assert error.maybe_billed
    assert server.posts == 1


def test_an_answer_of_json_is_a_stream_without_frames(server: Any, png: Any, watch: Any) -> None:
    server.script(server.reply(json={"data": [{"b64_json": b64encode(png()).decode()}]}))
    (last,), result = watch()
    assert last == Completed(result)
    assert result.image.read() == png()


def test_leaving_early_closes_the_connection_and_tells_what_it_may_cost(server: Any, png: Any, watch: Any) -> None:
    heard: list[Any] = []
    server.script([*stream(event("frame", png(1), index=0))[:-1], 5.0])
    (frame,), nothing = watch(take=1, observers=[heard.append])
    assert (frame.image.read(), nothing) == (png(1), None)
    end = heard[-1]
    assert isinstance(end, CallFinished)
    assert (end.kind, end.maybe_billed) == ("cancelled", True)
    assert eventually(lambda: server.connections == 0)


def test_leaving_after_the_end_is_no_early_leaving(server: Any, png: Any, watch: Any) -> None:
    heard: list[Any] = []
    server.script(stream(event("done", png(1))))
    (last,), _ = watch(take=1, observers=[heard.append])
    assert isinstance(last, Completed)
    assert (heard[-1].kind, heard[-1].images) == (None, 1)


def test_images_go_where_they_are_wanted(server: Any, png: Any, watch: Any, tmp_path: Any) -> None:
    server.script(stream(event("frame", png(1), index=0), event("done", png(3))))
    _, result = watch(to=tmp_path / "cat.png")
    assert result.image.path == tmp_path / "cat.png"
    assert [path.name for path in tmp_path.iterdir()] == ["cat.png"]


def test_a_key_is_missing_before_anything_is_sent(server: Any, watch: Any) -> None:
    seen, error = watch(keys=None)
    assert (seen, server.posts) == ([], 0)
    assert isinstance(error, ConfigError)


def test_a_source_of_keys_that_does_not_answer_keeps_nobody_beyond_the_deadline(server: Any, known: Any) -> None:
    async def silent(_: str) -> str:
        await asyncio.sleep(20)
        return "too late"

    async def main() -> None:
        async with limner.AsyncClient(**{**known, "keys": silent}) as client:
            await client.stream_generate("a cat", provider="painter", total_timeout=0.1).until_done()

    with pytest.raises(DeadlineError, match="the source of the key"):
        asyncio.run(main())
    assert server.posts == 0


def test_a_model_that_does_not_stream_says_so(server: Any, plain: Any) -> None:
    with limner.Client(providers=[plain()], environ={}) as client, pytest.raises(UnsupportedError, match="stream"):
        client.stream_generate("a cat", provider="plain")
    assert server.posts == 0


def test_there_is_no_result_before_the_end(server: Any, painter: Any, png: Any) -> None:
    server.script(stream(event("frame", png(1), index=0), event("done", png(2))))
    known: Any = {"providers": [painter], "keys": CREDENTIALS, "base_urls": {"painter": server.url}, "environ": {}}
    with limner.Client(**known) as client, client.stream_generate("a cat", provider="painter") as opened:
        with pytest.raises(BadInputError, match="until_done"):
            _ = opened.result
        assert opened.until_done().image.read() == png(2)
        assert next(opened, None) is None


def test_the_rest_of_a_stream_may_be_of_no_interest(server: Any, painter: Any, png: Any) -> None:
    async def main() -> ImageResult:
        known: Any = {"providers": [painter], "keys": CREDENTIALS, "base_urls": {"painter": server.url}, "environ": {}}
        async with limner.AsyncClient(**known) as client, client.stream_generate("a cat", provider="painter") as opened:
            return await opened.until_done()

    server.script(stream(event("frame", png(1), index=0), event("done", png(2))))
    assert asyncio.run(main()).image.read() == png(2)


def test_what_stops_a_stream_from_outside_carries_what_was_paid(server: Any, painter: Any, png: Any) -> None:
    server.script(
        stream(event("done", png(1)), event("done", png(2))), [*stream(event("frame", png(3), index=0))[:-1], 5.0]
    )
    known: Any = {"providers": [painter], "keys": CREDENTIALS, "base_urls": {"painter": server.url}, "environ": {}}
    with limner.Client(**known) as client, client.stream_generate("a cat", provider="painter", n=3) as opened:
        assert next(opened).call == 1  # type: ignore[union-attr]
        with pytest.raises(KeyboardInterrupt) as caught:
            opened._events.throw(KeyboardInterrupt())
    assert [image.read() for image in caught.value.images] == [png(1), png(2)]  # type: ignore[attr-defined]


def test_a_stream_that_is_left_early_loses_nothing_that_was_finished(
    server: Any, png: Any, watch: Any, tmp_path: Any
) -> None:
    server.script(
        stream(event("done", png(1)), event("done", png(2))), [*stream(event("frame", png(3), index=0))[:-1], 5.0]
    )
    watch(take=1, n=3, to=tmp_path / "cat.png")
    assert {path.read_bytes() for path in tmp_path.iterdir()} == {png(1), png(2)}


def test_nor_what_was_finished_in_the_call_that_is_left(server: Any, png: Any, tmp_path: Any, known: Any) -> None:
    server.script([*stream(event("done", png(1)), event("frame", png(2), index=0))[:-1], 5.0])
    call: dict[str, Any] = {"provider": "painter", "n": 2, "to": tmp_path / "cat.png"}
    with limner.Client(**known) as client, client.stream_generate("a cat", **call) as opened:
        next(opened)
    assert [image.read() for image in opened.images] == [png(1)]
    assert [path.read_bytes() for path in tmp_path.iterdir()] == [png(1)]


def test_an_async_stream_loses_nothing_that_was_finished_either(
    server: Any, png: Any, tmp_path: Any, known: Any
) -> None:
    async def main() -> list[bytes]:
        async with limner.AsyncClient(**known) as client:
            opened = client.stream_generate("a cat", provider="painter", n=2, to=tmp_path / "cat.png")
            async with opened:
                await anext(opened)
            return [image.read() for image in opened.images]

    server.script([*stream(event("done", png(1)), event("frame", png(2), index=0))[:-1], 5.0])
    assert asyncio.run(main()) == [png(1)]
    assert [path.read_bytes() for path in tmp_path.iterdir()] == [png(1)]


def test_what_stops_a_stream_carries_nothing_twice(server: Any, png: Any, known: Any) -> None:
    server.script([*stream(event("done", png(1)), event("frame", png(2), index=0))[:-1], 5.0])
    with limner.Client(**known) as client:
        opened = client.stream_generate("a cat", provider="painter", n=2)
        next(opened)
        with pytest.raises(KeyboardInterrupt) as caught:
            opened._events.throw(KeyboardInterrupt())
    assert [image.read() for image in caught.value.images] == [png(1)]  # type: ignore[attr-defined]


def test_what_was_finished_is_there_whatever_the_consumer_does(server: Any, painter: Any, png: Any) -> None:
    server.script(
        stream(event("done", png(1)), event("done", png(2))), [*stream(event("frame", png(3), index=0))[:-1], 5.0]
    )
    known: Any = {"providers": [painter], "keys": CREDENTIALS, "base_urls": {"painter": server.url}, "environ": {}}
    with limner.Client(**known) as client:
        opened = client.stream_generate("a secret", provider="painter", n=3)
        assert repr(opened) == "<ImageStream generate painter/brush: 0 of 2 calls over>"
        with opened, suppress(ZeroDivisionError):
            next(opened)
            _ = 1 / 0
        assert [image.read() for image in opened.images] == [png(1), png(2)]
        with pytest.raises(BadInputError, match="closed before"):
            _ = opened.result


def test_another_thread_may_close_a_stream_that_is_waited_for(server: Any, painter: Any, png: Any) -> None:
    server.script([*stream(event("frame", png(1), index=0))[:-1], 20.0])
    known: Any = {"providers": [painter], "keys": CREDENTIALS, "base_urls": {"painter": server.url}, "environ": {}}
    with limner.Client(**known) as client, client.stream_generate("a cat", provider="painter") as opened:
        next(opened)
        began = time.monotonic()
        closing = threading.Timer(0.1, opened.close)
        closing.start()
        with pytest.raises(CancelledError) as caught:
            next(opened)
        closing.join()
    assert time.monotonic() - began < 5
    assert (len(caught.value.images), caught.value.maybe_billed) == (1, True)
    assert eventually(lambda: server.connections == 0)


@pytest.mark.parametrize("deleted", [True, False])
def test_an_async_stream_that_is_dropped_closes_its_connection_without_a_word(
    server: Any, painter: Any, png: Any, caplog: pytest.LogCaptureFixture, *, deleted: bool
) -> None:
    async def main() -> None:
        client = limner.AsyncClient(**known)
        client.stream_generate("a cat", provider="painter")  # nobody goes through it
        opened = client.stream_generate("a cat", provider="painter")
        async for _ in opened:
            break
        if deleted:
            del opened
            gc.collect()  # closes what hangs together in any order
            assert await asyncio.to_thread(eventually, lambda: server.connections == 0)

    server.script([*stream(event("frame", png(1), index=0))[:-1], 20.0])
    known: Any = {"providers": [painter], "keys": CREDENTIALS, "base_urls": {"painter": server.url}, "environ": {}}
    asyncio.run(main())
    gc.collect()
    assert eventually(lambda: server.connections == 0)
    assert [record.message for record in caplog.records if record.name == "asyncio"] == []


@pytest.mark.parametrize("method", ["stream_generate", "stream_edit"])
def test_both_clients_spell_their_streams_alike(method: str) -> None:
    spelled = [list(inspect.signature(getattr(cls, method)).parameters) for cls in (limner.Client, limner.AsyncClient)]
    assert spelled[0] == spelled[1]
