"""limner's own clients, as the sandbox makes them."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from limner.errors import ContentPolicyError, RateLimitError

if TYPE_CHECKING:
    from limner_sandbox import Sandbox

MODEL = "openai/gpt-image-2"


def test_a_client_generates(sandbox: Sandbox) -> None:
    with sandbox.client() as client:
        image = client.generate("a cat", model=MODEL, size="32x16").images[0]
    assert (image.width, image.height, image.media_type) == (32, 16, "image/png")


def test_an_async_client_generates(sandbox: Sandbox) -> None:
    async def generate() -> int | None:
        async with sandbox.async_client() as client:
            return (await client.generate("a cat", model=MODEL, size="32x16")).images[0].width

    assert asyncio.run(generate()) == 32


def test_a_client_takes_options_of_its_own(sandbox: Sandbox) -> None:
    seen: list[object] = []
    with sandbox.client(observers=(seen.append,)) as client:
        client.generate("a cat", model=MODEL, size="16x16")
    assert seen


def test_a_client_knows_every_emulated_provider(sandbox: Sandbox) -> None:
    with sandbox.client() as client:
        assert (client.keys, client.base_urls) == (sandbox.keys, sandbox.base_urls)
    assert set(sandbox.keys) == {"fastapi.ai", "openai", "r9s", "roboflow", "rockapi"}


def test_a_client_meets_the_faults(sandbox: Sandbox) -> None:
    sandbox.fail("rate_limit", retry_after=0, times=9)
    with sandbox.client() as client, pytest.raises(RateLimitError):
        client.generate("a cat", model=MODEL)


def test_a_client_is_told_of_moderation(sandbox: Sandbox) -> None:
    with sandbox.client() as client, pytest.raises(ContentPolicyError):
        client.generate("forbidden-word", model=MODEL)
