"""How a call looks on the wire."""

from __future__ import annotations

import json
from collections import defaultdict
from hashlib import sha256
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from attrs import evolve

from limner.addresses import join
from limner.errors import BadInputError
from limner.inputs import ImageInput
from limner.media import Blob
from limner.provider import Blocking, Embed, HttpRequest, Job, NextEvent, Partial, Wait
from limner.testing.asking import short
from limner.testing.checks import check
from limner.testing.stage import walk
from limner.testing.wording import at, bodies, leaves, mentions, says, texts, told
from limner.transport.encode import encode

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from limner.provider import Provider
    from limner.testing.asking import Asked
    from limner.testing.subject import Subject

STEPS = (HttpRequest, NextEvent, Wait, Partial, Job, Blocking)
OWN_HEADERS = frozenset(
    (
        "accept-encoding",
        "authorization",
        "connection",
        "content-length",
        "cookie",
        "host",
        "proxy-authorization",
        "transfer-encoding",
    )
)
"""What the transport sets, and nobody else."""
ODD = 'a "cat"\\ \N{CAT FACE} \u732b\r\nand\ta second line; name="x" & <more> %41'
EXTRA = "x-limner-conformance"


@check(301, "Every request that its declaration takes becomes a step.")
def takes_what_it_declares(subject: Subject) -> Iterator[str]:
    """What is declared is planned, and breaks in the user's hands otherwise."""
    for asked in subject.asked:
        try:
            step = subject.stage.first(asked.call)
        except Exception as broken:  # noqa: BLE001 - it is a stranger's code
            yield f"{asked}: {type(broken).__name__}: {broken}"
            continue
        if not isinstance(step, STEPS):
            yield f"{asked} begins with {short(step)}, which is no step"


@check(302, "What is asked for reaches the wire.")
def nothing_is_dropped(subject: Subject) -> Iterator[str]:
    """Two different wishes that make the same request: one of them was dropped without a word."""
    seen: dict[tuple[str, str, str], dict[str, dict[str, Asked]]] = defaultdict(lambda: defaultdict(dict))
    for asked in subject.asked:
        requests = subject.wire(asked)
        if asked.about is not None and requests:
            wish = _spelled(asked)
            seen[asked.found.id, asked.found.name, asked.about][json.dumps(list(map(told, requests)))][wish] = asked
    for (model, operation, name), by_wire in seen.items():
        alike = next((wishes for wishes in by_wire.values() if len(wishes) > 1), {})
        if alike:
            one, other, *_ = alike.values()
            values = f"{short(one.values[name])} and {short(other.values[name])}"
            yield f"{operation} with {model}: {name} {values} make the same request"
            continue
        plain = subject.plain[model, operation]
        unset = json.dumps(list(map(told, subject.wire(plain))))
        (wish, asked), *others = (item for wishes in by_wire.values() for item in wishes.items())
        if not others and name not in plain.values and unset in by_wire and wish != "false":
            yield f"{asked} makes the same request as without"


def _spelled(asked: Asked) -> str:
    """The value as it is to be spelled; of images, their bytes."""
    parameter = asked.found.operation.parameters[str(asked.about)]
    value = asked.call.n if asked.about == "n" else asked.values[str(asked.about)]
    if parameter.constraint.on_images:
        return json.dumps([_identity(one) for one in walk(value)])
    return json.dumps(_dense(parameter.wire.value(value)), default=repr)


def _identity(image: ImageInput) -> Any:  # noqa: ANN401 - JSON
    return image.blob.sha256 if image.blob is not None else [image.url, image.id]


def _dense(value: Any) -> Any:  # noqa: ANN401 - JSON
    """Without what says nothing: an empty object asks for as much as none."""
    return {name: _dense(one) for name, one in value.items() if one != {}} if isinstance(value, dict) else value


@check(303, "A value stands where the declaration says, spelled as it says.")
def is_spelled_as_declared(subject: Subject) -> Iterator[str]:
    """Plans and documentation show the declaration's spelling."""
    for asked in subject.asked:
        parameter = asked.found.operation.parameters.get(asked.about or "")
        name = asked.about or ""
        if parameter is None or parameter.constraint.on_images or name == "stream":
            continue
        if parameter.wire.name is None and "." in name:  # an option without a place: its provider makes something of it
            continue
        requests = subject.wire(asked)
        value = parameter.wire.value(asked.call.n if name == "n" else asked.values[name])
        place = parameter.wire.name or name
        if not requests or any(_says(request, place.split("."), value) for request in requests):
            continue
        if parameter.wire.name is None and mentions(requests, value):  # nor has it a place of its own
            continue
        yield f"{asked}: {place}={short(value)} is not in the request"


def _says(request: HttpRequest, path: Sequence[str], value: Any) -> bool:  # noqa: ANN401 - JSON
    headers = tuple((name.lower(), text) for name, text in request.headers.items())
    return any(says(body, path, value) for body in bodies(request)) or says(headers, [path[0].lower()], value)


@check(304, "What is not set is not sent.")
def unset_stays_unset(subject: Subject) -> Iterator[str]:
    """The server's own default would be overruled, and nobody asked for that."""
    for asked in subject.plain.values():
        places = {name: one.wire.name or name for name, one in asked.found.operation.parameters.items()}
        kept = {place for name, place in places.items() if name in asked.values}
        named = [body for request in subject.wire(asked) for body in bodies(request)]
        for name, place in places.items():
            if place not in kept and any(at(body, place.split(".")) for body in named):
                yield f"{asked} sends {place!r}, and {name} was not set"


@check(305, "The model is sent, as the caller wrote it.")
def model_is_sent(subject: Subject) -> Iterator[str]:
    """Another one would be paid for."""
    only = len(subject.declared.models) == 1 and not subject.declared.unknown
    for asked in subject.plain.values():
        for name in (asked.found.id, *(asked.found.model.aliases if asked.found.model else ())):
            requests = subject.wire(_with_model(asked, name))
            if not requests or only or any(name in text for text in texts(requests)):
                continue
            if subject.declared.unknown or not _is_told_apart(subject, asked, requests):
                yield f"{asked.found.name} with {name} sends nothing that names the model"


def _with_model(asked: Asked, name: str) -> Asked:
    return evolve(asked, call=evolve(asked.call, model=name))


def _is_told_apart(subject: Subject, asked: Asked, requests: Sequence[HttpRequest]) -> bool:
    """Whether no other model makes the same request: of a closed list, each may have a word of its own."""
    others = (one.found.id for one in subject.plain.values() if one.found.name == asked.found.name)
    made = [subject.wire(_with_model(asked, name)) for name in others if name != asked.found.id]
    return all(list(map(told, one)) != list(map(told, requests)) for one in made)


@check(306, "The prompt arrives whole, whatever is in it.")
def prompt_arrives(subject: Subject) -> Iterator[str]:
    """Quotes, line breaks and other alphabets are what people write."""
    for asked in subject.plain.values():
        odd = subject.asking.asked(asked.found, {**asked.values, "prompt": ODD}) if "prompt" in asked.values else None
        requests = subject.wire(odd) if odd is not None else ()
        if requests and not any(ODD in text for text in texts(requests)):
            yield f"{asked}: the prompt {ODD!r} is not in the request"


@check(307, "What is given as extra= is sent.")
def extra_is_sent(subject: Subject) -> Iterator[str]:
    """It is the way round a declaration that lags behind."""
    for asked in subject.plain.values():
        request = asked.call.request.but(extra={EXTRA: EXTRA})
        requests = subject.wire(evolve(asked, call=evolve(asked.call, request=request)))
        written = [one for one in requests if one.json is not None or one.parts or one.content is not None]
        if written and not any(EXTRA in text for text in texts(written)):
            yield f"{asked}: extra={{{EXTRA!r}: ...}} is not in the request"


@check(308, "Its requests go to its own hosts.")
def stays_at_home(subject: Subject) -> Iterator[str]:
    """The core sends a key nowhere else, and such a call fails."""
    cancels = ((tape, [one.cancel for one in scene.steps if isinstance(one, Job)]) for tape, scene in subject.scenes)
    scenes = [
        *((tape.name, scene.requests) for tape, scene in subject.scenes),
        *((f"{tape.name}, given up,", [one for one in requests if one is not None]) for tape, requests in cancels),
    ]
    for who, requests in [*((str(asked), subject.wire(asked)) for asked in subject.plain.values()), *scenes]:
        for request in requests:
            url = join(subject.provider.base_url, request.url)
            if (host := urlsplit(url).hostname) not in subject.provider.hosts:
                yield f"{who} asks {host}, which is not among its hosts"


@check(309, "It leaves the transport's headers alone.")
def leaves_headers_alone(subject: Subject) -> Iterator[str]:
    """The key, the length and the connection are the transport's, which knows them."""
    for asked in subject.plain.values():
        for request in subject.wire(asked):
            for name in sorted(OWN_HEADERS & {one.lower() for one in request.headers}):
                yield f"{asked} sets the header {name}"


@check(310, "Every request can be written, in one way.")
def can_be_written(subject: Subject) -> Iterator[str]:
    """JSON, a form or bytes: of two bodies one would be dropped, and what is no JSON breaks while it is sent."""
    for asked in subject.asked:
        for request in subject.wire(asked):
            bodies = [request.json is not None, bool(request.parts), request.content is not None]
            if sum(bodies) > 1:
                yield f"{asked} has more than one body"
            try:
                b"".join(encode(request) or ())
            except (AttributeError, TypeError, ValueError) as wrong:  # what is no image, no JSON, no number
                yield f"{asked} cannot be written: {wrong}"


@check(311, "Images that go in arrive byte for byte.")
def images_arrive(subject: Subject) -> Iterator[str]:
    """A picture that is lost on its way is paid for all the same."""
    for asked in subject.asked:
        requests = subject.wire(asked)
        images = [one for value in asked.values.values() for one in walk(value) if isinstance(one, ImageInput)]
        if not requests or not images:
            continue
        carried = [one.image if isinstance(one, Embed) else one for one in leaves(requests)]
        sent = {one.sha256 if isinstance(one, Blob) else sha256(one).hexdigest() for one in carried if _is_data(one)}
        said = texts(requests)
        for image in images:
            name = str(image.url or image.id)
            if image.blob is not None and image.blob.sha256 not in sent:
                yield f"{asked}: {image!r} is not in the request"
            if image.blob is None and not any(name in text for text in said):
                yield f"{asked}: {name} is not in the request"


def _is_data(value: object) -> bool:
    return isinstance(value, (Blob, bytes))


@check(312, "A file in a form is called what it is.")
def files_are_typed(subject: Subject) -> Iterator[str]:
    """APIs refuse ``application/octet-stream``, and a PNG that is called a JPEG."""
    for asked in subject.asked:
        for part in (part for request in subject.wire(asked) for part in request.parts):
            if not isinstance(part.content, Blob) or part.media_type is None or part.content.info is None:
                continue
            if part.media_type != part.content.info.media_type:
                yield f"{asked}: {part.name} is called {part.media_type}, and is {part.content.info.media_type}"


@check(313, "Making a request changes nothing, and comes to the same each time.")
def mapping_is_pure(subject: Subject) -> Iterator[str]:
    """A plan shows what will be sent: it asks once, and running it asks again."""
    for asked in subject.plain.values():
        first, second = ([told(one) for one in subject.wire(asked)] for _ in range(2))
        if first != second:
            yield f"{asked} makes another request the second time"


@check(314, "A stream is asked for where one is wanted.")
def streams_are_asked_for(subject: Subject) -> Iterator[str]:
    """The core reads events only of a request that says ``stream=True``."""
    for found in subject.offers:
        plain = subject.plain.get((found.id, found.name))
        if plain is None or not found.operation.streams:
            continue
        asked = subject.asking.asked(found, {**plain.values, "stream": True})
        for request in subject.wire(asked) if asked is not None else ():
            if request.billing and not request.stream:
                yield f"{asked} with a stream wanted makes a request without stream=True"


@check(315, "A model's name cannot lead a request elsewhere.")
def model_stays_in_its_place(subject: Subject) -> Iterator[str]:
    """Hosts let users choose models: a name with slashes and dots must not choose the address too."""
    for asked in subject.plain.values():
        for name in STRAYS:
            for usual, odd in zip(subject.wire(asked), subject.wire(_with_model(asked, name)), strict=False):
                if _leads_elsewhere(subject.provider, asked.found.id, usual.url, odd.url, by=name):
                    yield f"{asked.found.name} with the model {name!r} goes to {odd.url}; quote it"


STRAYS = ("../../x?admin=1#", "..")
"""The names of no model. In the second there is nothing to quote: where it stands by itself, the core refuses it."""


def _leads_elsewhere(provider: Provider, model: str, usual: str, odd: str, *, by: str) -> bool:
    base = provider.base_url
    home, below = urlsplit(join(base, usual)), urlsplit(base).path
    try:
        there = urlsplit(join(base, odd))
    except BadInputError:
        return by != ".."
    beyond = there.fragment != home.fragment or there.query != home.query
    climbs = home.path.startswith(below) > there.path.startswith(below)
    shorter = _steps(there.path) < _steps(home.path) - model.count("/")
    return beyond or climbs or shorter or (there.netloc != home.netloc and there.hostname not in provider.hosts)


def _steps(path: str) -> int:
    return path.rstrip("/").count("/")
