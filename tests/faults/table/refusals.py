"""Statuses, and how a server says when to come again. All statuses from 400 to 529 are gone through elsewhere."""

from __future__ import annotations

from base64 import b64encode
from urllib.parse import quote

from fault_table.words import CANARY, GOOD, PNG, Fault, refuses, says

AGAIN = {"retry_after": "0"}
SUNDAY = "Sun, 22 Nov 2026 10:00:00 GMT"
LATER = "Sun, 22 Nov 2026 12:00:00 GMT"
FIRST = {"images": (PNG,), "posts": 2}
ONCE = {"kind": "rate_limit", "posts": 1, "seconds": 2.0}


def _limit(words: str, message: str = "Slow down.", then: object = GOOD, **headers: str) -> Fault:
    expected = FIRST if then is GOOD else ONCE
    return Fault(words, [refuses(429, message, **headers), GOOD], **expected)


def _late(words: str, message: str = "Slow down.", **headers: str) -> Fault:
    return _limit(words, message, None, **headers)


def _echo(words: str, told: str, **headers: str) -> Fault:
    return Fault(words, [refuses(400, told, **headers)], kind="bad_request")


FAULTS = (
    # When to come again: in time, and too late.
    _limit("429 names no time"),
    _limit("429 names no seconds", retry_after="0"),
    _limit("429 names a fraction of a second", retry_after="0.05"),
    _limit("429 names milliseconds", retry_after_ms="50"),
    _limit("429 names milliseconds and other seconds", retry_after_ms="50", retry_after="90"),
    _limit("429 names a date that is past", retry_after=SUNDAY, date=LATER),
    _limit("429 names a date that is now", retry_after=SUNDAY, date=SUNDAY),
    _limit("429 names a date and no date of its own", retry_after=LATER),
    _limit("429 names a date that is none", retry_after="next Sunday", date=SUNDAY),
    _limit("429 names negative seconds", retry_after="-5"),
    _limit("429 names infinity", retry_after="inf"),
    _limit("429 names nothing in its header", retry_after=" "),
    _limit("429 names milliseconds in its message", "Rate limit reached. Please try again in 50ms."),
    _limit("429 allows another attempt in so many words", retry_after="0", x_should_retry="true"),
    _late("429 names too many seconds", retry_after="90"),
    _late("429 names 10^30 seconds", retry_after="1" + "0" * 11),
    _late("429 names too many milliseconds", retry_after_ms="90000"),
    _late("429 names a date too late", retry_after=LATER, date=SUNDAY),
    _late("429 names minutes in its message", "Please try again in 6m0s."),
    _late("429 names hours in its message", "Please retry after 2 hours."),
    _late("429 forbids another attempt", retry_after="0", x_should_retry="false"),
    _late("429 forbids another attempt in capitals", retry_after="0", x_should_retry="FALSE"),
    Fault("429 is an exhausted quota", [refuses(429, "No.", "insufficient_quota", **AGAIN)], kind="quota"),
    Fault("429 comes again and again", [refuses(429, **AGAIN)], kind="rate_limit", posts=3),
    Fault("503 comes again and again", [refuses(503, **AGAIN)], kind="server", posts=3),
    Fault(
        "503 is turned away and then painted",
        [refuses(503, **AGAIN), refuses(429, **AGAIN), GOOD],
        posts=3,
        images=(PNG,),
    ),
    Fault(
        "503 is a refusal of what was asked for",
        [refuses(503, "No.", "content_policy_violation", **AGAIN)],
        kind="content_policy",
    ),
    Fault(
        "503 is turned away, and the outcome of the next attempt is unknown",
        [refuses(503, **AGAIN), refuses(500, **AGAIN), GOOD],
        kind="server",
        posts=2,
        billed=True,
    ),
    Fault(
        "500 asks to be asked again", [refuses(500, x_should_retry="true", **AGAIN), GOOD], kind="server", billed=True
    ),
    Fault("504 names a time", [refuses(504, **AGAIN), GOOD], kind="server", billed=True),
    Fault("500 at the caller's risk", [refuses(500, **AGAIN), GOOD], call={"retry": "at_least_once"}, **FIRST),
    Fault(
        "500 at the caller's risk, forbidden by the server",
        [refuses(500, x_should_retry="false"), GOOD],
        kind="server",
        billed=True,
        call={"retry": "at_least_once"},
    ),
    Fault("400 asks to be asked again", [refuses(400, x_should_retry="true", **AGAIN), GOOD], kind="bad_request"),
    # Bodies of refusals.
    Fault(
        "502 comes with a page",
        [says("<html><head><title>502 Bad Gateway</title></head></html>", 502, content_type="text/html")],
        kind="server",
        billed=True,
        word="502 Bad Gateway",
    ),
    Fault("500 comes with nothing", [says(b"", 500)], kind="server", billed=True),
    Fault("401 comes with broken JSON", [says("{oops", 401)], kind="auth"),
    Fault("401 comes with a body that breaks off", [[refuses(401)[0][:-9], "cut"]], kind="auth"),
    Fault("401 comes with a body in brotli", [refuses(401, content_encoding="br")], kind="auth"),
    Fault(
        "403 comes with five megabytes of JSON", [says({"error": {"message": "x" * (5 << 20)}}, 403)], kind="permission"
    ),
    Fault("400 comes with the picture", [says({"data": [{"b64_json": "aGk="}]}, 400)], kind="bad_request"),
    # The key, sent back.
    _echo("a refusal shows the key", f"no {CANARY} here"),
    _echo("a refusal shows the key in percent", f"GET /?key={quote(CANARY, safe='')}"),
    _echo("a refusal shows the key in base64", b64encode(f"user:{CANARY}".encode()).decode()),
    _echo("a refusal shows the key with slashes escaped", CANARY.replace("/", "\\/")),
    _echo("a refusal shows the key in its id", "No.", x_request_id=CANARY),
    _echo("a refusal shows the key in its headers", "No.", x_echo=CANARY, set_cookie=CANARY),
)
