"""Images that are handed out as URLs: signed, served without a key, gone after their time.

The URLs look like the ones OpenAI handed out for its dall-e models: Azure blob storage, signed by ``sig`` until ``se``
(in every public recording the second of creation plus 3600).
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
import time
from datetime import UTC, datetime
from threading import Lock
from urllib.parse import urlencode

from attrs import define, field, frozen

PREFIX = "/files/"
"""The path under which they are served."""
MOST_BYTES = 256 * 1024 * 1024
"""What is kept at a time; beyond it the oldest are dropped."""
_HOUR = 3600


@frozen
class File:
    """One image on offer."""

    content: bytes = field(repr=False)
    media_type: str
    expires: float
    """Seconds since the epoch."""


@frozen
class Refused:
    """Why an image was not served: status, and the storage's own code and message."""

    status: int
    code: str
    message: str


@define
class Files:
    """The images on offer. Safe for several threads."""

    lifetime: int
    """Seconds a URL is valid; 0: it has expired when it arrives."""
    _secret: bytes = field(factory=lambda: secrets.token_bytes(32), init=False, repr=False)
    _files: dict[str, File] = field(factory=dict, init=False, repr=False)
    _lock: Lock = field(factory=Lock, init=False, repr=False)

    def offer(self, content: bytes, media_type: str, created: int) -> str:
        """Keep an image; returns its path and query, without a host."""
        path = f"{PREFIX}img-{secrets.token_urlsafe(18)}.{media_type.rpartition('/')[2]}"
        expires = created + self.lifetime
        query = {
            "st": _iso(created - _HOUR),
            "se": _iso(expires),
            "sp": "r",
            "sv": "2024-08-04",
            "sr": "b",
            "rscd": "inline",
            "rsct": media_type,
            "sig": self._sign(path, _iso(expires)),
        }
        with self._lock:
            self._files = {name: file for name, file in self._files.items() if file.expires > time.time()}
            self._files[path] = File(content, media_type, expires)
            while len(self._files) > 1 and sum(len(file.content) for file in self._files.values()) > MOST_BYTES:
                del self._files[next(iter(self._files))]
        return f"{path}?{urlencode(query)}"

    def fetch(self, path: str, query: dict[str, str], *, authorization: bool) -> File | Refused:
        """The image behind a path and its query.

        Args:
            path: The path that was asked for.
            query: Its query.
            authorization: Whether the request carried an ``Authorization`` header; a signed URL takes none.
        """
        if authorization:
            return Refused(
                400, "InvalidAuthenticationInfo", "Authentication information is not given in the correct format."
            )
        until = query.get("se", "")
        if not hmac.compare_digest(query.get("sig", "").encode(), self._sign(path, until).encode()):
            return Refused(403, "AuthenticationFailed", "Signature did not match.")
        if time.time() >= datetime.fromisoformat(until).timestamp():
            return Refused(403, "AuthenticationFailed", f"Signed expiry time [{until}] has passed.")
        with self._lock:
            file = self._files.get(path)
        return file or Refused(404, "BlobNotFound", "The specified blob does not exist.")

    def _sign(self, path: str, until: str) -> str:
        return hmac.new(self._secret, f"{path}\n{until}".encode(), hashlib.sha256).hexdigest()


def _iso(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
