"""A provider that paints without a network and counts what it painted, and the command line around it."""

from __future__ import annotations

import datetime as dt
import json
import struct
import sys
import zlib
from typing import TYPE_CHECKING, Any

import pytest
from attrs import define, field
from click.testing import CliRunner

from limner.capabilities import (
    Lifecycle,
    ModelCapabilities,
    Needs,
    OneOf,
    OperationCapabilities,
    Parameter,
    ProviderCapabilities,
    Range,
    Source,
    Text,
)
from limner.cli import clients, examining
from limner.cli.app import app
from limner.client import Client
from limner.media import Image
from limner.provider import Auth, HttpProvider, HttpRequest, NoAuth, ProviderBase
from limner.results import ImageResult
from limner.steps import blocking, emit

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from click.testing import Result


def png(color: int = 0) -> bytes:
    """One grey pixel."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = chunk(b"IHDR", struct.pack(">IIBBBBB", 1, 1, 8, 0, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + header + chunk(b"IDAT", zlib.compress(bytes([0, color]))) + chunk(b"IEND", b"")


def picture(color: int = 0) -> Image:
    return Image.of(png(color))


GENERATE = OperationCapabilities(
    parameters={
        "prompt": Parameter(Text(), required=True),
        "n": Parameter(Range(1, 2), default=1),
        "output_format": Parameter(OneOf(("png", "jpeg", "svg")), default="png"),
        "quality": Parameter(OneOf(("low", "high"))),
        "svg": Parameter(Text()),
        "partial_images": Parameter(Range(0, 3)),
    },
    rules=(Needs("partial_images", None, "stream"),),
    streams=True,
    images_per_call=2,
    delivers=("bytes", "url"),
    default=True,
    source=Source("The painter's page", "2026-11-20"),
)
CAPABILITIES = ProviderCapabilities(
    models=(
        ModelCapabilities("brush", aliases=("brush-1",), operations={"generate": GENERATE}),
        ModelCapabilities(
            "quill",
            lifecycle=Lifecycle("retired", date="2026-05-12", successor=("brush",)),
            operations={"generate": GENERATE.but(default=False)},
        ),
    ),
    unknown=None,
    source=GENERATE.source,
)


@define(eq=False)
class Painter(ProviderBase):
    """Paints grey pixels in this process; what it is to do instead can be set."""

    name = "painter"
    api_version = (1, 0)
    base_url = "https://painter.example/v1"

    auth: Auth = field(factory=NoAuth)
    declared: ProviderCapabilities = CAPABILITIES
    outcome: Callable[[Any], Any] | None = None
    """Called with each call: returns images, raises, or returns nothing to have them painted as usual."""
    calls: list[Any] = field(factory=list)
    """Those that were really made, and not only planned."""
    frames: int = 0
    """How many come before each image of a stream."""

    def capabilities(self) -> ProviderCapabilities:
        return self.declared

    def _paint(self, call: Any) -> tuple[Image, ...]:
        self.calls.append(call)
        images = self.outcome(call) if self.outcome is not None else None
        if images is not None:
            return tuple(images)
        return tuple(picture(10 * call.index + place) for place in range(call.n or 1))

    def exchange(self, call: Any) -> Iterator[Any]:
        for number in range(self.frames if call.stream else 0):
            yield from emit(picture(100 + 10 * call.index + number), number)
        images = yield from blocking(lambda: self._paint(call))
        return ImageResult(images=images)


class Poster(HttpProvider):
    """Would send a POST."""

    name = "poster"
    api_version = (1, 0)
    base_url = "https://poster.example/v1"
    key_variable = "POSTER_API_KEY"
    base_url_variable = "POSTER_BASE_URL"

    def capabilities(self) -> ProviderCapabilities:
        return CAPABILITIES

    def map_request(self, call: Any) -> HttpRequest:
        return HttpRequest("POST", "/paint", json=call.wire(), headers={"x-kind": "oil"}, query={"dpi": "72"})


@pytest.fixture
def painter() -> Painter:
    return Painter()


@pytest.fixture
def poster() -> Poster:
    return Poster()


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, painter: Painter) -> Callable[..., Result]:
    """Run ``limner`` in an empty folder, with the painter and the poster for providers and an empty environment."""
    monkeypatch.chdir(tmp_path)

    def client(**options: Any) -> Client:
        return Client(**{"providers": [painter, Poster()], "environ": {}, **options})

    monkeypatch.setattr(clients, "Client", client)

    def run(*args: str, charset: str = "utf-8", **more: Any) -> Result:
        return CliRunner(charset=charset).invoke(app, list(args), **more)

    return run


WORKS = """
import limner
from limner.provider import ProviderBase
from limner.capabilities import ModelCapabilities, OperationCapabilities, ProviderCapabilities, Source, Text

TAKES = OperationCapabilities({"prompt": Text()})

class Acme(ProviderBase):
    name = "NAME"
    api_version = (1, 0)
    base_url = "https://acme.example"
    key_variable = "ACME_API_KEY"
    base_url_variable = "ACME_BASE_URL"

    def capabilities(self):
        models = [
            ModelCapabilities("a", operations={"generate": TAKES, "edit": TAKES}),
            ModelCapabilities("b", operations={"edit": TAKES}),
        ]
        return ProviderCapabilities(models, None, Source("A page", "2026-11-20"))

    def exchange(self, call):
        yield from ()
        return limner.ImageResult(images=())

@limner.hookimpl
def limner_provider():
    return Acme()
"""


class Clinic:
    """Real distributions on the path, an environment of their own, and a doctor for them alone."""

    works = WORKS
    """The module of a plugin that is as it should be; it calls itself what it is installed as."""

    def __init__(self, run: Callable[..., Result], folder: Path) -> None:
        self.run = run
        self.site = folder / "site"
        self.config = folder / "own.toml"
        self.keys = folder / "keys.toml"
        self.environ = {"LIMNER_CONFIG": "off", "LIMNER_KEYS": "off"}
        self.distributions: list[str] = []
        self.given: dict[str, Any] = {}

    def install(self, name: str, code: str = WORKS, distribution: str = "", group: str = "limner") -> None:
        distribution = distribution or f"limner-{name}"
        module = f"{distribution.replace('-', '_')}_clinic"
        info = self.site / f"{distribution}-1.2.dist-info"
        info.mkdir(parents=True)
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {distribution}\nVersion: 1.2\n")
        (info / "entry_points.txt").write_text(f"[{group}]\n{name} = {module}\n")
        (self.site / f"{module}.py").write_text(code.replace("NAME", name))
        self.distributions.append(distribution)

    def client(self, **options: Any) -> Client:
        allowed = {"LIMNER_PLUGINS": ",".join(self.distributions) or "off"}
        return Client(**{"environ": {**allowed, **self.environ}, **options, **self.given})

    def examine(self, *args: str) -> Result:
        return self.run(*args, "doctor")

    def data(self, *args: str) -> dict[str, Any]:
        result = self.run(*args, "doctor", "--json")
        found: dict[str, Any] = json.loads(result.stdout)
        assert result.exit_code == (1 if found["wrong"] else 0)
        found["plugins"] = [one for one in found["plugins"] if one["distribution"] in {*self.distributions, ""}]
        return found

    def one(self) -> dict[str, Any]:
        [one] = self.data()["plugins"]
        return one  # type: ignore[no-any-return]


@pytest.fixture
def clinic(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, run: Callable[..., Result]) -> Iterator[Clinic]:
    clinic = Clinic(run, tmp_path)
    clinic.site.mkdir()
    monkeypatch.syspath_prepend(clinic.site)
    monkeypatch.setattr(clients, "Client", clinic.client)
    monkeypatch.setattr(examining, "today", lambda: dt.date(2026, 11, 29))
    monkeypatch.setattr(examining, "user_file", lambda: tmp_path / "limner.toml")
    monkeypatch.setattr(examining.KeysFile, "path", tmp_path / "keys-of-the-user.toml")
    yield clinic
    for name in [name for name in sys.modules if name.endswith("_clinic")]:
        del sys.modules[name]
