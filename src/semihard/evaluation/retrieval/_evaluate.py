"""Judge embeddings by searching them."""

from collections.abc import Callable, Iterable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from semihard._core.checks import whole_number
from semihard._core.labels import label_array
from semihard.evaluation._health import health
from semihard.evaluation.retrieval._score_queries import QueryScores, score_queries
from semihard.evaluation.retrieval.intervals import ClassSums, averages
from semihard.evaluation.retrieval.report import ClassFigures, Confusion, Report

CONFUSIONS = 50


def evaluate(
    embeddings: Any,
    labels: Any,
    *,
    gallery: Any = None,
    gallery_labels: Any = None,
    ids: Any = None,
    gallery_ids: Any = None,
    ks: Iterable[int] = (1, 5, 10),
    resamples: int = 1000,
    confidence: float = 0.95,
    seed: int = 0,
    memory: int = 2**25,
    progress: Callable[[int, int], object] | None = None,
) -> Report:
    """Search every embedding among the others, exactly, and report what was found.

    Recall@k, Precision@k, R-Precision, MAP@R and MRR, averaged over queries (micro) and over classes (macro), with
    intervals that resample classes; a table by class; the classes that are retrieved for each other; and the health of
    the embeddings. Queries without a relevant item are counted, not scored. A query never finds itself (by id, not by
    dropping the first hit). Items at exactly the same distance count with the average over their orders, so embeddings
    that have collapsed score what chance would, and the order of the data changes no figure.

    Args:
        embeddings: real [queries, dim], finite. Distance is Euclidean; on unit vectors that is the order of cosines.
        labels: [queries] or [queries, 1], integers, strings or anything NumPy can order; never turned into floats.
        gallery, gallery_labels: [gallery, dim] and [gallery]: what is searched, by default the embeddings themselves.
        ids, gallery_ids: [queries] and [gallery]. A query never finds an item with its own id. By default each row of
            `embeddings` is an item of its own, and with a `gallery` no query is in it; where they are, bit for bit,
            the report says so.
        ks: the k of Recall@k and Precision@k; 1 is always among them.
        resamples: bootstrap replicates, 0 for no intervals.
        confidence: of the intervals, between 0 and 1.
        seed: of the resampling and of the pairs that `health` looks at.
        memory: bytes for the search, beside the data and one float64 copy of it.
        progress: called with (queries done, queries to search).

    Returns:
        `Report`.

    Raises:
        TypeError, ValueError: for embeddings that are not finite numbers [n, dim], labels or ids of another length, a
            `k` below 1, or a confidence that is not between 0 and 1.

    Example:
        >>> report = evaluate([[0.0], [1.0], [3.0], [4.0]], [7, 7, 8, 9], ks=[1])
        >>> report.scored, report.total, report.figures["map_at_r"].micro
        (2, 4, 1.0)

    Source:
        MAP@R and R-Precision: Musgrave, Belongie, Lim 2020, "A metric learning reality check", §3.2.
    """
    resamples, ks = whole_number("resamples", resamples, 0), sorted({1, *ks})
    if isinstance(confidence, bool) or not isinstance(confidence, int | float) or not 0 < confidence < 1:
        raise ValueError(f"Expected `confidence` to be between 0 and 1. Received: confidence={confidence!r}.")
    scores = score_queries(
        embeddings,
        labels,
        gallery=gallery,
        gallery_labels=gallery_labels,
        ids=ids,
        gallery_ids=gallery_ids,
        ks=ks,
        memory=memory,
        progress=progress,
    )
    names = label_array("labels", labels, len(scores.codes))
    others = () if gallery is None else label_array("gallery_labels", gallery_labels, len(scores.item_codes))
    label_of = {int(code): name for code, name in zip(scores.codes, names, strict=True)}
    label_of |= {int(code): name for code, name in zip(scores.item_codes, others, strict=False)}
    values = {
        **{f"recall_at_{k}": scores.recall_at[k] for k in ks},
        **{f"precision_at_{k}": scores.precision_at[k] for k in ks},
        "r_precision": scores.r_precision,
        "map_at_r": scores.map_at_r,
        "mrr": scores.reciprocal_rank,
    }
    scored = scores.relevant > 0
    queries = np.bincount(scores.codes)
    counts = np.bincount(scores.codes[scored], minlength=len(queries))
    present = np.flatnonzero(counts)
    sums = {name: _by_class(value, scores.codes, scored, len(queries))[present] for name, value in values.items()}
    return Report(
        figures=averages(ClassSums(sums, counts[present]), resamples=resamples, confidence=confidence, seed=seed),
        classes=_classes(scores, scored, queries, counts, label_of),
        confusions=_confusions(scores, scored, label_of),
        scored=int(np.count_nonzero(scored)),
        total=len(scored),
        gallery=len(scores.item_codes),
        confidence=float(confidence),
        health=health(embeddings, scores.codes, seed=seed),
        copies=int(np.count_nonzero(scores.copies)),
    )


def _by_class(
    values: NDArray[np.float64], codes: NDArray[np.int64], scored: NDArray[np.bool_], classes: int
) -> NDArray[np.float64]:
    # In ascending order of the values, so that the order of the data does not change the last bit of a sum.
    part = np.flatnonzero(scored)
    part = part[np.argsort(values[part], kind="stable")]
    return np.bincount(codes[part], values[part], classes).astype(np.float64)


def _classes(
    scores: QueryScores,
    scored: NDArray[np.bool_],
    queries: NDArray[np.int64],
    counts: NDArray[np.int64],
    label_of: dict[int, Any],
) -> list[ClassFigures]:
    columns = [
        np.divide(
            _by_class(values, scores.codes, scored, len(queries)),
            counts,
            out=np.full(len(queries), np.nan),
            where=counts > 0,
        )
        for values in (scores.recall_at[1], scores.r_precision, scores.map_at_r)
    ]
    rows = [
        ClassFigures(
            label=label_of[int(code)],
            queries=int(queries[code]),
            scored=int(counts[code]),
            recall_at_1=float(columns[0][code]),
            r_precision=float(columns[1][code]),
            map_at_r=float(columns[2][code]),
        )
        for code in np.flatnonzero(queries)
    ]
    return sorted(rows, key=lambda row: (np.isnan(row.map_at_r), row.map_at_r))


def _confusions(scores: QueryScores, scored: NDArray[np.bool_], label_of: dict[int, Any]) -> list[Confusion]:
    places = np.bincount(scores.codes[scored], scores.relevant[scored])
    return [
        Confusion(label_of[int(code)], label_of[int(other)], float(taken), float(taken / places[code]))
        for code, other, taken in zip(*scores.confusions.largest(CONFUSIONS), strict=True)
    ]
