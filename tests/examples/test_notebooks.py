"""Each notebook: equal to its script, and as stored fit to be read. They run in test_notebook_runs.py."""

import re
import subprocess
import sys

import jupytext
import nbformat
import pytest

from examples import make_notebook
from examples.make_notebook import SCRIPTS, notebook_of, read_script
from tests.examples.notebooks import code, colored, pictures, printed, recall_at_1, tagged

# Bytes. They are read on the web, and kept in every clone.
MOST = 200_000


@pytest.fixture(scope="module", params=SCRIPTS)
def script(request):
    return SCRIPTS[request.param]


@pytest.fixture(scope="module")
def stored(script):
    return nbformat.read(notebook_of(script), as_version=4)


def test_script_and_notebook_are_equal_cell_by_cell(script, stored):
    def cells(notebook):
        return [(cell.id, cell.cell_type, cell.source, cell.metadata.get("tags", [])) for cell in notebook.cells]

    assert cells(stored) == cells(read_script(script)), f"Run: python examples/make_notebook.py {script.stem}"


def test_the_notebook_turns_into_the_script(script, stored):
    """Also the other way, with its header: what a reader changes in Jupyter comes back by `jupytext --sync`."""
    assert jupytext.writes(stored, "py:percent") == script.read_text(encoding="utf-8")


def test_the_stored_outputs_are_those_of_a_whole_run(stored):
    assert [cell.execution_count for cell in code(stored)] == list(range(1, len(code(stored)) + 1))
    assert printed(stored)
    assert pictures(stored), "There is nothing to look at."
    assert all(len(picture.convert("RGB").getcolors()) > 1 for picture in pictures(stored))


def test_the_stored_notebook_tells_nothing_of_the_machine_that_made_it(script, stored):
    assert {output.get("name", "picture") for cell in code(stored) for output in cell.outputs} == {"stdout", "picture"}
    assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f]", printed(stored)), "control characters, as of a progress bar"
    assert not re.search(r"(?:^|[\s'\"(])(?:/\w|[A-Z]:\\)|\d{4}-\d\d-\d\d", printed(stored)), "a path or a date"
    # Where a function ends a cell, jupytext notes how many empty lines the script has after it.
    assert all(set(cell.metadata) <= {"tags", "lines_to_next_cell"} for cell in stored.cells)
    assert set(stored.metadata) == {"jupytext", "kernelspec"}
    assert notebook_of(script).stat().st_size < MOST


def test_it_can_be_made_small(stored):
    """By one cell after the one that is tagged: numbers only, so that others can stand in their place."""
    names = [line.partition(" = ") for line in tagged(stored, "parameters").source.splitlines()]
    assert names and all(name.isupper() and value for name, _, value in names)


def test_it_uses_the_public_api_only(script):
    lines = [line for line in script.read_text(encoding="utf-8").splitlines() if "import" in line]
    assert not [line for line in lines if re.search(r"semihard\b.*\._", line)]


def test_mnist_of_the_whole_run():
    stored = nbformat.read(notebook_of(make_notebook.MNIST), as_version=4)
    assert "train (60000, 28, 28, 1) test (10000, 28, 28, 1)" in printed(stored)
    assert recall_at_1(stored) > 0.97
    (shown,) = pictures(stored)
    assert colored(shown) > 0.05


def test_an_unknown_name_is_refused():
    command = [sys.executable, make_notebook.__file__, "mnist_semihard", "nothing"]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 2 and "Expected names of mnist_semihard" in done.stderr
    assert done.stderr.rstrip().endswith("Received: nothing.")
