"""Clients that are answered from cassettes, or whose answers become some: what the fixture ``limner_cassettes`` is.

Loaded by that fixture alone, as vcrpy is what it is built on.
"""

from __future__ import annotations

import os
import socket
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import pytest
import stamina
import vcr  # type: ignore[import-untyped]
from attrs import define, field, frozen
from vcr.persisters.filesystem import CassetteNotFoundError  # type: ignore[import-untyped]
from vcr.record_mode import RecordMode  # type: ignore[import-untyped]
from vcr.serialize import deserialize, serialize  # type: ignore[import-untyped]

from limner.client import AsyncClient, Client
from limner.credentials import is_loopback
from limner.provider import NoAuth, Signed
from limner.testing.cassettes import Serializer, load, same_body
from limner.testing.hygiene import faults
from limner.testing.scrubbing import Scrubber

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path
    from types import TracebackType
    from typing import Self, TypeAlias

    from limner.provider import Provider

    Given: TypeAlias = str | Mapping[str, str]
    """A key; or, for a provider that takes several, a mapping from their names."""

CANARY = "canary-7f1c2a90d4"
"""The key of clients that are played to, after what a provider's keys begin with. Wherever it is seen, a key leaks."""
ELSEWHERE = "https://images.example"
"""What stands in a file for an emulator's other addresses, such as those of its images."""


@frozen
class Recording:
    """What was asked of pytest: whether to record, from where, and how to call that."""

    missing: bool = False
    """Record the cassettes that are not there."""
    again: bool = False
    """Record those too that are there and come from where is recorded from now."""
    base_url: str | None = None
    """Another base URL than the provider's: an emulator's."""
    origin: str | None = None
    """``live`` or ``sandbox``, where the address does not say it."""
    source: str | None = None
    """What is recorded, in words: an emulator and its version."""
    headers: tuple[str, ...] = ()
    """Headers to keep besides, in lower case: those that the providers read."""

    def address(self, provider: Provider) -> str:
        """Where requests go that are recorded."""
        variable = getattr(provider, "base_url_variable", None)
        return (self.base_url or os.environ.get(variable or "") or provider.base_url).rstrip("/")

    def label(self, provider: Provider) -> tuple[str, str]:
        """The origin and the source of what is recorded now.

        Raises:
            ValueError: they cannot be told, or what was said of them is not so.
        """
        address = self.address(provider)
        host = urlsplit(address).hostname or ""
        local, own = is_loopback(host), address == provider.base_url.rstrip("/")
        origin = self.origin or ("sandbox" if local else "live" if own else None)
        if origin is None:
            raise ValueError(f"say what {address} is, with --limner-origin=live or --limner-origin=sandbox.")
        if origin == "live" and local:
            raise ValueError(f"what {host} answers is not live: leave out --limner-origin=live.")
        if origin == "sandbox" and not self.source:
            raise ValueError("say which emulator answers, with --limner-source='acme-emulator 1.0'.")
        return origin, self.source or f"{host} on {datetime.now(UTC).date()}"

    def moved(self, provider: Provider) -> Mapping[str, str]:
        """What is recorded as if it had come from the provider's own address."""
        address = self.address(provider)
        if address == provider.base_url.rstrip("/"):
            return {}
        origin = "{0.scheme}://{0.netloc}".format(urlsplit(address))
        below = {address: provider.base_url.rstrip("/")}
        return below if origin == address else {**below, origin: ELSEWHERE}  # the longer one first


@define(eq=False)
class Cassettes:
    """The cassettes of one test: clients that are answered from them.

    Args:
        folder: Where they are.
        test: The test's name, for the command that records.
        recording: What is to be recorded.
        done: What was recorded in this session: it is played from then on.
    """

    folder: Path
    test: str
    recording: Recording = field(factory=Recording)
    done: set[Path] = field(factory=set)
    _open: ExitStack = field(factory=ExitStack, init=False)

    def client(self, name: str, provider: Provider, *, key: Given | None = None, **options: Any) -> Client:  # noqa: ANN401 - a client's
        """A client with one provider, answered from a cassette; or one whose answers are recorded as that.

        It is closed after the test. The test fails if the cassette was not played whole by then, or when the next
        client of the same test is made.

        Args:
            name: The cassette: ``a-cat`` is ``cassettes/a-cat.json`` beside the test's file.
            provider: The provider.
            key: Another key than the one that is there to be used: for tests of how it is refused.
            options: Of the client: ``settings``, ``timeout``, ``observers``.
        """
        client = Client(**self._options(name, provider, key), **options)
        self._open.callback(client.close)
        return client

    def async_client(self, name: str, provider: Provider, *, key: Given | None = None, **options: Any) -> AsyncClient:  # noqa: ANN401 - a client's
        """The same, async; closing it is the test's affair: ``async with``. See :meth:`client`."""
        return AsyncClient(**self._options(name, provider, key), **options)

    def close(self) -> None:
        """Have done with the cassette: what was recorded is written, and what was not played fails."""
        self._open.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, raised: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._open.__exit__(kind, raised, traceback)  # what was raised comes before what was not played

    def _options(self, name: str, provider: Provider, key: Given | None) -> dict[str, Any]:
        self.close()
        path = self.folder / f"{name}.json"
        try:
            records = self._records(path, provider)
            return self._recorded(path, provider, key) if records else self._played(path, provider, key)
        except FileNotFoundError:
            pytest.fail(f"There is no cassette {path}. Record it: {self._command()}", pytrace=False)
        except ValueError as error:
            pytest.fail(f"The cassette {path} cannot be used: {error}", pytrace=False)

    def _command(self) -> str:
        return f"pytest --limner-record '{self.test}'"

    def _records(self, path: Path, provider: Provider) -> bool:
        """Whether it is recorded now: what comes from elsewhere, or was written by hand, is never overwritten."""
        if path in self.done or not (self.recording.missing or self.recording.again):
            return False
        return not path.exists() or (self.recording.again and load(path).origin == self.recording.label(provider)[0])

    def _played(self, path: Path, provider: Provider, key: Given | None) -> dict[str, Any]:
        load(path)
        self._open.enter_context(_playing(path, self._command(), Scrubber(also=self.recording.headers)))
        prefix: str = getattr(provider, "key_prefix", "")
        return _options(provider, key or _keys(provider, lambda _: prefix + CANARY))

    def _recorded(self, path: Path, provider: Provider, key: Given | None) -> dict[str, Any]:
        keys = key or _keys(provider, _from_environment)
        live = (keys,) if isinstance(keys, str) else tuple(keys.values())
        scrubber = Scrubber(tuple(map(str.strip, live)), self.recording.moved(provider), self.recording.headers)
        self._open.enter_context(_recording(path, scrubber, Serializer(*self.recording.label(provider)), self.done))
        elsewhere = {provider.name: self.recording.address(provider)} if scrubber.moved else {}
        return {**_options(provider, keys), "base_urls": elsewhere}


# Keys


def _options(provider: Provider, keys: Given) -> dict[str, Any]:
    """What any client gets: this provider, these keys, and nothing of its surroundings."""
    return {"providers": [provider], "keys": {provider.name: keys} if keys else {}, "environ": {}}


def _keys(provider: Provider, find: Callable[[str], str]) -> Given:
    """All keys that a provider takes."""
    if isinstance(provider.auth, NoAuth):
        return {}
    if isinstance(provider.auth, Signed):
        return {name: find(name) for name in provider.auth.key_names}
    return find(provider.key_variable or "")


def _from_environment(variable: str) -> str:
    key = os.environ.get(variable, "").strip()
    if not key:
        raise ValueError(f"to record it takes a key: set {variable or 'key_variable of the provider'}.")
    return key


# Tapes


@frozen
class _File:
    """What vcrpy reads and writes files with: in UTF-8 wherever it runs, and never adding to what was there."""

    fresh: bool

    def load_cassette(self, path: Path, serializer: Serializer) -> Any:  # noqa: ANN401 - vcrpy's
        if self.fresh:
            raise CassetteNotFoundError
        return deserialize(path.read_text(encoding="utf-8"), serializer)

    def save_cassette(self, path: Path, cassette: dict[str, Any], serializer: Serializer) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(serialize(cassette, serializer), encoding="utf-8", newline="\n")


def _tape(path: Path, mode: RecordMode, scrubber: Scrubber, serializer: Serializer) -> Any:  # noqa: ANN401 - vcrpy's
    recorder = vcr.VCR(
        record_mode=mode,
        serializer="limner",
        match_on=("method", "scheme", "host", "port", "path", "query", "same_body"),
        decode_compressed_response=True,
        before_record_request=scrubber.request,
        before_record_response=scrubber.response,
    )
    recorder.register_serializer("limner", serializer)
    recorder.register_matcher("same_body", same_body)
    recorder.register_persister(_File(fresh=mode is RecordMode.ALL))
    return recorder.use_cassette(path)


@contextmanager
def _playing(path: Path, command: str, scrubber: Scrubber) -> Iterator[None]:
    """Answer from a file, without a network and without waiting for anything."""
    quick = stamina.set_testing(True, attempts=3, cap=True)
    with quick, _offline(path.name), _tape(path, RecordMode.NONE, scrubber, Serializer("")) as tape:
        yield
    if not tape.all_played:
        pytest.fail(
            f"The cassette {path} is only partly played: {tape.play_count} of {len(tape)} interactions."
            f" Ask for the rest; or delete it, and record it: {command}",
            pytrace=False,
        )


@contextmanager
def _recording(path: Path, scrubber: Scrubber, serializer: Serializer, done: set[Path]) -> Iterator[None]:
    """Write down what is answered, and look at what was written."""
    with _tape(path, RecordMode.ALL, scrubber, serializer) as tape:
        yield
    if not len(tape):
        pytest.fail(f"Nothing was asked for, so {path} was not recorded.", pytrace=False)
    done.add(path)
    if found := list(faults(path, scrubber.also)):
        pytest.fail(f"What was recorded as {path} is not fit to be kept. {' '.join(found)}", pytrace=False)


@contextmanager
def _offline(name: str) -> Iterator[None]:
    """Let nothing leave this machine."""

    def guarded(function: Callable[..., Any], host_of: Callable[..., object]) -> Callable[..., Any]:
        def call(*args: Any, **more: Any) -> Any:  # noqa: ANN401 - any function of sockets
            host = host_of(*args, **more)
            if not is_loopback(str(host)):
                raise RuntimeError(f"{name} is being played, and {host} was to be reached: the network is blocked.")
            return function(*args, **more)

        return call

    def peer(_: socket.socket, address: object) -> object:
        return address[0] if isinstance(address, tuple) else "localhost"  # a Unix socket's is a path

    def looked_up(host: object, *_: object, **__: object) -> object:
        return host or "localhost"

    with pytest.MonkeyPatch.context() as patch:
        for method in ("connect", "connect_ex"):
            patch.setattr(socket.socket, method, guarded(getattr(socket.socket, method), peer))
        patch.setattr(socket, "getaddrinfo", guarded(socket.getaddrinfo, looked_up))
        yield
