"""The suite proves itself: each wrong provider, run through all checks, fails the one it is made for and no other."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import limner_tests_wrong as wrong_ones
import pytest

from limner.testing.checks import checks

if TYPE_CHECKING:
    from collections.abc import Callable

    from limner.testing.subject import Subject


@pytest.mark.parametrize("number", wrong_ones.WRONG)
def test_a_wrong_provider_fails_no_check_but_its_own_and_what_follows_from_it(
    number: int, examined: Callable[[Any], Subject]
) -> None:
    wrong = wrong_ones.WRONG[number]
    subject = examined(wrong)
    found = {one: faults for one, check in checks().items() if (faults := check.faults(subject))}
    assert set(found) == {number, *wrong.implied}, found
