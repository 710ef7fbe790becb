"""Verification of listed pairs, exact: against double loops and scikit-learn."""

import math

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from sklearn.metrics import roc_auc_score, roc_curve

from semihard.evaluation import verify_pairs
from tests.oracles import verification as oracle

tied_pairs = st.lists(st.tuples(st.sampled_from([0.0, 0.1, 0.2, 0.3, -1.0]), st.booleans()), min_size=2, max_size=30)


@settings(deadline=None)
@given(tied_pairs)
def test_equals_naive_loops_on_tied_data(pairs):
    distances, same = np.array([d for d, _ in pairs]), np.array([s for _, s in pairs])
    assume(same.any() and not same.all())
    report = verify_pairs(distances, same, fars=[0.9])
    genuine, impostor = distances[same], distances[~same]
    assert report.figures["roc_auc"].value == pytest.approx(oracle.roc_auc(genuine, impostor), abs=1e-12)
    assert report.figures["eer"].value == pytest.approx(oracle.equal_error_rate(genuine, impostor), abs=1e-12)
    if len(impostor) >= 12:
        assert report.figures["tar_at_far_0.9"].value == pytest.approx(
            oracle.tar_at_far(genuine, impostor, 0.9), abs=1e-12
        )
    else:
        assert math.isnan(report.figures["tar_at_far_0.9"].value)
    assert report.bin_errors == {}


def test_scikit_learn_finds_the_same():
    rng = np.random.default_rng(0)
    same = rng.random(3000) < 0.3
    distances = np.round(rng.normal(size=3000) + ~same, 2)
    report = verify_pairs(distances, same, fars=[0.1, 0.01])
    assert report.figures["roc_auc"].value == pytest.approx(roc_auc_score(same, -distances), abs=1e-12)
    far, tar, thresholds = roc_curve(same, -distances, drop_intermediate=False)
    np.testing.assert_allclose(report.curve.far, far, atol=1e-14)
    np.testing.assert_allclose(1 - report.curve.frr, tar, atol=1e-14)
    np.testing.assert_array_equal(report.curve.thresholds, -thresholds)
    for target in (0.1, 0.01):
        assert report.figures[f"tar_at_far_{target:g}"].value == pytest.approx(tar[far <= target].max(), abs=1e-12)


def test_the_threshold_of_the_eer_is_where_the_rates_differ_least():
    rng = np.random.default_rng(1)
    same = rng.random(500) < 0.4
    distances = rng.normal(size=500) + ~same
    report = verify_pairs(distances, same)
    gaps = [abs((distances[~same] <= t).mean() - (distances[same] > t).mean()) for t in distances]
    at = abs(
        (distances[~same] <= report.figures["eer_threshold"].value).mean()
        - (distances[same] > report.figures["eer_threshold"].value).mean()
    )
    assert at == pytest.approx(min(gaps), abs=1e-12)


def test_ties_at_the_threshold_are_accepted_together():
    """FAR 0.01 of 1,000 impostors allows exactly 10 that are tied with the genuine pair, and not 11."""
    same = np.arange(1001) == 0
    for tied, tar in ((10, 1.0), (11, 0.0)):
        distances = np.r_[0.3, np.full(tied, 0.3), np.full(1000 - tied, 0.9)]
        assert verify_pairs(distances, same, fars=[0.01]).figures["tar_at_far_0.01"].value == tar


def test_no_identities_no_interval():
    report = verify_pairs([0.1, 0.4, 0.3, 0.9], [True, True, False, False])
    assert report.identities is None
    assert all(figure.interval is None for figure in report.figures.values())
    assert "no interval" in str(report)


def test_intervals_weigh_pairs_by_draws_of_their_identities():
    """Two identities a, b with 20 genuine pairs each, perfect for a and hopeless for b: AUC 1/2.

    A draw of (a, b) gives 1/2; of (a, a) or (b, b) there is no impostor pair. So every draw with a figure says 1/2.
    With c added, an identity of impostor pairs only, draws (a, a, c) say 1, (b, b, c) say 0.
    """
    distances = np.r_[np.full(20, 0.1), np.full(20, 0.9), 0.5]
    left, right = np.array(list("a" * 20 + "b" * 20 + "a")), np.array(list("a" * 20 + "b" * 20 + "b"))
    report = verify_pairs(distances, left == right, identities=(left, right))
    assert report.figures["roc_auc"].value == 0.5
    assert report.figures["roc_auc"].interval is None
    distances, left, right = np.append(distances, [0.5, 0.5]), np.r_[left, ["a", "b"]], np.r_[right, ["c", "c"]]
    report = verify_pairs(distances, left == right, identities=(left, right))
    assert report.figures["roc_auc"].interval == (0.0, 1.0)
    assert report.identities == 3


@pytest.mark.parametrize(
    ("arguments", "error", "words"),
    [
        ({"distances": [0.1, 0.2], "same": [1, 0]}, TypeError, "bool"),
        ({"distances": ["a", "b"], "same": [True, False]}, TypeError, "real"),
        ({"distances": [0.1, 0.2, 0.3], "same": [True, False]}, ValueError, r"\[pairs\]"),
        ({"distances": [0.1, np.nan], "same": [True, False]}, ValueError, "finite"),
        ({"distances": [0.1, 0.2], "same": [True, True]}, ValueError, "both genuine and impostor"),
        ({"distances": [0.1, 0.2], "same": [False, False]}, ValueError, "both genuine and impostor"),
        ({"distances": [0.1, 0.2], "same": [True, False], "identities": ([1, 1], [1, 1])}, ValueError, "in pair 1"),
        ({"distances": [0.1, 0.2], "same": [True, False], "identities": ([1], [1])}, ValueError, "identities"),
        ({"distances": [0.1, 0.2], "same": [True, False], "identities": [1, 1, 1, 2]}, TypeError, "left, right"),
        ({"distances": [0.1, 0.2], "same": [True, False], "fars": [1.0]}, ValueError, "`fars`"),
    ],
)
def test_bad_arguments_raise(arguments, error, words):
    with pytest.raises(error, match=words):
        verify_pairs(**arguments)


def test_identities_beyond_floats_stay_apart():
    left, right = np.array([2**53, 2**53]), np.array([2**53, 2**53 + 1])
    report = verify_pairs([0.1, 0.2], [True, False], identities=(left, right))
    assert report.identities == 2
