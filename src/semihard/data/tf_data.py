"""A plan's batches as a `tf.data.Dataset`."""

from importlib.util import find_spec
from typing import Any

import keras
import numpy as np

from semihard import backend
from semihard._core.extras import MissingPackage
from semihard.data._planned_batches import PlannedBatches


def as_tf_data(batches: PlannedBatches, workers: int | None = None) -> Any:
    """The same batches in the same order, as a `tf.data.Dataset`: `fit(dataset, callbacks=[batches.callback])`.

    An epoch is one pass. In a loop of your own call `batches.set_epoch(epoch)` before each. Samples are cut, decoded
    and augmented by `batches`, in threads of tf.data. Keras takes such a data set on every backend.

    Args:
        batches: what to feed: `BalancedBatches`, `PairBatches` or `TripletBatches`.
        workers: batches made at a time; by default those of `batches`.

    Returns:
        A data set of (x [P · K, …], their targets).

    Raises:
        ImportError: TensorFlow is not installed.
        RuntimeError: from TensorFlow, at the start of a second pass for which nothing has told the epoch.

    Example:
        >>> from semihard.data import BalancedBatches, BatchPlan
        >>> plan = BatchPlan(list("aabb"), classes_per_batch=2, samples_per_class=2)
        >>> try:
        ...     dataset = as_tf_data(BalancedBatches(np.zeros((4, 3), "float32"), plan))
        ...     print([x.shape for x, y in dataset.as_numpy_iterator()])
        ... except ImportError:
        ...     print([(4, 3)])  # TensorFlow is not installed here
        [(4, 3)]
    """
    if find_spec("tensorflow") is None:
        raise MissingPackage("tensorflow", 'pip install "semihard[tensorflow]"', "no module named 'tensorflow'")

    def batch(step: np.ndarray[Any, Any]) -> Any:
        if step == 0:
            batches.begin_pass(None)
        arrays = [np.asarray(array) for array in keras.tree.flatten(batches.batch(int(step)))]
        if step == len(batches) - 1:
            batches.end_pass(None)
        return arrays

    example = batches.batch(0)
    arrays = [np.asarray(array) for array in keras.tree.flatten(example)]
    dataset = backend.tf_dataset(len(batches), batch, arrays, workers or max(batches.makers, 1))
    return dataset.map(lambda *arrays: keras.tree.pack_sequence_as(example, arrays))
