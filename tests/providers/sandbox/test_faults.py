"""Faults as values: made in code, or read from text."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from limner.errors import ConfigError
from limner_sandbox import FAULTS, Fault


@pytest.mark.parametrize("kind", sorted(FAULTS))
def test_every_named_fault_can_be_read(kind: str) -> None:
    assert Fault.parse(kind) == FAULTS[kind]


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("rate_limit; retry_after=1.5", Fault.make("rate_limit", retry_after=1.5)),
        ("status=429;code=slow_down;times=3", Fault(status=429, code="slow_down", times=3)),
        (" cut ; cut = 0.25 ; on = generations ", Fault(cut=0.25, on="generations")),
        ("delay=2", Fault(delay=2.0)),
        ("server_error; twist=error_flat", Fault(status=500, twist="error_flat")),
        ("extra=-2", Fault(extra=-2)),
        ("message=a=b", Fault(message="a=b")),
        ("", Fault()),
    ],
)
def test_a_fault_can_be_read_from_text(text: str, fault: Fault) -> None:
    assert Fault.parse(text) == fault


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("nonsense", "There is no fault 'nonsense'"),
        ("rate_limit; soon", "'soon' is not of the form"),
        ("status=high", "'high' is not a number"),
        ("colour=red", "has no 'colour'"),
        ("status=99", "status"),
        ("cut=1", "cut"),
        ("delay=-1", "delay"),
        ("times=0", "times"),
        ("retry_after=-1", "retry_after"),
        ("body=pdf", "body"),
        ("twist=upside_down", "twist"),
        ("extra=many", "'many' is not a number"),
        ("cut=nan", "cut"),
    ],
)
def test_text_that_is_no_fault_is_refused(text: str, told: str) -> None:
    with pytest.raises(ConfigError, match=told):
        Fault.parse(text)


def test_a_fault_can_be_made_from_another() -> None:
    assert Fault.make(Fault(status=500), times=2) == Fault(status=500, times=2)


@given(st.text())
def test_any_text_is_a_fault_or_refused(text: str) -> None:
    try:
        fault: Any = Fault.parse(text)
    except ConfigError:
        return
    assert isinstance(fault, Fault)
