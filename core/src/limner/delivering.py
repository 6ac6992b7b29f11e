"""What came is handed over, without I/O: images that are URLs become bytes, and of what is given up nothing is lost."""

from __future__ import annotations

import time
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, ClassVar, TypeAlias

from attrs import field, frozen

from limner import events
from limner.effects import Fetch
from limner.errors import BadImageError, CancelledError, LimnerError, SchemaError
from limner.media import Image
from limner.reading import without_blobs
from limner.results import ImageResult, ResultWarning
from limner.transport.endpoint import host_of
from limner.verification import fitting, is_image

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from limner.effects import Effect
    from limner.media import Blob
    from limner.steps import Exchange
    from limner.transport.deadline import Deadline

Notify: TypeAlias = Callable[[events.Event], None]
_KEPT = ("url", "revised_prompt", "seed", "expires_at", "index", "details")
_SVG = "image/svg+xml"


def fetched(
    result: ImageResult, subject: Mapping[str, Any], notify: Notify, kept: list[Image], *, svg: bool = False
) -> Generator[Effect, Any, ImageResult]:
    """The result with the bytes of its images. A failed download keeps its URL and says so.

    Args:
        result: With images that have bytes, or a URL, or both.
        subject: What events say of the call.
        notify: Told of each download.
        kept: Given all images, with bytes or with a URL still, where this is given up.
        svg: Whether SVG was asked for, and counts as a picture.

    Raises:
        LimnerError: no image has bytes in the end; the URLs are on it.
    """
    images: list[Image] = []
    failures: list[LimnerError] = []
    try:
        for image in result.images:
            if image.data is not None or image.url is None:
                images.append(image)
                continue
            began = time.monotonic()
            try:
                blob: Blob = yield Fetch(image.url, svg=svg or image.media_type == _SVG, expires_at=image.expires_at)
            except LimnerError as error:
                failures.append(error)
                images.append(image)
                continue
            took = time.monotonic() - began
            images.append(Image.of(blob, **{name: getattr(image, name) for name in _KEPT}))
            notify(events.Downloaded(**subject, host=host_of(image.url) or "", size=blob.size, elapsed=took))
    except BaseException:  # given up, also by an observer
        kept.extend((*images, *result.images[len(images) :]))
        raise
    if failures and not any(image.data for image in images):
        raise failures[0].with_context(images=tuple(images))
    warnings = tuple(ResultWarning(code="download_failed", message=str(error)) for error in failures)
    return result.but(images=tuple(images), warnings=(*result.warnings, *warnings))


def seen(images: Iterable[Image]) -> list[Image]:
    """The images with what their bytes say of them, whoever made them without looking."""
    return [
        image
        if image.data is None or image.media_type is not None
        else Image.of(image.data, **{name: getattr(image, name) for name in _KEPT})
        for image in images
    ]


def sorted_out(result: ImageResult, asked: Mapping[str, Any]) -> ImageResult:
    """The result with images alone: what is none never passes for one, and is told of in a warning.

    Raises:
        BadImageError: none of what came is an image; it is on the error.
        SchemaError: nothing came.
    """
    images = seen(result.images)
    good = tuple(image for image in images if is_image(image, asked))
    bad = tuple(image for image in images if not is_image(image, asked))
    if not good:
        kind: type[LimnerError] = BadImageError if bad else SchemaError
        what = "What came is not an image." if bad else "No image came."
        raise kind(what, images=bad, raw=[without_blobs(reply) for reply in result.raw])
    dropped = (
        ResultWarning(code="bad_image", message=f"Image {one.index} is not an image: {one.data!r}.", sent=one)
        for one in bad
    )
    return result.but(images=good, warnings=(*result.warnings, *dropped))


def with_earlier(result: ImageResult, earlier: Sequence[Image]) -> ImageResult:
    """The result of the attempt that went well, and what attempts before it brought, as both may have been paid for."""
    came = [image.data for image in result.images]
    more = [image for image in earlier if image.data not in came]
    if not more:
        return result
    images = f"{len(more)} image{'s' * (len(more) != 1)}"
    told = f"{images} came of an attempt that broke off before this one; what was asked for comes first."
    warning = ResultWarning(code="earlier_attempt", message=told)
    return result.but(images=(*result.images, *more), warnings=(*result.warnings, warning))


def together(*several: Iterable[Image]) -> tuple[Image, ...]:
    """All of them in their order, each once."""
    return tuple({id(image): image for images in several for image in images}.values())


def load(stopped: BaseException, *several: Iterable[Image]) -> None:
    """Put images on what ends a request, behind those that it carries: they may have been paid for."""
    stopped.images = together(getattr(stopped, "images", ()), *several)  # type: ignore[attr-defined]


def held(exchange: Exchange[ImageResult]) -> tuple[Image, ...]:
    """The images that an exchange holds which is given up: it puts them on the error that it is told of."""
    try:
        exchange.throw(CancelledError("The call was given up."))
    except LimnerError as error:
        return tuple(fitting(error.images))
    except StopIteration as done:
        return tuple(fitting(getattr(done.value, "images", ())))
    except Exception:  # noqa: BLE001 - it is not listened to any more
        return ()
    return ()


@contextmanager
def handed_on(stopped: BaseException) -> Iterator[None]:
    """What stops a call once more, while it is being ended, carries what the first to stop it did."""
    try:
        yield
    except BaseException as again:
        load(again, getattr(stopped, "images", ()))
        raise


def looks(blob: Blob | None) -> dict[str, Any]:
    """What events say of an image's bytes."""
    if blob is None:
        return {"size": 0, "sha256": None, "media_type": None}
    return {"size": blob.size, "sha256": blob.sha256, "media_type": blob.info.media_type if blob.info else None}


@frozen(eq=False)
class Delivery:
    """The images of an earlier result, fetched now: what a runner performs like a call."""

    result: ImageResult
    subject: Mapping[str, Any]
    deadline: Deadline
    notify: Notify = field(repr=False)
    kept: list[Image] = field(factory=list, init=False, repr=False)
    finished: ClassVar[tuple[Image, ...]] = ()
    """Nothing is painted here."""

    def run(self) -> Generator[Effect, Any, ImageResult]:
        """Fetch them.

        Raises:
            LimnerError: nothing could be fetched; the URLs are on it.
        """
        try:
            return (yield from fetched(self.result, self.subject, self.notify, self.kept))
        except LimnerError as error:
            raise error.with_context(provider=self.result.provider or None, model=self.result.model) from None

    def abandon(self, stopped: BaseException) -> None:
        """A download that is given up costs nothing; what had come goes with what stopped it."""
        load(stopped, self.kept)

    def farewell(self) -> None:
        """There is no job to cancel."""
