"""Steps: what is none cannot be made, and says which field is wrong."""

from __future__ import annotations

from typing import Any

import pytest

from limner.media import Blob
from limner.provider import Blocking, Embed, HttpRequest, Job, Part

NO_STEPS: dict[str, Any] = {
    "HttpRequest.method takes str, not NoneType": lambda: HttpRequest(None, "/"),  # type: ignore[arg-type]
    "HttpRequest.url takes str, not bytes": lambda: HttpRequest("GET", b"/"),  # type: ignore[arg-type]
    "HttpRequest.query takes Mapping, not int": lambda: HttpRequest("GET", "/", query=5),  # type: ignore[arg-type]
    "HttpRequest.headers takes Mapping, not list": lambda: HttpRequest("GET", "/", headers=[]),  # type: ignore[arg-type]
    "HttpRequest.content takes bytes or None, not int": lambda: HttpRequest("POST", "/", content=5),  # type: ignore[arg-type]
    "HttpRequest.content takes bytes or None, not str": lambda: HttpRequest("POST", "/", content="a"),  # type: ignore[arg-type]
    "HttpRequest.bills takes bool or None, not str": lambda: HttpRequest("POST", "/", bills="no"),  # type: ignore[arg-type]
    "HttpRequest.blobs takes tuple or list, not NoneType": lambda: HttpRequest("POST", "/", blobs=None),  # type: ignore[arg-type]
    "HttpRequest.blobs takes tuple or list, not str": lambda: HttpRequest("POST", "/", blobs="data.*"),  # type: ignore[arg-type]
    "HttpRequest.parts takes tuple or list, not dict": lambda: HttpRequest("POST", "/", parts={}),  # type: ignore[arg-type]
    "HttpRequest.parts[1] takes Part, not tuple": lambda: HttpRequest("POST", "/", parts=[Part("a", "b"), ("c", "d")]),  # type: ignore[list-item]
    "Part.name takes str, not int": lambda: Part(5, "b"),  # type: ignore[arg-type]
    "Part.content takes str or Blob, not int": lambda: Part("a", 5),  # type: ignore[arg-type]
    "Embed.image takes Blob, not NoneType": lambda: Embed(None),  # type: ignore[arg-type]
    "Job.id takes str, not int": lambda: Job(7),  # type: ignore[arg-type]
    "Job.state takes str, not NoneType": lambda: Job("7", None),  # type: ignore[arg-type]
    "Job.cancel takes HttpRequest or None, not str": lambda: Job("7", cancel="DELETE /x"),  # type: ignore[arg-type]
    "Blocking.fn takes Callable, not NoneType": lambda: Blocking(None),  # type: ignore[arg-type]
    "Blocking.lane takes str or None, not list": lambda: Blocking(dict, lane=["x"]),  # type: ignore[arg-type]
}


@pytest.mark.parametrize(("message", "make"), NO_STEPS.items(), ids=NO_STEPS)
def test_what_is_no_step_cannot_be_made_and_names_its_field(message: str, make: Any) -> None:
    with pytest.raises(TypeError) as caught:
        make()
    assert str(caught.value) == message


def test_a_step_of_the_right_types_is_made() -> None:
    parts = [Part("a", Blob(b"b"), "b.png", "image/png")]
    request = HttpRequest("PUT", "/", {"a": "b"}, parts=parts, headers={}, bills=False, blobs=("a",))
    assert Job("7", cancel=request).cancel == request


@pytest.mark.parametrize("method", ["post", "Post", "POST"])
def test_a_post_bills_however_its_method_is_written(method: str) -> None:
    request = HttpRequest(method, "/")
    assert (request.method, request.billing) == ("POST", True)
