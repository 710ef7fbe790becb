"""A plan's batches as PyTorch's DataLoader asks for them: lists of indices."""

from collections.abc import Iterator
from typing import Any

from semihard._core import checks
from semihard.data._epoch_callback import EpochCallback
from semihard.data.plan import BatchPlan, PlanShard


class BatchSampler:
    """Indices of a plan's batches: `torch.utils.data.DataLoader(dataset, batch_sampler=BatchSampler(plan))`.

    In `fit` give `callbacks=[sampler.callback]`, and `initial_epoch=3` continues with the batches of epoch 3. In a loop
    of your own call `sampler.set_epoch(epoch)`; without it each full pass goes on to the next epoch.

    To share batches between processes give `plan.shard(rank, processes)`. Keras from version 3.16 puts a sampler of its
    own in the place of this one when its distribution has `auto_shard_dataset`, and the batches would be balanced no
    more; the callback raises then.

    Args:
        plan: made from the labels of the data set, in its order.

    Raises:
        TypeError: `plan` is no `BatchPlan`.

    Example:
        >>> sampler = BatchSampler(BatchPlan(list("aabb"), classes_per_batch=2, samples_per_class=2))
        >>> [sorted(indices) for indices in sampler]
        [[0, 1, 2, 3]]
    """

    def __init__(self, plan: BatchPlan | PlanShard) -> None:
        if not isinstance(plan, BatchPlan | PlanShard):
            raise TypeError(f"Expected `plan` to be a BatchPlan. Received: {type(plan).__name__}.")
        self.plan = plan
        self.callback: EpochCallback = _TellAndWatch(self)
        self._epoch = 0
        self._used = False

    def set_epoch(self, epoch: int | None) -> None:
        """The next pass gives the batches of this epoch, counted from 0; None: of the first, as in a new sampler."""
        self._epoch = 0 if epoch is None else checks.whole_number("epoch", epoch, 0)
        self._used = self._used and epoch is not None

    tell_epoch = set_epoch

    def __len__(self) -> int:
        return self.plan.steps

    def __iter__(self) -> Iterator[list[int]]:
        self._used = True
        epoch = self._epoch
        for step in range(self.plan.steps):
            yield self.plan[epoch, step].tolist()
        if self._epoch == epoch:
            self._epoch += 1


class _TellAndWatch(EpochCallback):
    """Also looks whether the sampler is in use."""

    _batches: BatchSampler

    def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
        if not self._batches._used:
            raise RuntimeError(
                "Expected the batches of this BatchSampler. Received: others, for Keras replaced the DataLoader's "
                "sampler to share the data between processes. Set `distribution.auto_shard_dataset = False` and give "
                "BatchSampler(plan.shard(process, processes))."
            )
