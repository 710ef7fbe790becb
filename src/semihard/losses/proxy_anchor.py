"""Proxy-Anchor: every class vector is an anchor that pulls its samples and pushes the others."""

from typing import Any

import keras
import numpy as np
from keras import ops

from semihard._core import checks
from semihard.backend import Tensor
from semihard.losses._classes import over_classes
from semihard.losses.base import EmbeddingLoss


def proxy_anchor_loss(
    y_true: Any, y_pred: Any, margin: float = 0.1, alpha: float = 32.0, *, reduction: str | None = "mean"
) -> Tensor:
    """Σ over proxies of log(1 + Σ exp(−α(s − δ))) / |P⁺| + log(1 + Σ exp(α(s + δ))) / |P|.

    The first inner sum is over the samples of the proxy's class, the second over all others; s is the cosine, δ the
    margin, P all proxies (one a class) and P⁺ those with samples in the batch. The proxies are weights of
    `semihard.layers.CosineClassifier`, which gives the cosines.

    Args:
        y_true: class numbers [batch] or [batch, 1], integers from 0. One out of range raises if it comes on the host
            (lists, NumPy arrays); in a tensor, as `fit` passes them, it makes the sample's value NaN.
        y_pred: cosines [batch, classes], from −1 to 1. Half precision is computed in float32.
        margin: δ, in units of the cosine.
        alpha: above 0; how strongly the hardest samples of a proxy prevail.
        reduction: "mean" for the published scalar, "none" or None for one value a sample, [batch], whose mean it is:
            its shares in the logarithms, in proportion to its own exponentials. Weights of samples multiply them.

    Returns:
        A scalar, or [batch], in the dtype of `y_pred`. NaN anywhere gives a NaN scalar. Without samples the scalar is
        0.

    Raises:
        ValueError: for an unknown reduction, a wrong rank, different lengths, a class that does not exist, or an alpha
            that is not above 0.
        TypeError: for an option that is no number, or class numbers or cosines of a wrong dtype.

    Example:
        >>> import numpy as np
        >>> cosines = np.array([[0.1, -0.1]], "float32")  # s = δ for the own class, s = −δ for the other
        >>> print(f"{float(proxy_anchor_loss([0], cosines)):.4f}")  # log 2 / 1 + log 2 / 2
        1.0397

    Source:
        Kim et al., "Proxy Anchor Loss for Deep Metric Learning", 2020, §3.2, eq. 4.
    """
    margin, alpha = checks.finite_number("margin", margin), checks.positive_number("alpha", alpha)

    def per_sample(cosines: Tensor, target: Tensor) -> Tensor:
        with_samples = ops.sum(ops.cast(ops.any(target, axis=0), cosines.dtype))
        pull = _shares(-alpha * (cosines - margin), target) / ops.where(with_samples > 0, with_samples, 1.0)
        push = _shares(alpha * (cosines + margin), ops.logical_not(target)) / cosines.shape[1]
        return ops.sum(pull + push, axis=1) * ops.cast(ops.shape(cosines)[0], cosines.dtype)

    return over_classes(per_sample, y_true, y_pred, reduction)


def _shares(exponents: Tensor, counted: Tensor) -> Tensor:
    """log(1 + Σ exp(exponent)) of each column over the counted rows, dealt to them in proportion to the exponentials.

    Args:
        exponents: [batch, classes].
        counted: bool [batch, classes].
    """
    exponents = ops.where(counted, exponents, -np.inf)
    most = ops.stop_gradient(ops.amax(exponents, axis=0, keepdims=True))
    most = ops.where(most < 0, ops.zeros_like(most), most)  # the 1 is exp(0); NaN stays
    exponentials = ops.exp(exponents - most)
    total = ops.sum(exponentials, axis=0, keepdims=True)
    shares = ops.stop_gradient(exponentials / ops.where(total > 0, total, ops.ones_like(total)))
    return shares * (most + ops.log(ops.exp(-most) + total))


@keras.saving.register_keras_serializable(package="semihard")
class ProxyAnchorLoss(EmbeddingLoss):
    """`proxy_anchor_loss` for `model.compile(loss=...)`, behind a `semihard.layers.CosineClassifier`.

    Args:
        margin, alpha: as in `proxy_anchor_loss`.
        name, reduction, dtype: as in `keras.losses.Loss`.
        cross_replica: whether samples are compared with those of all replicas, as in `EmbeddingLoss`.

    Example:
        >>> import numpy as np
        >>> print(f"{float(ProxyAnchorLoss()([0], np.array([[0.1, -0.1]], 'float32'))):.4f}")
        1.0397
    """

    of_embeddings = False

    def __init__(
        self,
        margin: float = 0.1,
        alpha: float = 32.0,
        name: str | None = "proxy_anchor_loss",
        *,
        reduction: str | None = "sum_over_batch_size",
        dtype: Any = None,
        cross_replica: bool | None = None,
    ) -> None:
        super().__init__(
            proxy_anchor_loss,
            name=name,
            reduction=reduction,
            dtype=dtype,
            cross_replica=cross_replica,
            margin=checks.finite_number("margin", margin),
            alpha=checks.positive_number("alpha", alpha),
        )
