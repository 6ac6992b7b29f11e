"""Where pictures go: checked before a provider is asked, and kept whatever happens after."""

from __future__ import annotations

import errno
import os
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from limner import _saving
from limner.cli.output import Output
from limner.media import Image

if TYPE_CHECKING:
    from collections.abc import Callable

    from click.testing import Result

    Run = Callable[..., Result]


PAINT = ("generate", "a cat", "-m", "painter/brush")


@pytest.fixture
def refused(run: Run, painter: Any) -> Callable[..., str]:
    """Run a command that is to be refused for its output, before anything is asked for."""

    def refused(*args: str) -> str:
        result = run(*PAINT, *args)
        assert (result.exit_code, result.stdout, painter.calls) == (2, "", [])
        return result.stderr

    return refused


def test_a_file_that_exists_is_refused(refused: Callable[..., str], tmp_path: Path) -> None:
    (tmp_path / "cat.png").write_bytes(b"dear")
    assert refused("-o", "cat.png") == "limner: cat.png exists: --force replaces it.\n"
    assert (tmp_path / "cat.png").read_bytes() == b"dear"


def test_with_force_it_is_replaced(run: Run, tmp_path: Path) -> None:
    (tmp_path / "cat.png").write_bytes(b"old")
    assert run(*PAINT, "-o", "cat.png", "--force").exit_code == 0
    assert (tmp_path / "cat.png").read_bytes() != b"old"


def test_of_several_pictures_every_name_is_looked_at(refused: Callable[..., str], tmp_path: Path) -> None:
    (tmp_path / "cat-3.png").touch()
    assert "cat-3.png exists" in refused("-o", "cat.png", "-n", "3")


def test_of_several_pictures_the_name_itself_may_be_taken(run: Run, tmp_path: Path) -> None:
    (tmp_path / "cat.png").touch()
    assert run(*PAINT, "-o", "cat.png", "-n", "2").exit_code == 0


@pytest.mark.parametrize(
    ("args", "taken"),
    [
        (("-o", "cat"), "cat.png"),
        (("-o", "cat.webp"), "cat.png"),
        (("-o", "cat.png", "--output-format", "jpeg"), "cat.jpg"),
        (("-o", "cat.png", "--output-format", "svg"), "cat.svg"),
    ],
)
def test_the_suffix_of_the_coming_format_is_foreseen(
    refused: Callable[..., str], tmp_path: Path, args: tuple[str, ...], taken: str
) -> None:
    """Set or declared as the default: the file gets this suffix in the end."""
    (tmp_path / taken).touch()
    assert f"{taken} exists" in refused(*args)


def test_what_is_forced_is_what_was_named(refused: Callable[..., str], tmp_path: Path) -> None:
    """Of a file with another suffix nobody has spoken."""
    (tmp_path / "cat.png").touch()
    assert refused("-o", "cat.webp", "--force") == (
        "limner: cat.png exists, and cat.webp would become it, as the picture will be image/png: name another file, or"
        " ask for another format with --output-format.\n"
    )


def test_a_parent_that_is_a_file_is_refused(refused: Callable[..., str], tmp_path: Path) -> None:
    (tmp_path / "cats").touch()
    assert "cats is not a folder" in refused("-o", "cats/cat.png")
    assert "cats is not a folder" in refused("-o", "cats/deep/cat.png")
    assert "cats is not a folder" in refused("-o", "cats/")


def test_a_folder_in_which_nothing_can_be_made_is_refused(
    refused: Callable[..., str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(**_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(tempfile, "TemporaryFile", full)
    assert "No space left on device" in refused("-o", "cat.png")


def test_missing_parents_are_made_for_the_pictures_and_not_before(run: Run, tmp_path: Path) -> None:
    assert run(*PAINT, "-o", "a/b/cat.png", "--dry-run").exit_code == 0
    assert list(tmp_path.iterdir()) == []
    assert run(*PAINT, "-o", "a/b/cat.png").stdout == f"{Path('a/b/cat.png')}\n"


def test_a_name_that_no_file_can_have_is_refused(refused: Callable[..., str]) -> None:
    assert "cannot be written" in refused("-o", "c" * 300 + ".png")


def test_what_is_no_file_is_never_replaced(refused: Callable[..., str], tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "cat.png")
    assert "not a file that could be replaced" in refused("-o", "cat.png", "--force")


def test_a_link_to_nowhere_counts_as_a_file(refused: Callable[..., str], tmp_path: Path) -> None:
    (tmp_path / "cat.png").symlink_to("nowhere")
    assert "cat.png exists" in refused("-o", "cat.png")


def test_standard_output_is_for_paths(refused: Callable[..., str]) -> None:
    assert "not to standard output" in refused("-o", "-")


def test_an_empty_name_is_none(refused: Callable[..., str]) -> None:
    assert "-o takes a file or a folder" in refused("-o", "")


def test_nothing_is_saved_where_urls_were_asked_for(refused: Callable[..., str]) -> None:
    assert "nothing would come to cats/" in refused("-o", "cats/", "--delivery", "url")


def test_a_dry_run_looks_at_the_output_too(run: Run, tmp_path: Path) -> None:
    (tmp_path / "cat.png").touch()
    assert run(*PAINT, "-o", "cat.png", "--dry-run").exit_code == 2


# After it was paid


@pytest.fixture
def in_the_meantime(painter: Any, tmp_path: Path) -> None:
    """Somebody makes the file while the picture is painted."""

    def outcome(_: object) -> list[Image]:
        (tmp_path / "cat.png").write_bytes(b"dear")
        return [Image.of(_png())]

    painter.outcome = outcome


def _png() -> bytes:
    return (
        b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00\x00\x01\x00\x00\x00\x01\x08\x00\x00\x00\x00:~\x9bU"
        b"\x00\x00\x00\nIDATx\x9cc`\x00\x00\x00\x02\x00\x01H\xaf\xa4q\x00\x00\x00\x00IEND\xaeB`\x82"
    )


@pytest.mark.usefixtures("in_the_meantime")
def test_what_cannot_be_saved_as_asked_is_saved_elsewhere(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "elsewhere"))
    result = run(*PAINT, "-o", "cat.png")
    assert result.exit_code == 5
    saved = Path(result.stdout.strip())
    assert saved.parent.parent == tmp_path / "elsewhere"
    assert saved.read_bytes() == _png()
    assert "could not be saved to cat.png (File exists). Nothing is lost: see " in result.stderr
    assert (tmp_path / "cat.png").read_bytes() == b"dear"


@pytest.mark.usefixtures("in_the_meantime")
def test_what_can_be_saved_nowhere_says_both_reasons(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(**_: object) -> str:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(tempfile, "mkdtemp", full)
    result = run(*PAINT, "-o", "cat.png")
    assert (result.exit_code, result.stdout) == (1, "")
    assert "neither to cat.png (File exists), nor to a temporary folder (No space left" in result.stderr


def test_a_disk_that_is_full_halfway_loses_no_picture(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """All of them are together in the other folder, those that had been saved before too."""
    write = _saving.write

    def once(blob: Any, path: Path, **more: Any) -> None:
        if path == tmp_path / "cat-2.png":
            raise OSError(errno.ENOSPC, "No space left on device")
        write(blob, path, **more)

    monkeypatch.setattr(_saving, "write", once)
    kept = Output(str(tmp_path / "cat.png")).keep([Image.of(_png()), Image.of(_png(), seed=1)])
    assert [Path(place).read_bytes() for place in kept.places] == [_png(), _png()]
    assert "2 pictures could not be saved" in kept.instead


def test_pictures_without_bytes_keep_their_place_among_the_others(tmp_path: Path) -> None:
    images = [Image(url="https://painter.example/1"), Image.of(_png()), Image()]
    kept = Output(str(tmp_path / "cat.png")).keep(images)
    assert kept.places == ("https://painter.example/1", tmp_path / "cat.png", None)
