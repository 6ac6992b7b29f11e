"""limner-roboflow: what it declares, and what it puts on the wire.

Every request here is the page's or follows from it. No reply of this API is public.
"""

from __future__ import annotations

import base64
import json
import pickle
from importlib.metadata import entry_points
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import limner
from limner.errors import UnsupportedError
from limner.planning import Plan, plan
from limner.provider import HttpRequest, QueryKey
from limner.requests import GenerateRequest
from limner.transport.encode import encode
from limner_roboflow import RoboflowOptions, limner_provider
from limner_roboflow.capabilities import CAPABILITIES

if TYPE_CHECKING:
    from pathlib import Path

PROVIDER = limner_provider()
LEAVES = RoboflowOptions(project_url="fall-leaves")
ROBOFLOW_IMAGE = limner.ProviderImage("62MYRuqqWCRZ02q52vsY", provider="roboflow")
RED = "All trees have red leaves."
MAPLE = (
    "Image of a residential setting during fall with dominant maple trees showcasing intense orange leaves, the only"
    " color of tree leaf."
)


def planned(model: str | None = None, **given: Any) -> Plan:
    return plan(GenerateRequest(**{"prompt": RED, **given}), PROVIDER, model)


def sent(model: str | None = None, **given: Any) -> dict[str, Any]:
    """The JSON body that goes out for a request, as the transport encodes it."""
    step = next(PROVIDER.exchange(planned(model, **given).calls[0]))
    assert isinstance(step, HttpRequest)
    assert (step.method, step.url, step.query) == ("POST", "/synthetic-image", {})
    encoded = encode(step)
    assert encoded is not None
    body: dict[str, Any] = json.loads(b"".join(encoded))
    return body


def refused(model: str | None = None, **given: Any) -> str:
    with pytest.raises(UnsupportedError) as caught:
        sent(model, **given)
    return str(caught.value)


def codes(model: str | None = None, **given: Any) -> list[tuple[str, str | None]]:
    return [(warning.code, warning.parameter) for warning in planned(model, **given).warnings]


def test_it_is_found_through_its_entry_point_and_pickles() -> None:
    (point,) = entry_points(group="limner", name="roboflow")
    assert point.load().limner_provider() is PROVIDER
    assert type(pickle.loads(pickle.dumps(PROVIDER))) is type(PROVIDER)  # noqa: S301 - our own bytes


def test_its_key_goes_into_the_query_of_its_own_host() -> None:
    assert (PROVIDER.hosts, PROVIDER.auth) == (("api.roboflow.com",), QueryKey("api_key"))
    assert PROVIDER.key_variable == "ROBOFLOW_API_KEY"


class TestTheExamplesOfThePage:
    def test_generating_from_a_roboflow_image(self) -> None:
        assert sent(reference_images=ROBOFLOW_IMAGE, options=LEAVES) == {
            "image": "62MYRuqqWCRZ02q52vsY",
            "image_type": "id",
            "project_url": "fall-leaves",
            "prompt": "All trees have red leaves.",
        }

    def test_generating_from_a_prompt(self) -> None:
        assert sent(prompt=MAPLE, options=LEAVES) == {"project_url": "fall-leaves", "prompt": MAPLE}

    def test_generating_from_a_local_image(self, tmp_path: Path, png: bytes) -> None:
        """As the JavaScript example has it: the shell's base64 has line breaks, which JSON does not take."""
        (tmp_path / "trees.png").write_bytes(png)
        assert sent(reference_images=tmp_path / "trees.png", options=LEAVES) == {
            "image": base64.b64encode(png).decode(),
            "image_type": "base64",
            "project_url": "fall-leaves",
            "prompt": "All trees have red leaves.",
        }


def test_a_url_is_sent_for_roboflow_to_fetch() -> None:
    body = sent(reference_images="https://a.example/trees.png")
    assert (body["image"], body["image_type"]) == ("https://a.example/trees.png", "url")


def test_a_data_url_is_sent_without_its_prefix(png: bytes) -> None:
    encoded = base64.b64encode(png).decode()
    body = sent(reference_images=f"data:image/png;base64,{encoded}")
    assert (body["image"], body["image_type"]) == (encoded, "base64")


def test_nothing_is_sent_that_was_not_set() -> None:
    """Neither a model, nor a default of Roboflow's, nor an image_type without an image."""
    assert sent(options=RoboflowOptions()) == {"prompt": RED}


@given(
    values=st.fixed_dictionaries(
        {},
        optional={
            "quality": st.sampled_from(["standard", "hd"]),
            "size": st.sampled_from(["1024x1024", "1792x1024", "1024x1792"]),
            "style": st.sampled_from(["vivid", "natural"]),
            "n": st.just(1),
        },
    ),
    options=st.fixed_dictionaries(
        {},
        optional={
            "project_url": st.text(min_size=1).filter(str.isprintable),
            "unmodified_prompt": st.booleans(),
            "force_caption_regenerate": st.booleans(),
        },
    ),
    model=st.sampled_from([None, "dall-e-3"]),
)
def test_the_wire_carries_exactly_what_was_set(
    values: dict[str, Any], options: dict[str, Any], model: str | None
) -> None:
    body = sent(model, reference_images=ROBOFLOW_IMAGE, options=RoboflowOptions(**options), **values)
    image = {"image": ROBOFLOW_IMAGE.id, "image_type": "id"}
    assert body == {"prompt": RED, **image, **values, **options, **({"model": model} if model else {})}


@pytest.mark.parametrize("image", [None, "https://a.example/trees.png", "bytes"])
def test_a_caption_is_described_anew_only_for_an_image_that_roboflow_keeps(image: Any, png: bytes) -> None:
    given = {"reference_images": png if image == "bytes" else image}
    assert "options.force_caption_regenerate needs an image by id in reference_images" in refused(
        **given, options=RoboflowOptions(force_caption_regenerate=True)
    )
    assert sent(**given, options=RoboflowOptions(force_caption_regenerate=False))["force_caption_regenerate"] is False


@pytest.mark.parametrize("model", [None, "dall-e-3", "gpt-image-2"])
def test_a_second_image_is_refused_and_never_dropped(model: str | None) -> None:
    assert "reference_images must be 1 image, not 2" in refused(model, reference_images=[ROBOFLOW_IMAGE] * 2)


def test_an_id_of_another_provider_is_refused() -> None:
    assert "means nothing to roboflow" in refused(reference_images=limner.ProviderImage("file-1", provider="openai"))


@pytest.mark.parametrize(
    ("given", "word"),
    [
        ({"quality": "high"}, "The nearest is hd"),
        ({"size": "512x512"}, "size must be"),
        ({"style": "wild"}, "style must be"),
        ({"background": "transparent"}, "background is not a parameter"),
        ({"seed": 1}, "seed is not a parameter"),
    ],
)
def test_what_the_page_does_not_list_is_refused_before_sending(given: dict[str, Any], word: str) -> None:
    assert word in refused(**given)


def test_its_defaults_are_its_own() -> None:
    found = CAPABILITIES.default("generate")
    assert found is not None
    defaults = {name: item.default for name, item in found.operation.parameters.items() if "." not in name}
    assert found.id == "dall-e-3"
    assert defaults == {
        "prompt": None, "reference_images": None, "n": 1, "quality": "hd", "size": "1024x1024", "style": "natural",
    }  # fmt: skip


@pytest.mark.parametrize("model", [None, "dall-e-3"])
def test_its_default_model_is_suspect_and_says_so(model: str | None) -> None:
    (warning,) = planned(model).warnings
    assert warning.code == "unverified"
    assert "OpenAI shut it down on 2026-05-12" in str(warning)


def test_the_servers_default_carries_the_note() -> None:
    found = CAPABILITIES.default("generate")
    assert found is not None
    assert "2026-05-12" in found.operation.default.note  # type: ignore[union-attr]


def test_another_model_is_warned_of_the_defaults_that_suit_dall_e_3_only() -> None:
    assert codes("gpt-image-2") == [("unknown_model", "model"), ("advice", "quality"), ("advice", "style")]
    assert [code for code, _ in codes("gpt-image-2", quality="standard", style="vivid")] == ["unknown_model"]
    message = str(planned("gpt-image-2").warnings[1])
    assert message == "quality not set: Roboflow's default, hd, is for dall-e-3 and may be refused by another model."


def test_another_model_takes_other_values_with_a_warning() -> None:
    given = {"quality": "high", "size": "1536x1024", "style": "oil"}
    assert sent("gpt-image-2", **given) == {"model": "gpt-image-2", "prompt": RED, **given}
    assert [code for code, _ in codes("gpt-image-2", **given)][1:] == ["unsupported_value"] * 3


@pytest.mark.parametrize(("model", "calls"), [(None, [1, 1, 1]), ("gpt-image-2", [3])])
def test_dall_e_3_makes_one_image_a_call(model: str | None, calls: list[int]) -> None:
    assert [call.n for call in planned(model, n=3).calls] == calls


def test_extra_does_not_replace_the_image() -> None:
    with pytest.raises(limner.BadInputError, match="extra holds image, which"):
        sent(reference_images=ROBOFLOW_IMAGE, extra={"image": "x"})


def test_a_preview_shows_the_image_by_size_and_hash_and_no_key(png: bytes) -> None:
    (shown,) = planned(reference_images=png).preview()
    assert shown["url"] == "https://api.roboflow.com/synthetic-image"
    assert shown["body"]["image"].startswith(f"<base64 of Blob {limner.media.human_size(len(png))} sha256:")


def test_what_must_be_arranged_and_where_the_facts_stand_is_declared() -> None:
    assert CAPABILITIES.preconditions == ("An OpenAI API key must be set in the settings of the Roboflow workspace.",)
    for model in ("dall-e-3", "gpt-image-2"):
        found = CAPABILITIES.find(model, "generate")
        assert found is not None
        assert found.source is not None
        assert found.source.checked.year == 2026
        assert found.preconditions == CAPABILITIES.preconditions
