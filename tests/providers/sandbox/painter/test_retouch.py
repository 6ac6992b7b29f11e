"""Pictures painted from pictures: what an edit keeps, and what it changes."""

from __future__ import annotations

from io import BytesIO
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageChops, ImageStat

from limner_sandbox.painter import Commission, Sources, paint
from limner_sandbox.painter.light import hour_of
from limner_sandbox.painter.manners import WORDS, manner_of

SIZE = (96, 64)
HOLE = (30, 20, 70, 50)


def picture(prompt: str = "a lighthouse at dawn", size: tuple[int, int] = SIZE, **more: Any) -> Image.Image:
    return opened(paint(Commission(prompt=prompt, width=size[0], height=size[1], **more)))


def opened(content: bytes) -> Image.Image:
    image = Image.open(BytesIO(content))
    image.load()
    return image


def mask_of(box: tuple[int, int, int, int] = HOLE, size: tuple[int, int] = SIZE) -> Image.Image:
    mask = Image.new("L", size)
    mask.paste(255, box)
    return mask


def sources(first: Image.Image | None = None, **more: Any) -> Sources:
    return Sources(first=first or picture(), **{"digest": "1a", **more})


def work(given: Sources, prompt: str = "a red balloon", **more: Any) -> bytes:
    size = {"width": given.first.width, "height": given.first.height}
    return paint(Commission(prompt=prompt, sources=given, **{**size, **more}))


def edited(given: Sources, prompt: str = "a red balloon", **more: Any) -> Image.Image:
    return opened(work(given, prompt, **more))


def apart(one: Image.Image, other: Image.Image) -> float:
    return sum(ImageStat.Stat(ImageChops.difference(one.convert("RGB"), other.convert("RGB"))).mean) / 3


def outside(one: Image.Image, mask: Image.Image) -> Image.Image:
    """The picture with nothing where the mask is."""
    return Image.composite(Image.new(one.mode, one.size), one, mask)


@pytest.mark.parametrize("prompt", ["a red balloon", "a sea at night", "flowers", "a planet", "as a watercolor"])
@pytest.mark.parametrize("file_format", ["png", "webp"])
@pytest.mark.parametrize("mode", ["RGB", "RGBA"])
def test_outside_of_the_mask_every_pixel_stays(prompt: str, file_format: str, mode: str) -> None:
    first = picture().convert(mode)
    if mode == "RGBA":
        first.putalpha(Image.linear_gradient("L").resize(SIZE))
    transparent = mode == "RGBA"
    result = edited(sources(first, mask=mask_of()), prompt, format=file_format, transparent=transparent)
    assert outside(result, mask_of()).tobytes() == outside(first, mask_of()).tobytes()


@given(st.binary(min_size=96 * 64 // 64, max_size=96 * 64 // 64), st.sampled_from(["a cat", "the sea", "x"]))
@settings(max_examples=10)
def test_any_mask_keeps_what_it_does_not_cover(cells: bytes, prompt: str) -> None:
    small = Image.frombytes("L", (12, 8), bytes(255 * (cell > 160) for cell in cells))
    mask = small.resize(SIZE, Image.Resampling.NEAREST)
    given_ = sources(mask=mask)
    assert outside(edited(given_, prompt), mask).tobytes() == outside(given_.first, mask).tobytes()


def test_an_enlarged_edit_keeps_what_is_outside_as_enlarged() -> None:
    small, large = edited(sources(mask=mask_of())), edited(sources(mask=mask_of()), width=192, height=128)
    far = (0, 0, 40, 30)
    assert apart(small.resize(large.size).crop(far), large.crop(far)) < 4


def test_a_jpeg_stays_near_the_input_outside_of_the_mask() -> None:
    first = picture()
    result = edited(sources(first, mask=mask_of()), format="jpeg")
    assert apart(outside(result, mask_of()), outside(first, mask_of())) < 1


@pytest.mark.parametrize("prompt", ["a red balloon", "a cat", "the sea at night", "flowers", "a lighthouse, at sea"])
def test_inside_of_the_mask_it_is_another_picture(prompt: str) -> None:
    first = picture()
    assert apart(edited(sources(first, mask=mask_of()), prompt).crop(HOLE), first.crop(HOLE)) > 5


def test_a_mask_without_a_hole_changes_nothing() -> None:
    first = picture()
    assert edited(sources(first, mask=Image.new("L", SIZE))).tobytes() == first.tobytes()


def test_without_a_mask_the_whole_is_painted_again_and_recognized() -> None:
    first = picture()
    changed = edited(sources(first), "as a watercolor")
    assert 1 < apart(changed, first) < apart(first, picture("a city at night"))


@pytest.mark.parametrize("manner", [*WORDS, ""])
def test_every_manner_is_another_picture(manner: str) -> None:
    first = picture()
    mine = edited(sources(first), f"as {manner}")
    assert min(apart(mine, edited(sources(first), f"as {name}")) for name in [*WORDS, ""] if name != manner) > 3


@pytest.mark.parametrize("prompt", ["in winter", "in autumn", "in spring", "summer", "at night", "at dusk", "a storm"])
def test_seasons_and_hours_change_the_light(prompt: str) -> None:
    first = picture("a cottage in the hills at noon")
    assert apart(edited(sources(first), prompt), first) > 3


def test_a_faithful_edit_stays_nearer() -> None:
    first = picture()
    free, faithful = (edited(sources(first, faithful=each), "a vintage photograph") for each in (False, True))
    assert apart(faithful, first) < apart(free, first)


@pytest.mark.parametrize("subject", ["tree", "lighthouse", "house", "boat", "cat", "balloon", "birds"])
def test_every_subject_can_be_put_into_a_picture(subject: str) -> None:
    first = picture("the sea at noon", (192, 128))
    assert edited(sources(first), f"add a {subject}").tobytes() != edited(sources(first), "add a thing").tobytes()


def test_what_the_prompt_points_at_is_not_painted_once_more() -> None:
    wall = Image.new("RGB", (192, 128), (180, 180, 180))
    unevenness = [
        max(ImageStat.Stat(edited(sources(wall), prompt)).stddev)
        for prompt in ("the same cat at noon", "a cat at noon")
    ]
    assert unevenness[0] < 1 < unevenness[1]


def test_markup_says_where() -> None:
    first = picture("the sea at noon", (192, 128))
    guide = Image.new("RGBA", first.size)
    guide.paste((255, 0, 0, 255), (10, 10, 90, 110))
    marked = ImageChops.difference(edited(sources(first, markup=guide)), edited(sources(first, markup=guide), "x"))
    left, right = marked.crop((10, 10, 90, 110)), marked.crop((110, 10, 190, 110))
    assert sum(ImageStat.Stat(left).mean) > 2 * sum(ImageStat.Stat(right).mean)


@pytest.mark.parametrize("count", [1, 3, 15])
def test_other_pictures_are_seen_in_it(count: int) -> None:
    other = Image.new("RGB", (40, 40), (0, 255, 0))
    result = edited(sources(picture(size=(192, 128)), others=(other,) * count, faithful=True), "all together")
    red, green, blue = result.split()
    pure = ImageChops.subtract(green, ImageChops.add(red, blue)).point([0] * 90 + [1] * 166)
    assert sum(pure.tobytes()) > 60


def test_other_pictures_lie_inside_of_the_mask() -> None:
    given_ = sources(mask=mask_of(), others=(Image.new("RGBA", (20, 20), (0, 255, 0, 200)),))
    result = edited(given_, "x")
    assert outside(result, mask_of()).tobytes() == outside(given_.first, mask_of()).tobytes()
    assert max(result.getchannel("G").crop(HOLE).tobytes()) > 200


@pytest.mark.parametrize("file_format", ["png", "webp"])
def test_a_transparent_edit_is_transparent_at_its_corners(file_format: str) -> None:
    alpha = edited(sources(), "a sticker", transparent=True, format=file_format).getchannel("A")
    assert [alpha.getpixel(at) for at in ((0, 0), (95, 0), (0, 63), (95, 63))] == [0] * 4
    assert alpha.getpixel((48, 32)) == 255


def test_a_transparent_input_stays_as_transparent_as_it_was() -> None:
    first = picture(transparent=True)
    result = edited(sources(first), "as a watercolor", transparent=True)
    assert result.getchannel("A").tobytes() == first.getchannel("A").tobytes()


def test_a_transparent_part_is_a_cut_out() -> None:
    alpha = edited(sources(mask=mask_of()), "x", transparent=True).getchannel("A")
    assert (alpha.getpixel((HOLE[0], HOLE[1])), alpha.getpixel((50, 35))) == (0, 255)


def test_an_opaque_edit_of_a_transparent_input_gets_a_background() -> None:
    assert edited(sources(picture(transparent=True)), "on a beach").mode == "RGB"


@pytest.mark.parametrize("index", range(4))
def test_a_variation_differs_from_its_input_and_keeps_its_size(index: int) -> None:
    first = picture()
    varied = edited(sources(first, vary=True), "", variation=index)
    assert varied.size == first.size
    assert apart(varied, first) > 8


def test_the_variations_of_one_request_differ() -> None:
    first, second = (edited(sources(vary=True), "", variation=index) for index in range(2))
    assert apart(first, second) > 2


@pytest.mark.parametrize("more", [{}, {"mask": mask_of()}, {"vary": True}, {"others": (picture("a cat"),)}])
@pytest.mark.parametrize("file_format", ["png", "jpeg", "webp", "gif", "svg"])
def test_the_same_pictures_give_the_same_bytes(more: dict[str, Any], file_format: str) -> None:
    made = {work(sources(**more), format=file_format, frame_count=2) for _ in range(2)}
    assert len(made) == 1


def test_another_input_gives_another_part() -> None:
    one, other = (edited(sources(mask=mask_of(), digest=digest), "flowers").crop(HOLE) for digest in ("1", "2"))
    assert apart(one, other) > 2


@pytest.mark.parametrize("more", [{}, {"mask": mask_of((60, 10, 180, 120), (192, 128))}, {"vary": True}])
def test_an_unfinished_edit_gets_closer_to_the_finished_one(more: dict[str, Any]) -> None:
    given_ = sources(picture(size=(192, 128)), **more)
    finished = edited(given_)
    distances = [apart(edited(given_, sharpness=share), finished) for share in (0.05, 0.15, 0.4)]
    assert distances == sorted(distances, reverse=True)


def test_an_unfinished_edit_is_already_right_outside_of_the_mask() -> None:
    given_ = sources(mask=mask_of())
    early = edited(given_, sharpness=0.05)
    assert outside(early, mask_of()).tobytes() == outside(given_.first, mask_of()).tobytes()


@pytest.mark.parametrize("prompt", ["a balloon", "in winter", "x"])
def test_an_edited_animation_moves(prompt: str) -> None:
    film = edited(sources(), prompt, format="gif", frame_count=3)
    frames = []
    for index in range(3):
        film.seek(index)
        frames.append(film.convert("RGB"))
    assert all(apart(frames[at], frames[at - 1]) > 0.2 for at in range(3))


def test_an_edited_drawing_is_a_mosaic_of_the_input() -> None:
    drawing = work(sources(), "x", format="svg").decode()
    assert drawing.count("<path") > 500


def test_an_edited_drawing_leaves_out_what_is_transparent() -> None:
    whole, cut = (work(sources(), "x", format="svg", transparent=each).decode() for each in (False, True))
    assert 0 < cut.count("<path") < whole.count("<path")


@pytest.mark.parametrize("size", [(16, 16), (2, 2), (1, 1), (9, 3), (1, 40)])
def test_the_smallest_pictures_can_be_edited(size: tuple[int, int]) -> None:
    first = Image.new("RGB", size, (200, 30, 60))
    hole = mask_of((0, 0, 1, 1), size)
    for more in ({"mask": hole}, {"vary": True}, {"others": (first,)}, {"others": (first,), "mask": hole}):
        assert edited(sources(first, **more), "x").size == size
    for more in ({"mask": hole}, {}):
        assert edited(sources(first, **more), "x", transparent=True, sharpness=0.1).size == size
    for prompt in ("a cat", *WORDS, "winter night"):
        assert edited(sources(first), prompt).size == size


@pytest.mark.parametrize(
    ("color", "hour"), [((20, 24, 50), "night"), ((220, 140, 90), "dusk"), ((120, 170, 220), "day")]
)
def test_a_picture_shows_its_hour(color: tuple[int, int, int], hour: str) -> None:
    assert hour_of(Image.new("RGB", (40, 30), color)) == hour


@pytest.mark.parametrize(
    ("prompt", "manner"),
    [("a Watercolour of it", "watercolor"), ("in black and white", "mono"), ("a black cat, a white dog", None)],
)
def test_a_manner_is_recognized(prompt: str, manner: str | None) -> None:
    assert manner_of(prompt) == manner
