"""Training against a memory: what it holds, what it is used for, and that it survives being saved."""

import keras
import numpy as np
import pytest
from keras import ops

from semihard.layers import GradCache
from semihard.losses import (
    Memory,
    MultiSimilarityLoss,
    SupervisedContrastiveLoss,
    TripletLoss,
    TripletSemiHardLoss,
    pair_contrastive_loss,
)
from semihard.losses import PairContrastiveLoss as Contrastive
from semihard.models import CrossBatchMemory
from semihard.relations import SameLabelOtherSource, SharedLabel

X = np.random.default_rng(0).random((24, 6)).astype("float32")
Y = np.arange(24) % 5
BATCH = 4


def encoder(seed=0, **options):
    keras.utils.set_random_seed(seed)
    layers = [keras.Input((6,)), keras.layers.Dense(3, **options), keras.layers.UnitNormalization()]
    return keras.Sequential(layers)


def model_of(inner=None, size=9, loss=None, rate=0.5, **options):
    model = CrossBatchMemory(inner or encoder(), size, **options)
    model.compile(keras.optimizers.SGD(rate), loss=loss or Contrastive())
    return model


def fit(model, x=X, y=Y, **options):
    return model.fit(x, y, batch_size=BATCH, shuffle=False, verbose=0, **options).history["loss"]


def held(model):
    return ops.convert_to_numpy(model._embeddings), ops.convert_to_numpy(model._labels)


def test_it_holds_the_last_ones():
    """With a learning rate of 0 the encoder says afterwards what the memory must hold."""
    model = model_of(rate=0.0)
    fit(model)
    expected = model.predict(X, verbose=0)
    order = [18, 19, 20, 21, 22, 23, 15, 16, 17]  # places are filled in turn, 9 and 18 begin again at the first
    embeddings, labels = held(model)
    np.testing.assert_allclose(embeddings, expected[order], atol=1e-6)
    np.testing.assert_array_equal(labels, Y[order])
    assert int(model.remembered) == 9


def test_training_is_that_of_a_loop_over_batches():
    """The witness keeps embeddings in lists, and asks TensorFlow, JAX or PyTorch for nothing but single steps."""
    model = model_of()
    fit(model, epochs=2)
    inner = encoder()
    plain = keras.Sequential([keras.Input((6,)), inner])
    embeddings, labels = np.zeros((0, 3), "float32"), np.zeros(0, Y.dtype)

    def loss(y_true, y_pred):
        older = Memory(ops.convert_to_tensor(labels), ops.convert_to_tensor(embeddings))
        return pair_contrastive_loss(ops.cast(y_true, labels.dtype), y_pred, memory=older if len(labels) else None)

    optimizer = keras.optimizers.SGD(0.5)
    for start in [*range(0, 24, BATCH)] * 2:
        part = slice(start, start + BATCH)
        # Compiled anew, so that no program keeps the lists of the step before.
        plain.compile(optimizer, loss=loss, run_eagerly=keras.backend.backend() != "jax")
        now = plain.predict(X[part], verbose=0)
        plain.train_on_batch(X[part], Y[part])
        embeddings, labels = np.concatenate([embeddings, now])[-9:], np.concatenate([labels, Y[part]])[-9:]
    assert np.abs(inner.get_weights()[0] - encoder().get_weights()[0]).max() > 1e-2
    for one, other in zip(model.encoder.get_weights(), inner.get_weights(), strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-4, atol=1e-5)


def test_in_the_warmup_it_is_filled_but_not_used():
    plain = encoder()
    plain.compile(keras.optimizers.SGD(0.5), loss=Contrastive())
    fit(plain)
    model = model_of(warmup=6)
    fit(model)
    for one, other in zip(model.encoder.get_weights(), plain.get_weights(), strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-4, atol=5e-5)  # distances are computed in another order
    assert held(model)[0].any()
    # From then on it is used.
    assert abs(fit(model)[0] - fit(plain)[0]) > 1e-3


def test_a_batch_larger_than_the_memory():
    model = model_of(size=3, rate=0.0)
    fit(model)
    np.testing.assert_allclose(held(model)[0], model.predict(X, verbose=0)[[21, 22, 23]], atol=1e-6)


def test_evaluation_compares_the_batch_with_itself():
    model = model_of(rate=0.0)
    fit(model)
    before = held(model)
    found = model.evaluate(X, Y, batch_size=24, verbose=0)
    expected = float(pair_contrastive_loss(Y, model.predict(X, verbose=0)))
    np.testing.assert_allclose(found, expected, rtol=1e-5)
    for one, other in zip(held(model), before, strict=True):
        np.testing.assert_array_equal(one, other)


@pytest.mark.parametrize("whole", [True, False], ids=["model", "weights"])
def test_training_resumes_as_if_it_had_not_stopped(tmp_path, whole):
    straight = model_of()
    fit(straight, epochs=2)
    first = model_of()
    fit(first)
    if whole:
        first.save(tmp_path / "model.keras")
        again = keras.models.load_model(tmp_path / "model.keras")
        assert (again.size, again.warmup, again.label_shape) == (9, 0, ())
    else:
        first.save_weights(tmp_path / "model.weights.h5")
        again = model_of(encoder(seed=1))
        again.load_weights(tmp_path / "model.weights.h5")
    fit(again)
    for one, other in zip(again.get_weights(), straight.get_weights(), strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize(
    ("loss", "labels", "shape"),
    [
        (TripletLoss(margin=0.2), Y, ()),
        (MultiSimilarityLoss(), Y[:, None], ()),
        (SupervisedContrastiveLoss(relation=SameLabelOtherSource()), np.stack([Y, Y % 2], axis=1), (2,)),
        (SupervisedContrastiveLoss(relation=SharedLabel()), np.eye(5, dtype="int32")[Y], (5,)),
    ],
)
def test_losses_and_labels_of_several_kinds(loss, labels, shape):
    model = model_of(loss=loss, label_shape=shape)
    assert np.isfinite(fit(model, y=labels)).all()
    np.testing.assert_array_equal(held(model)[1], labels.reshape(24, *shape)[[18, 19, 20, 21, 22, 23, 15, 16, 17]])


def test_float_labels_are_whole_or_loud():
    """0.5 and 0.7 must not become one class, 0: eager code raises, a compiled step makes NaN of the loss."""
    exact, floats = model_of(), model_of()
    fit(exact)
    fit(floats, y=Y.astype("float32"))
    for one, other in zip(exact.get_weights(), floats.get_weights(), strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-5, atol=1e-7)  # two programs, which may round differently
    wrong = model_of()
    if keras.backend.backend() == "torch":
        with pytest.raises(ValueError, match="whole numbers"):
            fit(wrong, y=(Y + 0.5).astype("float32"))
    else:
        fit(wrong, y=(Y + 0.5).astype("float32"))
        assert np.isnan(wrong.encoder.get_weights()[0]).all()


def test_penalties_of_the_encoder_are_part_of_the_loss():
    free, bound = model_of(rate=0.0), model_of(encoder(kernel_regularizer=keras.regularizers.L2(1.0)), rate=0.0)
    penalty = float(np.square(bound.encoder.get_weights()[0]).sum())
    np.testing.assert_allclose(np.subtract(fit(bound), fit(free)), penalty, rtol=1e-4)


def test_sample_weights_weigh_anchors():
    weighed = fit(model_of(rate=0.0), sample_weight=np.zeros(24, "float32"))
    assert weighed == [0.0]


def test_an_encoder_in_chunks_trains_alike():
    whole, parted = model_of(), model_of(keras.Sequential([keras.Input((6,)), GradCache(encoder(), 2)]))
    np.testing.assert_allclose(fit(parted, epochs=2), fit(whole, epochs=2), rtol=1e-4)


def test_half_precision():
    model = model_of(encoder(dtype="mixed_bfloat16"))
    assert np.isfinite(fit(model)).all()
    assert held(model)[0].dtype == np.float32


@pytest.mark.parametrize("loss", [None, "mse", TripletSemiHardLoss(), [Contrastive()]])
def test_another_loss_raises(loss):
    with pytest.raises(TypeError, match=r"TripletLoss\(\) or one over all pairs"):
        CrossBatchMemory(encoder(), 4).compile("sgd", loss=loss)


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ({"encoder": keras.layers.Dense(3), "size": 4}, TypeError, "Keras model.*Dense"),
        ({"encoder": keras.Sequential([keras.layers.Dense(3)]), "size": 4}, ValueError, r"keras\.Input"),
        (
            {"encoder": keras.Sequential([keras.Input((2, 3)), keras.layers.Dense(3)]), "size": 4},
            ValueError,
            "None, 2, 3",
        ),
        ({"size": 0}, ValueError, "size"),
        ({"size": 4, "warmup": -1}, ValueError, "warmup"),
        ({"size": 4, "label_shape": (0,)}, ValueError, "label_shape"),
    ],
)
def test_what_does_not_fit_is_said(arguments, error, message):
    with pytest.raises(error, match=message):
        CrossBatchMemory(**{"encoder": encoder(), **arguments})
