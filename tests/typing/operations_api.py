"""What type checkers must see of edits, variations, streams, plans and selections; never run, only checked."""

from __future__ import annotations

from pathlib import Path
from typing import Any, assert_type

import limner


def pictures_go_in(client: limner.Client, result: limner.ImageResult) -> None:
    edited = client.edit(
        "a cat", images=["cat.png", result.image], mask=limner.Mask("mask.png", edit="white"), markup=b"...",
        input_fidelity="high", model="openai/gpt-image-2", n=2, to=Path("cats"), on_unsupported="adapt",
    )  # fmt: skip
    assert_type(edited, limner.ImageResult)
    assert_type(client.edit("a cat", images=result), limner.ImageResult)
    assert_type(client.vary("cat.png", n=2), limner.ImageResult)
    assert_type(client.vary(image=result.image), limner.ImageResult)
    assert_type(limner.edit("a cat", images="cat.png"), limner.ImageResult)
    assert_type(limner.vary(b"..."), limner.ImageResult)


async def the_same_is_awaited(client: limner.AsyncClient, result: limner.ImageResult) -> None:
    assert_type(await client.edit("a cat", images=["cat.png", result.image]), limner.ImageResult)
    assert_type(await client.vary(result.image, size=(64, 64)), limner.ImageResult)
    assert_type(await limner.aedit("a cat", images="cat.png"), limner.ImageResult)
    assert_type(await limner.avary("cat.png"), limner.ImageResult)
    assert_type(await client.download(result), limner.ImageResult)
    assert_type(await client.run(client.plan(limner.VaryRequest("cat.png"))), limner.ImageResult)


def frames_come_first(client: limner.Client) -> None:
    with client.stream_generate("a cat", partial_images=2, model="openai/gpt-image-2") as stream:
        assert_type(stream, limner.ImageStream)
        for event in stream:
            if isinstance(event, limner.PartialImage):
                assert_type(event.image, limner.Image)
            else:
                assert_type(event, limner.Completed)
                assert_type(event.result, limner.ImageResult)
    assert_type(stream.result, limner.ImageResult)
    assert_type(stream.images, tuple[limner.Image, ...])
    assert_type(client.stream_edit("a cat", images="cat.png").until_done(), limner.ImageResult)
    assert_type(client.stream(limner.GenerateRequest("a cat")), limner.ImageStream)


async def frames_are_awaited(client: limner.AsyncClient) -> None:
    async with client.stream_edit("a cat", images="cat.png") as stream:
        assert_type(stream, limner.AsyncImageStream)
        async for event in stream:
            assert_type(event, limner.PartialImage | limner.Completed)
    assert_type(await client.stream_generate("a cat").until_done(), limner.ImageResult)


def what_is_known_before_the_call(client: limner.Client, request: limner.Request) -> None:
    plan = client.plan(request, stream=True)
    assert_type(plan, limner.Plan)
    assert_type(plan.fingerprint, str)
    assert_type(client.run(plan), limner.ImageResult)
    selection = client.select(request, require="stream", prefer="fewest_calls")
    assert_type(selection, limner.Selection)
    assert_type(selection.explain(), str)
    client.select(request, require={"mask", "edit"}, prefer=["fewest_adaptations", "fewest_calls"])
    client.generate("a cat", fallback=selection)
    client.generate("a cat", model=["openai/gpt-image-2", "r9s/gpt-image-1.5"])
    assert_type(client.schema("openai/gpt-image-2", "edit"), dict[str, Any])


def what_is_misspelt_is_an_error(client: limner.Client, request: limner.Request, result: limner.ImageResult) -> None:
    client.edit("a cat", image="cat.png")  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]
    client.vary("cat.png", prompt="a cat")  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]
    client.vary()  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]
    client.vary(result)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    client.run("a cat")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    client.select(request, prefer="cheapest")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    client.stream_vary("cat.png")  # type: ignore[attr-defined]  # pyright: ignore[reportAttributeAccessIssue]
