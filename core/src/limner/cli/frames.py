"""The frames of a stream: each is a file as soon as it is there, whatever becomes of the picture."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from attrs import define, field

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from limner.cli.output import Output
    from limner.media import Image
    from limner.streams import PartialImage


@define(eq=False)
class Frames:
    """The frames of one request.

    Args:
        to: Where they go.
        calls: Of how many calls they are.
    """

    _to: Output
    _calls: int
    places: list[Path | str] = field(factory=list, init=False)
    """Where they are; as text a URL, where one came as that."""
    trouble: tuple[str, ...] = field(default=(), init=False)
    """Why some are nowhere."""
    _came: Counter[int] = field(factory=Counter, init=False)
    _data: list[object] = field(factory=list, init=False)

    def keep(self, event: PartialImage) -> None:
        """Save a frame. One that cannot be is no reason to give up the picture: it is told in the end."""
        number, self._came[event.call] = self._came[event.call], self._came[event.call] + 1
        data = event.image.data
        if data is None:
            self.places.append(event.image.url or "")
            return
        self._data.append(data)
        try:
            path = self._to.frame(event.image, data, number, event.call + 1 if self._calls > 1 else None)
        except OSError as error:
            self.trouble = (f"some frames could not be saved to {self._to.path} ({error.strerror}).",)
        else:
            self.places.append(path)

    def without(self, images: Sequence[Image]) -> tuple[Image, ...]:
        """Of the images on an error, those that are no frames."""
        return tuple(image for image in images if all(image.data is not data for data in self._data))

    def __str__(self) -> str:
        return ", ".join(map(str, self.places))
