"""Nothing is downloaded from where nothing is to be had: every spelling, every range, against an independent oracle."""

from __future__ import annotations

import ipaddress
import socket
import threading
import time
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from limner.errors import SSRFBlockedError
from limner.transport._names import resolve
from limner.transport.deadline import Deadline
from limner.transport.guard import Guard, target, why_not

if TYPE_CHECKING:
    from collections.abc import Callable

SIGNED = "sig=canary-5678"
PUBLIC = ("93.184.215.14", "2606:2800:21f:cb07:6820:80da:af6b:8b2c")


def blocked(url: str, *addresses: str, guard: Guard | None = None) -> bool:
    found: SSRFBlockedError | None = None
    try:
        (guard or Guard()).check(target(url), addresses)
    except SSRFBlockedError as error:
        found = error
    assert found is None or (found.phase == "final" and SIGNED not in str(found))
    return found is not None


# URLs


@pytest.mark.parametrize(
    ("url", "form"),
    [
        ("https://cdn.example/a.png?sig=a%2Fb+c", "https://cdn.example/a.png?sig=a%2Fb+c"),
        ("HTTPS://CDN.Example./a#part", "https://cdn.example/a"),
        ("http://cdn.example:80/", "http://cdn.example/"),
        ("http://cdn.example:443/", "http://cdn.example:443/"),
        (" https://cdn.example/a b.png ", "https://cdn.example/a%20b.png"),
        ("https://bücher.example/", "https://xn--bcher-kva.example/"),
        ("http://[2606:2800:021f:0::1]/", "http://[2606:2800:21f::1]/"),
        ("http://8.8.8.8/", "http://8.8.8.8/"),
    ],
)
def test_a_url_is_brought_into_one_form(url: str, form: str) -> None:
    assert target(url).url == form


@pytest.mark.parametrize(
    "url",
    [
        "http://127.1/", "http://0x7f.1/", "http://0177.0.0.1/", "http://2130706433/", "http://0x7f000001/",
        "http://017700000001/", "http://127.0.0.1./", "http://①②⑦.0.0.1/", "http://127。0。0。1/",
    ],
)  # fmt: skip
def test_every_spelling_of_an_ipv4_address_is_that_address(url: str) -> None:
    assert target(url).host == "127.0.0.1"


@pytest.mark.parametrize(
    "url",
    [
        "", "cdn.example/a", "ftp://cdn.example/", "file:///etc/passwd", "gopher://cdn.example/", "data:image/png,x",
        "javascript:alert(1)", "//cdn.example/", "http://", "http:///a", "http://user@cdn.example/",
        "http://user:pass@cdn.example/", "http://@cdn.example/", "http://cdn.example\\@127.0.0.1/",
        "http://cdn.example:99999/", "http://cdn.example:x/", "http://[::1/", "http://[v1.a:b]/", "http://[fe80::1%25eth0]/",
        "http://cdn.example%2f@x/", "http://cdn%00.example/", "http://cdn.example/\x00", "http://cdn\n.example/",
        "http://1.2.3.4.5/", "http://256.1.1.1/", "http://cdn.0x/", "http://a..example/", "http://-a.example/",
        f"http://{'a' * 64}.example/", "http://" + ".".join(["a" * 60] * 5), "http://a!b.example/",
    ],
)  # fmt: skip
def test_what_is_no_plain_http_url_is_not_fetched(url: str) -> None:
    with pytest.raises(SSRFBlockedError):
        target(url)


@pytest.mark.parametrize("port", [22, 81, 3000, 6379, 8080, 8443])
def test_only_the_web_s_ports_are_fetched_from(port: int) -> None:
    assert blocked(f"http://cdn.example:{port}/?{SIGNED}", *PUBLIC)


@pytest.mark.parametrize("url", ["http://cdn.example/", "https://cdn.example/", "https://cdn.example:80/"])
def test_public_addresses_at_the_web_s_ports_are_fetched_from(url: str) -> None:
    assert not blocked(url, *PUBLIC)


def test_one_bad_address_among_good_ones_is_enough() -> None:
    assert blocked(f"https://cdn.example/?{SIGNED}", *PUBLIC, "10.0.0.1")


# Addresses

SPECIAL = [
    "0.0.0.1", "0.1.2.3", "10.1.2.3", "100.64.0.1", "100.100.100.200", "127.0.0.1", "127.255.255.254",
    "168.63.129.16", "169.254.169.254", "172.16.0.1", "172.31.255.255", "192.0.0.1", "192.0.0.192", "192.0.2.1",
    "192.88.99.1", "192.168.1.1", "198.18.0.1", "198.51.100.1", "203.0.113.1", "224.0.0.1", "239.255.255.255",
    "240.0.0.1", "255.255.255.255",
    "::", "::1", "::127.0.0.1", "::8.8.8.8", "::ffff:127.0.0.1", "::ffff:10.0.0.1", "::ffff:0:8.8.8.8",
    "64:ff9b::7f00:1", "64:ff9b::a9fe:a9fe", "64:ff9b:1::808:808", "100::1", "2001::1", "2001:0:4136:e378::1",
    "2001:2::1", "2001:10::1", "2001:20::1", "2001:db8::1", "2002:7f00:1::", "2002:808:808::", "3fff::1", "5f00::1",
    "fc00::1", "fd00:ec2::254", "fe80::1", "fe80::1%eth0", "fec0::1", "ff02::1",
]  # fmt: skip


@pytest.mark.parametrize("address", SPECIAL)
@pytest.mark.parametrize("guard", [Guard(), Guard("local"), Guard("local", ("https://other.example",))])
def test_special_addresses_are_not_fetched_from(address: str, guard: Guard) -> None:
    assert blocked(f"https://cdn.example/?{SIGNED}", address, guard=guard)


@pytest.mark.parametrize("address", [each for each in SPECIAL if "%" not in each])
def test_nor_are_they_as_a_host(address: str) -> None:
    """The URL alone says so: before anything is looked up, and behind a proxy."""
    assert blocked(f"http://[{address}]/" if ":" in address else f"http://{address}/")


@pytest.mark.parametrize("host", ["localhost", "LOCALHOST.", "api.localhost"])
def test_nor_is_this_machine_by_name(host: str) -> None:
    assert blocked(f"http://{host}/")


@pytest.mark.parametrize(
    "address",
    ["1.1.1.1", "8.8.8.8", "172.15.255.255", "172.32.0.0", "100.63.255.255", "100.128.0.0", "223.255.255.255",
     "2606:4700:4700::1111", "2a00:1450::1", "2001:4860:4860::8888", "::ffff:8.8.8.8", "64:ff9b::808:808"],
)  # fmt: skip
def test_their_neighbours_are_public(address: str) -> None:
    assert why_not(address) is None


STRICTER = [ipaddress.ip_network(each) for each in ("168.63.129.16/32", "192.0.0.0/24", "192.88.99.0/24")]
"""Which Python calls global and we do not: Azure's host agent, protocol assignments, a relay that is no more."""


def agree(address: ipaddress.IPv4Address) -> None:
    assume(not any(address in network for network in STRICTER))
    assert (why_not(str(address)) is None) == (address.is_global and not address.is_multicast)


@settings(max_examples=max(1000, 2 * settings().max_examples))
@given(st.ip_addresses(v=4))
def test_ipv4_as_ipaddress_judges_it(address: ipaddress.IPv4Address) -> None:
    agree(address)


@settings(max_examples=2 * settings().max_examples)
@given(
    st.sampled_from([network for network in SPECIAL if ":" not in network]).map(ipaddress.IPv4Address),
    st.integers(-1024, 1024),
)
def test_ipv4_around_the_special_ranges_as_ipaddress_judges_it(near: ipaddress.IPv4Address, offset: int) -> None:
    agree(ipaddress.IPv4Address((int(near) + offset) % 2**32))


@settings(max_examples=max(1000, 2 * settings().max_examples))
@given(st.ip_addresses(v=6) | st.integers(0x2000 << 112, (0x4000 << 112) - 1).map(ipaddress.IPv6Address))
def test_no_ipv6_address_is_fetched_from_that_is_not_global(address: ipaddress.IPv6Address) -> None:
    if why_not(str(address)) is None:
        assert address.is_global


@settings(max_examples=2 * settings().max_examples)
@given(st.integers(0x2003 << 112, (0x3F00 << 112) - 1).map(ipaddress.IPv6Address))
def test_no_global_ipv6_address_is_blocked(address: ipaddress.IPv6Address) -> None:
    assert why_not(str(address)) is None


EMBEDDINGS: dict[str, Callable[[int], int]] = {
    "mapped": lambda v4: 0xFFFF << 32 | v4,
    "NAT64": lambda v4: 0x64FF9B << 96 | v4,
    "compatible": lambda v4: v4,
    "translated": lambda v4: 0xFFFF << 48 | v4,
    "6to4": lambda v4: 0x2002 << 112 | v4 << 80,
    "Teredo": lambda v4: 0x20010000 << 96 | v4 ^ 0xFFFFFFFF,
}


@settings(max_examples=2 * settings().max_examples)
@given(st.sampled_from(sorted(EMBEDDINGS)), st.ip_addresses(v=4))
def test_an_address_inside_an_address_opens_no_door(form: str, inside: ipaddress.IPv4Address) -> None:
    outside = ipaddress.IPv6Address(EMBEDDINGS[form](int(inside)))
    if why_not(str(outside)) is None:
        assert why_not(str(inside)) is None


SPELLINGS: list[Callable[[int], str]] = [
    str,
    hex,
    lambda v4: f"0{v4:o}",
    lambda v4: str(ipaddress.IPv4Address(v4)),
    lambda v4: ".".join(hex(byte) for byte in v4.to_bytes(4)),
    lambda v4: ".".join(f"0{byte:o}" for byte in v4.to_bytes(4)),
    lambda v4: f"{v4 >> 24}.{v4 & 0xFFFFFF}",
    lambda v4: f"{v4 >> 24}.{v4 >> 16 & 255}.{v4 & 0xFFFF}",
    lambda v4: f"{ipaddress.IPv4Address(v4)}.",
    lambda v4: str(ipaddress.IPv4Address(v4)).replace(".", "。"),
]


@settings(max_examples=max(500, 2 * settings().max_examples))
@given(
    st.sampled_from(SPELLINGS),
    st.ip_addresses(v=4)
    | st.sampled_from([address for address in SPECIAL if ":" not in address]).map(ipaddress.IPv4Address),
)
def test_the_spelling_of_an_address_changes_nothing(
    spell: Callable[[int], str], address: ipaddress.IPv4Address
) -> None:
    assert blocked(f"http://{spell(int(address))}/?{SIGNED}") == (why_not(str(address)) is not None)


@settings(max_examples=2 * settings().max_examples)
@given(st.text(max_size=40), st.sampled_from(["http://{}", "http://{}/a", "{}", "http://a{}@b/", "http://[{}]/"]))
def test_any_text_is_a_target_or_blocked(text: str, frame: str) -> None:
    url = frame.format(text)
    if not blocked(url):
        aim = target(url)
        assert target(aim.url) == aim
        assert not any(char <= " " or char == "\x7f" for char in aim.url)


# Trust

LOCAL = Guard("local", ("http://127.0.0.1:8080/v1", "http://localhost:8081"))


@pytest.mark.parametrize(
    ("url", "address"), [("http://127.0.0.1:8080/a.png", "127.0.0.1"), ("http://localhost:8081/a", "::1")]
)
def test_local_trust_fetches_from_the_loopback_origins_that_were_given(url: str, address: str) -> None:
    assert not blocked(url, address, guard=LOCAL)
    assert not blocked(url, guard=LOCAL)


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1:8082/", "http://127.0.0.2:8080/", "https://127.0.0.1:8080/", "http://127.0.0.1/"]
)
def test_but_from_no_other_origin(url: str) -> None:
    assert blocked(url, "127.0.0.1", guard=LOCAL)


def test_a_given_origin_that_leads_into_the_network_is_blocked_all_the_same() -> None:
    assert blocked("http://localhost:8081/", "127.0.0.1", "192.168.1.1", guard=LOCAL)


def test_server_trust_has_no_exceptions() -> None:
    assert blocked("http://127.0.0.1:8080/", "127.0.0.1", guard=Guard("server", LOCAL.origins))


def test_an_origin_that_is_no_url_allows_nothing() -> None:
    assert blocked("http://127.0.0.1:8080/", "127.0.0.1", guard=Guard("local", ("nonsense", "")))


# Names


def test_an_address_needs_no_resolver(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(socket, "getaddrinfo", None)
    assert resolve("::0001", 80, Deadline(1)) == ("::1",)


def test_all_addresses_of_a_name_are_found_once(monkeypatch: pytest.MonkeyPatch) -> None:
    found = [
        (2, 1, 6, "", ("192.0.2.1", 80)),
        (10, 1, 6, "", ("2001:db8::1", 80, 0, 0)),
        (2, 1, 6, "", ("192.0.2.1", 80)),
    ]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: found)
    assert resolve("cdn.example", 80, Deadline(1)) == ("192.0.2.1", "2001:db8::1")


def test_a_resolver_that_hangs_is_left_behind(monkeypatch: pytest.MonkeyPatch) -> None:
    over = threading.Event()

    def slow(*_: Any, **__: Any) -> list[Any]:
        over.wait(20)
        return []

    monkeypatch.setattr(socket, "getaddrinfo", slow)
    began = time.monotonic()
    with pytest.raises(TimeoutError):
        resolve("cdn.example", 80, Deadline(0.1))
    assert time.monotonic() - began < 10
    over.set()


def test_whatever_a_resolver_raises_is_raised(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(socket, "getaddrinfo", None)
    with pytest.raises(TypeError):
        resolve("cdn.example", 80, Deadline(5))


@pytest.mark.parametrize("raised", [socket.gaierror(-2, "Name or service not known"), UnicodeError("label too long")])
def test_a_name_that_has_no_address_is_an_os_error(monkeypatch: pytest.MonkeyPatch, raised: Exception) -> None:
    def failing(*_: Any, **__: Any) -> None:
        raise raised

    monkeypatch.setattr(socket, "getaddrinfo", failing)
    with pytest.raises(OSError, match="not"):
        resolve("cdn.example", 80, Deadline.never())
