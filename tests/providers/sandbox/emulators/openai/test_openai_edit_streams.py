"""Edits as event streams, as documented."""

from __future__ import annotations

import json
from base64 import b64decode
from io import BytesIO
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from PIL import Image, ImageChops, ImageStat

if TYPE_CHECKING:
    from collections.abc import Callable

    from limner_sandbox import Sandbox

Events = list[tuple[str, dict[str, Any]]]


@pytest.fixture
def edit(form: Callable[..., httpx.Response], sandbox: Sandbox, png: Callable[..., bytes]) -> Callable[..., Any]:
    """Edit a small image, in one piece or as events."""

    def send(*more: tuple[str, bytes, str], size: tuple[int, int] = (32, 32), **fields: str) -> Any:
        told = {"model": "gpt-image-2", "prompt": "as a watercolor", **fields}
        return form(sandbox, "/images/edits", ("image", png(size), "image/png"), *more, **told)

    return send


def events_of(reply: httpx.Response) -> Events:
    blocks = [block.split("\n") for block in reply.text.removesuffix("\n\n").split("\n\n")]
    return [(name.removeprefix("event: "), json.loads(data.removeprefix("data: "))) for name, data in blocks]


@pytest.mark.parametrize("partial", [0, 1, 3])
def test_partial_images_come_before_the_completed_one(edit: Callable[..., Any], partial: int) -> None:
    events = events_of(edit(stream="true", partial_images=str(partial)))
    assert [name for name, _ in events] == ["image_edit.partial_image"] * partial + ["image_edit.completed"]
    assert [name for name, _ in events] == [data["type"] for _, data in events]


def test_events_carry_the_required_members(edit: Callable[..., Any]) -> None:
    required = {"type", "b64_json", "created_at", "size", "quality", "background", "output_format"}
    (_, partial), (_, completed) = events_of(edit(stream="true", partial_images="1"))
    assert (set(partial), set(completed)) == (required | {"partial_image_index"}, required | {"usage"})


def test_the_completed_image_is_the_one_without_a_stream(edit: Callable[..., Any]) -> None:
    ((_, completed),) = events_of(edit(stream="true"))
    whole = edit().json()
    assert completed["b64_json"] == whole["data"][0]["b64_json"]
    assert completed["usage"] == whole["usage"]


@pytest.mark.parametrize("masked", [False, True])
def test_partial_images_get_sharper(edit: Callable[..., Any], png: Callable[..., bytes], masked: bool) -> None:  # noqa: FBT001 - a case
    size = (256, 256)
    mask = [("mask", png(size, mode="RGBA", hole=(40, 40, 220, 220)), "image/png")] if masked else []
    events = events_of(edit(*mask, stream="true", partial_images="3", size=size, prompt="a red balloon"))
    pictures = [Image.open(BytesIO(b64decode(data["b64_json"]))).convert("RGB") for _, data in events]
    distances = [sum(ImageStat.Stat(ImageChops.difference(each, pictures[-1])).mean) for each in pictures]
    assert distances == sorted(distances, reverse=True)
    assert distances[0] > distances[2] > 0


def test_partial_images_are_right_outside_of_the_mask(edit: Callable[..., Any], png: Callable[..., bytes]) -> None:
    mask = ("mask", png(mode="RGBA", hole=(8, 8, 24, 24)), "image/png")
    (_, partial), _ = events_of(edit(mask, stream="true", partial_images="1"))
    picture = Image.open(BytesIO(b64decode(partial["b64_json"])))
    assert picture.crop((0, 0, 32, 8)).tobytes() == Image.open(BytesIO(png())).crop((0, 0, 32, 8)).tobytes()


def test_each_of_n_images_is_completed(edit: Callable[..., Any], sandbox: Sandbox) -> None:
    events = events_of(edit(stream="true", n="2", partial_images="1"))
    assert [name.rpartition(".")[2] for name, _ in events] == ["partial_image", "completed"] * 2
    assert sandbox.billed == 2


def test_a_refusal_comes_as_json_before_the_stream(edit: Callable[..., Any]) -> None:
    reply = edit(stream="true", output_format="gif")
    assert (reply.status_code, reply.headers["content-type"]) == (400, "application/json")


def test_an_error_may_come_within_the_stream(edit: Callable[..., Any], sandbox: Sandbox) -> None:
    sandbox.fail("stream_error")
    events = events_of(edit(stream="true", partial_images="1"))
    assert [name for name, _ in events] == ["image_edit.partial_image", "error"]


def test_a_stream_may_be_cut(edit: Callable[..., Any], sandbox: Sandbox) -> None:
    sandbox.fail("cut")
    with pytest.raises(httpx.RemoteProtocolError):
        edit(stream="true", partial_images="2")
