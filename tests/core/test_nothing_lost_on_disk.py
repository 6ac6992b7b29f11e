"""What was paid for and goes to files (``to=``) is never lost, whatever becomes of the files' place."""

from __future__ import annotations

import os
from base64 import b64encode
from typing import TYPE_CHECKING, Any

import pytest

from limner.errors import BadInputError
from limner.landing import Landing
from limner.media import Blob, Image
from limner.results import ImageResult

if TYPE_CHECKING:
    from pathlib import Path


def said(server: Any, *pictures: bytes) -> Any:
    return server.reply(json={"data": [{"b64_json": b64encode(one).decode()} for one in pictures]})


@pytest.mark.parametrize("to", ["", "a\0b.png", "\ud800.png"], ids=["empty", "NUL", "half a character"])
def test_what_names_no_file_is_refused_before_anything_is_paid(server: Any, plain: Any, paint: Any, to: str) -> None:
    with pytest.raises(BadInputError, match="is no name of a file or folder") as caught:
        paint(plain(), to=to)
    assert (server.posts, caught.value.param) == (0, "to")


def test_a_name_that_turns_out_to_be_none_leaves_the_pictures_on_the_error(png: Any) -> None:
    result = ImageResult(images=(Image.of(png(3)),))
    with pytest.raises(ValueError, match="null") as caught:
        result.save("a\0b.png")
    assert caught.value.images == result.images  # type: ignore[attr-defined]


def test_a_folder_that_is_moved_while_a_picture_arrives_loses_nothing(
    server: Any, plain: Any, png: Any, paint: Any, tmp_path: Path
) -> None:
    picture = png(1) + bytes(200_000)
    (reply,) = said(server, picture)

    def api(_: Any) -> Any:
        yield reply[:-9]
        yield 0.2
        (tmp_path / "out").rename(tmp_path / "elsewhere")
        yield reply[-9:]

    server.api = api
    result = paint(plain(), to=f"{tmp_path}/out/")
    assert result.image.path == tmp_path / f"out/{Blob(picture).sha256[:12]}-0.png"
    assert result.image.read() == picture


@pytest.fixture
def there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The current folder."""
    folder = tmp_path / "there"
    folder.mkdir()
    monkeypatch.chdir(folder)
    return folder


def test_a_folder_is_where_it_was_said_whatever_becomes_the_current_one(
    server: Any, plain: Any, png: Any, paint: Any, there: Path
) -> None:
    picture = png(1) + bytes(200_000)
    (reply,) = said(server, picture)

    def api(_: Any) -> Any:
        yield reply[:-9]
        yield 0.2
        os.chdir(there.parent)
        yield reply[-9:]

    server.api = api
    assert paint(plain(), to="out/").image.path.parent == there / "out"


def test_where_the_current_folder_is_gone_a_place_is_taken_as_it_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def gone() -> str:
        raise FileNotFoundError

    monkeypatch.setattr(os, "getcwd", gone)
    assert Landing(tmp_path / "a.png").folder == tmp_path
    assert str(Landing("out/a.png").folder) == "out"


def test_what_a_failed_call_carries_is_saved_too(server: Any, plain: Any, png: Any, paint: Any, tmp_path: Path) -> None:
    first = said(server, png(3), png(4))
    server.script([first[0][:-30], "cut"], said(server, png(8), png(9)))
    result = paint(plain(), n=4, to=f"{tmp_path}/", client={"max_concurrency": 1})
    assert len(result.failures) == 1
    assert {Image.of(path.read_bytes()).width for path in tmp_path.iterdir()} == {3, 8, 9}
