"""Fallback with the first provider's sandbox failing: the second is asked or not, and nobody is billed twice."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest

import limner
from limner_sandbox import Sandbox

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

FIRST, SECOND = "openai/gpt-image-2", "r9s/gpt-image-1.5"

WAYS = {
    "not available": ({"status": 404, "code": "model_not_found"}, True),
    "no quota": ({"kind": "quota"}, True),
    "rate limited": ({"kind": "rate_limit", "times": 3, "retry_after": 0.01}, True),
    "rate limited for longer than there is time": ({"kind": "rate_limit", "retry_after": 900}, True),
    "overloaded": ({"kind": "overloaded", "times": 3, "retry_after": 0.01}, True),
    "refused by moderation": ({"kind": "moderation"}, False),
    "a bad request": ({"status": 400, "code": "invalid_value"}, False),
    "the wrong key": ({"kind": "unauthorized"}, False),
    "a server that broke": ({"kind": "server_error"}, False),
    "a gateway that timed out": ({"kind": "gateway_timeout"}, False),
    "an answer that was cut": ({"kind": "cut"}, False),
    "an answer that never came": ({"kind": "hang_up"}, False),
    "nothing in the answer": ({"kind": "empty"}, False),
    "an error in a success": ({"kind": "error_in_200", "code": "moderation_blocked"}, False),
}
"""How the first fails, and whether the second is asked."""


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    with Sandbox() as sandbox:
        yield sandbox


def _sync(sandbox: Sandbox, **call: Any) -> limner.ImageResult:
    with sandbox.client() as client:
        return client.generate("a cat", size="1024x1024", **call)


def _async(sandbox: Sandbox, **call: Any) -> limner.ImageResult:
    async def main() -> limner.ImageResult:
        async with sandbox.async_client() as client:
            return await client.generate("a cat", size="1024x1024", **call)

    return asyncio.run(main())


@pytest.mark.parametrize("perform", [_sync, _async], ids=["sync", "async"])
@pytest.mark.parametrize(("fault", "asked"), WAYS.values(), ids=WAYS)
def test_the_second_is_asked_or_not_and_nobody_is_billed_twice(
    sandbox: Sandbox, perform: Callable[..., limner.ImageResult], fault: dict[str, Any], *, asked: bool
) -> None:
    sandbox.fail(fault.get("kind"), **{name: value for name, value in fault.items() if name != "kind"})
    if asked:
        result = perform(sandbox, model=[FIRST, SECOND], timeout=60)
        assert [one.model for one in result.tried] == [FIRST]
        assert result.provider == "r9s"
    else:
        with pytest.raises(limner.LimnerError) as caught:
            perform(sandbox, model=[FIRST, SECOND], timeout=60)
        assert [one.model for one in caught.value.tried] == [FIRST]
    assert ("r9s" in {received.provider for received in sandbox.requests}) is asked
    assert sandbox.billed <= 1


def test_a_first_that_cannot_be_reached_is_passed_over(sandbox: Sandbox) -> None:
    gone = {**sandbox.base_urls, "openai": "http://127.0.0.1:9/v1"}
    with limner.Client(keys=sandbox.keys, base_urls=gone, environ={}) as client:
        result = client.generate("a cat", model=[FIRST, SECOND], total_timeout=60)
    assert (result.provider, result.tried[0].error.kind) == ("r9s", "connect")
    assert sandbox.billed == 1


def test_whoever_accepts_to_pay_twice_may(sandbox: Sandbox) -> None:
    sandbox.fail("hang_up", times=3)
    result = _sync(sandbox, model=[FIRST, SECOND], retry="at_least_once")
    assert result.provider == "r9s"
    assert sandbox.billed == 4
