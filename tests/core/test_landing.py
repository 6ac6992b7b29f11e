"""``to=``: images that are written where they shall be while they arrive, and are lost nowhere on the way."""

from __future__ import annotations

import gc
from base64 import b64encode
from typing import TYPE_CHECKING, Any

import pytest

from limner import landing
from limner.errors import BadInputError, ServerError
from limner.landing import Landing, Shelf
from limner.media import Blob, Image
from limner.requests import GenerateRequest
from limner.results import ImageResult

if TYPE_CHECKING:
    from pathlib import Path


def reply(server: Any, *pictures: bytes) -> Any:
    return server.reply(json={"data": [{"b64_json": b64encode(one).decode()} for one in pictures]})


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


@pytest.fixture(params=[16, landing.IN_FOLDER], ids=["on the way", "at the end"])
def _threshold(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Small images are written at the end, large ones while they arrive: the same comes of both."""
    monkeypatch.setattr(landing, "IN_FOLDER", request.param)


pytestmark = pytest.mark.usefixtures("_threshold")


def test_an_image_goes_to_its_file(server: Any, plain: Any, png: Any, paint: Any, tmp_path: Path) -> None:
    server.script(reply(server, png(3)))
    result = paint(plain(), to=tmp_path / "new" / "cat.png")
    assert (tmp_path / "new" / "cat.png").read_bytes() == png(3)
    assert result.image.path == tmp_path / "new" / "cat.png"
    assert (result.image.read(), result.image.width, result.warnings) == (png(3), 3, ())


def test_several_share_a_name_and_its_order(server: Any, plain: Any, png: Any, paint: Any, tmp_path: Path) -> None:
    server.script(reply(server, png(1), png(2)), reply(server, png(3)))
    result = paint(plain(), n=3, to=str(tmp_path / "cat.png"), client={"max_concurrency": 1})
    assert names(tmp_path) == ["cat-1.png", "cat-2.png", "cat-3.png"]
    assert [image.path.read_bytes() for image in result] == [png(1), png(2), png(3)]


def test_in_a_folder_they_are_named_by_their_content(
    server: Any, plain: Any, png: Any, paint: Any, tmp_path: Path
) -> None:
    server.script(reply(server, png(1), png(2)))
    paint(plain(), n=2, to=f"{tmp_path}/cats/")
    expected = sorted(f"{Blob(one).sha256[:12]}-{index}.png" for index, one in enumerate((png(1), png(2))))
    assert names(tmp_path / "cats") == expected


def test_a_suffix_that_lies_is_corrected_and_told(
    server: Any, plain: Any, png: Any, paint: Any, tmp_path: Path
) -> None:
    server.script(reply(server, png(1)))
    result = paint(plain(), to=tmp_path / "cat.jpg")
    assert names(tmp_path) == ["cat.png"]
    (warning,) = result.warnings
    assert (warning.code, warning.parameter) == ("suffix_differs", "to")


def test_the_file_stays_when_the_result_goes(server: Any, plain: Any, png: Any, paint: Any, tmp_path: Path) -> None:
    server.script(reply(server, png(1)))
    paint(plain(), to=tmp_path / "cat.png")
    gc.collect()
    assert names(tmp_path) == ["cat.png"]


def test_a_file_gets_the_permissions_of_any_other(
    server: Any, plain: Any, png: Any, paint: Any, tmp_path: Path
) -> None:
    (tmp_path / "other").touch()
    server.script(reply(server, png(1)))
    paint(plain(), to=tmp_path / "cat.png")
    assert (tmp_path / "cat.png").stat().st_mode == (tmp_path / "other").stat().st_mode


def test_what_was_paid_is_saved_though_another_call_failed(
    server: Any, plain: Any, png: Any, paint: Any, tmp_path: Path
) -> None:
    server.script(reply(server, png(1), png(2)), server.reply(status=500))
    with pytest.raises(ServerError) as caught:
        paint(plain(), n=3, to=tmp_path / "cat.png", on_partial="raise", client={"max_concurrency": 1})
    assert names(tmp_path) == ["cat-1.png", "cat-2.png"]
    assert [image.path for image in caught.value.images] == [tmp_path / "cat-1.png", tmp_path / "cat-2.png"]
    assert any("cat-2.png" in note for note in caught.value.__notes__)


def test_a_call_that_fails_leaves_nothing_behind(server: Any, plain: Any, paint: Any, tmp_path: Path) -> None:
    server.script(server.reply(b"x" * 100, status=500))
    with pytest.raises(ServerError):
        paint(plain(), to=tmp_path / "cat.png")
    gc.collect()
    assert names(tmp_path) == []


def test_a_place_where_nothing_can_be_saved_is_refused_before_anything_is_sent(
    server: Any, plain: Any, paint: Any, tmp_path: Path
) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(BadInputError, match="not a folder") as caught:
        paint(plain(), to=tmp_path / "file" / "cat.png")
    assert (caught.value.param, server.posts) == ("to", 0)


def test_a_folder_that_cannot_be_made_is_refused_before_anything_is_sent(
    server: Any, plain: Any, paint: Any, tmp_path: Path
) -> None:
    with pytest.raises(BadInputError, match="cannot be made") as caught:
        paint(plain(), to=tmp_path / ("x" * 300) / "cat.png")
    assert (caught.value.param, server.posts) == ("to", 0)


def test_urls_that_stay_at_the_provider_go_nowhere(server: Any, plain: Any, paint: Any, tmp_path: Path) -> None:
    with pytest.raises(BadInputError, match="delivery") as caught:
        paint(plain(), to=tmp_path / "cat.png", delivery="url")
    assert (caught.value.param, server.posts) == ("to", 0)


def test_a_place_is_a_path() -> None:
    with pytest.raises(BadInputError, match="to takes str or PathLike"):
        GenerateRequest("a cat", to=3)  # type: ignore[arg-type]


def test_a_file_that_cannot_be_written_at_last_keeps_the_pictures_on_the_error(
    png: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: Any, **__: Any) -> None:
        raise OSError(28, "No space left on device")

    result = ImageResult(images=(Image.of(png(1)),))
    monkeypatch.setattr("limner._saving.write", full)
    with pytest.raises(OSError, match="No space") as caught:
        Landing(tmp_path / "cat.png").land(result)
    assert caught.value.images == result.images  # type: ignore[attr-defined]
    error = ServerError("Broke.", images=result.images)
    Landing(tmp_path / "cat.png").rescue(error)
    assert any("No space left" in note for note in error.__notes__)
    assert error.images == result.images


def test_an_error_without_pictures_has_nothing_to_save(tmp_path: Path) -> None:
    error = ServerError("Broke.")
    Landing(tmp_path / "cat.png").rescue(error)
    assert not hasattr(error, "__notes__")


def test_memory_holds_what_fits_and_files_the_rest() -> None:
    shelf = Shelf(room=100)
    kept: list[tuple[int | None, int]] = []
    for size in (60, 30, 30, 5):
        writer = shelf.writer(1000)
        writer.write(b"x" * size)
        kept.append((writer.spool_at, writer.size))
        assert writer.close().read() == b"x" * size
    assert kept == [(100, 60), (40, 30), (10, 30), (0, 5)]
