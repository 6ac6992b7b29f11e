"""What was recorded, and whether it can be trusted and shown."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING

from attrs import evolve

from limner.addresses import join
from limner.provider import HttpRequest
from limner.testing import hygiene
from limner.testing.asking import short
from limner.testing.checks import check

if TYPE_CHECKING:
    from collections.abc import Iterator

    from limner.testing.subject import Subject

MANY = 3
"""Addresses that a sentence names."""


@check(601, "Every operation has a recorded success, and so has every stream.")
def operations_are_recorded(subject: Subject) -> Iterator[str]:
    """What was never seen to work is a guess."""
    found = {(tape.asked.found.name, tape.streams) for tape in subject.successes if tape.asked is not None}
    for operation in dict.fromkeys(offer.name for offer in subject.offers):
        if not {(operation, True), (operation, False)} & found:
            yield f"{operation} has no recording that comes to images{_instead(subject, operation)}"
        elif _streams(subject, operation) and (operation, True) not in found:
            yield f"{operation} has no recorded stream that comes to images{_instead(subject, operation)}"


def _instead(subject: Subject, operation: str) -> str:
    """What the recordings that there are come to."""
    if subject.cassettes is not None and not subject.cassettes.is_dir():
        return f"; there is no folder {subject.cassettes}"
    scenes = ((tape, scene) for tape, scene in subject.scenes if tape.asked and tape.asked.found.name == operation)
    said = (f"{tape.name} comes to {short(scene.outcome)}" for tape, scene in scenes if not scene.succeeded())
    return "".join(f"; {one}" for one in islice(said, 3))


def _streams(subject: Subject, operation: str) -> bool:
    """Whether a server streams the operation's events."""
    asked = next((one for one in subject.plain.values() if one.found.name == operation), None)
    online = asked is not None and isinstance(subject.stage.first(asked.call), HttpRequest)
    return online and any(one.operation.streams for one in subject.offers if one.name == operation)


@check(602, "A recording says where it comes from.")
def origins_are_told(subject: Subject) -> Iterator[str]:
    """Nothing that was recorded from an emulator passes for the real thing."""
    for path in subject.paths:
        try:
            file = hygiene.opened(path)
        except (OSError, ValueError) as error:
            yield str(error)
        else:
            yield from hygiene.CHECKS["interactions"](file)


def _of_hygiene(subject: Subject, *names: str) -> Iterator[str]:
    return (fault for file in subject.files for name in names for fault in hygiene.CHECKS[name](file))


@check(603, "A recording is small.")
def recordings_are_small(subject: Subject) -> Iterator[str]:
    """Megabytes of test data are read by nobody and copied by everybody."""
    return _of_hygiene(subject, "size")


@check(604, "A recording is written as all are.")
def recordings_are_alike(subject: Subject) -> Iterator[str]:
    """What differs between two of them then differs in meaning."""
    return _of_hygiene(subject, "form")


@check(605, "A recording has only headers that mean something.")
def headers_are_few(subject: Subject) -> Iterator[str]:
    """Cookies, accounts and tokens travel in the others."""
    return _of_hygiene(subject, "headers")


@check(606, "A recording holds no key.")
def no_key_is_recorded(subject: Subject) -> Iterator[str]:
    """What is published is used, within minutes."""
    return _of_hygiene(subject, "keys")


@check(607, "A recording answers a request that the provider makes.")
def recordings_are_its_own(subject: Subject) -> Iterator[str]:
    """A recording of something else proves nothing."""
    for tape in subject.tapes:
        if tape.asked is None:
            first = tape.requests[0]
            yield f"{tape.name}: no request of its declaration goes to {first.method} {first.url}{_places(subject)}"


def _places(subject: Subject) -> str:
    """Where they do go."""
    found = {
        (one.method, join(subject.provider.base_url, one.url))
        for asked in subject.plain.values()
        for one in subject.wire(asked)
    }
    places = sorted(f"{method} {url}" for method, url in found)
    return f"; they go to {', '.join(places[:MANY])}{' ...' * (len(places) > MANY)}" if places else ""


@check(608, "A recording holds no trace of a machine.")
def no_machine_is_recorded(subject: Subject) -> Iterator[str]:
    """Paths and addresses tell of whoever recorded it, and mean nothing elsewhere."""
    own = subject.provider.base_url.rstrip("/")  # which may be on its users' machines
    files = (evolve(file, text=file.text.replace(own, "")) for file in subject.files)
    return (fault for file in files for fault in hygiene.CHECKS["machines"](file))


@check(609, "The images of a recording are tiny.")
def images_are_tiny(subject: Subject) -> Iterator[str]:
    """A blank one of the same shape says as much."""
    return _of_hygiene(subject, "images")
