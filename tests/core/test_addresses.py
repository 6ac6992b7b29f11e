"""Where requests go: below a base URL, or to an absolute URL, and nowhere else."""

from __future__ import annotations

import pytest

from limner.addresses import join, with_query
from limner.errors import BadInputError


@pytest.mark.parametrize(
    ("base", "path", "url"),
    [
        ("https://a.example/v1", "/paint", "https://a.example/v1/paint"),
        ("https://a.example/v1/", "paint", "https://a.example/v1/paint"),
        ("https://a.example", "/paint", "https://a.example/paint"),
        ("https://a.example/v1", "https://b.example/x", "https://b.example/x"),
        ("https://a.example/v1", "HTTPS://b.example/x", "HTTPS://b.example/x"),
        (
            "https://a.example/v1",
            "/x?img=https://b.example/c.png",
            "https://a.example/v1/x?img=https://b.example/c.png",
        ),
        ("https://a.example/v1", "//b.example/x", "https://a.example/v1/b.example/x"),
    ],
)
def test_a_path_stands_below_the_base_url_unless_it_begins_with_a_scheme(base: str, path: str, url: str) -> None:
    assert join(base, path) == url


@pytest.mark.parametrize("part", ["..", ".", "%2e%2e", "%2E.", ".%2e", "%2e"])
@pytest.mark.parametrize("path", ["/m/{}", "/m/{}/paint", "{}", "/m/{}?v=1", "https://a.example/v1/{}#x"])
def test_a_path_that_leads_elsewhere_is_refused(path: str, part: str) -> None:
    with pytest.raises(BadInputError, match="would lead elsewhere, because of"):
        join("https://a.example/v1", path.format(part))


@pytest.mark.parametrize("path", ["/m/gpt-1.5", "/m/...", "/m/a..b", "/m/x?to=../y", "/m/50%25", "/m/a%2F..%2Fb"])
def test_dots_elsewhere_lead_nowhere(path: str) -> None:
    assert join("https://a.example/v1", path) == f"https://a.example/v1{path}"


def test_a_query_is_added_to_what_stands_behind_the_question_mark() -> None:
    assert with_query("/x", {}) == "/x"
    assert with_query("/x", {"a": "b c"}) == "/x?a=b+c"
    assert with_query("/x?v=1", {"a": "b"}) == "/x?v=1&a=b"
