"""The library's logger, ``limner``: for what no result, error or event tells. It says nothing unless it is asked to.

INFO: a request is sent again, or a plugin's import took long. WARNING: a plugin or an observer is passed over, because
it is broken; once for each.
Neither a key nor a prompt is in what is logged, nor a server's words.
"""

from __future__ import annotations

import logging
from contextlib import suppress

INFO, WARNING = logging.INFO, logging.WARNING

_logger = logging.getLogger("limner")
_logger.addHandler(logging.NullHandler())  # else a program that configured no logging finds it on its standard error


def say(level: int, sentence: str, *facts: object) -> None:
    """Log a sentence. A handler that raises has no effect: a picture is worth more than its log."""
    with suppress(Exception):
        _logger.log(level, sentence, *facts, stacklevel=2)
