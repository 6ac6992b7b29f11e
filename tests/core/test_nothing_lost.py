"""What was paid for is never lost, and never paid again: whatever breaks, wherever it breaks."""

from __future__ import annotations

import asyncio
import json
import os
import threading
from base64 import b64encode
from typing import TYPE_CHECKING, Any

import attrs
import pytest

import limner
from limner.conversation import _PERFORM
from limner.errors import (
    BadImageError,
    CancelledError,
    ContentPolicyError,
    RateLimitError,
    ServerError,
)
from limner.events import Downloaded, ImageReceived
from limner.fallback import goes_on
from limner.fanout import Outcome, run_all
from limner.media import Image
from limner.provider import Blocking, Partial
from limner.results import ImageResult

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

CTRL_C = pytest.mark.skipif(os.name != "posix", reason="Ctrl-C is sent as a signal")
CANARY = "sk-canary-0123456789"


@pytest.fixture
def known(server: Any, plain: Any) -> dict[str, Any]:
    return {"providers": [plain()], "keys": {"plain": "k"}, "base_urls": {"plain": server.url}, "environ": {}}


@pytest.fixture
def half(png: Any, reached: threading.Event) -> Callable[[Any], Any]:
    """One image that is whole, half of another, and silence."""
    pictures = [png(3), png(4) * 400]
    body = json.dumps({"data": [{"b64_json": b64encode(one).decode()} for one in pictures]}).encode()
    head = f"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n".encode()

    def api(_: Any) -> Any:
        yield head + body[:-500]
        yield 0.3  # in which it arrives
        reached.set()
        yield 20.0

    return api


@pytest.fixture
def silent(server: Any, half: Any) -> None:
    """The server answers with half."""
    server.api = half


def widths(stopped: Any) -> list[int | None]:
    return [image.width for image in stopped.images]


def said(server: Any, *pictures: bytes, status: int = 200, **more: Any) -> Any:
    data = [{"b64_json": b64encode(one).decode()} for one in pictures]
    return server.reply(status=status, json={"data": data, **more})


# An answer that carries images


@pytest.mark.parametrize("retry", ["safe", "at_least_once"])
@pytest.mark.usefixtures("at_once")
def test_an_answer_with_an_image_beside_an_error_is_not_asked_for_again(
    server: Any, plain: Any, png: Any, paint: Any, retry: str
) -> None:
    limit = {"code": "rate_limit_exceeded", "message": "1 of 2 was made"}
    server.script(said(server, png(3), error=limit), said(server, png(4), png(5)))
    if retry == "safe":
        with pytest.raises(RateLimitError) as caught:
            paint(plain(), n=2)
        assert (server.posts, widths(caught.value), caught.value.maybe_billed) == (1, [3], True)
        return
    result = paint(plain(), n=2, retry=retry)
    assert widths(result) == [4, 5, 3]
    assert [warning.code for warning in result.warnings] == ["earlier_attempt", "count_differs"]


def test_a_final_error_beside_an_image_may_have_been_billed(server: Any, plain: Any, png: Any, paint: Any) -> None:
    server.script(said(server, png(3), error={"code": "moderation_blocked", "message": "one of two was blocked"}))
    with pytest.raises(ContentPolicyError) as caught:
        paint(plain(), n=2)
    assert (widths(caught.value), caught.value.maybe_billed) == ([3], True)


@pytest.mark.usefixtures("at_once")
def test_an_attempt_that_brings_the_same_again_brings_nothing_more(
    server: Any, plain: Any, png: Any, paint: Any
) -> None:
    whole = said(server, png(3), png(4))
    broken = [whole[0][:-30], "cut"]
    server.script(broken, whole)
    result = paint(plain(), n=2, retry="at_least_once")
    assert (server.posts, widths(result), result.warnings) == (2, [3, 4], ())


# In the middle of an answer


@CTRL_C
@pytest.mark.usefixtures("ctrl_c")
def test_ctrl_c_leaves_what_is_whole_of_an_answer(server: Any, half: Any, known: Any) -> None:
    server.api = half
    with limner.Client(**known) as client, pytest.raises(KeyboardInterrupt) as caught:
        client.generate("a cat", provider="plain", n=2)
    assert (widths(caught.value), caught.value.maybe_billed) == ([3], True)  # type: ignore[attr-defined]


@pytest.mark.parametrize("n", [2, 4])
def test_who_is_cancelled_leaves_what_is_whole_of_an_answer(
    silent: Any, known: Any, reached: threading.Event, tmp_path: Path, n: int
) -> None:
    del silent

    async def main() -> BaseException:
        async with limner.AsyncClient(**known) as client:
            painting = asyncio.create_task(client.generate("a cat", provider="plain", n=n, to=f"{tmp_path}/"))
            await asyncio.to_thread(reached.wait, 20)
            painting.cancel()
            with pytest.raises(asyncio.CancelledError) as caught:
                await painting
            return caught.value

    assert set(widths(asyncio.run(main()))) == {3}
    assert list(tmp_path.iterdir())


@CTRL_C
@pytest.mark.usefixtures("ctrl_c")
def test_ctrl_c_leaves_what_is_whole_of_an_event(server: Any, plain: Any, half: Any, known: Any) -> None:
    """A body and a stream keep alike."""

    class Painter(plain):  # type: ignore[misc]
        def map_request(self, call: Any) -> Any:
            return limner.provider.HttpRequest("POST", "/paint", json=call.wire(), stream=True)

        def exchange(self, call: Any) -> Any:
            yield from limner.provider.send(self.map_request(call))
            yield from limner.provider.next_event()

    def api(asked: Any) -> Any:
        head, _, body = next(pieces := half(asked)).partition(b"\r\n\r\n")
        del head
        yield b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\ndata: " + body
        yield from pieces

    server.api = api
    with limner.Client(**{**known, "providers": [Painter()]}) as client, pytest.raises(KeyboardInterrupt) as caught:
        client.generate("a cat", provider="plain")
    assert widths(caught.value) == [3]


@pytest.mark.parametrize("stop", [KeyboardInterrupt, SystemExit])
def test_who_is_stopped_when_all_is_there_carries_it(server: Any, png: Any, known: Any, stop: Any) -> None:
    def observer(event: Any) -> None:
        if isinstance(event, ImageReceived):
            raise stop

    server.script(said(server, png(3)))
    with limner.Client(**known, observers=[observer]) as client, pytest.raises(stop) as caught:
        client.generate("a cat", provider="plain")
    assert (widths(caught.value), caught.value.maybe_billed) == ([3], True)


def test_who_is_stopped_when_an_image_was_fetched_carries_it(server: Any, png: Any, known: Any) -> None:
    def observer(event: Any) -> None:
        if isinstance(event, Downloaded):
            raise KeyboardInterrupt

    reply = server.reply(json={"data": [{"url": f"{server.url}/{name}.png"} for name in "ab"]})
    server.api = lambda asked: reply if asked.method == "POST" else server.reply(png(3))
    with limner.Client(**known, observers=[observer]) as client, pytest.raises(KeyboardInterrupt) as caught:
        client.generate("a cat", provider="plain", n=2)
    assert widths(caught.value) == [3, None]


# Among several calls


class Broken(Exception):  # noqa: N818 - nobody's error
    pass


@pytest.fixture
def clumsy(plain: Any, png: Any) -> Any:
    """Its second call breaks in the midst of a frame in a way that nobody foresees; the first has shown one, too."""

    class Clumsy(plain):  # type: ignore[misc]
        breaks_at = 1

        def exchange(self, call: Any) -> Any:
            yield Partial(Image.of(png(call.index + 1)))
            if call.index == self.breaks_at:
                yield Blocking(self.breaks)
            return (yield from super().exchange(call))

        def breaks(self) -> None:
            raise Broken

    return Clumsy()


def test_a_call_that_breaks_takes_no_other_with_it(
    server: Any, png: Any, clumsy: Any, paint: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(_PERFORM, Blocking, _raw)
    server.script(said(server, png(8), png(9)))
    result = paint(clumsy, n=6)
    assert widths(result) == [8, 9, 8, 9]
    (failure,) = result.failures
    assert str(failure.error) == "A call broke: Broken."
    assert isinstance(failure.error.__cause__, Broken)
    assert (widths(failure.error), failure.error.maybe_billed) == ([2], False)


def test_alone_it_breaks_as_it_does(clumsy: Any, paint: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(_PERFORM, Blocking, _raw)
    clumsy.breaks_at = 0
    with pytest.raises(Broken) as caught:
        paint(clumsy)
    assert widths(caught.value) == [1]


def _raw(_: Any, step: Any) -> Any:
    """A fault where no plugin is to blame."""
    yield from ()
    step.fn()


def test_a_cancellation_that_nobody_asked_for_fails_one_call(server: Any, png: Any, known: Any) -> None:
    asked: list[str] = []

    async def keys(_: str) -> str:
        asked.append("key")
        if len(asked) > 1:
            raise asyncio.CancelledError  # what it waited for was cancelled
        return "old"

    def api(_: Any) -> Any:
        return said(server, png(3)) if server.posts != 2 else server.reply(status=401)

    async def main() -> ImageResult:
        async with limner.AsyncClient(**{**known, "keys": keys}, max_concurrency=1) as client:
            return await client.generate("a cat", provider="plain", n=6)

    server.api = api
    result = asyncio.run(main())
    assert (len(result.images), len(result.failures)) == (2, 1)


def test_what_failed_calls_carry_stands_on_what_stops_the_request() -> None:
    error = ServerError("No.", images=(Image(url="https://a.example/x.png"),))
    done = ImageResult(images=(Image(url="https://a.example/y.png"),))
    over = threading.Event()

    def interrupted() -> Outcome:
        over.wait(5)
        raise KeyboardInterrupt

    def last() -> Outcome:
        over.set()
        return Outcome(2, 1, result=done)

    jobs = [lambda: Outcome(0, 1, error=error), lambda: Outcome(1, 1, result=done), interrupted, last]
    with pytest.raises(KeyboardInterrupt) as caught:
        run_all(jobs, 4)
    images: Any = caught.value.images  # type: ignore[attr-defined]
    assert [(image.url[-5:], image.index) for image in images] == [("y.png", 0), ("y.png", 1), ("x.png", 0)]
    assert caught.value.maybe_billed  # type: ignore[attr-defined]


def test_what_calls_hold_that_are_given_up_stands_on_what_stops_the_request() -> None:
    begun, given_up = threading.Event(), threading.Event()
    error = CancelledError("Given up.", images=(Image(url="https://a.example/x.png"),))

    def interrupted() -> Outcome:
        begun.wait(5)
        raise KeyboardInterrupt

    def woken() -> Outcome:
        begun.set()
        given_up.wait(5)
        return Outcome(1, 1, error=error)

    with pytest.raises(KeyboardInterrupt) as caught:
        run_all([interrupted, woken], 2, given_up.set)
    assert [image.url for image in caught.value.images] == ["https://a.example/x.png"]  # type: ignore[attr-defined]


def test_a_second_ctrl_c_loses_nothing_either() -> None:
    done = ImageResult(images=(Image(url="https://a.example/y.png"),))

    def stopped() -> Outcome:
        raise SystemExit

    def again() -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt) as caught:
        run_all([lambda: Outcome(0, 1, result=done), stopped], 1, again)
    first: Any = caught.value.__context__
    assert [image.url for image in first.images] == ["https://a.example/y.png"]


def test_whoever_gave_up_is_served_by_nobody_else() -> None:
    assert not goes_on(CancelledError("The client was closed.", phase="not_sent"))


# Keys


def test_a_key_that_a_server_sends_back_stands_on_no_image_of_an_error(server: Any, plain: Any, paint: Any) -> None:
    data = [{"b64_json": b64encode(b"no picture").decode(), "revised_prompt": f"a cat, for {CANARY}"}]
    server.script(server.reply(json={"data": data}))
    with pytest.raises(BadImageError) as caught:
        paint(plain(), client={"keys": {"plain": CANARY}})
    assert caught.value.images[0].revised_prompt == "a cat, for ***"


def test_nor_in_a_frame_or_a_warning(server: Any, plain: Any, png: Any, known: Any) -> None:
    class Painter(plain):  # type: ignore[misc]
        def capabilities(self) -> Any:
            declared = super().capabilities()
            (model,) = declared.models
            streaming = {"generate": model.operations["generate"].but(streams=True)}
            return attrs.evolve(declared, models=(attrs.evolve(model, operations=streaming),))

        def exchange(self, call: Any) -> Any:
            yield Partial(Image.of(png(1), revised_prompt=CANARY))
            return (yield from super().exchange(call))

    bad = {"b64_json": b64encode(b"no picture").decode(), "revised_prompt": CANARY}
    server.script(server.reply(json={"data": [{"b64_json": b64encode(png(3)).decode()}, bad]}))
    given = {**known, "providers": [Painter()], "keys": {"plain": CANARY}}
    with limner.Client(**given) as client, client.stream_generate("a cat", provider="plain", n=2) as stream:
        frames = [event.image.revised_prompt for event in stream if isinstance(event, limner.PartialImage)]
    assert frames == ["***"]
    (warning,) = (one for one in stream.result.warnings if one.code == "bad_image")
    assert warning.sent.revised_prompt == "***"


# What bytes say


def test_an_image_that_was_made_without_looking_is_looked_at(server: Any, plain: Any, png: Any, paint: Any) -> None:
    class Blind(plain):  # type: ignore[misc]
        def normalize(self, response: Any, call: Any) -> ImageResult:
            images = super().normalize(response, call).images
            return ImageResult(images=tuple(Image(data=image.data, seed=7) for image in images))

    server.script(said(server, png(3)))
    result = paint(Blind(), size="4x4")
    assert (result.image.media_type, result.image.width, result.image.seed) == ("image/png", 3, 7)
    assert [warning.code for warning in result.warnings] == ["size_differs"]
