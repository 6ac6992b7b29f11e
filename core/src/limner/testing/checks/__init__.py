"""The checks of the conformance suite: each has a number for good, a sentence, and a function that finds faults.

A check is a plain function. It is given a :class:`~limner.testing.subject.Subject` and yields one sentence for every
fault it finds; what it raises is a fault too. The hundreds are the groups::

    1xx registration    2xx declarations    3xx mapping    4xx responses    5xx behaviour    6xx cassettes

Numbers are never given twice. To add a check, write it into its group's module, and a wrong provider into
``tests/core/testing/plugins/limner_tests_wrong.py`` that
fails it.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Final

from attrs import frozen

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from limner.testing.subject import Subject

    Finder = Callable[[Subject], Iterator[str]]

GROUPS: Final = ("registration", "declarations", "mapping", "responses", "behaviour", "cassettes")
"""The modules, in the order of their hundreds."""

SHOWN = 12
"""Faults of one check that are told; there may be hundreds of one cause."""


@frozen
class Check:
    """One fact that holds of every good provider."""

    number: int
    sentence: str
    """The fact."""
    find: Finder
    """Yields a sentence for every fault."""
    why: str
    """What goes wrong where it does not hold."""

    @property
    def group(self) -> str:
        """What it is about."""
        return GROUPS[self.number // 100 - 1]

    def faults(self, subject: Subject) -> tuple[str, ...]:
        """What speaks against it."""
        found: list[str] = []
        try:
            for fault in self.find(subject):
                found.append(fault)
                if len(found) == SHOWN:
                    break
        except Exception as broken:  # noqa: BLE001 - whatever a stranger's provider does is a fault of its own
            found.append(f"broke: {type(broken).__name__}: {broken}")
        return tuple(dict.fromkeys(found))


_CHECKS: dict[int, Check] = {}


def check(number: int, sentence: str) -> Callable[[Finder], Finder]:
    """Make a function a check; its docstring says why."""

    def register(find: Finder) -> Finder:
        if number in _CHECKS:
            msg = f"there is a check {number} already"
            raise ValueError(msg)
        _CHECKS[number] = Check(number, sentence, find, " ".join((find.__doc__ or "").split()))
        return find

    return register


def checks() -> Mapping[int, Check]:
    """All of them, by number."""
    for group in GROUPS:
        import_module(f"{__name__}.{group}")
    return dict(sorted(_CHECKS.items()))
