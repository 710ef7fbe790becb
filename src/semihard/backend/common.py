"""What the backends share."""

from collections.abc import Callable, Sequence
from typing import Any

import keras
from keras import ops

# A tensor of the active backend: three libraries' classes, which no one type names.
Tensor = Any
# (x [rows, …], weights [values] or None for ones, *others) → (values, gradient of Σ weights · values); hashable.
# The last of the others has a row for each value.
Program = Callable[..., tuple[Any, Any]]
# 256 MiB of float32
ON_ACCELERATORS = 2**26


def weighted(
    program: Program,
    gradient: Tensor,
    x: Tensor,
    others: Sequence[Tensor],
    upstream: Tensor,
    switch: Callable[..., Any],
    concrete_int: Callable[[Tensor], int | None],
) -> Tensor:
    """The gradient for these weights, given that for weights of one.

    After a mean or a sum all weights are one number, and nothing is left to do.
    """
    equal = ops.cast(ops.all(upstream == upstream[0]), "int32")
    branches = [lambda: program(x, upstream, *others)[1], lambda: upstream[0] * gradient]
    decided = concrete_int(equal)
    return switch(equal, branches) if decided is None else branches[decided]()


def scan(function: Callable[[Any, Any], tuple[Any, Tensor]], carry: Any, items: Any) -> tuple[Any, Tensor]:
    """In Python: for backends whose compilers do not work on all rounds of a loop at a time."""
    outputs = []
    for i in range(keras.tree.flatten(items)[0].shape[0]):
        carry, output = function(carry, keras.tree.map_structure(lambda item, i=i: item[i], items))
        outputs.append(output)
    return carry, ops.stack(outputs)
