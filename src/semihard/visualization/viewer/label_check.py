"""What a sample's neighbours in the embeddings' own space say about its label."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from semihard.evaluation.cleaning import judge_labels, looked_at, near_threshold

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
            which label most of those others have. Those whose label looks wrong as `semihard.evaluation.label_errors`
            has it, in its order.
        confused: int32 [pairs, 4]: label, another label, how many samples of the first have one of the second as
            their nearest neighbour, and how many places of the judging neighbours it takes; the most places first.
        near: the distance up to which two samples are near-duplicates, as `semihard.evaluation.duplicates` has it.
    """

    ids: NDArray[np.int32]
    distances: NDArray[np.float32]
    state: NDArray[np.uint8]
    suspicious: NDArray[np.int32]
    confused: NDArray[np.int32]
    near: float


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
    votes, judged = judge_labels(codes, labels, counted, distances[:, 0])
    rows = judged.suspects
    suspicious = np.stack([rows, votes.voters[rows] - votes.own[rows], votes.voters[rows], votes.label[rows]], axis=1)
    return Neighbours(
        ids.astype(np.int32),
        distances.astype(np.float32),
        state,
        suspicious.astype(np.int32),
        _confused(codes, labels, differ),
        # Rounded as the distances are, so that what lies at it stays within.
        float(np.float32(near_threshold(distances[looked_at(len(codes)), 0]))),
    )


def _confused(codes: NDArray[Any], labels: NDArray[Any], differ: NDArray[np.bool_]) -> NDArray[np.int32]:
    row, place = np.nonzero(differ)
    classes = int(codes.max()) + 1
    cells, at, places = np.unique(
        codes[row].astype(np.int64) * classes + labels[row, place], return_inverse=True, return_counts=True
    )
    nearest = np.bincount(at[place == 0], minlength=len(cells))
    order = np.lexsort((cells, -nearest, -places))
    return np.stack([*np.divmod(cells, classes), nearest, places], axis=1)[order].astype(np.int32)
