"""A refused key whose source has another one by now: asked for once, sent once more, told to observers."""

from __future__ import annotations

import asyncio
import threading
import time
from base64 import b64encode
from typing import TYPE_CHECKING, Any

import pytest

import limner
from limner.credentials import Key, Secret
from limner.errors import AuthError, ServerError
from limner.events import CallFinished, CallRetried
from limner.provider import HttpRequest, NoAuth, Signed, send

if TYPE_CHECKING:
    from collections.abc import Callable

OLD, NEW = "sk-old-canary", "sk-new-canary"


@pytest.fixture
def guarded(server: Any, png: Any) -> Any:
    """A server that takes the new key only."""

    def api(asked: Any) -> Any:
        if asked.headers.get("authorization") != f"Bearer {NEW}":
            return server.reply(status=401, json={"error": {"message": f"wrong key: {asked.headers}"}})
        return server.reply(json={"data": [{"b64_json": b64encode(png()).decode()}]})

    server.api = api
    return server


class Vault:
    """Gives one key after the other, then the last for ever."""

    def __init__(self, *keys: Any) -> None:
        self.keys = list(keys)
        self.asked = 0

    def __call__(self, _provider: str = "") -> Any:
        self.asked += 1
        key = self.keys.pop(0) if len(self.keys) > 1 else self.keys[0]
        if isinstance(key, Exception):
            raise key
        return key


def sent(server: Any) -> list[str]:
    return [asked.headers["authorization"].removeprefix("Bearer ") for asked in server.asked]


@pytest.mark.parametrize("keys", [lambda vault: vault, lambda vault: {"plain": vault}], ids=["all", "one provider's"])
def test_a_key_that_was_replaced_is_sent_once_more(guarded: Any, plain: Any, paint: Any, keys: Any) -> None:
    vault = Vault(OLD, NEW)
    result = paint(plain(), client={"keys": keys(vault)})
    assert len(result) == 1
    assert sent(guarded) == [OLD, NEW]
    assert vault.asked == 2
    assert result.calls[0].attempts == 2


def test_an_asynchronous_function_is_asked_again_too(guarded: Any, plain: Any) -> None:
    vault = Vault(OLD, NEW)

    async def keys(provider: str) -> str:
        await asyncio.sleep(0)
        return str(vault(provider))

    async def main() -> None:
        given: Any = {"providers": [plain()], "keys": keys, "base_urls": {"plain": guarded.url}, "environ": {}}
        async with limner.AsyncClient(**given) as client:
            await client.generate("a cat", model="plain/brush")

    asyncio.run(main())
    assert sent(guarded) == [OLD, NEW]


def test_hooks_are_asked_again_too(guarded: Any, plain: Any, paint: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    vault = Vault(*(Key(Secret(key), "the vault's plugin", "code") for key in (OLD, NEW)))
    monkeypatch.setattr("limner.registry.Registry.key", lambda _self, provider, _name: vault(provider))
    paint(plain(), client={"keys": None})
    assert sent(guarded) == [OLD, NEW]


def test_observers_and_the_log_hear_of_it(
    guarded: Any, plain: Any, paint: Any, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO", "limner")
    told: list[Any] = []
    paint(plain(), client={"keys": Vault(OLD, NEW), "observers": [told.append]})
    (retried,) = [event for event in told if isinstance(event, CallRetried)]
    assert (retried.phase, retried.kind, retried.attempt, retried.wait) == ("rejected", "auth", 1, 0.0)
    (record,) = [record for record in caplog.records if record.name == "limner"]
    assert record.getMessage() == "plain: attempt 1 failed (auth, rejected); sent again in 0.0 s"
    assert guarded.posts == 2


NOBODY_HAS_ANOTHER: dict[str, tuple[Any, str | None]] = {
    "a key in code": ({"plain": OLD}, None),
    "the same key": (Vault(OLD), None),
    "a source that broke": (Vault(OLD, LookupError(NEW)), "Asked again, the source of the key raised LookupError."),
    "an unusable key": (
        Vault(OLD, "sk new"),
        "The key in the keys= argument for 'plain' cannot be used: it holds white",
    ),
    "a function that has none any more": (Vault(OLD, None), None),
}


@pytest.mark.parametrize(("keys", "note"), NOBODY_HAS_ANOTHER.values(), ids=NOBODY_HAS_ANOTHER)
def test_a_refused_key_without_another_is_the_error_that_it_is(
    guarded: Any, plain: Any, paint: Any, keys: Any, note: str | None
) -> None:
    keys = Vault(*keys.keys) if isinstance(keys, Vault) else keys  # for each client anew
    with pytest.raises(AuthError) as caught:
        paint(plain(), client={"keys": keys})
    assert guarded.posts == 1
    notes = caught.value.__notes__
    assert notes[-1].startswith("The key came from the keys= argument")
    assert [one[: len(note or "")] for one in notes[:-1]] == ([note] if note else [])
    assert not caught.value.maybe_billed
    assert (caught.value.__cause__, caught.value.__context__) == (None, None)


def test_another_source_does_not_step_in(guarded: Any, plain: Any, paint: Any) -> None:
    """A function that has no key any more leaves it to the environment, whose key is another account's."""
    provider = type("There", (plain,), {"base_url": guarded.url})()
    with pytest.raises(AuthError):
        paint(provider, client={"keys": Vault(OLD, None), "environ": {"PLAIN_API_KEY": NEW}, "base_urls": {}})
    assert sent(guarded) == [OLD]


def test_a_second_refusal_is_final(guarded: Any, plain: Any, paint: Any) -> None:
    vault = Vault(OLD, "sk-other", NEW)
    with pytest.raises(AuthError) as caught:
        paint(plain(), client={"keys": vault})
    assert sent(guarded) == [OLD, "sk-other"]
    assert vault.asked == 2
    assert OLD not in str(caught.value)
    assert "sk-other" not in str(caught.value)


@pytest.mark.parametrize("status", [400, 403, 500])
def test_only_a_401_is_a_reason_to_ask(server: Any, plain: Any, paint: Any, status: int) -> None:
    server.script(server.reply(status=status, json={"error": {"code": "invalid_api_key", "message": "no"}}))
    vault = Vault(OLD, NEW)
    with pytest.raises(limner.ProviderError):
        paint(plain(), client={"keys": vault})
    assert (server.posts, vault.asked) == (1, 1)


def test_a_refusal_that_may_have_been_billed_is_no_reason(guarded: Any, plain: Any, paint: Any) -> None:
    """Where a plugin says so of its 401."""
    unsure = {"classify": lambda *_: AuthError("no", phase="unknown")}
    vault = Vault(OLD, NEW)
    with pytest.raises(AuthError):
        paint(type("Unsure", (plain,), unsure)(), client={"keys": vault})
    assert (guarded.posts, vault.asked) == (1, 1)


def test_a_request_without_a_key_is_no_reason(guarded: Any, plain: Any, paint: Any) -> None:
    def bare(_self: Any, call: Any) -> HttpRequest:
        return HttpRequest("POST", "/paint", json=call.wire(), auth=False)

    vault = Vault(OLD, NEW)
    with pytest.raises(AuthError):
        paint(type("Bare", (plain,), {"map_request": bare})(), client={"keys": vault})
    with pytest.raises(AuthError):
        paint(type("Open", (plain,), {"auth": NoAuth()})(), client={"keys": vault})
    assert (guarded.posts, vault.asked) == (2, 1)


def test_it_is_asked_once_in_a_call_of_several_requests(guarded: Any, plain: Any, paint: Any) -> None:
    def exchange(self: Any, call: Any) -> Any:
        yield from send(HttpRequest("GET", "/status"))
        guarded.script(guarded.reply(status=401))
        return (yield from plain.exchange(self, call))

    vault = Vault(OLD, NEW, "sk-third")
    with pytest.raises(AuthError):
        paint(type("Asks", (plain,), {"exchange": exchange})(), client={"keys": vault})
    assert vault.asked == 2
    assert sent(guarded) == [OLD, NEW, NEW]


@pytest.mark.usefixtures("at_once")
def test_attempts_are_counted_on(server: Any, plain: Any, paint: Any) -> None:
    """Two refusals for being busy and one for the key: then there is one more, and no other."""
    busy, no = server.reply(status=503), server.reply(status=401)
    server.script(busy, busy, no, busy)
    with pytest.raises(ServerError):
        paint(plain(), client={"keys": Vault(OLD, NEW)})
    assert sent(server) == [OLD, OLD, OLD, NEW]


def test_several_keys_are_replaced_together(server: Any, plain: Any, paint: Any, png: Any) -> None:
    seen: list[tuple[str, str]] = []

    def sign(_method: str, _url: str, _body: bytes, secrets: Any) -> dict[str, str]:
        seen.append((secrets["A"].reveal(), secrets["B"].reveal()))
        return {"authorization": "signed"}

    good = server.reply(json={"data": [{"b64_json": b64encode(png()).decode()}]})
    server.script(server.reply(status=401), good)
    pairs = [{"A": "a-old", "B": "b-same"}] * 2 + [{"A": "a-new", "B": "b-same"}]
    paint(type("Signs", (plain,), {"auth": Signed(("A", "B"), sign)})(), client={"keys": Vault(*pairs)})
    assert seen == [("a-old", "b-same"), ("a-new", "b-same")]


def test_many_refused_at_once_ask_once(server: Any, plain: Any, paint: Any, png: Any) -> None:
    """Four calls, in four threads or tasks, are refused before any of them can ask."""
    together = threading.Barrier(4, timeout=10)

    def api(asked: Any) -> Any:
        if asked.headers["authorization"] != f"Bearer {NEW}":
            together.wait()
            return server.reply(status=401)
        return server.reply(json={"data": [{"b64_json": b64encode(png()).decode()}]})

    server.api = api
    vault = Vault(OLD, NEW)

    def slowly(provider: str) -> Any:
        time.sleep(0.05)
        return vault(provider)

    result = paint(plain(), n=8, client={"keys": slowly})
    assert len(result) == 4
    assert not result.failures
    assert vault.asked == 2
    assert sorted(sent(server)) == [NEW] * 4 + [OLD] * 4


def test_many_refused_for_good_ask_once(guarded: Any, plain: Any, paint: Any) -> None:
    vault = Vault(OLD)
    with pytest.raises(AuthError):
        paint(plain(), n=8, client={"keys": vault})
    assert (guarded.posts, vault.asked) == (4, 2)


@pytest.mark.parametrize("timeout", [0.3])
def test_a_source_that_does_not_answer_is_not_waited_for_beyond_the_deadline(
    guarded: Any, plain: Any, timeout: float
) -> None:
    asked: list[str] = []

    async def keys(provider: str) -> str:
        asked.append(provider)
        await asyncio.sleep(60 if len(asked) > 1 else 0)
        return OLD

    async def main() -> float:
        given: Any = {"providers": [plain()], "keys": keys, "base_urls": {"plain": guarded.url}, "environ": {}}
        async with limner.AsyncClient(**given) as client:
            began = time.monotonic()
            with pytest.raises(AuthError) as caught:
                await client.generate("a cat", model="plain/brush", timeout=timeout)
            (late, _) = caught.value.__notes__
            assert late == f"the deadline of {timeout} s passed while the source of the key was asked again"
            return time.monotonic() - began

    assert asyncio.run(main()) < timeout + 0.5


def test_a_call_without_a_deadline_may_wait(guarded: Any, plain: Any) -> None:
    async def main() -> None:
        given: Any = {
            "providers": [plain()], "keys": Vault(OLD, NEW), "base_urls": {"plain": guarded.url}, "environ": {},
            "timeout": float("inf"),
        }  # fmt: skip
        async with limner.AsyncClient(**given) as client:
            await client.generate("a cat", model="plain/brush")

    asyncio.run(main())
    assert sent(guarded) == [OLD, NEW]


def test_a_source_that_ran_out_of_time_itself_is_one_that_broke(guarded: Any, plain: Any, paint: Any) -> None:
    with pytest.raises(AuthError) as caught:
        paint(plain(), client={"keys": Vault(OLD, TimeoutError("vault"))})
    assert caught.value.__notes__[0] == "Asked again, the source of the key raised TimeoutError."
    assert guarded.posts == 1


def test_ctrl_c_while_a_source_is_asked_is_ctrl_c(guarded: Any, plain: Any) -> None:
    def keys(_provider: str, asked: list[int] = []) -> str:  # noqa: B006 - it remembers
        asked.append(1)
        if len(asked) > 1:
            raise KeyboardInterrupt
        return OLD

    told: list[Any] = []
    given: dict[str, Any] = {"providers": [plain()], "keys": keys, "base_urls": {"plain": guarded.url}, "environ": {}}
    with limner.Client(**given, observers=[told.append]) as client, pytest.raises(KeyboardInterrupt):
        client.generate("a cat", model="plain/brush")
    assert isinstance(told[-1], CallFinished)
    assert (told[-1].kind, told[-1].maybe_billed) == ("cancelled", False)


def test_the_next_request_has_the_new_key_from_the_start(guarded: Any, plain: Any) -> None:
    vault: Callable[..., Any] = Vault(OLD, NEW)
    given: dict[str, Any] = {"providers": [plain()], "keys": vault, "base_urls": {"plain": guarded.url}, "environ": {}}
    with limner.Client(**given) as client:
        client.generate("a cat", model="plain/brush")
        client.generate("a cat", model="plain/brush")
    assert sent(guarded) == [OLD, NEW, NEW]
