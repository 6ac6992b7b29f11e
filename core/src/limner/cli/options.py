"""A request class as arguments and options of a command: what its fields say of themselves, said to click."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Collection, Mapping, Sequence
from keyword import iskeyword
from types import UnionType
from typing import TYPE_CHECKING, Any, Literal, Union, get_args, get_origin, get_type_hints, is_typeddict

import click
from attrs import Attribute, make_class

from limner.cli.operation import RoleOption
from limner.inputs import ImageInput
from limner.masks import Mask

if TYPE_CHECKING:
    from limner.requests import Request

SHORT: Mapping[str, str] = {"model": "-m", "image": "-i", "images": "-i", "reference_images": "-i"}
"""Short forms, beside those that a name of one letter is already."""

NEEDED = frozenset({"images"})
"""What a request may leave to the declaration, and nobody at a command line leaves out."""

SWITCHES: Mapping[str, tuple[str, str]] = {"on_unsupported": ("--adapt", "adapt")}
"""Choices of which one happens anyway: the flag that asks for the other, and that other."""

DOCS: Mapping[str, str] = {
    "images": "What to edit; again for each of several. - reads standard input.",
    "image": "What to vary. - reads standard input.",
    "reference_images": "An image to go by; again for each of several.",
    "mask": "Where the first image changes: a picture as large as that one, see --mask-polarity.",
    "size": "Pixels as WIDTHxHEIGHT; landscape, portrait or square; or auto.",
    "user": "The older name of --safety-identifier at some providers.",
    "partial_images": "Frames to show while an image is being painted, with --stream.",
    "model": "What paints, as PROVIDER/MODEL; again for each to ask when those before it are not available.",
    "on_unsupported": "What the model does not take becomes the nearest that it takes, with a warning.",
    "provider": "The provider's name; without it, it stands before the slash of --model.",
    "delivery": "How images come back: bytes, or url (which expires), printed in place of a path.",
    "on_partial": "When some of several calls fail: keep the others' images and end with 4, or fail; they are saved"
    " all the same.",
    "on_mismatch": "When an image is not what was asked for: warn, or fail; it is saved all the same.",
    "options": "An option of the provider's own, which limner capabilities shows as options.NAME; VALUE is JSON, or"
    " else a text.",
}
"""What is said in other words where Python is not spoken."""


def flag(name: str, *, several: bool = False) -> str:
    """The option that sets a field; what is said once for each of several is said in the singular."""
    word = name.removesuffix("s") if several else name
    return f"-{word}" if len(word) == 1 else f"--{word.replace('_', '-')}"


def from_request(request: type[Request], without: Collection[str] = ()) -> list[click.Parameter]:
    """Its fields: images as options, what else Python takes by position as an argument, the rest as options.

    Args:
        request: The class.
        without: Fields that a command has another way to say.

    Raises:
        TypeError: a field is of a type for which nothing is written below.
    """
    return from_requests([request], without)


def from_requests(
    requests: Sequence[type[Request]], without: Collection[str] = (), *, needed: bool = True
) -> list[click.Parameter]:
    """The fields of several requests, each once, and a short form for the first that has it.

    Args:
        requests: The classes.
        without: As in :func:`from_request`.
        needed: Whether what a request needs is needed on the line.
    """
    found: dict[str, tuple[Attribute[Any], Any]] = {}
    for request in requests:
        hints = get_type_hints(request)
        for item in (*request.parameters(), *request.call_options()):
            found.setdefault(item.name, (item, hints[item.name]))
    kept = {name: each for name, each in found.items() if name not in without}
    short = {SHORT[name]: name for name in reversed(kept) if name in SHORT}
    return [_parameter(item, hint, {*short.values()}, needed=needed) for item, hint in kept.values()]


def _parameter(item: Attribute[Any], hint: Any, short: Collection[str], *, needed: bool) -> click.Parameter:  # noqa: ANN401 - a type
    if not item.kw_only and hint is not ImageInput:
        return click.Argument([item.name], type=prompt, required=needed)
    told: dict[str, Any] = {"help": DOCS.get(item.name, item.metadata["doc"]), "role": item.metadata["role"]}
    if item.name in SWITCHES:
        spelling, value = SWITCHES[item.name]
        return RoleOption([spelling, item.name], flag_value=value, default=None, **told)
    shape = _shape(hint, item.name)
    default: dict[str, Any] = {"default": item.default, "show_default": True} if isinstance(item.default, str) else {}
    names = (
        SHORT[item.name] if item.name in short else None,
        flag(item.name, several=shape.get("multiple", False)),
        item.name,
    )
    required = needed and (not item.kw_only or item.name in NEEDED)
    return RoleOption(list(filter(None, names)), required=required, **told, **shape, **default)


def _shape(hint: Any, name: str) -> dict[str, Any]:  # noqa: ANN401 - a type
    """What click is told of a type; of a union, of the member that holds several, or the first that can be text."""
    members = get_args(hint) if get_origin(hint) in (Union, UnionType) else (hint,)
    for member in sorted(members, key=lambda member: not _is_several(member)):
        shape = next((shape(member, name) for fits, shape in _SHAPES if fits(member)), None)
        if shape is not None:
            return shape
    raise TypeError(f"{name} is of a type that has no form on the command line: {hint}")


def prompt(value: str) -> str:
    """A text, or ``-`` for all of standard input."""
    try:
        text = sys.stdin.read().rstrip("\r\n") if value == "-" else value
    except UnicodeDecodeError as error:
        raise click.BadParameter(f"standard input is not text in {error.encoding}.") from None
    try:
        text.encode()
    except UnicodeEncodeError:  # Python took bytes for it that are no text, rather than to lose any
        raise click.BadParameter(f"{'standard input' if value == '-' else 'it'} is not text in UTF-8.") from None
    return text


def _picture(value: str) -> str | bytes:
    """A path or a URL, or ``-`` for all of standard input."""
    return sys.stdin.buffer.read() if value == "-" else value


def _own_option(value: str) -> tuple[str, Any]:
    """A name and a value: JSON, or else a text."""
    name, equals, text = value.partition("=")
    if not equals or not name.isidentifier() or iskeyword(name):
        raise click.BadParameter(f"{value[:60]!r} is not NAME=VALUE.")
    try:
        return name, json.loads(text, parse_constant=_no_such_number)
    except (ValueError, RecursionError):
        return name, text


def _own_options(_: click.Context, __: click.Parameter, given: Sequence[tuple[str, Any]]) -> object:
    """A value with these fields: what of them the provider takes, its declaration says."""
    values = dict(given)
    if len(values) < len(given):
        raise click.BadParameter("one of them is given twice.")
    bundle: Callable[..., object] = make_class("Options", list(values), frozen=True)
    return bundle(**values) if values else None


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


def _is_several(hint: object) -> bool:
    return _origin(hint) in (tuple, list, Sequence)


_SHAPES: tuple[tuple[Callable[[Any], bool], Callable[[Any, str], dict[str, Any]]], ...] = (
    (lambda hint: hint in _WORDS, lambda hint, _: {"type": _WORDS[hint]}),
    (lambda hint: hint in (ImageInput, Mask), lambda _, __: {"type": _picture, "metavar": "FILE|URL"}),
    # Any is what differs from provider to provider.
    (
        lambda hint: hint is Any,
        lambda _, __: {"type": _own_option, "metavar": "NAME=VALUE", "multiple": True, "callback": _own_options},
    ),
    (lambda hint: _origin(hint) is Literal, lambda hint, _: {"type": click.Choice(get_args(hint))}),
    (_is_object, lambda _, __: {"type": _json, "metavar": "JSON"}),
    (_is_several, lambda hint, name: {"multiple": True, **_shape(get_args(hint)[0], name)}),
)
"""Whether a type is of a kind, and what click is told of it then. ``None`` is of no kind: an option may be left out."""
