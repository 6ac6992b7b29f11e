"""What a plan knew beforehand, told with the error that it may explain."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from limner.errors import LimnerError
    from limner.planning import Plan

_EXPLAINED = frozenset({"not_found", "model_unavailable", "bad_request"})
"""Kinds of errors that may come of a model's name."""


def remind(error: LimnerError, planned: Plan) -> None:
    """Note on an error that the model is none that its provider lists, and which one may have been meant."""
    if error.kind in _EXPLAINED:
        for told in (warning.message for warning in planned.warnings if warning.code == "unknown_model"):
            error.add_note(told)
