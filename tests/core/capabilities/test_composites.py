"""Several constraints at once, and the fields of objects."""

from __future__ import annotations

from typing import Any

import pytest
from attrs import frozen

from limner.capabilities import (
    AllOf,
    Alpha,
    Constraint,
    Count,
    Length,
    MaxBytes,
    MediaTypes,
    OneOf,
    Range,
    Record,
    SamplePicture,
    Square,
    Text,
)

AUTHOR = Record(
    {"model": Text(), "reasoning": Record({"effort": OneOf(("low", "high"), near={"max": "high"})})}, required="model"
)


def told(constraint: Constraint, value: object) -> list[tuple[str, str]]:
    return [(finding.code, finding.at) for finding in constraint.findings(value)]


class TestAllOf:
    INPUTS = AllOf(Count(1, 2), MediaTypes("webp"), AllOf(MaxBytes(100), Square()))

    def test_parts_of_parts_are_parts(self) -> None:
        assert [type(part).__name__ for part in self.INPUTS.parts] == ["Count", "MediaTypes", "MaxBytes", "Square"]

    def test_every_part_has_its_say(self) -> None:
        wrong = SamplePicture(size=101, width=1)
        assert told(self.INPUTS, (wrong,)) == [("media_type", "[0]"), ("too_large", "[0]"), ("not_square", "[0]")]

    def test_a_refusal_counts_before_a_warning(self) -> None:
        finding = self.INPUTS.check((SamplePicture("image/webp", None, 1, 2),))
        assert finding is not None
        assert finding.code == "not_square"

    def test_without_a_refusal_the_warning_counts(self) -> None:
        finding = self.INPUTS.check((SamplePicture("image/webp", None, None, 2),))
        assert finding is not None
        assert finding.code == "cannot_tell"

    def test_its_samples_fit_every_part(self) -> None:
        pairs = [sample for sample in self.INPUTS.samples().valid if isinstance(sample, tuple)]
        assert (SamplePicture("image/webp", 100),) * 2 in pairs

    def test_it_describes_its_parts(self) -> None:
        assert AllOf(Text(), Length(9)).describe() == "a text and a text of at most 9 characters"

    @pytest.mark.parametrize(
        ("parts", "told"),
        [
            (
                (Count(1, 16), MediaTypes(("png", "webp")), MaxBytes(50_000_000, exclusive=True)),
                "1 to 16 images, each of type png or webp and under 50 MB",
            ),
            ((Count(1, 2), Square()), "1 to 2 images, each square"),
            ((Count(1, 1), Alpha()), "1 image with transparency"),
            ((MediaTypes("png"), Alpha(), Square()), "an image of type png, with transparency and square"),
            ((Square(), Length(9)), "a square image and a text of at most 9 characters"),
            ((Count(1, 2),), "1 to 2 images"),
        ],
    )
    def test_of_images_it_says_how_many_and_what_each_is(self, parts: Any, told: str) -> None:
        assert AllOf(*parts).describe() == told

    def test_the_nearest_satisfies_one_part_after_the_other(self) -> None:
        assert AllOf(Range(0, 50), Range(step=20)).nearest(70) is None
        assert AllOf(Range(0, 60), Range(step=20)).nearest(70) == 60

    def test_json_schema_of_images_is_an_array_of_what_each_must_be(self) -> None:
        schema = self.INPUTS.json_schema()
        assert schema["maxItems"] == 2
        assert len(schema["items"]["allOf"]) == 3
        assert AllOf(Count(1, 2)).json_schema() == Count(1, 2).json_schema()
        assert AllOf(Text()).json_schema() == {"type": "string"}

    def test_it_speaks_of_images_when_a_part_does(self) -> None:
        assert self.INPUTS.on_images
        assert not AllOf(Text()).on_images


@frozen
class Reasoning:
    effort: str | None = None


@frozen
class Author:
    model: str
    reasoning: Reasoning | None = None


class TestRecord:
    @pytest.mark.parametrize(
        "value",
        [
            {"model": "m"},
            {"model": "m", "reasoning": None},
            {"model": "m", "reasoning": {"effort": "low"}},
            Author("m"),
            Author("m", Reasoning("high")),
            Author("m", Reasoning()),
        ],
    )
    def test_mappings_and_attrs_values_are_objects_and_none_is_not_set(self, value: object) -> None:
        assert AUTHOR.check(value) is None

    @pytest.mark.parametrize("value", ["m", 5, None, ["model"]])
    def test_what_is_no_object_is_of_the_wrong_type(self, value: object) -> None:
        assert told(AUTHOR, value) == [("wrong_type", "")]

    def test_every_fault_is_told_with_its_place(self) -> None:
        value = {"reasoning": {"effort": "most", "budget": 5}, "temperature": 1}
        assert told(AUTHOR, value) == [
            ("missing", ".model"),
            ("unsupported_value", ".reasoning.effort"),
            ("unknown_parameter", ".reasoning.budget"),
            ("unknown_parameter", ".temperature"),
        ]

    def test_a_misspelt_field_is_asked_back(self) -> None:
        assert AUTHOR.findings({"model": "m", "reasonning": {}})[0].hint == "Did you mean 'reasoning'?"

    def test_a_field_that_is_no_text_is_named_all_the_same(self) -> None:
        assert told(AUTHOR, {"model": "m", 5: 5, "x" * 99: 5}) == [
            ("unknown_parameter", ".5"),
            ("unknown_parameter", ".'a text of 99 characters'"),
        ]

    def test_the_nearest_mends_fields_and_drops_what_it_cannot(self) -> None:
        near = AUTHOR.nearest({"model": "m", "reasoning": {"effort": "max", "budget": 5}, "seed": 1})
        assert near == {"model": "m", "reasoning": {"effort": "high"}}
        assert AUTHOR.nearest({"reasoning": {}}) is None

    def test_it_describes_its_fields(self) -> None:
        assert AUTHOR.describe() == (
            "an object with model (required): a text; reasoning: an object with effort: one of low or high"
        )

    def test_a_required_field_must_be_declared(self) -> None:
        with pytest.raises(ValueError, match="requires name"):
            Record({"model": Text()}, required="name")
