"""Walking along each anchor's positives, some at a time."""

from collections.abc import Callable
from typing import Any

from semihard import backend
from semihard.backend import Tensor, ops
from semihard.mining.pairs import MaskedPairs, Pairs

# Positives at a time, where their number is only known while the program runs.
AT_ONCE = 256


def over_positives(
    pairs: Pairs | MaskedPairs, most: int | None, add: Callable[[Tensor, Tensor, Any], Any], carry: Any
) -> Any:
    """The last carry of `carry = add(columns, exist, carry)`, columns and exist [anchors, some], over all positives.

    Args:
        pairs: after `listed`.
        most: the most positives of an anchor, where that is known.
        add: called once where all positives fit in one piece.
        carry: tensors of fixed shapes.
    """
    if most is None and isinstance(ops.shape(pairs.distances)[1], int):
        most = max(ops.shape(pairs.distances)[1] - 1, 1)
        most = most if most <= AT_ONCE else None
    if most is not None:
        return add(*pairs.positive_columns(most), carry)
    # Their number may be far below what the batch allows: as many rounds as there are positives for.
    rounds = (ops.amax(pairs.positives()) + (AT_ONCE - 1)) // AT_ONCE
    return backend.fori_loop(rounds, lambda i, carry: add(*pairs.positive_columns(AT_ONCE, i * AT_ONCE), carry), carry)
