"""The conformance suite: one class proves a provider right.

::

    # tests/test_acme.py, beside the folder tests/cassettes
    from limner.testing import ProviderConformance
    from limner_acme.provider import PROVIDER


    class TestAcme(ProviderConformance):
        provider = PROVIDER

Every check is a test of its own, with its number in its name: ``test_302_what_is_asked_for_reaches_the_wire``.
``limner conformance acme`` runs the same checks without a test file.
"""

from __future__ import annotations

import inspect
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from attrs import field, frozen

from limner.registry import Registry
from limner.testing.checks import Check, checks
from limner.testing.subject import Subject

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping


@frozen
class Verdict:
    """What one check found."""

    check: Check
    faults: tuple[str, ...]
    waived: str | None = None
    """Why it is not asked for; ``None``: it is."""

    @property
    def passed(self) -> bool:
        """Whether it stands: a waiver that is not needed does not."""
        return bool(self.faults) is (self.waived is not None)

    def __str__(self) -> str:
        head = f"{self.check.number} {self.check.sentence}"
        if self.waived is not None and not self.faults:
            return f"{head} It is waived ({self.waived}), and holds: take the waiver back."
        why = f" {self.check.why}" if self.faults else ""
        return "\n".join([f"{head}{why}", *(f"- {fault}" for fault in self.faults)])


@frozen
class Waivers:
    """The checks that a provider is not held to, each with the reason."""

    reasons: Mapping[int, str] = field(factory=dict)

    def __attrs_post_init__(self) -> None:
        known = checks()
        for number, reason in self.reasons.items():
            if number not in known:
                msg = f"waived names {number!r}, which is the number of no check"
                raise ValueError(msg)
            if len(str(reason).split()) < _WORDS:
                msg = f"waiving check {number} ({known[number].sentence}) needs a reason in words, not {reason!r}"
                raise ValueError(msg)

    def verdict(self, check: Check, subject: Subject) -> Verdict:
        """What a check finds, in the light of these."""
        return Verdict(check, check.faults(subject), self.reasons.get(check.number))


_WORDS = 3
"""Words that make a reason."""


def examine(subject: Subject, waived: Mapping[int, str] | None = None) -> tuple[Verdict, ...]:
    """All checks, in the order of their numbers.

    Args:
        subject: What is examined.
        waived: Checks that it is not held to, by number, each with the reason.

    Raises:
        ValueError: a waiver names no check, or no reason.
    """
    waivers = Waivers(waived or {})
    return tuple(waivers.verdict(one, subject) for one in checks().values())


class ProviderConformance:
    """A test class with one test for each check. Subclass it, and say which provider.

    A check cannot be overridden or left out, only waived, with a reason. A waiver that is not needed any more fails.
    """

    provider: ClassVar[Any]
    """The provider."""
    cassettes: ClassVar[Path | str | None] = None
    """The folder of its recordings; ``None``: ``cassettes``, beside the file of the test."""
    waived: ClassVar[Mapping[int, str]] = {}
    """Checks that it is not held to, by number, each with the reason."""
    registry: ClassVar[Registry | None] = None
    """What is installed; ``None``: what is."""
    _subject: ClassVar[Subject | None] = None
    _waivers: ClassVar[Waivers]

    def __init_subclass__(cls, **more: Any) -> None:  # noqa: ANN401 - as the language has it
        """Refuse what would weaken the suite.

        Raises:
            TypeError: a check is overridden.
            ValueError: a waiver names no check, or no reason.
        """
        super().__init_subclass__(**more)
        taken = sorted(name for name in vars(cls) if name in TESTS)
        if taken:
            msg = f"{cls.__name__} overrides {', '.join(taken)}: a check is waived by waived = {{number: reason}}"
            raise TypeError(msg)
        cls._waivers, cls._subject = Waivers(cls.waived), None

    @classmethod
    def subject(cls) -> Subject:
        """What is examined; made once, as the checks share what they find out.

        Raises:
            TypeError: there is no provider, or a class in its place.
        """
        if cls._subject is None:
            provider = getattr(cls, "provider", None)
            if provider is None or isinstance(provider, type):
                called = "Acme" if provider is None else provider.__name__
                msg = f"{cls.__name__} needs a provider, which is a value: provider = {called}()"
                raise TypeError(msg)
            here = Path(inspect.getfile(cls)).parent
            folder = here / (cls.cassettes or "cassettes")
            installed = cls.registry or Registry.for_client(None, None)
            cls._subject = Subject(provider, folder, installed)
        return cls._subject

    def test_000_the_suite_is_whole(self) -> None:
        """No check is missing, and none was put in the place of another."""
        for name, test in TESTS.items():
            if getattr(type(self), name, None) is not test:
                msg = f"{name} was deleted or replaced"
                raise AssertionError(msg)


def _test(check: Check) -> Callable[[ProviderConformance], None]:
    def test(self: ProviderConformance) -> None:
        __tracebackhide__ = True  # what failed is said by the message
        verdict = self._waivers.verdict(check, self.subject())
        if not verdict.passed:
            raise AssertionError(str(verdict))

    test.__doc__ = f"{check.sentence} {check.why}"
    test.__name__ = f"test_{check.number}_{_words(check.sentence)}"
    test.__qualname__ = f"ProviderConformance.{test.__name__}"
    return test


def _words(sentence: str) -> str:
    return re.sub(r"[^a-z0-9]+", "_", sentence.lower()).strip("_")


TESTS: Mapping[str, Callable[[ProviderConformance], None]] = {
    test.__name__: test for test in (ProviderConformance.test_000_the_suite_is_whole, *map(_test, checks().values()))
}
"""The tests, by name."""

for _name, _one in TESTS.items():
    setattr(ProviderConformance, _name, _one)
