"""The command line: ``limner``.

It starts in a blink because it loads in steps: ``--version`` needs nothing but the metadata, ``--help`` needs click,
a command needs what it uses. So the modules here are of two kinds, and the first never imports the second at its top:

* light, click alone: ``app`` (the root), ``boundary`` (exit codes), ``operation``, and each module of ``commands``;
* what does the work: ``options`` (a request class as options), ``painting`` and ``output`` (one call and its files),
  ``progress``, ``explaining`` (who can), ``listing``, ``filtering`` and ``describing`` (what is there), ``doctoring``
  with ``examining``, ``rehearsing``, ``installation`` and ``cures`` (what is wrong, and what mends it), ``serving``,
  and ``clients``, which makes the client.

Results go to standard output and everything else to standard error.
"""

from __future__ import annotations

import sys

__all__ = ["main"]


def main() -> None:
    """Run ``limner`` with the process's arguments, and end the process with one of :class:`limner.cli.exits.Exit`."""
    try:
        if sys.argv[1:] == ["--version"]:
            sys.stdout.write(f"{version()}\n")
            return
        import logging  # noqa: PLC0415 - not wanted by --version

        from limner.cli.app import app  # noqa: PLC0415 - click takes five times as long as all of the above

        # What libraries log is for programs; a person is told by the commands. This process is ours alone.
        logging.getLogger().addHandler(logging.NullHandler())
        app.main(prog_name="limner")
    except KeyboardInterrupt:
        sys.exit(130)  # while loading; from then on the boundary sees to it


def version() -> str:
    """What ``limner --version`` prints."""
    from importlib.metadata import version as installed  # noqa: PLC0415 - slow to import, and wanted by one option

    return f"limner {installed('limner')}"
