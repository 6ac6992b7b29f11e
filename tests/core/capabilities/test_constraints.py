"""Words, numbers and texts: what each constraint says."""

from __future__ import annotations

import math

import pytest

from limner.capabilities import Boolean, Constraint, Length, OneOf, Range, Text

QUALITY = OneOf(("low", "medium", "high"), near={"max": "xhigh", "xhigh": "high", "up": "down", "down": "up"})


def problem(constraint: Constraint, value: object) -> str:
    finding = constraint.check(value)
    assert finding is not None
    return finding.problem


class TestOneOf:
    def test_it_says_what_is_allowed_and_what_came(self) -> None:
        assert problem(QUALITY, "hd") == "must be one of low, medium or high, not 'hd'"

    def test_a_single_value_stands_alone(self) -> None:
        assert OneOf("low").describe() == "low"

    def test_a_ladder_is_followed_until_a_taken_value(self) -> None:
        assert QUALITY.nearest("max") == "high"

    def test_a_ladder_that_runs_in_a_circle_ends(self) -> None:
        assert QUALITY.nearest("up") is None

    def test_what_is_not_on_the_ladder_has_no_nearest(self) -> None:
        assert QUALITY.nearest("hihg") is None
        assert QUALITY.nearest(5) is None

    def test_a_nearest_value_is_hinted_at(self) -> None:
        assert QUALITY.findings("xhigh")[0].hint == "The nearest is high."

    def test_a_misspelt_value_is_asked_back_not_adapted(self) -> None:
        assert QUALITY.findings("hihg")[0].hint == "Did you mean 'high'?"

    @pytest.mark.parametrize(("values", "value"), [((1, 2), True), ((1, 2), "1"), ((True,), 1), (("5",), 5)])
    def test_look_alikes_of_another_type_are_refused(self, values: tuple[int | str, ...], value: object) -> None:
        assert OneOf(values).check(value) is not None

    def test_no_values_at_all_is_a_mistake(self) -> None:
        with pytest.raises(ValueError, match="at least one value"):
            OneOf(())


class TestRange:
    @pytest.mark.parametrize(
        ("limits", "words"),
        [
            (Range(1, 10), "an integer from 1 to 10"),
            (Range(low=1), "an integer of at least 1"),
            (Range(high=9, integer=False), "a number of at most 9"),
            (Range(), "an integer"),
            (Range(0, 100, step=10), "an integer from 0 to 100 in steps of 10"),
        ],
    )
    def test_it_describes_its_limits(self, limits: Range, words: str) -> None:
        assert limits.describe() == words

    @pytest.mark.parametrize("value", ["5", True, 5.0, None, [5]])
    def test_what_is_no_integer_is_of_the_wrong_type(self, value: object) -> None:
        finding = Range(1, 10).check(value)
        assert finding is not None
        assert finding.code == "wrong_type"

    @pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
    def test_what_json_cannot_say_is_out_of_range(self, value: float) -> None:
        finding = Range(integer=False).check(value)
        assert finding is not None
        assert finding.code == "out_of_range"

    @pytest.mark.parametrize(
        ("value", "near"), [(11, 10), (0, 1), (-(10**400), 1), (4.6, 5), (math.inf, 10), (math.nan, None), ("5", None)]
    )
    def test_it_clamps_and_rounds(self, value: object, near: int | None) -> None:
        assert Range(1, 10).nearest(value) == near

    @pytest.mark.parametrize(("value", "near"), [(14, 20), (26, 30), (99, 90), (1, 20), (34, 30)])
    def test_it_snaps_to_steps_within_the_limits(self, value: int, near: int) -> None:
        assert Range(15, 95, step=10).nearest(value) == near

    def test_between_the_last_step_and_no_limit_it_rounds_too(self) -> None:
        assert Range(low=0, step=10).nearest(1004) == 1000

    def test_infinity_without_a_limit_has_no_nearest(self) -> None:
        assert Range(low=0).nearest(math.inf) is None

    @pytest.mark.parametrize(
        "limits",
        [{"low": 2, "high": 1}, {"low": 1, "high": 9, "step": 10}, {"low": 0.5}, {"integer": False, "step": 2}],
    )
    def test_limits_that_nothing_fits_are_a_mistake(self, limits: dict[str, float]) -> None:
        with pytest.raises(ValueError, match=r"Range\("):
            Range(**limits)  # type: ignore[arg-type]


class TestLength:
    def test_the_text_itself_stays_out_of_the_message(self) -> None:
        finding = Length(5).check("a secret prompt")
        assert finding is not None
        assert finding.problem == "must be a text of at most 5 characters, not of 15 characters"
        assert finding.got == "15 characters"

    def test_bytes_are_counted_as_utf_8(self) -> None:
        assert Length(6, "bytes").check("ねこ") is None
        assert Length(5, "bytes").check("ねこ") is not None
        assert Length(2).check("ねこ") is None

    def test_too_short_is_told_from_too_long(self) -> None:
        finding = Length(5, min=2).check("x")
        assert finding is not None
        assert (finding.code, finding.allowed) == ("too_short", "a text of 2 to 5 characters")

    def test_a_text_is_never_cut_to_fit(self) -> None:
        assert Length(3).nearest("four") is None

    def test_another_type_is_no_text(self) -> None:
        assert problem(Length(3), b"abc") == "must be a text of at most 3 characters, not 3 bytes"


class TestText:
    PROJECT = Text(r"[a-z]+/\d+", "a project as name/version", "cats/5")

    def test_the_whole_text_must_match(self) -> None:
        assert self.PROJECT.check("cats/5") is None
        assert problem(self.PROJECT, "cats/5 ") == "must be a project as name/version, not 'cats/5 '"

    def test_a_pattern_without_a_form_is_told_as_it_is(self) -> None:
        assert Text("[a-z]+", examples="x").describe() == "a text matching [a-z]+"

    def test_another_type_is_no_text(self) -> None:
        assert problem(Text(), 5) == "must be a text, not 5"

    @pytest.mark.parametrize("examples", [(), ("CATS",)])
    def test_a_pattern_comes_with_examples_that_match(self, examples: tuple[str, ...]) -> None:
        with pytest.raises(ValueError, match="examples that match"):
            Text("[a-z]+", examples=examples)


class TestBoolean:
    @pytest.mark.parametrize("value", [0, 1, "true", None])
    def test_only_true_and_false_are(self, value: object) -> None:
        assert problem(Boolean(), value).startswith("must be true or false, not")
