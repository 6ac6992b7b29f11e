# ruff: noqa: INP001 - mkdocs loads this file by its path
"""What mkdocs is told beyond its configuration: the reference's pages, and that nothing comes from other hosts."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from limner_docs.pages import pages
from mkdocs.structure.files import File

if TYPE_CHECKING:
    from mkdocs.config.defaults import MkDocsConfig
    from mkdocs.structure.files import Files

CDN = "https://unpkg.com/"
"""Where the theme's script would fetch diagrams, and help for browsers of 2019; we use neither."""


def on_config(config: MkDocsConfig) -> MkDocsConfig:
    """List the pages that are made under the headline Reference."""
    for entry in config.nav or ():
        if "Reference" in entry:
            entry["Reference"] = list(pages())
    return config


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add the pages that are made."""
    for path, text in pages().items():
        files.append(File.generated(config, path, content=text))
    return files


def on_post_build(config: MkDocsConfig) -> None:
    """Take the addresses of other hosts out of the theme's scripts."""
    for script in Path(config.site_dir, "assets").rglob("*.js"):
        script.write_text(script.read_text(encoding="utf-8").replace(CDN, "no-such-host/"), encoding="utf-8")
