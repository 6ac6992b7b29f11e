"""Looking up host names within a deadline."""

from __future__ import annotations

import asyncio
import contextlib
import ipaddress
import queue
import socket
import threading
from concurrent.futures import Future
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Callable

    from limner.transport.deadline import Deadline

Resolver: TypeAlias = "Callable[[str, int, Deadline], tuple[str, ...]]"
"""Finds a host's addresses within a deadline, or raises OSError or TimeoutError."""


def resolve(host: str, port: int, deadline: Deadline) -> tuple[str, ...]:
    """The addresses of ``host``, in the system's order, within the deadline.

    The system's resolver cannot be interrupted, so it runs in a thread that is left behind when it is late.

    Raises:
        OSError: The name has no address.
        TimeoutError: The deadline passed.
    """
    with contextlib.suppress(ValueError):
        return (str(ipaddress.ip_address(host)),)
    answers: queue.SimpleQueue[tuple[str, ...] | Exception] = queue.SimpleQueue()

    def look_up() -> None:
        try:
            found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
            answers.put(tuple(dict.fromkeys(str(info[4][0]) for info in found)))
        except UnicodeError:
            answers.put(socket.gaierror(socket.EAI_NONAME, "not a host name"))
        except Exception as error:  # noqa: BLE001 - raised again where somebody waits for it
            answers.put(error)

    threading.Thread(target=look_up, name="limner-resolve", daemon=True).start()
    try:
        answer = answers.get(timeout=deadline.clamp(threading.TIMEOUT_MAX))
    except queue.Empty:
        raise TimeoutError from None
    if isinstance(answer, Exception):
        raise answer
    return answer


async def aresolve(resolver: Resolver, host: str, port: int, deadline: Deadline) -> tuple[str, ...]:
    """What ``resolver`` finds, under asyncio.

    It runs in a thread that is left behind when the caller is cancelled: at its end ``asyncio.run`` waits for the
    threads of ``asyncio.to_thread``.
    """
    with contextlib.suppress(ValueError):
        return (str(ipaddress.ip_address(host)),)
    found: Future[tuple[str, ...]] = Future()

    def look_up() -> None:
        try:
            found.set_result(resolver(host, port, deadline))
        except Exception as error:  # noqa: BLE001 - raised again where somebody waits for it
            found.set_exception(error)

    found.set_running_or_notify_cancel()
    threading.Thread(target=look_up, name="limner-resolve", daemon=True).start()
    return await asyncio.wrap_future(found)
