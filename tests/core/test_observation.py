"""What observers and the log are told: all that happens, nothing of prompts and keys; and what it costs: nothing."""

from __future__ import annotations

import asyncio
import hashlib
import json
import logging
import os
import subprocess
import sys
from base64 import b64encode
from typing import TYPE_CHECKING, Any

import attrs
import pytest

import limner
from limner import _log
from limner.errors import LimnerError
from limner.events import CallFinished, CallRetried, CallStarted, Downloaded, ImageReceived, PartialReceived
from limner.media import Image
from limner.provider import Partial, send

if TYPE_CHECKING:
    from collections.abc import Iterator

KEY, PROMPT = "sk-canary/4711", "a canary of many colours"


@pytest.fixture
def told() -> list[Any]:
    """What was told."""
    return []


def picture(server: Any, png: Any, **headers: str) -> Any:
    return server.reply(json={"data": [{"b64_json": b64encode(png()).decode()}]}, headers=headers)


def framed(*frames: Image) -> dict[str, Any]:
    """A provider that shows frames."""

    def exchange(self: Any, call: Any) -> Any:
        response = yield from send(self.map_request(call))
        for index, frame in enumerate(frames):
            yield Partial(frame, index)
        return self.normalize(response, call)

    return {"exchange": exchange}


@pytest.mark.usefixtures("at_once")
def test_everything_that_happens_is_told_in_order(server: Any, plain: Any, paint: Any, png: Any, told: Any) -> None:
    def api(asked: Any) -> Any:
        if asked.path.endswith(".png"):
            return server.reply(png(), headers={"Content-Type": "image/png"})
        if server.posts == 1:
            return server.reply(status=429, headers={"Retry-After": "0"})
        return server.reply(json={"data": [{"url": f"{server.url}/x.png"}]})

    server.api = api
    frame = png(2, 2)
    provider = type("Shows", (plain,), framed(Image.of(frame), Image(url="https://x.example/1")))()
    paint(provider, PROMPT, client={"observers": [told.append], "keys": {"plain": KEY}})
    kinds = [CallStarted, CallRetried, PartialReceived, PartialReceived, Downloaded, ImageReceived, CallFinished]
    assert list(map(type, told)) == kinds
    _, retried, shown, addressed, downloaded, received, finished = told
    assert (retried.phase, retried.kind, retried.attempt) == ("rejected", "rate_limit", 1)
    assert (shown.frame, shown.size, shown.media_type) == (0, len(frame), "image/png")
    assert shown.sha256 == hashlib.sha256(frame).hexdigest()
    assert (addressed.frame, addressed.size, addressed.sha256, addressed.media_type) == (1, 0, None, None)
    assert (downloaded.host, downloaded.size) == ("127.0.0.1", len(png()))
    assert (received.size, received.sha256) == (len(png()), hashlib.sha256(png()).hexdigest())
    assert (finished.kind, finished.status, finished.images, finished.maybe_billed) == (None, 200, 1, False)
    assert len({event.call_id for event in told}) == 1
    text = json.dumps([attrs.asdict(event) for event in told])
    assert PROMPT not in text
    assert KEY not in text
    assert "x.png" not in text


@pytest.mark.parametrize("status", [200, 400, 401])
def test_a_server_that_repeats_the_key_is_not_believed(  # noqa: PLR0913, PLR0917 - what it takes
    server: Any, plain: Any, paint: Any, png: Any, told: Any, status: int
) -> None:
    """In its request id, in what it says of a picture, in what it says beside it."""
    said = {
        "data": [{"b64_json": b64encode(png()).decode(), "revised_prompt": f"is {KEY}"}], "echo": {KEY: [KEY]},
        "usage": {"total_tokens": 3, "for": KEY},
    }  # fmt: skip
    refused = {"error": {"message": KEY, "code": KEY}}
    server.script(server.reply(status=status, json=said if status == 200 else refused, headers={"X-Request-Id": KEY}))
    client = {"observers": [told.append], "keys": {"plain": KEY}}
    if status == 200:
        result = paint(plain(), client=client)
        everything = repr([result.raw, result.usage and result.usage.raw, result.images, result.calls, result])
        assert result.image.revised_prompt == "is ***"
        assert result.raw[0]["echo"] == {"***": ["***"]}
    else:
        with pytest.raises(LimnerError) as caught:
            paint(plain(), client=client)
        everything = repr([vars(caught.value), caught.value])
    assert KEY not in everything
    assert KEY not in repr(told)


def test_an_address_is_left_as_it_is_until_it_was_used(server: Any, plain: Any, paint: Any, png: Any) -> None:
    """A masked URL cannot be fetched; one that was fetched need not be shown."""
    key = "sk-plain-canary"

    def api(asked: Any) -> Any:
        if asked.path == f"/{key}.png":
            return server.reply(png(), headers={"Content-Type": "image/png"})
        return server.reply(json={"data": [{"url": f"{server.url}/{key}.png"}]})

    server.api = api
    client = {"keys": {"plain": key}}
    assert paint(plain(), client=client).image.url == f"{server.url}/***.png"
    assert paint(plain(), delivery="url", client=client).image.url == f"{server.url}/{key}.png"


# What it costs


def test_nothing_is_hashed_or_made_where_nobody_listens(
    server: Any, plain: Any, paint: Any, png: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def never(*_: Any, **__: Any) -> Any:
        raise AssertionError("made for nobody")

    for kind in (CallStarted, CallRetried, PartialReceived, ImageReceived, CallFinished):
        monkeypatch.setattr(kind, "__init__", never)
    monkeypatch.setattr("limner._blob.hashlib.sha256", never)
    server.script(picture(server, png))
    assert len(paint(type("Shows", (plain,), framed(Image.of(png())))())) == 1


def test_observers_given_as_an_iterator_hear_every_event(
    server: Any, plain: Any, paint: Any, png: Any, told: Any
) -> None:
    server.script(picture(server, png))
    paint(plain(), client={"observers": iter([told.append])})
    assert [type(event) for event in told] == [CallStarted, ImageReceived, CallFinished]


# Observers that break


def test_a_broken_observer_changes_nothing_and_is_logged_once(  # noqa: PLR0913, PLR0917 - what it takes
    server: Any, plain: Any, paint: Any, png: Any, told: Any, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(_event: Any) -> None:
        raise ValueError(KEY)

    server.script(picture(server, png))
    result = paint(plain(), PROMPT, client={"observers": [broken, told.append]})
    assert len(result) == 1
    assert len(told) == 3
    (record,) = caplog.records
    assert (record.name, record.levelname, record.funcName) == ("limner", "WARNING", "complain")
    assert "raised ValueError at" in record.getMessage()
    assert KEY not in record.getMessage()


def test_an_asynchronous_observer_is_told_that_it_must_not_be(
    server: Any, plain: Any, paint: Any, png: Any, caplog: pytest.LogCaptureFixture
) -> None:
    """And no coroutine is left that nobody awaited: that warning would be an error here."""

    async def later(_event: Any) -> None:
        raise AssertionError

    server.script(picture(server, png))
    paint(plain(), client={"observers": [later]})
    (record,) = caplog.records
    assert (
        "returned coroutine, which nobody runs: an observer is a plain function; it is passed over"
        in record.getMessage()
    )


# The log


class Burning(logging.Handler):
    """A handler whose disk is full."""

    def emit(self, record: logging.LogRecord) -> None:
        raise OSError(28, record.getMessage())


@pytest.fixture
def burning() -> Iterator[None]:
    """Such a handler listens."""
    logger, handler = logging.getLogger("limner"), Burning()
    logger.addHandler(handler)
    yield
    logger.removeHandler(handler)


@pytest.mark.usefixtures("at_once", "burning")
def test_a_log_handler_that_raises_has_no_effect(
    server: Any, plain: Any, paint: Any, png: Any, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG", "limner")
    server.script(server.reply(status=503), picture(server, png))
    assert len(paint(plain(), client={"observers": [lambda _: 1 / 0]})) == 1


@pytest.mark.usefixtures("at_once")
def test_a_retry_is_logged_without_a_word_of_the_server(
    server: Any, plain: Any, paint: Any, png: Any, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG", "limner")
    server.script(server.reply(status=503, json={"error": {"message": PROMPT}}), picture(server, png))
    paint(plain(), PROMPT, client={"keys": {"plain": KEY}})
    (record,) = [record for record in caplog.records if record.name == "limner"]
    assert record.levelname == "INFO"
    assert record.getMessage().startswith("plain: attempt 1 failed (server, rejected); sent again in 0.")
    assert PROMPT not in repr(vars(record))


def test_a_call_that_goes_well_logs_nothing(
    server: Any, plain: Any, paint: Any, png: Any, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG", "limner")
    server.script(picture(server, png))
    paint(plain())
    assert not [record for record in caplog.records if record.name == "limner"]


def test_a_program_that_configured_no_logging_finds_nothing_of_ours_on_its_standard_error() -> None:
    code = "from limner import _log; _log.say(_log.WARNING, 'not for a terminal')"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)  # noqa: S603 - our own interpreter
    assert (done.stdout, done.stderr) == ("", "")


def test_logging_is_not_loaded_by_importing_limner() -> None:
    code = "import sys; import limner; print('logging' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)  # noqa: S603 - our own interpreter
    assert done.stdout == "False\n"


def test_a_line_of_the_log_knows_where_it_was_said(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO", "limner")
    _log.say(_log.INFO, "%s", "here")
    assert caplog.records[0].funcName == "test_a_line_of_the_log_knows_where_it_was_said"


# What a call that was given up may have cost


@pytest.mark.parametrize(("answer", "billed"), [([30.0], True), ("rejected", False)], ids=["under way", "turned away"])
def test_a_cancelled_call_is_told_with_what_it_may_have_cost(
    server: Any,
    plain: Any,
    told: Any,
    answer: Any,
    billed: bool,  # noqa: FBT001 - a table
) -> None:
    """Under way it may be billed; between two attempts, of which the first was turned away, it is not."""
    server.script(server.reply(status=429, headers={"Retry-After": "30"}) if answer == "rejected" else answer)

    async def main() -> None:
        given: Any = {"providers": [plain()], "keys": {"plain": KEY}, "base_urls": {"plain": server.url}}
        async with limner.AsyncClient(**given, environ={}, observers=[told.append]) as client:
            call = asyncio.create_task(client.generate(PROMPT, model="plain/brush"))
            while not (server.posts and (billed or isinstance(told[-1], CallRetried))):  # noqa: ASYNC110 - the server is a thread
                await asyncio.sleep(0.01)
            call.cancel()
            with pytest.raises(asyncio.CancelledError):
                await call

    asyncio.run(main())
    assert server.posts == 1
    finished = told[-1]
    assert isinstance(finished, CallFinished)
    assert (finished.kind, finished.maybe_billed, finished.images) == ("cancelled", billed, 0)


@pytest.mark.skipif(os.name != "posix", reason="Ctrl-C is sent as a signal")
def test_ctrl_c_is_told_with_what_it_may_have_cost(interrupting: Any, plain: Any, told: Any) -> None:
    urls = {"plain": interrupting.url}
    given: Any = {"providers": [plain()], "keys": {"plain": KEY}, "base_urls": urls, "environ": {}}
    with limner.Client(**given, observers=[told.append]) as client, pytest.raises(KeyboardInterrupt):
        client.generate(PROMPT, model="plain/brush")
    assert isinstance(told[-1], CallFinished)
    assert (told[-1].kind, told[-1].maybe_billed) == ("cancelled", True)
