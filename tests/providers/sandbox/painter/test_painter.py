"""The painter: what its files are, by Pillow's reading."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from io import BytesIO
from typing import Any
from xml.etree import ElementTree as ET

import pytest
from PIL import Image, ImageChops, ImageStat

from limner_sandbox.painter import Commission, asks_for_emblem, paint

SMALL = {"prompt": "a lighthouse at dawn", "width": 192, "height": 128}


def painted(**changes: Any) -> bytes:
    return paint(Commission(**{**SMALL, **changes}))


def opened(**changes: Any) -> Image.Image:
    image = Image.open(BytesIO(painted(**changes)))
    image.load()
    return image


def apart(first: Image.Image, second: Image.Image) -> float:
    """The mean difference of two pictures, 0-255."""
    difference = ImageChops.difference(first.convert("RGB"), second.convert("RGB"))
    return sum(ImageStat.Stat(difference).mean) / 3


@pytest.mark.parametrize("file_format", ["png", "jpeg", "webp", "gif", "svg"])
def test_the_same_commission_gives_the_same_bytes(file_format: str) -> None:
    assert painted(format=file_format) == painted(format=file_format)


def test_painting_in_threads_changes_nothing() -> None:
    with ThreadPoolExecutor(4) as pool:
        assert len(set(pool.map(lambda _: painted(), range(8)))) == 1


def test_another_prompt_gives_clearly_another_picture() -> None:
    assert apart(opened(), opened(prompt="a desert at night")) > 20


def test_another_variation_gives_another_picture_of_the_same_theme() -> None:
    assert apart(opened(), opened(variation=1)) > 8


@pytest.mark.parametrize("size", [(1024, 1024), (1536, 1024), (1024, 1536), (16, 16), (48, 16), (2560, 1440)])
def test_the_picture_has_the_asked_size(size: tuple[int, int]) -> None:
    assert opened(width=size[0], height=size[1]).size == size


@pytest.mark.parametrize("kind", ["png", "jpeg", "webp", "gif"])
def test_the_file_is_of_the_asked_format(kind: str) -> None:
    assert opened(format=kind).format == kind.upper()


@pytest.mark.parametrize("kind", ["png", "jpeg", "webp"])
def test_an_opaque_picture_has_no_alpha_channel(kind: str) -> None:
    assert opened(format=kind).mode == "RGB"


@pytest.mark.parametrize("kind", ["png", "webp"])
@pytest.mark.parametrize("size", [(128, 128), (192, 128), (128, 192)])
def test_the_corners_of_a_transparent_picture_are_fully_transparent(kind: str, size: tuple[int, int]) -> None:
    picture = opened(format=kind, transparent=True, width=size[0], height=size[1])
    alpha = picture.getchannel("A")
    corners = [(0, 0), (size[0] - 1, 0), (0, size[1] - 1), (size[0] - 1, size[1] - 1)]
    assert [alpha.getpixel(corner) for corner in corners] == [0, 0, 0, 0]


def test_the_middle_of_a_transparent_picture_is_opaque() -> None:
    assert opened(transparent=True).getchannel("A").getpixel((96, 64)) == 255


@pytest.mark.parametrize("kind", ["jpeg", "webp"])
def test_a_smaller_compression_number_makes_a_smaller_file(kind: str) -> None:
    sizes = [len(painted(format=kind, compression=number)) for number in (0, 25, 50, 75, 100)]
    assert sizes == sorted(set(sizes))


@pytest.mark.parametrize("count", [2, 3, 9, 16])
def test_an_animation_has_the_asked_number_of_frames(count: int) -> None:
    assert getattr(opened(format="gif", frame_count=count), "n_frames", 1) == count


@pytest.mark.parametrize(("asked", "told"), [(200, 200), (204, 200), (206, 210), (700_000, 655_350)])
def test_a_frames_delay_is_rounded_to_10_ms_and_capped(asked: int, told: int) -> None:
    assert opened(format="gif", frame_count=2, frame_duration_ms=asked).info["duration"] == told


def test_an_animation_moves_in_every_frame() -> None:
    film = opened(format="gif", frame_count=4)
    frames = []
    for index in range(4):
        film.seek(index)
        frames.append(film.convert("RGB"))
    assert all(apart(frames[i], frames[i - 1]) > 0.2 for i in range(4))


def test_an_animation_loops() -> None:
    assert opened(format="gif").info["loop"] == 0


def test_an_unfinished_picture_gets_closer_to_the_finished_one() -> None:
    finished = opened()
    distances = [apart(opened(sharpness=share), finished) for share in (0.05, 0.15, 0.4)]
    assert distances == sorted(distances, reverse=True)


def test_a_drawing_is_well_formed_markup_of_the_asked_size() -> None:
    root = ET.fromstring(painted(format="svg"))  # noqa: S314 - our own markup
    assert (root.get("viewBox"), root.get("width")) == ("0 0 192 128", "192")


def test_a_drawing_holds_shapes_only() -> None:
    root = ET.fromstring(painted(format="svg"))  # noqa: S314 - our own markup
    known = {"svg", "title", "defs", "linearGradient", "radialGradient", "stop", "clipPath"}
    assert {e.tag.rpartition("}")[2] for e in root.iter()} - known == {"g", "path", "rect", "ellipse", "use"}


def test_a_drawing_refers_to_nothing_outside_itself() -> None:
    root = ET.fromstring(painted(format="svg"))  # noqa: S314 - our own markup
    assert {v for e in root.iter() for k, v in e.attrib.items() if k.endswith("href")} == {"#above"}


@pytest.mark.parametrize("prompt", ["<script>alert(1)</script> & co", "a\x00b\ud800c\uffff", "☃ снег 雪"])
def test_any_prompt_makes_a_well_formed_drawing(prompt: str) -> None:
    ET.fromstring(painted(format="svg", prompt=prompt))  # noqa: S314 - our own markup


SCENES = [
    "a black cat on a beach", "a white siamese cat", "balloons at noon", "a cherry tree in spring", "a tree in winter",
    "a cottage in autumn", "a ringed planet over the desert", "neon city at night", "city at noon", "forest, snow",
    "mountain lake at sunrise", "aurora over the mountains", "storm at sea with a sailboat", "lighthouse and house",
    "gulls over hills at dusk", "a lighthouse in the desert", "a boat in a city",
]  # fmt: skip


@pytest.mark.parametrize("prompt", SCENES)
@pytest.mark.parametrize("kind", ["png", "svg"])
def test_every_scene_can_be_painted_and_drawn(prompt: str, kind: str) -> None:
    assert len(painted(prompt=prompt, format=kind)) > 5000


@pytest.mark.parametrize("prompt", SCENES)
def test_no_scene_is_dull(prompt: str) -> None:
    """Its luminance spreads, and it has hundreds of colors."""
    picture = opened(prompt=prompt).convert("RGB")
    spread = ImageStat.Stat(picture.convert("L")).stddev[0]
    assert spread > 15
    assert len(set(picture.resize((96, 64)).get_flattened_data())) > 800


@pytest.mark.parametrize(
    ("prompt", "asked"),
    [("a sticker of a fox", True), ("our Logo", True), ("transparent glass", True), ("a lighthouse", False)],
)
def test_words_for_cut_outs_are_recognized(prompt: str, asked: bool) -> None:  # noqa: FBT001 - a table
    assert asks_for_emblem(prompt) is asked


@pytest.mark.parametrize(
    "wrong", [{"width": 0}, {"compression": 101}, {"format": "bmp"}, {"frame_count": 1}, {"sharpness": 1.5}]
)
def test_an_impossible_commission_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=next(iter(wrong))):
        Commission(**{**SMALL, **wrong})
