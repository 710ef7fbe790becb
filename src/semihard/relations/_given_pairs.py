"""Positive and negative as the user says, pair by pair."""

import dataclasses
from typing import Any

import keras
from keras import ops

from semihard import backend
from semihard._inputs import host_labels, match_batch, whole
from semihard.relations.base import Relation
from semihard.relations.masks import Masks, masks_of


def given_pairs(y_true: Any, batch: Any) -> Masks:
    """Positive where `y_true` is 1, negative where it is −1, neither where it is 0; the diagonal is not read.

    Args:
        y_true: [batch, batch], rows being anchors: signed integers.
        batch: the embeddings [batch, …], or their number.

    Returns:
        Boolean masks [batch, batch].

    Raises:
        ValueError: for another shape, or different lengths.
        TypeError: for anything but signed integers.

    Example:
        >>> import numpy as np
        >>> masks = given_pairs([[0, 1, -1], [1, 0, 0], [-1, 0, 0]], 3)
        >>> print(np.asarray(masks.positive).astype(int))
        [[0 1 0]
         [1 0 0]
         [0 0 0]]
    """
    pairs = whole(y_true if backend.is_tensor(y_true) else host_labels(y_true))
    shape, kind = tuple(pairs.shape), str(pairs.dtype)
    if "int" not in kind or "uint" in kind:
        raise TypeError(
            "Expected `y_true` to be signed integers: 1 for positive pairs, -1 for negative ones, 0 for neither. "
            f"Received: dtype {kind}. Make them of two masks with `positive.astype('int32') - negative`."
        )
    if len(shape) != 2 or (all(isinstance(size, int) for size in shape) and shape[0] != shape[1]):
        raise ValueError(f"Expected `y_true` to be of shape [batch, batch]. Received: shape {shape}.")
    # Compared before they become a tensor, where 64 bits may become 32.
    positive, negative = (match_batch(ops.convert_to_tensor(pairs == sign), batch) for sign in (1, -1))
    return masks_of(positive, ops.logical_or(positive, negative))


@keras.saving.register_keras_serializable(package="semihard")
@dataclasses.dataclass(frozen=True)
class GivenPairs(Relation):
    """`given_pairs` as the `relation` of a loss.

    Example:
        >>> GivenPairs() == GivenPairs()
        True
    """

    by_name = True

    def __call__(self, y_true: Any, batch: Any, anchors: Any = None) -> Masks:
        if anchors is not None:
            raise ValueError("Expected a relation that goes by labels where there is a memory. Received: GivenPairs().")
        return given_pairs(y_true, batch)
