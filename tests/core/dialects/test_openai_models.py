"""The families of models behind the OpenAI Images wire format."""

from __future__ import annotations

import pickle
from typing import Any

import pytest

from limner.capabilities import Encoding, Lifecycle, OperationCapabilities, SamplePicture
from limner.dialects import openai_models as families
from limner.dialects.openai_models import FAMILIES, streaming

PNG = SamplePicture()
ALL = [(name, operation) for name, operations in FAMILIES.items() for operation in operations]
STREAMED = [("gpt-image", "generate"), ("gpt-image", "edit"), ("open", "generate"), ("open", "edit")]


def told(takes: OperationCapabilities, **values: Any) -> list[tuple[str, str, str]]:
    return [(item.verdict, item.code, item.parameter) for item in takes.check({"prompt": "a cat", **values})]


def test_there_are_four_with_what_each_of_them_can_do() -> None:
    assert {name: tuple(operations) for name, operations in FAMILIES.items()} == {
        "gpt-image": ("generate", "edit"),
        "dall-e-3": ("generate",),
        "dall-e-2": ("generate", "edit", "vary"),
        "open": ("generate", "edit", "vary"),
    }


@pytest.mark.parametrize(("name", "operation"), ALL)
def test_none_declares_a_default_of_its_own(name: str, operation: str) -> None:
    """Defaults are a server's, and relays differ."""
    takes = FAMILIES[name][operation]
    assert takes.default is False
    assert {parameter.default for parameter in takes.parameters.values()} == {None}


@pytest.mark.parametrize(("name", "operation"), ALL)
def test_each_says_where_it_stands(name: str, operation: str) -> None:
    assert FAMILIES[name][operation].source in {families.SOURCE, families.REFERENCE}


def test_they_cannot_be_changed_and_pickle() -> None:
    with pytest.raises(TypeError):
        FAMILIES["mine"] = {}  # type: ignore[index]
    assert pickle.loads(pickle.dumps(FAMILIES)) == FAMILIES  # noqa: S301 - our own bytes


@pytest.mark.parametrize(("name", "operation"), ALL)
def test_only_gpt_image_models_stream(name: str, operation: str) -> None:
    takes = FAMILIES[name][operation]
    assert takes.streams is ((name, operation) in STREAMED) is ("partial_images" in takes.parameters)


@pytest.mark.parametrize("asked", [{"partial_images": 2}, {"partial_images": 2, "stream": False}])
def test_partial_images_need_a_stream(asked: dict[str, Any]) -> None:
    takes = streaming(families.GPT_IMAGE)
    assert told(takes, **asked) == [("no", "needs", "partial_images")]
    assert told(takes, partial_images=3, stream=True) == []


def test_a_stream_may_be_unverified() -> None:
    takes = streaming(families.GPT_IMAGE, Lifecycle("unverified"))
    assert told(takes, stream=True) == [("warn", "unverified", "stream")]
    assert told(takes) == []


def test_transparency_without_a_known_default_format_cannot_be_told() -> None:
    assert told(families.GPT_IMAGE, background="transparent") == [("warn", "cannot_tell", "background")]
    assert told(families.GPT_IMAGE.but(defaults={"output_format": "png"}), background="transparent") == []


@pytest.mark.parametrize(("name", "operation"), ALL)
def test_delivery_is_response_format_and_gpt_image_models_have_none(name: str, operation: str) -> None:
    body = FAMILIES[name][operation].wire({"delivery": "bytes"})
    assert body == ({} if name == "gpt-image" else {"response_format": "b64_json"})


@pytest.mark.parametrize(
    ("values", "encoding"),
    [
        ({"images": (PNG,)}, "multipart"),
        ({"images": (PNG,), "moderation": "low"}, "json-references"),
        ({"images": (SamplePicture(kind="id"), SamplePicture(kind="url"))}, "json-references"),
    ],
)
def test_an_edit_is_multipart_unless_that_cannot_carry_it(values: dict[str, Any], encoding: str) -> None:
    chosen = families.GPT_IMAGE_EDIT.encoding_for(values)
    assert isinstance(chosen, Encoding)
    assert chosen.name == encoding


def test_an_image_too_long_as_a_data_url_goes_with_multipart_alone() -> None:
    large = (SamplePicture(size=20_000_000),)
    assert told(families.GPT_IMAGE_EDIT, images=large) == []
    assert told(families.GPT_IMAGE_EDIT, images=large, moderation="low") == [("no", "encoding", "moderation")]


def test_a_variation_takes_no_words_and_no_mask() -> None:
    assert set(families.DALL_E_2_VARY.parameters) == {"image", "n", "size", "delivery", "user"}


def test_a_model_that_nobody_describes_may_have_any_size_and_warns_of_strange_words() -> None:
    assert told(families.OPEN, size="123x456", quality="hd", style="natural") == []
    assert told(families.OPEN, quality="divine") == [("warn", "unsupported_value", "quality")]
    assert told(families.OPEN, seed=1) == [("no", "unknown_parameter", "seed")]


@pytest.mark.parametrize("operation", ["generate", "edit"])
def test_a_model_that_nobody_describes_takes_every_name_of_every_family(operation: str) -> None:
    named = {name for takes in FAMILIES.values() for name in takes.get(operation, families.OPEN).parameters}
    assert set(FAMILIES["open"][operation].parameters) == named
