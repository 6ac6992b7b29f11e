"""Providers that are wrong in what they make of answers, or in how they behave."""

from __future__ import annotations

import time
from base64 import b64decode, b64encode
from collections import Counter
from itertools import count
from typing import TYPE_CHECKING, Any, ClassVar

from attrs import evolve, field, frozen
from limner_tests_reference import Reference

from limner.errors import BadRequestError, LimnerError, ProtocolError, SchemaError, ServerError
from limner.media import Blob, Image
from limner.provider import Call, HttpRequest, HttpResponse, Job, Partial, Wait
from limner.reading import read_error
from limner.results import ImageResult, Usage
from limner.testing.stage import PICTURE

if TYPE_CHECKING:
    from collections.abc import Callable

    from limner.provider import Exchange

# Responses


class Fragile(Reference):
    def normalize(self, response: HttpResponse, call: Call) -> ImageResult:
        if "oddity" in (response.json or ()):
            raise KeyError("oddity")
        return super().normalize(response, call)


class Taciturn(Reference):
    def classify(self, response: HttpResponse, call: Call) -> Any:
        del call
        error = read_error(response)
        silent = error is not None and response.status >= 400 and response.json
        return BadRequestError("No.", status=response.status) if silent else error


class Placeholder(Reference):
    def normalize(self, response: HttpResponse, call: Call) -> ImageResult:
        try:
            return super().normalize(response, call)
        except SchemaError:
            return ImageResult(images=(Image.of(Blob(PICTURE)),))


class Trusting(Reference):
    def classify(self, response: HttpResponse, call: Call) -> Any:
        del call
        return read_error(response) if response.status >= 400 else None


class Pretender(Reference):
    def normalize(self, response: HttpResponse, call: Call) -> ImageResult:
        if response.json is None and response.body is not None:
            return ImageResult(images=(Image.of(Blob(PICTURE)),))
        return super().normalize(response, call)


class Hasty(Reference):
    def classify(self, response: HttpResponse, call: Call) -> Any:
        if response.status == 429:
            return ServerError("Too many.", status=429)
        return super().classify(response, call)


class Literal(Reference):
    def normalize(self, response: HttpResponse, call: Call) -> ImageResult:
        result = super().normalize(response, call)
        if not isinstance((response.json if isinstance(response.json, dict) else {}).get("created", 0), int):
            raise SchemaError("That is no time.", status=response.status)
        return result


class Trustful(Reference):
    def normalize(self, response: HttpResponse, call: Call) -> ImageResult:
        if isinstance(response.json, dict) and "b64_json" not in response.json:
            response.json["data"][0].keys()
        return super().normalize(response, call)


class Inventive(Reference):
    def normalize(self, response: HttpResponse, call: Call) -> ImageResult:
        result = super().normalize(response, call)
        return result.but(usage=result.usage or Usage(total_tokens=0))


class Forgetful(Reference):
    def normalize(self, response: HttpResponse, call: Call) -> ImageResult:
        return super().normalize(response, call).but(raw=())


class Numbering(Reference):
    times: ClassVar[count[int]] = count()

    def normalize(self, response: HttpResponse, call: Call) -> ImageResult:
        result = super().normalize(response, call)
        return result.but(images=tuple(evolve(one, details={"no": next(self.times)}) for one in result.images))


class SelfDecoding(Reference):
    """Decodes base64 by itself, and knows one dress of it."""

    blobs = ()

    def normalize(self, response: HttpResponse, call: Call) -> ImageResult:
        reply = response.json
        if isinstance(reply, dict) and isinstance(reply.get("data"), list):
            reply = {**reply, "data": [_decoded(one) for one in reply["data"]]}
        return super().normalize(evolve(response, json=_decoded(reply)), call)

    def normalize_event(self, event: Any, call: Call) -> Partial | ImageResult | None:
        return super().normalize_event(evolve(event, json=_decoded(event.json)), call)


def _decoded(item: Any) -> Any:
    text = item.get("b64_json") if isinstance(item, dict) else None
    return {**item, "b64_json": Blob(b64decode(text, validate=True))} if _is_base64(text) else item


def _is_base64(text: object) -> bool:
    try:
        return isinstance(text, str) and bool(b64decode(text, validate=True))
    except ValueError:
        return False


class WellDressed(SelfDecoding):
    """Decodes base64 by itself in every dress, and as part of the JSON."""

    def normalize(self, response: HttpResponse, call: Call) -> ImageResult:
        return super().normalize(evolve(response, json=_undressed(response.json)), call)

    def normalize_event(self, event: Any, call: Call) -> Partial | ImageResult | None:
        return super().normalize_event(evolve(event, json=_undressed(event.json)), call)


def _undressed(reply: Any) -> Any:
    if isinstance(reply, list):
        return [_undressed(one) for one in reply]
    if not isinstance(reply, dict):
        return reply
    inner = {name: _undressed(one) if name == "data" else one for name, one in reply.items()}
    text = inner.get("b64_json")
    if isinstance(text, str):
        plain = "".join(text.rpartition(",")[2].split()).translate({45: "+", 95: "/"}).rstrip("=")
        inner["b64_json"] = plain + "=" * (-len(plain) % 4)
    return inner


class LastFrame(Reference):
    """Takes the last sketch for the picture where the stream ends."""

    def exchange(self, call: Call) -> Exchange[ImageResult]:
        last: list[Image] = []
        exchange = super().exchange(call)
        answer: Any = None
        try:
            while True:
                step = exchange.send(answer)
                last += [step.image] if isinstance(step, Partial) else []
                answer = yield step
        except StopIteration as done:
            return done.value if done.value.images or not last else ImageResult(images=(last[-1],))


# Behaviour


class Insistent(Reference):
    def map_and_send(self, call: Call) -> Exchange[Any]:
        request = self.map_request(call)
        try:
            return (yield request)
        except ProtocolError:
            return (yield request)

    def exchange(self, call: Call) -> Exchange[ImageResult]:
        if call.operation == "vary" or call.stream:
            return (yield from super().exchange(call))
        return self.normalize((yield from self.map_and_send(call)), call)


class Soothing(Reference):
    def exchange(self, call: Call) -> Exchange[ImageResult]:
        if call.operation == "vary" or call.stream:
            return (yield from super().exchange(call))
        try:
            response = yield self.map_request(call)
        except ProtocolError:
            return ImageResult(images=(Image.of(Blob(PICTURE)),))
        return self.normalize(response, call)


class Clinging(Reference):
    def order(self, call: Call) -> Exchange[ImageResult]:
        ordering = super().order(call)
        answer = yield next(ordering)
        try:
            while True:
                answer = yield ordering.send(answer)
        except StopIteration as done:
            result: ImageResult = done.value
            return result
        except GeneratorExit:
            yield Wait(1)
            raise


@frozen
class Counted(Reference):
    calls: Counter[str] = field(factory=Counter)

    def normalize(self, response: HttpResponse, call: Call) -> ImageResult:
        self.calls[call.operation] += 1
        return super().normalize(response, call)


class Generous(Reference):
    def exchange(self, call: Call) -> Exchange[ImageResult]:
        return (yield from _changed(super().exchange(call), _free))


def _free(step: Any) -> Any:
    return evolve(step, bills=False) if isinstance(step, HttpRequest) else step


def _changed(exchange: Exchange[ImageResult], change: Callable[[Any], Any]) -> Exchange[ImageResult]:
    """An exchange with each step changed; one that becomes ``None`` is left out."""
    answer: Any = None
    error: Exception | None = None
    while True:
        try:
            step = exchange.send(answer) if error is None else exchange.throw(error)
        except StopIteration as done:
            result: ImageResult = done.value
            return result
        answer = error = None
        if (told := change(step)) is not None:
            try:
                answer = yield told
            except Exception as raised:  # noqa: BLE001 - handed on
                error = raised


class Secretive(Reference):
    def exchange(self, call: Call) -> Exchange[ImageResult]:
        return (yield from _changed(super().exchange(call), lambda step: None if isinstance(step, Job) else step))


class Talkative(Reference):
    def map_request(self, call: Call) -> HttpRequest:
        print("mapping")  # noqa: T201 - that is what is wrong
        return super().map_request(call)


# More of them


class Sightless(Reference):
    def normalize(self, response: HttpResponse, call: Call) -> ImageResult:
        del call
        raise SchemaError("Nothing here.", status=response.status)


class Forgiving(Reference):
    def classify(self, response: HttpResponse, call: Call) -> Any:
        del response, call


class Renumbering(Reference):
    def classify(self, response: HttpResponse, call: Call) -> Any:
        error = super().classify(response, call)
        return error and type(error)(error.message, status=418)


class Vague(Reference):
    def classify(self, response: HttpResponse, call: Call) -> Any:
        error = super().classify(response, call)
        return error and type(error)("Something went wrong.", status=response.status)


class Poet(Reference):
    def normalize(self, response: HttpResponse, call: Call) -> ImageResult:
        result = super().normalize(response, call)
        return result.but(images=tuple(evolve(one, revised_prompt="a cat, or so") for one in result.images))


class Hoarder(Reference):
    def normalize(self, response: HttpResponse, call: Call) -> ImageResult:
        result = super().normalize(response, call)
        return result.but(raw=tuple(b64encode(one.read()).decode() for one in result.images if one.data))


class Uncounting(Reference):
    def normalize(self, response: HttpResponse, call: Call) -> ImageResult:
        return super().normalize(response, call).but(usage=None)


class Impatient(Reference):
    def exchange(self, call: Call) -> Exchange[ImageResult]:
        return (yield from _changed(super().exchange(call), lambda step: None if isinstance(step, Wait) else step))


class Unseeing(Reference):
    """Has no eye for sketches."""

    def normalize_event(self, event: Any, call: Call) -> Partial | ImageResult | None:
        return None if event.event == "sketch" else super().normalize_event(event, call)


class Monocular(Reference):
    """Sees one image, however many come."""

    def normalize(self, response: HttpResponse, call: Call) -> ImageResult:
        result = super().normalize(response, call)
        return result.but(images=result.images[:1])


class Misdirecting(Reference):
    """Cancels where its key does not belong."""

    def exchange(self, call: Call) -> Exchange[ImageResult]:
        cancel = HttpRequest("DELETE", "https://elsewhere.example/orders")
        change = lambda step: evolve(step, cancel=cancel) if isinstance(step, Job) else step  # noqa: E731 - for this one
        return (yield from _changed(super().exchange(call), change))


class Tireless(Reference):
    """Goes on after whatever failed."""

    def exchange(self, call: Call) -> Exchange[ImageResult]:
        if call.operation != "vary":
            return (yield from super().exchange(call))
        ordering = super().exchange(call)
        answer: Any = None
        while True:
            try:
                step = ordering.send(answer)
            except StopIteration as done:
                result: ImageResult = done.value
                return result
            answer = yield from _at_last(step)


def _at_last(step: Any) -> Any:
    while True:
        try:
            return (yield step)
        except LimnerError:
            yield Wait(1)


class Dozing(Reference):
    """Sleeps over an answer."""

    def normalize(self, response: HttpResponse, call: Call) -> ImageResult:
        time.sleep(0.21 * (call.operation == "edit"))
        return super().normalize(response, call)


class Pondering(Reference):
    """Sleeps over whether it is an error."""

    def classify(self, response: HttpResponse, call: Call) -> Any:
        time.sleep(0.21 * (call.operation == "edit"))
        return super().classify(response, call)


class Anonymous(Reference):
    """Has a job without an id."""

    def exchange(self, call: Call) -> Exchange[ImageResult]:
        change = lambda step: evolve(step, id=" ") if isinstance(step, Job) else step  # noqa: E731 - for this one
        return (yield from _changed(super().exchange(call), change))


class Hurried(Reference):
    def exchange(self, call: Call) -> Exchange[ImageResult]:
        change = lambda step: Wait(0.01) if isinstance(step, Wait) else step  # noqa: E731 - for this one
        return (yield from _changed(super().exchange(call), change))


class Belated(Reference):
    """Tells of the job when it is over, and orders for nothing."""

    def exchange(self, call: Call) -> Exchange[ImageResult]:
        change = lambda step: None if isinstance(step, Job) else _billed(step)  # noqa: E731 - for this one
        return (yield from _changed(super().exchange(call), change))


def _billed(step: Any) -> Any:
    asks_after = isinstance(step, HttpRequest) and step.method == "GET"
    return evolve(step, bills=True) if asks_after else step
