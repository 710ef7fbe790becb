"""The examples in docstrings: of a backend's own file only where that backend is the one that runs."""

from pathlib import Path

import keras

BACKENDS = {"jax", "tensorflow", "torch"}
HERE = Path(__file__).parent / "semihard" / "backend"


def pytest_ignore_collect(collection_path: Path) -> bool | None:
    backend = collection_path.stem.split("_")[0]
    return True if collection_path.parent == HERE and backend in BACKENDS - {keras.backend.backend()} else None
