"""Where requests go and what is put on them: the one place that adds a key."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest

from limner.credentials import KeyRing
from limner.errors import ConfigError, PluginError
from limner.provider import Bearer, HeaderKey, HttpRequest, NoAuth, ProviderBase, QueryKey, Signed
from limner.transport.endpoint import Endpoint

if TYPE_CHECKING:
    from limner.transport.http import WireRequest


class Acme(ProviderBase):
    name = "acme"
    base_url = "https://api.acme.example/v1"
    key_variable = "ACME_KEY"
    idempotency_header = "Idempotency-Key"


def endpoint(provider: Any = None, keys: Any = "k-1234", **given: Any) -> Endpoint:
    provider = provider or Acme()
    made = Endpoint(provider, given.pop("base_url", provider.base_url), KeyRing(keys={"acme": keys}), **given)
    made.check()
    return made


def built(request: HttpRequest, **given: Any) -> WireRequest:
    return endpoint(**given).prepare(request, "idem-1")()


def headers(request: WireRequest) -> dict[str, str]:
    found = dict(request.headers)
    assert len(found) == len(request.headers) == len({name.lower() for name in found})
    return found


def changed(**fields: Any) -> Any:
    return type("Changed", (Acme,), fields)()


AUTHS = {
    "bearer": (Bearer(), "https://api.acme.example/v1/p?q=1", {"Authorization": "Bearer k-1234"}),
    "header": (HeaderKey("X-Key", "K "), "https://api.acme.example/v1/p?q=1", {"X-Key": "K k-1234"}),
    "query": (QueryKey("key"), "https://api.acme.example/v1/p?q=1&key=k-1234", {}),
    "none": (NoAuth(), "https://api.acme.example/v1/p?q=1", {}),
}


@pytest.mark.parametrize(("auth", "url", "added"), AUTHS.values(), ids=AUTHS)
def test_the_key_is_put_where_the_provider_says(auth: Any, url: str, added: dict[str, str]) -> None:
    wire = built(HttpRequest("GET", "/p", query={"q": "1"}), provider=changed(auth=auth))
    assert (wire.method, wire.url, headers(wire)) == ("GET", url, added)
    assert (wire.content, wire.length) == (None, None)


def test_a_key_in_the_query_may_be_all_of_it() -> None:
    assert built(HttpRequest("GET", "/p"), provider=changed(auth=QueryKey("key"))).url.endswith("/p?key=k-1234")
    assert built(HttpRequest("GET", "/p?a=b", query={"c": "ü&"})).url.endswith("/p?a=b&c=%C3%BC%26")


def test_what_is_signed_is_what_is_sent() -> None:
    seen: list[Any] = []

    def sign(method: str, url: str, body: bytes, secrets: Any) -> dict[str, str]:
        seen.append((method, url, body))
        return {name: secret.reveal() for name, secret in secrets.items()}

    signed = changed(auth=Signed(("A", "B"), sign))
    wire = built(HttpRequest("POST", "/p", query={"q": "1"}, json={"x": 1}), provider=signed, keys={"A": "a", "B": "b"})
    built(HttpRequest("GET", "/p"), provider=signed, keys={"A": "a", "B": "b"})
    assert seen[0] == ("POST", wire.url, b'{"x":1}')
    assert seen[1] == ("GET", "https://api.acme.example/v1/p", b"")
    assert headers(wire) == {
        "Idempotency-Key": "idem-1", "Content-Type": "application/json", "A": "a", "B": "b",
    }  # fmt: skip


def test_each_attempt_is_made_anew_over_one_body() -> None:
    build = endpoint().prepare(HttpRequest("POST", "/p", json={"x": 1}))
    first, second = build(), build()
    assert first is not second
    assert callable(first.content)
    assert callable(second.content)
    assert b"".join(first.content()) == b"".join(second.content()) == b'{"x":1}'
    assert first.length == 7


def test_a_later_layer_of_headers_wins_however_its_name_is_written() -> None:
    request = HttpRequest(
        "POST", "/p", json={}, headers={"content-type": "text/x", "x-org": "mine", "AUTHORIZATION": "no"}
    )
    found = headers(built(request, headers={"X-Org": "o-1", "X-Team": "t-1"}))
    assert found == {
        "x-org": "mine", "X-Team": "t-1", "Idempotency-Key": "idem-1", "Content-Type": "application/json",
        "Authorization": "Bearer k-1234",
    }  # fmt: skip


def test_bytes_keep_the_type_they_were_given() -> None:
    found = headers(built(HttpRequest("PUT", "/p", content=b"x", headers={"Content-Type": "image/png"})))
    assert found["Content-Type"] == "image/png"


def test_only_what_bills_carries_an_idempotency_key() -> None:
    """Two requests of one call with one key would be taken for one."""
    upload, paint = HttpRequest("POST", "/upload", bills=False), HttpRequest("POST", "/paint")
    assert "Idempotency-Key" not in headers(built(upload))
    assert headers(built(paint))["Idempotency-Key"] == "idem-1"
    assert "Idempotency-Key" not in headers(endpoint().prepare(paint)())
    assert "Idempotency-Key" not in headers(built(paint, provider=changed(idempotency_header=None)))


ELSEWHERE = [
    "https://evil.example/",
    "https://api.acme.example.evil.example/",
    "https://api.acme.example@evil.example/",
]


@pytest.mark.parametrize("url", ELSEWHERE)
def test_a_provider_has_business_at_its_own_hosts_only(url: str) -> None:
    with pytest.raises(PluginError, match=r"not among its hosts \(api\.acme\.example\)"):
        built(HttpRequest("GET", url, auth=False))


def test_a_provider_may_have_several_hosts() -> None:
    provider = changed(hosts=("API.acme.example", "Queue.Acme.example"))
    assert (
        built(HttpRequest("GET", "https://queue.acme.example/1"), provider=provider).url
        == "https://queue.acme.example/1"
    )


def test_the_key_does_not_follow_to_plain_http() -> None:
    with pytest.raises(ConfigError, match="use https"):
        built(HttpRequest("GET", "http://api.acme.example/v1"))
    assert built(HttpRequest("GET", "http://api.acme.example/v1", auth=False)).url.startswith("http:")


def test_a_key_that_must_not_go_to_the_base_url_is_told_before_anything_is_sent() -> None:
    with pytest.raises(ConfigError, match="use https"):
        endpoint(base_url="http://relay.example", strength="code")


def test_a_base_url_keeps_its_path() -> None:
    wire = built(HttpRequest("GET", "/p"), base_url="https://relay.example/acme/v2/", strength="code")
    assert wire.url == "https://relay.example/acme/v2/p"


def test_only_an_api_without_keys_may_have_no_base_url() -> None:
    endpoint(changed(auth=NoAuth(), base_url=""))
    for provider in (changed(base_url=""), changed(auth=NoAuth(), base_url="ftp://x")):
        with pytest.raises(ConfigError, match="acme's base URL"):
            endpoint(provider)


def test_keys_that_are_found_asynchronously_are_waited_for() -> None:
    async def vault() -> str:
        return "k-async"

    made = Endpoint(Acme(), Acme.base_url, KeyRing(keys={"acme": vault}))
    asyncio.run(made.acheck())
    assert headers(made.prepare(HttpRequest("GET", "/p"))())["Authorization"] == "Bearer k-async"
    with pytest.raises(ConfigError, match="asynchronous"):
        made.check()


def test_where_keys_came_from_and_went_to() -> None:
    assert endpoint().whence() == "The key came from the keys= argument; it was sent to api.acme.example."
    assert endpoint(changed(auth=NoAuth())).whence().startswith("The key came from nowhere: it takes none")
