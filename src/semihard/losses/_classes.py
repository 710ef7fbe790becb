"""Class numbers and cosines: what the losses over classes have in common."""

from collections.abc import Callable
from typing import Any

import keras
import numpy as np
from keras import ops

from semihard import _inputs, backend
from semihard._core import checks
from semihard._inputs import exact_labels, host_labels, whole
from semihard.backend import Tensor
from semihard.losses._reduce import REDUCTIONS, over_rows


def over_classes(
    per_sample: Callable[[Tensor, Tensor], Tensor], y_true: Any, y_pred: Any, reduction: str | None
) -> Tensor:
    """The loss of a batch from that of its samples, with input checked and half precision widened.

    Args:
        per_sample: cosines in float32 or float64 and each sample's own class, bool, both [batch, classes]
            → values [batch].
        y_true, y_pred, reduction: as in the losses.
    """
    checks.one_of("reduction", reduction, REDUCTIONS)
    given = cosines_of(y_pred, y_true)
    cosines = _inputs.precise(given)
    target, factor = targets_of(y_true, cosines)
    return over_rows(lambda: per_sample(cosines, target) * factor, given, reduction)


def cosines_of(y_pred: Any, y_true: Any) -> Tensor:
    """`y_pred` as a float tensor [batch, classes].

    Raises:
        ValueError: for another rank.
        TypeError: for another dtype, or if `y_pred` and the labels `y_true` came in each other's place.
    """
    cosines = _inputs.floats_of(y_pred, y_true)
    if len(cosines.shape) != 2:
        raise ValueError(
            f"Expected `y_pred` to be cosines of shape [batch, classes]. Received: shape {tuple(cosines.shape)}. "
            "`semihard.layers.CosineClassifier` gives them."
        )
    return cosines


def margin_cross_entropy(cosines: Tensor, target: Tensor, widen: Callable[[Tensor], Tensor], scale: float) -> Tensor:
    """Cross-entropy of scale · cosines, after `widen` has changed each sample's cosine with its own class.

    Args:
        cosines: [batch, classes].
        target: bool [batch, classes], the own class.
        widen: cosines [batch] → logits [batch] before they are scaled.
        scale: above 0.

    Returns:
        [batch].
    """
    # The margin is worked out for one cosine a sample, not for all.
    own = scale * widen(ops.sum(ops.where(target, cosines, ops.zeros_like(cosines)), axis=1))
    logits = ops.where(target, own[:, None], scale * cosines)
    most = ops.stop_gradient(ops.amax(logits, axis=1, keepdims=True))
    # `own` less the maximum is exact where it is the maximum, and the logarithm then near 0.
    return ops.log(ops.sum(ops.exp(logits - most), axis=1)) - (own - most[:, 0])


def targets_of(y_true: Any, cosines: Tensor) -> tuple[Tensor, Tensor]:
    """Which class is each sample's: bool [batch, classes]; and a factor [batch], 1, or NaN for a class out of range.

    Class numbers on the host are looked at: one out of range raises. A tensor's cannot be, in a compiled program, and
    so the factor carries them into the loss. They are never cast to floats, nor to narrower integers before they are
    compared.

    Raises:
        ValueError: for another shape than [batch] or [batch, 1], another batch than that of the cosines, or a class
            that does not exist.
        TypeError: for anything but integers and booleans.
    """
    y_true, one = exact_labels(y_true, ops.ones_like(cosines[:, 0]))
    on_host = not backend.is_tensor(y_true)
    labels = whole(host_labels(y_true)) if on_host else y_true
    shape, kind = tuple(labels.shape), str(labels.dtype)
    batch, classes = cosines.shape[0], ops.shape(cosines)[1]
    if len(shape) not in (1, 2) or (len(shape) == 2 and shape[1] != 1):
        raise ValueError(
            f"Expected `y_true` to be class numbers of shape [batch] or [batch, 1]. Received: shape {shape}. "
            "For one-hot labels pass their argmax along the last axis."
        )
    if not ("int" in kind or "bool" in kind):
        raise TypeError(
            f"Expected `y_true` to be class numbers from 0 to {classes - 1}, as integers. Received: dtype {kind}. "
            "Number other labels with `semihard.encode_labels`."
        )
    if None not in (batch, shape[0]) and batch != shape[0]:
        raise ValueError(f"Expected one class number a sample. Received: {shape[0]} for {batch} rows of cosines.")
    if on_host:
        outside = (labels < 0) | (labels >= classes)
        if outside.any():
            raise ValueError(
                f"Expected `y_true` to be class numbers from 0 to {classes - 1}, for {classes} columns of cosines. "
                f"Received: {labels[outside][0]}. Number labels with `semihard.encode_labels`."
            )
        codes = ops.convert_to_tensor(labels.reshape(-1).astype("int32"))
    else:
        codes = backend.label_codes(ops.reshape(labels, (-1,)))
    # Where a size is unknown until the program runs, the reshape is what checks it.
    codes = ops.reshape(codes, (ops.shape(cosines)[0],))
    target = codes[:, None] == ops.arange(classes, dtype=keras.backend.standardize_dtype(codes.dtype))[None, :]
    known = ops.any(target, axis=1)
    return target, ops.where(known, one, one * np.nan)
