"""What batches of some labels will teach, before any training: positive pairs, negatives, and the chance of none."""

import dataclasses
from typing import Any

import numpy as np

from semihard._core import checks
from semihard._core.labels import encode_labels
from semihard.data.plan import BatchPlan


@dataclasses.dataclass(frozen=True)
class Preflight:
    """Figures of one batch; `print` it.

    Attributes:
        samples, classes: in the data.
        lonely_classes: classes of one sample, which never form a positive pair.
        batch_size: samples a batch.
        positive_pairs: expected number of ordered pairs (anchor, positive) a batch.
        negatives: expected number of samples of other classes for an anchor.
        no_positive_pair: probability that a batch has no positive pair at all.
        suggestion: classes and samples a class for a `BatchPlan` of about this size; None without a pair.
    """

    samples: int
    classes: int
    lonely_classes: int
    batch_size: int
    positive_pairs: float
    negatives: float
    no_positive_pair: float
    suggestion: tuple[int, int] | None

    def __str__(self) -> str:
        lines = [
            f"{self.samples:,} samples of {self.classes:,} classes"
            + (f", {self.lonely_classes:,} of them with one sample only" if self.lonely_classes else ""),
            f"A batch of {self.batch_size:,}: {self.positive_pairs:,.4g} positive pairs, "
            f"{self.negatives:,.4g} negatives an anchor",
            f"Batches without any positive pair: {self.no_positive_pair:.2%}",
        ]
        if self.suggestion is None:
            lines.append("No class has two samples: nothing can be learned from positive pairs.")
        else:
            lines.append(
                f"Suggested: BatchPlan(labels, classes_per_batch={self.suggestion[0]}, "
                f"samples_per_class={self.suggestion[1]})"
            )
        return "\n".join(lines)


def preflight(labels: Any, batch_size: int | None = None, *, plan: BatchPlan | None = None) -> Preflight:
    """Say what batches of these labels will hold: exact figures, nothing is simulated.

    Args:
        labels: [n], any hashable values.
        batch_size: samples of a batch drawn uniformly without replacement, as shuffling does; at most n.
        plan: instead, a plan made from these labels.

    Raises:
        ValueError: for no samples, a batch larger than the data, or neither or both of `batch_size` and `plan`.
        TypeError: for a batch size that is not whole.

    Example:
        >>> print(preflight(np.arange(1000).repeat(100), 32))
        100,000 samples of 1,000 classes
        A batch of 32: 0.9821 positive pairs, 30.97 negatives an anchor
        Batches without any positive pair: 60.88%
        Suggested: BatchPlan(labels, classes_per_batch=8, samples_per_class=4)
    """
    if (batch_size is None) == (plan is None):
        raise ValueError("Expected either `batch_size` or `plan`. Received: both or none of them.")
    codes, classes = encode_labels(labels)
    sizes = np.bincount(codes, minlength=len(classes)).astype(np.float64)
    count = int(sizes.sum())
    if plan is not None:
        k = plan.samples_per_class
        batch_size = plan.batch_size
        pairs, negatives, none = float(batch_size * (k - 1)), float(batch_size - k), 0.0
    else:
        batch_size = checks.whole_number("batch_size", batch_size, 1)
        if batch_size > count:
            raise ValueError(
                f"Expected `batch_size` to be at most the number of samples, {count}. Received: {batch_size}."
            )
        others = max(count - 1, 1)
        together = float((sizes * (sizes - 1)).sum()) / count / others
        pairs = together * batch_size * (batch_size - 1)
        negatives = (batch_size - 1) * (1 - together)
        none = _all_different(sizes, batch_size)
    return Preflight(
        samples=count,
        classes=len(classes),
        lonely_classes=int((sizes == 1).sum()),
        batch_size=batch_size,
        positive_pairs=pairs,
        negatives=negatives,
        no_positive_pair=none,
        suggestion=_suggestion(sizes, batch_size),
    )


def _all_different(sizes: np.ndarray[Any, Any], draws: int) -> float:
    """The probability that `draws` samples, drawn without replacement, are of different classes.

    With e the elementary symmetric polynomials of the class sizes it is draws! · e_draws / (n · (n − 1) · …). Classes
    enter one by one, and f_k is the probability that k draws *with* replacement from those that have are of different
    classes: a probability at every moment, so that nothing over- or underflows.
    """
    if draws > len(sizes):
        return 0.0
    order = np.arange(draws + 1)
    f = np.zeros(draws + 1)
    f[0] = 1.0
    total = np.cumsum(sizes)
    for size, before, now in zip(sizes, total - sizes, total, strict=True):
        f *= np.power(before / now, order)
        f[1:] += order[1:] * (size / now) * f[:-1]
    return float(min(f[draws] * np.exp(-np.log1p(-np.arange(draws) / total[-1]).sum()), 1.0))


def _suggestion(sizes: np.ndarray[Any, Any], batch_size: int) -> tuple[int, int] | None:
    """Four samples a class where the usual class has them, and as many classes as fit, at least two if there are."""
    pairable = sizes[sizes >= 2]
    if not len(pairable):
        return None
    k = int(np.clip(np.median(pairable), 2, 4))
    p = int(np.clip(batch_size // k, min(2, len(sizes)), len(sizes)))
    # Few classes: larger samples of each keep the batch as large.
    return p, int(max(k, min(batch_size // p, pairable.min())))
