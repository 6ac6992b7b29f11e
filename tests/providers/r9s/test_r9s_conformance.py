"""The whole conformance suite, with nothing waived."""

from __future__ import annotations

from limner.testing import ProviderConformance
from limner_r9s.provider import PROVIDER


class TestR9s(ProviderConformance):
    provider = PROVIDER
