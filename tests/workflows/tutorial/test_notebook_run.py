"""The notebook, run with few digits by a kernel of Jupyter's."""

import keras
import nbformat
import numpy as np
import pytest
from PIL import Image

from examples.make_notebook import execute, read_script
from tests.workflows.tutorial.notebooks import colored, pictures, recall_at_1

# Cell by cell it is the script (test_notebook.py), which runs on every backend (test_example.py).
pytestmark = pytest.mark.skipif(keras.backend.backend() != "torch", reason="The kernel does not differ by the backend.")

FEW = "EPOCHS, TRAIN_DIGITS, TEST_DIGITS = 1, 2_000, 500"


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    """The notebook after a run with few digits, and the folder that it ran in."""
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
