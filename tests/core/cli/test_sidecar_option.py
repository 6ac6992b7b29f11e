"""``--sidecar``: a record beside each picture, looked for before anything is paid, and never at a picture's cost."""

from __future__ import annotations

import errno
import json
from typing import TYPE_CHECKING, Any

from limner import _saving
from limner.errors import ServerError
from limner.media import Blob, Image
from limner.sidecar import Record

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    import pytest
    from click.testing import Result

    Run = Callable[..., Result]

PAINT = ("generate", "a cat", "-m", "painter/brush", "--sidecar")


def test_it_lies_beside_the_picture_and_tells_of_it(run: Run, tmp_path: Path) -> None:
    result = run(*PAINT, "-o", "cat.png", "--quality", "high")
    assert (result.exit_code, result.stdout, result.stderr) == (0, "cat.png\n", "")
    record = Record.read(tmp_path / "cat.png.json")
    assert record.fits(Blob.from_path(tmp_path / "cat.png"))
    assert (record.prompt, record.provider, record.model, record.operation) == ("a cat", "painter", "brush", "generate")
    assert record.parameters == {"quality": "high"}


def test_each_picture_has_its_own(run: Run, tmp_path: Path) -> None:
    run(*PAINT, "-o", "cat.png", "-n", "3")
    for number in (1, 2, 3):
        record = Record.read(tmp_path / f"cat-{number}.png.json")
        assert record.fits(Blob.from_path(tmp_path / f"cat-{number}.png"))
        assert (record.index, record.images) == (number - 1, 3)


def test_its_name_follows_the_suffix_that_the_bytes_have(run: Run, tmp_path: Path) -> None:
    run(*PAINT, "-o", "cat.webp")
    assert (tmp_path / "cat.png.json").is_file()


def test_without_the_option_there_is_none(run: Run, tmp_path: Path) -> None:
    run(*PAINT[:-1], "-o", "cat.png")
    assert [path.name for path in tmp_path.iterdir()] == ["cat.png"]


def test_one_that_exists_is_refused_before_anything_is_sent(run: Run, painter: Any, tmp_path: Path) -> None:
    (tmp_path / "cat.png.json").write_text("dear")
    result = run(*PAINT, "-o", "cat.png")
    assert (result.exit_code, painter.calls) == (2, [])
    assert result.stderr == "limner: cat.png.json exists: --force replaces it.\n"


def test_with_force_it_is_replaced(run: Run, tmp_path: Path) -> None:
    (tmp_path / "cat.png.json").write_text("old")
    assert run(*PAINT, "-o", "cat.png", "--force").exit_code == 0
    assert Record.read(tmp_path / "cat.png.json").prompt == "a cat"


def test_in_a_folder_one_that_is_there_is_left_as_it_is(run: Run, tmp_path: Path) -> None:
    """The picture bears the name of its content; its record tells of one way in which it came to be."""
    (record,) = (tmp_path / "cats" / f"{path}.json" for path in _paths(run(*PAINT, "-o", "cats/")))
    before = record.read_bytes()
    again = run(*PAINT, "-o", "cats/")
    assert again.exit_code == 5
    assert "exists, and is left as it is: --force replaces it." in again.stderr
    assert record.read_bytes() == before


def _paths(result: Result) -> list[str]:
    return [line.rpartition("/")[2] for line in result.stdout.splitlines()]


def test_one_that_cannot_be_written_costs_no_picture(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write = _saving.write

    def full(blob: Any, path: Path, **more: Any) -> None:
        if path.suffix == ".json":
            raise OSError(errno.ENOSPC, "No space left on device")
        write(blob, path, **more)

    monkeypatch.setattr(_saving, "write", full)
    result = run(*PAINT, "-o", "cat.png")
    assert (result.exit_code, result.stdout) == (5, "cat.png\n")
    assert result.stderr == "limner: warning: cat.png.json could not be written: No space left on device.\n"
    assert (tmp_path / "cat.png").is_file()


def test_pictures_that_are_saved_elsewhere_have_theirs_there(run: Run, painter: Any, tmp_path: Path) -> None:
    def in_the_meantime(_: object) -> None:
        (tmp_path / "cat.png").write_bytes(b"dear")

    painter.outcome = in_the_meantime
    result = run(*PAINT, "-o", "cat.png", "--json")
    data = json.loads(result.stdout)
    assert result.exit_code == 5
    assert data["sidecars"] == [f"{path}.json" for path in data["paths"]]
    assert Record.read(data["sidecars"][0]).fits(Blob.from_path(data["paths"][0]))


def test_a_picture_that_stayed_at_the_provider_has_none(run: Run, painter: Any) -> None:
    painter.outcome = lambda _: [Image(url="http://127.0.0.1:9/gone"), Image.of(b"GIF89a\x01\0\x01\0\0\0\0;")]
    data = json.loads(run(*PAINT, "-n", "2", "-o", "cat.gif", "--json").stdout)
    assert (data["paths"][1], data["sidecars"]) == ("cat.gif", [None, "cat.gif.json"])


def test_urls_have_nothing_to_stand_beside(run: Run, painter: Any) -> None:
    result = run(*PAINT, "--delivery", "url")
    assert (result.exit_code, painter.calls) == (2, [])
    assert "--sidecar has nothing to stand beside" in result.stderr


def test_pictures_of_an_error_have_theirs_too(run: Run, painter: Any, tmp_path: Path) -> None:
    def second_fails(call: Any) -> None:
        if call.index:
            raise ServerError("out of paint")

    painter.outcome = second_fails
    assert run(*PAINT, "-n", "3", "--on-partial", "raise", "-o", "cat.png").exit_code == 1
    record = Record.read(tmp_path / "cat-2.png.json")
    assert (record.prompt, record.provider) == ("a cat", "painter")
    assert record.fits(Blob.from_path(tmp_path / "cat-2.png"))
