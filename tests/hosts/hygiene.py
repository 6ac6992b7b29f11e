"""What a host would notice of a library, step by step: run in a process of its own, as a script.

``hygiene.py SUBJECT`` takes a JSON object: ``module`` to import after limner, ``path`` to put in front of ``sys.path``
before, and ``provider``, ``call``, ``base_url`` and ``key`` to use clients with; or ``sandbox``, for a module that is a
server. It prints a JSON object: for each step what has changed and what was done. Nothing but the standard library is
loaded here before the first step.
"""

from __future__ import annotations

import atexit
import gc
import json
import locale
import logging
import os
import random
import signal
import socket
import sys
import tempfile
import threading
import time
import warnings
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

DONE: list[str] = []
"""What the interpreter's own auditing has told of since the last step."""
TOLD = (
    "socket.", "subprocess.", "os.fork", "os.exec", "os.spawn", "os.posix_spawn", "os.system", "os.putenv",
    "os.unsetenv", "os.chdir", "os.remove", "os.rename", "os.mkdir", "os.rmdir", "os.kill",
    "signal.", "sys.settrace", "sys.setprofile", "shutil.", "tempfile.", "webbrowser.", "urllib.",
)  # fmt: skip
CODE = (
    ".py",
    ".pyc",
    ".so",
    ".zip",
    ".pyd",
    ".egg-link",
    ".pth",
    "METADATA",
    "entry_points.txt",
    "pyvenv.cfg",
    "py.typed",
)
"""What the import system and the registry read."""


def _audit(event: str, arguments: tuple[Any, ...]) -> None:
    if event == "open":
        path, mode, flags = arguments
        writes = bool(mode and set(mode) & set("wax+")) or bool(flags & (os.O_WRONLY | os.O_RDWR | os.O_CREAT))
        if isinstance(path, (str, bytes, os.PathLike)):
            name = os.fsdecode(path)
            if (writes and not _is_cache(name)) or not (name.endswith(CODE) or writes):
                DONE.append(f"open {name} {mode}")
    elif event == "socket.connect":
        DONE.append(f"{event} {arguments[1][0]}")
    elif event.startswith(TOLD):
        DONE.append(event)


def _start(thread: threading.Thread) -> None:
    """Start a thread; the interpreter audits that from 3.12 on only."""
    DONE.append("thread")
    START(thread)


START = threading.Thread.start


def _is_cache(name: str) -> bool:
    """Compiled modules are written by whoever imports one first."""
    return "__pycache__" in name or ".coverage" in name


def _handlers() -> list[str]:
    loggers = [
        logging.getLogger(),
        *(one for one in logging.Logger.manager.loggerDict.values() if hasattr(one, "name")),
    ]
    own = [(one.name, handler) for one in loggers for handler in one.handlers]  # type: ignore[union-attr]
    return [f"{name} {handler!r}" for name, handler in own if not isinstance(handler, logging.NullHandler)]


def _descriptors() -> list[str]:
    """The open files and sockets. Not the one that lists them."""
    folder = "/proc/self/fd"
    found = []
    for one in os.listdir(folder) if os.path.isdir(folder) else ():  # noqa: PTH112, PTH208 - pathlib would load more
        try:
            found.append(os.readlink(f"{folder}/{one}"))  # noqa: PTH115 - the same
        except OSError:
            continue
    return sorted(found)


def _state() -> dict[str, Any]:
    """Everything that is the process's and not the library's."""
    return {
        "handlers": _handlers(),
        "levels": [logging.root.level, logging.root.manager.disable, logging.lastResort is not None],
        "environment": dict(os.environ),
        "threads": sorted(one.name for one in threading.enumerate()),
        "descriptors": _descriptors(),
        "signals": {str(one): repr(signal.getsignal(one)) for one in signal.valid_signals()},
        "wakeup": signal.set_wakeup_fd(-1),
        "warnings": [repr(one) for one in warnings.filters] + [repr(warnings.showwarning)],
        "path": [*sys.path, *map(repr, sys.meta_path), *map(repr, sys.path_hooks)],
        "hooks": [
            repr(getattr(sys, name)) for name in ("excepthook", "unraisablehook", "displayhook", "breakpointhook")
        ]
        + [repr(threading.excepthook), repr(sys.getrecursionlimit()), repr(sys.getswitchinterval())],
        "streams": [id(sys.stdin), id(sys.stdout), id(sys.stderr)],
        "locale": [locale.setlocale(locale.LC_ALL), time.tzname],
        "random": hash(random.getstate()),
        "loop": _policy(),
        "folder": os.getcwd(),  # noqa: PTH109 - pathlib would load more
        "temporary": tempfile.tempdir,
        "timeouts": socket.getdefaulttimeout(),
        "collector": [gc.isenabled(), gc.get_threshold(), len(gc.callbacks)],
        "builtins": sorted(set(dir(__builtins__)) - {"_"}),
    }


def _policy() -> str | None:
    """The event loop policy, where it is another than asyncio's own."""
    asyncio = sys.modules.get("asyncio")
    policy = getattr(sys.modules.get("asyncio.events"), "_event_loop_policy", None)
    return None if asyncio is None or policy is None or type(policy) is asyncio.DefaultEventLoopPolicy else repr(policy)


STEPS: dict[str, dict[str, Any]] = {}


def step(name: str, work: Callable[[], Any]) -> Any:
    """Do it, and write down what it changed."""
    before, loaded, exits = _state(), set(sys.modules), atexit._ncallbacks()  # type: ignore[attr-defined]
    DONE.clear()
    found = work()
    done = list(DONE)
    after = _state()
    STEPS[name] = {
        "changed": {key: [before[key], after[key]] for key in before if before[key] != after[key]},
        "done": done,
        "modules": sorted(set(sys.modules) - loaded),
        "exits": atexit._ncallbacks() - exits,  # type: ignore[attr-defined]
    }
    return found


def main(subject: dict[str, Any]) -> None:
    """Import, make a client, use it, close it; then the same under an event loop."""
    sys.path[:0] = subject.get("path", [])
    step("import limner", lambda: __import__("limner"))
    module = step(
        f"import {subject['module']}", lambda: __import__(subject["module"]) and sys.modules[subject["module"]]
    )
    if subject.get("sandbox"):
        step("serve", lambda: _serve(module))
        return
    if not hasattr(module, "limner_provider"):
        return
    if "base_url" in subject:
        name = subject["provider"]
        options: dict[str, Any] = {"base_urls": {name: subject["base_url"]}, "keys": {name: subject["key"]}}
    else:
        options = {"providers": [module.limner_provider()]}
    client = step("make a client", lambda: _made(options))
    step("declare", lambda: [one.capabilities() for one in client.installed().providers()])
    if "base_url" in subject:
        for name in ("generate", "generate again"):
            step(name, lambda: client.generate("a cat", provider=subject["provider"], **subject["call"]))
    step("close", client.close)
    if "base_url" in subject:
        for name in ("an event loop", "another event loop"):
            step(name, lambda: _loop(options, subject))


def _made(options: dict[str, Any]) -> Any:
    import limner  # noqa: PLC0415 - the step before loaded it

    client = limner.Client(**options)
    client.using(keys={}, user="u-1").close()
    return client


def _loop(options: dict[str, Any], subject: dict[str, Any]) -> None:
    import asyncio  # noqa: PLC0415 - whether limner loads it is to be seen

    import limner  # noqa: PLC0415 - the same

    async def main() -> None:
        async with limner.AsyncClient(**options) as client:
            await client.generate("a cat", provider=subject["provider"], **subject["call"])

    asyncio.run(main())
    gc.collect()


def _serve(module: Any) -> None:
    with module.Sandbox() as sandbox:
        sandbox.client().generate("a cat", model="openai/gpt-image-2", size="1024x1024").image.read()


if __name__ == "__main__":
    sys.addaudithook(_audit)
    threading.Thread.start = _start  # type: ignore[method-assign]
    main(json.loads(sys.argv[1]))
    print(json.dumps(STEPS))  # noqa: T201 - what was found
