"""Darkroom, an API that takes its time: a picture is ordered, asked after, and fetched."""

import limner


@limner.hookimpl
def limner_provider() -> "limner.provider.Provider":
    """The provider ``darkroom``."""
    from limner_darkroom.provider import PROVIDER  # what is only listed is not loaded

    return PROVIDER
