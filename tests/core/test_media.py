"""Blobs: bytes wherever they are kept."""

from __future__ import annotations

import copy
import errno
import gc
import hashlib
import io
import os
import pickle
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from limner.errors import BadInputError, TooLargeError
from limner.media import Blob, BlobWriter, human_size

if TYPE_CHECKING:
    from collections.abc import Iterator

DATA = bytes(range(256)) * 8


@pytest.fixture(autouse=True)
def spool(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "spool"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    return folder


def spooled(data: bytes = DATA) -> Blob:
    writer = BlobWriter(len(data), spool_at=0)
    writer.write(data)
    return writer.close()


def on_disk(folder: Path, data: bytes = DATA, name: str = "user.bin") -> Blob:
    path = folder / name
    path.write_bytes(data)
    return Blob.from_path(path)


@pytest.fixture(params=["memory", "spooled", "file"])
def blob(request: pytest.FixtureRequest, tmp_path: Path) -> Blob:
    return Blob(DATA) if request.param == "memory" else spooled() if request.param == "spooled" else on_disk(tmp_path)


def test_a_blob_knows_its_bytes(blob: Blob) -> None:
    assert blob.size == len(DATA)
    assert blob.read() == DATA
    assert blob.sha256 == hashlib.sha256(DATA).hexdigest()
    assert blob.info is None


def test_head_gives_what_there_is(blob: Blob) -> None:
    assert blob.head(3) == DATA[:3]
    assert blob.head(10**6) == DATA
    assert blob.head(-1) == blob.head(0) == b""


def test_chunks_are_the_bytes_in_order(blob: Blob) -> None:
    assert [len(chunk) for chunk in blob.chunks(1500)] == [1500, 548]
    assert b"".join(blob.chunks(7)) == b"".join(blob.chunks()) == DATA


def test_each_opening_has_its_own_position(blob: Blob) -> None:
    with blob.open() as one, blob.open() as other:
        assert one.read(5) == DATA[:5]
        assert other.read(2) == DATA[:2]
        assert one.seek(100) == 100
        assert one.read(1) == DATA[100:101]


def test_blobs_are_equal_by_content_wherever_they_are_kept(blob: Blob, tmp_path: Path) -> None:
    others = [Blob(DATA), spooled(), on_disk(tmp_path, name="other.bin")]
    assert all(blob == other for other in others)
    assert all(hash(blob) == hash(other) and blob == other for other in others)  # now by what is known of them
    assert blob != Blob(DATA[:-1])
    assert blob != Blob(DATA[:-1] + b"\0")
    assert blob != DATA


def test_blobs_are_compared_without_being_hashed_and_no_further_than_to_the_first_difference(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("limner._blob.hashlib", None)
    read: list[int] = []
    chunks = Blob.chunks

    def counting(blob: Blob) -> Iterator[bytes]:
        for chunk in chunks(blob):
            read.append(len(chunk))
            yield chunk

    monkeypatch.setattr(Blob, "chunks", counting)
    large = bytes(1 << 20)
    one = on_disk(tmp_path, large)
    assert one == on_disk(tmp_path, large, name="same.bin")
    assert sum(read) == 2 << 20
    read.clear()
    assert one != on_disk(tmp_path, b"x" + large[1:], name="other.bin")
    assert sum(read) < 1 << 18


def test_a_blob_pickles_as_its_bytes(blob: Blob, tmp_path: Path) -> None:
    frozen = pickle.dumps(blob)
    for path in (*tmp_path.glob("user.bin"), *Path(tempfile.gettempdir()).iterdir()):
        path.unlink()
    assert pickle.loads(frozen).read() == DATA  # noqa: S301 - our own


def test_a_blob_copies_as_itself(blob: Blob) -> None:
    assert copy.copy(blob) is copy.deepcopy(blob) is Blob.of(blob) is blob


def test_a_repr_has_size_and_hash_and_no_data(blob: Blob) -> None:
    assert repr(blob) == f"<Blob 2.0 kB sha256:{hashlib.sha256(DATA).hexdigest()[:12]}>"


def test_the_text_of_a_blob_is_its_size_and_reads_nothing(blob: Blob) -> None:
    assert str(blob) == "<Blob 2.0 kB>"


def test_a_blob_of_a_buffer_does_not_change_with_it() -> None:
    buffer = bytearray(b"abc")
    blobs = [Blob(buffer), Blob(memoryview(buffer))]
    buffer[0] = 0
    assert [blob.read() for blob in blobs] == [b"abc"] * 2


@pytest.mark.parametrize("data", [5, "text", None, [1, 2]])
def test_what_is_no_bytes_is_no_blob(data: Any) -> None:
    with pytest.raises(TypeError):
        Blob(data)


def test_a_users_file_that_changed_is_an_error_not_other_bytes(tmp_path: Path) -> None:
    blob = on_disk(tmp_path)
    (tmp_path / "user.bin").write_bytes(b"other")
    with pytest.raises(BadInputError, match=r"'user.bin' has changed"):
        blob.read()
    assert repr(blob) == "<Blob 2.0 kB, its file is gone>"


def test_a_users_file_that_is_gone_still_has_a_repr(tmp_path: Path) -> None:
    blob = on_disk(tmp_path)
    (tmp_path / "user.bin").unlink()
    with pytest.raises(FileNotFoundError):
        blob.read()
    assert "gone" in repr(blob)


def test_a_users_file_is_found_after_a_change_of_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("here").write_bytes(b"x")
    blob = Blob.from_path("here")
    monkeypatch.chdir("/")
    assert blob.read() == b"x"


def test_a_users_file_is_not_deleted(tmp_path: Path) -> None:
    on_disk(tmp_path).read()
    gc.collect()
    assert (tmp_path / "user.bin").exists()


def test_what_is_no_regular_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadInputError, match="not a regular file"):
        Blob.from_path(tmp_path)
    with pytest.raises(FileNotFoundError):
        Blob.from_path(tmp_path / "none")


def test_a_writer_keeps_little_in_memory_and_much_in_a_file(spool: Path) -> None:
    writer = BlobWriter(100, spool_at=10)
    writer.write(b"x" * 10)
    assert list(spool.iterdir()) == []
    writer.write(b"y")
    assert len(list(spool.iterdir())) == 1
    writer.write(b"z")
    assert writer.size == 12
    assert writer.close().read() == b"x" * 10 + b"yz"


def test_a_writer_without_a_spool_uses_no_file(spool: Path) -> None:
    writer = BlobWriter(1 << 20)
    writer.write(bytes(1 << 20))
    assert writer.close().size == 1 << 20
    assert list(spool.iterdir()) == []


def test_the_temporary_file_goes_with_the_last_blob(spool: Path) -> None:
    blob = spooled()
    other = copy.copy(blob)
    del blob
    assert len(list(spool.iterdir())) == 1
    del other
    assert list(spool.iterdir()) == []


def test_the_temporary_file_of_a_forgotten_writer_goes_without_a_warning(spool: Path) -> None:
    writer = BlobWriter(100, spool_at=0)
    writer.write(b"x")
    assert len(list(spool.iterdir())) == 1
    del writer
    gc.collect()
    assert list(spool.iterdir()) == []


@pytest.mark.parametrize("spool_at", [None, 0])
def test_over_the_limit_is_an_error_that_says_it_and_leaves_nothing(spool: Path, spool_at: int | None) -> None:
    writer = BlobWriter(2048, spool_at)
    writer.write(bytes(2048))
    with pytest.raises(TooLargeError, match=r"2.0 kB \(2048 bytes\)"):
        writer.write(b"x")
    assert list(spool.iterdir()) == []


@pytest.mark.parametrize("spool_at", [None, 0, 3])
def test_a_closed_or_discarded_writer_takes_no_more(spool_at: int | None) -> None:
    for end in (BlobWriter.close, BlobWriter.discard):
        writer = BlobWriter(100, spool_at)
        writer.write(b"x")
        end(writer)
        for call in (lambda writer=writer: writer.write(b"longer"), writer.close):
            with pytest.raises(ValueError, match="closed"):
                call()
        writer.discard()


def test_a_deleted_temporary_file_troubles_nobody(spool: Path) -> None:
    blob = spooled()
    for path in spool.iterdir():
        path.unlink()
    with pytest.raises(FileNotFoundError):
        blob.read()
    del blob


class Full(io.FileIO):
    """A file on a disk that has room for ten bytes."""

    def write(self, data: Any) -> int:
        room = 10 - self.tell()
        if room <= 0:
            raise OSError(errno.ENOSPC, "No space left on device")
        return super().write(data[:room])


@pytest.mark.parametrize(("first", "spool_at"), [(4, 3), (10, 3), (11, 3), (30, 3), (30, 35)])
def test_what_a_full_disk_does_not_take_stays_in_memory(
    spool: Path, monkeypatch: pytest.MonkeyPatch, first: int, spool_at: int
) -> None:
    """Bytes that arrive are paid for, and nobody sends them twice."""
    monkeypatch.setattr(os, "fdopen", lambda number, mode, buffering: Full(number, mode))  # noqa: ARG005 - as it is called
    writer = BlobWriter(len(DATA), spool_at)
    for start, end in ((0, first), (first, 40), (40, len(DATA))):
        writer.write(DATA[start:end])
    assert writer.close().read() == DATA
    assert list(spool.iterdir()) == []


def test_where_no_temporary_file_can_be_made_memory_is_used(spool: Path) -> None:
    spool.rmdir()
    assert spooled().read() == DATA


@pytest.mark.skipif(os.name != "posix", reason="elsewhere a file that is open cannot be deleted")
def test_a_temporary_file_that_is_deleted_while_it_is_written_is_taken_back(spool: Path) -> None:
    writer = BlobWriter(len(DATA), spool_at=0)
    writer.write(DATA[:9])
    for path in spool.iterdir():
        path.unlink()
    writer.write(DATA[9:])
    assert writer.close().read() == DATA


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork here")
def test_a_forked_child_leaves_its_parents_file_alone(spool: Path) -> None:
    """In a process of its own: this one may have threads."""
    code = (
        "import os, sys, tempfile; tempfile.tempdir = sys.argv[1]\n"
        "from limner.media import BlobWriter\n"
        "writer = BlobWriter(9, 0); writer.write(b'x'); blob = writer.close()\n"
        "child = os.fork()\n"
        "if not child: sys.exit()\n"
        "os.waitpid(child, 0); assert blob.read() == b'x'\n"
    )
    subprocess.run([sys.executable, "-W", "error", "-c", code, str(spool)], check=True)  # noqa: S603 - our own code
    assert list(spool.iterdir()) == []


@given(st.lists(st.binary(max_size=20)), st.integers(0, 60))
def test_what_is_written_is_what_is_read(pieces: list[bytes], spool_at: int) -> None:
    writer = BlobWriter(1000, spool_at)
    for piece in pieces:
        writer.write(piece)
    assert writer.close() == Blob(b"".join(pieces))


@pytest.mark.parametrize(
    ("size", "said"),
    [
        (0, "0 B"), (999, "999 B"), (1000, "1.0 kB"), (999_949, "999.9 kB"), (999_950, "1.0 MB"),
        (1_234_567, "1.2 MB"), (64 << 20, "67.1 MB"), (5 * 10**9, "5.0 GB"), (10**13, "10000.0 GB"),
    ],
)  # fmt: skip
def test_sizes_are_said_for_people(size: int, said: str) -> None:
    assert human_size(size) == said
