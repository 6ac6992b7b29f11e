"""What the tests of all providers share: cassettes, and a client of either kind that is answered from them.

A test marked ``vcr`` that uses ``generate`` is played the cassette that its ``default_cassette`` mark, or its parameter
``cassette``, names: ``cassettes/<name>.json`` beside it. It runs twice on that file, sync and async. To record anew,
from the sandbox::

    pytest tests/providers/acme --record-mode=rewrite

What was written by hand or recorded live is never overwritten by that.
"""

from __future__ import annotations

import asyncio
import io
import json
import sys
from functools import cache
from importlib.metadata import version
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from typing import TYPE_CHECKING, Any

import PIL.Image
import pytest
import stamina
from attrs import frozen

import limner
from limner.errors import LimnerError
from limner.testing.cassettes import Serializer, same_body
from limner.testing.scrubbing import Scrubber
from limner_sandbox import Sandbox
from limner_sandbox.openai_images import replies
from limner_sandbox.painter import paint as paint_picture

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from types import ModuleType

    from limner.provider import Provider

CANARY = "sk-canary-7f1c2a90d4"
"""The key that clients have where cassettes are played."""
IMAGES = "https://images.example"
"""Where the URLs of recorded images lead: nowhere, so ask for them with ``delivery="url"``."""


def _load(path: Path) -> ModuleType:
    """A module of this folder: tests are no package, so it is loaded by its place."""
    name = f"limner_tests_{path.stem}"
    if name not in sys.modules:
        spec = spec_from_file_location(name, path)
        assert spec is not None
        assert spec.loader is not None
        sys.modules[name] = module_from_spec(spec)
        spec.loader.exec_module(sys.modules[name])
    return sys.modules[name]


playing = _load(Path(__file__).parent / "playing.py")
asking_module = _load(Path(__file__).parent / "asking.py")


def pytest_recording_configure(vcr: Any) -> None:
    """Teach vcrpy our files and our comparison."""
    vcr.register_serializer("json", Serializer("sandbox", f"limner-sandbox {version('limner-sandbox')}"))
    vcr.register_matcher("same_body", same_body)


@pytest.fixture(params=["sync", "async"])
def kind(request: pytest.FixtureRequest) -> str:
    """The kind of client."""
    return str(request.param)


@pytest.fixture(scope="module")
def vcr_cassette_dir(request: pytest.FixtureRequest) -> str:
    return str(request.path.parent / "cassettes")


@pytest.fixture
def cassette(request: pytest.FixtureRequest) -> str:
    """The cassette's name."""
    return str(request.node.get_closest_marker("default_cassette").args[0])


@pytest.fixture
def default_cassette_name(cassette: str) -> str:
    return cassette


@pytest.fixture
def mode(record_mode: str, kind: str, vcr_cassette_dir: str, cassette: str) -> str:
    """vcrpy's mode: where anything is recorded, the sync client does it, and the async one plays that at once."""
    path = Path(vcr_cassette_dir, f"{cassette}.json")
    ours = not path.exists() or json.loads(path.read_text(encoding="utf-8"))["origin"] == "sandbox"
    return record_mode if kind == "sync" and ours else "none"


@pytest.fixture(scope="session")
def _to_record(record_mode: str) -> Iterator[Sandbox | None]:
    if record_mode == "none":
        yield None
        return
    with Sandbox(retired=True, announced=True) as sandbox, pytest.MonkeyPatch.context() as patch:
        patch.setattr(replies, "paint", cache(paint_picture))  # most tests of a provider ask for the same picture
        yield sandbox


@pytest.fixture
def recorded(mode: str, _to_record: Sandbox | None) -> Sandbox | None:
    """The sandbox that is being recorded; none where a cassette is played."""
    if mode == "none" or _to_record is None:
        return None
    _to_record.clear()
    return _to_record


@pytest.fixture
def vcr_config(request: pytest.FixtureRequest) -> dict[str, Any]:
    if request.node.get_closest_marker("vcr") is None:  # asked for all the same, where hosts are blocked
        return {}
    scrubber = Scrubber()
    recorded: Sandbox | None = request.getfixturevalue("recorded")
    if recorded:
        installed = limner.Client(environ={}).installed()
        moved = {url: installed.get(name).base_url for name, url in recorded.base_urls.items()}
        moved[recorded.url] = IMAGES  # after those that begin with it
        scrubber = Scrubber(tuple(recorded.keys.values()), moved)
    return {
        "record_mode": request.getfixturevalue("mode"),
        "serializer": "json",
        "match_on": ("method", "scheme", "host", "port", "path", "query", "same_body"),
        "decode_compressed_response": True,
        "before_record_request": scrubber.request,
        "before_record_response": scrubber.response,
    }


@pytest.fixture(autouse=True)
def _played_whole(request: pytest.FixtureRequest, vcr: Any) -> Iterator[None]:
    """A cassette of which something is never asked for says what nobody checks."""
    yield
    if vcr is not None and request.getfixturevalue("mode") == "none":
        assert vcr.all_played, f"{vcr.path} is only partly played: {vcr.play_count} of {len(vcr)} interactions"


@pytest.fixture
def fail(recorded: Sandbox | None) -> Callable[..., object]:
    """Order a fault from the sandbox that is being recorded. A cassette has it already."""
    return recorded.fail if recorded else lambda *_, **__: None


@frozen
class Watched:
    """What a stream came to: its result, and the frames before."""

    frames: tuple[Any, ...]
    result: Any

    def __iter__(self) -> Iterator[Any]:
        return iter(self.result)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.result, name)


def _sync(client: dict[str, Any], operation: str, given: dict[str, Any]) -> Any:
    with limner.Client(**client) as opened:
        came = getattr(opened, operation)(**given)
        if not operation.startswith("stream"):
            return came
        with came as stream:
            frames = [said for said in stream if isinstance(said, limner.PartialImage)]
            return Watched(tuple(frames), stream.result)


async def _async(client: dict[str, Any], operation: str, given: dict[str, Any]) -> Any:
    async with limner.AsyncClient(**client) as opened:
        came = getattr(opened, operation)(**given)
        if not operation.startswith("stream"):
            return await came
        async with came as stream:
            frames = [said async for said in stream if isinstance(said, limner.PartialImage)]
            return Watched(tuple(frames), stream.result)


@pytest.fixture
def play(kind: str, recorded: Sandbox | None) -> Iterator[Callable[..., Any]]:
    """An operation of a client of either kind, which waits for nothing; ``client`` holds options of the client.

    ``generate`` unless another is named: ``edit``, ``vary``, or a stream, whose frames are kept beside its result.
    """
    usual = {"keys": recorded.keys, "base_urls": recorded.base_urls} if recorded else {"keys": lambda _: CANARY}

    def perform(
        client: dict[str, Any] | None = None, kind: str = kind, operation: str = "generate", **given: Any
    ) -> Any:
        options = {**usual, "environ": {}, **(client or {})}
        if kind == "sync":
            return _sync(options, operation, given)
        return asyncio.run(_async(options, operation, given))

    with stamina.set_testing(True, attempts=3, cap=True):
        yield perform


@pytest.fixture
def generate(play: Callable[..., Any]) -> Callable[..., Any]:
    """The same, under the name that tests read best with; a provider's folder may have its own."""
    return play


@pytest.fixture
def usual() -> dict[str, Any]:
    """The request of a provider's cassettes: each test file, or folder, has its own."""
    raise NotImplementedError


@pytest.fixture
def paint(play: Callable[..., Any], usual: dict[str, Any]) -> Callable[..., Any]:
    """The usual request, sync or async, with changes to it."""
    return lambda **changes: play(**{**usual, **changes})


@pytest.fixture
def found(paint: Callable[..., Any], fail: Callable[..., object]) -> Callable[[Any], dict[str, Any]]:
    """What comes of a :class:`Scene`: the facts that it states, of the result or of the error."""

    def found(scene: Any) -> dict[str, Any]:
        if scene.fault:
            fail(scene.fault["kind"], **{name: value for name, value in scene.fault.items() if name != "kind"})
        try:
            outcome = paint(**scene.given)
        except LimnerError as error:
            if scene.facts["kind"] == "success":
                raise
            outcome = error
        return dict(scene.found(outcome))

    return found


@pytest.fixture
def picture() -> Callable[..., bytes]:
    """``picture("JPEG", width, height)``: a file with transparency, where its format has any."""

    def picture(kind: str = "PNG", width: int = 1, height: int = 1) -> bytes:
        buffer = io.BytesIO()
        PIL.Image.new("RGB" if kind == "JPEG" else "RGBA", (width, height)).save(buffer, kind)
        return buffer.getvalue()

    return picture


@pytest.fixture
def asking(provider: Provider) -> Any:
    """What becomes of a request without the network, for the test file's own fixture ``provider``."""
    return asking_module.Asking(provider)
