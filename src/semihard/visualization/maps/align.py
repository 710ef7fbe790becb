"""Points in the plane for embeddings, and for those of earlier epochs in the same arrangement."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from semihard.visualization.maps._reduce import reduce

METHODS = {"umap": "UMAP", "tsne": "t-SNE", "pca": "PCA"}
# Of the half side of the square that the page shows.
_FILLED = 0.94


def lay_out(
    frames: Sequence[NDArray[Any]],
    method: str,
    seed: int,
    *,
    bar: bool = False,
    progress: Callable[[int, int], object] | None = None,
) -> list[NDArray[np.float32]]:
    """Return a map [n, 2] of each of `frames`, within −1 to 1, all to the same scale.

    Frames are embeddings of the same samples at several times. PCA shows all along the axes of the last one. UMAP and
    t-SNE start each from the map of the frame after it, and turn the result to lie on it as well as it can.

    Args:
        frames: real arrays [n, dim].
        method: one of `METHODS`.
        seed: of UMAP and t-SNE.
        bar: let UMAP show its own progress bar.
        progress: called with (frames done, all frames).

    Example:
        >>> (points,) = lay_out([np.eye(3)], "pca", 0)
        >>> points.shape, bool(np.abs(points).max() <= 1)
        ((3, 2), True)
    """
    done: list[NDArray[Any]] = []
    axes = principal_axes(frames[-1]) if method == "pca" else None
    for frame in reversed(frames):
        later = done[-1] if done else None
        if axes is not None:
            points = (frame - axes[0]) @ axes[1]
        else:
            points = reduce(frame, seed, method=method, start=later, progress=bar)
        if axes is None and later is not None:
            points = turned(points, later)
        done.append(np.asarray(points, np.float64))
        if progress is not None:
            progress(len(done), len(frames))
    done.reverse()
    low, high = np.min([p.min(axis=0) for p in done], axis=0), np.max([p.max(axis=0) for p in done], axis=0)
    half = max(float((high - low).max()) / 2, 1e-12)
    return [((points - (low + high) / 2) * (_FILLED / half)).astype(np.float32) for points in done]


def turned(points: NDArray[Any], onto: NDArray[Any]) -> NDArray[np.float64]:
    """Return `points` shifted, turned and mirrored to lie on `onto` with the least squares.

    Example:
        >>> square = np.array([[0.0, 0.0], [1.0, 0.0], [1.0, 2.0]])
        >>> turned(square[:, ::-1] + 5, square).round(9).tolist() == square.tolist()
        True

    Source: Schönemann 1966, "A generalized solution of the orthogonal Procrustes problem".
    """
    centre, target = points.mean(axis=0, dtype=np.float64), onto.mean(axis=0, dtype=np.float64)
    left, _, right = np.linalg.svd((points - centre).T @ (onto - target))
    return (points - centre) @ (left @ right) + target


def principal_axes(vectors: NDArray[Any]) -> tuple[NDArray[Any], NDArray[Any]]:
    """Return the mean [dim] and the two axes [dim, 2] along which `vectors` spread most, the widest first.

    Example:
        >>> principal_axes(np.array([[0.0, 0.0], [0.0, 2.0], [1.0, 1.0], [-1.0, 1.0], [0.0, 4.0]]))[1].tolist()
        [[0.0, 1.0], [1.0, 0.0]]
    """
    mean = vectors.mean(axis=0, dtype=np.float64).astype(vectors.dtype)
    covariance = np.zeros((vectors.shape[1],) * 2)
    for first in range(0, len(vectors), 2**16):
        block = vectors[first : first + 2**16] - mean
        covariance += block.T @ block
    axes = np.linalg.eigh(covariance)[1][:, ::-1][:, :2]
    # An axis may point either way: the larger entry does so upwards.
    axes = axes * np.sign(axes[np.abs(axes).argmax(axis=0), np.arange(axes.shape[1])])
    if axes.shape[1] < 2:  # a single dimension
        axes = np.hstack([axes, np.zeros((len(axes), 1))])
    return mean, axes.astype(vectors.dtype)
