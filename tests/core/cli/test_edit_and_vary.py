"""``limner edit`` and ``limner vary``: the images that go in, and what is said of a mask."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any

import pytest
from PIL import Image as Pillow

from limner.capabilities import Count, OperationCapabilities, Parameter, Text
from limner.sidecar import Record

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from click.testing import Result

    Run = Callable[..., Result]

EDIT = OperationCapabilities(
    parameters={
        "prompt": Parameter(Text(), required=True),
        "images": Parameter(Count(1, 2), required=True),
        "mask": Count(1, 1),
    }
)
VARY = OperationCapabilities(parameters={"image": Parameter(Count(1, 1), required=True)})


def png(mode: str, color: object) -> bytes:
    buffer = io.BytesIO()
    Pillow.new(mode, (2, 2), color).save(buffer, "PNG")
    return buffer.getvalue()


@pytest.fixture
def painter(painter: Any, tmp_path: Path) -> Any:
    """The painter, who also edits and varies; with pictures to hand."""
    (model, *_) = painter.declared.models
    both = model.but("brush", operations={"edit": EDIT, "vary": VARY})
    painter.declared = type(painter.declared)(models=(both,), unknown=None, source=painter.declared.source)
    (tmp_path / "cat.png").write_bytes(png("RGB", "grey"))
    (tmp_path / "dog.png").write_bytes(png("RGB", "black"))
    (tmp_path / "hole.png").write_bytes(png("L", 255))
    return painter


HAT = ("edit", "a hat", "-m", "painter/brush", "-o", "hat.png")


def test_an_edit_takes_its_images_in_their_order(run: Run, painter: Any) -> None:
    assert run(*HAT, "-i", "cat.png", "--image", "dog.png").exit_code == 0
    (call,) = painter.calls
    assert (call.operation, call.request.prompt) == ("edit", "a hat")
    assert [image.name for image in call.request.images] == ["cat.png", "dog.png"]


def test_a_variation_takes_its_image_as_an_option(run: Run, painter: Any) -> None:
    assert run("vary", "-i", "cat.png", "-m", "painter/brush", "-o", "kitten.png").stdout == "kitten.png\n"
    (call,) = painter.calls
    assert (call.operation, call.request.image.name) == ("vary", "cat.png")


@pytest.mark.parametrize("args", [HAT, ("vary", "-m", "painter/brush")])
def test_a_missing_image_is_a_usage_error_that_names_the_option(run: Run, painter: Any, args: tuple[str, ...]) -> None:
    result = run(*args)
    assert (result.exit_code, painter.calls) == (2, [])
    assert result.stderr == f"limner: Missing option '-i' / '--image'. Try 'limner {args[0]} --help'.\n"


def test_an_image_may_come_from_standard_input(run: Run, painter: Any) -> None:
    data = png("RGB", "red")
    assert run(*HAT, "-i", "-", input=data).exit_code == 0
    assert painter.calls[0].request.images[0].blob.read() == data


def test_an_image_that_is_none_is_named_by_its_place(run: Run, painter: Any, tmp_path: Path) -> None:
    (tmp_path / "page.png").write_text("<!doctype html>")
    result = run(*HAT, "-i", "cat.png", "-i", "page.png")
    assert (result.exit_code, painter.calls) == (2, [])
    assert result.stderr.startswith("limner: image 2 ('page.png') ")


def test_a_mask_alone_is_sent_as_it_is(run: Run, painter: Any) -> None:
    assert run(*HAT, "-i", "cat.png", "--mask", "hole.png").exit_code == 0
    mask = painter.calls[0].request.mask
    assert (mask.image.name, mask.edit, mask.restore) == ("hole.png", "transparent", False)


def test_what_is_said_of_a_mask_is_part_of_it(run: Run, painter: Any) -> None:
    result = run(*HAT, "-i", "cat.png", "--mask", "hole.png", "--mask-polarity", "white", "--restore", "--dry-run")
    assert result.exit_code == 0
    run(*HAT, "-i", "cat.png", "--mask", "hole.png", "--mask-polarity", "white", "--restore")
    mask = painter.calls[0].request.mask
    assert (mask.edit, mask.restore) == ("white", True)


@pytest.mark.parametrize("said", [("--mask-polarity", "black"), ("--restore",)])
def test_of_a_mask_that_is_not_there_nothing_can_be_said(run: Run, painter: Any, said: tuple[str, ...]) -> None:
    result = run(*HAT, "-i", "cat.png", *said)
    assert (result.exit_code, painter.calls) == (2, [])
    assert result.stderr == f"limner: {said[0]} needs --mask. Try 'limner edit --help'.\n"


def test_what_a_mask_lacks_is_said_in_the_words_of_the_command_line(run: Run) -> None:
    result = run(*HAT, "-i", "cat.png", "--mask", "https://a.example/m.png", "--mask-polarity", "white")
    assert result.exit_code == 2
    assert "--mask-polarity white needs the bytes of mask" in result.stderr
    assert "Mask(" not in result.stderr


def test_the_record_of_an_edit_tells_of_what_went_in(run: Run, tmp_path: Path) -> None:
    assert run(*HAT, "-i", "cat.png", "-i", "dog.png", "--mask", "hole.png", "--sidecar").exit_code == 0
    record = Record.read(tmp_path / "hat.png.json")
    assert [(one["parameter"], one["name"]) for one in record.inputs] == [
        ("images", "cat.png"),
        ("images", "dog.png"),
        ("mask", "hole.png"),
    ]


def test_help_lists_them_in_the_order_in_which_they_are_met(run: Run) -> None:
    listed = run("--help").stdout.partition("To paint:")[2].split("\n\n")[0]
    assert [line.split()[0] for line in listed.strip().splitlines()] == ["generate", "edit", "vary"]


def test_the_options_of_a_mask_stand_after_it(run: Run) -> None:
    help_text = run("edit", "--help").stdout
    places = [help_text.index(f"\n  {flag}") for flag in ("--mask FILE", "--mask-polarity", "--restore", "--markup")]
    assert places == sorted(places)


def test_a_variation_cannot_be_watched(run: Run) -> None:
    help_text = run("vary", "--help").stdout
    assert "--stream" not in help_text
    assert "--partial-images" not in help_text


@pytest.mark.parametrize("name", ["generate", "edit", "vary"])
def test_where_pictures_go_is_said_in_one_way(run: Run, name: str) -> None:
    help_text = run(name, "--help").stdout
    assert "--to " not in help_text
    assert "-o, --output" in help_text


@pytest.mark.parametrize("name", ["generate", "edit", "vary"])
def test_help_speaks_no_python(run: Run, name: str) -> None:
    help_text = run(name, "--help").stdout
    assert not [word for word in ("bytes, open files", "(width, height)", "a Mask", "None") if word in help_text]


@pytest.mark.parametrize("name", ["generate", "edit", "vary"])
def test_the_help_itself_stands_last(run: Run, name: str) -> None:
    assert "-h, --help" in run(name, "--help").stdout.splitlines()[-3]
