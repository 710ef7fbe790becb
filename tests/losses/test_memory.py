"""References beyond the batch: the naive loops over batch and memory, in which only the batch has anchors."""

import numpy as np
import pytest
from keras import ops

from semihard import losses
from semihard.losses import Memory
from semihard.relations import GivenPairs, SameLabel, SameLabelOtherSource, SharedLabel
from tests.oracles import all_pairs, relations, triplet_loss
from tests.programs import MODES, value_and_gradient

NAMES = ["pair_contrastive", "multi_similarity", "supervised_contrastive", "nt_xent", "circle"]
RNG = np.random.default_rng(5)
BATCH, MORE = 6, 9
X = RNG.normal(size=(BATCH + MORE, 4)).astype(np.float32)
Y = RNG.integers(0, 3, size=BATCH + MORE).astype(np.int32)
SOURCES = np.stack([Y, RNG.integers(0, 4, size=BATCH + MORE)], axis=1).astype(np.int32)
MANY = RNG.integers(0, 2, size=(BATCH + MORE, 3)).astype(np.int32)
PRESENT = np.array([1, 1, 0, 1, 1, 1, 0, 1, 1], bool)
TABLES = {
    "labels": (None, Y, relations.same_label(Y)),
    "ignore": (SameLabel(1), Y, relations.same_label(Y, [1])),
    "shared": (SharedLabel(), MANY, relations.shared_label(MANY)),
    "other source": (SameLabelOtherSource(), SOURCES, relations.same_label_other_source(SOURCES)),
}
TRIPLETS = [{}, {"negatives": "hardest"}, {"positives": "hardest"}, {"negatives": "all", "average": "active"}]


def memory_of(labels, present=None):
    return Memory(labels[BATCH:], X[BATCH:], present)


def from_the_batch(table, present=True):
    """The table with pairs of anchors of the batch and references that are there, only."""
    table = np.array(table)
    table[BATCH:] = 0
    table[:, BATCH:] *= np.broadcast_to(present, (MORE,)).astype(int)
    return table


@pytest.mark.parametrize("present", [None, PRESENT], ids=["whole", "partly"])
@pytest.mark.parametrize("table", TABLES)
@pytest.mark.parametrize("name", NAMES)
def test_every_relation_against_the_naive_loop(name, table, present):
    relation, labels, pairs = TABLES[table]
    pairs = from_the_batch(pairs, True if present is None else present)
    expected = getattr(all_pairs, name)(X, pairs)
    assert not expected[BATCH:].any()
    # The loops give values whose mean over all rows is the loss, but for multi-similarity, which pays one an anchor.
    expected = expected[:BATCH] * (1 if name == "multi_similarity" else BATCH / (BATCH + MORE))
    loss = getattr(losses, f"{name}_loss")
    asked = {"relation": relation, "reduction": None, "memory": memory_of(labels, present)}
    value, _ = value_and_gradient(lambda x: loss(labels[:BATCH], x, **asked), X[:BATCH])
    np.testing.assert_allclose(value, expected, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("options", TRIPLETS, ids=str)
def test_triplets_against_the_naive_loop(options, mode):
    pairs = from_the_batch(TABLES["labels"][2], PRESENT)
    distances = triplet_loss.distance_matrix(X, "L2")
    expected, _ = triplet_loss.per_anchor(distances, pairs == 1, pairs == -1, **options)
    assert not np.asarray(expected)[BATCH:].any()
    expected = np.asarray(expected)[:BATCH] * BATCH / (BATCH + MORE)
    labels = ops.convert_to_tensor(Y)
    asked = {**options, "reduction": None, "memory": Memory(*map(ops.convert_to_tensor, memory_of(labels, PRESENT)))}
    value, _ = value_and_gradient(lambda x: losses.triplet_loss(labels[:BATCH], x, **asked), X[:BATCH], mode)
    np.testing.assert_allclose(value, expected, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("name", [*NAMES, "triplet"])
def test_the_gradient_is_that_of_the_batch_alone(name):
    """The witness has the memory among its rows, compares what `GivenPairs` names, and drops the memory's gradient."""
    loss = getattr(losses, f"{name}_loss")
    pairs = from_the_batch(TABLES["labels"][2], PRESENT).astype(np.int32)
    whole, by_all = value_and_gradient(lambda x: loss(pairs, x, relation=GivenPairs()), X)
    value, gradient = value_and_gradient(lambda x: loss(Y[:BATCH], x, memory=memory_of(Y, PRESENT)), X[:BATCH])
    factor = (BATCH + MORE) / BATCH if name == "multi_similarity" else 1
    assert np.abs(gradient).max() > 1e-3
    np.testing.assert_allclose(value, whole * factor, rtol=1e-5)
    np.testing.assert_allclose(gradient, by_all[:BATCH] * factor, rtol=1e-3, atol=1e-5)


@pytest.mark.parametrize("name", [*NAMES, "triplet"])
def test_a_memory_of_nothing_changes_nothing(name):
    loss = getattr(losses, f"{name}_loss")
    nothing = memory_of(Y, np.zeros(MORE, bool))
    expected = value_and_gradient(lambda x: loss(Y[:BATCH], x, relation=SameLabel()), X[:BATCH])
    found = value_and_gradient(lambda x: loss(Y[:BATCH], x, relation=SameLabel(), memory=nothing), X[:BATCH])
    for one, other in zip(found, expected, strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-3, atol=1e-5)


def test_large_labels_stay_apart():
    """As float32 they would be one class, and the loss 0."""
    labels = np.array([2**24, 2**24 + 1], np.int32)
    loss = losses.nt_xent_loss(labels[:1], X[:1], memory=Memory(labels[[0, 1]], X[1:3]))
    assert float(loss) > 0


@pytest.mark.parametrize("loss", [losses.TripletSemiHardLoss(), losses.ArcFaceLoss()])
def test_a_loss_without_memory_says_which_have_one(loss):
    with pytest.raises(TypeError, match=r"TripletLoss\(\) takes one"):
        loss(Y[:BATCH], X[:BATCH], memory=memory_of(Y))


@pytest.mark.parametrize(
    ("memory", "relation", "error", "message"),
    [
        (Memory(Y[BATCH:].astype(str), X[BATCH:]), None, TypeError, "one dtype"),
        (Memory(Y[BATCH:].astype(np.float32), X[BATCH:]), None, TypeError, "one dtype"),
        (Memory(Y[BATCH:-1], X[BATCH:]), None, ValueError, "14 labels for 15"),
        (Memory(Y[BATCH:], X[0]), None, ValueError, r"\[batch, dim\]"),
        (memory_of(Y), GivenPairs(), ValueError, "goes by labels"),
    ],
)
def test_what_does_not_fit_is_said(memory, relation, error, message):
    labels = np.eye(BATCH, dtype=np.int32) if relation else Y[:BATCH]
    with pytest.raises(error, match=message):
        losses.nt_xent_loss(labels, X[:BATCH], relation=relation, memory=memory)
