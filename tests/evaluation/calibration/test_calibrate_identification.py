"""A threshold for searches in a gallery: what strangers and the enrolled get, counted by hand and on fresh people."""

import itertools
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from semihard.evaluation import Estimate, calibrate, calibrate_identification
from semihard.evaluation.calibration._identification_rates import (
    Errors,
    false_negatives,
    false_positives,
    hit_shares,
    with_intervals,
)
from semihard.evaluation.calibration._identification_threshold import threshold_for_fpir
from semihard.evaluation.calibration._searches import searches_of
from semihard.evaluation.calibration._split import held_out_rows
from semihard.gallery import Gallery


def people(identities, each, seed=0, dim=16, noise=(0.3, 0.6)):
    """Identities around points of their own, some of them more widely than others."""
    rng, labels = np.random.default_rng(seed), np.arange(identities).repeat(each)
    wide = rng.uniform(*noise, (identities, 1))
    return rng.normal(size=(identities, dim))[labels] + wide[labels] * rng.normal(size=(len(labels), dim)), labels


def distance(a, b):
    return math.sqrt(sum((float(x) - float(y)) ** 2 for x, y in zip(a, b, strict=True)))


def searched(embeddings, labels, row, enrolled):
    """The name and the distance that a search of a row finds in a gallery of identities, by a loop."""
    others = [item for item in range(len(labels)) if item != row and labels[item] in enrolled]
    found = [
        (distance(embeddings[row], embeddings[item]), labels[item] == labels[row], labels[item]) for item in others
    ]
    return min(found, default=(math.inf, True, None))  # of two as near the one that is wrong


def by_hand(embeddings, labels, size, threshold):
    """FPIR and FNIR over each gallery that can be drawn, by loops."""
    identities = sorted(set(labels))
    positives, negatives = [], []
    for row, own in enumerate(labels):
        others = [name for name in identities if name != own]
        for enrolled in itertools.combinations(others, size):
            positives.append(searched(embeddings, labels, row, enrolled)[0] <= threshold)
        if list(labels).count(own) > 1:
            for enrolled in itertools.combinations(others, size - 1):
                far, _, name = searched(embeddings, labels, row, (*enrolled, own))
                negatives.append(far > threshold or name != own)
    return np.mean(positives), np.mean(negatives)


@pytest.mark.parametrize("enrolled", [None, 1, 2, 9])
def test_distances_to_identities_are_those_of_loops(enrolled):
    embeddings, labels = people(7, 4, dim=3)
    embeddings, labels = embeddings[:-2], labels[:-2]  # one has two
    found = searches_of(embeddings, labels, enrolled, seed=1)
    assert found.own.tolist() == labels.tolist()
    if enrolled == 2:  # which two, the distances of 0 tell
        mates = np.isfinite(found.mates)
        assert mates.sum() == 6 * 2
    for row, own in enumerate(labels):
        for name in set(labels):
            items = [item for item in range(len(labels)) if labels[item] == name and item != row]
            near = sorted(distance(embeddings[row], embeddings[item]) for item in items)
            if name == own:
                assert found.distances[row, name] == math.inf
                if enrolled in (None,):
                    assert found.mates[row] == pytest.approx(near[0])
            elif enrolled in (None, 9):
                assert found.distances[row, name] == pytest.approx(near[0])
            else:
                assert min(abs(found.distances[row, name] - one) for one in near) < 1e-12
    if enrolled == 9:  # all are in the gallery, and none is left to look for them
        assert np.isnan(found.mates).all()


def test_of_too_many_searches_some_are_made():
    embeddings, labels = people(10, 5)
    every, some = (searches_of(embeddings, labels, None, 0, most=most) for most in (10**6, 200))
    assert some.distances.shape == (20, 10)
    rows = [np.flatnonzero((every.distances == row).all(axis=1))[0] for row in some.distances]
    assert rows == sorted(set(rows))
    assert np.array_equal(every.own[rows], some.own)


@pytest.mark.parametrize("others", [1, 2, 5, 8])
def test_hit_shares_are_those_of_all_galleries(others):
    for size in range(others + 1):
        for near in range(others + 1):
            galleries = list(itertools.combinations(range(others), size))
            share = np.mean([any(item < near for item in gallery) for gallery in galleries])
            assert hit_shares(others, size)[near] == pytest.approx(share)


def test_beyond_the_identities_at_hand_the_share_is_a_bound():
    """Of a search that a share p of all people resemble: 1 − (1 − p)^N ≤ N / m (1 − (1 − p)^m) for N ≥ m."""
    p = np.linspace(0.0, 1.0, 101)
    for others, size in ((5, 7), (20, 1000)):
        with_all = 1 - (1 - p) ** others
        bound = with_all * hit_shares(others, size)[1] / hit_shares(others, others)[1]
        assert (bound >= 1 - (1 - p) ** size - 1e-12).all()


@pytest.mark.parametrize("size", [1, 2, 4, 6])
@pytest.mark.parametrize("threshold", [0.5, 1.0, 2.0])
def test_the_rates_are_those_of_all_galleries(size, threshold):
    embeddings, labels = people(7, 3, dim=2, noise=(0.1, 0.9))
    embeddings, labels = embeddings[:-2], labels[:-2]  # one has one
    found = searches_of(embeddings, labels, None, 0)
    reach = np.full(len(labels), threshold)
    positives, negatives = by_hand(embeddings, labels, size, threshold)
    assert false_positives(found, reach, size).rate == pytest.approx(positives)
    assert false_negatives(found, reach, size).rate == pytest.approx(negatives)


def test_collapsed_embeddings_find_nobody():
    """All are as near as their own: with ties counted as wrong the FNIR is 1, not 0."""
    found = searches_of(np.zeros((6, 2)), np.arange(6) // 2, None, 0)
    assert false_negatives(found, np.ones(6), 2).rate == 1.0
    assert false_positives(found, np.ones(6), 1).rate == 1.0


def test_what_an_identity_causes_is_what_goes_without_it():
    """In a gallery of all others: errors of other searches that vanish when one identity is left out."""
    embeddings, labels = people(8, 3, dim=2)
    found = searches_of(embeddings, labels, None, 0)
    near = found.distances <= 0.7
    caused = false_positives(found, np.full(24, 0.7), 7).caused
    for name in range(8):
        without = np.delete(near, name, axis=1)
        assert caused[name] == pytest.approx((near.any(axis=1) & ~without.any(axis=1)).sum())


@pytest.mark.parametrize(("target", "size"), [(0.05, 5), (0.2, 30), (0.3, 60), (0.01, 1)])
def test_the_threshold_keeps_to_its_target_and_wastes_nothing(target, size):
    embeddings, labels = people(40, 10, noise=(0.3, 0.9))
    found = searches_of(embeddings, labels, None, 0)
    threshold = threshold_for_fpir(found, target, size)

    def rate(reach):
        return false_positives(found, np.full(len(labels), reach), size).rate

    assert rate(threshold) <= target * (1 + 1e-9)
    for guess in (1e-9, 0.93 * threshold, 1.08 * threshold, 1e9):
        assert threshold_for_fpir(found, target, size, guess) == threshold
    beyond = found.distances[found.distances > threshold].min()
    assert rate(beyond) > target
    assert not ((found.distances > threshold - 1e-9) & (found.distances < threshold + 1e-9)).any()


def test_identities_are_split_and_each_half_is_for_itself():
    embeddings, labels = people(60, 6)
    more = {"target_fpir": 0.05, "gallery": 10, "resamples": 50}
    found = calibrate_identification(embeddings, labels, held_out=0.5, seed=4, **more)
    held = held_out_rows(labels, 0.5, 4)
    assert not set(labels[held]) & set(labels[~held])
    for rows, figures in ((~held, found.fitted), (held, {name: one.value for name, one in found.achieved.items()})):
        codes = np.unique(labels[rows], return_inverse=True)[1]
        part = searches_of(embeddings[rows], codes, None, 0)
        reach = np.full(len(codes), found.threshold)
        assert figures["fpir"] == pytest.approx(false_positives(part, reach, 10).rate)
        assert figures["fnir"] == pytest.approx(false_negatives(part, reach, 10).rate)
    assert found.judged == "held out"
    assert found.counts == {
        "fitted_identities": 30,
        "fitted_searches": 180,
        "fitted_mate_searches": 180,
        "held_out_identities": 30,
        "held_out_searches": 180,
        "held_out_mate_searches": 180,
    }
    assert found.measured == 29
    assert list(found.growth) == [1, 2, 5, 10, 20, 29]
    assert found.growth[10] == found.achieved["fpir"]
    assert (np.diff([figure.value for figure in found.growth.values()]) > 0).all()


def test_each_is_judged_by_the_threshold_of_the_others():
    embeddings, labels = people(20, 12, noise=(0.3, 0.9))
    found = calibrate_identification(embeddings, labels, target_fpir=0.1, gallery=15, resamples=50)
    assert found.judged == "left out"
    reach = np.empty(len(labels))
    for name in range(20):
        others = labels != name
        codes = labels[others] - (labels[others] > name)
        reach[~others] = threshold_for_fpir(searches_of(embeddings[others], codes, None, 0), 0.1, 15)
    every = searches_of(embeddings, labels, None, 0)
    assert found.achieved["fpir"].value == pytest.approx(false_positives(every, reach, 15).rate)
    assert found.threshold == pytest.approx(threshold_for_fpir(every, 0.1, 15))
    with pytest.raises(ValueError, match=r"can judge `target_fpir`.*needs 1,500 comparisons.*Leave out `held_out`"):
        calibrate_identification(embeddings, labels, target_fpir=0.1, gallery=15, held_out=0.5)


def test_a_gallery_larger_than_the_data_gets_a_bound():
    embeddings, labels = people(60, 12, noise=(0.3, 0.9))
    found = calibrate_identification(embeddings, labels, target_fpir=0.1, gallery=80, resamples=50)
    assert found.measured == 59 and found.judged == "left out"
    assert found.growth[80].value == pytest.approx(found.growth[59].value * 80 / 59)
    assert "FPIR       at most" in str(found)
    assert found.fitted["fpir"] <= 0.1


@settings(max_examples=15)
@given(st.integers(0, 2**31), st.sampled_from([str, "name {:03}".format, float]))
def test_the_order_of_rows_and_the_names_of_labels_change_nothing(seed, rename):
    embeddings, labels = people(40, 4)
    one = calibrate_identification(embeddings, labels + 100, target_fpir=0.1, gallery=5, resamples=10)
    order = np.random.default_rng(seed).permutation(len(labels))
    names = [rename(label) for label in labels[order] + 100]
    two = calibrate_identification(embeddings[order], names, target_fpir=0.1, gallery=5, resamples=10)
    assert two.threshold == pytest.approx(one.threshold, rel=1e-9)
    for name in ("fpir", "fnir"):
        assert two.achieved[name].value == pytest.approx(one.achieved[name].value, rel=1e-9)


def test_more_enrolled_of_each_find_more_of_both():
    embeddings, labels = people(100, 6)
    one, three = (
        calibrate_identification(embeddings, labels, target_fpir=0.05, gallery=20, enrolled=enrolled, resamples=10)
        for enrolled in (1, 3)
    )
    assert three.achieved["fnir"].value < one.achieved["fnir"].value
    assert three.threshold < one.threshold
    assert one.counts["fitted_mate_searches"] == 100 * 5
    assert three.counts["fitted_mate_searches"] == 100 * 3


def test_directions_are_those_of_unit_vectors():
    embeddings, labels = people(60, 6)
    unit = embeddings / np.linalg.norm(embeddings, axis=1, keepdims=True)
    more = {"target_fpir": 0.05, "gallery": 10, "resamples": 10}
    one = calibrate_identification(unit, labels, **more)
    two = calibrate_identification(7 * embeddings, labels, directions=True, **more)
    assert two.threshold == pytest.approx(one.threshold)
    assert "distance of directions" in str(two)
    gallery = Gallery.create(embeddings, labels, metric="cosine_distance", threshold=two)
    assert gallery.threshold == pytest.approx(two.threshold**2 / 2)
    with pytest.raises(ValueError, match="directions=True"):
        gallery.threshold = one


@pytest.mark.parametrize(
    ("size", "identities", "each", "seed"), [(50, 400, 6, 0), (50, 400, 6, 1), (50, 73, 20, 2), (1000, 1500, 3, 3)]
)
def test_the_threshold_holds_on_fresh_strangers(size, identities, each, seed):
    """People that no calibration has seen, in a `Gallery`: the share with a name is in the interval of the FPIR."""
    found = calibrate_identification(*people(identities, each, seed), target_fpir=0.01, gallery=size, seed=seed)
    low, high = found.achieved["fpir"].interval
    assert low < 0.01 < high
    embeddings, labels = people(4000, each, seed + 100)
    named, searches = 0, 0
    for first in range(0, 1000, size):
        enrolled = (labels >= first) & (labels < first + size)
        gallery = Gallery.create(embeddings[enrolled], labels[enrolled], threshold=found)
        strangers = embeddings[labels >= 1000][::each]
        matched = gallery.match(strangers)
        named += sum(label is not None for label in matched.labels)
        searches += len(strangers)
    assert searches == 3000 * 1000 // size
    assert low < named / searches < high


def test_in_most_simulations_the_interval_holds_the_truth():
    """Of 40, each with other people, at least 34; of 95 % intervals 38 are expected, and fewer than 34 once in 100."""
    fresh = searches_of(*people(1500, 5, 1000), None, 0)
    hits, truths = 0, []
    for seed in range(40):
        found = calibrate_identification(*people(200, 5, seed), target_fpir=0.02, gallery=50, resamples=300, seed=seed)
        truth = false_positives(fresh, np.full(len(fresh.own), found.threshold), 50).rate
        truths.append(truth)
        figure = found.achieved["fpir"]
        hits += figure.interval is not None and figure.interval[0] <= truth <= figure.interval[1]
    assert hits >= 34
    # The largest threshold that keeps to the target on few people is a little too large for all.
    assert 0.018 < np.mean(truths) < 0.024


def test_a_threshold_of_pairs_names_many_strangers_and_this_one_does_not():
    """One in a hundred pairs is one in two or three searches among 50."""
    embeddings, labels = people(200, 6)
    pairs = calibrate(embeddings, labels, target_far=0.01, resamples=10)
    fresh = searches_of(*people(200, 6, 50), None, 0)
    rate = false_positives(fresh, np.full(1200, pairs.threshold), 50).rate
    assert rate > 0.25


def test_without_an_error_there_is_no_interval():
    errors = Errors(np.full(9, 2.0), np.zeros(9), np.zeros(9))
    assert with_intervals([errors], 0.95, 100, 0) == [Estimate(0.0)]
    none = Errors(np.zeros(9), np.zeros(9), np.zeros(9))
    (figure,) = with_intervals([none], 0.95, 100, 0)
    assert math.isnan(figure.value) and figure.interval is None


def test_in_sample_there_are_the_figures_on_what_was_fitted():
    """Four identities: without one, three are too few."""
    embeddings, labels = people(4, 10, dim=2)
    found = calibrate_identification(embeddings, labels, target_fpir=0.2, gallery=2)
    assert found.judged == "in sample" and not found.achieved and not found.growth
    assert found.figures["fpir"].value == found.fitted["fpir"] <= 0.2 + 1e-9
    assert "in sample" in str(found)
    assert found.to_dict()["judged"] == "in sample"


@pytest.mark.parametrize(
    ("more", "error", "words"),
    [
        ({"target_fpir": 0.0}, ValueError, "`target_fpir` to lie between 0 and 1"),
        ({"gallery": 0}, ValueError, "`gallery` to be at least 1"),
        ({"gallery": 2.5}, TypeError, "whole number"),
        ({"enrolled": 0}, ValueError, "`enrolled` to be at least 1"),
        ({"target_fpir": 1e-4}, ValueError, r"FPIR 0\.0001 in a gallery of 50 needs 5,000,000 comparisons"),
        ({"held_out": 0.01}, ValueError, "at least 10 identities with two embeddings"),
    ],
)
def test_what_cannot_be_is_refused(more, error, words):
    with pytest.raises(error, match=words):
        calibrate_identification(*people(60, 4), **{"target_fpir": 0.2, **more})


def test_embeddings_that_cannot_be_judged_are_refused():
    embeddings, labels = people(30, 20)
    with pytest.raises(ValueError, match="at least 3 identities"):
        calibrate_identification(embeddings, labels % 2)
    with pytest.raises(ValueError, match="finite"):
        calibrate_identification(np.full((9, 2), np.nan), np.arange(9) // 3)
    with pytest.raises(ValueError, match=r"There is none.*copies under different labels"):
        calibrate_identification(np.zeros((600, 3)), labels, gallery=1)
