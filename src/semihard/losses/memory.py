"""References beyond the batch."""

from typing import Any, NamedTuple

import numpy as np
from keras import ops

from semihard import _inputs, backend
from semihard._inputs import Shared, exact_labels, host_labels
from semihard.backend import Tensor
from semihard.relations import Masks, Relation


class Memory(NamedTuple):
    """What a batch is compared with besides itself: references that are no anchors and get no gradient.

    Attributes:
        labels: [references, …], as `y_true` and of its dtype.
        embeddings: [references, dim].
        present: bool [references], which of them there are; None: all. An absent one is neither positive nor negative.

    Example:
        >>> import numpy as np
        >>> from semihard.losses import supervised_contrastive_loss
        >>> older = Memory(np.array([0, 1]), np.array([[1.0, 0.0], [0.0, 1.0]], "float32"))
        >>> new = np.array([[1.0, 0.0]], "float32")
        >>> print(f"{float(supervised_contrastive_loss(np.array([0]), new, temperature=1.0, memory=older)):.4f}")
        0.3133
    """

    labels: Any
    embeddings: Tensor
    present: Tensor | None = None


def with_memory(
    y_true: Any, y_pred: Tensor, relation: Relation, memory: Memory | None, shared: Shared | None = None
) -> tuple[Tensor, Masks, Any]:
    """All embeddings [references, dim] with those of the batch first, the masks, and how many of them are anchors.

    Args:
        y_true: what the relation takes.
        y_pred: [batch, dim], float32 or float64.
        relation: of `semihard.relations`.
        memory: further references.
        shared: where only the first of the batch are anchors. Without both all are, which is said by None.
    """
    anchors = None if shared is None else shared.anchors
    if memory is None:
        if relation.by_name:
            y_true, y_pred = exact_labels(y_true, y_pred)
        return y_pred, relation(y_true, y_pred, anchors), anchors
    batch = ops.shape(y_pred)[0]
    anchors = batch if anchors is None else anchors
    older = ops.stop_gradient(ops.cast(_inputs.embeddings_of(memory.embeddings), y_pred.dtype))
    embeddings = ops.concatenate([y_pred, older], axis=0)
    labels, older_labels = y_true, memory.labels
    if relation.by_name:
        labels, embeddings = exact_labels(labels, embeddings)
        older_labels, embeddings = exact_labels(older_labels, embeddings)
    masks = relation(_joined(labels, older_labels), embeddings, anchors)
    if memory.present is not None:
        present = ops.convert_to_tensor(memory.present)
        there = ops.concatenate([ops.ones((batch,), "bool"), present], axis=0)[None, :]
        masks = Masks(ops.logical_and(masks.positive, there), ops.logical_and(masks.negative, there))
    return embeddings, masks, anchors


def _joined(y_true: Any, more: Any) -> Any:
    """Labels of the batch and of the memory, one after the other, never by way of another dtype."""
    both = [labels if backend.is_tensor(labels) else host_labels(labels) for labels in (y_true, more)]
    host = not any(map(backend.is_tensor, both))
    if not host:
        both = [ops.convert_to_tensor(labels) for labels in both]
    kinds = [labels.dtype.kind if host else str(labels.dtype) for labels in both]
    if kinds[0] != kinds[1]:
        raise TypeError(
            f"Expected the labels of the batch and of the memory to be of one dtype. Received: {both[0].dtype} and "
            f"{both[1].dtype}. Number them with `semihard.encode_labels`."
        )
    if len(both[1].shape) == 1:
        both[0] = both[0].reshape(-1) if host else ops.reshape(both[0], (-1,))
    return np.concatenate(both) if host else ops.concatenate(both, axis=0)
