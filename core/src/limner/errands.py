"""What the calls of one plan have in common, and what a runner goes by."""

from __future__ import annotations

from typing import TYPE_CHECKING

from attrs import field, frozen

from limner.threads import GivenUp
from limner.transport.deadline import Deadline
from limner.transport.retry import Policy

if TYPE_CHECKING:
    from limner.landing import Landing
    from limner.requests import Request
    from limner.transport.endpoint import Endpoint


@frozen(eq=False, kw_only=True)
class Errand:
    """What a runner goes by.

    Args:
        origins: Where images may be downloaded from beside public addresses.
        policy: What may be sent again.
        given_up: Whether the caller has given up.
    """

    origins: tuple[str, ...] = ()
    policy: Policy = field(factory=Policy)
    given_up: GivenUp = field(factory=GivenUp)


@frozen(eq=False, kw_only=True)
class Work(Errand):
    """What all calls of one plan have in common."""

    request: Request
    endpoint: Endpoint
    timeout: float
    total: Deadline
    landing: Landing

    def deadline(self) -> Deadline:
        """A new one, for one planned call; or for finding the keys of all."""
        return Deadline(self.timeout).sooner(self.total)
