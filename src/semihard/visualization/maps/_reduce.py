"""A map of embeddings in two dimensions, by UMAP, t-SNE or PCA."""

import contextlib
import io
import threading
import warnings
from typing import Any

import numpy as np

from semihard._core import checks
from semihard._core.embeddings import check_finite, embedding_array
from semihard._core.extras import PLOTS, MissingPackage
from semihard.visualization.maps._sklearn import pca, tsne
from semihard.visualization.maps._umap_start import into_square

METHODS = ("umap", "tsne", "pca")

# Exact neighbours cost n² products, under a second for 10,000 rows on two cores; UMAP's own approximate search first
# compiles for many seconds, which only more rows repay.
_EXACT_LIMIT = 40_000

# Measured with clusters of 20 and 60 points, turned at random between two epochs: of UMAP's own rate of 1, a twentieth
# keeps 98 % of the centres nearest to themselves, the whole 86 %, and the neighbourhoods are as true.
_REFINING_RATE = 0.05


def reduce(
    vectors: Any,
    seed: int = 0,
    *,
    method: str = "umap",
    n_neighbors: int = 15,
    min_dist: float = 0.8,
    start: Any = None,
    progress: bool = False,
) -> np.ndarray[Any, Any]:
    """Lay embeddings out in the plane so that neighbours stay together, with umap-learn or scikit-learn.

    The same vectors and seed give the same map on the same machine. Distances between far clusters mean nothing in it
    (but by PCA), and most true neighbours of a point are not its neighbours on the map: use it to look,
    `semihard.evaluation` to judge.

    Args:
        vectors: [n, dim], n ≥ 4, any real dtype, finite; compared by Euclidean distance.
        seed: a whole number ≥ 0.
        method: "umap", "tsne" (on one core, slower) or "pca" (straight lines stay straight, clusters lie on each
            other).
        n_neighbors: of UMAP: how many neighbours a point is tied to, ≥ 2; lowered to n − 1 where there are fewer.
        min_dist: of UMAP: how close points may lie on the map, from 0 to 1. Embeddings trained by a triplet loss are
            dense, and UMAP's own 0.1 draws each class as a dot.
        start: of UMAP and t-SNE: [n, 2], the map to start from, as that of another epoch of the same samples, so that
            the two can be compared: UMAP keeps its scale and moves its points little. By default, and where all its
            points are one, that of PCA.
        progress: of UMAP: show a bar on stderr; it starts after the import, and a compilation of some seconds.

    Returns:
        [n, 2], float32.

    Raises:
        ImportError: umap-learn or scikit-learn is not installed.
        ValueError: a wrong rank, fewer than 4 rows, a value that is not finite, or an option out of its range.

    Example:
        >>> rng = np.random.default_rng(0)
        >>> vectors = np.repeat(np.eye(2), 20, axis=0) + rng.normal(size=(40, 2), scale=0.01)
        >>> points = reduce(vectors, seed=0)
        >>> points.shape, points.dtype
        ((40, 2), dtype('float32'))
    """
    vectors = _check_vectors(vectors)
    method = checks.one_of("method", method, METHODS)
    seed = checks.whole_number("seed", seed, 0)
    n_neighbors = min(checks.whole_number("n_neighbors", n_neighbors, 2), len(vectors) - 1)
    if not 0 <= min_dist <= 1:
        raise ValueError(f"Expected `min_dist` from 0 to 1. Received: min_dist={min_dist!r}.")
    # PCA keeps the arrangement of the classes, where UMAP's default places separate ones at random.
    # What a PCA can spread out: it needs two columns, and t-SNE and UMAP divide its first axis by the deviation.
    spread = vectors.shape[1] > 1 and bool(np.ptp(vectors, axis=0).any())
    init: Any = "pca" if spread else "random"
    if start is not None:
        start = _check_start(start, len(vectors))
        init = start if np.ptp(start, axis=0).any() else init
    if method == "pca":
        points = pca(vectors, seed)
    elif method == "tsne":
        points = tsne(vectors, seed, init)
    else:
        points = _umap(vectors, seed, n_neighbors, min_dist, progress, init)
    return np.asarray(points, np.float32)


def _umap(
    vectors: np.ndarray[Any, Any], seed: int, n_neighbors: int, min_dist: float, progress: bool, init: Any
) -> Any:
    try:
        import umap
        from umap.umap_ import find_ab_params
    except ImportError as error:
        raise MissingPackage("umap-learn", PLOTS, error) from error

    _start_numba()
    exact = len(vectors) <= _EXACT_LIMIT
    a, b = find_ab_params(1, min_dist)  # as UMAP itself finds them
    scale, learning_rate, turn = 1.0, 1.0, np.eye(2)
    if not isinstance(init, str):
        # A map that is given is to be refined: at its own scale, and not torn apart by the first large steps.
        init, turn, scale = into_square(init)
        a, learning_rate = a * scale ** (-2 * b), _REFINING_RATE * scale**2
    # UMAP's verbose mode also prints twenty lines of its own; only the bar, on stderr, is wanted.
    with warnings.catch_warnings(), contextlib.redirect_stdout(io.StringIO()):
        # That other data cannot be placed on this map later, and that tiny or collapsed data start at random.
        warnings.filterwarnings("ignore", message="precomputed_knn")
        warnings.filterwarnings("ignore", message="Spectral initialisation failed")
        points = umap.UMAP(
            n_neighbors=n_neighbors,
            a=a,
            b=b,
            n_epochs=200,  # UMAP takes 500 up to 10,000 rows, for the same picture
            init=init,
            learning_rate=learning_rate,
            random_state=seed,
            n_jobs=1,  # a seed forces it; UMAP warns otherwise
            precomputed_knn=_exact_neighbors(vectors, n_neighbors) if exact else (None, None, None),
            verbose=progress,
            tqdm_kwds={"desc": "UMAP", "disable": not progress},
        ).fit_transform(vectors)
    return points @ turn.T / scale


def _start_numba() -> None:
    # It tells OpenMP how many threads it wants, for the thread that first needs it: not for the one in which PyTorch
    # computes next, whose sums would then be rounded otherwise.
    import numba  # umap-learn depends on it

    starts = threading.Thread(target=numba.get_num_threads)
    starts.start()
    starts.join()


def _exact_neighbors(
    vectors: np.ndarray[Any, Any], n_neighbors: int
) -> tuple[np.ndarray[Any, Any], np.ndarray[Any, Any], None]:
    """Return what UMAP calls `precomputed_knn`: indices and distances [n, n_neighbors], each row's first itself."""
    from sklearn.neighbors import NearestNeighbors  # umap-learn depends on it

    # Without an argument, `kneighbors` leaves each point out of its own neighbours, duplicates or not.
    distances, indices = NearestNeighbors(algorithm="brute").fit(vectors).kneighbors(n_neighbors=n_neighbors - 1)
    return np.insert(indices, 0, np.arange(len(vectors)), axis=1), np.insert(distances, 0, 0, axis=1), None


def _check_start(start: Any, count: int) -> np.ndarray[Any, Any]:
    start = np.asarray(start, np.float32)
    if start.shape != (count, 2):
        raise ValueError(f"Expected `start` of shape [{count}, 2]. Received: shape {start.shape}.")
    if not np.isfinite(start).all():
        raise ValueError(
            "Expected `start` to be finite. Received: NaN or infinity in it. Take a map that `reduce` made."
        )
    return start


def _check_vectors(vectors: Any) -> np.ndarray[Any, Any]:
    array = embedding_array("vectors", vectors)
    if array.shape[0] < 4:
        raise ValueError(
            f"Expected `vectors` of shape [n, dim] with n ≥ 4. Received: shape {array.shape}. "
            "A map of fewer points has no meaning."
        )
    array = array.astype(np.float32, copy=False)
    check_finite("vectors", array)
    return array
