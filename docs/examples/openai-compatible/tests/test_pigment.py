"""What limner asks of every provider, and one picture over HTTP: the sandbox speaks the format, so it can stand in."""

import limner
from limner.testing import ProviderConformance
from limner_sandbox import Sandbox

from limner_pigment.provider import PROVIDER


class TestPigment(ProviderConformance):
    provider = PROVIDER


def test_two_pictures_are_two_calls_and_come_back() -> None:
    with Sandbox() as sandbox:
        elsewhere = {"pigment": sandbox.base_url("openai")}
        keys = {"pigment": sandbox.key_for("openai")}
        with limner.Client(providers=[PROVIDER], base_urls=elsewhere, keys=keys) as client:
            result = client.generate("a lighthouse at dawn", size="1024x1024", n=2)
    assert [(image.width, image.height) for image in result] == [(1024, 1024)] * 2
    assert len(result.calls) == 2
