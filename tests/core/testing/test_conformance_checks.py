"""The suite proves itself: the right provider passes every check, and each wrong one fails the one it is made for."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import limner_tests_wrong as wrong_ones
import limner_tests_wrong_answers as answers
import limner_tests_wrong_asking as asking
import pytest

from limner.testing.checks import GROUPS, checks, registration

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

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


def test_a_recording_of_another_address_is_told_with_those_that_are_asked(examined: Callable[[Any], Subject]) -> None:
    (fault,) = checks()[607].faults(examined(wrong_ones.WRONG[607]))
    ours = "https://api.reference.example/v1"
    assert fault.endswith(
        "goes to POST https://api.reference.example/v2/pictures;"
        f" they go to POST {ours}/edits, POST {ours}/orders, POST {ours}/paintings"
    )


def test_where_a_provider_breaks_it_is_told_the_line(examined: Callable[[Any], Subject]) -> None:
    faults = checks()[408].faults(examined(wrong_ones.WRONG[408]))
    broke = [fault for fault in faults if "KeyError: 'data'" in fault]
    assert broke
    assert all(re.search(r"'data'\. \(limner_tests_wrong_answers\.py, line \d+\)$", fault) for fault in broke)


def test_a_quoted_model_at_another_address_has_led_nobody_there(examined: Callable[[Any], Subject]) -> None:
    """That the address is another is said by the check of hosts."""
    subject = examined(wrong_ones.Wrong(asking.Abroad()))
    assert checks()[308].faults(subject)
    assert checks()[315].faults(subject) == ()


def test_a_server_on_its_users_machines_may_be_named(examined: Callable[[Any], Subject]) -> None:
    def moved(folder: Path) -> None:
        for path in folder.glob("*.json"):
            path.write_text(path.read_text().replace(wrong_ones.Wrong().provider.base_url, asking.AtHome.base_url))

    assert checks()[608].faults(examined(wrong_ones.Wrong(asking.AtHome(), recordings=moved))) == ()


def test_a_provider_that_goes_on_for_ever_is_ended_and_told(examined: Callable[[Any], Subject]) -> None:
    subject = examined(wrong_ones.Wrong(answers.Tireless()))
    told = [f"variation: request {number} failed, and it asks without end" for number in range(1, 5)]
    assert list(checks()[502].faults(subject)) == told
