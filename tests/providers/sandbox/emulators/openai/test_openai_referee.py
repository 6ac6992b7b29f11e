"""OpenAI's own SDK as a client: a referee that nobody here wrote."""

from __future__ import annotations

from base64 import b64decode
from typing import TYPE_CHECKING

import openai
import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

    from limner_sandbox import Sandbox


@pytest.fixture
def sdk(sandbox: Sandbox) -> Iterator[openai.OpenAI]:
    with openai.OpenAI(api_key=sandbox.key_for("openai"), base_url=sandbox.base_url("openai"), max_retries=0) as client:
        yield client


def ask(sdk: openai.OpenAI, **changes: object) -> openai.types.ImagesResponse:
    return sdk.images.generate(**{"model": "gpt-image-2", "prompt": "a cat", "size": "16x16", **changes})  # type: ignore[call-overload, no-any-return]  # what the SDK is asked varies


def test_it_generates_an_image(sdk: openai.OpenAI) -> None:
    data = ask(sdk).data
    assert data is not None
    assert b64decode(data[0].b64_json or "").startswith(b"\x89PNG")


def test_it_reads_the_usage(sdk: openai.OpenAI) -> None:
    usage = ask(sdk, size="1024x1024", quality="low").usage
    assert usage is not None
    assert usage.output_tokens == 272


def test_it_reads_a_stream(sdk: openai.OpenAI) -> None:
    stream = sdk.images.generate(model="gpt-image-2", prompt="a cat", size="16x16", stream=True, partial_images=2)
    assert [event.type.rpartition(".")[2] for event in stream] == ["partial_image", "partial_image", "completed"]


def test_it_lists_models(sdk: openai.OpenAI) -> None:
    assert "gpt-image-2" in {model.id for model in sdk.models.list()}


def test_it_raises_its_authentication_error(sandbox: Sandbox) -> None:
    with (
        openai.OpenAI(api_key="sk-wrong", base_url=sandbox.base_url("openai"), max_retries=0) as sdk,
        pytest.raises(openai.AuthenticationError) as caught,
    ):
        ask(sdk)
    assert caught.value.code == "invalid_api_key"


def test_it_raises_its_bad_request_error(sdk: openai.OpenAI) -> None:
    with pytest.raises(openai.BadRequestError) as caught:
        ask(sdk, response_format="url")
    assert (caught.value.code, caught.value.param) == ("unknown_parameter", "response_format")


def test_it_raises_its_not_found_error(sdk: openai.OpenAI) -> None:
    with pytest.raises(openai.NotFoundError) as caught:
        ask(sdk, model="dall-e-3")
    assert caught.value.code == "model_not_found"


def test_it_raises_its_rate_limit_error(sandbox: Sandbox, sdk: openai.OpenAI) -> None:
    sandbox.fail("rate_limit", retry_after=7)
    with pytest.raises(openai.RateLimitError) as caught:
        ask(sdk)
    assert (caught.value.code, caught.value.response.headers["retry-after"]) == ("rate_limit_exceeded", "7")


def test_it_retries_a_rate_limit_and_is_served(sandbox: Sandbox, sdk: openai.OpenAI) -> None:
    sandbox.fail("rate_limit", retry_after=0.01, times=2)
    ask(sdk.with_options(max_retries=2))
    assert len(sandbox.requests) == 3


def test_it_reads_the_request_id_of_an_error(sdk: openai.OpenAI) -> None:
    with pytest.raises(openai.BadRequestError) as caught:
        ask(sdk, n=11)
    assert (caught.value.request_id or "").startswith("req_")


def test_it_sees_a_cut_connection(sandbox: Sandbox, sdk: openai.OpenAI) -> None:
    sandbox.fail("cut")
    with pytest.raises(openai.APIConnectionError):
        ask(sdk)
