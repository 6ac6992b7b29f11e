"""Parameters of a request and the checks of their values: what an emulator's tables are made of."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias

from attrs import frozen

from limner_sandbox.openai_images.refusals import Refusal, not_among, wrong_type

Check: TypeAlias = Callable[[str, Any], None]
"""Raises a refusal for a value (name, value) that is not taken."""


@frozen
class Parameter:
    """One parameter of a request."""

    check: Check
    nullable: bool = True
    """Whether ``null`` is as good as not set."""


def required(check: Check) -> Parameter:
    """A parameter that is not nullable."""
    return Parameter(check, nullable=False)


def text(most: int | None = None) -> Check:
    """A string, of at most so many characters."""

    def check(name: str, value: Any) -> None:  # noqa: ANN401 - JSON
        if not isinstance(value, str):
            raise wrong_type(name, "a string", value)
        if most is not None and len(value) > most:
            message = (
                f"Invalid '{name}': string too long. Expected a string with maximum length {most}, "
                f"but got a string with length {len(value)} instead."
            )
            raise Refusal(400, "string_above_max_length", message, param=name)

    return check


def prompt(most: int) -> Check:
    """A text that is not empty."""
    within = text(most)

    def check(name: str, value: Any) -> None:  # noqa: ANN401 - JSON
        within(name, value)
        if not value:
            expected = "Expected a string with minimum length 1, but got an empty string instead."
            message = f"Invalid '{name}': empty string. {expected}"
            raise Refusal(400, "empty_string", message, param=name)

    return check


def integer(least: int, most: int | None = None) -> Check:
    """A whole number within bounds."""

    def check(name: str, value: Any) -> None:  # noqa: ANN401 - JSON
        if not isinstance(value, int) or isinstance(value, bool):
            raise wrong_type(name, "an integer", value)
        if value < least:
            raise _out_of_range(name, value, "below minimum", f">= {least}", "integer_below_min_value")
        if most is not None and value > most:
            raise _out_of_range(name, value, "above maximum", f"<= {most}", "integer_above_max_value")

    return check


def _out_of_range(name: str, value: int, what: str, bound: str, code: str) -> Refusal:
    message = f"Invalid '{name}': integer {what} value. Expected a value {bound}, but got {value} instead."
    return Refusal(400, code, message, param=name)


def boolean(name: str, value: Any) -> None:  # noqa: ANN401 - JSON
    """True or false."""
    if not isinstance(value, bool):
        raise wrong_type(name, "a boolean", value)


def choice(*allowed: str) -> Check:
    """One of a few words."""

    def check(name: str, value: Any) -> None:  # noqa: ANN401 - JSON
        if not isinstance(value, str):
            raise wrong_type(name, "a string", value)
        if value not in allowed:
            raise not_among(name, value, allowed)

    return check
