"""Whether what a caller set is a value at all: the validators of the request classes.

Each raises a :class:`limner.errors.BadInputError` that names the parameter, what came and what is allowed.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from attrs import has

from limner.errors import BadInputError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from attrs import Attribute


def of_type(*allowed: type) -> Any:  # noqa: ANN401 - an attrs validator
    def check(_: object, attribute: Attribute[Any], value: object) -> None:
        # bool is an int to Python and a mistake to a caller: n=True is not one image.
        if value is None or (isinstance(value, allowed) and (bool in allowed or not isinstance(value, bool))):
            return
        names = " or ".join(cls.__name__ for cls in allowed)
        msg = f"{attribute.name} takes {names}; it was given {type(value).__name__}."
        raise BadInputError(msg, param=attribute.name)

    return check


def one_of(*allowed: str) -> Any:  # noqa: ANN401 - an attrs validator
    def check(_: object, attribute: Attribute[Any], value: object) -> None:
        if value is not None and value not in allowed:
            msg = f"{attribute.name} is one of {', '.join(map(repr, allowed))}; it was given {value!r}."
            raise BadInputError(msg, param=attribute.name)

    return check


def seconds(_: object, attribute: Attribute[Any], value: object) -> None:
    if value is None or (isinstance(value, (int, float)) and not isinstance(value, bool) and 0 < value < math.inf):
        return
    msg = f"{attribute.name} is a number of seconds above 0; it was given {value!r}."
    raise BadInputError(msg, param=attribute.name)


def allowances(_: object, attribute: Attribute[Any], value: tuple[str, ...]) -> None:
    check = one_of("announced", "retired")
    for word in value:
        check(_, attribute, word)


def text(_: object, attribute: Attribute[Any], value: object) -> None:
    """Whatever is said to a provider must survive being encoded as UTF-8."""
    if value is None or (isinstance(value, str) and value.isascii()):  # as most are, of twenty parameters a request
        return
    of_type(str)(_, attribute, value)
    try:
        str(value).encode()
    except UnicodeEncodeError as error:
        msg = f"{attribute.name} holds a lone surrogate at position {error.start}, which is not a character."
        raise BadInputError(msg, param=attribute.name) from None


def prompt(_: object, attribute: Attribute[Any], value: object) -> None:
    if not isinstance(value, str) or not value.strip():
        msg = "prompt takes a text that is not blank; it was given " + (
            "a blank one." if isinstance(value, str) else f"{type(value).__name__}."
        )
        raise BadInputError(msg, param="prompt")
    text(_, attribute, value)


def images_wanted(_: object, attribute: Attribute[Any], value: object) -> None:
    of_type(int)(_, attribute, value)
    if isinstance(value, int) and value < 1:
        msg = f"n is at least 1; it was given {value}."
        raise BadInputError(msg, param="n")


def size(_: object, attribute: Attribute[Any], value: object) -> None:
    if value is not None and not isinstance(value, str):
        msg = f"size takes text such as '1024x1024', or (width, height); it was given {type(value).__name__}."
        raise BadInputError(msg, param="size")
    text(_, attribute, value)


def ratio(_: object, attribute: Attribute[Any], value: object) -> None:
    text(_, attribute, value)
    if isinstance(value, str) and not re.fullmatch(r"[1-9][0-9]{0,3}:[1-9][0-9]{0,3}", value):
        msg = f"aspect_ratio is written as WIDTH:HEIGHT, such as 16:9; it was given {value!r}."
        raise BadInputError(msg, param="aspect_ratio")


def names(_: object, attribute: Attribute[Any], value: str | tuple[str, ...] | None) -> None:
    for name in value if isinstance(value, tuple) else (value,):
        text(_, attribute, name)
    if value == () and attribute.name == "model":
        raise BadInputError("model names nothing: leave it out, or name one.", param="model")


def named_by_text(_: object, attribute: Attribute[Any], value: object) -> None:
    """JSON knows no other names: Python writes numbers as texts without a word, and does not sort them among texts."""
    seen: set[int] = set()  # what holds itself is refused elsewhere
    waiting = [value]
    while waiting:
        one = waiting.pop()
        if id(one) in seen or not isinstance(one, (Mapping, list, tuple)):
            continue
        seen.add(id(one))
        odd = [name for name in one if not isinstance(name, str)] if isinstance(one, Mapping) else ()
        if odd:
            msg = f"{attribute.name} takes names that are text; {odd[0]!r} is {type(odd[0]).__name__}."
            raise BadInputError(msg, param=attribute.name)
        waiting += one.values() if isinstance(one, Mapping) else one


def own_options(_: object, attribute: Attribute[Any], value: object) -> None:
    if value is not None and not has(type(value)):
        msg = f"{attribute.name} takes the provider's own options class; it was given {type(value).__name__}."
        raise BadInputError(msg, param=attribute.name)


def all_of(checks: Sequence[Any]) -> Any:  # noqa: ANN401 - attrs validators
    return checks[0] if len(checks) == 1 else list(checks)  # a list is one more call, for each parameter of a request
