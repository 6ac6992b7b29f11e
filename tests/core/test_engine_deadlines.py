"""Time: what a caller allows holds, however slowly a server drips, by both clients."""

from __future__ import annotations

import asyncio
import contextlib
import importlib
import threading
import time
from base64 import b64encode
from itertools import chain, repeat
from typing import TYPE_CHECKING, Any

import pytest

import limner
from limner.errors import CancelledError, DeadlineError
from limner.provider import Blocking, HttpRequest, Wait, send
from limner.results import ImageResult

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


@pytest.fixture(autouse=True, scope="module")
def _loaded() -> None:
    """The first request of a process loads httpx, aiohttp and certificates; that is no part of what is measured."""
    importlib.import_module("limner.transport._backend")
    for environment in (False, True):
        importlib.import_module("limner.transport._connections")._default_tls(environment=environment)
    with contextlib.suppress(ImportError):
        importlib.import_module("limner.transport._aiohttp")


HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 1000000\r\n\r\n"


def dripping(pieces: Iterator[bytes]) -> Iterator[Any]:
    for piece in pieces:
        yield piece
        yield 0.02


DRIPS: dict[str, Callable[[], Iterator[Any]]] = {
    "nothing at all": lambda: iter([60.0]),
    "headers": lambda: dripping(chain([b"HTTP/1.1 200 OK\r\n"], (b"X-%d: x\r\n" % n for n in range(3000)))),
    "a body": lambda: dripping(chain([HEAD + b'{"data":['], repeat(b" "))),
    "a raw body": lambda: dripping(chain([HEAD + b"GIF89a"], repeat(b"\0"))),
}


@pytest.mark.parametrize("drip", DRIPS.values(), ids=DRIPS)
@pytest.mark.parametrize("option", ["timeout", "total_timeout"])
def test_a_deadline_cuts_a_server_that_drips(  # noqa: PLR0913, PLR0917 - fixtures
    server: Any, plain: Any, paint: Any, drip: Any, option: str, timed: Any
) -> None:
    server.api = lambda _: drip()
    with timed() as took, pytest.raises(DeadlineError) as caught:
        paint(plain(), **{option: 0.25})
    assert took.seconds > 0.24
    assert took.kept < 0.75
    assert (caught.value.maybe_billed, caught.value.phase) == (True, "unknown")


def test_a_client_has_deadlines_of_its_own(server: Any, plain: Any, paint: Any) -> None:
    server.script([60.0])
    for option in ("timeout", "total_timeout"):
        with pytest.raises(DeadlineError, match=r"0\.1 s"):
            paint(plain(), client={option: 0.1})


def test_the_total_holds_over_calls_that_wait_for_their_turn(
    server: Any, plain: Any, png: Any, paint: Any, timed: Any
) -> None:
    """The first call answers in time; the second would too, and its turn comes too late."""
    picture = server.reply(json={"data": [{"b64_json": b64encode(png()).decode()}] * 2})
    server.script(picture, [60.0])
    with timed() as took:
        result = paint(plain(), n=4, total_timeout=1.0, client={"max_concurrency": 1})
    assert took.kept < 1.5
    assert len(result) == 2
    assert [failure.error.kind for failure in result.failures] == ["timeout"]


def test_waiting_for_ones_turn_is_no_part_of_a_calls_time(server: Any, plain: Any, png: Any, paint: Any) -> None:
    picture = server.reply(json={"data": [{"b64_json": b64encode(png()).decode()}] * 2})
    server.script([0.4, *picture])
    assert len(paint(plain(), n=6, timeout=1.0, client={"max_concurrency": 1})) == 6


def test_a_wait_that_would_end_too_late_is_not_begun(plain: Any, paint: Any, timed: Any) -> None:
    class Patient(plain):  # type: ignore[misc]
        def exchange(self, call: Any) -> Any:
            del call
            yield Wait(5.0)

    with timed() as took, pytest.raises(DeadlineError):
        paint(Patient(), timeout=1.0)
    assert took.kept < 0.5


def test_a_provider_that_goes_on_after_the_deadline_is_stopped(server: Any, plain: Any, paint: Any) -> None:
    class Stubborn(plain):  # type: ignore[misc]
        def exchange(self, call: Any) -> Any:
            while True:
                try:
                    return (yield from super().exchange(call))
                except limner.LimnerError:
                    pass

    server.script([60.0])
    with pytest.raises(DeadlineError, match="went on"):
        paint(Stubborn(), timeout=0.1)


def test_a_provider_may_make_the_best_of_a_passed_deadline(server: Any, plain: Any, png: Any, paint: Any) -> None:
    class Content(plain):  # type: ignore[misc]
        def exchange(self, call: Any) -> Any:
            try:
                return (yield from super().exchange(call))
            except DeadlineError:
                return ImageResult(images=(limner.Image.of(png()),))

    server.script([60.0])
    assert len(paint(Content(), timeout=0.1)) == 1


def test_a_blocking_step_stands_outside_the_deadline(plain: Any, png: Any, paint: Any) -> None:
    class Slow(plain):  # type: ignore[misc]
        def exchange(self, call: Any) -> Any:
            del call
            yield Blocking(lambda: time.sleep(0.15))
            return ImageResult(images=(limner.Image.of(png()),))

    assert len(paint(Slow(), timeout=0.05)) == 1


# Given up from outside


@pytest.fixture
def order(server: Any, shape: Any) -> dict[str, Any]:
    """A client's arguments for an order that never gets done."""
    server.api = lambda asked: {
        "POST": server.reply(json={"id": "1"}), "GET": server.reply(json={"state": "painting"}),
        "DELETE": server.reply(status=204),
    }[asked.method]  # fmt: skip
    keys = {"atelier": {"ATELIER_CLIENT": "c", "ATELIER_SECRET": "secret"}}
    return {
        "providers": [shape("atelier")], "keys": keys, "base_urls": {"atelier": server.url}, "environ": {},
    }  # fmt: skip


def methods(server: Any) -> list[str]:
    return [asked.method for asked in server.asked]


def until(holds: Callable[[], bool]) -> None:
    limit = time.monotonic() + 5
    while not holds():
        assert time.monotonic() < limit
        time.sleep(0.005)


def test_a_cancelled_task_cancels_its_order_once(server: Any, order: Any) -> None:
    told: list[Any] = []

    async def main() -> None:
        async with limner.AsyncClient(**order, observers=[told.append]) as client:
            task = asyncio.create_task(client.generate("a cat", provider="atelier"))
            await asyncio.to_thread(until, lambda: "GET" in methods(server))
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task

    asyncio.run(main())
    assert methods(server).count("DELETE") == 1
    finished = told[-1]
    assert (finished.kind, finished.maybe_billed) == ("cancelled", True)
    assert sum(type(event) is type(finished) for event in told) == 1


def test_a_task_cancelled_twice_is_cancelled(server: Any, order: Any) -> None:
    """The second time while the server is told, and does not answer."""
    calm = server.api
    server.api = lambda asked: [60.0] if asked.method == "DELETE" else calm(asked)

    async def main() -> None:
        async with limner.AsyncClient(**order) as client:
            task = asyncio.create_task(client.generate("a cat", provider="atelier"))
            await asyncio.to_thread(until, lambda: "GET" in methods(server))
            task.cancel()
            await asyncio.to_thread(until, lambda: "DELETE" in methods(server))
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task

    asyncio.run(main())


def test_an_order_that_is_being_cancelled_is_not_cancelled_again(server: Any, order: Any) -> None:
    """The deadline has passed, the server is told and does not answer, and now the caller gives up too."""
    calm = server.api
    server.api = lambda asked: [60.0] if asked.method == "DELETE" else calm(asked)

    async def main() -> None:
        async with limner.AsyncClient(**order) as client:
            task = asyncio.create_task(client.generate("a cat", provider="atelier", timeout=0.1))
            await asyncio.to_thread(until, lambda: "DELETE" in methods(server))
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task

    asyncio.run(main())
    assert methods(server).count("DELETE") == 1


def test_a_cancelled_call_that_waits_for_its_lane_is_not_begun(plain: Any) -> None:
    """A thread cannot be stopped, and it can be kept from starting."""
    begun: list[int] = []
    release = threading.Event()

    class Local(plain):  # type: ignore[misc]
        def exchange(self, call: Any) -> Any:
            def work() -> None:
                begun.append(call.index)
                release.wait(5)

            yield Blocking(work, lane="the only one")
            return ImageResult(images=())

    async def main() -> None:
        async with limner.AsyncClient(providers=[Local()], keys={"plain": "key"}, environ={}) as client:
            task = asyncio.create_task(client.generate("a cat", provider="plain", n=4))
            await asyncio.to_thread(until, lambda: len(begun) == 1)
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
            release.set()

    asyncio.run(main())  # which waits for the threads
    assert len(begun) == 1


def test_a_server_that_is_silent_when_told_is_not_waited_for(server: Any, order: Any, paint: Any, timed: Any) -> None:
    calm = server.api
    server.api = lambda asked: [60.0] if asked.method == "DELETE" else calm(asked)
    with timed() as took, pytest.raises(DeadlineError):
        paint(order["providers"][0], client=order, timeout=0.1)
    assert took.kept < 0.1 + 0.5 + 0.1  # the deadline, half a second, and a little for a busy machine
    assert methods(server).count("DELETE") == 1


class Interrupt(BaseException):
    """As Ctrl-C is one."""


def test_an_interrupt_cancels_an_order_once_and_leaves_as_it_came(server: Any, order: Any) -> None:
    def sleep(_: Any, seconds: float) -> None:
        del seconds
        raise Interrupt

    with pytest.MonkeyPatch.context() as patch, limner.Client(**order) as client:
        patch.setattr("limner.engine.GivenUp.sleep", sleep)
        with pytest.raises(Interrupt):
            client.generate("a cat", provider="atelier")
    assert methods(server) == ["POST", "GET", "DELETE"]


def test_an_interrupt_of_several_calls_waits_for_none_and_begins_no_more(server: Any, plain: Any) -> None:
    """One call is interrupted; another is under way, two more wait for their turn."""
    told: list[int] = []

    class Touchy(plain):  # type: ignore[misc]
        per_call = 1

        def exchange(self, call: Any) -> Any:
            if call.index == 0:
                yield Blocking(lambda: until(lambda: server.posts == 1))
                raise Interrupt
            try:
                yield from send(HttpRequest("POST", "/slow"))
                yield Wait(30.0)
            except CancelledError:
                told.append(call.index)
                raise

    server.script([20.0])
    client = {"keys": {"plain": "key"}, "base_urls": {"plain": server.url}, "environ": {}, "max_concurrency": 2}
    with limner.Client(providers=[Touchy()], **client) as opened:
        began = time.monotonic()
        with pytest.raises(Interrupt):
            opened.generate("a cat", provider="plain", n=4)
        assert time.monotonic() - began < 10
        until(lambda: 1 in told)
    assert server.posts == 1


def test_closing_a_client_ends_what_other_threads_ask(server: Any, plain: Any) -> None:
    server.script([60.0])
    client = limner.Client(providers=[plain()], keys={"plain": "key"}, base_urls={"plain": server.url}, environ={})
    errors: list[BaseException] = []

    def ask() -> None:
        try:
            client.generate("a cat", provider="plain")
        except limner.LimnerError as error:
            errors.append(error)

    thread = threading.Thread(target=ask)
    thread.start()
    until(lambda: bool(server.asked))
    client.close()
    thread.join(2)
    assert [(type(error), error.maybe_billed) for error in errors] == [(CancelledError, True)]  # type: ignore[attr-defined]
