"""How parameters depend on each other, as data.

The set is closed. A rule names the one parameter that would have to change, reads the declared default of what is
not set, and says nothing as long as the caller asked for nothing it speaks of.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from attrs import evolve, field, frozen

from limner.capabilities.frozen import as_some_values, as_words
from limner.capabilities.pictures import called, pictures
from limner.capabilities.reasons import Reason, Source, Verdict, among, listed, shown

if TYPE_CHECKING:
    from collections.abc import Collection

    from limner.capabilities.values import Values


@frozen
class Rule:
    """A relation between parameters. Subclasses say it by ``check`` and ``describe``."""

    source: Source | None = field(default=None, kw_only=True)

    @property
    def parameters(self) -> tuple[str, ...]:
        """The parameters it speaks of, the one at fault first."""
        raise NotImplementedError

    @property
    def triggers(self) -> frozenset[str] | None:
        """It has nothing to say unless one of these is set; ``None``: it may always have."""
        return frozenset(self.parameters)

    def check(self, values: Values) -> Reason | None:
        """Why these values do not go together, or ``None``."""
        raise NotImplementedError

    def describe(self) -> str:
        """The rule in words, without a full stop."""
        raise NotImplementedError

    def without(self, names: Collection[str]) -> Rule | None:
        """What is left of it for an operation that does not take these parameters."""
        return None if any(name in names for name in self.parameters) else self

    def _reason(self, code: str, values: Values, message: str, allowed: str, verdict: Verdict = "no") -> Reason:
        name = self.parameters[0]
        got = shown(values.effective(name))
        return Reason(verdict, code, name, got, allowed, f"{message}.", None, self.source)


def _triggered(values: Values, name: str, when: tuple[object, ...] | None) -> bool:
    return values.asks(name) if when is None else among(values.effective(name), when)


def _condition(name: str, when: tuple[object, ...] | None) -> str:
    return name if when is None else f"{name} {listed(when)}"


@frozen
class Needs(Rule):
    """A parameter, or some of its values, needs another parameter.

    ``Needs("background", ("transparent",), "output_format", ("png", "webp"))``

    Args:
        parameter: What is asked for.
        when: The values that need it; ``None``: whenever it is set.
        other: What it needs.
        allowed: The values of ``other`` that will do; ``None``: it must be set.
    """

    parameter: str
    when: tuple[object, ...] | None = field(converter=as_some_values)
    other: str
    allowed: tuple[object, ...] | None = field(default=None, converter=as_some_values)

    @property
    def parameters(self) -> tuple[str, ...]:
        """Both."""
        return (self.parameter, self.other)

    def check(self, values: Values) -> Reason | None:
        """``needs``; the warning ``cannot_tell`` where the other is not set and its default is unknown."""
        if not _triggered(values, self.parameter, self.when):
            return None
        actual = values.effective(self.other)
        if values.asks(self.other) if self.allowed is None else among(actual, self.allowed):
            return None
        allowed = self._allowed()
        asked = _condition(self.parameter, None if self.when is None else (values.effective(self.parameter),))
        if actual is None and self.allowed is not None:
            message = f"{asked} needs {allowed}, and what this model does when {self.other} is not set is not known"
            return self._reason("cannot_tell", values, message, allowed, "warn")
        instead = "is not set" if actual is None else f"is {shown(actual)}"
        by_default = "" if values.is_set(self.other) or actual is None else " by default"
        message = f"{asked} needs {allowed}, and {self.other} {instead}{by_default}"
        return evolve(self._reason("needs", values, message, allowed), hint=_HOW.get(self.other))

    def describe(self) -> str:
        """``background transparent needs output_format png or webp``."""
        return f"{_condition(self.parameter, self.when)} needs {self._allowed()}"

    def _allowed(self) -> str:
        return _condition(self.other, self.allowed)


_HOW = {"stream": "In Python, client.stream_generate(...) and client.stream_edit(...) ask for one."}
"""How to ask for what is no parameter of a request."""


@frozen
class Forbids(Rule):
    """A value rules other parameters out: ``Forbids("output_format", ("gif",), ("mask", "partial_images"))``.

    A parameter set to ``False`` is not asked for.

    Args:
        parameter: What rules them out.
        when: The values that do; ``None``: whenever it is set.
        others: What is ruled out.
    """

    parameter: str
    when: tuple[object, ...] | None = field(converter=as_some_values)
    others: tuple[str, ...] = field(converter=as_words)

    @property
    def parameters(self) -> tuple[str, ...]:
        """What is ruled out, then what rules it out."""
        return (*self.others, self.parameter)

    @property
    def triggers(self) -> frozenset[str]:
        """What is ruled out."""
        return frozenset(self.others)

    def check(self, values: Values) -> Reason | None:
        """``forbidden``, about the first of those that are ruled out and asked for."""
        if not _triggered(values, self.parameter, self.when):
            return None
        asked = [name for name in self.others if values.asks(name)]
        if not asked:
            return None
        cause = _condition(self.parameter, None if self.when is None else (values.effective(self.parameter),))
        message = f"{listed(asked, 'and')} cannot go together with {cause}"
        got = shown(values.given[asked[0]])
        return Reason("no", "forbidden", asked[0], got, f"not with {cause}", f"{message}.", None, self.source)

    def describe(self) -> str:
        """``output_format gif goes without mask and partial_images``."""
        return f"{_condition(self.parameter, self.when)} goes without {listed(self.others, 'and')}"

    def without(self, names: Collection[str]) -> Forbids | None:
        """The same for what is left of the others."""
        others = tuple(name for name in self.others if name not in names)
        return evolve(self, others=others) if others and self.parameter not in names else None


@frozen
class Excludes(Rule):
    """Two parameters of which only one may be set: a mask and a markup.

    Args:
        parameter: The one.
        other: The other.
    """

    parameter: str
    other: str

    @property
    def parameters(self) -> tuple[str, ...]:
        """Both."""
        return (self.parameter, self.other)

    def check(self, values: Values) -> Reason | None:
        """``excludes``."""
        if not (values.asks(self.parameter) and values.asks(self.other)):
            return None
        return self._reason("excludes", values, f"{self.describe()}, and both are set", f"not with {self.other}")

    def describe(self) -> str:
        """``mask and markup exclude each other``."""
        return f"{self.parameter} and {self.other} exclude each other"


@frozen
class PerCall(Rule):
    """A value lowers how many images one call makes; more of them become more calls. It refuses nothing.

    Args:
        parameter: Whose value it is.
        when: The values that do; ``None``: whenever it is set.
        images: How many one call then makes.
    """

    parameter: str
    when: tuple[object, ...] | None = field(converter=as_some_values)
    images: int

    @property
    def parameters(self) -> tuple[str, ...]:
        """The one."""
        return (self.parameter,)

    @property
    def triggers(self) -> frozenset[str]:
        """Nothing: it refuses nothing."""
        return frozenset()

    def applies(self, values: Values) -> bool:
        """Whether these values lower it."""
        return _triggered(values, self.parameter, self.when)

    def check(self, values: Values) -> Reason | None:  # noqa: ARG002 - there is nothing to refuse
        """Nothing, ever."""
        return None

    def describe(self) -> str:
        """``output_format svg makes 1 image per call``."""
        noun = "image" if self.images == 1 else "images"
        return f"{_condition(self.parameter, self.when)} makes {self.images} {noun} per call"


@frozen
class MaskFits(Rule):
    """A mask has the pixels of the first image, and places that are transparent.

    An image's file may say that it lies on its side, to be shown with its width and height exchanged. Whether a
    server turns it before it compares is then the question: where its page does not say, a mask of either shape fits.

    Args:
        mask: The mask, or another layer that must fit.
        images: What it must fit.
        turned: Whether the page says that it is to fit the image as it is shown.
    """

    mask: str = "mask"
    images: str = "images"
    turned: bool = False

    @property
    def parameters(self) -> tuple[str, ...]:
        """Both."""
        return (self.mask, self.images)

    def check(self, values: Values) -> Reason | None:
        """``mask_mismatch``; the warning ``cannot_tell`` where one of the two does not say."""
        masks, images = pictures(values.given.get(self.mask)), pictures(values.given.get(self.images))
        if not masks or not images:
            return None
        mask, image = masks[0], images[0]
        own, stored = (mask.width, mask.height), (image.width, image.height)
        shown = (image.height, image.width) if getattr(image, "turned", False) else stored
        name, first = f"{self.mask}{called(mask)}", f"{self.images}[0]{called(image)}"
        if None not in (*own, *stored) and own not in ({shown} if self.turned else {shown, stored}):
            as_shown = "" if shown == stored else " as it is shown"
            message = f"{name} must have the pixels of {first}, {_by(shown)}{as_shown}, not {_by(own)}"
            return self._reason("mask_mismatch", values, message, _by(shown))
        if mask.alpha is False:
            message = f"{name} must have an alpha channel: what is transparent in it is what changes"
            hint = _POLARITY if self.mask == "mask" else None
            return evolve(self._reason("mask_mismatch", values, message, "an alpha channel"), hint=hint)
        if None in (*own, *stored, mask.alpha) or (shown != stored and not self.turned):
            message = f"whether {name} fits {first} cannot be told before it is sent"
            return self._reason("cannot_tell", values, message, "an alpha channel and the same pixels", "warn")
        return None

    def describe(self) -> str:
        """``mask has the pixels of images[0] and an alpha channel``."""
        return f"{self.mask} has the pixels of {self.images}[0] and an alpha channel"


_POLARITY = "Where white marks what changes, say so: Mask(edit='white')."
"""The way out for a mask in black and white, as the command line's table of phrases knows it."""


def _by(shape: tuple[int | None, int | None]) -> str:
    return f"{shape[0]}x{shape[1]}"


@frozen
class NeedsInput(Rule):
    """An option that works on an image given in a certain way: by the provider's own id, say.

    Args:
        parameter: The option; ``False`` is not asked for.
        inputs: The parameter that holds the images.
        kinds: ``bytes``, ``url`` or ``id``: how one of them must be given.
    """

    parameter: str
    inputs: str = "images"
    kinds: tuple[str, ...] = field(default=("id",), converter=as_words)

    @property
    def parameters(self) -> tuple[str, ...]:
        """Both."""
        return (self.parameter, self.inputs)

    def check(self, values: Values) -> Reason | None:
        """``needs``."""
        if not values.asks(self.parameter):
            return None
        if any(kind_of(image) in self.kinds for image in pictures(values.given.get(self.inputs))):
            return None
        return self._reason(
            "needs", values, f"{self.describe()}, and there is none", f"an image by {listed(self.kinds)}"
        )

    def describe(self) -> str:
        """``options.unmodified needs an image by id in images``."""
        return f"{self.parameter} needs an image by {listed(self.kinds)} in {self.inputs}"


def kind_of(image: object) -> str:
    """How an image was given: its ``kind`` - ``bytes``, ``url`` or ``id`` - where it has one."""
    return str(getattr(image, "kind", "bytes"))


@frozen
class Advises(Rule):
    """Something to know, never a refusal: a default that does not suit this model, a value that is a preview.

    Args:
        parameter: What it is about.
        message: A sentence, without the full stop.
        when: The values to warn of; ``None``: warn where it is not set.
    """

    parameter: str
    message: str
    when: tuple[object, ...] | None = field(default=None, converter=as_some_values)

    @property
    def triggers(self) -> frozenset[str] | None:
        """The one; advice about what is not set may always be given."""
        return None if self.when is None else frozenset(self.parameters)

    @property
    def parameters(self) -> tuple[str, ...]:
        """The one."""
        return (self.parameter,)

    def check(self, values: Values) -> Reason | None:
        """``advice``."""
        if self.when is None:
            speaks = not values.is_set(self.parameter)
        else:
            speaks = among(values.effective(self.parameter), self.when)
        return self._reason("advice", values, self.describe(), "", "warn") if speaks else None

    def describe(self) -> str:
        """``background transparent: a preview only``."""
        when = f"{self.parameter} not set" if self.when is None else _condition(self.parameter, self.when)
        return f"{when}: {self.message}"
