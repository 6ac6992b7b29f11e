"""What ``on_unsupported="adapt"`` sends is accepted, and its warnings say what differs: all of it, and nothing else."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from agreement.asks import EXAMPLES, STAGES, Ask, asks
from agreement.contradictions import CONTRADICTIONS
from agreement.wires import ADVICE, planned, told, unchecked, wire
from hypothesis import assume, event, given

from limner.capabilities.reasons import word
from limner.errors import UnsupportedError

if TYPE_CHECKING:
    from agreement.judges import Judge

    from limner.planning import Plan
    from limner.provider import Provider

CHANGES = {"adapted", "left_out"}


def test_what_is_adapted_is_accepted_or_refused_before_it_is_sent(
    provider: Provider, judges: dict[bool, Judge]
) -> None:
    @given(asks(provider, on_unsupported="adapt"))
    @EXAMPLES
    def fits(ask: Ask) -> None:
        try:
            plan = planned(ask)
        except UnsupportedError:
            assert ask.standing.verdict == "no"
            return
        event("adapted" if plan.changes else "as it was asked")
        unsure = {warning.code for warning in plan.warnings} - CHANGES - STAGES
        if unsure or known(ask, plan):
            return
        for call in plan.calls:
            judgement = judges[bool(ask.request.allow)].judge(provider, wire(ask, call))
            assert judgement.accepted, (judgement, plan.warnings)

    fits()


def known(ask: Ask, plan: Plan) -> bool:
    """Whether what is sent is one of the known contradictions."""
    values = plan.calls[0].values()
    return any(
        one.covers(str(plan.model), ask.request.operation, values)
        for one in CONTRADICTIONS
        if (one.provider, one.refused_by) == (ask.provider.name, "sandbox")
    )


def test_every_difference_has_one_true_warning_and_every_warning_a_difference(provider: Provider) -> None:
    @given(asks(provider, on_unsupported="adapt"))
    @EXAMPLES
    def differs_as_told(ask: Ask) -> None:
        try:
            plan = planned(ask)
        except UnsupportedError:
            return
        asked = unchecked(ask, plan)
        assume(asked is not None)
        assert asked is not None
        event(f"{len(plan.changes)} changes")
        warnings = [warning for warning in plan.warnings if warning.code in CHANGES]
        assert [one.parameter for one in warnings] == list(dict.fromkeys(one.parameter for one in warnings))
        assert {one.parameter for one in warnings} - hidden(ask) == differences(ask, plan, asked)
        for one in warnings:
            assert is_true(one, ask, plan)

    differs_as_told()


def hidden(ask: Ask) -> set[str]:
    """What is no field of the wire."""
    return {ADVICE} if ask.provider.name == "rockapi" else set()


def differences(ask: Ask, plan: Plan, asked: Any) -> set[str]:
    """The parameters that are not sent as they were asked, by comparing the bodies."""
    before, after = told(asked), told(wire(ask, plan.calls[0]))
    fields = {name.partition(".")[0] for name, _ in before.items() ^ after.items()}
    parameters = plan.calls[0].capabilities.parameters
    names = {"model": "model", "response_format": "delivery"}
    for name in ask.asked:
        declared = parameters[name].wire.name if name in parameters else None
        names[declared or name.removeprefix("options.")] = name
    if hidden(ask) & ask.asked.keys():
        fields.discard("prompt")
    if "aspect_ratio" in fields:  # what is near it is a size
        fields.discard("size")
    return {names.get(field, field) for field in fields}


def is_true(warning: Any, ask: Ask, plan: Plan) -> bool:
    """Whether a warning says what was asked, what is sent, and both in words."""
    name, asked, sent = warning.parameter, ask.asked, plan.calls[0].values()
    if name == "model":
        return (warning.requested, warning.sent) == (ask.model, plan.model)
    there = sent.get("size" if name == "aspect_ratio" else name)
    said = "left out" if warning.sent is None else word(warning.sent)
    return (
        (warning.requested, warning.sent) == (asked[name], there)
        and warning.code == ("left_out" if there is None else "adapted")
        and name in warning.message
        and said in warning.message
    )
