"""The hardest facts on the vendors' pages, declared in conftest.py, and what follows from them.

Sources: openai-python 3.52.0 as read on 2026-11-20; the image pages of r9s and Roboflow.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from limner.capabilities import Encoding, SamplePicture, ServerDefault

if TYPE_CHECKING:
    from limner.capabilities import Found, ProviderCapabilities, Reason

FAMILY = ("gpt-image-2.5-flare", "gpt-image-2", "gpt-image-2.5-sunburst-2026-09-08")
OLD_SCHOOL = ("gpt-image-1.5", "gpt-image-1-mini")


def found(provider: ProviderCapabilities, model: str, operation: str = "generate") -> Found:
    here = provider.find(model, operation)
    assert here is not None
    return here


def told(here: Found, **values: Any) -> list[tuple[str, str, str]]:
    prompt = {} if "prompt" not in here.operation.parameters else {"prompt": "a white Siamese cat"}
    return [(item.verdict, item.code, item.parameter) for item in here.check(prompt | values)]


def reason(here: Found, **values: Any) -> Reason:
    (only,) = here.check({"prompt": "a white Siamese cat", **values})
    return only


class TestOpenAI:
    @pytest.mark.parametrize("model", FAMILY)
    @pytest.mark.parametrize("size", ["auto", "1024x1024", "1536x864", "3840x1280", "1280x3840", "2048x2048"])
    def test_free_sizes_within_the_limits_pass(self, openai: ProviderCapabilities, model: str, size: str) -> None:
        codes = {code for _, code, _ in told(found(openai, model), size=size)}
        assert codes <= {"experimental"}

    @pytest.mark.parametrize(
        ("size", "fault"),
        [
            ("1000x1024", "1000 cannot be divided by 16"),
            ("1000x1001", "1000 and 1001 cannot be divided by 16"),
            ("1024x16", "its ratio is too large"),
            ("16x1024", "its ratio is too small"),
            ("4096x2048", "its longer edge is too large"),
            ("3840x3840", "its area is too large"),
        ],
    )
    def test_a_size_beyond_a_limit_is_told_which(self, openai: ProviderCapabilities, size: str, fault: str) -> None:
        assert fault in reason(found(openai, "gpt-image-2"), size=size).message

    def test_a_size_above_2560x1440_is_experimental(self, openai: ProviderCapabilities) -> None:
        here = found(openai, "gpt-image-2")
        assert told(here, size="2560x1440") == []
        assert told(here, size="2560x1456") == [("warn", "experimental", "size")]

    @pytest.mark.parametrize("model", OLD_SCHOOL)
    def test_older_models_paint_three_sizes(self, openai: ProviderCapabilities, model: str) -> None:
        only = reason(found(openai, model), size="1792x1024")
        assert only.allowed == "one of 1024x1024, 1536x1024, 1024x1536 or auto"
        assert only.hint == "The nearest is 1536x1024."

    @pytest.mark.parametrize("quality", ["xhigh", "max"])
    def test_the_highest_qualities_are_for_2_5_only(self, openai: ProviderCapabilities, quality: str) -> None:
        assert told(found(openai, "gpt-image-2.5-flare"), quality=quality) == []
        older = found(openai, "gpt-image-1.5")
        assert told(older, quality=quality) == [("no", "unsupported_value", "quality")]
        assert older.operation.parameters["quality"].constraint.nearest(quality) == "high"

    @pytest.mark.parametrize(("word", "near"), [("hd", "high"), ("standard", "medium")])
    def test_dall_e_words_have_a_nearest_quality(self, openai: ProviderCapabilities, word: str, near: str) -> None:
        assert found(openai, "gpt-image-2").operation.parameters["quality"].constraint.nearest(word) == near

    @pytest.mark.parametrize("output_format", ["png", "webp", None])
    def test_transparency_needs_png_which_is_the_default_or_webp(
        self, openai: ProviderCapabilities, output_format: str | None
    ) -> None:
        here = found(openai, "gpt-image-1.5")
        assert told(here, background="transparent", output_format=output_format) == []

    def test_transparency_does_not_go_with_jpeg(self, openai: ProviderCapabilities) -> None:
        only = reason(found(openai, "gpt-image-1.5"), background="transparent", output_format="jpeg")
        assert (only.verdict, only.parameter) == ("no", "background")
        assert only.message == "background transparent needs output_format png or webp, and output_format is 'jpeg'."

    def test_transparency_is_a_preview_with_gpt_image_2(self, openai: ProviderCapabilities) -> None:
        assert told(found(openai, "gpt-image-2"), background="transparent") == [("warn", "advice", "background")]
        assert told(found(openai, "gpt-image-2.5-flare"), background="transparent") == []

    def test_compression_needs_another_format_than_the_default(self, openai: ProviderCapabilities) -> None:
        here = found(openai, "gpt-image-1.5")
        assert told(here, output_compression=50, output_format="webp") == []
        assert reason(here, output_compression=50).message.endswith("and output_format is 'png' by default.")

    @pytest.mark.parametrize("asked", [{"partial_images": 1}, {"partial_images": 1, "stream": False}])
    def test_partial_images_need_streaming(self, openai: ProviderCapabilities, asked: dict[str, Any]) -> None:
        here = found(openai, "gpt-image-2")
        assert told(here, partial_images=3, stream=True) == []
        assert told(here, **asked) == [("no", "needs", "partial_images")]

    @pytest.mark.parametrize(
        ("name", "value"), [("stream", True), ("output_compression", 90), ("partial_images", 2), ("mask", None)]
    )
    @pytest.mark.parametrize("output_format", ["gif", "svg"])
    def test_gif_and_svg_forbid(
        self, openai: ProviderCapabilities, png: SamplePicture, output_format: str, name: str, value: object
    ) -> None:
        edit = found(openai, "gpt-image-2.5-flare", "edit")
        asked = {"images": (png,), "output_format": output_format, name: png if name == "mask" else value}
        forbidden = ("no", "forbidden", name) in told(edit, **asked)
        assert forbidden is ((name, output_format) != ("mask", "svg"))

    def test_gif_needs_access_and_says_so(self, openai: ProviderCapabilities) -> None:
        here = found(openai, "gpt-image-2")
        asked = {"output_format": "gif", "frame_count": 16, "frame_duration_ms": 655_350}
        assert told(here, **asked) == [("warn", "advice", "output_format")]

    @pytest.mark.parametrize(("name", "value"), [("frame_count", 9), ("frame_duration_ms", 200)])
    def test_frames_are_for_gif_only(self, openai: ProviderCapabilities, name: str, value: int) -> None:
        assert told(found(openai, "gpt-image-2"), **{name: value}) == [("no", "needs", name)]

    def test_an_svg_has_an_author_with_a_model(self, openai: ProviderCapabilities) -> None:
        here = found(openai, "gpt-image-2")
        author = {"model": "gpt-6", "reasoning": {"effort": "xhigh"}}
        assert told(here, output_format="svg", svg=author) == [("warn", "advice", "output_format")]
        assert ("no", "needs", "svg") in told(here, svg=author)
        assert ("no", "missing", "svg.model") in told(here, output_format="svg", svg={})
        wrong = {"model": "gpt-6", "reasoning": {"effort": "more"}}
        assert ("no", "unsupported_value", "svg.reasoning.effort") in told(here, output_format="svg", svg=wrong)

    def test_an_svg_is_painted_alone_and_n_is_split_not_refused(self, openai: ProviderCapabilities) -> None:
        here = found(openai, "gpt-image-2")
        assert here.operation.per_call({"output_format": "png"}) == 10
        assert here.operation.per_call({"output_format": "svg"}) == 1
        assert told(here, output_format="svg", n=4) == [("warn", "advice", "output_format")]

    def test_ten_images_per_call_and_a_hundred_in_calls(self, openai: ProviderCapabilities) -> None:
        assert told(found(openai, "gpt-image-2"), n=100) == []

    def test_input_fidelity_by_model(self, openai: ProviderCapabilities, png: SamplePicture) -> None:
        asked = {"images": (png,), "input_fidelity": "high"}
        assert told(found(openai, "gpt-image-1.5", "edit"), **asked) == []
        mini = found(openai, "gpt-image-1-mini", "edit")
        assert told(mini, **asked) == [("no", "unsupported_value", "input_fidelity")]
        assert mini.operation.parameters["input_fidelity"].constraint.nearest("high") == "low"
        newer = found(openai, "gpt-image-2", "edit")
        assert told(newer, **asked) == [("no", "unknown_parameter", "input_fidelity")]

    def test_markup_is_for_2_5_and_not_with_a_mask(self, openai: ProviderCapabilities, png: SamplePicture) -> None:
        here = found(openai, "gpt-image-2.5-flare", "edit")
        assert told(here, images=(png,), markup=png) == []
        assert told(here, images=(png,), markup=png, mask=png) == [("no", "excludes", "mask")]
        older = found(openai, "gpt-image-2", "edit")
        assert told(older, images=(png,), markup=png) == [("no", "unknown_parameter", "markup")]

    def test_moderation_of_an_edit_travels_in_json_only(self, openai: ProviderCapabilities, png: SamplePicture) -> None:
        here = found(openai, "gpt-image-1.5", "edit")
        plain, moderated = {"images": (png,)}, {"images": (png,), "moderation": "low"}
        assert [_encoding(here, plain), _encoding(here, moderated)] == ["multipart", "json-data-url"]

    def test_a_data_url_is_limited_where_a_file_is_not(self, openai: ProviderCapabilities) -> None:
        here = found(openai, "gpt-image-1.5", "edit")
        large = SamplePicture(size=20_000_000)
        assert told(here, images=(large,)) == []
        assert told(here, images=(large,), moderation="low") == [("no", "encoding", "moderation")]

    def test_gpt_image_1_is_retired_and_names_its_successors(self, openai: ProviderCapabilities) -> None:
        here = found(openai, "gpt-image-1")
        only = reason(here)
        assert (only.verdict, only.code) == ("no", "retired")
        assert "2026-10-23; use gpt-image-2.5-sunburst or gpt-image-2.5-flare instead" in only.message
        assert here.verdict({"prompt": "x"}, allow=("retired",)) == "warn"

    def test_user_is_read_still_and_warned_of(self, openai: ProviderCapabilities) -> None:
        only = reason(found(openai, "gpt-image-2"), user="u-1")
        assert (only.verdict, only.code) == ("warn", "deprecated")
        assert "use safety_identifier instead" in only.message

    def test_a_model_that_no_page_lists_keeps_names_closed_and_values_open(self, openai: ProviderCapabilities) -> None:
        here = found(openai, "gpt-image-2.6-flare")
        codes = told(here, quality="ultra", background="transparent", output_format="jpeg", style="vivid")
        assert codes == [
            ("warn", "unknown_model", "model"),
            ("warn", "unsupported_value", "quality"),
            ("no", "unknown_parameter", "style"),
            ("warn", "needs", "background"),
        ]


def _encoding(here: Found, values: dict[str, Any]) -> str:
    chosen = here.operation.encoding_for(values)
    assert isinstance(chosen, Encoding)
    return chosen.name


class TestR9S:
    def test_the_server_picks_dall_e_2(self, r9s: ProviderCapabilities) -> None:
        here = r9s.default("generate")
        assert here is not None
        assert here.id == "dall-e-2"
        assert isinstance(here.operation.default, ServerDefault)

    def test_delivery_is_response_format_for_dall_e_and_nothing_for_gpt(self, r9s: ProviderCapabilities) -> None:
        asked = {"prompt": "x", "delivery": "bytes"}
        dall_e, gpt = found(r9s, "dall-e-3").operation, found(r9s, "gpt-image-1").operation
        assert dall_e.wire(asked) == {"prompt": "x", "response_format": "b64_json"}
        assert gpt.wire(asked) == {"prompt": "x"}
        assert told(found(r9s, "gpt-image-1"), delivery="url") == [("no", "unsupported_value", "delivery")]

    def test_dall_e_3_paints_one_at_a_time(self, r9s: ProviderCapabilities) -> None:
        here = found(r9s, "dall-e-3")
        assert here.operation.per_call({"n": 4}) == 1
        assert told(here, n=4) == []

    @pytest.mark.parametrize(("model", "most"), [("dall-e-2", 1000), ("dall-e-3", 4000), ("gpt-image-1", 32_000)])
    def test_prompts_have_their_lengths(self, r9s: ProviderCapabilities, model: str, most: int) -> None:
        here = found(r9s, model)
        assert told(here, prompt="x" * most) == []
        assert told(here, prompt="x" * (most + 1)) == [("no", "too_long", "prompt")]

    def test_dall_e_2_edits_one_small_square_png(self, r9s: ProviderCapabilities, png: SamplePicture) -> None:
        here = found(r9s, "dall-e-2", "edit")
        assert told(here, images=(png,), mask=png) == []
        odd = SamplePicture(media_type="image/jpeg", size=4_000_000, width=10, height=20)
        assert [(code, name) for _, code, name in told(here, images=(odd, png))] == [
            ("too_many", "images"),
            ("media_type", "images[0]"),
            ("too_large", "images[0]"),
            ("not_square", "images[0]"),
        ]

    def test_an_image_by_address_cannot_travel_as_a_data_url(self, r9s: ProviderCapabilities) -> None:
        away = SamplePicture(None, None, None, None, None, kind="url")
        assert ("no", "encoding", "images[0]") in told(found(r9s, "dall-e-2", "edit"), images=(away,))


class TestRoboflow:
    def test_the_model_it_is_made_for_needs_no_advice(self, roboflow: ProviderCapabilities) -> None:
        assert told(found(roboflow, "dall-e-3")) == []

    def test_defaults_that_do_not_suit_another_model_are_advised_of(self, roboflow: ProviderCapabilities) -> None:
        here = found(roboflow, "gpt-image-2")
        assert told(here)[1:] == [("warn", "advice", "quality"), ("warn", "advice", "style")]
        assert told(here, quality="high", style="natural")[1:] == [("warn", "unsupported_value", "quality")]

    def test_the_caption_cache_is_for_images_by_id(self, roboflow: ProviderCapabilities, png: SamplePicture) -> None:
        here = found(roboflow, "dall-e-3")
        option = "options.force_caption_regenerate"
        stored = SamplePicture(None, None, None, None, None, kind="id")
        assert told(here, **{option: True, "images": (stored,)}) == []
        assert told(here, **{option: False}) == []
        assert told(here, **{option: True, "images": (png,)}) == [("no", "needs", option)]
        assert told(here, **{option: True}) == [("no", "needs", option)]

    def test_options_go_to_the_body_under_their_own_names(self, roboflow: ProviderCapabilities) -> None:
        takes = found(roboflow, "dall-e-3").operation
        asked = {"prompt": "x", "options.project_url": "cats", "n": 2}
        assert takes.wire(asked) == {"prompt": "x", "project_url": "cats", "n": 2}

    def test_its_precondition_is_told(self, roboflow: ProviderCapabilities) -> None:
        assert "OpenAI key" in found(roboflow, "dall-e-3").preconditions[0]
