"""Verification of embeddings, against double loops over pairs and scikit-learn."""

import math

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from sklearn.metrics import roc_auc_score, roc_curve

from semihard.evaluation import pair_histograms, verify
from tests.evaluation.verification.people import people
from tests.oracles import verification as oracle

# A coarse grid ties nearly everything.
tied_sets = st.integers(3, 9).flatmap(
    lambda n: st.tuples(
        hnp.arrays(np.float32, (n, 2), elements=st.sampled_from([0.0, 1.0, 2.0, 1e4])),
        hnp.arrays(np.int64, n, elements=st.integers(0, 2)),
    )
)


def both_kinds(labels):
    counts = np.unique(labels, return_counts=True)[1]
    return len(counts) > 1 and counts.max() > 1


def within(report, name, exact):
    return abs(report.figures[name].value - exact) <= report.bin_errors[name] + 1e-12


@settings(deadline=None)
@given(tied_sets, st.integers(2, 40))
def test_the_stated_bin_error_bounds_the_error_on_tied_data(data, bins):
    embeddings, labels = data
    assume(both_kinds(labels))
    genuine, impostor = oracle.pairs(embeddings, labels)
    report = verify(embeddings, labels, bins=bins, resamples=0)
    assert (report.genuine_pairs, report.impostor_pairs) == (len(genuine), len(impostor))
    assert within(report, "roc_auc", oracle.roc_auc(genuine, impostor))
    assert within(report, "eer", oracle.equal_error_rate(genuine, impostor))


@pytest.mark.parametrize("bins", [3, 10, 100, 4096])
def test_the_stated_bin_error_bounds_the_error(bins):
    embeddings, labels = people(12, 5)
    genuine, impostor = oracle.pairs(embeddings, labels)
    report = verify(embeddings, labels, bins=bins, fars=[0.2, 0.05, 0.01], resamples=0)
    assert within(report, "roc_auc", oracle.roc_auc(genuine, impostor))
    assert within(report, "eer", oracle.equal_error_rate(genuine, impostor))
    for far in (0.2, 0.05, 0.01):
        error = report.bin_errors[f"tar_at_far_{far:g}"]
        assert (
            -1e-12
            <= oracle.tar_at_far(genuine, impostor, far) - report.figures[f"tar_at_far_{far:g}"].value
            <= error + 1e-12
        )


def test_the_bin_error_is_needed_and_vanishes_with_the_bins():
    """With 3 bins the error is large and said to be; with 60,000 each of the 1,770 distances has a bin of its own."""
    embeddings, labels = people(12, 5)
    exact = oracle.roc_auc(*oracle.pairs(embeddings, labels))
    coarse = verify(embeddings, labels, bins=3, resamples=0)
    fine = verify(embeddings, labels, bins=60_000, resamples=0)
    assert abs(coarse.figures["roc_auc"].value - exact) > 0.01
    assert coarse.bin_errors["roc_auc"] > 0.05
    assert fine.bin_errors["roc_auc"] < 1e-4
    assert fine.figures["roc_auc"].value == pytest.approx(exact, abs=1e-4)


def test_scikit_learn_finds_the_same():
    embeddings, labels = people(30, 6, noise=1.5)
    left, right = np.triu_indices(len(labels), 1)
    same = labels[left] == labels[right]
    distances = np.linalg.norm(embeddings[left].astype(float) - embeddings[right], axis=1)
    report = verify(embeddings, labels, resamples=0)
    assert within(report, "roc_auc", roc_auc_score(same, -distances))
    far, tar, _ = roc_curve(same, -distances, drop_intermediate=False)
    for target in (0.1, 0.01, 0.001):
        exact = tar[far <= target].max()
        assert (
            -1e-12
            <= exact - report.figures[f"tar_at_far_{target:g}"].value
            <= report.bin_errors[f"tar_at_far_{target:g}"] + 1e-12
        )
    # The binned curve has no points but those of the exact one.
    where = np.searchsorted(np.sort(distances), report.curve.thresholds, side="right")
    ranked = same[np.argsort(distances)]
    np.testing.assert_allclose(report.curve.far, np.r_[0, np.cumsum(~ranked)][where] / (~same).sum(), rtol=1e-14)
    np.testing.assert_allclose(report.curve.frr, 1 - np.r_[0, np.cumsum(ranked)][where] / same.sum(), atol=1e-14)


@settings(deadline=None)
@given(tied_sets, st.randoms(use_true_random=False))
def test_order_and_names_change_nothing(data, random):
    embeddings, labels = data
    assume(both_kinds(labels))
    expected = verify(embeddings, labels, bins=64, resamples=0)  # compared as written: NaN is equal to nothing
    order = random.sample(range(len(labels)), len(labels))
    names = np.array(["zebra", "ape", "mule"])[labels]
    assert repr(verify(embeddings[order], labels[order], bins=64, resamples=0)) == repr(expected)
    assert repr(verify(embeddings, names, bins=64, resamples=0)) == repr(expected)


def test_order_changes_no_interval_either():
    embeddings, labels = people(12, 5)
    order = np.random.default_rng(1).permutation(len(labels))
    expected = verify(embeddings, labels, resamples=50)
    assert repr(verify(embeddings[order], labels[order], resamples=50)) == repr(expected)


@pytest.mark.parametrize(("dim", "bins"), [(3, 2), (17, 4), (17, 20), (256, 12), (256, 20)])
def test_blocks_and_order_change_no_count_with_many_duplicates(dim, bins):
    """503 rows drawn from 60 on a grid whose distances fall on edges, the last one that counts (bins − 1) included."""
    rng = np.random.default_rng(dim)
    embeddings = rng.integers(0, 2, (60, dim)).astype(np.float32)[rng.integers(0, 60, 503)]
    labels = rng.integers(0, 30, 503)
    expected = pair_histograms(embeddings, labels, bins=bins, width=1.0)
    for memory in (1, 300_000, 2_000_000):
        order = rng.permutation(503)
        found = pair_histograms(embeddings[order], labels[order], bins=bins, width=1.0, memory=memory)
        for ours, theirs in zip(found, expected, strict=True):
            np.testing.assert_array_equal(ours, theirs)
    # A squared distance is a count of differing digits: k² of them lie on the edge k, and belong to the bin before.
    left, right = np.triu_indices(503, 1)
    squares = np.count_nonzero(embeddings[left] != embeddings[right], axis=1)
    places = np.clip(np.ceil(np.sqrt(squares)).astype(int) - 1, 0, bins - 1)
    same = labels[left] == labels[right]
    np.testing.assert_array_equal(expected.genuine.sum(axis=0), np.bincount(places[same], minlength=bins))
    np.testing.assert_array_equal(expected.all_impostor, np.bincount(places[~same], minlength=bins))


@pytest.mark.parametrize("groups", [1, 3, 1024])
def test_each_pair_counts_in_the_groups_of_both_its_members(groups):
    embeddings, labels = people(7, 4)
    found = pair_histograms(embeddings, labels, bins=50, groups=groups)
    whole = pair_histograms(embeddings, labels, bins=50)
    assert found.genuine.shape == (min(groups, 7), 50)
    np.testing.assert_array_equal(found.genuine.sum(axis=0), whole.genuine.sum(axis=0))
    np.testing.assert_array_equal(found.all_impostor, whole.all_impostor)
    if groups == 1024:
        for i in range(7):
            others = oracle.pairs(embeddings, labels == i)[1]
            assert found.impostor[i].sum() == len(others) == 4 * 24
            np.testing.assert_array_equal(found.impostor[i], np.histogram(others, [0, *found.edges])[0])


def test_a_far_outlier_costs_precision_and_says_so():
    """At 1e11 from the others, all distances but its own share the first bin: the figures are known to ± much."""
    embeddings, labels = people(12, 5)
    embeddings = np.vstack([embeddings, np.full((1, 8), 1e11, np.float32)])
    labels = np.append(labels, 0)
    report = verify(embeddings, labels, resamples=0)
    assert report.bin_errors["roc_auc"] > 0.3
    assert within(report, "roc_auc", oracle.roc_auc(*oracle.pairs(embeddings, labels)))
    # Products with the outlier are off by far more than these bins, but pairs near an edge are measured again.
    found = pair_histograms(embeddings, labels, bins=50, width=0.2)
    genuine, impostor = oracle.pairs(embeddings, labels)
    edges = [0, *found.edges]
    np.testing.assert_array_equal(found.genuine.sum(axis=0), np.histogram(genuine, edges)[0])
    np.testing.assert_array_equal(found.all_impostor, np.histogram(impostor, edges)[0])


@pytest.mark.parametrize("value", [0.0, 0.1, -3.7e4, 1e140, 1e-200])
def test_collapsed_embeddings_score_chance(value):
    report = verify(np.full((60, 37), value), np.repeat([0, 1, 2], 20), resamples=20)
    assert (report.figures["roc_auc"].value, report.figures["eer"].value, report.bin_errors["roc_auc"]) == (
        0.5,
        0.5,
        0.5,
    )
    assert report.figures["tar_at_far_0.1"].value == 0.0
    assert report.figures["roc_auc"].interval is None


@pytest.mark.parametrize("scale", [1e-100, 1e-30, 1e30, 1e140])
def test_scale_changes_no_rate(scale):
    embeddings, labels = people(12, 5)
    embeddings = embeddings.astype(np.float64)
    report = verify(embeddings, labels, resamples=0)
    # A power of two would keep even the last bit; these may move one pair across an edge.
    assert verify(embeddings * scale, labels, resamples=0).figures["roc_auc"].value == pytest.approx(
        report.figures["roc_auc"].value, abs=1e-4
    )


def test_two_points_are_told_apart_perfectly_and_get_no_interval():
    report = verify(np.repeat([[0.0], [1.0]], 5, axis=0), np.repeat([0, 1], 5))
    assert (report.figures["roc_auc"].value, report.figures["eer"].value, report.bin_errors["roc_auc"]) == (
        1.0,
        0.0,
        0.0,
    )
    assert report.figures["roc_auc"].interval is None


def test_singletons_bring_impostor_pairs_only():
    """a a b c: one genuine pair, and 2·2 + 1 impostor pairs."""
    report = verify([[0.0], [1.0], [5.0], [9.0]], list("aabc"), resamples=0)
    assert (report.genuine_pairs, report.impostor_pairs, report.identities, report.figures["roc_auc"].value) == (
        1,
        5,
        3,
        1.0,
    )


@pytest.mark.parametrize(
    ("one", "other"),
    [(np.int64(2**53), np.int64(2**53 + 1)), (np.uint64(2**63), np.uint64(2**63 + 1)), (2**53, 2**64), ("a", "a ")],
)
def test_close_labels_stay_apart(one, other):
    report = verify([[0.0], [1.0], [10.0], [11.0]], [one, one, other, other], resamples=0)
    assert (report.identities, report.genuine_pairs, report.impostor_pairs) == (2, 2, 4)


def test_a_false_accept_rate_without_support_is_refused():
    """2 · 5 rows have 25 impostor pairs: 10 false accepts are 40 % of them, and 0.4 is just enough."""
    embeddings, labels = people(2, 5)
    report = verify(embeddings, labels, fars=[0.4, 0.39], resamples=10)
    assert not math.isnan(report.figures["tar_at_far_0.4"].value)
    assert math.isnan(report.figures["tar_at_far_0.39"].value)
    assert report.refused == {"tar_at_far_0.39": "FAR 0.39 needs 26 impostor pairs (10 false accepts); there are 25"}
    assert "not reported: FAR 0.39 needs" in str(report)
    assert report.to_dict()["figures"]["tar_at_far_0.39"] == {"value": None, "interval": None}


def test_the_end_of_each_interval_is_at_its_figure():
    report = verify(*people(12, 5), fars=[0.1], resamples=20)
    assert list(report.figures) == ["roc_auc", "eer", "eer_threshold", "tar_at_far_0.1"]
    for figure in report.figures.values():
        assert figure.interval[0] <= figure.value <= figure.interval[1]


def test_progress_counts_rows():
    seen = []
    verify(*people(12, 5), resamples=0, progress=lambda done, total: seen.append((done, total)))
    assert seen == [(5 * i, 60) for i in range(1, 13)]


@pytest.mark.parametrize(
    ("arguments", "error", "words"),
    [
        ({"embeddings": [1.0, 2.0], "labels": [0, 0]}, ValueError, r"\[n, dim\]"),
        ({"embeddings": [[1.0], [2.0]], "labels": [0]}, ValueError, r"`labels` to be \[2\]"),
        ({"embeddings": [[1.0], [np.nan]], "labels": [0, 0]}, ValueError, "first in row 1"),
        ({"embeddings": [["a"], ["b"]], "labels": [0, 0]}, TypeError, "real numbers"),
        ({"embeddings": [[1.0], [2.0]], "labels": [0.0, np.nan]}, ValueError, "NaN"),
        ({"embeddings": [[1.0], [2.0]], "labels": [0, 0]}, ValueError, "two identities"),
        ({"embeddings": [[1.0], [2.0]], "labels": [0, 1]}, ValueError, "genuine pairs"),
        ({"embeddings": [[1.0]] * 3, "labels": [0, 0, 1], "fars": [0.0]}, ValueError, "`fars`"),
        ({"embeddings": [[1.0]] * 3, "labels": [0, 0, 1], "fars": ["0.1"]}, TypeError, "`fars`"),
        ({"embeddings": [[1.0]] * 3, "labels": [0, 0, 1], "confidence": 95}, ValueError, "`confidence`"),
        ({"embeddings": [[1.0]] * 3, "labels": [0, 0, 1], "bins": 1}, ValueError, "`bins`"),
        ({"embeddings": [[1.0]] * 3, "labels": [0, 0, 1], "resamples": -1}, ValueError, "`resamples`"),
    ],
)
def test_bad_arguments_raise(arguments, error, words):
    with pytest.raises(error, match=words):
        verify(**arguments)


def test_a_width_is_a_distance():
    with pytest.raises(ValueError, match="`width`"):
        pair_histograms([[0.0], [1.0], [2.0]], [0, 0, 1], width=0.0)
