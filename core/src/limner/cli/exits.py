"""With what a command ends: one table, from which the help is written too."""

from __future__ import annotations

from enum import IntEnum
from typing import TYPE_CHECKING

from limner.errors import AuthError, BadInputError, CancelledError, ConfigError, LimnerError, PluginError

if TYPE_CHECKING:
    from typing import Self


class Exit(IntEnum):
    """An exit code, and what it means."""

    meaning: str

    DONE = 0, "done"
    FAILED = 1, "a call failed, a picture has changed, or a check found a fault"
    WRONG = 2, "the request, the command or the output path is wrong; nothing was sent"
    SETUP = 3, "no key, or a refused one; a missing or broken provider or configuration"
    PARTLY = 4, "some pictures came, and some calls failed"
    ELSEWHERE = 5, "the pictures came, and not all is where it should be: see the message"
    FAULT = 70, "a fault in limner itself"
    INTERRUPTED = 130, "interrupted with Ctrl-C"

    def __new__(cls, code: int, meaning: str = "") -> Self:
        """A code with its meaning."""
        member = int.__new__(cls, code)
        member._value_ = code
        member.meaning = meaning
        return member


BY_ERROR: tuple[tuple[type[LimnerError], Exit], ...] = (
    (BadInputError, Exit.WRONG),
    (ConfigError, Exit.SETUP),
    (PluginError, Exit.SETUP),
    (AuthError, Exit.SETUP),
    (CancelledError, Exit.INTERRUPTED),
    (LimnerError, Exit.FAILED),
)
"""The first class that an error is an instance of decides."""


def exit_for(error: LimnerError) -> Exit:
    """The exit code for an error."""
    return next(code for cls, code in BY_ERROR if isinstance(error, cls))
