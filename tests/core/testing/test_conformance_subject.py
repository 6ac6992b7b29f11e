"""What the suite knows of a provider: requests made of its declaration, and the calls that recordings answer."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any

import limner_tests_others as others
import limner_tests_wrong as wrong_ones
import limner_tests_wrong_asking as asking
import pytest
from limner_tests_reference import GENERATE, PROVIDER, Reference

from limner.capabilities import Count, Needs, NeedsInput, OneOf, Parameter, SamplePicture
from limner.media import sniff
from limner.testing.asking import ADDRESS, painted, request_for
from limner.testing.cassettes import written
from limner.testing.checks import checks
from limner.testing.stage import PICTURE, Reply, Stage, StagedWire, UnrecordedError
from limner.testing.subject import Subject
from limner.transport.deadline import Deadline

if TYPE_CHECKING:
    from collections.abc import Callable

CASSETTES = Path(__file__).parent / "cassettes"
INSTALLED = {102, 104}
"""The checks that look at how a provider is installed: these are not."""


@pytest.fixture
def subject() -> Subject:
    return Subject(PROVIDER, CASSETTES)


@pytest.fixture
def altered(tmp_path: Path) -> Callable[..., Subject]:
    """``altered("painting", change)``: the subject, with one recording changed."""

    def altered(name: str, change: Callable[[Any], None]) -> Subject:
        folder = Path(shutil.copytree(CASSETTES, tmp_path / "cassettes"))
        page = json.loads((folder / f"{name}.json").read_bytes())
        change(page)
        (folder / f"{name}.json").write_text(written(page), encoding="utf-8")
        return Subject(PROVIDER, folder)

    return altered


def tape(subject: Subject, name: str) -> Any:
    return next(one for one in subject.tapes if one.name == name)


def faults(subject: Subject) -> dict[int, tuple[str, ...]]:
    found = {number: check.faults(subject) for number, check in checks().items() if number not in INSTALLED}
    return {number: faults for number, faults in found.items() if faults}


def test_who_asks_no_server_needs_no_recording() -> None:
    assert faults(Subject(others.LOCAL)) == {}


def test_pictures_that_come_by_url_are_fetched(tmp_path: Path) -> None:
    reply = {"data": [{"url": "https://images.example/1.png"}], "created": 1_764_000_000}
    request = {"method": "POST", "url": "https://api.reference.example/v1/paintings", "headers": {}, "json": {}}
    page = {
        "origin": "documentation", "source": "a test",
        "interactions": [{"request": request, "response": {"status": 200, "headers": {}, "json": reply}}],
    }  # fmt: skip
    (tmp_path / "painting.json").write_text(written(page), encoding="utf-8")
    courier = Subject(others.COURIER, tmp_path)
    assert faults(courier) == {}
    ((_, scene),) = courier.scenes
    assert scene.outcome.images[0].read() == PICTURE


def test_a_recorded_request_is_read_back(subject: Subject) -> None:
    asked = tape(subject, "stream").asked
    assert {name: asked.values[name] for name in ("prompt", "partial_images", "stream")} == {
        "prompt": "a white Siamese cat", "partial_images": 2, "stream": True,
    }  # fmt: skip
    assert tape(subject, "edit").asked.values["prompt"] == "a black cat"


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ({"json": {"model": "chalk", "prompt": "x", "n": 2}}, ("chalk", "x", 2)),
        ({"json": {"model": "chalk", "prompt": "x", "n": 99}}, ("chalk", "x", None)),  # no value of it
        ({"json": {"model": "brush", "n": "two", "size": {"w": 1}}}, ("brush", "a white Siamese cat", None)),
        ({"json": ["brush"]}, ("brush", "a white Siamese cat", None)),
        ({"text": "brush, please"}, ("brush", "a white Siamese cat", None)),
    ],
)
def test_what_cannot_be_read_back_is_asked_for_plainly(
    altered: Callable[..., Subject], body: dict[str, Any], expected: tuple[Any, ...]
) -> None:
    def change(page: Any) -> None:
        request = page["interactions"][0]["request"]
        del request["json"]
        request.update(body)

    asked = tape(altered("painting", change), "painting").asked
    assert (asked.found.id, asked.values["prompt"], asked.values.get("n")) == expected


def test_a_recording_without_interactions_answers_nothing(altered: Callable[..., Subject]) -> None:
    assert "painting" not in {one.name for one in altered("painting", lambda page: page["interactions"].clear()).tapes}


def test_a_recording_that_is_none_is_passed_over(altered: Callable[..., Subject]) -> None:
    assert "painting" not in {one.name for one in altered("painting", lambda page: page.pop("origin")).tapes}


def test_without_a_folder_there_are_no_recordings() -> None:
    assert Subject(PROVIDER).tapes == ()


def test_a_folder_that_is_not_there_is_said(tmp_path: Path) -> None:
    faults = checks()[601].faults(Subject(PROVIDER, tmp_path / "casettes"))
    assert faults[0] == f"generate has no recording that comes to images; there is no folder {tmp_path / 'casettes'}"


def test_who_asks_no_server_needs_no_folder(tmp_path: Path) -> None:
    assert checks()[601].faults(Subject(others.LOCAL, tmp_path / "cassettes")) == ()


def test_a_recording_that_cannot_be_opened_is_said(tmp_path: Path) -> None:
    (tmp_path / "painting.json").mkdir()
    (fault,) = checks()[602].faults(Subject(PROVIDER, tmp_path))
    assert "painting.json" in fault


def test_what_recordings_come_to_instead_of_images_is_said(altered: Callable[..., Subject]) -> None:
    def change(page: Any) -> None:
        page["interactions"][0]["response"]["json"] = {"data": []}

    (fault,) = checks()[601].faults(altered("edit", change))
    assert fault.startswith("edit has no recording that comes to images; edit comes to SchemaError(")


def test_what_a_provider_cannot_map_makes_no_request() -> None:
    subject = Subject(asking.Picky())
    (asked,) = (one for one in subject.asked if one.values.get("output_format") == "webp" and one.found.id == "chalk"
                and one.found.name == "edit" and one.about == "output_format")  # fmt: skip
    assert subject.wire(asked) == ()


def test_what_a_rule_asks_for_is_set_too() -> None:
    takes = GENERATE.but(
        default=False,
        parameters={"reference_images": Parameter(Count(1, 2)), "quality": Parameter(OneOf(("low", "high")))},
        rules=(Needs("seed", None, "output_format", ("webp",)), NeedsInput("quality", "reference_images", ("url",))),
    )
    subject = Subject(wrong_ones.asking.with_generate(takes))
    said = {asked.about: asked.values for asked in subject.asked if asked.found.id == "crayon"}
    assert said["seed"]["output_format"] == "webp"
    assert [image.url for image in said["quality"]["reference_images"]] == [ADDRESS]


def test_what_no_request_has_cannot_be_required_of_one() -> None:
    takes = GENERATE.but(default=False, parameters={"promt": Parameter(OneOf("x"), required=True)})
    examined = Subject(wrong_ones.asking.with_generate(takes))
    assert checks()[204].faults(examined)
    assert checks()[214].faults(examined) == ("generate with crayon takes no request at all",)


def test_a_misspelt_parameter_is_not_asked_for() -> None:
    asked = Subject(wrong_ones.WRONG[204].provider).asked
    assert [one for one in asked if "promt" in one.values] == []


def test_a_request_says_what_it_is_about(subject: Subject) -> None:
    told = {str(one) for one in subject.asked}
    assert {"generate with brush", "generate with brush and seed=99"} <= told


@pytest.mark.parametrize("kind", ["png", "jpeg", "jpg", "webp", "gif", "svg+xml"])
def test_a_picture_is_painted_of_every_kind(kind: str) -> None:
    info = sniff(painted(SamplePicture(f"image/{kind}", width=8, height=4)))
    assert info is not None
    assert (info.width, info.height, info.media_type) == (8, 4, f"image/{kind.replace('jpg', 'jpeg')}")


def test_options_of_a_provider_are_made_of_their_names() -> None:
    request = request_for("generate", {"prompt": "x", "options.tone": "warm"}, timeout=5)
    assert (request.given()["options.tone"], request.timeout) == ("warm", 5)


def test_what_is_not_recorded_is_said(subject: Subject) -> None:
    outcome = (
        Stage(PROVIDER).play(tape(subject, "painting").asked.call, [Reply(path="/elsewhere", method="GET")]).outcome
    )
    assert isinstance(outcome, UnrecordedError)
    assert str(outcome) == "There is no recorded answer to POST https://api.reference.example/v1/paintings."


def test_a_key_is_on_what_is_sent(subject: Subject) -> None:
    (scene,) = (scene for one, scene in subject.scenes if one.name == "painting")
    assert dict(scene.sent[0].headers)["x-reference-key"].startswith("canary")


def test_no_name_is_looked_up_on_the_stage() -> None:
    watched: Any = None
    assert StagedWire([], frozenset(), watched).resolve("images.example", 443, Deadline(1)) == ("93.184.215.14",)


def test_ctrl_c_in_the_middle_of_a_scene_ends_it() -> None:
    class Stopping(Reference):
        def normalize(self, *_: Any) -> Any:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        faults(Subject(Stopping(), CASSETTES))
