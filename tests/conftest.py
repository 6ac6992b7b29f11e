"""What all tests share: how long hypothesis searches, and no configuration of the developer's own."""

from __future__ import annotations

import os
import signal

from hypothesis import settings

# A slow machine is no failure, hence no deadlines. CI repeats itself, and is brief on a Python where another has tried
# more; the thorough search, which takes its time, is LIMNER_HYPOTHESIS=thorough. Tests that need more or fewer examples
# than others take a multiple of the profile's.
settings.register_profile("local", deadline=None)
settings.register_profile("ci", deadline=None, derandomize=True, database=None, max_examples=50)
settings.register_profile("brief", deadline=None, derandomize=True, database=None, max_examples=15)
settings.register_profile("thorough", deadline=None, max_examples=5_000)
os.environ["LIMNER_CONFIG"] = "off"  # a developer's own limner.toml has no part in any test
os.environ["LIMNER_KEYS"] = "off"  # nor have their keys
settings.load_profile(os.environ.get("LIMNER_HYPOTHESIS") or ("ci" if "CI" in os.environ else "local"))

if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    # Shells start what runs in the background so, and a Ctrl-C that is ignored would be waited for without end.
    signal.signal(signal.SIGINT, signal.default_int_handler)
