"""Situations from the public issue trackers of the field, tried as their authors met them.

tensorflow/addons 1783, 295; tensorflow/similarity 364, 173, 155; pytorch/pytorch 38564; tensorflow/tensorboard 4276;
KevinMusgrave/pytorch-metric-learning 129, 301, 360; keras-team/keras 19283; omoindrot/tensorflow-triplet-loss 18.
Others of the kind stand where their subject is: functions as losses, `add_loss`, columns with a header.
"""

import copy
import pickle

import keras
import numpy as np
import pandas as pd
import pytest

import semihard
from semihard import losses
from semihard.callbacks import EmbeddingEvaluation
from semihard.data import BalancedBatches, BatchPlan
from semihard.visualization import make_view, read_tsv, write_tsv

RNG = np.random.default_rng(0)
X, Y = RNG.normal(size=(40, 6)).astype(np.float32), np.arange(40) % 5
KINDS = (losses.TripletSemiHardLoss, losses.TripletHardLoss, losses.MultiSimilarityLoss, losses.LiftedStructLoss)


def model_of(loss=None, **options):
    keras.utils.set_random_seed(0)
    model = keras.Sequential([keras.Input((6,)), keras.layers.Dense(4), keras.layers.UnitNormalization()])
    model.compile("adam", loss=loss or losses.TripletSemiHardLoss(), **options)
    return model


def test_float_labels_of_a_generator_and_accuracy():
    """addons 1783: `class_mode="sparse"` gives float32, and `metrics=["accuracy"]` is left from a classifier."""
    history = model_of(metrics=["accuracy"]).fit(X, Y.astype("float32"), verbose=0).history
    assert history["loss"] == model_of().fit(X, Y, verbose=0).history["loss"]


@pytest.mark.parametrize("policy", ["mixed_bfloat16", "mixed_float16"])
@pytest.mark.parametrize("kind", KINDS)
def test_mixed_precision(kind, policy):
    """similarity 364: only NaN. Here the loss is that of float32 but for the rounding of the embeddings."""
    expected = model_of(kind()).evaluate(X, Y, batch_size=40, verbose=0)
    keras.config.set_dtype_policy(policy)
    try:
        model = model_of(kind())
        assert model.evaluate(X, Y, batch_size=40, verbose=0) == pytest.approx(expected, rel=0.03)
        history = model.fit(X, Y, batch_size=20, epochs=2, verbose=0).history["loss"]
    finally:
        keras.config.set_dtype_policy("float32")
    assert np.isfinite(history).all()
    assert all(np.isfinite(weight).all() for weight in model.get_weights())


def test_classes_with_too_few_samples_are_named():
    """similarity 173: "Sample larger than population or is negative"."""
    labels = ["cat"] * 5 + ["dog"] * 2
    with pytest.raises(ValueError, match=r"at least 3 samples.*'dog' \(2\).*repeat.*skip"):
        BatchPlan(labels, 2, 3, small_classes="error")
    assert BatchPlan(labels, 2, 3)[0, 0].shape == (6,)


def test_samples_of_several_sizes():
    """similarity 155: sequences of different lengths. A batch has to be an array."""
    x = np.empty(40, object)
    x[:] = [np.zeros(i % 4 + 1) for i in range(40)]
    with pytest.raises(ValueError, match=r"one shape.*\(1,\).*\(2,\).*[Pp]ad"):
        BalancedBatches(x, BatchPlan(Y, 4, 2))


def test_a_column_with_a_header(tmp_path):
    """pytorch 38564: "Single column metadata should not have a header row"."""
    vectors, _ = write_tsv(X, Y, tmp_path)
    with pytest.raises(ValueError, match=r"41.*no header line"):
        make_view(X, ["label", *map(str, Y)], methods=["pca"])
    (tmp_path / "meta.tsv").write_text("\n".join(["label", *map(str, Y)]) + "\n")
    with pytest.raises(ValueError, match="header"):
        read_tsv(vectors, tmp_path / "meta.tsv")


def test_labels_that_are_in_no_gallery():
    """pytorch-metric-learning 129 and 398: 0 for what cannot be found, or NaN without a word."""
    report = semihard.evaluate(X, Y, gallery=X, gallery_labels=Y + 100, resamples=0)
    assert report.scored == 0
    assert np.isnan(report.figures["map_at_r"].value)
    assert "nothing to score" in str(report)
    some = semihard.evaluate(X, Y, gallery=X, gallery_labels=np.where(Y == 0, Y, Y + 100), resamples=0)
    assert (some.scored, some.total) == (8, 40)


def test_pairs_of_two_streams():
    """pytorch-metric-learning 301: two samples a class, no more, as (anchor, positive, label)."""
    anchors, positives = X[:20], X[:20] + np.float32(0.1)
    labels = np.arange(20)
    both, twice = np.concatenate([anchors, positives]), np.concatenate([labels, labels])
    history = model_of(losses.NTXentLoss()).fit(both, twice, batch_size=40, epochs=30, verbose=0).history["loss"]
    assert history[-1] < history[0]
    report = semihard.evaluate(anchors, labels, gallery=positives, gallery_labels=labels, resamples=0)
    assert report.figures["recall_at_1"].value == 1.0


def test_a_data_set_as_a_list_of_pairs():
    """pytorch-metric-learning 360: each element a tensor of features and an int."""
    pairs = [(keras.ops.convert_to_tensor(x), int(y)) for x, y in zip(X, Y, strict=True)]
    features, labels = zip(*pairs, strict=True)
    found = semihard.evaluate(features, labels, resamples=0).figures
    assert found == semihard.evaluate(X, Y, resamples=0).figures


def test_columns_of_labels():
    """omoindrot 18: Keras gives [batch, 1], where broadcasting made [batch, batch]."""
    for kind in KINDS:
        assert float(kind()(Y[:, None], X)) == float(kind()(Y, X))


def test_what_fit_offers():
    """Class weights, sample weights, clipped and accumulated gradients, and a last batch of one sample."""
    model = model_of()
    model.compile(keras.optimizers.Adam(gradient_accumulation_steps=2, clipnorm=1.0), loss=losses.TripletSemiHardLoss())
    for options in ({"class_weight": {i: 1.0 + i for i in range(5)}}, {"sample_weight": np.ones(33)}):
        history = model.fit(X[:33], Y[:33], batch_size=8, epochs=2, validation_split=0.25, verbose=0, **options).history
        assert np.isfinite([history["loss"], history["val_loss"]]).all()


def test_frames_of_pandas():
    """tensorboard 4276: "literally anything": frames and Series, whose index is no order."""
    frame, series = pd.DataFrame(X), pd.Series(Y, index=np.arange(40)[::-1])
    arrays, frames = EmbeddingEvaluation((X, Y)), EmbeddingEvaluation((frame, series))
    history = model_of().fit(frame, pd.Series(Y), verbose=0, callbacks=[arrays]).history
    assert history == model_of().fit(X, Y, verbose=0, callbacks=[frames]).history


def test_stopping_by_a_figure_of_the_embedding():
    watch = keras.callbacks.EarlyStopping("val_map_at_r", mode="max", patience=0, restore_best_weights=True)
    model = model_of()
    history = model.fit(X, Y, epochs=50, verbose=0, callbacks=[EmbeddingEvaluation((X, Y)), watch]).history
    assert len(history["loss"]) < 50
    kept = semihard.evaluate(model.predict(X, verbose=0), Y, resamples=0).figures["map_at_r"].value
    assert kept == pytest.approx(max(history["val_map_at_r"]), abs=1e-6)


@pytest.mark.parametrize("kind", KINDS)
def test_losses_are_copied_and_sent(kind):
    loss = pickle.loads(pickle.dumps(copy.deepcopy(kind())))
    assert float(loss(Y, X)) == float(kind()(Y, X))
