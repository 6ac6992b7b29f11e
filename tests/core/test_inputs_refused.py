"""What cannot be an image that goes in, and the sentence that says why: parameter, place, name and reason."""

from __future__ import annotations

import io
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import PIL.Image
import pytest
from hypothesis import given
from hypothesis import strategies as st

from limner.errors import BadInputError
from limner.inputs import ImageInput
from limner.media import Blob, Image
from limner.requests import EditRequest
from limner.results import ImageResult

if TYPE_CHECKING:
    from collections.abc import Callable

SVG = b'<svg xmlns="http://www.w3.org/2000/svg" width="3" height="2"/>'
HTML = b"\n<!doctype html><title>Not found</title>"


def png() -> bytes:
    buffer = io.BytesIO()
    PIL.Image.new("RGB", (3, 2)).save(buffer, "PNG")
    return buffer.getvalue()


@pytest.fixture
def cat(tmp_path: Path) -> Path:
    path = tmp_path / "cat.png"
    path.write_bytes(png())
    return path


def test_a_result_says_where_its_image_is(cat: Path) -> None:
    result = ImageResult(images=(Image.of(cat.read_bytes()),))
    assert fault(result).startswith("image was given ImageResult, whose first image is its .image;")
    assert [image.media_type for image in EditRequest("a cat", images=result).images] == ["image/png"]


def fault(value: Any, **more: Any) -> str:
    """The sentence with which a value is refused."""
    with pytest.raises(BadInputError) as caught:
        ImageInput.of(value, **more).opened(**more)
    assert caught.value.param == more.get("param", "image")
    return str(caught.value)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("cta.png", "cta.png"),
        ("", " "),
        ("  ", "  "),
        ("a\0b", "a\\x00b"),
        ("\ud800", "\\ud800"),
        ("file:///etc/passwd", "file:///etc/passwd"),
        ("ftp://a.example/x.png", "ftp://a.example/x.png"),
        ("A" * 5_000, "A" * 48 + "…"),
        ("gs://a.example/x.png?sig=secret", "gs://a.example/x.png"),
    ],
)
def test_a_text_that_is_nothing_says_so(text: str, shown: str) -> None:
    assert fault(text) == f"image ('{shown}') is neither an http(s) URL, nor a data URL, nor a file that exists."


@pytest.mark.parametrize("text", ["\\\\evil.example\\share\\cat.png", "//evil.example/share/cat.png"])
def test_a_text_never_reaches_for_another_machine(text: str) -> None:
    assert "names a file of another machine: give it as a pathlib.Path" in fault(text)


@pytest.mark.parametrize(
    "url",
    [
        "https://",
        "https:/a.example/x",
        "http:x.png",
        "https://a.example:port/x",
        "https://a.example:0/",
        "https://[::1/x",
        "https://a.example/a b.png",
        "https://a.example/\n",
        "https://a.example/\ud800",
    ],
)
def test_a_broken_url_says_so(url: str) -> None:
    assert "is not a complete http(s) URL" in fault(url)


@pytest.mark.parametrize("url", ["https://user@a.example/x.png", "https://user:pass@a.example/x.png?sig=1"])
@pytest.mark.parametrize("wrap", [str, lambda url: Image(url=url)])
def test_a_url_with_a_password_would_give_it_away(url: str, wrap: Callable[[str], Any]) -> None:
    told = fault(wrap(url))
    assert "is a URL that holds a user's name or password, which the provider would get." in told
    assert "user@" not in told
    assert "pass@" not in told


@pytest.mark.parametrize("url", ["data:image/png;base64,####", "data:image/png;base64", "data:"])
def test_a_data_url_without_data_says_so(url: str) -> None:
    assert fault(url) == f"image ('{url.partition(',')[0]}') is a data URL that holds no base64."


def test_a_data_url_of_a_page_says_so() -> None:
    assert fault("data:text/html,<html>") == "image ('data:text/html') is a text such as HTML, and not a picture."


def test_a_folder(tmp_path: Path) -> None:
    assert fault(tmp_path) == f"image ('{tmp_path.name}') is a folder."
    assert fault(f"{tmp_path}") == f"image ('{tmp_path.name}') is a folder."
    assert fault(Path()) == "image ('.') is a folder."


def test_a_path_to_nothing(tmp_path: Path) -> None:
    assert fault(tmp_path / "cta.png") == "image ('cta.png') does not exist."


@pytest.mark.parametrize("given", [Path, str])
def test_a_broken_symlink(tmp_path: Path, given: Callable[[Path], Any]) -> None:
    (tmp_path / "cat.png").symlink_to(tmp_path / "gone.png")
    assert fault(given(tmp_path / "cat.png")) == "image ('cat.png') is a symbolic link to nothing."


def test_a_pipe(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "cat.png")
    assert fault(tmp_path / "cat.png") == "image ('cat.png') is not a regular file."


def test_a_file_below_a_file(cat: Path) -> None:
    assert fault(cat / "x.png") == "image ('x.png') cannot be read: Not a directory."


def test_a_path_that_no_system_takes() -> None:
    assert fault(Path("a\0.png")).startswith("image ('a\\x00.png') cannot be read: ")


def test_a_file_that_may_not_be_read(cat: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The system's refusal is played: root may read everything."""

    def refuse(*_: object, **__: object) -> None:
        raise PermissionError(13, "Permission denied", str(cat))

    monkeypatch.setattr(os, "open", refuse)
    assert fault(cat) == "image ('cat.png') cannot be read: Permission denied."


def test_an_empty_file(cat: Path) -> None:
    cat.write_bytes(b"")
    assert fault(cat) == "image ('cat.png') is empty."


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (HTML, "is a text such as HTML, and not a picture"),
        (SVG, "is named .png and is an SVG"),
        (b'{"error": "gone"}', "is named .png and is neither that nor another picture"),
        (b"\x00\x01", "is named .png and is neither that nor another picture"),
    ],
)
@pytest.mark.parametrize("given", ["path", "open file"])
def test_what_is_only_named_like_a_picture(cat: Path, content: bytes, problem: str, given: str) -> None:
    cat.write_bytes(content)
    with cat.open("rb") as handle:
        assert fault(cat if given == "path" else handle) == f"image ('cat.png') {problem}."


@pytest.mark.parametrize(
    ("start", "kind"), [(png()[:20], "PNG"), (b"\xff\xd8\xff\xe0\x00", "JPEG"), (b"GIF89a\0", "GIF"),
                        (b"RIFF\xff\0\0\0WEBPVP8 ", "WebP")]
)  # fmt: skip
def test_a_picture_that_does_not_say_how_large_it_is(cat: Path, start: bytes, kind: str) -> None:
    told = f"begins as {kind} and breaks off, or is damaged: it does not say how large it is."
    cat.write_bytes(start)
    assert fault(start) == f"image {told}"
    assert fault(cat) == f"image ('cat.png') {told}"


def test_a_blob_whose_file_has_gone(cat: Path) -> None:
    blob = Blob.from_path(cat)
    cat.unlink()
    assert fault(blob) == "image ('cat.png') cannot be read: No such file or directory."


def test_a_file_that_gives_nothing_yet() -> None:
    """As a socket does that must not wait."""

    class Silent(io.RawIOBase):
        def readable(self) -> bool:
            return True

        def readinto(self, _: object) -> None:
            return None

    assert fault(Silent()) == "image gives NoneType when it is read, not bytes: open it with mode 'rb'."


@pytest.mark.parametrize("given", [HTML, Blob(HTML), Image(data=Blob(HTML)), io.BytesIO(HTML)])
def test_a_page_without_a_name(given: Any) -> None:
    assert fault(given) == "image is a text such as HTML, and not a picture."


def test_a_file_opened_as_text(cat: Path) -> None:
    cat.write_text("abc")
    with cat.open() as handle:
        assert fault(handle) == "image ('cat.png') gives str when it is read, not bytes: open it with mode 'rb'."


def test_a_file_that_was_read_before(cat: Path) -> None:
    with cat.open("rb") as handle:
        handle.read()
        assert fault(handle).startswith("image ('cat.png') is empty, or was read to its end before: seek(0)")


def test_a_closed_file(cat: Path) -> None:
    with cat.open("rb") as handle:
        pass
    assert fault(handle) == "image ('cat.png') cannot be read: read of closed file."


def test_an_image_that_has_nothing() -> None:
    assert fault(Image()) == "image has neither data nor a URL."


def test_what_a_server_called_a_url_is_never_taken_for_a_file(cat: Path) -> None:
    assert "is not a complete http(s) URL" in fault(Image(url=str(cat)))


@pytest.mark.parametrize("value", [5, None, object(), 1.5, {"a": 1}])
def test_what_cannot_be_an_image(value: Any) -> None:
    assert fault(value).startswith(
        f"image was given {type(value).__name__}; an image is a path, bytes, an open binary file"
    )


@given(text=st.text() | st.text().map("https://".__add__) | st.text().map("data:;base64,".__add__))
def test_any_text_is_an_image_or_a_sentence(text: str) -> None:
    try:
        image = ImageInput.of(text).opened()
    except BadInputError:
        return
    assert image.kind in {"url", "bytes"}


@given(content=st.binary(max_size=200))
def test_bytes_are_refused_only_where_they_are_none_or_a_text_with_markup(content: bytes) -> None:
    # What begins as a picture of a known kind must say how large it is.
    measured = content.startswith((b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff", b"RIFF", b"GIF8"))
    markup = (
        measured or content.lstrip().startswith(b"<") or content.startswith((b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff"))
    )
    try:
        assert ImageInput.of(content).size == len(content)
    except BadInputError:
        refused = True
    else:
        refused = False
    assert not refused or markup or not content


def test_the_error_names_the_parameter_the_place_and_the_file(tmp_path: Path) -> None:
    assert fault(tmp_path / "x.png", param="mask") == "mask ('x.png') does not exist."
    assert fault(b"", param="images", position=2) == "images[2] is empty."


def test_the_error_shows_no_other_behind_it() -> None:
    with pytest.raises(BadInputError) as caught:
        ImageInput.of("gone.png").opened()
    assert caught.value.__suppress_context__
