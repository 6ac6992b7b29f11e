"""OpenAI's own SDK as a client of the relays: a referee that nobody here wrote."""

from __future__ import annotations

from base64 import b64decode
from typing import TYPE_CHECKING

import openai
import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

    from limner_sandbox import Sandbox

RELAYS = ("fastapi.ai", "rockapi", "r9s")


@pytest.fixture(params=RELAYS)
def sdk(request: pytest.FixtureRequest, sandbox: Sandbox) -> Iterator[openai.OpenAI]:
    name = request.param
    with openai.OpenAI(api_key=sandbox.key_for(name), base_url=sandbox.base_url(name), max_retries=0) as client:
        yield client


def ask(sdk: openai.OpenAI, **changes: object) -> openai.types.ImagesResponse:
    body = {"model": "dall-e-2", "prompt": "a cat", "size": "256x256", **changes}
    return sdk.images.generate(**body)  # type: ignore[call-overload, no-any-return]  # what the SDK is asked varies


def test_it_gets_a_url(sdk: openai.OpenAI) -> None:
    data = ask(sdk).data
    assert data is not None
    assert (data[0].url or "").startswith("http://127.0.0.1:")


def test_it_gets_base64(sdk: openai.OpenAI) -> None:
    data = ask(sdk, response_format="b64_json", n=2).data
    assert data is not None
    assert [b64decode(item.b64_json or "")[:4] for item in data] == [b"\x89PNG"] * 2


def test_it_reads_the_revised_prompt(sdk: openai.OpenAI) -> None:
    data = ask(sdk, model="dall-e-3", size="1024x1024").data
    assert data is not None
    assert (data[0].revised_prompt or "").endswith("a cat")


def test_it_raises_its_bad_request_error(sdk: openai.OpenAI) -> None:
    with pytest.raises(openai.BadRequestError) as caught:
        ask(sdk, n=11)
    assert (caught.value.code, caught.value.type in {"one_api_error", "new_api_error"}) == ("n_not_within_range", True)


def test_it_raises_its_authentication_error_without_a_code(sdk: openai.OpenAI) -> None:
    with pytest.raises(openai.AuthenticationError) as caught:
        ask(sdk.with_options(api_key="sk-wrong"))
    assert caught.value.code is None


def test_it_raises_its_rate_limit_error(sandbox: Sandbox, sdk: openai.OpenAI) -> None:
    sandbox.fail("rate_limit")
    with pytest.raises(openai.RateLimitError) as caught:
        ask(sdk)
    assert caught.value.code == "rate_limit_exceeded"


@pytest.fixture
def rockapi(sandbox: Sandbox) -> Iterator[openai.OpenAI]:
    key, url = sandbox.key_for("rockapi"), sandbox.base_url("rockapi")
    with openai.OpenAI(api_key=key, base_url=url, max_retries=0) as client:
        yield client


def test_it_finds_rockapis_edits_not_implemented(rockapi: openai.OpenAI) -> None:
    with pytest.raises(openai.InternalServerError, match="API not implemented"):
        rockapi.images.edit(image=("a.png", b"png", "image/png"), prompt="a cat")


def test_it_finds_rockapis_variations_not_implemented(rockapi: openai.OpenAI) -> None:
    with pytest.deprecated_call(), pytest.raises(openai.InternalServerError, match="API not implemented"):
        rockapi.images.create_variation(image=("a.png", b"png", "image/png"))


def test_it_reads_a_stream_of_r9s_to_its_end(sandbox: Sandbox) -> None:
    with openai.OpenAI(api_key=sandbox.key_for("r9s"), base_url=sandbox.base_url("r9s"), max_retries=0) as sdk:
        stream = sdk.images.generate(model="gpt-image-1", prompt="a cat", stream=True, partial_images=1)
        assert [event.type.rpartition(".")[2] for event in stream] == ["partial_image", "completed"]
