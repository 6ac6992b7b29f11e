"""``select`` says yes exactly where the provider's sandbox, which is written from the vendor's pages, accepts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from agreement.asks import EXAMPLES, STAGES, Ask, asks, installed, picture, the_ask
from agreement.contradictions import CONTRADICTIONS, Contradiction
from agreement.wires import planned, unchecked, wire
from hypothesis import event, given

from limner.capabilities import refuses
from limner.dialects.openai_images import OpenAIImages
from limner.dialects.openai_models import FAMILIES, JSON_DATA_URL, MULTIPART
from limner.errors import UnsupportedError
from limner.provider import Call

if TYPE_CHECKING:
    from agreement.judges import Judge

    from limner.provider import Provider


def parted(ask: Ask, refused_by: str) -> list[Contradiction]:
    """The contradictions that a request is about."""
    operation, asked = ask.request.operation, ask.asked
    return [
        one
        for one in CONTRADICTIONS
        if (one.provider, one.refused_by) == (ask.provider.name, refused_by) and one.covers(ask.model, operation, asked)
    ]


def refusals(ask: Ask) -> set[str]:
    """The parameters at fault, to limner."""
    return {reason.parameter.partition("[")[0] for reason in ask.standing.reasons if refuses(reason)}


def test_select_says_yes_exactly_where_the_sandbox_accepts(provider: Provider, judges: dict[bool, Judge]) -> None:
    @given(asks(provider))
    @EXAMPLES
    def agree(ask: Ask) -> None:
        agrees(ask, judges[bool(ask.request.allow)])

    agree()


def agrees(ask: Ask, judge: Judge) -> None:
    standing = ask.standing
    if standing.verdict == "no":
        event(limner_refuses(ask, judge))
        return
    sure = all(reason.code in STAGES for reason in standing.reasons)
    judgements = [judge.judge(ask.provider, wire(ask, call)) for call in planned(ask).calls]
    refused = next((one for one in judgements if not one.accepted), None)
    event(f"{'yes' if sure else 'warn'}, {'accepted' if refused is None else 'refused'}")
    if sure and refused is not None:
        assert parted(ask, "sandbox"), f"limner says yes, and the sandbox {refused}: {ask}"


def limner_refuses(ask: Ask, judge: Judge) -> str:
    """What is refused here is refused there too: what a request looks like that nobody checked."""
    with pytest.raises(UnsupportedError):
        planned(ask)
    request = unchecked(ask)
    if request is None:
        return "no, and no place for it on the wire"
    if not judge.judge(ask.provider, request).accepted:
        return "no, refused"
    known = {one.parameter for one in parted(ask, "limner")}
    assert refusals(ask) <= known, f"limner says {list(map(str, ask.standing.reasons))}, and the sandbox accepts: {ask}"
    return "no, accepted: a known contradiction"


def test_an_operation_that_a_model_does_not_offer_is_refused_there_too(
    provider: Provider, judges: dict[bool, Judge]
) -> None:
    for model in provider.capabilities().models if isinstance(provider, OpenAIImages) else ():
        for operation in {"generate", "edit", "vary"} - model.operations.keys():
            given = {"generate": {}, "edit": {"images": picture("RGBA")}, "vary": {"image": picture("RGBA")}}[operation]
            ask = the_ask(provider, model.id, operation=operation, **given)
            takes = FAMILIES["open"][operation].but(encodings=(JSON_DATA_URL if provider.name == "r9s" else MULTIPART,))
            call = Call(ask.request, operation, model.id, takes)
            assert ask.standing.verdict == "no"
            assert not judges[True].judge(provider, wire(ask, call)).accepted, ask


@pytest.mark.parametrize("one", CONTRADICTIONS, ids=lambda one: f"{one.provider} {one.parameter} by {one.refused_by}")
def test_every_contradiction_is_one(judges: dict[bool, Judge], one: Contradiction) -> None:
    ask = the_ask(installed().get(one.provider), **one.example)
    standing, judge = ask.standing, judges[True]
    assert one in parted(ask, one.refused_by)
    if one.refused_by == "limner":
        request: Any = unchecked(ask)
        assert (standing.verdict, refusals(ask)) == ("no", {one.parameter})
        assert judge.judge(ask.provider, request).accepted
    else:
        assert {reason.code for reason in standing.reasons} <= STAGES
        assert standing.verdict != "no"
        assert not judge.judge(ask.provider, wire(ask, planned(ask).calls[0])).accepted
