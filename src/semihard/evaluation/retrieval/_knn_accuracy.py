"""How often the nearest neighbors name the class."""

from typing import Any

from semihard.evaluation._estimates import Estimate
from semihard.evaluation.retrieval._evaluate import evaluate
from semihard.evaluation.retrieval._score_queries import KNN


def knn_accuracy(
    embeddings: Any,
    labels: Any,
    *,
    k: int = 5,
    gallery: Any = None,
    gallery_labels: Any = None,
    ids: Any = None,
    gallery_ids: Any = None,
    resamples: int = 1000,
    confidence: float = 0.95,
    seed: int = 0,
    memory: int = 2**30,
) -> Estimate:
    """Classify each query by the vote of its k nearest neighbors, and say how often that is its class.

    Without a gallery each sample is classified by all others (leave one out). All items that tie with the k-th vote
    too, and of m classes with the most votes each wins one time in m: neither the order of the data nor the names of
    the classes matter. As in `evaluate`, a query whose class the gallery lacks is left out.

    Args:
        embeddings, labels, gallery, gallery_labels, ids, gallery_ids: as in `evaluate`.
        k: how many neighbors vote, at least 1. `evaluate(…, ks=…, measures=["knn_accuracy"])` gives several of one
            search, and averages over classes.
        resamples, confidence, seed: of the interval, which resamples classes; `resamples=0` for none.
        memory: bytes for the search, beside the data.

    Returns:
        The share of the queries that are classified right, from 0 to 1; NaN without a query that could be.

    Raises:
        TypeError, ValueError: as `evaluate`.

    Example:
        >>> knn_accuracy([[0.0], [1.0], [2.0], [9.0], [10.0], [11.0]], list("aabbbb"), k=1, resamples=0)
        Estimate(value=0.75, interval=None)

    Source:
        All that tie with the k-th vote: `knn(use.all = TRUE)` of R's package class, of Venables, Ripley 2002, "Modern
        Applied Statistics with S", ch. 12.
    """
    report = evaluate(
        embeddings,
        labels,
        gallery=gallery,
        gallery_labels=gallery_labels,
        ids=ids,
        gallery_ids=gallery_ids,
        ks=[k],
        measures=[KNN],
        resamples=resamples,
        confidence=confidence,
        seed=seed,
        memory=memory,
    )
    return report.figures[f"{KNN}_{k}"]
