"""What may be downloaded: which URLs, and which addresses behind them.

The URL comes from a server, so it may name anything: the machine itself, its network, the cloud's metadata service,
in any of the spellings that resolvers and sockets accept. A URL is first brought into one form, then its host is
resolved, and every address must be public; the connection goes to one of those addresses and nowhere else.

The ranges are IANA's special-purpose registries (iana-ipv4-special-registry, iana-ipv6-special-registry; read 2026-11)
rather than ``ipaddress.is_global``, which differs between Python's patch levels and knows nothing of addresses inside
addresses.
"""

from __future__ import annotations

import contextlib
import ipaddress
import re
import socket
from typing import TYPE_CHECKING, Literal
from urllib.parse import SplitResult, urlsplit

from attrs import frozen

from limner.errors import SSRFBlockedError
from limner.transport.http import shown

if TYPE_CHECKING:
    from collections.abc import Iterable

Trust = Literal["local", "server"]
_IPv4 = ipaddress.IPv4Address
_IPv6 = ipaddress.IPv6Address

PORTS = {"http": 80, "https": 443}


@frozen
class Target:
    """A URL in the one form that is checked and fetched: ASCII host, addresses as dotted quads or canonical IPv6.

    Args:
        url: Without user and fragment.
        scheme: ``http`` or ``https``.
        host: A name, or an address without brackets.
        port: The scheme's own where the URL names none.
    """

    url: str
    scheme: str
    host: str
    port: int

    @property
    def origin(self) -> tuple[str, str, int]:
        """Scheme, host and port."""
        return self.scheme, self.host, self.port

    @property
    def literal(self) -> str | None:
        """The address, where the host is one."""
        with contextlib.suppress(ValueError):
            return str(ipaddress.ip_address(self.host))
        return None


def target(url: str) -> Target:
    """Bring a URL into its one form.

    Raises:
        SSRFBlockedError: It is no http(s) URL, names a user, or has a host that parsers read differently.
    """
    text = url.strip().replace(" ", "%20")
    try:
        parts = urlsplit(text)
        port = parts.port
    except ValueError:
        raise _blocked(url, "is not a URL") from None
    wrong = next((reason for reason, holds in _faults(text, parts).items() if holds), None)
    if wrong is not None:
        raise _blocked(url, wrong)
    host = _host(parts.hostname or "")
    if host is None:
        raise _blocked(url, "has no usable host")
    port = PORTS[parts.scheme] if port is None else port
    netloc = f"[{host}]" if ":" in host else host
    netloc += "" if port == PORTS[parts.scheme] else f":{port}"
    return Target(parts._replace(netloc=netloc, fragment="").geturl(), parts.scheme, host, port)


def _faults(text: str, parts: SplitResult) -> dict[str, bool]:
    return {
        "has control characters": re.search(r"[\x00-\x20\x7f]", text) is not None,
        "is not http or https": parts.scheme not in PORTS,
        "names a user": "@" in parts.netloc,
        "has no usable host": "\\" in parts.netloc or "%" in parts.netloc or not parts.hostname,
    }


_LABELS = re.compile(r"(?!-)[a-z0-9_-]{1,63}(?:\.[a-z0-9_-]{1,63})*")
_NUMERIC = re.compile(r"(?:.*\.)?(?:\d+|0x[0-9a-f]*)")


def _host(host: str) -> str | None:
    """The host in ASCII; any spelling of an IPv4 address (octal, hexadecimal, short) as its four numbers."""
    if ":" in host:
        with contextlib.suppress(ValueError):
            return str(_IPv6(host))
        return None
    try:
        name = host.encode("idna").decode("ascii").lower().removesuffix(".")
    except UnicodeError:
        return None
    if _NUMERIC.fullmatch(name):
        with contextlib.suppress(OSError):
            return str(_IPv4(socket.inet_aton(name)))
        return None
    return name if len(name) <= 253 and _LABELS.fullmatch(name) else None  # noqa: PLR2004 - RFC 1035


def origin(url: str) -> tuple[str, str, int] | None:
    """Scheme, host and port of a URL, as :attr:`Target.origin` has them; ``None`` where it has none."""
    try:
        return target(url).origin
    except SSRFBlockedError:
        return None


@frozen
class Guard:
    """Says which targets may be fetched.

    Args:
        trust: ``server`` allows public addresses at ports 80 and 443 only. ``local`` also allows loopback, at any
            port, where the URL's origin is one of ``origins``.
        origins: URLs whose origins the user gave: a sandbox, a server of his own.
    """

    trust: Trust = "server"
    origins: tuple[str, ...] = ()

    def check(self, aim: Target, addresses: Iterable[str]) -> None:
        """Do nothing where every address may be connected to.

        Args:
            aim: What is to be fetched.
            addresses: All that its host resolves to; none yet, or none that we learn, judges the URL alone.

        Raises:
            SSRFBlockedError: One of them may not.
        """
        found = tuple(addresses) or tuple(filter(None, [aim.literal]))
        known = self.trust == "local" and aim.origin in map(origin, self.origins)
        loopback = all(_is_loopback(address) for address in found) if found else _is_local_name(aim.host)
        if known and loopback:
            return
        if loopback and not found:
            raise _blocked(aim.url, "leads to this machine")
        if aim.port not in PORTS.values():
            raise _blocked(aim.url, f"is at port {aim.port}; only 80 and 443 are fetched from")
        for address in found:
            reason = why_not(address)
            if reason is not None:
                raise _blocked(aim.url, f"leads to {address} ({reason})")


def _blocked(url: str, reason: str) -> SSRFBlockedError:
    return SSRFBlockedError(f"{shown(url)} is not fetched: it {reason}", phase="final")


def _is_local_name(host: str) -> bool:
    return host == "localhost" or host.endswith(".localhost")


def _is_loopback(address: str) -> bool:
    return ipaddress.ip_address(address.partition("%")[0]).is_loopback


# Addresses

_SPECIAL_4 = {
    ipaddress.IPv4Network(network): name
    for network, name in {
        "0.0.0.0/8": "this network",
        "10.0.0.0/8": "private",
        "100.64.0.0/10": "carrier-grade NAT",
        "127.0.0.0/8": "loopback",
        "168.63.129.16/32": "Azure's host agent",
        "169.254.0.0/16": "link-local",
        "172.16.0.0/12": "private",
        "192.0.0.0/24": "protocol assignments",
        "192.0.2.0/24": "documentation",
        "192.88.99.0/24": "6to4 relay",
        "192.168.0.0/16": "private",
        "198.18.0.0/15": "benchmarking",
        "198.51.100.0/24": "documentation",
        "203.0.113.0/24": "documentation",
        "224.0.0.0/4": "multicast",
        "240.0.0.0/4": "reserved",
    }.items()
}
_GLOBAL_6 = ipaddress.IPv6Network("2000::/3")
_SPECIAL_6 = {
    ipaddress.IPv6Network(network): name
    for network, name in {
        "2001::/23": "protocol assignments, Teredo among them",
        "2001:db8::/32": "documentation",
        "2002::/16": "6to4",
        "3fff::/20": "documentation",
    }.items()
}
_CARRIES_IPV4 = tuple(map(ipaddress.IPv6Network, ("::ffff:0:0/96", "64:ff9b::/96")))
"""Mapped addresses, and NAT64's well-known prefix, by which IPv6-only networks reach IPv4: judged by what is inside."""


def why_not(address: str) -> str | None:
    """Why an address is not public, in a word or two; ``None`` where it is."""
    if "%" in address:
        return "link-local"
    ip = ipaddress.ip_address(address)
    if isinstance(ip, _IPv4):
        return next((name for network, name in _SPECIAL_4.items() if ip in network), None)
    if any(ip in network for network in _CARRIES_IPV4):
        return why_not(str(_IPv4(int(ip) & 0xFFFFFFFF)))
    if ip not in _GLOBAL_6:
        return "loopback" if ip.is_loopback else "not global unicast"
    return next((name for network, name in _SPECIAL_6.items() if ip in network), None)
