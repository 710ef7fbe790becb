"""Runs to look at: `vecs.tsv`, `meta.tsv` and `sprite.png` whose every picture tells which one it is."""

from pathlib import Path

import numpy as np

from semihard.visualization import write_sprite, write_tsv


def clusters(count: int, dim: int, classes: int = 10) -> tuple[np.ndarray, np.ndarray]:
    """Embeddings float32 [count, dim] in clusters far from each other, and their classes."""
    labels = np.arange(count) % classes
    rng = np.random.default_rng(0)
    centres = rng.normal(size=(classes, dim))
    return (centres[labels] + 0.2 * rng.normal(size=(count, dim))).astype(np.float32), labels


def numbered(count: int, side: int = 8) -> np.ndarray:
    """Grey pictures, the i-th with a pixel for each bit of i that is set: uint8 [count, side, side]."""
    bits = (np.arange(count)[:, None] >> np.arange(side * side)) & 1
    return (bits.reshape(count, side, side) * 255).astype(np.uint8)


def write_run(directory: Path, count: int = 12, dim: int = 5) -> tuple[np.ndarray, dict[str, list[str]], np.ndarray]:
    vectors, labels = clusters(count, dim)
    columns = {"label": [f"class {label}" for label in labels], "file": [f"{i:05}.png" for i in range(count)]}
    pictures = numbered(count)
    write_tsv(vectors, columns, directory)
    write_sprite(pictures, directory / "sprite.png")
    return vectors, columns, pictures
