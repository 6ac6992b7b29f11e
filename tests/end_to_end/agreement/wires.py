"""What goes over the wire: for a plan, and for a request that nobody checked, so that a sandbox can judge it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from attrs import evolve

from limner.capabilities import Boolean, Count, Encoding, Parameter, Text
from limner.dialects.openai_models import DELIVERY
from limner.fitting import applied
from limner.media import Blob
from limner.planning import plan
from limner.provider import Call, Embed, HttpRequest

if TYPE_CHECKING:
    from collections.abc import Iterator

    from agreement.asks import Ask

    from limner.capabilities import OperationCapabilities
    from limner.planning import Plan

BROUGHT = "reference_images"
"""The images of a request to generate: most have no place for them."""
LAYERS = ("images", "image", "mask", "markup")
ADVICE = "options.verbatim_prompt"
"""RockAPI's option that is limner's own: on the wire it is a part of the prompt."""


def planned(ask: Ask) -> Plan:
    """As the client does it."""
    return plan(ask.request, ask.provider, ask.model, stream=ask.stream)


def wire(ask: Ask, call: Call) -> HttpRequest:
    """The request of a call."""
    step = next(ask.provider.exchange(call))
    assert isinstance(step, HttpRequest)
    return step


def unchecked(ask: Ask, like: Plan | None = None) -> HttpRequest | None:
    """What was asked, written as it stands; ``None`` where the wire has no place for it.

    Args:
        ask: The request.
        like: The plan to compare with: a number of images, and a shape in words, become what they became there.
    """
    found, values = ask.found, ask.with_shape(ask.found)
    if like is not None:
        found = ask.provider.capabilities().find(str(like.model), ask.request.operation) or found
        values = ask.with_shape(found)
    n = min(values["n"], found.operation.per_call(values)) if "n" in values else None
    call = Call(
        request=applied(ask.request, {name: value for name, value in values.items() if name != "stream"}),
        operation=ask.request.operation, model=ask.model, capabilities=taking(found.operation, values),
        n=n if like is None else like.calls[0].n, stream=ask.stream,
    )  # fmt: skip
    request = wire(ask, call)
    several = ask.provider.name == "roboflow" and len(values.get(BROUGHT, ())) > 1  # one field for one image
    empty = bool(request.parts) and values.get("svg") == {}  # a form has no empty objects
    return None if several or empty else request


def taking(operation: OperationCapabilities, asked: Mapping[str, Any]) -> OperationCapabilities:
    """An operation that takes everything that is asked of it: what it does not know, under its own name."""
    strangers = {name: _stranger(name) for name in asked if name not in operation.parameters and name != "n"}
    if asked.get("delivery") in (*operation.delivers, "bytes"):
        strangers.pop("delivery", None)  # met without being sent
    takes = evolve(operation, parameters={**operation.parameters, **strangers}, rules=())
    if BROUGHT in strangers:
        return evolve(takes, encodings=(Encoding("json-data-url"),))
    carried = not isinstance(takes.encoding_for(asked), tuple)
    return takes if carried else evolve(takes, encodings=(Encoding(operation.encodings[0].name),))


def _stranger(name: str) -> Parameter:
    if name == "delivery":
        return DELIVERY
    kind = Count() if name in (BROUGHT, *LAYERS) else Boolean() if name == "stream" else Text()
    return Parameter(kind, wire=name.removeprefix("options."))


def told(request: HttpRequest) -> dict[str, str]:
    """What a body says, field by field, whether it is JSON or a form."""
    pairs = [(part.name, part.content) for part in request.parts or ()]
    leaves = [*_leaves("", request.json or None), *((_path(name), _shown(value)) for name, value in pairs)]
    said: dict[str, str] = {}
    for name, value in leaves:
        said[name] = f"{said[name]}, {value}" if name in said else value
    return said


def _path(name: str) -> str:
    """``svg[model]`` as JSON has it; images as one field, whatever it is called."""
    return _named(name.replace("[]", "").replace("[", ".").replace("]", ""))


def _named(name: str) -> str:
    head, _, rest = name.partition(".")
    return {"images": "image"}.get(head, head) if head in LAYERS else f"{head}.{rest}" if rest else head


def _leaves(path: str, value: Any) -> Iterator[tuple[str, str]]:
    if value and isinstance(value, Mapping):
        for name, inner in value.items():
            yield from _leaves(f"{path}.{name}" if path else name, inner)
        return
    for inner in value if isinstance(value, (list, tuple)) else (value,):
        if isinstance(inner, Mapping) and inner:
            yield from _leaves(path, inner)
        elif inner is not None:
            yield _named(path), _shown(inner)


def _shown(value: Any) -> str:
    value = value.image if isinstance(value, Embed) else value
    value = value.sha256 if isinstance(value, Blob) else value
    return str(value).lower() if isinstance(value, bool) else str(value)
