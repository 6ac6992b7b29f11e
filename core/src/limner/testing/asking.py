"""Requests made of a declaration: the plainest one of each model, and one for every value that it names."""

from __future__ import annotations

from functools import lru_cache
from io import BytesIO
from typing import TYPE_CHECKING, Any

from attrs import frozen, make_class

from limner.capabilities import Needs, NeedsInput, SamplePicture, refuses
from limner.errors import BadInputError, UnsupportedError
from limner.inputs import ImageInput, ProviderImage
from limner.planning import plan
from limner.requests import EditRequest, GenerateRequest, VaryRequest

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from limner.capabilities import Found, OperationCapabilities, Parameter
    from limner.provider import Call, Provider
    from limner.requests import Request

REQUESTS: Mapping[str, Any] = {one.operation: one for one in (GenerateRequest, EditRequest, VaryRequest)}
"""The operations that there are, and how each is asked for."""

PROMPT = "a white Siamese cat"
STRANGER = "a-model-that-no-page-lists"
"""The name of a model that is asked for where unknown ones are taken."""
ADDRESS = "https://images.example/cat.png"
IDENTITY = "cat-1234"
"""An image by its URL, and by the id it has at the provider."""
_EVERYTHING = ("announced", "retired")
ESSENTIAL: Mapping[str, tuple[str, ...]] = {"generate": ("prompt",), "edit": ("prompt", "images"), "vary": ("image",)}
"""What each operation is nothing without, whether it is declared as required or not."""


@frozen(eq=False)
class Asked:
    """One request of one model that its declaration takes, and the call it becomes."""

    found: Found
    values: Mapping[str, Any]
    """What is set, by the names of the declaration."""
    call: Call
    about: str | None = None
    """The parameter that it is about; ``None``: it is the plainest request there is."""

    def __str__(self) -> str:
        told = "" if self.about is None else f" and {self.about}={short(self.values[self.about])}"
        return f"{self.found.name} with {self.found.id}{told}"


def short(value: object) -> str:
    """A value as a sentence shows it."""
    text = repr(value)
    return text if len(text) <= _SHOWN else f"{text[: _SHOWN - 3]}..."


_SHOWN = 60


@frozen(eq=False)
class Asking:
    """Asks one provider for what it declares."""

    provider: Provider

    def offers(self) -> Iterator[Found]:
        """Each operation of each listed model, and of one that is not listed where such are taken."""
        declared = self.provider.capabilities()
        for model in declared.models:
            yield from self._found(model.id, model.operations)
        yield from self._found(STRANGER, declared.unknown or {})

    def _found(self, model: str, operations: Iterable[str]) -> Iterator[Found]:
        found = (self.provider.capabilities().find(model, one) for one in operations if one in REQUESTS)
        return (one for one in found if one is not None)

    def plain(self, found: Found, **more: Any) -> Asked | None:  # noqa: ANN401 - call options, and other values
        """The request with nothing set but what the operation cannot do without; ``None`` where none is taken."""
        for kind in ("bytes", "url", "id"):
            values = {name: self._sample(found, name, kind) for name in _needed(found)}
            if (asked := self.asked(found, {**values, **more})) is not None:
                return asked
        return None

    def each(self, found: Found) -> Iterator[tuple[str, Asked | None]]:
        """For every valid sample of every parameter the request that sets it; ``None`` where rules forbid that one."""
        usual = self.plain(found)
        for name, parameter in found.operation.parameters.items() if usual is not None else ():
            if not is_known(found.name, name):
                continue  # said by a check of declarations
            for sample in _valid(parameter):
                for value in self._made(sample, found, name):
                    yield name, self.asked(found, {**usual.values, name: value}, about=name)  # type: ignore[union-attr]

    def asked(self, found: Found, values: Mapping[str, Any], about: str | None = None) -> Asked | None:
        """The request that sets these values, and what they need; ``None`` where the declaration does not take them."""
        values = self._with_companions(found, dict(values))
        known = all(is_known(found.name, name) for name in values)  # else a check of declarations says so
        if not known or found.verdict(values, allow=_EVERYTHING) == "no":
            return None
        asked = {name: value for name, value in values.items() if name != "stream"}
        try:
            request = request_for(found.name, asked)
            planned = plan(request, self.provider, found.id, stream=bool(values.get("stream")))
        except (BadInputError, UnsupportedError):  # what a request refuses whoever is asked
            return None
        return Asked(found, values, planned.calls[0], about)

    def _with_companions(self, found: Found, values: dict[str, Any]) -> dict[str, Any]:
        """The values, with those that their rules ask for."""
        for rule in found.operation.rules:
            if isinstance(rule, (Needs, NeedsInput)) and refuses(rule.check(found.operation.read(values))):
                if isinstance(rule, NeedsInput):
                    values[rule.inputs] = self._sample(found, rule.inputs, rule.kinds[0])
                else:
                    values[rule.other] = rule.allowed[0] if rule.allowed else self._sample(found, rule.other, "bytes")
        return values

    def _sample(self, found: Found, name: str, kind: str) -> Any:  # noqa: ANN401 - whatever the parameter takes
        parameter = found.operation.parameters.get(name)
        if name == "prompt" and (parameter is None or not refuses(parameter.constraint.check(PROMPT))):
            return PROMPT
        samples = _valid(parameter) if parameter is not None else ()
        value = next((sample for sample in samples if sample not in ("", ())), SamplePicture())
        return self._image(value, kind)

    def _made(self, sample: object, found: Found, name: str) -> Iterator[Any]:
        """The sample itself; a picture in each way in which it can be given."""
        if not found.operation.parameters[name].constraint.on_images:
            yield sample
            return
        kinds = dict.fromkeys(kind for encoding in found.operation.encodings for kind in encoding.kinds(name))
        yield from (self._image(sample, kind) for kind in kinds)

    def _image(self, sample: Any, kind: str) -> Any:  # noqa: ANN401 - a sample, which may be anything
        if isinstance(sample, tuple):
            return tuple(self._image(one, kind) for one in sample)
        if not isinstance(sample, SamplePicture):
            return sample
        return _given(sample) if kind == "bytes" else _named(kind, self.provider.name)


def is_known(operation: str, name: str) -> bool:
    """Whether a declaration may speak of this parameter: a request has it, or it is an option of a provider's own."""
    fields = (item.name for item in REQUESTS[operation].parameters())
    return name in (*fields, "delivery", "stream") or (
        name.startswith("options.") and name.removeprefix("options.").isidentifier()
    )


def _valid(parameter: Parameter) -> tuple[Any, ...]:
    samples: tuple[Any, ...] = parameter.constraint.samples().valid
    return samples


def _needed(found: Found) -> tuple[str, ...]:
    takes: OperationCapabilities = found.operation
    required = (name for name, parameter in takes.parameters.items() if parameter.required)
    return tuple(dict.fromkeys((*ESSENTIAL.get(found.name, ()), *required)))


def request_for(operation: str, values: Mapping[str, Any], **call_options: Any) -> Request:  # noqa: ANN401 - any option
    """A request that sets these values, told by the names that declarations use: ``options.x`` too."""
    own = {name.partition(".")[2]: value for name, value in values.items() if name.startswith("options.")}
    plain = {name: value for name, value in values.items() if not name.startswith("options.")}
    options = {"options": make_class("Options", list(own), frozen=True)(**own)} if own else {}
    request: Request = REQUESTS[operation](**{"allow": _EVERYTHING, **call_options, **plain, **options})
    return request


@lru_cache(64)
def _given(sample: SamplePicture) -> ImageInput:
    return ImageInput.of(painted(sample))


@lru_cache(64)
def _named(kind: str, provider: str) -> ImageInput:
    return ImageInput.of(ADDRESS if kind == "url" else ProviderImage(IDENTITY, provider=provider))


def painted(sample: SamplePicture) -> bytes:
    """The file of a picture of this kind and shape: its weight is its own."""
    from PIL import Image  # noqa: PLC0415 - of the extra "testing"

    size = (min(sample.width or 1, _LARGEST), min(sample.height or 1, _LARGEST))
    kind = (sample.media_type or "image/png").rpartition("/")[2].upper()
    if kind.startswith("SVG"):
        return f'<svg xmlns="http://www.w3.org/2000/svg" width="{size[0]}" height="{size[1]}"/>'.encode()
    clear = sample.alpha and kind not in {"JPEG", "JPG"}
    buffer = BytesIO()
    Image.new("RGBA" if clear else "RGB", size).save(buffer, "JPEG" if kind == "JPG" else kind)
    return buffer.getvalue()


_LARGEST = 4096
