"""A key goes to its provider and nowhere else, whatever happens: canaries in every journey, with logging at DEBUG."""

from __future__ import annotations

import asyncio
import json
import logging
import pickle
import socket
import traceback
from base64 import b64encode
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import quote

import attrs
import pytest

import limner
from limner.errors import AuthError, BadRequestError, LimnerError
from limner.export import plain
from limner_sandbox import Sandbox

CANARY = "sk-canary/Vx7+q_9f2A.Tw0="
WRONG = "sk-canary/Zz1+wrong-8Kd="
TINY = {"prompt": "a cat", "model": "openai/gpt-image-2", "size": "16x16"}

Command = Callable[..., Any]


def spellings(key: str) -> list[str]:
    """How a key may come out: as it is, escaped in JSON, percent-encoded, in base64; and its telling half."""
    return [key, key.replace("/", r"\/"), quote(key, safe=""), b64encode(key.encode()).decode(), key[10:-1]]


def leaks(*told: object) -> list[str]:
    texts = [one.decode("latin-1") if isinstance(one, bytes) else str(one) for one in told]
    return [text for text in texts for key in (CANARY, WRONG) if any(form in text for form in spellings(key))]


def test_the_canaries_are_found_where_they_are() -> None:
    assert all(leaks(f"<{form}>") for key in (CANARY, WRONG) for form in spellings(key))


@pytest.fixture(scope="module")
def guarded() -> Iterator[Sandbox]:
    """A sandbox that wants the canary."""
    with Sandbox(keys={"openai": CANARY}) as sandbox:
        yield sandbox


def chain(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__


def shown(error: BaseException) -> Iterator[object]:
    """All that an exception says: to people, to logs, to other processes."""
    yield from traceback.format_exception(error)
    yield pickle.dumps(error)
    yield json.dumps(plain(error))
    for link in chain(error):
        yield from (repr(link), link.args, vars(link), getattr(link, "__notes__", ()))


def variables(error: BaseException) -> Iterator[object]:
    """What debuggers and crash reporters print besides: the variables of every frame, but of those in this file."""
    for link in chain(error):
        for frame, _ in traceback.walk_tb(link.__traceback__):
            if frame.f_code.co_filename != __file__:
                yield {name: repr(value) for name, value in frame.f_locals.items()}


def run(kind: str, options: dict[str, Any], given: dict[str, Any]) -> Any:
    """One request with a client of either kind; the client comes too."""

    async def asynchronous() -> Any:
        async with limner.AsyncClient(**options) as client:
            return client, await client.generate(**given)

    if kind == "async":
        return asyncio.run(asynchronous())
    with limner.Client(**options) as client:
        return client, client.generate(**given)


def closed_port() -> str:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return f"http://127.0.0.1:{listener.getsockname()[1]}/v1"


ECHOES: dict[str, dict[str, Any]] = {
    "echoed": {"status": 400, "message": f"no {CANARY} here", "param": CANARY, "type": f"a {CANARY}"},
    "echoed as code": {"status": 400, "code": CANARY},
    "echoed in base64": {"status": 403, "message": b64encode(f"user:{CANARY}".encode()).decode()},
    "echoed escaped": {"status": 500, "message": f"GET /?key={quote(CANARY, safe='')}"},
    "rate limit": {"status": 429, "message": f"slow down, {CANARY}", "retry_after": 900},
    "error in a 200": {"status": 200, "message": CANARY},
}
"""What a careless server does: it sends the key back."""

FAULTS: dict[str, dict[str, Any]] = {
    "refused": {"status": 400},
    "html": {"status": 502, "body": "html"},
    "empty": {"status": 200, "body": "empty"},
    "cut": {"cut": 0.5},
    "hang up": {"cut": 0.0},
    "late": {"delay": 0.5},
}
OPTIONS: dict[str, dict[str, Any]] = {
    "wrong key": {"keys": {"openai": WRONG}},
    "key for another host": {"base_urls": {"openai": "http://example.com/v1"}},
    "no server": {"base_urls": {"openai": closed_port()}},
    "no tls": {"base_urls": "https"},
    "unusable key": {"keys": {"openai": f"{CANARY}\n{WRONG}"}},
}


@pytest.fixture(params=["sync", "async"])
def failure(guarded: Sandbox, request: pytest.FixtureRequest) -> Iterator[Callable[[str], LimnerError]]:
    """Fail in one way, with logging at DEBUG; nothing that was logged, printed or observed tells a key."""
    caplog, capfd = request.getfixturevalue("caplog"), request.getfixturevalue("capfd")
    caplog.set_level(logging.DEBUG)
    heard: list[Any] = []

    def fail(case: str) -> LimnerError:
        usual = {"keys": {"openai": CANARY}, "base_urls": guarded.base_urls, "environ": {}, "observers": [heard.append]}
        options = {**usual, **OPTIONS.get(case, {})}
        if options["base_urls"] == "https":
            options["base_urls"] = {"openai": guarded.base_url("openai").replace("http:", "https:")}
        fault = {**ECHOES, **FAULTS}.get(case)
        if fault:
            guarded.fail(**fault)
        with pytest.raises(LimnerError) as caught:
            run(request.param, options, {**TINY, "timeout": 0.3})
        return caught.value

    yield fail
    guarded.clear()
    out, err = capfd.readouterr()
    assert leaks(out, err, caplog.text, *[vars(line) for line in caplog.records], *map(attrs.asdict, heard)) == []


@pytest.mark.parametrize("case", [*ECHOES, *FAULTS, *OPTIONS])
def test_no_failure_tells_a_key(failure: Callable[[str], LimnerError], case: str) -> None:
    assert leaks(*shown(failure(case))) == []


@pytest.mark.parametrize("case", [*FAULTS, *OPTIONS])
def test_no_variable_on_the_way_of_a_failure_shows_a_key(failure: Callable[[str], LimnerError], case: str) -> None:
    assert leaks(*variables(failure(case))) == []


def test_no_variable_shows_a_key_that_a_server_sent_back(failure: Callable[[str], LimnerError]) -> None:
    assert leaks(*variables(failure("echoed"))) == []


@pytest.mark.parametrize("kind", ["sync", "async"])
def test_no_success_tells_a_key(
    guarded: Sandbox, kind: str, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    caplog.set_level(logging.DEBUG)
    options = {"keys": {"openai": CANARY}, "base_urls": guarded.base_urls, "environ": {}}
    client, result = run(kind, options, {**TINY, "n": 2})
    out, err = capfd.readouterr()
    shown = [repr(client), repr(result), str(result), json.dumps(result.to_dict()), pickle.dumps(result)]
    assert leaks(caplog.text, out, err, *shown) == []
    assert "authorization" in guarded.requests[-1].headers


def test_a_refused_key_is_told_by_its_variable_and_host(guarded: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", WRONG)
    monkeypatch.setenv("OPENAI_BASE_URL", guarded.base_url("openai"))
    with pytest.raises(AuthError) as caught:
        limner.generate(**TINY)
    told = "".join(traceback.format_exception(caught.value))
    assert "OPENAI_API_KEY" in told
    assert "127.0.0.1" in told
    assert leaks(told) == []


def test_an_echoed_key_is_masked_and_the_rest_of_the_sentence_stays(guarded: Sandbox) -> None:
    guarded.fail(status=400, message=f"no {CANARY} here")
    with guarded.client(environ={}) as client, pytest.raises(BadRequestError, match=r"no \*\*\* here"):
        client.generate(**TINY)


COMMANDS = {
    "picture": (["generate", "a cat", "-m", "openai/gpt-image-2", "--size", "16x16", "--json"], None, 0),
    "dry run": (["generate", "a cat", "-m", "openai/gpt-image-2", "--dry-run"], None, 0),
    "echoed": (["generate", "a cat", "-m", "openai/gpt-image-2", "--json"], ECHOES["echoed"], 1),
    "providers": (["providers", "--json"], None, 0),
}


@pytest.mark.parametrize(("args", "fault", "code"), COMMANDS.values(), ids=COMMANDS)
def test_no_command_tells_a_key(
    guarded: Sandbox, command: Command, args: list[str], fault: dict[str, Any] | None, code: int
) -> None:
    if fault:
        guarded.fail(**fault)
    environ = {"OPENAI_API_KEY": CANARY, "OPENAI_BASE_URL": guarded.base_url("openai"), "LIMNER_DEBUG": "1"}
    done = command(*args, **environ)
    assert (done.returncode, leaks(done.stdout, done.stderr)) == (code, []), done.stderr


def test_no_command_tells_a_refused_key(guarded: Sandbox, command: Command) -> None:
    environ = {"OPENAI_API_KEY": WRONG, "OPENAI_BASE_URL": guarded.base_url("openai"), "LIMNER_DEBUG": "1"}
    done = command("generate", "a cat", "-m", "openai/gpt-image-2", **environ)
    assert (done.returncode, leaks(done.stdout, done.stderr)) == (3, [])
    assert "OPENAI_API_KEY" in done.stderr
