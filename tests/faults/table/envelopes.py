"""Envelopes: errors in a 200, data that is empty, missing or odd, more and fewer images than asked for."""

from __future__ import annotations

from fault_table.words import CANARY, GIF, OTHER, PNG, Fault, b64, data, item, says

POLICY = {"code": "content_policy_violation", "message": "Not that."}


def _good(words: str, body: object, *pictures: bytes, **more: object) -> Fault:
    return Fault(words, [says(body)], images=pictures or (PNG,), **more)


def _bad(words: str, body: object, kind: str = "schema", **more: object) -> Fault:
    return Fault(words, [says(body)], **{"kind": kind, "billed": True, **more})


FAULTS = (
    # Errors in a 200.
    _bad(
        "a 200 holds an error",
        {"error": {"message": "Upstream broke.", "type": "server_error"}},
        "server",
        word="Upstream",
    ),
    _bad("a 200 holds an error that is a text", {"error": "upstream hiccup"}, "server", word="hiccup"),
    _bad("a 200 holds an error that is a number", {"error": 5}, "server"),
    _bad("a 200 holds an error that is a list", {"error": ["a", "b"]}, "server"),
    _bad(
        "a 200 holds an error that shows the key",
        {"error": {"message": f"{CANARY} is odd", "code": CANARY, "param": CANARY}},
        "server",
    ),
    _bad("a 200 says that it failed", {"success": False}, "server"),
    _bad("a 200 holds a flat error", {"code": 1234, "msg": "system busy", "data": None}, "server", word="busy"),
    _bad(
        "a 200 holds an error inside its response",
        {"response": {"error": {"message": "Broke."}}},
        "server",
        word="Broke",
    ),
    _bad(
        "a 200 holds JSON inside its error's message",
        {"error": {"message": '{"error": {"message": "Not that.", "code": "moderation_blocked"}}'}},
        "content_policy",
        billed=False,
        word="Not that",
    ),
    _bad("a 200 holds a refusal", {"error": POLICY}, "content_policy", billed=False, word="Not that"),
    _bad("a 200 holds a refusal beside no data", {"error": POLICY, "data": []}, "content_policy", billed=False),
    _bad("a 200 holds an error beside the image", {**data(), "error": {"message": "Broke."}}, "server", images=(PNG,)),
    _bad(
        "a 200 holds an exhausted quota",
        {"error": {"message": "No.", "code": "insufficient_quota"}},
        "quota",
        billed=False,
    ),
    Fault(
        "a 200 holds a rate limit",
        [says({"error": {"message": "Slow down.", "code": "rate_limit_exceeded"}})],
        kind="rate_limit",
        posts=3,
    ),
    _good("the error beside the image is null", {**data(), "error": None}),
    _good("the error beside the image is empty", {**data(), "error": {}}),
    _good("the error beside the image says nothing", {**data(), "error": {"message": "", "code": None}}),
    _good("the error beside the image says success", {**data(), "error": {"message": "success", "code": 0}}),
    _good("a message stands beside the image", {**data(), "code": 200, "message": "ok"}),
    # Data that is none.
    _bad("data is empty", {"created": 1, "data": []}),
    _bad("data is null", {"created": 1, "data": None}),
    _bad("data is missing", {"created": 1}),
    _bad("the object is empty", {}),
    _bad("the list is empty", []),
    _bad("data is a text", {"data": "https://"}),
    _bad("data is a number", {"data": 7}),
    _bad("data is true", {"data": True}),
    _bad("data is a list of lists", {"data": [[item()]]}),
    _bad("data is a list of texts", {"data": [b64(PNG)]}),
    _bad("data is a list of nulls", {"data": [None, None]}),
    _bad("an item is empty", {"data": [{}]}),
    _bad("an item has neither", {"data": [{"revised_prompt": "a cat"}]}),
    _bad("an item has both, and both are empty", {"data": [{"b64_json": "", "url": ""}]}),
    _bad("an item has both, and both are null", {"data": [{"b64_json": None, "url": None}]}),
    _bad("the image is a number", {"data": [{"b64_json": 5}]}, "bad_image"),
    _bad("the image is a list", {"data": [{"b64_json": [b64(PNG)]}]}),
    _bad("the URL is an object", {"data": [{"url": {"href": "https://cdn.example/a.png"}}]}),
    _good("data is the item itself", {"data": item()}),
    _good("the answer is the item itself", item()),
    _good("the answer is a bare list", [item(OTHER)], OTHER),
    _good("images are under images", {"images": [item()]}),
    _good("an item has both, and the URL is empty", data(item(url=""))),
    _good("an item has both, and the bytes are taken", data(item(url="https://cdn.invalid/a.png"))),
    _good("an item without an image stands beside one with", data({"revised_prompt": "a cat"}, item(), None), warns=()),
    # More and fewer.
    _good(
        "fewer images come than asked for",
        data(item(), item(OTHER)),
        PNG,
        OTHER,
        call={"n": 3},
        warns=("count_differs",),
    ),
    _good(
        "more images come than asked for",
        data(item(), item(OTHER), item(GIF)),
        PNG,
        OTHER,
        GIF,
        warns=("count_differs",),
    ),
    _good("the same image comes twice", data(item(), item()), PNG, PNG, call={"n": 2}),
    _good("a hundred images come", data(*[item()] * 100), *[PNG] * 100, warns=("count_differs",)),
    Fault(
        "one of two calls is refused",
        [says(data(*[item()] * 4)), says({"error": POLICY}, 400)],
        posts=2,
        images=(PNG,) * 4,
        call={"n": 5},
        client={"max_concurrency": 1},
    ),
    Fault(
        "one of two calls breaks off",
        [says(data(*[item()] * 4)), ["cut"]],
        kind="protocol",
        billed=True,
        posts=2,
        images=(PNG,) * 4,
        call={"n": 5, "on_partial": "raise"},
        client={"max_concurrency": 1},
    ),
)
