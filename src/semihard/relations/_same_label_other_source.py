"""Positive where two samples have the same label but were not made from the same source."""

import dataclasses
from typing import Any

import keras
import numpy as np

from semihard import backend
from semihard._core.arrays import as_numpy, is_array
from semihard._inputs import labels_of, match_batch
from semihard.relations.base import Relation
from semihard.relations.masks import Masks, masks_of


def same_label_other_source(y_true: Any, batch: Any, anchors: Any = None) -> Masks:
    """Positive: the same label. Negative: two labels. Neither: two samples of one source, say crops of one image.

    Args:
        y_true: [batch, 2], the label of each sample and the id of its source, each as in `same_label`.
        batch: the embeddings [batch, …], or their number.
        anchors: how many of the first rows are anchors; all by default.

    Returns:
        Boolean masks [anchors, batch].

    Raises:
        ValueError: for another shape, or different lengths.
        TypeError: for labels of a wrong dtype.

    Example:
        >>> import numpy as np
        >>> masks = same_label_other_source([[7, 0], [7, 0], [7, 1], [8, 1]], 4)
        >>> print(np.asarray(masks.positive).astype(int))
        [[0 0 1 0]
         [0 0 1 0]
         [1 1 0 0]
         [0 0 0 0]]
    """
    labels = y_true if backend.is_tensor(y_true) else _on_host(y_true)
    shape = tuple(labels.shape)
    if len(shape) != 2 or shape[1] != 2:
        raise ValueError(
            f"Expected `y_true` to be labels and ids of sources, of shape [batch, 2]. Received: shape {shape}. "
            "Stack them with `np.stack([labels, sources], axis=1)`."
        )
    label, source = (match_batch(backend.label_codes(labels_of(labels[:, column])), batch) for column in (0, 1))
    return masks_of(label[:anchors, None] == label[None, :], source[:anchors, None] != source[None, :])


def _on_host(y_true: Any) -> np.ndarray:
    # Lists as objects: a label may be a string where the id of a source is a number.
    return as_numpy("y_true", y_true) if is_array(y_true) else np.array([list(row) for row in y_true], object)


@keras.saving.register_keras_serializable(package="semihard")
@dataclasses.dataclass(frozen=True)
class SameLabelOtherSource(Relation):
    """`same_label_other_source` as the `relation` of a loss.

    Example:
        >>> SameLabelOtherSource() == SameLabelOtherSource()
        True
    """

    by_name = True

    def __call__(self, y_true: Any, batch: Any, anchors: Any = None) -> Masks:
        return same_label_other_source(y_true, batch, anchors)
