"""A provider's models: found by name, by default, or not at all."""

from __future__ import annotations

import pickle
from typing import Any

import pytest

from limner.capabilities import (
    AVAILABLE,
    Length,
    Lifecycle,
    ModelCapabilities,
    OperationCapabilities,
    Parameter,
    ProviderCapabilities,
    ServerDefault,
    Source,
    family,
)

PAGE = Source("a page", "2026-11-20")
PAINT = OperationCapabilities({"prompt": Parameter(Length(9), required=True)}, preconditions="Ask first.")
NEWEST = ModelCapabilities("acme-2", ("acme-2-may", "acme-latest"), operations={"generate": PAINT, "edit": PAINT})
ACME = ProviderCapabilities(
    models=(
        NEWEST,
        NEWEST.but("acme-1", lifecycle=Lifecycle("retired", successor="acme-2"), source=Source("news", "2026-01-01")),
        NEWEST.but("acme-x", operations={"generate": PAINT.but(lifecycle=Lifecycle("announced"))}),
        NEWEST.but("acme-0", operations={"generate": PAINT.but(default=ServerDefault("since forever"))}),
    ),
    unknown={"generate": PAINT.opened(), "upscale": PAINT.opened()},
    source=PAGE,
    preconditions=("Be known.",),
)


def told(model: str, operation: str = "generate", prompt: str = "x", **more: Any) -> list[tuple[str, str, str]]:
    found = ACME.find(model, operation)
    assert found is not None
    return [(item.verdict, item.code, item.message) for item in found.check({"prompt": prompt}, **more)]


class TestFind:
    @pytest.mark.parametrize("name", ["acme-2", "acme-2-may", "acme-latest"])
    def test_a_model_is_found_by_its_id_and_its_aliases_alike(self, name: str) -> None:
        found = ACME.find(name, "edit")
        assert found is not None
        assert (found.model, found.operation, found.known, found.id, found.name) == (NEWEST, PAINT, True, name, "edit")

    def test_a_model_that_is_not_listed_is_taken_with_a_warning(self) -> None:
        found = ACME.find("other", "generate")
        assert found is not None
        assert (found.model, found.known) == (None, False)
        assert told("other", prompt="x" * 10)[0][:2] == ("warn", "unknown_model")
        assert [verdict for verdict, _, _ in told("other", prompt="x" * 10)] == ["warn", "warn"]

    @pytest.mark.parametrize(
        ("name", "hint"),
        [
            ("acme-x1", "Did you mean 'acme-x'?"),
            ("acmee-2", "Did you mean 'acme-2'?"),
            ("acme-3", None),
            ("acme-2.5", None),
            ("another", None),
        ],
    )
    def test_one_that_may_be_misspelt_is_asked_back_and_one_of_another_number_is_not(
        self, name: str, hint: str | None
    ) -> None:
        found = ACME.find(name, "generate")
        assert found is not None
        assert [reason.hint for reason in found.standing()] == [hint]

    def test_preconditions_are_the_providers_and_the_operations(self) -> None:
        for name in ("acme-2", "other"):
            found = ACME.find(name, "generate")
            assert found is not None
            assert found.preconditions == ("Be known.", "Ask first.")

    def test_what_a_listed_model_does_not_do_is_told(self) -> None:
        assert ACME.find("acme-x", "edit") is None
        reason = ACME.why_not("acme-x", "edit")
        assert reason is not None
        assert (reason.code, reason.message) == ("unsupported_operation", "acme-x does not edit; it offers generate.")

    def test_a_listed_model_is_never_taken_for_an_unknown_one(self) -> None:
        assert ACME.find("acme-2", "upscale") is None

    def test_an_unknown_model_for_a_closed_operation_is_asked_back(self) -> None:
        assert ACME.find("acme-3", "edit") is None
        reason = ACME.why_not("acme-3", "edit")
        assert reason is not None
        assert reason.message == "acme-3 is not a model that is known here to edit; these are: acme-2 and acme-1."
        assert reason.hint is not None
        assert reason.source == PAGE

    def test_a_provider_may_take_no_unknown_model_at_all(self) -> None:
        closed = ProviderCapabilities((), None, PAGE)
        assert closed.find("x", "generate") is None
        reason = closed.why_not("x", "generate")
        assert reason is not None
        assert reason.message.endswith("these are: none.")

    def test_a_model_that_does_nothing_says_so(self) -> None:
        reason = ProviderCapabilities(family("idle"), None, PAGE).why_not("idle", "generate")
        assert reason is not None
        assert reason.message == "idle does not generate; it offers nothing."

    def test_what_is_found_needs_no_reason(self) -> None:
        assert ACME.why_not("acme-2", "generate") is None


class TestStanding:
    def test_a_model_in_good_standing_has_nothing_to_say(self) -> None:
        assert told("acme-2") == []

    def test_a_retired_model_is_refused_with_its_successor_unless_allowed(self) -> None:
        assert told("acme-1") == [("no", "retired", "acme-1 is retired; use acme-2 instead.")]
        assert told("acme-1", allow=("retired",))[0][0] == "warn"

    def test_an_announced_operation_names_its_model(self) -> None:
        message = "generate with acme-x is announced, not available yet."
        assert told("acme-x") == [("no", "announced", message)]

    @pytest.mark.parametrize(
        ("model", "prompt", "allow", "verdict"),
        [
            ("acme-2", "x", (), "yes"),
            ("acme-2", "x" * 10, (), "no"),
            ("acme-1", "x", (), "no"),
            ("acme-1", "x", ("retired",), "warn"),
            ("acme-1", "x" * 10, ("retired",), "no"),
            ("other", "x" * 10, (), "warn"),
        ],
    )
    def test_the_verdict_is_the_worst_of_all(
        self, model: str, prompt: str, allow: tuple[str, ...], verdict: str
    ) -> None:
        found = ACME.find(model, "generate")
        assert found is not None
        assert found.verdict({"prompt": prompt}, allow=allow) == verdict

    def test_a_reason_without_a_source_takes_the_providers(self) -> None:
        found = ACME.find("acme-2", "generate")
        assert found is not None
        assert [reason.source for reason in found.check({})] == [PAGE]

    def test_the_models_own_source_comes_first(self) -> None:
        found = ACME.find("acme-1", "generate")
        assert found is not None
        assert [reason.source and reason.source.page for reason in found.check({"prompt": "x"})] == ["news"]


class TestDefaults:
    def test_the_declared_default_is_found(self) -> None:
        found = ACME.default("generate")
        assert found is not None
        assert (found.id, found.operation.default) == ("acme-0", ServerDefault("since forever"))

    def test_without_one_there_is_none(self) -> None:
        assert ACME.default("edit") is None

    def test_two_defaults_are_a_mistake(self) -> None:
        models = family("a", "b", operations={"generate": PAINT.but(default=True)})
        with pytest.raises(ValueError, match="generate has two default models: 'a' and 'b'"):
            ProviderCapabilities(models, None, PAGE)


class TestNames:
    @pytest.mark.parametrize(
        "models",
        [
            family("a", "a"),
            (ModelCapabilities("a", aliases="b"), ModelCapabilities("b")),
            (ModelCapabilities("a", aliases="c"), ModelCapabilities("b", aliases="c")),
            family("a", aliases="a"),
        ],
    )
    def test_a_name_declared_twice_is_a_mistake(self, models: tuple[ModelCapabilities, ...]) -> None:
        with pytest.raises(ValueError, match="is declared twice: by 'a'"):
            ProviderCapabilities(models, None, PAGE)

    def test_a_family_differs_in_its_names_only(self) -> None:
        one, two = family("a", "b", operations={"generate": PAINT})
        assert (one.id, two.id) == ("a", "b")
        assert one.but("b") == two

    def test_aliases_are_not_inherited(self) -> None:
        assert NEWEST.but("acme-3").aliases == ()
        assert NEWEST.but("acme-3", aliases="acme-3-june").aliases == ("acme-3-june",)


def test_operations_are_those_of_any_model() -> None:
    assert ACME.operations() == ("generate", "edit", "upscale")


def test_offers_are_in_the_declared_order() -> None:
    assert [found.id for found in ACME.offers("edit")] == ["acme-2", "acme-1"]


def test_a_provider_survives_pickling_with_all_it_worked_out() -> None:
    again = pickle.loads(pickle.dumps(ACME))  # noqa: S301 - our own bytes
    assert again == ACME
    assert again.find("acme-latest", "generate") == ACME.find("acme-latest", "generate")


def test_availability_that_was_declared_anew_is_availability() -> None:
    model = ModelCapabilities("a", operations={"generate": PAINT}, lifecycle=Lifecycle())
    found = ProviderCapabilities((model,), None, PAGE).find("a", "generate")
    assert found is not None
    assert model.lifecycle == AVAILABLE
    assert found.check({"prompt": "x"}) == ()
