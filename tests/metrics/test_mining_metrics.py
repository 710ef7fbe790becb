"""What the metrics say of a batch, against a naive loop over its triplets, alone and in `fit`."""

import keras
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from semihard.losses import TripletSemiHardLoss, triplet_semihard_loss
from semihard.metrics import ActiveTriplets, FallbackPairs, NegativeDistance, PositiveDistance

CLASSES = [ActiveTriplets, FallbackPairs, PositiveDistance, NegativeDistance]


def naive(labels, points, margin):
    """Lists over positive pairs: (active, fell back, positive distance, negative distance)."""
    found = []
    for i in range(len(labels)):
        negatives = [np.linalg.norm(points[i] - points[n]) for n in range(len(labels)) if labels[n] != labels[i]]
        for j in range(len(labels)):
            if j == i or labels[j] != labels[i] or not negatives:
                continue
            positive = np.linalg.norm(points[i] - points[j])
            farther = [d for d in negatives if d > positive]
            negative = min(farther) if farther else max(negatives)
            found.append((margin + positive - negative >= 0, not farther, positive, negative))
    return found


def values(labels, points, margin):
    metrics = [ActiveTriplets(margin), FallbackPairs(), PositiveDistance(), NegativeDistance()]
    for metric in metrics:
        metric.update_state(labels, points)
    return [float(metric.result()) for metric in metrics]


def batch(seed, size=16, classes=4, dim=3):
    rng = np.random.default_rng(seed)
    return rng.integers(0, classes, size), rng.normal(size=(size, dim)).astype("float32")


@settings(max_examples=12, deadline=None)
@given(st.integers(0, 999))
def test_a_batch_against_a_naive_loop(seed):
    labels, points = batch(seed)
    expected = np.mean(naive(labels, points.astype(float), 0.5), axis=0)
    np.testing.assert_allclose(values(labels, points, 0.5), expected, rtol=1e-4, atol=1e-6)


def test_together_they_give_the_loss_where_every_triplet_pulls():
    """Σ (margin + positive − negative) / pairs is the loss when the margin is larger than any distance."""
    labels, points = batch(3)
    active, _, positive, negative = values(labels, points, 50.0)
    assert active == pytest.approx(1)
    assert 50 + positive - negative == pytest.approx(float(triplet_semihard_loss(labels, points, 50.0)), rel=1e-5)


def test_batches_weigh_by_their_pairs():
    first, second = batch(0), batch(1, size=8, classes=2)
    metric = ActiveTriplets(0.3)
    for labels, points in (first, second):
        metric.update_state(labels, points)
    both = [row[0] for labels, points in (first, second) for row in naive(labels, points.astype(float), 0.3)]
    assert float(metric.result()) == pytest.approx(np.mean(both))
    metric.reset_state()
    assert float(metric.result()) == 0


@pytest.mark.parametrize("labels", [[0, 1, 2, 3], [0, 0, 0, 0]])
def test_batches_without_pairs_or_negatives_count_nothing(labels):
    points = np.random.default_rng(0).normal(size=(4, 2)).astype("float32")
    for kind in CLASSES:
        metric = kind()
        metric.update_state(labels, points)
        assert (float(metric.result()), float(metric.pairs)) == (0, 0)


def test_nan_is_not_hidden():
    labels, points = batch(0)
    points[3, 1] = np.nan
    for kind in CLASSES:
        metric = kind()
        metric.update_state(labels, points)
        assert np.isnan(float(metric.result())), kind


def test_in_fit_they_are_those_of_the_batches():
    """One step an epoch and a learning rate of 0: the figures of the logs are those of the untrained embeddings."""
    labels, points = batch(5, size=32)
    model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(2)])
    metrics = [ActiveTriplets(0.5), FallbackPairs(), PositiveDistance(), NegativeDistance()]
    model.compile(keras.optimizers.SGD(0.0), loss=TripletSemiHardLoss(0.5), metrics=metrics)
    logs = model.fit(points, labels, batch_size=32, epochs=1, verbose=0).history
    expected = np.mean(naive(labels, model.predict(points, verbose=0).astype(float), 0.5), axis=0)
    names = ["active_triplets", "fallback_pairs", "positive_distance", "negative_distance"]
    np.testing.assert_allclose([logs[name][0] for name in names], expected, rtol=1e-3, atol=1e-5)


@pytest.mark.parametrize("kind", CLASSES)
def test_config_comes_back(kind):
    metric = kind(distance_metric="angular", name="mine")
    again = kind.from_config(metric.get_config())
    assert again.get_config() == metric.get_config()
    with pytest.raises(ValueError, match="distance_metric"):
        kind(distance_metric="L3")
