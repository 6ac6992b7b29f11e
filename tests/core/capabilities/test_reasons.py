"""How values are shown, compared and asked back, and what a lifecycle has to say."""

from __future__ import annotations

import pickle
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from limner.capabilities import AVAILABLE, Finding, Lifecycle, Source
from limner.capabilities.reasons import among, did_you_mean, listed, same, shown, word, worst

NAMES = ("prompt", "size", "quality", "background", "output_format", "moderation")


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("hd", "'hd'"),
        ("x" * 65, "a text of 65 characters"),
        (b"\x89PNG", "4 bytes"),
        (None, "nothing"),
        (True, "True"),
        (1.5, "1.5"),
        (2**64, "a number of 65 bits"),
        ({"a": 1}, "an object of 1"),
        ([1, 2], "a list of 2"),
        (date(2026, 1, 1), "a value of type date"),
    ],
)
def test_a_value_is_shown_in_few_words(value: object, text: str) -> None:
    assert shown(value) == text


@given(st.text() | st.binary() | st.integers() | st.floats() | st.integers(10**5000, 10**5001))
def test_whatever_is_shown_is_short(value: object) -> None:
    assert len(shown(value)) <= 400
    assert isinstance(value, str) or len(shown(value)) <= 64


@pytest.mark.parametrize(
    ("values", "text"), [((), ""), (("a",), "a"), (("a", "b"), "a or b"), ((1, True, "b c"), "1, true or 'b c'")]
)
def test_lists_read_as_english(values: tuple[object, ...], text: str) -> None:
    assert listed(values) == text


def test_odd_words_are_quoted() -> None:
    assert [word(item) for item in ("", "a\n", False, "auto")] == ["''", "'a\\n'", "false", "auto"]


@pytest.mark.parametrize(
    ("left", "right", "equal"),
    [(1, 1.0, True), (1, True, False), ("5", 5, False), (None, None, True), ([1], [1], False), ("a", "a", True)],
)
def test_values_are_compared_as_json_has_them(left: object, right: object, equal: bool) -> None:  # noqa: FBT001 - expected
    assert same(left, right) is equal
    assert among(left, (right,)) is equal


@pytest.mark.parametrize(
    ("name", "meant"),
    [("qualty", "quality"), ("moderatoin", "moderation"), ("Size", "size"), ("ouput_format", "output_format")],
)
def test_a_misspelt_name_is_asked_back(name: str, meant: str) -> None:
    assert did_you_mean(name, NAMES) == f"Did you mean {meant!r}?"


@pytest.mark.parametrize("name", ["style", "seed", "mask", "", 5, None, "q" * 99])
def test_another_name_is_not(name: object) -> None:
    assert did_you_mean(name, NAMES) is None


def test_the_worst_of_several_is_the_first_refusal_or_else_the_first_warning() -> None:
    warn, also, no = (Finding(verdict, "c", "p", "g", "a") for verdict in ("warn", "warn", "no"))
    assert worst([]) is None
    assert worst([warn, also]) is warn
    assert worst([warn, no]) is no


class TestFinding:
    FINDING = Finding("no", "unsupported_value", "must be low, not 'hd'", "'hd'", "low", "Try low.", ".effort")

    def test_it_becomes_a_sentence_about_the_parameter(self) -> None:
        source = Source("page", "2026-11-20")
        reason = self.FINDING.within(".reasoning").reason("svg", source)
        assert reason.parameter == "svg.reasoning.effort"
        assert reason.message == "svg.reasoning.effort must be low, not 'hd'."
        assert str(reason) == "svg.reasoning.effort must be low, not 'hd'. Try low."
        assert reason.source is source

    def test_leniency_makes_a_warning_and_says_what_is_done(self) -> None:
        reason = self.FINDING.reason("svg", lenient=True)
        assert reason.verdict == "warn"
        assert "it is sent as it is" in reason.message

    def test_leniency_leaves_a_warning_as_it_is(self) -> None:
        warning = Finding("warn", "experimental", "is large", "", "")
        assert warning.reason("size", lenient=True) == warning.reason("size")

    def test_without_a_hint_the_message_is_all(self) -> None:
        assert str(Finding("no", "c", "is wrong", "", "").reason("n")) == "n is wrong."

    def test_a_reason_pickles(self) -> None:
        reason = self.FINDING.reason("svg", Source("page", date(2026, 11, 20)))
        assert pickle.loads(pickle.dumps(reason)) == reason  # noqa: S301 - our own bytes


class TestLifecycle:
    def test_what_is_available_has_nothing_to_say(self) -> None:
        assert AVAILABLE.finding() is None

    @pytest.mark.parametrize("status", ["announced", "retired"])
    def test_announced_and_retired_are_refused_unless_allowed(self, status: str) -> None:
        stage = Lifecycle(status)  # type: ignore[arg-type]
        refused, allowed = stage.finding(), stage.finding(allow=(status,))
        assert refused is not None
        assert allowed is not None
        assert (refused.verdict, allowed.verdict) == ("no", "warn")
        assert refused.hint == f"It can be tried with allow=({status!r},)."

    @pytest.mark.parametrize("status", ["unverified", "deprecated"])
    def test_unverified_and_deprecated_warn(self, status: str) -> None:
        finding = Lifecycle(status).finding()  # type: ignore[arg-type]
        assert finding is not None
        assert finding.verdict == "warn"

    def test_it_tells_the_day_the_successors_and_the_note(self) -> None:
        stage = Lifecycle("retired", "2026-05-12", ("a", "b"), "for everyone")
        assert stage.describe() == "retired on 2026-05-12; use a or b instead (for everyone)"
        assert Lifecycle("announced", date(2027, 1, 1)).describe() == "announced for 2027-01-01, not available yet"
        assert Lifecycle("deprecated", "2027-01-01").describe() == "deprecated, to be retired on 2027-01-01"

    def test_one_successor_may_be_named_alone(self) -> None:
        assert Lifecycle("deprecated", successor="b").successor == ("b",)


def test_a_day_that_is_none_is_told_with_how_it_is_written() -> None:
    with pytest.raises(ValueError, match=r"^a day is written as 2026-11-20, not as 'yesterday'$"):
        Source("https://acme.example", "yesterday")


@pytest.mark.parametrize(
    ("lifecycle", "problem"),
    [
        (Lifecycle("retired", "2026-05-12"), "was retired on 2026-05-12"),
        (Lifecycle("retired"), "is retired"),
        (Lifecycle("deprecated", "2026-05-12"), "is deprecated, to be retired on 2026-05-12"),
    ],
)
def test_what_has_gone_is_spoken_of_as_gone(lifecycle: Lifecycle, problem: str) -> None:
    finding = lifecycle.finding()
    assert finding is not None
    assert finding.problem == problem
