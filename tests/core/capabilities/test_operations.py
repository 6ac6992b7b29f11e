"""The check of a whole request against one operation, and how an operation is told by what differs."""

from __future__ import annotations

import pickle
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from limner.capabilities import (
    Advises,
    AllOf,
    Boolean,
    Count,
    Encoding,
    Excludes,
    Forbids,
    Length,
    Lifecycle,
    MediaTypes,
    Needs,
    OneOf,
    OperationCapabilities,
    Parameter,
    Range,
    SamplePicture,
    ServerDefault,
    Sizes,
    Source,
    Wire,
)

PAGE, OTHER_PAGE = Source("a page", "2026-11-20"), Source("another page", "2026-11-21")
PAINT = OperationCapabilities(
    parameters={
        "prompt": Parameter(Length(100), required=True),
        "n": Parameter(Range(1, 4), default=1),
        "size": Parameter(Sizes(exact=("512x512", "1024x1024")), default="512x512", source=OTHER_PAGE),
        "quality": Parameter(OneOf(("low", "high")), open=True),
        "output_format": Parameter(OneOf(("png", "jpeg")), default="png"),
        "background": OneOf(("transparent", "opaque")),
        "seed": Parameter(Range(0), lifecycle=Lifecycle("announced", "2027-01-01")),
        "user": Parameter(Length(9), lifecycle=Lifecycle("deprecated"), note="Who asks."),
        "delivery": Parameter(OneOf(("bytes", "url")), wire=Wire("as", {"bytes": "b64"})),
    },
    rules=(Needs("background", "transparent", "output_format", "png"),),
    images_per_call=4,
    source=PAGE,
)
EDIT = PAINT.but(
    parameters={
        "images": Parameter(AllOf(Count(1, 2), MediaTypes("png")), required=True),
        "mask": MediaTypes("png"),
        "markup": MediaTypes("png"),
    },
    rules=(Excludes("mask", "markup"),),
    encodings=(
        Encoding("multipart", "bytes", ("seed", "user")),
        Encoding("json", ("url", "id"), limits={"mask": MediaTypes("png")}),
    ),
)
AWAY = SamplePicture(None, None, None, None, None, kind="url")


def told(operation: OperationCapabilities, **values: Any) -> list[tuple[str, str, str]]:
    return [(item.verdict, item.code, item.parameter) for item in operation.check({"prompt": "x"} | values)]


class TestCheck:
    def test_nothing_to_say_is_a_yes(self) -> None:
        assert told(PAINT, size="512x512", quality="low", n=4, delivery="url") == []

    def test_none_is_not_set(self) -> None:
        assert told(PAINT, size=None, style=None) == []
        assert told(PAINT, prompt=None) == [("no", "missing", "prompt")]

    def test_every_reason_is_told_in_the_declared_order_whatever_the_order_asked(self) -> None:
        asked = {"background": "transparent", "output_format": "jpeg", "size": "big", "n": 0, "style": "vivid"}
        codes = [
            ("no", "out_of_range", "n"),
            ("no", "unsupported_value", "size"),
            ("no", "unknown_parameter", "style"),
            ("no", "needs", "background"),
        ]
        assert told(PAINT, **asked) == codes
        assert told(PAINT, **dict(reversed(asked.items()))) == codes

    def test_a_misspelt_name_is_asked_back(self) -> None:
        (reason,) = PAINT.check({"prompt": "x", "qualty": "low"})
        assert reason.hint == "Did you mean 'quality'?"
        assert reason.message.startswith("qualty is not a parameter that is taken here; these are: prompt, n, size,")

    def test_names_may_be_open(self) -> None:
        assert told(PAINT.but(open_parameters=True), style="vivid") == [("warn", "unknown_parameter", "style")]

    def test_an_open_parameter_takes_other_values_with_a_warning(self) -> None:
        assert told(PAINT, quality="ultra") == [("warn", "unsupported_value", "quality")]

    @pytest.mark.parametrize("n", [1, 4, 5, 1000])
    def test_more_images_than_one_call_makes_are_no_reason(self, n: int) -> None:
        assert told(PAINT, n=n) == []

    @pytest.mark.parametrize("n", [0, -1, True, 1.0, "1"])
    def test_no_image_or_no_number_is(self, n: object) -> None:
        assert [name for _, _, name in told(PAINT, n=n)] == ["n"]
        assert [verdict for verdict, _, _ in told(PAINT.opened(), n=n)] == ["no"]

    def test_a_parameter_that_is_announced_may_be_allowed(self) -> None:
        assert told(PAINT, seed=1) == [("no", "announced", "seed")]
        (reason,) = PAINT.check({"prompt": "x", "seed": 1}, allow=("announced",))
        assert reason.verdict == "warn"

    def test_a_deprecated_parameter_warns_only_where_it_is_set(self) -> None:
        assert told(PAINT, user="u") == [("warn", "deprecated", "user")]

    def test_a_reason_says_where_it_stands(self) -> None:
        asked = {"size": "big", "n": 0, "background": "transparent", "output_format": "jpeg", "style": 1}
        sources = {reason.parameter: reason.source for reason in PAINT.check(asked)}
        assert sources == dict.fromkeys(("prompt", "n", "background", "style"), PAGE) | {"size": OTHER_PAGE}

    def test_a_rules_own_source_comes_first(self) -> None:
        operation = PAINT.but(rules=(Advises("quality", "think", source=OTHER_PAGE),))
        assert [reason.source for reason in operation.check({"prompt": "x"})] == [OTHER_PAGE]

    def test_a_verdict_is_the_worst_there_is(self) -> None:
        assert PAINT.verdict({"prompt": "x"}) == "yes"
        assert PAINT.verdict({"prompt": "x", "user": "u"}) == "warn"
        assert PAINT.verdict({"quality": "ultra"}) == "no"
        assert PAINT.verdict({"prompt": "x", "user": "u", "seed": 1}) == "no"

    @given(
        st.dictionaries(st.sampled_from([*EDIT.parameters, "style", "stream"]), st.none() | st.text() | st.integers())
    )
    def test_nothing_makes_it_raise_and_the_verdict_is_its_worst(self, values: dict[str, Any]) -> None:
        for operation in (PAINT, EDIT, EDIT.opened(), PAINT.but(open_parameters=True)):
            verdicts = {reason.verdict for reason in operation.check(values)}
            worst = "no" if "no" in verdicts else "warn" if verdicts else "yes"
            assert operation.verdict(values) == worst


class TestUndeclared:
    """``n``, ``delivery`` and ``stream`` are understood without being declared."""

    BARE = OperationCapabilities({"prompt": Length(100)})

    def test_they_are_checked(self) -> None:
        assert told(self.BARE, n=3, delivery="bytes", stream=False) == []
        faulty = [("no", "delivery"), ("no", "stream"), ("no", "n")]
        assert [(v, name) for v, _, name in told(self.BARE, n=0, delivery="url", stream=True)] == faulty

    def test_of_a_stream_it_speaks_as_of_no_parameter(self) -> None:
        (reason,) = self.BARE.check({"stream": True})
        assert (reason.parameter, str(reason)) == ("stream", "this model does not stream.")

    def test_what_the_operation_delivers_and_streams_is_taken(self) -> None:
        assert told(self.BARE.but(delivers="url", streams=True), delivery="url", stream=True) == []
        assert told(self.BARE.but(delivers="url"), delivery="bytes") == []

    def test_they_are_not_sent(self) -> None:
        assert self.BARE.wire({"prompt": "x", "n": 3, "delivery": "bytes", "stream": True}) == {"prompt": "x"}


class TestWireBody:
    def test_what_is_set_goes_under_its_wire_name(self) -> None:
        asked = {"prompt": "x", "n": 2, "size": None, "delivery": "bytes"}
        assert PAINT.wire(asked) == {"prompt": "x", "n": 2, "as": "b64"}

    def test_defaults_are_never_sent(self) -> None:
        assert PAINT.wire({"prompt": "x"}) == {"prompt": "x"}

    def test_images_and_strangers_are_not_in_it(self, png: SamplePicture) -> None:
        assert EDIT.wire({"prompt": "x", "images": (png,), "mask": png, "style": "vivid"}) == {"prompt": "x"}


class TestEncodings:
    def chosen(self, **values: Any) -> Any:
        chosen = EDIT.encoding_for({"prompt": "x"} | values)
        return chosen.name if isinstance(chosen, Encoding) else chosen

    def test_the_first_that_fits_is_taken(self, png: SamplePicture) -> None:
        assert self.chosen(images=(png,)) == "multipart"
        assert self.chosen(images=(AWAY,)) == "json"
        assert self.chosen(images=(AWAY,), user="u") == "json"

    def test_where_none_fits_the_closest_says_why_not(self, png: SamplePicture) -> None:
        (reason,) = self.chosen(images=(png,), seed=1)
        assert reason.message == "seed cannot be sent as multipart."
        (reason,) = self.chosen(images=(png, AWAY), seed=1, user="u")
        assert reason.message == "images[0] given as bytes cannot be sent as json, which carries url or id."

    def test_that_none_fits_is_a_reason_of_the_check(self, png: SamplePicture) -> None:
        assert ("no", "encoding", "images[1]") in told(EDIT, images=(png, AWAY))

    def test_warnings_of_the_chosen_one_are_told(self) -> None:
        codes = [(code, name) for _, code, name in told(EDIT, images=(AWAY,), mask=AWAY)]
        assert codes.count(("cannot_tell", "mask")) == 2

    def test_the_operation_may_take_fewer_kinds_than_its_encodings(self) -> None:
        narrow = EDIT.but(inputs=("bytes", "id"))
        assert ("no", "encoding", "images[0]") in told(narrow, images=(AWAY,))
        assert ("no", "encoding", "images[0]") not in told(narrow, images=(SamplePicture(kind="id"),))

    def test_kinds_are_those_of_the_encodings_unless_declared(self) -> None:
        assert EDIT.kinds() == ("bytes", "url", "id")
        assert EDIT.but(inputs="id").kinds() == ("id",)
        assert PAINT.kinds() == ()


class TestBut:
    def test_a_bare_constraint_keeps_the_rest(self) -> None:
        size = PAINT.but(parameters={"size": Sizes(exact="64x64")}).parameters["size"]
        assert size == Parameter(Sizes(exact="64x64"), default="512x512", source=OTHER_PAGE)

    def test_a_parameter_replaces_all_of_it(self) -> None:
        size = PAINT.but(parameters={"size": Parameter(Sizes(auto=True))}).parameters["size"]
        assert size.default is None

    def test_what_is_left_out_leaves_the_rules_too(self) -> None:
        less = PAINT.but(
            rules=(Forbids("output_format", "jpeg", ("seed", "user")),),
        ).but(without=("background", "user"))
        assert "background" not in less.parameters
        assert less.rules == (Forbids("output_format", "jpeg", "seed"),)

    def test_defaults_change_and_the_rest_stays(self) -> None:
        before, after = PAINT.parameters["quality"], PAINT.but(defaults={"quality": "low"}).parameters["quality"]
        assert after == before.but(default="low")
        assert PAINT.but(defaults={"quality": "low"}).parameters["size"] == PAINT.parameters["size"]

    def test_what_is_added_may_have_a_default_at_once(self) -> None:
        style = PAINT.but(parameters={"style": OneOf("vivid")}, defaults={"style": "vivid"}).parameters["style"]
        assert style == Parameter(OneOf("vivid"), default="vivid")

    def test_a_default_of_what_is_not_there_is_a_mistake(self) -> None:
        with pytest.raises(ValueError, match="defaults names style, which this operation does not take"):
            PAINT.but(defaults={"style": "vivid"})

    def test_other_fields_may_change(self) -> None:
        assert PAINT.but(images_per_call=1).per_call({}) == 1

    def test_leaving_out_what_is_not_there_is_a_mistake(self) -> None:
        with pytest.raises(ValueError, match="without names style"):
            PAINT.but(without="style")


class TestOpened:
    def test_values_and_rules_warn_and_names_stay_closed(self) -> None:
        asked = {"size": "9x9", "background": "transparent", "output_format": "jpeg", "style": "vivid"}
        assert told(PAINT.opened(), **asked) == [
            ("warn", "unsupported_value", "size"),
            ("no", "unknown_parameter", "style"),
            ("warn", "needs", "background"),
        ]

    def test_it_is_no_default(self) -> None:
        assert not PAINT.but(default=ServerDefault()).opened().default


class TestMistakes:
    def test_a_rule_about_what_is_not_taken(self) -> None:
        with pytest.raises(ValueError, match="a rule speaks of markup and mask"):
            PAINT.but(rules=(Excludes("mask", "markup"),))

    @pytest.mark.parametrize("changes", [{"images_per_call": 0}, {"encodings": ()}])
    def test_nothing_per_call_and_no_way_to_write_it(self, changes: dict[str, Any]) -> None:
        with pytest.raises(ValueError, match="at least"):
            PAINT.but(**changes)


class TestShown:
    def test_rows_are_lines_of_a_table(self) -> None:
        rows = {row.parameter: row for row in PAINT.rows()}
        assert list(rows) == list(PAINT.parameters)
        assert (rows["size"].allowed, rows["size"].default) == ("one of 512x512 or 1024x1024", "512x512")
        assert rows["prompt"].required
        assert rows["quality"].allowed == "one of low or high (or others)"
        assert (rows["user"].status, rows["user"].note) == ("deprecated", "Who asks.")

    def test_a_default_that_is_a_flag_is_said_as_what_it_takes(self) -> None:
        (row,) = OperationCapabilities({"stream": Parameter(Boolean(), default=False)}).rows()
        assert (row.allowed, row.default) == ("true or false", "false")

    def test_json_schema_is_of_draft_2020_12(self) -> None:
        schema = PAINT.json_schema()
        assert schema["$schema"] == "https://json-schema.org/draft/2020-12/schema"
        assert schema["required"] == ["prompt"]
        assert schema["additionalProperties"] is False
        assert schema["$comment"] == "background transparent needs output_format png."
        assert "$comment" not in PAINT.but(without="background").json_schema()

    def test_its_properties_say_what_the_parameters_take(self) -> None:
        properties = PAINT.json_schema()["properties"]
        assert properties["n"] == {"type": "integer", "minimum": 1, "default": 1}
        assert properties["quality"] == {"description": "one of low or high, or others"}
        assert properties["user"] == {
            "type": "string",
            "maxLength": 9,
            "description": "Who asks.",
            "deprecated": True,
        }


def test_an_operation_survives_pickling_with_all_it_worked_out(png: SamplePicture) -> None:
    again = pickle.loads(pickle.dumps(EDIT))  # noqa: S301 - our own bytes
    asked = {"prompt": "x", "images": (png,), "size": "9x9", "seed": 1}
    assert again == EDIT
    assert again.check(asked) == EDIT.check(asked)
