"""limner-fastapiai: its page's example, defaults and contradictions, and what goes on the wire."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from limner.capabilities import ServerDefault
from limner.media import Blob
from limner.provider import HttpResponse
from limner.verification import check_count
from limner_fastapiai import limner_provider

PNG = b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00\x00\x02\x00\x00\x00\x01\x08\x06\x00\x00\x00"
SAMPLE_RESPONSE = {"created": 1589478378, "data": [{"url": "https://..."}, {"url": "https://..."}]}


@pytest.fixture
def provider() -> Any:
    return limner_provider()


def test_the_pages_example_is_one_line_of_limner(asking: Any) -> None:
    planned = asking.plan("dall-e-3", prompt="A cute baby sea otter", n=1, size="1024x1024")
    assert planned.preview() == [
        {
            "method": "POST",
            "url": "https://api.fastapi.ai/v1/images/generations",
            "headers": {},
            "body": {"model": "dall-e-3", "prompt": "A cute baby sea otter", "n": 1, "size": "1024x1024"},
        }
    ]
    assert planned.warnings == ()


def test_its_key_stands_in_fast_api_key(provider: Any) -> None:
    assert provider.key_variable == "FAST_API_KEY"


@pytest.mark.parametrize(("delivery", "word"), [("url", "url"), ("bytes", "b64_json")])
def test_delivery_is_response_format(asking: Any, delivery: str, word: str) -> None:
    assert asking.sent("dall-e-2", delivery=delivery)["response_format"] == word


def test_without_a_model_the_servers_default_is_planned_for_and_no_model_is_sent(asking: Any) -> None:
    assert asking.plan(None).model == "dall-e-2"
    assert asking.sent(None, size="256x256") == {"prompt": "a cat", "size": "256x256"}
    assert "style is not a parameter" in asking.refused(None, style="vivid")


def test_the_default_model_is_declared_as_a_suspect_one(asking: Any) -> None:
    default = asking.found("dall-e-2", "generate").operation.default
    assert isinstance(default, ServerDefault)
    assert "OpenAI retired its dall-e-2 on 2026-05-12" in default.note


@pytest.mark.parametrize("model", ["dall-e-2", "dall-e-3"])
def test_what_openai_retired_is_available_here_as_the_page_says_and_noted(asking: Any, model: str) -> None:
    lifecycle = asking.found(model, "generate").model.lifecycle
    assert lifecycle.status == "available"
    assert "2026-05-12" in lifecycle.note


def test_the_defaults_of_dall_e_3_are_not_those_of_dall_e_2(asking: Any) -> None:
    """The page states them without a condition, and says that the parameters are only for dall-e-3."""
    newer, older = (asking.found(name, "generate").operation.parameters for name in ("dall-e-3", "dall-e-2"))
    assert (newer["quality"].default, newer["style"].default) == ("standard", "vivid")
    assert not {"quality", "style"} & set(older)


def test_the_sample_response_has_two_images_where_one_was_asked_for_and_both_are_kept(asking: Any) -> None:
    call = asking.plan("dall-e-3", n=1).calls[0]
    result = asking.provider.normalize(HttpResponse(200, {}, json=SAMPLE_RESPONSE), call)
    assert [image.url for image in result.images] == ["https://...", "https://..."]
    assert [warning.code for warning in check_count(len(result.images), 1)] == ["count_differs"]


def test_a_url_expires_60_minutes_after_created(asking: Any) -> None:
    call = asking.plan("dall-e-3").calls[0]
    result = asking.provider.normalize(HttpResponse(200, {}, json=SAMPLE_RESPONSE), call)
    assert result.image.expires_at == datetime.fromtimestamp(1589478378, UTC) + timedelta(minutes=60)


@pytest.mark.parametrize("wrap", [lambda image: {"created": 1, "data": [image]}, lambda image: image])
def test_an_image_object_is_read_wrapped_and_bare_and_b64_json_is_base64_of_its_bytes(asking: Any, wrap: Any) -> None:
    body = wrap({"b64_json": Blob(PNG), "revised_prompt": "a white cat"})
    (image,) = asking.provider.normalize(HttpResponse(200, {}, json=body), asking.plan("dall-e-3").calls[0]).images
    assert (image.read(), image.revised_prompt) == (PNG, "a white cat")


def test_a_gpt_image_model_passes_with_the_parameters_of_this_page_only(asking: Any) -> None:
    """A newer copy of the page lists them; this one does not."""
    assert asking.warned("gpt-image-1", size="1536x1024", quality="high") == [("unknown_model", "model")]
    assert "background is not a parameter" in asking.refused("gpt-image-1", background="opaque")


@pytest.mark.parametrize("operation", ["edit", "vary"])
def test_it_offers_generate_alone(asking: Any, operation: str) -> None:
    assert "it offers generate" in str(asking.provider.capabilities().why_not("dall-e-2", operation))
    assert asking.provider.capabilities().operations() == ("generate",)
