"""Pigment, a relay that nobody runs: all that an OpenAI-compatible API needs."""

import limner


@limner.hookimpl
def limner_provider() -> "limner.provider.Provider":
    """The provider ``pigment``."""
    from limner_pigment.provider import PROVIDER  # what is only listed is not loaded

    return PROVIDER
