"""The front desk of the server: it logs every request, checks the key, plays the faults and passes the rest on."""

from __future__ import annotations

import hashlib
import time
from email.utils import formatdate
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl

from attrs import define, evolve, frozen
from starlette.responses import JSONResponse, PlainTextResponse, Response

from limner.errors import ConfigError
from limner_sandbox import files
from limner_sandbox.faults import HEADER, Fault
from limner_sandbox.studio import Received, Studio
from limner_sandbox.twists import Reply, twist

if TYPE_CHECKING:
    from collections.abc import Mapping

    from starlette.types import ASGIApp, Message, Receive, Scope, Send

    from limner_sandbox.emulator import Emulator

HTML = """<html>
<head><title>{status} {reason}</title></head>
<body><center><h1>{status} {reason}</h1></center><hr><center>cloudflare</center></body>
</html>
"""
REASONS = {
    500: "Internal Server Error",
    502: "Bad Gateway",
    503: "Service Temporarily Unavailable",
    504: "Gateway Time-out",
}


@frozen
class Front:
    """The server's one ASGI application."""

    studio: Studio
    emulators: tuple[Emulator, ...]
    apis: Mapping[str, ASGIApp]
    """Each emulator's own application, by its name."""

    @classmethod
    def of(cls, studio: Studio, emulators: tuple[Emulator, ...]) -> Front:
        """The front of these emulators."""
        return cls(studio, emulators, {emulator.name: emulator.build(studio) for emulator in emulators})

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        started = time.perf_counter()
        content = await _read(receive)
        emulator = next((e for e in self.emulators if f"{scope['path']}/".startswith(f"{e.base_path}/")), None)
        headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
        query = parse_qsl(scope["query_string"].decode("latin-1"), keep_blank_values=True)
        key = emulator.presented(headers, dict(query)) if emulator else None
        authorized = emulator is not None and self.studio.accepts(emulator.name, key)
        received = self._written(scope, headers, query, content, emulator)
        self.studio.record(evolve(received, authorized=authorized))

        async def stamped(message: Message) -> None:
            if message["type"] == "http.response.start":
                extra = emulator.headers((time.perf_counter() - started) * 1000) if emulator else {}
                stamp = {"date": formatdate(usegmt=True), **extra}
                present = {name for name, _ in message["headers"]}
                fresh = [(name.encode(), value.encode()) for name, value in stamp.items()]
                message["headers"] = [*message["headers"], *(pair for pair in fresh if pair[0] not in present)]
            await send(message)

        if emulator is None:
            await self._play(self._elsewhere(received), None, received, scope, receive, stamped)
        elif not authorized:
            await emulator.deny(key)(scope, receive, stamped)
        else:
            await self._play(self.apis[emulator.name], emulator, received, scope, _again(content, receive), stamped)

    async def _play(  # noqa: PLR0913, PLR0917 - an ASGI call and what is known about it
        self, answer: ASGIApp, emulator: Emulator | None, received: Received, scope: Scope, receive: Receive, send: Send
    ) -> None:
        """Answer, unless a fault has something else in mind."""
        try:
            fault = Fault.parse(received.headers[HEADER]) if HEADER in received.headers else None
        except ConfigError as error:
            await JSONResponse({"error": {"message": f"{HEADER}: {error}"}}, 400)(scope, receive, send)
            return
        if emulator or received.path.startswith(files.PREFIX):
            fault = fault or self.studio.next_fault(received.path)
        if fault is None:
            await answer(scope, receive, send)
            return
        await self.studio.wait(fault.delay)
        if fault.status is not None:
            answer = _mishap(fault, emulator)
        scope["state"]["extra"] = fault.extra
        if fault.twist:
            answer = Twister(answer, fault, self.studio)
        if fault.cut is None:
            await answer(scope, receive, send)
            return
        cutter = Cutter(send, fault.cut, scope["state"]["transport"])
        await answer(scope, receive, cutter.send)
        cutter.close()
        # The server has to see that the connection is gone, or it would mend the response.
        while (await receive())["type"] != "http.disconnect":
            continue

    def _written(
        self,
        scope: Scope,
        headers: Mapping[str, str],
        query: list[tuple[str, str]],
        content: bytes,
        emulator: Emulator | None,
    ) -> Received:
        """The request as the log has it: without its key, wherever it put it."""
        hidden = emulator.key_query if emulator else ()
        keys = set(self.studio.keys.values())
        shown = dict(headers)
        if "authorization" in shown:
            scheme, _, secret = shown["authorization"].partition(" ")
            shown["authorization"] = f"{scheme} sha256:{hashlib.sha256(secret.encode()).hexdigest()[:12]}"
        return Received(
            provider=emulator.name if emulator else None,
            method=scope["method"],
            path=scope["path"],
            query=tuple((name, "***" if name in hidden or value in keys else value) for name, value in query),
            headers={name: "***" if value in keys else value for name, value in shown.items()},
            content=content,
        )

    def _elsewhere(self, received: Received) -> ASGIApp:
        """What is served besides the APIs: images by their URLs."""
        if not received.path.startswith(files.PREFIX):
            places = ", ".join(e.base_path for e in self.emulators)
            return PlainTextResponse(f"limner-sandbox: nothing here. There is: {places}\n", 404)
        found = self.studio.files.fetch(
            received.path, dict(received.query), authorization="authorization" in received.headers
        )
        if isinstance(found, files.File):
            return Response(found.content, media_type=found.media_type)
        error = f"<Error><Code>{found.code}</Code><Message>{found.message}</Message></Error>"
        xml = f'<?xml version="1.0" encoding="utf-8"?>{error}'
        return Response(xml, found.status, media_type="application/xml")


@define
class Cutter:
    """Sends a share of the body and closes the connection."""

    _send: Send
    _share: float
    _transport: Any
    """The connection: an :class:`asyncio.Transport`, which ASGI has no name for."""
    _events: int = 0
    _closed: bool = False

    async def send(self, message: Message) -> None:
        """Pass a message on, as far as the cut."""
        if self._closed:
            return
        body = message.get("body", b"")
        whole = not body or (message.get("more_body", False) and not self._events)
        self._events += bool(body)
        if self._share == 0:
            self.close()
        elif whole:
            await self._send(message)
        else:
            await self._send({**message, "body": body[: int(len(body) * self._share)], "more_body": True})
            self.close()

    def close(self) -> None:
        """Close the connection once what was sent is out."""
        self._closed = True
        self._transport.close()


@frozen
class Twister:
    """An answer, changed before it is sent: it is waited for as a whole."""

    answer: ASGIApp
    fault: Fault
    studio: Studio

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        messages: list[Message] = []

        async def keep(message: Message) -> None:
            messages.append(message)

        await self.answer(scope, receive, keep)
        headers = {name.decode(): value.decode() for name, value in messages[0]["headers"]}
        reply = Reply(
            status=messages[0]["status"],
            media_type=headers.get("content-type", ""),
            content=b"".join(message.get("body", b"") for message in messages[1:]),
        )
        mishap = self.fault.status is not None
        changed = twist(self.fault.twist or "", reply, self.studio, mishap=mishap)
        kept = {name: value for name, value in headers.items() if name not in {"content-length", "content-type"}}
        await Response(changed.content, changed.status, kept, changed.media_type or None)(scope, receive, send)


def _mishap(fault: Fault, emulator: Emulator | None) -> ASGIApp:
    """The answer of a fault that has a status."""
    status = fault.status or 500
    headers = {} if fault.retry_after is None else {"retry-after": f"{fault.retry_after:g}"}
    if fault.body == "error" and emulator:
        response = emulator.error(fault)
        response.headers.update(headers)
        return response
    plain = {"empty": "", "text": f"error code: {status}"}
    if fault.body in plain:
        return Response(plain[fault.body], status, headers, "text/plain" if plain[fault.body] else None)
    return Response(HTML.format(status=status, reason=REASONS.get(status, "Error")), status, headers, "text/html")


async def _read(receive: Receive) -> bytes:
    parts = []
    while True:
        message = await receive()
        parts.append(message.get("body", b""))
        if not message.get("more_body", False):
            return b"".join(parts)


def _again(content: bytes, receive: Receive) -> Receive:
    """A receive that tells the body once more, then whatever comes."""
    told = False

    async def replay() -> Message:
        nonlocal told
        if told:
            return await receive()
        told = True
        return {"type": "http.request", "body": content, "more_body": False}

    return replay
