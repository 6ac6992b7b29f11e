"""What an import does beside: how long it takes and, where somebody looks, what it changes around it."""

from __future__ import annotations

import os
import sys
import time
from typing import TYPE_CHECKING, Any, Self

from attrs import define, field

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping
    from typing import TextIO


@define(eq=False)
class Watch:
    """A block of code, timed.

    Args:
        around: Whether to look at what it writes and what it changes, too. Standard output then leads to standard
            error, so that nothing is lost and nothing stands among a program's results.
    """

    around: bool = False
    seconds: float = field(default=0.0, init=False)
    noise: tuple[str, ...] = field(default=(), init=False)
    """A sentence for everything that was noticed."""
    _began: float = field(default=0.0, init=False)
    _before: Mapping[str, Mapping[Any, Any]] = field(factory=dict, init=False)
    _streams: Mapping[str, _Overheard] = field(factory=dict, init=False)

    def __enter__(self) -> Self:
        if self.around:
            self._before = {what: look() for what, look in _LOOKS.items()}
            self._streams = {name: _Overheard(getattr(sys, name), sys.stderr) for name in _STREAMS}
            self._put(self._streams)
        self._began = time.perf_counter()
        return self

    def __exit__(self, *_: object) -> None:
        self.seconds = time.perf_counter() - self._began
        if self.around:
            self.noise = (*self._written(), *self._changed())
            self._put({name: stream.real for name, stream in self._streams.items()})

    def _put(self, streams: Mapping[str, Any]) -> None:
        for name, stream in streams.items():
            setattr(sys, name, stream)

    def _written(self) -> Iterator[str]:
        for name, stream in self._streams.items():
            if getattr(sys, name) is not stream:
                yield f"it replaces sys.{name}"
            if stream.heard:
                yield f"it writes {stream.heard} characters to {_STREAMS[name]}"

    def _changed(self) -> Iterator[str]:
        for what, before in self._before.items():
            after = _LOOKS[what]()
            known = after if what == _STARTS else {**before, **after}
            names = [name for name in known if before.get(name) != after.get(name)]
            if names:
                yield f"it {what}: {', '.join(getattr(one, 'name', one) for one in names)}"


@define(eq=False)
class _Overheard:
    """A standard stream: what is written is counted and goes to standard error, all else is the stream's own."""

    real: TextIO
    _into: TextIO
    heard: int = 0

    def write(self, text: str) -> int:
        self.heard += len(text)
        return self._into.write(text)

    def writelines(self, lines: Iterable[str]) -> None:
        self.write("".join(lines))

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - any attribute of a stream
        return getattr(self.real, name)


_STREAMS: Mapping[str, str] = {"stdout": "standard output", "stderr": "standard error"}


def _signals() -> dict[str, Any]:
    import signal  # noqa: PLC0415 - looked at by a doctor, and by nobody else

    return {number.name: signal.getsignal(number) for number in signal.Signals}


def _threads() -> dict[Any, Any]:
    """Each by itself: several may have one name, and one of them may end."""
    import threading  # noqa: PLC0415 - as above

    return dict.fromkeys(threading.enumerate(), True)


def _handlers() -> dict[str, Any]:
    """Handlers that speak: a NullHandler is a library's good manners."""
    import logging  # noqa: PLC0415 - as above

    loggers = {"root": logging.getLogger(), **logging.root.manager.loggerDict}
    found = {name: getattr(logger, "handlers", ()) for name, logger in loggers.items()}
    speaking = {
        name: [one for one in handlers if not isinstance(one, logging.NullHandler)] for name, handlers in found.items()
    }
    return {name: handlers for name, handlers in speaking.items() if handlers}


def _filters() -> dict[str, Any]:
    import warnings  # noqa: PLC0415 - as above

    return {"warnings.filters": list(warnings.filters)}


_STARTS = "starts threads"
"""One that ends meanwhile may be anybody's."""
_LOOKS: Mapping[str, Callable[[], Mapping[Any, Any]]] = {
    "changes environment variables": lambda: dict(os.environ),
    "changes sys.path": lambda: dict.fromkeys(sys.path, True),
    "changes the handling of signals": _signals,
    "changes the handlers of logging": _handlers,
    "changes which warnings are shown": _filters,
    "changes the handling of exceptions": lambda: {"sys.excepthook": sys.excepthook},
    _STARTS: _threads,
}
"""What a plugin has no business with, and how to look at it: names, which are told, and what stands behind each."""
