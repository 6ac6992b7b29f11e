"""Where a provider's requests go, and the only place where a key is put on one."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlencode, urlsplit

from attrs import field, frozen

from limner.credentials import may_send_key
from limner.errors import ConfigError, PluginError
from limner.planning import join
from limner.provider import Auth, Bearer, HeaderKey, NoAuth, QueryKey, Signed
from limner.transport.encode import Encoded, encode
from limner.transport.http import WireRequest

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from limner.credentials import Key, KeyRing, Strength
    from limner.provider import HttpRequest, Provider


@frozen(eq=False)
class Endpoint:
    """A provider as this client reaches it: its base URL, the headers of its settings, and the way to its key."""

    provider: Provider
    base_url: str
    keys: KeyRing = field(repr=False)
    strength: Strength | None = None
    """Where an overridden base URL comes from; ``None``: it is the provider's own."""
    headers: Mapping[str, str] = field(factory=dict, repr=False)

    def prepare(self, request: HttpRequest, *, idempotency_key: str | None = None) -> Callable[[], WireRequest]:
        """Encode the body once; what is returned makes the wire request anew for each attempt, key included."""
        url = self._locate(request.url)
        encoded = encode(request)
        headers = {**self.headers, **self._idempotency(idempotency_key), **request.headers}
        if encoded is not None and encoded.media_type is not None:
            headers["Content-Type"] = encoded.media_type

        def build() -> WireRequest:
            query = dict(request.query)
            added = self._authorize(request, url, encoded, query) if request.auth else {}
            full = f"{url}{'&' if '?' in url else '?'}{urlencode(query)}" if query else url
            return WireRequest(
                method=request.method,
                url=full,
                headers=tuple({**headers, **added}.items()),
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
        host = urlsplit(url).hostname
        if host not in {urlsplit(self.base_url).hostname, *self.provider.hosts}:
            raise PluginError(
                f"{self.provider.name} asked for {host}, which is not among its hosts"
                f" ({', '.join(self.provider.hosts)}).",
                provider=self.provider.name,
            )
        return url

    def _authorize(
        self, request: HttpRequest, url: str, encoded: Encoded | None, query: dict[str, str]
    ) -> Mapping[str, str]:
        auth: Auth = self.provider.auth
        if isinstance(auth, NoAuth):
            return {}
        if isinstance(auth, Signed):
            secrets = {name: self.key(url, name).secret for name in auth.key_names}
            body = b"".join(encoded) if encoded is not None else b""
            return auth.sign(request.method, url, body, secrets)
        secret = self.key(url).secret.reveal()
        if isinstance(auth, QueryKey):
            query[auth.name] = secret
            return {}
        header = HeaderKey("Authorization", "Bearer ") if isinstance(auth, Bearer) else auth
        return {header.name: header.prefix + secret}

    def key(self, url: str | None = None, name: str | None = None) -> Key:
        """The provider's key, if there is one and it may go to that URL.

        Raises:
            ConfigError: there is none, or it must not go there.
        """
        variable = self.provider.key_variable
        found = self.keys.find(self.provider.name, name or variable, name)
        if found is None:
            raise self.keys.missing(self.provider.name, name or variable)
        parts = urlsplit(url or self.base_url)
        may_send_key(
            found,
            self.strength or "declared",
            parts.scheme,
            parts.hostname or "",
            self.provider.hosts,
        )
        return found

    def check(self) -> None:
        """Find out now, before anything is sent, whether a call can be authorized.

        Raises:
            ConfigError: no key, a key that must not go to the base URL, or no usable base URL.
        """
        parts = urlsplit(self.base_url)
        if parts.scheme not in {"http", "https"} or not parts.hostname:
            raise ConfigError(
                f"{self.provider.name}'s base URL is not an http(s) address: {self.base_url!r}.", param="base_url"
            )
        names = self.provider.auth.key_names if isinstance(self.provider.auth, Signed) else (None,)
        for name in names:
            if not isinstance(self.provider.auth, NoAuth):
                self.key(name=name)
