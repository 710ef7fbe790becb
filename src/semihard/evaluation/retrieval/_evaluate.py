"""Judge embeddings by searching them."""

from collections.abc import Callable, Iterable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from semihard._core.checks import one_of, whole_number
from semihard._core.labels import label_array
from semihard.evaluation._health import health
from semihard.evaluation.retrieval._score_queries import BY_NAME, KNN, MEASURES, QueryScores, score_queries
from semihard.evaluation.retrieval.intervals import ClassSums, averages
from semihard.evaluation.retrieval.report import ClassFigures, Confusion, RetrievalReport

# The most pairs of classes that a report lists.
CONFUSIONS = 50
EVERYTHING = (*MEASURES, "health")
# What one search gives that looks at the max(k, R) nearest items and no farther.
ONE_SEARCH = ("recall_at", "r_precision", "map_at_r")


def evaluate(
    embeddings: Any,
    labels: Any,
    *,
    gallery: Any = None,
    gallery_labels: Any = None,
    ids: Any = None,
    gallery_ids: Any = None,
    ks: Iterable[int] = (1, 5, 10),
    measures: Iterable[str] | None = None,
    resamples: int = 1000,
    confidence: float = 0.95,
    seed: int = 0,
    memory: int = 2**30,
    progress: Callable[[int, int], object] | None = None,
    engine: str = "local",
) -> RetrievalReport:
    """Search every embedding among the others, exactly, and report what was found.

    Recall@k, Precision@k, R-Precision, MAP@R and MRR, averaged over queries (micro) and over classes (macro), with
    intervals that resample classes; a table by class; the classes that are retrieved for each other; and the health of
    the embeddings. Queries without a relevant item are counted, not scored. A query never finds itself (by id, not by
    dropping the first hit). Items at exactly the same distance count with the average over their orders, so embeddings
    that have collapsed score what chance would, and the order of the data changes no figure.

    With `resamples=0` it is the cheap report of Recall@k, R-Precision and MAP@R, of one search that looks at the
    max(k, R) nearest items: MRR looks on until it finds a relevant one, which may take many times as long.

    Args:
        embeddings: real [queries, dim], finite. Distance is Euclidean; on unit vectors that is the order of cosines.
        labels: [queries] or [queries, 1], integers, strings or anything NumPy can order; never turned into floats.
        gallery, gallery_labels: [gallery, dim] and [gallery]: what is searched, by default the embeddings themselves.
        ids, gallery_ids: [queries] and [gallery]. A query never finds an item with its own id. By default each row of
            `embeddings` is an item of its own, and with a `gallery` no query is in it; where they are, bit for bit,
            the report says so.
        ks: the k of Recall@k, Precision@k and k-NN accuracy; 1 is always among them.
        measures: which of "recall_at", "precision_at", "r_precision", "map_at_r", "reciprocal_rank" (MRR),
            "confusions", "health", "knn_accuracy" and "average_precision" (mAP, over all ranks) to compute. By default
            all but the last two; with `resamples=0` "recall_at", "r_precision" and "map_at_r".
        resamples: bootstrap replicates, 0 for no intervals.
        confidence: of the intervals, between 0 and 1.
        seed: of the resampling and of the pairs that `health` looks at.
        memory: bytes for the search, beside the data; about what 65,536 embeddings take at least. With more of it than
            8 bytes for 1.5 times the neighbors of all, a search of embeddings among themselves takes half of the time.
        progress: called with (queries done, queries to search).
        engine: who searches: "local", this process; or "ray", tasks of Ray on this machine or on all of a cluster, with
            `memory` bytes for each. The report is the same.

    Returns:
        `RetrievalReport`.

    Raises:
        TypeError, ValueError: for embeddings that are not finite numbers [n, dim], labels or ids of another length, a
            `k` below 1, a measure or an engine that does not exist, or a confidence that is not between 0 and 1.
        ImportError: Ray is asked for and is not installed.

    Example:
        >>> report = evaluate([[0.0], [1.0], [3.0], [4.0]], [7, 7, 8, 9], ks=[1])
        >>> report.scored, report.total, report.figures["map_at_r"].value
        (2, 4, 1.0)
        >>> evaluate([[0.0], [1.0], [3.0], [4.0]], [7, 7, 8, 9], measures=["reciprocal_rank"], resamples=0).figures
        {'mrr': Estimate(value=1.0, interval=None)}

    Source:
        MAP@R and R-Precision: Musgrave, Belongie, Lim 2020, "A metric learning reality check", §3.2.
    """
    resamples, ks = whole_number("resamples", resamples, 0), sorted({1, *ks})
    if isinstance(confidence, bool) or not isinstance(confidence, int | float) or not 0 < confidence < 1:
        raise ValueError(f"Expected `confidence` to be between 0 and 1. Received: confidence={confidence!r}.")
    if measures is None:
        measures = EVERYTHING if resamples else ONE_SEARCH
    asked = {one_of("measures", measure, (*EVERYTHING, *BY_NAME)) for measure in measures}
    scores = score_queries(
        embeddings,
        labels,
        gallery=gallery,
        gallery_labels=gallery_labels,
        ids=ids,
        gallery_ids=gallery_ids,
        ks=ks,
        measures=asked - {"health"},
        memory=memory,
        progress=progress,
        engine=engine,
    )
    label_of = _label_of(scores, labels, gallery_labels)
    values = {
        **{f"recall_at_{k}": scores.recall_at[k] for k in ks if "recall_at" in asked},
        **{f"precision_at_{k}": scores.precision_at[k] for k in ks if "precision_at" in asked},
        **({"r_precision": scores.r_precision} if "r_precision" in asked else {}),
        **({"map_at_r": scores.map_at_r} if "map_at_r" in asked else {}),
        **{f"{KNN}_{k}": scores.knn_accuracy[k] for k in ks if KNN in asked},
        **({"mrr": scores.reciprocal_rank} if "reciprocal_rank" in asked else {}),
        **({"map": scores.average_precision} if "average_precision" in asked else {}),
    }
    scored = scores.relevant > 0
    queries = np.bincount(scores.codes)
    counts = np.bincount(scores.codes[scored], minlength=len(queries))
    present = np.flatnonzero(counts)
    sums = {name: _by_class(value, scores.codes, scored, len(queries)) for name, value in values.items()}
    figures, macro = averages(
        ClassSums({name: each[present] for name, each in sums.items()}, counts[present]),
        resamples=resamples,
        confidence=confidence,
        seed=seed,
    )
    return RetrievalReport(
        figures=figures,
        macro=macro,
        classes=_classes(sums, queries, counts, label_of),
        confusions=_confusions(scores, scored, label_of) if "confusions" in asked else None,
        scored=int(np.count_nonzero(scored)),
        total=len(scored),
        gallery=len(scores.item_codes),
        confidence=float(confidence),
        health=health(embeddings, scores.codes, seed=seed) if "health" in asked else None,
        copies=int(np.count_nonzero(scores.copies)),
    )


def _label_of(scores: QueryScores, labels: Any, gallery_labels: Any) -> dict[int, Any]:
    """Return code → label, as the queries write it, or else the gallery."""
    found: dict[int, Any] = {}
    for name, given, codes in (
        ("gallery_labels", gallery_labels, scores.item_codes),
        ("labels", labels, scores.codes),
    ):
        if given is not None:
            array = label_array(name, given, len(codes))
            some, first = np.unique(codes, return_index=True)
            found |= {int(code): array[row] for code, row in zip(some, first, strict=True)}
    return found


def _by_class(
    values: NDArray[np.float64], codes: NDArray[np.int64], scored: NDArray[np.bool_], classes: int
) -> NDArray[np.float64]:
    # In ascending order of the values, so that the order of the data does not change the last bit of a sum.
    part = np.flatnonzero(scored)
    part = part[np.argsort(values[part], kind="stable")]
    return np.bincount(codes[part], values[part], classes).astype(np.float64)


def _classes(
    sums: dict[str, NDArray[np.float64]],
    queries: NDArray[np.int64],
    counts: NDArray[np.int64],
    label_of: dict[int, Any],
) -> list[ClassFigures]:
    unknown = np.full(len(queries), np.nan)
    names = ("recall_at_1", "r_precision", "map_at_r")
    means = [np.divide(sums.get(name, unknown), counts, out=unknown.copy(), where=counts > 0) for name in names]
    rows = [
        ClassFigures(
            label=label_of[int(code)],
            queries=int(queries[code]),
            scored=int(counts[code]),
            **{name: float(column[code]) for name, column in zip(names, means, strict=True)},
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
