"""Every retrieval metric for each query, from one search.

The one file of this room that searches; the metrics themselves see tie groups only.
"""

from collections.abc import Callable, Iterable, Iterator
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from semihard._core.checks import one_of, whole_number
from semihard._core.embeddings import embedding_array
from semihard._core.labels import label_array, label_codes
from semihard.evaluation._votes import Votes, count_votes, voters
from semihard.evaluation.retrieval._tie_groups import TieGroups, tie_groups
from semihard.evaluation.retrieval.confusions import ConfusionCounts
from semihard.evaluation.retrieval.metrics import (
    average_precision,
    map_at_r,
    precision_at_k,
    r_precision,
    recall_at_k,
    reciprocal_rank,
)
from semihard.evaluation.search import NeighborBlock, neighbor_blocks, only_copies, self_matches
from semihard.evaluation.search.engines import check_engine, running

# What can be asked for. The reciprocal rank may cost many times what the others do: it looks beyond R until it finds.
MEASURES = ("recall_at", "precision_at", "r_precision", "map_at_r", "reciprocal_rank", "confusions")
# Only where they are asked for by name: of one neighbor the first is Recall@1, but for ties; the second ranks the whole
# gallery for each query.
KNN, ALL_RANKS = "knn_accuracy", "average_precision"
BY_NAME = (KNN, ALL_RANKS)


class QueryScores(NamedTuple):
    """Scores of each query; NaN for queries without a relevant item in the gallery, and what was not asked for.

    Attributes:
        recall_at, precision_at: for each k, float64 [queries].
        r_precision: float64 [queries].
        map_at_r: float64 [queries].
        reciprocal_rank: float64 [queries].
        average_precision: float64 [queries].
        knn_accuracy: for each k, float64 [queries]: whether the k nearest vote for the query's own class.
        relevant: int64 [queries], R, the relevant items in the gallery without the query itself.
        codes, item_codes: int64 [queries] and [gallery], class numbers, equal where the labels are.
        confusions: how many of the R nearest places of a class other classes take.
        copies: bool [queries], whether the gallery holds the query itself, as far as can be seen: one item of its class
            that equals it bit for bit, where no ids say which item is which.
    """

    recall_at: dict[int, NDArray[np.float64]]
    precision_at: dict[int, NDArray[np.float64]]
    r_precision: NDArray[np.float64]
    map_at_r: NDArray[np.float64]
    reciprocal_rank: NDArray[np.float64]
    average_precision: NDArray[np.float64]
    knn_accuracy: dict[int, NDArray[np.float64]]
    relevant: NDArray[np.int64]
    codes: NDArray[np.int64]
    item_codes: NDArray[np.int64]
    confusions: ConfusionCounts
    copies: NDArray[np.bool_]


def score_queries(
    embeddings: Any,
    labels: Any,
    *,
    gallery: Any = None,
    gallery_labels: Any = None,
    ids: Any = None,
    gallery_ids: Any = None,
    ks: Iterable[int] = (1, 5),
    measures: Iterable[str] = MEASURES,
    memory: int = 2**30,
    progress: Callable[[int, int], object] | None = None,
    engine: str = "local",
) -> QueryScores:
    """Search each query's neighbours by Euclidean distance, exactly, and score them.

    Ties by exactly equal distance count with their average over all orders, so the order of the data changes nothing.

    Args:
        embeddings: real [queries, dim], finite.
        labels: [queries] or [queries, 1], integers, strings or anything NumPy can order; never turned into floats.
        gallery: real [gallery, dim]; by default the queries are searched among themselves.
        gallery_labels: [gallery], needed with `gallery`.
        ids: [queries]. A query never finds a gallery item with its own id. By default each row of `embeddings` is an
            item of its own, and with a `gallery` no query is in it.
        gallery_ids: [gallery]; needed with `ids` if there is a `gallery`.
        ks: the k of Recall@k, Precision@k and k-NN accuracy.
        measures: which of "recall_at", "precision_at", "r_precision", "map_at_r", "reciprocal_rank", "confusions",
            "knn_accuracy" and "average_precision" to compute; by default all but the last two. The search is no deeper
            than they need.
        memory, engine: as in `evaluate`.
        progress: called with (queries done, queries to search).

    Returns:
        `QueryScores`.

    Raises:
        TypeError, ValueError: for embeddings that are not finite numbers [n, dim], labels or ids of another length,
            a `k` below 1, and a measure that does not exist.

    Example:
        >>> from semihard.evaluation import score_queries
        >>> scores = score_queries([[0.0], [1.0], [3.0]], ["a", "b", "a"], ks=[1])
        >>> scores.recall_at[1].tolist(), scores.relevant.tolist()
        ([0.0, nan, 0.0], [1, 0, 1])
    """
    ks = [whole_number("k", k, 1) for k in ks]
    asked = {one_of("measures", measure, (*MEASURES, *BY_NAME)) for measure in measures}
    check_engine(engine)
    embeddings = embedding_array("embeddings", embeddings)
    if (gallery is None) != (gallery_labels is None):
        raise ValueError("Expected `gallery` and `gallery_labels` together. Received only one of them.")
    if gallery is not None and (ids is None) != (gallery_ids is None):
        raise ValueError("Expected `ids` and `gallery_ids` together where there is a `gallery`. Received only one.")
    if gallery is None and gallery_ids is not None:
        raise ValueError("Expected `gallery_ids` only with a `gallery`. Give `ids` alone to search among the queries.")

    labels = label_array("labels", labels, len(embeddings))
    if gallery is not None:
        gallery = embedding_array("gallery", gallery)
        gallery_labels = label_array("gallery_labels", gallery_labels, len(gallery))
    query_codes, item_codes = label_codes(labels, gallery_labels)

    if ids is not None:
        ids = label_array("ids", ids, len(query_codes))
        others = ids if gallery is None else label_array("gallery_ids", gallery_ids, len(item_codes))
        exclude = self_matches(ids, others)
    elif gallery is None:
        exclude = (np.arange(len(query_codes)), np.arange(len(query_codes)))
    else:
        exclude = (np.empty(0, np.int64), np.empty(0, np.int64))
    copies = np.zeros(len(query_codes), bool)
    if gallery is not None and ids is None:
        same = only_copies(embeddings, gallery)
        copies = (same >= 0) & (item_codes[same] == query_codes)

    relevant = np.bincount(item_codes, minlength=query_codes.max(initial=0) + 1)[query_codes]
    alike = query_codes[exclude[0]] == item_codes[exclude[1]]
    relevant = relevant - np.bincount(exclude[0][alike], minlength=len(query_codes))

    unscored = np.full(len(query_codes), np.nan)
    scores = QueryScores(
        recall_at={k: unscored.copy() for k in ks},
        precision_at={k: unscored.copy() for k in ks},
        r_precision=unscored.copy(),
        map_at_r=unscored.copy(),
        reciprocal_rank=unscored.copy(),
        average_precision=unscored.copy(),
        knn_accuracy={k: unscored.copy() for k in ks},
        relevant=relevant,
        codes=query_codes,
        item_codes=item_codes,
        confusions=ConfusionCounts(int(max(query_codes.max(initial=0), item_codes.max(initial=0))) + 1),
        copies=copies,
    )

    def blocks(
        depths: NDArray[np.int64], tell: Callable[[int, int], object] | None = None
    ) -> Iterator[tuple[NeighborBlock, TieGroups]]:
        for block in neighbor_blocks(
            embeddings, gallery, depth=depths, exclude=exclude, memory=memory, progress=tell, engine=engine
        ):
            hit = (item_codes[block.items] == query_codes[block.rows, None]) & np.isfinite(block.squared_distances)
            yield block, tie_groups(block.squared_distances, hit, relevant[block.rows])

    deepest = np.full(len(relevant), max(ks, default=1) if asked & {"recall_at", "precision_at", KNN} else 1)
    if asked & {"r_precision", "map_at_r", "confusions"}:
        deepest = np.maximum(deepest, relevant)
    if ALL_RANKS in asked:
        deepest[:] = len(item_codes)
    depths = np.where((relevant > 0) & bool(asked), deepest, 0)
    with running(engine):
        for block, groups in blocks(depths, progress):
            rows = block.rows
            for k in ks:
                if "recall_at" in asked:
                    scores.recall_at[k][rows] = recall_at_k(groups, k)
                if "precision_at" in asked:
                    scores.precision_at[k][rows] = precision_at_k(groups, k)
                if KNN in asked:
                    voting = voters(block.squared_distances, k)
                    votes = count_votes(query_codes[rows], item_codes[block.items], voting)
                    scores.knn_accuracy[k][rows] = _won(votes)
            if "r_precision" in asked:
                scores.r_precision[rows] = r_precision(groups)
            if "map_at_r" in asked:
                scores.map_at_r[rows] = map_at_r(groups)
            if "reciprocal_rank" in asked:
                scores.reciprocal_rank[rows] = reciprocal_rank(groups, depths[rows])
            if ALL_RANKS in asked:
                scores.average_precision[rows] = average_precision(groups)
            if "confusions" in asked:
                scores.confusions.add(
                    query_codes[rows], item_codes[block.items], block.squared_distances, relevant[rows]
                )
        # The nearest relevant item of a query may lie beyond its R nearest: look deeper for those, until it is found.
        while len(unfound := np.flatnonzero(scores.reciprocal_rank == 0)):
            deeper = np.zeros_like(depths)
            deeper[unfound] = depths[unfound] = np.minimum(8 * depths[unfound], len(item_codes))
            for block, groups in blocks(deeper):
                scores.reciprocal_rank[block.rows] = reciprocal_rank(groups, depths[block.rows])
    return scores


def _won(votes: Votes) -> NDArray[np.float64]:
    """1 where the own class has the most votes, [rows]; of m classes with as many, each wins one time in m."""
    return np.where(votes.own > votes.other, 1.0, np.where(votes.own == votes.other, 1.0 / (1 + votes.tied), 0.0))
