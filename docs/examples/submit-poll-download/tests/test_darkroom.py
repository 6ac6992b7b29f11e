"""What limner asks of every provider, and whole orders at a server of darkroom's kind."""

import threading

import darkroom_server
import limner
import pytest
from limner.testing import ProviderConformance

from limner_darkroom.provider import PROVIDER


class TestDarkroom(ProviderConformance):
    provider = PROVIDER


@pytest.fixture
def server():
    with darkroom_server.Server() as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        yield server
        server.shutdown()
        thread.join()


@pytest.fixture
def client(server):
    keys = {"darkroom": darkroom_server.KEY}
    with limner.Client(providers=[PROVIDER], base_urls={"darkroom": server.url}, keys=keys) as client:
        yield client


def test_an_order_is_asked_after_and_its_picture_fetched(server, client):
    result = client.generate("a pear", size="64x64", seed=7)
    assert (result.image.media_type, result.image.width, result.image.height) == ("image/png", 64, 64)
    assert (result.image.seed, server.visits, server.cancelled) == (7, 2, [])


def test_an_order_that_failed_says_why(client):
    with pytest.raises(limner.ContentPolicyError, match="Not here"):
        client.generate("a nude")


def test_an_order_that_is_too_slow_is_cancelled(server, client):
    with pytest.raises(limner.DeadlineError) as caught:
        client.generate("a slow pear", timeout=0.4)
    assert (caught.value.job.id, caught.value.maybe_billed) == ("1", True)
    assert server.cancelled == ["/orders/1"]
