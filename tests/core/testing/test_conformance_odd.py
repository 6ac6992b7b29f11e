"""Providers of odd kinds: the suite takes those that are right as they are, and finds what is wrong with the others."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import limner_tests_odd as odd
import pytest

from limner.testing.cassettes import written
from limner.testing.checks import checks
from limner.testing.subject import Subject

if TYPE_CHECKING:
    from pathlib import Path

INSTALLED = {102, 104}
"""The checks that look at how a provider is installed: these are not."""


def subject(provider: Any, folder: Path) -> Subject:
    """What the suite sees of one, with its recordings."""
    for name, interactions in provider.recordings.items():
        page = {"origin": "documentation", "source": "a test", "interactions": interactions}
        (folder / f"{name}.json").write_text(written(page), encoding="utf-8")
    return Subject(provider, folder)


@pytest.mark.parametrize("provider", odd.ODD, ids=lambda one: type(one).__name__)
def test_an_odd_provider_that_is_right_passes(provider: Any, tmp_path: Path) -> None:
    examined = subject(provider, tmp_path)
    found = {number: check.faults(examined) for number, check in checks().items() if number not in INSTALLED}
    assert {number: faults for number, faults in found.items() if faults} == {}


@pytest.mark.parametrize(("number", "provider"), odd.WRONG, ids=lambda one: type(one).__name__)
def test_an_odd_provider_that_is_wrong_fails(number: int, provider: Any, tmp_path: Path) -> None:
    assert checks()[number].faults(subject(provider, tmp_path))


def test_a_cassette_may_hold_several_conversations(tmp_path: Path) -> None:
    scenes = subject(odd.Clerk(), tmp_path).scenes
    assert [(tape.name, scene.succeeded()) for tape, scene in scenes] == [
        ("in-the-end", False), ("in-the-end (2)", True), ("twice", True), ("twice (2)", True),
    ]  # fmt: skip


def test_what_is_left_of_a_longer_conversation_is_none(tmp_path: Path) -> None:
    (tape,) = subject(odd.Darkroom(), tmp_path).tapes
    assert [reply.path for reply in tape.told] == [
        "/in", "/v1/odd%2Fsilver/orders", "/v1/orders/order-1", "/v1/orders/order-1",
    ]  # fmt: skip
    assert [reply.path for reply in tape.downloads] == ["/out/1.png"]


@pytest.mark.parametrize(
    ("provider", "values"),
    [
        (odd.Clerk(), {"prompt": "a cat", "seed": 5}),
        (odd.Notary(), {"quality": "low"}),
        (odd.Postcard(), {"prompt": "a cat"}),
    ],
    ids=lambda one: type(one).__name__,
)
def test_what_was_asked_for_is_read_back(provider: Any, values: dict[str, Any], tmp_path: Path) -> None:
    said = subject(provider, tmp_path).tapes[0].asked
    assert said is not None
    assert values.items() <= dict(said.values).items()
