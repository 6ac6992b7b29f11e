"""Edits and variations of a provider without code: each encoding is one word of a table."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from limner.media import Blob
from limner.planning import plan
from limner.provider import Embed, HttpRequest, Part
from limner.requests import EditRequest, Request, VaryRequest

if TYPE_CHECKING:
    from collections.abc import Callable

    from limner.provider import Provider

URL = "https://images.example/cat.png"


def sent(provider: Provider, request: Request, model: str = "acme-1") -> HttpRequest:
    step = next(provider.exchange(plan(request, provider, model).calls[0]))
    assert isinstance(step, HttpRequest)
    return step


BODIES: dict[str, Callable[[bytes], Any]] = {
    "multipart": lambda png: [
        Part("model", "acme-1"), Part("prompt", "a cat"), Part("image", Blob(png), "image-0.png", "image/png"),
    ],
    "json-references": lambda png: {
        "model": "acme-1", "prompt": "a cat", "images": [{"image_url": Embed(Blob(png), "data-url")}],
    },
    "json-data-url": lambda png: {"model": "acme-1", "prompt": "a cat", "image": Embed(Blob(png), "data-url")},
}  # fmt: skip


@pytest.mark.parametrize("encoding", BODIES)
def test_an_edit_is_written_as_the_table_says(
    acme: Callable[..., Provider], png: Callable[..., bytes], encoding: str
) -> None:
    provider = acme(edit_encoding=encoding, models={"acme-1": {"family": "gpt-image"}})
    request = sent(provider, EditRequest("a cat", images=png()))
    assert request.url == "/images/edits"
    assert (list(request.parts) or request.json) == BODIES[encoding](png())


def test_without_a_word_files_go_as_a_form_and_urls_as_json(acme: Callable[..., Provider], png: Any) -> None:
    provider = acme(models={"acme-1": {"family": "gpt-image"}})
    assert sent(provider, EditRequest("a cat", images=png())).parts
    assert sent(provider, EditRequest("a cat", images=URL)).json["images"] == [{"image_url": URL}]


def test_a_variation_is_a_form(acme: Callable[..., Provider], png: Callable[..., bytes]) -> None:
    provider = acme(models={"acme-1": {"family": "dall-e-2"}})
    request = sent(provider, VaryRequest(png(), n=2))
    assert (request.url, [part.name for part in request.parts]) == ("/images/variations", ["model", "n", "image"])


def test_a_field_may_have_another_name(acme: Callable[..., Provider], png: Callable[..., bytes]) -> None:
    table = {"family": "dall-e-2", "edit": {"images": {"wire": "photo"}}}
    request = sent(acme(models={"acme-1": table}), EditRequest("a cat", images=png()))
    assert request.parts[-1] == Part("photo", Blob(png()), "photo-0.png", "image/png")
