"""What a workspace at a provider holds besides keys: uploaded files, captions of images, projects of generated ones."""

from __future__ import annotations

import secrets
import string
from threading import Lock
from typing import TYPE_CHECKING

from attrs import define, field, frozen

if TYPE_CHECKING:
    from collections.abc import Callable

_LETTERS = string.ascii_letters + string.digits


@frozen
class Generated:
    """An image that was added to a project."""

    id: str
    """Its id in the workspace: it can be asked for by it."""
    content: bytes = field(repr=False)
    media_type: str
    prompt: str
    """What it was painted from: the whole prompt, not only what was sent."""


@frozen(kw_only=True)
class Kept:
    """A file that was uploaded."""

    id: str
    content: bytes = field(repr=False)
    media_type: str | None
    file_name: str
    purpose: str
    created: int


@define
class Workspace:
    """One workspace. Safe for several threads."""

    _projects: dict[str, list[Generated]] = field(factory=dict, init=False)
    _captions: dict[str, list[str]] = field(factory=dict, init=False)
    _kept: dict[str, Kept] = field(factory=dict, init=False)
    _lock: Lock = field(factory=Lock, init=False, repr=False)

    @property
    def projects(self) -> dict[str, tuple[Generated, ...]]:
        """The images of each project, the oldest first."""
        with self._lock:
            return {name: tuple(images) for name, images in self._projects.items()}

    @property
    def captions(self) -> dict[str, tuple[str, ...]]:
        """Every caption that was made of each image, by its id; the last one is in the cache."""
        with self._lock:
            return {name: tuple(captions) for name, captions in self._captions.items()}

    def add(self, project: str, content: bytes, media_type: str, prompt: str) -> None:
        """Add an image to a project."""
        name = _name(20)
        with self._lock:
            self._projects.setdefault(project, []).append(Generated(name, content, media_type, prompt))

    def image(self, name: str) -> Generated | None:
        """The image with this id, if there is one."""
        with self._lock:
            return next((one for images in self._projects.values() for one in images if one.id == name), None)

    def caption(self, name: str, make: Callable[[int], str], *, afresh: bool) -> str:
        """An image's caption, from the cache where it is.

        Args:
            name: The image's id.
            make: Makes a caption, told how many there were.
            afresh: Make a new one in any case.
        """
        with self._lock:
            made = self._captions.setdefault(name, [])
            if afresh or not made:
                made.append(make(len(made)))
            return made[-1]

    def keep(self, content: bytes, media_type: str | None, file_name: str, purpose: str, created: int) -> Kept:
        """Keep an uploaded file, under an id of its own."""
        kept = Kept(
            id=f"file-{_name(22)}", content=content, media_type=media_type, file_name=file_name, purpose=purpose,
            created=created,
        )  # fmt: skip
        with self._lock:
            self._kept[kept.id] = kept
        return kept

    def kept(self, name: str) -> Kept | None:
        """The uploaded file with this id, if there is one."""
        with self._lock:
            return self._kept.get(name)

    def clear(self) -> None:
        """Forget everything."""
        with self._lock:
            self._projects.clear()
            self._captions.clear()
            self._kept.clear()


def _name(length: int) -> str:
    return "".join(secrets.choice(_LETTERS) for _ in range(length))
