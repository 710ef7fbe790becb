"""What a sample's neighbours in the embeddings' own space say about its label."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

# `state` of a sample: its nearest neighbour has its label, has another one, or no other sample has its label.
RIGHT, WRONG, UNSCORED = 0, 1, 2


@dataclass(frozen=True)
class Neighbours:
    """The k nearest neighbours of each sample, itself left out, and what follows for its label.

    A sample whose label r others have is judged by its first min(k, r) neighbours, which could all be right.

    Attributes:
        ids: int32 [n, k], nearest first; ties in the order of the data.
        distances: float32 [n, k], Euclidean.
        state: uint8 [n]: RIGHT, WRONG or UNSCORED.
        suspicious: int32 [m, 4]: sample, how many of its judging neighbours have another label, how many judge, and
            which label most of those others have. Only samples that most neighbours contradict; the largest share
            first, then the most votes for one label, then the nearest.
        confused: int32 [pairs, 4]: label, another label, how many samples of the first have one of the second as
            their nearest neighbour, and how many places of the judging neighbours it takes; the most places first.
    """

    ids: NDArray[np.int32]
    distances: NDArray[np.float32]
    state: NDArray[np.uint8]
    suspicious: NDArray[np.int32]
    confused: NDArray[np.int32]


def judge_neighbours(distances: NDArray[Any], ids: NDArray[Any], codes: NDArray[Any]) -> Neighbours:
    """Say what neighbours mean for labels.

    Args:
        distances: [n, k], ascending, as `semihard.evaluation.nearest_neighbors` returns them.
        ids: integers [n, k].
        codes: integers [n] from 0, the label of each sample.

    Example:
        >>> found = judge_neighbours(np.array([[1], [1], [2]]), np.array([[1], [0], [1]]), np.array([0, 0, 1]))
        >>> found.state.tolist(), found.suspicious.tolist(), found.confused.tolist()
        ([0, 0, 2], [], [])
    """
    k = ids.shape[1]
    others = np.bincount(codes)[codes] - 1
    judges = np.minimum(k, others)
    counted = np.arange(k) < judges[:, None]
    labels = codes[ids]
    differ = (labels != codes[:, None]) & counted
    state = np.where(judges == 0, UNSCORED, np.where(differ[:, 0], WRONG, RIGHT)).astype(np.uint8)
    return Neighbours(
        ids.astype(np.int32),
        distances.astype(np.float32),
        state,
        _suspicious(distances, labels, differ, judges),
        _confused(codes, labels, differ),
    )


def _suspicious(
    distances: NDArray[Any], labels: NDArray[Any], differ: NDArray[np.bool_], judges: NDArray[Any]
) -> NDArray[np.int32]:
    wrong = differ.sum(axis=1)
    rows = np.flatnonzero(2 * wrong > judges)
    votes = np.zeros((len(rows), labels.shape[1]), np.int32)
    for place in range(labels.shape[1]):
        same = labels[rows] == labels[rows, place : place + 1]
        votes[:, place] = (same & differ[rows]).sum(axis=1) * differ[rows, place]
    best = votes.argmax(axis=1)  # the nearest of the labels with the most votes
    most = votes[np.arange(len(rows)), best] if len(rows) else best
    share = wrong[rows] / np.maximum(judges[rows], 1)
    order = np.lexsort((rows, distances[rows, 0], -most, -share))
    rows, best = rows[order], best[order]
    return np.stack([rows, wrong[rows], judges[rows], labels[rows, best]], axis=1).astype(np.int32)


def _confused(codes: NDArray[Any], labels: NDArray[Any], differ: NDArray[np.bool_]) -> NDArray[np.int32]:
    row, place = np.nonzero(differ)
    classes = int(codes.max()) + 1
    cells, at, places = np.unique(
        codes[row].astype(np.int64) * classes + labels[row, place], return_inverse=True, return_counts=True
    )
    nearest = np.bincount(at[place == 0], minlength=len(cells))
    order = np.lexsort((cells, -nearest, -places))
    return np.stack([*np.divmod(cells, classes), nearest, places], axis=1)[order].astype(np.int32)
