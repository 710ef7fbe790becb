"""The batch of all replicas, where each replica has a part of it: what is mined is then mined as on one device."""

import warnings
from typing import Any

import keras

from semihard import backend
from semihard._inputs.labels import host_labels
from semihard.backend import Tensor, ops

_said: set[str] = set()


def of_all_replicas(
    who: str, cross_replica: bool | None, y_true: Any, x: Tensor, weights: Any = None
) -> tuple[Any, Tensor, Any]:
    """Labels, predictions and weights of all replicas, in the replicas' order and with gradient, where that is wanted.

    Args:
        who: says so, once, where nobody chose.
        cross_replica: whether it is wanted; None: nobody chose, and what came is returned.
        y_true: labels [batch, …], a tensor or on the host.
        x: predictions [batch, …].
        weights: of the samples [batch], one for all, or None on every replica.

    Raises:
        TypeError: for tensors of strings.
    """
    count = 1 if cross_replica is False else backend.replicas()
    if count == 1:
        return y_true, x, weights
    if cross_replica is None:
        if who not in _said:
            _said.add(who)
            warnings.warn(
                f"{who} compares the samples of each of {count} replicas only with each other, not with those of the "
                "others. Pass cross_replica=True for what one device would compute of the whole batch, or "
                "cross_replica=False if this is meant.",
                stacklevel=4,
            )
        return y_true, x, weights
    if weights is not None:
        weights = ops.convert_to_tensor(weights, dtype=x.dtype)
        weights = backend.gather_replicas(weights) if len(weights.shape) else weights
    return backend.gather_replicas(_to_gather(y_true)), backend.gather_replicas(x), weights


def _to_gather(y_true: Any) -> Any:
    """The same labels in a dtype that processes exchange: not all of them know int16, or uint8."""
    if not backend.is_tensor(y_true):
        return host_labels(y_true)
    kind = keras.backend.standardize_dtype(y_true.dtype)
    if kind == "string":
        raise TypeError(
            "Expected integer labels, which replicas can exchange. Received: strings. Number them with "
            "`semihard.encode_labels`."
        )
    return y_true if "float" in kind else backend.integer_codes(y_true)
