"""What the nearest neighbors vote for: how often a sample's own label, and how often another."""

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray


class Votes(NamedTuple):
    """The votes on each of some samples, [rows] all.

    Attributes:
        own: int64, votes for the sample's own label.
        other: int64, the most votes for any other label; 0 where there is none.
        label: int64, the code of that label, and of several the one whose nearest voter is the nearest; −1 for none.
        tied: int64, how many other labels have as many votes as that one; 0 for none.
        voters: int64.
    """

    own: NDArray[np.int64]
    other: NDArray[np.int64]
    label: NDArray[np.int64]
    tied: NDArray[np.int64]
    voters: NDArray[np.int64]


def count_votes(own: NDArray[Any], neighbors: NDArray[Any], counted: NDArray[np.bool_]) -> Votes:
    """Count the labels of neighbors, one vote each.

    Args:
        own: codes int [rows] from 0.
        neighbors: codes int [rows, width], nearest first.
        counted: bool [rows, width], which of them vote.

    Example:
        >>> votes = count_votes(np.array([7]), np.array([[3, 7, 3, 5, 7]]), np.array([[True, True, True, True, False]]))
        >>> votes.own.item(), votes.other.item(), votes.label.item(), votes.tied.item(), votes.voters.item()
        (1, 2, 3, 1, 4)
    """
    row, place = np.nonzero(counted)
    code = neighbors[row, place]
    # By row and code; the sort is stable, so that the nearest voter of each comes first.
    order = np.lexsort((code, row))
    row, place, code = row[order], place[order], code[order]
    starts = np.ones(len(row), bool)
    starts[1:] = (row[1:] != row[:-1]) | (code[1:] != code[:-1])
    first = np.flatnonzero(starts)
    votes = np.diff(first, append=len(row))
    row, place, code = row[first], place[first], code[first]

    rows = len(own)
    mine = code == own[row]
    found = Votes(*(np.zeros(rows, np.int64) for _ in range(5)))
    found.own[row[mine]] = votes[mine]
    row, place, code, votes = row[~mine], place[~mine], code[~mine], votes[~mine]
    np.maximum.at(found.other, row, votes)
    best = votes == found.other[row]
    row, place, code = row[best], place[best], code[best]
    order = np.lexsort((place, row))
    row, code = row[order], code[order]
    found.tied[:] = np.bincount(row, minlength=rows)
    found.label[:] = -1
    some, at = np.unique(row, return_index=True)
    found.label[some] = code[at]
    found.voters[:] = np.count_nonzero(counted, axis=1)
    return found


def voters(squared_distances: NDArray[np.float64], count: Any) -> NDArray[np.bool_]:
    """Which neighbors vote where the `count` nearest do: these, and all that tie with the last of them.

    Args:
        squared_distances: float64 [rows, width], ascending; infinite where nothing is left. Each row must hold what
            ties with its `count`-th, as a `NeighborBlock` of that depth does.
        count: how many, at least 1: a whole number, or int [rows].

    Returns:
        bool [rows, width].

    Example:
        >>> voters(np.array([[1.0, 2.0, 2.0, 3.0], [1.0, 2.0, np.inf, np.inf]]), 2).tolist()
        [[True, True, True, False], [True, True, False, False]]
    """
    rows, width = squared_distances.shape
    last = np.minimum(np.broadcast_to(count, rows), width) - 1
    reach = squared_distances[np.arange(rows), last]
    return (squared_distances <= reach[:, None]) & np.isfinite(squared_distances)
