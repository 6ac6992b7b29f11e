"""The suite proves itself: the right provider passes every check, and each wrong one fails the one it is made for."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import limner_tests_wrong as wrong_ones
import pytest

from limner.testing.checks import GROUPS, checks, registration

if TYPE_CHECKING:
    from collections.abc import Callable

    from limner.testing.subject import Subject


def failed(subject: Subject) -> dict[int, tuple[str, ...]]:
    found = {number: check.faults(subject) for number, check in checks().items()}
    return {number: faults for number, faults in found.items() if faults}


def test_the_right_provider_passes_every_check(examined: Callable[[Any], Subject]) -> None:
    assert failed(examined(wrong_ones.Wrong())) == {}


def test_every_check_has_a_wrong_provider() -> None:
    assert list(wrong_ones.WRONG) == list(checks())


@pytest.mark.parametrize("number", wrong_ones.WRONG)
def test_a_wrong_provider_fails_its_check(number: int, examined: Callable[[Any], Subject]) -> None:
    assert checks()[number].faults(examined(wrong_ones.WRONG[number]))


@pytest.mark.parametrize(("number", "wrong"), wrong_ones.MORE)
def test_a_check_finds_other_faults_too(number: int, wrong: Any, examined: Callable[[Any], Subject]) -> None:
    assert checks()[number].faults(examined(wrong))


@pytest.mark.untraced
@pytest.mark.parametrize("number", wrong_ones.WRONG)
def test_a_wrong_provider_fails_no_check_but_its_own_and_what_follows_from_it(
    number: int, examined: Callable[[Any], Subject]
) -> None:
    wrong = wrong_ones.WRONG[number]
    found = failed(examined(wrong))
    assert set(found) == {number, *wrong.implied}, found


def test_who_cannot_be_pickled_may_still_be_stateless(examined: Callable[[Any], Subject]) -> None:
    assert checks()[504].faults(examined(wrong_ones.Wrong(wrong_ones.asking.Unpicklable()))) == ()


@pytest.mark.parametrize("number", checks())
def test_a_check_is_a_sentence_with_a_reason_in_the_hundred_of_its_group(number: int) -> None:
    check = checks()[number]
    assert re.fullmatch(r"[A-Z][^.]*\.", check.sentence)
    assert check.why.endswith(".")
    assert check.find.__module__.endswith(f".{GROUPS[number // 100 - 1]}")
    assert check.group == GROUPS[number // 100 - 1]


def test_a_logger_that_nobody_hears_is_quiet(examined: Callable[[Any], Subject]) -> None:
    assert checks()[104].faults(examined(wrong_ones.Wrong(module="limner_tests_logging"))) == ()


def test_an_import_that_takes_long_is_a_fault(
    examined: Callable[[Any], Subject], monkeypatch: pytest.MonkeyPatch
) -> None:
    registration._import_faults.cache_clear()
    monkeypatch.setattr(registration, "QUICK", 0.0)
    (fault,) = checks()[104].faults(examined(wrong_ones.Wrong()))
    registration._import_faults.cache_clear()
    assert fault.startswith("importing limner_tests_reference took 0.")
