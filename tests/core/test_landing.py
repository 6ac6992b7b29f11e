"""``to=``: images that are written where they shall be while they arrive, and are lost nowhere on the way."""

from __future__ import annotations

import asyncio
import gc
import os
import signal
import threading
from base64 import b64encode
from typing import TYPE_CHECKING, Any

import pytest

import limner
from limner import _blob, _saving, landing
from limner.errors import BadImageError, BadInputError, ServerError
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
    expected = [f"{Blob(one).sha256[:12]}-{index}.png" for index, one in enumerate((png(1), png(2)))]
    assert names(tmp_path) == sorted(expected)
    assert [image.path for image in caught.value.images] == [tmp_path / name for name in expected]
    assert any(expected[1] in note for note in caught.value.__notes__)


def test_what_was_saved_before_is_not_replaced_by_what_is_rescued(
    server: Any, plain: Any, png: Any, paint: Any, tmp_path: Path
) -> None:
    (tmp_path / "cat.png").write_bytes(b"an earlier cat")
    server.script(reply(server, png(1), png(1)))
    with pytest.raises(BadImageError):
        paint(plain(), to=tmp_path / "cat.png", on_mismatch="raise")
    assert (tmp_path / "cat.png").read_bytes() == b"an earlier cat"
    assert len(names(tmp_path)) == 3


def test_equal_pictures_of_two_requests_are_one_file_of_both(
    server: Any, plain: Any, png: Any, paint: Any, tmp_path: Path
) -> None:
    server.script(reply(server, png(1)))
    results = [paint(plain(), to=f"{tmp_path}/cats/") for _ in range(2)]
    assert [result.image.read() for result in results] == [png(1), png(1)]
    assert len(names(tmp_path / "cats")) == 1


def test_a_link_to_an_equal_picture_is_replaced(png: Any, tmp_path: Path) -> None:
    (tmp_path / "other.png").write_bytes(png(1))
    (tmp_path / "cat.png").symlink_to(tmp_path / "other.png")
    Landing(tmp_path / "cat.png").land(ImageResult(images=(Image.of(png(1)),)))
    assert not (tmp_path / "cat.png").is_symlink()


def test_a_picture_is_never_taken_for_one_that_came_to_its_place_meanwhile(
    png: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def overtaken(blob: Any, path: Path, **more: Any) -> Any:
        written = write(blob, path, **more)
        path.write_bytes(png(9))
        return written

    write = _saving.write
    monkeypatch.setattr("limner._saving.write", overtaken)
    result = Landing(tmp_path / "cat.png").land(ImageResult(images=(Image.of(png(1)),)))
    with pytest.raises(BadInputError, match="has changed"):
        result.image.read()


@pytest.fixture
def full(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder whose disk is full."""

    def no_room(folder: Path) -> Any:
        raise OSError(28, f"No space left on device: {folder}")

    monkeypatch.setattr(_blob, "new_file", no_room)
    monkeypatch.setattr("limner._saving.new_file", no_room)
    return tmp_path


def test_a_folder_that_takes_nothing_more_costs_no_picture(
    server: Any, plain: Any, png: Any, paint: Any, full: Path
) -> None:
    """Pictures that are still arriving are kept, and so are those of the other calls."""

    server.script(reply(server, png(1), png(2)))
    with pytest.raises(OSError, match="No space") as caught:
        paint(plain(), n=4, to=full / "cat.png")
    assert len(caught.value.images) == 4  # type: ignore[attr-defined]


def test_a_picture_whose_file_is_gone_takes_no_other_with_it(png: Any, tmp_path: Path) -> None:
    (tmp_path / "gone.png").write_bytes(png(1))
    images = (Image.of(Blob.from_path(tmp_path / "gone.png")), Image.of(png(2)))
    (tmp_path / "gone.png").unlink()
    with pytest.raises(FileNotFoundError) as caught:
        Landing(f"{tmp_path}/").land(ImageResult(images=images))
    assert caught.value.images == images  # type: ignore[attr-defined]


def holding(server: Any, png: Any) -> threading.Event:
    """Two calls are answered, and the third is not; what is returned says that it was asked."""
    asked = threading.Event()

    def api(_: Any) -> Any:
        if len(server.asked) < 3:
            return reply(server, png(len(server.asked)), png(len(server.asked) + 2))
        asked.set()
        return [20.0]

    server.api = api
    return asked


def known(server: Any, plain: Any) -> dict[str, Any]:
    return {"providers": [plain()], "keys": {"plain": "k"}, "base_urls": {"plain": server.url}, "environ": {}}


@pytest.mark.skipif(os.name != "posix", reason="Ctrl-C is sent as a signal")
def test_ctrl_c_leaves_what_was_paid_in_the_folder(server: Any, plain: Any, png: Any, tmp_path: Path) -> None:
    asked = holding(server, png)
    pressing = threading.Thread(target=lambda: asked.wait(20) and os.kill(os.getpid(), signal.SIGINT))
    pressing.start()
    with limner.Client(**known(server, plain), max_concurrency=1) as client, pytest.raises(KeyboardInterrupt):
        client.generate("a cat", n=6, to=tmp_path / "cat.png")
    pressing.join()
    gc.collect()
    assert len(names(tmp_path)) == 4


def test_ctrl_c_while_a_result_is_put_together_leaves_what_was_paid(
    server: Any, plain: Any, png: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stopped(*_: Any) -> Any:
        raise KeyboardInterrupt

    monkeypatch.setattr("limner.client_base.restored", stopped)
    server.script(server.reply(json={"data": [{"b64_json": b64encode(png()).decode()}]}))
    with limner.Client(**known(server, plain)) as client, pytest.raises(KeyboardInterrupt) as caught:
        client.generate("a cat", provider="plain", to=tmp_path / "cat.png")
    assert [image.read() for image in caught.value.images] == [png()]  # type: ignore[attr-defined]
    assert [path.read_bytes() for path in tmp_path.iterdir()] == [png()]


def test_a_cancelled_request_leaves_what_was_paid_in_the_folder(
    server: Any, plain: Any, png: Any, tmp_path: Path
) -> None:
    async def main() -> None:
        async with limner.AsyncClient(**known(server, plain), max_concurrency=1) as client:
            painting = asyncio.create_task(client.generate("a cat", n=6, to=tmp_path / "cat.png"))
            await asyncio.to_thread(asked.wait, 20)
            painting.cancel()
            with pytest.raises(asyncio.CancelledError):
                await painting

    asked = holding(server, png)
    asyncio.run(main())
    gc.collect()
    assert len(names(tmp_path)) == 4


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
