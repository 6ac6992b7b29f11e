"""What an author writes: a class, a provider, and reasons for what does not hold."""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING, Any

import limner_tests_wrong as wrong_ones
import limner_tests_wrong_answers as answers
import pytest
from limner_tests_reference import PROVIDER

from limner.testing import ProviderConformance
from limner.testing.checks import Check, check, checks
from limner.testing.conformance import TESTS, Verdict, examine
from limner.testing.subject import Subject

if TYPE_CHECKING:
    from collections.abc import Callable

HAGGLED = {403: "its server answers with nothing where it has nothing"}


class Haggled(ProviderConformance):
    """A suite with a waiver that is needed, and one that is not."""

    provider = answers.Placeholder()
    waived = {**HAGGLED, 402: "nobody has seen a refusal yet"}  # noqa: RUF012 - how authors write it


def outcome(cls: type[ProviderConformance], number: int) -> str | None:
    """What the test of one check says; ``None``: it passes."""
    (test,) = (one for name, one in TESTS.items() if name.startswith(f"test_{number:03}_"))
    try:
        test(cls())
    except AssertionError as failed:
        return str(failed)
    return None


def test_every_check_is_a_test_with_its_number_and_its_sentence() -> None:
    names = [name for name, _ in inspect.getmembers(ProviderConformance, inspect.isfunction) if name.startswith("test")]
    assert sorted(names) == sorted(TESTS)
    assert len(names) == len(checks()) + 1
    assert "test_302_what_is_asked_for_reaches_the_wire" in names


def test_the_cassettes_are_beside_the_test() -> None:
    assert Haggled.subject().cassettes is not None
    assert {path.stem for path in Haggled.subject().paths} >= {"painting", "edit"}
    assert Haggled.subject() is Haggled.subject()


def test_what_is_wrong_fails_and_says_why() -> None:
    assert outcome(Haggled, 408) is not None
    assert "408 Whatever JSON comes, nothing breaks. A KeyError tells nobody" in str(outcome(Haggled, 408))


def test_what_is_waived_with_a_reason_may_fail() -> None:
    assert outcome(Haggled, 403) is None


def test_a_waiver_that_is_not_needed_fails() -> None:
    assert str(outcome(Haggled, 402)).endswith("and holds: take the waiver back.")


@pytest.mark.parametrize("reason", ["", "no", "because not"])
def test_a_waiver_needs_a_reason(reason: str) -> None:
    with pytest.raises(ValueError, match=r"waiving check 403 \(An answer without images is an error.\) needs a reason"):
        type("Lazy", (ProviderConformance,), {"provider": PROVIDER, "waived": {403: reason}})


def test_a_waiver_of_no_check_is_refused() -> None:
    with pytest.raises(ValueError, match="waived names 999, which is the number of no check"):
        type("Confused", (ProviderConformance,), {"provider": PROVIDER, "waived": {999: "it is not there at all"}})


def test_a_check_cannot_be_overridden() -> None:
    (name,) = (name for name in TESTS if name.startswith("test_302"))
    with pytest.raises(TypeError, match=f"Sly overrides {name}: a check is waived by"):
        type("Sly", (ProviderConformance,), {"provider": PROVIDER, name: lambda _: None})


@pytest.mark.parametrize("instead", [None, lambda _: None])
def test_a_check_that_was_taken_out_later_is_missed(instead: Any) -> None:
    class Sly(ProviderConformance):
        provider = PROVIDER

    (name,) = (name for name in TESTS if name.startswith("test_302"))
    setattr(Sly, name, instead)
    assert outcome(Sly, 0) == f"{name} was deleted or replaced"
    assert outcome(Haggled, 0) is None


def test_examining_gives_a_verdict_for_every_check(examined: Callable[[Any], Subject]) -> None:
    verdicts = examine(examined(wrong_ones.WRONG[403]), HAGGLED)
    assert [verdict.check.number for verdict in verdicts] == list(checks())
    assert [verdict.check.number for verdict in verdicts if not verdict.passed] == [408]


@pytest.mark.parametrize("given", [{}, {"provider": type(PROVIDER)}])
def test_a_provider_is_a_value(given: dict[str, Any]) -> None:
    with pytest.raises(TypeError, match=r"Vague needs a provider, which is a value: provider = (Acme|Reference)\(\)"):
        type("Vague", (ProviderConformance,), given).subject()


def test_a_check_that_breaks_is_a_fault_and_a_flood_is_cut() -> None:
    def breaks(_: Any) -> Any:
        yield "one"
        raise KeyError("two")

    def floods(_: Any) -> Any:
        return (f"fault {number}" for number in range(1000))

    subject = Subject(PROVIDER)
    assert Check(999, "It holds.", breaks, "").faults(subject) == ("one", "broke: KeyError: 'two'")
    assert len(Check(999, "It holds.", floods, "").faults(subject)) == 12


def test_a_number_is_given_once() -> None:
    with pytest.raises(ValueError, match="there is a check 302 already"):
        check(302, "Something else.")(lambda _: iter(()))


def test_a_verdict_reads_as_sentences() -> None:
    told = Verdict(checks()[302], ("size 1 and 2 make the same request",))
    assert str(told).splitlines()[1] == "- size 1 and 2 make the same request"
