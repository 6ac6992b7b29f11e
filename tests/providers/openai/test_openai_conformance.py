"""The whole conformance suite, with nothing waived."""

from __future__ import annotations

from limner.testing import ProviderConformance
from limner_openai.provider import PROVIDER


class TestOpenAI(ProviderConformance):
    provider = PROVIDER
