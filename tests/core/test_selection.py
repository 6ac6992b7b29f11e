"""Who can serve a request, why the others cannot, and who does where nothing is named."""

from __future__ import annotations

from typing import Any

import pytest
from attrs import frozen

from limner import ProviderImage
from limner.capabilities import (
    Boolean,
    Count,
    Encoding,
    Forbids,
    Length,
    Lifecycle,
    ModelCapabilities,
    Needs,
    OneOf,
    OperationCapabilities,
    Parameter,
    ProviderCapabilities,
    Range,
    Reason,
    Sizes,
    Source,
)
from limner.errors import BadInputError, NoProviderError, UnsupportedError
from limner.requests import EditRequest, GenerateRequest
from limner.selection import LINES, Offer, Selection, decide, keyless, named, select

PROMPT = Parameter(Length(100), required=True)
SOURCE = Source("https://docs.example", "2026-11-21")


def takes(**parameters: Any) -> OperationCapabilities:
    default = {
        name: parameters.pop(name)
        for name in ("default", "images_per_call", "streams", "delivers")
        if name in parameters
    }
    return OperationCapabilities(parameters={"prompt": PROMPT, **parameters}, **default)


def offer(provider: str, *, key: bool = True, **models: OperationCapabilities | ModelCapabilities) -> Offer:
    listed = tuple(
        one if isinstance(one, ModelCapabilities) else ModelCapabilities(name, operations={"generate": one})
        for name, one in models.items()
    )
    trouble = () if key else (Reason("no", "no_key", "keys", "nothing", "", f"there is no key for {provider}."),)
    return Offer(provider, ProviderCapabilities(listed, None, SOURCE), trouble)


QUALITY = OneOf(("low", "high"), near={"hd": "high"})
ACME = offer("acme", brush=takes(quality=QUALITY, n=Range(1, 4), images_per_call=4), pen=takes(size=Sizes(exact="8x8")))
BOLT = offer("bolt", nib=takes(quality=QUALITY, n=Range(1, 1), default=True))


def ask(*offers: Offer, order: tuple[str, ...] = (), require: Any = (), prefer: Any = (), **wish: Any) -> Selection:
    return select(GenerateRequest("a cat", **wish), offers, order=order, require=require, prefer=prefer)


def names(standings: Any) -> list[str]:
    return [one.name for one in standings]


# Who can


def test_whoever_takes_it_is_a_candidate_and_whoever_does_not_is_rejected() -> None:
    selection = ask(ACME, BOLT, quality="high")
    assert names(selection.candidates) == ["bolt/nib", "acme/brush"]
    assert names(selection.rejected) == ["acme/pen"]
    assert selection


def test_a_rejection_lists_all_its_reasons() -> None:
    (_, pen) = ask(ACME, quality="high", size="9x9", seed=1).rejected
    assert [reason.parameter for reason in pen.reasons] == ["size", "quality", "seed"]


def test_the_order_of_providers_comes_first_then_what_is_sure_then_a_providers_own_choice() -> None:
    unsure = offer(
        "bolt", old=ModelCapabilities("old", (), Lifecycle("deprecated"), {"generate": takes()}), new=takes()
    )
    assert names(ask(ACME, unsure, order=("bolt", "acme")).candidates) == [
        "bolt/new", "bolt/old", "acme/brush", "acme/pen"
    ]  # fmt: skip


def test_a_provider_without_a_key_is_rejected_with_the_rest_of_its_reasons() -> None:
    (nib,) = ask(offer("bolt", key=False, nib=takes()), quality="high").rejected
    assert [reason.code for reason in nib.reasons] == ["no_key", "unknown_parameter"]
    assert nib.change is None


def test_a_provider_that_cannot_be_asked_says_why() -> None:
    broken = Offer("acme", None, (Reason("no", "unusable", "provider", "acme", "", "acme is broken."),))
    (one,) = ask(broken).rejected
    assert (one.name, one.calls, one.changes, str(one.reasons[0])) == ("acme", 0, (), "acme is broken.")


def test_a_provider_that_does_not_do_it_says_what_it_does() -> None:
    (one,) = select(EditRequest("a cat"), [ACME]).rejected
    assert str(one.reasons[0]) == "acme has no model to edit; it offers generate."


def test_of_named_models_only_those_are_looked_at() -> None:
    selection = ask(ACME, BOLT, model=["acme/brush", "acme/gone", "bolt/nib"])
    assert names(selection.candidates) == ["bolt/nib", "acme/brush"]
    assert [reason.code for reason in selection.rejected[0].reasons] == ["unknown_model"]
    assert names(ask(ACME, model="brush", provider="acme").candidates) == ["acme/brush"]


def test_what_may_be_adapted_makes_candidates_of_near_misses() -> None:
    (brush,) = ask(offer("acme", brush=takes(quality=QUALITY)), quality="hd", on_unsupported="adapt").candidates
    assert (brush.verdict, [change.sent for change in brush.changes]) == ("warn", ["high"])
    assert ask(offer("acme", brush=takes()), on_unsupported="adapt").candidates[0].verdict == "yes"
    assert not ask(offer("acme", brush=takes(style=Parameter(QUALITY, required=True))), on_unsupported="adapt")


def test_a_shape_in_words_is_a_size_where_the_model_has_one() -> None:
    model = offer("acme", brush=takes(size=Sizes(exact=("8x8", "12x8"))))
    assert ask(model, size="landscape").candidates[0].fit.values["size"] == "12x8"
    assert ask(model, aspect_ratio="3:2").candidates[0].fit.values["size"] == "12x8"
    assert ask(model, size="portrait").rejected[0].change == {"size": "8x8"}
    assert ask(model, aspect_ratio="2:1").rejected[0].change == {"size": "12x8", "aspect_ratio": None}


# What is required and preferred


@pytest.mark.parametrize(
    ("require", "who"),
    [
        ("stream", ["acme/streams"]),
        ("transparent", ["acme/clear"]),
        ("url", ["acme/link"]),
        (["bytes", "stream"], ["acme/streams"]),
        ("background", ["acme/clear"]),
        ("edit", ["acme/edits"]),
        ("generate", ["acme/streams", "acme/clear", "acme/link", "acme/edits"]),
        ("seed", []),
    ],
)
def test_what_is_required_is_had(require: Any, who: list[str]) -> None:
    edits = ModelCapabilities("edits", operations={"generate": takes(), "edit": takes()})
    models = {
        "streams": takes(streams=True, stream=Boolean()), "clear": takes(background=OneOf(("transparent",))),
        "link": takes(delivers=("url",)), "edits": edits,
    }  # fmt: skip
    selection = ask(offer("acme", **models), require=require)
    assert names(selection.candidates) == who
    assert all(reason.code == "required" for one in selection.rejected for reason in one.reasons)


def test_what_needs_a_stream_is_had_where_a_stream_is_required() -> None:
    frames = takes(streams=True, partial_images=Range(0, 3)).but(rules=(Needs("partial_images", None, "stream"),))
    models = offer("acme", brush=frames, pen=takes(partial_images=Range(0, 3)))
    assert names(ask(models, partial_images=2).rejected) == ["acme/brush"]
    selection = ask(models, partial_images=2, require="stream")
    assert names(selection.candidates) == ["acme/brush"]
    assert [reason.code for reason in selection.rejected[0].reasons] == ["required"]


def test_an_option_of_somebody_s_own_is_no_unknown_word() -> None:
    own = offer("bolt", nib=takes(**{"options.wet": Boolean()}))
    assert names(ask(ACME, own, require="options.wet").candidates) == ["bolt/nib"]


def test_a_requirement_that_nobody_knows_is_told() -> None:
    with pytest.raises(BadInputError, match=r"require takes names of parameters and generate.*it was given 'wings'"):
        ask(ACME, require="wings")


def test_a_preference_counts_before_the_order() -> None:
    assert names(ask(ACME, BOLT, n=4, order=("bolt", "acme")).candidates) == ["bolt/nib", "acme/brush", "acme/pen"]
    ranked = ask(ACME, BOLT, n=4, order=("bolt", "acme"), prefer="fewest_calls").candidates
    assert [(one.name, one.calls) for one in ranked] == [("acme/brush", 1), ("bolt/nib", 4), ("acme/pen", 4)]
    adapted = ask(ACME, BOLT, size="8x8", on_unsupported="adapt", prefer=["fewest_adaptations"]).candidates
    assert names(adapted)[0] == "acme/pen"


def test_a_preference_that_nobody_knows_is_told() -> None:
    with pytest.raises(BadInputError, match="prefer takes fewest_calls or fewest_adaptations; it was given 'cheap'"):
        ask(ACME, prefer="cheap")


# Who does


def test_the_best_serves_it() -> None:
    assert decide(ask(ACME, BOLT, size="8x8")).choice == ("acme", "pen")
    assert decide(ask(BOLT)).choice == ("bolt", None)


def test_several_that_are_equally_good_are_an_error_that_lists_them() -> None:
    with pytest.raises(BadInputError, match="bolt/nib and acme/brush could each serve this"):
        decide(ask(ACME, BOLT))
    assert decide(ask(ACME, BOLT, order=("acme", "bolt")), order=("acme", "bolt")).choice == ("acme", "brush")


def test_nobody_is_an_error_that_says_why_and_what_would_help() -> None:
    selection = ask(ACME, BOLT, quality="hd")
    with pytest.raises(NoProviderError) as caught:
        decide(selection)
    assert caught.value.selection is selection
    assert (
        "- acme/brush: quality must be one of low or high, not 'hd'. The nearest is high. It could with quality=high."
        in str(caught.value)
    )
    assert isinstance(caught.value, UnsupportedError)
    assert {reason.parameter for reason in caught.value.reasons} == {"quality"}


def test_an_explanation_has_a_dozen_lines_at_most_and_no_prompt() -> None:
    many = [offer(f"acme-{place}", brush=takes(quality=OneOf((f"q{place}",)))) for place in range(30)]
    with pytest.raises(NoProviderError) as caught:
        decide(ask(*many, quality="hd"))
    lines = str(caught.value).splitlines()
    assert len(lines) == LINES
    assert lines[-1] == "- and 20 more: see .selection of this error, or limner explain"
    assert "a cat" not in str(caught.value)
    assert len(caught.value.selection.explain().splitlines()) == 30


def test_models_of_one_provider_that_say_the_same_share_a_line() -> None:
    models = {f"m{place}": takes() for place in range(5)}
    told = ask(offer("acme", **models), quality="high").explain()
    assert told.startswith("- acme (5 models): quality is not a parameter")
    few = ask(offer("acme", a=takes(), b=takes()), quality="high").explain()
    assert few.startswith("- acme (a and b): ")


def test_a_long_story_is_cut_short() -> None:
    wide = takes(quality=OneOf(tuple(f"a-rather-long-word-{place}" for place in range(40))))
    assert "…" in ask(offer("acme", brush=wide), quality="hd").explain()


def test_where_only_keys_are_missing_that_is_said() -> None:
    with pytest.raises(NoProviderError, match=r"no provider has a key.*where provider is acme or bolt"):
        decide(ask(offer("acme", key=False, brush=takes())), installed=("acme", "bolt"))
    with pytest.raises(NoProviderError, match=r"one that is installed \(none is\)"):
        decide(ask())


def test_whoever_has_no_key_at_all_is_told_that_and_not_the_rest() -> None:
    with pytest.raises(NoProviderError, match="no provider has a key"):
        decide(ask(offer("acme", key=False, brush=takes()), quality="high"))


def test_a_selection_shows_who_is_in_it() -> None:
    assert repr(ask(ACME, BOLT, size="8x8")) == "<Selection generate: acme/pen; 2 rejected>"
    assert repr(ask(BOLT, size="8x8")) == "<Selection generate: nobody; 1 rejected>"


def test_a_missing_key_is_told_with_its_variable(plain: Any) -> None:
    assert str(keyless(plain())) == ("there is no key for plain. Set PLAIN_API_KEY, or give keys={'plain': ...}.")
    unnamed = type("Unnamed", (plain,), {"key_variable": None})()
    assert str(keyless(unnamed)) == "there is no key for plain."


# What a request names


def chosen(default: str | None = None, installed: tuple[str, ...] = ("acme", "bolt"), **wish: Any) -> Any:
    return named(GenerateRequest("a cat", **wish), default, lambda: installed)


def test_a_model_splits_at_the_first_slash() -> None:
    assert chosen(model="fal/fal-ai/flux/dev") == ("fal", "fal-ai/flux/dev")


def test_a_model_does_not_split_when_the_provider_is_given() -> None:
    assert chosen(provider="acme", model="fal-ai/flux") == ("acme", "fal-ai/flux")


def test_a_provider_alone_means_its_default_model() -> None:
    assert chosen(provider="acme") == ("acme", None)


def test_of_several_models_the_first_counts() -> None:
    assert chosen(model=["acme/a", "bolt/b"]) == ("acme", "a")


def test_nothing_named_is_nothing_named() -> None:
    assert chosen() is None


@pytest.mark.parametrize("model", ["brush-1", "/brush-1"])
def test_a_model_without_a_provider_says_how_to_write_it(model: str) -> None:
    with pytest.raises(BadInputError, match=r"names no provider: write it as provider/model, .* acme or bolt"):
        chosen(model=model)


def test_a_machine_without_any_provider_says_so() -> None:
    with pytest.raises(BadInputError, match=r"one that is installed \(none is\)"):
        chosen(installed=(), model="brush-1")


def test_a_default_model_serves_what_names_nothing() -> None:
    assert chosen(default="acme/brush/1") == ("acme", "brush/1")


@pytest.mark.parametrize(
    ("wish", "who"), [({"model": "bolt/x"}, ("bolt", "x")), ({"provider": "bolt"}, ("bolt", None))]
)
def test_a_default_model_has_no_say_where_something_is_named(wish: Any, who: tuple[str, str | None]) -> None:
    assert chosen(default="acme/brush", **wish) == who


# What a plan does is what is said


def test_an_id_at_another_provider_is_a_reason_against_this_one() -> None:
    kept = GenerateRequest("a cat", reference_images=ProviderImage("62MY", provider="bolt"))
    models = takes(reference_images=Count(1, 1)).but(encodings=(Encoding("json", inputs=("id",)),))
    selection = select(kept, [offer("acme", brush=models), offer("bolt", nib=models)])
    assert names(selection.candidates) == ["bolt/nib"]
    (brush,) = selection.rejected
    assert [(reason.code, reason.parameter) for reason in brush.reasons] == [("foreign_id", "reference_images[0]")]
    assert brush.change is None


def test_a_retired_model_that_is_named_is_served_by_its_successor_where_it_may_be_adapted() -> None:
    old = ModelCapabilities("old", (), Lifecycle("retired", successor="new"), {"generate": takes()})
    acme = offer("acme", old=old, new=takes())
    (new,) = ask(acme, model="acme/old", on_unsupported="adapt").candidates
    assert (new.name, new.verdict, [change.parameter for change in new.changes]) == ("acme/new", "warn", ["model"])
    assert names(ask(acme, on_unsupported="adapt").candidates) == ["acme/new"]


@frozen
class Wet:
    wet: bool | None = None
    deep: bool | None = None


@pytest.mark.parametrize(("options", "left"), [(Wet(wet=True), None), (Wet(wet=True, deep=True), Wet(deep=True))])
def test_a_change_of_an_option_is_a_change_of_the_options(options: Wet, left: Wet | None) -> None:
    (nib,) = ask(offer("bolt", nib=takes(**{"options.deep": Boolean()})), options=options).rejected
    assert nib.change == {"options": left}


def test_a_stream_that_is_required_is_not_hinted_away() -> None:
    still = takes(streams=True, stream=Boolean(), output_format=OneOf(("png", "gif"))).but(
        rules=(Forbids("output_format", ("gif",), ("stream",)),)
    )
    (brush,) = ask(offer("acme", brush=still), output_format="gif", require="stream").rejected
    assert brush.change is None


def test_how_a_request_fits_is_told_without_the_prompt() -> None:
    (nib,) = ask(offer("bolt", nib=takes())).candidates
    assert "a cat" not in f"{nib!r} {nib.fit!r}"
