"""What hints at a training that learns nothing, said in words, each once a training."""

import math
import warnings
from typing import Any

import numpy as np

from semihard.callbacks._cost import Cost
from semihard.evaluation import Health
from semihard.losses import EmbeddingLoss, MatryoshkaLoss, TripletHardLoss, TripletLoss, TripletSemiHardLoss

# How near to its value for equal embeddings a loss is called there, as a share of that. Semi-hard negatives of a large
# batch are little farther than their positives from the start: a loss of 0.99 for a margin of 1 may well learn.
NEAR = 0.002


class Symptoms:
    """Looks at what an evaluation and the logs show, and warns.

    Args:
        who: says it.

    Example:
        >>> import warnings
        >>> symptoms = Symptoms("EmbeddingEvaluation")
        >>> with warnings.catch_warnings(record=True) as caught:
        ...     warnings.simplefilter("always")
        ...     symptoms.of_labels(np.array([0, 0, 0]), "")
        ...     symptoms.of_labels(np.array([0, 0, 0]), "")
        >>> [str(warning.message)[:44] for warning in caught]
        ['EmbeddingEvaluation: all 3 samples have one ']
    """

    def __init__(self, who: str) -> None:
        self._who = who
        self.begin()

    def begin(self) -> None:
        """Another training: everything may be said again."""
        self._said: set[str] = set()
        self._at_plateau = 0

    def of_labels(self, labels: np.ndarray[Any, Any], part: str) -> None:
        """Say that the figures of samples with these labels [n] mean nothing, if so."""
        count = len(labels)
        classes = len(np.unique(labels))
        kind = {"seen_": " of the seen classes", "unseen_": " of other classes than the seen ones"}.get(part, "")
        if not count:
            self._say(
                "none" + part, f"there is no sample{kind}: their figures are NaN. Look at `seen_labels` and the labels."
            )
        elif classes == 1:
            self._say(
                "one" + part,
                f"all {count:,} samples{kind} have one label: there is nothing to take for it, and every figure is 1 "
                "or NaN whatever the model. Evaluate on several classes.",
            )
        elif classes == count:
            self._say(
                "distinct" + part,
                f"no two of the {count:,} samples{kind} share a label: there is no right answer to a search, and every "
                "figure is NaN. Look at whether the labels are row numbers, or one-hot columns cut apart.",
            )

    def of_health(self, health: Health, part: str) -> None:
        """Say that embeddings have collapsed, if so."""
        if health.collapsed:
            self._say(
                "collapsed" + part,
                f"the embeddings have collapsed: effective rank {health.effective_rank:.1f} of {health.dim}, "
                f"uniformity {health.uniformity:.3f} (0 is one point, -4 spread evenly). Look at the learning rate (a "
                "smaller one), the miner (semi-hard before hardest negatives), the margin, and batches without "
                "negatives (`semihard.data.preflight`).",
            )

    def of_loss(self, loss: Any, value: Any, *, first: bool, last: bool) -> None:
        """Say that the loss of an epoch is where nothing is learned, if so.

        Args:
            loss: that the model was compiled with.
            value: of the epoch, from the logs.
            first, last: whether it is the first epoch of the training, which may have been another process's, or the
                last.
        """
        if not isinstance(loss, EmbeddingLoss) or not isinstance(value, int | float | np.number):
            return
        if first and value == 0:
            self._say(
                "zero",
                "the loss was exactly 0 in the whole first epoch: no batch held a positive and a negative that pay. "
                "Look at whether the training labels are all different, or all the same (`semihard.data.preflight`); "
                "or the model already keeps every margin.",
            )
        plateau = _plateau(loss)
        near = plateau is not None and abs(value - plateau) <= NEAR * plateau
        self._at_plateau = self._at_plateau + 1 if near else 0
        # A loss may begin there; it should not stay.
        if near and (self._at_plateau > 1 or last) and not any(name.startswith("collapsed") for name in self._said):
            self._say(
                "plateau",
                f"the loss stands at {value:.4g}, its value where positives are as far away as negatives "
                f"({plateau:.4g}). Embeddings shrink to one point then, or the labels say nothing about the data. Look "
                "at the learning rate (a smaller one), the miner (semi-hard before hardest negatives), unit length at "
                "the model's end, and the labels.",
            )

    def of_cost(self, cost: Cost, trained: float, every: int) -> None:
        """Say what an evaluation costs, if that is much.

        Args:
            cost: of the evaluation.
            trained: seconds of training of an epoch.
            every: epochs between evaluations.
        """
        advice = cost.advice(trained, every)
        if advice is not None:
            self._say("cost", advice)

    def _say(self, name: str, words: str) -> None:
        if name not in self._said:
            self._said.add(name)
            warnings.warn(f"{self._who}: {words}", stacklevel=2)


def _plateau(loss: EmbeddingLoss) -> float | None:
    """What a triplet costs whose positive is as far away as its negative; None for losses over other things."""
    if isinstance(loss, MatryoshkaLoss):
        own = _plateau(loss.loss)
        return None if own is None else own * sum(loss.weights or [1.0] * len(loss.dims))
    if isinstance(loss, TripletLoss):
        margin = loss.margin
        return math.log(2) if isinstance(margin, str) else float(margin) or None
    if isinstance(loss, TripletHardLoss) and loss.soft:
        return math.log(2)
    if isinstance(loss, TripletHardLoss | TripletSemiHardLoss):
        return float(loss.margin) or None
    return None
