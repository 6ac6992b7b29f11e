"""From a request to a plan, without the network: checked against the declaration, and split into calls."""

from __future__ import annotations

import hashlib
import json
import re
from typing import TYPE_CHECKING, Any, Literal, TypeAlias
from uuid import uuid4

from attrs import evolve, frozen

from limner.capabilities import ProviderCapabilities, Reason, ServerDefault, refuses
from limner.capabilities.reasons import listed
from limner.credentials import normalized
from limner.errors import BadInputError, LimnerError, PluginError, UnsupportedError
from limner.fitting import Change, applied, fit, replaced, successor
from limner.inputs import ImageInput, called, subject
from limner.masks import Mask
from limner.previewing import preview
from limner.provider import Call
from limner.requests import hashed
from limner.results import ResultWarning

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from limner.capabilities import Found
    from limner.provider import Provider
    from limner.requests import Request


@frozen(eq=False, repr=False)
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
    changes: tuple[Change, ...] = ()
    """What differs from the request, where it may be adapted; each is among the warnings too."""

    @property
    def name(self) -> str:
        """Who serves it: ``provider/model``."""
        return f"{self.provider.name}/{self.model}"

    @property
    def fingerprint(self) -> str:
        """A SHA-256 of what would be sent, and where, as 64 hexadecimal digits; the same whenever it is planned."""
        # Of what comes after a first request the preview shows nothing, and of a first step that is none no more.
        meant = [[call.values(), call.request.extra] for call in self.calls]
        sent = [self.name, self.preview(), meant]
        return hashlib.sha256(json.dumps(sent, default=hashed, sort_keys=True).encode()).hexdigest()

    def to_dict(self) -> dict[str, Any]:
        """All of it as plain JSON-able data, keyless, image data as size and hash."""
        from limner.export import plain  # noqa: PLC0415 - cattrs is not needed to make a picture

        return {
            "provider": self.provider.name, "model": self.model, "operation": self.request.operation,
            "fingerprint": self.fingerprint, "n": [call.n for call in self.calls],
            "changes": json.loads(json.dumps(plain(list(self.changes)), default=repr)),
            "warnings": json.loads(json.dumps(plain(list(self.warnings)), default=repr)), "calls": self.preview(),
        }  # fmt: skip

    def __repr__(self) -> str:
        return f"<Plan {self.request.operation} {self.name}: {self._counted()}, {len(self.warnings)} warnings>"

    def _counted(self) -> str:
        split = " of n=" + " + ".join(str(call.n) for call in self.calls) if self.calls[1:] and self.calls[0].n else ""
        return f"{len(self.calls)} call{'s' * (len(self.calls) > 1)}{split}"

    def __str__(self) -> str:
        """As people read it: who, in how many calls, what is sent, and what there is to know."""
        told = [f"- {warning}" for warning in self.warnings]
        requests = self.preview()
        different = [request for place, request in enumerate(requests) if request not in requests[:place]]
        shown = [line for request in different for line in _lines(request)]
        return "\n".join([f"{self.request.operation} with {self.name}, {self._counted()}", *told, *shown])

    def preview(self) -> list[dict[str, Any]]:
        """The first wire request of each call, keyless, as plain data; image data as size and hash."""
        base_url = _CREDENTIALS.sub("", self.base_url or self.provider.base_url)
        return [preview(self.provider, call, base_url) for call in self.calls]


_CREDENTIALS = re.compile(r"(?<=//)[^/?#]*@|\A[^/?#]*@|[?#].*")
"""Of a base URL, what may hold a key: such a one is refused before anything is sent."""


def _lines(request: Mapping[str, Any]) -> Iterator[str]:
    """As HTTP writes it, more or less: line, headers, body. What is no HTTP request is told as data."""
    if "url" in request:
        yield f"{request['method']} {request['url']}"
    yield from (f"{name}: {value}" for name, value in request.get("headers", {}).items())
    rest = {name: value for name, value in request.items() if name not in {"method", "url", "headers", "body"}}
    for data in filter(None, (rest, request.get("body"))):
        yield json.dumps(data, indent=2, ensure_ascii=False)


def plan(  # noqa: PLR0913 - what a client knows, and the planner does not look up
    request: Request,
    provider: Provider,
    model: str | None,
    *,
    stream: bool = False,
    base_url: str = "",
    resource: Callable[[str, Callable[[], Any]], Any] | None = None,
    trust: Literal["local", "server"] = "local",
    user: str | None = None,
) -> Plan:
    """Check a request against one provider's declaration and split it into calls.

    Args:
        request: What the caller asks for.
        provider: Who shall serve it.
        model: The model's name without the provider; ``None`` for the declared default.
        stream: Whether events are wanted.
        base_url: Where the requests would go, where that is not the provider's own address.
        resource: The client's store of loaded things.
        trust: With ``local``, a plain text that is no URL names a file; with ``server``, it is refused unseen.
        user: The end user of whom the request speaks where it names none.

    Raises:
        UnsupportedError: with every reason why this provider and model do not take it.
        BadInputError: ``extra`` would replace what is sent already, or an image is none, has gone, or must not be
            opened.
        ConfigError: a mask has to be converted, or pixels put back, and Pillow is not installed.
    """
    request = opened(request, trust)
    _check_images(request, provider.name)
    capabilities = declared(provider)
    adapt = request.on_unsupported == "adapt"
    found, sent = find(provider, model, request.operation)
    heir = successor(capabilities, found, request.allow) if adapt else None
    changes = () if heir is None else (replaced(found, heir),)
    found, sent = (found, sent) if heir is None else (heir, heir.id)
    request, unnamed = _on_behalf(request, found, user)
    fitted = fit(found, request.given() | ({"stream": True} if stream else {}), allow=request.allow, adapt=adapt)
    _refuse(tuple(filter(refuses, fitted.reasons)), f"{provider.name}/{found.id}", found)
    changes, values = (*changes, *fitted.changes), fitted.values
    told = (*(one.warning() for one in changes), *map(_as_warning, fitted.reasons), *unnamed, *_animated(request))
    to_send = applied(request, {name: value for name, value in values.items() if name != "stream"})
    counted = "n" in found.operation.parameters
    per_call = found.operation.per_call(values) if counted and "n" in values else 1
    calls = tuple(
        Call(
            request=to_send, operation=request.operation, model=sent, capabilities=found.operation, index=index,
            n=n if counted else None, stream=bool(values.get("stream")), idempotency_key=str(uuid4()),
            **({"resource": resource} if resource else {}),
        )
        for index, n in enumerate(_split(values.get("n"), per_call))
    )  # fmt: skip
    _check_extra(request, calls[0])
    return Plan(request, provider, found.id, calls, told, base_url, changes)


def declared(provider: Provider) -> ProviderCapabilities:
    """What a provider declares.

    Raises:
        PluginError: it broke over it, or declared nothing that is a declaration.
    """
    try:
        capabilities: object = provider.capabilities()
    except LimnerError:
        raise
    except Exception as broken:
        fault = f"broke while it declared its capabilities: {type(broken).__name__}: {broken}"
        raise PluginError(f"{provider.name} {fault}.", provider=provider.name) from broken
    if not isinstance(capabilities, ProviderCapabilities):
        fault = f"declared {type(capabilities).__name__} where ProviderCapabilities are due"
        raise PluginError(f"{provider.name} {fault}.", provider=provider.name)
    return capabilities


def find(provider: Provider, model: str | None, operation: str) -> tuple[Found, str | None]:
    """The declaration to plan by, and the model to send (``None``: the server's own default is wanted).

    Raises:
        UnsupportedError: there is no such model, or it has no such operation.
    """
    capabilities = declared(provider)
    if model is None:
        found = capabilities.default(operation)
        if found is None:
            names = listed([item.id for item in capabilities.models], "or")
            raise UnsupportedError(
                f"{provider.name} has no default model for {operation}: name one with model='{provider.name}/...'"
                + (f": {names}." if names else "."),
                provider=provider.name, param="model",
            )  # fmt: skip
        return found, None if isinstance(found.operation.default, ServerDefault) else found.id
    found = capabilities.find(model, operation)
    reason = capabilities.why_not(model, operation)
    if found is None or reason is not None:
        raise _refusal((reason,) if reason else (), f"{provider.name}/{model}", None)
    return found, model


_NAMES = ("safety_identifier", "user")
"""The parameters that name an end user: the newer first, as a provider that has both warns of the older."""


def _on_behalf(request: Request, found: Found, user: str | None) -> tuple[Request, tuple[ResultWarning, ...]]:
    """The request as one of this end user's, where it names none; or what is to be said of a model that takes no name.

    Whom a client works for is no wish of the request's, so it is no reason to refuse one, nor to adapt it.
    """
    asked = request.given()
    if user is None or not {*asked, *(request.extra or ())}.isdisjoint(_NAMES):
        return request, ()
    for name in _NAMES:
        if name in found.operation.parameters and hasattr(request, name):
            return request.but(**{name: user}), ()
    warning = ResultWarning(
        code="user_left_out",
        parameter="user",
        requested=user,
        message=f"{found.id} takes no name of an end user, so the one of this client's view was not sent.",
    )
    return request, (warning,)


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
        code=reason.code, parameter=reason.parameter, requested=reason.got, sent=reason.got, message=str(reason)
    )


def _split(n: int | None, per_call: int) -> Iterator[int | None]:
    """10 images at 4 a call are 4, 4 and 2; unset stays unset."""
    if n is None:
        yield None
        return
    while n > 0:
        yield min(n, per_call)
        n -= per_call


Input: TypeAlias = tuple[str, int | None, ImageInput]
"""An image that goes in: the parameter it was given for, its place where there may be several, and itself."""


def inputs_of(request: Request) -> Iterator[Input]:
    """Every image that goes in."""
    for param, given in request.given().items():
        several = isinstance(given, tuple)
        for place, image in enumerate(given if several else (given,)):
            if isinstance(image, ImageInput):
                yield param, place if several else None, image


def opened(request: Request, trust: Literal["local", "server"]) -> Request:
    """The request with the files that plain texts name; under trust ``server`` they name none, and nobody looks."""
    files: dict[int, ImageInput] = {}
    for param, place, image in inputs_of(request):
        if image.text is None:
            continue
        if trust == "server":
            raise BadInputError(
                f"{subject(param, place)} is the text {image.label}, which is no URL, and this client (trust='server')"
                " takes no text for the name of a file: give a pathlib.Path, bytes or a URL.",
                param=param,
            )
        files[id(image)] = image.opened(param=param, position=place)
    if not files:
        return request

    def swapped(value: Any) -> Any:  # noqa: ANN401 - whatever a field holds
        if isinstance(value, tuple):
            return tuple(map(swapped, value))
        if isinstance(value, Mask):
            return evolve(value, image=swapped(value.image))
        return files.get(id(value), value)

    return request.but(**{item.name: swapped(getattr(request, item.name)) for item in request.parameters()})


def foreign(inputs: Iterable[Input], provider: str) -> Iterator[Reason]:
    """What speaks against images that are given by the id that they have at another provider."""
    for param, place, image in inputs:
        if image.provider is not None and normalized(image.provider) != normalized(provider):
            name, allowed = subject(param, place), "bytes, a URL or an id of its own"
            yield Reason(
                "no", "foreign_id", name, f"an id at {image.provider}", allowed,
                f"{name} is {image.id!r} at {image.provider}, an id that means nothing to {provider}: give its bytes or"
                " its URL.",
            )  # fmt: skip


def _check_images(request: Request, provider: str) -> None:
    """Refuse images that this provider does not keep, or that have gone."""
    reasons = tuple(foreign(inputs_of(request), provider))
    if reasons:
        param = reasons[0].parameter.partition("[")[0]
        error = UnsupportedError(reasons[0].message, provider=provider, param=param)
        error.reasons = reasons
        raise error
    check_files(request)
    request.check()


def check_files(request: Request) -> None:
    """Refuse files that are not any more what they were when they were given.

    Raises:
        BadInputError: one is not; it is named.
    """
    for param, place, image in inputs_of(request):
        if (problem := image.trouble()) is not None:
            raise BadInputError(f"{subject(param, place)}{called(image)} {problem}.", param=param)


def _animated(request: Request) -> Iterator[ResultWarning]:
    """What no page speaks of: a model sees one picture."""
    for param, place, image in inputs_of(request):
        if image.frames is not None and image.frames > 1:
            yield ResultWarning(
                code="animated",
                parameter=subject(param, place),
                message=f"{subject(param, place)}{called(image)} is an animation of {image.frames} frames, of which the"
                " provider may see the first only, or none.",
            )


def _check_extra(request: Request, call: Call) -> None:
    extra = request.extra
    if not extra:
        return
    try:
        json.dumps(extra, allow_nan=False)
    except (TypeError, ValueError) as error:
        raise BadInputError(f"extra takes what can be written as JSON: {error}.", param="extra") from None
    if extra.get("stream"):
        raise BadInputError(
            "extra cannot ask for a stream: what comes back would be paid for and not understood.", param="extra"
        )
    values, parameters = call.values(), call.capabilities.parameters
    # An encoding may write images under our name in place of the wire's, and a form writes several as ``image[]``.
    images = {
        place.partition(".")[0]
        for name in parameters.keys() & values.keys()
        if parameters[name].constraint.on_images
        for place in (name, parameters[name].wire.name or name)
    }
    sent = {"model", *images, *call.capabilities.wire(values)}
    taken = sorted(key for key in extra if key.partition("[")[0] in sent)
    if taken:
        raise BadInputError(
            f"extra holds {', '.join(taken)}, which the request sends already: set it in one place.", param="extra"
        )
