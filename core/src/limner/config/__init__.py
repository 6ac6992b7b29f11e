"""The configuration: providers without code, corrections of declarations, and defaults, as TOML or as a mapping.

::

    [defaults]
    providers = ["acme", "openai"]       # who is asked where nothing is named, in this order
    model = "acme/acme-1"                # or what paints then
    timeout = 120                        # and, unless said in code: total_timeout, max_concurrency

    [providers.acme]                     # a provider of its own: it says how it takes its key
    base_url = "https://api.acme.example/v1"
    key_variable = "ACME_API_KEY"
    [providers.acme.models]
    "acme-1" = { family = "gpt-image" }

    [providers.openai]                   # words about an installed one
    settings = { organization = "org-1" }
    [providers.openai.models."gpt-image-2".generate.size]
    add = ["2048x2048"]

It never holds a key. What is wrong in it is a :class:`limner.ConfigError` that names the file and the path of the key;
what depends on the declaration of an installed provider is found when that provider is first used.
"""

from limner.config.config import EMPTY, Config, Defaults
from limner.config.loading import load, surrounding

__all__ = ["EMPTY", "Config", "Defaults", "load", "surrounding"]
