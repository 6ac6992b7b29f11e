"""limner-r9s: its page's examples and contradictions, and what goes on the wire."""

from __future__ import annotations

from base64 import b64encode
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from limner.addresses import join
from limner.capabilities import Encoding, SamplePicture, ServerDefault
from limner.media import Blob
from limner.provider import HttpResponse
from limner.results import Usage
from limner_r9s import limner_provider

if TYPE_CHECKING:
    from collections.abc import Callable

PNG = SamplePicture()
GPT = ["gpt-image-1", "gpt-image-1-mini", "gpt-image-1.5"]
DALL_E = ["dall-e-2", "dall-e-3"]
GIF = b"GIF89a\x02\x00\x01\x00\x00\x00\x00;"


@pytest.fixture
def provider() -> Any:
    return limner_provider()


class TestGenerate:
    @pytest.mark.parametrize(
        "example",
        [
            {"prompt": "A cute cat sitting on a windowsill", "n": 1, "size": "1024x1024"},
            {
                "prompt": "A futuristic city with flying cars at sunset", "n": 1, "quality": "hd",
                "size": "1792x1024", "style": "vivid",
            },
        ],
    )  # fmt: skip
    def test_the_pages_examples_name_a_chat_model_that_passes_with_a_warning(self, asking: Any, example: Any) -> None:
        (call,) = asking.plan("gpt-4o-mini", **example).preview()
        assert call["url"] == "https://api.r9s.ai/v1/images/generations"
        assert call["body"] == {"model": "gpt-4o-mini", **example}
        assert asking.warned("gpt-4o-mini", **example) == [("unknown_model", "model")]

    def test_so_does_the_one_that_wants_base64(self, asking: Any) -> None:
        example = {"prompt": "Minimalist logo of a cloud with a lightning bolt", "n": 1, "size": "512x512"}
        body = asking.sent("gpt-4o-mini", delivery="bytes", **example)
        assert body == {"model": "gpt-4o-mini", **example, "response_format": "b64_json"}
        assert asking.warned("gpt-4o-mini", delivery="bytes", **example) == [("unknown_model", "model")]

    def test_an_unlisted_model_warns_of_the_rules_it_breaks_and_is_asked_all_the_same(self, asking: Any) -> None:
        given = {"background": "transparent", "output_format": "jpeg"}
        assert asking.warned("gpt-4o-mini", **given) == [("unknown_model", "model"), ("needs", "background")]
        assert asking.sent("gpt-4o-mini", **given)["background"] == "transparent"

    def test_its_key_stands_in_r9s_api_key(self, provider: Any) -> None:
        assert provider.key_variable == "R9S_API_KEY"

    def test_without_a_model_dall_e_2_is_planned_for_and_no_model_is_sent(self, asking: Any) -> None:
        assert asking.plan(None).model == "dall-e-2"
        assert asking.sent(None) == {"prompt": "a cat"}

    def test_a_parameter_of_gpt_image_models_wants_its_model_named(self, asking: Any) -> None:
        """The page says that another model is then taken, and not which."""
        assert "r9s/dall-e-2: background is not a parameter" in asking.refused(None, background="opaque")

    @pytest.mark.parametrize("operation", ["generate", "edit"])
    def test_the_default_model_is_declared_as_a_suspect_one(self, asking: Any, operation: str) -> None:
        default = asking.found("dall-e-2", operation).operation.default
        assert isinstance(default, ServerDefault)
        assert "2026-05-12" in default.note

    @pytest.mark.parametrize(
        ("model", "day"), [("dall-e-2", "2026-05-12"), ("dall-e-3", "2026-05-12"), ("gpt-image-1", "2026-10-23")]
    )
    def test_what_openai_retired_is_available_here_as_the_page_says_and_noted(
        self, asking: Any, model: str, day: str
    ) -> None:
        lifecycle = asking.found(model, "generate").model.lifecycle
        assert lifecycle.status == "available"
        assert day in lifecycle.note

    @pytest.mark.parametrize("model", GPT)
    def test_a_gpt_image_model_is_never_asked_for_a_format_and_hands_out_no_urls(self, asking: Any, model: str) -> None:
        assert asking.sent(model, delivery="bytes") == {"model": model, "prompt": "a cat"}
        assert "delivery must be bytes" in asking.refused(model, delivery="url")

    def test_auto_is_a_quality_of_dall_e_3_and_not_of_dall_e_2(self, asking: Any) -> None:
        """It is the default of the page, which says that standard is the only option for dall-e-2."""
        assert asking.sent("dall-e-3", quality="auto")["quality"] == "auto"
        assert "quality must be standard" in asking.refused("dall-e-2", quality="auto")

    @pytest.mark.parametrize("model", GPT)
    def test_a_stream_is_unverified_as_the_page_describes_no_events(self, asking: Any, model: str) -> None:
        assert asking.told(model, "generate", prompt="a cat", stream=True, partial_images=2) == [
            ("warn", "unverified", "stream"),
            ("warn", "unverified", "partial_images"),
        ]
        takes = asking.found(model, "generate").operation
        assert takes.wire({"stream": True, "partial_images": 2}) == {"stream": True, "partial_images": 2}


EDITS = {
    "simple": ("dall-e-2", {
        "prompt": "Add a red bow tie to the cat", "n": 1, "size": "1024x1024", "delivery": "url",
    }),
    "mask": ("dall-e-2", {"prompt": "Replace the sky with a sunset", "size": "512x512", "mask": PNG}),
    "gpt": ("gpt-image-1", {
        "prompt": "Make the background transparent and add autumn colors", "background": "transparent",
        "output_format": "png", "quality": "high", "input_fidelity": "high", "n": 2,
    }),
    "stream": ("gpt-image-1.5", {
        "prompt": "Convert to watercolor painting style", "stream": True, "partial_images": 2,
        "output_format": "webp", "output_compression": 85,
    }),
    "several": ("gpt-image-1", {
        "prompt": "Apply vintage filter to all images", "n": 1, "size": "1536x1024", "images": (PNG, PNG),
    }),
}  # fmt: skip


class TestEdit:
    @pytest.mark.parametrize(("model", "example"), EDITS.values(), ids=EDITS)
    def test_the_pages_examples_are_taken_and_travel_as_data_urls(self, asking: Any, model: str, example: Any) -> None:
        given = {"images": (PNG,), **example}
        reasons = asking.told(model, "edit", **given)
        assert {code for _, code, _ in reasons} == ({"unverified"} if "stream" in example else set())
        takes = asking.found(model, "edit").operation
        encoding = takes.encoding_for(given)
        assert isinstance(encoding, Encoding)
        assert encoding.name == "json-data-url"
        body = {"response_format" if name == "delivery" else name: value for name, value in example.items()}
        assert takes.wire(given) == {n: v for n, v in body.items() if n not in {"images", "mask"}}
        assert takes.parameters["images"].wire.name == "image"

    @pytest.mark.parametrize(("model", "example"), EDITS.values(), ids=EDITS)
    def test_on_the_wire_the_pages_examples_are_what_the_page_says(
        self, asking: Any, picture: Callable[..., bytes], model: str, example: Any
    ) -> None:
        png = picture()
        several = len(example.get("images", (PNG,))) > 1
        given = {**example, "images": [png, png] if several else png, **({"mask": png} if "mask" in example else {})}
        body = {"response_format" if name == "delivery" else name: value for name, value in example.items()}
        url = f"data:image/png;base64,{b64encode(png).decode()}"
        layers = {"image": [url, url] if several else url, **({"mask": url} if "mask" in example else {})}
        body = {name: value for name, value in body.items() if name not in {"images", "mask"}}
        asked = {"stream": given.pop("stream", False), "operation": "edit", **given}
        assert asking.sent(model, **asked) == {"model": model, **body, **layers}

    def test_the_pages_code_samples_send_nothing_and_are_refused(self, asking: Any) -> None:
        assert asking.told("dall-e-2", "edit") == [("no", "missing", "prompt"), ("no", "missing", "images")]

    def test_only_bytes_travel_as_data_urls(self, asking: Any) -> None:
        away = SamplePicture(None, None, None, None, None, kind="url")
        assert ("no", "encoding", "images[0]") in asking.told("gpt-image-1", "edit", prompt="a cat", images=(away,))

    @pytest.mark.parametrize("model", ["gpt-image-1-mini", "gpt-image-1.5", *DALL_E])
    def test_input_fidelity_is_for_gpt_image_1_alone(self, asking: Any, model: str) -> None:
        told = asking.told(model, "edit", prompt="a cat", images=(PNG,), input_fidelity="high")
        assert ("no", "unknown_parameter", "input_fidelity") in told

    def test_dall_e_3_is_listed_without_its_image_and_so_unverified(self, asking: Any) -> None:
        told = asking.told("dall-e-3", "edit", prompt="a cat", images=(PNG,), style="vivid", size="1792x1024")
        assert told == [("warn", "unverified", "operation")]

    def test_an_unlisted_model_passes_with_a_warning(self, asking: Any) -> None:
        given = {"prompt": "a cat", "images": (PNG,) * 17, "style": "vivid"}
        assert asking.told("gpt-4o-mini", "edit", **given) == [
            ("warn", "unknown_model", "model"),
            ("warn", "too_many", "images"),
        ]

    def test_there_are_no_variations(self, asking: Any) -> None:
        assert asking.provider.capabilities().operations() == ("generate", "edit")

    def test_the_address_stands_below_the_base_url(self, provider: Any) -> None:
        assert join(provider.base_url, provider.paths["edit"]) == "https://api.r9s.ai/v1/images/edits"


def answered(asking: Any, **reply: Any) -> Any:
    call = asking.plan("gpt-image-1").calls[0]
    return asking.provider.normalize(HttpResponse(200, {}, json=reply), call)


class TestResponse:
    @pytest.mark.parametrize(
        ("created", "image"),
        [
            (
                1677652288,
                {
                    "url": "https://example.com/image.png",
                    "revised_prompt": "A cute orange tabby cat sitting on a white windowsill, looking outside",
                },
            ),
            (1677652288, {"url": "https://example.com/edited-image.png"}),
        ],
    )
    def test_the_pages_samples_are_read(self, asking: Any, created: int, image: dict[str, str]) -> None:
        """The second is of an edit: a URL, which GPT image models are said never to answer with."""
        result = answered(asking, created=created, data=[image])
        assert result.created == datetime.fromtimestamp(created, UTC)
        assert (result.image.url, result.image.revised_prompt) == (image["url"], image.get("revised_prompt"))
        assert result.image.expires_at == result.created + timedelta(minutes=60)
        assert result.usage is None

    @pytest.mark.parametrize(
        ("usage", "read"),
        [
            (
                {"prompt_tokens": 5, "image_tokens": 7},
                Usage(input_tokens=5, output_tokens=7, output_image_tokens=7),
            ),
            (
                {"input_text_tokens": 17, "output_image_tokens": 1024, "width": 2, "height": 1, "image_count": 1},
                Usage(
                    input_tokens=17, input_text_tokens=17, output_tokens=1024, output_image_tokens=1024, image_count=1
                ),
            ),
            (
                {"prompt_tokens": 5, "completion_tokens": 7, "total_tokens": 12},
                Usage(input_tokens=5, output_tokens=7, total_tokens=12),
            ),
            (
                {"input_tokens": 5, "output_tokens": 7, "total_tokens": 12, "input_tokens_details": {"text_tokens": 5}},
                Usage(input_tokens=5, input_text_tokens=5, output_tokens=7, total_tokens=12),
            ),
        ],
        ids=["r9s", "qwen", "chat", "openai"],
    )
    def test_every_dialect_of_usage_ends_in_one_type(self, asking: Any, usage: Any, read: Usage) -> None:
        result = answered(asking, created=1, data=[{"b64_json": Blob(GIF)}], usage=usage)
        assert result.usage is not None
        assert result.usage.raw == usage
        assert {**vars_of(result.usage), "raw": None} == vars_of(read)


def vars_of(usage: Usage) -> dict[str, Any]:
    return {name: getattr(usage, name) for name in Usage.__annotations__}
