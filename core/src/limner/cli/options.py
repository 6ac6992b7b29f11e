"""A request class as arguments and options of a command: what its fields say of themselves, said to click."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Mapping, Sequence
from types import UnionType
from typing import TYPE_CHECKING, Any, Literal, Union, get_args, get_origin, get_type_hints, is_typeddict

import click

from limner.cli.operation import RoleOption
from limner.inputs import ImageInput

if TYPE_CHECKING:
    from attrs import Attribute

    from limner.requests import Request

SHORT: Mapping[str, str] = {"model": "-m"}
"""Short forms, beside those that a name of one letter is already."""


def from_request(request: type[Request]) -> list[click.Parameter]:
    """Every field that can be written as text: those that Python takes by position as arguments, the rest as options.

    Raises:
        TypeError: a field is of a type for which nothing is written below.
    """
    hints = get_type_hints(request)
    fields = [*request.parameters(), *request.call_options()]
    # Any is what differs from provider to provider: no command knows it before it has read its arguments.
    return [_parameter(item, hints[item.name]) for item in fields if hints[item.name] is not Any]


def _parameter(item: Attribute[Any], hint: Any) -> click.Parameter:  # noqa: ANN401 - a type
    if not item.kw_only:
        return click.Argument([item.name], type=_prompt)
    flag = f"-{item.name}" if len(item.name) == 1 else f"--{item.name.replace('_', '-')}"
    shape = _shape(hint, item.name)
    # What is said once for each of several is said in the singular, too.
    single = flag[:-1] if shape.get("multiple") and flag.endswith("s") else None
    default = {"default": item.default, "show_default": True} if isinstance(item.default, str) else {}
    return RoleOption(
        [*filter(None, [single, flag, SHORT.get(item.name)]), item.name],
        help=item.metadata["doc"],
        role=item.metadata["role"],
        **shape,
        **default,
    )


def _shape(hint: Any, name: str) -> dict[str, Any]:  # noqa: ANN401 - a type
    """What click is told of a type; of a union, of the first member that can be written as text."""
    members = get_args(hint) if get_origin(hint) in (Union, UnionType) else (hint,)
    for member in members:
        shape = next((shape(member, name) for fits, shape in _SHAPES if fits(member)), None)
        if shape is not None:
            return shape
    raise TypeError(f"{name} is of a type that has no form on the command line: {hint}")


def _prompt(value: str) -> str:
    """A text, or ``-`` for all of standard input."""
    if value != "-":
        return value
    try:
        return sys.stdin.read().rstrip("\r\n")
    except UnicodeDecodeError as error:
        raise click.BadParameter(f"standard input is not text in {error.encoding}.") from None


def _json(value: str) -> dict[str, Any]:
    """A JSON object."""
    try:
        data = json.loads(value, parse_constant=_no_such_number)
    except (ValueError, RecursionError) as error:
        raise click.BadParameter(f"{value[:60]!r} is not JSON: {error}.") from None
    if not isinstance(data, dict):
        raise click.BadParameter(f"{value[:60]!r} is not a JSON object, such as '{{\"name\": 1}}'.")
    return data


def _no_such_number(word: str) -> float:
    raise ValueError(f"it has no number {word}")


_WORDS: Mapping[object, click.ParamType[Any]] = {str: click.STRING, int: click.INT, float: click.FLOAT}


def _origin(hint: object) -> object:
    return get_origin(hint)


def _is_object(hint: object) -> bool:
    return is_typeddict(hint) or _origin(hint) in (dict, Mapping)


_SHAPES: tuple[tuple[Callable[[Any], bool], Callable[[Any, str], dict[str, Any]]], ...] = (
    (lambda hint: hint in _WORDS, lambda hint, _: {"type": _WORDS[hint]}),
    (lambda hint: hint is ImageInput, lambda _, __: {"type": click.STRING, "metavar": "FILE|URL"}),
    (lambda hint: _origin(hint) is Literal, lambda hint, _: {"type": click.Choice(get_args(hint))}),
    (_is_object, lambda _, __: {"type": _json, "metavar": "JSON"}),
    (
        lambda hint: _origin(hint) in (tuple, list, Sequence),
        lambda hint, name: {"multiple": True, **_shape(get_args(hint)[0], name)},
    ),
)
"""Whether a type is of a kind, and what click is told of it then. ``None`` is of no kind: an option may be left out."""
