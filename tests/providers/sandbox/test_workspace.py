"""A workspace: captions and projects."""

from __future__ import annotations

from limner_sandbox.workspace import Workspace


def test_a_caption_is_made_when_there_is_none() -> None:
    assert Workspace().caption("a", str, afresh=False) == "0"


def test_a_caption_that_is_made_afresh_takes_the_place_of_the_last() -> None:
    workspace = Workspace()
    made = [workspace.caption("a", str, afresh=afresh) for afresh in (True, False, True, False)]
    assert (made, workspace.captions) == (["0", "0", "1", "1"], {"a": ("0", "1")})


def test_images_are_kept_by_project_and_found_by_id() -> None:
    workspace = Workspace()
    workspace.add("p", b"1", "image/png", "a cat")
    workspace.add("p", b"2", "image/png", "a cat")
    first, second = workspace.projects["p"]
    assert (first.id != second.id, workspace.image(second.id)) == (True, second)


def test_an_id_that_is_not_there_is_not_found() -> None:
    assert Workspace().image("x") is None


def test_an_images_bytes_do_not_show() -> None:
    workspace = Workspace()
    workspace.add("p", b"secret", "image/png", "a cat")
    assert "secret" not in repr(workspace.projects)
