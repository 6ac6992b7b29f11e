"""Saving: no picture is lost, half-written, misnamed or written over by accident."""

from __future__ import annotations

import errno
import io
import os
import stat
from pathlib import Path
from typing import TYPE_CHECKING, Any

import PIL.Image
import pytest

from limner.errors import BadInputError
from limner.media import Blob, Image, SuffixNotice, save_all

if TYPE_CHECKING:
    from collections.abc import Callable


def picture(colour: str = "red", kind: str = "PNG", index: int = 0) -> Image:
    buffer = io.BytesIO()
    PIL.Image.new("RGB", (4, 3), colour).save(buffer, kind)
    return Image.of(buffer.getvalue(), index=index)


RED, GREEN, BLUE = (picture(colour, index=at) for at, colour in enumerate(("red", "green", "blue")))
WEBP = picture(kind="WEBP")


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_a_picture_is_saved_where_asked(tmp_path: Path) -> None:
    for asked in (tmp_path / "a.png", str(tmp_path / "b.png")):
        assert RED.save(asked) == Path(asked)
        assert Path(asked).read_bytes() == RED.read()


def test_missing_parents_are_made(tmp_path: Path) -> None:
    assert RED.save(tmp_path / "a/b/c.png").exists()


@pytest.mark.parametrize("asked", ["folder", "folder/", "new/", "new/deeper/"])
def test_a_folder_gets_a_name_of_hash_and_index(tmp_path: Path, asked: str) -> None:
    (tmp_path / "folder").mkdir()
    assert BLUE.data is not None
    assert BLUE.save(f"{tmp_path}/{asked}") == tmp_path / asked / f"{BLUE.data.sha256[:12]}-2.png"


@pytest.mark.parametrize(
    ("asked", "name"),
    [("cat.png", "cat.webp"), ("cat.JPG", "cat.webp"), ("cat.v2", "cat.v2.webp"), ("a.b.gif", "a.b.webp")],
)
def test_the_suffix_follows_the_bytes_with_a_notice(tmp_path: Path, asked: str, name: str) -> None:
    with pytest.warns(SuffixNotice, match=f"is image/webp, so it was saved as '{name}', not as '{asked}'") as noticed:
        assert WEBP.save(tmp_path / asked) == tmp_path / name
    assert noticed[0].filename == __file__
    assert names(tmp_path) == [name]


@pytest.mark.filterwarnings("ignore::limner.media.SuffixNotice")
@pytest.mark.parametrize("overwrite", [True, False])
def test_a_file_that_nobody_named_is_not_replaced(tmp_path: Path, *, overwrite: bool) -> None:
    (tmp_path / "cat.webp").write_bytes(b"precious")
    (tmp_path / "cat-2.webp").symlink_to("nowhere")
    assert WEBP.save(tmp_path / "cat.png", overwrite=overwrite) == tmp_path / "cat-3.webp"
    assert (tmp_path / "cat.webp").read_bytes() == b"precious"
    (tmp_path / "cat-3.webp").rename(tmp_path / "cat.webp")
    assert WEBP.save(tmp_path / "cat.png") == tmp_path / "cat.webp"  # which holds the same


@pytest.mark.filterwarnings("ignore::limner.media.SuffixNotice")
def test_a_name_that_nobody_can_look_into_is_not_free(tmp_path: Path) -> None:
    (tmp_path / "cat.webp").mkdir()
    assert WEBP.save(tmp_path / "cat.png") == tmp_path / "cat-2.webp"


@pytest.mark.parametrize(("asked", "name"), [("cat", "cat.webp"), ("cat.webp", "cat.webp"), ("cat.WEBP", "cat.WEBP")])
def test_a_suffix_that_fits_or_is_missing_needs_no_notice(tmp_path: Path, asked: str, name: str) -> None:
    assert WEBP.save(tmp_path / asked) == tmp_path / name


def test_both_suffixes_of_jpeg_fit(tmp_path: Path) -> None:
    jpeg = picture(kind="JPEG")
    assert [jpeg.save(tmp_path / name).name for name in ("a.jpg", "a.jpeg", "a")] == ["a.jpg", "a.jpeg", "a.jpg"]


@pytest.mark.parametrize(("asked", "name"), [("cat.png", "cat.png"), ("cat", "cat")])
def test_bytes_that_say_nothing_go_where_asked(tmp_path: Path, asked: str, name: str) -> None:
    assert Image.of(b"?").save(tmp_path / asked).name == name


def test_bytes_that_say_nothing_have_their_claim_or_no_type_in_a_folder(tmp_path: Path) -> None:
    assert Image.of(b"?").save(tmp_path).suffix == ".bin"
    assert Image.of(b"?", media_type="image/tiff").save(tmp_path).suffix == ".tif"


def test_what_is_there_is_replaced_or_kept_as_asked(tmp_path: Path) -> None:
    path = tmp_path / "a.png"
    RED.save(path, overwrite=False)
    BLUE.save(path)
    assert path.read_bytes() == BLUE.read()
    with pytest.raises(FileExistsError):
        RED.save(path, overwrite=False)
    assert path.read_bytes() == BLUE.read()
    assert names(tmp_path) == ["a.png"]


@pytest.mark.parametrize("overwrite", [True, False])
def test_a_symbolic_link_is_replaced_not_followed(tmp_path: Path, *, overwrite: bool) -> None:
    (tmp_path / "target").write_bytes(b"precious")
    link = tmp_path / "a.png"
    link.symlink_to(tmp_path / "target")
    if overwrite:
        RED.save(link)
        assert not link.is_symlink()
    else:
        with pytest.raises(FileExistsError):
            RED.save(link, overwrite=False)
    assert (tmp_path / "target").read_bytes() == b"precious"


@pytest.mark.skipif(os.name != "posix", reason="permissions are POSIX")
def test_a_saved_file_has_the_permissions_of_any_new_file(tmp_path: Path) -> None:
    (tmp_path / "other").touch()
    expected = stat.S_IMODE((tmp_path / "other").stat().st_mode)
    for overwrite in (True, False):
        path = RED.save(tmp_path / f"{overwrite}.png", overwrite=overwrite)
        assert stat.S_IMODE(path.stat().st_mode) == expected


def no_links(*_: object) -> None:
    raise OSError(errno.EPERM, "no links here")


def test_without_hard_links_a_name_is_still_taken_only_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Path, "hardlink_to", no_links)
    path = RED.save(tmp_path / "a.png", overwrite=False)
    with pytest.raises(FileExistsError):
        BLUE.save(path, overwrite=False)
    assert path.read_bytes() == RED.read()
    assert names(tmp_path) == ["a.png"]


def failing(error: type[BaseException]) -> Callable[..., Any]:
    def fail(*_: object, **__: object) -> None:
        raise error(errno.ENOSPC, "no space left")

    return fail


@pytest.mark.parametrize("overwrite", [True, False])
@pytest.mark.parametrize("error", [OSError, KeyboardInterrupt])
@pytest.mark.parametrize("step", ["fsync", "replace"])
def test_a_failure_at_any_step_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: str, error: type[BaseException], *, overwrite: bool
) -> None:
    monkeypatch.setattr(Path, "hardlink_to", no_links)
    monkeypatch.setattr(os if step == "fsync" else Path, step, failing(error))
    with pytest.raises(error):
        RED.save(tmp_path / "a.png", overwrite=overwrite)
    assert names(tmp_path) == []


@pytest.mark.parametrize("name", ["file/a.png", "x" * 300 + ".png"])
def test_an_os_error_carries_the_picture(tmp_path: Path, name: str) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(OSError) as caught:  # noqa: PT011 - any of them
        RED.save(tmp_path / name)
    assert caught.value.images == (RED,)  # type: ignore[attr-defined]  # put there by save
    assert "Nothing is lost" in caught.value.__notes__[0]
    assert names(tmp_path) == ["file"]


def test_a_url_is_not_saved_and_nothing_is_made(tmp_path: Path) -> None:
    with pytest.raises(BadInputError, match=r"client.download\(result\)"):
        Image(url="https://a.example/b.png").save(tmp_path / "new" / "a.png")
    assert names(tmp_path) == []


def test_a_large_picture_on_disk_is_copied_in_pieces(tmp_path: Path) -> None:
    (tmp_path / "source").write_bytes(bytes(300_000))
    saved = Image.of(Blob.from_path(tmp_path / "source")).save(tmp_path / "copy")
    assert saved.read_bytes() == bytes(300_000)


def test_one_picture_goes_to_the_path_itself(tmp_path: Path) -> None:
    assert save_all([RED], tmp_path / "cat.png") == [tmp_path / "cat.png"]
    assert save_all([], tmp_path / "dog.png") == []


def test_several_pictures_are_numbered_in_their_order(tmp_path: Path) -> None:
    saved = save_all([BLUE, RED, WEBP], tmp_path / "cat")
    assert [path.name for path in saved] == ["cat-1.png", "cat-2.png", "cat-3.webp"]
    assert [path.read_bytes() for path in saved] == [BLUE.read(), RED.read(), WEBP.read()]


def test_several_pictures_in_a_folder_are_named_by_hash(tmp_path: Path) -> None:
    saved = save_all([RED, BLUE], f"{tmp_path}/cats/")
    assert [path.name[12:] for path in saved] == ["-0.png", "-2.png"]


def test_notices_come_after_all_are_saved(tmp_path: Path) -> None:
    with pytest.warns(SuffixNotice, match=r"'cat-2.webp'") as noticed:
        save_all([RED, WEBP, BLUE], tmp_path / "cat.png")
    assert [noticed[0].filename, len(noticed)] == [__file__, 1]
    with pytest.raises(SuffixNotice):  # where warnings are errors, as in this test run
        save_all([WEBP, RED], tmp_path / "dog.png")
    assert names(tmp_path) == ["cat-1.png", "cat-2.webp", "cat-3.png", "dog-1.webp", "dog-2.png"]


def test_an_os_error_carries_all_pictures_and_says_which_are_saved(tmp_path: Path) -> None:
    (tmp_path / "cat-2.png").touch()
    with pytest.raises(FileExistsError) as caught:
        save_all([RED, GREEN, BLUE], tmp_path / "cat.png", overwrite=False)
    assert caught.value.images == (RED, GREEN, BLUE)  # type: ignore[attr-defined]  # put there by save_all
    assert str(tmp_path / "cat-1.png") in caught.value.__notes__[0]
    assert names(tmp_path) == ["cat-1.png", "cat-2.png"]


def test_a_url_among_pictures_stops_before_anything_is_written(tmp_path: Path) -> None:
    with pytest.raises(BadInputError):
        save_all([RED, Image(url="https://a.example/b.png")], tmp_path / "cat.png")
    assert names(tmp_path) == []
