"""Which triplets the semi-hard loss makes of a batch, by name: for looking at them, on the host."""

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from semihard import distances
from semihard._core.arrays import as_numpy
from semihard._core.labels import encode_labels, label_array
from semihard._inputs import check_order
from semihard.backend import ops


class SemiHardTriplets(NamedTuple):
    """Triplets of a batch, ordered by anchor, then by positive; their number is that of the positive pairs.

    Attributes:
        anchor, positive, negative: int64 [triplets], rows of the batch.
        fallback: bool [triplets], whether no negative is farther than the positive, so that the farthest stands in.
        positive_distance, negative_distance: [triplets], from the anchor.
        cost: [triplets], max(0, margin + positive_distance − negative_distance); their mean is the loss.
    """

    anchor: NDArray[np.int64]
    positive: NDArray[np.int64]
    negative: NDArray[np.int64]
    fallback: NDArray[np.bool_]
    positive_distance: NDArray[Any]
    negative_distance: NDArray[Any]
    cost: NDArray[Any]


def semi_hard_triplets(
    labels: Any,
    embeddings: Any,
    margin: float = 1.0,
    distance_metric: str | Callable[[Any], Any] = "L2",
) -> SemiHardTriplets:
    """Name the triplets that `triplet_semihard_loss` pays for in a batch, with their distances and costs.

    The loss itself never lists them: it sums costs and slopes. This finds them again from the same distances by the
    definition. Of several negatives at exactly the chosen distance, among which the loss shares its gradient, the first
    in the batch is named. Positive pairs in a batch of one class have no negative and are left out, as in the loss.

    Args:
        labels: [batch] or [batch, 1], integers, booleans or strings on the host.
        embeddings: [batch, dim], floating point, finite. Half precision is computed in float32.
        margin, distance_metric: those of the loss.

    Returns:
        `SemiHardTriplets`. Memory grows with the square of the batch.

    Raises:
        TypeError: for labels or embeddings of a wrong dtype.
        ValueError: for a wrong rank, different lengths, embeddings that are not finite, or an unknown distance.

    Example:
        >>> triplets = semi_hard_triplets([0, 0, 1], np.array([[0.0], [1.0], [3.0]], "float32"))
        >>> triplets.anchor.tolist(), triplets.positive.tolist(), triplets.negative.tolist()
        ([0, 1], [1, 0], [2, 2])
        >>> triplets.cost.tolist()  # 1 + 1 − 3 and 1 + 1 − 2
        [0.0, 0.0]

    Source:
        Schroff, Kalenichenko, Philbin, "FaceNet: A Unified Embedding for Face Recognition and Clustering", 2015, §3.2.
    """
    check_order(labels, embeddings)
    matrix = _distances(embeddings, distance_metric)
    codes = _codes(labels, len(matrix))
    found = [_of_anchor(matrix[anchor], codes, anchor) for anchor in range(len(matrix))]
    anchor = np.repeat(np.arange(len(matrix)), [len(positive) for positive, _, _ in found])
    positive, negative = (np.concatenate([part[i] for part in found]).astype(np.int64) for i in (0, 1))
    fallback = np.concatenate([part[2] for part in found]).astype(bool)
    near, far = matrix[anchor, positive], matrix[anchor, negative]
    cost = np.maximum(near.dtype.type(margin) + near - far, 0)
    return SemiHardTriplets(anchor, positive, negative, fallback, near, far, cost)


def _of_anchor(row: NDArray[Any], codes: NDArray[Any], anchor: int) -> tuple[NDArray[Any], NDArray[Any], NDArray[Any]]:
    """Positives, the negative of each, and whether it is a fallback, from an anchor's distances [batch]."""
    same = codes == codes[anchor]
    negatives = np.flatnonzero(~same)
    same[anchor] = False
    positives = np.flatnonzero(same) if len(negatives) else negatives
    if not len(positives):
        return positives, positives, positives
    ordered = negatives[np.argsort(row[negatives], kind="stable")]
    place = np.searchsorted(row[ordered], row[positives], side="right")
    farthest = np.searchsorted(row[ordered], row[ordered[-1]], side="left")
    fallback = place == len(ordered)
    return positives, ordered[np.where(fallback, farthest, place)], fallback


def _distances(embeddings: Any, distance_metric: str | Callable[[Any], Any]) -> NDArray[Any]:
    """The distances [batch, batch] that the loss compares."""
    vectors = ops.convert_to_tensor(as_numpy("embeddings", embeddings))
    if len(vectors.shape) != 2 or 0 in vectors.shape:
        raise ValueError(
            f"Expected `embeddings` of shape [batch, dim], none of them 0. Received: shape {tuple(vectors.shape)}."
        )
    if "float" not in str(vectors.dtype):
        raise TypeError(f"Expected `embeddings` to be floating point. Received: dtype {vectors.dtype}.")
    if "float64" not in str(vectors.dtype):
        vectors = ops.cast(vectors, "float32")
    matrix = np.asarray(ops.convert_to_numpy(distances.function(distance_metric)(vectors)))
    if not np.isfinite(matrix).all():
        raise ValueError(
            "Expected finite embeddings, at finite distances. Received: NaN or infinity. Look for a training that "
            "diverged; the loss of such a batch is NaN."
        )
    return matrix


def _codes(labels: Any, batch: int) -> NDArray[Any]:
    return encode_labels(label_array("labels", labels, batch))[0]
