"""What becomes of a request at one provider, without the network: for the tests of the plugins."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from attrs import frozen

from limner.errors import UnsupportedError
from limner.planning import plan
from limner.provider import HttpRequest
from limner.requests import GenerateRequest
from limner.transport.encode import encode

if TYPE_CHECKING:
    from limner.capabilities import Found
    from limner.planning import Plan
    from limner.provider import Provider


@frozen
class Asking:
    """Asks a provider for images of ``a cat``, or of another prompt."""

    provider: Provider

    def plan(self, model: str | None, **given: Any) -> Plan:
        return plan(GenerateRequest(**{"prompt": "a cat", **given}), self.provider, model)

    def sent(self, model: str | None, **given: Any) -> Any:
        """The JSON body of the first call, as the transport encodes it."""
        step = next(self.provider.exchange(self.plan(model, **given).calls[0]))
        assert isinstance(step, HttpRequest)
        encoded = encode(step)
        assert encoded is not None
        return json.loads(b"".join(encoded))

    def refused(self, model: str | None, **given: Any) -> str:
        with pytest.raises(UnsupportedError) as caught:
            self.plan(model, **given)
        return str(caught.value)

    def warned(self, model: str | None, **given: Any) -> list[tuple[str, str | None]]:
        """The code and the parameter of each warning."""
        return [(warning.code, warning.parameter) for warning in self.plan(model, **given).warnings]

    def calls(self, model: str | None, n: int) -> list[int | None]:
        return [call.n for call in self.plan(model, n=n).calls]

    def found(self, model: str, operation: str) -> Found:
        """The declaration of an operation."""
        found = self.provider.capabilities().find(model, operation)
        assert found is not None
        return found

    def told(self, model: str, operation: str, allow: tuple[str, ...] = (), **values: Any) -> list[tuple[str, ...]]:
        """What is said about these values of an operation: verdict, code, parameter."""
        reasons = self.found(model, operation).check(values, allow=allow)
        return [(reason.verdict, reason.code, reason.parameter) for reason in reasons]
