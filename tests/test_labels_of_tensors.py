"""Labels and embeddings as tensors of the running backend: the same classes as the same numbers in a list."""

import keras
import numpy as np
import pytest
from keras import ops

import semihard
from semihard import losses, relations
from semihard.data import BatchPlan, preflight, split_classes, split_samples
from semihard.metrics import ActiveTriplets
from semihard.mining import explain, semi_hard_triplets
from semihard.visualization import write_tsv
from tests.programs import BACKEND

LABELS = [3, 5, 3, 9, 5, 3]
POINTS = np.array([[0.0], [5.0], [1.0], [9.0], [6.0], [0.5]], np.float32)


def tensors() -> dict:
    found = {
        "tensor": ops.convert_to_tensor(LABELS),
        "column": ops.convert_to_tensor(np.array(LABELS)[:, None]),
        "list of scalars": list(map(ops.convert_to_tensor, LABELS)),
        "list of vectors": [ops.convert_to_tensor([label]) for label in LABELS],
        "floats": ops.convert_to_tensor(np.array(LABELS, np.float32)),
        "bfloat16": ops.cast(ops.convert_to_tensor(LABELS), "bfloat16"),
        "variable": keras.Variable(np.array(LABELS), dtype="int32", trainable=False),
    }
    if BACKEND == "torch":
        import torch

        found["with gradient"] = torch.tensor(LABELS, dtype=torch.float32, requires_grad=True)
    if BACKEND == "tensorflow":
        import tensorflow as tf

        found["strings"] = tf.constant(list(map(str, LABELS)))
        found["tf.Variable"] = tf.Variable(LABELS)
    return found


@pytest.mark.parametrize("kind", tensors())
def test_labels(kind, tmp_path):
    labels = tensors()[kind]
    assert semihard.encode_labels(labels)[0].tolist() == [0, 1, 0, 2, 1, 0]
    plan, usual = (BatchPlan(y, 2, 2, small_classes="skip") for y in (labels, LABELS))
    assert all((plan[0, step] == usual[0, step]).all() for step in range(len(plan)))
    assert preflight(labels, 3) == preflight(LABELS, 3)
    for split in (split_classes, split_samples):
        assert [part.tolist() for part in split(labels)] == [part.tolist() for part in split(LABELS)]
    assert semihard.evaluate(POINTS, labels).figures["recall_at_1"].value == 1.0
    lines = write_tsv(POINTS, labels, tmp_path)[1].read_text().splitlines()
    assert [float(line) for line in lines] == LABELS
    assert explain(labels) == explain(LABELS)
    expected = semi_hard_triplets(LABELS, POINTS)
    assert semi_hard_triplets(labels, POINTS).negative.tolist() == expected.negative.tolist()
    if kind.startswith("list") and BACKEND == "torch":
        labels = np.array([int(label) for label in labels])
    assert float(losses.TripletSemiHardLoss()(labels, POINTS)) == pytest.approx(expected.cost.mean(), rel=1e-6)
    metric = ActiveTriplets()
    metric.update_state(labels, POINTS)
    assert float(metric.result()) == pytest.approx((expected.cost > 0).mean())


def embeddings() -> dict:
    found = {"tensor": ops.convert_to_tensor(POINTS), "list": [ops.convert_to_tensor(row) for row in POINTS]}
    found |= {"bfloat16": ops.cast(found["tensor"], "bfloat16"), "variable": keras.Variable(POINTS)}
    if BACKEND == "torch":
        found["with gradient"] = ops.convert_to_tensor(POINTS).requires_grad_()
        found["list with gradient"] = list(found["with gradient"])
    return found


@pytest.mark.parametrize("kind", embeddings())
def test_embeddings(kind, tmp_path):
    x = embeddings()[kind]
    assert semihard.evaluate(x, LABELS).figures == semihard.evaluate(POINTS, LABELS).figures
    assert semihard.evaluate(POINTS[:2], LABELS[:2], gallery=x, gallery_labels=LABELS).total == 2
    assert write_tsv(x, LABELS, tmp_path)[0].read_text() == write_tsv(POINTS, LABELS, tmp_path)[0].read_text()
    assert semi_hard_triplets(LABELS, x).negative.tolist() == semi_hard_triplets(LABELS, POINTS).negative.tolist()


def test_a_symbol_is_no_labels():
    with pytest.raises((TypeError, ValueError), match=r"values|symbolic"):
        semihard.encode_labels(keras.Input((1,), dtype="int32"))


@pytest.mark.parametrize("ignore", [9, "9"])
def test_mixtures_and_objects_reach_the_losses(ignore):
    """1 and "1" are two classes; an object array of strings is no mixture."""
    mixed = [1, "1", 1, ignore]
    assert np.asarray(relations.same_label(mixed, 4).positive).sum() == 2
    left_out = relations.same_label(mixed, 4, ignore=(ignore,))
    assert not np.asarray(left_out.negative)[3].any()
    text = np.array(["a", "b", "a"], object)
    assert np.asarray(relations.same_label(text, 3).positive).sum() == 2
