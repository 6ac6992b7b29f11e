"""Event streams, as documented."""

from __future__ import annotations

import json
from base64 import b64decode
from collections.abc import Callable
from io import BytesIO
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from PIL import Image, ImageChops, ImageStat

if TYPE_CHECKING:
    from limner_sandbox import Sandbox

Post = Callable[..., httpx.Response]


def events_of(reply: httpx.Response) -> list[tuple[str, dict[str, Any]]]:
    blocks = [block.split("\n") for block in reply.text.removesuffix("\n\n").split("\n\n")]
    return [(name.removeprefix("event: "), json.loads(data.removeprefix("data: "))) for name, data in blocks]


@pytest.mark.parametrize("partial", [0, 1, 2, 3])
def test_partial_images_come_before_the_completed_one(sandbox: Sandbox, post: Post, partial: int) -> None:
    names = [name for name, _ in events_of(post(sandbox, stream=True, partial_images=partial))]
    assert names == ["image_generation.partial_image"] * partial + ["image_generation.completed"]


def test_a_stream_is_an_event_stream(sandbox: Sandbox, post: Post) -> None:
    assert post(sandbox, stream=True).headers["content-type"].startswith("text/event-stream")


def test_the_events_name_is_also_in_its_data(sandbox: Sandbox, post: Post) -> None:
    events = events_of(post(sandbox, stream=True, partial_images=1))
    assert [name for name, _ in events] == [data["type"] for _, data in events]


def test_partial_images_are_counted_from_zero(sandbox: Sandbox, post: Post) -> None:
    events = events_of(post(sandbox, stream=True, partial_images=3))
    assert [data.get("partial_image_index") for _, data in events] == [0, 1, 2, None]


def test_events_carry_the_required_members(sandbox: Sandbox, post: Post) -> None:
    required = {"type", "b64_json", "created_at", "size", "quality", "background", "output_format"}
    (_, partial), (_, completed) = events_of(post(sandbox, stream=True, partial_images=1))
    assert (set(partial), set(completed)) == (required | {"partial_image_index"}, required | {"usage"})


def test_the_completed_event_carries_the_safety_identifier(sandbox: Sandbox, post: Post) -> None:
    ((_, completed),) = events_of(post(sandbox, stream=True, safety_identifier="s-1"))
    assert completed["safety_identifier"] == "s-1"


def test_the_completed_image_is_the_one_without_a_stream(sandbox: Sandbox, post: Post) -> None:
    ((_, completed),) = events_of(post(sandbox, stream=True))
    assert completed["b64_json"] == post(sandbox).json()["data"][0]["b64_json"]


def test_partial_images_get_sharper(sandbox: Sandbox, post: Post) -> None:
    events = events_of(post(sandbox, stream=True, partial_images=3, size="512x512"))
    pictures = [Image.open(BytesIO(b64decode(data["b64_json"]))).convert("RGB") for _, data in events]
    distances = [sum(ImageStat.Stat(ImageChops.difference(each, pictures[-1])).mean) for each in pictures]
    assert distances == sorted(distances, reverse=True)


def test_each_of_n_images_is_completed(sandbox: Sandbox, post: Post) -> None:
    names = [name for name, _ in events_of(post(sandbox, stream=True, n=2))]
    assert names == ["image_generation.completed"] * 2


def test_streamed_images_are_billed(sandbox: Sandbox, post: Post) -> None:
    post(sandbox, stream=True, partial_images=2, n=2)
    assert sandbox.billed == 2


def test_a_refusal_comes_as_json_before_the_stream(sandbox: Sandbox, post: Post) -> None:
    reply = post(sandbox, stream=True, partial_images=4)
    assert (reply.status_code, reply.headers["content-type"]) == (400, "application/json")
