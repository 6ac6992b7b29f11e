"""What a parameter may be, changed or made by a table: by its list of values, or by the fields of its constraint."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from attrs import evolve, frozen

from limner.capabilities import (
    AllOf,
    Boolean,
    Constraint,
    Count,
    FrozenMapping,
    Length,
    MaxBytes,
    MediaTypes,
    OneOf,
    Range,
    Sizes,
    Text,
)
from limner.capabilities.reasons import among, did_you_mean, listed, shown
from limner.config.readers import flag, list_of, number, one_of, positive, scalar, spellings, whole, words

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from limner.config.places import Place, Reader, Table

LIST = ("values", "add", "remove")
"""The keys that speak of a list of values."""


@frozen
class _Form:
    """How one kind of constraint is written.

    Args:
        fields: Its fields, each with its reader.
        items: The reader of its list, where it has one.
        get: Its list.
        put: The fields that a list becomes.
        alone: What makes that list all that is taken.
        least: The fields without which none can be made.
    """

    fields: Mapping[str, Reader]
    items: Callable[[Any, Place], tuple[Any, ...]] | None = None
    get: Callable[[Any], tuple[Any, ...]] = lambda _: ()
    put: Callable[[tuple[Any, ...]], dict[str, Any]] = lambda _: {}
    alone: Mapping[str, Any] = FrozenMapping()
    least: tuple[str, ...] = ()

    def readers(self) -> dict[str, Reader]:
        """The keys that it understands."""
        return {**self.fields, **({} if self.items is None else dict.fromkeys(LIST, self.items))}


def _media_types(value: object, place: Place) -> tuple[str, ...]:
    return MediaTypes(words(value, place)).types


def _sizes(constraint: Sizes) -> tuple[str, ...]:
    return (*constraint.exact, *(["auto"] if constraint.auto else []))


def _as_sizes(values: tuple[str, ...]) -> dict[str, Any]:
    return {"exact": tuple(size for size in values if size != "auto"), "auto": "auto" in values}


_LIMITS: Mapping[str, Reader] = {
    "multiple_of": positive, "min_ratio": number, "max_ratio": number, "min_edge": positive, "max_edge": positive,
    "min_pixels": positive, "max_pixels": positive,
}  # fmt: skip

FORMS: Mapping[type[Constraint], _Form] = {
    OneOf: _Form({"near": spellings}, list_of(scalar), lambda it: it.values, lambda values: {"values": values}),
    Range: _Form({"low": number, "high": number, "step": positive, "integer": flag}),
    Length: _Form({"min": whole, "max": whole, "unit": one_of("characters", "bytes")}, least=("max",)),
    Text: _Form({}),
    Boolean: _Form({}),
    Sizes: _Form(
        {"auto": flag, "free": flag, **_LIMITS, "warn_above": positive},
        words, _sizes, _as_sizes, FrozenMapping({"free": False, **dict.fromkeys(_LIMITS)}),
    ),
    Count: _Form({"min": whole, "max": whole}),
    MediaTypes: _Form({}, _media_types, lambda it: it.types, lambda values: {"types": values}),
    MaxBytes: _Form({"limit": positive, "exclusive": flag, "encoded": positive}),
}  # fmt: skip
"""The constraints that can be written. The others, such as that an image is square, can only be left out."""

KINDS: Mapping[str, type[Constraint]] = {
    "choice": OneOf,
    "range": Range,
    "length": Length,
    "text": Text,
    "boolean": Boolean,
    "sizes": Sizes,
}
"""What ``kind`` can be."""


def keys_of(constraint: Constraint | None, kind: type[Constraint] | None) -> dict[str, Reader]:
    """The keys that are understood of a constraint, or of the kind that replaces it."""
    forms = [FORMS[kind]] if kind is not None else [form for _, form in _forms(constraint)]
    return {key: reader for form in forms for key, reader in form.readers().items()}


def changed(constraint: Constraint, given: Mapping[str, Any], table: Table) -> Constraint:
    """A constraint with what a table says of it.

    Args:
        constraint: What is declared.
        given: What the table says, read.
        table: Where that stands, for errors.

    Raises:
        ConfigError: the two do not go together.
    """
    parts = constraint.parts if isinstance(constraint, AllOf) else (constraint,)
    made = [_part(part, given, table) for part in parts]
    return AllOf(*made) if isinstance(constraint, AllOf) else made[0]


def made(kind: type[Constraint], given: Mapping[str, Any], table: Table) -> Constraint:
    """A constraint of a kind, from nothing but a table.

    Raises:
        ConfigError: something is missing, or does not go together.
    """
    form = FORMS[kind]
    fields = {name: value for name, value in given.items() if name in form.fields}
    values = given.get("values", ())
    if kind is OneOf and not values:
        raise table.place.error("needs values, of which a choice is made")
    lacking = [name for name in form.least if name not in fields]
    if lacking:
        raise table.place.error(f"needs {listed(lacking, 'and')}")
    return _checked(lambda: kind(**{**form.put(values), **fields}), table)


def _forms(constraint: Constraint | None) -> list[tuple[Constraint, _Form]]:
    parts = constraint.parts if isinstance(constraint, AllOf) else (constraint,)
    return [(part, FORMS[type(part)]) for part in parts if part is not None and type(part) in FORMS]


def _part(part: Any, given: Mapping[str, Any], table: Table) -> Constraint:  # noqa: ANN401 - an attrs class, which Constraint is not
    form = FORMS.get(type(part), _Form({}))
    fields = {name: value for name, value in given.items() if name in form.fields}
    if form.items is not None and not given.keys().isdisjoint(LIST):
        alone = form.alone if "values" in given else {}
        fields = {**alone, **form.put(_listed(form.get(part), given, table)), **fields}
    return _checked(lambda: evolve(part, **fields), table) if fields else cast("Constraint", part)


def _listed(old: tuple[Any, ...], given: Mapping[str, Any], table: Table) -> tuple[Any, ...]:
    """The list as it shall be: replaced, then with what is added and without what is removed."""
    values = given.get("values", old)
    for index, value in enumerate(given.get("remove", ())):
        if not among(value, values):
            place = table.at("remove").at(index)
            told = f"must be one of the values that are there ({listed(values, 'and')}), not {shown(value)}"
            raise place.error(told, did_you_mean(value, values))
    kept = [value for value in values if not among(value, given.get("remove", ()))]
    return (*kept, *(value for value in given.get("add", ()) if not among(value, kept)))


def _checked(make: Callable[[], Constraint], table: Table) -> Constraint:
    """Whatever a constraint thinks of what it is made of is said with its place."""
    try:
        constraint = make()
    except ValueError as error:
        raise table.place.error(f"is not possible: {error}") from None
    for low in (name for name in FORMS[type(constraint)].fields if name.startswith("min")):
        high = low.replace("min", "max")
        least, most = getattr(constraint, low), getattr(constraint, high)
        if None not in (least, most) and least > most:
            raise table.place.error(f"is not possible: {low} is {least}, and {high} is {most}")
    return constraint
