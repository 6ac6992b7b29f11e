"""The real command in a real process, talking real HTTP to the emulator."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from hashlib import sha256
from typing import TYPE_CHECKING

import pytest
from PIL import Image, ImageChops

from limner.media import sniff

if TYPE_CHECKING:
    from pathlib import Path

pytest.importorskip("limner_sandbox")
pytest.importorskip("limner_openai")

LIMNER = [sys.executable, "-m", "limner.cli"]
SANDBOX = ["-m", "openai/gpt-image-2", "--sandbox"]
SMALL = [*SANDBOX, "--size", "256x256"]


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
    done = _limner(tmp_path, "generate", "a cat", *SMALL, "-o", name)
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


def test_a_picture_is_painted_edited_varied_and_looked_at(tmp_path: Path) -> None:
    """Each command takes up what the one before it has left."""
    painted = _limner(tmp_path, "generate", "a lighthouse", *SMALL, "-o", "day.png", "--sidecar")
    edited = _limner(tmp_path, "edit", "at night", "-i", "day.png", *SMALL, "-o", "night.png", "--sidecar")
    varied = _limner(
        tmp_path, "vary", "-i", "night.png", "-m", "openai/dall-e-2", "--allow", "retired", "--sandbox", "-o", "v.png"
    )
    assert [done.returncode for done in (painted, edited, varied)] == [0, 0, 0]
    assert varied.stderr.startswith(b"limner: warning: dall-e-2 was retired")
    looked = _limner(tmp_path, "inspect", "night.png", "--json")
    data = json.loads(looked.stdout)
    assert (looked.returncode, data["fits"], data["record"]["operation"]) == (0, True, "edit")
    assert data["record"]["inputs"][0]["sha256"] == sha256((tmp_path / "day.png").read_bytes()).hexdigest()
    (tmp_path / "night.png").write_bytes((tmp_path / "day.png").read_bytes() + b"\0")
    assert _limner(tmp_path, "inspect", "night.png").returncode == 1


def test_who_can_is_told_without_a_key_and_without_the_network(tmp_path: Path) -> None:
    """The word ``explain`` before a line that paints, whatever else stands on it."""
    line = ("generate", "a cat", *SMALL[:2], *SMALL[3:], "--quality", "hd", "-o", "cat.png", "--force")
    told = _limner(tmp_path, "explain", *line)
    assert (told.returncode, list(tmp_path.iterdir())) == (2, [])
    assert b"- there is no key for openai. Set OPENAI_API_KEY.\n    - quality must be" in told.stdout
    told = _limner(tmp_path, "explain", *line, "--sandbox", "--json")
    (one,) = json.loads(told.stdout)["rejected"]
    assert ([reason["parameter"] for reason in one["reasons"]], one["change"]) == (["quality"], {"quality": "high"})
    done = _limner(tmp_path, *line[:-4], "high", *line[-3:], "--sandbox")
    assert (done.returncode, done.stdout) == (0, b"cat.png\n")


def test_a_stream_leaves_the_picture_that_comes_without_one(tmp_path: Path) -> None:
    plain = _limner(tmp_path, "generate", "a cat", *SMALL, "-o", "plain.png")
    streamed = _limner(tmp_path, "generate", "a cat", *SMALL, "-o", "cat.png", "--stream", "--partial-images", "2")
    assert (plain.returncode, streamed.returncode, streamed.stdout) == (0, 0, b"cat.png\n")
    pictures = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    assert sorted(pictures) == ["cat.partial-0.png", "cat.partial-1.png", "cat.png", "plain.png"]
    assert pictures["cat.png"] == pictures["plain.png"]
    assert sniff(pictures["cat.partial-0.png"]).media_type == "image/png"


def test_an_edit_outside_its_mask_is_the_image(tmp_path: Path) -> None:
    """Whatever the mask's colours mean, and wherever the pixels are put back."""
    _limner(tmp_path, "generate", "a park", *SMALL, "-o", "park.png")
    mask = Image.new("L", (256, 256), 0)
    mask.paste(255, (0, 0, 128, 256))
    mask.save(tmp_path / "left.png")
    args = ("edit", "a pond", "-i", "park.png", "--mask", "left.png", "--mask-polarity", "white", "--restore")
    done = _limner(tmp_path, *args, *SMALL, "-o", "pond.png")
    assert (done.returncode, done.stderr) == (0, b"")
    box = (128, 0, 256, 256)
    park, pond = (Image.open(tmp_path / name).convert("RGB") for name in ("park.png", "pond.png"))
    assert ImageChops.difference(park.crop(box), pond.crop(box)).getbbox() is None
