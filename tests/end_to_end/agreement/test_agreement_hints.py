"""What ``select`` says: hints that help, and never a word of the prompt."""

from __future__ import annotations

from base64 import b64encode
from typing import TYPE_CHECKING

from agreement.asks import EXAMPLES, Ask, asks, offers, picture
from attrs import evolve
from hypothesis import event, given, settings

from limner.fitting import FIXED
from limner.selection import nobody, select

if TYPE_CHECKING:
    from collections.abc import Mapping

    from limner.provider import Provider

CANARY = "canary-4f2a"


def test_the_change_that_is_hinted_at_helps_and_no_part_of_it_is_idle(provider: Provider) -> None:
    @given(asks(provider))
    @EXAMPLES
    def helps(ask: Ask) -> None:
        change = ask.standing.change
        if ask.standing.verdict != "no" or change is None:
            event(f"{ask.standing.verdict}, no hint")
            return
        event(f"a change of {len(change)}")
        assert change
        assert not change.keys() & FIXED
        assert changed(ask, change).standing.verdict != "no"
        for name in change:
            left = {other: value for other, value in change.items() if other not in parts(name, change)}
            assert changed(ask, left).standing.verdict == "no", f"{name} is idle"

    helps()


def parts(name: str, change: Mapping[str, object]) -> set[str]:
    """What goes together: a size in place of an aspect ratio."""
    shape = {"size", "aspect_ratio"}
    return shape if "aspect_ratio" in change and name in shape else {name}


def changed(ask: Ask, change: Mapping[str, object]) -> Ask:
    """A request with the hinted changes."""
    return evolve(ask, request=ask.request.but(**change))


def test_nothing_that_is_said_holds_the_prompt_or_image_data(provider: Provider) -> None:
    data = b64encode(picture("RGBA"))[:24].decode()

    @given(asks(provider))
    @settings(EXAMPLES, max_examples=settings().max_examples)  # each is put to every model there is
    def keeps_quiet(ask: Ask) -> None:
        prompt = {} if ask.request.operation == "vary" else {"prompt": f"{CANARY} {ask.request.prompt}"}  # type: ignore[attr-defined]
        selection = select(ask.request.but(provider=None, model=None, **prompt), offers())
        error = nobody(selection)
        standings = (*selection.candidates, *selection.rejected)
        said = [
            f"{selection!r} {selection.explain()} {error} {error!r} {error.reasons!r}",
            *(f"{one!r} {one.fit!r} {one.reasons!r} {one.changes!r} {one.change!r}" for one in standings if one.found),
        ]
        assert not [text for text in said if CANARY in text or data in text]

    keeps_quiet()
