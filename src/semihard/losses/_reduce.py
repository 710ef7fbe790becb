"""From one value an anchor to what the caller asked for."""

from typing import Any

from keras import ops

Tensor = Any
DEGENERATE = ("finite", "addons")
REDUCTIONS = ("mean", "none", None)


def reduced(values: Tensor, reduction: str | None, degenerate: str = "finite") -> Tensor:
    """The mean of `values` [batch], or `values` as they are.

    The mean of no values is 0 if `degenerate` is "finite", else NaN, as TensorFlow Addons has it.
    """
    if reduction != "mean":
        return values
    empty = values.shape[0] == 0 and degenerate == "finite"
    return ops.sum(values) if empty else ops.mean(values)
