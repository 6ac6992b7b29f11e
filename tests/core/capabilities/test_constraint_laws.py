"""What holds for every constraint, whatever it says."""

from __future__ import annotations

import pickle
import re
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from limner.capabilities import (
    AllOf,
    Alpha,
    Boolean,
    Constraint,
    Count,
    Length,
    MaxBytes,
    MediaTypes,
    OneOf,
    Range,
    Record,
    SamplePicture,
    Sizes,
    Square,
    Text,
    refuses,
)

PIXELS = st.integers(1, 5000)
WORDS = st.text("abcdefgh", min_size=1, max_size=6)
SIZE = st.builds("{}x{}".format, PIXELS, PIXELS)
MAYBE = st.none() | st.integers(0, 10**9)
PICTURES = st.builds(
    SamplePicture,
    media_type=st.none() | st.sampled_from(["image/png", "image/jpg", "IMAGE/WEBP", "text/html", ""]),
    size=MAYBE,
    width=st.none() | PIXELS,
    height=st.none() | PIXELS,
    alpha=st.none() | st.booleans(),
)
PLAIN = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=80) | st.binary(max_size=20) | SIZE
ANYTHING = (
    st.recursive(
        PLAIN | PICTURES,
        lambda inner: (
            st.lists(inner, max_size=4)
            | st.lists(inner, max_size=4).map(tuple)
            | st.dictionaries(st.text(max_size=9) | st.integers(), inner, max_size=4)
        ),
        max_leaves=8,
    )
    | st.integers().map(lambda power: 10 ** (abs(power) % 400))
    | st.builds(object)
    | st.sampled_from([int, "\ud800", range(3), {1, 2}, float("nan")])
)


@st.composite
def ranges(draw: st.DrawFn) -> Range:
    low, high = sorted(draw(st.tuples(st.integers(-1000, 1000), st.integers(-1000, 1000))))
    ends = draw(st.sampled_from([(low, high), (low, None), (None, high), (None, None)]))
    if draw(st.booleans()):
        return Range(*ends, integer=False)
    step = draw(st.none() | st.integers(1, 16))
    wide = step is None or None in ends or high - low >= step
    return Range(*ends, step=step if wide else None)


@st.composite
def sizes(draw: st.DrawFn) -> Sizes:
    exact = tuple(draw(st.lists(SIZE, max_size=4, unique=True)))
    free = draw(st.booleans()) or not exact
    limits: dict[str, Any] = {
        "multiple_of": draw(st.sampled_from([None, 1, 8, 16, 64])),
        "min_ratio": draw(st.sampled_from([None, 1 / 3, 0.5])),
        "max_ratio": draw(st.sampled_from([None, 2, 3])),
        "min_edge": draw(st.sampled_from([None, 64, 256])),
        "max_edge": draw(st.sampled_from([None, 2048, 3840])),
        "min_pixels": draw(st.sampled_from([None, 65_536])),
        "max_pixels": draw(st.sampled_from([None, 2048 * 1024])),
    }
    warn = draw(st.sampled_from([None, 500_000]))
    return Sizes(exact=exact, auto=draw(st.booleans()), free=free, warn_above=warn, **(limits if free else {}))


LADDERS = st.dictionaries(WORDS, WORDS, max_size=5)
ON_WORDS: st.SearchStrategy[Constraint] = (
    st.builds(OneOf, st.lists(WORDS | st.integers(0, 9) | st.booleans(), min_size=1, max_size=5), near=LADDERS)
    | ranges()
    | st.builds(lambda least, more, unit: Length(least + more, unit, least), *[st.integers(0, 50)] * 2,
                st.sampled_from(["characters", "bytes"]))
    | st.just(Boolean())
    | st.just(Text())
    | st.just(Text("[a-z]+/[0-9]+", "a project", "cats/5"))
    | sizes()
)  # fmt: skip
ON_PICTURES: st.SearchStrategy[Constraint] = st.one_of(
    st.builds(MediaTypes, st.lists(st.sampled_from(["png", "jpeg", "image/webp"]), min_size=1, unique=True)),
    st.builds(MaxBytes, st.integers(100, 10**8), st.booleans(), st.none() | st.integers(100, 10**8)),
    st.just(Square()),
    st.just(Alpha()),
)
COUNTS = st.builds(lambda least, more: Count(least, least + more), st.integers(0, 3), st.integers(0, 5))
RECORDS = st.dictionaries(WORDS, ON_WORDS, min_size=1, max_size=3).flatmap(
    lambda fields: st.builds(Record, st.just(fields), st.lists(st.sampled_from(sorted(fields)), unique=True))
)
PICTURE_LISTS = st.builds(lambda count, parts: AllOf(count, *parts), COUNTS, st.lists(ON_PICTURES, max_size=3))
CONSTRAINTS = st.one_of(ON_WORDS, ON_PICTURES, COUNTS, RECORDS, PICTURE_LISTS)


@given(CONSTRAINTS)
def test_every_valid_sample_passes(constraint: Constraint) -> None:
    assert [sample for sample in constraint.samples().valid if refuses(constraint.check(sample))] == []


@given(CONSTRAINTS)
def test_every_invalid_sample_is_refused(constraint: Constraint) -> None:
    assert [sample for sample in constraint.samples().invalid if not refuses(constraint.check(sample))] == []


@given(ON_WORDS | ON_PICTURES | COUNTS | RECORDS)
def test_there_are_samples_of_both_kinds(constraint: Constraint) -> None:
    samples = constraint.samples()
    fixed = isinstance(constraint, Sizes) and not (constraint.exact or constraint.auto)
    assert samples.invalid
    assert samples.valid or fixed


@given(CONSTRAINTS, ANYTHING)
def test_nothing_makes_a_check_raise(constraint: Constraint, value: object) -> None:
    finding = constraint.check(value)
    assert (finding is None) == (constraint.findings(value) == ())


@given(CONSTRAINTS, ANYTHING)
def test_the_nearest_passes_or_there_is_none(constraint: Constraint, value: object) -> None:
    near = constraint.nearest(value)
    assert near is None or not refuses(constraint.check(near))


@given(CONSTRAINTS)
def test_the_nearest_of_a_valid_value_is_itself(constraint: Constraint) -> None:
    assert all(constraint.nearest(sample) is sample for sample in constraint.samples().valid)


@given(CONSTRAINTS, ANYTHING)
def test_what_a_finding_shows_is_short_whatever_came(constraint: Constraint, value: object) -> None:
    assert all(len(finding.got) <= 80 for finding in constraint.findings(value))


@given(CONSTRAINTS)
def test_a_constraint_survives_pickling_and_is_hashable(constraint: Constraint) -> None:
    again = pickle.loads(pickle.dumps(constraint))  # noqa: S301 - our own bytes
    assert again == constraint
    assert hash(again) == hash(constraint)


@given(ON_WORDS | RECORDS)
@settings(max_examples=200)
def test_json_schema_takes_every_valid_sample(constraint: Constraint) -> None:
    schema = constraint.json_schema()
    assert [sample for sample in constraint.samples().valid if not takes(schema, sample)] == []


@given(st.builds(OneOf, st.lists(WORDS, min_size=1)) | ranges() | st.just(Boolean()) | st.builds(Length, st.just(9)))
def test_json_schema_refuses_every_invalid_sample_that_json_can_hold(constraint: Constraint) -> None:
    schema = constraint.json_schema()
    wrong = [item for item in constraint.samples().invalid if not isinstance(item, (bytes, tuple))]
    # To JSON Schema 5.0 is an integer; a constraint is stricter.
    assert [item for item in wrong if takes(schema, item) and not isinstance(item, float)] == []


@pytest.mark.parametrize("cls", [Constraint])
def test_the_base_says_nothing_itself(cls: type[Constraint]) -> None:
    for method in ("describe", "samples", "json_schema"):
        with pytest.raises(NotImplementedError):
            getattr(cls(), method)()
    with pytest.raises(NotImplementedError):
        cls().check(1)


# A validator for the few words of JSON Schema that constraints use.
_TYPES: dict[str, Any] = {
    "string": lambda value: isinstance(value, str),
    "boolean": lambda value: isinstance(value, bool),
    "integer": lambda value: isinstance(value, int) and not isinstance(value, bool),
    "number": lambda value: isinstance(value, (int, float)) and not isinstance(value, bool),
    "object": lambda value: isinstance(value, dict),
}
_WORDS: dict[str, Any] = {
    "type": lambda value, kind, _: _TYPES[kind](value),
    "enum": lambda value, options, _: any(type(option) is type(value) and option == value for option in options),
    "minimum": lambda value, low, _: value >= low,
    "maximum": lambda value, high, _: value <= high,
    "multipleOf": lambda value, step, _: value % step == 0,
    "minLength": lambda value, least, _: len(value) >= least,
    "maxLength": lambda value, most, _: len(value) <= most,
    "pattern": lambda value, pattern, _: re.search(pattern, value) is not None,
    "anyOf": lambda value, branches, _: any(takes(branch, value) for branch in branches),
    "properties": lambda value, inner, _: all(takes(inner[name], value[name]) for name in value if name in inner),
    "required": lambda value, names, _: all(name in value for name in names),
    "additionalProperties": lambda value, allowed, schema: allowed or set(value) <= set(schema["properties"]),
    "description": lambda *_: True,
}


def takes(schema: dict[str, Any], value: object) -> bool:
    return all(_WORDS[word](value, said, schema) for word, said in schema.items())
