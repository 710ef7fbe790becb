"""Labels come first and predictions second, as in all of Keras: what is said where they came the other way round."""

from typing import Any

import numpy as np


def check_order(y_true: Any, y_pred: Any) -> None:
    """Raise `TypeError` if labels and predictions came in each other's place.

    They did if the labels are floats, and the predictions are none, or one number a sample beside several of a label.
    A prediction of the usual kind is known by its dtype and its rank; all else is looked at only after that.
    """
    if "float" in str(getattr(y_pred, "dtype", "")) and len(y_pred.shape) > 1:
        return
    (labels, label_shape), (kind, shape) = _kind_and_shape(y_true), _kind_and_shape(y_pred)
    wide = len(label_shape) > 1 and label_shape[1] != 1
    one_each = len(shape) < 2 or tuple(shape[1:]) == (1,)
    if kind and "float" in labels and (wide if "float" in kind else wide or one_each):
        raise TypeError(
            "Expected labels first and predictions second: loss(labels, embeddings). Received: "
            f"{labels} {label_shape}, and then {kind} {shape}, which look exchanged. Exchange them; "
            "pytorch-metric-learning takes embeddings first."
        )


def _kind_and_shape(value: Any) -> tuple[str, tuple[int | None, ...]]:
    """The dtype as a word, and the shape, of an array, a tensor or a list; nothing of what is none of these."""
    if not (hasattr(value, "dtype") and hasattr(value, "shape")):
        try:
            value = np.asarray(value)
        except (TypeError, ValueError, RuntimeError):  # of unequal lengths; of tensors that have a gradient
            return "", ()
    kind = str(getattr(value.dtype, "name", value.dtype)).removeprefix("torch.")
    return kind, tuple(value.shape)
