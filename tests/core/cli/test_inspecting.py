"""``limner inspect``: what a picture is, how it came to be, and whether it is still the same."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from click.testing import Result

    Run = Callable[..., Result]

GIF = b"GIF89a\x03\0\x02\0\0\0\0;"
"""Of three by two pixels, and no frame at all."""


@pytest.fixture
def cat(run: Run, tmp_path: Path) -> Path:
    """A picture with its record."""
    args = ("generate", "a cat, ねこ", "-m", "painter/brush", "--quality", "high", "-o", "cat.png", "--sidecar")
    assert run(*args).exit_code == 0
    return tmp_path / "cat.png"


def test_a_picture_is_told_by_its_bytes(run: Run, tmp_path: Path) -> None:
    (tmp_path / "cat.gif").write_bytes(GIF)
    result = run("inspect", "cat.gif")
    assert (result.exit_code, result.stderr) == (0, "")
    assert result.stdout.startswith(
        "cat.gif\n\n  type    image/gif\n  pixels  3 x 2\n  alpha   no\n  size    14 B (14 bytes)\n"
    )
    assert "record" not in result.stdout


def test_what_the_bytes_do_not_say_is_left_out(run: Run, tmp_path: Path) -> None:
    (tmp_path / "cat.svg").write_text('<svg xmlns="http://www.w3.org/2000/svg"/>')
    assert [line.split()[0] for line in run("inspect", "cat.svg").stdout.splitlines()[2:]] == ["type", "size", "sha256"]


@pytest.mark.usefixtures("cat")
def test_its_record_is_told_with_it(run: Run) -> None:
    result = run("inspect", "cat.png")
    assert result.exit_code == 0
    assert "\nIt is the picture of its record:\n" in result.stdout
    assert "  prompt      a cat, ねこ\n  parameters  quality high\n" in result.stdout
    assert result.stdout.count("image/png") == 1


@pytest.mark.usefixtures("cat")
def test_both_files_tell_the_same(run: Run) -> None:
    assert run("inspect", "cat.png.json").stdout == run("inspect", "cat.png").stdout


@pytest.mark.parametrize("file", ["cat.png", "cat.png.json"])
def test_a_picture_that_has_changed_ends_with_1(run: Run, cat: Path, file: str) -> None:
    cat.write_bytes(cat.read_bytes() + b" ")
    result = run("inspect", file)
    assert result.exit_code == 1
    assert "It is NOT the picture of its record, which tells of:" in result.stdout
    assert result.stdout.count("sha256") == 2


def test_a_picture_that_became_something_else_has_changed(run: Run, cat: Path) -> None:
    cat.write_text("not any more")
    result = run("inspect", "cat.png.json")
    assert (result.exit_code, "type    no picture" in result.stdout) == (1, True)


def test_a_picture_that_is_gone_ends_with_1(run: Run, cat: Path) -> None:
    cat.unlink()
    result = run("inspect", "cat.png.json")
    assert result.exit_code == 1
    assert "The record describes this picture, but the file is missing:" in result.stdout


def test_json_has_both_and_the_verdict(run: Run, cat: Path) -> None:
    data = json.loads(run("inspect", "cat.png", "--json").stdout)
    assert (data["file"], data["fits"], data["record"]["prompt"]) == ("cat.png", True, "a cat, ねこ")
    assert data["picture"]["sha256"] == data["record"]["sha256"]
    assert data["picture"]["size"] == len(cat.read_bytes())


def test_json_without_a_record_or_a_picture(run: Run, cat: Path) -> None:
    cat.unlink()
    assert json.loads(run("inspect", "cat.png.json", "--json").stdout)["picture"] is None
    cat.write_bytes(GIF)
    (cat.parent / "cat.png.json").unlink()
    data = json.loads(run("inspect", "cat.png", "--json").stdout)
    assert (data["record"], data["fits"]) == (None, None)


def test_a_file_of_somebody_else_beside_it_is_no_record(run: Run, tmp_path: Path) -> None:
    (tmp_path / "cat.gif").write_bytes(GIF)
    (tmp_path / "cat.gif.json").write_text('{"title": "cat.gif"}')
    result = run("inspect", "cat.gif")
    assert result.exit_code == 0
    assert result.stderr == "limner: warning: cat.gif.json: This is no record of a picture.\n"


def test_a_record_that_cannot_be_read_is_told(run: Run, tmp_path: Path) -> None:
    (tmp_path / "cat.gif").write_bytes(GIF)
    (tmp_path / "cat.gif.json").symlink_to("cat.gif.json")
    result = run("inspect", "cat.gif")
    assert result.exit_code == 0
    assert result.stderr.startswith("limner: warning: cat.gif.json: Too many levels of symbolic links")


@pytest.mark.parametrize("content", ["a letter", "", "{}", "[" * 100_000, '{"limner": 1, "sha256": 2}'])
def test_what_is_neither_is_refused(run: Run, tmp_path: Path, content: str) -> None:
    (tmp_path / "letter.txt").write_text(content)
    result = run("inspect", "letter.txt")
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr == "limner: letter.txt is neither a picture nor the record of one.\n"


@pytest.mark.parametrize(("file", "why"), [("cta.png", "No such file or directory"), (".", "limner: . is a folder.\n")])
def test_what_is_no_file_is_refused(run: Run, file: str, why: str) -> None:
    result = run("inspect", file)
    assert (result.exit_code, result.stdout) == (2, "")
    assert why in result.stderr


def test_a_record_under_another_name_tells_of_no_picture_but_is_read(run: Run, cat: Path) -> None:
    (cat.parent / "cat.png.json").rename(cat.parent / "note")
    result = run("inspect", "note")
    assert (result.exit_code, "The record describes this picture, but the file is missing:" in result.stdout) == (
        1,
        True,
    )


def test_what_a_record_says_cannot_command_the_terminal(run: Run, cat: Path) -> None:
    record = cat.parent / "cat.png.json"
    record.write_text(record.read_text().replace("a cat", "a \\u001b[2J cat"))
    assert "\x1b" not in run("inspect", "cat.png").stdout
