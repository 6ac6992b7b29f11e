"""Pixels outside the mask are put back after an edit: through both clients, their streams, and onto the disk."""

from __future__ import annotations

import asyncio
import io
import random
from base64 import b64encode
from typing import TYPE_CHECKING, Any, TypeAlias

import PIL.Image
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import ImageCms

import limner
from limner.capabilities import ModelCapabilities, ProviderCapabilities
from limner.dialects.openai_images import OpenAIImages
from limner.dialects.openai_models import GPT_IMAGE_EDIT, SOURCE, streaming
from limner.masks import Mask
from limner.media import Blob, BlobWriter, Image
from limner.requests import EditRequest
from limner.restoring import restored
from limner.results import ImageResult

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

SIZE = (12, 8)
HOLE = (3, 2, 9, 6)
EXACT = ("PNG", "WEBP")

Edit: TypeAlias = "Callable[..., ImageResult]"


def noise(seed: int, size: tuple[int, int] = SIZE, mode: str = "RGB") -> PIL.Image.Image:
    """No two are alike, and nothing in them compresses."""
    length = size[0] * size[1] * len(PIL.Image.new(mode, (1, 1)).getbands())
    return PIL.Image.frombytes(mode, size, random.Random(seed).randbytes(length))  # noqa: S311 - pictures


def saved(picture: PIL.Image.Image, kind: str = "PNG", **more: Any) -> bytes:
    buffer = io.BytesIO()
    picture.save(buffer, kind, **({"lossless": True} if kind == "WEBP" else {}), **more)
    return buffer.getvalue()


def opened(image: limner.Image) -> PIL.Image.Image:
    return PIL.Image.open(io.BytesIO(image.read()))


def hole(size: tuple[int, int] = SIZE) -> PIL.Image.Image:
    """255 where the edit may go."""
    mask = PIL.Image.new("L", size)
    mask.paste(255, HOLE)
    return mask


INPUT = saved(noise(1))
MASK = Mask(saved(hole()), edit="white", restore=True)


def differences(one: PIL.Image.Image, other: PIL.Image.Image) -> set[tuple[int, int]]:
    """Where two pictures are not the same, to the bit."""
    pair = [picture.convert("RGBA") for picture in (one, other)]
    places = ((x, y) for x in range(one.width) for y in range(one.height))
    return {place for place in places if pair[0].getpixel(place) != pair[1].getpixel(place)}


INSIDE = {(x, y) for x in range(HOLE[0], HOLE[2]) for y in range(HOLE[1], HOLE[3])}


def put_back(*came: bytes, image: bytes = INPUT, mask: Mask = MASK) -> ImageResult:
    result = ImageResult(images=tuple(Image.of(one, index=index) for index, one in enumerate(came)))
    return restored(result, EditRequest("a cat", images=image, mask=mask), BlobWriter)


# What is put back


@pytest.mark.parametrize("kind", EXACT)
@pytest.mark.parametrize("mode", ["RGB", "RGBA"])
@pytest.mark.parametrize("input_kind", ["PNG", "JPEG", "WEBP"])
def test_outside_it_is_the_input_and_inside_the_edit(kind: str, mode: str, input_kind: str) -> None:
    came = saved(noise(2, mode=mode), kind)
    given_image = saved(noise(1), input_kind)
    (image,) = (result := put_back(came, image=given_image)).images
    seen = opened(image)
    assert seen.format == kind
    assert (image.media_type, image.details["restored"]) == (f"image/{kind.lower()}", True)
    assert differences(seen, PIL.Image.open(io.BytesIO(given_image))) <= INSIDE
    assert not differences(seen, PIL.Image.open(io.BytesIO(came))) & INSIDE
    assert result.warnings == ()


@settings(deadline=None, max_examples=30)
@given(alphas=st.binary(min_size=96, max_size=96).map(lambda alphas: bytes([0]) + alphas[1:]))
def test_a_pixel_is_the_edits_where_the_mask_is_fully_transparent_and_else_the_inputs(alphas: bytes) -> None:
    mask = noise(3, mode="RGBA")
    mask.putalpha(PIL.Image.frombytes("L", SIZE, alphas))
    (image,) = put_back(saved(noise(2)), mask=Mask(saved(mask), restore=True)).images
    clear = {(place % SIZE[0], place // SIZE[0]) for place, alpha in enumerate(alphas) if alpha == 0}
    assert differences(opened(image), noise(1)) <= clear
    assert not differences(opened(image), noise(2)) & clear


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "I;16", "CMYK"])
def test_an_input_of_any_mode_is_put_back_as_it_looks(mode: str) -> None:
    shade = PIL.Image.new("RGB", SIZE, "white").convert(mode) if mode != "I;16" else PIL.Image.new(mode, SIZE, 65_535)
    data = saved(shade, "JPEG" if mode == "CMYK" else "PNG")
    (image,) = put_back(saved(noise(2)), image=data).images
    assert opened(image).convert("RGB").getpixel((0, 0)) == (255, 255, 255)


def test_what_is_transparent_in_the_input_is_so_again() -> None:
    (image,) = put_back(saved(noise(2)), image=saved(noise(1, mode="RGBA"))).images
    assert (opened(image).mode, image.details["alpha"]) == ("RGBA", True)
    assert differences(opened(image), noise(1, mode="RGBA")) <= INSIDE


def test_a_photograph_is_put_back_as_it_is_shown() -> None:
    exif = PIL.Image.Exif()
    exif[0x0112] = 6
    lying = noise(1).transpose(PIL.Image.Transpose.ROTATE_90)
    (image,) = put_back(saved(noise(2)), image=saved(lying, exif=exif)).images
    assert differences(opened(image), noise(1)) <= INSIDE


def test_what_the_provider_said_of_it_is_kept() -> None:
    came = Image.of(saved(noise(2)), index=3, revised_prompt="a black cat", seed=7, details={"quality": "high"})
    request = EditRequest("a cat", images=INPUT, mask=MASK)
    (image,) = restored(ImageResult(images=(came,)), request, BlobWriter).images
    assert (image.index, image.revised_prompt, image.seed, image.details["quality"]) == (3, "a black cat", 7, "high")


class TestColours:
    """A number means another colour under another profile: phones write Display P3."""

    @pytest.fixture
    def wide(self) -> bytes:
        """A profile of red, green and blue that is not sRGB: its primaries are exchanged."""
        data = bytearray(ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes())
        red, green = data.index(b"rXYZ"), data.index(b"gXYZ")
        data[red : red + 4], data[green : green + 4] = data[green : green + 4], data[red : red + 4]
        return bytes(data)

    def test_the_inputs_profile_becomes_the_results_whose_colours_are_converted(self, wide: bytes) -> None:
        red = PIL.Image.new("RGB", SIZE, (255, 0, 0))
        (image,) = put_back(saved(red), image=saved(noise(1), icc_profile=wide)).images
        seen = opened(image)
        assert seen.info["icc_profile"] == wide
        assert differences(seen, noise(1)) <= INSIDE
        assert seen.getpixel((5, 4)) == (0, 255, 0)

    def test_an_input_without_one_is_srgb(self, wide: bytes) -> None:
        red = PIL.Image.new("RGB", SIZE, (255, 0, 0))
        (image,) = put_back(saved(red, icc_profile=wide)).images
        seen = opened(image)
        assert "icc_profile" not in seen.info
        assert seen.getpixel((5, 4)) == (0, 255, 0)

    def test_colours_that_cannot_be_converted_leave_the_picture_as_it_came(self) -> None:
        (warning,) = put_back(saved(noise(2)), image=saved(noise(1), icc_profile=b"junk")).warnings
        assert warning.message.startswith("Nothing of image 0 was put back: its colours cannot be converted to those")


# What stays as it came


ANIMATION = saved(noise(2), save_all=True, append_images=[noise(3)])


@pytest.mark.parametrize(
    ("came", "why"),
    [
        (saved(noise(2, (8, 12))), "it has 8x12 pixels, and images[0] 12x8"),
        (ANIMATION, "it is an animation"),
        (saved(noise(2).convert("P"), "GIF"), "it is image/gif"),
        (b'<svg xmlns="http://www.w3.org/2000/svg" width="12" height="8"/>', "it is image/svg+xml"),
        (saved(noise(2))[:60], "it cannot be read by Pillow"),
    ],
    ids=["another size", "an animation", "a gif", "an svg", "cut"],
)
def test_what_cannot_be_put_back_stays_as_it_came_with_a_warning(came: bytes, why: str) -> None:
    result = put_back(came, saved(noise(2)))
    (warning,) = result.warnings
    assert (warning.code, warning.parameter) == ("not_restored", "mask")
    assert warning.message.startswith(f"Nothing of image 0 was put back: {why}")
    assert result.images[0].read() == came
    assert result.images[1].details["restored"]


def test_a_picture_that_is_only_a_url_stays_one() -> None:
    result = ImageResult(images=(Image(url="https://a.example/x.png"),))
    request = EditRequest("a cat", images=INPUT, mask=MASK)
    (warning,) = restored(result, request, BlobWriter).warnings
    assert warning.message == "Nothing of image 0 was put back: it has no bytes."


def test_a_jpeg_becomes_a_png_and_says_so() -> None:
    result = put_back(saved(noise(2), "JPEG"))
    (warning,) = result.warnings
    assert (warning.code, warning.requested, warning.sent) == ("restored_as_png", "jpeg", "png")
    assert result.image.media_type == "image/png"
    assert differences(opened(result.image), noise(1)) <= INSIDE


def test_an_input_that_has_gone_by_then_takes_nothing_away(tmp_path: Path) -> None:
    path = tmp_path / "cat.png"
    path.write_bytes(INPUT)
    request = EditRequest("a cat", images=path, mask=MASK)
    path.unlink()
    came = ImageResult(images=(Image.of(saved(noise(2))),))
    result = restored(came, request, BlobWriter)
    assert result.images == came.images
    assert result.warnings[0].message.startswith("Nothing was put back: images[0] cannot be read by Pillow")


def test_an_input_that_is_only_a_url_takes_nothing_away() -> None:
    """A plan refuses it; who calls this alone is told."""
    came = ImageResult(images=(Image.of(saved(noise(2))),))
    request = EditRequest("a cat", images="https://a.example/x.png", mask=MASK)
    (warning,) = restored(came, request, BlobWriter).warnings
    assert warning.message == "Nothing was put back: images[0] has no bytes."


def test_where_it_is_not_wanted_nothing_is_touched() -> None:
    came = ImageResult(images=(Image.of(saved(noise(2))),))
    for request in (EditRequest("a cat", images=INPUT, mask=Mask(MASK.as_transparent())),
                    EditRequest("a cat", images=INPUT), EditRequest("a cat", mask=MASK),
                    limner.GenerateRequest("a cat")):  # fmt: skip
        assert restored(came, request, BlobWriter) is came


# Through the clients


STUDIO = OpenAIImages(
    name="studio",
    base_url="https://studio.example/v1",
    key_variable="STUDIO_API_KEY",
    capabilities=ProviderCapabilities(
        models=(ModelCapabilities("brush", operations={"edit": streaming(GPT_IMAGE_EDIT)}),),
        unknown=None,
        source=SOURCE,
    ),
)


def sync_edit(client: dict[str, Any], given: dict[str, Any]) -> ImageResult:
    with limner.Client(**client) as opened_client:
        return opened_client.edit("a cat", **given)


def sync_stream(client: dict[str, Any], given: dict[str, Any]) -> ImageResult:
    with limner.Client(**client) as opened_client, opened_client.stream_edit("a cat", **given) as stream:
        return stream.until_done()


def async_edit(client: dict[str, Any], given: dict[str, Any]) -> ImageResult:
    async def main() -> ImageResult:
        async with limner.AsyncClient(**client) as opened_client:
            return await opened_client.edit("a cat", **given)

    return asyncio.run(main())


def async_stream(client: dict[str, Any], given: dict[str, Any]) -> ImageResult:
    async def main() -> ImageResult:
        async with limner.AsyncClient(**client) as opened_client, opened_client.stream_edit("a cat", **given) as stream:
            return await stream.until_done()

    return asyncio.run(main())


@pytest.fixture(params=[sync_edit, sync_stream, async_edit, async_stream])
def edit(request: pytest.FixtureRequest, server: Any) -> Edit:
    """An edit by each way there is; a JSON answer to a stream is understood too."""
    pictures = [{"b64_json": b64encode(saved(noise(seed))).decode()} for seed in (2, 3)]
    server.script(server.reply(json={"created": 1, "data": pictures}))
    client = {"providers": [STUDIO], "keys": {"studio": "k"}, "base_urls": {"studio": server.url}, "environ": {}}
    return lambda **given: request.param(client, {"model": "studio/brush", "images": INPUT, "n": 2, **given})


def test_every_way_to_edit_puts_back(edit: Edit) -> None:
    for image in edit(mask=MASK):
        assert image.details["restored"]
        assert differences(opened(image), noise(1)) <= INSIDE


def test_the_mask_travels_as_the_provider_wants_it(edit: Edit, server: Any) -> None:
    edit(mask=MASK)
    part = server.asked[0].parts()["mask"]
    sent = PIL.Image.open(io.BytesIO(part.get_content()))
    assert (part.get_content_type(), sent.mode) == ("image/png", "RGBA")
    assert sent.getchannel("A").tobytes() == hole().point(lambda one: 255 - one).tobytes()


def test_pictures_on_disk_are_the_ones_that_were_put_back(edit: Edit, tmp_path: Path) -> None:
    result = edit(mask=MASK, to=tmp_path / "cat.png")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["cat-1.png", "cat-2.png"]
    for image, path in zip(result, sorted(tmp_path.iterdir()), strict=True):
        assert path.read_bytes() == image.read()
        assert differences(PIL.Image.open(path), noise(1)) <= INSIDE


def test_large_pictures_are_written_beside_each_other_and_none_is_left_over(tmp_path: Path, server: Any) -> None:
    big = (400, 300)
    picture = {"b64_json": b64encode(saved(noise(2, big))).decode()}
    server.script(server.reply(json={"data": [picture]}))
    client = {"providers": [STUDIO], "keys": {"studio": "k"}, "base_urls": {"studio": server.url}, "environ": {}}
    given = {"images": saved(noise(1, big)), "mask": Mask(saved(hole(big)), edit="white", restore=True)}
    result = sync_edit(client, {"model": "studio/brush", **given, "to": f"{tmp_path}/"})
    assert [path.name for path in tmp_path.iterdir()] == [f"{result.image.data.sha256[:12]}-0.png"]
    assert result.image.path == next(tmp_path.iterdir())
    assert differences(opened(result.image), noise(1, big)) <= INSIDE


def test_an_event_loop_does_not_stand_still_meanwhile(server: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Putting back waits for the loop, which would never come if it were the one that waits."""
    server.script(server.reply(json={"data": [{"b64_json": b64encode(saved(noise(2))).decode()}]}))

    async def main() -> ImageResult:
        loop, begun = asyncio.get_running_loop(), asyncio.Event()

        def slowly(*given: Any) -> ImageResult:
            asyncio.run_coroutine_threadsafe(asyncio.sleep(0), loop).result(timeout=5)
            loop.call_soon_threadsafe(begun.set)
            return restored(*given)

        monkeypatch.setattr("limner.client_base.restored", slowly)
        keys: Any = {"keys": {"studio": "k"}, "base_urls": {"studio": server.url}, "environ": {}}
        async with limner.AsyncClient(providers=[STUDIO], **keys) as client:
            result = await client.edit("a cat", model="studio/brush", images=INPUT, mask=MASK)
        assert begun.is_set()
        return result

    assert asyncio.run(main()).image.details["restored"]


def test_who_is_cancelled_meanwhile_has_what_was_paid_for(server: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    server.script(server.reply(json={"data": [{"b64_json": b64encode(saved(noise(2))).decode()}]}))

    async def main() -> None:
        loop = asyncio.get_running_loop()
        keys: Any = {"keys": {"studio": "k"}, "base_urls": {"studio": server.url}, "environ": {}}
        async with limner.AsyncClient(providers=[STUDIO], **keys) as client:
            task = loop.create_task(client.edit("a cat", model="studio/brush", images=INPUT, mask=MASK))

            def stopped(*given: Any) -> ImageResult:
                loop.call_soon_threadsafe(task.cancel)
                asyncio.run_coroutine_threadsafe(asyncio.sleep(0.01), loop).result(timeout=5)
                return restored(*given)

            monkeypatch.setattr("limner.client_base.restored", stopped)
            with pytest.raises(asyncio.CancelledError) as caught:
                await task
            assert [image.data for image in caught.value.images] == [Blob(saved(noise(2)))]  # type: ignore[attr-defined]

    asyncio.run(main())
