"""The values of a request, as rules read them: what was set, and else the documented default."""

from __future__ import annotations

from collections.abc import Mapping  # noqa: TC003 - converters such as cattrs read the types of fields

from attrs import field, frozen

from limner.capabilities.frozen import FrozenMapping


@frozen
class Values:
    """What a caller set, over the defaults that the server is documented to have.

    Args:
        given: What was set; nothing in it is ``None``.
        defaults: What the server does where nothing is set.
    """

    given: Mapping[str, object]
    defaults: Mapping[str, object] = field(factory=FrozenMapping)

    def is_set(self, name: str) -> bool:
        """Whether the caller set it."""
        return name in self.given

    def asks(self, name: str) -> bool:
        """Whether the caller set it to something other than ``False``: a switch that is off asks for nothing."""
        return self.given.get(name, False) is not False

    def effective(self, name: str) -> object:
        """What was set, or the declared default; ``None`` where neither is known."""
        return self.given[name] if name in self.given else self.defaults.get(name)
