"""What is said where there is nobody to ask."""

from __future__ import annotations

from typing import TYPE_CHECKING

from limner.registry import GROUP

if TYPE_CHECKING:
    from collections.abc import Iterable

NONE = "no provider is installed: pip install limner-NAME brings one."
UNUSABLE = "no provider that is installed can be used: limner providers says why."


def absence(plugins: Iterable[tuple[str, str]]) -> str:
    """Why there is nobody to ask; empty where there is somebody.

    Args:
        plugins: The group and the status of each.
    """
    found = {status for group, status in plugins if group == GROUP}
    if found & {"found", "ok"}:
        return ""
    return UNUSABLE if found else NONE
