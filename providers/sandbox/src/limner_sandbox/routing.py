"""What emulators need of HTTP: paths below their own, and where a key stands."""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.routing import Mount, Router

from limner_sandbox.openai_images.refusals import Refusal

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from starlette.requests import Request
    from starlette.responses import Response
    from starlette.routing import Route
    from starlette.types import ASGIApp


def api(
    base_path: str,
    routes: Sequence[Route],
    *,
    refused: Callable[[Refusal], Response],
    misled: Callable[[Request, int], Response],
) -> ASGIApp:
    """An API below its base path.

    Args:
        base_path: Where it begins, such as ``/openai/v1``.
        routes: Its paths, without the base.
        refused: Its words for a request that is refused.
        misled: Its words for a path (404) or a method (405) that it does not have.
    """

    def on_refusal(_: Request, refusal: Exception) -> Response:
        assert isinstance(refusal, Refusal)  # noqa: S101 - the only class it is registered for
        return refused(refusal)

    def on_wrong_way(request: Request, error: Exception) -> Response:
        assert isinstance(error, HTTPException)  # noqa: S101 - the only class it is registered for
        return misled(request, error.status_code)

    app = Starlette(
        routes=[Mount(base_path, Router(routes, redirect_slashes=False))],
        exception_handlers={Refusal: on_refusal, HTTPException: on_wrong_way},
    )
    app.router.redirect_slashes = False
    return app


def bearer(headers: Mapping[str, str], _: Mapping[str, str]) -> str | None:
    """The key of an ``Authorization: Bearer`` header."""
    scheme, _space, key = headers.get("authorization", "").partition(" ")
    return key.strip() or None if scheme.lower() == "bearer" else None
