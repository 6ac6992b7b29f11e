# ruff: noqa: T201 - what plugins do, too
"""What an import does beside: how long it takes, and what it changes around it."""

from __future__ import annotations

import logging
import os
import signal
import sys
import threading
import time
import warnings
from typing import TYPE_CHECKING, Any

import pytest

from limner.registry import Registry
from limner.registry.watching import Watch

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from conftest import Site


@pytest.fixture(autouse=True)
def _tidy() -> Iterator[None]:
    """Whatever is changed here is changed back."""
    environ, path, hook, handlers = dict(os.environ), list(sys.path), sys.excepthook, list(logging.root.handlers)
    usr1 = signal.getsignal(signal.SIGUSR1)
    yield
    os.environ.clear()
    os.environ.update(environ)
    sys.path[:], sys.excepthook, logging.root.handlers[:] = path, hook, handlers
    signal.signal(signal.SIGUSR1, usr1)
    logging.getLogger("acme").handlers.clear()


@pytest.fixture
def stopped() -> Iterator[threading.Event]:
    event = threading.Event()
    yield event
    event.set()


def noise(work: Callable[[], Any]) -> tuple[str, ...]:
    with Watch(around=True) as watch:
        work()
    return watch.noise


def speak() -> None:
    logging.getLogger("acme").addHandler(logging.StreamHandler())
    logging.getLogger().addHandler(logging.StreamHandler())


def unset() -> None:
    os.environ["ACME_NEW"] = "sk-canary"
    os.environ.pop("ACME_OLD")


CHANGES: dict[str, Callable[[], Any]] = {
    "it changes environment variables: ACME_OLD, ACME_NEW": unset,
    "it changes sys.path: /opt/acme": lambda: sys.path.insert(0, "/opt/acme"),
    "it changes the handling of signals: SIGUSR1": lambda: signal.signal(signal.SIGUSR1, signal.SIG_IGN),
    "it changes the handlers of logging: root, acme": speak,
    "it changes which warnings are shown: warnings.filters": lambda: warnings.simplefilter("ignore"),
    "it changes the handling of exceptions: sys.excepthook": lambda: setattr(sys, "excepthook", print),
    "it writes 6 characters to standard output": lambda: print("hello"),
    "it writes 3 characters to standard error": lambda: sys.stderr.writelines(["a", "bc"]),
}


@pytest.mark.parametrize(("told", "work"), CHANGES.items(), ids=CHANGES)
def test_a_change_is_told_by_name(told: str, work: Callable[[], Any], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ACME_OLD", "sk-canary")
    assert noise(work) == (told,)


def test_a_thread_is_told_by_its_name(stopped: threading.Event) -> None:
    assert noise(threading.Thread(target=stopped.wait, name="acme-poll").start) == ("it starts threads: acme-poll",)


def test_a_thread_of_somebody_elses_that_ends_meanwhile_is_no_noise(stopped: threading.Event) -> None:
    over = threading.Event()
    first, other = (threading.Thread(target=stop.wait, name="acme-poll") for stop in (over, stopped))
    first.start()
    other.start()  # of the same name
    assert noise(lambda: (over.set(), first.join())) == ()


def test_another_standard_output_is_told_and_taken_back() -> None:
    before = sys.stdout
    assert noise(lambda: setattr(sys, "stdout", sys.__stderr__)) == ("it replaces sys.stdout",)
    assert sys.stdout is before


@pytest.mark.parametrize(
    "work",
    [
        lambda: None,
        lambda: logging.getLogger("acme").addHandler(logging.NullHandler()),
        lambda: (sys.stdout.flush(), sys.stderr.isatty()),
    ],
)
def test_good_manners_are_no_noise(work: Callable[[], Any]) -> None:
    assert noise(work) == ()


def test_nothing_that_is_written_is_lost_or_stands_among_results(capsys: pytest.CaptureFixture[str]) -> None:
    noise(lambda: print("to be read"))
    assert capsys.readouterr() == ("", "to be read\n")


def test_both_streams_are_given_back_when_the_block_raises() -> None:
    before = sys.stdout, sys.stderr
    with pytest.raises(KeyboardInterrupt):
        noise(lambda: signal.raise_signal(signal.SIGINT))
    assert (sys.stdout, sys.stderr) == before


def test_time_is_taken_always_and_nothing_else_unasked(capsys: pytest.CaptureFixture[str]) -> None:
    with Watch() as watch:
        print("hello")
        time.sleep(0.01)
    assert 0.01 <= watch.seconds < 5
    assert watch.noise == ()
    assert capsys.readouterr().out == "hello\n"


class TestPlugins:
    LOUD = "import os, time\nprint('hello')\nos.environ['ACME_NEW'] = '1'\ntime.sleep(0.01)\n"

    def test_an_entry_says_how_long_its_import_took_and_what_it_did(self, site: Site) -> None:
        site.plugin("loud", f"{self.LOUD}raise ValueError")
        [entry] = Registry(entry_points=site.entries).entries(check=True, watched=True)
        assert entry.status == "import-error"
        assert entry.seconds is not None
        assert entry.seconds >= 0.01
        assert entry.noise == (
            "it writes 6 characters to standard output", "it changes environment variables: ACME_NEW",
        )  # fmt: skip

    def test_unasked_nothing_but_the_time_is_told(self, site: Site) -> None:
        site.plugin("loud", self.LOUD)
        [entry] = Registry(entry_points=site.entries).entries(check=True)
        assert (entry.seconds is not None, entry.noise) == (True, ())

    def test_what_was_not_imported_took_no_time(self, site: Site) -> None:
        site.plugin("acme")
        assert [entry.seconds for entry in Registry(entry_points=site.entries).entries()] == [None]

    def test_a_slow_import_is_told_in_the_log(
        self, site: Site, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("limner.registry.loading.SLOW", 0.005)
        caplog.set_level(logging.INFO, "limner")
        site.plugin("slow", f"{self.LOUD}raise ValueError")
        Registry(entry_points=site.entries).entries(check=True)
        [record] = caplog.records
        assert record.levelno == logging.INFO
        assert record.getMessage() == "the import of limner_slow of limner-slow took 0.0 s"
