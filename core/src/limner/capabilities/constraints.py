"""What a parameter's value may be, as data: the constraints on words, numbers and texts.

The set is closed. Each constraint can check a value, describe itself, name the nearest value it takes, give samples
for tests, and print itself as JSON Schema. All are pure, and none raises on any value whatever.
Sizes stand in :mod:`limner.capabilities.sizes`, images in :mod:`limner.capabilities.pictures`, what is made of other
constraints in :mod:`limner.capabilities.composites`.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping  # noqa: TC003 - converters such as cattrs read the types of fields
from typing import TYPE_CHECKING, Any, ClassVar, Literal

from attrs import evolve, field, frozen

from limner.capabilities.frozen import FrozenMapping, as_values, as_words, freeze
from limner.capabilities.reasons import Finding, among, did_you_mean, listed, refuses, shown, word

if TYPE_CHECKING:
    from collections.abc import Iterable

_STRANGERS: tuple[object, ...] = ((), {}, b"\x00")
"""Values that no constraint on words, numbers or texts takes."""


@frozen
class Samples:
    """Values for tests: every valid one passes the check, every invalid one is refused."""

    valid: tuple[Any, ...]
    invalid: tuple[Any, ...]


class Constraint:
    """What a value may be. Subclasses say it by ``check``, ``describe``, ``samples`` and ``json_schema``."""

    __slots__ = ()

    on_images: ClassVar[bool] = False
    """Whether it speaks of images, which are inputs and not part of a JSON body."""

    def check(self, value: object) -> Finding | None:
        """What is wrong with ``value``, or ``None``. Of several findings the worst; without its hint."""
        raise NotImplementedError

    def findings(self, value: object) -> tuple[Finding, ...]:
        """All that is wrong with ``value``, with hints."""
        finding = self.check(value)
        if finding is None:
            return ()
        hint = self._hint(value)
        return (finding if hint is None else evolve(finding, hint=hint),)

    def describe(self) -> str:
        """What is taken, in words that follow *must be*."""
        raise NotImplementedError

    def nearest(self, value: object) -> Any:  # noqa: ANN401 - whatever kind of value it takes
        """The nearest value that is not refused - ``value`` itself where it is not - or ``None``."""
        if not refuses(self.check(value)):
            return value
        near = self._closest(value)
        return near if near is not None and not refuses(self.check(near)) else None

    def samples(self) -> Samples:
        """Valid and invalid values, the borders among them."""
        raise NotImplementedError

    def json_schema(self) -> dict[str, Any]:
        """The same as JSON Schema, draft 2020-12, as far as that can say it."""
        raise NotImplementedError

    def _closest(self, value: object) -> Any:  # noqa: ANN401, ARG002 - the base knows none
        return None

    def _hint(self, value: object) -> str | None:
        near = self._closest(value)
        return None if near is None or refuses(self.check(near)) else f"The nearest is {word(near)}."

    def _finding(self, code: str, value: object) -> Finding:
        allowed, got = self.describe(), shown(value)
        return Finding("no", code, f"must be {allowed}, not {got}", got, allowed)


def _choices(value: str | float | Iterable[str | float | bool]) -> tuple[str | float | bool, ...]:
    return as_values(value)


def _ladder(value: Mapping[str, str | float | bool]) -> FrozenMapping[str, str | float | bool]:
    return freeze(value)


@frozen
class OneOf(Constraint):
    """One of a few words or numbers.

    Args:
        values: What is taken.
        near: Where to look for a value that is not: ``{"hd": "high"}``. Followed until a taken value is met, so one
            ladder (``max`` to ``xhigh`` to ``high``) serves every model.
    """

    values: tuple[str | float | bool, ...] = field(converter=_choices)
    near: Mapping[str, str | float | bool] = field(factory=FrozenMapping, converter=_ladder)
    _words: frozenset[str] = field(init=False, repr=False, eq=False)
    _text: str = field(init=False, repr=False, eq=False)

    def __attrs_post_init__(self) -> None:
        if not self.values:
            msg = "OneOf takes at least one value"
            raise ValueError(msg)
        object.__setattr__(self, "_words", frozenset(value for value in self.values if isinstance(value, str)))
        text = f"one of {listed(self.values)}" if self.values[1:] else word(self.values[0])
        object.__setattr__(self, "_text", text)

    def check(self, value: object) -> Finding | None:
        """``unsupported_value``."""
        if isinstance(value, str) and value in self._words:
            return None
        if among(value, self.values):
            return None
        return self._finding("unsupported_value", value)

    def describe(self) -> str:
        """``one of low, medium or high``."""
        return self._text

    def samples(self) -> Samples:
        """All values; strangers, and each value's look-alike of another type or case."""
        alike = [f"{value}?" if isinstance(value, str) else f"{value}" for value in self.values]
        strangers = ("", *_STRANGERS, *alike)
        return Samples(self.values, tuple(item for item in strangers if not among(item, self.values)))

    def json_schema(self) -> dict[str, Any]:
        """``enum``."""
        return {"enum": list(self.values)}

    def _closest(self, value: object) -> str | float | bool | None:
        seen: list[object] = []
        while isinstance(value, str) and value in self.near and value not in seen:
            seen.append(value)
            value = self.near[value]
            if among(value, self.values):
                return value
        return None

    def _hint(self, value: object) -> str | None:
        return super()._hint(value) or did_you_mean(value, self.values)


@frozen
class Boolean(Constraint):
    """True or false; 1 and ``"true"`` are neither."""

    def check(self, value: object) -> Finding | None:
        """``wrong_type``."""
        return None if value is True or value is False else self._finding("wrong_type", value)

    def describe(self) -> str:
        """``true or false``."""
        return "true or false"

    def samples(self) -> Samples:
        """Both; and what is often taken for them."""
        return Samples((True, False), (*_STRANGERS, 0, 1, "true", ""))

    def json_schema(self) -> dict[str, Any]:
        """``boolean``."""
        return {"type": "boolean"}


@frozen
class Range(Constraint):
    """A number between two limits, both included.

    Args:
        low: The least value; ``None``: no limit.
        high: The greatest value; ``None``: no limit.
        integer: Whole numbers only. ``5.0`` is none.
        step: Of integers: the value is a multiple of this.
    """

    low: float | None = None
    high: float | None = None
    integer: bool = True
    step: int | None = None

    def __attrs_post_init__(self) -> None:
        floats = any(isinstance(limit, float) for limit in (self.low, self.high, self.step))
        if (self.integer and floats) or (self.step and not self.integer):
            msg = f"{self}: limits of integers are integers, and only integers have a step"
            raise ValueError(msg)
        low, high = self._ends()
        if low is not None and high is not None and low > high:
            msg = f"{self}: no number lies between the limits"
            raise ValueError(msg)

    def check(self, value: object) -> Finding | None:
        """``wrong_type`` or ``out_of_range``."""
        if not isinstance(value, int if self.integer else (int, float)) or isinstance(value, bool):
            return self._finding("wrong_type", value)
        if (
            (self.low is None or self.low <= value)
            and (self.high is None or value <= self.high)
            and (self.step is None or value % self.step == 0)
            and (self.integer or _finite(value))
        ):
            return None
        return self._finding("out_of_range", value)

    def describe(self) -> str:
        """``an integer from 1 to 10``."""
        kind = "an integer" if self.integer else "a number"
        limits = {
            (True, True): f" from {self.low} to {self.high}",
            (True, False): f" of at least {self.low}",
            (False, True): f" of at most {self.high}",
            (False, False): "",
        }[self.low is not None, self.high is not None]
        return f"{kind}{limits}{f' in steps of {self.step}' if self.step else ''}"

    def samples(self) -> Samples:
        """The borders and the first steps inside; just outside, between the steps, and numbers that are none."""
        step = self.step or 1
        ends = [end for end in self._ends() if end is not None] or [0]
        inside = dict.fromkeys([ends[0], ends[-1], ends[0] + step, ends[-1] - step])
        outside = [] if self.low is None else [self.low - 1]
        outside += [] if self.high is None else [self.high + 1]
        outside += [ends[0] + 1] if step > 1 else []
        wrong = [*_STRANGERS, "5", True, float("nan"), float("inf"), *([float(ends[0])] if self.integer else [])]
        return Samples(tuple(value for value in inside if self.check(value) is None), (*wrong, *outside))

    def json_schema(self) -> dict[str, Any]:
        """``integer`` or ``number`` with its limits."""
        limits = {"minimum": self.low, "maximum": self.high, "multipleOf": self.step}
        kind = "integer" if self.integer else "number"
        return {"type": kind, **{name: limit for name, limit in limits.items() if limit is not None}}

    def _ends(self) -> tuple[float | None, float | None]:
        """The limits, moved inwards to the nearest step."""
        step = self.step
        if step is None:
            return self.low, self.high
        return (
            None if self.low is None else -(-self.low // step) * step,
            None if self.high is None else self.high // step * step,
        )

    def _closest(self, value: object) -> float | None:
        if not isinstance(value, (int, float)) or isinstance(value, bool) or value != value:  # noqa: PLR0124 - NaN
            return None
        low, high = self._ends()
        if low is not None and value <= low:
            return low
        if high is not None and value >= high:
            return high
        if not _finite(value) or not self.integer:
            return None
        step = self.step or 1
        near = (round(value) + step // 2) // step * step
        return near if high is None else min(near, high)


def _finite(value: float) -> bool:
    return isinstance(value, int) or math.isfinite(value)


@frozen
class Length(Constraint):
    """A text of limited length.

    Args:
        max: The greatest length.
        unit: Counted in ``characters`` (Unicode code points) or in ``bytes`` of UTF-8.
        min: The least length.
    """

    max: int
    unit: Literal["characters", "bytes"] = "characters"
    min: int = 0

    def check(self, value: object) -> Finding | None:
        """``wrong_type``, ``too_long`` or ``too_short``."""
        if not isinstance(value, str):
            return self._finding("wrong_type", value)
        length = len(value) if self.unit == "characters" else len(value.encode("utf-8", "surrogatepass"))
        if self.min <= length <= self.max:
            return None
        # The text itself stays out of the message: it is the user's prompt.
        allowed, got = self.describe(), f"{length:,} {self.unit}"
        code = "too_long" if length > self.max else "too_short"
        return Finding("no", code, f"must be {allowed}, not of {got}", got, allowed)

    def describe(self) -> str:
        """``a text of at most 32,000 characters``."""
        limits = f"{self.min:,} to {self.max:,}" if self.min else f"at most {self.max:,}"
        return f"a text of {limits} {self.unit}"

    def samples(self) -> Samples:
        """The shortest and the longest; one less and one more."""
        outside = ("x" * (self.max + 1), *(["x" * (self.min - 1)] if self.min else []))
        return Samples(("x" * self.min, "x" * self.max), (*_STRANGERS, 5, *outside))

    def json_schema(self) -> dict[str, Any]:
        """``string`` with its lengths; JSON Schema counts characters, so a limit in bytes is only its upper bound."""
        least = {"minLength": self.min} if self.min and self.unit == "characters" else {}
        return {"type": "string", **least, "maxLength": self.max}


@frozen
class Text(Constraint):
    """Any text, or one of a given form.

    Args:
        pattern: A regular expression that the whole text must match.
        form: What that is, in words: ``a project's address``.
        examples: Texts that match, for tests and documentation.
    """

    pattern: str | None = None
    form: str = "a text"
    examples: tuple[str, ...] = field(default=(), converter=as_words)
    _compiled: re.Pattern[str] | None = field(init=False, repr=False, eq=False)

    def __attrs_post_init__(self) -> None:
        object.__setattr__(self, "_compiled", self.pattern and re.compile(self.pattern))
        wrong = [example for example in self.examples if self.check(example)]
        if wrong or (self.pattern and not self.examples):
            msg = f"Text takes examples that match its pattern, not {wrong or 'none'}"
            raise ValueError(msg)

    def check(self, value: object) -> Finding | None:
        """``wrong_type`` or ``unsupported_value``."""
        if not isinstance(value, str):
            return self._finding("wrong_type", value)
        if self._compiled is None or self._compiled.fullmatch(value):
            return None
        return self._finding("unsupported_value", value)

    def describe(self) -> str:
        """``a text``, or its form."""
        return f"{self.form} matching {self.pattern}" if self.pattern and self.form == "a text" else self.form

    def samples(self) -> Samples:
        """The examples; other types, and texts that do not match."""
        odd = ("", "\x00", "?", " x ", "/" * 9) if self._compiled else ()
        return Samples(
            self.examples or ("x", "a white Siamese cat", "ねこ"),
            (*_STRANGERS, 5, True, *(text for text in odd if self.check(text))),
        )

    def json_schema(self) -> dict[str, Any]:
        """``string`` with its pattern."""
        return {"type": "string"} | ({"pattern": f"^(?:{self.pattern})$"} if self.pattern else {})
