"""A host does not notice limner: what importing, making, using and closing change of the process, and what they do.

One process for each package; :mod:`hygiene` looks on inside. The examples of ``docs/examples`` are subjects too, by
their path.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from limner_sandbox import Sandbox

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

ROOT = Path(__file__).parents[2]
PACKAGES = {
    "limner_fastapiai": ("fastapi.ai", {"model": "dall-e-2", "size": "256x256"}),
    "limner_openai": ("openai", {"model": "gpt-image-2", "output_format": "svg"}),
    "limner_r9s": ("r9s", {"model": "dall-e-2", "size": "256x256"}),
    "limner_roboflow": ("roboflow", None),
    "limner_rockapi": ("rockapi", {"model": "dall-e-2", "size": "256x256"}),
}
"""The providers, each with a picture that is quickly painted, where there is one."""


def examples() -> Iterator[dict[str, Any]]:
    """The examples, which need not be installed: providers by their entry points, hosts by their modules."""
    for project in sorted(ROOT.glob("docs/examples/*/pyproject.toml")):
        told = tomllib.loads(project.read_text(encoding="utf-8")).get("project", {})
        hosts = [path.stem for path in sorted(project.parent.glob("src/*.py"))]
        for module in told.get("entry-points", {}).get("limner", {}).values() or hosts:
            yield {"module": module.partition(":")[0], "path": [str(project.parent / "src"), str(project.parent)]}


SUBJECTS = [*({"module": name} for name in PACKAGES), {"module": "limner_sandbox", "sandbox": True}, *examples()]


@pytest.fixture(scope="session")
def sandbox() -> Iterator[Sandbox]:
    with Sandbox() as running:
        yield running


@pytest.fixture(scope="session", params=SUBJECTS, ids=lambda subject: subject["module"])
def steps(request: pytest.FixtureRequest, sandbox: Sandbox) -> Mapping[str, Any]:
    """What each step changed and did."""
    subject = dict(request.param)
    if subject["module"] in PACKAGES:
        name, call = PACKAGES[subject["module"]]
        given = {"provider": name, "call": call, "base_url": sandbox.base_url(name), "key": sandbox.key_for(name)}
        subject |= given if call is not None else {}
    command = [sys.executable, "-B", "-W", "error", str(Path(__file__).with_name("hygiene.py")), json.dumps(subject)]
    # From outside: what measures coverage opens files and traces; and bytecode (-B) is no package's doing.
    own = {name: value for name, value in os.environ.items() if not name.startswith("COVERAGE")}
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False, env=own)  # noqa: S603 - ours
    assert (done.returncode, done.stderr) == (0, "")
    found: dict[str, Any] = json.loads(done.stdout)
    return found


SILENT = ("import", "make a client", "declare", "close")
"""Steps that do nothing that a host could notice, to files, sockets, threads or processes."""
TALKING = {"socket.getaddrinfo", "socket.__new__", "socket.connect 127.0.0.1"}
"""What an ordinary call does."""


def test_a_host_notices_nothing(steps: Mapping[str, Any]) -> None:
    """Handlers, environment, threads, files, signals, warnings, paths, hooks, locale, random numbers, event loops."""
    for name, told in steps.items():
        changed = dict(told["changed"])
        if name == "generate":
            before, after = changed.pop("descriptors")
            kept = {one.partition(":")[0] for one in after if one not in before}
            assert kept == {"socket"}, "connections, kept for the next call"
        if name == "close" and "generate" in steps:
            changed.pop("descriptors")
            assert told["changed"]["descriptors"] == steps["generate"]["changed"]["descriptors"][::-1]
        if "rich.style" in told["modules"]:  # httpx imports rich where that is installed, and rich rolls dice then
            changed.pop("random")
        assert changed == {}, name
        if name.startswith(SILENT):
            assert told["done"] == [], name
        elif name != "serve":
            assert set(told["done"]) <= TALKING, name
        if name != "serve":
            assert told["exits"] == 0, name
    assert "import limner" in steps


def test_importing_limner_loads_limner_alone(steps: Mapping[str, Any]) -> None:
    assert steps["import limner"]["modules"] == ["limner"]


def test_importing_a_package_loads_no_http_no_loop_and_no_plugin_of_another(steps: Mapping[str, Any]) -> None:
    (name,) = (name.removeprefix("import ") for name in steps if name.startswith("import ") and name != "import limner")
    loaded = {module.partition(".")[0] for module in steps[f"import {name}"]["modules"]}
    if name.startswith("limner_"):
        heavy = {"asyncio", "httpx", "httpcore", "aiohttp", "ssl", "click", "rich", "starlette", "uvicorn"}
        assert loaded.isdisjoint(heavy)
    assert {module for module in loaded if module.startswith("limner_")} <= {name.partition(".")[0]}


NOISY = """
import locale, logging, os, random, signal, socket, sys, threading, warnings
logging.basicConfig()
os.environ["NOISY"] = "1"
random.seed(1)
signal.signal(signal.SIGUSR1, signal.SIG_IGN)
sys.path.append("/noisy")
sys.excepthook = print
socket.setdefaulttimeout(5)
warnings.simplefilter("always")
KEPT = open(__file__ + ".txt", "w")
threading.Thread(target=threading.Event().wait, daemon=True).start()
"""


def test_what_looks_on_sees_a_noisy_package(tmp_path: Path) -> None:
    """Else nothing would follow from its silence."""
    (tmp_path / "noisy.py").write_text(NOISY, encoding="utf-8")
    subject = json.dumps({"module": "noisy", "path": [str(tmp_path)]})
    command = [sys.executable, "-B", str(Path(__file__).with_name("hygiene.py")), subject]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True)  # noqa: S603 - our own code
    told = json.loads(done.stdout)["import noisy"]
    assert " ".join(sorted(told["changed"])) == (
        "descriptors environment handlers hooks path random signals threads timeouts warnings"
    )
    assert {"os.putenv", "thread"} <= set(told["done"])
    assert [one.partition(" ")[0] for one in told["done"]].count("open") == 1
