"""Masks: what is marked in each polarity, how it is written for a provider, and what is refused before it is sent."""

from __future__ import annotations

import io
import pickle
import sys
from typing import TYPE_CHECKING, Any

import PIL.Image
import pytest
from hypothesis import given
from hypothesis import strategies as st

import limner
from limner.errors import BadInputError, ConfigError
from limner.inputs import ImageInput, ProviderImage
from limner.masks import Mask
from limner.requests import EditRequest

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

URL = "https://a.example/m.png"


def picture(mode: str, pixels: Iterable[Any], width: int, kind: str = "PNG", **more: Any) -> bytes:
    pixels = list(pixels)
    image = PIL.Image.new(mode, (width, len(pixels) // width))
    image.putdata(pixels)
    buffer = io.BytesIO()
    image.save(buffer, kind, **more)
    return buffer.getvalue()


def grey(*pixels: int, **more: Any) -> bytes:
    return picture("L", pixels, len(pixels), **more)


def clear(*alphas: int) -> bytes:
    return picture("RGBA", ((200, 100, 50, alpha) for alpha in alphas), len(alphas))


def pixels(image: ImageInput, channel: str | None = None) -> list[int]:
    assert image.blob is not None
    opened = PIL.Image.open(io.BytesIO(image.blob.read()))
    return list((opened.getchannel(channel) if channel else opened).tobytes())


def marked(mask: Mask) -> list[int]:
    return list(mask.marked().tobytes())


def fault(mask: Mask) -> str:
    with pytest.raises(BadInputError) as caught:
        mask.as_white()
    assert caught.value.param == "mask"
    return str(caught.value)


class TestWhatIsMarked:
    @pytest.mark.parametrize(
        ("edit", "data", "expected"),
        [
            ("transparent", clear(0, 1, 128, 255), [255, 0, 0, 0]),
            ("white", grey(0, 127, 128, 255), [0, 0, 255, 255]),
            ("black", grey(0, 127, 128, 255), [255, 255, 0, 0]),
            ("white", picture("1", [0, 1], 2), [0, 255]),
            ("white", picture("I;16", [300, 32_767, 32_768, 65_535], 4), [0, 0, 255, 255]),
            ("white", picture("RGB", [(255, 0, 0), (255, 255, 0), (255, 255, 255)], 3), [0, 255, 255]),
            ("white", picture("RGBA", [(255, 255, 255, 255), (255, 255, 255, 0), (0, 0, 0, 0)], 3), [255, 0, 0]),
            ("black", picture("RGBA", [(0, 0, 0, 255), (0, 0, 0, 0), (255, 255, 255, 0)], 3), [255, 0, 0]),
            ("white", picture("LA", [(255, 255), (255, 127)], 2), [255, 0]),
        ],
    )  # fmt: skip
    def test_a_pixel_changes_or_stays(self, edit: Any, data: bytes, expected: list[int]) -> None:
        """From half grey on it is white; what is transparent is not marked; fully transparent is not half so."""
        assert marked(Mask(data, edit=edit)) == expected

    def test_a_jpeg_is_never_quite_white(self) -> None:
        data = picture("L", [255] * 64 + [0] * 64, 8, kind="JPEG", quality=30)
        assert marked(Mask(data, edit="white"))[::8] == [255] * 8 + [0] * 8

    def test_a_mask_is_read_as_it_is_shown(self) -> None:
        exif = PIL.Image.Exif()
        exif[0x0112] = 6
        mask = Mask(picture("L", [255, 0, 0], 3, exif=exif), edit="white")
        assert (mask.as_white().width, mask.as_white().height) == (1, 3)

    @pytest.mark.parametrize(
        ("edit", "data", "what"),
        [("transparent", clear(1, 255), "fully transparent"), ("white", grey(0, 127), "white"),
         ("black", grey(255, 128), "black")],
    )  # fmt: skip
    def test_a_mask_that_marks_nothing_is_most_likely_of_another_polarity(
        self, edit: Any, data: bytes, what: str
    ) -> None:
        assert fault(Mask(data, edit=edit)) == f"mask marks nothing to edit: no pixel of it is {what}."


class TestWhatIsSent:
    def test_a_transparent_mask_is_sent_as_it_is(self, tmp_path: Path) -> None:
        path = tmp_path / "m.png"
        path.write_bytes(clear(0, 255))
        sent = Mask(path).as_transparent()
        assert sent.blob is not None
        assert (sent.name, sent.blob.path, sent.blob.read()) == ("m.png", path, clear(0, 255))

    def test_a_white_one_becomes_a_png_with_alpha(self, tmp_path: Path) -> None:
        path = tmp_path / "m.jpg"
        path.write_bytes(picture("L", [255] * 64 + [0] * 64, 8, kind="JPEG"))
        sent = Mask(path, edit="white").as_transparent()
        assert (sent.media_type, sent.alpha, sent.name) == ("image/png", True, "m.png")
        assert (sent.width, sent.height) == (8, 16)
        assert pixels(sent, "A") == [0] * 64 + [255] * 64

    def test_what_was_bytes_has_no_name(self) -> None:
        assert Mask(grey(255), edit="white").as_transparent().name is None

    def test_a_provider_of_the_other_polarity_gets_black_and_white(self) -> None:
        sent = Mask(clear(0, 255, 1)).as_white()
        assert (sent.media_type, sent.alpha, pixels(sent)) == ("image/png", False, [255, 0, 0])

    def test_it_is_written_once(self) -> None:
        mask = Mask(grey(255, 0), edit="white")
        assert mask.as_transparent() is mask.as_transparent()

    @pytest.mark.parametrize("image", [URL, ProviderImage("62MY", provider="acme")])
    def test_what_is_not_here_is_sent_as_it_is_or_not_at_all(self, image: Any) -> None:
        assert Mask(image).as_transparent() == ImageInput.of(image)
        assert fault(Mask(image, edit="white")).startswith("Mask(edit='white') needs the bytes of mask")

    def test_a_text_is_not_looked_up(self) -> None:
        mask = Mask("no such file.png", edit="white")
        assert mask.as_transparent() is mask.image
        assert fault(mask) == (
            "Mask(edit='white') needs the bytes of mask ('no such file.png'), which is given by a text: limner fetches"
            " no images that go in."
        )

    def test_what_pillow_cannot_read_says_so(self) -> None:
        assert fault(Mask(b"BM junk", edit="white")).startswith("mask cannot be read by Pillow: cannot identify")


@given(st.lists(st.integers(0, 255), min_size=1).filter(lambda alphas: 0 in alphas))
def test_every_way_to_say_it_comes_to_the_same(alphas: list[int]) -> None:
    """Transparent to white and back, and white to black: the same pixels change."""
    first = Mask(clear(*alphas))
    white = Mask(first.as_white(), edit="white")
    black = Mask(grey(*(255 - shade for shade in pixels(first.as_white()))), edit="black")
    back = Mask(white.as_transparent())
    assert marked(first) == marked(white) == marked(black) == marked(back) == [255 * (one == 0) for one in alphas]


@given(st.lists(st.integers(0, 255), min_size=1))
def test_black_is_what_white_is_not(shades: list[int]) -> None:
    def tell(edit: Any) -> list[int]:
        try:
            return marked(Mask(grey(*shades), edit=edit))
        except BadInputError:
            return [0] * len(shades)

    assert [one + other for one, other in zip(tell("white"), tell("black"), strict=True)] == [255] * len(shades)


class TestTheValue:
    def test_an_image_given_as_mask_is_one_that_is_transparent(self) -> None:
        request = EditRequest("a cat", images=URL, mask=clear(0))
        assert request.mask == Mask(clear(0), edit="transparent", restore=False)
        assert EditRequest("a cat", images=URL).mask is None

    def test_declarations_see_what_is_sent(self) -> None:
        request = EditRequest("a cat", images=URL, mask=Mask(grey(255), edit="white"))
        assert request.given()["mask"] == request.mask.as_transparent()

    def test_it_compares_and_pickles_converted_or_not(self) -> None:
        mask = Mask(grey(255, 0), edit="white", restore=True)
        again = pickle.loads(pickle.dumps(mask))  # noqa: S301 - our own bytes
        mask.as_white()
        assert pickle.loads(pickle.dumps(mask)) == again == mask  # noqa: S301 - the same
        assert hash(again) == hash(mask)
        assert again != limner.Mask(grey(255, 0), edit="black", restore=True)

    @pytest.mark.parametrize(
        ("more", "told"),
        [({"edit": "alpha"}, "Mask's edit is one of 'transparent', 'white', 'black': what changes; it was given 'al"),
         ({"restore": 1}, "Mask's restore is True or False; it was given int.")],
    )  # fmt: skip
    def test_its_words_are_checked(self, more: Any, told: str) -> None:
        with pytest.raises(BadInputError) as caught:
            Mask(clear(0), **more)
        assert str(caught.value).startswith(told)
        assert caught.value.param == "mask"

    def test_what_is_no_image_is_named(self) -> None:
        with pytest.raises(BadInputError, match="mask is empty"):
            Mask(b"")


class TestWithoutPillow:
    @pytest.fixture(autouse=True)
    def no_pillow(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setitem(sys.modules, "PIL", None)
        monkeypatch.setitem(sys.modules, "PIL.Image", None)

    def test_a_transparent_mask_needs_none(self) -> None:
        assert Mask(CLEAR).as_transparent() == ImageInput.of(CLEAR)

    @pytest.mark.parametrize("edit", ["white", "black"])
    def test_another_says_what_to_install(self, edit: Any) -> None:
        with pytest.raises(ConfigError) as caught:
            Mask(CLEAR, edit=edit).as_transparent()
        assert str(caught.value) == f"Mask(edit={edit!r}) needs Pillow: pip install 'limner[pillow]'"

    def test_putting_back_says_so_before_anything_is_sent(self) -> None:
        with pytest.raises(ConfigError, match="pip install"):
            EditRequest("a cat", images=CLEAR, mask=Mask(CLEAR, restore=True)).check()


CLEAR = clear(0, 255)


class TestPuttingBackIsChecked:
    def told(self, image: Any, mask: Mask, **more: Any) -> str:
        with pytest.raises(BadInputError) as caught:
            EditRequest("a cat", images=image, mask=mask, **more).check()
        assert caught.value.param == "mask"
        return str(caught.value)

    @pytest.mark.parametrize(
        ("image", "mask", "problem"),
        [
            (URL, CLEAR, "needs the bytes of images[0] (https://a.example/m.png), which is given by a URL"),
            (CLEAR, URL, "needs the bytes of mask (https://a.example/m.png), which is given by a URL"),
            (ProviderImage("1", provider="a"), CLEAR, "needs the bytes of images[0], which is given by an id"),
            (b"BM junk", CLEAR, "images[0] cannot be read by Pillow"),
            (grey(1, 2, 3), CLEAR, "mask has 2x1 pixels and images[0], as it is shown, 3x1"),
            (CLEAR, clear(255, 255), "mask marks nothing to edit"),
        ],
    )
    def test_what_would_be_paid_for_in_vain_is_refused(self, image: Any, mask: Any, problem: str) -> None:
        assert problem in self.told(image, Mask(mask, restore=True))

    def test_the_pictures_have_to_come(self) -> None:
        assert "delivery='url' leaves them" in self.told(CLEAR, Mask(CLEAR, restore=True), delivery="url")

    def test_a_photograph_is_compared_as_it_is_shown(self) -> None:
        exif = PIL.Image.Exif()
        exif[0x0112] = 6
        turned = picture("RGB", [(1, 2, 3)] * 2, 1, kind="JPEG", exif=exif)
        EditRequest("a cat", images=turned, mask=Mask(CLEAR, restore=True)).check()
        assert "images[0], as it is shown, 2x1" in self.told(
            turned, Mask(picture("L", [255, 0], 1), edit="white", restore=True)
        )

    def test_where_nothing_is_put_back_nothing_is_asked(self) -> None:
        for mask, images in ((Mask(CLEAR), URL), (None, URL), (Mask(CLEAR, restore=True), None)):
            EditRequest("a cat", images=images, mask=mask).check()
