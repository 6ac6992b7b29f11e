"""The sandbox without its server: the same application, called in this process, that paints no pictures."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING, Any

import httpx
from agreement.asks import FILE, picture
from attrs import define, field, frozen

from limner.credentials import KeyRing
from limner.transport.endpoint import Endpoint
from limner_sandbox.emulator import discover
from limner_sandbox.files import Files
from limner_sandbox.front import Front
from limner_sandbox.studio import Studio
from limner_sandbox.workspace import Kept

if TYPE_CHECKING:
    from starlette.types import Receive, Scope, Send

    from limner.provider import HttpRequest, Provider

ADDRESS = "http://127.0.0.1:8808"


@frozen
class Judgement:
    """What a sandbox says of a request."""

    status: int
    error: Any = None

    @property
    def accepted(self) -> bool:
        """Whether there are images."""
        return self.status == 200


@define
class Judge:
    """A sandbox that is asked in this process."""

    retired: bool = False
    """Whether what was shut down works, and what is announced."""
    _front: Front = field(init=False)
    _bases: dict[str, str] = field(init=False)
    _keys: dict[str, str] = field(init=False)
    _runner: asyncio.Runner = field(factory=asyncio.Runner, init=False)

    def __attrs_post_init__(self) -> None:
        emulators = discover()
        self._bases = {each.name: ADDRESS + each.base_path for each in emulators}
        self._keys = {each.name: f"{each.key_prefix}agreement" for each in emulators}
        studio = Studio(url=ADDRESS, keys=self._keys, retired=self.retired, announced=self.retired, files=Files(3600))
        studio.workspace._kept[FILE] = Kept(
            id=FILE, content=picture("RGBA"), media_type="image/png", file_name="cat.png", purpose="vision", created=0
        )
        self._front = Front.of(studio, emulators)

    def judge(self, provider: Provider, request: HttpRequest) -> Judgement:
        """Send a request as the transport writes it."""
        endpoint = Endpoint(provider, self._bases[provider.name], KeyRing(keys=self._keys, environ={}), "code")
        endpoint.check()
        written = endpoint.prepare(request)()
        content = b"".join(written.content()) if callable(written.content) else written.content
        sent = httpx.Request(written.method, written.url, headers=written.headers, content=content)
        response = self._runner.run(self._answer(sent))
        body = json.loads(response.content) if response.status_code != 200 else None
        return Judgement(response.status_code, body)

    async def _answer(self, request: httpx.Request) -> httpx.Response:
        response = await httpx.ASGITransport(self._serve).handle_async_request(request)
        await response.aread()
        return response

    async def _serve(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self._front({**scope, "state": {}}, receive, send)

    def close(self) -> None:
        """Let the loop go."""
        self._runner.close()
