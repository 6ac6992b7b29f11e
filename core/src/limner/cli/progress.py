"""What a person at a terminal sees while pictures are painted; a pipe or a log sees nothing of it."""

from __future__ import annotations

import sys
import time
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING, Any

from attrs import define, field

from limner.cli.text import counted, printable, tell
from limner.events import CallFinished, CallRetried, PartialReceived

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from limner.events import Event
    from limner.planning import Plan
    from limner.results import ImageResult


def at_terminal() -> bool:
    """Whether somebody may be watching."""
    return sys.stderr.isatty()


@define(eq=False)
class Progress:
    """The state of a request, in one line: an observer of its client.

    Args:
        watched: Whether to show anything at all.
    """

    _watched: bool
    _started: float = field(factory=time.monotonic, init=False)
    _plans: dict[tuple[str, str | None], Plan] = field(factory=dict, init=False)
    """What may be carried out, by the provider and the model that it asks."""
    _plan: Plan | None = field(default=None, init=False)
    """What is under way."""
    _subject: str = field(default="", init=False)
    _calls: int = field(default=1, init=False)
    _finished: set[str] = field(factory=set, init=False)
    _frames: int = field(default=0, init=False)
    _show: Callable[[str], None] = field(default=lambda _: None, init=False)

    @contextmanager
    def over(self, *plans: Plan) -> Iterator[None]:
        """Show it for as long as the block lasts: as a line that moves where rich is installed.

        Args:
            plans: What is carried out; of several, one after the other until one brings something.
        """
        self._plans = {(plan.provider.name, plan.calls[0].model): plan for plan in plans}
        self._turn_to(plans[0])
        with ExitStack() as stack:
            if self._watched:
                self._show = stack.enter_context(_line(self._state()))
            yield

    def __call__(self, event: Event) -> None:
        """Take notice of an event."""
        plan = self._plans.get((event.provider, event.model), self._plan)
        turned = plan is not self._plan
        if plan is not None and turned:
            self._turn_to(plan)
        if isinstance(event, CallFinished):
            self._finished.add(event.call_id)
        self._frames += isinstance(event, PartialReceived)
        trouble = f"; {event.kind}, trying again in {event.wait:.0f} s" if isinstance(event, CallRetried) else ""
        if turned or isinstance(event, (CallFinished, CallRetried, PartialReceived)):
            self._show(self._state() + trouble)

    def finish(self, result: ImageResult) -> None:
        """Sum it up."""
        if not self._watched:
            return
        tokens = result.usage.total_tokens if result.usage else None
        facts = [
            counted(len(result.images), "picture"),
            *([counted(self._frames, "frame")] if self._frames else []),
            f"{time.monotonic() - self._started:.1f} s",
            *([counted(tokens, "token")] if tokens is not None else []),
        ]
        tell(", ".join(facts))

    def _turn_to(self, plan: Plan) -> None:
        self._plan, self._subject, self._calls = plan, f"painting with {plan.name}", len(plan.calls)
        self._finished.clear()

    def _state(self) -> str:
        calls = f", {len(self._finished)} of {self._calls} calls" if self._calls > 1 else ""
        return self._subject + calls + (f", {counted(self._frames, 'frame')}" if self._frames else "")


@contextmanager
def _line(text: str) -> Iterator[Callable[[str], None]]:
    """A function that changes what is shown."""
    try:
        bar = _bar()
    except ImportError:
        began = time.monotonic()
        tell(f"{text} ...")
        yield lambda changed: tell(f"{changed} ({time.monotonic() - began:.0f} s so far) ...")
        return
    with bar:
        task = bar.add_task(printable(text))
        yield lambda changed: bar.update(task, description=printable(changed))


def _bar() -> Any:  # noqa: ANN401 - rich may not be installed
    from rich.console import Console  # noqa: PLC0415 - an extra
    from rich.progress import Progress as Bar  # noqa: PLC0415 - the same
    from rich.progress import SpinnerColumn, TextColumn, TimeElapsedColumn  # noqa: PLC0415 - the same

    columns = SpinnerColumn(), TextColumn("{task.description}", markup=False), TimeElapsedColumn()
    return Bar(*columns, console=Console(stderr=True), transient=True)
