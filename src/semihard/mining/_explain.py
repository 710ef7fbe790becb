"""What semi-hard mining will do with a batch, in words."""

from typing import Any

import keras
import numpy as np
from keras import ops

from semihard import backend
from semihard._core.labels import label_array, unique_labels
from semihard.mining import _numpy_search, _on_host
from semihard.mining._algorithms import block_of, choose, matrix_algorithms, triplet_algorithms


def explain(y_true: Any, block_size: int | None = None) -> str:
    """Say which way a batch with these labels is mined, and in which blocks.

    The same decision is taken inside the compiled program for every batch; nothing else depends on it than time and
    memory.

    Args:
        y_true: labels [batch] or [batch, 1] on the host.
        block_size: as given to the loss.

    Returns:
        One line.

    Raises:
        ValueError: for a shape other than [batch] or [batch, 1], or an empty batch.

    Example:
        >>> print(explain([0, 0, 1, 1, 2]).split(":")[0])
        5 anchors with at most 1 positive each, in one block
    """
    labels = label_array("y_true", y_true)
    batch = len(labels)
    if not batch:
        raise ValueError("Expected `y_true` to hold a batch of labels. Received: none.")
    positives = int(np.bincount(unique_labels(labels)[1]).max()) - 1
    block = min(block_of(batch, block_size), batch)
    blocks = "in one block" if block == batch else f"{block} at a time"
    on_host = backend.on_host(ops.zeros((1,), "float32")) is not None
    search, few = _in_numpy(batch, positives) if on_host else _in_tensors(batch, positives)
    gradient = "triplet by triplet" if few else "by matrix products"
    return (
        f"{batch} anchors with at most {positives} positive{'' if positives == 1 else 's'} each, {blocks}: {search}; "
        f"the gradient {gradient} ({keras.backend.backend()})."
    )


def _in_tensors(batch: int, positives: int) -> tuple[str, bool]:
    known = None if backend.FUSES else positives
    few, some = triplet_algorithms(batch, known), matrix_algorithms(batch, known)
    place = choose(few, batch, positives)
    way = few[place] if place < len(few) else some[choose(some, batch, positives)]
    if way.search == "sort":
        return "each row is sorted once and searched for every positive", place < len(few)
    return f"each row is scanned for every positive (a program for up to {way.positives})", place < len(few)


def _in_numpy(batch: int, positives: int) -> tuple[str, bool]:
    way = "scanned for every positive" if _numpy_search.scans(max(positives, 1), batch) else "sorted once"
    return f"each row is {way}, in NumPy", _on_host.one_by_one(positives, batch)
