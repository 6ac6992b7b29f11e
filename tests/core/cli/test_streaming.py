"""``--stream``: frames become files as they come, and the picture is what it would have been without them."""

from __future__ import annotations

import errno
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any, Never

import pytest

from limner import _saving
from limner.cli.frames import Frames
from limner.cli.output import Output
from limner.errors import ProtocolError
from limner.media import Image
from limner.streams import PartialImage

if TYPE_CHECKING:
    from collections.abc import Callable

    from click.testing import Result

    Run = Callable[..., Result]

PAINT = ("generate", "a cat", "-m", "painter/brush", "--stream")


@pytest.fixture
def painter(painter: Any) -> Any:
    """The painter, who shows two frames of each picture."""
    painter.frames = 2
    return painter


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_frames_are_kept_beside_the_picture(run: Run, tmp_path: Path) -> None:
    assert run(*PAINT, "-o", "cat.png").exit_code == 0
    assert names(tmp_path) == ["cat.partial-0.png", "cat.partial-1.png", "cat.png"]


def test_the_picture_and_what_is_printed_are_as_without_it(run: Run, tmp_path: Path) -> None:
    streamed = run(*PAINT, "-o", "cat.png")
    plain = run(*PAINT[:-1], "-o", "dog.png")
    assert (streamed.stdout, streamed.stderr) == ("cat.png\n", plain.stderr)
    assert (tmp_path / "cat.png").read_bytes() == (tmp_path / "dog.png").read_bytes()


def test_the_frames_of_several_calls_bear_the_number_of_their_call(run: Run, tmp_path: Path) -> None:
    assert run(*PAINT, "-n", "3", "-o", "cat.png").exit_code == 0
    frames = [name for name in names(tmp_path) if "partial" in name]
    assert frames == ["cat-1.partial-0.png", "cat-1.partial-1.png", "cat-2.partial-0.png", "cat-2.partial-1.png"]


def test_in_a_folder_frames_are_named_by_their_content(run: Run, tmp_path: Path) -> None:
    assert run(*PAINT, "-o", "cats/").exit_code == 0
    first, second = (name for name in names(tmp_path / "cats") if "partial" in name)
    assert {first[12:], second[12:]} == {"-0.partial-0.png", "-0.partial-1.png"}
    assert run(*PAINT, "-o", "cats/").exit_code == 0
    assert len(names(tmp_path / "cats")) == 3


def test_a_frame_that_exists_is_refused_before_anything_is_sent(run: Run, painter: Any, tmp_path: Path) -> None:
    (tmp_path / "cat.partial-1.png").write_bytes(b"dear")
    result = run(*PAINT, "--partial-images", "2", "-o", "cat.png")
    assert (result.exit_code, painter.calls) == (2, [])
    assert result.stderr == "limner: cat.partial-1.png exists: --force replaces it.\n"


def test_all_frames_of_all_pictures_of_a_call_are_looked_for(run: Run, painter: Any, tmp_path: Path) -> None:
    (tmp_path / "cat.partial-3.png").write_bytes(b"dear")
    assert run(*PAINT, "--partial-images", "2", "-n", "2", "-o", "cat.png").exit_code == 2
    assert painter.calls == []
    assert run(*PAINT, "--partial-images", "2", "-o", "cat.png").exit_code == 0


def test_without_a_stream_a_file_that_bears_a_frames_name_is_nobodys_business(run: Run, tmp_path: Path) -> None:
    (tmp_path / "cat.partial-0.png").write_bytes(b"dear")
    assert run(*PAINT[:-1], "-o", "cat.png").exit_code == 0


def test_with_force_frames_are_replaced(run: Run, tmp_path: Path) -> None:
    (tmp_path / "cat.partial-0.png").write_bytes(b"old")
    assert run(*PAINT, "-o", "cat.png", "--force").exit_code == 0
    assert (tmp_path / "cat.partial-0.png").read_bytes() != b"old"


def test_a_frame_that_cannot_be_saved_does_not_stop_the_picture(run: Run, tmp_path: Path) -> None:
    """Frames that nobody asked for by number may come all the same, and meet a file that is there."""
    (tmp_path / "cat.partial-0.png").write_bytes(b"dear")
    result = run(*PAINT, "-o", "cat.png")
    assert (result.exit_code, result.stdout) == (5, "cat.png\n")
    assert result.stderr == "limner: warning: some frames could not be saved to cat.png (File exists).\n"
    assert (tmp_path / "cat.partial-0.png").read_bytes() == b"dear"
    assert (tmp_path / "cat.partial-1.png").is_file()


def test_json_lists_the_frames(run: Run) -> None:
    data = json.loads(run(*PAINT, "-o", "cat.png", "--json").stdout)
    assert data["paths"] == ["cat.png"]
    assert data["frames"] == ["cat.partial-0.png", "cat.partial-1.png"]


def test_where_none_came_it_is_said_how_to_ask_for_them(run: Run, painter: Any) -> None:
    painter.frames = 0
    result = run(*PAINT, "-o", "cat.png")
    assert (result.exit_code, result.stderr) == (0, "limner: no frames came: --partial-images 2 asks for two.\n")


def test_whoever_asked_for_none_is_not_told(run: Run, painter: Any) -> None:
    painter.frames = 0
    assert run(*PAINT, "--partial-images", "0", "-o", "cat.png").stderr == ""


def cut(_: object) -> Never:
    raise ProtocolError("the connection broke", maybe_billed=True)


def test_a_cut_stream_leaves_its_frames_and_fails_as_it_was_cut(run: Run, painter: Any, tmp_path: Path) -> None:
    painter.outcome = cut
    result = run(*PAINT, "-o", "cat.png")
    assert (result.exit_code, result.stdout) == (1, "")
    assert names(tmp_path) == ["cat.partial-0.png", "cat.partial-1.png"]
    assert "limner: 2 frames had come before it failed: cat.partial-0.png, cat.partial-1.png\n" in result.stderr
    assert "limner: the connection broke\n  It may have been billed" in result.stderr


def test_a_frame_is_never_saved_as_the_picture(run: Run, painter: Any, tmp_path: Path) -> None:
    """On an error frames stand among the paid images."""
    painter.outcome = lambda call: cut(call) if call.index else None
    result = run(*PAINT, "-n", "3", "--on-partial", "raise", "-o", "cat.png")
    assert (result.exit_code, result.stdout) == (1, "cat-1.png\ncat-2.png\n")
    assert len(names(tmp_path)) == 2 + 4
    assert "2 pictures had come before it failed" in result.stderr


def test_a_cut_stream_tells_its_frames_as_json_too(run: Run, painter: Any) -> None:
    painter.outcome = cut
    data = json.loads(run(*PAINT, "-o", "cat.png", "--json").stdout)
    assert (data["paths"], len(data["frames"]), data["error"]["kind"]) == ([], 2, "protocol")


def test_ctrl_c_leaves_the_frames(run: Run, painter: Any, tmp_path: Path) -> None:
    def stop(_: object) -> Never:
        raise KeyboardInterrupt

    painter.outcome = stop
    result = run(*PAINT, "-o", "cat.png")
    assert (result.exit_code, len(names(tmp_path))) == (130, 2)
    assert "limner: 2 frames had come before it was interrupted: cat.partial-0.png" in result.stderr


def test_one_frame_is_one(run: Run, painter: Any) -> None:
    painter.frames, painter.outcome = 1, cut
    assert "limner: 1 frame had come before it failed: cat.partial-0.png\n" in run(*PAINT, "-o", "cat.png").stderr


def test_what_cannot_be_watched_is_refused(run: Run, painter: Any) -> None:
    (model, *_) = painter.declared.models
    still = model.operations["generate"].but(streams=False)
    painter.declared = painter.declared.__class__(
        models=(model.but("brush", operations={"generate": still}),), unknown=None, source=painter.declared.source
    )
    result = run(*PAINT)
    assert (result.exit_code, painter.calls) == (2, [])
    assert "this model does not stream" in result.stderr


def test_partial_images_without_a_stream_name_the_option(run: Run) -> None:
    assert "--partial-images needs --stream." in run(*PAINT[:-1], "--partial-images", "2").stderr


# One frame at a time


def test_a_frame_that_is_a_url_is_told_as_that() -> None:
    frames = Frames(Output("cat.png"), 1)
    frames.keep(PartialImage(0, Image(url="https://painter.example/0")))
    assert frames.places == ["https://painter.example/0"]


def test_a_full_disk_is_told_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object, **__: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(_saving, "write", full)
    frames = Frames(Output(str(tmp_path / "cat.png")), 1)
    for number in range(3):
        frames.keep(PartialImage(number, Image.of(b"GIF89a\x01\0\x01\0\0\0\0;")))
    assert (frames.places, len(frames.trouble)) == ([], 1)


def test_frames_are_numbered_as_they_come(tmp_path: Path) -> None:
    """A relay may count them otherwise, or not at all; none is written over another."""
    frames = Frames(Output(str(tmp_path / "cat.gif")), 1)
    for data in (b"GIF89a\x01\0\x01\0\0\0\0;", b"GIF89a\x02\0\x01\0\0\0\0;"):
        frames.keep(PartialImage(0, Image.of(data)))
    assert [Path(place).name for place in frames.places] == ["cat.partial-0.gif", "cat.partial-1.gif"]
