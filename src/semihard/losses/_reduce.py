"""From one value an anchor to what the caller asked for."""

from collections.abc import Callable

from semihard import _inputs
from semihard._inputs import Shared
from semihard.backend import Tensor, ops

DEGENERATE = ("finite", "addons")
REDUCTIONS = ("mean", "none", None)
# What a mean is over: all terms, or those that cost something.
AVERAGES = ("all", "active")


def over_rows(
    per_row: Callable[[], Tensor], given: Tensor, reduction: str | None, degenerate: str = "finite"
) -> Tensor:
    """The loss of a batch [batch, columns] from the values of its rows, in the dtype in which it was given.

    Args:
        per_row: → values [batch]; not asked without rows, where there is no maximum.
        given: the batch.
        reduction, degenerate: as in `reduced`.
    """
    values = ops.sum(_inputs.precise(given), axis=1) if given.shape[0] == 0 else per_row()
    return ops.cast(reduced(values, reduction, degenerate), given.dtype)


def reduced(values: Tensor, reduction: str | None, degenerate: str = "finite") -> Tensor:
    """The mean of `values` [batch], or `values` as they are.

    The mean of no values is 0 if `degenerate` is "finite", else NaN, as TensorFlow Addons has it.
    """
    if reduction != "mean":
        return values
    batch = ops.shape(values)[0]
    if degenerate == "finite":
        batch = max(batch, 1) if isinstance(batch, int) else ops.maximum(batch, 1)
    # Not `ops.mean`, which computes float64 in float32 on PyTorch. Division by a tensor: 0 / 0 is then NaN, no error.
    return ops.sum(values) / ops.cast(batch, values.dtype)


def averaged(values: Tensor, counted: Tensor, shared: Shared | None = None) -> Tensor:
    """Values [anchors] scaled so that their mean is their sum / the number of true entries in `counted`; 0 for none.

    Mean, sum and number are those of all replicas that share the batch.
    """
    count = ops.sum(ops.cast(counted, values.dtype))
    count = count if shared is None else shared.total(count)
    batch = ops.cast(ops.shape(values)[0] if shared is None else shared.batch, values.dtype)
    return values * (batch / ops.where(count == 0, ops.ones_like(count), count))
