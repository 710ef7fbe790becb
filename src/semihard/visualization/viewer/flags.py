"""What may be wrong with each sample, as columns: to colour by, to filter, to search for, and in its details."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from semihard.visualization.viewer.columns import Column
from semihard.visualization.viewer.label_check import UNSCORED, Neighbours

LABEL_CHECK, NEAR_DUPLICATE = "label check", "near-duplicate"
# The second is what one looks for.
LABELS = ["looks right", "looks wrong", "not judged"]
DUPLICATES = ["none", "of another label", "of its label"]


def flag_columns(neighbours: Neighbours, codes: NDArray[Any]) -> list[Column]:
    """Return a column of labels that look wrong, and one of near-duplicates among the samples.

    Args:
        neighbours: as `judge_neighbours` returns them.
        codes: integers [n] from 0, the label of each sample.

    Example:
        >>> import numpy as np
        >>> from semihard.visualization.viewer.label_check import judge_neighbours
        >>> ids, distances = np.array([[1], [0], [1], [2]]), np.array([[0.1], [0.1], [1.0], [1.0]])
        >>> found = judge_neighbours(distances, ids, np.array([0, 0, 1, 1]))
        >>> [[column.text(i) for i in range(4)] for column in flag_columns(found, np.array([0, 0, 1, 1]))]
        [['looks right', 'looks right', 'looks wrong', 'looks right'], ['of its label', 'of its label', 'none', 'none']]
    """
    labels = np.where(neighbours.state == UNSCORED, 2, 0).astype(np.int32)
    labels[neighbours.suspicious[:, 0]] = 1
    near = neighbours.distances <= neighbours.near
    other = near & (codes[neighbours.ids] != codes[:, None])
    copies = np.where(other.any(axis=1), 1, np.where(near[:, 0], 2, 0)).astype(np.int32)
    return [
        Column(LABEL_CHECK, LABELS, labels, flag=True),
        Column(NEAR_DUPLICATE, DUPLICATES, copies, flag=True),
    ]
