"""What one running sandbox knows: its keys, its log, its orders, its bill."""

from __future__ import annotations

import asyncio
import contextlib
import hmac
import json
from collections import deque
from threading import Lock
from typing import TYPE_CHECKING, Any, ParamSpec, TypeVar
from urllib.parse import parse_qsl, urlsplit

from attrs import define, evolve, field, frozen

from limner_sandbox.easels import Easels
from limner_sandbox.files import File, Files
from limner_sandbox.workspace import Workspace

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from limner_sandbox.faults import Fault

P = ParamSpec("P")
R = TypeVar("R")

MOST_REQUESTS = 1000
"""How many requests the log keeps."""
MOST_BYTES = 256 * 1024 * 1024
"""How much of their bodies; beyond it the oldest are let go."""


@frozen(kw_only=True)
class Received:
    """One request as it arrived. No key stands in it."""

    provider: str | None
    """Whose API was asked; ``None`` for downloads and for paths that lead nowhere."""
    method: str
    path: str
    query: tuple[tuple[str, str], ...] = ()
    """In the order sent; a key's value is ``***``."""
    headers: Mapping[str, str] = field(factory=dict)
    """Lower-case names; an ``authorization`` is its scheme and the first digits of the key's SHA-256."""
    content: bytes = field(default=b"", repr=False)
    """The body's bytes; empty where it was let go: the log keeps 256 MiB of them, the latest."""
    authorized: bool = False
    """Whether it showed a key that was accepted."""

    @property
    def json(self) -> Any:  # noqa: ANN401 - JSON
        """The body, where it is JSON; it is read when it is asked for."""
        try:
            return json.loads(self.content) if "json" in self.headers.get("content-type", "") else None
        except (ValueError, RecursionError):
            return None


@define(kw_only=True)
class Studio:
    """The shared state of a sandbox. Its log, queue and bill are safe for several threads."""

    url: str
    """The server's root, without a slash at its end."""
    keys: Mapping[str, str] = field(repr=False)
    """The accepted key of each provider."""
    any_key: bool = False
    """Accept every key."""
    retired: bool = False
    """Let models that were shut down work as once documented."""
    announced: bool = False
    """Let operations work that a page announces and that are not there yet."""
    openai_key: bool = True
    """Whether the workspaces have an OpenAI key."""
    files: Files
    workspace: Workspace = field(factory=Workspace, init=False)
    closing: asyncio.Event = field(factory=asyncio.Event, init=False, repr=False)
    """Set, in the server's loop, when the sandbox stops: whoever waits stops waiting."""
    _requests: deque[Received] = field(factory=lambda: deque(maxlen=MOST_REQUESTS), init=False, repr=False)
    _faults: list[Fault] = field(factory=list, init=False, repr=False)
    _billed: int = field(default=0, init=False)
    _lock: Lock = field(factory=Lock, init=False, repr=False)
    _easels: Easels = field(factory=Easels, init=False, repr=False)

    def accepts(self, provider: str, key: str | None) -> bool:
        """Whether a key opens a provider's API."""
        if not key:
            return False
        return self.any_key or hmac.compare_digest(key.encode(), self.keys[provider].encode())

    def record(self, received: Received) -> None:
        """Write a request to the log."""
        with self._lock:
            self._requests.append(received)
            excess = sum(len(each.content) for each in self._requests) - MOST_BYTES
            for index in range(len(self._requests) - 1):
                if excess <= 0:
                    break
                excess -= len(self._requests[index].content)
                self._requests[index] = evolve(self._requests[index], content=b"")

    @property
    def requests(self) -> tuple[Received, ...]:
        """The latest requests, the oldest first."""
        with self._lock:
            return tuple(self._requests)

    def order(self, fault: Fault) -> None:
        """Put a fault at the end of the queue."""
        with self._lock:
            self._faults.append(fault)

    def next_fault(self, path: str) -> Fault | None:
        """The first fault in the queue that befalls this path, counted down."""
        with self._lock:
            for index, fault in enumerate(self._faults):
                if fault.on in path:
                    self._faults[index : index + 1] = [evolve(fault, times=fault.times - 1)] if fault.times > 1 else []
                    return fault
        return None

    @property
    def billed(self) -> int:
        """How many images were made."""
        with self._lock:
            return self._billed

    def bill(self, images: int) -> None:
        """Count images that were made."""
        with self._lock:
            self._billed += images

    def clear(self) -> None:
        """Forget the log, the orders, the bill and the workspace."""
        with self._lock:
            self._requests.clear()
            self._faults.clear()
            self._billed = 0
        self.workspace.clear()

    def file(self, url: str) -> File:
        """The image behind one of the sandbox's own URLs. No other URL is ever fetched.

        Raises:
            LookupError: It is somewhere else, or the URL does not serve it.
        """
        try:
            parts = urlsplit(url)
        except ValueError as error:
            raise LookupError(str(error)) from None
        if f"{parts.scheme}://{parts.netloc}" != self.url:
            raise LookupError("not one of the sandbox's own")
        found = self.files.fetch(parts.path, dict(parse_qsl(parts.query)), authorization=False)
        if not isinstance(found, File):
            raise LookupError(found.message)  # noqa: TRY004 - the URL is of the right type, and serves nothing
        return found

    async def work(self, fn: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
        """Run slow work in a thread, as many at a time as there are processors."""
        return await self._easels.work(fn, *args, **kwargs)

    async def wait(self, seconds: float) -> None:
        """Wait, but not beyond the sandbox's end."""
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self.closing.wait(), seconds)
