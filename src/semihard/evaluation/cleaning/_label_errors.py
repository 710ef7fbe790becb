"""Labels that the neighbors contradict."""

import dataclasses
import math
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from semihard._core.checks import whole_number
from semihard._core.embeddings import checked_embeddings
from semihard._core.labels import label_array, unique_labels
from semihard._core.text import one_line
from semihard.evaluation._votes import Votes, count_votes, voters
from semihard.evaluation.cleaning.judgement import judge_votes
from semihard.evaluation.search import neighbor_blocks
from semihard.evaluation.search.exact import pair_squared_distances

# Rows that `print` shows, and letters that a label may take of a line.
SHOWN, LABEL = 10, 22


@dataclasses.dataclass(frozen=True)
class LabelErrors:
    """Labels that look wrong, by what the neighbors say; `print` it.

    Attributes:
        samples: int64 [m], their places, the most suspicious first.
        given: [m], the labels that they have.
        suggested: [m], the labels that most of the contradicting neighbors have.
        against: int64 [m], how many of the neighbors that vote have another label.
        voters: int64 [m], how many vote.
        margins: float64 [n], of every sample, from −1 to 1: the share of the votes that its own label has, less that of
            the other label with the most. NaN where no other sample has its label, so that it is not judged.
        threshold: the margin below which a label looks wrong; NaN where neighbors agree with no label at all.
        judged: samples whose label another one has.
        total: all samples.
    """

    samples: NDArray[np.int64]
    given: NDArray[Any]
    suggested: NDArray[Any]
    against: NDArray[np.int64]
    voters: NDArray[np.int64]
    margins: NDArray[np.float64]
    threshold: float
    judged: int
    total: int

    @property
    def agreement(self) -> float:
        """The share of the judged labels that no other label has more votes than; NaN without any."""
        return float(np.count_nonzero(self.margins >= 0)) / self.judged if self.judged else math.nan

    def __len__(self) -> int:
        return len(self.samples)

    def __str__(self) -> str:
        if not self.judged:
            return f"No label of {self.total:,} samples occurs twice: there is nothing to judge them by."
        lines = [
            f"{len(self):,} of {self.judged:,} labels look wrong: {len(self) / self.judged:.2%}. "
            f"The neighbors agree with {self.agreement:.1%}."
        ]
        if self.agreement < 0.5:
            lines.append("They agree with less than half: look at the embeddings before the labels.")
        if len(self):
            lines.append(f"{'sample':>10}  {'label':{LABEL}}  {'neighbors say':{LABEL}}  {'against':>12}")
        for row in range(min(len(self), SHOWN)):
            names = (one_line(label[row], LABEL) for label in (self.given, self.suggested))
            against = f"{self.against[row]:,} of {self.voters[row]:,}"
            lines.append(
                f"{self.samples[row]:>10}  " + "  ".join(f"{name:{LABEL}}" for name in names) + f"{against:>14}"
            )
        return "\n".join(lines)


def label_errors(
    embeddings: Any,
    labels: Any,
    *,
    k: int = 15,
    memory: int = 2**30,
    progress: Callable[[int, int], object] | None = None,
) -> LabelErrors:
    """Find labels that the nearest neighbors contradict: mislabelled samples, ambiguous ones, or badly embedded ones.

    The k nearest other samples vote with their labels, and all that tie with the k-th; a label that r others have is
    judged by the min(k, r) nearest, which could all be right. A sample's margin is the share of its own label less that
    of the other label with the most votes. A label looks wrong where its margin is as far below 0 as half of the mean
    margin of those that the neighbors agree with: where labels are noisy or classes overlap, neighbors agree less with
    right labels too, and less disagreement tells a wrong one.

    What a model has learned from wrong labels it may have learned by heart: judge embeddings of data that it was not
    trained on, or not trained on for long. What is flagged is to be looked at, not to be dropped unseen: a sample
    that is hard for the model looks the same.

    Args:
        embeddings: real [n, dim], finite.
        labels: [n], as in `semihard.evaluate`.
        k: how many neighbors vote, at least 1.
        memory: bytes for the search, beside the data.
        progress: called with (samples done, samples to search).

    Raises:
        TypeError, ValueError: for embeddings that are not finite numbers [n, dim], labels of another length, or a k
            below 1.

    Example:
        >>> points = [[0.0], [0.1], [0.2], [5.0], [5.1], [5.2], [5.3]]
        >>> found = label_errors(points, ["a", "a", "a", "b", "b", "b", "a"], k=2)
        >>> found.samples.tolist(), found.suggested.tolist()
        ([6], ['b'])

    Source:
        Neighbors that disagree: Bahri, Jiang, Gupta 2020, "Deep k-NN for noisy labels", §3. The normalized margin, and
        a threshold that is a mean over the data: Northcutt, Jiang, Chuang 2021, "Confident learning", §3.1 and §3.2,
        whose threshold is of one class and too strict for classes of few samples.
    """
    k = whole_number("k", k, 1)
    points = checked_embeddings("embeddings", embeddings)
    classes, codes = unique_labels(label_array("labels", labels, len(points)))
    count = np.minimum(k, np.bincount(codes)[codes] - 1)
    votes = Votes(*(np.zeros(len(points), np.int64) for _ in range(5)))
    nearest = np.full(len(points), np.inf)
    for block in neighbor_blocks(points, depth=count, memory=memory, progress=progress):
        counted = voters(block.squared_distances, count[block.rows])
        for all_, some in zip(votes, count_votes(codes[block.rows], codes[block.items], counted), strict=True):
            all_[block.rows] = some
        # Measured: those of a block are approximate, and would order the suspects by chance.
        nearest[block.rows] = pair_squared_distances(points, points, block.rows, block.items[:, 0])
    found = judge_votes(votes, nearest)
    rows = found.suspects
    return LabelErrors(
        samples=rows,
        given=classes[codes[rows]],
        suggested=classes[votes.label[rows]],
        against=votes.voters[rows] - votes.own[rows],
        voters=votes.voters[rows],
        margins=found.margins,
        threshold=found.threshold,
        judged=int(np.count_nonzero(count)),
        total=len(points),
    )
