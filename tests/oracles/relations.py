"""Relations by double loops over samples: [anchors, references] of 1 (positive), −1 (negative) and 0 (neither)."""

import numpy as np


def signs(batch: int, says) -> np.ndarray:
    """`says(i, j)` is True for positive, False for negative and None for neither."""
    table = np.zeros((batch, batch), int)
    for i in range(batch):
        for j in range(batch):
            answer = says(i, j) if i != j else None
            table[i, j] = 0 if answer is None else 1 if answer else -1
    return table


def same_label(labels, ignore=()) -> np.ndarray:
    labels = np.asarray(labels).reshape(-1).tolist()
    out = [label in ignore for label in labels]
    return signs(len(labels), lambda i, j: None if out[i] or out[j] else labels[i] == labels[j])


def shared_label(rows) -> np.ndarray:
    sets = [{c for c, has in enumerate(row) if has} for row in np.asarray(rows)]
    return signs(len(sets), lambda i, j: bool(sets[i] & sets[j]) if sets[i] and sets[j] else None)


def same_label_other_source(rows) -> np.ndarray:
    rows = np.asarray(rows).tolist()
    return signs(len(rows), lambda i, j: None if rows[i][1] == rows[j][1] else rows[i][0] == rows[j][0])


def given_pairs(table) -> np.ndarray:
    return signs(len(table), lambda i, j: {1: True, -1: False, 0: None}[int(table[i][j])])
