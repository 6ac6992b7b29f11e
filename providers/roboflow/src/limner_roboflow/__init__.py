"""Roboflow's synthetic images as a limner provider."""

from __future__ import annotations

from typing import TYPE_CHECKING

import limner
from limner_roboflow.options import RoboflowOptions

if TYPE_CHECKING:
    from limner.provider import Provider

__all__ = ["RoboflowOptions", "limner_provider"]


@limner.hookimpl
def limner_provider() -> Provider:
    """The provider ``roboflow``."""
    from limner_roboflow.provider import PROVIDER  # noqa: PLC0415 - what is only listed is not loaded

    return PROVIDER
