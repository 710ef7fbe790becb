"""What `keras.ops` has no word for, in JAX's."""

import contextlib
import functools
from collections.abc import Callable, Sequence
from typing import Any

import jax
import jax.numpy as jnp
import keras
import numpy as np
from keras import ops

from semihard.backend.common import ON_ACCELERATORS, Program, Tensor, weighted

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

EXPORTS = {"onnx": ["jax2onnx", "onnx"], "saved_model": ["tensorflow"]}
FUSES = True


def is_tensor(x: Any) -> bool:
    return isinstance(x, jax.Array | keras.KerasTensor)


def bitcast_int32(x: Tensor) -> Tensor:
    return jax.lax.bitcast_convert_type(x, jnp.int32)


def bitcast_float32(x: Tensor) -> Tensor:
    return jax.lax.bitcast_convert_type(x, jnp.float32)


def integer_codes(labels: Tensor) -> Tensor:
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


def gather_rows(x: Tensor, rows: Tensor) -> Tensor:
    return x[rows]


def take_along_rows(x: Tensor, columns: Tensor) -> Tensor:
    return jnp.take(x.reshape(-1), columns + jnp.arange(x.shape[0], dtype="int32")[:, None] * x.shape[1])


def scatter_add_along_rows(total: Tensor, columns: Tensor, values: Tensor) -> Tensor:
    return total.at[jnp.arange(columns.shape[0])[:, None], columns].add(values)


def cumsum(x: Tensor) -> Tensor:
    return jnp.cumsum(x, axis=1)


def segment_sum(values: Tensor, targets: Tensor, rows: Any) -> Tensor:
    return add_to_rows(jnp.zeros((rows, *values.shape[1:]), values.dtype), targets, values)


def add_to_rows(total: Tensor, targets: Tensor, values: Tensor) -> Tensor:
    return total.at[targets].add(values)


def products(anchors: Tensor, rows: Tensor, kept: list[Tensor]) -> Tensor:
    return anchors @ ops.transpose(rows)


def on_host(x: Tensor) -> Any:
    return None


def host_threads() -> int:
    return 1


def off_host(x: np.ndarray) -> Tensor:
    return ops.convert_to_tensor(x)


def replicas() -> int:
    return 1  # a program sees the arrays of all devices as one


def gather_replicas(x: Any) -> Any:
    return x


def sum_replicas(x: Tensor) -> Tensor:
    return jax.lax.stop_gradient(x)


def replica() -> int:
    return 0


def without_autocast(x: Tensor) -> Any:
    return contextlib.nullcontext()


def distances_at_once() -> int:
    # Measured from 2**15 to 2**24: a block in a loop of one XLA program costs nothing extra.
    return 2**18 if jax.default_backend() == "cpu" else ON_ACCELERATORS


def concrete_int(x: Tensor) -> int | None:
    return None if isinstance(x, jax.core.Tracer | keras.KerasTensor) else int(x)


def with_gradient(program: Program, x: Tensor, *others: Tensor) -> Tensor:
    return _values_of(jit(program), x, *others)


@functools.partial(jax.custom_vjp, nondiff_argnums=(0,))
def _values_of(program: Program, x: Tensor, *others: Tensor) -> Tensor:
    return program(x, None, *others)[0]


def _forward(program: Program, x: Tensor, *others: Tensor) -> Any:
    values, gradient = program(x, None, *others)
    return values, (gradient, x, others)


def _backward(program: Program, kept: Any, upstream: Tensor) -> Any:
    gradient, x, others = kept
    return weighted(program, gradient, x, others, upstream, switch, concrete_int), *(None for _ in others)


_values_of.defvjp(_forward, _backward)


def program_factory(make: Callable[..., Program]) -> Callable[..., Any]:
    return make


def fori_loop(rounds: Any, body: Callable[[Any, Any], Any], carry: Any) -> Any:
    return jax.lax.fori_loop(0, rounds, body, carry)


def scan(function: Callable[[Any, Any], tuple[Any, Tensor]], carry: Any, items: Any) -> tuple[Any, Tensor]:
    return jax.lax.scan(function, carry, items)


def switch(index: Tensor, branches: Sequence[Callable[[], Any]]) -> Any:
    return jax.lax.switch(index, branches)


def jit(function: Callable[..., Any], **static: Any) -> Callable[..., Any]:
    return _jitted(function, tuple(sorted(static.items())))


@functools.lru_cache(maxsize=256)
def _jitted(function: Callable[..., Any], static: tuple[tuple[str, Any], ...]) -> Callable[..., Any]:
    return jax.jit(functools.partial(function, **dict(static)))
