"""What else a host does: forks, runs several event loops, seeds its random numbers, is in a call when it ends."""

from __future__ import annotations

import asyncio
import os
import random
import subprocess
import sys
import textwrap
import threading
from base64 import b64encode
from typing import Any

import pytest

import limner


@pytest.fixture
def echo(server: Any, png: Any) -> Any:
    """The server answers with a picture as wide as the prompt says."""
    server.api = lambda asked: server.reply(
        json={"data": [{"b64_json": b64encode(png(int(asked.json()["prompt"]))).decode()}]}
    )
    return server


@pytest.fixture
def known(plain: Any, server: Any) -> dict[str, Any]:
    return {"providers": [plain()], "keys": {"plain": "key"}, "base_urls": {"plain": server.url}, "environ": {}}


# Processes

FORK = """
    import os, sys, limner
    client = limner.Client(config={{"providers": {{"acme": {{
        "base_url": {url!r}, "key_variable": "ACME_KEY", "models": {{"brush": {{"family": "dall-e-3"}}}}
    }}}}}}, environ={{"ACME_KEY": "k"}})
    view = client.using(keys={{"acme": "t"}})
    def widths(of, *wanted):
        found = [of.generate(str(n), model="acme/brush").image.width for n in wanted]
        assert found == list(wanted), (os.getpid(), found, wanted)
    widths(client, 1)
    for turn in range(2):
        if (child := os.fork()) == 0:
            widths(view, *range(2, 8))
            widths(client, *range(8, 12))
            client.close() if turn else None
            os._exit(0)
        widths(client, *range(20, 30))
        assert os.waitpid(child, 0)[1] == 0
    widths(view, 31)
    client.close()
    print(len(os.listdir("/proc/self/fd")) if os.path.isdir("/proc/self/fd") else "")
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork here")
def test_a_used_client_and_its_views_serve_in_forked_children(echo: Any) -> None:
    """Parent and child ask at the same time, each gets its own answers, and the child takes nothing from its parent."""
    script = textwrap.dedent(FORK).format(url=f"{echo.url}/v1")
    command = [sys.executable, "-X", "dev", "-W", "error", "-c", script]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)  # noqa: S603 - our own code
    assert (done.returncode, done.stderr) == (0, "")
    assert echo.posts == 1 + 2 * 20 + 1


# Event loops


def test_an_async_client_serves_event_loops_in_several_threads_at_once(known: dict[str, Any], echo: Any) -> None:
    client = limner.AsyncClient(**known)
    together, found = threading.Barrier(4), {}

    async def ask(thread: int) -> list[int | None]:
        view = client.using(keys={"plain": f"key-{thread}"})
        wanted = [str(thread * 10 + place) for place in range(1, 9)]
        results = await asyncio.gather(*(view.generate(width) for width in wanted))
        await asyncio.to_thread(together.wait, 10)
        await client.aclose()
        return [result.image.width for result in results]

    def run(thread: int) -> None:
        together.wait(10)
        found[thread] = asyncio.run(ask(thread))

    threads = [threading.Thread(target=run, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert found == {number: [number * 10 + place for place in range(1, 9)] for number in range(4)}
    assert echo.posts == 32


# Random numbers


@pytest.mark.usefixtures("at_once")
def test_a_host_that_has_seeded_its_random_numbers_gets_them(server: Any, plain: Any, paint: Any, png: Any) -> None:
    """Though waiting before a retry takes some."""
    good = server.reply(json={"data": [{"b64_json": b64encode(png()).decode()}]})
    server.script(server.reply(status=503), server.reply(status=429), good)
    random.seed(1)
    before = random.getstate()
    paint(plain())
    assert server.posts == 3
    assert random.getstate() == before
