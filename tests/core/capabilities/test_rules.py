"""How parameters depend on each other."""

from __future__ import annotations

from typing import Any

import pytest
from attrs import frozen

from limner.capabilities import (
    Advises,
    Excludes,
    Forbids,
    MaskFits,
    Needs,
    NeedsInput,
    PerCall,
    Reason,
    Rule,
    SamplePicture,
    Source,
    Values,
)

TRANSPARENT = Needs("background", "transparent", "output_format", ("png", "webp"))


@frozen
class Lying(SamplePicture):
    """A photograph whose file says that it is to be shown turned."""

    turned: bool = True


def ask(rule: Rule, defaults: Any = None, **given: Any) -> Reason | None:
    return rule.check(Values(given, defaults or {}))


def message(rule: Rule, defaults: Any = None, **given: Any) -> str:
    reason = ask(rule, defaults, **given)
    assert reason is not None
    return reason.message


class TestNeeds:
    def test_it_reads_the_default_of_what_is_not_set(self) -> None:
        assert ask(TRANSPARENT, {"output_format": "png"}, background="transparent") is None
        told = message(TRANSPARENT, {"output_format": "jpeg"}, background="transparent")
        assert told.endswith("and output_format is 'jpeg' by default.")

    def test_an_unknown_default_is_a_warning(self) -> None:
        reason = ask(TRANSPARENT, background="transparent")
        assert reason is not None
        assert (reason.verdict, reason.code) == ("warn", "cannot_tell")
        assert reason.message.endswith("what this model does when output_format is not set is not known.")

    def test_a_value_it_does_not_name_needs_nothing(self) -> None:
        assert ask(TRANSPARENT, background="opaque", output_format="jpeg") is None

    def test_a_default_that_needs_it_counts_too(self) -> None:
        assert ask(TRANSPARENT, {"background": "transparent"}, output_format="jpeg") is not None

    def test_without_values_the_other_must_only_be_set(self) -> None:
        rule = Needs("mask", None, "images")
        assert ask(rule, mask="m", images="i") is None
        assert message(rule, mask="m") == "mask needs images, and images is not set."

    def test_what_needs_a_stream_says_how_to_ask_for_one(self) -> None:
        reason = ask(Needs("partial_images", None, "stream"), {"stream": False}, partial_images=2)
        assert "client.stream_generate(...)" in str(reason)

    def test_a_switch_that_is_off_needs_nothing(self) -> None:
        assert ask(Needs("hd", None, "size"), hd=False) is None

    def test_it_describes_itself(self) -> None:
        assert TRANSPARENT.describe() == "background transparent needs output_format png or webp"


class TestForbids:
    RULE = Forbids("output_format", "gif", ("stream", "mask"))

    def test_it_names_all_that_cannot_go_together(self) -> None:
        told = message(self.RULE, output_format="gif", stream=True, mask="m")
        assert told == "stream and mask cannot go together with output_format gif."

    @pytest.mark.parametrize("given", [{"stream": True}, {"output_format": "png", "mask": "m"}])
    def test_another_value_forbids_nothing(self, given: dict[str, Any]) -> None:
        assert ask(self.RULE, **given) is None

    def test_a_switch_that_is_off_is_not_forbidden(self) -> None:
        assert ask(self.RULE, output_format="gif", stream=False) is None

    def test_a_default_forbids_too(self) -> None:
        assert ask(self.RULE, {"output_format": "gif"}, mask="m") is not None

    def test_any_value_may_forbid(self) -> None:
        assert message(Forbids("seed", None, "n"), seed=1, n=2) == "n cannot go together with seed."

    def test_without_some_of_the_others_it_forbids_the_rest(self) -> None:
        assert self.RULE.without({"mask"}) == Forbids("output_format", "gif", "stream")
        assert self.RULE.without({"mask", "stream"}) is None
        assert self.RULE.without({"output_format"}) is None

    def test_it_describes_itself(self) -> None:
        assert self.RULE.describe() == "output_format gif goes without stream and mask"


class TestExcludes:
    RULE = Excludes("mask", "markup")

    def test_either_is_fine_alone(self) -> None:
        assert ask(self.RULE, mask="m") is None
        assert ask(self.RULE, markup="m") is None

    def test_both_are_not(self) -> None:
        told = message(self.RULE, mask="m", markup="m")
        assert told == "mask and markup exclude each other, and both are set."


class TestPerCall:
    RULE = PerCall("output_format", "svg", 1)

    def test_it_refuses_nothing_and_waits_for_nothing(self) -> None:
        assert ask(self.RULE, output_format="svg") is None
        assert self.RULE.triggers == frozenset()

    def test_it_applies_to_its_values(self) -> None:
        assert self.RULE.applies(Values({"output_format": "svg"}))
        assert not self.RULE.applies(Values({"output_format": "png"}))

    @pytest.mark.parametrize(("images", "noun"), [(1, "1 image"), (4, "4 images")])
    def test_it_describes_itself(self, images: int, noun: str) -> None:
        assert PerCall("size", "big", images).describe() == f"size big makes {noun} per call"


class TestMaskFits:
    RULE = MaskFits()

    def test_the_first_image_counts(self, png: SamplePicture) -> None:
        assert ask(self.RULE, mask=png, images=(png, SamplePicture(width=1))) is None
        told = message(self.RULE, mask=png, images=(SamplePicture(width=1), png))
        assert told == "mask must have the pixels of images[0], 1x512, not 512x512."

    def test_an_opaque_mask_masks_nothing(self, png: SamplePicture) -> None:
        assert "alpha channel" in message(self.RULE, mask=SamplePicture(alpha=False), images=png)

    def test_of_an_opaque_mask_it_tells_the_way_out_and_of_no_other_layer(self, png: SamplePicture) -> None:
        opaque = SamplePicture(alpha=False)
        assert "Mask(edit='white')" in str(ask(self.RULE, mask=opaque, images=png))
        assert "Mask(" not in str(ask(MaskFits("markup"), markup=opaque, images=png))

    @pytest.mark.parametrize("mask", [SamplePicture(width=None), SamplePicture(alpha=None)])
    def test_what_a_mask_does_not_say_is_a_warning(self, png: SamplePicture, mask: SamplePicture) -> None:
        reason = ask(self.RULE, mask=mask, images=(png,))
        assert reason is not None
        assert (reason.verdict, reason.code) == ("warn", "cannot_tell")

    @pytest.mark.parametrize("mask", [SamplePicture(width=40, height=30), SamplePicture(width=30, height=40)])
    def test_to_an_image_that_lies_on_its_side_either_shape_may_fit(self, mask: SamplePicture) -> None:
        """It is shown upright; whether a server turns it before it compares is on no page."""
        reason = ask(self.RULE, mask=mask, images=(Lying(width=40, height=30),))
        assert reason is not None
        assert (reason.verdict, reason.code) == ("warn", "cannot_tell")

    def test_where_the_page_says_so_it_is_the_shape_that_is_shown(self) -> None:
        rule, lying = MaskFits("markup", turned=True), (Lying(width=40, height=30),)
        assert ask(rule, markup=SamplePicture(width=30, height=40), images=lying) is None
        told = message(rule, markup=SamplePicture(width=40, height=30), images=lying)
        assert told == "markup must have the pixels of images[0], 30x40 as it is shown, not 40x30."

    def test_another_shape_fits_neither_way(self) -> None:
        told = message(self.RULE, mask=SamplePicture(width=41, height=30), images=(Lying(width=40, height=30),))
        assert told == "mask must have the pixels of images[0], 30x40 as it is shown, not 41x30."

    def test_a_mask_without_images_is_for_others_to_judge(self, png: SamplePicture) -> None:
        assert ask(self.RULE, mask=png) is None
        assert ask(self.RULE, mask="mask.png", images=(png,)) is None

    def test_it_describes_itself(self) -> None:
        assert MaskFits("markup").describe() == "markup has the pixels of images[0] and an alpha channel"


class TestNeedsInput:
    RULE = NeedsInput("options.recaption", kinds=("id", "url"))

    def test_one_image_of_the_kind_will_do(self, png: SamplePicture) -> None:
        away = SamplePicture(kind="url")
        assert ask(self.RULE, **{"options.recaption": True, "images": (png, away)}) is None
        told = message(self.RULE, **{"options.recaption": True, "images": (png,)})
        assert told == "options.recaption needs an image by id or url in images, and there is none."

    def test_a_switch_that_is_off_needs_none(self) -> None:
        assert ask(self.RULE, **{"options.recaption": False}) is None


class TestAdvises:
    def test_a_default_is_advised_of_as_long_as_it_stands(self) -> None:
        rule = Advises("quality", "the default is for dall-e-3")
        assert message(rule) == "quality not set: the default is for dall-e-3."
        assert ask(rule, quality="high") is None
        assert rule.triggers is None

    def test_a_value_is_advised_of(self) -> None:
        rule = Advises("background", "a preview", "transparent")
        reason = ask(rule, background="transparent")
        assert reason is not None
        assert (reason.verdict, reason.message) == ("warn", "background transparent: a preview.")
        assert ask(rule, background="opaque") is None


@pytest.mark.parametrize(
    "rule",
    [
        TRANSPARENT,
        Forbids("output_format", "gif", ("stream", "mask")),
        Excludes("mask", "markup"),
        MaskFits(),
        NeedsInput("recaption"),
        Advises("background", "a preview", "transparent"),
        PerCall("output_format", "svg", 1),
    ],
)
def test_a_rule_has_nothing_to_say_when_nothing_is_set(rule: Rule) -> None:
    assert ask(rule) is None
    assert rule.triggers is not None
    assert rule.triggers <= set(rule.parameters)


def test_a_rule_leaves_with_any_of_its_parameters() -> None:
    assert TRANSPARENT.without({"output_format"}) is None
    assert TRANSPARENT.without({"size"}) is TRANSPARENT


def test_a_reason_says_where_the_rule_stands() -> None:
    source = Source("page", "2026-11-20")
    reason = ask(Excludes("a", "b", source=source), a=1, b=2)
    assert reason is not None
    assert reason.source is source


def test_the_base_says_nothing_itself() -> None:
    for said in (lambda: Rule().parameters, lambda: Rule().check(Values({})), lambda: Rule().describe()):
        with pytest.raises(NotImplementedError):
            said()
