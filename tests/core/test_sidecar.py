"""Records: what is known of a picture and how it came to be, and nothing that must not be known."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest
from attrs import evolve, fields
from hypothesis import given
from hypothesis import strategies as st

from limner.errors import BadInputError
from limner.inputs import ProviderImage
from limner.masks import Mask
from limner.media import Blob, Image
from limner.requests import EditRequest, GenerateRequest, VaryRequest
from limner.results import CallRecord, ImageResult, ResultWarning, Usage
from limner.sidecar import LIMIT, Record, beside, records

if TYPE_CHECKING:
    from pathlib import Path

GIF = b"GIF89a\x03\0\x02\0\0\0\0;"
OTHER = b"GIF89a\x04\0\x02\0\0\0\0;"
RESULT = ImageResult(images=(Image.of(GIF, seed=7, revised_prompt="a grey cat"),), provider="acme", model="brush")
REQUEST = GenerateRequest("a cat", model="acme/brush", size="3x2", n=1)


def only(result: ImageResult = RESULT, request: Any = REQUEST) -> Record:
    (record,) = records(result, request)
    return record


def test_a_record_tells_what_was_asked_and_what_came() -> None:
    record = only()
    assert (record.prompt, record.revised_prompt, record.seed) == ("a cat", "a grey cat", 7)
    assert (record.operation, record.provider, record.model) == ("generate", "acme", "brush")
    assert (record.media_type, record.width, record.height, record.size) == ("image/gif", 3, 2, len(GIF))
    assert record.parameters == {"size": "3x2", "n": 1}


def test_what_is_not_known_is_none() -> None:
    record = only()
    assert (record.usage, record.created, record.request_id, record.warnings) == (None, None, None, ())


def test_a_picture_is_known_again_by_its_bytes() -> None:
    assert only().fits(Blob(GIF))
    assert not only().fits(Blob(OTHER))


def test_the_times_are_iso_8601() -> None:
    moment = datetime(2026, 11, 21, 3, 4, 5, tzinfo=UTC)
    record = only(evolve(RESULT, created=moment))
    assert record.created == "2026-11-21T03:04:05+00:00"
    assert datetime.fromisoformat(record.recorded or "").utcoffset() is not None


def test_each_picture_bears_the_request_id_of_its_own_call() -> None:
    calls = (
        CallRecord(index=0, n=2, images=2, request_id="req_1"),
        CallRecord(index=1, n=1, images=1, request_id="req_2"),
    )
    images = tuple(Image.of(GIF, index=index) for index in range(3))
    told = records(ImageResult(images=images, calls=calls), REQUEST)
    assert [record.request_id for record in told] == ["req_1", "req_1", "req_2"]
    assert [(record.index, record.images) for record in told] == [(0, 3), (1, 3), (2, 3)]


def test_a_picture_whose_bytes_are_not_here_has_no_record() -> None:
    images = (Image(url="https://acme.example/1", index=0), Image.of(GIF, index=1))
    assert [record.index for record in records(ImageResult(images=images), REQUEST)] == [1]


def test_usage_is_told_without_what_is_unknown_and_the_providers_own_words() -> None:
    usage = Usage(total_tokens=5, svg=Usage(total_tokens=2, raw={"x": 1}), raw={"total": 5})
    assert only(evolve(RESULT, usage=usage)).usage == {"total_tokens": 5, "svg": {"total_tokens": 2}}


def test_warnings_are_told_in_words() -> None:
    warning = ResultWarning(code="advice", message="be careful", parameter="size", requested=object(), sent=object())
    assert only(evolve(RESULT, warnings=(warning,))).warnings == (
        {"code": "advice", "parameter": "size", "message": "be careful"},
    )


def test_inputs_are_told_by_name_size_and_hash(tmp_path: Path) -> None:
    (tmp_path / "dog.gif").write_bytes(GIF)
    mask = Mask(OTHER, restore=True)
    request = EditRequest("a cat", images=[tmp_path / "dog.gif", OTHER], mask=mask, model="acme/brush")
    first, second, third = only(request=request).inputs
    sha256 = Blob(GIF).sha256
    assert (first["parameter"], first["position"], first["name"], first["sha256"]) == ("images", 0, "dog.gif", sha256)
    assert (second["position"], second["size"], "name" in second) == (1, len(OTHER), False)
    assert (third["parameter"], third["edit"], third["restore"]) == ("mask", "transparent", True)
    assert only(request=request).parameters == {}


def test_a_url_is_told_without_its_query_and_an_id_as_it_is() -> None:
    images = ["https://acme.example/a.png?signature=secret", ProviderImage("img-1", provider="acme")]
    url, kept = only(request=EditRequest("a cat", images=images)).inputs
    assert url["url"].startswith("https://acme.example/a.png")
    assert "secret" not in str(url)
    assert (kept["id"], kept["provider"]) == ("img-1", "acme")


def test_a_variation_has_no_prompt() -> None:
    record = only(request=VaryRequest(GIF))
    assert (record.operation, record.prompt, record.inputs[0]["parameter"]) == ("vary", None, "image")


def test_options_of_the_providers_own_are_parameters() -> None:
    record = only(request=REQUEST.but(options=Usage(total_tokens=1)))
    assert record.parameters["options.total_tokens"] == 1


def test_what_extra_holds_is_told_without_texts_that_may_be_images() -> None:
    extra = {"strength": 0.5, "layers": [{"data": "A" * 5_000}], "style": "oil"}
    told = only(request=REQUEST.but(extra=extra)).parameters["extra"]
    assert told == {"strength": 0.5, "layers": [{"data": "(5,000 characters)"}], "style": "oil"}


# Files


def test_a_record_lies_beside_its_picture_whatever_that_is_called(tmp_path: Path) -> None:
    assert [beside(name).name for name in ("cat.png", "cat", tmp_path / "a.b.json")] == [
        "cat.png.json", "cat.json", "a.b.json.json",
    ]  # fmt: skip


def test_a_record_is_read_back_from_its_file(tmp_path: Path) -> None:
    record = only()
    path = record.save(tmp_path / "cat.gif")
    assert path == tmp_path / "cat.gif.json"
    assert Record.read(path) == record


def test_one_that_is_there_is_replaced_only_where_that_is_said(tmp_path: Path) -> None:
    only().save(tmp_path / "cat.gif")
    with pytest.raises(FileExistsError):
        only().save(tmp_path / "cat.gif")
    later = evolve(only(), prompt="a dog")
    later.save(tmp_path / "cat.gif", overwrite=True)
    assert Record.read(tmp_path / "cat.gif.json").prompt == "a dog"
    assert len(list(tmp_path.iterdir())) == 1


def test_a_file_is_readable_text() -> None:
    text = evolve(only(), prompt="ねこ").to_json().decode()
    assert '\n  "prompt": "ねこ",\n' in text
    assert text.endswith("}\n")


def test_half_a_character_survives() -> None:
    record = evolve(only(), revised_prompt="a \ud83d cat")
    assert Record.from_json(record.to_json()) == record


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda children: st.lists(children, max_size=3) | st.dictionaries(st.text(), children, max_size=3),
    max_leaves=10,
)
objects = st.dictionaries(st.text(), json_values, max_size=3)
texts = st.none() | st.text()
numbers = st.none() | st.integers()
several = st.lists(objects, max_size=3).map(tuple)
SPECIAL = {
    "limner": st.text(), "sha256": st.text(), "parameters": objects, "inputs": several, "warnings": several,
    "usage": st.none() | objects,
    **dict.fromkeys(("size", "width", "height", "seed", "index", "images"), numbers),
}  # fmt: skip
any_record = st.builds(Record, **{item.name: SPECIAL.get(item.name, texts) for item in fields(Record)})


@given(any_record)
def test_every_record_survives_its_file(record: Record) -> None:
    assert Record.from_json(record.to_json()) == record


@given(any_record, st.dictionaries(st.text(), json_values, max_size=3))
def test_what_a_later_version_adds_is_left_out(record: Record, more: dict[str, Any]) -> None:
    assert Record.from_dict({**more, **record.to_dict()}) == record


@given(any_record, st.sampled_from([item.name for item in fields(Record)]))
def test_a_field_of_another_type_is_named(record: Record, name: str) -> None:
    with pytest.raises(BadInputError, match=f"This is no record of a picture: its {name} is set"):
        Record.from_dict({**record.to_dict(), name: set()})


@pytest.mark.parametrize(
    "data", [b"", b"null", b"[]", b"{}", b'{"limner": "1"}', b"[" * 100_000, b"\xff", b"1" * 5_000]
)
def test_what_is_none_is_refused(data: bytes) -> None:
    with pytest.raises(BadInputError, match=r"This is no record of a picture\."):
        Record.from_json(data)


def test_a_file_that_is_too_large_is_not_read(tmp_path: Path) -> None:
    path = tmp_path / "x.json"
    path.write_bytes(only().to_json() + b" " * LIMIT)
    with pytest.raises(BadInputError, match="no record"):
        Record.read(path)


def test_what_is_no_json_in_extra_options_is_told_as_text() -> None:
    record = evolve(only(), parameters={"options.place": datetime(2026, 1, 2, tzinfo=UTC)})
    assert json.loads(record.to_json())["parameters"]["options.place"].startswith("2026-01-02")
