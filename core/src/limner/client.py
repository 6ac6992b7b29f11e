"""The way in: a client holds keys, connections and choices, and has one method per operation."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, ClassVar

from attrs import define, field

from limner.arguments import check_given
from limner.choosing import Chooser
from limner.engine import AsyncRunner, Runner
from limner.errors import LimnerError
from limner.fanout import Outcome, arun_all, carried, run_all, unforeseen
from limner.requests import EditRequest, GenerateRequest, Request, VaryRequest
from limner.restoring import restores
from limner.results import ImageResult
from limner.signatures import constructed, takes
from limner.streams import AsyncImageStream, ImageStream
from limner.threads import is_stray
from limner.transport.download import AsyncDownloader, Downloader
from limner.transport.http import AsyncWire, SyncWire

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence
    from typing import Self

    from limner.conversation import Conversation
    from limner.delivering import Delivery
    from limner.errands import Errand, Work
    from limner.landing import Landing
    from limner.planning import Plan
    from limner.provider import Call


@constructed()
@define(eq=False, kw_only=True)
class Client(Chooser):
    """Pictures from any provider, sync.

    ::

        with limner.Client() as client:
            client.generate("a white Siamese cat", model="openai/gpt-image-2", n=4).save("cats/")

    Safe to use from several threads. Closing is good manners, and frees the connections at once. Making one opens no
    socket, starts no thread, reads no file but a configuration.

    Args:
        keys: Keys by provider, or a callable that finds one; otherwise the environment is asked, then the user's keys
            file (see :mod:`limner.keysfile`), then plugins.
        providers: Names of installed providers or provider objects, in the order of preference; unset, all that
            are installed. Objects alone mean that nothing is scanned.
        plugins: The distributions whose plugins may be imported: their names, ``True`` for all or ``False`` for none.
            Unset, it is for ``LIMNER_PLUGINS`` to say, where the environment may be read; and then all.
        base_urls: Other base URLs by provider: a relay, the sandbox.
        settings: Headers that a provider lets the user fill, by provider and name: an organization, a project.
        trust: ``local`` reads keys, base URLs and proxies from the environment, and the user's files of configuration
            and of keys, and may download from the given base URLs' loopback; ``server`` does none of it.
        environ: The environment to read, where it is not the process's own; of keys files, only the one that its
            ``LIMNER_KEYS`` names.
        config: A configuration (see :mod:`limner.config`): a file, or a mapping of the same shape. Unset, with trust
            ``local`` and unless all ``providers`` are objects, it is the file that ``LIMNER_CONFIG`` names, or the
            user's own, if there is one; with an ``environ`` of your own, only what ``LIMNER_CONFIG`` names there.
        timeout: Seconds for one planned call, all its retries and downloads included; unset, as the configuration has
            it, or 600.
        total_timeout: Seconds for a whole request; unset, as the configuration has it, or as long as it takes.
        max_concurrency: Calls of one request that run at once; unset, as the configuration has it, or 4.
        observers: Called with every :mod:`limner.events` value; what they raise changes nothing.
        http: An ``httpx.Client``, or ``httpx.AsyncClient`` for the async client, or a transport of the same kind, whose
            connections are used in place of our own. It is never closed here. Only its transports, mounts and proxies
            serve: its headers, cookies, authentication, hooks and time limits do not apply.
    """

    _asynchronous: ClassVar[bool] = False
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

    @takes(EditRequest)
    def edit(self, request: EditRequest) -> ImageResult:
        """Pictures from words and other pictures.

        Returns:
            As :meth:`generate`.

        Raises:
            LimnerError: as :meth:`generate`.
        """
        return self.run(request)

    @takes(VaryRequest)
    def vary(self, request: VaryRequest) -> ImageResult:
        """Pictures like another picture.

        Returns:
            As :meth:`generate`.

        Raises:
            LimnerError: as :meth:`generate`.
        """
        return self.run(request)

    @takes(GenerateRequest)
    def stream_generate(self, request: GenerateRequest) -> ImageStream:
        """Pictures from words, as they are being painted; see :class:`limner.ImageStream`."""
        return self.stream(request)

    @takes(EditRequest)
    def stream_edit(self, request: EditRequest) -> ImageStream:
        """Pictures from words and other pictures, as they are being painted; see :class:`limner.ImageStream`."""
        return self.stream(request)

    def run(self, request: Request | Plan) -> ImageResult:
        """Serve any request: plan it, make its calls, merge what comes.

        Args:
            request: What is asked for; or what :meth:`plan` made of it, which is carried out as it stands. To carry
                out a plan twice is to ask for the same pictures twice, under the same idempotency keys.
        """
        chain = self._chain(request)
        for work in chain:
            try:
                return chain.done(self._serve(work))
            except LimnerError as error:
                chain.failed(error)
        raise AssertionError  # pragma: no cover - the last failure is raised by the chain

    def _serve(self, request: Request | Plan) -> ImageResult:
        planned = self._planned(request)
        work = self._work(planned)
        work.endpoint.check()
        jobs = [self._job(call, work, alone=len(planned.calls) == 1) for call in planned.calls]
        with work.landing.rescuing():
            outcomes = run_all(jobs, self.max_concurrency, work.given_up.set)
        return self._finish(planned, outcomes, work.landing)

    def stream(self, request: Request | Plan) -> ImageStream:
        """Serve any request, and show every frame of it.

        Args:
            request: What is asked for; or what ``plan(request, stream=True)`` made of it.

        Raises:
            LimnerError: as :meth:`run`, here for what is known beforehand, and while it is gone through for the rest.
        """
        planned = self._streamed(request)
        work = self._work(planned)
        work.endpoint.check()
        return ImageStream(planned, work, self._finish, lambda call: self._runner(self._talk(call, work), work))

    def download(self, result: ImageResult) -> ImageResult:
        """The result with its pictures fetched, where it holds URLs: ``delivery="url"`` leaves them there.

        Raises:
            ExpiredError: the URLs have passed their day.
            LimnerError: nothing could be fetched; where something could, the rest is told in ``warnings``.
        """
        check_given("download", result, ImageResult, "a result such as generate() returns")
        if all(image.data is not None for image in result.images):
            return result
        delivery = self._delivery(result)
        return self._runner(delivery, self._errand(result)).run()

    def _job(self, call: Call, work: Work, *, alone: bool) -> Callable[[], Outcome]:
        def job() -> Outcome:
            try:
                result = self._runner(self._talk(call, work), work).run()
                return Outcome(call.index, call.n or 1, result=result)
            except LimnerError as error:
                return Outcome(call.index, call.n or 1, error=error)
            except Exception as fault:
                if alone:
                    raise
                return Outcome(call.index, call.n or 1, error=unforeseen(fault))

        return job

    def _runner(self, talk: Conversation | Delivery, errand: Errand) -> Runner:
        wire = self._open()
        downloader = Downloader(wire, trust=self.trust, origins=errand.origins)
        return Runner(wire, downloader, self._lanes, errand.policy, talk, errand.given_up)

    def _open(self) -> SyncWire:
        if self._root is not None:
            return self._root._open()  # noqa: SLF001 - of the same class
        with self._guard:
            if self._wire is None:
                self._wire = SyncWire(trust=self.trust, client=self.http)
            return self._wire

    def close(self) -> None:
        """Close the connections; the client can still be used, and opens new ones then. A view has none of its own."""
        if self.http is not None:
            return  # not ours to close, and not to be forgotten: the wire knows whose process they belong to
        with self._guard:
            wire, self._wire = self._wire, None
        if wire is not None:
            wire.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


@constructed(like=Client)
@define(eq=False, kw_only=True)
class AsyncClient(Chooser):
    """Pictures from any provider, async: made like a :class:`Client`, with the same methods, awaited."""

    _asynchronous: ClassVar[bool] = True
    _wire: AsyncWire | None = field(default=None, init=False, repr=False)

    @takes(GenerateRequest)
    async def generate(self, request: GenerateRequest) -> ImageResult:
        """Pictures from words; see :meth:`Client.generate`."""
        return await self.run(request)

    @takes(EditRequest)
    async def edit(self, request: EditRequest) -> ImageResult:
        """Pictures from words and other pictures; see :meth:`Client.edit`."""
        return await self.run(request)

    @takes(VaryRequest)
    async def vary(self, request: VaryRequest) -> ImageResult:
        """Pictures like another picture; see :meth:`Client.vary`."""
        return await self.run(request)

    @takes(GenerateRequest)
    def stream_generate(self, request: GenerateRequest) -> AsyncImageStream:
        """Pictures from words, as they are being painted; see :class:`limner.AsyncImageStream`."""
        return self.stream(request)

    @takes(EditRequest)
    def stream_edit(self, request: EditRequest) -> AsyncImageStream:
        """Pictures from words and other pictures, as they are being painted; see :class:`limner.AsyncImageStream`."""
        return self.stream(request)

    async def run(self, request: Request | Plan) -> ImageResult:
        """Serve any request, or carry out a plan; see :meth:`Client.run`."""
        chain = self._chain(request)
        for work in chain:
            try:
                return chain.done(await self._serve(work))
            except LimnerError as error:
                chain.failed(error)
        raise AssertionError  # pragma: no cover - the last failure is raised by the chain

    async def _serve(self, request: Request | Plan) -> ImageResult:
        planned = self._planned(request)
        work = self._work(planned)
        await work.endpoint.acheck(work.deadline())
        jobs = [self._job(call, work, alone=len(planned.calls) == 1) for call in planned.calls]
        with work.landing.rescuing():
            outcomes = await arun_all(jobs, self.max_concurrency)
        return await self._afinish(planned, outcomes, work.landing)

    def stream(self, request: Request | Plan) -> AsyncImageStream:
        """Serve any request, and show every frame of it; see :meth:`Client.stream`. Its first event asks for keys."""
        planned = self._streamed(request)
        work = self._work(planned)
        return AsyncImageStream(planned, work, self._afinish, lambda call: self._runner(self._talk(call, work), work))

    async def _afinish(self, planned: Plan, outcomes: Sequence[Outcome], landing: Landing) -> ImageResult:
        """One result of all calls. To put pixels back takes a second, for which no loop stands still."""
        if not restores(planned.request):
            return self._finish(planned, outcomes, landing)
        try:
            return await asyncio.to_thread(self._finish, planned, outcomes, landing)
        except asyncio.CancelledError as stopped:
            stopped.images = carried(outcomes)  # type: ignore[attr-defined]
            raise

    async def download(self, result: ImageResult) -> ImageResult:
        """The result with its pictures fetched; see :meth:`Client.download`."""
        check_given("download", result, ImageResult, "a result such as generate() returns")
        if all(image.data is not None for image in result.images):
            return result
        delivery = self._delivery(result)
        return await self._runner(delivery, self._errand(result)).run()

    def _job(self, call: Call, work: Work, *, alone: bool) -> Callable[[], Awaitable[Outcome]]:
        async def job() -> Outcome:
            try:
                result = await self._runner(self._talk(call, work), work).run()
                return Outcome(call.index, call.n or 1, result=result)
            except LimnerError as error:
                return Outcome(call.index, call.n or 1, error=error)
            except (Exception, asyncio.CancelledError) as fault:
                if alone or not is_stray(fault):
                    raise
                return Outcome(call.index, call.n or 1, error=unforeseen(fault))

        return job

    def _runner(self, talk: Conversation | Delivery, errand: Errand) -> AsyncRunner:
        wire = self._open()
        downloader = AsyncDownloader(wire, trust=self.trust, origins=errand.origins)
        return AsyncRunner(wire, downloader, self._lanes, errand.policy, talk, errand.given_up)

    def _open(self) -> AsyncWire:
        if self._root is not None:
            return self._root._open()  # noqa: SLF001 - of the same class
        with self._guard:  # event loops may run in several threads
            if self._wire is None:
                self._wire = AsyncWire(trust=self.trust, client=self.http)
            return self._wire

    async def aclose(self) -> None:
        """Close this event loop's connections; the client can still be used, and opens new ones then.

        A view has none of its own.
        """
        if self.http is not None:
            return  # not ours to close, and not to be forgotten: the wire knows whose event loop they belong to
        with self._guard:
            wire: AsyncWire | None = self._wire
            shared = wire is not None and wire.shared()
            self._wire = wire if shared else None
        if wire is not None:
            await asyncio.shield(wire.leave() if shared else wire.aclose())

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.aclose()
