"""Given groups of samples, pairs or triplets, dealt to batches."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from semihard._core import checks
from semihard.data import _inputs
from semihard.data._planned_batches import PlannedBatches
from semihard.data._without_replacement import WithoutReplacement

Indices = np.ndarray[Any, Any]


class GivenRows(PlannedBatches):
    """Some groups a batch, each once before any comes again, in an order that is a function of seed and epoch.

    Args:
        x: [n, …], as in `BalancedBatches`.
        name: what the groups are called: "pairs".
        groups: whole numbers [m, size], the places of the samples of each group.
        size: samples a group.
        per_batch: groups a batch.
        seed: of their order.
        options: of `PlannedBatches`.
    """

    def __init__(self, x: Any, name: str, groups: Any, size: int, per_batch: int, seed: int, **options: Any) -> None:
        seed = checks.whole_number("seed", seed, 0)
        per_batch = checks.whole_number(f"{name}_per_batch", per_batch, 1)
        super().__init__(x, seed=seed, first=0, whole=size * per_batch, **options)
        self.groups: NDArray[Any] = _inputs.places(name, groups, 2, len(next(iter(_inputs.parts(self.x).values()))))
        if self.groups.shape[1] != size:
            raise ValueError(f"Expected `{name}` to be [m, {size}]. Received: shape {self.groups.shape}.")
        if len(self.groups) < per_batch:
            raise ValueError(
                f"Expected `{name}_per_batch` to be at most the number of {name}, {len(self.groups)}. "
                f"Received: {name}_per_batch={per_batch}. Take fewer a batch."
            )
        ordered = np.sort(self.groups, axis=1)
        twice = np.flatnonzero((ordered[:, 1:] == ordered[:, :-1]).any(axis=1))
        if len(twice):
            raise ValueError(
                f"Expected different samples in each of `{name}`. Received: {self.groups[twice[0]].tolist()} at place "
                f"{twice[0]}, and {len(twice) - 1} more. Leave them out."
            )
        self.steps = -(-len(self.groups) // per_batch)
        self._deal = WithoutReplacement(
            len(self.groups), per_batch, lambda deck: np.random.default_rng([seed, deck]).permutation(len(self.groups))
        )

    def planned(self, epoch: int, step: int) -> tuple[Indices, Any]:
        chosen = self._deal.group(epoch * self.steps + step)
        return self.groups[chosen].reshape(-1), self.relations(chosen)

    def relations(self, chosen: Indices) -> Indices:
        """What `GivenPairs` takes, int8 [samples, samples], of a batch of the groups at these places."""
        raise NotImplementedError
