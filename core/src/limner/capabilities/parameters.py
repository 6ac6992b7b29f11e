"""One parameter of an operation: what it takes, where it stands in the body, and what the server does without it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Self

from attrs import evolve, field, frozen

from limner.capabilities.constraints import Constraint  # noqa: TC001 - converters such as cattrs read the types of fields
from limner.capabilities.frozen import FrozenMapping, as_words, freeze
from limner.capabilities.pictures import called, pictures
from limner.capabilities.reasons import AVAILABLE, Lifecycle, Reason, Source, listed
from limner.capabilities.rules import kind_of

if TYPE_CHECKING:
    from collections.abc import Iterable

KINDS = ("bytes", "url", "id")
"""The ways in which an image can be given."""


def _spellings(value: Mapping[Any, Any]) -> FrozenMapping[Any, Any]:
    return freeze(value)


@frozen
class Wire:
    """Where a value stands in the body, and how its values are spelled there.

    ``Wire("response_format", {"bytes": "b64_json", "url": "url"})``

    Args:
        name: The field; dots lead into objects; ``None``: the parameter's own name.
        values: Our word to theirs; what is not in it goes as it is.
    """

    name: str | None = None
    values: Mapping[Any, Any] = field(factory=FrozenMapping, converter=_spellings)

    def value(self, value: Any) -> Any:  # noqa: ANN401 - JSON
        """The value as it is spelled on the wire."""
        return self.values.get(value, value) if isinstance(value, (str, int, float)) else value

    def put(self, body: dict[str, Any], name: str, value: Any) -> None:  # noqa: ANN401 - JSON
        """Write ``value``, of the parameter ``name``, to its place in ``body``."""
        *path, last = (self.name or name).split(".")
        for step in path:
            body = body.setdefault(step, {})
        body[last] = self.value(value)


def _wire(value: Wire | str | None) -> Wire:
    return value if isinstance(value, Wire) else Wire(value)


@frozen
class Parameter:
    """One parameter of one operation.

    Args:
        constraint: What it may be.
        wire: Where it stands in the body: a field's name, a :class:`Wire`, or ``None`` for its own name.
        default: What the server is documented to do where it is not set. Read by rules, never sent.
        required: Whether it must be set.
        open: Whether the documented values may be incomplete: another value is then a warning.
        lifecycle: Where in its life it stands.
        source: Where that is written; without it, the operation's.
        note: A sentence for documentation.
    """

    constraint: Constraint
    wire: Wire = field(default=None, converter=_wire)
    default: Any = None
    required: bool = False
    open: bool = False
    lifecycle: Lifecycle = AVAILABLE
    source: Source | None = None
    note: str = ""

    def but(self, **changes: Any) -> Self:  # noqa: ANN401 - any field
        """This parameter with some things changed."""
        return evolve(self, **changes)


def declared(parameters: Mapping[str, Parameter | Constraint]) -> FrozenMapping[str, Parameter]:
    """Parameters by name, frozen; a bare constraint is a parameter with nothing else to say."""
    return FrozenMapping(
        {name: item if isinstance(item, Parameter) else Parameter(item) for name, item in parameters.items()}
    )


@frozen
class ServerDefault:
    """The server picks this model by itself when none is sent.

    Args:
        note: What to know about it.
        source: Where that is written.
    """

    note: str = ""
    source: Source | None = None


def _inputs(
    value: str | Iterable[str] | Mapping[str, str | Iterable[str]],
) -> tuple[str, ...] | FrozenMapping[str, tuple[str, ...]]:
    if isinstance(value, Mapping):
        return FrozenMapping({name: as_words(kinds) for name, kinds in value.items()})
    return as_words(value)


def _constraints(value: Mapping[str, Constraint]) -> FrozenMapping[str, Constraint]:
    return freeze(value)


@frozen
class Encoding:
    """One way to write a request's body, and what that way carries.

    Args:
        name: The dialect's word for it: ``json``, ``multipart``, ``json-url``, ``json-data-url`` ...
        inputs: How images may be given: kinds for all of them, or kinds by parameter.
        without: Parameters that it does not carry.
        limits: What it asks of parameters beyond their own constraints.
        source: Where that is written.
    """

    name: str
    inputs: tuple[str, ...] | Mapping[str, tuple[str, ...]] = field(default=KINDS, converter=_inputs)
    without: tuple[str, ...] = field(default=(), converter=as_words)
    limits: Mapping[str, Constraint] = field(factory=FrozenMapping, converter=_constraints)
    source: Source | None = None

    def kinds(self, name: str) -> tuple[str, ...]:
        """How the images of this parameter may be given."""
        return self.inputs.get(name, ()) if isinstance(self.inputs, Mapping) else self.inputs

    def misfits(self, given: Mapping[str, object]) -> tuple[Reason, ...]:
        """Why this way does not carry what was set; empty where it does. Warnings stand here too."""
        reasons = [self._left_out(name) for name in self.without if given.get(name, False) is not False]
        for name, value in given.items():
            kinds = self.kinds(name)
            wrong = next((at for at, one in enumerate(pictures(value)) if kind_of(one) not in kinds), None)
            if wrong is not None:
                reasons.append(self._wrong_kind(name, value, wrong))
            elif name in self.limits:
                reasons += [found.reason(name, self.source) for found in self.limits[name].findings(value)]
        return tuple(reasons)

    def _left_out(self, name: str) -> Reason:
        message = f"{name} cannot be sent as {self.name}."
        return Reason("no", "encoding", name, name, f"not as {self.name}", message, source=self.source)

    def _wrong_kind(self, name: str, value: object, place: int) -> Reason:
        picture = pictures(value)[place]
        subject = f"{name}[{place}]" if isinstance(value, (tuple, list)) else name
        kind, allowed = kind_of(picture), listed(self.kinds(name)) or "nothing"
        message = f"{subject}{called(picture)} given as {kind} cannot be sent as {self.name}, which carries {allowed}."
        fetches = "limner fetches no images that go in: download it, and give its bytes."
        hint = fetches if kind == "url" and "bytes" in self.kinds(name) else None
        return Reason("no", "encoding", subject, kind, allowed, message, hint, source=self.source)
