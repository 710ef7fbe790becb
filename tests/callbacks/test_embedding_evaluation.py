"""Figures in the logs: right for every kind of data, in time for other callbacks, and NaN when the model is."""

import keras
import numpy as np
import pytest

from semihard.callbacks import EmbeddingEvaluation
from semihard.data import BalancedBatches, BatchPlan, as_tf_data
from semihard.evaluation import evaluate
from semihard.losses import TripletSemiHardLoss

LABELS = np.arange(6).repeat(10)
POINTS = (np.random.default_rng(0).normal(size=(6, 8))[LABELS] + np.random.default_rng(1).normal(size=(60, 8))).astype(
    "float32"
)


def model():
    keras.utils.set_random_seed(0)
    made = keras.Sequential([keras.Input((8,)), keras.layers.Dense(4), keras.layers.UnitNormalization()])
    made.compile(keras.optimizers.Adam(0.05), loss=TripletSemiHardLoss())
    return made


def fitted(*callbacks, epochs=3):
    made = model()
    history = made.fit(POINTS, LABELS, batch_size=30, epochs=epochs, verbose=0, callbacks=list(callbacks)).history
    return made, history


def figures(made, rows=slice(None)):
    found = evaluate(made.predict(POINTS[rows], verbose=0), LABELS[rows], ks=[1, 5], resamples=0).figures
    return {name: figure.value for name, figure in found.items()}


class Batches(keras.utils.PyDataset):
    def __len__(self):
        return 4

    def __getitem__(self, i):
        return POINTS[16 * i : 16 * i + 16], LABELS[16 * i : 16 * i + 16]


def generator_of_batches():
    """Any iterable will do, one that can be gone through again."""
    return [Batches()[i] for i in range(4)]


@pytest.mark.parametrize("data", [(POINTS, LABELS), Batches(), generator_of_batches()], ids=["arrays", "py", "list"])
def test_logs_hold_the_figures_of_the_model_as_it_was(data):
    made, history = fitted(EmbeddingEvaluation(data))
    report = figures(made)
    assert history["val_map_at_r"][-1] == pytest.approx(report["map_at_r"], abs=1e-6)
    assert history["val_recall_at_5"][-1] == pytest.approx(report["recall_at_5"], abs=1e-6)
    assert history["val_r_precision"][-1] == pytest.approx(report["r_precision"], abs=1e-6)
    assert len(set(history["val_map_at_r"])) == 3


def test_tf_data_and_a_torch_loader():
    plan = BatchPlan(LABELS, 3, 5)
    order = np.concatenate([plan[0, step] for step in range(plan.steps)])
    tried = 0
    try:
        batches = BalancedBatches(POINTS, plan)
        batches.set_epoch(0)
        sources = [(as_tf_data(batches), order)]
        tried += 1
    except ImportError:
        sources = []
    try:
        from torch.utils.data import DataLoader

        sources.append((DataLoader(list(zip(POINTS, LABELS, strict=True)), batch_size=7), np.arange(60)))
        tried += 1
    except ImportError:
        pass
    assert tried or keras.backend.backend() == "jax"
    for data, rows in sources:
        made, history = fitted(EmbeddingEvaluation(data), epochs=1)
        assert history["val_map_at_r"][0] == pytest.approx(figures(made, rows)["map_at_r"], abs=1e-6)


def test_every_second_epoch_and_the_last():
    seen = []
    spy = keras.callbacks.LambdaCallback(on_epoch_end=lambda epoch, logs: seen.append("val_map_at_r" in logs))
    fitted(EmbeddingEvaluation((POINTS, LABELS), every=2), spy, epochs=5)
    assert seen == [False, True, False, True, True]


def test_early_stopping_and_checkpoints_read_them(tmp_path):
    """A learning rate of 0 never improves: training stops after the patience, and one checkpoint is written."""
    made = model()
    made.optimizer.learning_rate = 0.0
    history = made.fit(
        POINTS,
        LABELS,
        epochs=9,
        verbose=0,
        callbacks=[
            EmbeddingEvaluation((POINTS, LABELS)),
            keras.callbacks.EarlyStopping("val_map_at_r", mode="max", patience=2),
            keras.callbacks.ModelCheckpoint(
                tmp_path / "{val_map_at_r:.3f}-{epoch}.keras", "val_map_at_r", mode="max", save_best_only=True
            ),
        ],
    )
    assert len(history.epoch) == 3
    (saved,) = tmp_path.iterdir()
    assert saved.name == f"{history.history['val_map_at_r'][0]:.3f}-1.keras"


def test_seen_and_unseen_classes_apart():
    made, history = fitted(EmbeddingEvaluation((POINTS, LABELS), seen_labels=[0, 1, 2, 2], prefix="test_"), epochs=1)
    assert history["test_seen_map_at_r"][0] == pytest.approx(figures(made, LABELS < 3)["map_at_r"], abs=1e-6)
    assert history["test_unseen_map_at_r"][0] == pytest.approx(figures(made, LABELS >= 3)["map_at_r"], abs=1e-6)
    _, history = fitted(EmbeddingEvaluation((POINTS, LABELS), seen_labels=range(6)), epochs=1)
    assert np.isnan(history["val_unseen_map_at_r"][0])


def test_it_does_not_disturb_training():
    with_it, without = fitted(EmbeddingEvaluation((POINTS, LABELS)))[0], fitted()[0]
    np.testing.assert_allclose(with_it.predict(POINTS, verbose=0), without.predict(POINTS, verbose=0), atol=1e-5)


def test_a_diverged_model_gives_nan_and_a_warning():
    made = model()
    made.set_weights([np.full(weight.shape, np.nan) for weight in made.get_weights()])
    evaluation = EmbeddingEvaluation((POINTS, LABELS))
    evaluation.set_model(made)
    with pytest.warns(UserWarning, match="diverged"):
        found = evaluation.evaluate()
    assert set(found) == {"recall_at_1", "recall_at_5", "r_precision", "map_at_r", "effective_rank", "collapsed"}
    assert all(np.isnan(value) for value in found.values())


def test_wrong_arguments_raise():
    with pytest.raises(ValueError, match="60 samples, 59 labels"):
        EmbeddingEvaluation((POINTS, LABELS[:-1]))
    with pytest.raises(ValueError, match="every"):
        EmbeddingEvaluation((POINTS, LABELS), every=0)
    with pytest.raises(TypeError, match=r"batches.*int"):
        EmbeddingEvaluation(5)
    empty = EmbeddingEvaluation([])
    empty.set_model(model())
    with pytest.raises(ValueError, match="at least one batch"):
        empty.evaluate()
