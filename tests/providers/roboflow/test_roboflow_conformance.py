"""The whole conformance suite, with nothing waived."""

from __future__ import annotations

from limner.testing import ProviderConformance
from limner_roboflow.provider import PROVIDER


class TestRoboflow(ProviderConformance):
    provider = PROVIDER
