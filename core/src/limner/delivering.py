"""What came is handed over, without I/O: images that are URLs become bytes, and of what is given up nothing is lost."""

from __future__ import annotations

import time
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, ClassVar, TypeAlias

from attrs import field, frozen

from limner import events
from limner.effects import Fetch
from limner.errors import CancelledError, LimnerError
from limner.media import Image
from limner.results import ImageResult, ResultWarning
from limner.transport.endpoint import host_of
from limner.verification import fitting

if TYPE_CHECKING:
    from collections.abc import Mapping

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
        except GeneratorExit:
            kept.extend((*images, *result.images[len(images) :]))
            raise
        took = time.monotonic() - began
        notify(events.Downloaded(**subject, host=host_of(image.url) or "", size=blob.size, elapsed=took))
        images.append(Image.of(blob, **{name: getattr(image, name) for name in _KEPT}))
    if failures and not any(image.data for image in images):
        raise failures[0].with_context(images=tuple(images))
    warnings = tuple(ResultWarning(code="download_failed", message=str(error)) for error in failures)
    return result.but(images=tuple(images), warnings=(*result.warnings, *warnings))


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
        again.images = getattr(stopped, "images", ())  # type: ignore[attr-defined]
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
        stopped.images = tuple(self.kept)  # type: ignore[attr-defined]

    def farewell(self) -> None:
        """There is no job to cancel."""
