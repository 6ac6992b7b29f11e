"""Which models are wanted: ``limner models --can ... --size ...``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from attrs import field, frozen

from limner.capabilities import refuses
from limner.capabilities.shapes import Shape
from limner.capabilities.sizes import shape_of
from limner.errors import BadInputError
from limner.fitting import fit
from limner.requests import GenerateRequest
from limner.requirements import unmet

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from limner.capabilities import Found, ModelCapabilities, ProviderCapabilities

OPERATIONS = ("generate", "edit", "vary")


def _size(value: str | None) -> str | None:
    """As a request has it.

    Raises:
        BadInputError: it is no size, so that nobody could have it.
    """
    size = GenerateRequest("a picture", size=value).size
    if size is None or size == "auto" or shape_of(size)[0] or Shape.of(size) is not None:
        return size
    raise BadInputError(
        "--size takes WIDTHxHEIGHT, landscape, portrait, square, a ratio such as 16:9, or auto; it was given"
        f" {value!r}.",
        param="size",
    )


@frozen
class Filter:
    """A question about models, or none.

    Args:
        can: What they can: operations, words such as ``stream``, names of parameters. Every operation is to work; all
            else is to be had together by one of these operations, or by any where none is named.
        size: What they paint.
        retired: Whether those count that were shut down.
    """

    can: tuple[str, ...] = ()
    size: str | None = field(default=None, converter=_size)
    retired: bool = False

    @property
    def asks(self) -> bool:
        """Whether there is a question."""
        return bool(self.can or self.size)

    def split(self, offer: ProviderCapabilities) -> tuple[dict[str, tuple[str, ...]], int]:
        """The models that are wanted, with what else is to be said of each; how many retired ones are left out.

        Raises:
            BadInputError: nobody knows what they are to be able to do.
        """
        # Whoever asks what a model can wants to know it today; a list without a question shows what is to come, too.
        now = () if self.asks else ("announced",)
        able = self._able(offer, ("retired", *now))
        shown = able if self.retired else self._able(offer, now)
        return shown, len(able) - len(shown)

    def _able(self, offer: ProviderCapabilities, allow: Collection[str]) -> dict[str, tuple[str, ...]]:
        said = {model.id: self._answer(model, offer, allow) for model in offer.models}
        return {name: remarks for name, remarks in said.items() if remarks is not None}

    def _answer(
        self, model: ModelCapabilities, offer: ProviderCapabilities, allow: Collection[str]
    ) -> tuple[str, ...] | None:
        """``None``: it cannot; otherwise what makes that doubtful."""
        found = [one for name in model.operations if (one := offer.find(model.id, name)) is not None]
        working = [one for one in found if not any(map(refuses, one.standing(allow)))]
        named = {word for word in self.can if word in OPERATIONS}
        others = [word for word in self.can if word not in OPERATIONS]
        if not named <= {one.name for one in working}:
            return None
        asked = [one for one in working if not named or one.name in named]
        answers = (self._remarks(one, others, offer) for one in asked)
        return next((remarks for remarks in answers if remarks is not None), None)

    def _remarks(self, found: Found, words: Sequence[str], offer: ProviderCapabilities) -> tuple[str, ...] | None:
        if unmet(words, found, offer):
            return None
        # A request would need a prompt or an image, too; only its size is asked about.
        reasons = fit(found, {"size": self.size}).reasons if self.size is not None else ()
        about = [reason for reason in reasons if reason.parameter == "size"]
        return None if any(map(refuses, about)) else tuple(map(str, about))
