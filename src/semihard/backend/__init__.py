"""The only room that knows which backend runs. Everything else speaks `keras.ops`.

Its contract: each function below takes and returns tensors of the active Keras backend, means the same on TensorFlow,
JAX and PyTorch, and exists because `keras.ops` has no word for it (or one that does not work with unknown shapes).
There is one file a backend, and each of them has all of these names with the same signatures.

    bitcast_int32, bitcast_float32   the bits of a float32 as int32, and back
    is_tensor                whether a value is a tensor of this backend (as opposed to host data)
    integer_codes            a tensor of labels as integers that are equal where the labels are
    sort_rows, search_rows   sort each row (equal keys in any order); binary-search each row
    gather_rows              rows of a matrix (items of a vector)
    take_along_rows          given columns of each row, in bounds
    scatter_add_along_rows   add values to given columns of each row
    cumsum                   for each place of a row, the sum up to it, in the same dtype
    segment_sum              sum rows into the rows of another matrix
    add_to_rows              add rows to given rows of a total, which is given up: its memory may hold the result
    products                 anchors · rowsᵀ, in the memory of the last ones where that spares something
    on_host, off_host        a tensor as a NumPy array of the same memory where NumPy is fast (else None), and back
    host_threads             how many threads may work on such arrays
    ops                      `keras.ops`; on PyTorch many of its words without what Keras does around each
    switch                   run one of several functions of the same static output shape
    fori_loop                a loop whose rounds run one after the other, so that only one round's memory is in use
    scan                     (carry, item) → (carry, output) for each item in turn, with gradient
    jit                      compile a function with the backend's kernel compiler, where there is one
    FUSES                    whether `jit` turns a chain of elementwise operations into one loop
    with_gradient            values from a program that computes its own gradient by its first argument
    without_autocast         a block in which PyTorch's autocast changes no dtype
    program_factory          marks a function that makes such a program from options
    distances_at_once        how many distances to hold at a time: on a CPU what its caches like, elsewhere 256 MiB
    concrete_int             an integer tensor as a plain `int` in eager code, None while a program is traced
    replicas                 how many replicas run the program, each with its part of the batch; 1 where it sees all
    replica                  which of them this one is, from 0 on
    gather_replicas          rows of a tensor, or an array, of all replicas in their order; with gradient
    sum_replicas             the sum of a tensor over all replicas, without gradient
    EXPORTS                  what a model can be exported to: format → modules that it takes beside the backend's own

    array_namespace          the words of `ops`, for a tensor or for a NumPy array
    label_codes              labels of any kind as integers that are equal where the labels are
    tf_dataset               a tf.data.Dataset of a function of the step, on any backend where TensorFlow is installed
    saved_model              a SavedModel as a function of arrays, on any backend where TensorFlow is installed
"""

from collections.abc import Callable, Sequence
from typing import Any

import keras
import numpy as np
from keras import ops

from semihard._core.labels import label_array, unique_labels
from semihard.backend import numpy_ops
from semihard.backend.common import Tensor

NAME = keras.backend.backend()

if NAME == "jax":
    from semihard.backend.jax import *
elif NAME == "tensorflow":
    from semihard.backend.tensorflow import *
elif NAME == "torch":
    from semihard.backend.torch import *
else:
    raise ImportError(
        f"semihard runs on the Keras backends tensorflow, jax and torch. Received: KERAS_BACKEND={NAME!r}. "
        "Set KERAS_BACKEND before Keras is imported."
    )


def array_namespace(x: Any) -> Any:
    """The words of `keras.ops` that formulas are made of: `ops` for a tensor, the same of NumPy's for an array.

    A word that no formula for arrays has used yet is missing there (`numpy_ops.py`).
    """
    return numpy_ops if isinstance(x, np.ndarray) else ops


def label_codes(labels: Any) -> Tensor:
    """Labels [n] of any kind → integers [n] (int32, or int64 where 64-bit labels came), equal where the labels are.

    Host data (lists, NumPy arrays; strings too) is numbered 0, 1, … on the host, so nothing is lost to a backend's
    narrower integers. Tensors keep their integers; unsigned ones are reinterpreted, which keeps equality.
    """
    if is_tensor(labels):
        return integer_codes(labels)
    codes = unique_labels(label_array("labels", labels))[1]
    return ops.convert_to_tensor(codes.astype("int32"))


def tf_dataset(steps: int, batch: Callable[[Any], Any], example: Sequence[np.ndarray], workers: int) -> Any:
    """A data set of `batch(0)`, …, `batch(steps − 1)`, arrays of the shapes and dtypes of `example`, in this order."""
    import tensorflow as tf

    def fetch(step: Any) -> Any:
        arrays = tf.numpy_function(batch, [step], [array.dtype for array in example])
        return tuple(tf.ensure_shape(got, array.shape) for got, array in zip(arrays, example, strict=True))

    steps_of_epoch = tf.data.Dataset.range(steps)
    return steps_of_epoch.map(fetch, num_parallel_calls=workers, deterministic=True).prefetch(tf.data.AUTOTUNE)


def saved_model(path: str) -> Callable[[np.ndarray], np.ndarray]:
    """The function of the directory of a SavedModel, from an array to an array."""
    import tensorflow as tf

    loaded = tf.saved_model.load(path)
    return lambda x: np.asarray(loaded.serve(x))
