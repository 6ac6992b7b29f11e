"""OpenAI's own SDK and limner ask the same server for the same: same request, same bytes, same verdicts."""

from __future__ import annotations

from base64 import b64decode
from typing import TYPE_CHECKING, Any

import httpx
import openai
import pytest
import stamina

from limner.errors import AuthError, BadRequestError, LimnerError, ModelUnavailableError, RateLimitError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from limner_sandbox import Sandbox

TINY = {"prompt": "a white Siamese cat", "model": "gpt-image-2", "size": "16x16", "quality": "low"}

ASKED: dict[str, dict[str, Any]] = {
    "png": TINY,
    "jpeg": {**TINY, "output_format": "jpeg", "output_compression": 60, "moderation": "low"},
    "webp": {**TINY, "output_format": "webp", "output_compression": 0, "complexity": "high"},
    "gif": {**TINY, "output_format": "gif", "frame_count": 3, "frame_duration_ms": 120},
    "svg": {**TINY, "output_format": "svg", "svg": {"model": "gpt-6", "reasoning": {"effort": "low"}}},
    "transparent": {**TINY, "background": "transparent", "output_format": "png"},
    "two": {**TINY, "n": 2, "background": "opaque", "safety_identifier": "5ab1e", "user": "u-1"},
    "other-model": {**TINY, "model": "gpt-image-2.5-flare-2026-09-08", "quality": "max", "prompt": "ねこ, «кот»"},
}  # fmt: skip
REVIVED: dict[str, dict[str, Any]] = {
    "url": {"prompt": "a cat", "model": "dall-e-2", "size": "256x256"},
    "b64": {"prompt": "a cat", "model": "dall-e-2", "size": "256x256", "n": 2, "response_format": "b64_json"},
    "b64-3": {"prompt": "a cat", "model": "dall-e-3", "style": "natural", "response_format": "b64_json"},
}


@pytest.fixture
def sdk() -> Iterator[Callable[..., openai.OpenAI]]:
    """OpenAI's client of a sandbox, which sends everything once."""
    clients: list[openai.OpenAI] = []

    def connect(sandbox: Sandbox, key: str | None = None) -> openai.OpenAI:
        key = key or sandbox.key_for("openai")
        clients.append(openai.OpenAI(api_key=key, base_url=sandbox.base_url("openai"), max_retries=0))
        return clients[-1]

    yield connect
    for client in clients:
        client.close()


def received(reply: openai.types.ImagesResponse) -> list[bytes]:
    """The pictures as the SDK's user has them in the end."""
    return [
        b64decode(item.b64_json) if item.b64_json else httpx.get(item.url or "", trust_env=False).content
        for item in reply.data or []
    ]


def ours(asked: dict[str, Any]) -> dict[str, Any]:
    """The same in limner's words."""
    words = {name: value for name, value in asked.items() if name not in {"model", "response_format"}}
    delivery = {"delivery": "bytes"} if "response_format" in asked else {}
    return {**words, **delivery, "model": f"openai/{asked['model']}"}


def posted(sandbox: Sandbox) -> list[Any]:
    """The JSON of each request to generate, in the order of arrival."""
    return [request.json for request in sandbox.requests if request.method == "POST"]


@pytest.mark.parametrize("asked", ASKED.values(), ids=ASKED)
def test_the_same_request_brings_the_same_pictures(
    sandbox: Sandbox, sdk: Callable[..., openai.OpenAI], asked: dict[str, Any]
) -> None:
    theirs = received(sdk(sandbox).images.generate(**asked))
    with sandbox.client(environ={}) as client:
        result = client.generate(**ours(asked))
    assert [image.read() for image in result] == theirs
    assert posted(sandbox) == [asked, asked]


@pytest.mark.parametrize("asked", REVIVED.values(), ids=REVIVED)
def test_the_retired_models_sent_the_same_too(
    revived: Sandbox, sdk: Callable[..., openai.OpenAI], asked: dict[str, Any]
) -> None:
    theirs = received(sdk(revived).images.generate(**asked))
    with revived.client(environ={}) as client:
        result = client.generate(**ours(asked), allow="retired")
    assert [image.read() for image in result] == theirs
    assert posted(revived) == [asked, asked]


def test_what_is_not_json_is_the_same_where_it_matters(sandbox: Sandbox, sdk: Callable[..., openai.OpenAI]) -> None:
    sdk(sandbox).images.generate(**TINY)
    with sandbox.client(environ={}) as client:
        client.generate(**ours(TINY))
    theirs, mine = sandbox.requests
    assert (mine.method, mine.path, mine.query) == (theirs.method, theirs.path, theirs.query)
    for header in ("authorization", "content-type", "host"):
        assert mine.headers[header] == theirs.headers[header]


REFUSED = {
    "401": (openai.AuthenticationError, AuthError, "invalid_api_key", {}, {"key": "sk-wrong"}),
    "400": (openai.BadRequestError, BadRequestError, "invalid_value", {"quality": "divine"}, {}),
    "404": (openai.NotFoundError, ModelUnavailableError, "model_not_found", {"model": "gpt-image-9"}, {}),
    "429": (openai.RateLimitError, RateLimitError, "rate_limit_exceeded", {}, {"fault": "rate_limit"}),
}


@pytest.mark.parametrize(("theirs", "mine", "code", "changes", "how"), REFUSED.values(), ids=REFUSED)
def test_a_refusal_is_the_same_verdict(  # noqa: PLR0913, PLR0917 - a case and the fixtures
    sandbox: Sandbox,
    sdk: Callable[..., openai.OpenAI],
    theirs: type[openai.APIStatusError],
    mine: type[LimnerError],
    code: str,
    changes: dict[str, Any],
    how: dict[str, Any],
) -> None:
    if "fault" in how:
        sandbox.fail(how["fault"], times=4, retry_after=0)
    asked = {**TINY, **changes}
    with pytest.raises(theirs) as their:
        sdk(sandbox, how.get("key")).images.generate(**asked)
    # What limner would refuse by itself goes past its checks.
    past = {name: changes[name] for name in changes if name != "model"}
    words = {name: value for name, value in ours(asked).items() if name not in past}
    key = how.get("key", sandbox.key_for("openai"))
    with (
        stamina.set_testing(True),
        sandbox.client(environ={}, keys={"openai": key}) as client,
        pytest.raises(mine) as my,
    ):
        client.generate(**words, extra=past)
    assert (type(their.value), type(my.value)) == (theirs, mine)
    assert (my.value.status, my.value.code, my.value.param) == (
        their.value.status_code,
        their.value.code,
        their.value.param,
    )
    assert my.value.code == code
    assert posted(sandbox) == [asked] * len(sandbox.requests)
