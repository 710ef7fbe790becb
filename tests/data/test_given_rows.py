"""Pairs and triplets as they are given: `fit` pays for these and no others, each once, as a loop over them does."""

import keras
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from semihard.data import PairBatches, TripletBatches, as_tf_data
from semihard.losses import NTXentLoss, PairContrastiveLoss, TripletLoss
from semihard.relations import GivenPairs

RNG = np.random.default_rng(0)
X = RNG.normal(size=(20, 3)).astype("float32")
TRIPLETS = np.stack([RNG.permutation(20)[:3] for _ in range(12)])
PAIRS = np.stack([RNG.permutation(20)[:2] for _ in range(12)])
SAME = np.arange(12) % 3 == 0
WEIGHTS = RNG.normal(size=(3, 2))


def of_triplets(embeddings, triplets):
    """The mean hinge, triplet by triplet, with a margin of 1."""
    costs = []
    for anchor, positive, negative in triplets:
        near = np.linalg.norm(embeddings[anchor] - embeddings[positive])
        far = np.linalg.norm(embeddings[anchor] - embeddings[negative])
        costs.append(max(1 + near - far, 0))
    return np.mean(costs)


def of_pairs(embeddings, pairs, same):
    """The mean of d² and max(0, 1 − d)², pair by pair."""
    costs = []
    for (a, b), alike in zip(pairs, same, strict=True):
        distance = np.linalg.norm(embeddings[a] - embeddings[b])
        costs.append(distance**2 if alike else max(1 - distance, 0) ** 2)
    return np.mean(costs)


def naive(kind, weights):
    embeddings = X.astype("float64") @ weights
    return of_triplets(embeddings, TRIPLETS) if kind == "triplets" else of_pairs(embeddings, PAIRS, SAME)


def given_batches(kind, count, **options):
    if kind == "triplets":
        return TripletBatches(X, TRIPLETS, triplets_per_batch=count, **options)
    return PairBatches(X, PAIRS, SAME, pairs_per_batch=count, **options)


def linear(kind, rate):
    """A model of WEIGHTS, compiled with the loss that a page names for such batches."""
    model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(2, use_bias=False)])
    model.set_weights([WEIGHTS])
    relation = GivenPairs()
    loss = (
        TripletLoss(negatives="all", relation=relation)
        if kind == "triplets"
        else PairContrastiveLoss(relation=relation)
    )
    model.compile(keras.optimizers.SGD(rate), loss=loss)
    return model


@pytest.mark.parametrize("kind", ["pairs", "triplets"])
def test_fit_pays_for_what_is_given(kind):
    """With weights that stay, an epoch in batches of four is the mean over all; with workers, and gone on with, too."""
    model = linear(kind, 0.0)
    for options, first in (({}, 0), ({"workers": 2}, 1)):
        batches = given_batches(kind, 4, **options)
        callbacks = [batches.callback]
        found = model.fit(batches, epochs=2, initial_epoch=first, shuffle=False, verbose=0, callbacks=callbacks).history
        np.testing.assert_allclose(found["loss"], naive(kind, WEIGHTS), rtol=1e-5)


@pytest.mark.parametrize("kind", ["pairs", "triplets"])
def test_a_step_goes_down_the_slope_of_what_is_given(kind):
    """All of it in one batch, against differences of the loop in float64."""
    model, step = linear(kind, 0.1), 1e-6
    batches = given_batches(kind, 12)
    model.fit(batches, shuffle=False, verbose=0, callbacks=[batches.callback])
    slope = np.zeros_like(WEIGHTS)
    for place in np.ndindex(WEIGHTS.shape):
        shift = np.zeros_like(WEIGHTS)
        shift[place] = step
        slope[place] = (naive(kind, WEIGHTS + shift) - naive(kind, WEIGHTS - shift)) / (2 * step)
    np.testing.assert_allclose(np.asarray(model.get_weights()[0]), WEIGHTS - 0.1 * slope, rtol=1e-4, atol=1e-5)


def test_pairs_that_are_all_alike_have_the_rest_of_the_batch_against_them():
    """The loss of Chen et al., row by row. The same sample again, and what is known to be alike, are no negatives."""
    pairs = np.array([[0, 1], [2, 3], [1, 4], [5, 6]])
    batches = PairBatches(X, pairs, pairs_per_batch=4)
    batches.set_epoch(0)
    samples, relations = batches.planned(0, 0)
    embeddings = X[samples].astype("float64")
    embeddings /= np.linalg.norm(embeddings, axis=1, keepdims=True)
    alike = {(a, b) for a, b in pairs.tolist()} | {(b, a) for a, b in pairs.tolist()}
    costs = []
    for row, sample in enumerate(samples.tolist()):
        partner = row ^ 1
        others = [
            column for column, other in enumerate(samples.tolist()) if other != sample and (sample, other) not in alike
        ]
        assert relations[row, partner] == 1
        assert np.flatnonzero(relations[row] == -1).tolist() == others
        scores = np.exp(embeddings @ embeddings[row] / 0.5)
        costs.append(-np.log(scores[partner] / (scores[partner] + scores[others].sum())))
    found = NTXentLoss(temperature=0.5, relation=GivenPairs())(relations, embeddings.astype("float32"))
    np.testing.assert_allclose(float(found), np.mean(costs), rtol=1e-5)


@settings(max_examples=40, deadline=None)
@given(st.integers(1, 20), st.integers(1, 20), st.integers(0, 99), st.sampled_from([2, 3]))
def test_each_comes_once_before_any_comes_again(count, per_batch, seed, size):
    """In any number of batches from the start; and batches are a function of seed, epoch and step."""
    groups = np.stack([np.random.default_rng([seed, one]).permutation(20)[:size] for one in range(count)])
    make, name = {2: (PairBatches, "pairs"), 3: (TripletBatches, "triplets")}[size]
    options = {f"{name}_per_batch": per_batch, "seed": seed}
    if per_batch > count:
        with pytest.raises(ValueError, match=rf"at most the number of {name}, {count}\."):
            make(X, groups, **options)
        return
    batches, again = make(X, groups, **options), make(X, groups, **options)
    assert batches.steps == -(-count // per_batch)
    numbers: dict[tuple[int, ...], int] = {}
    for place, group in enumerate(groups.tolist()):
        numbers.setdefault(tuple(group), place)
    copies = np.bincount([numbers[tuple(group)] for group in groups.tolist()], minlength=count)
    seen = np.zeros(count)
    np.testing.assert_array_equal(again.planned(2, 0)[0], batches.planned(2, 0)[0])
    for epoch in range(2):
        for step in range(batches.steps):
            places, relations = batches.planned(epoch, step)
            assert relations.shape == (size * per_batch,) * 2
            for group in places.reshape(-1, size).tolist():
                seen[numbers[tuple(group)]] += 1
            of_one = seen[copies > 0] / copies[copies > 0]
            assert of_one.max() - of_one.min() <= 1
            np.testing.assert_array_equal(again.planned(epoch, step)[0], places)


def test_tf_data_feeds_them():
    pytest.importorskip("tensorflow")
    batches = given_batches("triplets", 5)
    for step, (x, relations) in enumerate(as_tf_data(batches).as_numpy_iterator()):
        places, expected = batches.planned(0, step)
        np.testing.assert_array_equal(x, X[places])
        np.testing.assert_array_equal(relations, expected)
    assert step == 2


def test_augmentation_changes_each_sample_by_itself():
    pictures = np.broadcast_to(np.arange(4.0)[None, None, :, None], (20, 2, 4, 1))
    flip = keras.layers.RandomFlip("horizontal", seed=0)
    batches = PairBatches(pictures, PAIRS, SAME, pairs_per_batch=12, augment=flip, workers=2)
    flipped = batches[0][0][:, 0, 0, 0] == 3
    assert 0 < flipped.sum() < 24
    np.testing.assert_array_equal(batches[0][0], batches[0][0])


@pytest.mark.parametrize(
    ("make", "error", "message"),
    [
        (lambda: PairBatches(X, TRIPLETS, pairs_per_batch=2), ValueError, r"to be \[m, 2\].*\(12, 3\)"),
        (lambda: TripletBatches(X, PAIRS, triplets_per_batch=2), ValueError, r"to be \[m, 3\].*\(12, 2\)"),
        (lambda: PairBatches(X, [[0, 20]], pairs_per_batch=1), ValueError, "from 0 to 19.*0 to 20"),
        (lambda: PairBatches(X, [[0, -1]], pairs_per_batch=1), ValueError, "from 0 to 19.*-1 to 0"),
        (lambda: PairBatches(X, [0, 1], pairs_per_batch=1), ValueError, r"2 dimensions.*\(2,\)"),
        (lambda: PairBatches(X, [[0.0, 1.0]], pairs_per_batch=1), TypeError, "whole numbers.*float64"),
        (lambda: PairBatches(X, [[0, 1], [2, 2]], pairs_per_batch=1), ValueError, r"\[2, 2\] at place 1, and 0 more"),
        (lambda: TripletBatches(X, [[4, 0, 4]], triplets_per_batch=1), ValueError, r"\[4, 0, 4\] at place 0"),
        (lambda: PairBatches(X, PAIRS, SAME[:-1], pairs_per_batch=2), ValueError, r"to be \[12\].*\(11,\)"),
        (
            lambda: PairBatches(X, PAIRS, np.where(SAME, 1, -1), pairs_per_batch=2),
            ValueError,
            r"0 for a pair.*\[-1, 1\]",
        ),
        (lambda: PairBatches(X, PAIRS, SAME), ValueError, "number of pairs, 12.*pairs_per_batch=32"),
        (lambda: TripletBatches(X, TRIPLETS, triplets_per_batch=0), ValueError, "triplets_per_batch.*at least 1"),
    ],
)
def test_wrong_groups_raise(make, error, message):
    with pytest.raises(error, match=message):
        make()


def test_predict_is_refused_and_fit_without_the_callback():
    batches = given_batches("pairs", 4)
    model = linear("pairs", 0.1)
    with pytest.raises(RuntimeError, match=r"Received: PairBatches.*InOrder"):
        model.predict(batches, verbose=0)
    with pytest.raises(RuntimeError, match=r"callbacks=\[batches.callback\]"):
        model.fit(batches, verbose=0)
