"""limner as it is installed: versions, and those of what it needs, read from its metadata and written nowhere else."""

from __future__ import annotations

import platform
import re
from importlib import metadata
from shlex import quote
from typing import TYPE_CHECKING

from attrs import frozen

from limner.cli.cures import Trouble
from limner.provider import API_VERSION

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

NAME = "limner"


@frozen
class Need:
    """A distribution that limner needs, or that one of its extras brings."""

    name: str
    wanted: str
    """Which versions, as the metadata says it: ``<1,>=0.28``."""
    version: str | None
    """Which one is there; ``None``: none is."""
    extra: str
    """The extra that brings it; empty for what is needed always."""

    @property
    def requirement(self) -> str:
        """As pip takes it."""
        return f"{self.name}{self.wanted}"

    def trouble(self) -> Trouble | None:
        """What is wrong with it. What an extra brings may be missing, or be there for somebody else."""
        if self.extra or (self.version is not None and _within(self.version, self.wanted)):
            return None
        problem = f"limner needs {self.requirement}, and {self.version or 'none'} is installed"
        return Trouble(self.name, problem, f"pip install -U {quote(self.requirement)}")


def versions() -> dict[str, str | None]:
    """What is running here: limner, its contract, Python."""
    return {
        "version": _version(NAME),
        "contract": ".".join(map(str, API_VERSION)),
        "python": platform.python_version(),
    }


def needs() -> list[Need]:
    """Everything that limner's metadata names; nothing, where limner runs without any."""
    try:
        told: Sequence[str] = metadata.requires(NAME) or ()
    except metadata.PackageNotFoundError:
        return []
    return list(_needs(told))


def _needs(told: Sequence[str]) -> Iterator[Need]:
    for requirement in told:
        required, _, marker = requirement.partition(";")
        name, wanted = _NAME.findall(required)[0]
        extra = _EXTRA.search(marker)
        yield Need(name, wanted.strip(" ()"), _version(name), extra[1] if extra else "")


_NAME = re.compile(r"\s*([\w.-]+)(?:\[[^\]]*\])?\s*(.*)")
_EXTRA = re.compile(r"""extra\s*==\s*["']([^"']+)["']""")
_BOUND = re.compile(r"(>=|<)\s*([\d.]+)")


def _version(name: str) -> str | None:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return None


def _within(version: str, wanted: str) -> bool:
    """Whether a version is in its bounds, as far as they are ``>=`` and ``<``, which limner's own all are."""
    here = _release(version)
    return all(
        here >= _release(bound) if sign == ">=" else here < _release(bound) for sign, bound in _BOUND.findall(wanted)
    )


def _release(version: str) -> tuple[int, ...]:
    """``1.10.0`` as numbers to compare, without zeros at the end."""
    numbers = [int(number) for number in re.findall(r"\d+", version.partition("+")[0])[:4]]
    while numbers and numbers[-1] == 0:
        numbers.pop()
    return tuple(numbers)
