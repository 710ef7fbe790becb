"""The batch of all replicas, where each replica has a part of it: what is mined is then mined as on one device."""

import warnings
from typing import Any, NamedTuple

import keras
import numpy as np

from semihard import backend
from semihard._inputs.labels import host_labels
from semihard.backend import Tensor, ops

_said: set[str] = set()


class Shared(NamedTuple):
    """A batch of several replicas, as one of them has it: its own samples first, then those of the others.

    The others are compared with, and pull; but they are anchors on their own replicas.

    Attributes:
        anchors: how many samples are this replica's.
        batch: how many there are.
    """

    anchors: Any
    batch: Any

    def total(self, x: Tensor) -> Tensor:
        """The sum over all replicas of what each of them says of its anchors, without gradient."""
        return backend.sum_replicas(x)


def of_all_replicas(who: str, cross_replica: bool | None, y_true: Any, x: Tensor) -> tuple[Any, Tensor, Shared | None]:
    """Labels and predictions of all replicas, this one's first, with gradient, where that is wanted.

    Args:
        who: says so, once, where nobody chose.
        cross_replica: whether it is wanted; None: nobody chose, and what came is returned.
        y_true: labels [batch, …], a tensor or on the host.
        x: predictions [batch, …].

    Returns:
        Both, and how they are shared: None where they are this replica's alone.

    Raises:
        TypeError: for tensors of strings.
    """
    count = 1 if cross_replica is False else backend.replicas()
    if count == 1:
        return y_true, x, None
    if cross_replica is None and who not in _said:
        _said.add(who)
        warnings.warn(
            f"{who} compares the samples of each of {count} replicas only with each other, not with those of the "
            "others. Pass cross_replica=True for what one device would compute of the whole batch, or "
            "cross_replica=False if this is meant.",
            stacklevel=4,
        )
    if cross_replica is None:
        return y_true, x, None
    anchors = ops.shape(x)[0]
    sizes = backend.gather_replicas(ops.reshape(ops.convert_to_tensor(anchors, dtype="int32"), (1,)))
    before = ops.sum(ops.where(ops.arange(count, dtype="int32") < backend.replica(), sizes, 0))
    labels, predictions = gathered(y_true, x)
    return _rolled(labels, before), _rolled(predictions, before), Shared(anchors, ops.shape(predictions)[0])


def gathered(y_true: Any, x: Tensor) -> tuple[Any, Tensor]:
    """Labels and predictions of all replicas in the replicas' order, with gradient.

    Raises:
        TypeError: for tensors of strings.
    """
    if backend.replicas() == 1:
        return y_true, x
    return backend.gather_replicas(_to_gather(y_true)), backend.gather_replicas(x)


def _rolled(x: Any, first: Tensor) -> Any:
    """The rows from the `first` on, and then those before it."""
    if not backend.is_tensor(x):
        return np.roll(x, -int(first), axis=0)
    # Not `ops.take`: TensorFlow's collective operations have no gradient for what that has for one.
    return ops.concatenate([x[first:], x[:first]], axis=0)


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
