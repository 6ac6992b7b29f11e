"""Five providers in one client, five keys: each is seen by its own provider alone, and told to nobody by anything."""

from __future__ import annotations

import asyncio
import json
import logging
import pickle
import traceback
from base64 import b64encode
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import pytest
import vcr
from vcr.serializers import jsonserializer

import limner
from limner.errors import LimnerError
from limner.export import plain
from limner.testing.scrubbing import Scrubber
from limner_sandbox import Sandbox
from limner_sandbox.front import Front

if TYPE_CHECKING:
    from pathlib import Path

KEYS = {
    "openai": "sk-canary/Op1+x_9f2A.Tw0=",
    "fastapi.ai": "sk-canary/Fa2+y_7c1B.Ux3=",
    "rockapi": "sk-canary/Ro3+z_4d8C.Vy6=",
    "r9s": "sk-canary/R94+u_2e5D.Wz9=",
    "roboflow": "rf-canary/Rf5+v_6a3E.Xw2=",
}
MODELS: dict[str, dict[str, Any]] = {
    "openai": {"model": "openai/gpt-image-2", "size": "16x16"},
    "fastapi.ai": {"model": "fastapi.ai/dall-e-2", "size": "256x256"},
    "rockapi": {"model": "rockapi/dall-e-2", "size": "1024x1024"},
    "r9s": {"model": "r9s/dall-e-2", "size": "256x256"},
    "roboflow": {"model": "roboflow/dall-e-3"},
}
"""The smallest picture of each. All but OpenAI's come by a URL, and are downloaded."""
LOGGERS = ("httpx", "httpcore", "httpcore.http11", "httpcore.connection", "limner", "stamina")


def spellings(key: str) -> list[str]:
    """How a key may come out: as it is, escaped in JSON, percent-encoded, in base64; and its telling half."""
    return [key, key.replace("/", r"\/"), quote(key, safe=""), b64encode(key.encode()).decode(), key[10:-1]]


def seen(*told: object) -> set[str]:
    """The providers whose keys stand in any of these."""
    texts = [one.decode("latin-1") if isinstance(one, bytes) else str(one) for one in told]
    return {name for name, key in KEYS.items() for form in spellings(key) if any(form in text for text in texts)}


@pytest.mark.parametrize("provider", KEYS)
def test_a_canary_is_found_where_it_is_and_taken_for_no_other(provider: str) -> None:
    assert all(seen(f"<{form}>") == {provider} for form in spellings(KEYS[provider]))


@pytest.fixture(scope="module")
def guarded() -> Iterator[Sandbox]:
    """A sandbox that wants the canaries."""
    with Sandbox(keys=KEYS) as sandbox:
        yield sandbox


@pytest.fixture
def wire(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, bytes]]:
    """What arrives, before the sandbox masks it for its log: path, and the whole head."""
    heads: list[tuple[str, bytes]] = []
    answer = Front.__call__

    async def tapped(self: Front, scope: Any, receive: Any, send: Any) -> None:
        lines = [name + b": " + value for name, value in scope["headers"]]
        heads.append((scope["path"], b"\n".join([scope["raw_path"], scope["query_string"], *lines])))
        await answer(self, scope, receive, send)

    monkeypatch.setattr(Front, "__call__", tapped)
    return heads


@pytest.fixture
def client_options(guarded: Sandbox) -> dict[str, Any]:
    return {"keys": KEYS, "base_urls": guarded.base_urls, "environ": {}}


Outcomes = Sequence[Any]
"""By provider, in the order of the keys: a result, or the error instead."""


def everybody(kind: str, options: dict[str, Any]) -> tuple[str, Outcomes]:
    """All five at once, of one client of either kind; and how the client shows itself."""
    asked = [{"prompt": "a cat", **given} for given in MODELS.values()]

    async def asynchronous() -> tuple[str, Outcomes]:
        async with limner.AsyncClient(**options) as client:
            made = (client.generate(**given) for given in asked)
            return repr(client), await asyncio.gather(*made, return_exceptions=True)

    if kind == "async":
        return asyncio.run(asynchronous())
    with limner.Client(**options) as client, ThreadPoolExecutor(len(asked)) as threads:
        futures = [threads.submit(client.generate, **given) for given in asked]
        return repr(client), [future.exception() or future.result() for future in futures]


def shown(outcome: Any) -> Iterator[object]:
    """All that a result or an error says: to people, to logs, to other processes."""
    yield from (repr(outcome), str(outcome), pickle.dumps(outcome))
    if not isinstance(outcome, BaseException):
        yield json.dumps(outcome.to_dict())
        return
    yield from traceback.format_exception(outcome)
    yield json.dumps(plain(outcome))
    link: BaseException | None = outcome
    while link is not None:
        yield from (repr(link), link.args, vars(link), getattr(link, "__notes__", ()))
        link = link.__cause__ or link.__context__


@pytest.fixture(autouse=True)
def _nothing_is_logged(caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]) -> Iterator[None]:
    """Logging at DEBUG, the libraries' loggers too, and no key in any of it."""
    for name in ("", *LOGGERS):
        caplog.set_level(logging.DEBUG, logger=name)
    yield
    out, err = capfd.readouterr()
    assert seen(out, err, caplog.text, *[(vars(line), line.getMessage()) for line in caplog.records]) == set()


@pytest.fixture(params=["sync", "async"])
def kind(request: pytest.FixtureRequest, guarded: Sandbox) -> Iterator[str]:
    """The kind of client; the sandbox forgets what was."""
    guarded.clear()
    yield request.param
    guarded.clear()


def test_each_key_is_seen_by_its_own_provider_alone(
    guarded: Sandbox, client_options: dict[str, Any], wire: list[tuple[str, bytes]], kind: str
) -> None:
    _, results = everybody(kind, client_options)
    assert [type(result) for result in results] == [limner.ImageResult] * len(KEYS)
    for provider in KEYS:
        below = guarded.base_url(provider).removeprefix(guarded.url)
        heads = [head for path, head in wire if path.startswith(f"{below}/")]
        assert len(heads) == 1
        assert seen(*heads) == {provider}
    assert all(request.authorized for request in guarded.requests if request.provider)
    assert seen(*(request.content for request in guarded.requests)) == set()


def test_a_download_brings_no_key(
    guarded: Sandbox, client_options: dict[str, Any], wire: list[tuple[str, bytes]], kind: str
) -> None:
    everybody(kind, client_options)
    downloads = [head for path, head in wire if path.startswith("/files/")]
    assert len(downloads) == len(KEYS) - 1
    assert seen(*downloads) == set()
    assert [request.method for request in guarded.requests if not request.provider] == ["GET"] * len(downloads)


def test_there_is_a_log_to_look_through(
    client_options: dict[str, Any], kind: str, caplog: pytest.LogCaptureFixture
) -> None:
    """Else nothing would be proved by finding nothing. aiohttp, which async calls may go over, writes none itself."""
    everybody(kind, client_options)
    assert {record.name.partition(".")[0] for record in caplog.records} & {"httpcore", "asyncio"}


def test_no_success_shows_a_key(client_options: dict[str, Any], kind: str) -> None:
    client, results = everybody(kind, client_options)
    assert seen(client, *(told for result in results for told in shown(result))) == set()


FAULTS: dict[str, dict[str, Any]] = {
    "401": {"status": 401},
    "400": {"status": 400},
    "500 with HTML": {"status": 500, "body": "html"},
    "hang up": {"cut": 0.0},
}


@pytest.mark.parametrize("fault", FAULTS.values(), ids=FAULTS)
def test_no_failure_shows_a_key(
    guarded: Sandbox, client_options: dict[str, Any], kind: str, fault: dict[str, Any]
) -> None:
    guarded.fail(**fault, times=len(KEYS))
    client, errors = everybody(kind, client_options)
    assert [isinstance(error, LimnerError) for error in errors] == [True] * len(KEYS)
    assert {error.provider for error in errors} == set(KEYS)
    assert seen(client, *(told for error in errors for told in shown(error))) == set()


def test_no_key_shows_that_a_provider_sends_back(guarded: Sandbox, client_options: dict[str, Any], kind: str) -> None:
    # rockapi before openai: its address holds the other's name, and the first fault that fits is taken.
    for provider, key in sorted(KEYS.items(), reverse=True):
        guarded.fail(status=400, message=f"no {key} here, {quote(key, safe='')}", on=f"/{provider}/")
    _, errors = everybody(kind, client_options)
    assert [error.status for error in errors] == [400] * len(KEYS)
    assert seen(*(told for error in errors for told in shown(error))) == set()


def test_a_key_of_another_provider_opens_nothing_and_is_not_shown(guarded: Sandbox, kind: str) -> None:
    names = list(KEYS)
    swapped = {name: KEYS[other] for name, other in zip(names, [*names[1:], names[0]], strict=True)}
    client, errors = everybody(kind, {"keys": swapped, "base_urls": guarded.base_urls, "environ": {}})
    assert [error.kind for error in errors] == ["auth"] * len(KEYS)
    assert seen(client, *(told for error in errors for told in shown(error))) == set()


def test_no_cassette_holds_a_key(client_options: dict[str, Any], kind: str, tmp_path: Path) -> None:
    """The kit that records is told no key here, and keeps none: neither of a header nor of a query."""
    scrubber = Scrubber()
    recorder = vcr.VCR(before_record_request=scrubber.request, before_record_response=scrubber.response)
    recorder.register_serializer("json", jsonserializer)
    by_url = {name: {"delivery": "url"} for name in KEYS if name != "openai"}
    asked = [{"prompt": "a cat", **given, **by_url.get(name, {})} for name, given in MODELS.items()]

    async def asynchronous() -> None:
        async with limner.AsyncClient(**client_options) as client:
            for given in asked:
                await client.generate(**given)

    with recorder.use_cassette(str(tmp_path / "all.json"), serializer="json"):
        if kind == "async":
            asyncio.run(asynchronous())
        else:
            with limner.Client(**client_options) as client:
                for given in asked:
                    client.generate(**given)
    text = (tmp_path / "all.json").read_text(encoding="utf-8")
    assert len(json.loads(text)["interactions"]) == len(KEYS)
    assert seen(text) == set()
