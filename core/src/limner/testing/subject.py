"""What the conformance suite examines: one provider, how it is installed, and what was recorded of it."""

from __future__ import annotations

import json
import re
from contextlib import suppress
from functools import cached_property
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, unquote, urlsplit

from attrs import define, field, frozen

from limner.addresses import join
from limner.capabilities import refuses
from limner.provider import HttpRequest
from limner.registry import Registry
from limner.testing.asking import PROMPT, Asked, Asking
from limner.testing.stage import Reply, Stage, UnrecordedError
from limner.testing.wording import URLENCODED

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from limner.capabilities import Found, ProviderCapabilities
    from limner.provider import Provider
    from limner.testing.cassettes import Recorded, Replied
    from limner.testing.hygiene import File
    from limner.testing.stage import Scene


@frozen(eq=False)
class Tape:
    """Recorded answers, and the call that they answer as far as that can be told.

    Args:
        name: The cassette's.
        replies: What was answered; nothing, where a provider asks no server.
        asked: The call; ``None`` where the provider makes no request like the recorded one.
        requests: What was asked.
        told: The answers that the provider itself asks for; the others are downloads.
    """

    name: str
    replies: tuple[Reply, ...]
    asked: Asked | None
    requests: tuple[Recorded, ...] = ()
    told: tuple[Reply, ...] = ()

    @property
    def last(self) -> Reply:
        """The answer that held the images, or said why there are none."""
        return self.told[-1]

    @property
    def downloads(self) -> tuple[Reply, ...]:
        """What was not asked for by the provider itself."""
        told = set(map(id, self.told))
        return tuple(reply for reply in self.replies if id(reply) not in told)

    def with_last(self, **changes: Any) -> tuple[Reply, ...]:  # noqa: ANN401 - fields of a reply
        """The answers, with that one changed."""
        return self.with_one(len(self.told) - 1, **changes)

    def with_one(self, place: int, **changes: Any) -> tuple[Reply, ...]:  # noqa: ANN401 - fields of a reply
        """The answers, with one of those that the provider asks for changed."""
        return (*self.told[:place], self.told[place].but(**changes), *self.told[place + 1 :], *self.downloads)

    @property
    def json(self) -> Any:  # noqa: ANN401 - JSON
        """The last answer as JSON; ``None`` where it is none."""
        return self.last.json if self.replies else None

    @property
    def streams(self) -> bool:
        """Whether the last answer is a stream of events."""
        return bool(self.replies) and self.last.streams


@define(eq=False, slots=False)
class Subject:
    """A provider under examination. What several checks need is worked out once.

    Args:
        provider: The provider.
        cassettes: The folder of its recordings.
        registry: What is installed.
    """

    provider: Provider
    cassettes: Path | None = None
    registry: Registry = field(factory=lambda: Registry.for_client(None, None))

    @cached_property
    def declared(self) -> ProviderCapabilities:
        """What it declares."""
        return self.provider.capabilities()

    @cached_property
    def asking(self) -> Asking:
        """Requests made of its declaration."""
        return Asking(self.provider)

    @cached_property
    def stage(self) -> Stage:
        """Where its calls are played."""
        return Stage(self.provider)

    @cached_property
    def offers(self) -> Sequence[Found]:
        """Every operation of every model."""
        return tuple(self.asking.offers())

    @cached_property
    def plain(self) -> Mapping[tuple[str, str], Asked]:
        """Of each operation of each model the plainest request, where one is taken at all."""
        found = {(one.id, one.name): self.asking.plain(one) for one in self.offers}
        return {key: asked for key, asked in found.items() if asked is not None}

    @cached_property
    def each(self) -> Sequence[tuple[Found, str, Asked | None]]:
        """For every valid sample of every parameter, the request that sets it; ``None`` where rules forbid it."""
        return tuple((found, name, asked) for found in self.offers for name, asked in self.asking.each(found))

    @cached_property
    def asked(self) -> Sequence[Asked]:
        """Every request that is taken."""
        return (*self.plain.values(), *(asked for _, _, asked in self.each if asked is not None))

    @cached_property
    def paths(self) -> Sequence[Path]:
        """The files of its recordings."""
        return tuple(sorted(self.cassettes.glob("*.json"))) if self.cassettes is not None else ()

    @cached_property
    def files(self) -> Sequence[File]:
        """Those of them that can be read."""
        from limner.testing import hygiene  # noqa: PLC0415 - of no use without a folder

        found = []
        for path in self.paths:
            with suppress(OSError, ValueError):  # said by a check of its own
                found.append(hygiene.opened(path))
        return tuple(found)

    @cached_property
    def tapes(self) -> Sequence[Tape]:
        """Its recordings, those that can be read; and an empty one of each operation for which it asks no server."""
        return tuple(tape for tape, _ in self._played)

    @cached_property
    def scenes(self) -> Sequence[tuple[Tape, Scene]]:
        """Every recording that answers a request of the provider's, played."""
        return tuple((tape, scene) for tape, scene in self._played if scene is not None)

    @cached_property
    def _played(self) -> Sequence[tuple[Tape, Scene | None]]:
        recorded = (one for file in self.files for one in self._conversations(file))
        return (*recorded, *((tape, self.play(tape)) for tape in self._unasked()))

    def _conversations(self, file: File) -> Iterator[tuple[Tape, Scene | None]]:
        """What a cassette holds: one conversation, or several, as where a request was tried again."""
        rest = [(one.request, _reply(one.request, one.response)) for one in file.cassette.interactions]
        name, number = file.name.removesuffix(".json"), 1
        while rest:
            tape, scene = self._conversation(name if number == 1 else f"{name} ({number})", rest)
            if number > 1 and (scene is None or isinstance(scene.outcome, UnrecordedError)):
                return  # a rest of the one before, such as that of an image more than is asked with here
            yield tape, scene
            taken = set(map(id, tape.replies))
            rest, number = [pair for pair in rest if id(pair[1]) not in taken], number + 1

    def _conversation(self, name: str, rest: Sequence[tuple[Recorded, Reply]]) -> tuple[Tape, Scene | None]:
        """The first conversation of several: as many of the answers as one call asks for."""
        requests, replies = tuple(request for request, _ in rest), tuple(reply for _, reply in rest)
        asked = self._asked_by(requests[0], replies)
        if asked is None:
            return Tape(name, replies, None, requests), None
        scene = self.stage.play(asked.call, replies)
        given = set(map(id, scene.given))
        taken = [pair for pair in rest if id(pair[1]) in given] or rest
        requests, replies = tuple(request for request, _ in taken), tuple(reply for _, reply in taken)
        return Tape(name, replies, asked, requests, tuple(scene.told) or replies), scene

    def _unasked(self) -> Iterator[Tape]:
        offline = {
            asked.found.name: asked
            for asked in reversed(tuple(self.plain.values()))
            if not isinstance(self._first(asked), HttpRequest | None)
        }
        return (Tape(f"{operation}, which asks no server", (), asked) for operation, asked in offline.items())

    @cached_property
    def successes(self) -> Sequence[Tape]:
        """Recordings that come to images, one of each operation and of each kind of answer."""
        found: dict[object, Tape] = {}
        for tape, scene in self.scenes:
            if scene.succeeded() and tape.asked is not None:
                found.setdefault((tape.asked.found.name, tape.streams, tape.json is None), tape)
        return tuple(found.values())

    def play(self, tape: Tape, replies: Sequence[Reply] | None = None) -> Scene:
        """Play a recording, or other answers in its place."""
        assert tape.asked is not None  # noqa: S101 - for type checkers: who calls has looked
        return self.stage.play(tape.asked.call, tape.replies if replies is None else replies)

    def wire(self, asked: Asked) -> Sequence[HttpRequest]:
        """The requests that a call makes: the first alone where it is the one that is paid for."""
        first = self._first(asked)
        if not isinstance(first, HttpRequest):
            return ()
        reel = self._reels.get(asked.found.name)
        if first.billing or reel is None:
            return [first]
        return self.stage.play(asked.call, reel.replies, again=True).requests

    def _first(self, asked: Asked) -> object:
        """A call's first step; ``None`` where the provider breaks, which a check of its own says."""
        try:
            return self.stage.first(asked.call)
        except Exception:  # noqa: BLE001 - it is a stranger's code
            return None

    @cached_property
    def _reels(self) -> Mapping[str, Tape]:
        """Of each operation a recording that comes to images."""
        return {tape.asked.found.name: tape for tape in reversed(self.successes) if tape.asked is not None}

    def _asked_by(self, recorded: Recorded, replies: Sequence[Reply]) -> Asked | None:
        """The request that the recorded one comes from, as far as it can be told: address, model, parameters."""
        fitting = [
            (asked, said) for asked in self.plain.values() if (said := self._goes_to(asked, recorded)) is not None
        ]
        where = recorded.body + unquote(recorded.url).encode()
        named = [one for one in fitting if one[0].found.id.encode() in where]
        plain, said = max(named, key=lambda one: len(one[0].found.id), default=next(iter(fitting), (None, {})))
        if plain is None:
            return None
        values = {**plain.values, **_read_back(plain.found, recorded), **said}
        if replies[0].streams or replies[-1].streams:
            values["stream"] = True
        return self.asking.asked(plain.found, values) or plain

    def _goes_to(self, asked: Asked, recorded: Recorded) -> Mapping[str, str] | None:
        """What the recorded address says, if this request goes there: of some APIs, the prompt is part of it."""
        first = self._first(asked)
        if not isinstance(first, HttpRequest) or first.method != recorded.method:
            return None
        ours, theirs = urlsplit(join(self.provider.base_url, first.url)), urlsplit(recorded.url)
        pattern = re.escape(unquote(ours.path)).replace(re.escape(PROMPT), "(?P<prompt>.+)")
        found = re.fullmatch(pattern, unquote(theirs.path), re.DOTALL)
        return found.groupdict() if found is not None and ours.hostname == theirs.hostname else None


def _read_back(found: Found, recorded: Recorded) -> dict[str, Any]:
    """What the body of a request sets, by the names of the declaration; images apart."""
    fields = _fields(recorded)
    values: dict[str, Any] = {}
    for name, parameter in found.operation.parameters.items():
        place = parameter.wire.name or name
        if place not in fields or parameter.constraint.on_images:
            continue
        ours = {theirs: word for word, theirs in parameter.wire.values.items()}
        said = [one for one in _readings(fields[place]) if not isinstance(one, (dict, list))]
        taken = (ours.get(one, one) for one in said)
        value = next((one for one in taken if not refuses(parameter.constraint.check(one))), None)
        values |= {name: value} if value is not None else {}
    return values


def _fields(recorded: Recorded) -> dict[str, Any]:
    """What a request says by name: in its query, in its JSON, in its form."""
    from limner.testing.bodies import form_of  # noqa: PLC0415 - of no use without a folder

    content_type, said = recorded.headers.get("content-type", ""), dict(parse_qsl(urlsplit(recorded.url).query))
    if content_type.startswith("multipart/form-data"):
        return said | {one["name"]: one["text"] for one in form_of(recorded.body, content_type) if "text" in one}
    if content_type.startswith(URLENCODED):
        return said | dict(parse_qsl(recorded.body.decode()))
    try:
        body = json.loads(recorded.body)
    except ValueError:
        return said
    return said | body if isinstance(body, dict) else said


def _readings(said: Any) -> Iterator[Any]:  # noqa: ANN401 - JSON
    """A value; a form has only texts, which may mean numbers."""
    yield said
    with suppress(ValueError, TypeError):
        yield json.loads(said)


def _reply(request: Recorded, response: Replied) -> Reply:
    path = urlsplit(request.url).path
    return Reply(response.status, response.headers, response.body, request.method, path)
