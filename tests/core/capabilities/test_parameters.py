"""One parameter: its place in the body; and the ways to write a body."""

from __future__ import annotations

import pytest

from limner.capabilities import Boolean, Encoding, MaxBytes, OneOf, Parameter, SamplePicture, Wire

AWAY = SamplePicture(None, None, None, None, None, kind="url")


class TestWire:
    def test_values_are_spelled_as_the_wire_has_them(self) -> None:
        body: dict[str, object] = {}
        Wire("response_format", {"bytes": "b64_json"}).put(body, "delivery", "bytes")
        assert body == {"response_format": "b64_json"}

    def test_without_a_name_the_parameter_keeps_its_own(self) -> None:
        body: dict[str, object] = {}
        Wire(values={"hd": "high"}).put(body, "quality", "low")
        assert body == {"quality": "low"}

    def test_dots_lead_into_objects(self) -> None:
        body: dict[str, object] = {}
        Wire("output.format").put(body, "output_format", "png")
        Wire("output.compression").put(body, "output_compression", 5)
        assert body == {"output": {"format": "png", "compression": 5}}

    def test_an_object_goes_as_it_is(self) -> None:
        author = {"model": "m"}
        assert Wire("svg", {"a": "b"}).value(author) is author


class TestParameter:
    @pytest.mark.parametrize(("wire", "name"), [(None, None), ("q", "q"), (Wire("q"), "q")])
    def test_a_wire_may_be_a_name(self, wire: Wire | str | None, name: str | None) -> None:
        assert Parameter(Boolean(), wire=wire).wire == Wire(name)

    def test_another_is_told_by_what_differs(self) -> None:
        parameter = Parameter(OneOf("a"), wire="x", default="a")
        assert parameter.but(constraint=OneOf("b")) == Parameter(OneOf("b"), wire="x", default="a")


class TestEncoding:
    def test_it_carries_what_it_does_not_leave_out(self, png: SamplePicture) -> None:
        assert Encoding("multipart", "bytes", "moderation").misfits({"images": (png,), "n": 1}) == ()

    def test_a_parameter_it_leaves_out_is_told(self) -> None:
        (reason,) = Encoding("multipart", without=("moderation",)).misfits({"moderation": "low"})
        assert reason.message == "moderation cannot be sent as multipart."

    def test_a_switch_that_is_off_is_not_missed(self) -> None:
        assert Encoding("multipart", without=("stream",)).misfits({"stream": False}) == ()

    def test_kinds_may_differ_by_parameter(self, png: SamplePicture) -> None:
        encoding = Encoding("json", {"images": ("bytes", "url"), "mask": "bytes"})
        assert encoding.misfits({"images": (png, AWAY), "mask": png}) == ()
        (reason,) = encoding.misfits({"mask": AWAY})
        assert reason.message == "mask given as url cannot be sent as json, which carries bytes."

    def test_a_parameter_without_a_kind_carries_nothing(self, png: SamplePicture) -> None:
        (reason,) = Encoding("json", {"images": "url"}).misfits({"mask": png})
        assert reason.allowed == "nothing"

    def test_its_limits_hold_beside_the_parameters_own(self, png: SamplePicture) -> None:
        encoding = Encoding("json-data-url", limits={"images": MaxBytes(encoded=100)})
        assert [reason.parameter for reason in encoding.misfits({"images": (png,)})] == ["images[0]"]
        assert encoding.misfits({"mask": png}) == ()
