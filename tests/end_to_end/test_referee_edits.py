"""OpenAI's own SDK and limner edit, vary and stream at the same server: same forms, same pictures, same verdicts."""

from __future__ import annotations

from base64 import b64decode, b64encode
from email import message_from_bytes, policy
from io import BytesIO
from typing import TYPE_CHECKING, Any

import httpx
import openai
import pytest
from PIL import Image, ImageChops, ImageStat

from limner import Completed, PartialImage, ProviderImage
from limner.errors import ContentPolicyError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from limner_sandbox import Received, Sandbox

HOLE = (16, 16, 48, 40)


def drawn(size: tuple[int, int] = (64, 48), mode: str = "RGB", kind: str = "PNG", turn: int = 0) -> bytes:
    """A picture with something to see in every pixel; with an alpha channel it has a hole."""
    bands = [Image.linear_gradient("L").rotate(90 * (band + turn)).resize(size) for band in range(3)]
    picture = Image.merge("RGB", bands).convert(mode)
    if mode == "RGBA":
        picture.paste((0, 0, 0, 0), HOLE)
    buffer = BytesIO()
    picture.save(buffer, kind)
    return buffer.getvalue()


FIRST, SECOND = drawn(), drawn((40, 40), kind="JPEG", turn=1)
THIRD, MASK, SQUARE = drawn((30, 20), kind="WEBP"), drawn(mode="RGBA"), drawn((256, 256))
SMALL: dict[str, Any] = {"prompt": "a red balloon", "model": "gpt-image-2"}

EDITS: dict[str, tuple[list[bytes], dict[str, Any]]] = {
    "one": ([FIRST], SMALL),
    "mask": ([FIRST], {**SMALL, "mask": MASK}),
    "three": ([FIRST, SECOND, THIRD], {**SMALL, "size": "96x64", "user": "u-1"}),
    "three-mask": ([FIRST, SECOND, THIRD], {**SMALL, "mask": MASK}),
    "two-of": ([FIRST], {**SMALL, "n": 2, "quality": "low", "safety_identifier": "5ab1e"}),
    "webp": ([FIRST], {**SMALL, "mask": MASK, "output_format": "webp", "output_compression": 40}),
    "transparent": ([FIRST], {**SMALL, "background": "transparent", "prompt": "a sticker"}),
    "gif": ([FIRST], {**SMALL, "output_format": "gif", "frame_count": 3, "frame_duration_ms": 120}),
    "svg": ([FIRST], {**SMALL, "output_format": "svg", "svg": {"model": "gpt-6", "reasoning": {"effort": "low"}}}),
    "markup": ([FIRST], {**SMALL, "model": "gpt-image-2.5-flare", "markup": MASK, "complexity": "low"}),
    "fidelity": ([SQUARE], {**SMALL, "model": "gpt-image-1.5", "quality": "low", "input_fidelity": "high"}),
}  # fmt: skip
VARIATIONS: dict[str, dict[str, Any]] = {
    "url": {"size": "256x256"},
    "b64": {"size": "256x256", "n": 2, "response_format": "b64_json"},
    "own-size": {"response_format": "b64_json"},
}


@pytest.fixture
def sdk() -> Iterator[Callable[[Sandbox], openai.OpenAI]]:
    """OpenAI's client of a sandbox, which sends everything once."""
    clients: list[openai.OpenAI] = []

    def connect(sandbox: Sandbox) -> openai.OpenAI:
        key, url = sandbox.key_for("openai"), sandbox.base_url("openai")
        clients.append(openai.OpenAI(api_key=key, base_url=url, max_retries=0))
        return clients[-1]

    yield connect
    for client in clients:
        client.close()


def file(content: bytes) -> tuple[str, bytes, str]:
    """A file as the SDK needs it: raw bytes it would send as ``application/octet-stream``."""
    kind = (Image.open(BytesIO(content)).format or "").lower()
    return f"picture.{kind}", content, f"image/{kind}"


def theirs(images: list[bytes], asked: dict[str, Any]) -> dict[str, Any]:
    """The arguments in the SDK's words: a list only where there are several."""
    files: dict[str, Any] = {name: file(asked[name]) for name in ("mask", "markup") if name in asked}
    return {**asked, **files, "image": file(images[0]) if len(images) == 1 else [file(each) for each in images]}


def ours(asked: dict[str, Any]) -> dict[str, Any]:
    """The same in limner's words."""
    words = {name: value for name, value in asked.items() if name not in {"model", "response_format"}}
    delivery = {"delivery": "bytes"} if "response_format" in asked else {}
    return {**words, **delivery, "model": f"openai/{asked['model']}"}


def received(reply: openai.types.ImagesResponse) -> list[bytes]:
    """The pictures as the SDK's user has them in the end."""
    return [
        b64decode(item.b64_json) if item.b64_json else httpx.get(item.url or "", trust_env=False).content
        for item in reply.data or []
    ]


def posted(sandbox: Sandbox) -> list[Received]:
    return [request for request in sandbox.requests if request.method == "POST"]


def form(request: Received) -> list[tuple[str, str | None, bytes]]:
    """The fields of a form as the standard library's mail parser reads them: name, type of a file, content."""
    head = f"Content-Type: {request.headers['content-type']}\r\n\r\n".encode()
    message = message_from_bytes(head + request.content, policy=policy.HTTP)
    fields = []
    for part in message.iter_parts():
        kind = part.get_content_type() if part.get_filename() else None
        name = part.get_param("name", header="content-disposition")
        content = part.get_payload(decode=True)
        assert isinstance(name, str)
        assert isinstance(content, bytes)
        fields.append((name, kind, content))
    return sorted(fields, key=lambda field: field[0])


@pytest.mark.parametrize(("images", "asked"), EDITS.values(), ids=EDITS)
def test_the_same_edit_is_sent_and_brings_the_same_pictures(
    sandbox: Sandbox, sdk: Callable[..., openai.OpenAI], images: list[bytes], asked: dict[str, Any]
) -> None:
    expected = received(sdk(sandbox).images.edit(**theirs(images, asked)))
    with sandbox.client(environ={}) as client:
        result = client.edit(images=images, **ours(asked))
    assert [image.read() for image in result] == expected
    first, second = map(form, posted(sandbox))
    assert second == first


@pytest.mark.parametrize("asked", VARIATIONS.values(), ids=VARIATIONS)
def test_the_same_variation_is_sent_and_brings_the_same_pictures(
    revived: Sandbox, sdk: Callable[..., openai.OpenAI], asked: dict[str, Any]
) -> None:
    asked = {"model": "dall-e-2", **asked}
    with pytest.deprecated_call():
        expected = received(sdk(revived).images.create_variation(image=file(SQUARE), **asked))
    with revived.client(environ={}) as client:
        result = client.vary(SQUARE, allow="retired", **ours(asked))
    assert [image.read() for image in result] == expected
    first, second = map(form, posted(revived))
    assert second == first


def test_a_variation_differs_from_its_input_and_keeps_its_size(revived: Sandbox) -> None:
    with revived.client(environ={}) as client:
        varied = client.vary(SQUARE, model="openai/dall-e-2", allow="retired").images[0].to_pil().convert("RGB")
    given = Image.open(BytesIO(SQUARE))
    assert varied.size == given.size
    assert sum(ImageStat.Stat(ImageChops.difference(varied, given)).mean) > 20


def test_the_retired_model_edits_the_same(revived: Sandbox, sdk: Callable[..., openai.OpenAI]) -> None:
    asked: dict[str, Any] = {
        "prompt": "a cat",
        "model": "dall-e-2",
        "size": "256x256",
        "mask": drawn((256, 256), "RGBA"),
    }
    expected = received(sdk(revived).images.edit(**theirs([SQUARE], asked)))
    with revived.client(environ={}) as client:
        result = client.edit(images=[SQUARE], allow="retired", **ours(asked))
    assert [image.read() for image in result] == expected


def test_every_pixel_outside_of_the_mask_is_the_inputs(sandbox: Sandbox) -> None:
    with sandbox.client(environ={}) as client:
        picture = client.edit("a red balloon", images=FIRST, mask=MASK, model="openai/gpt-image-2").images[0].to_pil()
    given = Image.open(BytesIO(FIRST))
    changed = ImageChops.difference(picture.convert("RGB"), given).getbbox()
    assert picture.size == given.size
    assert changed is not None
    assert (changed[0] >= HOLE[0], changed[1] >= HOLE[1], changed[2] <= HOLE[2], changed[3] <= HOLE[3]) == (True,) * 4


@pytest.mark.parametrize("kind", ["png", "webp"])
def test_a_transparent_background_is_transparent(sandbox: Sandbox, kind: str) -> None:
    asked: dict[str, Any] = {"background": "transparent", "output_format": kind, "model": "openai/gpt-image-2"}
    with sandbox.client(environ={}) as client:
        made = [
            client.edit("a sticker", images=FIRST, **asked).images[0],
            client.generate("a sticker", size="64x64", **asked).images[0],
        ]
    assert [picture.to_pil().convert("RGBA").getchannel("A").getextrema() for picture in made] == [(0, 255)] * 2


def events(stream: Any) -> list[tuple[str, int | None, bytes]]:
    """What the SDK's user gets from a stream."""
    return [(event.type, getattr(event, "partial_image_index", None), b64decode(event.b64_json)) for event in stream]


def frames(stream: Any, operation: str) -> list[tuple[str, int | None, bytes]]:
    """The same from limner's."""
    seen: list[tuple[str, int | None, bytes]] = []
    with stream:
        for event in stream:
            if isinstance(event, PartialImage):
                seen.append((f"image_{operation}.partial_image", event.index, event.image.read()))
            else:
                assert isinstance(event, Completed)
                seen += [(f"image_{operation}.completed", None, image.read()) for image in event.result]
    return seen


@pytest.mark.parametrize("partial", [0, 3])
def test_a_streamed_generation_is_the_same_frames(
    sandbox: Sandbox, sdk: Callable[..., openai.OpenAI], partial: int
) -> None:
    asked = {**SMALL, "size": "64x64", "partial_images": partial}
    expected = events(sdk(sandbox).images.generate(stream=True, **asked))
    with sandbox.client(environ={}) as client:
        seen = frames(client.stream_generate(**ours(asked)), "generation")
    assert seen == expected
    assert posted(sandbox)[0].json == posted(sandbox)[1].json


@pytest.mark.parametrize("partial", [0, 3])
def test_a_streamed_edit_is_the_same_frames(sandbox: Sandbox, sdk: Callable[..., openai.OpenAI], partial: int) -> None:
    asked = {**SMALL, "partial_images": partial, "mask": MASK}
    expected = events(sdk(sandbox).images.edit(stream=True, **theirs([FIRST, SECOND], asked)))
    with sandbox.client(environ={}) as client:
        seen = frames(client.stream_edit(images=[FIRST, SECOND], **ours(asked)), "edit")
    assert seen == expected
    assert len(seen) == partial + 1
    first, second = map(form, posted(sandbox))
    assert second == first


def test_a_streamed_edit_comes_to_the_same_as_one_that_is_not(sandbox: Sandbox) -> None:
    asked: dict[str, Any] = {"images": FIRST, "mask": MASK, "model": "openai/gpt-image-2"}
    with sandbox.client(environ={}) as client, client.stream_edit("a red balloon", **asked) as stream:
        (completed,) = list(stream)
        assert isinstance(completed, Completed)
        whole = client.edit("a red balloon", **asked)
    assert [image.read() for image in completed.result] == [image.read() for image in whole]
    assert completed.result.usage == whole.usage


@pytest.mark.parametrize("where", ["file_id", "image_url"])
def test_references_bring_the_pictures_that_files_bring(
    sandbox: Sandbox, sdk: Callable[..., openai.OpenAI], where: str
) -> None:
    """An id of a file that the SDK uploaded, and a URL that an earlier request came to."""
    client_of_theirs = sdk(sandbox)
    if where == "file_id":
        kept = client_of_theirs.files.create(file=file(FIRST), purpose="vision")
        source: Any = ProviderImage(kept.id, provider="openai")
        content = FIRST
    else:
        relayed = sandbox.client(environ={}).generate("a cat", model="rockapi/dall-e-2", size="256x256", delivery="url")
        source = relayed.images[0].url
        content = httpx.get(source, trust_env=False).content
    expected = received(client_of_theirs.images.edit(image=file(content), **SMALL))
    with sandbox.client(environ={}) as client:
        result = client.edit(images=source, **ours(SMALL))
    assert [image.read() for image in result] == expected
    assert posted(sandbox)[-1].headers["content-type"] == "application/json"
    assert set(posted(sandbox)[-1].json["images"][0]) == {where}


def test_results_chain(sandbox: Sandbox) -> None:
    with sandbox.client(environ={}) as client:
        first = client.generate("a lighthouse at dawn", model="openai/gpt-image-2", size="64x64")
        second = client.edit("in winter", images=first.images[0], model="openai/gpt-image-2")
        third = client.edit("as a watercolor", images=[*first, *second], model="openai/gpt-image-2")
    assert len({image.read() for image in (*first, *second, *third)}) == 3


def test_r9s_and_openai_make_the_same_of_the_same(sandbox: Sandbox, sdk: Callable[..., openai.OpenAI]) -> None:
    asked: dict[str, Any] = {"prompt": "a cat", "model": "gpt-image-1.5", "quality": "low", "output_format": "webp"}
    expected = received(sdk(sandbox).images.edit(**theirs([FIRST, SECOND], {**asked, "mask": MASK})))
    with sandbox.client(environ={}) as client:
        result = client.edit(images=[FIRST, SECOND], mask=MASK, **{**asked, "model": "r9s/gpt-image-1.5"})
    assert [image.read() for image in result] == expected
    assert posted(sandbox)[-1].json["image"] == [
        f"data:{kind};base64,{b64encode(content).decode()}"
        for kind, content in (("image/png", FIRST), ("image/jpeg", SECOND))
    ]


def past(content: bytes, media_type: str, **more: Any) -> dict[str, Any]:
    """What the SDK sends without looking at it."""
    return {**SMALL, "image": ("picture.png", content, media_type), **more}


REFUSED: dict[str, tuple[dict[str, Any], str, str | None]] = {
    "octets": (past(FIRST, "application/octet-stream"), "unsupported_file_mimetype", "image"),
    "html": (past(b"<html>", "image/png"), "invalid_image_file", None),
    "mask": (past(FIRST, "image/png", mask=file(FIRST)), "invalid_mask_image_format", None),
    "words": (past(FIRST, "image/png", prompt="a forbidden-word"), "moderation_blocked", None),
}


@pytest.mark.parametrize(("asked", "code", "param"), REFUSED.values(), ids=REFUSED)
def test_the_sdk_reads_every_refusal(
    sandbox: Sandbox, sdk: Callable[..., openai.OpenAI], asked: dict[str, Any], code: str, param: str | None
) -> None:
    with pytest.raises(openai.BadRequestError) as caught:
        sdk(sandbox).images.edit(**asked)
    assert (caught.value.code, caught.value.param) == (code, param)
    assert sandbox.billed == 0


def test_a_refused_edit_is_the_same_verdict(sandbox: Sandbox, sdk: Callable[..., openai.OpenAI]) -> None:
    asked = {**SMALL, "prompt": "a forbidden-word"}
    with pytest.raises(openai.BadRequestError) as their:
        sdk(sandbox).images.edit(**theirs([FIRST], asked))
    with sandbox.client(environ={}) as client, pytest.raises(ContentPolicyError) as my:
        client.edit(images=FIRST, **ours(asked))
    assert (my.value.status, my.value.code) == (their.value.status_code, their.value.code)
