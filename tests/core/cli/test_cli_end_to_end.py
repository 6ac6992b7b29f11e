"""The real command in a real process, talking real HTTP to the emulator."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from limner.media import sniff

if TYPE_CHECKING:
    from pathlib import Path

pytest.importorskip("limner_sandbox")
pytest.importorskip("limner_openai")

LIMNER = [sys.executable, "-m", "limner.cli"]
SANDBOX = ["-m", "openai/gpt-image-2", "--sandbox"]


def _hear_ctrl_c() -> None:
    """A job started in the background ignores it, and so would its children."""
    signal.signal(signal.SIGINT, signal.default_int_handler)


def _environ() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if not name.startswith("OPENAI_")}


def _limner(folder: Path, *args: str, **more: object) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(  # noqa: S603 - our own
        [*LIMNER, *args], cwd=folder, env=_environ(), capture_output=True, check=False, timeout=60, **more
    )


def test_the_first_line_of_the_readme_paints(tmp_path: Path) -> None:
    done = _limner(tmp_path, "generate", "a lighthouse at dawn", *SANDBOX, "--size", "1536x1024", "-o", "dawn.png")
    assert (done.returncode, done.stdout, done.stderr) == (0, b"dawn.png\n", b"")
    info = sniff((tmp_path / "dawn.png").read_bytes())
    assert (info.media_type, info.width, info.height) == ("image/png", 1536, 1024)


def test_a_name_that_is_no_text_is_printed_as_it_is(tmp_path: Path) -> None:
    name = os.fsdecode(b"cat-\xff.png")
    done = _limner(tmp_path, "generate", "a cat", *SANDBOX, "-o", name)
    assert (done.returncode, done.stdout) == (0, b"cat-\xff.png\n")
    assert os.path.exists(tmp_path / name)  # noqa: PTH110 - the name as bytes


def test_a_reader_that_goes_away_is_no_error_worth_a_word(tmp_path: Path) -> None:
    process = subprocess.Popen(  # noqa: S603 - our own
        [*LIMNER, "capabilities", "openai/gpt-image-2"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=tmp_path
    )
    process.stdout.close()
    assert process.stderr.read() == b""
    process.stderr.close()
    assert process.wait(60) in {0, 1}


def test_the_server_announces_itself_and_ends_with_ctrl_c(tmp_path: Path) -> None:
    process = subprocess.Popen(  # noqa: S603 - our own
        [*LIMNER, "sandbox", "--port", "0"],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=tmp_path, env=_environ(), text=True,
        preexec_fn=_hear_ctrl_c,  # noqa: PLW1509 - the child has no threads yet
    )  # fmt: skip
    try:
        said = [process.stdout.readline()]
        while not said[-1].startswith("export OPENAI_API_KEY"):
            said.append(process.stdout.readline())
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=60)
    finally:
        process.kill()
    assert said[0].startswith("# ")
    assert [line.partition("=")[0] for line in said[-2:]] == ["export OPENAI_BASE_URL", "export OPENAI_API_KEY"]
    assert process.returncode == 0
    assert "Traceback" not in out + err
