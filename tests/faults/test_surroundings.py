"""What no server does: clocks that jump, two processes at one file, and words that look like something else."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
import time
from typing import TYPE_CHECKING, Any

import pytest
from fault_table.asking import client_options
from fault_table.words import GOOD, OTHER, PNG, refuses, says
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import limner
from limner.errors import BadInputError, DeadlineError

if TYPE_CHECKING:
    from pathlib import Path

DAY = 86_400
NOW = "Wed, 25 Nov 2026 12:00:00 GMT"


@pytest.fixture(params=["sync", "async"])
def ask(request: pytest.FixtureRequest, server: Any) -> Any:
    """``ask(prompt, **call)``: of a client of either kind."""

    async def asynchronous(given: dict[str, Any]) -> Any:
        async with limner.AsyncClient(**client_options(server.url)) as client:
            return await client.generate(**given)

    def generate(prompt: str, **call: Any) -> Any:
        asked = {"prompt": prompt, "provider": "acme", "timeout": 5, **call}
        if request.param == "async":
            return asyncio.run(asynchronous(asked))
        with limner.Client(**client_options(server.url)) as client:
            return client.generate(**asked)

    return generate


# The clock on the wall


@pytest.fixture(params=[-DAY, DAY], ids=["a day back", "a day ahead"])
def _jump(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch, server: Any) -> None:
    """The clock on the wall jumps while the first answer is under way."""
    true = time.time
    monkeypatch.setattr(time, "time", lambda: true() + (request.param if server.asked else 0))


@pytest.mark.usefixtures("_jump")
def test_a_deadline_holds_though_the_clock_jumps(server: Any, ask: Any, timed: Any) -> None:
    server.script([60.0])
    with timed() as took, pytest.raises(DeadlineError):
        ask("a cat", timeout=0.3)
    assert took.seconds > 0.29
    assert took.kept < 0.8


@pytest.mark.usefixtures("_jump")
def test_a_date_to_come_again_is_measured_by_the_servers_own(server: Any, ask: Any, timed: Any) -> None:
    server.script(refuses(429, retry_after=NOW, date=NOW), GOOD)
    with timed() as took:
        assert ask("a cat").image.read() == PNG
    assert took.kept < 1


# Two processes

SAVING = """
import sys
from limner.media import Image
data, folder, overwrite = sys.stdin.buffer.read(), sys.argv[1], sys.argv[2] == "over"
won = 0
for number in range(150):
    try:
        Image.of(data).save(f"{folder}/{number}.png", overwrite=overwrite)
    except FileExistsError:
        continue
    won += 1
print(won)
"""


def save_twice(folder: Path, how: str) -> list[int]:
    """How many files each of two processes wrote that save under the same names at the same time."""
    words = [sys.executable, "-c", SAVING, str(folder), how]
    running = [
        subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE)  # noqa: S603 - ours
        for _ in (PNG, OTHER)
    ]
    for one, picture in zip(running, (PNG, OTHER), strict=True):
        assert one.stdin is not None
        one.stdin.write(picture)
        one.stdin.close()
        one.stdin = None
    return [int(one.communicate(timeout=60)[0]) for one in running]


def test_of_two_processes_one_has_the_name_and_the_other_is_told(tmp_path: Path) -> None:
    assert sum(save_twice(tmp_path, "not over")) == 150
    assert {path.read_bytes() for path in tmp_path.iterdir()} <= {PNG, OTHER}
    assert len(list(tmp_path.iterdir())) == 150


def test_or_the_later_replaces_the_earlier_as_a_whole(tmp_path: Path) -> None:
    assert save_twice(tmp_path, "over") == [150, 150]
    assert {path.read_bytes() for path in tmp_path.iterdir()} <= {PNG, OTHER}
    assert len(list(tmp_path.iterdir())) == 150


# Words


@pytest.mark.parametrize("word", ["\ud800", "a \udfff cat", "a cat\udc80"])
def test_half_a_character_is_refused_before_anything_is_sent(server: Any, ask: Any, word: str) -> None:
    with pytest.raises(BadInputError):
        ask(word)
    assert server.posts == 0


def test_a_prompt_that_is_too_long_is_refused_before_anything_is_sent(server: Any, ask: Any) -> None:
    with pytest.raises(BadInputError):
        ask("x" * 9_000_001)
    assert server.posts == 0


ODD = [
    '"',
    "\\",
    "\r\n\r\nGET /evil HTTP/1.1\r\n",
    "\0",
    "\x1b[31m",
    "a\u2028b",
    '"}]}',
    "--boundary\r\n",
    "🐈‍⬛",
    "%00%0d%0a",
]


@pytest.mark.parametrize("word", ODD)
def test_odd_words_arrive_as_they_are(server: Any, ask: Any, word: str) -> None:
    server.script(GOOD)
    ask(f"a {word} cat")
    assert server.asked[0].json()["prompt"] == f"a {word} cat"
    assert len(server.asked) == 1


@settings(max_examples=settings().max_examples // 2, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(word=st.text(st.characters(codec="utf-8"), min_size=1, max_size=50).filter(str.strip))
def test_any_words_arrive_as_they_are(server: Any, word: str) -> None:
    server.script(GOOD)
    server.asked.clear()
    with limner.Client(**client_options(server.url)) as client:
        client.generate(word, provider="acme")
    assert [asked.json()["prompt"] for asked in server.asked] == [word]


def test_what_a_server_says_reaches_no_terminal_raw(server: Any, ask: Any) -> None:
    """A message may hold what terminals obey; a repr shows it harmless."""
    server.script(says({"error": {"message": "\x1b]0;owned\x07 no"}}, 400))
    with pytest.raises(limner.LimnerError) as caught:
        ask("a cat")
    assert "\x1b" not in repr(caught.value)
    assert json.loads(json.dumps(str(caught.value)))
