"""Pictures that a picture is painted from."""

from __future__ import annotations

from typing import TYPE_CHECKING

from attrs import frozen

if TYPE_CHECKING:
    from PIL import Image


@frozen(kw_only=True, eq=False)
class Sources:
    """The pictures that came with a commission. They are only read."""

    first: Image.Image
    """The one that is edited or varied: RGB, or RGBA where parts of it are transparent."""
    others: tuple[Image.Image, ...] = ()
    mask: Image.Image | None = None
    """As large as the first: 255 where it is to be painted over, 0 where it stays."""
    markup: Image.Image | None = None
    """As large as the first: a drawing on a transparent ground that shows where something is wanted."""
    vary: bool = False
    """Paint another version of the first, instead of an edit."""
    faithful: bool = False
    """Keep more of the first."""
    digest: str
    """Equal for equal pictures."""

    @property
    def clear(self) -> bool:
        """Whether anything of the first is transparent."""
        return self.first.mode == "RGBA" and self.first.getchannel("A").getextrema() != (255, 255)
