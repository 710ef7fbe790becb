"""A threshold for a gallery that is given: strangers look for its identities, counted by loops and on fresh people."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from semihard.evaluation import calibrate_identification
from semihard.evaluation.calibration._identification_threshold import supported_fpir, too_few_searches
from semihard.evaluation.calibration._searches import searches_in
from semihard.gallery import Gallery
from tests.evaluation.calibration.test_calibrate_identification import distance, people


def both(strangers=12, enrolled=30, each=6, seed=0, shared=0):
    """Embeddings of strangers and of a gallery, `shared` of the identities in both."""
    embeddings, labels = people(strangers + enrolled, each, seed)
    first, second = labels < strangers, labels >= strangers - shared
    return embeddings[first], labels[first], embeddings[second], labels[second]


def nearest_other(vector, label, gallery, gallery_labels):
    pairs = zip(gallery, gallery_labels, strict=True)
    return min(distance(vector, item) for item, name in pairs if name != label)


def nearest_mate(embeddings, labels, row):
    others = np.flatnonzero(labels == labels[row])
    return min((distance(embeddings[row], embeddings[at]) for at in others if at != row), default=math.nan)


@pytest.mark.parametrize("shared", [0, 5])
def test_distances_to_the_gallery_are_those_of_loops(shared):
    embeddings, labels, gallery, names = both(shared=shared)
    embeddings, labels = embeddings[:-5], labels[:-5]  # one has one
    found = searches_in(gallery, names, embeddings, labels, 0)
    known = sorted(set(names.tolist()))
    assert (found.others, found.identities) == (len(known) - (shared > 0), 12)
    for row, own in enumerate(labels):
        for column, name in enumerate(known):
            expected = min(distance(embeddings[row], item) for item in gallery[names == name])
            assert found.distances[row, column] == (math.inf if name == own else pytest.approx(expected))
        assert found.mates[row] == pytest.approx(nearest_mate(embeddings, labels, row), nan_ok=True)


@pytest.mark.parametrize("shared", [0, 4, 12])
def test_the_rates_are_those_of_loops(shared):
    """Of the gallery as it is: whose own is in it looks among one less, which the rate makes up for."""
    embeddings, labels, gallery, names = both(strangers=20, enrolled=40, shared=shared)
    found = calibrate_identification(
        embeddings, labels, target_fpir=0.2, gallery=gallery, gallery_labels=names, resamples=20
    )
    size = 40 + shared
    assert (found.gallery, found.measured, found.judged) == (size, size, "left out")
    scale = size / (size - bool(shared))
    near = [nearest_other(*pair, gallery, names) for pair in zip(embeddings, labels, strict=True)]
    assert found.fitted["fpir"] == pytest.approx(np.mean(np.array(near) <= found.threshold) * scale)
    assert found.fitted["fpir"] <= 0.2
    # Each judged by the threshold that the nearest distances of all others give.
    wrong = 0
    for name in range(20):
        others = calibrate_identification(
            embeddings[labels != name],
            labels[labels != name],
            target_fpir=0.2,
            gallery=gallery,
            gallery_labels=names,
            resamples=1,
        )
        wrong += (np.array(near)[labels == name] <= others.threshold).sum()
    assert found.achieved["fpir"].value == pytest.approx(wrong / len(labels) * scale)
    # With its own in the place of one of the others, each of which may be the one that gives way.
    false = 0.0
    for row, own in enumerate(labels):
        mate = nearest_mate(embeddings, labels, row)
        nearer = {name for item, name in zip(gallery, names, strict=True) if distance(embeddings[row], item) <= mate}
        left = 1 / size if len(nearer - {own}) == 1 and not shared else 0.0
        false += 1.0 if mate > found.threshold else bool(nearer - {own}) - left
    assert found.fitted["fnir"] == pytest.approx(false / len(labels))


@settings(max_examples=15)
@given(st.integers(0, 2**31), st.sampled_from([str, "name {:03}".format, float]))
def test_the_order_of_rows_and_the_names_of_labels_change_nothing(seed, rename):
    embeddings, labels, gallery, names = both(shared=3)
    more = {"target_fpir": 0.2, "resamples": 10}
    one = calibrate_identification(embeddings, labels, gallery=gallery, gallery_labels=names, **more)
    rng = np.random.default_rng(seed)
    order, other = rng.permutation(len(labels)), rng.permutation(len(names))
    two = calibrate_identification(
        embeddings[order],
        [rename(label) for label in labels[order]],
        gallery=gallery[other],
        gallery_labels=[rename(name) for name in names[other]],
        **more,
    )
    assert two.threshold == pytest.approx(one.threshold, rel=1e-9)
    assert two.fitted == pytest.approx(one.fitted)


def test_directions_are_those_of_unit_vectors():
    embeddings, labels, gallery, names = both()
    unit, items = (one / np.linalg.norm(one, axis=1, keepdims=True) for one in (embeddings, gallery))
    more = {"target_fpir": 0.2, "resamples": 10, "gallery_labels": names}
    one = calibrate_identification(unit, labels, gallery=items, **more)
    two = calibrate_identification(3 * embeddings, labels, gallery=7 * gallery, directions=True, **more)
    assert two.threshold == pytest.approx(one.threshold)


def test_a_gallery_takes_the_threshold_and_keeps_to_it():
    """On strangers that no calibration has seen, in most of 40 galleries; fewer than 34 are expected once in 100."""
    embeddings, labels = people(800, 5, 1000)
    hits, rates = 0, []
    for seed in range(40):
        order = np.random.default_rng(seed).permutation(800)
        own, known, others = (np.isin(labels, part) for part in np.split(order, [60, 110]))
        found = calibrate_identification(
            embeddings[own],
            labels[own],
            target_fpir=0.05,
            gallery=embeddings[known],
            gallery_labels=labels[known],
            resamples=300,
            seed=seed,
        )
        gallery = Gallery.create(embeddings[known], labels[known], threshold=found)
        named = gallery.match(embeddings[others]).labels != None  # noqa: E711 - of each
        rates.append(named.mean())
        low, high = found.achieved["fpir"].interval
        hits += low <= rates[-1] <= high
    assert hits >= 34
    assert 0.04 < np.mean(rates) < 0.06


def test_fewer_strangers_do_than_where_they_are_all_there_is():
    """18 of 20 pictures in a gallery of 73: 10 wrong names of 360 searches, or of 6,120 comparisons for 73."""
    embeddings, labels, gallery, names = both(strangers=18, enrolled=73, each=20)
    more = {"target_fpir": 0.03, "resamples": 10}
    assert calibrate_identification(embeddings, labels, gallery=gallery, gallery_labels=names, **more).achieved
    with pytest.raises(ValueError, match=r"there are 6,120, 360 searches among 17 others, which support 0\.12"):
        calibrate_identification(embeddings, labels, gallery=73, **more)


@pytest.mark.parametrize("held_out", [None, 0.5])
@pytest.mark.parametrize("given", [False, True])
def test_without_a_target_it_is_the_least_that_can_be_judged(held_out, given):
    embeddings, labels, gallery, names = both(strangers=24, enrolled=25, each=10)
    among = {"gallery": gallery, "gallery_labels": names} if given else {"gallery": 25}
    found = calibrate_identification(embeddings, labels, **among, held_out=held_out, resamples=10)
    # Two of 24 are left out together: 220 searches; half of them are 120.
    searches, others = (120, 12) if held_out else (220, 22)
    others = 25 if given else others - bool(held_out) - (not held_out)
    least = math.ceil(1000 * 25 / (searches * others)) / 100
    assert found.criterion == f"target_fpir={least:g}, gallery=25"
    assert found.judged == ("held out" if held_out else "left out")
    assert "no FPIR was asked for: FPIR 0.01 in a gallery of 25 needs 25,000 comparisons" in str(found)
    assert found.to_dict()["chosen"] == found.chosen


def test_what_is_chosen_is_supported_and_nothing_less():
    for searches, others, size in ((340, 72, 73), (100, 9, 8), (10**6, 99, 50), (4000, 99, 50), (57, 20, 20)):
        target, reason = supported_fpir((searches, others), size)
        assert too_few_searches(searches, others, target, size) is None
        assert (reason is None) == (target == 0.01)
        assert target == 0.01 or too_few_searches(searches, others, target - 0.01, size)
    with pytest.raises(ValueError, match=r"0\.25 or less.*which support 0\.28"):
        supported_fpir((37, 99), 99)


@pytest.mark.parametrize(
    ("more", "error", "words"),
    [
        ({"gallery": [[0.0] * 16]}, TypeError, "embeddings with `gallery_labels`.*list without labels"),
        ({"gallery": [[0.0] * 16], "gallery_labels": ["a"]}, TypeError, "text and numbers"),
        ({"gallery": [[0.0] * 16], "gallery_labels": [1, 2]}, ValueError, r"`gallery_labels` to be \[1\]"),
        ({"gallery": [[0.0]], "gallery_labels": [1]}, ValueError, "the same number of dimensions"),
        ({"gallery": [[0.0] * 16], "gallery_labels": [1], "enrolled": 1}, ValueError, "a gallery that is drawn"),
        ({"gallery": 50, "gallery_labels": [1]}, ValueError, r"`gallery` to be \[n, dim\]"),
    ],
)
def test_what_cannot_be_is_refused(more, error, words):
    with pytest.raises(error, match=words):
        calibrate_identification(*people(60, 4), **{"target_fpir": 0.2, **more})
