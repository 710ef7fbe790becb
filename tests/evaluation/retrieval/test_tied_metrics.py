"""The closed forms for tied items against every order written out."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from semihard.evaluation import (
    average_precision,
    map_at_r,
    precision_at_k,
    r_precision,
    recall_at_k,
    reciprocal_rank,
    tie_groups,
)
from tests.oracles import retrieval as oracle

ranked_items = st.lists(st.tuples(st.integers(0, 3), st.booleans()), min_size=1, max_size=9).filter(
    lambda items: any(relevant for _, relevant in items)
)


@given(ranked_items, st.integers(1, 11))
def test_closed_forms_equal_the_mean_over_all_orders(items, k):
    distances, relevant = [d for d, _ in items], [r for _, r in items]
    groups = tie_groups([distances], [relevant])
    for ours, metric in (
        (recall_at_k(groups, k), lambda ranked: oracle.recall_at_k(ranked, k)),
        (precision_at_k(groups, k), lambda ranked: oracle.precision_at_k(ranked, k)),
        (r_precision(groups), oracle.r_precision),
        (reciprocal_rank(groups), oracle.reciprocal_rank),
        (map_at_r(groups), oracle.map_at_r),
        (average_precision(groups), oracle.average_precision),
    ):
        assert ours[0] == pytest.approx(float(oracle.mean_over_orders(metric, distances, relevant)), abs=1e-13)


def test_values_by_hand():
    """Relevant at ranks 1, 3, 6: R = 3, hits in the top 3 at 1 and 3.

    R-Precision 2/3; MAP@R = (1/1 + 2/3) / 3 = 5/9. Dividing by the hits found (2) would give 5/6. Over all ranks the
    average precision is (1/1 + 2/3 + 3/6) / 3 = 13/18.
    """
    relevant = np.array([[True, False, True, False, False, True]])
    groups = tie_groups(np.arange(6.0)[None], relevant)
    assert r_precision(groups)[0] == pytest.approx(2 / 3)
    assert map_at_r(groups)[0] == pytest.approx(5 / 9)
    assert average_precision(groups)[0] == pytest.approx(13 / 18)
    assert recall_at_k(groups, 1)[0] == 1.0


def test_all_tied_by_hand():
    """Two of four tied items are relevant.

    Of the 6 patterns, 3 have one at rank 1 (Recall@1 = 1/2) and 5 have one in the top 2 (5/6). R-Precision 2/4.
    MAP@R over the top 2: both (1 pattern) 1, first only (2) 1/2, second only (2) 1/4, none (1) 0: 2.5 / 6.
    """
    groups = tie_groups(np.zeros((1, 4)), [[True, True, False, False]])
    assert recall_at_k(groups, 1)[0] == pytest.approx(1 / 2)
    assert recall_at_k(groups, 2)[0] == pytest.approx(5 / 6)
    assert r_precision(groups)[0] == pytest.approx(1 / 2)
    assert map_at_r(groups)[0] == pytest.approx(2.5 / 6)


def test_tie_over_the_cut_counts_items_beyond_it():
    """R = 2 with one hit at rank 1; ranks 2 to 5 are tied and hold the other: it is second with probability 1/4."""
    groups = tie_groups([[0.0, 1.0, 1.0, 1.0, 1.0]], [[True, False, False, False, True]])
    assert r_precision(groups)[0] == pytest.approx((1 + 1 / 4) / 2)
    assert map_at_r(groups)[0] == pytest.approx((1 + 1 / 4) / 2)


def test_perfect_order_scores_exactly_one():
    relevant = np.arange(2000)[None] < 1500
    groups = tie_groups(np.arange(2000.0)[None], relevant)
    assert map_at_r(groups)[0] == r_precision(groups)[0] == recall_at_k(groups, 1)[0] == 1.0


def test_order_of_the_list_does_not_matter():
    rng = np.random.default_rng(0)
    distances, relevant = rng.integers(0, 20, (4, 100)).astype(float), rng.random((4, 100)) < 0.3
    shuffle = rng.permutation(100)
    one, other = tie_groups(distances, relevant), tie_groups(distances[:, shuffle], relevant[:, shuffle])
    for left, right in zip(one, other, strict=True):
        np.testing.assert_array_equal(left, right)


def test_a_list_cut_after_rank_r_scores_like_the_whole():
    rng = np.random.default_rng(1)
    distances, relevant = np.sort(rng.random((5, 200)), axis=1), rng.random((5, 200)) < 0.2
    total = relevant.sum(axis=1)
    whole, cut = tie_groups(distances, relevant), tie_groups(distances[:, :80], relevant[:, :80], total)
    np.testing.assert_array_equal(map_at_r(whole), map_at_r(cut))
    np.testing.assert_array_equal(r_precision(whole), r_precision(cut))


def test_queries_without_a_relevant_item_are_nan():
    groups = tie_groups([[1.0, 2.0], [1.0, 2.0], [1.0, np.inf]], [[False, False], [False, True], [False, True]])
    for values in (
        recall_at_k(groups, 2),
        precision_at_k(groups, 2),
        r_precision(groups),
        map_at_r(groups),
        average_precision(groups),
        reciprocal_rank(groups),
    ):
        np.testing.assert_array_equal(np.isnan(values), [True, False, True])
    assert groups.relevant.tolist() == [0, 1, 0]


@pytest.mark.parametrize(
    ("distances", "relevant", "total", "error"),
    [
        ([[1.0, 2.0]], [[True]], None, ValueError),
        ([1.0, 2.0], [True, False], None, ValueError),
        ([[1.0, np.nan]], [[True, False]], None, ValueError),
        ([[1.0, 2.0]], [[1, 0]], None, TypeError),
        ([[1.0, 2.0]], [[True, True]], [1], ValueError),
        ([[1.0, 2.0]], [[True, True]], [2, 2], ValueError),
        (np.empty((0, 2)), np.empty((0, 2), bool), None, ValueError),
    ],
)
def test_bad_lists_raise(distances, relevant, total, error):
    with pytest.raises(error, match="Expected"):
        tie_groups(distances, relevant, total)


@pytest.mark.parametrize(("k", "error"), [(0, ValueError), (1.0, TypeError), (True, TypeError)])
def test_bad_k_raises(k, error):
    with pytest.raises(error, match="Expected `k`"):
        recall_at_k(tie_groups([[1.0]], [[True]]), k)
