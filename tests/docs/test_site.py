"""The site builds, lists everything, and loads nothing from another host."""

from __future__ import annotations

import re
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
CONFIG = ROOT / "docs/mkdocs/mkdocs.yml"

LOADED = {
    ("script", "src"), ("link", "href"), ("img", "src"), ("img", "srcset"), ("source", "src"), ("source", "srcset"),
    ("iframe", "src"), ("video", "src"), ("video", "poster"), ("audio", "src"), ("object", "data"), ("embed", "src"),
    ("use", "href"), ("image", "href"), ("input", "src"), ("track", "src"),
}  # fmt: skip
"""The attributes of HTML that make a browser fetch something. An ``a`` is not among them: it waits for a click."""

ELSEWHERE = re.compile(r"\s*(?:https?:)?//", re.IGNORECASE)
STYLE = re.compile(r"""(?:url\(\s*|@import\s+)["']?\s*((?:https?:)?//[^"')\s]*)""", re.IGNORECASE)
SCRIPT = re.compile(r"""["'`]((?:https?:)?//[a-z0-9.-]+\.[a-z]+)""", re.IGNORECASE)
UNUSED = {"https://api.github.com", "https://www.w3.org", "http://www.w3.org"}
"""In the theme's script: the stars of a repository, of which none is configured, and names of XML's vocabularies."""


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The site, built as ``nox -s docs`` builds it: a warning is an error."""
    folder = tmp_path_factory.mktemp("site")
    command = [sys.executable, "-m", "mkdocs", "build", "--strict", f"--config-file={CONFIG}", f"--site-dir={folder}"]
    built = subprocess.run(command, env={"NO_MKDOCS_2_WARNING": "1"}, capture_output=True, text=True, check=False)  # noqa: S603 - fixed
    assert built.returncode == 0, built.stderr
    return folder


class Loads(HTMLParser):
    """Collects what a page makes a browser fetch."""

    def __init__(self, page: Path) -> None:
        super().__init__()
        self.found: list[str] = []
        self.feed(page.read_text(encoding="utf-8"))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        for name, value in attrs:
            if (tag, name) in LOADED and ELSEWHERE.match(value or ""):
                self.found.append(f"<{tag} {name}={value}>")
            if name == "style":
                self.found += STYLE.findall(value or "")

    def handle_data(self, data: str) -> None:
        if self.lasttag == "style":
            self.found += STYLE.findall(data)


def test_no_page_loads_from_another_host(site: Path) -> None:
    assert {page.name: found for page in site.rglob("*.html") if (found := Loads(page).found)} == {}


def test_no_style_loads_from_another_host(site: Path) -> None:
    styles = list(site.rglob("*.css"))
    assert styles
    assert [found for style in styles for found in STYLE.findall(style.read_text(encoding="utf-8"))] == []


def test_no_script_names_another_host(site: Path) -> None:
    scripts = list(site.rglob("*.js"))
    assert scripts
    named = {found for script in scripts for found in SCRIPT.findall(script.read_text(encoding="utf-8"))}
    assert named <= UNUSED


@pytest.mark.parametrize(
    ("html", "found"),
    [
        ('<script src="https://cdn.example/x.js"></script>', 1),
        ('<link rel="stylesheet" href="//cdn.example/x.css">', 1),
        ('<p style="background: url(https://cdn.example/x.png)">', 1),
        ("<style>@import 'https://cdn.example/x.css'</style>", 1),
        ('<a href="https://example.org">elsewhere</a>', 0),
        ('<img src="../images/x.webp">', 0),
    ],
)
def test_the_search_finds_what_is_loaded_and_lets_links_be(tmp_path: Path, html: str, found: int) -> None:
    page = tmp_path / "page.html"
    page.write_text(html, encoding="utf-8")
    assert len(Loads(page).found) == found


def test_every_page_is_in_the_navigation(site: Path) -> None:
    home = (site / "index.html").read_text(encoding="utf-8")
    pages = {f"{page.parent.relative_to(site)}/" for page in site.rglob("index.html") if page.parent != site}
    assert pages
    assert [page for page in sorted(pages) if f'href="{page}"' not in home] == []


def test_only_pages_and_pictures_are_published(site: Path) -> None:
    top = {path.name for path in site.iterdir()}
    assert top == {
        "404.html", "assets", "explanation", "how-to", "images", "index.html", "reference", "search", "sitemap.xml",
        "sitemap.xml.gz", "tutorial",
    }  # fmt: skip
