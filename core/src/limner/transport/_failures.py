"""How far a request came, and what a failure of httpx, httpcore or the system means. Part of the seam to httpx."""

from __future__ import annotations

import ssl
from typing import TYPE_CHECKING, Any

import httpx
from attrs import define, frozen

from limner.errors import CancelledError, ConnectError, DeadlineError, LimnerError, Phase, ProtocolError, TLSError

if TYPE_CHECKING:
    from limner.transport._connections import AsyncConnections, Connections, Lent
    from limner.transport.deadline import Deadline


@define
class Progress:
    """How far a request came, as httpcore's ``trace`` extension tells it.

    The same events are what httpcore logs at DEBUG. A server may echo a key in its headers, and an exception may hold
    one, so neither reaches the log.
    """

    sent: bool = False
    """Whether a server may have seen the whole of the headers."""
    begun: bool = False
    """Whether it may have seen some of them."""
    host: str = ""
    _tunnel: bool = False

    def hand_to(self, transport: httpx.BaseTransport | httpx.AsyncBaseTransport) -> None:
        """A transport that is not known to tell counts as sending at once."""
        tells = isinstance(transport, httpx.HTTPTransport | httpx.AsyncHTTPTransport)
        self.sent = not (tells or getattr(transport, "tells", False))

    @property
    def phase(self) -> Phase:
        """The phase of a failure that comes now."""
        return "unknown" if self.sent else "not_sent"

    def stopped(self, error: BaseException) -> None:
        """Write on what stops the request from outside how far it came; in doubt, further."""
        error.phase = "unknown" if self.sent or self.begun else "not_sent"  # type: ignore[attr-defined]

    def trace(self, event: str, info: dict[str, Any]) -> None:
        """Take note of one event, and leave nothing in it that a log should not show."""
        if event.endswith(".started"):
            if event.endswith("send_request_headers.started"):
                self._tunnel = info["request"].method == b"CONNECT"
                self.begun = not self._tunnel
            self.sent = self.sent and event not in _ANEW
            return  # its info is what httpcore calls itself with
        if event == "http11.send_request_headers.complete":
            self.sent = not self._tunnel
        for key in ("return_value", "exception"):
            if info.get(key) is not None:
                info[key] = type(info[key])

    async def atrace(self, event: str, info: dict[str, Any]) -> None:
        """:meth:`trace` as httpcore's asynchronous half calls it."""
        self.trace(event, info)


_ANEW = frozenset({"connection.connect_tcp.started", "http11.send_request_headers.started"})
"""Before which nothing of a request was sent."""


@frozen
class _Fault:
    error: type[LimnerError]
    sentence: str
    before: bool = False
    """Whether it can only happen before anything is sent."""


_NO_CONNECTION = _Fault(ConnectError, "no connection could be made", before=True)
_NOT_IN_TIME = _Fault(ConnectError, "no connection was made in time", before=True)
_NO_PROXY = _Fault(ConnectError, "the proxy made no connection", before=True)
_SILENT = _Fault(DeadlineError, "the connection was silent for too long")
_HUNG_UP = _Fault(ProtocolError, "the server hung up early, or does not speak HTTP")
_BROKE = _Fault(ProtocolError, "the connection broke")
_THEIRS = _Fault(ProtocolError, "the HTTP client that was lent failed")

_FAULTS: dict[type[BaseException] | str, _Fault] = {
    httpx.ConnectTimeout: _NOT_IN_TIME,
    httpx.PoolTimeout: _Fault(ConnectError, "no connection became free in time", before=True),
    httpx.ConnectError: _NO_CONNECTION,
    httpx.ProxyError: _NO_PROXY,
    httpx.UnsupportedProtocol: _NO_CONNECTION,
    httpx.TimeoutException: _SILENT,
    httpx.LocalProtocolError: _Fault(ProtocolError, "the request is not valid HTTP"),
    httpx.RemoteProtocolError: _HUNG_UP,
    httpx.TransportError: _BROKE,
    httpx.RequestError: _THEIRS,  # of a client's own making: redirects it follows, bodies it decodes
    # aiohttp's, by name: it need not be installed, and a client that is lent may use it where we do not.
    "ClientConnectorError": _NO_CONNECTION,
    "ConnectionTimeoutError": _NOT_IN_TIME,
    "ClientProxyConnectionError": _NO_PROXY,
    "ClientHttpProxyError": _NO_PROXY,
    "InvalidURL": _NO_CONNECTION,
    "NonHttpUrlClientError": _NO_CONNECTION,
    "ServerTimeoutError": _SILENT,
    "ServerDisconnectedError": _HUNG_UP,
    "ClientPayloadError": _HUNG_UP,
    "ClientResponseError": _HUNG_UP,
    "ClientError": _BROKE,
    TimeoutError: _SILENT,
    OSError: _BROKE,
}


def _fault(error: BaseException) -> _Fault | None:
    keys = (cls.__name__ if _is_aiohttp_s(cls) else cls for cls in type(error).__mro__)
    return next((_FAULTS[key] for key in keys if key in _FAULTS), None)


def _is_aiohttp_s(cls: type) -> bool:
    return cls.__module__.startswith("aiohttp.")


@frozen
class Judge:
    """Says what a foreign exception means.

    Of the original only the type's name and the system's own words are kept: its text and what hangs on it may hold
    the request, and with it the key.
    """

    progress: Progress
    deadline: Deadline
    connections: Connections | AsyncConnections | Lent

    def __call__(self, error: Exception) -> LimnerError | None:
        """Our error for it; ``None`` for one that is none of ours to judge."""
        beneath = error.__cause__
        if isinstance(error, httpx.TransportError) and isinstance(beneath, Exception) and _is_aiohttp_s(type(beneath)):
            error = beneath  # httpx-aiohttp calls it a ConnectTimeout where a server hangs up after all was sent
        # What is lent may raise whatever it likes, with the request in its text.
        fault = _fault(error) or (_THEIRS if self.connections.lent else None)
        if fault is None:
            return None
        failure = self._failure(error, fault)
        failure.add_note(f"{type(error).__module__.partition('.')[0]}.{type(error).__name__}")
        return failure

    def late(self, phase: Phase | None = None) -> DeadlineError:
        """The deadline passed."""
        doing = f"talking to {self.progress.host}" if self.progress.host else "waiting to be sent"
        return self.deadline.error(doing, phase=phase or self.progress.phase)

    def check(self) -> None:
        """Raise where there is no time to begin."""
        if self.deadline.expired:
            raise self.late()

    def _failure(self, error: Exception, fault: _Fault) -> LimnerError:
        phase: Phase = "not_sent" if fault.before else self.progress.phase
        if self.connections.closed:
            return CancelledError("the client was closed while the request was under way", phase=phase)
        if isinstance(error, httpx.TimeoutException | TimeoutError) and self.deadline.expired:
            return self.late(phase)
        root = _root(error)
        if isinstance(root, ssl.SSLError) and not isinstance(root, ssl.SSLWantReadError) and phase == "not_sent":
            return _tls_error(root, self.progress.host)
        words = getattr(root, "strerror", None)
        return fault.error(f"{fault.sentence} ({self.progress.host})" + (f": {words}" if words else ""), phase=phase)


def _tls_error(root: ssl.SSLError, host: str) -> TLSError:
    if isinstance(root, ssl.SSLCertVerificationError):
        return TLSError(f"the certificate of {host} was refused: {root.verify_message}", phase="final")
    return TLSError(f"no secure connection to {host}: {root.reason or type(root).__name__}", phase="not_sent")


def _root(error: BaseException) -> BaseException:
    """The exception it all began with: httpcore keeps it as the argument of its own, httpx as its cause."""
    seen: list[BaseException] = []
    following: BaseException | None = error
    while following is not None and following not in seen:
        seen.append(following)
        inner = following.args[0] if following.args and isinstance(following.args[0], BaseException) else None
        following = inner or following.__cause__ or following.__context__
    return seen[-1]
