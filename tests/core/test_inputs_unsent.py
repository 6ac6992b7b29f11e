"""Images that cannot be right are refused before anything is sent, by both clients, and the error says which it is."""

from __future__ import annotations

import asyncio
import io
import os
from typing import TYPE_CHECKING, Any

import PIL.Image
import pytest
from attrs import frozen

import limner
from limner.capabilities import ModelCapabilities, ProviderCapabilities
from limner.dialects.openai_images import OpenAIImages
from limner.dialects.openai_models import DALL_E_2_EDIT, DALL_E_2_VARY, GPT_IMAGE_EDIT, JSON_DATA_URL, SOURCE
from limner.errors import BadInputError, UnsupportedError
from limner.requests import EditRequest, VaryRequest

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from limner.requests import Request

STUDIO = OpenAIImages(
    name="studio",
    base_url="https://studio.example/v1",
    key_variable="STUDIO_API_KEY",
    capabilities=ProviderCapabilities(
        models=(
            ModelCapabilities("brush", operations={"edit": GPT_IMAGE_EDIT}),
            ModelCapabilities("square", operations={"edit": DALL_E_2_EDIT, "vary": DALL_E_2_VARY}),
            ModelCapabilities("bytes", operations={"edit": GPT_IMAGE_EDIT.but(encodings=(JSON_DATA_URL,))}),
        ),
        unknown=None,
        source=SOURCE,
    ),
)


def picture(width: int = 8, height: int = 8, kind: str = "PNG", mode: str = "RGBA", **more: Any) -> bytes:
    buffer = io.BytesIO()
    PIL.Image.new(mode, (width, height)).save(buffer, kind, **more)
    return buffer.getvalue()


GOOD = picture()
SVG = b'<svg xmlns="http://www.w3.org/2000/svg" width="3" height="2"/>'


@frozen
class Desk:
    """A folder with files, a server, and one of the clients."""

    folder: Path
    server: Any
    send: Callable[[dict[str, Any], Any], Any]

    def file(self, content: bytes, name: str = "cat.png") -> Path:
        (self.folder / name).write_bytes(content)
        return self.folder / name

    def client(self, **more: Any) -> dict[str, Any]:
        return {"providers": [STUDIO], "keys": {"studio": "k"}, "base_urls": {"studio": self.server.url}, **more}

    def edit(self, images: Any, model: str = "brush", **more: Any) -> str:
        return self.refused(lambda: EditRequest("a cat", model=f"studio/{model}", images=images, **more))

    def refused(self, make: Callable[[], Any], **client: Any) -> str:
        """The sentence, after a look at the server: nothing came."""
        with pytest.raises((BadInputError, UnsupportedError)) as caught:
            self.send(self.client(**client), make())
        assert self.server.asked == []
        assert caught.value.param
        assert not caught.value.maybe_billed
        return str(caught.value)


def sync_send(client: dict[str, Any], request: Any) -> Any:
    with limner.Client(**client) as opened:
        return opened.run(request(opened) if callable(request) else request)


def async_send(client: dict[str, Any], request: Any) -> Any:
    async def main() -> Any:
        async with limner.AsyncClient(**client) as opened:
            return await opened.run(request(opened) if callable(request) else request)

    return asyncio.run(main())


@pytest.fixture(params=[sync_send, async_send], ids=["sync", "async"])
def desk(request: pytest.FixtureRequest, tmp_path: Path, server: Any, monkeypatch: pytest.MonkeyPatch) -> Desk:
    monkeypatch.chdir(tmp_path)
    return Desk(tmp_path, server, request.param)


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (b"", "is empty"),
        (SVG, "is named .png and is an SVG"),
        (b"<!doctype html><title>404</title>", "is a text such as HTML, and not a picture"),
        (b"%PDF-1.7", "is named .png and is neither that nor another picture"),
        (GOOD[:20], "begins as PNG and breaks off"),
        (picture(kind="GIF", mode="P"), "must be an image of type png, webp or jpeg, not gif"),
    ],
)
def test_a_file_of_the_wrong_kind(desk: Desk, content: bytes, problem: str) -> None:
    assert f"images[1] ('cat.png') {problem}" in desk.edit([GOOD, desk.file(content)])


def test_a_file_that_is_too_big(desk: Desk) -> None:
    path = desk.file(GOOD)
    os.truncate(path, 50_000_000)
    assert "images[1] ('cat.png') must be an image under 50 MB, not one of 50,000,000 bytes" in desk.edit([GOOD, path])
    os.truncate(path, 4_000_000)
    assert "image ('cat.png') must be an image under 4 MB, not one of 4,000,000 bytes" in desk.refused(
        lambda: VaryRequest(path, model="studio/square")
    )


def test_more_images_than_declared(desk: Desk) -> None:
    told = desk.edit([GOOD] * 16 + [desk.file(GOOD)])
    assert "images must be 1 to 16 images, not 17; [16] ('cat.png') is the first too many" in told
    assert "images must be 1 image, not 2; [1] is the first too many" in desk.edit([GOOD, GOOD], "square")


def test_an_image_that_is_not_square(desk: Desk) -> None:
    wide = desk.file(picture(9, 8))
    assert "image ('cat.png') must be a square image, not 9x8" in desk.refused(
        lambda: VaryRequest(wide, model="studio/square")
    )
    assert "images[0] ('cat.png') must be a square image, not 9x8" in desk.edit(wide, "square")


@pytest.mark.parametrize(
    ("mask", "problem"),
    [
        (picture(9, 8), "mask ('cat.png') must have the pixels of images[0] ('dog.png'), 8x8, not 9x8"),
        (picture(mode="RGB"), "mask ('cat.png') must have an alpha channel"),
        (picture(kind="WEBP"), "mask ('cat.png') must be an image of type png, not webp"),
        (GOOD + bytes(4_000_000), "mask ('cat.png') must be an image under 4 MB, not one of"),
    ],
)
def test_a_mask_that_does_not_fit(desk: Desk, mask: bytes, problem: str) -> None:
    assert problem in desk.edit(desk.file(GOOD, "dog.png"), mask=desk.file(mask))


def test_a_mask_is_not_resized(desk: Desk) -> None:
    mask = limner.Mask(desk.file(picture(9, 8, mode="L")), edit="black")
    assert "mask ('cat.png') must have the pixels of images[0], 8x8, not 9x8" in desk.edit(GOOD, mask=mask)


@pytest.mark.parametrize(
    ("make", "problem"),
    [
        (lambda path: path.mkdir(), "is a folder"),
        (lambda path: path.symlink_to("nowhere.png"), "is a symbolic link to nothing"),
        (lambda path: path.symlink_to(path), "cannot be read: Too many levels of symbolic links"),
        (os.mkfifo, "is not a regular file"),
        (lambda path: path.symlink_to("/dev/zero"), "is not a regular file"),
        (lambda _: None, "does not exist"),
    ],
    ids=["folder", "broken link", "circle", "pipe", "device", "nothing"],
)
def test_what_is_no_file(desk: Desk, make: Callable[[Path], object], problem: str) -> None:
    """A pipe and a device are not waited for."""
    make(desk.folder / "cat.png")
    assert desk.edit([GOOD, desk.folder / "cat.png"]) == f"images[1] ('cat.png') {problem}."


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("cta.png", "('cta.png') is neither an http(s) URL, nor a data URL, nor a file that exists"),
        (
            "https://user:pass@a.example/x.png",
            "(https://a.example/x.png) is a URL that holds a user's name or password",
        ),
        ("https:/a.example", "('https:/a.example') is not a complete http(s) URL"),
        ("data:image/png;base64,####", "('data:image/png;base64') is a data URL that holds no base64"),
    ],
)
def test_a_text_that_is_no_image(desk: Desk, text: str, problem: str) -> None:
    assert f"images[1] {problem}" in desk.edit([GOOD, text])


def test_a_url_of_a_private_address_where_only_bytes_can_be_sent(desk: Desk) -> None:
    """The server that the address names is the one that hears nothing."""
    url = f"{desk.server.url}/cat.png?token=1"
    told = desk.edit([GOOD, url], "bytes")
    assert "images[1] (http://127.0.0.1/cat.png…) given as url cannot be sent as json-data-url" in told
    assert "limner fetches no images that go in: download it, and give its bytes." in told


def test_a_text_where_texts_are_not_trusted(desk: Desk) -> None:
    desk.file(GOOD)

    def told(text: str) -> str:
        request = EditRequest("a cat", model="studio/brush", images=text)
        return desk.refused(lambda: request, trust="server").replace(repr(text), "it")

    assert told("cat.png") == told("cta.png") == told(".")


@pytest.mark.parametrize(
    ("meddle", "problem"),
    [
        (lambda path: path.write_bytes(GOOD + b"!"), "has changed since it was given: give it again"),
        (lambda path: path.unlink(), "cannot be read any more: No such file or directory"),
        (lambda path: (path.unlink(), os.mkfifo(path)), "has changed since it was given: give it again"),
        (lambda path: (path.unlink(), path.mkdir()), "cannot be read any more: Is a directory"),
    ],
    ids=["changed", "gone", "a pipe now", "a folder now"],
)
@pytest.mark.parametrize("name", ["images", "mask"])
def test_a_file_that_changes_between_the_plan_and_its_execution(
    desk: Desk, meddle: Callable[[Path], object], problem: str, name: str
) -> None:
    given: dict[str, Any] = {"images": GOOD, "mask": GOOD, name: desk.file(GOOD)}

    def late(client: Any) -> Any:
        planned = client.plan(EditRequest("a cat", model="studio/brush", **given))
        meddle(desk.folder / "cat.png")
        return planned

    subject = "images[0]" if name == "images" else "mask"
    assert desk.refused(lambda: late) == f"{subject} ('cat.png') {problem}."


def test_what_cannot_be_put_back_is_said_before_it_is_paid_for(desk: Desk) -> None:
    mask = limner.Mask(picture(4, 4), restore=True)
    assert "Mask(restore=True) needs the bytes of images[0] (https://a.example/x.png)" in desk.edit(
        "https://a.example/x.png", mask=mask
    )


def test_what_is_right_is_sent(desk: Desk) -> None:
    """The desk would hear of it: with these the same calls do send."""
    desk.server.script(desk.server.reply(status=400, json={"error": {"message": "no"}}))
    request: Request = EditRequest("a cat", model="studio/brush", images=[GOOD, desk.file(GOOD)], mask=GOOD)
    with pytest.raises(limner.BadRequestError):
        desk.send(desk.client(), request)
    assert desk.server.posts == 1
    parts = desk.server.asked[0].parts()
    assert [(part.get_content_type(), part.get_filename()) for part in parts.values() if part.get_filename()] == [
        ("image/png", "cat.png"), ("image/png", "mask-0.png")
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("meddle", "problem"),
    [
        (lambda path: path.write_bytes(GOOD + b"!"), "'cat.png' has changed since it was given"),
        (lambda path: path.unlink(missing_ok=True), "An image cannot be read any more, to be sent: No such file"),
    ],
)
def test_a_file_that_changes_between_two_attempts_is_not_sent_as_something_else(
    desk: Desk, meddle: Callable[[Path], object], problem: str, at_once: None
) -> None:
    """A second attempt repeats the first to the byte, or does not take place."""
    del at_once
    path = desk.file(GOOD)

    def api(_: Any) -> Any:
        meddle(path)
        return desk.server.reply(status=429, headers={"Retry-After": "0"}, json={"error": {"message": "later"}})

    desk.server.api = api
    with pytest.raises(BadInputError) as caught:
        desk.send(desk.client(), EditRequest("a cat", model="studio/brush", images=path))
    assert str(caught.value).startswith(problem)
    assert not caught.value.maybe_billed
    whole = [one for one in desk.server.asked if len(one.body) == int(one.headers["content-length"])]
    assert len(whole) == 1
