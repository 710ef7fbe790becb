"""How well clusters found without labels agree with the labels."""

import dataclasses
from typing import Any

import numpy as np

from semihard._core.checks import whole_number
from semihard._core.embeddings import checked_embeddings
from semihard._core.extras import CLUSTERING, MissingPackage
from semihard._core.labels import label_array, label_codes


@dataclasses.dataclass(frozen=True)
class Clustering:
    """Agreement of k-means with the labels: 1 is perfect; AMI is 0 for chance, NMI is not, and grows with classes.

    Attributes:
        ami: adjusted mutual information.
        nmi: normalised mutual information, which older papers report.
        clusters: k.
    """

    ami: float
    nmi: float
    clusters: int


def clustering(embeddings: Any, labels: Any, *, clusters: int | None = None, seed: int = 0) -> Clustering:
    """Cluster embeddings with k-means and compare with the labels.

    Args:
        embeddings: real [n, dim], finite.
        labels: [n], as in `semihard.evaluate`.
        clusters: k; by default the number of classes.
        seed: of k-means, which starts from chosen points and depends on them.

    Raises:
        ImportError: scikit-learn is not installed (`semihard[clustering]`).
        TypeError, ValueError: for embeddings that are not finite numbers [n, dim], labels of another length, and more
            clusters than embeddings.

    Source:
        Vinh, Epps, Bailey 2010, "Information theoretic measures for clusterings comparison", §3: why AMI.

    Example:
        >>> clustering([[0.0], [0.1], [5.0], [5.1]], ["a", "a", "b", "b"])
        Clustering(ami=1.0, nmi=1.0, clusters=2)
    """
    try:
        from sklearn.cluster import KMeans, MiniBatchKMeans
        from sklearn.metrics import adjusted_mutual_info_score, normalized_mutual_info_score
    except ImportError as error:
        raise MissingPackage("scikit-learn", CLUSTERING, error) from error
    points = checked_embeddings("embeddings", embeddings)
    codes, _ = label_codes(label_array("labels", labels, len(points)), None)
    k = whole_number("clusters", len(np.unique(codes)) if clusters is None else clusters, 1)
    if k > len(points):
        raise ValueError(f"Expected at most one cluster an embedding, {len(points)}. Received: clusters={k}.")
    # Above this size a pass over all embeddings for each of many clusters takes minutes.
    method = KMeans if len(points) * k <= 10_000_000 else MiniBatchKMeans
    found = method(k, n_init=1 if k > 1000 else 3, random_state=seed).fit_predict(points)
    return Clustering(
        ami=float(adjusted_mutual_info_score(codes, found)),
        nmi=float(normalized_mutual_info_score(codes, found)),
        clusters=k,
    )
