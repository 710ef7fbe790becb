"""The tutorial as a notebook: equal to its script, run with few digits, and as stored fit to be read."""

import base64
import io
import re

import jupytext
import nbformat
import numpy as np
import pytest
from PIL import Image

from examples.make_notebook import NOTEBOOK, SCRIPT, execute, read_script

FEW = "EPOCHS, TRAIN_DIGITS, TEST_DIGITS = 1, 2_000, 500"


@pytest.fixture(scope="module")
def stored():
    return nbformat.read(NOTEBOOK, as_version=4)


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    """The notebook after a run with few digits, on the backend of these tests, and the folder that it ran in."""
    folder = tmp_path_factory.mktemp("notebook")
    notebook = read_script()
    (parameters,) = (i for i, cell in enumerate(notebook.cells) if "parameters" in cell.metadata.get("tags", []))
    notebook.cells.insert(parameters + 1, nbformat.v4.new_code_cell(FEW))
    with pytest.MonkeyPatch.context() as patch:
        # No kernel or setting of whoever runs the tests.
        for name in ("JUPYTER_DATA_DIR", "JUPYTER_CONFIG_DIR", "JUPYTER_RUNTIME_DIR", "IPYTHONDIR"):
            patch.setenv(name, str(tmp_path_factory.mktemp(name.lower())))
        execute(notebook, folder)
    return notebook, folder


def code(notebook):
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


def printed(notebook) -> str:
    return "".join(output.text for cell in code(notebook) for output in cell.outputs if output.get("name") == "stdout")


def recall_at_1(notebook) -> float:
    return float(re.search(r"^Recall@1 +([\d.]+)", printed(notebook), re.MULTILINE)[1])


def pictures(notebook) -> list[Image.Image]:
    found = [output["data"] for cell in code(notebook) for output in cell.outputs if "data" in output]
    return [Image.open(io.BytesIO(base64.b64decode(data["image/png"]))) for data in found]


def colored(picture: Image.Image) -> float:
    """The share of pixels that are neither white nor gray."""
    pixels = np.asarray(picture.convert("RGB"), int)
    return float((np.ptp(pixels, axis=2) > 30).mean())


def test_script_and_notebook_are_equal_cell_by_cell(stored):
    def cells(notebook):
        return [(cell.id, cell.cell_type, cell.source, cell.metadata.get("tags", [])) for cell in notebook.cells]

    assert cells(stored) == cells(read_script()), "Run: python examples/make_notebook.py"


def test_the_notebook_turns_into_the_script(stored):
    """Also the other way, with its header: what a reader changes in Jupyter comes back by `jupytext --sync`."""
    assert jupytext.writes(stored, "py:percent") == SCRIPT.read_text(encoding="utf-8")


def test_a_run_writes_as_many_labels_as_vectors(run):
    _, folder = run
    assert len(np.loadtxt(folder / "vecs.tsv")) == len((folder / "meta.tsv").read_text().splitlines()) == 500


def test_a_run_prints_the_recall_of_the_vectors_it_wrote(run):
    """The witness is one matrix of all distances of what lies in vecs.tsv."""
    notebook, folder = run
    vectors, labels = np.loadtxt(folder / "vecs.tsv"), np.loadtxt(folder / "meta.tsv", dtype=str)
    distances = ((vectors[:, None] - vectors) ** 2).sum(axis=2)
    np.fill_diagonal(distances, np.inf)
    recall = (labels[distances.argmin(axis=1)] == labels).mean()
    assert recall > 0.7
    assert recall_at_1(notebook) == pytest.approx(recall, abs=5e-3)


def test_a_run_shows_the_map_that_it_wrote(run):
    notebook, folder = run
    (shown,) = pictures(notebook)
    with Image.open(folder / "embedding.png") as written:
        assert shown.height / shown.width == pytest.approx(written.height / written.width, abs=0.01)
        assert colored(written) > 0.01
    assert colored(shown) > 0.01


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
