"""Intervals: do resampled counts have the weights they claim, and do intervals cover the truth?"""

import numpy as np
import pytest

from semihard.evaluation import pair_histograms, roc_auc, verification_curve, verify, verify_pairs
from semihard.evaluation.verification import percentile_interval, resampled_counts
from tests.evaluation.verification.people import people, true_eer, true_roc_auc


def pair_lists(embeddings, labels):
    left, right = np.triu_indices(len(labels), 1)
    distances = np.linalg.norm(embeddings[left].astype(float) - embeddings[right], axis=1)
    return distances, labels[left], labels[right]


def draws(groups, resamples, seed):
    return np.random.default_rng(seed).multinomial(groups, np.full(groups, 1 / groups), size=resamples)


def test_resampled_counts_weigh_each_pair_as_stated():
    """Genuine pairs of i count w_i times; impostor pairs of i and j w_i + w_j − 1 times."""
    embeddings, labels = people(6, 3)
    histograms = pair_histograms(embeddings, labels, bins=30)
    distances, left, right = pair_lists(embeddings, labels)
    bins = np.searchsorted(histograms.edges, distances)
    same = left == right
    genuine, impostor = (np.concatenate(part) for part in zip(*resampled_counts(histograms, 200, seed=5), strict=True))
    # 200 draws come in two portions, of 128 and 72, from one generator.
    rng = np.random.default_rng(5)
    weights = np.vstack([rng.multinomial(6, np.full(6, 1 / 6), size=some) for some in (128, 72)])
    for w, g, i in zip(weights, genuine, impostor, strict=True):
        np.testing.assert_allclose(g, np.bincount(bins[same], w[left[same]], minlength=30), atol=1e-9)
        pairs = (w[left] + w[right] - 1)[~same]
        np.testing.assert_allclose(i, np.bincount(bins[~same], pairs, minlength=30), atol=1e-9)


def test_groups_of_identities_weigh_pairs_between_them():
    """Three groups for six identities: an impostor pair inside a group counts w times, as the group is drawn whole."""
    embeddings, labels = people(6, 3)
    histograms = pair_histograms(embeddings, labels, bins=2, width=1e9, groups=3, seed=1)
    group = np.random.default_rng(1).permutation(6) % 3
    weights = draws(3, 40, seed=5)
    genuine, impostor = next(resampled_counts(histograms, 40, seed=5))
    for w, g, i in zip(weights, genuine, impostor, strict=True):
        one, other = np.triu_indices(6, 1)
        inside = group[one] == group[other]
        pairs = np.where(inside, w[group[one]], w[group[one]] + w[group[other]] - 1)
        assert (g[0], i[0]) == (3 * w[group].sum(), 9 * pairs.sum())


def test_projection_agrees_with_exact_weights():
    """The interval from all pairs (projected weights) and from the same pairs as a list (products of weights).

    With 150 identities the dropped term is of relative size 1/150; both have Monte Carlo error of about 3 % of the
    width with 1,500 draws.
    """
    embeddings, labels = people(150, 3, noise=1.2)
    distances, left, right = pair_lists(embeddings, labels)
    ours = verify(embeddings, labels, fars=[0.1, 0.01], resamples=1500).figures
    report = verify_pairs(distances, left == right, identities=(left, right), fars=[0.1, 0.01], resamples=300)
    for name, figure in report.figures.items():
        low, high = figure.interval
        width = high - low
        assert ours[name].interval[0] == pytest.approx(low, abs=0.2 * width), name
        assert ours[name].interval[1] == pytest.approx(high, abs=0.2 * width), name


def test_intervals_cover_the_truth():
    """95 % intervals of ROC-AUC and EER in 60 repeats; the truth is known in closed form.

    Of 60 intervals that cover with 95 %, fewer than 52 do with a probability of 1 in 125, and all 60 with 1 in 20;
    intervals twice as wide would nearly always cover, so the width is compared with the spread of the estimates.
    """
    truth = {"roc_auc": true_roc_auc(), "eer": true_eer()}
    reports = [verify(*people(60, 4, seed=seed), resamples=200, bins=512, fars=[]) for seed in range(60)]
    for name, value in truth.items():
        assert sum(low <= value <= high for low, high in (r.figures[name].interval for r in reports)) >= 52, name
        spread = 2 * 1.96 * np.std([report.figures[name].value for report in reports])
        width = np.mean([np.diff(report.figures[name].interval) for report in reports])
        assert 0.75 < width / spread < 1.33, name


def test_the_simulation_is_what_the_closed_forms_say():
    report = verify(*people(2000, 3, seed=99), resamples=0, bins=1024, fars=[])
    assert report.figures["roc_auc"].value == pytest.approx(true_roc_auc(), abs=0.005)
    assert report.figures["eer"].value == pytest.approx(true_eer(), abs=0.005)


def test_pairs_resampled_as_if_independent_would_be_too_sure():
    """Each identity has a spread of its own, so its 45 genuine pairs are far from independent.

    The witness draws pairs: its interval is less than two thirds as wide as ours.
    """
    rng = np.random.default_rng(0)
    labels = np.repeat(np.arange(40), 10)
    spread = rng.uniform(0.3, 2.5, 40)[labels, None]
    embeddings = rng.normal(size=(40, 8))[labels] + spread * rng.normal(size=(400, 8))
    low, high = verify(embeddings, labels, resamples=300, fars=[]).figures["roc_auc"].interval
    histograms = pair_histograms(embeddings, labels)
    kinds = [histograms.genuine.sum(axis=0), histograms.all_impostor]
    counts = [rng.multinomial(int(kind.sum()), kind / kind.sum(), size=300) for kind in kinds]
    naive = percentile_interval(roc_auc(verification_curve(histograms.edges, *counts)).value, 0.95)
    assert naive[1] - naive[0] < 2 / 3 * (high - low)


def test_no_interval_where_resampling_has_nothing_to_say():
    nothing = (np.full(10, 0.3), np.full(10, -np.inf), np.array([0.1, 0.2, *[np.nan] * 3]), np.full(10, np.nan))
    assert all(percentile_interval(values, 0.95) is None for values in nothing)
    assert percentile_interval(np.array([0.1, 0.2, np.nan]), 0.95) == (0.1, 0.2)


def test_more_confidence_is_wider():
    embeddings, labels = people(30, 5)
    narrow, wide = (verify(embeddings, labels, confidence=c).figures["eer"].interval for c in (0.5, 0.99))
    assert wide[0] < narrow[0] < narrow[1] < wide[1]
