"""Constraints made of constraints: all of several at once, and the fields of an object."""

from __future__ import annotations

from collections.abc import Mapping
from functools import reduce
from itertools import chain
from typing import Any

from attrs import field, frozen

from limner.capabilities.constraints import Constraint, Samples
from limner.capabilities.frozen import FrozenMapping, as_words, freeze
from limner.capabilities.pictures import Count, PictureConstraint, SamplePicture
from limner.capabilities.reasons import Finding, did_you_mean, listed, shown, word, worst

_NAME = 64


def _flat(parts: tuple[Constraint, ...]) -> tuple[Constraint, ...]:
    return tuple(chain.from_iterable(part.parts if isinstance(part, AllOf) else (part,) for part in parts))


@frozen(init=False)
class AllOf(Constraint):
    """Everything at once: ``AllOf(Count(1, 16), MediaTypes(("png", "webp")))``."""

    parts: tuple[Constraint, ...]

    def __init__(self, *parts: Constraint) -> None:
        object.__setattr__(self, "parts", _flat(parts))

    @property
    def on_images(self) -> bool:  # type: ignore[override]
        """Whether any part speaks of images."""
        return any(part.on_images for part in self.parts)

    def check(self, value: object) -> Finding | None:
        """The worst that any part finds."""
        first = None
        for part in self.parts:
            finding = part.check(value)
            if finding is not None:
                if finding.verdict == "no":
                    return finding
                first = first or finding
        return first

    def findings(self, value: object) -> tuple[Finding, ...]:
        """All that the parts find."""
        return tuple(chain.from_iterable(part.findings(value) for part in self.parts))

    def describe(self) -> str:
        """The parts, joined by *and*; of images, what each is: ``1 to 16 images, each of type png and under 50 MB``."""
        traits = [part.trait() for part in self.parts if isinstance(part, PictureConstraint)]
        counts = [part for part in self.parts if isinstance(part, Count)]
        if not traits or not (traits[1:] or counts):
            return " and ".join(part.describe() for part in self.parts)
        rest = (part.describe() for part in self.parts if not isinstance(part, PictureConstraint))
        each = ", each" if any(part.max != 1 for part in counts) else ""
        told = " and ".join(filter(None, (", ".join(traits[:-1]), traits[-1])))
        return f"{' and '.join(rest) or 'an image'}{each} {told}"

    def samples(self) -> Samples:
        """What every part takes; what any part refuses."""
        candidates = [sample for part in self.parts for sample in part.samples().valid]
        images = [part for part in self.parts if isinstance(part, PictureConstraint)]
        counts = [part for part in self.parts if isinstance(part, Count)]
        if images:
            candidates += (best := _fitted(images))
            candidates += [sample for count in counts for image in best for sample in count.fitting(image)]
        valid = _distinct(sample for sample in candidates if self.check(sample) is None)
        return Samples(valid, _distinct(sample for part in self.parts for sample in part.samples().invalid))

    def json_schema(self) -> dict[str, Any]:
        """``allOf``; with a number of images, an array whose items are all the rest."""
        schemas = [part.json_schema() for part in self.parts if not isinstance(part, Count)]
        merged = schemas[0] if len(schemas) == 1 else {"allOf": schemas}
        counts = [part.json_schema() for part in self.parts if isinstance(part, Count)]
        return {**counts[0], "items": merged} if counts and schemas else counts[0] if counts else merged

    def _closest(self, value: object) -> Any:  # noqa: ANN401 - as the parts have it
        return reduce(lambda near, part: part.nearest(near), self.parts, value)


def _fitted(parts: list[PictureConstraint]) -> list[SamplePicture]:
    pictures = [SamplePicture()]
    for part in parts:
        pictures = [changed for picture in pictures for changed in part.fitting(picture)]
    return pictures


def _distinct(items: Any) -> tuple[Any, ...]:  # noqa: ANN401 - samples of any type, some unhashable
    return tuple({(type(item), repr(item)): item for item in items}.values())


def _constraints(value: Mapping[str, Constraint]) -> FrozenMapping[str, Constraint]:
    return freeze(value)


@frozen
class Record(Constraint):
    """An object: a mapping or an attrs value, in which ``None`` is *not set*.

    Args:
        fields: What each field takes.
        required: The fields that must be there.
    """

    fields: Mapping[str, Constraint] = field(converter=_constraints)
    required: tuple[str, ...] = field(default=(), converter=as_words)

    def __attrs_post_init__(self) -> None:
        if strangers := [name for name in self.required if name not in self.fields]:
            msg = f"Record requires {listed(strangers, 'and')}, which it does not declare"
            raise ValueError(msg)

    def check(self, value: object) -> Finding | None:
        """``wrong_type``, ``missing``, ``unknown_parameter``, or what a field finds."""
        return worst(self.findings(value))

    def findings(self, value: object) -> tuple[Finding, ...]:
        """All that is wrong, field by field."""
        given = _fields_of(value)
        if given is None:
            return (self._finding("wrong_type", value),)
        missing = (_missing(name, self.fields[name]) for name in self.required if name not in given)
        inside = chain.from_iterable(self._inside(name, item) for name, item in given.items())
        return (*missing, *inside)

    def describe(self) -> str:
        """``an object with model (required): a text; effort: one of low or high``."""
        return "an object with " + "; ".join(
            f"{name}{' (required)' * (name in self.required)}: {part.describe()}" for name, part in self.fields.items()
        )

    def samples(self) -> Samples:
        """Only what is required, and everything; each field wrong once, and what is no object."""
        valid = {name: part.samples().valid[0] for name, part in self.fields.items()}
        least = {name: item for name, item in valid.items() if name in self.required}
        wrong = [
            {**valid, name: item} for name, part in self.fields.items() for item in part.samples().invalid if item != ()
        ]
        lacking = [{other: valid[other] for other in valid if other != name} for name in self.required]
        return Samples((least, valid), (*wrong, *lacking, {**valid, "unheard_of": 1}, "text", 5, True, b""))

    def json_schema(self) -> dict[str, Any]:
        """``object`` with its properties."""
        return {
            "type": "object",
            "properties": {name: part.json_schema() for name, part in self.fields.items()},
            "required": list(self.required),
            "additionalProperties": False,
        }

    def _inside(self, name: object, item: object) -> tuple[Finding, ...]:
        part = self.fields.get(name) if isinstance(name, str) else None
        if part is not None:
            return tuple(finding.within(f".{name}") for finding in part.findings(item))
        allowed = listed(self.fields)
        problem = f"is not a field of this object, which takes {allowed}"
        hint = did_you_mean(name, self.fields)
        return (
            Finding(
                "no",
                "unknown_parameter",
                problem,
                shown(name),
                allowed,
                hint,
                f".{word(name if isinstance(name, str) and len(name) <= _NAME else shown(name))}",
            ),
        )

    def _closest(self, value: object) -> Any:  # noqa: ANN401 - a dict
        given = _fields_of(value)
        if given is None:
            return None
        near = {name: self.fields[name].nearest(item) for name, item in given.items() if name in self.fields}
        return {name: item for name, item in near.items() if item is not None}


def _missing(name: str, part: Constraint) -> Finding:
    return Finding("no", "missing", f"is required: {part.describe()}", "nothing", part.describe(), at=f".{name}")


def _fields_of(value: object) -> Mapping[Any, Any] | None:
    if isinstance(value, Mapping):
        return FrozenMapping({name: item for name, item in value.items() if item is not None})
    names = [item.name for item in getattr(type(value), "__attrs_attrs__", ())]
    return (
        FrozenMapping({name: part for name in names if (part := getattr(value, name)) is not None}) if names else None
    )
