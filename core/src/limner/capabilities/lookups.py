"""What checking needs of a declaration, worked out once: choosing among many models checks by the thousand."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

from attrs import evolve, frozen

from limner.capabilities.constraints import Boolean, Constraint, OneOf, Range
from limner.capabilities.reasons import listed

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from limner.capabilities.operations import OperationCapabilities
    from limner.capabilities.reasons import Finding
    from limner.capabilities.rules import Rule

_AT_LEAST_ONE = Range(low=1)


@frozen(eq=False)
class Lookups:
    """One operation's declaration, turned round for speed.

    Args:
        constraints: What each name takes, the three that are understood without being declared among them.
        checks: Their ``check`` methods.
        defaults: The documented defaults that are known.
        names: The declared names, as text.
        required: The parameters that must be set.
        lenient: The names whose refusals are warnings.
        aging: The parameters of which their lifecycle has something to say.
        rules: Each rule under the names of which one must be set before it can speak; ``None``: it always can.
        encoded: The parameters on which the choice of an encoding may depend.
    """

    constraints: Mapping[str, Constraint]
    checks: Mapping[str, Callable[[object], Finding | None]]
    defaults: Mapping[str, object]
    names: str
    required: tuple[str, ...]
    lenient: frozenset[str]
    aging: frozenset[str]
    rules: tuple[tuple[frozenset[str] | None, Rule], ...]
    encoded: frozenset[str]

    @classmethod
    def of(cls, operation: OperationCapabilities) -> Self:
        """Those of ``operation``."""
        parameters = operation.parameters
        constraints = {
            "delivery": OneOf(tuple(dict.fromkeys(("bytes", *operation.delivers)))),
            "stream": Boolean() if operation.streams else OneOf((False,)),
            **{name: item.constraint for name, item in parameters.items()},
            # More images than one call makes become more calls, so n has no upper limit here.
            "n": _AT_LEAST_ONE,
        }
        sourced = [rule if rule.source else evolve(rule, source=operation.source) for rule in operation.rules]
        encodings = [{*encoding.without, *encoding.limits} for encoding in operation.encodings]
        return cls(
            constraints=constraints,
            checks={name: constraint.check for name, constraint in constraints.items()},
            defaults={name: item.default for name, item in parameters.items() if item.default is not None},
            names=listed(parameters, "and"),
            required=tuple(name for name, item in parameters.items() if item.required),
            lenient=frozenset(name for name, item in parameters.items() if item.open or operation.open) - {"n"},
            aging=frozenset(name for name, item in parameters.items() if item.lifecycle.status != "available"),
            rules=tuple((rule.triggers, rule) for rule in sourced if rule.triggers != frozenset()),
            encoded=frozenset(name for name, item in parameters.items() if item.constraint.on_images).union(*encodings),
        )
