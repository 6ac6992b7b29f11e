"""limner-openai: edits and variations, by model, and what they put on the wire."""

from __future__ import annotations

from base64 import b64encode
from io import BytesIO
from typing import TYPE_CHECKING, Any

import PIL.Image
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from limner.errors import UnsupportedError
from limner.inputs import ImageInput, ProviderImage
from limner_openai import limner_provider

if TYPE_CHECKING:
    from collections.abc import Callable

NEWEST = ["gpt-image-2.5-sunburst", "gpt-image-2.5-flare", "gpt-image-2.6-sunburst", "gpt-image-2.6-flare"]
GPT_IMAGE = ["gpt-image-2", *NEWEST, "gpt-image-1.5", "gpt-image-1-mini", "chatgpt-image-latest"]
ORIENTATION = 0x0112
"""The tag of a photo that says how it lies."""
URL = "https://images.example/cat.png"
RETIRED = {"allow": ("retired",)}


@pytest.fixture
def provider() -> Any:
    return limner_provider()


@pytest.fixture
def png(picture: Callable[..., bytes]) -> bytes:
    return picture()


@pytest.fixture
def edited(asking: Any, png: bytes) -> Callable[..., Any]:
    """What is sent for an edit of one small picture, with changes."""
    return lambda model, **given: asking.sent(model, **{"operation": "edit", "images": png, **given})


@pytest.fixture
def refused(asking: Any, png: bytes) -> Callable[..., str]:
    return lambda model, **given: asking.refused(model, **{"operation": "edit", "images": png, **given})


@pytest.fixture
def warned(asking: Any, png: bytes) -> Callable[..., Any]:
    return lambda model, **given: asking.warned(model, **{"operation": "edit", "images": png, **given})


def file(data: bytes, name: str = "image-0.png", kind: str = "image/png") -> tuple[str, str, bytes]:
    return name, kind, data


# Which body


@pytest.mark.parametrize("model", GPT_IMAGE)
def test_files_go_as_a_form(edited: Any, png: bytes, model: str) -> None:
    assert edited(model) == [("model", model), ("prompt", "a cat"), ("image", file(png))]


def test_sixteen_pictures_of_three_formats_go_into_one_form(edited: Any, picture: Callable[..., bytes]) -> None:
    images = [picture(kind) for kind in ("PNG", "JPEG", "WEBP")]
    form = edited("gpt-image-2", images=[images[place % 3] for place in range(16)])
    assert [name for name, _ in form[2:]] == ["image[]"] * 16
    assert [said for _, said in form[2:5]] == [
        file(images[0]), file(images[1], "image-1.jpg", "image/jpeg"), file(images[2], "image-2.webp", "image/webp"),
    ]  # fmt: skip


def test_urls_and_ids_go_as_json_and_nothing_is_downloaded(edited: Any, png: bytes) -> None:
    images = [URL, ProviderImage("file-abc123", provider="openai"), png]
    data = f"data:image/png;base64,{b64encode(png).decode()}"
    assert edited("gpt-image-2", images=images, mask=png) == {
        "model": "gpt-image-2", "prompt": "a cat",
        "images": [{"image_url": URL}, {"file_id": "file-abc123"}, {"image_url": data}], "mask": {"image_url": data},
    }  # fmt: skip


def test_moderation_is_not_among_the_fields_of_a_form_so_it_goes_as_json(edited: Any, png: bytes) -> None:
    assert edited("gpt-image-2", moderation="low") == {
        "model": "gpt-image-2", "prompt": "a cat", "moderation": "low",
        "images": [{"image_url": f"data:image/png;base64,{b64encode(png).decode()}"}],
    }  # fmt: skip


def test_a_picture_too_large_for_json_cannot_go_with_moderation(refused: Any, picture: Callable[..., bytes]) -> None:
    large = picture() + bytes(16_000_000)
    assert "moderation cannot be sent as multipart" in refused("gpt-image-2", images=large, moderation="low")


EVERYTHING: list[tuple[str, dict[str, Any], list[tuple[str, str]]]] = [
    ("gpt-image-2", {"n": 2, "size": "1536x864", "quality": "high"},
     [("n", "2"), ("size", "1536x864"), ("quality", "high")]),
    ("gpt-image-1.5", {"input_fidelity": "high", "background": "transparent"},
     [("input_fidelity", "high"), ("background", "transparent")]),
    ("gpt-image-1-mini", {"input_fidelity": "low"}, [("input_fidelity", "low")]),
    ("gpt-image-2", {"output_format": "webp", "output_compression": 0},
     [("output_format", "webp"), ("output_compression", "0")]),
    ("gpt-image-2.5-flare", {"quality": "max", "complexity": "high", "safety_identifier": "a1"},
     [("quality", "max"), ("complexity", "high"), ("safety_identifier", "a1")]),
    ("gpt-image-2", {"output_format": "gif", "frame_count": 2, "frame_duration_ms": 90},
     [("output_format", "gif"), ("frame_count", "2"), ("frame_duration_ms", "90")]),
    ("gpt-image-2", {"output_format": "svg", "svg": {"model": "m", "reasoning": {"effort": "none"}}},
     [("output_format", "svg"), ("svg[model]", "m"), ("svg[reasoning][effort]", "none")]),
    ("gpt-image-2", {"stream": True, "partial_images": 3}, [("partial_images", "3"), ("stream", "true")]),
    ("gpt-image-2", {"user": "u1"}, [("user", "u1")]),
]  # fmt: skip


@pytest.mark.parametrize(("model", "asked", "fields"), EVERYTHING, ids=lambda one: str(one)[:40])
def test_every_parameter_is_a_field_of_the_form(
    edited: Any, png: bytes, model: str, asked: dict[str, Any], fields: list[tuple[str, str]]
) -> None:
    assert edited(model, **asked) == [("model", model), ("prompt", "a cat"), *fields, ("image", file(png))]


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_a_form_carries_exactly_what_was_set(asking: Any, png: bytes, data: st.DataObject) -> None:
    model = data.draw(st.sampled_from(GPT_IMAGE))
    parameters = asking.found(model, "edit").operation.parameters
    plain = sorted(parameters.keys() - {"prompt", "images", "mask", "markup", "stream", "partial_images", "moderation"})
    names = data.draw(st.sets(st.sampled_from(plain), max_size=6))
    values = {name: data.draw(st.sampled_from(parameters[name].constraint.samples().valid)) for name in names}
    try:
        form = asking.sent(model, operation="edit", images=png, **values)
    except UnsupportedError:
        return  # a rule between the values; nothing was sent
    sent = {name.partition("[")[0]: text for name, text in form[2:-1]}
    assert sent.keys() == values.keys() - {"delivery"}
    numbers = {name: str(value) for name, value in values.items() if name in sent and not isinstance(value, dict)}
    assert {name: sent[name] for name in numbers if name != "n"} == {k: v for k, v in numbers.items() if k != "n"}


# What is taken


@pytest.mark.parametrize("model", NEWEST)
def test_a_markup_goes_with_the_newest_models(edited: Any, png: bytes, model: str) -> None:
    assert edited(model, markup=png)[-1] == ("markup", file(png, "markup-0.png"))


FORBIDDEN: list[tuple[str, dict[str, Any], str]] = [
    ("gpt-image-2", {"markup": "PNG"}, "markup is not a parameter"),
    ("gpt-image-2.5-flare", {"markup": "PNG", "mask": "PNG"}, "mask and markup exclude each other"),
    ("gpt-image-2.5-flare", {"markup": "JPEG"}, "markup must be an image of type png"),
    ("gpt-image-2", {"mask": "WEBP"}, "mask must be an image of type png"),
    ("gpt-image-2", {"images": "GIF"}, "images[0] must be an image of type png, webp or jpeg, not gif"),
    ("gpt-image-2", {"input_fidelity": "high"}, "input_fidelity is not a parameter"),
    ("gpt-image-1-mini", {"input_fidelity": "high"}, "input_fidelity must be low"),
    ("gpt-image-2", {"output_format": "gif", "mask": "PNG"}, "mask cannot go together with output_format gif"),
    ("gpt-image-2", {"output_format": "gif", "stream": True}, "stream cannot go together with output_format gif"),
    ("gpt-image-2", {"output_format": "svg", "stream": True}, "stream cannot go together with output_format svg"),
    ("gpt-image-2", {"output_format": "gif", "output_compression": 50}, "output_compression needs output_format jpeg"),
    ("gpt-image-2", {"frame_count": 3}, "frame_count needs output_format gif"),
    ("gpt-image-2", {"partial_images": 1}, "partial_images needs stream"),
    ("gpt-image-2", {"quality": "hd"}, "quality must be"),
    ("gpt-image-2", {"style": "vivid"}, "style is not a parameter"),
    ("gpt-image-2", {"delivery": "url"}, "delivery must be bytes"),
]


@pytest.mark.parametrize(("model", "asked", "word"), FORBIDDEN, ids=lambda one: str(one)[:40])
def test_what_the_page_forbids_is_refused_before_sending(
    refused: Any, picture: Callable[..., bytes], model: str, asked: dict[str, Any], word: str
) -> None:
    drawn = {name: picture(kind) if name in IMAGES else kind for name, kind in asked.items()}
    assert word in refused(model, **drawn)


IMAGES = ("images", "mask", "markup")


def test_seventeen_pictures_are_too_many(refused: Any, png: bytes) -> None:
    assert "images must be 1 to 16 images, not 17" in refused("gpt-image-2", images=[png] * 17)


@pytest.mark.parametrize("layer", ["mask", "markup"])
def test_a_layer_has_the_pixels_of_the_first_picture(refused: Any, picture: Callable[..., bytes], layer: str) -> None:
    images = [picture(width=2), picture(width=3)]
    message = refused("gpt-image-2.5-flare", images=images, **{layer: picture(width=3)})
    assert f"{layer} must have the pixels of images[0], 2x1, not 3x1" in message


def test_a_markup_fits_a_photo_as_it_is_shown(warned: Any, refused: Any, picture: Callable[..., bytes]) -> None:
    """A photo may say that it lies on its side: the page counts the pixels of a markup after that."""
    buffer, exif = BytesIO(), PIL.Image.Exif()
    exif[ORIENTATION] = 6
    PIL.Image.new("RGB", (2, 1)).save(buffer, "JPEG", exif=exif)
    photo = buffer.getvalue()
    assert warned("gpt-image-2.5-flare", images=photo, markup=picture(width=1, height=2)) == []
    assert "markup must have the pixels" in refused("gpt-image-2.5-flare", images=photo, markup=picture(width=2))


@pytest.mark.parametrize("model", ["gpt-image-2.5-flare", "chatgpt-image-latest"])
def test_where_nothing_is_said_of_input_fidelity_it_is_unverified(edited: Any, warned: Any, model: str) -> None:
    assert ("input_fidelity", "high") in edited(model, input_fidelity="high")
    assert warned(model, input_fidelity="high") == [("unverified", "input_fidelity")]


def test_a_model_that_no_page_lists_takes_every_name_that_edits_have(edited: Any, warned: Any, png: bytes) -> None:
    asked = {"quality": "divine", "markup": png, "input_fidelity": "high", "complexity": "low"}
    assert {name for name, _ in edited("gpt-image-9", **asked)} == {"model", "prompt", "image", *asked}
    assert ("unknown_model", "model") in warned("gpt-image-9", **asked)


def test_an_id_of_another_provider_is_refused(refused: Any) -> None:
    theirs = ProviderImage("x", provider="roboflow")
    assert "an id that means nothing to openai" in refused("gpt-image-2", images=theirs)


def test_more_than_ten_are_made_by_several_calls_with_the_same_files(asking: Any, png: bytes) -> None:
    planned = asking.plan("gpt-image-2", operation="edit", images=png, n=12)
    assert [call.n for call in planned.calls] == [10, 2]
    assert [call.request.images for call in planned.calls] == [(ImageInput.of(png),)] * 2


# dall-e-2, as it once was


def test_dall_e_2_is_retired_and_can_be_asked_all_the_same(edited: Any, refused: Any, png: bytes) -> None:
    assert "retired" in refused("dall-e-2")
    form = edited("dall-e-2", size="256x256", mask=png, delivery="url", **RETIRED)
    assert form == [
        ("model", "dall-e-2"), ("prompt", "a cat"), ("size", "256x256"), ("response_format", "url"),
        ("image", file(png)), ("mask", file(png, "mask-0.png")),
    ]  # fmt: skip


def test_its_variations_are_a_form_of_one_file(asking: Any, png: bytes) -> None:
    form = asking.sent("dall-e-2", operation="vary", image=png, n=2, delivery="bytes", user="u1", **RETIRED)
    assert form == [
        ("model", "dall-e-2"), ("n", "2"), ("user", "u1"), ("response_format", "b64_json"), ("image", file(png)),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("change", "word"),
    [
        ({"images": ["PNG", "PNG"]}, "images must be 1 image, not 2"),
        ({"images": ["JPEG"]}, "type png, not jpeg"),
        ({"moderation": "low"}, "moderation is not a parameter"),
        ({"input_fidelity": "low"}, "input_fidelity is not a parameter"),
        ({"stream": True}, "stream"),
    ],
    ids=str,
)
def test_what_it_never_took_is_refused(
    refused: Any, picture: Callable[..., bytes], change: dict[str, Any], word: str
) -> None:
    drawn = {name: [picture(kind) for kind in value] if name == "images" else value for name, value in change.items()}
    assert word in refused("dall-e-2", **drawn, **RETIRED)


def test_what_it_varies_is_square(asking: Any, picture: Callable[..., bytes]) -> None:
    wide = picture(width=2)
    assert "image must be a square image, not 2x1" in asking.refused(
        "dall-e-2", operation="vary", image=wide, **RETIRED
    )


def test_only_files_go_to_it(refused: Any) -> None:
    assert "given as url cannot be sent as multipart" in refused("dall-e-2", images=URL, **RETIRED)
