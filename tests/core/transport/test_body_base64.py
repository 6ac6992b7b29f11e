"""Base64 in every form that servers send, in any pieces."""

from __future__ import annotations

import base64
import sys
from importlib.util import find_spec, module_from_spec
from itertools import pairwise
from types import ModuleType
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from limner.errors import TooLargeError
from limner.media import Blob, BlobWriter
from limner.transport import _base64
from limner.transport._base64 import Base64Reader

if TYPE_CHECKING:
    from collections.abc import Iterable


def decode(*pieces: bytes, limit: int = 1 << 20) -> Blob | None:
    reader = Base64Reader(lambda: BlobWriter(limit))
    return reader.finish() if all(reader.feed(piece) for piece in pieces) else None


def cut(data: bytes, at: Iterable[int]) -> list[bytes]:
    places = sorted({0, len(data), *(place % (len(data) + 1) for place in at)})
    return [data[start:end] for start, end in pairwise(places)]


@settings(max_examples=2 * settings().max_examples)
@given(
    st.binary(min_size=1),
    st.booleans(),
    st.booleans(),
    st.sampled_from(["", "\n", " ", "\r\n\t", "\f\v"]),
    st.integers(1, 80),
    st.sampled_from(["", "data:image/png;base64,", "DATA:image/PNG;charset=x;BASE64,", " \ndata:;base64 ,"]),
    st.lists(st.integers(0), max_size=8),
)
def test_every_form_in_any_pieces_round_trips(  # noqa: PLR0913, PLR0917 - one parameter per form
    data: bytes,
    url_safe: bool,  # noqa: FBT001 - hypothesis
    padded: bool,  # noqa: FBT001 - hypothesis
    space: str,
    width: int,
    prefix: str,
    at: list[int],
) -> None:
    text = (base64.urlsafe_b64encode if url_safe else base64.b64encode)(data).decode()
    text = text if padded else text.rstrip("=")
    lines = space.join(text[start : start + width] for start in range(0, len(text), width))
    assert decode(*cut((prefix + lines + space).encode(), at)) == Blob(data)


@settings(max_examples=2 * settings().max_examples)
@given(
    st.lists(st.sampled_from([b"AAAA", b"AA", b"=", b"==", b" ", b"-", b"data:", b";base64", b",", b"!"]), max_size=8)
)
def test_what_is_base64_does_not_depend_on_the_pieces(pieces: list[bytes]) -> None:
    assert decode(*pieces) == decode(b"".join(pieces))


@pytest.mark.parametrize(
    "text",
    [
        b"!", b"AAAA!AAAA", b"AAA=AAAA", b"AA==AAAA", b"A", b"AAAAA", b"=AAA", b"A===", b"AAAA%3D", b"\xff\xfe\x00",
        b"data:image/png,AAAA", b"data:image/png;base64", b"data:" + b"x" * 300 + b";base64,AAAA", b"dataa:AAAA",
        b"data:", b"https://a.example/b.png",
    ],
)  # fmt: skip
def test_what_is_not_base64_is_no_blob(text: bytes) -> None:
    assert decode(text) is None
    assert decode(*(text[at : at + 1] for at in range(len(text)))) is None


@pytest.mark.parametrize("text", [b"", b" \n", b"data:image/png;base64,"])
def test_nothing_is_no_blob(text: bytes) -> None:
    assert decode(text) is None


def test_more_padding_than_needed_is_taken() -> None:
    assert decode(b"AAA", b"=", b"=", b"\n", b"==") == Blob(b"\0\0")


def test_the_word_data_alone_is_base64() -> None:
    assert decode(b"data", b"dat") == Blob(base64.b64decode("datadat="))
    assert decode(b"dat") == Blob(base64.b64decode("dat="))


def test_endless_white_space_costs_nothing() -> None:
    assert decode(*[b" " * 100_000] * 100, b"AAAA") == Blob(b"\0\0\0")


def test_an_image_over_the_limit_is_an_error() -> None:
    with pytest.raises(TooLargeError):
        decode(b"AAAA" * 4, limit=11)


def test_what_was_decoded_before_the_text_turned_out_not_to_be_base64_is_discarded() -> None:
    writers: list[BlobWriter] = []

    def sink() -> BlobWriter:
        writers.append(BlobWriter(100))
        return writers[-1]

    reader = Base64Reader(sink)
    assert reader.feed(b"AAAA")
    assert not reader.feed(b"!!!!")
    assert reader.finish() is None
    with pytest.raises(ValueError, match="closed"):
        writers[0].close()


def test_pybase64_is_used_where_it_is_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    """A stand-in with pybase64's signature: the real one is compared in the environments that have it."""
    calls: list[bool] = []

    def b64decode(text: bytes, altchars: None = None, validate: bool = False) -> bytes:  # noqa: FBT001, FBT002 - its signature
        calls.append(validate)
        return base64.b64decode(text, altchars, validate=validate)

    fake = ModuleType("pybase64")
    fake.b64decode = b64decode  # type: ignore[attr-defined]  # a module made by hand
    monkeypatch.setitem(sys.modules, "pybase64", fake)
    monkeypatch.setattr(_base64, "_fast", b64decode)
    assert decode(b"AAAA") == Blob(b"\0\0\0")
    assert decode(b"AA!A") is None
    assert all(calls)


def test_the_standard_library_decodes_where_pybase64_is_not_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pybase64", None)
    spec = find_spec(_base64.__name__)
    assert spec is not None
    assert spec.loader is not None
    alone = module_from_spec(spec)
    spec.loader.exec_module(alone)
    reader = alone.Base64Reader(lambda: BlobWriter(1 << 20))
    assert reader.feed(b"AAAA")
    assert reader.finish() == Blob(b"\0\0\0")


def test_text_that_was_cleaned_once_and_is_no_base64_after_that_is_no_blob() -> None:
    reader = Base64Reader(lambda: BlobWriter(1 << 20))
    assert reader.feed(b"AAAA AAAA")
    assert not reader.feed(b"!!!!AAAA")
    assert reader.finish() is None
