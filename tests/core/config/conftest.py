"""A relay as a mapping, read the way a file is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from limner import config
from limner.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Callable

    from limner.provider import Provider


@pytest.fixture
def acme() -> Callable[..., Provider]:
    """A provider of its own, described by these keys beside the usual ones; ``None`` leaves one out."""

    def made(**keys: Any) -> Provider:
        table = {"base_url": "https://api.acme.example/v1", "key_variable": "ACME_API_KEY", **keys}
        given = {key: value for key, value in table.items() if value is not None}
        (provider,) = config.load({"providers": {"acme": given}}).own
        return provider

    return made


@pytest.fixture
def complaint() -> Callable[[Any], str]:
    """What is said of a configuration that is wrong, from the path on."""

    def said(data: Any) -> str:
        with pytest.raises(ConfigError) as raised:
            config.load(data)
        assert raised.value.param == "config"
        return raised.value.message.removeprefix("the config= mapping: ")

    return said


@pytest.fixture
def acme_complaint(complaint: Callable[[Any], str]) -> Callable[..., str]:
    """What is said of a provider of its own, from ``providers.acme`` on."""

    def said(**keys: Any) -> str:
        table = {"base_url": "https://api.acme.example/v1", "key_variable": "ACME_API_KEY", **keys}
        given = {key: value for key, value in table.items() if value is not None}
        return complaint({"providers": {"acme": given}}).removeprefix("providers.acme")

    return said
