"""limner: one typed Python API for image generation over many providers, where every provider is a plugin.

::

    import limner

    result = limner.generate("a white Siamese cat", model="openai/gpt-image-2", n=4)
    result.save("cats/")

This module is a table of contents; what stands in it is loaded when it is used.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from limner.client import AsyncClient, Client
    from limner.credentials import Secret
    from limner.errors import (
        AuthError,
        BadImageError,
        BadInputError,
        BadRequestError,
        CancelledError,
        ConfigError,
        ConflictError,
        ConnectError,
        ContentPolicyError,
        DeadlineError,
        DecodeError,
        ExpiredError,
        LimnerError,
        ModelUnavailableError,
        NoProviderError,
        NotFoundError,
        NotPermittedError,
        PluginError,
        ProtocolError,
        ProviderError,
        QuotaError,
        RateLimitError,
        RedirectError,
        ResponseError,
        SchemaError,
        ServerError,
        SSRFBlockedError,
        TLSError,
        TooLargeError,
        TransportError,
        UnsupportedError,
    )
    from limner.hookspecs import hookimpl
    from limner.inputs import ImageInput, ProviderImage
    from limner.masks import Mask
    from limner.media import Blob, Image
    from limner.planning import Plan
    from limner.provider import HttpProvider, Provider
    from limner.requests import EditRequest, GenerateRequest, Request, VaryRequest
    from limner.results import ImageResult, ResultWarning, Usage
    from limner.selection import Selection
    from limner.shortcuts import aedit, agenerate, avary, edit, generate, vary
    from limner.streams import AsyncImageStream, Completed, ImageStream, PartialImage

    __version__: str

_ERRORS = (
    "AuthError", "BadImageError", "BadInputError", "BadRequestError", "CancelledError", "ConfigError",
    "ConflictError", "ConnectError", "ContentPolicyError", "DeadlineError", "DecodeError", "ExpiredError",
    "LimnerError", "ModelUnavailableError", "NoProviderError", "NotFoundError", "NotPermittedError", "PluginError",
    "ProtocolError", "ProviderError", "QuotaError", "RateLimitError", "RedirectError", "ResponseError",
    "SchemaError", "ServerError", "SSRFBlockedError", "TLSError", "TooLargeError", "TransportError",
    "UnsupportedError",
)  # fmt: skip

_CONTENTS = {
    **dict.fromkeys(("AsyncClient", "Client"), "client"),
    "Secret": "credentials",
    **dict.fromkeys(_ERRORS, "errors"),
    "hookimpl": "hookspecs",
    **dict.fromkeys(("ImageInput", "ProviderImage"), "inputs"),
    "Mask": "masks",
    **dict.fromkeys(("Blob", "Image"), "media"),
    "Plan": "planning",
    **dict.fromkeys(("HttpProvider", "Provider"), "provider"),
    **dict.fromkeys(("EditRequest", "GenerateRequest", "Request", "VaryRequest"), "requests"),
    **dict.fromkeys(("ImageResult", "ResultWarning", "Usage"), "results"),
    "Selection": "selection",
    **dict.fromkeys(("aedit", "agenerate", "avary", "edit", "generate", "vary"), "shortcuts"),
    **dict.fromkeys(("AsyncImageStream", "Completed", "ImageStream", "PartialImage"), "streams"),
}
"""Where each name lives; a test compares it with the imports above, which are what type checkers see."""

__all__ = [
    "AsyncClient",
    "AsyncImageStream",
    "AuthError",
    "BadImageError",
    "BadInputError",
    "BadRequestError",
    "Blob",
    "CancelledError",
    "Client",
    "Completed",
    "ConfigError",
    "ConflictError",
    "ConnectError",
    "ContentPolicyError",
    "DeadlineError",
    "DecodeError",
    "EditRequest",
    "ExpiredError",
    "GenerateRequest",
    "HttpProvider",
    "Image",
    "ImageInput",
    "ImageResult",
    "ImageStream",
    "LimnerError",
    "Mask",
    "ModelUnavailableError",
    "NoProviderError",
    "NotFoundError",
    "NotPermittedError",
    "PartialImage",
    "Plan",
    "PluginError",
    "ProtocolError",
    "Provider",
    "ProviderError",
    "ProviderImage",
    "QuotaError",
    "RateLimitError",
    "RedirectError",
    "Request",
    "ResponseError",
    "ResultWarning",
    "SSRFBlockedError",
    "SchemaError",
    "Secret",
    "Selection",
    "ServerError",
    "TLSError",
    "TooLargeError",
    "TransportError",
    "UnsupportedError",
    "Usage",
    "VaryRequest",
    "__version__",
    "aedit",
    "agenerate",
    "avary",
    "edit",
    "generate",
    "hookimpl",
    "vary",
]

if not TYPE_CHECKING:  # a __getattr__ that type checkers see would make every misspelt attribute type-check

    def __getattr__(name: str) -> object:
        if name == "__version__":
            from importlib.metadata import version  # noqa: PLC0415 - what is not used is not loaded

            return version("limner")
        if name not in _CONTENTS:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        from importlib import import_module  # noqa: PLC0415 - the same

        value = getattr(import_module(f"{__name__}.{_CONTENTS[name]}"), name)
        globals()[name] = value
        return value

    def __dir__() -> list[str]:
        return sorted(__all__)
