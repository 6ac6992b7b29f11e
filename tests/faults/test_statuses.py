"""Every status from 400 to 529, with every way in which a server can say when to come again."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest
from fault_table.asking import client_options

import limner
from limner.errors import LimnerError

STATUSES = range(400, 530)
TURNED_AWAY = {408, 425, 429, 503, 529}
KNOWN_TO_FAIL = {501, 505, 510, 511}
"""Of those from 500 on, the ones that say that nothing was done."""
KINDS = {
    401: "auth", 402: "quota", 403: "permission", 404: "not_found", 405: "not_found", 408: "server", 409: "conflict",
    425: "server", 429: "rate_limit",
}  # fmt: skip
DATE = "Sun, 22 Nov 2026 10:00:00 GMT"
HOUR_LATER = "Sun, 22 Nov 2026 11:00:00 GMT"
AT_ONCE: dict[str, dict[str, str]] = {
    "nothing is said": {},
    "no seconds": {"Retry-After": "0"},
    "no milliseconds": {"Retry-After-Ms": "0"},
    "no milliseconds and an hour": {"Retry-After-Ms": "0", "Retry-After": "3600"},
    "a date that is now": {"Retry-After": DATE, "Date": DATE},
    "a date that is past": {"Retry-After": DATE, "Date": HOUR_LATER},
    "a date without another to measure it by": {"Retry-After": HOUR_LATER},
    "nonsense": {"Retry-After": "soon"},
    "again, please": {"X-Should-Retry": "true", "Retry-After": "0"},
    "no time in the message": {"message": "Please try again in 0ms."},
}
NEVER: dict[str, dict[str, str]] = {
    "an hour": {"Retry-After": "3600"},
    "an hour in milliseconds": {"Retry-After-Ms": "3600000"},
    "a date in an hour": {"Retry-After": HOUR_LATER, "Date": DATE},
    "not again": {"X-Should-Retry": "false", "Retry-After": "0"},
    "an hour in the message": {"message": "Please try again in 1h0m0s."},
}
FORMS = [
    *(pytest.param(form, 3, id=words) for words, form in AT_ONCE.items()),
    *(pytest.param(form, 1, id=words) for words, form in NEVER.items()),
]
Told = dict[int, tuple[str, int, bool]]
"""Of each status: the error's kind, the POSTs that arrived, whether it may have been billed."""


def told(error: LimnerError, server: Any) -> tuple[str, int, bool]:
    posts = server.posts
    server.asked.clear()
    return error.kind, posts, error.maybe_billed


def wanted(attempts: int) -> Told:
    return {
        status: (
            KINDS.get(status, "bad_request" if status < 500 else "server"),
            attempts if status in TURNED_AWAY else 1,
            status >= 500 and status not in TURNED_AWAY | KNOWN_TO_FAIL,
        )
        for status in STATUSES
    }


def answer(server: Any, status: int, form: dict[str, str]) -> None:
    body = json.dumps({"error": {"message": form.get("message", "No.")}}).encode()
    headers = {name: value for name, value in form.items() if name != "message"}
    server.script(server.reply(body, status=status, headers=headers))


@pytest.mark.parametrize(("form", "attempts"), FORMS)
def test_a_status_means_the_same_however_a_server_says_when(server: Any, form: dict[str, str], attempts: int) -> None:
    found: Told = {}
    with limner.Client(**client_options(server.url)) as client:
        for status in STATUSES:
            answer(server, status, form)
            with pytest.raises(LimnerError) as caught:
                client.generate("a cat", provider="acme", timeout=60)
            found[status] = told(caught.value, server)
    assert found == wanted(attempts)


@pytest.mark.parametrize(("form", "attempts"), FORMS)
def test_and_the_same_to_an_asynchronous_client(server: Any, form: dict[str, str], attempts: int) -> None:
    async def main() -> Told:
        found: Told = {}
        async with limner.AsyncClient(**client_options(server.url)) as client:
            for status in STATUSES:
                answer(server, status, form)
                with pytest.raises(LimnerError) as caught:
                    await client.generate("a cat", provider="acme", timeout=60)
                found[status] = told(caught.value, server)
        return found

    assert asyncio.run(main()) == wanted(attempts)
