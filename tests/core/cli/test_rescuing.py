"""Whatever ends a command, the pictures that had come are files in the end."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Never

import pytest

import limner
from limner.cli import output
from limner.errors import ProtocolError
from limner.media import Image

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from click.testing import Result

    Run = Callable[..., Result]

PAINT = ("generate", "a cat", "-m", "painter/brush")
WHOLE = Image.of(b"\x89PNG\r\n\x1a\n" + bytes.fromhex("0000000d49484452000000030000000308000000006f2c8a0b") + b"whole")


@pytest.fixture
def failing(painter: Any) -> None:
    """The second call breaks off when one of its pictures is whole."""

    def broken(call: Any) -> None:
        if call.index == 1:
            raise ProtocolError("the connection broke", images=(WHOLE,), maybe_billed=True)

    painter.outcome = broken


@pytest.mark.usefixtures("failing")
@pytest.mark.parametrize("force", [(), ("--force",)])
def test_what_a_failed_call_had_brought_is_saved_beside_the_result(
    run: Run, tmp_path: Path, force: tuple[str, ...]
) -> None:
    result = run(*PAINT, "-n", "4", "-o", "cat.png", *force)
    assert result.stdout.split() == ["cat-1.png", "cat-2.png"]
    assert "1 picture had come before a call failed: cat.rescued.png\n" in result.stderr
    assert (tmp_path / "cat.rescued.png").read_bytes() == WHOLE.read()


@pytest.mark.usefixtures("failing")
def test_in_a_folder_it_has_a_name_by_its_content(run: Run, tmp_path: Path) -> None:
    assert run(*PAINT, "-n", "4", "-o", "cats/").exit_code != 0
    assert WHOLE.read() in [path.read_bytes() for path in (tmp_path / "cats").iterdir()]


@pytest.mark.usefixtures("failing")
def test_where_its_place_is_taken_it_goes_to_a_folder_of_its_own(run: Run, tmp_path: Path) -> None:
    (tmp_path / "cat.rescued.png").touch()
    result = run(*PAINT, "-n", "4", "-o", "cat.png", "--force")
    assert "1 picture could not be saved to cat.rescued.png" in result.stderr


@pytest.mark.parametrize(("stop", "said"), [(KeyboardInterrupt, "was interrupted"), (RuntimeError, "failed")])
def test_whoever_is_stopped_while_pictures_are_saved_saves_them_all_the_same(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, stop: Any, said: str
) -> None:
    save_all, tried = output.save_all, []

    def once(*args: Any, **given: Any) -> Any:
        tried.append(args)
        if len(tried) == 1:
            raise stop
        return save_all(*args, **given)

    monkeypatch.setattr(output, "save_all", once)
    result = run(*PAINT, "-o", "cat.png")
    assert result.exit_code != 0
    assert f"1 picture had come before it {said}: see above." in result.stderr
    assert (tmp_path / "cat.png").is_file()


def test_whoever_is_stopped_while_a_frame_is_saved_saves_what_is_finished(
    run: Run, painter: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    frame, kept = output.Output.frame, []

    def third(*args: Any) -> Any:
        kept.append(args)
        if len(kept) == 3:
            raise KeyboardInterrupt
        return frame(*args)

    monkeypatch.setattr(output.Output, "frame", third)
    painter.frames = 2
    result = run(*PAINT, "--stream", "--partial-images", "2", "-n", "4", "-o", "cat.png")
    assert result.exit_code == 130
    assert "2 pictures had come before it was interrupted" in result.stderr
    assert (tmp_path / "cat-2.png").is_file()


def test_what_breaks_off_and_has_no_room_for_pictures_is_left_alone(painter: Any) -> None:
    class Narrow(BaseException):
        __slots__ = ()

        def __setattr__(self, name: str, value: object) -> Never:
            raise AttributeError(name)

    client = limner.Client(providers=[painter], environ={})
    with pytest.raises(Narrow), client.stream_generate("a cat", model="painter/brush"):
        raise Narrow
