"""Images that go in: whatever they are given as, and what is known of them."""

from __future__ import annotations

import base64
import io
import os
import pickle
import struct
import tracemalloc
import zlib
from pathlib import Path
from typing import TYPE_CHECKING, Any

import PIL.Image
import pytest

from limner.capabilities.pictures import is_picture
from limner.errors import BadInputError
from limner.inputs import ImageInput, ProviderImage, image_inputs
from limner.media import Blob, Image
from limner.requests import GenerateRequest

if TYPE_CHECKING:
    from collections.abc import Callable

SVG = b'<svg xmlns="http://www.w3.org/2000/svg" width="3" height="2"/>'


def png(width: int = 3, height: int = 2) -> bytes:
    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 6, 0, 0, 0))
    rows = zlib.compress((b"\0" + b"\1\2\3\4" * width) * height)
    return b"\x89PNG\r\n\x1a\n" + header + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


PNG = png()
DATA_URL = f"data:image/png;base64,{base64.b64encode(PNG).decode()}"


@pytest.fixture
def cat(tmp_path: Path) -> Path:
    path = tmp_path / "cat.png"
    path.write_bytes(PNG)
    return path


class TestWhatIsGiven:
    @pytest.mark.parametrize(
        "given",
        [
            lambda path: path,
            lambda path: ImageInput.of(os.fspath(path)).opened(),
            lambda path: list(os.scandir(path.parent))[0],  # noqa: RUF015 - read to its end, which closes it
            lambda _: PNG,
            lambda _: bytearray(PNG),
            lambda _: memoryview(PNG),
            lambda _: io.BytesIO(PNG),
            lambda _: Blob(PNG),
            lambda _: Image.of(PNG),
            lambda _: Image.of(PNG, url="https://a.example/expired.png"),
            lambda _: Image(url=DATA_URL),
            lambda _: DATA_URL,
            lambda _: ImageInput.of(PNG),
        ],
        ids=[
            "path", "text", "entry", "bytes", "bytearray", "view", "open file", "blob", "image",
            "image with a URL too", "image with a data URL", "data URL", "itself",
        ],
    )  # fmt: skip
    def test_bytes_are_known_by_their_header(self, cat: Path, given: Callable[[Path], Any]) -> None:
        image = ImageInput.of(given(cat))
        assert (image.kind, image.media_type, image.size) == ("bytes", "image/png", len(PNG))
        assert (image.width, image.height, image.alpha) == (3, 2, True)
        assert (image.url, image.id) == (None, None)
        assert image.blob is not None
        assert image.blob.read() == PNG

    @pytest.mark.parametrize(
        "url", ["https://a.example/cat.png", "HTTP://a.example:8080/cat?sig=1#x", "https://a.example/K\xe4tzchen.png"]
    )
    @pytest.mark.parametrize("wrap", [str, lambda url: Image(url=url)])
    def test_a_url_is_kept_as_written_and_nothing_is_known_of_it(self, url: str, wrap: Callable[[str], Any]) -> None:
        image = ImageInput.of(wrap(url))
        assert (image.kind, image.url) == ("url", url)
        assert (image.media_type, image.size, image.width, image.height, image.alpha) == (None,) * 5

    def test_an_id_is_a_providers_own(self) -> None:
        image = ImageInput.of(ProviderImage("62MY", provider="acme"))
        assert (image.kind, image.id, image.provider, image.size) == ("id", "62MY", "acme", None)

    def test_it_is_what_declarations_call_a_picture(self) -> None:
        assert is_picture(ImageInput.of(PNG))

    def test_a_file_keeps_its_name_without_its_folder(self, cat: Path) -> None:
        with cat.open("rb") as handle:
            given = (cat, handle, Blob.from_path(cat), Image.of(Blob.from_path(cat)))
            assert [ImageInput.of(one).name for one in given] == ["cat.png"] * 4
        assert ImageInput.of(str(cat)).opened().name == "cat.png"
        assert ImageInput.of(PNG).name is None

    def test_a_name_can_be_sent_whatever_bytes_the_file_system_has(self, tmp_path: Path) -> None:
        path = Path(os.fsdecode(os.fsencode(tmp_path) + b"/k\xe4tzchen.png"))
        path.write_bytes(PNG)
        assert ImageInput.of(path).name == "k?tzchen.png"

    @pytest.mark.parametrize("text", ["cat.png", "no such file.png", "", "a\0b", "//evil.example/share/cat.png", "."])
    def test_a_text_that_is_no_url_is_kept_and_not_looked_up(
        self, cat: Path, monkeypatch: pytest.MonkeyPatch, text: str
    ) -> None:
        monkeypatch.chdir(cat.parent)
        for name in ("stat", "lstat", "open"):
            monkeypatch.setattr(os, name, lambda *_, **__: pytest.fail("looked at the file system"))
        image = ImageInput.of(text)
        assert (image.kind, image.text, image.blob, image.media_type, image.size) == ("bytes", text, None, None, None)

    def test_only_a_text_has_to_be_opened(self, cat: Path) -> None:
        assert ImageInput.of(str(cat)).opened() == ImageInput.of(cat)
        for given in (cat, DATA_URL, "https://a.example/x", PNG):
            image = ImageInput.of(given)
            assert image.text is None
            assert image.opened() is image

    def test_an_open_file_is_read_from_where_it_stands_and_stays_open(self, cat: Path) -> None:
        cat.write_bytes(b"junk" + PNG)
        with cat.open("rb") as handle:
            handle.seek(4)
            assert ImageInput.of(handle).size == len(PNG)
            assert not handle.closed

    def test_a_file_without_a_name_of_its_own_has_none(self, cat: Path) -> None:
        """``open`` on a descriptor calls the file by a number."""
        with open(os.open(cat, os.O_RDONLY), "rb") as handle:  # noqa: PTH123 - a descriptor
            assert ImageInput.of(handle).name is None

    def test_of_a_large_file_only_the_header_is_read(self, cat: Path) -> None:
        with cat.open("r+b") as handle:
            handle.truncate(1 << 30)
        tracemalloc.start()
        image = ImageInput.of(cat)
        assert (image.width, image.size) == (3, 1 << 30)
        assert repr(image) == "<ImageInput 'cat.png' image/png 3x2 1.1 GB>"
        assert tracemalloc.get_traced_memory()[1] < 1 << 20
        tracemalloc.stop()

    def test_a_large_open_file_does_not_stay_in_memory(self, cat: Path) -> None:
        """It is read at once, as it may be closed, and lies in a temporary file until it is sent."""
        with cat.open("r+b") as handle:
            handle.truncate(30 << 20)
            tracemalloc.start()
            assert ImageInput.of(handle).size == 30 << 20
            assert tracemalloc.get_traced_memory()[1] < 4 << 20
            tracemalloc.stop()

    def test_a_file_that_never_ends_is_given_up(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("limner._sources.LONGEST", 1 << 22)
        with open("/dev/zero", "rb") as handle, pytest.raises(BadInputError) as caught:  # noqa: PTH123 - a device
            ImageInput.of(handle)
        assert str(caught.value) == "image ('zero') gives more than 4.2 MB, and may never end."

    @pytest.mark.parametrize(("orientation", "turned"), [(1, False), (3, False), (6, True), (8, True)])
    @pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
    def test_a_camera_that_was_held_upright_says_so(self, kind: str, orientation: int, turned: bool) -> None:  # noqa: FBT001 - a parameter
        buffer, exif = io.BytesIO(), PIL.Image.Exif()
        exif[0x0112] = orientation
        PIL.Image.new("RGB", (4, 3)).save(buffer, kind, exif=exif)
        image = ImageInput.of(buffer.getvalue())
        assert (image.width, image.height, image.turned) == (4, 3, turned)

    def test_an_animation_tells_its_frames(self) -> None:
        buffer = io.BytesIO()
        frames = [PIL.Image.new("RGB", (2, 2), shade) for shade in ("red", "blue")]
        frames[0].save(buffer, "PNG", save_all=True, append_images=frames[1:])
        assert ImageInput.of(buffer.getvalue()).frames == 2
        assert (ImageInput.of(PNG).frames, ImageInput.of("https://a.example/x.png").frames) == (1, None)

    def test_what_is_not_known_may_still_be_a_picture(self) -> None:
        """HEIC, BMP and others: a provider may take them, and a declaration says that it cannot tell."""
        image = ImageInput.of(b"BM\x8a\x00\x00\x00\x00\x00\x00\x00")
        assert (image.kind, image.media_type, image.width, image.alpha) == ("bytes", None, None, None)

    def test_an_svg_is_a_picture_where_it_does_not_claim_to_be_another(self, tmp_path: Path) -> None:
        (tmp_path / "cat.svg").write_bytes(SVG)
        assert ImageInput.of(tmp_path / "cat.svg").media_type == ImageInput.of(SVG).media_type == "image/svg+xml"

    @pytest.mark.parametrize(
        "url",
        [
            DATA_URL.replace("image/png", ""),
            DATA_URL.replace("data:", "DATA:").replace("base64", "Base64"),
            DATA_URL.rstrip("="),
            DATA_URL[:40] + "\n" + DATA_URL[40:],
            DATA_URL.replace("=", "%3D"),
        ],
    )
    def test_data_urls_are_read_as_browsers_read_them(self, url: str) -> None:
        assert ImageInput.of(url).size == len(PNG)

    def test_a_data_url_need_not_be_base64(self) -> None:
        assert ImageInput.of("data:image/svg+xml,%3Csvg width='3' height='2'/%3E").width == 3


class TestPillow:
    @pytest.mark.parametrize(
        ("mode", "alpha"),
        [("1", False), ("L", False), ("LA", True), ("P", False), ("RGB", False), ("RGBA", True), ("I;16", False),
         ("CMYK", False), ("YCbCr", False), ("HSV", False), ("F", False), ("La", True), ("PA", True), ("RGBa", True)],
    )  # fmt: skip
    def test_an_image_of_any_mode_is_written_as_png(self, mode: str, alpha: bool) -> None:  # noqa: FBT001 - a parameter
        image = ImageInput.of(PIL.Image.new(mode, (3, 2)))
        assert (image.media_type, image.width, image.height, image.alpha) == ("image/png", 3, 2, alpha)

    def test_it_is_written_at_once_as_it_may_change_later(self) -> None:
        drawing = PIL.Image.new("RGB", (1, 1), "red")
        image = ImageInput.of(drawing)
        drawing.putpixel((0, 0), (0, 0, 255))
        assert image.blob is not None
        assert PIL.Image.open(io.BytesIO(image.blob.read())).getpixel((0, 0)) == (255, 0, 0)

    def test_one_whose_file_is_cut_is_refused(self) -> None:
        with pytest.raises(BadInputError, match="image is a Pillow image that cannot be written as PNG: "):
            ImageInput.of(PIL.Image.open(io.BytesIO(PNG[:45])))


class TestTheValue:
    def test_it_is_made_of_exactly_one_thing(self) -> None:
        for fields in ({}, {"url": "u", "blob": Blob(b"x")}, {"id": "x"}, {"url": "u", "provider": "acme"}):
            with pytest.raises(BadInputError, match="by its bytes, by a URL, or by the id"):
                ImageInput(**fields)

    @pytest.mark.parametrize(
        "given", [PNG, "https://a.example/x.png?sig=1", ProviderImage("62MY", provider="acme")], ids=["b", "u", "i"]
    )
    def test_it_is_frozen_compares_and_pickles(self, given: Any) -> None:
        image = ImageInput.of(given)
        assert pickle.loads(pickle.dumps(image)) == image == ImageInput.of(given)  # noqa: S301 - our own bytes
        assert len({image, ImageInput.of(given)}) == 1
        with pytest.raises(AttributeError):
            image.url = "https://b.example"  # type: ignore[misc]

    def test_a_pickle_of_a_file_holds_its_bytes(self, cat: Path) -> None:
        data = pickle.dumps(ImageInput.of(cat))
        cat.unlink()
        image = pickle.loads(data)  # noqa: S301 - our own bytes
        assert (image.name, image.blob.read()) == ("cat.png", PNG)

    def test_a_pickle_of_a_text_is_a_text(self, cat: Path) -> None:
        """Who unpickles it may not be trusted to open files."""
        image = pickle.loads(pickle.dumps(ImageInput.of(str(cat))))  # noqa: S301 - our own bytes
        assert (image.text, image.blob) == (str(cat), None)

    @pytest.mark.parametrize(
        ("given", "shown"),
        [
            (PNG, f"<ImageInput image/png 3x2 {len(PNG)} B>"),
            (b"BM\x00\x00", "<ImageInput 4 B>"),
            ("https://a.example/x.png?sig=secret#frag", "<ImageInput https://a.example/x.png…>"),
            ("cat.png", "<ImageInput 'cat.png'>"),
            (ProviderImage("62MY", provider="acme"), "<ImageInput acme 62MY>"),
        ],
    )
    def test_its_text_shows_neither_data_nor_a_signature(self, given: Any, shown: str) -> None:
        assert repr(ImageInput.of(given)) == shown

    @pytest.mark.parametrize("id", ["", " ", "a\nb", 5, None])
    def test_an_id_is_a_text(self, id: Any) -> None:  # noqa: A002 - the field's name
        with pytest.raises(BadInputError, match=r"ProviderImage's id is a text; it was given") as caught:
            ProviderImage(id, provider="acme")
        assert caught.value.param == "id"

    def test_an_id_without_a_provider_is_a_mistake(self) -> None:
        with pytest.raises(TypeError, match="provider"):
            ProviderImage("62MY")  # type: ignore[call-arg]


class TestOneOrSeveral:
    @pytest.mark.parametrize("one", [PNG, "https://a.example/x.png", io.BytesIO(PNG), Image.of(PNG)])
    def test_a_single_one_stands_for_itself(self, one: Any) -> None:
        """Bytes, texts and open files can all be iterated over."""
        assert len(image_inputs(one, "images")) == 1

    @pytest.mark.parametrize("make", [list, tuple, iter])
    def test_several_keep_their_order(self, make: Callable[[list[Any]], Any]) -> None:
        images = image_inputs(make([PNG, "https://a.example/x.png"]), "images")
        assert [image.kind for image in images] == ["bytes", "url"]

    @pytest.mark.parametrize("none", [None, (), []])
    def test_none_at_all_is_not_set(self, none: Any) -> None:
        request = GenerateRequest("a cat", reference_images=none)
        assert (request.reference_images, request.given()) == ((), {"prompt": "a cat"})

    def test_a_request_keeps_them_as_inputs(self) -> None:
        request = GenerateRequest("a cat", reference_images=PNG)
        assert request.given()["reference_images"] == (ImageInput.of(PNG),)
        assert request.but(n=2).reference_images == request.reference_images
        assert pickle.loads(pickle.dumps(request)) == request  # noqa: S301 - our own bytes

    @pytest.mark.parametrize(
        ("given", "message"),
        [
            ("https://", "reference_images ('https://') is not a complete http(s) URL."),
            ([PNG, b""], "reference_images[1] is empty."),
            ([PNG, Path("cta.png")], "reference_images[1] ('cta.png') does not exist."),
            (5, "reference_images was given int; an image is"),
        ],
    )
    def test_a_request_says_which_one_is_wrong(self, given: Any, message: str) -> None:
        with pytest.raises(BadInputError) as caught:
            GenerateRequest("a cat", reference_images=given)
        assert str(caught.value).startswith(message)
        assert caught.value.param == "reference_images"
