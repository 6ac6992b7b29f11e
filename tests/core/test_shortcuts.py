"""One call without a client: nothing is kept, and what was opened is closed."""

from __future__ import annotations

import asyncio
import gc
import inspect
from base64 import b64encode
from typing import TYPE_CHECKING, Any

import pytest

import limner
from limner import shortcuts

if TYPE_CHECKING:
    from collections.abc import Callable


def _async(*args: Any, **given: Any) -> Any:
    return asyncio.run(limner.agenerate(*args, **given))


@pytest.fixture(params=[limner.generate, _async], ids=["sync", "async"])
def generate(request: pytest.FixtureRequest) -> Callable[..., limner.ImageResult]:
    return request.param  # type: ignore[no-any-return]


@pytest.fixture(params=[limner.edit, lambda *args, **given: asyncio.run(limner.aedit(*args, **given))])
def edit(request: pytest.FixtureRequest) -> Callable[..., limner.ImageResult]:
    return request.param  # type: ignore[no-any-return]


@pytest.fixture(params=[limner.vary, lambda *args, **given: asyncio.run(limner.avary(*args, **given))])
def vary(request: pytest.FixtureRequest) -> Callable[..., limner.ImageResult]:
    return request.param  # type: ignore[no-any-return]


@pytest.fixture
def openai(server: Any, png: Any, monkeypatch: pytest.MonkeyPatch) -> Any:
    """An installed provider whose address and key the environment gives."""
    monkeypatch.setenv("OPENAI_BASE_URL", f"{server.url}/v1")
    monkeypatch.setenv("OPENAI_API_KEY", "key-of-the-environment")
    server.script(server.reply(json={"data": [{"b64_json": b64encode(png()).decode()}]}))
    return server


def test_one_line_makes_a_picture(openai: Any, png: Any, generate: Any) -> None:
    result = generate("a cat", model="openai/gpt-image-2", quality="high")
    assert result.image.read() == png()
    (asked,) = openai.asked
    assert asked.json() == {"model": "gpt-image-2", "prompt": "a cat", "quality": "high"}
    assert asked.headers["authorization"] == "Bearer key-of-the-environment"


def test_one_line_edits_a_picture(openai: Any, png: Any, edit: Any) -> None:
    result = edit("a hat", images=png(2), model="openai/gpt-image-2")
    assert result.image.read() == png()
    assert openai.asked[0].parts()["image"].get_content() == png(2)


def test_one_line_varies_a_picture(openai: Any, png: Any, vary: Any) -> None:
    result = vary(png(2, 2), model="openai/dall-e-2", allow="retired")
    assert result.image.read() == png()
    assert openai.asked[0].path == "/v1/images/variations"


def test_images_are_called_as_the_operation_calls_them(generate: Any, edit: Any) -> None:
    with pytest.raises(TypeError, match="its name here is reference_images"):
        generate("a cat", images=["a.png"])
    with pytest.raises(TypeError, match="its name here is images"):
        edit("a cat", image="a.png")


def test_what_was_opened_is_closed(openai: Any, generate: Any) -> None:
    for _ in range(2):
        generate("a cat", model="openai/gpt-image-2")
        for _ in range(100):
            if not openai.connections:
                break
            asyncio.run(asyncio.sleep(0.01))
        assert openai.connections == 0
    gc.collect()  # a ResourceWarning would be an error


def test_what_was_opened_is_closed_after_an_error_too(openai: Any, generate: Any) -> None:
    openai.script(openai.reply(status=400))
    with pytest.raises(limner.BadRequestError):
        generate("a cat", model="openai/gpt-image-2")
    gc.collect()


@pytest.mark.usefixtures("openai")
def test_nothing_is_kept(generate: Any) -> None:
    before = dict(vars(shortcuts))
    generate("a cat", model="openai/gpt-image-2")
    assert vars(shortcuts) == before


def test_a_misspelt_parameter_is_corrected(generate: Any) -> None:
    with pytest.raises(TypeError, match="Did you mean 'prompt'"):
        generate(promt="a cat")


@pytest.mark.parametrize("operation", ["generate", "edit", "vary"])
def test_they_are_spelled_like_the_clients_methods(operation: str) -> None:
    method = list(inspect.signature(getattr(limner.Client, operation)).parameters)[1:]
    assert list(inspect.signature(getattr(limner.AsyncClient, operation)).parameters)[1:] == method
    assert list(inspect.signature(getattr(limner, operation)).parameters) == method
    assert list(inspect.signature(getattr(limner, f"a{operation}")).parameters) == method
    assert inspect.iscoroutinefunction(getattr(limner, f"a{operation}"))
    assert inspect.iscoroutinefunction(getattr(limner.AsyncClient, operation))
