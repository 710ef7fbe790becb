"""Make notebooks from their scripts, with the outputs of a real run: python examples/make_notebook.py [NAME ...].

Needs `pip install "semihard[tensorflow,plots,dev]"`. The kernel is this Python, the backend the one of KERAS_BACKEND.
Without a name all are made, one after the other.
"""

import argparse
import os
import sys
import tempfile
from pathlib import Path

import jupytext
import nbformat
from jupyter_client.manager import KernelManager
from nbclient import NotebookClient

HERE = Path(__file__).parent
MNIST = HERE / "mnist_semihard.py"
# Name → script: a script in `tutorials` is a notebook, too.
SCRIPTS = {path.stem: path for path in [MNIST, *sorted((HERE / "tutorials").glob("*.py"))]}


def notebook_of(script: Path) -> Path:
    """The file that a script's notebook is kept in."""
    return script.with_suffix(".ipynb")


def read_script(script: Path) -> nbformat.NotebookNode:
    """Return the script as a notebook without outputs; its cells are numbered, so that two readings are equal."""
    notebook = jupytext.read(script)
    for number, cell in enumerate(notebook.cells):
        cell.id = f"cell-{number:02}"
    return notebook


def activated() -> dict[str, str]:
    """The environment of a kernel: this one, with this Python's commands in the path, `semihard` among them."""
    return {**os.environ, "PATH": os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")])}


def execute(
    notebook: nbformat.NotebookNode, folder: str | os.PathLike[str], kernel: KernelManager | None = None
) -> None:
    """Run all cells and keep the outputs: no times, no logs, no versions.

    Args:
        notebook: is changed.
        folder: the current directory of a new kernel. It is left out of paths that were printed.
        kernel: one that runs, as it is and where it is; it goes on afterwards.
    """
    client = NotebookClient(
        notebook,
        km=kernel,
        kernel_name="python3",
        timeout=1800,
        record_timing=False,
        coalesce_streams=True,
        resources={"metadata": {"path": os.fspath(folder)}},
    )
    try:
        client.execute(env=activated())
    finally:
        if kernel is not None and client.kc is not None:
            client.kc.stop_channels()
    notebook.metadata.pop("language_info", None)
    for cell in notebook.cells:
        if cell.cell_type == "code":
            # On stderr TensorFlow describes the machine, and commands say how far they are.
            cell.outputs = [output for output in cell.outputs if output.get("name") != "stderr"]
            for output in cell.outputs:
                if "text" in output:
                    output.text = output.text.replace(f"{os.fspath(folder)}/", "")


def make(script: Path) -> Path:
    """Write the notebook of a script, and return its path."""
    notebook = read_script(script)
    with tempfile.TemporaryDirectory() as folder:
        execute(notebook, folder)
    nbformat.write(notebook, notebook_of(script))
    return notebook_of(script)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Make notebooks from their scripts, with the outputs of a real run.")
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"of {', '.join(SCRIPTS)}; without one: all")
    names = parser.parse_args().names or list(SCRIPTS)
    if unknown := set(names) - set(SCRIPTS):
        parser.error(f"Expected names of {', '.join(SCRIPTS)}. Received: {', '.join(sorted(unknown))}.")
    for name in names:
        made = make(SCRIPTS[name])
        print(f"Wrote {made} ({made.stat().st_size / 1000:.0f} kB)")
