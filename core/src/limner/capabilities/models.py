"""What a provider offers: its models, what each of them does, and what holds for those that no page lists."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping  # noqa: TC003 - converters such as cattrs read the types of fields
from typing import TYPE_CHECKING, Any, Literal, Self

from attrs import evolve, field, frozen

from limner.capabilities.frozen import FrozenMapping, as_words, freeze
from limner.capabilities.operations import OperationCapabilities  # noqa: TC001 - converters such as cattrs read the types of fields
from limner.capabilities.reasons import AVAILABLE, Finding, Lifecycle, Reason, Source, did_you_mean, listed

if TYPE_CHECKING:
    from collections.abc import Iterable


def _operations(value: Mapping[str, OperationCapabilities]) -> FrozenMapping[str, OperationCapabilities]:
    return freeze(value)


def _some_operations(
    value: Mapping[str, OperationCapabilities] | None,
) -> FrozenMapping[str, OperationCapabilities] | None:
    return None if value is None else freeze(value)


@frozen
class ModelCapabilities:
    """One model, and what it does.

    Args:
        id: Its name, as sent.
        aliases: Other names of the same model, sent as the caller wrote them: snapshots, say.
        lifecycle: Where in its life it stands.
        operations: What it does: ``generate``, ``edit``, ``vary``.
        source: Where that is written; without it, the provider's.
    """

    id: str
    aliases: tuple[str, ...] = field(default=(), converter=as_words)
    lifecycle: Lifecycle = AVAILABLE
    operations: Mapping[str, OperationCapabilities] = field(factory=FrozenMapping, converter=_operations)
    source: Source | None = None

    def but(self, id: str, **changes: Any) -> Self:  # noqa: A002, ANN401 - the field's name; any other field
        """Another model, told by what differs; aliases are not inherited."""
        return evolve(self, **{"id": id, "aliases": (), **changes})


def family(*ids: str, **shared: Any) -> tuple[ModelCapabilities, ...]:  # noqa: ANN401 - any field of a model
    """Several models that differ in nothing but their names."""
    return tuple(ModelCapabilities(id, **shared) for id in ids)  # noqa: A001 - the field's name


@frozen
class Found:
    """One operation of one model, as it was asked for.

    Args:
        model: The model; ``None`` where no page lists it.
        operation: What it takes.
        known: Whether the provider lists the model.
        id: The model's name, as it was asked for.
        name: The operation's name.
        source: Where the provider's facts stand.
        preconditions: What must be arranged first, for the provider and for the operation.
        others: The names that the provider lists, where this is none of them.
    """

    model: ModelCapabilities | None
    operation: OperationCapabilities
    known: bool
    id: str = ""
    name: str = ""
    source: Source | None = None
    preconditions: tuple[str, ...] = ()
    others: Collection[str] = field(default=(), repr=False, eq=False)

    def check(self, values: Mapping[str, object], *, allow: Collection[str] = ()) -> tuple[Reason, ...]:
        """Everything that speaks against these values here, the model's and the operation's own state first."""
        reasons = self.operation.check(values, allow=allow)
        reasons = (*self.standing(allow), *reasons)
        return tuple(reason if reason.source else evolve(reason, source=self.source) for reason in reasons)

    def verdict(self, values: Mapping[str, object], *, allow: Collection[str] = ()) -> Literal["yes", "warn", "no"]:
        """The same in a word, without working out more than it takes: for choosing among many."""
        stages = (
            ("warn",) if self.model is None
            else (self.model.lifecycle.verdict(allow), self.operation.lifecycle.verdict(allow))
        )  # fmt: skip
        own = "no" if "no" in stages else self.operation.verdict(values, allow=allow)
        return "warn" if own == "yes" and any(stages) else own

    def standing(self, allow: Collection[str] = ()) -> tuple[Reason, ...]:
        """What is to be said whatever the values: announced, deprecated, retired, not listed."""
        if self.model is None:
            problem = "is not among the models this provider lists, so its values cannot be checked"
            finding = Finding("warn", "unknown_model", problem, repr(self.id), "", self._misspelt())
            return (finding.reason("model", subject=self.id),)
        if self.model.lifecycle.status == "available" == self.operation.lifecycle.status:
            return ()
        stages = (
            ("model", self.id, self.model.lifecycle, self.model.source),
            ("operation", f"{self.name} with {self.id}", self.operation.lifecycle, self.operation.source),
        )
        found = [(name, subject, stage.finding(allow), source) for name, subject, stage, source in stages]
        return tuple(
            finding.reason(name, source, subject=subject)
            for name, subject, finding, source in found
            if finding is not None
        )

    def _misspelt(self) -> str | None:
        """Which listed model may be meant; where one differs in a number only, a version that no page lists yet is."""
        versions = {_unnumbered(other) for other in self.others}
        return None if _unnumbered(self.id) in versions else did_you_mean(self.id, self.others)


def _unnumbered(name: str) -> str:
    return re.sub(r"\d+(\.\d+)*", "0", name)


def _models(value: Iterable[ModelCapabilities]) -> tuple[ModelCapabilities, ...]:
    return tuple(value)


@frozen
class ProviderCapabilities:
    """Everything a provider declares about itself.

    Args:
        models: Its models, in the order in which they should be shown.
        unknown: What each operation takes of a model that is not listed; ``None``, or an operation left out: nothing.
        source: Where the facts stand, and when they were read.
        preconditions: Sentences for errors: what must be arranged before anything works.
    """

    models: tuple[ModelCapabilities, ...] = field(converter=_models)
    unknown: Mapping[str, OperationCapabilities] | None = field(converter=_some_operations)
    source: Source
    preconditions: tuple[str, ...] = field(default=(), converter=as_words)
    _index: Mapping[str, ModelCapabilities] = field(init=False, repr=False, eq=False)
    _found: Mapping[tuple[str, str], Found] = field(init=False, repr=False, eq=False)
    _defaults: Mapping[str, Found] = field(init=False, repr=False, eq=False)

    def __attrs_post_init__(self) -> None:
        index: dict[str, ModelCapabilities] = {}
        found: dict[tuple[str, str], Found] = {}
        defaults: dict[str, Found] = {}
        for model in self.models:
            for name in (model.id, *model.aliases):
                if name in index:
                    msg = f"the model name {name!r} is declared twice: by {index[name].id!r} and by {model.id!r}"
                    raise ValueError(msg)
                index[name] = model
                found |= {(name, operation): self._bind(name, model, operation) for operation in model.operations}
            for operation in (name for name, item in model.operations.items() if item.default):
                if operation in defaults:
                    msg = f"{operation} has two default models: {defaults[operation].id!r} and {model.id!r}"
                    raise ValueError(msg)
                defaults[operation] = found[model.id, operation]
        object.__setattr__(self, "_index", FrozenMapping(index))
        object.__setattr__(self, "_found", FrozenMapping(found))
        object.__setattr__(self, "_defaults", FrozenMapping(defaults))

    def find(self, model: str, operation: str) -> Found | None:
        """What ``model``, by its id or an alias, takes for ``operation``; ``None``: :meth:`why_not` says why not."""
        found = self._found.get((model, operation))
        if found is not None or model in self._index:
            return found
        takes = (self.unknown or {}).get(operation)
        if takes is None:
            return None
        conditions = (*self.preconditions, *takes.preconditions)
        return Found(None, takes, False, model, operation, self.source, conditions, self._index)  # noqa: FBT003 - known

    def why_not(self, model: str, operation: str) -> Reason | None:
        """Why :meth:`find` has nothing for these; ``None`` where it has."""
        if self.find(model, operation) is not None:
            return None
        listed_model = self._index.get(model)
        if listed_model is not None:
            offered = listed(listed_model.operations, "and") or "nothing"
            problem = f"does not {operation}; it offers {offered}"
            finding = Finding("no", "unsupported_operation", problem, operation, offered)
            return finding.reason("operation", listed_model.source or self.source, subject=model)
        names = listed([item.id for item in self.models if operation in item.operations], "and") or "none"
        problem = f"is not a model that is known here to {operation}; these are: {names}"
        hint = did_you_mean(model, self._index)
        return Finding("no", "unknown_model", problem, repr(model), names, hint).reason(
            "model", self.source, subject=model
        )

    def default(self, operation: str) -> Found | None:
        """The model that serves ``operation`` where none is named; its ``operation.default`` says by whose choice."""
        return self._defaults.get(operation)

    def operations(self) -> tuple[str, ...]:
        """The operations that any model offers, listed ones first."""
        names = [name for model in self.models for name in model.operations]
        return tuple(dict.fromkeys([*names, *(self.unknown or {})]))

    def offers(self, operation: str) -> tuple[Found, ...]:
        """Every listed model that offers ``operation``, in the declared order."""
        return tuple(self._found[model.id, operation] for model in self.models if operation in model.operations)

    def json(self) -> dict[str, Any]:
        """All of it as plain data, for ``json.dumps``: constraints, rules, sources, dates."""
        from limner.capabilities.export import plain  # noqa: PLC0415 - wanted by one command only

        data: dict[str, Any] = plain(self)
        return data

    def _bind(self, name: str, model: ModelCapabilities, operation: str) -> Found:
        takes = model.operations[operation]
        conditions = (*self.preconditions, *takes.preconditions)
        return Found(model, takes, True, name, operation, model.source or self.source, conditions)  # noqa: FBT003 - known
