"""What limner asks of every provider, and pictures that are really painted."""

import asyncio

import limner
from limner.testing import ProviderConformance

from limner_gradient.provider import PROVIDER


class TestGradient(ProviderConformance):
    provider = PROVIDER


def test_the_same_words_and_seed_are_the_same_picture_in_both_clients() -> None:
    async def paint() -> bytes:
        async with limner.AsyncClient(providers=[PROVIDER]) as client:
            return (await client.generate("a lighthouse at dawn", size="64x64", seed=7)).image.read()

    with limner.Client(providers=[PROVIDER]) as client:
        image, other = (client.generate("a lighthouse at dawn", size="64x64", seed=seed).image for seed in (7, 8))
    assert (image.media_type, image.width, image.height, image.seed) == ("image/png", 64, 64, 7)
    assert image.read() == asyncio.run(paint())
    assert image.read() != other.read()
