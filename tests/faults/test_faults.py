"""The fault suite: every row of the table, played over real sockets to both clients."""

from __future__ import annotations

import asyncio
import importlib
import pickle
import sys
import traceback
import tracemalloc
from base64 import b64encode
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import attrs
import pytest
from fault_table.asking import client_options
from fault_table.words import CANARY, HERE, Fault

import limner
from limner.errors import LimnerError
from limner.events import CallFinished

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

Stopwatch: Any = sys.modules["limner_tests_stopwatch"].Stopwatch  # loaded by conftest.py
GROUPS = sorted(
    path.stem for path in (Path(__file__).parent / "table").glob("*.py") if path.stem not in {"asking", "words"}
)
TABLE: dict[str, tuple[Fault, ...]] = {name: importlib.import_module(f"fault_table.{name}").FAULTS for name in GROUPS}
ALL = [pytest.param(fault, id=f"{group}: {fault.says}") for group, faults in TABLE.items() for fault in faults]


def test_the_table_holds_at_least_120_faults_and_none_twice() -> None:
    faults = [fault for faults in TABLE.values() for fault in faults]
    assert len({fault.says for fault in faults}) == len(faults) >= 120


class Witness:
    """What one fault came to: the result or the error, how long it took, what it cost and what was told of it."""

    def __init__(self, fault: Fault, server: Any) -> None:
        _play(fault, server)
        self.events: list[Any] = []
        self.client = {
            **client_options(server.url, stream=fault.stream), "observers": [self.events.append], **fault.client,
        }  # fmt: skip
        self.call = {"prompt": "a cat", "provider": "acme", "timeout": fault.seconds, **fault.call}
        self.server = server
        self.fault = fault
        self.result: limner.ImageResult | None = None
        self.error: LimnerError | None = None
        self.seconds = self.cost = 0.0

    def sync(self) -> Witness:
        with limner.Client(**self.client) as client, _Watching(self, measured=True):
            self.result = client.generate(**self.call)
        return self

    def asynchronous(self) -> Witness:
        async def main() -> None:
            async with limner.AsyncClient(**self.client) as client:
                with _Watching(self):
                    self.result = await client.generate(**self.call)

        asyncio.run(main())
        return self

    def images(self) -> list[bytes | str | None]:
        held = self.result if self.error is None else self.error
        assert held is not None
        return [image.data.read() if image.data is not None else self._unplayed(image.url) for image in held.images]

    def told(self) -> Iterator[object]:
        """All that is said of it: to people, to logs, to other processes, to observers."""
        yield from self.events
        yield self.result
        link: BaseException | None = self.error
        if link is not None:
            yield from traceback.format_exception(link)
            yield pickle.dumps(link)
        while link is not None:
            yield from (repr(link), link.args, vars(link), getattr(link, "__notes__", ()))
            link = link.__cause__ or link.__context__

    def _unplayed(self, url: str | None) -> str | None:
        return url and url.replace(self.server.url.removeprefix("http://"), HERE)


class _Watching:
    """Takes the time, catches the error and, for those that say what they may cost, measures memory once."""

    def __init__(self, witness: Witness, *, measured: bool = False) -> None:
        self.witness = witness
        self.measured = measured and witness.fault.mebibytes is not None

    def __enter__(self) -> None:
        if self.measured:
            tracemalloc.start()
        self.took = Stopwatch()
        self.took.__enter__()

    def __exit__(self, _: object, error: BaseException | None, __: object) -> bool:
        self.took.__exit__()
        self.witness.seconds = self.took.kept
        if self.measured:
            self.witness.cost = tracemalloc.get_traced_memory()[1] / (1 << 20)
            tracemalloc.stop()
        if isinstance(error, LimnerError):
            self.witness.error = error
        return self.witness.error is not None


def _play(fault: Fault, server: Any) -> None:
    here = server.url.removeprefix("http://").encode()
    assert len(here) == len(HERE)
    scripts = {"POST": list(fault.answers), "GET": list(fault.assets)}

    def api(asked: Any) -> Iterator[Any]:
        waiting = scripts[asked.method]
        answer = waiting.pop(0) if len(waiting) > 1 else waiting[0]
        pieces = answer() if callable(answer) else answer
        return (piece.replace(HERE.encode(), here) if isinstance(piece, bytes) else piece for piece in pieces)

    server.api = api


SPELLINGS = (
    CANARY, CANARY.replace("/", r"\/"), quote(CANARY, safe=""), b64encode(CANARY.encode()).decode(), CANARY[10:-1],
)  # fmt: skip
"""How a key may come out: as it is, escaped in JSON, percent-encoded, in base64; and its telling half."""


def leaks(*told: object) -> list[str]:
    texts = [one.decode("latin-1") if isinstance(one, bytes) else str(one) for one in told]
    return [text for text in texts for form in SPELLINGS if form in text]


def check(fault: Fault, witness: Witness, log: Callable[[], str]) -> None:
    """The one body of every test: what the row says is what happened, and the rules that no row may bend hold."""
    error, result = witness.error, witness.result
    found = {
        "kind": error and error.kind,
        "posts": witness.server.posts,
        "gets": sum(asked.method == "GET" for asked in witness.server.asked),
        "billed": error is not None and error.maybe_billed,
        "images": witness.images(),
        "warns": [warning.code for warning in result.warnings] if result is not None else [],
    }
    found["images"] = found["images"] if fault.images is not None else None
    wanted = {name: list(value) if isinstance(value := getattr(fault, name), tuple) else value for name in found}
    assert found == wanted, f"{error!r}"
    assert fault.word in str(error)
    assert witness.seconds <= fault.seconds + 0.5
    assert fault.mebibytes is None or witness.cost <= fault.mebibytes
    assert leaks(*witness.told(), log()) == []
    assert not any("authorization" in asked.headers for asked in witness.server.asked if asked.method == "GET")
    finished = [event for event in witness.events if isinstance(event, CallFinished)]
    assert any(event.maybe_billed for event in finished) == fault.billed
    assert fault.kind is None or fault.kind in {event.kind for event in finished}
    if result is not None:
        assert all(image.data is None or image.data.info is not None for image in result.images)


def test_the_canaries_are_found_where_they_are() -> None:
    assert all(leaks(f"<{form}>") for form in SPELLINGS)


@pytest.mark.parametrize("fault", ALL)
def test_sync(fault: Fault, server: Any, log: Callable[[], str]) -> None:
    check(fault, Witness(fault, server).sync(), log)


@pytest.mark.parametrize("fault", ALL)
def test_async(fault: Fault, server: Any, log: Callable[[], str], stock: None) -> None:
    del stock
    check(fault, Witness(fault, server).asynchronous(), log)


@pytest.mark.skipif(find_spec("httpx_aiohttp") is None, reason="limner[fast] is not installed")
@pytest.mark.parametrize("fault", [one for one in ALL if one.values[0].mebibytes is None])
def test_async_over_aiohttp(fault: Fault, server: Any, log: Callable[[], str]) -> None:
    fault = attrs.evolve(fault, **fault.over_aiohttp)
    check(fault, Witness(fault, server).asynchronous(), log)
