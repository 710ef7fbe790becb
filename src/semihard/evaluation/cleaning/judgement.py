"""When votes of neighbors say that a label is wrong."""

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from semihard.evaluation._votes import Votes, count_votes

# How far below 0 a margin lies that contradicts a label: this part of the mean margin of those that do not.
PART = 0.5


class Judgement(NamedTuple):
    """What neighbors say about labels.

    Attributes:
        margins: float64 [n], from −1 to 1: the share of the votes that a sample's own label has, less that of the other
            label with the most; NaN where nobody votes.
        threshold: the margin below which a label looks wrong; NaN where neighbors agree with no label at all.
        suspects: int64 [m], the samples below it, the lowest margin first, and of these the nearest to its neighbor.
    """

    margins: NDArray[np.float64]
    threshold: float
    suspects: NDArray[np.int64]


def judge_labels(
    codes: NDArray[Any], neighbors: NDArray[Any], counted: NDArray[np.bool_], nearest: NDArray[Any]
) -> tuple[Votes, Judgement]:
    """Judge labels by neighbors that are known.

    Args:
        codes: int [n] from 0, the label of each sample.
        neighbors: int [n, k], the labels of its neighbors, nearest first.
        counted: bool [n, k], which of them vote.
        nearest: real [n], the distance of the nearest, or its square.

    Example:
        >>> votes, found = judge_labels(np.array([0, 0, 1]), np.zeros((3, 1), int), np.ones((3, 1), bool), np.ones(3))
        >>> found.margins.tolist(), found.threshold, found.suspects.tolist(), votes.label[2].item()
        ([1.0, 1.0, -1.0], -0.5, [2], 0)
    """
    votes = count_votes(codes, neighbors, counted)
    return votes, judge_votes(votes, nearest)


def judge_votes(votes: Votes, nearest: NDArray[Any]) -> Judgement:
    """As `judge_labels`, of votes that are counted."""
    margins = np.full(len(votes.own), np.nan)
    some = votes.voters > 0
    margins[some] = (votes.own[some] - votes.other[some]) / votes.voters[some]
    agreeing = margins[margins >= 0]
    # In ascending order, so that the order of the data does not change the last bit.
    threshold = -PART * float(np.sort(agreeing).mean()) if len(agreeing) else float("nan")
    suspects = np.flatnonzero(margins < threshold)
    order = np.lexsort((suspects, nearest[suspects], margins[suspects]))
    return Judgement(margins, threshold, suspects[order])
