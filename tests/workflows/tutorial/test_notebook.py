"""The tutorial as a notebook: equal to its script, and as stored fit to be read. It runs in test_notebook_run.py."""

import re

import jupytext
import nbformat
import pytest

from examples.make_notebook import NOTEBOOK, SCRIPT, read_script
from tests.workflows.tutorial.notebooks import code, colored, pictures, printed, recall_at_1


@pytest.fixture(scope="module")
def stored():
    return nbformat.read(NOTEBOOK, as_version=4)


def test_script_and_notebook_are_equal_cell_by_cell(stored):
    def cells(notebook):
        return [(cell.id, cell.cell_type, cell.source, cell.metadata.get("tags", [])) for cell in notebook.cells]

    assert cells(stored) == cells(read_script()), "Run: python examples/make_notebook.py"


def test_the_notebook_turns_into_the_script(stored):
    """Also the other way, with its header: what a reader changes in Jupyter comes back by `jupytext --sync`."""
    assert jupytext.writes(stored, "py:percent") == SCRIPT.read_text(encoding="utf-8")


def test_the_stored_outputs_are_those_of_the_whole_run(stored):
    assert "train (60000, 28, 28, 1) test (10000, 28, 28, 1)" in printed(stored)
    assert [cell.execution_count for cell in code(stored)] == list(range(1, len(code(stored)) + 1))
    assert recall_at_1(stored) > 0.97
    (shown,) = pictures(stored)
    assert colored(shown) > 0.05


def test_the_stored_notebook_tells_nothing_of_the_machine_that_made_it(stored):
    assert {output.get("name", "picture") for cell in code(stored) for output in cell.outputs} == {"stdout", "picture"}
    assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f]", printed(stored)), "control characters, as of a progress bar"
    assert not re.search(r"(?:^|[\s'\"(])(?:/\w|[A-Z]:\\)|\d{4}-\d\d-\d\d", printed(stored)), "a path or a date"
    assert all(set(cell.metadata) <= {"tags"} for cell in stored.cells)
    assert set(stored.metadata) == {"jupytext", "kernelspec"}
    assert NOTEBOOK.stat().st_size < 300_000
