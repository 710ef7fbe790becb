"""Make mnist_semihard.ipynb from mnist_semihard.py, with the outputs of a real run: python examples/make_notebook.py.

Needs `pip install "semihard[tensorflow,plots,dev]"`. The kernel is this Python, the backend the one of KERAS_BACKEND.
"""

import os
import tempfile
from pathlib import Path

import jupytext
import nbformat
from nbclient import NotebookClient

SCRIPT = Path(__file__).with_name("mnist_semihard.py")
NOTEBOOK = SCRIPT.with_suffix(".ipynb")


def read_script(path: Path = SCRIPT) -> nbformat.NotebookNode:
    """Return the script as a notebook without outputs; its cells are numbered, so that two readings are equal."""
    notebook = jupytext.read(path)
    for number, cell in enumerate(notebook.cells):
        cell.id = f"cell-{number:02}"
    return notebook


def execute(notebook: nbformat.NotebookNode, folder: str | os.PathLike[str]) -> None:
    """Run all cells with `folder` as the current directory, and keep the outputs: no times, no logs, no versions."""
    NotebookClient(
        notebook,
        kernel_name="python3",
        timeout=1800,
        record_timing=False,
        coalesce_streams=True,
        resources={"metadata": {"path": os.fspath(folder)}},
    ).execute()
    notebook.metadata.pop("language_info", None)
    for cell in notebook.cells:
        if cell.cell_type == "code":
            # On stderr TensorFlow describes the machine.
            cell.outputs = [output for output in cell.outputs if output.get("name") != "stderr"]


if __name__ == "__main__":
    made = read_script()
    with tempfile.TemporaryDirectory() as folder:
        execute(made, folder)
    nbformat.write(made, NOTEBOOK)
    print(f"Wrote {NOTEBOOK} ({NOTEBOOK.stat().st_size / 1000:.0f} kB)")
