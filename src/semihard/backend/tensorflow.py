"""What `keras.ops` has no word for, in TensorFlow's."""

import contextlib
import functools
from collections.abc import Callable, Sequence
from typing import Any

import keras
import numpy as np
import tensorflow as tf
from keras import ops

from semihard.backend.common import ON_ACCELERATORS, Program, Tensor, scan, weighted

__all__ = [
    "EXPORTS",
    "FUSES",
    "add_to_rows",
    "bitcast_float32",
    "bitcast_int32",
    "concrete_int",
    "cumsum",
    "distances_at_once",
    "fori_loop",
    "gather_replicas",
    "gather_rows",
    "host_threads",
    "integer_codes",
    "is_tensor",
    "jit",
    "off_host",
    "on_host",
    "ops",
    "products",
    "program_factory",
    "replica",
    "replicas",
    "scan",
    "scatter_add_along_rows",
    "search_rows",
    "segment_sum",
    "sort_rows",
    "sum_replicas",
    "switch",
    "take_along_rows",
    "with_gradient",
    "without_autocast",
]

EXPORTS = {"onnx": ["tf2onnx", "onnx"], "saved_model": [], "litert": []}
FUSES = True


def is_tensor(x: Any) -> bool:
    return isinstance(x, tf.Tensor | tf.Variable | keras.KerasTensor)


def bitcast_int32(x: Tensor) -> Tensor:
    return tf.bitcast(x, tf.int32)


def bitcast_float32(x: Tensor) -> Tensor:
    return tf.bitcast(x, tf.float32)


def integer_codes(labels: Tensor) -> Tensor:
    if labels.dtype == tf.string:
        return tf.unique(labels).idx
    if labels.dtype in (tf.uint64, tf.int64):
        return tf.bitcast(labels, tf.int64)
    if labels.dtype == tf.uint32:
        return tf.bitcast(labels, tf.int32)
    return tf.cast(labels, tf.int32)


def sort_rows(x: Tensor) -> tuple[Tensor, Tensor]:
    order = tf.argsort(x, axis=1, stable=True)
    return tf.gather(x, order, batch_dims=1), order


def search_rows(rows: Tensor, values: Tensor, side: str) -> Tensor:
    return tf.searchsorted(rows, values, side=side)


def gather_rows(x: Tensor, rows: Tensor) -> Tensor:
    return tf.gather(x, rows)


def take_along_rows(x: Tensor, columns: Tensor) -> Tensor:
    rows, width = ops.shape(x)
    return tf.gather(tf.reshape(x, [-1]), columns + tf.range(rows)[:, None] * width)


def scatter_add_along_rows(total: Tensor, columns: Tensor, values: Tensor) -> Tensor:
    rows, width = ops.shape(total)
    flat = columns + tf.range(rows)[:, None] * width
    sums = tf.math.unsorted_segment_sum(tf.reshape(values, [-1]), tf.reshape(flat, [-1]), rows * width)
    return total + tf.reshape(sums, [rows, width])


def cumsum(x: Tensor) -> Tensor:
    return tf.cumsum(x, axis=1)


def segment_sum(values: Tensor, targets: Tensor, rows: Any) -> Tensor:
    return tf.math.unsorted_segment_sum(values, targets, rows)


def add_to_rows(total: Tensor, targets: Tensor, values: Tensor) -> Tensor:
    return tf.tensor_scatter_nd_add(total, targets[:, None], values)


def products(anchors: Tensor, rows: Tensor, kept: list[Tensor]) -> Tensor:
    return anchors @ ops.transpose(rows)


def on_host(x: Tensor) -> Any:
    return None


def host_threads() -> int:
    return 1


def off_host(x: np.ndarray) -> Tensor:
    return ops.convert_to_tensor(x)


def replicas() -> int:
    context = tf.distribute.get_replica_context()
    return 1 if context is None else context.num_replicas_in_sync


def gather_replicas(x: Any) -> Any:
    x = tf.convert_to_tensor(x)
    # Between processes rows go to the device that they are said to be on, and none may have been said.
    with tf.device(x.device or tf.distribute.get_strategy().extended.worker_devices[0]):
        known = tf.cast(x, tf.float32) if x.dtype == tf.bfloat16 else tf.identity(x)  # to the collective operation
    found = tf.distribute.get_replica_context().all_gather(known, axis=0)
    return tf.ensure_shape(tf.cast(found, x.dtype), [None, *x.shape[1:]])


def sum_replicas(x: Tensor) -> Tensor:
    return tf.distribute.get_replica_context().all_reduce(tf.distribute.ReduceOp.SUM, tf.stop_gradient(x))


def replica() -> Tensor:
    return tf.distribute.get_replica_context().replica_id_in_sync_group


def without_autocast(x: Tensor) -> Any:
    return contextlib.nullcontext()


def distances_at_once() -> int:
    return ON_ACCELERATORS if tf.config.list_physical_devices("GPU") else 2**21


def concrete_int(x: Tensor) -> int | None:
    return int(x) if tf.executing_eagerly() and not isinstance(x, keras.KerasTensor) else None


def with_gradient(program: Program, x: Tensor, *others: Tensor) -> Tensor:
    program = _traced(program, tf.executing_eagerly())

    @tf.custom_gradient
    def values_of(x: Tensor) -> tuple[Tensor, Callable[[Tensor], Tensor]]:
        x = tf.stop_gradient(x)  # or TensorFlow looks for the gradient of every operation in the program
        # Weights of one instead of none: the same graph then serves other weights.
        values, gradient = program(x, tf.ones(tf.shape(others[-1])[:1], x.dtype), *others)
        return values, lambda upstream: weighted(
            program, gradient, x, others, tf.convert_to_tensor(upstream), switch, concrete_int
        )

    return values_of(x)


def program_factory(make: Callable[..., Program]) -> Callable[..., Any]:
    return make


def fori_loop(rounds: Any, body: Callable[[Any, Any], Any], carry: Any) -> Any:
    def one(i: Tensor, carry: Any) -> tuple[Tensor, Any]:
        # A branch of `switch` may have lost a size that the loop insists on.
        return i + 1, tf.nest.map_structure(lambda old, new: tf.ensure_shape(new, old.shape), carry, body(i, carry))

    # By default TensorFlow starts later rounds early, each with its own memory.
    state = tf.while_loop(lambda i, _: i < rounds, one, (tf.constant(0), carry), parallel_iterations=1)
    return state[1]


def switch(index: Tensor, branches: Sequence[Callable[[], Any]]) -> Any:
    return tf.switch_case(index, list(branches))


def jit(function: Callable[..., Any], **static: Any) -> Callable[..., Any]:
    return _xla(function, tuple(sorted(static.items())))


@functools.lru_cache(maxsize=256)
def _traced(program: Program, eagerly: bool) -> Program:
    # One graph for all that call the program; eagerly even for all sizes of a batch. A program that is traced with
    # known sizes keeps them, since XLA does not take a graph of unknown ones well.
    return tf.function(program, autograph=False, reduce_retracing=eagerly)


@functools.lru_cache(maxsize=256)
def _xla(function: Callable[..., Any], static: tuple[tuple[str, Any], ...]) -> Callable[..., Any]:
    # Without autograph: the functions given here are plain tensor code, and converting them costs seconds.
    return tf.function(functools.partial(function, **dict(static)), jit_compile=True, autograph=False)
