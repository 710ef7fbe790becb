"""Each notebook, run with little data by a kernel of Jupyter's."""

import keras  # noqa: F401 - in the kernel it must be there
import nbformat
import numpy as np
import pytest
from jupyter_client.manager import KernelManager
from PIL import Image

from examples.make_notebook import SCRIPTS, activated, execute, notebook_of, read_script
from tests.examples.notebooks import code, colored, pictures, recall_at_1, tagged

# Cell by cell they are the scripts (test_notebooks.py), and what they show does not differ by the backend.
pytestmark = pytest.mark.once

# Name → what stands after the cell of parameters: a run of seconds.
SMALL = {
    "choosing_a_loss": "EPOCHS, SEEDS, LETTERS = 1, 1, 40",
    "large_batches": "CLASSES, EPOCHS, BATCHES, LARGE, PICTURES, MEMORY = 40, 1, [16, 32], 1024, 128, 256",
    "mnist_semihard": "EPOCHS, TRAIN_DIGITS, TEST_DIGITS = 1, 2_000, 500",
    "own_images": "DESIGNS, PICTURES_OF_EACH, EPOCHS = 12, 6, 1",
    "plain_loops": "EPOCHS, TRAIN_DIGITS, TEST_DIGITS = 1, 1_600, 500",
    "product_names": "TRAINING_PRODUCTS, OTHER_PRODUCTS, EPOCHS, TARGET_FAR = 200, 100, 1, 1e-2",
    "several_devices": "EPOCHS, TRAIN_DIGITS, TEST_DIGITS = 1, 400, 200",
    "unseen_classes": "EPOCHS, LETTERS, EPISODES = 1, 60, 20",
    "verification": "PEOPLE, EACH, EPOCHS = 100, 16, 1",
}


@pytest.fixture(scope="module")
def kernel(tmp_path_factory):
    """One for all of them: to start it, and import Keras in it, takes longer than most of them take."""
    with pytest.MonkeyPatch.context() as patch:
        # No kernel or setting of whoever runs the tests.
        for name in ("JUPYTER_DATA_DIR", "JUPYTER_CONFIG_DIR", "JUPYTER_RUNTIME_DIR", "IPYTHONDIR"):
            patch.setenv(name, str(tmp_path_factory.mktemp(name.lower())))
        manager = KernelManager(kernel_name="python3")
        manager.start_kernel(cwd=str(tmp_path_factory.mktemp("kernel")), env=activated())
        yield manager
        manager.shutdown_kernel(now=True)


def run(name, folder, kernel):
    """The notebook after a run with little data in a folder."""
    notebook = read_script(SCRIPTS[name])
    parameters = notebook.cells.index(tagged(notebook, "parameters"))
    notebook.cells.insert(parameters + 1, nbformat.v4.new_code_cell(SMALL[name]))
    # Nothing of the one before.
    notebook.cells.insert(0, nbformat.v4.new_code_cell(f"%reset -f\nimport os\nos.chdir({str(folder)!r})"))
    execute(notebook, folder, kernel)
    del notebook.cells[parameters + 2], notebook.cells[0]
    return notebook


def test_each_can_be_made_small():
    assert set(SMALL) == set(SCRIPTS)


@pytest.mark.parametrize("name", sorted(set(SMALL) - {"mnist_semihard"}))
def test_a_run_shows_as_much_as_the_stored_one(name, tmp_path, kernel):
    """A cell that fails raises here."""
    made, stored = run(name, tmp_path, kernel), nbformat.read(notebook_of(SCRIPTS[name]), as_version=4)
    shown = [[picture.format for picture in pictures(notebook)] for notebook in (made, stored)]
    assert shown[0] == shown[1]
    speaks = [[bool(cell.outputs) for cell in code(notebook)] for notebook in (made, stored)]
    assert speaks[0] == speaks[1]


@pytest.fixture(scope="module")
def mnist(tmp_path_factory, kernel):
    """The notebook of MNIST after a run with few digits, and the folder that it ran in."""
    folder = tmp_path_factory.mktemp("mnist")
    return run("mnist_semihard", folder, kernel), folder


def test_a_run_writes_as_many_labels_as_vectors(mnist):
    _, folder = mnist
    assert len(np.loadtxt(folder / "vecs.tsv")) == len((folder / "meta.tsv").read_text().splitlines()) == 500


def test_a_run_prints_the_recall_of_the_vectors_it_wrote(mnist):
    """The witness is one matrix of all distances of what lies in vecs.tsv."""
    notebook, folder = mnist
    vectors, labels = np.loadtxt(folder / "vecs.tsv"), np.loadtxt(folder / "meta.tsv", dtype=str)
    distances = ((vectors[:, None] - vectors) ** 2).sum(axis=2)
    np.fill_diagonal(distances, np.inf)
    recall = (labels[distances.argmin(axis=1)] == labels).mean()
    assert recall > 0.7
    assert recall_at_1(notebook) == pytest.approx(recall, abs=5e-3)


def test_a_run_shows_the_map_that_it_wrote(mnist):
    notebook, folder = mnist
    (shown,) = pictures(notebook)
    with Image.open(folder / "embedding.png") as written:
        assert shown.height / shown.width == pytest.approx(written.height / written.width, abs=0.01)
        assert colored(written) > 0.01
    assert colored(shown) > 0.01
