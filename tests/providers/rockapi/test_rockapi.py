"""limner-rockapi: its page's examples and contradictions, its option, and what goes on the wire."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from limner.addresses import join
from limner.capabilities import Encoding, SamplePicture
from limner.provider import HttpResponse
from limner_rockapi import RockAPIOptions, limner_provider

if TYPE_CHECKING:
    from collections.abc import Callable

ANNOUNCED = ("announced",)
PNG = SamplePicture()
ADVICE = "I NEED to test how the tool works with extremely simple prompts. DO NOT add any detail, just use it AS-IS:"


@pytest.fixture
def provider() -> Any:
    return limner_provider()


@pytest.fixture
def square(picture: Callable[..., bytes]) -> bytes:
    return picture()


class TestGenerate:
    def test_the_pages_example_is_one_line_of_limner(self, asking: Any) -> None:
        given = {"prompt": "a white Siamese cat", "size": "1024x1024", "quality": "standard", "n": 1}
        (call,) = asking.plan("dall-e-3", **given).preview()
        assert call["url"] == "https://api.rockapi.ru/openai/v1/images/generations"
        assert call["body"] == {"model": "dall-e-3", **given}

    def test_the_other_prompt_of_the_page_goes_as_it_is(self, asking: Any) -> None:
        prompt = "A photograph of a white Siamese cat."
        assert asking.sent("dall-e-3", prompt=prompt) == {"model": "dall-e-3", "prompt": prompt}

    def test_its_key_stands_in_rockapi_api_key(self, provider: Any) -> None:
        assert provider.key_variable == "ROCKAPI_API_KEY"

    @pytest.mark.parametrize("model", ["dall-e-2", "dall-e-3"])
    def test_no_length_of_a_prompt_is_stated_and_none_is_checked(self, asking: Any, model: str) -> None:
        assert asking.warned(model, prompt="x" * 50_000) == []

    def test_dall_e_2_has_no_stated_sizes_so_others_than_the_shown_one_warn(self, asking: Any) -> None:
        assert asking.warned("dall-e-2", size="1024x1024") == []
        assert asking.warned("dall-e-2", size="512x512") == [("unsupported_value", "size")]
        assert asking.sent("dall-e-2", size="512x512")["size"] == "512x512"

    @pytest.mark.parametrize(
        ("model", "parameter"), [("dall-e-3", "style"), ("dall-e-3", "user"), ("dall-e-2", "user")]
    )
    def test_what_the_page_does_not_name_is_not_taken(self, asking: Any, model: str, parameter: str) -> None:
        assert f"{parameter} is not a parameter" in asking.refused(model, **{parameter: "vivid"})

    def test_quality_is_set_with_dall_e_3_only(self, asking: Any) -> None:
        assert asking.sent("dall-e-3", quality="hd")["quality"] == "hd"
        assert "quality is not a parameter" in asking.refused("dall-e-2", quality="standard")

    def test_no_default_model_is_stated_so_one_has_to_be_named(self, asking: Any) -> None:
        assert "name one with model='rockapi/...': dall-e-3 or dall-e-2." in asking.refused(None)

    def test_only_quality_has_a_stated_default(self, asking: Any) -> None:
        defaults = {n: p.default for n, p in asking.found("dall-e-3", "generate").operation.parameters.items()}
        assert {n: d for n, d in defaults.items() if d is not None} == {
            "quality": "standard", "options.verbatim_prompt": False,
        }  # fmt: skip

    def test_urls_expire_after_an_hour_and_the_updated_prompt_is_kept(self, asking: Any) -> None:
        reply = {"created": 60, "data": [{"url": "https://cdn.example/a.png", "revised_prompt": "a fine cat"}]}
        call = asking.plan("dall-e-3").calls[0]
        (image,) = asking.provider.normalize(HttpResponse(200, {}, json=reply), call).images
        assert image.expires_at == datetime.fromtimestamp(60, UTC) + timedelta(hours=1)
        assert image.revised_prompt == "a fine cat"


class TestVerbatimPrompt:
    def test_the_advice_stands_before_the_prompt_and_the_option_stays_home(self, asking: Any) -> None:
        body = asking.sent("dall-e-3", options=RockAPIOptions(verbatim_prompt=True))
        assert body == {"model": "dall-e-3", "prompt": f"{ADVICE} a cat"}

    def test_the_plan_shows_it_and_warns(self, asking: Any) -> None:
        planned = asking.plan("dall-e-3", options=RockAPIOptions(verbatim_prompt=True))
        assert planned.preview()[0]["body"]["prompt"].startswith(ADVICE)
        (warning,) = planned.warnings
        assert (warning.code, warning.parameter) == ("advice", "options.verbatim_prompt")
        assert "the prompt is sent with the page's advice against rewriting before it" in warning.message

    def test_every_call_of_a_request_has_it_once(self, asking: Any) -> None:
        planned = asking.plan("dall-e-3", n=2, options=RockAPIOptions(verbatim_prompt=True))
        assert [call["body"]["prompt"] for call in planned.preview()] == [f"{ADVICE} a cat"] * 2

    @pytest.mark.parametrize("options", [None, RockAPIOptions(), RockAPIOptions(verbatim_prompt=False)])
    def test_without_it_the_prompt_goes_as_it_is_and_nothing_warns(self, asking: Any, options: Any) -> None:
        assert asking.sent("dall-e-3", options=options) == {"model": "dall-e-3", "prompt": "a cat"}
        assert asking.warned("dall-e-3", options=options) == []

    @settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
    @given(prompt=st.text(st.characters(codec="utf-8"), min_size=1).filter(str.strip))
    def test_whatever_the_prompt_is_it_stands_unchanged_behind_the_advice(self, asking: Any, prompt: str) -> None:
        assert asking.sent("dall-e-3", prompt=prompt)["prompt"] == prompt
        advised = asking.sent("dall-e-3", prompt=prompt, options=RockAPIOptions(verbatim_prompt=True))
        assert advised["prompt"] == f"{ADVICE} {prompt}"

    @pytest.mark.parametrize("model", ["dall-e-2", "brush-2"])
    def test_it_is_for_dall_e_3_which_rewrites_prompts(self, asking: Any, model: str) -> None:
        options = RockAPIOptions(verbatim_prompt=True)
        assert "options.verbatim_prompt is not a parameter" in asking.refused(model, options=options)

    def test_it_is_true_or_false(self, asking: Any) -> None:
        options: Any = RockAPIOptions(verbatim_prompt="yes")  # type: ignore[arg-type]
        assert "options.verbatim_prompt must be true or false" in asking.refused("dall-e-3", options=options)


EDIT = {
    "images": (PNG,), "mask": PNG, "prompt": "A sunlit indoor lounge area with a pool containing a flamingo",
    "n": 1, "size": "1024x1024",
}  # fmt: skip
VARY = {"image": PNG, "n": 1, "size": "1024x1024"}


class TestAnnounced:
    """Edits and variations: "Coming Soon", with full examples all the same."""

    @pytest.mark.parametrize(("operation", "example"), [("edit", EDIT), ("vary", VARY)])
    def test_the_pages_example_is_refused_as_coming_soon(self, asking: Any, operation: str, example: Any) -> None:
        (reason,) = asking.found("dall-e-2", operation).check(example)
        assert (reason.verdict, reason.code, reason.parameter) == ("no", "announced", "operation")
        assert '"Coming Soon" on the page' in reason.message

    @pytest.mark.parametrize(("operation", "example"), [("edit", EDIT), ("vary", VARY)])
    def test_allowed_it_passes_with_a_warning_and_travels_as_multipart(
        self, asking: Any, operation: str, example: Any
    ) -> None:
        assert asking.told("dall-e-2", operation, ANNOUNCED, **example) == [("warn", "announced", "operation")]
        takes = asking.found("dall-e-2", operation).operation
        encoding = takes.encoding_for(example)
        assert isinstance(encoding, Encoding)
        assert encoding.name == "multipart"
        assert takes.wire(example) == {n: v for n, v in example.items() if n not in {"images", "image", "mask"}}

    def test_the_example_of_an_edit_is_a_form_with_two_files(self, asking: Any, square: bytes) -> None:
        given = {name: EDIT[name] for name in ("prompt", "n", "size")}
        assert asking.sent("dall-e-2", operation="edit", images=square, mask=square, allow=ANNOUNCED, **given) == [
            ("model", "dall-e-2"), ("prompt", EDIT["prompt"]), ("n", "1"), ("size", "1024x1024"),
            ("image", ("image-0.png", "image/png", square)), ("mask", ("mask-0.png", "image/png", square)),
        ]  # fmt: skip

    def test_the_example_of_a_variation_is_a_form_with_a_file(self, asking: Any, square: bytes) -> None:
        given = {name: VARY[name] for name in ("n", "size")}
        assert asking.sent("dall-e-2", operation="vary", image=square, allow=ANNOUNCED, **given) == [
            ("model", "dall-e-2"), ("n", "1"), ("size", "1024x1024"), ("image", ("image-0.png", "image/png", square)),
        ]  # fmt: skip

    @pytest.mark.parametrize(("change", "word"), [({"images": 2}, "images"), ({"mask": 2}, "mask")])
    def test_an_image_or_a_mask_that_is_not_square_is_refused(
        self, asking: Any, square: bytes, picture: Callable[..., bytes], change: dict[str, int], word: str
    ) -> None:
        given = {"images": square, "mask": square, **{name: picture(width=width) for name, width in change.items()}}
        assert f"{word} must be a square image, not 2x1" in asking.refused(
            "dall-e-2", operation="edit", allow=ANNOUNCED, **given
        ).replace("[0]", "")

    @pytest.mark.parametrize("operation", ["edit", "vary"])
    def test_dall_e_3_has_neither(self, asking: Any, operation: str) -> None:
        assert asking.provider.capabilities().find("dall-e-3", operation) is None

    def test_a_mask_is_shown_and_nowhere_required(self, asking: Any) -> None:
        given = {n: v for n, v in EDIT.items() if n != "mask"}
        assert asking.told("dall-e-2", "edit", ANNOUNCED, **given) == [("warn", "announced", "operation")]

    def test_the_addresses_stand_below_the_base_url(self, provider: Any) -> None:
        base = "https://api.rockapi.ru/openai/v1/images"
        assert [join(provider.base_url, provider.paths[name]) for name in ("edit", "vary")] == [
            f"{base}/edits",
            f"{base}/variations",
        ]
