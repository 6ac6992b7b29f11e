"""What type checkers must see of the client and of the module's functions; never run, only checked.

A misspelt parameter is an error to both: an ignore that is not needed would be one, too.
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import Any, assert_type

import limner


def every_parameter_is_seen(client: limner.Client) -> None:
    result = client.generate(
        "a cat",
        model="openai/gpt-image-2",
        provider=None,
        n=4,
        size=(1536, 1024),
        quality="high",
        style=None,
        background="transparent",
        output_format="svg",
        output_compression=80,
        complexity="low",
        frame_count=4,
        frame_duration_ms=100,
        svg={"model": "m", "reasoning": {"effort": "low"}},
        seed=1,
        negative_prompt="dogs",
        moderation="low",
        safety_identifier="a1",
        user="u1",
        timeout=60,
        total_timeout=120.0,
        delivery="bytes",
        on_partial="raise",
        on_mismatch="warn",
        retry="safe",
        allow=["retired"],
        options=None,
        extra={"x": 1},
    )
    assert_type(result, limner.ImageResult)


async def the_async_twin_is_awaited(client: limner.AsyncClient) -> None:
    assert_type(await client.generate("a cat", size="1024x1024"), limner.ImageResult)
    assert_type(await limner.agenerate("a cat", n=2), limner.ImageResult)
    later: Callable[[str], Coroutine[Any, Any, limner.ImageResult]] = client.generate
    await later("a cat")


def the_functions_take_the_same() -> None:
    assert_type(limner.generate("a cat", model="openai/gpt-image-2"), limner.ImageResult)


def what_is_misspelt_is_an_error(client: limner.Client) -> None:
    client.generate("a cat", promt="x")  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]
    client.generate("a cat", sise="1024x1024")  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]
    limner.generate("a cat", modle="x")  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]
    limner.generat("a cat")  # type: ignore[attr-defined]  # pyright: ignore[reportAttributeAccessIssue]


def what_has_the_wrong_type_is_an_error(client: limner.Client) -> None:
    client.generate("a cat", n="2")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    client.generate("a cat", delivery="fax")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    client.generate()  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]


def a_view_is_a_client_of_the_same_kind(client: limner.Client, later: limner.AsyncClient) -> None:
    vault: dict[str, str] = {}
    assert_type(client.using(keys={"acme": "key"}, user="u1"), limner.Client)
    assert_type(later.using(keys=vault.get, settings={"acme": {"team": "t"}}), limner.AsyncClient)
    assert_type(limner.Client.from_config(client.to_config(), http=object()), limner.Client)
    client.using(keys=None)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
