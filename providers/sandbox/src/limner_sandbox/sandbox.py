"""The sandbox: every emulated provider behind one loopback port."""

from __future__ import annotations

import secrets
import sys
import threading
from typing import TYPE_CHECKING, Any, Self

from attrs import define, field

from limner.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from types import TracebackType

    from limner import AsyncClient, Client
    from limner_sandbox.emulator import Emulator
    from limner_sandbox.faults import Fault
    from limner_sandbox.server import Server
    from limner_sandbox.studio import Received, Studio
    from limner_sandbox.workspace import Generated

PORT = 8808
"""Where ``limner sandbox`` listens unless told otherwise."""


@define(kw_only=True)
class Sandbox:
    """A server of emulated image APIs, for as long as a ``with`` block lasts.

    Example:
        >>> with Sandbox() as s:  # doctest: +SKIP
        ...     s.client().generate("a lighthouse at dawn", model="openai/gpt-image-2").save("lighthouse.png")

    It listens on loopback, answers in a thread of its own, and leaves nothing behind. One block at a time; it may be
    entered again, with a new port and new keys where none were given.
    """

    host: str = "127.0.0.1"
    port: int = 0
    """0 is any free port."""
    given_keys: Mapping[str, str] = field(factory=dict, alias="keys", repr=False)
    """The keys to accept, by provider; a random one for each that is not named."""
    any_key: bool = False
    """Accept any key, but not none."""
    retired: bool = False
    """Let models that OpenAI shut down work, as they were once documented. Relays serve them in any case."""
    announced: bool = False
    """Let edits and variations work that RockAPI's page announces: *Coming Soon*, and 501 until they are there."""
    openai_key: bool = True
    """Whether Roboflow's workspace has the OpenAI key without which it makes no images."""
    url_lifetime: int = 3600
    """Seconds for which the URLs of images are valid; 0 hands out URLs that have expired."""
    allow_remote: bool = False
    """Allow a ``host`` that other machines reach."""
    _emulators: tuple[Emulator, ...] = field(default=(), init=False, repr=False)
    _studio: Studio | None = field(default=None, init=False, repr=False)
    _server: Server | None = field(default=None, init=False, repr=False)
    _clients: list[Client] = field(factory=list, init=False, repr=False)

    def __enter__(self) -> Self:
        """Start serving.

        Raises:
            ConfigError: The address cannot be used, a key is for a provider that is not emulated, or it is running.
        """
        # Starlette and uvicorn cost 0.1 s: only a sandbox that runs pays for them.
        from limner_sandbox.emulator import discover  # noqa: PLC0415 - see above
        from limner_sandbox.files import Files  # noqa: PLC0415 - see above
        from limner_sandbox.front import Front  # noqa: PLC0415 - see above
        from limner_sandbox.server import Server, listen  # noqa: PLC0415 - see above
        from limner_sandbox.studio import Studio  # noqa: PLC0415 - see above

        if self._server:
            raise ConfigError("This sandbox is running.")
        emulators = discover()
        strangers = sorted(set(self.given_keys) - {emulator.name for emulator in emulators})
        if strangers:
            raise ConfigError(f"No emulator of {strangers[0]!r}. There are: {', '.join(e.name for e in emulators)}.")
        listener = listen(self.host, self.port, allow_remote=self.allow_remote)
        host = f"[{self.host}]" if ":" in self.host else self.host
        keys = {e.name: self.given_keys.get(e.name) or e.key_prefix + secrets.token_urlsafe(24) for e in emulators}
        studio = Studio(
            url=f"http://{host}:{listener.getsockname()[1]}",
            keys=keys,
            any_key=self.any_key,
            retired=self.retired,
            announced=self.announced,
            openai_key=self.openai_key,
            files=Files(self.url_lifetime),
        )
        self._server = Server(Front.of(studio, emulators), listener, studio.closing)
        try:
            self._server.start()
            self._emulators, self._studio = emulators, studio
        except BaseException:  # Ctrl-C, too: a block that is not entered is not left, and the thread would serve on
            self._stop()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop serving, and close the clients made here. The log and the bill stay readable.

        Whoever still waits for an answer has half a second to get it; no painting is waited for longer.
        """
        try:
            while self._clients:
                self._clients.pop().close()
        finally:
            self._stop()

    def _stop(self) -> None:
        if self._server:
            self._server.stop()
            self._server = None

    @property
    def url(self) -> str:
        """The server's root, such as ``http://127.0.0.1:8808``."""
        return self._running.url

    @property
    def base_urls(self) -> dict[str, str]:
        """Each provider's base URL."""
        root = self.url
        return {emulator.name: root + emulator.base_path for emulator in self._emulators}

    def base_url(self, provider: str) -> str:
        """A provider's base URL, such as ``http://127.0.0.1:8808/openai/v1``.

        Raises:
            ConfigError: The provider is not emulated, or the sandbox has not run.
        """
        return self._of(self.base_urls, provider)

    @property
    def keys(self) -> dict[str, str]:
        """Each provider's accepted key."""
        return dict(self._running.keys)

    def key_for(self, provider: str) -> str:
        """A provider's accepted key.

        Raises:
            ConfigError: The provider is not emulated, or the sandbox has not run.
        """
        return self._of(self.keys, provider)

    @property
    def requests(self) -> tuple[Received, ...]:
        """What arrived, the oldest first: the latest 1000 requests, downloads included."""
        return self._running.requests

    @property
    def billed(self) -> int:
        """How many images were made, whether or not they arrived."""
        return self._running.billed

    @property
    def projects(self) -> dict[str, tuple[Generated, ...]]:
        """What was added to Roboflow's projects: ``sandbox.projects["fall-leaves"]``, the oldest image first."""
        return self._running.workspace.projects

    @property
    def captions(self) -> dict[str, tuple[str, ...]]:
        """Every caption that Roboflow's emulator made of an image, by the image's id; the last one is cached."""
        return self._running.workspace.captions

    def fail(self, kind: str | Fault | None = None, /, **changes: Any) -> Fault:  # noqa: ANN401 - a fault's fields
        """Let the next request fail, or the next ``times``; after those that were ordered before.

        Args:
            kind: A name such as ``rate_limit``, ``quota``, ``cut`` or ``bad_gateway`` (all: ``limner_sandbox.FAULTS``),
                a :class:`~limner_sandbox.Fault`, or nothing.
            **changes: Fields of the fault: ``status``, ``retry_after``, ``times``, ``delay``, ``cut``, ``on`` ...

        Returns:
            The fault.

        Raises:
            ConfigError: There is no such fault.
        """
        from limner_sandbox.faults import Fault  # noqa: PLC0415 - a sandbox without faults needs none

        fault = Fault.make(kind, **changes)
        self._running.order(fault)
        return fault

    def clear(self) -> None:
        """Forget the requests, the faults to come, the bill, the captions and the projects."""
        self._running.clear()

    def client(self, **options: Any) -> Client:  # noqa: ANN401 - what a Client takes
        """A limner client for the emulated providers; ``options`` as for :class:`limner.Client`.

        It is closed with the sandbox, if not before.
        """
        from limner import Client  # noqa: PLC0415 - the sandbox serves clients of any kind

        client = Client(**self._options(options))
        self._clients.append(client)
        return client

    def async_client(self, **options: Any) -> AsyncClient:  # noqa: ANN401 - what an AsyncClient takes
        """An async limner client for the emulated providers; ``options`` as for :class:`limner.AsyncClient`."""
        from limner import AsyncClient  # noqa: PLC0415 - as above

        return AsyncClient(**self._options(options))

    def _options(self, options: dict[str, Any]) -> dict[str, Any]:
        return {"keys": self.keys, "base_urls": self.base_urls, **options}

    @property
    def _running(self) -> Studio:
        if self._studio is None:
            raise ConfigError("This sandbox is not running: use it as `with Sandbox() as s:`.")
        return self._studio

    def _of(self, values: Mapping[str, str], provider: str) -> str:
        if provider not in values:
            raise ConfigError(f"No emulator of {provider!r}. There are: {', '.join(values)}.")
        return values[provider]


def serve(  # noqa: PLR0913 - the options of a command
    *,
    host: str = "127.0.0.1",
    port: int = PORT,
    keys: Mapping[str, str] | None = None,
    any_key: bool = False,
    retired: bool = False,
    announced: bool = False,
    openai_key: bool = True,
    url_lifetime: int = 3600,
    allow_remote: bool = False,
    faults: tuple[str, ...] = (),
    announce: Callable[[Sandbox], None] | None = None,
    stop: threading.Event | None = None,
) -> None:
    """Serve in the foreground until Ctrl-C, for clients in any language.

    Args:
        host: A loopback address.
        port: A port; 0 is any that is free.
        keys: The keys to accept, by provider; a random one for each that is not named.
        any_key: Accept any key, but not none.
        retired: Let models that OpenAI shut down work.
        announced: Let operations work that are announced and not there yet.
        openai_key: Whether Roboflow's workspace has an OpenAI key.
        url_lifetime: Seconds for which the URLs of images are valid.
        allow_remote: Allow an address that other machines reach.
        faults: Faults for the first requests, each as in the ``x-sandbox-fault`` header.
        announce: Told once the server answers; where unset, base URLs and keys are printed.
        stop: Set it to end serving from another thread.

    Raises:
        ConfigError: The address cannot be used, or a fault is not one.
    """
    from limner_sandbox.faults import Fault  # noqa: PLC0415 - see Sandbox.fail

    orders = [Fault.parse(text) for text in faults]
    end = stop or threading.Event()
    sandbox = Sandbox(
        host=host,
        port=port,
        keys=keys or {},
        any_key=any_key,
        retired=retired,
        announced=announced,
        openai_key=openai_key,
        url_lifetime=url_lifetime,
        allow_remote=allow_remote,
    )
    try:
        with sandbox:
            for order in orders:
                sandbox.fail(order)
            (announce or _print)(sandbox)
            # A wait without an end cannot be interrupted everywhere.
            while not end.wait(1):
                continue
    except KeyboardInterrupt:
        return


def _print(sandbox: Sandbox) -> None:
    for provider, url in sandbox.base_urls.items():
        sys.stdout.write(f"{provider}: {url}  key {sandbox.key_for(provider)}\n")
    sys.stdout.flush()
