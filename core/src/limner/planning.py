"""From a request to a plan, without the network: checked against the declaration, and split into calls."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Literal
from urllib.parse import urlencode
from uuid import uuid4

from attrs import frozen

from limner.capabilities import ServerDefault, refuses
from limner.capabilities.reasons import listed
from limner.credentials import normalized
from limner.errors import BadInputError, UnsupportedError
from limner.inputs import ImageInput
from limner.provider import Call, HttpRequest
from limner.reading import without_blobs
from limner.results import ResultWarning

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from limner.capabilities import Found, ProviderCapabilities, Reason
    from limner.provider import Provider
    from limner.requests import Request


@frozen(eq=False)
class Plan:
    """What will be done for a request: the calls, and every warning that is known beforehand."""

    request: Request
    provider: Provider
    model: str | None
    """The model that serves it, the server's own default included."""
    calls: tuple[Call, ...]
    warnings: tuple[ResultWarning, ...] = ()
    base_url: str = ""
    """Where the requests would go; empty: to the provider's own address."""

    def preview(self) -> list[dict[str, Any]]:
        """The first wire request of each call, keyless, as plain data; image data as size and hash."""
        base_url = self.base_url or self.provider.base_url
        return [dict(_preview(self.provider, call, base_url)) for call in self.calls]


def _preview(provider: Provider, call: Call, base_url: str) -> Iterator[tuple[str, Any]]:
    step = next(provider.exchange(call))
    if not isinstance(step, HttpRequest):
        yield "step", type(step).__name__
        return
    yield "method", step.method
    yield "url", join(base_url, step.url) + (f"?{urlencode(step.query)}" if step.query else "")
    yield "headers", dict(step.headers)
    if step.parts:
        yield "parts", [{"name": part.name, "content": without_blobs(part.content)} for part in step.parts]
    yield "body", without_blobs(step.json)


def join(base_url: str, path: str) -> str:
    """A path below a base URL (which keeps its own path), or an absolute URL as it is."""
    return path if "://" in path else f"{base_url.rstrip('/')}/{path.lstrip('/')}"


def plan(  # noqa: PLR0913 - what a client knows, and the planner does not look up
    request: Request,
    provider: Provider,
    model: str | None,
    *,
    stream: bool = False,
    base_url: str = "",
    resource: Callable[[str, Callable[[], Any]], Any] | None = None,
    trust: Literal["local", "server"] = "local",
) -> Plan:
    """Check a request against one provider's declaration and split it into calls.

    Args:
        request: What the caller asks for.
        provider: Who shall serve it.
        model: The model's name without the provider; ``None`` for the declared default.
        stream: Whether events are wanted.
        base_url: Where the requests would go, where that is not the provider's own address.
        resource: The client's store of loaded things.
        trust: With ``server``, a plain text is never the name of a file.

    Raises:
        UnsupportedError: with every reason why this provider and model do not take it.
        BadInputError: ``extra`` would replace what is sent already, or a text names a file and must not.
    """
    _check_images(request, provider.name, trust)
    capabilities = provider.capabilities()
    found, sent = _find(capabilities, provider.name, model, request.operation)
    values = request.given() | ({"stream": True} if stream else {})
    reasons = found.check(values, allow=request.allow)
    _refuse(tuple(filter(refuses, reasons)), f"{provider.name}/{found.id}", found)
    warnings = tuple(map(_as_warning, reasons))
    counted = "n" in found.operation.parameters
    calls = tuple(
        Call(
            request=request, operation=request.operation, model=sent, capabilities=found.operation, index=index,
            n=n if counted else None, stream=stream, idempotency_key=str(uuid4()),
            **({"resource": resource} if resource else {}),
        )
        for index, n in enumerate(_split(values.get("n"), found.operation.per_call(values) if counted else 1))
    )  # fmt: skip
    _check_extra(request, calls[0])
    return Plan(request, provider, found.id, calls, warnings, base_url)


def _find(
    capabilities: ProviderCapabilities, provider: str, model: str | None, operation: str
) -> tuple[Found, str | None]:
    """The declaration to plan by, and the model to send (``None``: the server's own default is wanted)."""
    if model is None:
        found = capabilities.default(operation)
        if found is None:
            names = listed([item.id for item in capabilities.models], "or")
            raise UnsupportedError(
                f"{provider} has no default model for {operation}: name one with model='{provider}/...'"
                + (f": {names}." if names else "."),
                provider=provider, param="model",
            )  # fmt: skip
        return found, None if isinstance(found.operation.default, ServerDefault) else found.id
    found = capabilities.find(model, operation)
    reason = capabilities.why_not(model, operation)
    if found is None or reason is not None:
        raise _refusal((reason,) if reason else (), f"{provider}/{model}", None)
    return found, model


def _refuse(reasons: tuple[Reason, ...], subject: str, found: Found) -> None:
    if reasons:
        raise _refusal(reasons, subject, found)


def _refusal(reasons: tuple[Reason, ...], subject: str, found: Found | None) -> UnsupportedError:
    """All reasons in one sentence or list, with the page that says so."""
    lines = [str(reason) for reason in reasons]
    body = f" {lines[0]}" if len(lines) == 1 else "".join(f"\n- {line}" for line in lines)
    source = reasons[0].source or (found.source if found is not None else None)
    told = f" (According to {source.page}, checked {source.checked}.)" if source else ""
    provider, _, model = subject.partition("/")
    error = UnsupportedError(f"{subject}:{body}{told}", provider=provider, model=model, param=reasons[0].parameter)
    error.reasons = reasons
    return error


def _as_warning(reason: Reason) -> ResultWarning:
    return ResultWarning(
        code=reason.code, parameter=reason.parameter, requested=reason.got, sent=reason.got, message=reason.message
    )


def _split(n: int | None, per_call: int) -> Iterator[int | None]:
    """10 images at 4 a call are 4, 4 and 2; unset stays unset."""
    if n is None:
        yield None
        return
    while n > 0:
        yield min(n, per_call)
        n -= per_call


def _check_images(request: Request, provider: str, trust: Literal["local", "server"]) -> None:
    """Refuse images that this client must not open, that this provider does not keep, or that have gone."""
    for param, given in request.given().items():
        several = isinstance(given, tuple)
        for place, image in enumerate(given if several else (given,)):
            if not isinstance(image, ImageInput):
                continue
            subject = f"{param}[{place}]" if several else param
            if image.from_text and trust == "server":
                raise BadInputError(
                    f"{subject} is the text {image.name!r}, and this client (trust='server') takes no text for the name"
                    " of a file: give a pathlib.Path, bytes or a URL.",
                    param=param,
                )
            if image.provider is not None and normalized(image.provider) != normalized(provider):
                raise UnsupportedError(
                    f"{subject} is {image.id!r} at {image.provider}, an id that means nothing to {provider}:"
                    " give its bytes or its URL.",
                    provider=provider, param=param,
                )  # fmt: skip
            if (problem := image.trouble()) is not None:
                raise BadInputError(f"{subject} ({image.name!r}) {problem}.", param=param)


def _check_extra(request: Request, call: Call) -> None:
    extra = request.extra or {}
    try:
        json.dumps(extra, allow_nan=False)
    except (TypeError, ValueError) as error:
        raise BadInputError(f"extra takes what can be written as JSON: {error}.", param="extra") from None
    if extra.get("stream"):
        raise BadInputError(
            "extra cannot ask for a stream: what comes back would be paid for and not understood.", param="extra"
        )
    values, parameters = call.values(), call.capabilities.parameters
    images = {
        (parameters[name].wire.name or name).partition(".")[0]
        for name in parameters.keys() & values.keys()
        if parameters[name].constraint.on_images
    }
    taken = sorted(extra.keys() & {"model", *images, *call.capabilities.wire(values)})
    if taken:
        raise BadInputError(
            f"extra holds {', '.join(taken)}, which the request sends already: set it in one place.", param="extra"
        )
