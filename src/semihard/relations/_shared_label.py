"""Positive where two samples have any label in common."""

import dataclasses
from typing import Any

import keras
from keras import ops

from semihard._inputs import match_batch, multi_hot
from semihard.relations.base import Relation
from semihard.relations.masks import Masks, masks_of


def shared_label(y_true: Any, batch: Any, anchors: Any = None) -> Masks:
    """Positive: at least one label in common. Negative: none. Neither: a sample without any label, with any other.

    Args:
        y_true: [batch, classes], 0 (False) where the sample has not the label, else 1 (True): integers, booleans or
            floats; on TensorFlow a `SparseTensor` too. Lists of label names are not taken, since a rectangle of them
            looks the same.
        batch: the embeddings [batch, …], or their number.
        anchors: how many of the first rows are anchors; all by default.

    Returns:
        Boolean masks [anchors, batch].

    Raises:
        ValueError: for another shape, or different lengths.
        TypeError: for anything but numbers and booleans.

    Example:
        >>> import numpy as np
        >>> masks = shared_label([[1, 1, 0], [0, 1, 1], [0, 0, 1], [0, 0, 0]], 4)
        >>> print(np.asarray(masks.positive).astype(int))
        [[0 1 0 0]
         [1 0 1 0]
         [0 1 0 0]
         [0 0 0 0]]
    """
    amounts = multi_hot(y_true, "float32")
    if len(amounts.shape) != 2:
        raise ValueError(
            f"Expected `y_true` to be of shape [batch, classes]. Received: shape {tuple(amounts.shape)}. "
            "For one label a sample use `SameLabel`."
        )
    has = match_batch(ops.cast(amounts != 0, "float32"), batch)
    labelled = ops.any(has > 0, axis=1)
    counted = ops.logical_and(labelled[:anchors, None], labelled[None, :])
    return masks_of(has[:anchors] @ ops.transpose(has) > 0, counted)


@keras.saving.register_keras_serializable(package="semihard")
@dataclasses.dataclass(frozen=True)
class SharedLabel(Relation):
    """`shared_label` as the `relation` of a loss.

    Example:
        >>> SharedLabel() == SharedLabel()
        True
    """

    def __call__(self, y_true: Any, batch: Any, anchors: Any = None) -> Masks:
        return shared_label(y_true, batch, anchors)
