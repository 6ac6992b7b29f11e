"""The whole conformance suite, with nothing waived."""

from __future__ import annotations

from limner.testing import ProviderConformance
from limner_rockapi.provider import PROVIDER


class TestRockAPI(ProviderConformance):
    provider = PROVIDER
