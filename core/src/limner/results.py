"""What comes back: one type for every provider, holding what was said and what the bytes say - and nothing invented."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime  # noqa: TC003 - the same
from typing import TYPE_CHECKING, Any, Literal, TypeVar

from attrs import evolve, field, fields, frozen

from limner.errors import LimnerError  # noqa: TC001 - the same
from limner.media import Image  # noqa: TC001 - the same

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from os import PathLike
    from pathlib import Path

    from limner.credentials import Redactor


T = TypeVar("T")


@frozen(kw_only=True)
class Usage:
    """What was counted, in tokens and images. What a provider did not count is ``None``, never 0."""

    input_tokens: int | None = None
    input_text_tokens: int | None = None
    input_image_tokens: int | None = None
    output_tokens: int | None = None
    output_text_tokens: int | None = None
    output_image_tokens: int | None = None
    reasoning_tokens: int | None = None
    total_tokens: int | None = None
    image_count: int | None = None
    svg: Usage | None = None
    """What the author of an SVG used; it is not part of the numbers above."""
    raw: Mapping[str, Any] | None = field(default=None, repr=False)
    """The provider's own words, where they come from a single call."""

    def __add__(self, other: Usage) -> Usage:
        """The sum over calls: a number that one side does not know stays unknown."""
        counts = {
            item.name: _sum(getattr(self, item.name), getattr(other, item.name))
            for item in fields(Usage)
            if item.name not in {"raw", "svg"}
        }
        return Usage(**counts, svg=_sum(self.svg, other.svg))


def _sum(one: Any, other: Any) -> Any:  # noqa: ANN401 - int or Usage, or unknown
    return None if one is None or other is None else one + other


def _redacted(value: T, redactor: Redactor, *names: str) -> T:
    """The value itself, unless a key stands in one of these fields."""
    said = {name: dict(one) if isinstance(one := getattr(value, name), Mapping) else one for name in names}
    clean = redactor.json(said)
    return value if clean == said else evolve(value, **clean)  # type: ignore[misc]  # an attrs class


def redacted_image(image: Image, redactor: Redactor) -> Image:
    """The image itself, unless a key stands in what the provider said of it; its URL stays while it is wanted."""
    done = ("url",) if image.data is not None else ()
    return _redacted(image, redactor, "revised_prompt", "details", *done)


@frozen(kw_only=True)
class ResultWarning:
    """Something that differs from what was asked, said once and truthfully."""

    code: str
    message: str
    parameter: str | None = None
    requested: Any = None
    sent: Any = None
    """What was sent or came instead."""

    def __str__(self) -> str:
        return self.message


@frozen(kw_only=True)
class CallRecord:
    """One planned call, as it went."""

    index: int
    n: int
    images: int
    status: int | None = None
    request_id: str | None = None
    attempts: int = 1
    elapsed: float = field(default=0.0, eq=False)
    """Seconds, from the first byte sent to the last image in hand."""


@frozen(kw_only=True)
class CallFailure:
    """One planned call that brought no image, beside others that did."""

    index: int
    n: int
    error: LimnerError = field(eq=lambda error: (type(error), str(error), error.status, error.code))


@frozen(kw_only=True)
class Tried:
    """A model that was asked first and brought nothing."""

    model: str
    """As ``provider/model``."""
    error: LimnerError = field(eq=lambda error: (type(error), str(error), error.status, error.code))


@frozen(kw_only=True)
class ImageResult:
    """The images of one request, and the record of how they came to be.

    Equal results are equal in everything but the time they took.
    """

    images: tuple[Image, ...]
    provider: str = ""
    model: str | None = None
    """The model that was asked for; ``None`` where the choice was left to the server."""
    operation: Literal["generate", "edit", "vary"] | str = "generate"  # noqa: PYI051 - the known ones, for completion
    created: datetime | None = None
    usage: Usage | None = None
    warnings: tuple[ResultWarning, ...] = ()
    failures: tuple[CallFailure, ...] = ()
    calls: tuple[CallRecord, ...] = ()
    tried: tuple[Tried, ...] = ()
    """The models that were asked before this one and brought nothing, where a fallback was given."""
    raw: tuple[Any, ...] = field(default=(), repr=False)
    """The provider's JSON, one per call, with a short note where image data stood."""

    def redacted(self, redactor: Redactor) -> ImageResult:
        """The same without any key in what the provider said. A URL stays as it is where it still has to be fetched."""
        said = [self.raw, [(one.revised_prompt, dict(one.details), one.url) for one in self.images]]
        told = [[one.message for one in self.warnings], dict(self.usage.raw or {}) if self.usage else None]
        if not redactor.may_be_in([said, told]):
            return self
        images = tuple(redacted_image(image, redactor) for image in self.images)
        warnings = tuple(_redacted(warning, redactor, "message", "requested", "sent") for warning in self.warnings)
        usage = _redacted(self.usage, redactor, "raw") if self.usage is not None else None
        return evolve(self, images=images, warnings=warnings, usage=usage, raw=redactor.json(self.raw))

    @property
    def image(self) -> Image:
        """The first image: all there is, when one was asked for."""
        return self.images[0]

    def __len__(self) -> int:
        return len(self.images)

    def __iter__(self) -> Iterator[Image]:
        return iter(self.images)

    def save(self, path: str | PathLike[str], *, overwrite: bool = True) -> list[Path]:
        """Write the images and say where.

        One image goes to ``path`` itself, several to ``name-1.png``, ``name-2.png`` and so on; a folder gets
        ``<sha256:12>-<index>.<ext>``. Each file appears whole or not at all.

        Args:
            path: A file, whose suffix is corrected (with a :class:`limner.media.SuffixNotice`) where the bytes are of
                another format; or a folder: one that exists, or a name that ends in a slash. Missing parents are
                created.
            overwrite: Whether files of these names may be replaced. One whose name is not the given one but follows
                from the format never is: the picture gets a name that is free.

        Returns:
            The paths, in order.

        Raises:
            OSError: a file could not be written; the error's ``images`` holds every picture.
        """
        from limner.media import save_all  # noqa: PLC0415 - a result can be read without the file system

        return save_all(self.images, path, overwrite=overwrite)

    def to_dict(self) -> dict[str, Any]:
        """All of it as plain JSON-able data, image data as size and hash."""
        from limner.export import plain  # noqa: PLC0415 - cattrs is not needed to make a picture

        data: dict[str, Any] = plain(self)
        return data

    def __repr__(self) -> str:
        shown = ", ".join(map(repr, self.images[:1])) + (f", +{len(self.images) - 1} more" if self.images[1:] else "")
        counts = "".join(f", {len(more)} {name}" for name, more in self._remarks() if more)
        return f"<ImageResult {self.provider}/{self.model or '(its default)'} {self.operation}: [{shown}]{counts}>"

    def _remarks(self) -> tuple[tuple[str, Sequence[object]], ...]:
        return ("warnings", self.warnings), ("failures", self.failures)

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> dict[str, Any]:
        """A notebook shows the first picture, and the line above for the rest."""
        bundle: dict[str, Any] = {"text/plain": repr(self)}
        if self.images:
            bundle = {**self.image._repr_mimebundle_(include, exclude), **bundle}
        return bundle

    def but(self, **changes: Any) -> ImageResult:  # noqa: ANN401 - any field
        """This result with some fields changed."""
        return evolve(self, **changes)
