"""The only file that knows which backend runs. Everything else speaks `keras.ops`.

Its contract: each function below takes and returns tensors of the active Keras backend, means the same on TensorFlow,
JAX and PyTorch, and exists because `keras.ops` has no word for it (or one that does not work with unknown shapes).

    float_bits, bits_float   the bits of a float32 as int32, and back
    is_tensor                whether a value is a tensor of this backend (as opposed to host data)
    label_codes              labels of any kind as integers that are equal where the labels are
    sort_rows, search_rows   sort each row (equal keys in any order); binary-search each row
    take, take_columns       rows of a matrix (items of a vector); given columns of each row, in bounds
    put_rows                 add values to given columns of each row
    sums_along               for each place of a row, the sum up to it, in the same dtype
    add_rows                 sum rows into the rows of another matrix
    select                   run one of several functions of the same static output shape
    fold                     a loop whose rounds run one after the other, so that only one round's memory is in use
    scan                     (carry, item) → (carry, output) for each item in turn, with gradient
    fused                    compile a function with the backend's kernel compiler, where there is one
    FUSES                    whether `fused` turns a chain of elementwise operations into one loop
    with_gradient            values from a program that computes its own gradient by its first argument
    makes_program            marks a function that makes such a program from options
    distances_at_once        how many distances to hold at a time: on a CPU what its caches like, elsewhere 256 MiB
    tf_dataset               a tf.data.Dataset of a function of the step, on any backend where TensorFlow is installed
    known                    an integer tensor as a plain `int` in eager code, None while a program is traced
"""

import functools
from collections.abc import Callable, Sequence
from typing import Any

import keras
import numpy as np
from keras import ops

from semihard._core.labels import label_array, unique_labels

Tensor = Any
# (x [rows, …], weights [rows] or None for ones, *others) → (values [rows], gradient of Σ weights · values); hashable
Program = Callable[..., tuple[Any, Any]]
NAME = keras.backend.backend()
ON_ACCELERATORS = 2**26

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
        return tuple(jax.lax.sort((x, columns), dimension=1, num_keys=1, is_stable=False))

    def search_rows(rows: Tensor, values: Tensor, side: str) -> Tensor:
        if isinstance(rows.shape[1], int):
            return jax.vmap(functools.partial(jnp.searchsorted, side=side))(rows, values)
        # JAX cannot search among a symbolic number of columns: a value's place is its rank among all less that among
        # the values. Of equal ones, what stands first in the sort stays first.
        both = (values, rows) if side == "left" else (rows, values)
        places = _ranks(jnp.concatenate(both, axis=1))
        return (places[:, : values.shape[1]] if side == "left" else places[:, rows.shape[1] :]) - _ranks(values)

    def _ranks(x: Tensor) -> Tensor:
        return jnp.argsort(jnp.argsort(x, axis=1, stable=True), axis=1)

    def take(x: Tensor, rows: Tensor) -> Tensor:
        return x[rows]

    def take_columns(x: Tensor, columns: Tensor) -> Tensor:
        return jnp.take(x.reshape(-1), columns + jnp.arange(x.shape[0], dtype="int32")[:, None] * x.shape[1])

    def put_rows(total: Tensor, columns: Tensor, values: Tensor) -> Tensor:
        return total.at[jnp.arange(columns.shape[0])[:, None], columns].add(values)

    def sums_along(x: Tensor) -> Tensor:
        return jnp.cumsum(x, axis=1)

    def add_rows(values: Tensor, targets: Tensor, rows: Any) -> Tensor:
        return jnp.zeros((rows, *values.shape[1:]), values.dtype).at[targets].add(values)

    def distances_at_once() -> int:
        # Measured from 2**15 to 2**24: a block in a loop of one XLA program costs nothing extra.
        return 2**18 if jax.default_backend() == "cpu" else ON_ACCELERATORS

    def known(x: Tensor) -> int | None:
        return None if isinstance(x, jax.core.Tracer | keras.KerasTensor) else int(x)

    def with_gradient(program: Program, x: Tensor, *others: Tensor) -> Tensor:
        return _values_of(fused(program), x, *others)

    @functools.partial(jax.custom_vjp, nondiff_argnums=(0,))
    def _values_of(program: Program, x: Tensor, *others: Tensor) -> Tensor:
        return program(x, None, *others)[0]

    def _forward(program: Program, x: Tensor, *others: Tensor) -> Any:
        values, gradient = program(x, None, *others)
        return values, (gradient, x, others)

    def _backward(program: Program, kept: Any, upstream: Tensor) -> Any:
        gradient, x, others = kept
        return _weighted(program, gradient, x, others, upstream), *(None for _ in others)

    _values_of.defvjp(_forward, _backward)

    def makes_program(make: Callable[..., Program]) -> Callable[..., Any]:
        return make

    def fold(rounds: Any, body: Callable[[Any, Any], Any], carry: Any) -> Any:
        return jax.lax.fori_loop(0, rounds, body, carry)

    def scan(function: Callable[[Any, Any], tuple[Any, Tensor]], carry: Any, items: Any) -> tuple[Any, Tensor]:
        return jax.lax.scan(function, carry, items)

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

    def take(x: Tensor, rows: Tensor) -> Tensor:
        return tf.gather(x, rows)

    def take_columns(x: Tensor, columns: Tensor) -> Tensor:
        rows, width = ops.shape(x)
        return tf.gather(tf.reshape(x, [-1]), columns + tf.range(rows)[:, None] * width)

    def put_rows(total: Tensor, columns: Tensor, values: Tensor) -> Tensor:
        rows, width = ops.shape(total)
        flat = columns + tf.range(rows)[:, None] * width
        sums = tf.math.unsorted_segment_sum(tf.reshape(values, [-1]), tf.reshape(flat, [-1]), rows * width)
        return total + tf.reshape(sums, [rows, width])

    def sums_along(x: Tensor) -> Tensor:
        return tf.cumsum(x, axis=1)

    def add_rows(values: Tensor, targets: Tensor, rows: Any) -> Tensor:
        return tf.math.unsorted_segment_sum(values, targets, rows)

    def distances_at_once() -> int:
        return ON_ACCELERATORS if tf.config.list_physical_devices("GPU") else 2**21

    def known(x: Tensor) -> int | None:
        return int(x) if tf.executing_eagerly() and not isinstance(x, keras.KerasTensor) else None

    def with_gradient(program: Program, x: Tensor, *others: Tensor) -> Tensor:
        program = _traced(program, tf.executing_eagerly())

        @tf.custom_gradient
        def values_of(x: Tensor) -> tuple[Tensor, Callable[[Tensor], Tensor]]:
            x = tf.stop_gradient(x)  # or TensorFlow looks for the gradient of every operation in the program
            # Weights of one instead of none: the same graph then serves other weights.
            values, gradient = program(x, tf.ones(tf.shape(x)[:1], x.dtype), *others)
            return values, lambda upstream: _weighted(program, gradient, x, others, tf.convert_to_tensor(upstream))

        return values_of(x)

    def makes_program(make: Callable[..., Program]) -> Callable[..., Any]:
        return make

    def fold(rounds: Any, body: Callable[[Any, Any], Any], carry: Any) -> Any:
        def one(i: Tensor, carry: Any) -> tuple[Tensor, Any]:
            # A branch of `select` may have lost a size that the loop insists on.
            return i + 1, tf.nest.map_structure(lambda old, new: tf.ensure_shape(new, old.shape), carry, body(i, carry))

        # By default TensorFlow starts later rounds early, each with its own memory.
        state = tf.while_loop(lambda i, _: i < rounds, one, (tf.constant(0), carry), parallel_iterations=1)
        return state[1]

    def select(index: Tensor, branches: Sequence[Callable[[], Any]]) -> Any:
        return tf.switch_case(index, list(branches))

    def fused(function: Callable[..., Any], **static: Any) -> Callable[..., Any]:
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
        return torch.sort(x, dim=1)

    def search_rows(rows: Tensor, values: Tensor, side: str) -> Tensor:
        return torch.searchsorted(rows.contiguous(), values.contiguous(), right=side == "right")

    def take(x: Tensor, rows: Tensor) -> Tensor:
        return x[rows]

    def take_columns(x: Tensor, columns: Tensor) -> Tensor:
        return torch.gather(x, 1, columns.long())

    def put_rows(total: Tensor, columns: Tensor, values: Tensor) -> Tensor:
        return total.scatter_add(1, columns.long(), values)

    def sums_along(x: Tensor) -> Tensor:
        return torch.cumsum(x, dim=1)

    def add_rows(values: Tensor, targets: Tensor, rows: Any) -> Tensor:
        return values.new_zeros((rows, *values.shape[1:])).index_add_(0, targets, values)

    def distances_at_once() -> int:
        return ON_ACCELERATORS if torch.cuda.is_available() else 2**21

    def known(x: Tensor) -> int | None:
        # A host read-back stalls an accelerator's queue, and breaks a graph that is being compiled.
        concrete = isinstance(x, torch.Tensor) and x.device.type == "cpu" and not torch.compiler.is_compiling()
        return int(x) if concrete else None

    # Inductor would compute one distance several times, rounded differently, and equal keys would no longer be equal:
    # the value stays right, the gradient does not. An operator of our own is opaque to it. Operators take tensors and
    # numbers only, so that a compiled program knows ours by its number.
    _PROGRAMS: list[Program] = []

    @torch.library.custom_op("semihard::values_and_gradient", mutates_args=())
    def _values_and_gradient(
        program: int, x: torch.Tensor, others: list[torch.Tensor]
    ) -> tuple[torch.Tensor, torch.Tensor]:
        return _PROGRAMS[program](x, None, *others)

    @_values_and_gradient.register_fake
    def _(program: int, x: Any, others: Any) -> Any:
        return x.new_empty(x.shape[0]), torch.empty_like(x, memory_format=torch.contiguous_format)

    @torch.library.custom_op("semihard::weighted", mutates_args=())
    def _weighted_operator(
        program: int, gradient: torch.Tensor, x: torch.Tensor, others: list[torch.Tensor], upstream: torch.Tensor
    ) -> torch.Tensor:
        return _weighted(_PROGRAMS[program], gradient, x, others, upstream)

    @_weighted_operator.register_fake
    def _(program: int, gradient: Any, x: Any, others: Any, upstream: Any) -> Any:
        return torch.empty_like(gradient)

    def _keep(ctx: Any, inputs: Any, output: Any) -> None:
        ctx.program, x, others = inputs
        ctx.save_for_backward(output[1], x, *others)

    def _operator_gradient(ctx: Any, upstream: Any, _: Any) -> Any:
        gradient, x, *others = ctx.saved_tensors
        return None, _weighted_operator(ctx.program, gradient, x, others, upstream), [None for _ in others]

    _values_and_gradient.register_autograd(_operator_gradient, setup_context=_keep)

    class _WithGradient(torch.autograd.Function):
        """The same without the dispatch of a custom operator, which costs more than mining a small batch."""

        @staticmethod
        def forward(ctx: Any, program: Program, x: Any, *others: Any) -> Any:
            values, gradient = program(x, None, *others)
            ctx.program = program
            ctx.save_for_backward(gradient, x, *others)
            return values

        @staticmethod
        @torch.autograd.function.once_differentiable
        def backward(ctx: Any, upstream: Any) -> Any:
            gradient, x, *others = ctx.saved_tensors
            return None, _weighted(ctx.program, gradient, x, others, upstream), *(None for _ in others)

    def with_gradient(program: Program, x: Tensor, *others: Tensor) -> Tensor:
        if torch.compiler.is_compiling():
            return _values_and_gradient(program, x, list(others))[0]
        return _WithGradient.apply(program, x, *others)

    def makes_program(make: Callable[..., Program]) -> Callable[..., Any]:
        @torch.compiler.assume_constant_result
        def number_of(*options: Any) -> int:
            program = make(*options)
            if program not in _PROGRAMS:
                _PROGRAMS.append(program)
            return _PROGRAMS.index(program)

        return lambda *options: (number_of if torch.compiler.is_compiling() else make)(*options)

    def fold(rounds: Any, body: Callable[[Any, Any], Any], carry: Any) -> Any:
        for i in range(int(rounds)):
            carry = body(i, carry)
        return carry

    def select(index: Tensor, branches: Sequence[Callable[[], Any]]) -> Any:
        return branches[int(index)]()

    def fused(function: Callable[..., Any], **static: Any) -> Callable[..., Any]:
        return functools.partial(function, **static)

else:
    raise ImportError(
        f"semihard runs on the Keras backends tensorflow, jax and torch. Received: KERAS_BACKEND={NAME!r}. "
        "Set KERAS_BACKEND before Keras is imported."
    )


def _weighted(program: Program, gradient: Tensor, x: Tensor, others: Sequence[Tensor], upstream: Tensor) -> Tensor:
    """The gradient for these weights, given that for weights of one.

    After a mean or a sum all weights are one number, and nothing is left to do.
    """
    equal = ops.all(upstream == upstream[0])
    branches = [lambda: program(x, upstream, *others)[1], lambda: upstream[0] * gradient]
    decided = known(equal)
    return select(ops.cast(equal, "int32"), branches) if decided is None else branches[decided]()


def label_codes(labels: Any) -> Tensor:
    """Labels [n] of any kind → integers [n] (int32, or int64 where 64-bit labels came), equal where the labels are.

    Host data (lists, NumPy arrays; strings too) is numbered 0, 1, … on the host, so nothing is lost to a backend's
    narrower integers. Tensors keep their integers; unsigned ones are reinterpreted, which keeps equality.
    """
    if is_tensor(labels):
        return _integer_codes(labels)
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


if NAME != "jax":  # whose compiler would work on all rounds of a loop in Python at a time

    def scan(function: Callable[[Any, Any], tuple[Any, Tensor]], carry: Any, items: Any) -> tuple[Any, Tensor]:
        outputs = []
        for i in range(keras.tree.flatten(items)[0].shape[0]):
            carry, output = function(carry, keras.tree.map_structure(lambda item, i=i: item[i], items))
            outputs.append(output)
        return carry, ops.stack(outputs)
