"""The only file that knows which backend runs. Everything else speaks `keras.ops`.

Its contract: each function below takes and returns tensors of the active Keras backend, means the same on TensorFlow,
JAX and PyTorch, and exists because `keras.ops` has no word for it (or one that does not work with unknown shapes).

    float_bits, bits_float   the bits of a float32 as int32, and back
    is_tensor                whether a value is a tensor of this backend (as opposed to host data)
    label_codes              labels of any kind as integers that are equal where the labels are
    sort_rows, search_rows   sort each row; binary-search each row
    put_rows                 scatter each row's values to given columns
    permute_rows             rows in another order, without the scatter that a gather's gradient usually is
    select                   run one of several functions of the same static output shape
    fused                    compile a function with the backend's kernel compiler, where there is one
    FUSES                    whether `fused` turns a chain of elementwise operations into one loop
    uncompiled               keep a function out of a compiler that would break it
    known                    an integer tensor as a plain `int` in eager code, None while a program is traced
"""

import functools
from collections.abc import Callable, Sequence
from typing import Any

import keras
import numpy as np
from keras import ops

Tensor = Any
NAME = keras.backend.backend()

if NAME == "jax":
    import jax
    import jax.numpy as jnp

    FUSES = True

    def is_tensor(x: Any) -> bool:
        return isinstance(x, jax.Array | keras.KerasTensor)

    def float_bits(x: Tensor) -> Tensor:
        return jax.lax.bitcast_convert_type(x, jnp.int32)

    def bits_float(x: Tensor) -> Tensor:
        return jax.lax.bitcast_convert_type(x, jnp.float32)

    def _integer_codes(labels: Tensor) -> Tensor:
        if labels.dtype == jnp.bool_:
            return labels.astype(jnp.int32)
        if labels.dtype.itemsize == 8:
            return jax.lax.bitcast_convert_type(labels, jnp.int64)
        if labels.dtype == jnp.uint32:
            return jax.lax.bitcast_convert_type(labels, jnp.int32)
        return labels.astype(jnp.int32)

    def sort_rows(x: Tensor) -> tuple[Tensor, Tensor]:
        columns = jax.lax.broadcasted_iota(jnp.int32, x.shape, 1)
        return tuple(jax.lax.sort((x, columns), dimension=1, num_keys=1))

    def search_rows(rows: Tensor, values: Tensor, side: str) -> Tensor:
        return jax.vmap(functools.partial(jnp.searchsorted, side=side))(rows, values)

    def put_rows(values: Tensor, columns: Tensor, width: Any) -> Tensor:
        rows = jnp.arange(columns.shape[0])[:, None]
        return jnp.zeros((columns.shape[0], width), values.dtype).at[rows, columns].add(values)

    def uncompiled(function: Callable[..., Any]) -> Callable[..., Any]:
        return function

    def known(x: Tensor) -> int | None:
        return None if isinstance(x, jax.core.Tracer) else int(x)

    @jax.custom_vjp
    def permute_rows(x: Tensor, order: Tensor, place: Tensor) -> Tensor:
        return x[order]

    permute_rows.defvjp(lambda x, order, place: (x[order], place), lambda place, g: (g[place], None, None))

    def select(index: Tensor, branches: Sequence[Callable[[], Any]]) -> Any:
        return jax.lax.switch(index, branches)

    def fused(function: Callable[..., Any], **static: Any) -> Callable[..., Any]:
        return _jitted(function, tuple(sorted(static.items())))

    @functools.lru_cache(maxsize=256)
    def _jitted(function: Callable[..., Any], static: tuple[tuple[str, Any], ...]) -> Callable[..., Any]:
        return jax.jit(functools.partial(function, **dict(static)))

elif NAME == "tensorflow":
    import tensorflow as tf

    FUSES = True

    def is_tensor(x: Any) -> bool:
        return isinstance(x, tf.Tensor | tf.Variable | keras.KerasTensor)

    def float_bits(x: Tensor) -> Tensor:
        return tf.bitcast(x, tf.int32)

    def bits_float(x: Tensor) -> Tensor:
        return tf.bitcast(x, tf.float32)

    def _integer_codes(labels: Tensor) -> Tensor:
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

    def put_rows(values: Tensor, columns: Tensor, width: Any) -> Tensor:
        rows = tf.shape(columns)[0]
        flat = columns + tf.range(rows)[:, None] * width
        sums = tf.math.unsorted_segment_sum(tf.reshape(values, [-1]), tf.reshape(flat, [-1]), rows * width)
        return tf.reshape(sums, [rows, width])

    def uncompiled(function: Callable[..., Any]) -> Callable[..., Any]:
        return function

    def known(x: Tensor) -> int | None:
        return int(x) if tf.executing_eagerly() else None

    def permute_rows(x: Tensor, order: Tensor, place: Tensor) -> Tensor:
        @tf.custom_gradient
        def permuted(x: Tensor) -> tuple[Tensor, Callable[[Tensor], Tensor]]:
            return tf.gather(x, order), lambda g: tf.gather(g, place)

        return permuted(x)

    def select(index: Tensor, branches: Sequence[Callable[[], Any]]) -> Any:
        return tf.switch_case(index, list(branches))

    def fused(function: Callable[..., Any], **static: Any) -> Callable[..., Any]:
        return _xla(function, tuple(sorted(static.items())))

    @functools.lru_cache(maxsize=256)
    def _xla(function: Callable[..., Any], static: tuple[tuple[str, Any], ...]) -> Callable[..., Any]:
        # Without autograph: the functions given here are plain tensor code, and converting them costs seconds.
        return tf.function(functools.partial(function, **dict(static)), jit_compile=True, autograph=False)

elif NAME == "torch":
    import torch

    FUSES = False

    def is_tensor(x: Any) -> bool:
        return isinstance(x, torch.Tensor | keras.KerasTensor)

    def float_bits(x: Tensor) -> Tensor:
        return x.view(torch.int32)

    def bits_float(x: Tensor) -> Tensor:
        return x.view(torch.float32)

    def _integer_codes(labels: Tensor) -> Tensor:
        if labels.dtype in (torch.uint64, torch.int64):
            return labels.view(torch.int64)
        if labels.dtype == torch.uint32:
            return labels.view(torch.int32)
        return labels.to(torch.int32)

    def sort_rows(x: Tensor) -> tuple[Tensor, Tensor]:
        return torch.sort(x, dim=1, stable=True)

    def search_rows(rows: Tensor, values: Tensor, side: str) -> Tensor:
        return torch.searchsorted(rows.contiguous(), values.contiguous(), right=side == "right")

    def put_rows(values: Tensor, columns: Tensor, width: Any) -> Tensor:
        return values.new_zeros((columns.shape[0], width)).scatter_add_(1, columns.long(), values)

    def uncompiled(function: Callable[..., Any]) -> Callable[..., Any]:
        # Inductor computes one distance several times, rounded differently, and equal keys no longer are equal:
        # the value stays right, the gradient does not. So `torch.compile` runs this part eagerly.
        return torch.compiler.disable(function)

    def known(x: Tensor) -> int | None:
        # A host read-back stalls an accelerator's queue, and breaks a compiled graph.
        return None if torch.compiler.is_compiling() or x.device.type != "cpu" else int(x)

    def permute_rows(x: Tensor, order: Tensor, place: Tensor) -> Tensor:
        return x[order]

    def select(index: Tensor, branches: Sequence[Callable[[], Any]]) -> Any:
        return branches[int(index)]()

    def fused(function: Callable[..., Any], **static: Any) -> Callable[..., Any]:
        return functools.partial(function, **static)

else:
    raise ImportError(
        f"semihard runs on the Keras backends tensorflow, jax and torch. Received: KERAS_BACKEND={NAME!r}. "
        "Set KERAS_BACKEND before Keras is imported."
    )


def label_codes(labels: Any) -> Tensor:
    """Labels [n] of any kind → integers [n] (int32, or int64 where 64-bit labels came), equal where the labels are.

    Host data (lists, NumPy arrays; strings too) is numbered 0, 1, … on the host, so nothing is lost to a backend's
    narrower integers. Tensors keep their integers; unsigned ones are reinterpreted, which keeps equality.
    """
    if is_tensor(labels):
        return _integer_codes(labels)
    codes = np.unique(np.asarray(labels), return_inverse=True)[1]
    return ops.convert_to_tensor(codes.reshape(-1).astype("int32"))
