"""Where requests go and what is put on them: the one place that adds a key."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest

from limner.credentials import Key, KeyRing, Secret
from limner.errors import ConfigError, PluginError
from limner.provider import Bearer, HeaderKey, HttpRequest, NoAuth, ProviderBase, QueryKey, Signed
from limner.transport.deadline import Deadline
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
    "https://api.acme.example:443@evil.example/",
    "https://api.acme.example\\@evil.example/",
    "https://evil.example\\@api.acme.example.evil.example/",
    "HTTPS://EVIL.example/https://api.acme.example/",
    "https://evil.example#@api.acme.example/",
    "https://evil.example?@api.acme.example/",
    "https://api.acme.example./",
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


@pytest.mark.parametrize(
    "wrong",
    ["sk-canary-1234", "c2stY2FuYXJ5LTEyMzQ+/x==", "Bearer sk-canary", "//sk-canary-1234", "https://u:sk-canary@a.b"],
)
@pytest.mark.parametrize(
    ("strength", "place"),
    [("code", "in code"), ("config", "in the configuration"), ("environment", "in ACME_URL"), (None, None)],
)
def test_a_key_in_the_place_of_a_base_url_is_not_shown_but_where_it_is(
    wrong: str, strength: Any, place: str | None
) -> None:
    with pytest.raises(ConfigError, match="acme's base URL") as caught:
        endpoint(changed(base_url_variable="ACME_URL"), base_url=wrong, strength=strength)
    assert wrong not in str(caught.value)
    assert "canary" not in str(caught.value)
    assert str(caught.value).partition(" It was set ")[2] == (f"{place}." if place else "")


def test_keys_that_are_found_asynchronously_are_waited_for() -> None:
    async def vault() -> str:
        return "k-async"

    made = Endpoint(changed(), Acme.base_url, KeyRing(keys={"acme": vault}))
    asyncio.run(made.acheck(Deadline.never()))
    assert headers(made.prepare(HttpRequest("GET", "/p"))())["Authorization"] == "Bearer k-async"
    with pytest.raises(ConfigError, match="asynchronous"):
        made.check()


def test_where_keys_came_from_and_went_to() -> None:
    assert endpoint().whence() == "The key came from the keys= argument; it was sent to api.acme.example."
    assert endpoint(changed(auth=NoAuth())).whence().startswith("The key came from nowhere: it takes none")


# Keys that are another's


def prefixed(key: str, **given: Any) -> Endpoint:
    return endpoint(changed(key_prefix="ak-"), key, **given)


def test_a_key_that_is_another_vendors_by_its_beginning_is_told_by_its_place() -> None:
    """Where the provider says what its own begin with."""
    assert prefixed("ak-1234").held()[None].source == "the keys= argument"
    with pytest.raises(ConfigError) as caught:
        prefixed("sk-other-canary")
    told = "The key in the keys= argument is not one of acme's: those start with 'ak-'."
    assert (str(caught.value), caught.value.param, caught.value.provider) == (told, "keys", "acme")


def test_another_base_url_is_another_services_with_keys_of_its_own() -> None:
    other = prefixed("sk-other-canary", base_url="https://relay.example/v1", strength="code")
    assert other.held()[None].secret.reveal() == "sk-other-canary"


# Keys that are replaced


def test_new_keys_are_put_on_the_next_attempt() -> None:
    keys = iter(["k-1", "k-2"])
    made = endpoint(keys=lambda: next(keys))
    build, used = made.prepare(HttpRequest("GET", "/p")), made.held()
    assert headers(build())["Authorization"] == "Bearer k-1"
    assert made.renew(used)
    assert headers(build())["Authorization"] == "Bearer k-2"


def test_who_comes_second_is_told_what_the_first_has_found() -> None:
    keys = iter(["k-1", "k-2"])  # and no third
    made = endpoint(keys=lambda: next(keys))
    used = made.held()
    assert (made.renew(used), made.renew(used), asyncio.run(made.arenew(used))) == (True, True, True)


def test_who_comes_second_is_told_that_there_is_no_other() -> None:
    keys = iter(["k-1", "k-1"])
    made = endpoint(keys=lambda: next(keys))
    used = made.held()
    assert (made.renew(used), made.renew(used), asyncio.run(made.arenew(used))) == (False, False, False)


def test_a_new_key_may_go_no_farther_than_the_old_one() -> None:
    """A plugin's vault that has a weaker key by now."""
    keys = iter([Key(Secret("k-1"), "vault", "code"), Key(Secret("k-2"), "vault", "environment")])
    ring = KeyRing(hooks=[lambda _provider, _name: next(keys)])
    made = Endpoint(changed(), "https://relay.example/v1", ring, "code")
    made.check()
    with pytest.raises(ConfigError, match=r"is not sent to https://relay\.example"):
        made.renew(made.held())


@pytest.mark.parametrize(
    "ask", [lambda made: made.renew(made.held()), lambda made: asyncio.run(made.arenew(made.held()))]
)
def test_a_source_that_breaks_is_told_by_its_fault_and_not_by_its_words(ask: Any) -> None:
    asked: list[int] = []

    def vault() -> str:
        asked.append(1)
        if len(asked) > 1:
            raise LookupError("k-canary")
        return "k-1"

    made = endpoint(keys=vault)
    with pytest.raises(ConfigError, match=r"^Asked again, the source of the key raised LookupError\.$") as caught:
        ask(made)
    assert caught.value.__context__ is None


def test_every_key_that_was_in_use_is_redacted() -> None:
    keys = iter(["k-first", "k-second"])
    made = endpoint(keys=lambda: next(keys))
    made.renew(made.held())
    assert made.redactor().text("k-first k-second") == "*** ***"
