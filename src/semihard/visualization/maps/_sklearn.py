"""Maps in two dimensions by scikit-learn: t-SNE and PCA."""

import warnings
from typing import Any

import numpy as np

from semihard._core.extras import PLOTS, MissingPackage


def tsne(vectors: np.ndarray[Any, Any], seed: int, init: Any) -> np.ndarray[Any, Any]:
    """Return [n, 2] by Barnes-Hut t-SNE; `init` is "pca", "random", or a map [n, 2] to start from.

    Source: van der Maaten, Accelerating t-SNE using Tree-Based Algorithms, JMLR 15, 2014.
    """
    try:
        from sklearn.manifold import TSNE
        from threadpoolctl import threadpool_limits
    except ImportError as error:
        raise MissingPackage("scikit-learn", PLOTS, error) from error
    if not isinstance(init, str):
        init = init * (1e-4 / max(float(init[:, 0].std()), 1e-12))  # as small as scikit-learn makes its own
    mapping = TSNE(
        perplexity=min(30.0, (len(vectors) - 1) / 3),  # three times as many neighbours are used, and there must be such
        init=init,
        random_state=seed,
    )
    # Its threads add up a sum in the order in which they finish, and rounding would make another picture each time.
    with threadpool_limits(1, user_api="openmp"):
        return mapping.fit_transform(vectors)


def pca(vectors: np.ndarray[Any, Any], seed: int) -> np.ndarray[Any, Any]:
    """Return the projection [n, 2] on the two directions of the largest variance."""
    try:
        from sklearn.decomposition import PCA
    except ImportError as error:
        raise MissingPackage("scikit-learn", PLOTS, error) from error
    if vectors.shape[1] == 1:
        vectors = np.pad(vectors, ((0, 0), (0, 1)))
    with warnings.catch_warnings(), np.errstate(invalid="ignore"):
        warnings.filterwarnings("ignore", message="invalid value")  # the share of a variance of 0, which is not used
        return PCA(2, random_state=seed).fit_transform(vectors)
