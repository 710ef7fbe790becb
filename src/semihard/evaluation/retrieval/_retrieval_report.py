"""The retrieval figures of a set of embeddings."""

import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from semihard.evaluation.retrieval._copies import copies_note
from semihard.evaluation.retrieval._score_queries import score_queries


@dataclass(frozen=True)
class RetrievalReport:
    """Figures averaged over the queries that have a relevant item (each query weighs the same).

    Attributes:
        recall_at: Recall@k for each k.
        r_precision: R-Precision.
        map_at_r: MAP@R.
        scored: queries with a relevant item; the averages are over these, and NaN if there are none.
        total: all queries.
        copies: queries that are in the gallery themselves, bit for bit, where no ids tell them from it: they find
            themselves. `print` says what to do.
    """

    recall_at: dict[int, float]
    r_precision: float
    map_at_r: float
    scored: int
    total: int
    copies: int = 0

    def __str__(self) -> str:
        figures = {f"Recall@{k}": value for k, value in self.recall_at.items()}
        figures |= {"R-Precision": self.r_precision, "MAP@R": self.map_at_r}
        lines = [f"{self.scored:,} of {self.total:,} queries have a relevant item"]
        lines += [f"{name:12}{value:>8.4f}" for name, value in figures.items()]
        return "\n".join([*lines, *filter(None, [copies_note(self.copies, self.total)])])

    def to_dict(self) -> dict[str, float | int]:
        """Return the figures: `recall_at_1`, …, `r_precision`, `map_at_r`, `scored`, `total`; `copies` if any."""
        copies = {"copies": self.copies} if self.copies else {}
        recalls = {f"recall_at_{k}": value for k, value in self.recall_at.items()}
        figures = {"r_precision": self.r_precision, "map_at_r": self.map_at_r}
        return {**recalls, **figures, "scored": self.scored, "total": self.total, **copies}


def retrieval_report(
    embeddings: Any,
    labels: Any,
    *,
    gallery: Any = None,
    gallery_labels: Any = None,
    ids: Any = None,
    gallery_ids: Any = None,
    ks: Iterable[int] = (1, 5),
    memory: int = 2**25,
    progress: Callable[[int, int], object] | None = None,
) -> RetrievalReport:
    """Compute Recall@k, R-Precision and MAP@R from one exact search by Euclidean distance.

    Ties by exactly equal distance count with their average over all orders, so embeddings that have collapsed to a
    point score what chance would, and the order of the data changes no figure.

    Args:
        embeddings: real [queries, dim], finite.
        labels: [queries] or [queries, 1], integers, strings or anything NumPy can order; never turned into floats.
        gallery, gallery_labels, ids, gallery_ids: as in `score_queries`; by default the embeddings are searched among
            themselves, each row except itself.
        ks: the k of Recall@k.
        memory: bytes for the search, beside the data and one float64 copy of it.
        progress: called with (queries done, queries to search).

    Returns:
        `RetrievalReport`.

    Raises:
        TypeError, ValueError: as `score_queries`.

    Example:
        >>> from semihard.evaluation import retrieval_report
        >>> report = retrieval_report([[0.0], [1.0], [3.0], [4.0]], [7, 7, 8, 9], ks=[1])
        >>> report.to_dict()
        {'recall_at_1': 1.0, 'r_precision': 1.0, 'map_at_r': 1.0, 'scored': 2, 'total': 4}
    """
    scores = score_queries(
        embeddings,
        labels,
        gallery=gallery,
        gallery_labels=gallery_labels,
        ids=ids,
        gallery_ids=gallery_ids,
        ks=ks,
        measures=("recall_at", "r_precision", "map_at_r"),
        memory=memory,
        progress=progress,
    )
    scored = scores.relevant > 0
    return RetrievalReport(
        recall_at={k: _average(values[scored]) for k, values in scores.recall_at.items()},
        r_precision=_average(scores.r_precision[scored]),
        map_at_r=_average(scores.map_at_r[scored]),
        scored=int(np.count_nonzero(scored)),
        total=len(scored),
        copies=int(np.count_nonzero(scores.copies)),
    )


def _average(values: NDArray[np.float64]) -> float:
    # An exactly rounded sum does not depend on the order of the queries.
    return math.fsum(values) / len(values) if len(values) else math.nan
