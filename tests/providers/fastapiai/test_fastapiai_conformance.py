"""The whole conformance suite, with nothing waived."""

from __future__ import annotations

from limner.testing import ProviderConformance
from limner_fastapiai.provider import PROVIDER


class TestFastapiAI(ProviderConformance):
    provider = PROVIDER
