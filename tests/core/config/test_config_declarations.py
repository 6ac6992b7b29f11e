"""What a model's table changes: each key, and what is said of one that does not fit."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

import pytest

from limner.capabilities import (
    Boolean,
    FrozenMapping,
    Length,
    Lifecycle,
    ModelCapabilities,
    OneOf,
    Parameter,
    Range,
    Sizes,
    Text,
    Wire,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from limner.capabilities import OperationCapabilities
    from limner.provider import Provider


@pytest.fixture
def model(acme: Callable[..., Provider]) -> Callable[..., ModelCapabilities]:
    """A model of a family, by default ``gpt-image``, with these keys."""

    def made(**keys: Any) -> ModelCapabilities:
        (one,) = acme(models={"acme-1": {"family": "gpt-image", **keys}}).capabilities().models
        return one

    return made


@pytest.fixture
def generate(model: Callable[..., ModelCapabilities]) -> Callable[..., OperationCapabilities]:
    """The operation ``generate`` with these keys in its table."""

    def made(family: str = "gpt-image", /, **keys: Any) -> OperationCapabilities:
        return model(family=family, generate=keys).operations["generate"]

    return made


# Models


def test_aliases_are_other_names(model: Callable[..., ModelCapabilities]) -> None:
    assert model(aliases=["acme", "acme-latest"]).aliases == ("acme", "acme-latest")


def test_a_lifecycle_may_be_a_word(model: Callable[..., ModelCapabilities]) -> None:
    assert model(lifecycle="deprecated").lifecycle == Lifecycle("deprecated")


@pytest.mark.parametrize("day", [dt.date(2027, 1, 1), dt.datetime(2027, 1, 1, 12, tzinfo=dt.UTC), "2027-01-01"])
def test_a_lifecycle_may_be_told_in_full(model: Callable[..., ModelCapabilities], day: object) -> None:
    told = {"status": "retired", "date": day, "successor": "acme-2", "note": "at noon"}
    expected = Lifecycle("retired", date="2027-01-01", successor=("acme-2",), note="at noon")
    assert model(lifecycle=told).lifecycle == expected


def test_it_may_have_several_successors(model: Callable[..., ModelCapabilities]) -> None:
    assert model(lifecycle={"successor": ["b", "c"]}).lifecycle == Lifecycle(successor=("b", "c"))


def test_operations_may_be_fewer_than_the_familys(model: Callable[..., ModelCapabilities]) -> None:
    assert list(model(operations=["generate"]).operations) == ["generate"]


# Operations


def test_an_operation_says_how_many_images_a_call_makes(generate: Callable[..., OperationCapabilities]) -> None:
    assert generate(images_per_call=4).images_per_call == 4


def test_what_is_not_taken_is_left_out_with_its_rules(generate: Callable[..., OperationCapabilities]) -> None:
    operation = generate(without=["background", "user"])
    assert not operation.parameters.keys() & {"background", "user"}
    assert not any("background" in rule.parameters for rule in operation.rules)


def test_how_images_come_back_can_be_said(generate: Callable[..., OperationCapabilities]) -> None:
    assert generate(delivers=["url"]).delivers == ("url",)


def test_without_a_stream_there_are_no_frames(generate: Callable[..., OperationCapabilities]) -> None:
    operation = generate(streams=False)
    assert not operation.streams
    assert not operation.parameters.keys() & {"stream", "partial_images"}
    assert operation.verdict({"prompt": "a cat", "stream": True}) == "no"


def test_what_never_streamed_can_be_told_so(generate: Callable[..., OperationCapabilities]) -> None:
    assert generate("dall-e-3", streams=False).parameters == generate("dall-e-3").parameters


def test_with_a_stream_it_can_be_asked_for(generate: Callable[..., OperationCapabilities]) -> None:
    operation = generate("dall-e-3", streams=True)
    assert operation.wire({"stream": True}) == {"stream": True}
    assert operation.verdict({"prompt": "a cat", "stream": True}) == "yes"


def test_an_operation_has_a_lifecycle_too(generate: Callable[..., OperationCapabilities]) -> None:
    assert generate(lifecycle="unverified").lifecycle == Lifecycle("unverified")


# Parameters


def constraint(operation: OperationCapabilities, name: str) -> Any:
    return operation.parameters[name].constraint


def test_a_list_is_all_that_is_taken(generate: Callable[..., OperationCapabilities]) -> None:
    assert constraint(generate(quality=["standard", "hd"]), "quality").values == ("standard", "hd")


def test_values_can_be_added_and_removed(generate: Callable[..., OperationCapabilities]) -> None:
    changed = generate(quality={"add": ["max", "low"], "remove": ["auto", "medium"]})
    assert constraint(changed, "quality").values == ("low", "high", "max")


def test_where_to_look_for_other_values_can_be_said(generate: Callable[..., OperationCapabilities]) -> None:
    assert constraint(generate(quality={"near": {"best": "high"}}), "quality").nearest("best") == "high"


def test_sizes_are_a_list_with_auto_as_a_word(generate: Callable[..., OperationCapabilities]) -> None:
    changed = generate(size={"add": ["2048x2048"], "remove": ["auto", "1024x1024"]})
    assert constraint(changed, "size") == Sizes(exact=("1536x1024", "1024x1536", "2048x2048"))


def test_a_list_of_sizes_ends_the_freedom_of_all_others(generate: Callable[..., OperationCapabilities]) -> None:
    assert constraint(generate("open", size=["512x512", "auto"]), "size") == Sizes(exact="512x512", auto=True)


def test_sizes_have_limits(generate: Callable[..., OperationCapabilities]) -> None:
    changed = constraint(generate(size={"multiple_of": 16, "max_edge": 2048, "max_ratio": 3.0}), "size")
    assert changed.check("2048x1024") is None
    assert changed.check("2048x16") is not None


def test_a_texts_length_can_be_changed(generate: Callable[..., OperationCapabilities]) -> None:
    changed = generate(prompt={"max": 4_000, "unit": "bytes"})
    assert constraint(changed, "prompt") == Length(4_000, unit="bytes", min=1)
    assert changed.parameters["prompt"].required


def test_a_range_can_be_changed(generate: Callable[..., OperationCapabilities]) -> None:
    assert constraint(generate(output_compression={"low": 10, "step": 10}), "output_compression") == Range(
        10, 100, step=10
    )


def test_each_part_of_what_images_must_be_takes_its_own_keys(model: Callable[..., ModelCapabilities]) -> None:
    edit = {"images": {"max": 4, "limit": 1_000, "remove": ["webp"]}, "mask": ["png", "image/webp"]}
    parameters = model(edit=edit).operations["edit"].parameters
    count, types, size = parameters["images"].constraint.parts  # type: ignore[attr-defined]
    assert (count.max, types.types, size.limit) == (4, ("image/png", "image/jpeg"), 1_000)
    assert parameters["mask"].constraint.parts[0].types == ("image/png", "image/webp")  # type: ignore[attr-defined]


def test_what_cannot_be_written_is_kept(model: Callable[..., ModelCapabilities]) -> None:
    kept = model(family="dall-e-2", vary={"image": {"limit": 1_000}}).operations["vary"].parameters["image"]
    assert [type(part).__name__ for part in kept.constraint.parts] == ["MediaTypes", "MaxBytes", "Square"]  # type: ignore[attr-defined]


def test_all_else_about_a_parameter_can_be_said(generate: Callable[..., OperationCapabilities]) -> None:
    told = {"default": "low", "required": True, "open": True, "note": "costs more", "lifecycle": "deprecated"}
    parameter = generate(quality=told).parameters["quality"]
    assert (parameter.default, parameter.required, parameter.open) == ("low", True, True)
    assert (parameter.note, parameter.lifecycle) == ("costs more", Lifecycle("deprecated"))


def test_a_changed_parameter_is_the_configurations_word(generate: Callable[..., OperationCapabilities]) -> None:
    changed = generate(quality=["low"])
    source = changed.parameters["quality"].source
    assert source is not None
    assert source.page == "the config= mapping"
    assert changed.parameters["size"].source is None


def test_a_wire_name_may_be_a_word(generate: Callable[..., OperationCapabilities]) -> None:
    assert generate(size={"wire": "image.size"}).wire({"size": "auto"}) == {"image": {"size": "auto"}}


def test_a_wire_name_keeps_how_values_are_spelled(generate: Callable[..., OperationCapabilities]) -> None:
    renamed = generate("dall-e-3", delivery={"wire": "output"})
    assert renamed.wire({"delivery": "bytes"}) == {"output": "b64_json"}


def test_how_values_are_spelled_can_be_said(generate: Callable[..., OperationCapabilities]) -> None:
    told = {"wire": {"name": "effort", "values": {"low": 1, "high": 2.5, "auto": False}}}
    operation = generate(quality=told)
    spelled = [operation.wire({"quality": value})["effort"] for value in ("low", "high", "auto", "medium")]
    assert spelled == [1, 2.5, False, "medium"]


@pytest.mark.parametrize(
    ("name", "told", "expected"),
    [
        ("seed", {"kind": "range", "low": 0}, Parameter(Range(low=0))),
        ("negative_prompt", {"kind": "length", "max": 500}, Parameter(Length(500))),
        ("negative_prompt", {"kind": "text"}, Parameter(Text())),
        ("style", {"kind": "choice", "values": ["oil"], "wire": "look"}, Parameter(OneOf(("oil",)), wire="look")),
        ("svg", {"kind": "boolean", "required": True}, Parameter(Boolean(), required=True)),
        (
            "delivery",
            {"kind": "choice", "values": ["bytes", "url"],
             "wire": {"name": "response_format", "values": {"bytes": "b64_json"}}},
            Parameter(OneOf(("bytes", "url")), wire=Wire("response_format", FrozenMapping(bytes="b64_json"))),
        ),
    ],
)  # fmt: skip
def test_a_parameter_can_be_added(
    generate: Callable[..., OperationCapabilities], name: str, told: Any, expected: Parameter
) -> None:
    operation = generate(**{name: told})
    assert operation.parameters[name] == expected.but(source=operation.source)


def test_a_kind_replaces_the_constraint_and_keeps_the_rest(generate: Callable[..., OperationCapabilities]) -> None:
    operation = generate(
        "dall-e-3", delivery={"kind": "choice", "values": ["url"]}, size={"kind": "sizes", "free": True}
    )
    assert constraint(operation, "delivery") == OneOf(("url",))
    assert operation.wire({"delivery": "url"}) == {"response_format": "url"}
    assert constraint(operation, "size") == Sizes(free=True)


# What does not fit

WRONG: list[tuple[dict[str, Any], str]] = [
    ({"aliases": "acme"}, ".aliases must be a list, not 'acme'."),
    (
        {"lifecycle": "retried"},
        (
            ".lifecycle must be available, announced, unverified, deprecated or retired, not 'retried'."
            " Did you mean 'retired'?"
        ),
    ),
    ({"lifecycle": {"date": "tomorrow"}}, ".lifecycle.date must be a date, such as 2026-11-20, not 'tomorrow'."),
    (
        {"lifecycle": {"sucessor": "b"}},
        (
            ".lifecycle.sucessor is not a key that is known here; these are: date, note, status and successor."
            " Did you mean 'successor'?"
        ),
    ),
    ({"operations": ["vary"]}, ".operations[0] must be generate or edit, not 'vary'."),
    (
        {"vary": {}},
        (
            ".vary is not a key that is known here; these are: aliases, edit, family, generate, lifecycle, like and"
            " operations."
        ),
    ),
    ({"generate": {"images_per_call": 0}}, ".generate.images_per_call must be a whole number of at least 1, not 0."),
    ({"generate": {"streams": "no"}}, ".generate.streams must be true or false, not 'no'."),
    ({"generate": {"delivers": ["file"]}}, ".generate.delivers[0] must be bytes or url, not 'file'."),
    ({"edit": {"without": ["masks"]}}, "Did you mean 'mask'?"),
    ({"generate": {"n": {"high": 4}}}, ".generate.n is said with images_per_call: more than one call makes become"),
    ({"generate": {"quality": 5}}, ".generate.quality must be a table, not 5."),
    ({"generate": {"quality": []}}, ".generate.quality is not possible: OneOf takes at least one value."),
    (
        {"generate": {"quality": ["low", ["x"]]}},
        ".generate.quality[1] must be a text, a number, or true or false, not a",
    ),
    ({"generate": {"quality": {"values": "low"}}}, ".generate.quality.values must be a list, not 'low'."),
    (
        {"generate": {"quality": {"remove": ["hihg"]}}},
        (
            ".generate.quality.remove[0] must be one of the values that are there (low, medium, high and auto), not"
            " 'hihg'. Did you mean 'high'?"
        ),
    ),
    (
        {"generate": {"size": ["1024 x 1024"]}},
        (
            ".generate.size is not possible: Sizes takes exact sizes as WIDTHxHEIGHT, limits, or auto=True, not"
            " ['1024 x 1024']."
        ),
    ),
    (
        {"generate": {"prompt": {"max": "4000"}}},
        ".generate.prompt.max must be a whole number, not '4000'.",
    ),
    (
        {"generate": {"prompt": {"max": 4000, "add": ["x"]}}},
        (
            ".generate.prompt.add is not a key that is known here; these are: default, kind, lifecycle, max, min, note,"
            " open, required, unit and wire."
        ),
    ),
    (
        {"generate": {"output_compression": {"low": 101}}},
        (
            ".generate.output_compression is not possible: Range(low=101, high=100, integer=True, step=None): no number"
            " lies between the limits."
        ),
    ),
    (
        {"generate": {"quality": {"default": "superb"}}},
        ".generate.quality.default must be one of low, medium, high or auto, not 'superb'.",
    ),
    (
        {"generate": {"size": {"wire": "model"}}},
        (
            ".generate.size.wire must be the name of a field, other than model, with dots that lead into objects, not"
            " 'model'."
        ),
    ),
    ({"generate": {"size": {"wire": {"name": "a..b"}}}}, ".generate.size.wire.name must be the name of a field, other"),
    ({"generate": {"size": {"wire": "quality"}}}, ".generate sends size and quality as one field, 'quality'."),
    ({"generate": {"size": {"wire": "prompt.size"}}}, ".generate sends prompt and size as one field, 'prompt'."),
    (
        {"generate": {"seed": {"low": 0}}},
        (
            '.generate.seed is not taken here so far: to add it, say of which kind it is ("choice", "range", "length",'
            ' "text", "boolean" or "sizes").'
        ),
    ),
    (
        {"generate": {"seed": {"kind": "integer"}}},
        ".generate.seed.kind must be choice, range, length, text, boolean or sizes, not 'integer'.",
    ),
    ({"generate": {"style": {"kind": "choice"}}}, ".generate.style needs values, of which a choice is made."),
    ({"generate": {"style": {"kind": "length"}}}, ".generate.style needs max."),
    (
        {"generate": {"style": {"kind": "length", "max": 1, "min": 2}}},
        ".generate.style is not possible: min is 2, and max is 1.",
    ),
    ({"edit": {"images": {"min": 20}}}, ".edit.images is not possible: min is 20, and max is 16."),
    (
        {"generate": {"size": {"min_edge": 9, "max_edge": 8}}},
        ".generate.size is not possible: min_edge is 9, and max_edge is 8.",
    ),
    ({"generate": {"sede": {"kind": "range"}}}, "Did you mean 'seed'?"),
]


@pytest.mark.parametrize(("keys", "said"), WRONG, ids=lambda value: value[:40] if isinstance(value, str) else "")
def test_what_is_wrong_is_said_with_its_path(acme_complaint: Callable[..., str], keys: Any, said: str) -> None:
    complaint = acme_complaint(models={"acme-1": {"family": "gpt-image", **keys}})
    assert complaint.startswith(".models.acme-1.")
    assert said in complaint
