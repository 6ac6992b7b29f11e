"""The way in: a client holds keys, connections and choices, and has one method per operation."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from attrs import define, field

from limner.client_base import ClientBase
from limner.engine import AsyncRunner, GivenUp, Runner
from limner.errors import LimnerError
from limner.fanout import Outcome, arun_all, merge, run_all
from limner.requests import GenerateRequest, Request
from limner.signatures import takes
from limner.transport.download import AsyncDownloader, Downloader
from limner.transport.http import AsyncWire, SyncWire

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Self

    from limner.provider import Call, Partial
    from limner.results import ImageResult
    from limner.transport.deadline import Deadline
    from limner.transport.endpoint import Endpoint


def _ignore(_: Partial) -> None:
    """Frames nobody asked to see."""


@define(eq=False, kw_only=True)
class Client(ClientBase):
    """Pictures from any provider, sync.

    ::

        with limner.Client() as client:
            client.generate("a white Siamese cat", model="openai/gpt-image-2", n=4).save("cats/")

    Safe to use from several threads. Closing is good manners, and frees the connections at once.
    """

    _wire: SyncWire | None = field(default=None, init=False, repr=False)

    @takes(GenerateRequest)
    def generate(self, request: GenerateRequest) -> ImageResult:
        """Pictures from words.

        Returns:
            The images, with everything the provider said and everything that differs from what was asked.

        Raises:
            BadInputError: the request cannot be sent to anybody; nothing was.
            UnsupportedError: the provider or model does not take it; nothing was sent.
            ConfigError: no usable key; nothing was sent.
            ProviderError: the provider refused.
            TransportError: the connection failed; ``maybe_billed`` says whether it may have been charged.
        """
        return self.run(request)

    def run(self, request: Request) -> ImageResult:
        """Serve any request: plan it, make its calls, merge what comes."""
        planned = self.plan(request)
        endpoint = self._endpoint(planned.provider)
        endpoint.check()
        total, given_up = self._total(request), GivenUp()
        jobs = [self._job(call, endpoint, request, total, given_up) for call in planned.calls]
        return merge(planned, run_all(jobs, self.max_concurrency, given_up.set))

    def _job(
        self, call: Call, endpoint: Endpoint, request: Request, total: Deadline, given_up: GivenUp
    ) -> Callable[[], Outcome]:
        def job() -> Outcome:
            wire = self._open()
            talk = self._conversation(call, endpoint, request, total)
            downloader = Downloader(wire, trust=self.trust, origins=self._origins(endpoint))
            policy = self._policy(request, endpoint)
            runner = Runner(wire, downloader, self._lanes, policy, talk.deadline, _ignore, given_up)
            try:
                return Outcome(call.index, call.n or 1, result=runner.run(talk))
            except LimnerError as error:
                return Outcome(call.index, call.n or 1, error=error)

        return job

    def _open(self) -> SyncWire:
        with self._guard:
            if self._wire is None:
                self._wire = SyncWire(trust=self.trust)
            return self._wire

    def close(self) -> None:
        """Close the connections; the client can still be used, and opens new ones then."""
        with self._guard:
            wire, self._wire = self._wire, None
        if wire is not None:
            wire.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


@define(eq=False, kw_only=True)
class AsyncClient(ClientBase):
    """Pictures from any provider, async; the methods of :class:`Client`, awaited."""

    _wire: AsyncWire | None = field(default=None, init=False, repr=False)

    @takes(GenerateRequest)
    async def generate(self, request: GenerateRequest) -> ImageResult:
        """Pictures from words; see :meth:`Client.generate`."""
        return await self.run(request)

    async def run(self, request: Request) -> ImageResult:
        """Serve any request: plan it, make its calls, merge what comes."""
        planned = self.plan(request)
        endpoint = self._endpoint(planned.provider)
        await endpoint.acheck()
        total = self._total(request)
        jobs = [self._job(call, endpoint, request, total) for call in planned.calls]
        return merge(planned, await arun_all(jobs, self.max_concurrency))

    def _job(self, call: Call, endpoint: Endpoint, request: Request, total: Deadline) -> Callable[[], Any]:
        async def job() -> Outcome:
            wire = self._open()
            talk = self._conversation(call, endpoint, request, total)
            downloader = AsyncDownloader(wire, trust=self.trust, origins=self._origins(endpoint))
            policy = self._policy(request, endpoint)
            runner = AsyncRunner(wire, downloader, self._lanes, policy, talk.deadline, _ignore)
            try:
                return Outcome(call.index, call.n or 1, result=await runner.run(talk))
            except LimnerError as error:
                return Outcome(call.index, call.n or 1, error=error)

        return job

    def _open(self) -> AsyncWire:
        if self._wire is None:
            self._wire = AsyncWire(trust=self.trust)
        return self._wire

    async def aclose(self) -> None:
        """Close the connections; the client can still be used, and opens new ones then."""
        wire, self._wire = self._wire, None
        if wire is not None:
            await asyncio.shield(wire.aclose())

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.aclose()
