"""What is soaked: a provider whose models are the numbers of the calls, and the state of this process."""

from __future__ import annotations

import asyncio
import gc
import logging
import os
import sys
import threading
from typing import TYPE_CHECKING, Any

from attrs import frozen

from limner import client_base
from limner.capabilities import Length, OperationCapabilities, Parameter, ProviderCapabilities, Range, Source
from limner.provider import Bearer, Call, HttpProvider, HttpRequest, HttpResponse
from limner.reading import read_images
from limner.results import ImageResult
from limner.transport import _connections, _fetching
from limner.transport.retry import Policy

if TYPE_CHECKING:
    from collections.abc import Callable

    from limner.events import Event

ENGINES = ("stock", "fast")
KEY = "key-of-a-soak"


class Painter(HttpProvider):
    """One POST of JSON for each picture. Any model will do: its name is the call's number, and stands on its events."""

    name = "painter"
    base_url = "https://painter.example"
    key_variable = "PAINTER_API_KEY"
    auth = Bearer()

    def capabilities(self) -> ProviderCapabilities:
        takes = OperationCapabilities(
            parameters={"prompt": Parameter(Length(100), required=True), "n": Range(1, 1)},
            images_per_call=1,
            delivers=("bytes", "url"),
        )
        return ProviderCapabilities((), unknown={"generate": takes}, source=Source("tests/soak", "2026-11-21"))

    def map_request(self, call: Call) -> HttpRequest:
        return HttpRequest("POST", "/paint", json=call.wire())

    def normalize(self, response: HttpResponse, call: Call) -> ImageResult:
        del call
        return ImageResult(images=read_images(response))


def settings(url: str, *observers: Callable[[Event], None]) -> dict[str, Any]:
    """What a client of that server is made with."""
    return {
        "providers": [Painter()], "keys": {"painter": KEY}, "base_urls": {"painter": url}, "environ": {},
        "observers": observers,
    }  # fmt: skip


def choose(engine: str) -> None:
    """Let asynchronous requests go over httpcore, or over aiohttp."""
    if engine == "stock":
        _connections._fast = lambda: None
    elif _connections._fast() is None:
        sys.exit("limner[fast] is not installed")


def hasten() -> None:
    """Let what is repeated wait for next to nothing: many calls are wanted, and what stamina says of each is not."""
    shortly = {"shortest": 0.0, "longest": 0.02}
    client_base.Policy = lambda **given: Policy(**shortly, **given)
    _fetching._POLICY = Policy(**shortly)
    logging.getLogger("stamina").setLevel(logging.ERROR)


@frozen
class State:
    """What must not grow."""

    memory: int
    """Resident bytes."""
    descriptors: int
    threads: int
    tasks: int

    @classmethod
    def now(cls) -> State:
        gc.collect()
        with open("/proc/self/statm", encoding="ascii") as statm:  # noqa: PTH123 - a device, as it were
            pages = int(statm.read().split()[1])
        descriptors = len(os.listdir("/proc/self/fd")) - 1  # noqa: PTH208 - that of the listing is closed by now
        return cls(pages * os.sysconf("SC_PAGESIZE"), descriptors, threading.active_count(), len(asyncio.all_tasks()))
