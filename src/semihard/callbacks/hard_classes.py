"""Which classes the model confuses, found anew while it trains, for batches in which they meet."""

from typing import Any

import keras
import numpy as np

from semihard._core import checks
from semihard.callbacks._embed import Embedder, length
from semihard.data import BatchPlan, InOrder, PlanShard
from semihard.evaluation import ClassCenters

# Near classes of each, of which chance takes one: some, so that a mistaken or a hopeless one is not met in each epoch.
FEW = 16


class HardClasses(keras.callbacks.Callback):
    """Tells a `BatchPlan(…, hard=0.5)` the nearest classes of each class, when an epoch begins.

    It embeds some samples of every class as the model is then, without augmentation, and searches the means of the
    classes among each other, exactly (`semihard.evaluation.nearest_classes`). The plan makes batches of the epoch in
    which such classes meet.

    Of the embeddings only their sums are kept: [classes, dim] in float64, whatever the number of samples.

    A training that goes on with `fit(initial_epoch=3)` finds what it would have found; with `every` above 1, if epoch 3
    is one of those. Else, and to go on in the middle of an epoch, keep `plan.nearest_classes` with the checkpoint, and
    set it again: `plan.set_nearest_classes(…)`.

    Args:
        plan: whose batches the model is trained on, or this process's shard of it.
        x: [n, …], the samples of the plan: an array, a memory map, `ImageFiles`, or a dict or tuple of such.
        k: how many classes count as near to each. With more, batches vary more and are less hard. By default 16, or a
            quarter of the classes where that is fewer.
        every: epochs between searches; before the first that trains there always is one, unless the plan was told.
        samples: most samples of a class to embed, others in each epoch.
        batch_size: samples embedded at a time.
        workers: batches of them made at a time, in threads.
        output: what the embedding is, where the model gives something else or several things: as in
            `EmbeddingEvaluation`.

    Raises:
        TypeError: `plan` is no `BatchPlan`, or an `output` of another type.
        ValueError: a plan without `hard`, numbers below 1, or an `x` of another length than the plan's labels; while
            training, embeddings that are not finite, an `output` that the model lacks, or none where it has several.

    Example:
        >>> from semihard.data import BalancedBatches
        >>> x, labels = np.random.default_rng(0).random((24, 4), np.float32), np.arange(24) % 6
        >>> plan = BatchPlan(labels, classes_per_batch=4, samples_per_class=2, hard=0.5)
        >>> model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(2), keras.layers.UnitNormalization()])
        >>> model.compile("sgd", loss="mse")
        >>> batches = BalancedBatches(x, plan, y=x[:, :2])
        >>> history = model.fit(batches, shuffle=False, verbose=0, callbacks=[batches.callback, HardClasses(plan, x)])
        >>> plan.nearest_classes.shape
        (6, 1)

    Source:
        Suh, Han, Kim, Lee, "Stochastic Class-Based Hard Example Mining for Deep Metric Learning", 2019, §3, where the
        vectors of classes are learned instead.
    """

    def __init__(
        self,
        plan: BatchPlan | PlanShard,
        x: Any,
        *,
        k: int | None = None,
        every: int = 1,
        samples: int = 16,
        batch_size: int = 256,
        workers: int = 1,
        output: Any = None,
    ) -> None:
        super().__init__()
        if not isinstance(plan, BatchPlan | PlanShard):
            raise TypeError(f"Expected `plan` to be a BatchPlan. Received: {type(plan).__name__}.")
        self.plan: BatchPlan = plan if isinstance(plan, BatchPlan) else plan.plan
        if not self.plan.hard:
            raise ValueError("Expected a plan of hard classes, BatchPlan(…, hard=0.5). Received: one with hard=0.")
        if length(x) != len(self.plan.codes):
            raise ValueError(
                f"Expected one sample for each label of the plan. Received: {length(x)} samples, "
                f"{len(self.plan.codes)} labels."
            )
        self.x = x
        self.k: int | None = k if k is None else checks.whole_number("k", k, 1)
        self.every: int = checks.whole_number("every", every, 1)
        self.samples: int = checks.whole_number("samples", samples, 1)
        self.batch_size: int = checks.whole_number("batch_size", batch_size, 1)
        self.workers: int = checks.whole_number("workers", workers, 0)
        self._embedder = Embedder(output, type(self).__name__)

    def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
        if epoch % self.every == 0 or self.plan.nearest_classes is None:
            self.plan.set_nearest_classes(self._nearest(epoch))

    def _nearest(self, epoch: int) -> np.ndarray[Any, Any]:
        """The nearest classes of each, int32 [classes, k]; none of and for classes that the plan does not use."""
        used = self.plan.used
        numbers = np.full(len(self.plan.classes), -1, np.int64)
        numbers[used] = np.arange(len(used))
        chosen = self._chosen(epoch)
        of_chosen = numbers[self.plan.codes[chosen]]
        centers = ClassCenters(len(used))
        batches = InOrder(self.x, self.batch_size, rows=chosen, workers=self.workers)
        batches.on_epoch_begin()
        try:
            for step in range(len(batches)):
                rows = slice(step * self.batch_size, (step + 1) * self.batch_size)
                centers.add(self._embedder.embed(self.model, batches[step][0]), of_chosen[rows])
        finally:
            batches.on_epoch_end()
        found = centers.nearest(self.k or min(FEW, max(len(used) // 4, 1)))[1]
        nearest = np.full((len(numbers), found.shape[1]), -1, np.int32)
        nearest[used] = np.where(found < 0, -1, used[found])
        return nearest

    def _chosen(self, epoch: int) -> np.ndarray[Any, Any]:
        """At most `samples` of each class, evenly from a random place on in their order, ascending."""
        codes = self.plan.codes
        sizes = np.bincount(codes, minlength=len(self.plan.classes))
        taken = np.zeros_like(sizes)
        taken[self.plan.used] = np.minimum(sizes[self.plan.used], self.samples)
        of = np.repeat(np.arange(len(sizes)), taken)
        number = np.arange(len(of)) - np.repeat(np.cumsum(taken) - taken, taken)
        shift = np.random.default_rng([self.plan.seed, epoch, 2, 2, 2]).random(len(sizes))
        within = np.minimum((number + shift[of]) * sizes[of] / taken[of], sizes[of] - 1).astype(np.int64)
        by_class = np.argsort(codes, kind="stable")
        return np.sort(by_class[(np.cumsum(sizes) - sizes)[of] + within])
