"""For authors of providers: what proves a provider right. Never imported by the library itself.

This module is a table of contents; what stands in it is loaded when it is used.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from limner.testing.cassettes import Cassette, Interaction, Recorded, Replied
    from limner.testing.conformance import ProviderConformance, examine
    from limner.testing.recording import Cassettes
    from limner.testing.scrubbing import Scrubber
    from limner.testing.subject import Subject

_CONTENTS = {
    **dict.fromkeys(("Cassette", "Interaction", "Recorded", "Replied"), "cassettes"),
    **dict.fromkeys(("ProviderConformance", "examine"), "conformance"),
    "Cassettes": "recording",
    "Scrubber": "scrubbing",
    "Subject": "subject",
}
"""Where each name lives; a test compares it with the imports above, which are what type checkers see."""

__all__ = [
    "Cassette",
    "Cassettes",
    "Interaction",
    "ProviderConformance",
    "Recorded",
    "Replied",
    "Scrubber",
    "Subject",
    "examine",
]

if not TYPE_CHECKING:  # a __getattr__ that type checkers see would make every misspelt attribute type-check

    def __getattr__(name: str) -> object:
        if name not in _CONTENTS:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        from importlib import import_module  # noqa: PLC0415 - what is not used is not loaded

        value = getattr(import_module(f"{__name__}.{_CONTENTS[name]}"), name)
        globals()[name] = value
        return value

    def __dir__() -> list[str]:
        return sorted(__all__)
