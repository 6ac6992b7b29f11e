"""Where requests go: a path below a base URL, and what is asked for behind the question mark."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlencode

from limner.errors import BadInputError

if TYPE_CHECKING:
    from collections.abc import Mapping

_ABSOLUTE = re.compile(r"[a-z][a-z0-9+.-]*://", re.IGNORECASE)
_END = re.compile(r"[?#]")
_CLIMBING = frozenset({".", ".."})


def join(base_url: str, path: str) -> str:
    """A path below a base URL (which keeps its own path), or an absolute URL as it is.

    Raises:
        BadInputError: a part of it is ``.`` or ``..``, and it would lead elsewhere than it seems.
    """
    if "." in path or "%" in path:
        _refuse_climbing(path)
    return path if _ABSOLUTE.match(path) else f"{base_url.rstrip('/')}/{path.lstrip('/')}"


def _refuse_climbing(path: str) -> None:
    """A model may be named by whoever uses a service, and ``..`` stays ``..`` when it is percent-encoded."""
    steps = (part for part in _END.split(path, maxsplit=1)[0].split("/") if unquote(part) in _CLIMBING)
    if (step := next(steps, None)) is not None:
        raise BadInputError(
            f"A request to {_END.split(path, maxsplit=1)[0]!r} would lead elsewhere, because of {step!r} in it: neither"
            " a model nor anything else that stands in an address may be called so.",
        )


def with_query(url: str, query: Mapping[str, str]) -> str:
    """A URL with this behind its question mark, after what stands there already."""
    return f"{url}{'&' if '?' in url else '?'}{urlencode(query)}" if query else url
