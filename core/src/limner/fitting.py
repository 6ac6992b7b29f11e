"""Whether a request fits a model, and what would have to change for it to fit. Pure.

A caller's meaning is never changed: prompt, images, mask and number stay, and so does what is no value but a mistake.
Everything else may become the nearest value that is declared, or be left out where none is near; whoever asks for
that (``on_unsupported="adapt"``) is told of every change, and to whoever does not the same changes are hints.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from attrs import evolve, field, fields, frozen

from limner.capabilities import Reason, refuses
from limner.capabilities.reasons import shown, word
from limner.capabilities.shapes import Shape, sizes_of
from limner.results import ResultWarning

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from limner.capabilities import Found, ProviderCapabilities
    from limner.requests import Request

FIXED = frozenset({"prompt", "n", "image", "images", "reference_images", "mask", "markup", "extra"})
"""What is never changed."""

_MISTAKES = frozenset({"wrong_type"})
"""Codes of what is no value that is not taken here, but one that is not taken anywhere."""


@frozen
class Change:
    """One difference between what was asked for and what is sent."""

    parameter: str
    requested: Any
    sent: Any
    """``None``: it is left out."""
    message: str

    def warning(self) -> ResultWarning:
        """As a result tells it."""
        code = "left_out" if self.sent is None else "adapted"
        return ResultWarning(
            code=code, parameter=self.parameter, requested=self.requested, sent=self.sent, message=self.message
        )


@frozen
class Fit:
    """How a request stands with one model."""

    found: Found = field(repr=False)
    values: Mapping[str, Any] = field(repr=False)
    """What would be sent, by the names that declarations use."""
    changes: tuple[Change, ...] = ()
    """Every difference between that and what was asked for."""
    reasons: tuple[Reason, ...] = ()
    """Where it fits, the warnings; where it does not, everything that speaks against it."""

    @property
    def fits(self) -> bool:
        """Whether nothing speaks against it."""
        return not any(map(refuses, self.reasons))


def fit(found: Found, asked: Mapping[str, Any], *, allow: Collection[str] = (), adapt: bool = False) -> Fit:
    """How a request stands with one model.

    Args:
        found: The model, and what it takes.
        asked: What was set, by the names that declarations use.
        allow: Statuses that are let pass.
        adapt: Whether what it does not take may be changed.
    """
    draft = _Draft(found, dict(asked), allow)
    draft.shape(adapt=adapt)
    reasons = draft.check()
    if not adapt or not any(map(refuses, reasons)):
        return Fit(found, draft.values, tuple(draft.changes.values()), reasons)
    # It ends: each step settles a value that its constraint takes, or leaves one out.
    while (refused := next(filter(refuses, draft.check()), None)) is not None:
        if not draft.settle(refused):
            return Fit(found, asked, (), fit(found, asked, allow=allow).reasons)
    return Fit(found, draft.values, tuple(draft.changes.values()), draft.check())


def successor(capabilities: ProviderCapabilities, found: Found, allow: Collection[str] = ()) -> Found | None:
    """What serves in place of a retired model, as its declaration says; ``None`` where it is not retired."""
    if found.model is None or not any(map(refuses, found.standing(allow))):
        return None
    heirs = (
        capabilities.find(name, found.name)
        for stage in (found.model.lifecycle, found.operation.lifecycle)
        for name in stage.successor
    )
    return next((heir for heir in heirs if heir is not None and not any(map(refuses, heir.standing(allow)))), None)


def replaced(found: Found, heir: Found) -> Change:
    """The change of a retired model to its successor."""
    why = str(found.standing()[0])
    return Change("model", found.id, heir.id, f"model {found.id} became {heir.id}: {why}")


def applied(request: Request, values: Mapping[str, Any]) -> Request:
    """The request with these values in place of its own; what is not among them is not set any more."""
    asked = request.given()
    if asked == values:
        return request
    options = {name.removeprefix("options."): values.get(name) for name in asked if name.startswith("options.")}
    unset = {item.name: item.default for item in (*request.parameters(), *request.call_options())}
    changed: dict[str, Any] = {
        name: values.get(name, unset.get(name))
        for name in {*asked, *values}
        if name in unset and asked.get(name) != values.get(name)
    }
    if any(asked[f"options.{name}"] != value for name, value in options.items()):
        changed["options"] = evolve(request.options, **options)
    return request.but(**changed) if changed else request


@frozen
class _Draft:
    """A request on its way to fitting."""

    found: Found
    values: dict[str, Any]
    allow: Collection[str]
    changes: dict[str, Change] = field(factory=dict)
    _refused: list[Reason] = field(factory=list)

    def check(self) -> tuple[Reason, ...]:
        """Everything that speaks against the values as they are now."""
        return (*self._refused, *self.found.check(self.values, allow=self.allow))

    def shape(self, *, adapt: bool) -> None:
        """Turn a shape in words into pixels, where this model is told a size in pixels."""
        takes = self.found.operation.parameters
        own = "aspect_ratio" in takes
        name = "aspect_ratio" if "aspect_ratio" in self.values and not own else "size"
        wish = self.values.get(name)
        shape = Shape.of(wish)
        sizes = sizes_of(takes["size"].constraint) if "size" in takes else None
        if shape is None or sizes is None or (name == "size" and sizes.check(wish) is None):
            return
        size, near = shape.within(sizes), shape.near(sizes)
        if size is None and not (adapt and near):
            self._refused.append(self._no_shape(name, wish, sizes.describe(), near))
            del self.values[name]
            return
        del self.values[name]
        self.values["size"] = size or near
        if size is None and near is not None:
            off = shape.deviation(near)
            how = f"{abs(off):.1%} {'wider' if off > 0 else 'narrower'}"
            self._note(name, wish, near, f"{name} {wish} became size {near}, which is {how}")

    def settle(self, refused: Reason) -> bool:
        """Change what one refusal is about; whether that could be done."""
        name = next((name for name in self.values if _is_about(refused, name)), None)
        if name is None or name in FIXED or refused.code in _MISTAKES:
            return False
        value = self.values.pop(name)
        near = self._nearest(name, value)
        if near is not None:
            self.values[name] = near
        done = "was left out" if near is None else f"became {word(near)}"
        self._note(name, value, near, f"{name} {shown(value)} {done}: {refused.message.rstrip('.')}")
        return True

    def _nearest(self, name: str, value: object) -> object:
        """Another value that is taken, and near; ``None`` where none is, or where others are at fault."""
        parameter = self.found.operation.parameters.get(name)
        near = None if parameter is None else parameter.constraint.nearest(value)
        return None if near == value else near

    def _note(self, name: str, requested: object, sent: object, message: str) -> None:
        """Of a value that changes twice, the first word and the last count."""
        before = self.changes.get(name)
        first = requested if before is None else before.requested
        self.changes[name] = Change(name, first, sent, f"{message}.")

    def _no_shape(self, name: str, wish: object, allowed: str, near: str | None) -> Reason:
        return Reason(
            "no", "unsupported_value", name, shown(wish), allowed,
            f"{name} {shown(wish)} is a shape that {self.found.id} has no size of: it takes {allowed}.",
            f"The nearest is size {near}." if near else None,
            self.found.operation.source or self.found.source,
        )  # fmt: skip


def _is_about(reason: Reason, name: str) -> bool:
    rest = reason.parameter.removeprefix(name)
    return rest != reason.parameter and (not rest or rest[0] in ".[")


def changes_of(found: Found, asked: Mapping[str, Any], allow: Collection[str] = ()) -> Mapping[str, Any] | None:
    """The smallest change that would make a request fit: by parameter, what to set it to (``None``: leave it out).

    Returns:
        ``None`` where nothing short of another request would; empty where it fits.
    """
    fitted = fit(found, asked, allow=allow, adapt=True)
    if not fitted.fits:
        return None
    changed = {change.parameter: change.sent for change in fitted.changes}
    if changed.get("aspect_ratio") is not None:  # what is near it is a size
        changed |= {"size": changed["aspect_ratio"], "aspect_ratio": None}
    return changed


def as_fields(request: Request, changed: Mapping[str, Any]) -> Mapping[str, Any]:
    """Changes by parameter as changes by the request's fields: those of a provider's own options make new options."""
    own = {name.removeprefix("options."): value for name, value in changed.items() if name.startswith("options.")}
    if not own:
        return changed
    options = evolve(request.options, **own)
    left = any(getattr(options, item.name) is not None for item in fields(type(options)))
    rest = {name: value for name, value in changed.items() if not name.startswith("options.")}
    return {**rest, "options": options if left else None}
