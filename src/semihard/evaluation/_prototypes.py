"""One vector a class: the mean of its embeddings."""

import dataclasses
from typing import Any

import numpy as np
from numpy.typing import NDArray

from semihard._core.embeddings import checked_embeddings
from semihard._core.labels import label_array, unique_labels
from semihard.evaluation.search import nearest_neighbors


@dataclasses.dataclass(frozen=True)
class Prototypes:
    """The mean of each class's embeddings, and what is nearest to which.

    Attributes:
        labels: [classes], of the classes, in their order if they have one.
        vectors: float64 [classes, dim].
        counts: int64 [classes], how many embeddings each is the mean of.
    """

    labels: NDArray[Any]
    vectors: NDArray[np.float64]
    counts: NDArray[np.int64]

    def predict(self, queries: Any) -> NDArray[Any]:
        """Return the label of the nearest prototype by Euclidean distance, [queries]; the first of those that tie.

        Args:
            queries: real [queries, dim], finite.

        Raises:
            TypeError, ValueError: for embeddings that are not finite numbers [n, dim], or of another dim.

        Example:
            >>> prototypes([[0.0], [2.0], [10.0]], ["a", "a", "b"]).predict([[5.0], [6.0]]).tolist()
            ['a', 'b']
        """
        return self.labels[nearest_neighbors(queries, self.vectors, k=1)[1][:, 0]]


def prototypes(embeddings: Any, labels: Any) -> Prototypes:
    """Average the embeddings of each class.

    Means of unit vectors are shorter than 1, the shorter the more a class is spread. They stay so: what prototypical
    networks are trained for is the nearest mean by Euclidean distance.

    Args:
        embeddings: real [n, dim], finite.
        labels: [n], as in `semihard.evaluate`.

    Raises:
        TypeError, ValueError: for embeddings that are not finite numbers [n, dim], or labels of another length.

    Example:
        >>> found = prototypes([[0.0], [2.0], [10.0]], ["a", "a", "b"])
        >>> found.labels.tolist(), found.vectors.tolist(), found.counts.tolist()
        (['a', 'b'], [[1.0], [10.0]], [2, 1])

    Source:
        Snell, Swersky, Zemel 2017, "Prototypical networks for few-shot learning", §2.2, eq. 1.
    """
    points = checked_embeddings("embeddings", embeddings)
    names, codes = unique_labels(label_array("labels", labels, len(points)))
    order, counts = np.argsort(codes, kind="stable"), np.bincount(codes)
    starts = np.cumsum(counts) - counts
    rows = (order[start : start + count] for start, count in zip(starts, counts, strict=True))
    means = np.stack([points[own].mean(axis=0, dtype=np.float64) for own in rows])
    return Prototypes(names, means, counts)
