"""Gradient, a pipeline on this machine: no server, no key, no HTTP."""

import limner


@limner.hookimpl
def limner_provider() -> "limner.provider.Provider":
    """The provider ``gradient``."""
    from limner_gradient.provider import PROVIDER  # what is only listed is not loaded

    return PROVIDER
