"""r9s's image API as a limner provider."""

from __future__ import annotations

from typing import TYPE_CHECKING

import limner

if TYPE_CHECKING:
    from limner.provider import Provider

__all__ = ["limner_provider"]


@limner.hookimpl
def limner_provider() -> Provider:
    """The provider ``r9s``."""
    from limner_r9s.provider import PROVIDER  # noqa: PLC0415 - what is only listed is not loaded

    return PROVIDER
