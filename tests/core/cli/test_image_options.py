"""Images on the command line: a path or a URL, and again for each of several."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from limner.capabilities import Count

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from click.testing import Result

    Run = Callable[..., Result]

URL = "https://a.example/dog.png"
PNG = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\1\0\0\0\1\x08\0\0\0\0"


@pytest.fixture
def painter(painter: Any) -> Any:
    """The painter, who takes two images to go by."""
    (model, *_) = painter.declared.models
    takes = model.operations["generate"].but(parameters={"reference_images": Count(1, 2)})
    painter.declared = type(painter.declared)(
        models=(model.but("brush", operations={"generate": takes}),), unknown=None, source=painter.declared.source
    )
    return painter


@pytest.mark.parametrize("flag", ["-i", "--reference-image"])
def test_an_image_is_a_path_or_a_url_and_may_be_said_again(run: Run, painter: Any, tmp_path: Path, flag: str) -> None:
    (tmp_path / "cat.png").write_bytes(PNG)
    result = run("generate", "a cat", "-m", "painter/brush", flag, "cat.png", flag, URL)
    assert result.exit_code == 0, result.stderr
    cat, dog = painter.calls[0].request.reference_images
    assert (cat.name, cat.blob.read(), dog.url) == ("cat.png", PNG, URL)


def test_without_one_nothing_is_set(run: Run, painter: Any) -> None:
    assert run("generate", "a cat", "-m", "painter/brush").exit_code == 0
    assert "reference_images" not in painter.calls[0].values()


def test_a_path_to_nothing_is_a_sentence_and_paints_nothing(run: Run, painter: Any) -> None:
    result = run("generate", "a cat", "-m", "painter/brush", "--reference-image", "cta.png")
    assert result.exit_code != 0
    assert result.stderr.startswith("limner: reference image 1 ('cta.png') is neither an http(s) URL, nor a data URL")
    assert not painter.calls


def test_the_help_says_what_may_stand_there(run: Run) -> None:
    assert "-i, --reference-image FILE|URL" in run("generate", "--help").stdout


def test_the_plural_of_python_leads_to_the_singular(run: Run) -> None:
    assert "Did you mean '--reference-image'?" in run("generate", "a cat", "--reference-images", "cat.png").stderr
