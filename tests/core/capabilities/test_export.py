"""Declarations as JSON."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from limner.capabilities import ProviderCapabilities


def test_everything_is_plain_data(openai: ProviderCapabilities) -> None:
    assert json.loads(json.dumps(openai.json(), allow_nan=False)) == openai.json()


def test_sources_and_dates_are_in_it(openai: ProviderCapabilities) -> None:
    data = openai.json()
    assert data["source"] == {"page": "openai-python 3.52.0", "checked": "2026-11-20"}
    (old,) = (model for model in data["models"] if model["id"] == "gpt-image-1")
    assert old["lifecycle"] == {
        "status": "retired",
        "date": "2026-10-23",
        "successor": ["gpt-image-2.5-sunburst", "gpt-image-2.5-flare"],
    }


def test_constraints_say_their_kind_their_meaning_and_their_data(openai: ProviderCapabilities) -> None:
    takes = openai.json()["models"][2]["operations"]["generate"]
    quality = takes["parameters"]["quality"]
    assert quality["default"] == "auto"
    assert quality["constraint"]["kind"] == "OneOf"
    assert quality["constraint"]["text"] == "one of low, medium, high or auto"
    assert quality["constraint"]["values"] == ["low", "medium", "high", "auto"]
    assert takes["parameters"]["size"]["constraint"]["multiple_of"] == 16


def test_rules_say_their_kind_their_meaning_and_their_data(openai: ProviderCapabilities) -> None:
    rule = openai.json()["models"][2]["operations"]["generate"]["rules"][0]
    assert rule == {
        "kind": "Needs",
        "text": "background transparent needs output_format png or webp",
        "parameter": "background",
        "when": ["transparent"],
        "other": "output_format",
        "allowed": ["png", "webp"],
    }


def test_what_is_at_its_default_is_left_out(roboflow: ProviderCapabilities) -> None:
    prompt = roboflow.json()["models"][0]["operations"]["generate"]["parameters"]["prompt"]
    assert list(prompt) == ["constraint"]


def test_a_wire_is_in_it_where_it_differs(roboflow: ProviderCapabilities) -> None:
    parameters = roboflow.json()["models"][0]["operations"]["generate"]["parameters"]
    assert parameters["options.project_url"]["wire"] == {"name": "project_url"}


def test_preconditions_and_unknown_models_are_in_it(roboflow: ProviderCapabilities) -> None:
    data = roboflow.json()
    assert data["preconditions"] == list(roboflow.preconditions)
    assert data["unknown"]["generate"]["open"] is True
