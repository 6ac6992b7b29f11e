"""What the metadata says."""

from __future__ import annotations

import sys
import time
from hashlib import sha256
from typing import TYPE_CHECKING, Any

import attrs
import pytest

from limner.errors import ConfigError
from limner.registry import Entry, installed, parse_allow, record_digest

if TYPE_CHECKING:
    from pathlib import Path

    from conftest import Site


def test_an_entry_says_who_brings_what(site: Site) -> None:
    site.distribution("limner-acme", "[limner]\nacme = limner_acme\n", version="2.1")
    assert site.entries() == [
        Entry("acme", "limner", "limner-acme", "2.1", "limner_acme", "found", "", str(site.path)),
    ]


def test_both_groups_are_read(site: Site) -> None:
    site.distribution("limner-acme", "[limner]\nacme = a\n[limner.hooks]\nwatch = b\n[console_scripts]\nc = d:e\n")
    assert [(entry.group, entry.name, entry.value) for entry in site.entries()] == [
        ("limner", "acme", "a"),
        ("limner.hooks", "watch", "b"),
    ]


def test_nothing_is_imported(site: Site) -> None:
    site.plugin("acme", "raise SystemExit('imported')")
    assert [entry.status for entry in site.entries()] == ["found"]
    assert site.imported() == set()


@pytest.mark.parametrize("text", ["", "[limner.dialects]\na = b\n", "[limnery]\na = b\n", "[limner]\n", "nonsense"])
def test_a_distribution_without_a_plugin_is_passed_over(site: Site, text: str) -> None:
    site.distribution("other", text)
    assert site.entries() == []


def test_entry_points_that_cannot_be_parsed_are_an_entry_with_the_reason(site: Site) -> None:
    site.distribution("limner-broken", "[limner]\nno equals sign\n")
    site.distribution("limner-acme", "[limner]\nacme = a\n")
    entries = {entry.distribution: (entry.status, entry.reason) for entry in site.entries()}
    assert entries == {
        "limner-acme": ("found", ""),
        "limner-broken": ("not-a-plugin", "its metadata is broken: entry_points.txt cannot be read"),
    }


def test_a_distribution_without_a_name_is_an_entry_with_the_reason(site: Site) -> None:
    site.distribution("limner-broken", "[limner]\nacme = a\n", METADATA="")
    [entry] = site.entries()
    assert (entry.name, entry.status) == ("?", "not-a-plugin")
    assert entry.reason == "its metadata is broken: METADATA does not say its name"


def test_metadata_that_is_not_text_hurts_nobody(site: Site) -> None:
    folder = site.distribution("other", "")
    (folder / "entry_points.txt").write_bytes(b"[limner]\n\xff = a\n")
    site.distribution("limner-acme", "[limner]\nacme = a\n")
    assert [entry.name for entry in site.entries()] == ["acme"]


def test_a_name_is_read_from_the_header_and_not_from_the_readme(site: Site) -> None:
    metadata = "Metadata-Version: 2.1\n\nName: limner-readme\n"
    site.distribution("limner-broken", "[limner]\nacme = a\n", METADATA=metadata)
    assert [entry.name for entry in site.entries()] == ["?"]


def test_of_two_copies_the_first_on_the_path_counts(
    site: Site, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    site.distribution("limner-acme", "[limner]\nacme = a\n", version="2.0")
    elsewhere = attrs.evolve(site, path=tmp_path_factory.mktemp("elsewhere"))
    elsewhere.distribution("Limner_Acme", "[limner]\nacme = a\n", version="1.0")
    monkeypatch.setattr(sys, "path", [*sys.path, str(elsewhere.path)])
    [second] = elsewhere.entries()
    assert [entry.status for entry in site.entries()] == ["found"]
    assert (second.status, second.reason) == ("blocked", "Limner_Acme is installed twice, and another copy comes first")


def test_a_folder_that_stands_on_the_path_twice_counts_once(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    site.distribution("limner-acme", "[limner]\nacme = a\n")
    monkeypatch.setattr(sys, "path", [*sys.path, str(site.path)])
    assert len(site.entries()) == 1


def test_the_choice_of_an_entry_names_its_distribution() -> None:
    assert Entry("acme", "limner", "limner-acme", "1.0", "a").choice == "limner-acme:acme"
    assert Entry("acme", "limner", "", "", "a").choice == "acme"


def test_a_traceback_is_kept_out_of_the_repr() -> None:
    assert "secret" not in repr(Entry("acme", "limner", "limner-acme", "1.0", "a", detail="secret"))


def test_a_record_is_digested_without_an_import(site: Site) -> None:
    site.distribution("limner-acme", "[limner]\nacme = a\n", RECORD="a.py,sha256=x,1\n")
    [entry] = site.entries()
    assert record_digest(entry) == sha256(b"a.py,sha256=x,1\n").hexdigest()


def test_without_a_record_there_is_no_digest(site: Site) -> None:
    site.distribution("limner-acme", "[limner]\nacme = a\n")
    [entry] = site.entries()
    assert record_digest(entry) is None
    assert record_digest(Entry("acme", "limner", "", "", "a")) is None


@pytest.mark.parametrize(
    ("text", "allowed"),
    [
        (None, None),
        ("", None),
        (" ", None),
        ("off", ()),
        (", ", ()),
        ("limner-acme", ("limner-acme",)),
        ("limner-acme, limner-other", ("limner-acme", "limner-other")),
    ],
)
def test_the_variable_says_which_distributions_may_be_imported(text: str | None, allowed: object) -> None:
    assert parse_allow(text) == allowed


@pytest.mark.parametrize(
    ("said", "allowed"),
    [
        (True, None),
        (False, ()),
        ([], ()),
        (["limner-a", "limner-b"], ("limner-a", "limner-b")),
        (["off"], ("off",)),
        (iter(["limner-a"]), ("limner-a",)),
        ("limner-a, limner-b", ("limner-a", "limner-b")),
    ],
)
def test_a_program_says_which_distributions_may_be_imported(said: Any, allowed: object) -> None:
    assert parse_allow(said) == allowed


@pytest.mark.parametrize("said", [5, [None], ["limner-a", 5], {"limner-a": 1, 2: 3}])
def test_what_names_no_distributions_is_refused(said: Any) -> None:
    with pytest.raises(ConfigError, match="plugins takes names of distributions, True or False, not ") as caught:
        parse_allow(said)
    assert caught.value.param == "plugins"


def test_a_hundred_distributions_are_scanned_in_20_ms(tmp_path: Path, site: Site) -> None:
    """X22 of the fault list. The best of ten, and of the processor's time: the machine has other things to do."""
    for number in range(100):
        points = f"[limner]\np{number} = a\n" if number < 20 else "[console_scripts]\na = b:c\n"
        site.distribution(f"dist-{number}", points, METADATA=f"Name: dist-{number}\n\n" + "word " * 4_000)

    def scan() -> float:
        started = time.process_time()
        found = [entry for entry in installed() if entry.origin == str(tmp_path)]
        assert len(found) == 20
        return time.process_time() - started

    everything = sys.path
    sys.path = [str(tmp_path)]
    try:
        assert min(scan() for _ in range(10)) < 0.02
    finally:
        sys.path = everything
