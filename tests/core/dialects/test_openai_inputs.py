"""Images that go in, in the OpenAI Images wire format: what each encoding puts on the wire, to the byte."""

from __future__ import annotations

import json
from base64 import b64encode
from io import BytesIO
from typing import TYPE_CHECKING, Any

import PIL.Image
import pytest

from limner.capabilities import Count, Encoding, OperationCapabilities, Parameter
from limner.dialects import openai_models as families
from limner.dialects.openai_images import encodings
from limner.dialects.openai_inputs import WRITERS, with_images
from limner.errors import UnsupportedError
from limner.inputs import ImageInput, ProviderImage
from limner.media import Blob
from limner.provider import Embed, HttpRequest, Part
from limner.transport.encode import encode

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

GIF = b"GIF89a\x01\x00\x01\x00\x00\x00\x00;"
BUFFER = BytesIO()
PIL.Image.new("L", (1, 1)).save(BUFFER, "JPEG")
JPEG = BUFFER.getvalue()
URL = "https://images.example/cat.png?sig=1"
EDIT = families.GPT_IMAGE_EDIT.but(parameters={"markup": Count(1, 1)})
VARY = families.DALL_E_2_VARY
RELAYED = EDIT.but(encodings=(families.JSON_DATA_URL,))


@pytest.fixture
def picture(png: Callable[..., bytes]) -> bytes:
    return png()


def image(value: Any) -> ImageInput:
    return ImageInput.of(value)


def written(takes: OperationCapabilities, body: dict[str, Any] | None = None, **values: Any) -> HttpRequest:
    """The request for what was set, its body so far being that of the model and what is no image."""
    plain = {"model": "m", **(body or {})}
    return with_images(HttpRequest("POST", "/images/edits", json=plain), takes, values)


def sent(request: HttpRequest) -> bytes:
    encoded = encode(request)
    assert encoded is not None
    return b"".join(encoded)


# A form


def test_a_form_is_text_then_files_each_with_a_name_and_a_type(picture: bytes) -> None:
    request = written(
        EDIT,
        {"prompt": "a \N{CAT}", "n": 2, "stream": True, "svg": {"model": "s", "reasoning": {"effort": "low"}}},
        images=(image(picture),),
        mask=image(picture),
    )
    encoded = encode(request)
    assert encoded is not None
    kind, boundary = (encoded.media_type or "").split("; boundary=")
    assert kind == "multipart/form-data"
    told = [
        ('name="model"', b"m"), ('name="prompt"', "a \N{CAT}".encode()), ('name="n"', b"2"), ('name="stream"', b"true"),
        ('name="svg[model]"', b"s"), ('name="svg[reasoning][effort]"', b"low"),
        ('name="image"; filename="image-0.png"\r\nContent-Type: image/png', picture),
        ('name="mask"; filename="mask-0.png"\r\nContent-Type: image/png', picture),
    ]  # fmt: skip
    parts = [
        f"--{boundary}\r\nContent-Disposition: form-data; {head}\r\n\r\n".encode() + content + b"\r\n"
        for head, content in told
    ]
    assert b"".join(encoded) == b"".join(parts) + f"--{boundary}--\r\n".encode()


def files(*images: Any, takes: OperationCapabilities = EDIT, name: str = "images") -> list[tuple[Any, ...]]:
    given: dict[str, Any] = {name: tuple(map(image, images))}
    parts = written(takes, **given).parts
    return [(part.name, part.filename, part.media_type) for part in parts if not isinstance(part.content, str)]


def test_several_images_are_image_with_brackets_and_are_numbered(picture: bytes) -> None:
    assert files(picture, JPEG) == [
        ("image[]", "image-0.png", "image/png"),
        ("image[]", "image-1.jpg", "image/jpeg"),
    ]


@pytest.mark.parametrize(
    ("name", "content", "media_type"),
    [
        ("cat.png", None, "image/png"),
        ("\N{CAT} \"'\\.png", None, "image/png"),
        ("cat.jpg", GIF, "image/gif"),
        ("cat.heic", b"\0\0\0\x18ftypheic", "application/octet-stream"),
    ],
    ids=["plain", "odd", "of another format", "of a format that is not known"],
)
def test_a_file_keeps_its_name_and_has_the_type_of_its_bytes(
    tmp_path: Path, picture: bytes, name: str, content: bytes | None, media_type: str
) -> None:
    path = tmp_path / name
    path.write_bytes(content or picture)
    assert files(path) == [("image", name, media_type)]


def test_bytes_of_which_nothing_is_known_have_a_name_and_a_type_all_the_same() -> None:
    assert files(b"who knows") == [("image", "image-0.bin", "application/octet-stream")]


def test_the_one_image_of_a_variation_is_the_field_image(picture: bytes) -> None:
    (_, part) = written(VARY, image=image(picture)).parts
    assert part == Part("image", Blob(picture), "image-0.png", "image/png")


def test_a_markup_is_a_file_too(picture: bytes) -> None:
    parts = written(EDIT, images=(image(picture),), markup=image(picture)).parts
    assert [part.name for part in parts] == ["model", "image", "markup"]


@pytest.mark.parametrize(
    ("value", "fields"),
    [
        (True, [("x", "true")]),
        (False, [("x", "false")]),
        (0, [("x", "0")]),
        (0.5, [("x", "0.5")]),
        ("", [("x", "")]),
        (None, []),
        ([1, "b"], [("x[]", "1"), ("x[]", "b")]),
        ({"a": {"b": 1}, "c": []}, [("x[a][b]", "1")]),
        ([{"a": 1}], [("x[][a]", "1")]),
    ],
    ids=repr,
)
def test_whatever_json_holds_becomes_text_in_a_form(picture: bytes, value: Any, fields: list[tuple[str, str]]) -> None:
    parts = written(EDIT, {"x": value}, images=(image(picture),)).parts
    assert [(part.name, part.content) for part in parts[1:-1]] == fields


def test_files_go_into_the_field_that_is_declared(picture: bytes) -> None:
    takes = EDIT.but(parameters={"images": Parameter(Count(1, 2), wire="input.photo")})
    assert files(picture, takes=takes) == [("input[photo]", "photo-0.png", "image/png")]
    assert [name for name, *_ in files(picture, picture, takes=takes)] == ["input[photo][]"] * 2


def test_a_url_goes_as_text_where_a_form_is_declared_to_carry_it(picture: bytes) -> None:
    takes = EDIT.but(encodings=(Encoding("multipart", inputs=("bytes", "url")),))
    _, first, second = written(takes, images=(image(URL), image(picture))).parts
    assert (first, second.name) == (Part("image[]", URL), "image[]")


def test_a_form_is_the_same_each_time_it_is_sent(picture: bytes) -> None:
    encoded = encode(written(EDIT, images=(image(picture),)))
    assert encoded is not None
    assert b"".join(encoded) == b"".join(encoded)


# JSON


def data_url(data: bytes, kind: str = "image/png") -> str:
    return f"data:{kind};base64,{b64encode(data).decode()}"


def test_references_are_objects_in_a_list_even_of_one(picture: bytes) -> None:
    given = (image(URL), image(ProviderImage("file-1", provider="acme")), image(picture))
    request = written(EDIT, {"prompt": "a cat"}, images=given, mask=image(picture), markup=image(JPEG))
    assert json.loads(sent(request)) == {
        "model": "m", "prompt": "a cat",
        "images": [{"image_url": URL}, {"file_id": "file-1"}, {"image_url": data_url(picture)}],
        "mask": {"image_url": data_url(picture)},
        "markup": {"image_url": data_url(JPEG, "image/jpeg")},
    }  # fmt: skip
    assert json.loads(sent(written(EDIT, images=(image(URL),))))["images"] == [{"image_url": URL}]


def test_what_no_form_carries_makes_it_json(picture: bytes) -> None:
    request = written(EDIT, {"moderation": "low"}, images=(image(picture),), moderation="low")
    assert request.parts == ()
    assert request.json["images"] == [{"image_url": Embed(Blob(picture), "data-url")}]


@pytest.mark.parametrize("count", [1, 2, 16])
def test_data_urls_are_one_or_a_list(picture: bytes, count: int) -> None:
    one = data_url(picture)
    request = written(RELAYED, {"prompt": "a cat"}, images=(image(picture),) * count, mask=image(picture))
    assert json.loads(sent(request)) == {
        "model": "m", "prompt": "a cat", "image": one if count == 1 else [one] * count, "mask": one,
    }  # fmt: skip


def test_a_relay_that_takes_urls_among_data_urls_gets_them_as_they_are(picture: bytes) -> None:
    takes = EDIT.but(encodings=(Encoding("json-data-url", inputs=("bytes", "url")),))
    request = written(takes, images=(image(URL), image(picture)))
    assert json.loads(sent(request))["image"] == [URL, data_url(picture)]


# Which encoding


def test_every_encoding_that_can_be_declared_is_written() -> None:
    assert set(WRITERS) == {"json", *encodings()}


def test_without_images_json_stays_as_it_is_whatever_its_encoding_is_called() -> None:
    takes = families.DALL_E_3.but(encodings=(Encoding("json-of-ours"),))
    assert written(takes, {"prompt": "a cat"}, prompt="a cat").json == {"model": "m", "prompt": "a cat"}


@pytest.mark.parametrize("name", ["json", "json-of-ours"])
def test_images_that_have_no_place_in_the_body_are_never_left_out_silently(picture: bytes, name: str) -> None:
    with pytest.raises(UnsupportedError, match="images, mask cannot be written to /images/edits") as caught:
        written(EDIT.but(encodings=(Encoding(name),)), images=(image(picture),), mask=image(picture))
    assert caught.value.param == "images"


def test_an_image_that_no_encoding_carries_is_refused(picture: bytes) -> None:
    with pytest.raises(UnsupportedError, match="given as url cannot be sent as json-data-url") as caught:
        written(RELAYED, images=(image(picture), image(URL)))
    assert caught.value.param is not None
    assert caught.value.param.startswith("images")
