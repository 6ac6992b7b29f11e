"""When one model is not available: whether the next is asked. Pure."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from attrs import define, evolve, field

from limner.errors import ConfigError
from limner.planning import Plan
from limner.results import ResultWarning, Tried

if TYPE_CHECKING:
    from collections.abc import Iterator

    from limner.errors import LimnerError
    from limner.requests import Request
    from limner.results import ImageResult
    from limner.transport.deadline import Deadline

AVAILABLE_ELSEWHERE = frozenset({"model_unavailable", "rate_limit", "quota", "unsupported"})
"""Kinds of errors that say: not here, not now. What is refused for what it is would be refused by another too."""

NEVER = frozenset(
    {"content_policy", "bad_request", "bad_image", "bad_input", "auth", "permission", "plugin", "cancelled"}
)
"""Kinds after which nobody else is asked, whatever was paid."""

_NO_TIME = 1e-9
"""Seconds that are left where none are: a request takes no deadline of 0."""


def goes_on(error: LimnerError, *, pay_twice: bool = False) -> bool:
    """Whether the next model is asked after this error.

    Args:
        error: Why the one before it brought nothing.
        pay_twice: Whether the caller accepts that something may already have been paid for.
    """
    if error.maybe_billed or error.images:
        return pay_twice and error.kind not in NEVER
    if isinstance(error, ConfigError):
        return error.param == "keys"
    rejected = error.phase in {"not_sent", "rejected"} and error.kind not in NEVER
    return rejected or error.kind in AVAILABLE_ELSEWHERE


@define(eq=False)
class Chain:
    """The models of one request, tried in their order, within one total deadline."""

    request: Request | Plan
    total: Deadline
    _tried: list[Tried] = field(factory=list, init=False)
    _models: list[str] = field(factory=list, init=False)
    """Those that are left, the one under way the first."""

    def __iter__(self) -> Iterator[Request | Plan]:
        """The same request for one model after the other; as it is, where there are not several."""
        request = self.request
        if isinstance(request, Plan) or len(request.models) < 2:  # noqa: PLR2004 - several
            yield request
        else:
            self._models = list(request.models)
            while True:  # after the last of them, failed() raises
                left = self.total.left()
                total = None if math.isinf(left) else max(left, _NO_TIME)
                yield evolve(request, model=self._models[0], fallback=(), total_timeout=total)

    def failed(self, error: LimnerError) -> None:
        """What is under way brought nothing; this returns where the next is to be asked.

        Raises:
            LimnerError: the error itself, with all that was tried on it.
        """
        if not self._models or isinstance(self.request, Plan):
            raise error
        model = self._models.pop(0)
        name = model if self.request.provider is None else f"{self.request.provider}/{model}"
        self._tried.append(Tried(model=name, error=error))
        pay_twice = self.request.retry == "at_least_once"
        if self._models and not self.total.expired and goes_on(error, pay_twice=pay_twice):
            return
        error.tried = tuple(self._tried)
        raise error

    def done(self, result: ImageResult) -> ImageResult:
        """The result, which says what was tried before."""
        passed = (
            ResultWarning(
                code="fallback", parameter="model", requested=one.model, sent=f"{result.provider}/{result.model}",
                message=f"{one.model} was passed over: {one.error.message}",
            )
            for one in self._tried
        )  # fmt: skip
        return result.but(tried=tuple(self._tried), warnings=(*passed, *result.warnings)) if self._tried else result
