"""Images on their way into a plan: whose they are, who may open them, and what a declaration says of them."""

from __future__ import annotations

import io
import os
from typing import TYPE_CHECKING, Any

import PIL.Image
import pytest
from attrs import frozen

import limner
from limner.capabilities import (
    AllOf,
    Alpha,
    Count,
    Encoding,
    MaskFits,
    MaxBytes,
    MediaTypes,
    ModelCapabilities,
    NeedsInput,
    OperationCapabilities,
    Parameter,
    ProviderCapabilities,
    Source,
    Square,
    Text,
)
from limner.errors import BadInputError, UnsupportedError
from limner.inputs import ImageInput, ProviderImage
from limner.media import Blob
from limner.planning import Plan, plan
from limner.provider import Call, Embed, HttpProvider, HttpRequest, NoAuth
from limner.requests import EditRequest, GenerateRequest

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

GENERATE = OperationCapabilities(
    parameters={
        "prompt": Parameter(Text(), required=True),
        "reference_images": Parameter(
            AllOf(Count(1, 2), MediaTypes(("png", "jpeg")), MaxBytes(10_000), Square()), wire="input.image"
        ),
        "options.fresh": Parameter(Text()),
    },
    rules=(NeedsInput("options.fresh", inputs="reference_images", kinds="id"),),
    encodings=(
        Encoding("json", inputs=("url", "id"), limits={"reference_images": Count(1, 1)}),
        Encoding("json-data-url", inputs=("bytes",)),
    ),
    default=True,
)


@frozen
class Options:
    fresh: str | None = None


class Acme(HttpProvider):
    name = "acme.ai"
    base_url = "https://acme.example"
    auth = NoAuth()

    def __init__(self, operation: OperationCapabilities = GENERATE, name: str = "generate") -> None:
        self.operations = {name: operation}

    def capabilities(self) -> ProviderCapabilities:
        models = (ModelCapabilities("brush", operations=self.operations),)
        return ProviderCapabilities(models=models, unknown=None, source=Source("the acme page", "2026-11-20"))

    def map_request(self, call: Call) -> HttpRequest:
        images = [image.url or image.id or Embed(image.blob, "data-url") for image in call.request.reference_images]
        return HttpRequest("POST", "/paint", json={**call.wire(), "input": {"image": images}})


def picture(width: int = 8, height: int = 8, kind: str = "PNG", mode: str = "RGB") -> bytes:
    buffer = io.BytesIO()
    PIL.Image.new(mode, (width, height)).save(buffer, kind)
    return buffer.getvalue()


PNG = picture()
URL = "https://a.example/x.png"


def planned(images: Any, *, operation: OperationCapabilities = GENERATE, trust: Any = "local", **given: Any) -> Plan:
    return plan(GenerateRequest("a cat", reference_images=images, **given), Acme(operation), "brush", trust=trust)


def refused(images: Any, **more: Any) -> str:
    with pytest.raises(UnsupportedError) as caught:
        planned(images, **more)
    assert caught.value.param in {"reference_images", "reference_images[0]", "reference_images[1]", "options.fresh"}
    return str(caught.value)


def test_a_provider_finds_the_images_on_its_call_and_not_in_the_body() -> None:
    (call,) = planned([PNG]).calls
    assert call.request.reference_images == (ImageInput.of(PNG),)
    assert call.wire() == {"model": "brush", "prompt": "a cat"}


@pytest.mark.parametrize(
    ("images", "problem"),
    [
        ([PNG] * 3, "must be 1 to 2 images, not 3; [2] is the first too many"),
        ([picture(kind="GIF")], "reference_images[0] must be an image of type png or jpeg, not gif"),
        ([b"hello, I am text"], "reference_images[0] must be an image of type png or jpeg, not bytes of no known kind"),
        ([PNG, picture(9, 8)], "reference_images[1] must be a square image, not 9x8"),
        ([picture(80, 80) + bytes(10_000)], "reference_images[0] must be an image of at most 10 kB, not one of"),
        ([URL, URL], "must be 1 image, not 2"),
        ([PNG, URL], "reference_images[0] given as bytes cannot be sent as json, which carries url or id."),
        ([URL, PNG], "reference_images[1] given as bytes cannot be sent as json, which carries url or id."),
    ],
)
def test_what_does_not_fit_is_refused_before_it_is_sent(images: Any, problem: str) -> None:
    assert problem in refused(images)


def test_what_has_no_alpha_is_refused_where_alpha_is_needed() -> None:
    masks = GENERATE.but(parameters={"reference_images": Alpha()})
    assert planned(picture(mode="RGBA"), operation=masks).warnings == ()
    assert "must be an image with transparency, not one without" in refused(PNG, operation=masks)


def test_what_cannot_be_told_of_a_url_is_a_warning() -> None:
    assert {warning.code for warning in planned(URL).warnings} == {"cannot_tell"}


def test_an_image_is_refused_where_none_is_taken() -> None:
    assert "reference_images is not a parameter" in refused(PNG, operation=GENERATE.but(without="reference_images"))


def test_a_rule_sees_how_an_image_was_given() -> None:
    assert "options.fresh needs an image by id" in refused(PNG, options=Options("yes"))
    assert planned(ProviderImage("62MY", provider="acme.ai"), options=Options("yes")).calls


def test_an_id_is_good_at_its_own_provider_however_its_name_is_written() -> None:
    (call,) = planned(ProviderImage("62MY", provider="Acme_AI")).calls
    assert call.request.reference_images[0].id == "62MY"


def test_an_id_of_another_provider_is_refused_with_a_way_out() -> None:
    with pytest.raises(UnsupportedError) as caught:
        planned([URL, ProviderImage("62MY", provider="other")])
    assert str(caught.value) == (
        "reference_images[1] is '62MY' at other, an id that means nothing to acme.ai: give its bytes or its URL."
    )
    assert (caught.value.provider, caught.value.param) == ("acme.ai", "reference_images")


def test_a_text_that_names_a_file_is_good_only_where_texts_are_trusted(tmp_path: Path) -> None:
    (tmp_path / "cat.png").write_bytes(PNG)
    name = str(tmp_path / "cat.png")
    assert planned(name).calls
    with pytest.raises(BadInputError) as caught:
        planned([PNG, name], trust="server")
    assert (type(caught.value), caught.value.param) == (BadInputError, "reference_images")


@pytest.mark.parametrize("text", ["cat.png", "page.png", "none.png", ".", "link.png", "pipe", "//a.example/b/x.png"])
@pytest.mark.parametrize("wrap", [str, limner.Mask])
def test_where_texts_are_not_trusted_nobody_learns_which_files_there_are(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str, wrap: Callable[[str], Any]
) -> None:
    """The same words whatever is there, and not a look at it."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "cat.png").write_bytes(PNG)
    (tmp_path / "page.png").write_bytes(b"<html>")
    (tmp_path / "link.png").symlink_to("nowhere.png")
    os.mkfifo(tmp_path / "pipe")
    for name in ("stat", "lstat", "open"):
        monkeypatch.setattr(os, name, lambda *_, **__: pytest.fail("looked at the file system"))
    request = EditRequest("a cat", images=PNG, mask=wrap(text))
    with pytest.raises(BadInputError) as caught:
        plan(request, Acme(), "brush", trust="server")
    assert str(caught.value) == (
        f"mask is the text {text!r}, which is no URL, and this client (trust='server') takes no text for the name of a"
        " file: give a pathlib.Path, bytes or a URL."
    )


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("cta.png", "is neither an http(s) URL, nor a data URL, nor a file that exists."),
        ("", "is neither an http(s) URL, nor a data URL, nor a file that exists."),
        ("//a.example/b/x.png", "is a text that names a file of another machine: give it as a pathlib.Path."),
    ],
)
def test_a_text_that_names_no_file_says_so(text: str, problem: str) -> None:
    with pytest.raises(BadInputError) as caught:
        planned([PNG, text])
    assert str(caught.value) == f"reference_images[1] ({text or ' '!r}) {problem}"


def test_a_plan_holds_what_a_text_names(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "cat.png").write_bytes(PNG)
    named = planned([PNG, "cat.png"])
    assert named.request.reference_images == (ImageInput.of(PNG), ImageInput.of(tmp_path / "cat.png"))
    assert named.calls[0].request is named.request


def test_a_plan_holds_the_mask_that_a_text_names(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "mask.png").write_bytes(picture(mode="1"))
    masks = GENERATE.but(parameters={"images": AllOf(Count(1, 2)), "mask": Alpha()}, rules=(MaskFits(),))
    provider = Acme(masks.but(encodings=(Encoding("multipart"),)), name="edit")
    request = EditRequest("a cat", images=PNG, mask=limner.Mask("mask.png", edit="black"))
    (call,) = plan(request, provider, "brush").calls
    assert call.request.mask.image == ImageInput.of(tmp_path / "mask.png")
    assert call.values()["mask"] == call.request.mask.as_transparent()
    assert call.values()["mask"].alpha


def test_an_animation_is_a_warning_that_names_it(tmp_path: Path) -> None:
    buffer = io.BytesIO()
    frames = [PIL.Image.new("RGB", (8, 8), shade) for shade in ("red", "blue")]
    frames[0].save(buffer, "PNG", save_all=True, append_images=frames[1:])
    path = tmp_path / "walk.png"
    path.write_bytes(buffer.getvalue())
    (warning,) = planned([PNG, path]).warnings
    assert (warning.code, warning.parameter) == ("animated", "reference_images[1]")
    assert warning.message.startswith("reference_images[1] ('walk.png') is an animation of 2 frames, of which")


def test_a_url_is_never_fetched_and_the_message_says_what_to_do() -> None:
    bytes_only = GENERATE.but(encodings=(Encoding("multipart", inputs=("bytes",)),))
    told = refused(["http://10.0.0.1/x.png?sig=secret"], operation=bytes_only)
    assert "reference_images[0] (http://10.0.0.1/x.png…) given as url cannot be sent as multipart" in told
    assert "limner fetches no images that go in: download it, and give its bytes." in told
    assert "secret" not in told


def test_an_error_calls_an_image_by_its_name(tmp_path: Path) -> None:
    (tmp_path / "wide.png").write_bytes(picture(9, 8))
    told = refused([PNG, tmp_path / "wide.png"])
    assert "reference_images[1] ('wide.png') must be a square image, not 9x8" in told


def test_what_is_not_a_text_is_good_where_texts_are_not_trusted(tmp_path: Path) -> None:
    path = tmp_path / "cat.png"
    path.write_bytes(PNG)
    for image in (path, PNG, io.BytesIO(PNG)):
        assert planned(image, trust="server").calls
    assert planned(URL, trust="server").calls


def test_a_client_refuses_by_its_own_trust(tmp_path: Path) -> None:
    path = tmp_path / "cat.png"
    path.write_bytes(PNG)
    request = GenerateRequest("a cat", provider="acme.ai", model="brush", reference_images=str(path))
    with limner.Client(providers=[Acme()], environ={}) as client:
        assert client.plan(request).calls
    with limner.Client(providers=[Acme()], trust="server") as client, pytest.raises(BadInputError, match="the text"):
        client.run(request)


def test_extra_does_not_replace_an_image_and_may_stand_in_for_one() -> None:
    with pytest.raises(BadInputError, match="extra holds input, which the request sends already"):
        planned(PNG, extra={"input": {}})
    assert planned(None, extra={"input": {}}).calls


def test_a_preview_shows_an_image_by_size_and_hash() -> None:
    (shown,) = planned(PNG).preview()
    blob = Blob(PNG)
    assert shown["body"]["input"]["image"] == [f"<data-url of Blob {blob.size} B sha256:{blob.sha256[:12]}>"]
    assert planned(URL).preview()[0]["body"]["input"]["image"] == [URL]


@pytest.mark.parametrize(
    ("meddle", "problem"),
    [
        (lambda path: path.unlink(), "cannot be read any more: No such file or directory."),
        (lambda path: path.write_bytes(b"other"), "has changed since it was given: give it again."),
    ],
)
def test_a_file_that_is_not_what_it_was_is_refused_before_anything_is_sent(
    tmp_path: Path, meddle: Callable[[Path], object], problem: str
) -> None:
    path = tmp_path / "cat.png"
    path.write_bytes(PNG)
    image = ImageInput.of(path)
    meddle(path)
    with pytest.raises(BadInputError) as caught:
        planned([URL, image])
    assert str(caught.value) == f"reference_images[1] ('cat.png') {problem}"
