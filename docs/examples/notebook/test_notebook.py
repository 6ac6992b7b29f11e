"""The notebook's cells are run in their order, as Jupyter would; what a cell ends with is shown."""

from __future__ import annotations

import ast
import json
from pathlib import Path
from typing import Any

import pytest

NOTEBOOK = Path(__file__).with_name("pictures.ipynb")


@pytest.fixture(scope="module")
def notebook() -> dict[str, Any]:
    return json.loads(NOTEBOOK.read_text(encoding="utf-8"))


def run(source: str, session: dict[str, Any]) -> Any:
    """Run a cell, and return the value of the expression that it ends with."""
    tree = ast.parse(source)
    last = tree.body.pop() if tree.body and isinstance(tree.body[-1], ast.Expr) else None
    exec(compile(tree, str(NOTEBOOK), "exec"), session)
    return eval(compile(ast.Expression(last.value), str(NOTEBOOK), "eval"), session) if last else None


def test_every_cell_runs_and_shows_something_that_can_be_shown(notebook: dict[str, Any], capsys: Any) -> None:
    session: dict[str, Any] = {}
    shown = []
    try:
        for cell in notebook["cells"]:
            if cell["cell_type"] == "code":
                shown.append(run("".join(cell["source"]), session))
    finally:
        if "sandbox" in session:
            session["sandbox"].__exit__(None, None, None)
    displayed = [one._repr_mimebundle_() for one in shown if hasattr(one, "_repr_mimebundle_")]
    assert len(displayed) == 2
    assert all("image/png" in bundle for bundle in displayed)
    assert capsys.readouterr().out.splitlines()[-1] == "6 requests, 5 pictures billed"


def test_it_is_a_notebook_without_outputs(notebook: dict[str, Any]) -> None:
    assert (notebook["nbformat"], notebook["nbformat_minor"]) == (4, 5)
    ids = [cell["id"] for cell in notebook["cells"]]
    assert len(set(ids)) == len(ids)
    for cell in notebook["cells"]:
        assert cell["cell_type"] in {"code", "markdown"}
        assert not cell.get("outputs")
        assert cell.get("execution_count") is None
