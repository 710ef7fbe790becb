"""Unit vectors of many classes, ten of each; the same for each side."""

from pathlib import Path

import numpy as np

DIM, EACH, K = 256, 10, 16


def vectors(folder, count):
    """Vectors float32 [count, DIM] and the class of each, int64 [count]; made once in a folder."""
    path, labels = Path(folder) / f"{count}.npy", np.arange(count) // EACH
    if not path.exists():
        rng = np.random.default_rng(0)
        centres = rng.standard_normal((int(labels[-1]) + 1, DIM), dtype=np.float32)
        made = centres[labels] + rng.standard_normal((count, DIM), dtype=np.float32)
        np.save(path, made / np.linalg.norm(made, axis=1, keepdims=True))
    return np.load(path), labels
