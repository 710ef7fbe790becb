"""What neighbours say about labels, against loops over each sample."""

from collections import Counter
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from semihard.visualization.viewer.label_check import RIGHT, UNSCORED, WRONG, judge_neighbours


def naive(distances, ids, codes):
    """The definitions of `Neighbours`, one sample at a time."""
    state, margins, asked, places, nearest = [], [], [], Counter(), Counter()
    for i, label in enumerate(codes):
        judges = min(ids.shape[1], (codes == label).sum() - 1)
        others = [codes[j] for j in ids[i, :judges] if codes[j] != label]
        state.append(UNSCORED if not judges else WRONG if codes[ids[i, 0]] != label else RIGHT)
        places.update((label, other) for other in others)
        if state[-1] == WRONG:
            nearest[label, codes[ids[i, 0]]] += 1
        if judges:
            votes = max(Counter(others).values(), default=0)
            suggested = next((other for other in others if Counter(others)[other] == votes), -1)
            margins.append(Fraction(judges - len(others) - votes, judges))
            asked.append(((margins[-1], distances[i, 0], i), [i, len(others), judges, suggested]))
    agreeing = [margin for margin in margins if margin >= 0]
    limit = -sum(agreeing) / len(agreeing) / 2 if agreeing else -2
    suspicious = [row for row in sorted(asked) if float(row[0][0]) < float(limit)]
    confused = sorted(((-n, -nearest[pair], pair), [*pair, nearest[pair], n]) for pair, n in places.items())
    return state, [row for _, row in suspicious], [row for _, row in confused]


@settings(deadline=None)
@given(st.integers(0, 2**32 - 1), st.integers(2, 40), st.integers(1, 6), st.integers(1, 6))
def test_against_loops(seed, count, k, classes):
    rng = np.random.default_rng(seed)
    k = min(k, count - 1)
    codes = np.unique(rng.integers(classes, size=count), return_inverse=True)[1]
    points = rng.normal(size=(count, 2))
    apart = np.linalg.norm(points[:, None] - points, axis=2)
    np.fill_diagonal(apart, np.inf)
    ids = np.argsort(apart, axis=1)[:, :k]
    distances = np.take_along_axis(apart, ids, axis=1)
    found = judge_neighbours(distances, ids, codes)
    state, suspicious, confused = naive(distances, ids, codes)
    assert found.state.tolist() == state
    assert found.suspicious.tolist() == suspicious
    assert found.confused.tolist() == confused


@pytest.mark.parametrize("swapped", [3, 17])
def test_a_wrong_label_is_the_most_suspicious(swapped):
    """Two clusters of ten; one sample bears the label of the other cluster: all nine of its own say so."""
    points = np.repeat([0.0, 100.0], 10)[:, None] + np.random.default_rng(0).normal(size=(20, 1))
    codes = np.repeat([0, 1], 10)
    codes[swapped] = 1 - codes[swapped]
    apart = np.abs(points - points.T)
    np.fill_diagonal(apart, np.inf)
    ids = np.argsort(apart, axis=1)[:, :9]
    found = judge_neighbours(np.take_along_axis(apart, ids, axis=1), ids, codes)
    assert found.suspicious[0].tolist() == [swapped, 9, 9, 1 - codes[swapped]]
