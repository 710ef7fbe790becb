"""Losses over all pairs: pytorch-metric-learning's values and gradients, relations, extreme temperatures, options.

What every loss must do is in test_contracts.py.
"""

import json
from pathlib import Path

import numpy as np
import pytest

from semihard import losses
from semihard.relations import GivenPairs, SameLabel, SameLabelOtherSource, SharedLabel
from tests.oracles import all_pairs, relations
from tests.programs import value_and_gradient

DATA = Path(__file__).parents[1] / "fixtures"
ARRAYS = np.load(DATA / "pml_losses.npz")
CASES = json.loads((DATA / "pml_losses.json").read_text())
# What pytorch-metric-learning's definition takes, where it is not our default.
THEIRS = {"pair_contrastive": {"squared": False, "average": "active"}}
NAMES = ["pair_contrastive", "multi_similarity", "supervised_contrastive", "nt_xent", "circle"]
RNG = np.random.default_rng(4)
BATCH = 8
X = RNG.normal(size=(BATCH, 4)).astype(np.float32)
Y = np.array([0, 1, 0, 1, 0, 2, -1, 1], np.int32)
MANY = np.array([[1, 1, 0], [0, 1, 0], [0, 0, 1], [1, 0, 0], [0, 0, 0], [0, 1, 1], [1, 0, 1], [0, 1, 0]], np.int32)
PAIRED = np.stack([Y, np.array([0, 0, 1, 1, 1, 2, 2, 0], np.int32)], axis=1)
TABLE = RNG.integers(-1, 2, size=(BATCH, BATCH)).astype(np.int32)
RELATIONS = {
    "ignore": (SameLabel(-1), Y, relations.same_label(Y, [-1])),
    "shared": (SharedLabel(), MANY, relations.shared_label(MANY)),
    "other source": (SameLabelOtherSource(), PAIRED, relations.same_label_other_source(PAIRED)),
    "given": (GivenPairs(), TABLE, relations.given_pairs(TABLE)),
}


def test_there_are_55_cases():
    assert len(CASES) == 55
    assert {case["loss"] for case in CASES} == set(NAMES)


@pytest.mark.parametrize("case", range(len(CASES)), ids=lambda i: f"{CASES[i]['loss']}-{CASES[i]['kind']}-{i}")
def test_value_and_gradient_of_pytorch_metric_learning(case):
    name, kind, options = (CASES[case][key] for key in ("loss", "kind", "options"))
    x, labels, gradient = ARRAYS[f"x {kind}"], ARRAYS[f"y {kind}"], ARRAYS[f"gradient {case}"]
    if name == "pair_contrastive":
        # It scales embeddings to unit length. Its gradient by x is that by x / |x| without the part along x, over |x|.
        lengths = np.linalg.norm(x, axis=1, keepdims=True)
        x = x / lengths
    loss = getattr(losses, f"{name}_loss")
    value, slope = value_and_gradient(lambda x: loss(labels, x, **options, **THEIRS.get(name, {})), x)
    if name == "pair_contrastive":
        slope = (slope - x * (slope * x).sum(axis=1, keepdims=True)) / lengths
    np.testing.assert_allclose(value, CASES[case]["value"], rtol=1e-5, atol=1e-7)
    np.testing.assert_allclose(slope, gradient, rtol=1e-4, atol=2e-5 * max(np.abs(gradient).max(), 1e-3))


@pytest.mark.parametrize("relation", RELATIONS)
@pytest.mark.parametrize("name", NAMES)
def test_every_relation_against_the_naive_loop(name, relation):
    asked, y, table = RELATIONS[relation]
    loss = getattr(losses, f"{name}_loss")
    expected = getattr(all_pairs, name)(X, table)
    value = np.asarray(value_and_gradient(lambda x: loss(y, x, relation=asked, reduction=None), X)[0])
    np.testing.assert_allclose(value, expected, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("name", NAMES)
def test_another_relation_raises_with_the_choices(name):
    with pytest.raises(TypeError, match=r"relation.*SameLabel\(\), SharedLabel\(\)"):
        getattr(losses, f"{name}_loss")(Y, X, relation="shared_label")


@pytest.mark.parametrize("temperature", [1e-6, 1e-3, 1e3, 1e6])
@pytest.mark.parametrize("name", ["supervised_contrastive", "nt_xent"])
def test_any_temperature_is_finite(name, temperature):
    loss = getattr(losses, f"{name}_loss")
    value, gradient = value_and_gradient(lambda x: loss(Y, x, temperature), X)
    expected = getattr(all_pairs, name)(X, relations.same_label(Y), temperature).mean()
    np.testing.assert_allclose(value, expected, rtol=1e-4)
    assert np.isfinite(gradient).all()


@pytest.mark.parametrize(
    ("name", "options"),
    [("multi_similarity", {"alpha": 1e4, "beta": 1e5}), ("circle", {"scale": 1e5}), ("circle", {"margin": -0.5})],
)
def test_steep_options_do_not_overflow(name, options):
    loss = getattr(losses, f"{name}_loss")
    value, gradient = value_and_gradient(lambda x: loss(Y, x, **options), X)
    np.testing.assert_allclose(value, getattr(all_pairs, name)(X, relations.same_label(Y), **options).mean(), rtol=1e-4)
    assert np.isfinite(gradient).all()


@pytest.mark.parametrize("metric", ["L2", "squared-L2", "angular"])
@pytest.mark.parametrize(("squared", "average"), [(True, "active"), (False, "all")])
def test_options_of_pair_contrastive(metric, squared, average):
    options = {"distance_metric": metric, "squared": squared, "average": average, "positive_margin": 0.1}
    value = losses.pair_contrastive_loss(Y, X, **options)
    expected = all_pairs.pair_contrastive(X, relations.same_label(Y), **options).mean()
    np.testing.assert_allclose(float(value), expected, rtol=1e-5)


def test_supervised_contrastive_of_views_is_nt_xent():
    """With two samples a label an anchor has one positive, and both are the loss of SimCLR."""
    views = np.arange(BATCH) % (BATCH // 2)
    supervised = losses.supervised_contrastive_loss(views, X, 0.3)
    np.testing.assert_allclose(float(supervised), float(losses.nt_xent_loss(views, X, 0.3)), rtol=1e-6)


@pytest.mark.parametrize("labels", [np.zeros(BATCH, int), np.arange(BATCH)], ids=["one class", "all alone"])
@pytest.mark.parametrize("name", ["supervised_contrastive", "nt_xent", "circle", "multi_similarity"])
def test_unpaid_batches_have_no_gradient(name, labels):
    """Multi-similarity without mining, and contrastive, pay the pairs there are."""
    value, gradient = value_and_gradient(lambda x: getattr(losses, f"{name}_loss")(labels, x), X)
    assert value == 0
    assert not gradient.any()
