"""Where a provider's requests go, and the only place where a key is put on one."""

from __future__ import annotations

import asyncio
import threading
from functools import lru_cache
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode, urlsplit

from attrs import define, field, frozen

from limner.credentials import may_send_key
from limner.errors import ConfigError, PluginError
from limner.planning import join
from limner.provider import Auth, Bearer, HeaderKey, NoAuth, QueryKey, Signed
from limner.transport.encode import Encoded, encode
from limner.transport.http import WireRequest, shown

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from limner.credentials import Key, KeyRing, Redactor, Secret, Strength
    from limner.provider import HttpRequest, Provider
    from limner.transport.deadline import Deadline


@define(eq=False)
class _Held:
    """The keys in use. Several calls share them, in several threads: whoever comes first asks for new ones."""

    keys: dict[str | None, Key] = field(factory=dict)
    seen: tuple[Secret, ...] = ()
    stale: Mapping[str | None, Key] | None = None
    """What was refused, and what the sources still gave when they were asked again."""
    lock: threading.Lock = field(factory=threading.Lock)
    _turn: asyncio.Lock | None = None

    def turn(self) -> asyncio.Lock:
        """The same lock for all tasks; made when keys are refused, which they seldom are."""
        self._turn = self._turn or asyncio.Lock()
        return self._turn

    def take(self, keys: Mapping[str | None, Key]) -> None:
        """All at once: a signature must not be made of an old and a new one."""
        self.seen = (*self.seen, *(key.secret for key in keys.values()))
        self.keys = {**self.keys, **keys}

    def newer_than(self, used: Mapping[str | None, Key]) -> bool | None:
        """Whether there are other keys by now; ``None`` if nobody has asked."""
        if self.keys != used:
            return True
        return False if self.stale == used else None


@frozen(eq=False)
class Endpoint:
    """A provider as this client reaches it: its base URL, the headers of its settings, and its keys.

    :meth:`check` comes first: it finds the keys that :meth:`prepare` puts on requests.
    """

    provider: Provider
    base_url: str = field(repr=shown)
    keys: KeyRing = field(repr=False)
    strength: Strength | None = None
    """Where an overridden base URL comes from; ``None``: it is the provider's own."""
    headers: Mapping[str, str] = field(factory=dict, repr=False)
    _held: _Held = field(factory=_Held, init=False, repr=False)

    def check(self) -> None:
        """Find the keys now, before anything is sent.

        Raises:
            ConfigError: no key, a key that must not go to the base URL, or no usable base URL.
        """
        self._check_base_url()
        for name in self._key_names():
            self._hold(name, self.keys.find(*self._wanted(name)))

    async def acheck(self, deadline: Deadline) -> None:
        """Do as :meth:`check` does, waiting for keys that are found asynchronously.

        Raises:
            ConfigError: as :meth:`check`.
            DeadlineError: the source of a key takes too long; nothing was sent.
        """
        self._check_base_url()
        for name in self._key_names():
            async with deadline.over("the source of the key was asked", phase="not_sent"):
                found = await self.keys.find_async(*self._wanted(name))
            self._hold(name, found)

    def held(self) -> Mapping[str | None, Key]:
        """The keys in use, by name; ``None`` is the name of the only one."""
        return self._held.keys

    def redactor(self) -> Redactor:
        """What takes every key that was ever in use here, and all others found of late, out of a text."""
        return self.keys.redactor(self._held.seen)

    def renew(self, used: Mapping[str | None, Key]) -> bool:
        """Ask where refused keys came from whether there are others by now. Of several calls, one asks.

        Args:
            used: The keys that were refused.

        Returns:
            Whether other keys are in use now.

        Raises:
            ConfigError: what the source gives cannot be used, or the source broke.
        """
        with self._held.lock:
            newer = self._held.newer_than(used)
            if newer is not None:
                return newer
            try:
                found = {name: self.keys.find(*self._wanted(name)) for name in used}
            except ConfigError:
                raise
            except Exception as error:  # noqa: BLE001 - the caller's own function
                broken = error
            else:
                return self._renewed(used, found)
        raise _no_answer(broken)

    async def arenew(self, used: Mapping[str | None, Key]) -> bool:
        """Do as :meth:`renew` does, waiting for keys that are found asynchronously."""
        async with self._held.turn():
            newer = self._held.newer_than(used)
            if newer is not None:
                return newer
            try:
                found = {name: await self.keys.find_async(*self._wanted(name)) for name in used}
            except ConfigError:
                raise
            except Exception as error:  # noqa: BLE001 - the caller's own function
                broken = error
            else:
                return self._renewed(used, found)
        raise _no_answer(broken)

    def _renewed(self, used: Mapping[str | None, Key], found: Mapping[str | None, Key | None]) -> bool:
        # Of another source it would be another account's: only who gave the refused key may replace it.
        fresh = {name: key for name, key in found.items() if key is not None and key.source == used[name].source}
        for key in fresh.values():
            self._admit(key, self.base_url)
        self._held.stale = used
        self._held.take(fresh)
        return self._held.keys != used

    def source(self) -> str | None:
        """Where the keys come from; ``None`` where one is missing, or none is needed."""
        names = self._key_names()
        found = [self.keys.find(*self._wanted(name)) for name in names]
        sources = dict.fromkeys(key.source for key in found if key is not None)
        return " and ".join(sources) if names and None not in found else None

    def whence(self) -> str:
        """Where the keys came from and went to, for the error that they were refused."""
        sources = " and ".join(dict.fromkeys(key.source for key in self.held().values())) or "nowhere: it takes none"
        return f"The key came from {sources}; it was sent to {host_of(self.base_url)}."

    def prepare(self, request: HttpRequest, idempotency_key: str | None = None) -> Callable[[], WireRequest]:
        """Encode the body once; what is returned makes the wire request anew for each attempt, key included.

        Raises:
            PluginError: the request goes where the provider has no business.
        """
        located = _with_query(self._locate(request.url), request.query)
        encoded = encode(request)
        body_type = {"Content-Type": encoded.media_type} if encoded is not None and encoded.media_type else {}
        once = self._idempotency(idempotency_key) if request.billing else {}
        headers = _merged(self.headers, once, request.headers, body_type)

        def build() -> WireRequest:
            url, added = self._authorize(request, located, encoded) if request.auth else (located, {})
            return WireRequest(
                method=request.method,
                url=url,
                headers=tuple(_merged(headers, added).items()),
                content=encoded.__iter__ if encoded is not None else None,
                length=encoded.length if encoded is not None else None,
            )

        return build

    def _idempotency(self, key: str | None) -> Mapping[str, str]:
        header = getattr(self.provider, "idempotency_header", None)
        return {header: key} if header and key else {}

    def _locate(self, path: str) -> str:
        """A path below the base URL, or an absolute URL of a host that is the provider's."""
        url = join(self.base_url, path)
        host = host_of(url)
        if host != host_of(self.base_url) and host not in {*map(str.lower, self.provider.hosts)}:
            raise PluginError(
                f"{self.provider.name} asked for {host}, which is not among its hosts"
                f" ({', '.join(self.provider.hosts)}).",
                provider=self.provider.name,
            )
        return url

    def _authorize(self, request: HttpRequest, url: str, encoded: Encoded | None) -> tuple[str, Mapping[str, str]]:
        """The URL and the headers with the key, at the only place where one is put on a request."""
        auth, held = self.provider.auth, self.held()
        for name in self._key_names():
            self._admit(held[name], url)
        if isinstance(auth, NoAuth):
            return url, {}
        if isinstance(auth, Signed):
            secrets = {name: held[name].secret for name in auth.key_names}
            return url, self._signed(auth, request.method, url, b"".join(encoded or ()), secrets)
        if isinstance(auth, QueryKey):
            return _with_query(url, {auth.name: held[None].secret.reveal()}), {}
        header = HeaderKey("Authorization", "Bearer ") if isinstance(auth, Bearer) else auth
        return url, {header.name: header.prefix + held[None].secret.reveal()}

    def _signed(
        self, auth: Signed, method: str, url: str, body: bytes, secrets: Mapping[str, Secret]
    ) -> Mapping[str, str]:
        try:
            return dict(auth.sign(method, url, body, secrets))
        except Exception as broken:  # noqa: BLE001 - a plugin's code
            fault = type(broken).__name__
        # Outside of the handler, so that nothing of what has seen the keys hangs on it.
        name = self.provider.name
        raise PluginError(f"{name} broke while it signed a request: {fault}.", provider=name)

    def _key_names(self) -> tuple[str | None, ...]:
        """Which keys there have to be; ``None`` is the only one."""
        auth: Auth = self.provider.auth
        if isinstance(auth, Signed):
            return auth.key_names
        return () if isinstance(auth, NoAuth) else (None,)

    def _variable(self, name: str | None) -> str | None:
        return name or self.provider.key_variable

    def _wanted(self, name: str | None) -> tuple[str, str | None, str | None]:
        """What a key ring is asked for."""
        return self.provider.name, self._variable(name), name

    def _hold(self, name: str | None, found: Key | None) -> None:
        if found is None:
            hint: str = getattr(self.provider, "credential_hint", "")
            raise self.keys.missing(self.provider.name, self._variable(name), hint)
        self._admit(found, self.base_url)
        prefix: str = getattr(self.provider, "key_prefix", "")
        # Another base URL is another service's, with keys of its own.
        if self.strength is None and not found.secret.reveal().startswith(prefix):
            raise ConfigError(
                f"The key in {found.source} is not one of {self.provider.name}'s: those start with {prefix!r}.",
                provider=self.provider.name,
                param="keys",
            )
        self._held.take({name: found})

    def _admit(self, key: Key, url: str) -> None:
        scheme = urlsplit(url).scheme
        may_send_key(key, self.strength or "declared", scheme, host_of(url) or "", self.provider.hosts)

    def _check_base_url(self) -> None:
        local = not self.base_url and isinstance(self.provider.auth, NoAuth)  # a pipeline on this machine
        scheme = self.base_url.partition("://")[0].lower()
        if not local and (scheme not in {"http", "https"} or not host_of(self.base_url)):
            told = shown(self.base_url) or "it is empty"  # and never as it is: it may be a key in the wrong place
            raise self._misplaced(f"is not an http(s) address: {told}")
        if _says_more(self.base_url):
            raise self._misplaced("must have no user, query or fragment: those may hold a key")

    def _misplaced(self, wrong: str) -> ConfigError:
        variable = getattr(self.provider, "base_url_variable", None)
        places = {"code": "in code", "config": "in the configuration", "environment": f"in {variable}"}
        place = f" It was set {places[self.strength]}." if self.strength else ""
        return ConfigError(f"{self.provider.name}'s base URL {wrong}.{place}", param="base_url")


def _no_answer(broken: Exception) -> ConfigError:
    """The error of a source that broke: by its type, as its words may hold a key."""
    return ConfigError(f"Asked again, the source of the key raised {type(broken).__name__}.", param="keys")


@lru_cache(64)
def _says_more(url: str) -> bool:
    """Whether a URL has a user, a query or a fragment: a client asks for each of its providers, at every request."""
    parts = urlsplit(url)
    return parts.username is not None or bool(parts.query or parts.fragment)


@lru_cache(64)
def host_of(url: str) -> str | None:
    """The host of a URL in lower case; ``None`` where it has none, or is no URL."""
    try:
        return urlsplit(url).hostname
    except ValueError:
        return None


def _with_query(url: str, query: Mapping[str, str]) -> str:
    return f"{url}{'&' if '?' in url else '?'}{urlencode(query)}" if query else url


def _merged(*layers: Mapping[str, Any]) -> dict[str, str]:
    """The headers of all layers; a later one replaces an earlier one, however its name is written."""
    merged: dict[str, tuple[str, str]] = {}
    for layer in layers:
        for name, value in layer.items():
            if not isinstance(value, str):
                msg = f"the header {name} is {type(value).__name__} and should be text"
                raise TypeError(msg)
            merged[name.lower()] = name, value
    return dict(merged.values())
