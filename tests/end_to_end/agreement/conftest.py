"""Real declarations against the sandbox: requests by the hundred, judged by both.

Tests are no package, so what their modules share is made importable here by its name.
"""

from __future__ import annotations

import sys
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING

import pytest

from limner_sandbox.openai_images import references, replies

if TYPE_CHECKING:
    from collections.abc import Iterator

    from limner.provider import Provider

package = ModuleType("agreement")
package.__path__ = [str(Path(__file__).parent)]
sys.modules["agreement"] = package

from agreement.asks import installed, picture  # noqa: E402 - importable from here on
from agreement.judges import Judge  # noqa: E402 - importable from here on

PROVIDERS = ("fastapi.ai", "openai", "r9s", "roboflow", "rockapi")


@pytest.fixture(scope="module", params=PROVIDERS)
def provider(request: pytest.FixtureRequest) -> Provider:
    """Each provider in turn."""
    return installed().get(request.param)


@pytest.fixture(scope="module")
def judges() -> Iterator[dict[bool, Judge]]:
    """A sandbox in which models that were shut down are, and one in which they and what is announced work.

    Neither paints: a tiny picture stands for every one.
    """
    with pytest.MonkeyPatch.context() as patch:
        for module in (replies, references):
            patch.setattr(module, "paint", lambda _: picture("RGBA"))
        made = {False: Judge(), True: Judge(retired=True)}
        yield made
        for judge in made.values():
            judge.close()
