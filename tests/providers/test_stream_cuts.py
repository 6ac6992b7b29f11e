"""Streams that break off, at every byte: either the whole result, or an error that says so and has what came.

The wire is replaced, everything above it is real: the clients, the plugins, the reading of events.
"""

from __future__ import annotations

import asyncio
import json
from base64 import b64encode
from functools import partial
from importlib.metadata import entry_points
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

import PIL.Image
import pytest
from attrs import define, field, frozen

import limner
from limner.errors import ConnectError, LimnerError, ProtocolError
from limner.streams import Completed, PartialImage
from limner.testing import cassettes
from limner.transport.http import AsyncWire, AsyncWireResponse, Headers, SyncWire, SyncWireResponse

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from limner.media import Image


HERE = Path(__file__).parent


# What is cut


def picture(shade: int) -> str:
    """A real picture in base64, each shade another."""
    buffer = BytesIO()
    PIL.Image.new("L", (1, 1), shade).save(buffer, "PNG")
    return b64encode(buffer.getvalue()).decode()


USAGE = {
    "total_tokens": 100, "input_tokens": 50, "output_tokens": 50,
    "input_tokens_details": {"text_tokens": 10, "image_tokens": 40},
}  # fmt: skip


def documented(kind: str, line: str) -> bytes:
    """OpenAI's sample of events (its reference, read 2026-11-20), with two frames and with pictures in it."""
    said: list[tuple[str, dict[str, Any]]] = [
        ("partial_image", {"b64_json": picture(0), "partial_image_index": 0}),
        ("partial_image", {"b64_json": picture(1), "partial_image_index": 1}),
        ("completed", {"b64_json": picture(255), "usage": USAGE}),
    ]
    lines = (
        (f"event: {kind}.{name}", f"data: {json.dumps({'type': f'{kind}.{name}', **data})}", "", "")
        for name, data in said
    )
    return "".join(map(line.join, lines)).encode()


@frozen
class Recorded:
    """A stream, and whose it is."""

    provider: str
    operation: str
    body: bytes


def recorded(provider: str, name: str) -> Recorded:
    """The stream of a cassette."""
    (one,) = cassettes.load(HERE / provider / "cassettes" / f"{name}.json").interactions
    operation = "edit" if one.request.url.endswith("/edits") else "generate"
    return Recorded(provider, operation, one.response.body)


STREAMS = {
    "generations, as documented": Recorded("openai", "generate", documented("image_generation", "\n")),
    "edits, as documented, in lines of Windows": Recorded("r9s", "edit", documented("image_edit", "\r\n")),
    "an edit, as recorded": recorded("openai", "stream-edit-small"),
}
MODELS = {"openai": "gpt-image-2", "r9s": "gpt-image-1.5"}


# The wire


@define
class Cut:
    """A body that ends too early: closed as if that were its end, or broken."""

    body: bytes
    broken: bool

    def read(self) -> bytes | None:
        if self.body:
            body, self.body = self.body, b""
            return body
        if self.broken:
            raise ProtocolError("The connection broke.", phase="unknown")
        return None

    def close(self) -> None:
        """Nothing is open."""


class AsyncCut(Cut):
    async def read(self) -> bytes | None:  # type: ignore[override]
        return super().read()

    async def close(self) -> None:  # type: ignore[override]
        """Nothing is open."""


HEADERS = Headers([(b"content-type", b"text/event-stream"), (b"x-request-id", b"req_1")])


@define
class Stage:
    """What is answered, once."""

    body: bytes = b""
    broken: bool = False
    requests: int = 0

    def set(self, body: bytes, *, broken: bool) -> None:
        self.body, self.broken, self.requests = body, broken, 0

    def cut(self, kind: type[Cut]) -> Any:
        self.requests += 1
        if self.requests > 1:
            raise ConnectError("A stream was asked for twice.", phase="not_sent")
        return kind(self.body, self.broken)


@define(eq=False)
class Wire(SyncWire):
    """The client's wire, without a network."""

    stage: Stage = field(kw_only=True)

    def send(self, *_: object, **__: object) -> SyncWireResponse:
        return SyncWireResponse(200, HEADERS, self.stage.cut(Cut))


@define(eq=False)
class LooseWire(AsyncWire):
    """The same of the other client."""

    stage: Stage = field(kw_only=True)

    async def send(self, *_: object, **__: object) -> AsyncWireResponse:
        return AsyncWireResponse(200, HEADERS, self.stage.cut(AsyncCut))


Gone = tuple["list[Image]", "limner.ImageResult | LimnerError"]
"""The frames that were shown, and the end."""


def taken(said: PartialImage | Completed, frames: list[Image]) -> None:
    if isinstance(said, PartialImage):
        frames.append(said.image)


def watched(arguments: dict[str, Any], request: Any, cuts: Iterator[tuple[bytes, bool]], stage: Stage) -> list[Gone]:
    ends: list[Gone] = []
    with limner.Client(**arguments) as client:
        for body, broken in cuts:
            stage.set(body, broken=broken)
            frames: list[Image] = []
            try:
                with client.stream(request) as stream:
                    for said in stream:
                        taken(said, frames)
                ends.append((frames, stream.result))
            except LimnerError as error:
                ends.append((frames, error))
    return ends


def awatched(arguments: dict[str, Any], request: Any, cuts: Iterator[tuple[bytes, bool]], stage: Stage) -> list[Gone]:
    async def main() -> list[Gone]:
        ends: list[Gone] = []
        async with limner.AsyncClient(**arguments) as client:
            for body, broken in cuts:
                stage.set(body, broken=broken)
                frames: list[Image] = []
                try:
                    async with client.stream(request) as stream:
                        async for said in stream:
                            taken(said, frames)
                    ends.append((frames, stream.result))
                except LimnerError as error:
                    ends.append((frames, error))
        return ends

    return asyncio.run(main())


@pytest.fixture(params=["sync", "async"])
def watch(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Callable[..., list[Gone]]:
    """``watch(stream, cuts)``: what became of each of these bodies, and whether each of them was broken."""
    stage = Stage()
    monkeypatch.setattr("limner.client.SyncWire", partial(Wire, stage=stage))
    monkeypatch.setattr("limner.client.AsyncWire", partial(LooseWire, stage=stage))
    go = {"sync": watched, "async": awatched}[request.param]

    def watch(stream: Recorded, cuts: Iterator[tuple[bytes, bool]]) -> list[Gone]:
        (plugin,) = entry_points(group="limner", name=stream.provider)
        arguments = {"providers": [plugin.load().limner_provider()], "keys": lambda _: "key-of-a-test", "environ": {}}
        said: dict[str, Any] = {"model": f"{stream.provider}/{MODELS[stream.provider]}", "partial_images": 2}
        asked = {
            "generate": limner.GenerateRequest("a cat", **said),
            "edit": limner.EditRequest("a cat", images=BytesIO(PNG), **said),
        }
        return go(arguments, asked[stream.operation], cuts, stage)

    return watch


_BUFFER = BytesIO()
PIL.Image.new("RGBA", (1, 1)).save(_BUFFER, "PNG")
PNG = _BUFFER.getvalue()


# What becomes of it


def pictures(images: Any) -> list[bytes]:
    return [image.read() for image in images]


@pytest.mark.parametrize("end", ["closed", "broken"])
@pytest.mark.parametrize("stream", STREAMS.values(), ids=STREAMS)
def test_cut_at_every_byte_a_stream_is_a_result_or_an_error_with_the_frames_so_far(
    watch: Callable[..., list[Gone]], stream: Recorded, end: str
) -> None:
    ((every, whole),) = watch(stream, iter([(stream.body, False)]))
    assert isinstance(whole, limner.ImageResult)
    known = [*pictures(every), *pictures(whole.images)]
    cuts = ((stream.body[:place], end == "broken") for place in range(len(stream.body)))
    for frames, came in watch(stream, cuts):
        assert pictures(frames) == pictures(every)[: len(frames)]
        if isinstance(came, LimnerError):
            kept = pictures(came.images)  # what is done first, then frames
            assert set(pictures(frames)) <= set(kept) == set(known[: len(kept)])
            assert len(set(kept)) == len(kept)
            assert (came.maybe_billed, came.request_id, bool(str(came))) == (True, "req_1", True)
        else:
            assert (pictures(came.images), came.usage) == (pictures(whole.images), whole.usage)
            assert len(frames) == len(every)


def test_frames_and_pictures_only_grow_with_what_has_come(watch: Callable[..., list[Gone]]) -> None:
    stream = STREAMS["generations, as documented"]
    ends = watch(stream, ((stream.body[:place], False) for place in range(len(stream.body) + 1)))
    worth = [
        (len(frames), len(came.images) + (0 if isinstance(came, LimnerError) else len(frames))) for frames, came in ends
    ]
    assert worth == sorted(worth)
    assert (worth[0], worth[-1]) == ((0, 0), (2, 3))
