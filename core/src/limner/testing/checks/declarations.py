"""What a provider says of itself, before anything is asked of it."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from limner.capabilities import ProviderCapabilities, refuses
from limner.testing.asking import ESSENTIAL, REQUESTS, is_known, short
from limner.testing.checks import check

if TYPE_CHECKING:
    from collections.abc import Iterator

    from limner.capabilities import Found, Lifecycle, Parameter, Source
    from limner.testing.subject import Subject


@check(201, "It declares something, and the same each time.")
def declares(subject: Subject) -> Iterator[str]:
    """A declaration is read many times, by many."""
    first: object = subject.provider.capabilities()
    second: object = subject.provider.capabilities()
    if not isinstance(first, ProviderCapabilities):
        yield f"capabilities() returns {type(first).__name__}, not ProviderCapabilities"
    elif first != second:
        yield "capabilities() says something else the second time"
    elif not subject.declared.operations():
        yield "there is no operation of any model"


@check(202, "Every declaration says where it is written, and when it was read there.")
def has_sources(subject: Subject) -> Iterator[str]:
    """A refusal names the page; whoever doubts it can look."""
    tomorrow = datetime.now(UTC).date() + timedelta(days=1)
    for whose, source in _sources(subject):
        if not source.page.strip():
            yield f"the source of {whose} names no page"
        if source.checked > tomorrow:
            yield f"the source of {whose} is said to be read on {source.checked}, which has not come yet"


def _sources(subject: Subject) -> Iterator[tuple[str, Source]]:
    yield "the provider", subject.declared.source
    for model in subject.declared.models:
        if model.source is not None:
            yield model.id, model.source
    for found, name, parameter in _parameters(subject):
        if parameter.source is not None:
            yield f"{name} of {_said(found)}", parameter.source


def _parameters(subject: Subject) -> Iterator[tuple[Found, str, Parameter]]:
    return ((found, name, one) for found in subject.offers for name, one in found.operation.parameters.items())


def _said(found: Found) -> str:
    return f"{found.name} with {found.id}"


@check(203, "Its operations are those that limner has.")
def operations_are_known(subject: Subject) -> Iterator[str]:
    """Nobody can ask for another one."""
    for name in subject.declared.operations():
        if name not in REQUESTS:
            yield f"{name!r} is none of {', '.join(REQUESTS)}"


@check(204, "Every parameter is one that a request has, or an option of its own.")
def parameters_are_known(subject: Subject) -> Iterator[str]:
    """A misspelt one can never be set."""
    for found, name, _ in _parameters(subject):
        if not is_known(found.name, name):
            yield f"{name!r} of {_said(found)} is no parameter of {found.name}; what is your own is options.NAME"


@check(205, "What it calls valid is taken, and what it calls invalid is refused.")
def samples_hold(subject: Subject) -> Iterator[str]:
    """Forms, documentation and these very checks are made of the samples."""
    for found, name, parameter in _parameters(subject):
        samples = parameter.constraint.samples()
        for value in samples.valid:
            if refuses(parameter.constraint.check(value)):
                yield f"{name}={short(value)} of {_said(found)} is a valid sample, and refused"
        for value in samples.invalid:
            if not refuses(parameter.constraint.check(value)):
                yield f"{name}={short(value)} of {_said(found)} is an invalid sample, and taken"


@check(206, "Every default is a value that is taken.")
def defaults_are_taken(subject: Subject) -> Iterator[str]:
    """Rules read defaults, and a form shows them."""
    for found, name, parameter in _parameters(subject):
        if parameter.default is None or parameter.open or found.operation.open:
            continue
        if refuses(parameter.constraint.check(parameter.default)):
            yield f"{name} of {_said(found)} has the default {short(parameter.default)}, which it does not take"


@check(207, "No two parameters are written to the same place, and none over the model.")
def places_are_apart(subject: Subject) -> Iterator[str]:
    """One of them would be lost without a word."""
    for found in subject.offers:
        taken: dict[str, str] = {"model": "the model"}
        for name, parameter in found.operation.parameters.items():
            place = parameter.wire.name or name
            if place in taken and not parameter.constraint.on_images:
                yield f"{name} of {_said(found)} is written to {place!r}, where {taken[place]} stands"
            taken[place] = name


@check(208, "What an operation cannot do without is declared.")
def essentials_are_declared(subject: Subject) -> Iterator[str]:
    """Its limits would go unchecked, and an image that goes in unsent."""
    for found in subject.offers:
        for name in ESSENTIAL.get(found.name, ()):
            if name not in found.operation.parameters:
                yield f"{_said(found)} does not declare {name}"


@check(209, "What goes or has gone says when, or what to use instead, and that is there.")
def lifecycles_are_told(subject: Subject) -> Iterator[str]:
    """The word alone leaves a user with a dead program and no way out."""
    names = {name for model in subject.declared.models for name in (model.id, *model.aliases)}
    for whose, stage in _stages(subject):
        if stage.status in {"deprecated", "retired"} and not (stage.date or stage.successor or stage.note):
            yield f"{whose} is {stage.status}, without a date, a successor or a note"
        for successor in stage.successor:
            if whose in names and successor not in names:
                yield f"{successor!r}, the successor of {whose}, is not among the models"


def _stages(subject: Subject) -> Iterator[tuple[str, Lifecycle]]:
    for model in subject.declared.models:
        yield model.id, model.lifecycle
    for found in subject.offers:
        yield _said(found), found.operation.lifecycle
    for found, name, parameter in _parameters(subject):
        yield f"{name} of {_said(found)}", parameter.lifecycle


@check(210, "Several images per call can be asked for.")
def images_per_call_can_be_asked_for(subject: Subject) -> Iterator[str]:
    """``n`` is planned by this number, and sent as ``n``."""
    for found in subject.offers:
        most, n = found.operation.images_per_call, found.operation.parameters.get("n")
        if n is None and most > 1:
            yield f"{_said(found)} makes {most} images per call, and does not take n"
        elif n is not None and not n.open and not found.operation.open and refuses(n.constraint.check(most)):
            yield f"{_said(found)} makes {most} images per call, and n must be {n.constraint.describe()}"


@check(211, "Every image that it takes can be sent.")
def images_can_be_sent(subject: Subject) -> Iterator[str]:
    """An encoding has to carry it, in one of the ways in which it can be given."""
    for found, name, parameter in _parameters(subject):
        if not parameter.constraint.on_images:
            continue
        kinds = {kind for one in found.operation.encodings if name not in one.without for kind in one.kinds(name)}
        if strange := kinds - {"bytes", "url", "id"}:
            yield f"{name} of {_said(found)} is given as {', '.join(sorted(strange))}: there are bytes, url and id"
        if not kinds:
            yield f"no encoding of {_said(found)} carries {name}"


@check(212, "How images come back is said in words that limner has.")
def deliveries_are_known(subject: Subject) -> Iterator[str]:
    """``delivery=`` knows ``bytes`` and ``url``."""
    for found in subject.offers:
        strange = set(found.operation.delivers) - {"bytes", "url"}
        if strange or not found.operation.delivers:
            yield f"{_said(found)} delivers {sorted(strange) or 'nothing'}: there are bytes and url"


@check(213, "It is plain data, and a JSON Schema.")
def exports(subject: Subject) -> Iterator[str]:
    """``limner capabilities --json`` prints it, and ``client.schema()`` hands it to hosts."""
    said = {_said(found): found.operation.json_schema for found in subject.offers}
    for whose, data in {"the declaration": subject.declared.json, **said}.items():
        try:
            json.dumps(data())
        except (TypeError, ValueError) as wrong:
            yield f"{whose} is no JSON: {wrong}"


@check(214, "Every operation can be asked for with nothing but what it needs.")
def can_be_used(subject: Subject) -> Iterator[str]:
    """A model that refuses the plainest request there is serves nobody."""
    for found in subject.offers:
        if (found.id, found.name) not in subject.plain:
            yield f"{_said(found)} takes no request at all"


@check(215, "Every parameter can be set in some request.")
def parameters_can_be_set(subject: Subject) -> Iterator[str]:
    """One that rules always forbid is a promise that nobody can claim."""
    able: dict[tuple[str, str, str], bool] = {}
    for found, name, asked in subject.each:
        able[found.id, found.name, name] = able.get((found.id, found.name, name), False) or asked is not None
    for (model, operation, name), once in able.items():
        if not once:
            yield f"{operation} with {model} takes no value of {name}"
