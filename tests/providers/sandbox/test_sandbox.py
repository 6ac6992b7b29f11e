"""The sandbox as its users hold it."""

from __future__ import annotations

import asyncio
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from starlette.responses import PlainTextResponse

import limner_sandbox as package
from limner.errors import ConfigError
from limner_sandbox import FAULTS, Sandbox, pytest_plugin, serve
from limner_sandbox.server import Server, listen

if TYPE_CHECKING:
    from pathlib import Path

Post = Callable[..., httpx.Response]


limner_sandbox = pytest_plugin.limner_sandbox
"""The fixture, where the plugin is not installed."""


def test_nothing_is_left_when_it_stops() -> None:
    before = threading.active_count()
    with Sandbox() as sandbox:
        url = sandbox.url
    assert threading.active_count() == before
    with pytest.raises(httpx.ConnectError):
        httpx.get(url, trust_env=False)


def test_its_thread_is_no_daemon() -> None:
    before = set(threading.enumerate())
    with Sandbox():
        own = set(threading.enumerate()) - before
        assert [(thread.name, thread.daemon) for thread in own] == [("limner-sandbox", False)]


def test_it_stops_with_connections_open(http: httpx.Client) -> None:
    with Sandbox() as sandbox:
        http.get(sandbox.url)
        started = time.perf_counter()
    assert time.perf_counter() - started < 2


def test_it_does_not_wait_for_a_delayed_answer() -> None:
    with ThreadPoolExecutor(1) as pool, Sandbox() as sandbox:
        sandbox.fail(delay=30)
        headers = {"authorization": f"Bearer {sandbox.key_for('openai')}"}
        url = sandbox.base_url("openai") + "/models"
        waiting = pool.submit(httpx.get, url, headers=headers, trust_env=False, timeout=60)
        while not sandbox.requests:
            time.sleep(0.01)
        started = time.perf_counter()
        sandbox.__exit__(None, None, None)
        assert waiting.result().status_code == 200
        assert time.perf_counter() - started < 5


def test_an_error_in_the_block_stops_it_too() -> None:
    def fail_inside() -> None:
        with Sandbox():
            raise LookupError("mine")

    before = threading.active_count()
    with pytest.raises(LookupError, match="mine"):
        fail_inside()
    assert threading.active_count() == before


def test_two_run_side_by_side() -> None:
    with Sandbox() as one, Sandbox() as other:
        assert one.url != other.url
        assert one.key_for("openai") != other.key_for("openai")


def test_it_can_run_again_with_a_new_key() -> None:
    sandbox = Sandbox()
    with sandbox:
        first = sandbox.key_for("openai")
    with sandbox:
        assert sandbox.key_for("openai") != first


def test_it_cannot_run_twice_at_once() -> None:
    with Sandbox() as sandbox, pytest.raises(ConfigError, match="is running"), sandbox:
        pass


def test_the_log_can_be_read_after_it_stopped(http: httpx.Client) -> None:
    with Sandbox() as sandbox:
        http.get(sandbox.url + "/hello")
    assert [received.path for received in sandbox.requests] == ["/hello"]


def test_before_it_runs_it_has_no_url() -> None:
    with pytest.raises(ConfigError, match="not running"):
        _ = Sandbox().url


@pytest.mark.parametrize("ask", [Sandbox.base_url, Sandbox.key_for, Sandbox.client])
def test_before_it_runs_it_says_so(ask: Callable[..., object]) -> None:
    with pytest.raises(ConfigError, match="This sandbox is not running"):
        ask(Sandbox(), *() if ask is Sandbox.client else ("openai",))


def test_base_urls_are_by_provider(sandbox: Sandbox) -> None:
    assert sandbox.base_urls["openai"] == sandbox.base_url("openai") == sandbox.url + "/openai/v1"


@pytest.mark.parametrize("ask", [Sandbox.base_url, Sandbox.key_for])
def test_a_provider_that_is_not_emulated_is_named(sandbox: Sandbox, ask: Callable[[Sandbox, str], str]) -> None:
    with pytest.raises(ConfigError, match="No emulator of 'acme'"):
        ask(sandbox, "acme")


def test_a_random_key_looks_like_the_providers(sandbox: Sandbox) -> None:
    assert sandbox.key_for("openai").startswith("sk-")


def test_keys_do_not_show(sandbox: Sandbox) -> None:
    assert sandbox.key_for("openai") not in repr(sandbox)


def test_a_given_key_is_the_accepted_one(post: Post) -> None:
    with Sandbox(keys={"openai": "sk-mine"}) as sandbox:
        assert (sandbox.key_for("openai"), post(sandbox).status_code) == ("sk-mine", 200)


def test_a_key_for_nobody_is_refused() -> None:
    with pytest.raises(ConfigError, match="No emulator of 'acme'"), Sandbox(keys={"acme": "k"}):
        pass


@pytest.mark.parametrize(("headers", "status"), [({"authorization": "Bearer anything"}, 200), ({}, 401)])
def test_any_key_is_still_a_key(http: httpx.Client, headers: dict[str, str], status: int) -> None:
    with Sandbox(any_key=True) as sandbox:
        assert http.get(sandbox.base_url("openai") + "/models", headers=headers).status_code == status


@pytest.mark.parametrize("host", ["0.0.0.0", "192.0.2.1", "::"])  # noqa: S104 - refused
def test_only_loopback_is_listened_on(host: str) -> None:
    with pytest.raises(ConfigError, match="other machines"), Sandbox(host=host):
        pass


def test_how_to_allow_another_address_is_said_of_python_alone() -> None:
    """The command line repeats the sentence, and has no such option."""
    with pytest.raises(ConfigError, match=r"\. In Python, allow_remote=True allows it\.$"):
        listen("192.0.2.1", 0)


def test_a_remote_address_has_to_be_allowed() -> None:
    with Sandbox(host="0.0.0.0", allow_remote=True) as sandbox:  # noqa: S104 - for the length of a test
        assert sandbox.url.startswith("http://0.0.0.0:")


def test_a_host_that_is_no_address_is_refused() -> None:
    with pytest.raises(ConfigError, match="is not an IP address"), Sandbox(host="example.test"):
        pass


def test_answers_are_sent_at_once() -> None:
    """Without this the system holds the end of every answer back, for 40 ms."""
    with listen("127.0.0.1", 0) as listener:
        assert listener.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)


def test_localhost_is_an_address() -> None:
    with Sandbox(host="localhost") as sandbox:
        assert httpx.get(sandbox.url, trust_env=False).status_code == 404


def test_ipv6_is_written_in_brackets(http: httpx.Client) -> None:
    if not socket.has_ipv6:
        pytest.skip("no IPv6 here")
    with Sandbox(host="::1") as sandbox:
        assert sandbox.url.startswith("http://[::1]:")
        assert http.get(sandbox.url).status_code == 404


def test_a_port_that_is_taken_is_named() -> None:
    with (
        Sandbox() as sandbox,
        pytest.raises(ConfigError, match=r"Cannot listen on 127\.0\.0\.1"),
        Sandbox(port=int(sandbox.url.rpartition(":")[2])),
    ):
        pass


def test_a_listener_that_is_of_no_use_is_told_to_the_one_who_starts() -> None:
    listener = listen("127.0.0.1", 0)
    listener.close()
    with pytest.raises(OSError, match="Bad file descriptor"):
        Server(PlainTextResponse("never"), listener, asyncio.Event()).start()


def test_the_fixture_is_a_running_sandbox(limner_sandbox: Sandbox) -> None:
    assert limner_sandbox.url.startswith("http://127.0.0.1:")


def test_requests_are_answered_at_the_same_time(sandbox: Sandbox, post: Post) -> None:
    sandbox.fail(delay=1, times=4)
    started = time.perf_counter()
    with ThreadPoolExecutor(4) as pool:
        replies = list(pool.map(lambda _: post(sandbox), range(4)))
    assert [reply.status_code for reply in replies] == [200] * 4
    assert time.perf_counter() - started < 3


def test_painting_does_not_hold_up_others(sandbox: Sandbox, post: Post, http: httpx.Client) -> None:
    with ThreadPoolExecutor(1) as pool:
        slow = pool.submit(post, sandbox, size="3840x2160")
        while not sandbox.requests:
            time.sleep(0.005)
        http.get(sandbox.url)
        still_painting = not slow.done()
        assert slow.result().status_code == 200
    assert still_painting


def test_it_serves_in_the_foreground_until_told() -> None:
    stop, statuses = threading.Event(), list[int]()

    def announced(sandbox: Sandbox) -> None:
        headers = {"authorization": f"Bearer {sandbox.key_for('openai')}"}
        url = sandbox.base_url("openai") + "/models"
        statuses.extend(httpx.get(url, headers=headers, trust_env=False).status_code for _ in range(2))
        stop.set()

    serve(port=0, faults=("overloaded",), announce=announced, stop=stop)
    assert statuses == [503, 200]


def test_it_serves_on_while_nobody_stops_it() -> None:
    class Later(threading.Event):
        """Set by the first wait, seen by the second."""

        waits = 0

        def wait(self, timeout: float | None = None) -> bool:
            del timeout
            self.waits += 1
            return self.waits > 1

    later = Later()
    serve(port=0, announce=lambda _: None, stop=later)
    assert later.waits == 2


def test_it_announces_itself_on_stdout(capsys: pytest.CaptureFixture[str]) -> None:
    stop = threading.Event()
    stop.set()
    serve(port=0, keys={"openai": "sk-mine"}, stop=stop)
    lines = capsys.readouterr().out.splitlines()
    assert [line for line in lines if line.startswith("openai: http://127.0.0.1:") and line.endswith("key sk-mine")]


def test_a_wrong_fault_is_refused_before_anything_is_served() -> None:
    with pytest.raises(ConfigError, match="gremlins"):
        serve(port=0, faults=("gremlins",))


def test_ctrl_c_ends_it_cleanly() -> None:
    def interrupt(_: Sandbox) -> None:
        raise KeyboardInterrupt

    before = threading.active_count()
    serve(port=0, announce=interrupt)
    assert threading.active_count() == before


def run(*arguments: str, **options: Any) -> subprocess.CompletedProcess[str]:
    """A Python of its own, in which warnings are errors."""
    command = [sys.executable, "-W", "error", *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=60, **options)  # noqa: S603 - our own code


def test_importing_it_loads_no_server_and_no_painter() -> None:
    code = """
import sys, pytest
before = set(sys.modules)
import limner_sandbox, limner_sandbox.pytest_plugin
print([m for m in ("starlette", "uvicorn", "PIL", "asyncio", "attrs") if m in sys.modules and m not in before])
"""
    done = run("-c", code)
    assert done.stdout.strip() == "[]"


def test_its_table_of_contents_is_what_is_visible() -> None:
    assert [name for name in package.__all__ if not hasattr(package, name)] == []
    assert set(package.__all__) <= set(dir(package))
    assert "cut" in FAULTS


def test_a_misspelt_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="Sandbxo"):
        _ = package.Sandbxo  # type: ignore[attr-defined]  # the point of the test


def test_its_pytest_fixture_is_a_running_sandbox(tmp_path: Path) -> None:
    (tmp_path / "pytest.ini").write_text("[pytest]\n")  # this project's own configuration is not to be found
    (tmp_path / "test_it.py").write_text(
        "import urllib.request\n"
        "def test_it(limner_sandbox):\n"
        "    request = urllib.request.Request(limner_sandbox.base_url('openai') + '/models')\n"
        "    request.add_header('authorization', 'Bearer ' + limner_sandbox.key_for('openai'))\n"
        "    assert urllib.request.urlopen(request).status == 200\n"
    )
    environment = {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", "PATH": "", "no_proxy": "*"}
    done = run("-m", "pytest", "-q", "-p", "limner_sandbox.pytest_plugin", str(tmp_path), cwd=tmp_path, env=environment)
    assert "1 passed" in done.stdout, done.stdout


def test_it_does_not_hold_up_the_interpreters_end() -> None:
    code = "from limner_sandbox import Sandbox\nwith Sandbox() as s: print(s.url)"
    done = run("-X", "dev", "-c", code)
    assert (done.stdout.startswith("http://"), done.stderr) == (True, "")
