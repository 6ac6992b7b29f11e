"""What one operation of one model takes, and the check of a request against it."""

from __future__ import annotations

from collections.abc import Mapping  # noqa: TC003 - converters such as cattrs read the types of fields
from typing import TYPE_CHECKING, Any, Literal, Self

from attrs import evolve, field, frozen

from limner.capabilities.constraints import Constraint
from limner.capabilities.frozen import as_words
from limner.capabilities.lookups import Lookups
from limner.capabilities.parameters import Encoding, Parameter, ServerDefault, declared
from limner.capabilities.reasons import AVAILABLE, Finding, Lifecycle, Reason, Source, did_you_mean, listed, refuses
from limner.capabilities.rules import PerCall, Rule
from limner.capabilities.values import Values

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator

_WHATEVER = (Encoding("json"),)


def _rules(value: Iterable[Rule]) -> tuple[Rule, ...]:
    return tuple(value)


def _encodings(value: Iterable[Encoding]) -> tuple[Encoding, ...]:
    return tuple(value)


@frozen
class Row:
    """One line of a table of parameters: all of it text, ``""`` where there is nothing to say."""

    parameter: str
    allowed: str
    default: str
    required: bool
    status: str
    note: str


@frozen
class OperationCapabilities:
    """What one operation of one model takes and gives.

    Three names are understood without being declared, and are then not sent: ``n`` (split into calls), ``delivery``
    (met by downloading) and ``stream``.

    Args:
        parameters: What it takes, by name; a bare constraint will do. Options of the provider's own are ``options.x``.
        rules: How they depend on each other.
        images_per_call: The most images that one call makes. More than that is split, never refused.
        inputs: How images may be given (``bytes``, ``url``, ``id``); without it, all that the encodings carry.
        encodings: Ways to write the body; the first that fits is taken.
        delivers: How images come back: ``bytes``, ``url``.
        streams: Whether events can be asked for.
        lifecycle: Where in its life the operation stands, for this model.
        default: Whether this model is the provider's default for this operation; :class:`ServerDefault` where it is
            the server's own and need not be sent.
        preconditions: Sentences for errors: what must be arranged before this works.
        source: Where all that is written.
        open: Whether values may be incomplete: what the constraints and rules refuse is then a warning.
        open_parameters: Whether names may be: a name that is not declared is then a warning.
    """

    parameters: Mapping[str, Parameter] = field(converter=declared)
    rules: tuple[Rule, ...] = field(default=(), converter=_rules)
    images_per_call: int = 1
    inputs: tuple[str, ...] = field(default=(), converter=as_words)
    encodings: tuple[Encoding, ...] = field(default=_WHATEVER, converter=_encodings)
    delivers: tuple[str, ...] = field(default=("bytes",), converter=as_words)
    streams: bool = False
    lifecycle: Lifecycle = AVAILABLE
    default: bool | ServerDefault = False
    preconditions: tuple[str, ...] = field(default=(), converter=as_words)
    source: Source | None = None
    open: bool = False
    open_parameters: bool = False
    _lookups: Lookups = field(init=False, repr=False, eq=False)

    def __attrs_post_init__(self) -> None:
        self._validate()
        object.__setattr__(self, "_lookups", Lookups.of(self))

    def check(self, values: Mapping[str, object], *, allow: Collection[str] = ()) -> tuple[Reason, ...]:
        """Everything that speaks against these values, in a stable order: parameter by parameter, then rules.

        Args:
            values: What was set, by name; ``None`` is not set.
            allow: Statuses (``announced``, ``retired``) of parameters to let pass with a warning.
        """
        read, checks = self.read(values), self._lookups.checks
        faulty = [n for n, value in read.given.items() if n not in checks or checks[n](value) is not None]
        return (*self._faults(read.given, faulty), *self._relations(read, allow))

    def verdict(self, values: Mapping[str, object], *, allow: Collection[str] = ()) -> Literal["yes", "warn", "no"]:
        """The worst verdict of :meth:`check`, without working out more than it takes: for choosing among many."""
        read, checks, warned = self.read(values), self._lookups.checks, False
        for name, value in read.given.items():
            finding = checks[name](value) if name in checks else None
            strange = name not in checks and not self.open_parameters
            if strange or (refuses(finding) and name not in self._lookups.lenient):
                return "no"
            warned = warned or finding is not None or name not in checks
        for reason in self._relations(read, allow):
            if reason.verdict == "no":
                return "no"
            warned = True
        return "warn" if warned else "yes"

    def per_call(self, values: Mapping[str, object]) -> int:
        """How many images one call makes with these values."""
        read = self.read(values)
        lowered = (rule.images for rule in self.rules if isinstance(rule, PerCall) and rule.applies(read))
        return min((self.images_per_call, *lowered))

    def encoding_for(self, values: Mapping[str, object]) -> Encoding | tuple[Reason, ...]:
        """The first way to write these values, or why the one that comes closest does not carry them."""
        given = self.read(values).given
        fewest: tuple[Reason, ...] | None = None
        for encoding in self.encodings:
            reasons = tuple(reason for reason in encoding.misfits(given) if refuses(reason))
            if not reasons:
                return encoding
            if fewest is None or len(reasons) < len(fewest):
                fewest = reasons
        return fewest or ()

    def read(self, values: Mapping[str, object]) -> Values:
        """These values as rules read them, over the declared defaults."""
        for value in values.values():
            if value is None:  # by identity, as equality may be anybody's; and most have none, so most are not copied
                values = {name: value for name, value in values.items() if value is not None}
                break
        return Values(values, self._lookups.defaults)

    def wire(self, values: Mapping[str, object]) -> dict[str, Any]:
        """The body that these values make: each under its wire name, nothing that is not declared, and no images."""
        body: dict[str, Any] = {}
        for name, value in values.items():
            parameter = self.parameters.get(name)
            if value is not None and parameter is not None and not parameter.constraint.on_images:
                parameter.wire.put(body, name, value)
        return body

    def kinds(self) -> tuple[str, ...]:
        """How images may be given: as declared, or all that the encodings carry."""
        carried = (
            kind
            for encoding in self.encodings
            for name, parameter in self.parameters.items()
            if parameter.constraint.on_images
            for kind in encoding.kinds(name)
        )
        return self.inputs or tuple(dict.fromkeys(carried))

    def rows(self) -> tuple[Row, ...]:
        """The parameters as lines of a table."""
        return tuple(
            Row(
                parameter=name,
                allowed=item.constraint.describe() + " (or others)" * (item.open or self.open),
                default="" if item.default is None else _told(item.default),
                required=item.required,
                status="" if item.lifecycle.status == "available" else item.lifecycle.describe(),
                note=item.note,
            )
            for name, item in self.parameters.items()
        )

    def json_schema(self) -> dict[str, Any]:
        """What it takes as JSON Schema, draft 2020-12; the rules, which that cannot say, are in ``$comment``."""
        rules = ". ".join(rule.describe() for rule in self.rules)
        return {
            "$schema": "https://json-schema.org/draft/2020-12/schema",
            "type": "object",
            "properties": {name: self._property(name) for name in self.parameters},
            "required": list(self._lookups.required),
            "additionalProperties": self.open_parameters,
            **({"$comment": f"{rules}."} if rules else {}),
        }

    def but(
        self,
        *,
        parameters: Mapping[str, Parameter | Constraint] | None = None,
        without: Collection[str] = (),
        rules: Collection[Rule] = (),
        defaults: Mapping[str, object] | None = None,
        **changes: Any,  # noqa: ANN401 - any other field
    ) -> Self:
        """Another operation, told by what differs.

        Args:
            parameters: To add or to replace; a bare constraint replaces the constraint alone and keeps the rest.
            without: Parameters to leave out, and what rules say of them.
            rules: To add.
            defaults: What the server does without these parameters; those that are not named keep theirs.
            changes: Any other field.
        """
        gone = set(as_words(without))
        self._refuse_strangers("without", gone, self.parameters)
        merged: dict[str, Parameter] = {n: p for n, p in self.parameters.items() if n not in gone}
        for name, item in declared(parameters or {}).items():
            bare = isinstance((parameters or {})[name], Constraint) and name in merged
            merged[name] = merged[name].but(constraint=item.constraint) if bare else item
        self._refuse_strangers("defaults", defaults or {}, merged)
        merged |= {name: merged[name].but(default=value) for name, value in (defaults or {}).items()}
        kept = [left for rule in self.rules if (left := rule.without(gone)) is not None]
        return evolve(self, parameters=merged, rules=(*kept, *rules), **changes)

    @staticmethod
    def _refuse_strangers(what: str, names: Collection[str], known: Collection[str]) -> None:
        if strangers := set(names) - set(known):
            msg = f"{what} names {listed(sorted(strangers), 'and')}, which this operation does not take"
            raise ValueError(msg)

    def opened(self) -> Self:
        """The same for a model that no page describes: the names stay closed, the values are open."""
        return evolve(self, open=True, default=False, lifecycle=AVAILABLE)

    def _validate(self) -> None:
        if self.images_per_call < 1 or not self.encodings:
            msg = "an operation makes at least 1 image per call, and has at least one encoding"
            raise ValueError(msg)
        known = {*self.parameters, "n", "delivery", "stream"}
        strangers = {name for rule in self.rules for name in rule.parameters} - known
        if strangers:
            msg = f"a rule speaks of {listed(sorted(strangers), 'and')}, which this operation does not take"
            raise ValueError(msg)

    def _property(self, name: str) -> dict[str, Any]:
        parameter = self.parameters[name]
        constraint = self._lookups.constraints[name]
        schema = constraint.json_schema()
        if name in self._lookups.lenient:
            schema = {"description": f"{constraint.describe()}, or others"}
        told = {"default": parameter.default} if parameter.default is not None else {}
        old = {"deprecated": True} if parameter.lifecycle.status in ("deprecated", "retired") else {}
        note = {"description": parameter.note} if parameter.note else {}
        return {**schema, **note, **told, **old}

    def _relations(self, read: Values, allow: Collection[str]) -> Iterator[Reason]:
        """What is wrong beyond single values."""
        given = read.given
        for name in self._lookups.required:
            if name not in given:
                yield self._missing(name)
        if not self._lookups.aging.isdisjoint(given):
            yield from self._old(given, allow)
        for triggers, rule in self._lookups.rules:
            if (triggers is None or not triggers.isdisjoint(given)) and (reason := rule.check(read)) is not None:
                yield evolve(reason, verdict="warn") if self.open else reason
        if not self._lookups.encoded.isdisjoint(given):
            yield from self._uncarried(given)

    def _faults(self, given: Mapping[str, object], faulty: list[str]) -> Iterator[Reason]:
        if faulty[1:]:
            order = {name: place for place, name in enumerate(self._lookups.constraints)}
            faulty = sorted(faulty, key=lambda name: order.get(name, len(order)))
        for name in faulty:
            if name not in self._lookups.constraints:
                yield self._unknown(name)
                continue
            parameter = self.parameters.get(name)
            if name == "stream" and parameter is None and not self.streams:
                yield self._unstreamed()
                continue
            source = (parameter and parameter.source) or self.source
            for finding in self._lookups.constraints[name].findings(given[name]):
                yield finding.reason(name, source, lenient=name in self._lookups.lenient)

    def _unknown(self, name: str) -> Reason:
        allowed = self._lookups.names
        finding = Finding(
            "warn" if self.open_parameters else "no",
            "unknown_parameter",
            f"is not a parameter that is taken here; these are: {allowed}",
            name,
            allowed,
            did_you_mean(name, self._lookups.constraints),
        )
        return finding.reason(name, self.source)

    def _unstreamed(self) -> Reason:
        """Of a stream nobody speaks as a parameter: a method asks for it."""
        finding = Finding("no", "unsupported_value", "does not stream", "a stream", "no stream")
        return finding.reason("stream", self.source, subject="this model")

    def _missing(self, name: str) -> Reason:
        parameter = self.parameters[name]
        allowed = parameter.constraint.describe()
        finding = Finding("no", "missing", f"is required: {allowed}", "nothing", allowed)
        return finding.reason(name, parameter.source or self.source)

    def _old(self, given: Mapping[str, object], allow: Collection[str]) -> list[Reason]:
        aged = [
            (name, self.parameters[name]) for name in self.parameters if name in self._lookups.aging and name in given
        ]
        found = [(name, item.lifecycle.finding(allow), item.source or self.source) for name, item in aged]
        return [finding.reason(name, source) for name, finding, source in found if finding is not None]

    def _uncarried(self, given: Mapping[str, object]) -> list[Reason]:
        chosen = self.encoding_for(given)
        if isinstance(chosen, tuple):
            return list(chosen)
        kinds = Encoding(chosen.name, self.inputs).misfits(given) if self.inputs else ()
        return [*kinds, *chosen.misfits(given)]


def _told(default: object) -> str:
    return str(default).lower() if isinstance(default, bool) else str(default)
