"""What comes back from ``limner.generate`` and ``limner.agenerate``: the same, whole, and safe to keep."""

from __future__ import annotations

import asyncio
import hashlib
import json
import pickle
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from PIL import Image as PillowImage

import limner
from limner.errors import ExpiredError
from limner.results import ImageResult
from limner_sandbox import Sandbox

if TYPE_CHECKING:
    from pathlib import Path

Generate = Callable[..., ImageResult]

TINY = {"model": "openai/gpt-image-2", "size": "16x16", "quality": "low"}
OLD = {"model": "openai/dall-e-2", "size": "256x256", "allow": "retired"}


@pytest.fixture
def tiny(sandbox: Sandbox, environment: Callable[[Sandbox], None], generate: Generate) -> Generate:
    """The tiniest picture, or more of them."""
    environment(sandbox)
    return lambda **given: generate("a cat", **{**TINY, **given})


@pytest.fixture
def old(revived: Sandbox, environment: Callable[[Sandbox], None], generate: Generate) -> Generate:
    """A picture of dall-e-2, which comes as a URL unless told otherwise."""
    environment(revived)
    return lambda **given: generate("a cat", **{**OLD, **given})


# Both ways


def timeless(result: ImageResult) -> ImageResult:
    """A result without what differs between two requests: the moment, its request id, its URLs and their end."""
    images = [
        limner.Image.of(image.data, revised_prompt=image.revised_prompt, index=image.index, details=image.details)
        if image.data
        else limner.Image(revised_prompt=image.revised_prompt, index=image.index, details=image.details)
        for image in result
    ]
    raw = [{name: value for name, value in reply.items() if name not in {"created", "data"}} for reply in result.raw]
    calls = [(call.index, call.n, call.images, call.status, call.attempts) for call in result.calls]
    return result.but(created=None, images=images, raw=raw, calls=calls)


@pytest.mark.parametrize(
    "given",
    [
        {**TINY, "n": 2},
        {**TINY, "output_format": "svg", "n": 2},
        {**TINY, "output_format": "gif", "frame_count": 2},
        {"model": "openai/gpt-image-2.6-flare"},  # unverified: with a warning
        {**OLD},
        {**OLD, "delivery": "bytes", "n": 2},
        {**OLD, "delivery": "url"},
    ],
)
def test_sync_and_async_bring_equal_results(
    revived: Sandbox, environment: Callable[[Sandbox], None], given: dict[str, Any]
) -> None:
    environment(revived)
    one = limner.generate("a cat", **given)
    other = asyncio.run(limner.agenerate("a cat", **given))
    assert timeless(one) == timeless(other)


# What it says


@pytest.mark.parametrize(
    ("given", "media_type", "details"),
    [
        ({"output_format": "png"}, "image/png", {"alpha": False, "frames": 1}),
        ({"output_format": "png", "background": "transparent"}, "image/png", {"alpha": True}),
        ({"output_format": "jpeg"}, "image/jpeg", {"alpha": False}),
        ({"output_format": "webp"}, "image/webp", {"frames": 1}),
        ({"output_format": "gif", "frame_count": 3}, "image/gif", {"frames": 3}),
        ({"output_format": "svg"}, "image/svg+xml", {}),
    ],
)
def test_format_and_pixels_are_those_of_the_bytes(
    tiny: Generate, given: dict[str, Any], media_type: str, details: dict[str, Any]
) -> None:
    image = tiny(size="48x16", **given).image
    assert (image.media_type, image.width, image.height) == (media_type, 48, 16)
    assert details.items() <= image.details.items()


def test_a_result_knows_who_made_it_and_when(tiny: Generate) -> None:
    result = tiny()
    assert (result.provider, result.model, result.operation) == ("openai", "gpt-image-2", "generate")
    assert abs(datetime.now(UTC) - result.created) < timedelta(minutes=1)
    (call,) = result.calls
    assert call.request_id.startswith("req_")
    assert (call.status, call.attempts) == (200, 1)
    assert call.elapsed > 0


def test_usage_is_what_the_server_counted(tiny: Generate) -> None:
    usage = tiny(n=2).usage
    assert usage.total_tokens == usage.input_tokens + usage.output_tokens
    assert (usage.input_text_tokens, usage.output_image_tokens) == (usage.input_tokens, usage.output_tokens)
    assert usage.raw["total_tokens"] == usage.total_tokens


def test_what_the_server_rewrote_is_told(old: Generate) -> None:
    result = old(model="openai/dall-e-3", size="1024x1024", delivery="url")
    assert result.image.revised_prompt == "A detailed picture of the following scene: a cat"


def test_raw_keeps_the_reply_without_the_pictures(tiny: Generate) -> None:
    (raw,) = tiny(n=2).raw
    assert len(raw["data"]) == 2
    assert raw["usage"]["total_tokens"] > 0
    assert len(json.dumps(raw)) < 1000


# URLs


def test_a_url_is_downloaded_at_once_and_the_bytes_are_those_served(old: Generate) -> None:
    image = old().image
    assert image.read() == httpx.get(image.url, trust_env=False).content
    assert (image.media_type, image.width, image.height) == ("image/png", 256, 256)


def test_a_download_carries_no_key(old: Generate, revived: Sandbox) -> None:
    old()
    paid, fetched = revived.requests
    assert (paid.method, fetched.method) == ("POST", "GET")
    assert "authorization" in paid.headers
    assert "authorization" not in fetched.headers


def test_a_url_that_was_asked_for_is_kept_with_its_end(old: Generate, revived: Sandbox) -> None:
    result = old(delivery="url")
    assert (result.image.data, result.image.width) == (None, None)
    assert result.image.url.startswith(revived.url)
    assert result.image.expires_at == result.created + timedelta(hours=1)
    assert [request.method for request in revived.requests] == ["POST"]


def test_an_expired_url_is_told_as_such_and_kept(environment: Callable[[Sandbox], None], generate: Generate) -> None:
    with Sandbox(retired=True, url_lifetime=0) as sandbox:
        environment(sandbox)
        with pytest.raises(ExpiredError) as caught:
            generate("a cat", **OLD)
    (image,) = caught.value.images
    assert image.url.startswith(sandbox.url)
    assert "expired" in str(caught.value)
    assert (caught.value.kind, caught.value.maybe_billed, caught.value.provider) == ("expired", True, "openai")


# Keeping it


def test_a_result_survives_a_pickle(tiny: Generate) -> None:
    result = tiny(n=2)
    copy = pickle.loads(pickle.dumps(result))  # noqa: S301 - our own bytes
    assert copy == result
    assert [image.read() for image in copy] == [image.read() for image in result]


def test_a_result_is_json_with_image_data_as_size_and_hash(tiny: Generate) -> None:
    result = tiny()
    data = json.loads(json.dumps(result.to_dict()))
    picture = result.image.read()
    assert data["images"][0]["data"] == {"bytes": len(picture), "sha256": hashlib.sha256(picture).hexdigest()}
    assert (data["provider"], data["calls"][0]["request_id"]) == ("openai", result.calls[0].request_id)


@pytest.mark.parametrize("given", [{}, {"n": 10}, {"output_format": "svg", "n": 3}])
def test_a_repr_is_short(tiny: Generate, given: dict[str, Any]) -> None:
    assert len(repr(tiny(**given))) < 400


def test_a_repr_with_a_url_is_short_and_hides_its_signature(old: Generate) -> None:
    result = old(delivery="url", n=3)
    assert len(repr(result)) < 400
    assert "sig=" not in repr(result)


def test_pictures_are_saved_into_a_folder_by_their_hash(tiny: Generate, tmp_path: Path) -> None:
    result = tiny(n=2)
    paths = result.save(f"{tmp_path}/cats/")
    names = [f"{hashlib.sha256(image.read()).hexdigest()[:12]}-{image.index}.png" for image in result]
    assert paths == [tmp_path / "cats" / name for name in names]
    assert [path.read_bytes() for path in paths] == [image.read() for image in result]


def test_a_picture_is_saved_where_told(tiny: Generate, tmp_path: Path) -> None:
    image = tiny().image
    assert image.save(tmp_path / "deep/cat.png") == tmp_path / "deep/cat.png"
    assert (tmp_path / "deep/cat.png").read_bytes() == image.read()


@pytest.mark.parametrize("output_format", ["png", "jpeg", "webp", "gif"])
def test_pillow_sees_the_same_picture(tiny: Generate, output_format: str) -> None:
    picture = tiny(output_format=output_format, **({"frame_count": 2} if output_format == "gif" else {})).image.to_pil()
    assert isinstance(picture, PillowImage.Image)
    assert (picture.size, picture.format) == ((16, 16), output_format.upper())


def test_a_notebook_shows_the_picture(tiny: Generate) -> None:
    result = tiny()
    bundle = result._repr_mimebundle_()
    assert set(bundle) == {"image/png", "text/plain"}
    assert bundle["text/plain"] == repr(result)


def test_a_notebook_never_shows_an_svg(tiny: Generate) -> None:
    assert set(tiny(output_format="svg")._repr_mimebundle_()) == {"text/plain"}
