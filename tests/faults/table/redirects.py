"""Redirects of the API: never followed, within an origin or across, whatever their status."""

from __future__ import annotations

from fault_table.words import CANARY, HERE, Fault, says


def _redirect(words: str, status: int = 307, **more: object) -> Fault:
    location = {"location": more.pop("location")} if "location" in more else {}
    return Fault(words, [says("", status, **location)], **{"kind": "redirect", **more})


FAULTS = (
    *(
        _redirect(f"{status} leads elsewhere within the origin", status, location=f"http://{HERE}/v2")
        for status in (301, 302, 303, 307, 308)
    ),
    *(
        _redirect(f"{status} leads to another origin", status, location="https://evil.example/v1")
        for status in (301, 302, 303, 307, 308)
    ),
    _redirect("a redirect is relative", location="/v2/images"),
    _redirect("a redirect leads to the cloud's metadata", location="http://169.254.169.254/latest/meta-data/"),
    _redirect("a redirect leads to a file", location="file:///etc/passwd"),
    _redirect("a redirect leads nowhere", word="no other host"),
    _redirect("a redirect shows the key", location=f"https://evil.example/?key={CANARY}"),
    _redirect("a redirect shows the key in its host", location=f"https://{CANARY[:9]}.example/{CANARY}"),
    _redirect(
        "a redirect leads to itself, at the caller's risk",
        location=f"http://{HERE}/images/generations",
        call={"retry": "at_least_once"},
    ),
    _redirect("several choices are offered", 300),
    _redirect("a POST is answered with 304", 304),
    _redirect("a proxy is named", 305, location="http://proxy.example/"),
)
