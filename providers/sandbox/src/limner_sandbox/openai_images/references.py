"""Images that a JSON body holds or points to."""

from __future__ import annotations

import binascii
import ipaddress
import re
from base64 import b64decode
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from limner_sandbox.openai_images.multipart import Upload
from limner_sandbox.openai_images.refusals import Refusal
from limner_sandbox.painter import Commission, paint

if TYPE_CHECKING:
    from limner_sandbox.studio import Studio

LONGEST_URL = 20_971_520
"""Characters of a URL, a data URL too."""
_DATA = re.compile(r"data:([a-z0-9.+-]+/[a-z0-9.+-]+);base64,", re.IGNORECASE)
STAND_IN_SIDE = 512


def from_data_url(label: str, url: str) -> Upload:
    """The image in a data URL.

    Args:
        label: What errors call it.
        url: The data URL, in base64.

    Raises:
        Refusal: It is none.
    """
    head = _DATA.match(url)
    try:
        content = b64decode(url[head.end() :].encode("ascii"), validate=True) if head else None
    except (binascii.Error, ValueError):
        content = None
    if head is None or content is None:
        expected = "Expected a base64-encoded data URL with an image MIME type"
        example = "(e.g. 'data:image/png;base64,aW1nIGJ5dGVzIGhlcmU=')"
        message = f"Invalid '{label}'. {expected} {example}, but got an invalid value."
        raise Refusal(400, "invalid_value", message, param=label)
    return Upload(label, content, head[1].lower())


def from_url(label: str, url: str, studio: Studio) -> tuple[Upload, bool]:
    """The image at an http(s) URL: one of the sandbox's own is served, any other is never asked for.

    Args:
        label: What errors call it.
        url: The URL.
        studio: The sandbox.

    Returns:
        The image; and whether it was painted here, from the URL, as a stand-in for one that is elsewhere.

    Raises:
        Refusal: It is no such URL, it serves nothing, or OpenAI could not reach it.
    """
    parts = urlsplit(url) if _is_url(url) else None
    if parts is None or parts.scheme not in {"http", "https"} or not parts.hostname:
        raise Refusal(
            400,
            "invalid_value",
            f"Invalid '{label}'. Expected a valid URL, but got a value with an invalid format.",
            param=label,
        )
    if f"{parts.scheme}://{parts.netloc}" == studio.url:
        try:
            file = studio.file(url)
        except LookupError as error:
            raise not_downloaded(404 if "not exist" in str(error) else 403) from None
        return Upload(label, file.content, file.media_type), False
    if _is_private(parts.hostname):
        raise not_downloaded(None)
    picture = paint(Commission(prompt=url, width=STAND_IN_SIDE, height=STAND_IN_SIDE))
    return Upload(label, picture, "image/png"), True


def not_downloaded(status: int | None) -> Refusal:
    """A URL that serves nothing: a recorded answer, ``param`` and all."""
    upstream = f" Upstream status code: {status}." if status else ""
    return Refusal(400, "invalid_value", f"Error while downloading file.{upstream}", param="url")


def _is_url(text: str) -> bool:
    try:
        urlsplit(text)
    except ValueError:
        return False
    return True


def _is_private(host: str) -> bool:
    """Whether a host, by its name alone, is one that nobody outside reaches."""
    try:
        return not ipaddress.ip_address(host).is_global
    except ValueError:
        return host == "localhost" or host.endswith((".localhost", ".local", ".internal")) or "." not in host
