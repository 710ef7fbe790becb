"""A training that learns nothing says so, once, in words; one that learns is quiet. The logs hold the health."""

import math
import warnings

import keras
import numpy as np
import pytest

from semihard.callbacks import EmbeddingEvaluation
from semihard.callbacks._symptoms import Symptoms
from semihard.evaluation import evaluate
from semihard.losses import MatryoshkaLoss, TripletHardLoss, TripletLoss, TripletSemiHardLoss

LABELS = np.arange(6).repeat(10)
X = (np.random.default_rng(0).normal(size=(6, 8))[LABELS] + 0.5 * np.random.default_rng(1).normal(size=(60, 8))).astype(
    "float32"
)


def fitted(loss, *, labels=LABELS, held_out=LABELS, rate=0.01, epochs=3, x=X, **options):
    """History and what was warned of, of a small model."""
    keras.utils.set_random_seed(0)
    model = keras.Sequential([keras.Input((8,)), keras.layers.Dense(4), keras.layers.UnitNormalization()])
    model.compile(keras.optimizers.SGD(rate), loss=loss)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        evaluation = EmbeddingEvaluation((x, held_out), **options)
        history = model.fit(x, labels, batch_size=60, epochs=epochs, verbose=0, callbacks=[evaluation]).history
    said = [str(warning.message) for warning in caught if str(warning.message).startswith("EmbeddingEvaluation: ")]
    return model, history, [text.removeprefix("EmbeddingEvaluation: ") for text in said]


def test_a_training_that_learns_is_quiet_and_its_health_is_in_the_logs():
    model, history, said = fitted(TripletSemiHardLoss(margin=0.5), rate=0.1)
    assert said == []
    health = evaluate(model.predict(X, verbose=0), LABELS, measures=["health"]).health
    assert history["val_effective_rank"][-1] == pytest.approx(health.effective_rank, rel=1e-5)
    assert history["val_collapsed"] == [0.0, 0.0, 0.0]
    assert 1.5 < history["val_effective_rank"][-1] <= 4


def test_collapse_is_said_once_and_logged():
    """All samples are one: their embeddings are one point, and a triplet costs its margin exactly."""
    _, history, said = fitted(TripletSemiHardLoss(margin=0.3), x=np.ones_like(X))
    assert history["loss"] == pytest.approx([0.3] * 3)
    assert history["val_collapsed"] == [1.0] * 3
    assert history["val_effective_rank"] == [0.0] * 3
    (words,) = said
    assert "collapsed: effective rank 0.0 of 4" in words
    assert all(hint in words for hint in ("learning rate", "semi-hard", "margin", "preflight"))


@pytest.mark.parametrize(
    ("loss", "plateau"),
    [
        (TripletSemiHardLoss(margin=0.3), 0.3),
        (TripletHardLoss(margin=0.3), 0.3),
        (TripletHardLoss(soft=True), math.log(2)),
        (TripletLoss(margin=0.3, negatives="all"), 0.3),
        (TripletLoss(margin="soft", negatives="all"), math.log(2)),
        (MatryoshkaLoss(TripletHardLoss(soft=True), [2, 4], normalize=False), 2 * math.log(2)),
    ],
)
def test_a_loss_at_the_margin_is_said_where_other_data_looks_healthy(loss, plateau):
    """What is trained on is one point; what is evaluated is not, so that the loss alone can tell."""
    keras.utils.set_random_seed(0)
    model = keras.Sequential([keras.Input((8,)), keras.layers.Dense(4), keras.layers.UnitNormalization()])
    model.compile(keras.optimizers.SGD(0.0), loss=loss)
    with pytest.warns(UserWarning, match=r"the loss stands at .* positives are as far away as negatives") as caught:
        history = model.fit(
            np.ones_like(X), LABELS, epochs=4, verbose=0, callbacks=[EmbeddingEvaluation((X, LABELS), every=9)]
        )
    assert history.history["loss"] == pytest.approx([plateau] * 4)
    assert sum("the loss stands" in str(warning.message) for warning in caught) == 1


@pytest.mark.parametrize("labels", [np.arange(60), np.zeros(60, int)], ids=["distinct", "one class"])
def test_training_labels_that_give_no_triplet_are_said(labels):
    """No positives, or no negatives: the loss is exactly 0 from the start."""
    _, history, said = fitted(TripletSemiHardLoss(), labels=labels)
    assert history["loss"] == [0.0] * 3
    (words,) = said
    assert "exactly 0 in the whole first epoch" in words
    assert "all different, or all the same" in words


def test_held_out_labels_that_mean_nothing_are_said():
    _, history, (words,) = fitted(TripletSemiHardLoss(), held_out=np.arange(60))
    assert "no two of the 60 samples share a label" in words
    assert np.isnan(history["val_map_at_r"]).all()
    _, history, (words,) = fitted(TripletSemiHardLoss(), held_out=np.full(60, "a"))
    assert "all 60 samples have one label" in words
    assert history["val_map_at_r"] == [1.0] * 3
    _, _, said = fitted(TripletSemiHardLoss(), seen_labels=[0, 1, 2, 3, 4], epochs=1)
    assert [text[:58] for text in said] == ["all 10 samples of other classes than the seen ones have on"]
    _, _, (words,) = fitted(TripletSemiHardLoss(), seen_labels=range(6), epochs=1)
    assert "there is no sample of other classes than the seen ones" in words


def test_other_losses_and_early_plateaus_are_quiet():
    """0.3 of another loss means nothing; a triplet loss may begin at its margin, and leave it, but not stay."""

    def constant(y_true, y_pred):
        return 0.0 * keras.ops.mean(y_pred, axis=-1) + 0.3

    assert fitted(constant)[2] == []
    symptoms, loss = Symptoms("EmbeddingEvaluation"), TripletSemiHardLoss(margin=0.3)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for epoch, value in enumerate((0.3, 0.29, 0.3, 0.299, None, 0.3)):
            symptoms.of_loss(loss, value, first=epoch == 0, last=False)
    with pytest.warns(UserWarning, match=r"the loss stands at 0\.3001"):
        symptoms.of_loss(loss, np.float32(0.3001), first=False, last=False)


def test_a_training_that_goes_on_has_no_first_epoch():
    """A loss of 0 from the fourth epoch on is that of a model that keeps every margin."""
    evaluation = EmbeddingEvaluation((X, LABELS))
    model = keras.Sequential([keras.Input((8,)), keras.layers.Dense(4), keras.layers.UnitNormalization()])
    model.compile("sgd", loss=TripletSemiHardLoss())
    with warnings.catch_warnings():
        warnings.simplefilter("error", UserWarning)
        history = model.fit(X, np.arange(60), initial_epoch=3, epochs=5, verbose=0, callbacks=[evaluation])
    assert history.history["loss"] == [0.0] * 2


def test_a_second_training_may_say_it_again():
    evaluation = EmbeddingEvaluation((X, np.arange(60)))
    model = keras.Sequential([keras.Input((8,)), keras.layers.Dense(4)])
    model.compile("sgd", loss=TripletSemiHardLoss())
    for _ in range(2):
        with pytest.warns(UserWarning, match="share a label") as caught:
            model.fit(X, LABELS, epochs=2, verbose=0, callbacks=[evaluation])
        assert sum("share a label" in str(warning.message) for warning in caught) == 1
