"""Many images of one request: split, kept in order, added up - and what was paid for comes back."""

from __future__ import annotations

import asyncio
import threading
import time
from base64 import b64encode
from typing import TYPE_CHECKING, Any

import pytest

import limner
from limner.capabilities import Length, ModelCapabilities, OperationCapabilities, ProviderCapabilities, ServerDefault
from limner.errors import BadImageError, BadRequestError, LimnerError, ServerError
from limner.fanout import Outcome, arun_all, run_all
from limner.media import Image
from limner.provider import Blocking, Partial
from limner.results import ImageResult

if TYPE_CHECKING:
    from collections.abc import Callable


@pytest.fixture
def painted(server: Any, png: Any) -> Callable[..., Any]:
    """An answer: pictures of these widths, and what they used."""

    def answer(*widths: int, usage: Any = None) -> Any:
        data = [{"b64_json": b64encode(png(width)).decode()} for width in widths]
        return server.reply(json={"data": data, **({"usage": usage} if usage else {})})

    return answer


@pytest.fixture
def in_turn() -> dict[str, Any]:
    """A client that makes its calls one after the other, so that the server's script is in their order."""
    return {"max_concurrency": 1}


def test_more_than_a_call_makes_is_split_and_kept_in_order(
    server: Any, plain: Any, painted: Any, in_turn: Any, paint_twice: Any
) -> None:
    server.script(*[painted(1, 2), painted(3, 4), painted(5)] * 2)
    sync, asynchronous = paint_twice(plain(), n=5, client=in_turn)
    assert [asked.json()["n"] for asked in server.asked] == [2, 2, 1] * 2
    assert sync == asynchronous
    assert [image.width for image in sync] == [1, 2, 3, 4, 5]
    assert [image.index for image in sync] == [0, 1, 2, 3, 4]
    assert [(record.index, record.n, record.images) for record in sync.calls] == [(0, 2, 2), (1, 2, 2), (2, 1, 1)]
    assert len(sync.raw) == 3


def test_order_is_that_of_the_calls_not_of_the_answers(server: Any, plain: Any, painted: Any, paint: Any) -> None:
    def api(_: Any) -> Any:
        return [0.1, *painted(1, 1)] if len(server.asked) == 1 else painted(2, 2)

    server.api = api
    result = paint(plain(), n=4, client={"max_concurrency": 2})
    slow = [record for record in result.calls if record.elapsed > 0.1]
    assert [image.width for image in result] == ([1, 1, 2, 2] if slow[0].index == 0 else [2, 2, 1, 1])


def test_no_more_calls_run_at_once_than_allowed(server: Any, plain: Any, painted: Any, paint: Any) -> None:
    most = [0]

    def api(_: Any) -> Any:
        most.append(server.connections)
        return [0.03, *painted(1, 1)]

    server.api = api
    paint(plain(), n=12, client={"max_concurrency": 3})
    assert max(most) == 3


def test_what_is_unset_stays_unset(server: Any, plain: Any, painted: Any, paint: Any) -> None:
    server.script(painted(1))
    paint(plain())
    assert server.asked[0].json() == {"model": "brush", "prompt": "a cat"}


def test_usage_is_added_up_and_unknown_stays_unknown(
    server: Any, plain: Any, painted: Any, in_turn: Any, paint: Any
) -> None:
    first = {"input_tokens": 1, "output_tokens": 10, "total_tokens": 11}
    server.script(painted(1, 1, usage=first), painted(1, 1, usage={"input_tokens": 2, "output_tokens": 20}))
    usage = paint(plain(), n=4, client=in_turn).usage
    assert (usage.input_tokens, usage.output_tokens, usage.total_tokens, usage.image_count) == (3, 30, None, None)


def test_usage_that_one_call_does_not_tell_is_unknown(
    server: Any, plain: Any, painted: Any, in_turn: Any, paint: Any
) -> None:
    server.script(painted(1, 1, usage={"input_tokens": 1}), painted(1, 1))
    assert paint(plain(), n=4, client=in_turn).usage is None


def test_usage_of_a_single_call_keeps_its_words(server: Any, plain: Any, painted: Any, paint: Any) -> None:
    server.script(painted(1, usage={"input_tokens": 1, "odd": "x"}))
    assert paint(plain()).usage.raw == {"input_tokens": 1, "odd": "x"}


def test_when_one_of_several_calls_fails_the_others_pictures_come_back(
    server: Any, plain: Any, painted: Any, in_turn: Any, paint: Any
) -> None:
    server.script(painted(1, 2), server.reply(json={"error": "Broke."}, status=500), painted(5, 6))
    result = paint(plain(), n=6, client=in_turn)
    assert [(image.index, image.width) for image in result] == [(0, 1), (1, 2), (2, 5), (3, 6)]
    (failure,) = result.failures
    assert (failure.index, failure.n, failure.error.kind, failure.error.maybe_billed) == (1, 2, "server", True)
    assert not result.warnings
    assert "1 failures" in repr(result)


def test_of_ten_calls_two_of_which_fail_eight_pictures_come_back_in_order(
    server: Any, plain: Any, painted: Any, in_turn: Any, paint_twice: Any
) -> None:
    """One breaks, and one is refused for what it shows: each says of itself whether it may be billed."""
    answers = [painted(width) for width in range(1, 11)]
    answers[2] = server.reply(json={"error": "Broke."}, status=500)
    answers[6] = server.reply(json={"error": {"code": "content_policy_violation", "message": "No."}}, status=400)
    server.script(*answers * 2)
    alone = type("Alone", (plain,), {"per_call": 1})()
    for result in paint_twice(alone, n=10, client=in_turn):
        assert [(image.index, image.width) for image in result] == list(enumerate((1, 2, 4, 5, 6, 8, 9, 10)))
        told = [(failure.index, failure.error.kind, failure.error.maybe_billed) for failure in result.failures]
        assert told == [(2, "server", True), (6, "content_policy", False)]
    assert server.posts == 20


def test_or_the_error_is_raised_with_them(server: Any, plain: Any, painted: Any, in_turn: Any, paint: Any) -> None:
    server.script(painted(1, 2), server.reply(json={"error": "Broke."}, status=500), painted(5, 6))
    with pytest.raises(ServerError, match="Broke") as caught:
        paint(plain(), n=6, client=in_turn, on_partial="raise")
    assert [(image.index, image.width) for image in caught.value.images] == [(0, 1), (1, 2), (2, 5), (3, 6)]
    assert server.posts == 3


def test_when_every_call_fails_the_first_error_tells_of_the_others(
    server: Any, plain: Any, in_turn: Any, paint: Any
) -> None:
    server.script(
        server.reply(json={"error": "One."}, status=400),
        server.reply(json={"error": "Two."}, status=500),
        server.reply(json={"error": "One."}, status=400),
    )
    with pytest.raises(BadRequestError, match="One") as caught:
        paint(plain(), n=6, client=in_turn)
    assert caught.value.__notes__ == ["Another call failed too: ServerError: Two."]
    assert caught.value.maybe_billed


def test_frames_of_every_failed_call_are_on_the_error(plain: Any, png: Any, in_turn: Any, paint: Any) -> None:
    class Framed(plain):  # type: ignore[misc]
        def exchange(self, call: Any) -> Any:
            yield Partial(Image.of(png(call.index + 1)))
            raise BadRequestError("No.")

    with pytest.raises(BadRequestError) as caught:
        paint(Framed(), n=4, client=in_turn)
    assert [image.width for image in caught.value.images] == [1, 2]


# What came against what was asked for


def test_fewer_pictures_than_asked_for_is_a_warning(server: Any, plain: Any, painted: Any, paint: Any) -> None:
    server.script(painted(1))
    (warning,) = paint(plain(), n=2).warnings
    assert (warning.code, warning.requested, warning.sent) == ("count_differs", 2, 1)


def test_more_pictures_than_asked_for_all_come_back(server: Any, plain: Any, painted: Any, paint: Any) -> None:
    server.script(painted(1, 1))
    result = paint(plain())
    assert len(result) == 2
    assert [warning.code for warning in result.warnings] == ["count_differs"]


def test_another_size_than_asked_for_is_a_warning(server: Any, plain: Any, painted: Any, paint: Any) -> None:
    server.script(painted(3))
    (warning,) = paint(plain(), size="4x4").warnings
    assert (warning.code, warning.requested, warning.sent) == ("size_differs", "4x4", "3x1")


@pytest.mark.parametrize("asked", [{"n": 2}, {"size": "4x4"}, {"output_format": "jpeg"}], ids=str)
def test_or_a_difference_is_an_error_that_carries_the_pictures(
    server: Any, plain: Any, painted: Any, paint: Any, asked: Any
) -> None:
    server.script(painted(1))
    with pytest.raises(BadImageError) as caught:
        paint(plain(), on_mismatch="raise", **asked)
    assert [image.width for image in caught.value.images] == [1]
    assert (caught.value.provider, caught.value.model) == ("plain", "brush")


def test_what_matches_is_not_raised_about(server: Any, plain: Any, painted: Any, paint: Any) -> None:
    server.script(painted(1))
    assert not paint(plain(), on_mismatch="raise", size="1x1", output_format="png").warnings


def test_the_model_is_the_one_that_was_asked_for(server: Any, plain: Any, painted: Any, paint: Any) -> None:
    server.script(painted(1))
    result = paint(plain(), model="brush")
    assert (result.provider, result.model, result.operation) == ("plain", "brush", "generate")


def test_a_model_left_to_the_server_is_not_invented(server: Any, plain: Any, painted: Any, paint: Any) -> None:
    paints = OperationCapabilities(parameters={"prompt": Length(99)}, default=ServerDefault())
    models = (ModelCapabilities("old-brush", operations={"generate": paints}),)
    declared = ProviderCapabilities(models, unknown=None, source=plain().capabilities().source)
    server.script(painted(1))
    result = paint(type("Leaves", (plain,), {"capabilities": lambda _: declared})())
    assert server.asked[0].json() == {"prompt": "a cat"}
    assert result.model is None


# Cancelling


def until(holds: Callable[[], bool]) -> None:
    limit = time.monotonic() + 5
    while not holds():
        assert time.monotonic() < limit
        time.sleep(0.005)


def test_cancelling_a_request_cancels_all_its_calls_and_leaves_nothing_open(server: Any, plain: Any) -> None:
    server.script([60.0])
    told: list[Any] = []
    client = {"keys": {"plain": "key"}, "base_urls": {"plain": server.url}, "environ": {}, "observers": [told.append]}

    async def main() -> None:
        async with limner.AsyncClient(providers=[plain()], **client) as opened:
            task = asyncio.create_task(opened.generate("a cat", provider="plain", n=8))
            await asyncio.to_thread(until, lambda: server.posts == 4)
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
            assert asyncio.all_tasks() == {asyncio.current_task()}
            await asyncio.to_thread(until, lambda: server.connections == 0)  # though the client is not closed

    asyncio.run(main())
    assert [event.kind for event in told if hasattr(event, "kind")] == ["cancelled"] * 4
    assert server.posts == 4


def test_a_client_can_be_used_after_a_cancelled_request(server: Any, plain: Any, painted: Any) -> None:
    client = {"keys": {"plain": "key"}, "base_urls": {"plain": server.url}, "environ": {}}

    async def main() -> int:
        async with limner.AsyncClient(providers=[plain()], **client) as opened:
            server.script([60.0])
            with pytest.raises(TimeoutError):
                await asyncio.wait_for(opened.generate("a cat", provider="plain", n=8), 0.1)
            server.script(painted(1, 1))
            return len(await opened.generate("a cat", provider="plain", n=8))

    assert asyncio.run(main()) == 8


# What is no LimnerError


class Fault(Exception):  # noqa: N818 - a fault of ours
    pass


def test_a_fault_of_ours_ends_all_calls_and_reads_alone() -> None:
    over: list[str] = []

    async def faulty() -> Outcome:
        raise Fault

    async def patient() -> Outcome:
        try:
            await asyncio.sleep(60)
        finally:
            over.append("cancelled")
        raise AssertionError

    with pytest.raises(Fault) as caught:
        asyncio.run(arun_all([patient, faulty], 2))
    assert over == ["cancelled"]
    assert caught.value.__cause__ is None


def test_a_fault_of_ours_gives_up_the_others_in_threads_too() -> None:
    given_up: list[bool] = []
    over = threading.Event()

    def faulty() -> Outcome:
        raise Fault

    def slow() -> Outcome:
        over.wait(20)
        return Outcome(0, 1, result=ImageResult(images=()))

    with pytest.raises(Fault):
        run_all([faulty, slow, slow, slow], 2, lambda: given_up.append(True))
    assert given_up == [True]
    assert not over.is_set()
    over.set()


def test_a_single_call_needs_no_thread(plain: Any, png: Any) -> None:
    seen: list[Any] = []

    class Here(plain):  # type: ignore[misc]
        def exchange(self, call: Any) -> Any:
            del call
            yield Blocking(lambda: seen.append(threading.current_thread()))
            return ImageResult(images=(Image.of(png()),))

    with limner.Client(providers=[Here()], keys={"plain": "key"}, environ={}) as client:
        client.generate("a cat", provider="plain")
    assert seen == [threading.current_thread()]


def test_failures_keep_the_order_of_calls() -> None:
    errors = [Outcome(index, 1, error=LimnerError(str(index))) for index in range(3)]
    assert run_all([lambda one=one: one for one in errors], 3) == errors  # type: ignore[misc]


def test_what_was_paid_for_before_ctrl_c_stands_on_the_interrupt() -> None:
    def paid() -> Outcome:
        return Outcome(0, 1, result=ImageResult(images=(Image(url="https://cdn.example/a.png"),)))

    def failed() -> Outcome:
        return Outcome(1, 1, error=ServerError("no"))

    def interrupted() -> Outcome:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt) as caught:
        run_all([paid, failed, interrupted], 3)
    assert [image.url for image in caught.value.images] == ["https://cdn.example/a.png"]  # type: ignore[attr-defined]


def test_what_was_paid_for_before_a_cancellation_stands_on_it() -> None:
    async def paid() -> Outcome:
        return Outcome(0, 1, result=ImageResult(images=(Image(url="https://cdn.example/a.png"),)))

    async def slow() -> Outcome:
        await asyncio.sleep(60)
        raise AssertionError

    async def paint() -> list[str | None]:
        try:
            await arun_all([paid, slow], 2)
        except asyncio.CancelledError as stopped:
            return [image.url for image in stopped.images]  # type: ignore[attr-defined]
        raise AssertionError

    async def cancelled() -> list[str | None]:
        task = asyncio.create_task(paint())
        await asyncio.sleep(0.05)
        task.cancel()
        return await task

    assert asyncio.run(cancelled()) == ["https://cdn.example/a.png"]
