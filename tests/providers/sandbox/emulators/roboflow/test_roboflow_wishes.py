"""What Roboflow's emulator takes and refuses itself, and what it asks OpenAI for."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from limner_sandbox.emulators.roboflow.refusals import Complaint
from limner_sandbox.emulators.roboflow.wishes import PARAMETERS, read


def asked(**body: Any) -> dict[str, Any]:
    """What OpenAI is asked for."""
    wish = read({"prompt": "a cat", **body})
    return wish.for_openai(wish.prompt_after(None))


def test_openai_is_told_the_defaults() -> None:
    told = asked(unmodified_prompt=True)
    assert told == {
        "model": "dall-e-3", "n": 1, "quality": "hd", "size": "1024x1024", "style": "natural", "prompt": "a cat"
    }  # fmt: skip


def test_what_was_set_comes_before_the_defaults() -> None:
    given = {"n": 1, "quality": "standard", "size": "1792x1024", "style": "vivid"}
    assert asked(**given).items() >= given.items()


@pytest.mark.parametrize("model", ["dall-e-2", "gpt-image-2"])
def test_a_model_without_styles_is_told_none(model: str) -> None:
    assert "style" not in asked(model=model)


def test_what_is_roboflows_own_is_not_passed_on() -> None:
    told = asked(project_url="p", force_caption_regenerate=True, image="x", image_type="id")
    assert set(told) == {"model", "n", "quality", "size", "style", "prompt"}


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ([], "The request body must be an object."),
        ({"response_format": "url"}, "Unknown parameter: response_format."),
        ({"prompt": None}, "prompt must be a string."),
        ({"image": 1}, "image must be a string."),
        ({"image": "x", "image_type": "file"}, "image_type must be one of id, url, or base64."),
        ({"image": "x", "image_type": []}, "image_type must be one of id, url, or base64."),
        ({"image": "x", "prompt": "a cat"}, "image_type is required if image is present."),
        ({"n": "1"}, "n must be a number."),
        ({"n": True}, "n must be a number."),
        ({"model": 1}, "model must be a string."),
        ({"unmodified_prompt": "yes"}, "unmodified_prompt must be a boolean."),
        ({"force_caption_regenerate": 1}, "force_caption_regenerate must be a boolean."),
        ({"project_url": ""}, "project_url must be the ID of a project."),
        ({"project_url": "https://app.roboflow.com/x"}, "project_url must be the ID of a project."),
        ({"project_url": 7}, "project_url must be the ID of a project."),
        ({}, "Either prompt or image is required."),
        ({"prompt": "", "image_type": "id"}, "Either prompt or image is required."),
    ],
)
def test_it_refuses_in_a_text(body: object, message: str) -> None:
    with pytest.raises(Complaint) as caught:
        read(body)
    assert (caught.value.status, str(caught.value)) == (400, message)


json_values = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=9) | st.lists(
    st.integers(), max_size=2
)  # fmt: skip


@given(st.dictionaries(st.sampled_from([*PARAMETERS, "seed"]), json_values, max_size=5))
def test_any_json_is_read_or_refused(body: dict[str, Any]) -> None:
    try:
        prompt = read(body).prompt_after("A caption.")
    except Complaint as complaint:
        prompt = str(complaint)
    assert prompt
