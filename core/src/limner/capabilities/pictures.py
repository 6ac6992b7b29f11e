"""What an input image may be: its kind of file, its bytes, its shape, and how many of them.

What cannot be told - an image given by address has no bytes here - is a warning, never a refusal.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, ClassVar, Protocol, TypeGuard

from attrs import evolve, field, frozen

from limner._sniff import CERTAIN
from limner.capabilities.constraints import Constraint, Samples
from limner.capabilities.frozen import as_words
from limner.capabilities.reasons import Finding, Verdict, listed, shown, worst

if TYPE_CHECKING:
    from collections.abc import Iterable


class Picture(Protocol):
    """What is asked of an input image. ``None`` is *cannot tell*."""

    @property
    def media_type(self) -> str | None:
        """``image/png`` ..."""

    @property
    def size(self) -> int | None:
        """Bytes."""

    @property
    def width(self) -> int | None:
        """Pixels."""

    @property
    def height(self) -> int | None:
        """Pixels."""

    @property
    def alpha(self) -> bool | None:
        """Whether it has an alpha channel."""


@frozen
class SamplePicture:
    """An image described, without one: for samples and for tests."""

    media_type: str | None = "image/png"
    size: int | None = 1000
    width: int | None = 512
    height: int | None = 512
    alpha: bool | None = True
    kind: str = "bytes"


def pictures(value: object) -> tuple[Picture, ...]:
    """The images in a value that is one image, several or none."""
    items = tuple(value) if isinstance(value, (tuple, list)) else (value,)
    return tuple(item for item in items if is_picture(item))


def called(picture: object) -> str:
    """What a sentence calls an image, after its parameter: `` ('cat.png')``; nothing where it has no name."""
    label = getattr(picture, "label", None)
    return f" ({label})" if label else ""


def is_picture(value: object) -> TypeGuard[Picture]:
    """Whether this is an image as :class:`Picture` describes it."""
    return hasattr(value, "media_type") and hasattr(value, "width") and hasattr(value, "size")


class PictureConstraint(Constraint):
    """A constraint on one image, or on each of several."""

    __slots__ = ()

    on_images: ClassVar[bool] = True

    def trait(self) -> str:
        """What the image is, in words that follow *an image*."""
        raise NotImplementedError

    def describe(self) -> str:
        """``an image of type png or webp``, ``an image under 50 MB``."""
        return f"an image {self.trait()}"

    def check(self, value: object) -> Finding | None:
        """What is wrong with the image, or with the worst of them."""
        return worst(self.findings(value))

    def findings(self, value: object) -> tuple[Finding, ...]:
        """All that is wrong, image by image."""
        if not isinstance(value, (tuple, list)):
            return self._findings(value, "")
        return tuple(found for index, item in enumerate(value) for found in self._findings(item, f"[{index}]"))

    def json_schema(self) -> dict[str, Any]:
        """``string``: a path, an address or a data URL; what it must be stands in the description."""
        return {"type": "string", "description": self.describe()}

    def samples(self) -> Samples:
        """Images on both sides of the line; and what is no image."""
        return Samples(self.fitting(SamplePicture()), (*self._unfit(), "image.png", b"\x89PNG", 5))

    def fitting(self, picture: SamplePicture) -> tuple[SamplePicture, ...]:
        """``picture``, changed as little as it takes to pass."""
        raise NotImplementedError

    def _unfit(self) -> tuple[SamplePicture, ...]:
        raise NotImplementedError

    def _fault(self, picture: Picture) -> str | None:
        """What the image is instead; ``""`` where that cannot be told; ``None`` where it fits."""
        raise NotImplementedError

    def _findings(self, item: object, at: str) -> tuple[Finding, ...]:
        if not is_picture(item):
            allowed, got = self.describe(), shown(item)
            return (Finding("no", "wrong_type", f"must be {allowed}, not {got}", got, allowed, at=at),)
        fault = self._fault(item)
        if fault is None:
            return ()
        allowed = self.describe()
        verdict, code, problem = _FAULTS[bool(fault)]
        got = fault or "an image of which that cannot be told"
        problem, whose = problem.format(allowed=allowed, fault=fault), called(item)
        return (Finding(verdict, code or self._code, problem, got, allowed, at=at, called=whose),)

    _code: ClassVar[str] = "bad_image"


_FAULTS: dict[bool, tuple[Verdict, str, str]] = {
    True: ("no", "", "must be {allowed}, not {fault}"),
    False: ("warn", "cannot_tell", "should be {allowed}; that cannot be checked for this one"),
}


def _types(value: str | Iterable[str]) -> tuple[str, ...]:
    return tuple(kind if "/" in kind else f"image/{kind}" for kind in as_words(value))


@frozen
class MediaTypes(PictureConstraint):
    """The kinds of file that are taken.

    Args:
        types: ``image/png`` or short ``png``.
    """

    _code: ClassVar[str] = "media_type"
    types: tuple[str, ...] = field(converter=_types)

    def trait(self) -> str:
        """``of type png or webp``."""
        return f"of type {listed(_short(kind) for kind in self.types)}"

    def fitting(self, picture: SamplePicture) -> tuple[SamplePicture, ...]:
        """One of each type."""
        return tuple(evolve(picture, media_type=kind) for kind in self.types)

    def _unfit(self) -> tuple[SamplePicture, ...]:
        return (SamplePicture(media_type="application/pdf"), SamplePicture(media_type="application/octet-stream"))

    def _fault(self, picture: Picture) -> str | None:
        kind = picture.media_type
        if kind in self.types:
            return None
        if not isinstance(kind, str):
            # Bytes at hand that say nothing of themselves are of no type that would have said it.
            at_hand = getattr(picture, "kind", "bytes") == "bytes" and picture.size is not None
            return "bytes of no known kind of image" if at_hand and CERTAIN.issuperset(self.types) else ""
        return None if _ALIASES.get(kind.lower(), kind.lower()) in self.types else _short(shown(kind).strip("'"))


_ALIASES = {"image/jpg": "image/jpeg"}


def _short(kind: str) -> str:
    return kind.removeprefix("image/")


@frozen
class MaxBytes(PictureConstraint):
    """How large an image file may be.

    Args:
        limit: Bytes of the file.
        exclusive: The file must stay under the limit, not only within it.
        encoded: Characters of the image as a data URL; base64 makes four of three bytes.
    """

    _code: ClassVar[str] = "too_large"
    limit: int | None = None
    exclusive: bool = False
    encoded: int | None = None

    def __attrs_post_init__(self) -> None:
        if self.limit is None and self.encoded is None:
            msg = "MaxBytes takes a limit, a limit on the encoded form, or both"
            raise ValueError(msg)

    def trait(self) -> str:
        """``under 50 MB``."""
        limit = "" if self.limit is None else f"{'under' if self.exclusive else 'of at most'} {_amount(self.limit)}"
        encoded = "" if self.encoded is None else f"of at most {self.encoded:,} characters as a data URL"
        return " and ".join(filter(None, (limit, encoded)))

    def fitting(self, picture: SamplePicture) -> tuple[SamplePicture, ...]:
        """The largest, and a small one."""
        most = self._most(picture)
        return (evolve(picture, size=most), evolve(picture, size=min(most, 1000)))

    def _unfit(self) -> tuple[SamplePicture, ...]:
        picture = SamplePicture()
        return (evolve(picture, size=self._most(picture) + 1), evolve(picture, size=10**12))

    def _most(self, picture: SamplePicture) -> int:
        raw = 10**12 if self.limit is None else self.limit - self.exclusive
        return raw if self.encoded is None else min(raw, (self.encoded - _prefix(picture)) // 4 * 3)

    def _fault(self, picture: Picture) -> str | None:
        size = picture.size
        if not isinstance(size, int):
            # What is not bytes is sent as it is: nothing is encoded.
            return None if self.limit is None and getattr(picture, "kind", "bytes") != "bytes" else ""
        if self.limit is not None and size + self.exclusive > self.limit:
            return f"one of {size:,} bytes"
        characters = _prefix(picture) + -(-size // 3) * 4
        return f"one of {characters:,} characters" if self.encoded is not None and characters > self.encoded else None


def _prefix(picture: Picture) -> int:
    """The length of ``data:image/png;base64,``."""
    return len(f"data:{picture.media_type or 'image/png'};base64,")


def _amount(count: int) -> str:
    for unit, size in (("MB", 10**6), ("MiB", 2**20), ("kB", 10**3), ("KiB", 2**10)):
        if count % size == 0 and count:
            return f"{count // size:,} {unit}"
    return f"{count:,} bytes"


@frozen
class Square(PictureConstraint):
    """As wide as high."""

    _code: ClassVar[str] = "not_square"

    def trait(self) -> str:
        """``square``."""
        return "square"

    def describe(self) -> str:
        """``a square image``."""
        return "a square image"

    def fitting(self, picture: SamplePicture) -> tuple[SamplePicture, ...]:
        """A square one."""
        return (evolve(picture, height=picture.width),)

    def _unfit(self) -> tuple[SamplePicture, ...]:
        return (SamplePicture(width=512, height=511), SamplePicture(width=1, height=2))

    def _fault(self, picture: Picture) -> str | None:
        if picture.width is None or picture.height is None:
            return ""
        return None if picture.width == picture.height else f"{picture.width}x{picture.height}"


@frozen
class Alpha(PictureConstraint):
    """With an alpha channel: places that are transparent."""

    _code: ClassVar[str] = "no_alpha"

    def trait(self) -> str:
        """``with transparency``."""
        return "with transparency"

    def fitting(self, picture: SamplePicture) -> tuple[SamplePicture, ...]:
        """One with alpha."""
        return (evolve(picture, alpha=True),)

    def _unfit(self) -> tuple[SamplePicture, ...]:
        return (SamplePicture(alpha=False),)

    def _fault(self, picture: Picture) -> str | None:
        if picture.alpha is None:
            return ""
        return None if picture.alpha else "one without"


@frozen
class Count(Constraint):
    """How many images: a single one counts as one.

    Args:
        min: The least number.
        max: The greatest number; ``None``: no limit.
    """

    on_images: ClassVar[bool] = True
    min: int = 1
    max: int | None = None

    def check(self, value: object) -> Finding | None:
        """``wrong_type``, ``too_few`` or ``too_many``."""
        if isinstance(value, (str, bytes)) or not (isinstance(value, Sequence) or is_picture(value)):
            return self._finding("wrong_type", value)
        count = len(value) if isinstance(value, Sequence) else 1
        if count >= self.min and (self.max is None or count <= self.max):
            return None
        allowed = self.describe()
        code, first = "too_few", ""
        if self.max is not None and count > self.max:
            code = "too_many"
            beyond = pictures(value)[self.max :]
            first = f"; [{self.max}]{called(beyond[0])} is the first too many" if beyond else ""
        return Finding("no", code, f"must be {allowed}, not {count}{first}", f"{count}", allowed)

    def describe(self) -> str:
        """``1 to 16 images``."""
        if self.max is None:
            return f"at least {self.min} images"
        noun = "image" if self.max == 1 else "images"
        return f"{self.max} {noun}" if self.min == self.max else f"{self.min} to {self.max} {noun}"

    def samples(self) -> Samples:
        """The fewest and the most; one less and one more."""
        return Samples(self.fitting(SamplePicture()), ("image.png", b"", 5, *self._unfit()))

    def fitting(self, picture: SamplePicture) -> tuple[tuple[SamplePicture, ...], ...]:
        """Tuples of ``picture``, as few and as many as are taken."""
        return ((picture,) * self.min, (picture,) * (self.min + 1 if self.max is None else self.max))

    def json_schema(self) -> dict[str, Any]:
        """``array`` with its limits."""
        most = {} if self.max is None else {"maxItems": self.max}
        return {"type": "array", "items": {"type": "string"}, "minItems": self.min, **most}

    def _unfit(self) -> tuple[tuple[SamplePicture, ...], ...]:
        picture = SamplePicture()
        few = [(picture,) * (self.min - 1)] if self.min else []
        return tuple(few if self.max is None else [*few, (picture,) * (self.max + 1)])
