"""What all tests share: how long hypothesis searches, and no configuration of the developer's own."""

from __future__ import annotations

import os

from hypothesis import settings

# A slow machine is no failure, hence no deadlines. CI repeats itself; the thorough search is
# `pytest --hypothesis-profile=thorough`.
settings.register_profile("local", deadline=None)
settings.register_profile("ci", deadline=None, derandomize=True, database=None, max_examples=50)
settings.register_profile("thorough", deadline=None, max_examples=5_000)
os.environ["LIMNER_CONFIG"] = "off"  # a developer's own limner.toml has no part in any test
settings.load_profile("ci" if "CI" in os.environ else "local")
