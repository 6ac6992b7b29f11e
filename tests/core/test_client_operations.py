"""The client's methods, a name each: what is asked for by one of them is what its operation's request asks for."""

from __future__ import annotations

import asyncio
from base64 import b64encode
from typing import TYPE_CHECKING, Any

import pytest

import limner

if TYPE_CHECKING:
    from collections.abc import Callable

OPERATIONS = {
    "generate": ("/images/generations", ("prompt",)),
    "edit": ("/images/edits", ("prompt", "images")),
    "vary": ("/images/variations", ("image",)),
}


def _sync(client: dict[str, Any], operation: str, given: dict[str, Any]) -> limner.ImageResult:
    with limner.Client(**client) as opened:
        result: limner.ImageResult = getattr(opened, operation)(**given)
    return result


def _async(client: dict[str, Any], operation: str, given: dict[str, Any]) -> limner.ImageResult:
    async def main() -> limner.ImageResult:
        async with limner.AsyncClient(**client) as opened:
            result: limner.ImageResult = await getattr(opened, operation)(**given)
        return result

    return asyncio.run(main())


@pytest.mark.parametrize("perform", [_sync, _async], ids=["sync", "async"])
@pytest.mark.parametrize("operation", OPERATIONS)
def test_a_method_asks_for_its_operation(server: Any, png: Any, operation: str, perform: Callable[..., Any]) -> None:
    server.script(server.reply(json={"data": [{"b64_json": b64encode(png()).decode()}]}))
    path, names = OPERATIONS[operation]
    values = {"prompt": "a hat", "images": png(2, 2), "image": png(2, 2)}
    client = {"keys": {"openai": "key-of-a-test"}, "base_urls": {"openai": server.url}, "environ": {}}
    given = {"model": "openai/dall-e-2", "allow": "retired", **{name: values[name] for name in names}}
    result = perform(client, operation, given)
    assert (result.operation, result.image.read()) == (operation, png())
    assert [asked.path for asked in server.asked] == [path]
