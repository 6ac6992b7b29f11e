"""What a model must be able to do beside serving a request: ``require=`` in words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from limner.capabilities import Reason, refuses
from limner.capabilities.reasons import listed
from limner.errors import BadInputError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from limner.capabilities import Found, OperationCapabilities, ProviderCapabilities


def unmet(needs: Sequence[str], found: Found, declared: ProviderCapabilities) -> tuple[Reason, ...]:
    """What a model does not have of what is required.

    Raises:
        BadInputError: nobody knows a requirement.
    """
    return tuple(
        Reason(
            "no", "required", need, "nothing", need, f"{found.id} does not have what is required: {need}.", None,
            found.source,
        )
        for need in needs if not _has(need, found, declared)
    )  # fmt: skip


def _has(need: str, found: Found, declared: ProviderCapabilities) -> bool:
    """Whether a model has what is required of it."""
    takes = found.operation
    if need in _WORDS:
        return _WORDS[need](takes)
    if need in takes.parameters:
        return True
    if need in OPERATIONS:
        return need == found.name or (found.model is not None and need in found.model.operations)
    known = {name for model in declared.models for one in model.operations.values() for name in one.parameters}
    # What only another provider takes is known all the same, and so are anybody's own options.
    return False if need in known | _parameters() or need.startswith("options.") else _unknown(need)


def _unknown(need: str) -> bool:
    raise BadInputError(
        f"require takes names of parameters and {listed((*OPERATIONS, *_WORDS))}; it was given {need!r}.",
        param="require",
    )


def _parameters() -> frozenset[str]:
    from limner import requests  # noqa: PLC0415 - for an error alone

    known = (getattr(requests, name) for name in ("GenerateRequest", "EditRequest", "VaryRequest"))
    return frozenset(item.name for cls in known for item in cls.parameters())


def _takes(parameter: str, value: object) -> Callable[[OperationCapabilities], bool]:
    def has(takes: OperationCapabilities) -> bool:
        found = takes.parameters.get(parameter)
        return found is not None and not refuses(found.constraint.check(value))

    return has


OPERATIONS = ("generate", "edit", "vary")
"""What may be asked of a model."""

_WORDS: Mapping[str, Callable[[OperationCapabilities], bool]] = {
    "stream": lambda takes: takes.streams,
    "transparent": _takes("background", "transparent"),
    "url": lambda takes: "url" in takes.delivers,
    "bytes": lambda takes: "bytes" in takes.delivers,
}
"""Words for what a model must have, beside the names of parameters and operations."""
