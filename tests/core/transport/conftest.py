"""Servers of raw sockets on loopback, which misbehave as they are told and stop by themselves; and one call, twice."""

from __future__ import annotations

import asyncio
import contextlib
import datetime as dt
import ipaddress
import socket
import ssl
import struct
import threading
import time
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any, TypeAlias

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from limner.transport import _connections, _fetching
from limner.transport.deadline import Deadline
from limner.transport.download import AsyncDownloader, Downloader
from limner.transport.http import AsyncWire, Headers, SyncWire, WireRequest
from limner.transport.retry import Policy

if TYPE_CHECKING:
    from pathlib import Path

    from limner.media import Blob


class Talk:
    """One connection, from the server's side."""

    def __init__(self, connection: socket.socket, stopping: threading.Event, ordinal: int) -> None:
        self.connection = connection
        self.stopping = stopping
        self.ordinal = ordinal

    def request(self) -> bytes:
        """One request, head and body; empty where the client has gone."""
        received = b""
        while b"\r\n\r\n" not in received:
            piece = self.connection.recv(65536)
            if not piece:
                return b""
            received += piece
        head, _, body = received.partition(b"\r\n\r\n")
        lines = dict(line.lower().split(b": ", 1) for line in head.split(b"\r\n")[1:])
        if lines.get(b"transfer-encoding") == b"chunked":
            while not body.endswith(b"0\r\n\r\n"):
                body += self._more()
        while len(body) < int(lines.get(b"content-length", b"0")):
            body += self._more()
        return head + b"\r\n\r\n" + body

    def _more(self) -> bytes:
        piece = self.connection.recv(65536)
        if not piece:
            raise ConnectionResetError
        return piece

    def send(self, data: bytes) -> None:
        self.connection.sendall(data)

    def answer(self, body: bytes = b"", *headers: str, status: int = 200) -> None:
        lines = [f"HTTP/1.1 {status} X", f"Content-Length: {len(body)}", *headers, "", ""]
        self.send("\r\n".join(lines).encode() + body)

    def drip(self, data: bytes, every: float) -> None:
        """A byte at a time, until the client has had enough."""
        for byte in data:
            if self.stopping.wait(every):
                return
            self.send(bytes([byte]))

    def hold(self, seconds: float = 5.0) -> None:
        """Say nothing until the client hangs up."""
        self.connection.settimeout(seconds)
        with contextlib.suppress(OSError):
            while self.connection.recv(65536):
                pass

    def reset(self) -> None:
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.connection.close()


Script: TypeAlias = Callable[[Talk], object]


class RawServer:
    """Runs a script for each connection, in a thread of its own."""

    def __init__(self, script: Script, tls: ssl.SSLContext | None = None) -> None:
        self.script = script
        self.tls = tls
        self.accepted = 0
        self.stopping = threading.Event()
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self.listener.getsockname()[1]
        self.url = f"{'https' if tls else 'http'}://127.0.0.1:{self.port}"
        self.threads = [threading.Thread(target=self._accept)]
        self.threads[0].start()

    def _accept(self) -> None:
        self.listener.settimeout(20)
        with contextlib.suppress(OSError):
            while not self.stopping.is_set():
                connection, _ = self.listener.accept()
                self.accepted += 1
                thread = threading.Thread(target=self._serve, args=(connection, self.accepted))
                self.threads.append(thread)
                thread.start()

    def _serve(self, connection: socket.socket, ordinal: int) -> None:
        connection.settimeout(10)
        with contextlib.suppress(OSError), connection:
            if self.tls is None:
                self.script(Talk(connection, self.stopping, ordinal))
                return
            with self.tls.wrap_socket(connection, server_side=True) as secure:
                self.script(Talk(secure, self.stopping, ordinal))

    def stop(self) -> None:
        self.stopping.set()
        with contextlib.suppress(OSError):
            socket.create_connection(("127.0.0.1", self.port), 1).close()
        for thread in self.threads:
            thread.join(10)
        self.listener.close()


@pytest.fixture
def serve() -> Iterator[Callable[..., RawServer]]:
    """Start servers: ``serve(script)``."""
    servers: list[RawServer] = []

    def start(script: Script, tls: ssl.SSLContext | None = None) -> RawServer:
        servers.append(RawServer(script, tls))
        return servers[-1]

    yield start
    for server in servers:
        server.stop()


ENGINES = ("stock", "fast")


def _choose(engine: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let asynchronous requests go over httpcore, or over aiohttp where it is installed."""
    if engine == "fast":
        pytest.importorskip("httpx_aiohttp", reason="limner[fast] is not installed")
    else:
        monkeypatch.setattr(_connections, "_fast", lambda: None)


@pytest.fixture(params=ENGINES)
def engine(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """What carries asynchronous requests: the promises are the same."""
    _choose(request.param, monkeypatch)
    name: str = request.param
    return name


class Reply:
    def __init__(self, status: int, headers: Headers, body: bytes) -> None:
        self.status, self.headers, self.body = status, headers, body


Once: TypeAlias = Callable[..., Reply]


def _once_sync(request: WireRequest, deadline: Deadline, wire: dict[str, Any], **send: Any) -> Reply:
    with SyncWire(**wire) as opened, opened.send(request, deadline, **send) as response:
        return Reply(response.status, response.headers, b"".join(response.chunks()))


def _once_async(request: WireRequest, deadline: Deadline, wire: dict[str, Any], **send: Any) -> Reply:
    async def main() -> Reply:
        async with AsyncWire(**wire) as opened, await opened.send(request, deadline, **send) as response:
            return Reply(response.status, response.headers, b"".join([chunk async for chunk in response.chunks()]))

    return asyncio.run(main())


@pytest.fixture(params=["sync", *ENGINES])
def once(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Once:
    """One request over a wire of its own, read to its end: sync, and async over each engine."""
    perform = _once_sync if request.param == "sync" else _once_async
    _choose(request.param, monkeypatch)

    def call(
        wanted: WireRequest, seconds: float | None = 5, *, wire: dict[str, Any] | None = None, **send: Any
    ) -> Reply:
        return perform(wanted, Deadline(seconds), {"trust": "server", **(wire or {})}, **send)

    return call


@pytest.fixture(params=["sync", *ENGINES])
def download(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Blob]:
    """Fetch with a downloader that trusts the server's own origin, unless told otherwise, and waits for no jitter."""
    _choose(request.param, monkeypatch)
    monkeypatch.setattr(_fetching, "_POLICY", Policy(shortest=0.0, longest=0.0))

    def fetch(url: str, seconds: float = 10, *, wire: dict[str, Any] | None = None, **options: Any) -> Blob:
        origin = "/".join(url.split("/")[:3])
        made = {key: options.pop(key) for key in ("limit",) if key in options}
        made |= {"trust": options.pop("trust", "local"), "origins": options.pop("origins", (origin,))}
        wire = {"trust": "server", **(wire or {})}
        if request.param == "sync":
            with SyncWire(**wire) as opened:
                return Downloader(opened, **made).fetch(url, Deadline(seconds), **options)

        async def main() -> Blob:
            async with AsyncWire(**wire) as opened:
                return await AsyncDownloader(opened, **made).fetch(url, Deadline(seconds), **options)

        return asyncio.run(main())

    return fetch


@pytest.fixture
def stopwatch() -> Callable[[], float]:
    """Seconds since the test began to run."""
    began = time.monotonic()
    return lambda: time.monotonic() - began


@pytest.fixture(scope="session")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A self-signed certificate for 127.0.0.1 and cdn.example, with its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "limner test")])
    names = [x509.IPAddress(ipaddress.ip_address("127.0.0.1")), x509.DNSName("cdn.example")]
    now = dt.datetime.now(dt.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        .sign(key, hashes.SHA256())
    )
    path = tmp_path_factory.mktemp("tls") / "certificate.pem"
    path.write_bytes(
        made.public_bytes(serialization.Encoding.PEM)
        + key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    return path


@pytest.fixture
def tls(certificate: Path) -> ssl.SSLContext:
    """The server's side of that certificate."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    return context
