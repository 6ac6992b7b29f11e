"""One call without a client of one's own: each makes a client, uses it once and closes it. No state is kept."""

from __future__ import annotations

from typing import TYPE_CHECKING

from limner.client import AsyncClient, Client
from limner.requests import EditRequest, GenerateRequest, VaryRequest
from limner.signatures import function_takes

if TYPE_CHECKING:
    from limner.results import ImageResult


@function_takes(GenerateRequest)
def generate(request: GenerateRequest) -> ImageResult:
    """Pictures from words; see :meth:`limner.Client.generate`. Keys come from the environment."""
    with Client() as client:
        return client.run(request)


@function_takes(GenerateRequest)
async def agenerate(request: GenerateRequest) -> ImageResult:
    """Pictures from words; see :meth:`limner.Client.generate`. Keys come from the environment."""
    async with AsyncClient() as client:
        return await client.run(request)


@function_takes(EditRequest)
def edit(request: EditRequest) -> ImageResult:
    """Pictures from words and other pictures; see :meth:`limner.Client.edit`. Keys come from the environment."""
    with Client() as client:
        return client.run(request)


@function_takes(EditRequest)
async def aedit(request: EditRequest) -> ImageResult:
    """Pictures from words and other pictures; see :meth:`limner.Client.edit`. Keys come from the environment."""
    async with AsyncClient() as client:
        return await client.run(request)


@function_takes(VaryRequest)
def vary(request: VaryRequest) -> ImageResult:
    """Pictures like another picture; see :meth:`limner.Client.vary`. Keys come from the environment."""
    with Client() as client:
        return client.run(request)


@function_takes(VaryRequest)
async def avary(request: VaryRequest) -> ImageResult:
    """Pictures like another picture; see :meth:`limner.Client.vary`. Keys come from the environment."""
    async with AsyncClient() as client:
        return await client.run(request)
