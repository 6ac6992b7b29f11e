"""Models as tables: each starts from what is known - a family, another model, itself - and says what differs.

::

    [providers.acme.models."acme-2"]
    family = "gpt-image"
    aliases = ["acme-latest"]
    lifecycle = { status = "deprecated", date = 2027-01-01, successor = "acme-3" }
    operations = ["generate"]

    [providers.acme.models."acme-2".generate]
    images_per_call = 4
    without = ["moderation"]
    quality = ["standard", "hd"]                             # all that is taken
    size = { add = ["2048x2048"], remove = ["auto"] }        # or what differs
    prompt = { max = 4000 }                                  # or fields of the constraint
    seed = { kind = "range", low = 0 }                       # or a parameter that was not there
    delivery = { wire = { name = "response_format", values = { bytes = "b64_json" } } }
"""

from __future__ import annotations

from itertools import combinations
from typing import TYPE_CHECKING, Any

from attrs import evolve

from limner import requests
from limner.capabilities import Boolean, Parameter, Wire, refuses
from limner.capabilities.reasons import did_you_mean, listed, shown
from limner.config.constraints import KINDS, changed, keys_of, made
from limner.config.places import Table, table
from limner.config.readers import flag, lifecycle, list_of, one_of, positive, scalar, spellings, text, words

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from limner.capabilities import ModelCapabilities, OperationCapabilities, Source
    from limner.config.places import Place, Reader

FIELDS = ("aliases", "lifecycle", "operations")
"""The keys of a model beside its operations and what it starts from."""

STREAM = ("stream", "partial_images")
"""The parameters that an operation without a stream does not have."""


def model(declared: ModelCapabilities, told: Table, source: Source, start: Mapping[str, Reader]) -> ModelCapabilities:
    """A model with what its table says of it.

    Args:
        declared: What it starts from.
        told: Its table.
        source: Where that stands, for what it changes.
        start: The keys that say what it starts from, which are read already.

    Raises:
        ConfigError: the table is wrong, or does not fit the declaration.
    """
    offered = dict(declared.operations)
    given = told.read(
        {
            **start,
            "aliases": words,
            "lifecycle": lifecycle,
            "operations": list_of(one_of(*offered)),
            **dict.fromkeys(offered, table),
        }
    )
    kept = given.get("operations", tuple(offered))
    operations = {name: operation(offered[name], name, given[name], source) if name in given else offered[name]
                  for name in offered if name in kept}  # fmt: skip
    plain = {name: given[name] for name in ("aliases", "lifecycle") if name in given}
    return evolve(declared, operations=operations, **plain)


def operation(declared: OperationCapabilities, name: str, told: Table, source: Source) -> OperationCapabilities:
    """An operation with what its table says of it.

    Raises:
        ConfigError: the table is wrong, or does not fit the declaration.
    """
    fields: dict[str, Reader] = {
        "images_per_call": positive,
        "without": list_of(one_of(*declared.parameters)),
        "delivers": list_of(one_of("bytes", "url")),
        "streams": flag,
        "lifecycle": lifecycle,
    }
    named = dict.fromkeys({*declared.parameters, *_askable(name)} - {"n", "stream"}, _parameter_table)
    given = told.read({**fields, "n": _not_here, **named})
    changes = {key: given[key] for key in ("images_per_call", "delivers", "streams", "lifecycle") if key in given}
    left = declared.but(without=_gone(declared, given), **changes)
    parameters = {
        key: parameter(left.parameters.get(key), told=value, source=source)
        for key, value in given.items()
        if key not in {*fields, "n"}
    }
    if left.streams and "stream" not in left.parameters:
        parameters["stream"] = Parameter(Boolean(), source=source)
    result = left.but(parameters=parameters)
    _check_wire(result, parameters, told.place)
    return result


def parameter(declared: Parameter | None, *, told: Table, source: Source) -> Parameter:
    """A parameter with what its table says of it, or a new one.

    Raises:
        ConfigError: the table is wrong, or does not fit the declaration.
    """
    kind = KINDS[one_of(*KINDS)(told.values["kind"], told.at("kind"))] if "kind" in told.values else None
    if kind is None and declared is None:
        raise told.place.error(
            f"is not taken here so far: to add it, say of which kind it is ({listed(map(_quoted, KINDS))})"
        )
    own: dict[str, Reader] = {
        "kind": text, "wire": _wire_table, "default": scalar, "required": flag, "open": flag, "note": text,
        "lifecycle": lifecycle,
    }  # fmt: skip
    constraint = declared.constraint if declared is not None else Boolean()
    given = told.read({**own, **keys_of(constraint, kind)})
    constraint = changed(constraint, given, told) if kind is None else made(kind, given, told)
    plain: dict[str, Any] = {
        name: given[name] for name in ("default", "required", "open", "note", "lifecycle") if name in given
    }
    if "wire" in given:
        plain["wire"] = evolve(declared.wire if declared is not None else Wire(), **given["wire"])
    if "default" in given and refuses(finding := constraint.check(given["default"])) and finding is not None:
        raise told.at("default").error(finding.problem)
    return evolve(declared or Parameter(constraint), constraint=constraint, source=source, **plain)


def _quoted(word: str) -> str:
    return f'"{word}"'


def _askable(operation: str) -> set[str]:
    """The parameters that a request for an operation has: others could never be set."""
    kinds = [kind for kind in vars(requests).values() if isinstance(kind, type) and issubclass(kind, requests.Request)]
    own = [kind for kind in kinds if getattr(kind, "operation", None) == operation]
    return {"delivery", *(item.name for kind in own for item in kind.parameters())}


def _parameter_table(value: object, place: Place) -> Table:
    """A table, or a list that is all the values."""
    return Table(place, {"values": value}, implied=True) if isinstance(value, (list, tuple)) else Table.of(value, place)


def _not_here(_: object, place: Place) -> None:
    raise place.error("is said with images_per_call: more than one call makes become several calls")


def _wire_table(value: object, place: Place) -> dict[str, Any]:
    if isinstance(value, str):
        return {"name": _wire_name(value, place)}
    return Table.of(value, place).read({"name": _wire_name, "values": spellings})


def _wire_name(value: object, place: Place) -> str:
    name = text(value, place)
    if not all(name.split(".")) or name.partition(".")[0] == "model":
        raise place.wrong("the name of a field, other than model, with dots that lead into objects", value)
    return name


def _gone(declared: OperationCapabilities, given: Mapping[str, Any]) -> tuple[str, ...]:
    streaming = () if given.get("streams", True) else (name for name in STREAM if name in declared.parameters)
    return (*given.get("without", ()), *streaming)


def _check_wire(result: OperationCapabilities, told: Collection[str], place: Place) -> None:
    """No parameter that was told of is written to another's place, nor into what another is."""
    fields = {name: (item.wire.name or name).split(".") for name, item in result.parameters.items()}
    for one, other in combinations(fields, 2):
        same = all(mine == theirs for mine, theirs in zip(fields[one], fields[other], strict=False))
        if same and (one in told or other in told):
            raise place.error(f"sends {one} and {other} as one field, {'.'.join(min(fields[one], fields[other]))!r}")


def find_start(told: Table, known: Mapping[str, ModelCapabilities]) -> ModelCapabilities | None:
    """The model that a table's ``like`` names.

    Raises:
        ConfigError: there is none of this name so far.
    """
    if "like" not in told.values:
        return None
    name, place = text(told.values["like"], told.at("like")), told.at("like")
    if name not in known:
        names = listed(map(_quoted, known)) or "none so far"
        raise place.error(f"must be a model that is declared before ({names}), not {shown(name)}",
                          did_you_mean(name, known))  # fmt: skip
    return known[name]
