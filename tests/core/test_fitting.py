"""Whether a request fits, and what is changed so that it does: truthfully, and nothing that was meant."""

from __future__ import annotations

from typing import Any

import pytest
from attrs import frozen
from hypothesis import given
from hypothesis import strategies as st

from limner.capabilities import (
    Boolean,
    Found,
    Length,
    Lifecycle,
    ModelCapabilities,
    Needs,
    OneOf,
    OperationCapabilities,
    Parameter,
    ProviderCapabilities,
    Range,
    Sizes,
    Source,
    refuses,
)
from limner.fitting import applied, changes_of, fit, replaced, successor
from limner.requests import GenerateRequest

TAKES = OperationCapabilities(
    parameters={
        "prompt": Parameter(Length(20), required=True),
        "n": Range(1, 4),
        "size": Sizes(exact=("8x8", "12x8", "8x12")),
        "quality": OneOf(("low", "high"), near={"hd": "high", "max": "hd"}),
        "output_format": OneOf(("png", "jpeg")),
        "output_compression": Range(0, 90),
        "background": OneOf(("transparent", "opaque")),
        "options.fancy": Boolean(),
    },
    rules=(
        Needs("background", ("transparent",), "output_format", ("png",)),
        Needs("output_compression", None, "output_format", ("jpeg",)),
    ),
)
MODEL = ModelCapabilities("brush", operations={"generate": TAKES})
CAPABILITIES = ProviderCapabilities((MODEL,), None, Source("https://docs.example", "2026-11-21"))


def brush() -> Found:
    found = CAPABILITIES.find("brush", "generate")
    assert found is not None
    return found


def adapted(**asked: Any) -> Any:
    return fit(brush(), {"prompt": "a cat", **asked}, adapt=True)


def changes(**asked: Any) -> dict[str, Any]:
    return {change.parameter: change.sent for change in adapted(**asked).changes}


@pytest.mark.parametrize(
    ("asked", "sent"),
    [
        ({}, {}),
        ({"quality": "high", "size": "8x8"}, {}),
        ({"quality": "hd"}, {"quality": "high"}),
        ({"quality": "max"}, {"quality": "high"}),
        ({"quality": "divine"}, {"quality": None}),
        ({"size": "120x80"}, {"size": "12x8"}),
        ({"seed": 3}, {"seed": None}),
        ({"stream": True}, {"stream": None}),
        ({"delivery": "url"}, {"delivery": None}),
        ({"background": "transparent", "output_format": "jpeg"}, {"background": None}),
        ({"output_compression": 100, "output_format": "jpeg"}, {"output_compression": 90}),
        ({"output_compression": 100, "output_format": "png"}, {"output_compression": None}),
        ({"aspect_ratio": "4:1"}, {"aspect_ratio": "12x8"}),
        ({"aspect_ratio": "3:2"}, {}),
        ({"size": "landscape"}, {}),
        ({"options.other": 1}, {"options.other": None}),
    ],
)
def test_what_is_not_taken_becomes_the_nearest_or_is_left_out(asked: Any, sent: dict[str, Any]) -> None:
    assert adapted(**asked).fits
    assert changes(**asked) == sent


@pytest.mark.parametrize("asked", [{"prompt": "x" * 21}, {"images": ("no image",)}, {"output_compression": "5"}])
def test_what_is_meant_and_what_is_a_mistake_are_never_changed(asked: Any) -> None:
    fitted = adapted(**asked, quality="hd")
    assert not fitted.fits
    assert fitted.changes == ()
    assert {reason.parameter for reason in fitted.reasons if refuses(reason)} >= {"quality", *asked}


def test_without_leave_nothing_is_changed_and_everything_is_told() -> None:
    fitted = fit(brush(), {"prompt": "a cat", "quality": "hd", "aspect_ratio": "16:9", "size": None})
    assert fitted.changes == ()
    assert [str(reason) for reason in fitted.reasons] == [
        "aspect_ratio '16:9' is a shape that brush has no size of: it takes one of 8x8, 12x8 or 8x12. The nearest is size 12x8.",  # noqa: E501 - as it is printed
        "quality must be one of low or high, not 'hd'. The nearest is high.",
    ]


def test_a_shape_without_a_near_size_is_left_as_it_is() -> None:
    no_size = ModelCapabilities("brush", operations={"generate": TAKES.but(without="size")})
    found = ProviderCapabilities((no_size,), None, CAPABILITIES.source).find("brush", "generate")
    assert found is not None
    fitted = fit(found, {"prompt": "a cat", "size": "landscape"}, adapt=True)
    assert [change.sent for change in fitted.changes] == [None]
    auto = TAKES.but(parameters={"size": Sizes(auto=True)})
    only = ProviderCapabilities((ModelCapabilities("b", operations={"generate": auto}),), None, CAPABILITIES.source)
    found = only.find("b", "generate")
    assert found is not None
    assert [reason.hint for reason in fit(found, {"prompt": "a", "size": "landscape"}).reasons] == [None]


def test_a_model_that_is_told_a_ratio_is_told_it() -> None:
    told = TAKES.but(parameters={"aspect_ratio": OneOf(("16:9",))})
    found = ProviderCapabilities((ModelCapabilities("b", operations={"generate": told}),), None, CAPABILITIES.source)
    fitted = fit(found.find("b", "generate"), {"prompt": "a", "aspect_ratio": "16:9"})  # type: ignore[arg-type]
    assert (fitted.fits, fitted.values["aspect_ratio"]) == (True, "16:9")


def test_a_change_says_what_was_asked_what_is_sent_and_why() -> None:
    (change,) = adapted(quality="hd").changes
    warning = change.warning()
    assert (warning.code, warning.parameter, warning.requested, warning.sent) == ("adapted", "quality", "hd", "high")
    assert str(warning) == "quality 'hd' became high: quality must be one of low or high, not 'hd'."
    (change,) = adapted(seed=3).changes
    assert change.warning().code == "left_out"
    (change,) = adapted(aspect_ratio="4:1").changes
    assert str(change.warning()) == "aspect_ratio 4:1 became size 12x8, which is 62.5% narrower."


# Retired models


OLD = ModelCapabilities("old", (), Lifecycle("retired", "2026-05-12", ("gone", "older", "brush")), {"generate": TAKES})
OLDER = ModelCapabilities("older", (), Lifecycle("retired", "2025-05-12"), {"generate": TAKES})
HISTORY = ProviderCapabilities((OLD, OLDER, MODEL), None, CAPABILITIES.source)


def test_a_retired_model_has_the_first_successor_that_is_there() -> None:
    old = HISTORY.find("old", "generate")
    assert old is not None
    heir = successor(HISTORY, old)
    assert heir is not None
    assert heir.id == "brush"
    warning = replaced(old, heir).warning()
    assert (warning.parameter, warning.requested, warning.sent) == ("model", "old", "brush")
    assert "retired on 2026-05-12" in str(warning)


def test_nobody_follows_a_model_that_lives_or_has_no_heir_or_is_allowed() -> None:
    for name, allow in (("brush", ()), ("older", ()), ("old", ("retired",))):
        found = HISTORY.find(name, "generate")
        assert found is not None
        assert successor(HISTORY, found, allow) is None
    unknown = Found(None, TAKES, known=False, id="x", name="generate")
    assert successor(HISTORY, unknown) is None


# The request that is sent


@frozen
class Options:
    fancy: bool | None = None
    other: int | None = None


def test_the_request_that_is_sent_has_the_values_that_are_sent() -> None:
    request = GenerateRequest("a cat", quality="hd", seed=3, delivery="url", options=Options(fancy=True, other=1))
    sent = applied(request, fit(brush(), request.given(), adapt=True).values)
    assert (sent.quality, sent.seed, sent.delivery, sent.options) == ("high", None, None, Options(fancy=True))
    assert sent.prompt == "a cat"


def test_a_request_that_fits_is_sent_as_it_is() -> None:
    request = GenerateRequest("a cat", quality="high")
    assert applied(request, request.given()) is request
    assert applied(request, {**request.given(), "stream": True}) is request


# Near misses


ASKED = st.fixed_dictionaries(
    {"prompt": st.just("a cat")},
    optional={
        "n": st.integers(1, 9),
        "size": st.sampled_from(["8x8", "12x8", "100x50", "landscape", "huge"]),
        "quality": st.sampled_from(["low", "hd", "divine"]),
        "output_format": st.sampled_from(["png", "jpeg", "webp"]),
        "output_compression": st.integers(-5, 120),
        "background": st.sampled_from(["transparent", "opaque", "pink"]),
        "seed": st.integers(0, 5),
        "delivery": st.sampled_from(["bytes", "url"]),
    },
)


@given(asked=ASKED)
def test_the_smallest_change_applied_makes_it_fit(asked: dict[str, Any]) -> None:
    change = changes_of(brush(), asked)
    assert change is not None
    changed = {name: value for name, value in {**asked, **change}.items() if value is not None}
    assert fit(brush(), changed).fits
    assert (change == {}) is fit(brush(), asked).fits


@given(asked=ASKED)
def test_every_difference_has_one_warning_and_no_warning_is_without_a_difference(asked: dict[str, Any]) -> None:
    fitted = fit(brush(), asked, adapt=True)
    assert fitted.fits
    resolved = fit(brush(), asked).values  # a shape that a model has is no difference
    different = {name for name in {*asked, *fitted.values} if resolved.get(name) != fitted.values.get(name)}
    assert {change.parameter for change in fitted.changes} == different
    for change in fitted.changes:
        assert change.requested == asked[change.parameter]
        assert change.sent == fitted.values.get(change.parameter)


def test_what_no_change_can_help_has_none() -> None:
    assert changes_of(brush(), {"prompt": "x" * 21}) is None
