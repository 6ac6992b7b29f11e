"""Why a request does not fit: findings, reasons, and the sources and lifecycles they rest on."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Literal

from attrs import evolve, field, frozen

from limner.capabilities.frozen import as_words

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

Verdict = Literal["warn", "no"]
"""``warn``: it may work, and cannot be told or promised. ``no``: it will not. Nothing at all: it fits."""

Status = Literal["available", "announced", "unverified", "deprecated", "retired"]

_SHOWN = 64
_SCALARS = (str, int, float)


def _day(value: dt.date | str) -> dt.date:
    try:
        return value if isinstance(value, dt.date) else dt.date.fromisoformat(value)
    except ValueError:
        raise ValueError(f"a day is written as 2026-11-20, not as {value!r}") from None


def _some_day(value: dt.date | str | None) -> dt.date | None:
    return None if value is None else _day(value)


@frozen
class Source:
    """Where a fact stands, and when it was last read there.

    Args:
        page: The address or title of the page.
        checked: The day on which it was read: a date, or ``"2026-11-20"``.
        note: What to know about it.
    """

    page: str
    checked: dt.date = field(converter=_day)
    note: str = ""


@frozen
class Lifecycle:
    """Where in its life a model, an operation or a parameter stands.

    Args:
        status: ``announced`` and ``retired`` are refused unless allowed; ``unverified`` and ``deprecated`` warn.
        date: The day it comes (announced), goes (deprecated) or went (retired); a date, or ``"2026-05-12"``.
        successor: What to use instead: one name or several.
        note: A sentence for the message.
    """

    status: Status = "available"
    date: dt.date | None = field(default=None, converter=_some_day)
    successor: tuple[str, ...] = field(default=(), converter=as_words)
    note: str = ""

    def describe(self) -> str:
        """The status in words: ``retired on 2026-05-12; use a or b instead``."""
        status, on = _STATUS[self.status]
        when = f"{on} {self.date}" if self.date else ""
        instead = f"; use {listed(self.successor)} instead" if self.successor else ""
        note = f" ({self.note})" if self.note else ""
        return f"{status.format(when)}{instead}{note}"

    def verdict(self, allow: Collection[str] = ()) -> Verdict | None:
        """Whether a thing at this stage is refused, or warned of; ``None`` where it simply works."""
        if self.status == "available":
            return None
        return "no" if self.status in _REFUSED and self.status not in allow else "warn"

    def finding(self, allow: Collection[str] = ()) -> Finding | None:
        """What is to be said of a thing at this stage; ``allow`` turns a refusal of these statuses into a warning."""
        verdict = self.verdict(allow)
        if verdict is None:
            return None
        hint = f"It can be tried with allow=({self.status!r},)." if verdict == "no" else None
        is_ = "was" if self.status == "retired" and self.date else "is"
        return Finding(verdict, self.status, f"{is_} {self.describe()}", "", "", hint)


_REFUSED = ("announced", "retired")
_STATUS = {
    "available": ("available{}", " since"),
    "announced": ("announced{}, not available yet", " for"),
    "unverified": ("declared{} without having been verified", " on"),
    "deprecated": ("deprecated{}", ", to be retired on"),
    "retired": ("retired{}", " on"),
}

AVAILABLE = Lifecycle()
"""The lifecycle of what simply works."""


@frozen
class Finding:
    """What a constraint has to say about a value; it does not know the parameter's name.

    Args:
        verdict: ``warn`` or ``no``.
        code: A stable word for the kind of trouble.
        problem: The sentence after the parameter's name: ``must be low or high, not 'hd'``.
        got: What came, shortened; never image data.
        allowed: What is taken, in words.
        hint: A second sentence that helps.
        at: Where inside the value: ``[2]``, ``.reasoning.effort``.
        called: What is at fault there, for the sentence: `` ('cat.png')``.
    """

    verdict: Verdict
    code: str
    problem: str
    got: str
    allowed: str
    hint: str | None = None
    at: str = ""
    called: str = ""

    def within(self, at: str) -> Finding:
        """This finding, seen from one level further out."""
        return evolve(self, at=f"{at}{self.at}")

    def reason(
        self, parameter: str, source: Source | None = None, *, lenient: bool = False, subject: str | None = None
    ) -> Reason:
        """The reason for this finding about ``parameter``.

        Args:
            parameter: Its name.
            source: Where the declaration stands.
            lenient: Makes a refusal a warning, and says so.
            subject: What the sentence begins with, where that is not the parameter's name.
        """
        softened = lenient and self.verdict == "no"
        problem = self.problem + "; it is sent as it is, as what is documented may be incomplete" * softened
        name = f"{parameter}{self.at}"
        return Reason(
            verdict="warn" if softened else self.verdict,
            code=self.code,
            parameter=name,
            got=self.got,
            allowed=self.allowed,
            message=f"{subject or name}{self.called} {problem}.",
            hint=self.hint,
            source=source,
        )


@frozen
class Reason:
    """One reason why a request does not fit, or may not.

    Args:
        verdict: ``warn`` or ``no``.
        code: A stable word for the kind of trouble: ``unsupported_value``, ``unknown_parameter``, ``needs`` ...
        parameter: The parameter at fault, with the place inside it: ``images[2]``.
        got: What came, in at most a few dozen characters; never image data, never a prompt.
        allowed: What is taken, in words.
        message: A full sentence with all of that.
        hint: A second sentence: a did-you-mean, or what to set instead.
        source: Where the rule stands.
    """

    verdict: Verdict
    code: str
    parameter: str
    got: str
    allowed: str
    message: str
    hint: str | None = None
    source: Source | None = None

    def __str__(self) -> str:
        return f"{self.message} {self.hint}" if self.hint else self.message


def refuses(finding: Finding | Reason | None) -> bool:
    """Whether this is a plain no."""
    return finding is not None and finding.verdict == "no"


def worst(findings: Iterable[Finding]) -> Finding | None:
    """The first refusal; without one, the first warning."""
    first = None
    for finding in findings:
        if finding.verdict == "no":
            return finding
        first = first or finding
    return first


def same(left: object, right: object) -> bool:
    """Whether two plain values are equal as JSON sees it: ``True`` is not 1, and ``"5"`` is not 5."""
    if not isinstance(left, _SCALARS) or not isinstance(right, _SCALARS):
        return left is right
    return isinstance(left, bool) is isinstance(right, bool) and left == right


def among(value: object, options: Collection[object]) -> bool:
    """Whether ``value`` is one of these, in the sense of :func:`same`."""
    if isinstance(value, str):
        return value in options
    return any(same(value, option) for option in options)


def word(value: object) -> str:
    """A declared value as people write it: ``high``, ``true``, ``5``."""
    if isinstance(value, str):
        return value if value and value.isprintable() and " " not in value else repr(value)
    return {True: "true", False: "false"}[value] if isinstance(value, bool) else f"{value}"


def listed(values: Iterable[object], last: str = "or") -> str:
    """``a, b or c``."""
    words = [word(value) for value in values]
    return f" {last} ".join(filter(None, (", ".join(words[:-1]), *words[-1:])))


def shown(value: object) -> str:
    """A value in a few dozen characters, whatever it is; bytes and long texts are named by their length."""
    show = next((show for kinds, show in _SHOW if isinstance(value, kinds)), None)
    return f"a value of type {type(value).__name__}" if show is None else show(value)


def _show_number(value: float) -> str:
    if isinstance(value, int) and value.bit_length() > _SHOWN:
        return f"a number of {value.bit_length():,} bits"
    return repr(value)


_SHOW: tuple[tuple[type | tuple[type, ...], Callable[[Any], str]], ...] = (
    (str, lambda value: repr(value) if len(value) <= _SHOWN else f"a text of {len(value):,} characters"),
    ((bytes, bytearray), lambda value: f"{len(value):,} bytes"),
    (type(None), lambda _: "nothing"),
    ((int, float), _show_number),
    (Mapping, lambda value: f"an object of {len(value)}"),
    (Sequence, lambda value: f"a list of {len(value)}"),
)


def did_you_mean(name: object, candidates: Iterable[object]) -> str | None:
    """``Did you mean 'quality'?``, where one of the candidates is close to ``name``."""
    if not isinstance(name, str) or len(name) > _SHOWN:
        return None
    # Most names that do not fit are no typos: the cheap test spares them the dear one.
    near = [other for other in candidates if isinstance(other, str) and _alike(name, other)]
    if not near:
        return None
    import difflib  # noqa: PLC0415 - wanted only where something is misspelt

    found = difflib.get_close_matches(name.lower(), near, n=1, cutoff=0.7)
    return f"Did you mean {found[0]!r}?" if found else None


def _alike(name: str, other: str) -> bool:
    ends = other[:1] == name[:1].lower() or other[-1:] == name[-1:].lower()
    return ends and abs(len(name) - len(other)) <= 3  # noqa: PLR2004 - a typo adds or drops a letter or two
