"""limner-roboflow over real HTTP: what arrives at the address, and what is made of each reply.

No recording of this API is public: every success below is **derived** from the sentence "a list of OpenAI image
objects" and from OpenAI's own; the shapes of errors are those that Roboflow's Python package and its tests handle.
"""

from __future__ import annotations

import base64
import logging
import pickle
import traceback
from typing import TYPE_CHECKING, Any

import pytest

import limner
from limner_roboflow import RoboflowOptions

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    Generate = Callable[..., limner.ImageResult]

KEY = "rf-Canary/0123+89="
RED = "All trees have red leaves."
PRECONDITION = "An OpenAI API key must be set in the settings of the Roboflow workspace."


class TestWhatArrives:
    def test_an_image_by_id(self, generate: Generate, address: Any) -> None:
        image = limner.ProviderImage("62MYRuqqWCRZ02q52vsY", provider="roboflow")
        generate(RED, reference_images=image, options=RoboflowOptions(force_caption_regenerate=True))
        (asked,) = address.asked
        assert asked.json == {
            "prompt": RED, "image": "62MYRuqqWCRZ02q52vsY", "image_type": "id", "force_caption_regenerate": True,
        }  # fmt: skip

    def test_an_image_by_url_which_nobody_here_fetches(self, generate: Generate, address: Any) -> None:
        generate(RED, reference_images="https://a.example/trees.png?sig=1")
        (asked,) = address.asked
        assert asked.json == {"prompt": RED, "image": "https://a.example/trees.png?sig=1", "image_type": "url"}

    @pytest.mark.parametrize("given", ["path", "text", "bytes"])
    def test_an_image_by_its_bytes(
        self, generate: Generate, address: Any, png: bytes, tmp_path: Path, given: str
    ) -> None:
        path = tmp_path / "trees.png"
        path.write_bytes(png)
        generate(RED, reference_images={"path": path, "text": str(path), "bytes": png}[given])
        (asked,) = address.asked
        assert asked.json == {"prompt": RED, "image": base64.b64encode(png).decode(), "image_type": "base64"}
        assert b"\\n" not in asked.body
        assert b"data:" not in asked.body
        assert int(asked.headers["content-length"]) == len(asked.body)

    def test_the_key_in_the_query_and_nowhere_else(self, generate: Generate, address: Any) -> None:
        generate(RED)
        (asked,) = address.asked
        assert (asked.method, asked.path, asked.query) == ("POST", "/synthetic-image", {"api_key": [KEY]})
        assert "authorization" not in asked.headers
        assert not any(KEY in text for text in (*asked.headers.values(), asked.body.decode()))

    def test_a_text_that_names_a_file_stays_here_where_texts_are_not_trusted(
        self, generate: Generate, address: Any, png: bytes, tmp_path: Path
    ) -> None:
        (tmp_path / "trees.png").write_bytes(png)
        with pytest.raises(limner.BadInputError, match="takes no text for the name of a file"):
            generate(RED, reference_images=str(tmp_path / "trees.png"), client={"trust": "server"})
        assert not address.asked

    def test_three_images_of_dall_e_3_are_three_requests(self, generate: Generate, address: Any) -> None:
        assert len(generate(RED, n=3).images) == 3
        assert [asked.json["n"] for asked in address.asked] == [1, 1, 1]


class TestWhatComesBack:
    """Derived, all of it."""

    @pytest.mark.parametrize("wrap", [
        lambda item: {"created": 1_700_000_000, "data": [item]},
        lambda item: {"data": item},
        lambda item: [item],
        lambda item: item,
    ], ids=["wrapped", "wrapped single", "bare list", "single"])  # fmt: skip
    @pytest.mark.parametrize("form", ["url", "image_url", "b64_json"])
    def test_an_image_object_in_any_wrapping(
        self, generate: Generate, address: Any, png: bytes, wrap: Callable[[Any], Any], form: str
    ) -> None:
        data = base64.b64encode(png).decode() if form == "b64_json" else f"{address.url}/painted.png"
        address.reply = wrap({form: data, "revised_prompt": "A maple, photorealistic."})
        result = generate(RED)
        (image,) = result.images
        assert (image.read(), image.media_type, image.width) == (png, "image/png", 64)
        assert image.revised_prompt == "A maple, photorealistic."
        assert data not in f"{result.raw}" or form != "b64_json"

    def test_the_prompt_that_was_used_is_told_as_it_is_not_the_one_that_was_sent(self, generate: Generate) -> None:
        assert generate(RED).images[0].revised_prompt == "A maple with red leaves, photorealistic."

    def test_the_provider_the_model_and_the_time(self, generate: Generate) -> None:
        result = generate(RED)
        assert (result.provider, result.model) == ("roboflow", None)  # the server's own choice
        assert result.created is not None
        assert [warning.code for warning in result.warnings] == ["unverified"]

    def test_a_url_is_kept_where_it_is_wanted(self, generate: Generate, address: Any) -> None:
        (image,) = generate(RED, delivery="url").images
        assert (image.url, image.data) == (f"{address.url}/painted.png", None)

    def test_the_body_itself(self, generate: Generate, address: Any, png: bytes) -> None:
        address.reply, address.content_type = png, "image/png"
        assert generate(RED).images[0].read() == png

    @pytest.mark.parametrize("reply", [{}, [], {"data": []}, {"data": None}, {"images": 1}])
    def test_no_image_is_an_error(self, generate: Generate, address: Any, reply: Any) -> None:
        address.reply = reply
        with pytest.raises(limner.SchemaError):
            generate(RED)


ERRORS = [
    (400, {"error": "Something about the prompt"}, limner.BadRequestError, "Something about the prompt", None),
    (401, {"error": "Unauthorized"}, limner.AuthError, "Unauthorized", None),
    (401, {"error": "Invalid API key"}, limner.AuthError, "Invalid API key", None),
    (
        401, {"error": {"message": "No such key", "type": "OAuthException", "hint": "See your settings"}},
        limner.AuthError, "No such key", None,
    ),
    (403, {"error": {"message": "Not yours", "code": "forbidden"}}, limner.NotPermittedError, "Not yours", "forbidden"),
    (404, {"error": "not_found", "message": "No such project"}, limner.NotFoundError, "No such project", "not_found"),
    (500, {"message": "Out of paint"}, limner.ServerError, "Out of paint", None),
    (502, b"upstream is gone", limner.ServerError, "upstream is gone", None),
    (200, {"error": {"message": "Refused"}}, limner.ServerError, "Refused", None),
    (200, {"error": "Refused"}, limner.ServerError, "Refused", None),
    (200, {"success": False, "message": "Refused"}, limner.ServerError, "Refused", None),
    (
        400, {"error": {"message": "Unsafe", "code": "content_policy_violation"}},
        limner.ContentPolicyError, "Unsafe", "content_policy_violation",
    ),
    (
        429, {"error": {"message": "Spent", "type": "insufficient_quota"}},
        limner.QuotaError, "Spent", None,
    ),
]  # fmt: skip


class TestErrors:
    @pytest.mark.parametrize(("status", "reply", "kind", "message", "code"), ERRORS)
    def test_every_shape_is_read(  # noqa: PLR0913, PLR0917 - a row of the table
        self, generate: Generate, address: Any, status: int, reply: Any, kind: type, message: str, code: str | None
    ) -> None:
        address.status, address.reply = status, reply
        if isinstance(reply, bytes):
            address.content_type = "text/plain"
        with pytest.raises(limner.ProviderError) as caught:
            generate(RED)
        error = caught.value
        assert (type(error), error.message, error.code, error.status) == (kind, message, code, status)
        assert len(address.asked) == 1

    @pytest.mark.parametrize(
        ("status", "told"),
        [(400, True), (401, True), (403, True), (402, True), (404, False), (409, False), (500, False)],
    )
    def test_what_may_follow_from_a_missing_openai_key_says_that_one_is_needed(
        self,
        generate: Generate,
        address: Any,
        status: int,
        told: bool,  # noqa: FBT001 - a parameter
    ) -> None:
        address.status, address.reply = status, {"error": "No"}
        with pytest.raises(limner.ProviderError) as caught:
            generate(RED)
        assert (PRECONDITION in getattr(caught.value, "__notes__", ())) is told
        assert pickle.loads(pickle.dumps(caught.value)).__dict__ == caught.value.__dict__  # noqa: S301 - our own bytes

    def test_a_hint_is_passed_on(self, generate: Generate, address: Any) -> None:
        address.status = 401
        address.reply = {"error": {"message": "No such key", "type": "OAuthException", "hint": "See your settings"}}
        with pytest.raises(limner.AuthError) as caught:
            generate(RED)
        assert caught.value.__notes__[:2] == ["See your settings", PRECONDITION]


@pytest.mark.parametrize("status", [200, 401, 500])
def test_the_key_is_in_no_text_of_ours(
    generate: Generate, address: Any, status: int, caplog: pytest.LogCaptureFixture
) -> None:
    """Even where the server sends back the URL it was asked under, plain and escaped."""
    caplog.set_level(logging.DEBUG)
    escaped = "rf-Canary%2F0123%2B89%3D"
    address.status = status
    address.reply = {"error": {"message": f"at /synthetic-image?api_key={escaped}", "hint": f"{KEY} is wrong"}}
    seen: list[Any] = []
    with pytest.raises(limner.ProviderError) as caught:
        generate(RED, client={"observers": [seen.append]})
    error = caught.value
    texts = [*traceback.format_exception(error), repr(error.__dict__), repr(seen), caplog.text]
    assert seen
    assert not any(canary in text for text in texts for canary in (KEY, escaped))


def test_a_client_shows_no_key(address: Any) -> None:
    client = limner.Client(providers=["roboflow"], keys={"roboflow": KEY}, base_urls={"roboflow": address.url})
    with client:
        plan = client.plan(limner.GenerateRequest(RED, provider="roboflow"))
        assert KEY not in f"{client!r} {plan!r} {plan.preview()}"


def test_a_file_that_changes_before_it_is_sent_is_an_error_and_costs_nothing(
    generate: Generate, address: Any, png: bytes, tmp_path: Path
) -> None:
    path = tmp_path / "trees.png"
    path.write_bytes(png)
    image = limner.ImageInput.of(path)
    path.write_bytes(png + b"x")
    with pytest.raises(
        limner.BadInputError, match=r"reference_images\[0\] \('trees.png'\) has changed since it was given"
    ):
        generate(RED, reference_images=image)
    assert not address.asked
