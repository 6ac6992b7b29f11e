"""``POST /images/edits`` with a form: what is taken, what is refused, and in which words."""

from __future__ import annotations

from base64 import b64decode
from collections.abc import Callable
from io import BytesIO
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from PIL import Image

from limner_sandbox.openai_images import inputs

if TYPE_CHECKING:
    from limner_sandbox import Sandbox

Form = Callable[..., httpx.Response]
Png = Callable[..., bytes]
EDITS = "/images/edits"
HOLE = (8, 8, 24, 24)


def refusal(reply: httpx.Response) -> tuple[int, Any, Any, Any]:
    error = reply.json()["error"]
    return reply.status_code, error["type"], error["code"], error["param"]


def pictures(reply: httpx.Response) -> list[Image.Image]:
    assert reply.status_code == 200, reply.text
    return [Image.open(BytesIO(b64decode(item["b64_json"]))) for item in reply.json()["data"]]


@pytest.fixture
def edit(form: Form, sandbox: Sandbox, png: Png) -> Callable[..., httpx.Response]:
    """Edit a small image, or other files; with changes to the fields (``None`` leaves a name out)."""

    def send(*files: Any, target: Sandbox = sandbox, **fields: str | None) -> httpx.Response:
        told = {"model": "gpt-image-2", "prompt": "a cat", **fields}
        listed = files or (("image", png(), "image/png"),)
        return form(target, EDITS, *listed, **{name: text for name, text in told.items() if text is not None})

    return send


def test_an_edit_is_as_large_as_its_input(edit: Form, png: Png) -> None:
    (picture,) = pictures(edit(("image", png((48, 32)), "image/png")))
    assert picture.size == (48, 32)


@pytest.mark.parametrize(
    ("model", "size", "fitted"),
    [
        ("gpt-image-2", (50, 30), (48, 32)),
        ("gpt-image-2", (160, 16), (80, 32)),
        ("gpt-image-2", (3, 3), (16, 16)),
        ("gpt-image-2", (64, 20), (48, 16)),
        ("gpt-image-2", (40, 300), (64, 192)),
        ("gpt-image-1.5", (300, 200), (1536, 1024)),
        ("gpt-image-1.5", (200, 310), (1024, 1536)),
        ("gpt-image-1.5", (50, 50), (1024, 1024)),
    ],
)
def test_a_size_that_is_not_set_is_one_that_the_model_makes(
    edit: Form, png: Png, model: str, size: tuple[int, int], fitted: tuple[int, int]
) -> None:
    reply = edit(("image", png(size), "image/png"), model=model, quality="low")
    assert reply.json()["size"] == f"{fitted[0]}x{fitted[1]}"
    assert pictures(reply)[0].size == fitted


def test_the_size_asked_for_is_made(edit: Form) -> None:
    assert pictures(edit(size="64x48"))[0].size == (64, 48)


def test_every_pixel_outside_of_the_mask_is_the_inputs(edit: Form, png: Png) -> None:
    content = png()
    mask = png(mode="RGBA", hole=HOLE)
    (picture,) = pictures(edit(("image", content, "image/png"), ("mask", mask, "image/png"), prompt="a red balloon"))
    before, after = (image.convert("RGB").load() for image in (Image.open(BytesIO(content)), picture))
    assert before is not None
    assert after is not None
    changed = {(x, y) for x in range(32) for y in range(32) if before[x, y] != after[x, y]}
    assert changed
    assert changed <= {(x, y) for x in range(8, 24) for y in range(8, 24)}


def test_half_transparent_parts_of_a_mask_are_kept(edit: Form, png: Png) -> None:
    mask = Image.new("RGBA", (32, 32), (0, 0, 0, 1))
    buffer = BytesIO()
    mask.save(buffer, "PNG")
    content = png()
    (picture,) = pictures(edit(("image", content, "image/png"), ("mask", buffer.getvalue(), "image/png")))
    assert picture.tobytes() == Image.open(BytesIO(content)).convert(picture.mode).tobytes()


@pytest.mark.parametrize("kind", ["png", "webp"])
def test_a_transparent_background_is_transparent(edit: Form, kind: str) -> None:
    reply = edit(background="transparent", output_format=kind, size="64x64")
    assert reply.json()["background"] == "transparent"
    assert pictures(reply)[0].convert("RGBA").getchannel("A").getextrema() == (0, 255)


def test_an_input_with_transparent_parts_keeps_them(edit: Form, png: Png) -> None:
    reply = edit(("image", png(mode="RGBA", hole=HOLE), "image/png"))
    assert reply.json()["background"] == "transparent"


@pytest.mark.parametrize(("kind", "changes"), [("jpeg", {}), ("png", {"background": "opaque"})])
def test_an_opaque_edit_has_no_transparent_parts(edit: Form, png: Png, kind: str, changes: dict[str, str]) -> None:
    reply = edit(("image", png(mode="RGBA", hole=HOLE), "image/png"), output_format=kind, **changes)
    assert (reply.json()["background"], pictures(reply)[0].mode) == ("opaque", "RGB")


@pytest.mark.parametrize("kind", ["JPEG", "WEBP", "PNG"])
def test_inputs_of_every_documented_type_are_read(edit: Form, png: Png, kind: str) -> None:
    assert pictures(edit(("image", png(kind=kind), f"image/{kind.lower()}")))


def test_a_photo_is_seen_the_right_way_up(edit: Form, png: Png) -> None:
    picture = Image.open(BytesIO(png((48, 32))))
    exif = Image.Exif()
    exif[0x0112] = 6
    buffer = BytesIO()
    picture.save(buffer, "JPEG", exif=exif)
    assert edit(("image", buffer.getvalue(), "image/jpeg")).json()["size"] == "32x48"


def test_an_image_of_too_many_pixels_is_none(edit: Form, png: Png, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(inputs, "MOST_PIXELS", 1000)
    assert refusal(edit(("image", png((40, 26)), "image/png")))[2] == "invalid_image_file"
    assert pictures(edit(("image", png((40, 25)), "image/png")))


@pytest.mark.parametrize("name", ["image[]", "image"])
def test_one_image_may_be_in_an_array(edit: Form, png: Png, name: str) -> None:
    assert len(pictures(edit((name, png(), "image/png")))) == 1


def test_sixteen_images_are_taken(edit: Form, png: Png) -> None:
    assert pictures(edit(*[("image[]", png(), "image/png")] * 16))


def test_n_edits_differ(edit: Form) -> None:
    reply = edit(n="3")
    assert len({item["b64_json"] for item in reply.json()["data"]}) == 3


def test_edits_are_billed(edit: Form, sandbox: Sandbox) -> None:
    edit(n="2")
    assert sandbox.billed == 2


def test_the_model_that_edits_is_documented_where_none_is_named(edit: Form) -> None:
    assert edit(model=None).json()["size"] == "1024x1024"


def test_input_images_are_in_the_usage(edit: Form, png: Png) -> None:
    one, two = (edit(*[("image[]", png(), "image/png")] * count).json()["usage"] for count in (1, 2))
    assert (one["input_tokens_details"]["image_tokens"], two["input_tokens_details"]["image_tokens"]) == (194, 388)
    assert one["total_tokens"] == one["input_tokens"] + one["output_tokens"]


def test_high_fidelity_costs_more(edit: Form) -> None:
    usage = edit(model="gpt-image-1.5", input_fidelity="high", quality="low").json()["usage"]
    assert usage["input_tokens_details"]["image_tokens"] == 4354


def test_markup_is_taken_by_2_5(edit: Form, png: Png) -> None:
    guide = ("markup", png(mode="RGBA", hole=(0, 0, 30, 32)), "image/png")
    assert pictures(edit(("image", png(), "image/png"), guide, model="gpt-image-2.5-flare", prompt="a boat"))


def test_an_svg_of_an_edit_is_a_drawing(edit: Form) -> None:
    reply = edit(output_format="svg", **{"svg[model]": "gpt-6", "svg[reasoning][effort]": "low"})
    assert b64decode(reply.json()["data"][0]["b64_json"]).startswith(b"<svg")
    assert reply.json()["svg_usage"]["model"] == "gpt-6"


def test_a_gif_of_an_edit_moves(edit: Form) -> None:
    (film,) = pictures(edit(output_format="gif", frame_count="3"))
    assert getattr(film, "n_frames", 1) == 3


REQUEST, USER = "invalid_request_error", "image_generation_user_error"

REFUSED: dict[str, tuple[dict[str, Any], tuple[Any, ...]]] = {
    "prompt": ({"prompt": None}, (REQUEST, "missing_required_parameter", "prompt")),
    "empty-prompt": ({"prompt": ""}, (REQUEST, "empty_string", "prompt")),
    "long-prompt": ({"prompt": "x" * 32_001}, (REQUEST, "string_above_max_length", "prompt")),
    "moderation": ({"moderation": "low"}, (REQUEST, "unknown_parameter", "moderation")),
    "style": ({"style": "vivid"}, (REQUEST, "unknown_parameter", "style")),
    "response_format": ({"response_format": "url"}, (REQUEST, "unknown_parameter", "response_format")),
    "images": ({"images": "x"}, (REQUEST, "unknown_parameter", "images")),
    "hd": ({"quality": "hd"}, (REQUEST, "invalid_value", "quality")),
    "n": ({"n": "11"}, (REQUEST, "integer_above_max_value", "n")),
    "n-text": ({"n": "two"}, (REQUEST, "invalid_type", "n")),
    "stream": ({"stream": "1"}, (REQUEST, "invalid_type", "stream")),
    "size": ({"size": "50x50"}, (REQUEST, "invalid_size", "size")),
    "fidelity-2": ({"input_fidelity": "low"}, (REQUEST, "invalid_input_fidelity_model", "input_fidelity")),
    "fidelity-mini": (
        {"model": "gpt-image-1-mini", "input_fidelity": "high"}, (REQUEST, "invalid_value", "input_fidelity"),
    ),
    "forbidden": ({"prompt": "a forbidden-word"}, (USER, "moderation_blocked", None)),
    "partial": ({"partial_images": "2"}, (REQUEST, "invalid_value", "partial_images")),
    "variation-model": ({"model": "dall-e-9"}, (REQUEST, "model_not_found", None)),
}  # fmt: skip


@pytest.mark.parametrize(("changes", "told"), REFUSED.values(), ids=REFUSED)
def test_fields_are_checked_as_documented(edit: Form, changes: dict[str, Any], told: tuple[Any, ...]) -> None:
    assert refusal(edit(**changes))[1:] == told


FILES: dict[str, tuple[Any, tuple[Any, ...]]] = {
    "octets": ([("image", "png", "application/octet-stream")], (REQUEST, "unsupported_file_mimetype", "image")),
    "gif": ([("image", "png", "image/gif")], (REQUEST, "unsupported_file_mimetype", "image")),
    "octets-2": (
        [("image[]", "png", "image/png"), ("image[]", "png", "application/octet-stream")],
        (REQUEST, "unsupported_file_mimetype", "image[1]"),
    ),
    "untyped": ([("image", "png", "")], (REQUEST, "missing_file_mimetype", "image")),
    "twice": ([("image", "png", "image/png")] * 2, (REQUEST, "duplicate_parameter", "image")),
    "seventeen": ([("image[]", "png", "image/png")] * 17, (REQUEST, "array_above_max_length", "image")),
    "empty": ([("image", b"", "image/png")], (USER, "invalid_image_file", None)),
    "html": ([("image", b"<html>", "image/png")], (USER, "invalid_image_file", None)),
    "svg": ([("image", b"<svg xmlns='http://www.w3.org/2000/svg'/>", "image/png")], (USER, "invalid_image_file", None)),
    "cut": ([("image", "cut", "image/png")], (USER, "invalid_image_file", None)),
    "real-gif": ([("image", "gif", "image/png")], (USER, "invalid_image_file", None)),
    "large": ([("image", b"\0" * 50_000_000, "image/png")], (REQUEST, "file_too_large", "image")),
    "mask-small": ([("mask", "small", "image/png")], (USER, "invalid_mask_image_format", None)),
    "mask-opaque": ([("mask", "png", "image/png")], (USER, "invalid_mask_image_format", None)),
    "mask-jpeg": ([("mask", "jpeg", "image/png")], (USER, "invalid_mask_image_format", None)),
    "mask-large": ([("mask", b"\0" * 4_000_000, "image/png")], (USER, "invalid_mask_image_format", None)),
    "markup-2": ([("markup", "png", "image/png")], (REQUEST, "unknown_parameter", "markup")),
}  # fmt: skip


@pytest.mark.parametrize(("files", "told"), FILES.values(), ids=FILES)
def test_files_are_checked_as_reported(edit: Form, png: Png, files: Any, told: tuple[Any, ...]) -> None:
    contents = {
        "png": png(), "cut": png()[:-40], "gif": png(kind="GIF"), "jpeg": png(kind="JPEG"),
        "small": png((16, 16), mode="RGBA", hole=HOLE),
    }  # fmt: skip
    sent = [(name, contents[which] if isinstance(which, str) else which, kind) for name, which, kind in files]
    if not sent[0][0].startswith("image"):
        sent.insert(0, ("image", png(), "image/png"))
    assert refusal(edit(*sent))[1:] == told


@pytest.mark.parametrize("name", ["image", "image[]"])
def test_a_text_is_no_image(form: Form, sandbox: Sandbox, name: str) -> None:
    reply = form(sandbox, EDITS, model="gpt-image-2", prompt="x", **{name: "./a.png"})
    label = "image" if name == "image" else "image[0]"
    assert refusal(reply) == (400, REQUEST, "invalid_type", label)


def test_a_text_is_no_mask(edit: Form) -> None:
    assert refusal(edit(mask="./mask.png"))[2:] == ("invalid_type", "mask")


def test_a_missing_image_is_told(form: Form, sandbox: Sandbox) -> None:
    reply = form(sandbox, EDITS, model="gpt-image-2", prompt="x")
    assert refusal(reply) == (400, REQUEST, "missing_required_parameter", "image")


def test_the_types_that_are_taken_are_told(edit: Form, png: Png) -> None:
    message = edit(("image", png(), "application/octet-stream")).json()["error"]["message"]
    assert message.endswith("Supported file formats are 'image/jpeg', 'image/png', and 'image/webp'.")


def test_an_invalid_image_is_counted_from_one(edit: Form, png: Png) -> None:
    reply = edit(("image[]", png(), "image/png"), ("image[]", b"x", "image/png"))
    assert "image 2" in reply.json()["error"]["message"]


def test_the_type_of_a_mask_is_not_looked_at(edit: Form, png: Png) -> None:
    mask = ("mask", png(mode="RGBA", hole=HOLE), "application/octet-stream")
    assert pictures(edit(("image", png(), "image/png"), mask))


def test_a_gif_goes_without_a_mask(edit: Form, png: Png) -> None:
    mask = ("mask", png(mode="RGBA", hole=HOLE), "image/png")
    assert refusal(edit(("image", png(), "image/png"), mask, output_format="gif"))[2:] == ("invalid_value", "mask")


@pytest.mark.parametrize("which", ["opaque", "small", "html"])
def test_markup_is_a_transparent_png_as_large_as_the_image(edit: Form, png: Png, which: str) -> None:
    content = {"opaque": png(), "small": png((16, 16), mode="RGBA", hole=HOLE), "html": b"<html>"}[which]
    reply = edit(("image", png(), "image/png"), ("markup", content, "image/png"), model="gpt-image-2.5-flare")
    assert refusal(reply) == (400, USER, "invalid_markup_image_format", "markup")


def test_markup_and_mask_do_not_go_together(edit: Form, png: Png) -> None:
    files = [(name, png(mode="RGBA", hole=HOLE), "image/png") for name in ("mask", "markup")]
    reply = edit(("image", png(), "image/png"), *files, model="gpt-image-2.5-flare")
    assert refusal(reply)[2:] == ("invalid_value", "markup")


def test_a_retired_model_is_gone(edit: Form) -> None:
    assert refusal(edit(model="dall-e-2"))[::2] == (404, "model_not_found")


def test_dall_e_3_never_edited(edit: Form, revived: Sandbox) -> None:
    assert refusal(edit(model="dall-e-3", target=revived))[::2] == (400, "invalid_value")


@pytest.mark.parametrize("kind", ["image/png", ""])
def test_a_revived_dall_e_2_answers_with_a_url(edit: Form, png: Png, revived: Sandbox, kind: str) -> None:
    reply = edit(("image", png(), kind), model="dall-e-2", size="256x256", target=revived)
    assert reply.json()["data"][0]["url"].startswith(revived.url)


def test_dall_e_2_paints_where_the_image_is_transparent(edit: Form, png: Png, revived: Sandbox) -> None:
    image = ("image", png((256, 256), mode="RGBA", hole=(0, 0, 256, 100)), "image/png")
    (picture,) = pictures(
        edit(image, model="dall-e-2", size="256x256", response_format="b64_json", prompt="a cat", target=revived)
    )
    before = Image.open(BytesIO(image[1])).convert("RGB").crop((0, 100, 256, 256))
    assert (picture.mode, picture.crop((0, 100, 256, 256)).tobytes()) == ("RGB", before.tobytes())


@pytest.mark.parametrize(
    ("which", "message"),
    [
        ("wide", "Uploaded image must be square."),
        ("jpeg", "Uploaded image must be a PNG and less than 4 MB."),
        ("large", "Uploaded image must be a PNG and less than 4 MB."),
    ],
)
def test_dall_e_2_takes_a_small_square_png(edit: Form, png: Png, revived: Sandbox, which: str, message: str) -> None:
    content = {"wide": png((20, 10)), "jpeg": png(kind="JPEG"), "large": b"\0" * 4_000_000}[which]
    reply = edit(("image", content, "image/png"), model="dall-e-2", target=revived)
    assert (reply.json()["error"]["message"], reply.json()["error"]["code"]) == (message, None)


def test_dall_e_2_takes_one_image(edit: Form, png: Png, revived: Sandbox) -> None:
    reply = edit(*[("image[]", png(), "image/png")] * 2, model="dall-e-2", target=revived)
    assert refusal(reply)[2:] == ("array_above_max_length", "image")


@pytest.mark.parametrize("fault", ["rate_limit", "server_error"])
def test_edits_fail_when_they_are_told_to(edit: Form, sandbox: Sandbox, fault: str) -> None:
    sandbox.fail(fault, on="edits")
    assert [edit().status_code for _ in range(2)] == [{"rate_limit": 429, "server_error": 500}[fault], 200]


def test_an_edit_can_be_cut(edit: Form, sandbox: Sandbox) -> None:
    sandbox.fail("cut")
    with pytest.raises(httpx.RemoteProtocolError):
        edit()
    assert sandbox.billed == 1
