"""What the conformance suite examines: one provider, how it is installed, and what was recorded of it."""

from __future__ import annotations

import json
from contextlib import suppress
from functools import cached_property
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from attrs import define, field, frozen

from limner.capabilities import refuses
from limner.planning import join
from limner.provider import HttpRequest
from limner.registry import Registry
from limner.testing.asking import Asked, Asking
from limner.testing.stage import Reply, Stage

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
    """

    name: str
    replies: tuple[Reply, ...]
    asked: Asked | None
    requests: tuple[Recorded, ...] = ()

    @property
    def told(self) -> tuple[Reply, ...]:
        """The answers of the provider itself: what came from elsewhere are downloads."""
        hosts = [urlsplit(request.url).hostname for request in self.requests]
        return tuple(reply for reply, host in zip(self.replies, hosts, strict=True) if host == hosts[0])

    @property
    def last(self) -> Reply:
        """The answer that held the images, or said why there are none."""
        return self.told[-1]

    def with_last(self, **changes: Any) -> tuple[Reply, ...]:  # noqa: ANN401 - fields of a reply
        """The answers, with that one changed."""
        return (*self.told[:-1], self.last.but(**changes))

    @property
    def json(self) -> Any:  # noqa: ANN401 - JSON
        """The last answer as JSON; ``None`` where it is none."""
        try:
            return json.loads(self.last.body) if self.replies else None
        except ValueError:
            return None

    @property
    def streams(self) -> bool:
        """Whether the last answer is a stream of events."""
        return bool(self.replies) and self.last.headers.get("content-type", "").startswith("text/event-stream")


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
            with suppress(ValueError):  # said by a check of its own
                found.append(hygiene.opened(path))
        return tuple(found)

    @cached_property
    def tapes(self) -> Sequence[Tape]:
        """Its recordings, those that can be read; and an empty one of each operation for which it asks no server."""
        tapes = []
        for file in self.files:
            interactions = file.cassette.interactions
            if not interactions:
                continue
            requests = tuple(one.request for one in interactions)
            replies = tuple(_reply(one.request, one.response) for one in interactions)
            tapes.append(
                Tape(file.name.removesuffix(".json"), replies, self._asked_by(requests[0], replies[-1]), requests)
            )
        return (*tapes, *self._unasked())

    def _unasked(self) -> Iterator[Tape]:
        offline = {
            asked.found.name: asked
            for asked in reversed(tuple(self.plain.values()))
            if not isinstance(self._first(asked), HttpRequest | None)
        }
        return (Tape(f"{operation}, which asks no server", (), asked) for operation, asked in offline.items())

    @cached_property
    def scenes(self) -> Sequence[tuple[Tape, Scene]]:
        """Every recording that answers a request of the provider's, played."""
        return tuple((tape, self.play(tape)) for tape in self.tapes if tape.asked is not None)

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
        return [first] if first.billing or reel is None else self.stage.play(asked.call, reel.replies).requests

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

    def _asked_by(self, recorded: Recorded, reply: Reply) -> Asked | None:
        """The request that the recorded one comes from, as far as it can be told: address, model, parameters."""
        fitting = [asked for asked in self.plain.values() if self._goes_to(asked, recorded)]
        named = [asked for asked in fitting if asked.found.id.encode() in recorded.body + recorded.url.encode()]
        plain = max(named, key=lambda asked: len(asked.found.id), default=next(iter(fitting), None))
        if plain is None:
            return None
        values = {**plain.values, **_read_back(plain.found, recorded)}
        if reply.headers.get("content-type", "").startswith("text/event-stream"):
            values["stream"] = True
        return self.asking.asked(plain.found, values) or plain

    def _goes_to(self, asked: Asked, recorded: Recorded) -> bool:
        first = self._first(asked)
        if not isinstance(first, HttpRequest) or first.method != recorded.method:
            return False
        return _place(join(self.provider.base_url, first.url)) == _place(recorded.url)


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
    """The fields of a body: JSON's, or a form's."""
    from limner.testing.bodies import form_of  # noqa: PLC0415 - of no use without a folder

    content_type = recorded.headers.get("content-type", "")
    if content_type.startswith("multipart/form-data"):
        return {one["name"]: one["text"] for one in form_of(recorded.body, content_type) if "text" in one}
    try:
        body = json.loads(recorded.body)
    except ValueError:
        return {}
    return body if isinstance(body, dict) else {}


def _readings(said: Any) -> Iterator[Any]:  # noqa: ANN401 - JSON
    """A value; a form has only texts, which may mean numbers."""
    yield said
    with suppress(ValueError, TypeError):
        yield json.loads(said)


def _reply(request: Recorded, response: Replied) -> Reply:
    path = urlsplit(request.url).path
    return Reply(response.status, response.headers, response.body, request.method, path)


def _place(url: str) -> tuple[str | None, str]:
    parts = urlsplit(url)
    return parts.hostname, parts.path
