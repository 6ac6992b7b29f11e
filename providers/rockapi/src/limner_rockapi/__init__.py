"""RockAPI's image API as a limner provider."""

from __future__ import annotations

from typing import TYPE_CHECKING

import limner
from limner_rockapi.options import RockAPIOptions

if TYPE_CHECKING:
    from limner.provider import Provider

__all__ = ["RockAPIOptions", "limner_provider"]


@limner.hookimpl
def limner_provider() -> Provider:
    """The provider ``rockapi``."""
    from limner_rockapi.provider import PROVIDER  # noqa: PLC0415 - what is only listed is not loaded

    return PROVIDER
