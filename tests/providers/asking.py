"""What becomes of a request at one provider, without the network: for the tests of the plugins."""

from __future__ import annotations

import json
from email import message_from_bytes
from email.policy import HTTP
from typing import TYPE_CHECKING, Any

import pytest
from attrs import frozen

from limner.errors import UnsupportedError
from limner.planning import plan
from limner.provider import HttpRequest
from limner.requests import EditRequest, GenerateRequest, VaryRequest
from limner.transport.encode import encode

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from limner.capabilities import Found
    from limner.planning import Plan
    from limner.provider import Provider
    from limner.requests import Request


REQUESTS: Mapping[str, Callable[..., Request]] = {
    "generate": lambda **given: GenerateRequest(**{"prompt": "a cat", **given}),
    "edit": lambda **given: EditRequest(**{"prompt": "a cat", **given}),
    "vary": VaryRequest,
}


@frozen
class Asking:
    """Asks a provider for images of ``a cat``, or of another prompt."""

    provider: Provider

    def plan(self, model: str | None, *, operation: str = "generate", stream: bool = False, **given: Any) -> Plan:
        return plan(REQUESTS[operation](**given), self.provider, model, stream=stream)

    def sent(self, model: str | None, **given: Any) -> Any:
        """The body of the first call, as the transport encodes it: JSON, or the fields of a form.

        Of a form it is a list of pairs: a field's name, and its text; or of a file its name, its type and its bytes.
        """
        step = next(self.provider.exchange(self.plan(model, **given).calls[0]))
        assert isinstance(step, HttpRequest)
        encoded = encode(step)
        assert encoded is not None
        body = b"".join(encoded)
        if encoded.media_type == "application/json":
            return json.loads(body)
        form = message_from_bytes(f"Content-Type: {encoded.media_type}\r\n\r\n".encode() + body, policy=HTTP)
        return [_field(part) for part in form.iter_parts()]

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


def _field(part: Any) -> tuple[str, Any]:
    name, content = part.get_param("name", header="content-disposition"), part.get_payload(decode=True)
    file = part.get_filename()
    return name, content.decode() if file is None else (file, part.get_content_type(), content)
