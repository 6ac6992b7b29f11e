"""Images: what they are, what they show, and what they never show."""

from __future__ import annotations

import base64
import copy
import io
import pickle
import subprocess
import sys
from datetime import UTC, datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any

import attrs
import PIL.Image
import pytest
from hypothesis import given
from hypothesis import strategies as st

from limner.errors import BadImageError, BadInputError, ConfigError
from limner.media import Blob, Details, Image, extension

if TYPE_CHECKING:
    from pathlib import Path


def png(size: tuple[int, int] = (4, 3), mode: str = "RGBA", kind: str = "PNG") -> bytes:
    buffer = io.BytesIO()
    PIL.Image.effect_noise(size, 90).convert(mode).save(buffer, kind)
    return buffer.getvalue()


PNG = png()
SVG = b"<svg width='4' height='3'><script>alert(1)</script></svg>"


def test_an_image_of_bytes_has_their_type_and_pixels() -> None:
    image = Image.of(PNG)
    assert (image.media_type, image.width, image.height) == ("image/png", 4, 3)
    assert image.details == {"alpha": True, "frames": 1}
    assert image.read() == PNG


def test_the_bytes_are_right_and_claims_fill_the_rest() -> None:
    image = Image.of(
        Blob(PNG), media_type="image/webp", width=9, seed=7, index=2, revised_prompt="a cat", url="https://a.example/b",
        details={"alpha": False, "score": 0.5},
    )  # fmt: skip
    assert (image.media_type, image.width, image.seed, image.index) == ("image/png", 4, 7, 2)
    assert (image.revised_prompt, image.url) == ("a cat", "https://a.example/b")
    assert image.details == {"alpha": True, "frames": 1, "score": 0.5}


def test_bytes_that_say_nothing_leave_the_claims() -> None:
    assert Image.of(b"?", media_type="image/jxl", width=5) == Image(data=Blob(b"?"), media_type="image/jxl", width=5)


def test_a_misspelt_claim_is_an_error() -> None:
    with pytest.raises(TypeError, match="sead"):
        Image.of(PNG, sead=1)


def test_an_image_is_frozen_and_a_key_of_sets() -> None:
    image = Image.of(PNG, details={"list": [1]})
    with pytest.raises(attrs.exceptions.FrozenInstanceError):
        image.seed = 1  # type: ignore[misc]  # that is the point
    with pytest.raises(TypeError):
        image.details["x"] = 1  # type: ignore[index]  # that is the point
    assert {image, Image.of(PNG, details={"list": [1]})} == {image}


def test_an_image_pickles_and_copies_whole() -> None:
    image = Image.of(PNG, expires_at=datetime(2026, 1, 1, tzinfo=UTC), details={"a": 1})
    for other in (pickle.loads(pickle.dumps(image)), copy.deepcopy(image), attrs.evolve(image)):  # noqa: S301 - our own
        assert other == image
        assert other.details["a"] == 1


def test_details_are_a_mapping_of_their_own() -> None:
    given = {"a": 1}
    details = Details(given)
    given["a"] = 2
    assert (dict(details), len(details), repr(details)) == ({"a": 1}, 1, "{'a': 1}")


def test_expiry_is_in_utc() -> None:
    image = Image(url="x", expires_at=datetime(2026, 1, 1, 1, tzinfo=timezone(timedelta(hours=1))))
    assert image.expires_at is not None
    assert image.expires_at.isoformat() == "2026-01-01T00:00:00+00:00"
    with pytest.raises(ValueError, match="time zone"):
        Image(expires_at=datetime(2026, 1, 1))  # noqa: DTZ001 - that is the point


def test_a_moment_that_utc_does_not_have_is_unknown() -> None:
    assert Image(expires_at=datetime(1, 1, 1, tzinfo=timezone(timedelta(hours=23)))).expires_at is None


def test_reading_a_url_says_what_to_do() -> None:
    with pytest.raises(BadInputError, match=r"image 3 has only a URL: call client.download\(result\)"):
        Image(url="https://a.example/b.png", index=3).read()
    with pytest.raises(ValueError, match="neither data nor a URL"):
        Image().read()


URL = "https://user:SECRET@a.example/b/c.png?sig=SECRET#SECRET"


@pytest.mark.parametrize(
    ("image", "said"),
    [
        (Image(), "<Image 0>"),
        (Image(url=URL), "<Image 0 https://a.example/b/c.png…>"),
        (Image(url="http://[SECRET"), "<Image 0 url:…>"),
        (Image(url="data:image/png;base64,SECRET"), "<Image 0 data:…>"),
        (Image(url="https://a.example/b.png", index=2), "<Image 2 https://a.example/b.png>"),
        (Image.of(SVG), f"<Image 0 image/svg+xml 4x3 57 B sha256:{Blob(SVG).sha256[:12]}>"),
        (Image(data=Blob(b"x"), width=4), f"<Image 0 1 B sha256:{Blob(b'x').sha256[:12]}>"),
    ],
)
def test_a_repr_says_what_it_is(image: Image, said: str) -> None:
    assert repr(image) == str(image) == said


IMAGES = st.builds(
    Image,
    url=st.text() | st.just("https://a.example/" + "x" * 500),
    media_type=st.text(max_size=100),
    data=st.none() | st.just(Blob(b"SECRET")),
)


@given(IMAGES)
def test_a_repr_is_short_and_shows_no_data(image: Image) -> None:
    assert len(repr(image)) < 200
    assert "SECRET" not in repr(image)


def bundle(image: Image) -> dict[str, Any]:
    return image._repr_mimebundle_(include=None, exclude=None)


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "GIF", "WEBP"])
def test_a_notebook_shows_a_small_picture_as_it_is(kind: str) -> None:
    image = Image.of(png(mode="RGB", kind=kind))
    assert bundle(image) == {
        "text/plain": repr(image),
        f"image/{kind.lower()}": base64.b64encode(image.read()).decode(),
    }


@pytest.mark.parametrize(("size", "mode", "kind"), [((1100, 1000), "L", "PNG"), ((20, 10), "RGB", "AVIF")])
def test_a_notebook_shows_a_large_or_unusual_picture_as_a_small_png(
    size: tuple[int, int], mode: str, kind: str
) -> None:
    image = Image.of(png(size, mode, kind))
    shown = base64.b64decode(bundle(image)["image/png"])
    preview = PIL.Image.open(io.BytesIO(shown))
    assert preview.format == "PNG"
    assert max(preview.size) == min(max(size), 512)
    assert len(shown) < 1_000_000


@pytest.mark.parametrize("image", [Image.of(SVG), Image(url=URL), Image.of(b"what?")])
def test_a_notebook_shows_text_for_what_is_unsafe_or_unknown(image: Image) -> None:
    assert bundle(image) == {"text/plain": repr(image)}


def test_a_notebook_says_why_there_is_no_preview(monkeypatch: pytest.MonkeyPatch) -> None:
    broken = Image.of(png((1100, 1000), "L")[:1_000_500])
    assert bundle(broken).keys() == {"text/plain"}
    image = Image.of(png((20, 10), "RGB", "PNG") + bytes(1_000_000))
    monkeypatch.setitem(sys.modules, "PIL", None)
    monkeypatch.setitem(sys.modules, "PIL.Image", None)
    assert bundle(image) == {
        "text/plain": f"{image!r}\nNo preview of 1.0 MB: this needs Pillow: pip install 'limner[pillow]'"
    }


def test_a_notebook_survives_a_file_that_is_gone(tmp_path: Path) -> None:
    (tmp_path / "a.png").write_bytes(PNG)
    image = Image(data=Blob.from_path(tmp_path / "a.png"))
    (tmp_path / "a.png").unlink()
    assert "No preview of" in bundle(image)["text/plain"]


def test_pillow_takes_a_picture() -> None:
    image = Image.of(PNG).to_pil()
    assert (image.size, image.mode) == ((4, 3), "RGBA")


def test_all_frames_reach_pillow() -> None:
    buffer = io.BytesIO()
    frames = [PIL.Image.new("RGB", (4, 3), colour) for colour in ("red", "green")]
    frames[0].save(buffer, "GIF", save_all=True, append_images=frames[1:])
    image = Image.of(buffer.getvalue()).to_pil()
    image.seek(1)
    assert image.convert("RGB").getpixel((0, 0)) == (0, 128, 0)


def test_what_pillow_cannot_read_is_a_bad_image() -> None:
    for data, said in ((SVG, "image/svg"), (PNG[:50], "image/png"), (b"?", "data")):
        with pytest.raises(BadImageError, match=f"cannot read this {said}"):
            Image.of(data).to_pil()
    with pytest.raises(BadInputError):
        Image(url=URL).to_pil()


def test_without_pillow_the_error_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "PIL", None)
    monkeypatch.setitem(sys.modules, "PIL.Image", None)
    with pytest.raises(ConfigError, match=r"pip install 'limner\[pillow\]'"):
        Image.of(PNG).to_pil()


def test_importing_media_loads_no_pillow() -> None:
    code = "import sys, limner.media; sys.exit('PIL' in sys.modules)"
    subprocess.run([sys.executable, "-c", code], check=True)  # noqa: S603 - our own code


@pytest.mark.parametrize(
    ("media_type", "suffix"),
    [
        ("image/png", "png"), ("image/jpeg", "jpg"), ("IMAGE/JPG; q=1", "jpg"), ("image/svg+xml", "svg"),
        ("image/webp", "webp"), ("image/avif", "avif"), ("image/x-unheard-of", "bin"), ("", "bin"), (None, "bin"),
    ],
)  # fmt: skip
def test_extensions_are_the_usual_ones(media_type: str | None, suffix: str) -> None:
    assert extension(media_type) == suffix
