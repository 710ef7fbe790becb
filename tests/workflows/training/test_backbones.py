"""Backbones by name and from files; nothing is downloaded, and no code from a file is run."""

import keras
import numpy as np
import pytest

from semihard.workflows.training import TrainingOptions, _backbones
from semihard.workflows.training._losses import make_loss
from semihard.workflows.training._model import build
from semihard.workflows.training.options import LOSSES, MINING

layers = keras.layers


def resolved(backbone="small", **options):
    return TrainingOptions("photos", backbone=backbone, size=options.pop("size", 24), **options)


def embed(models, picture):
    return np.asarray(keras.ops.convert_to_numpy(models.encoder(picture.astype("float32"))))


@pytest.mark.parametrize("shape", [(24, 24, 3), (1, 1, 1), (17, 40, 4)])
def test_the_small_net_takes_any_size(shape):
    models = build(resolved(embedding=8, scaling="unit"), shape, 2)
    picture = np.random.default_rng(0).integers(256, size=(3, *shape))
    vectors = embed(models, picture)
    assert vectors.shape == (3, 8)
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1, rtol=1e-5)


@pytest.mark.parametrize("name", ["VGG16", "DenseNet121", "MobileNetV2", "EfficientNetB0"])
def test_pixels_are_scaled_as_an_application_wants_and_that_is_saved(name, tmp_path):
    """One of each of Keras's ways: caffe, torch, tf, and nothing outside of the model."""
    inputs = keras.Input((4, 4, 3))
    model = keras.Model(inputs, _backbones.scaled_for(name.lower(), inputs) * 1.0)
    pixels = np.random.default_rng(0).integers(256, size=(2, 4, 4, 3)).astype("float32")
    module = _backbones.application_named(name).__module__.split(".")[-1]
    expected = np.asarray(getattr(keras.applications, module).preprocess_input(pixels.copy()))
    model.save(tmp_path / "model.keras")
    for one in (model, keras.models.load_model(tmp_path / "model.keras")):
        np.testing.assert_allclose(one.predict(pixels, verbose=0), expected, rtol=1e-5, atol=1e-4)


def test_an_application_with_random_weights(tmp_path):
    options = resolved("mobilenet", size=32, embedding=8, backbone_weights="none", augment="none")
    models = build(options, (32, 32, 3), 2)
    assert not models.pretrained
    assert models.encoder.output_shape == (None, 8)
    models.backbone.save_weights(tmp_path / "own.weights.h5")
    given = {**options.given(), "backbone_weights": tmp_path / "own.weights.h5"}
    again = build(TrainingOptions(**given), (32, 32, 3), 2)
    assert again.pretrained
    for ours, theirs in zip(models.backbone.get_weights(), again.backbone.get_weights(), strict=True):
        np.testing.assert_array_equal(ours, theirs)


def test_nothing_is_downloaded(tmp_path, monkeypatch):
    monkeypatch.setenv("KERAS_HOME", str(tmp_path))
    with pytest.raises(ValueError, match=r"nothing is downloaded. Received: no mobilenet_1_0_\d+_tf_no_top.h5"):
        build(resolved("MobileNet"), (128, 128, 3), 2)


@pytest.mark.parametrize(
    ("backbone", "message"),
    [("smal", "Did you mean small"), ("MobilNetV2", "Did you mean MobileNetV2"), ("preprocess", "keras.applications")],
)
def test_a_misspelt_backbone_is_refused(backbone, message):
    with pytest.raises(ValueError, match=message):
        _backbones.application_named(backbone)


def test_pictures_that_an_application_does_not_take():
    with pytest.raises(ValueError, match=r"to take pictures \(8, 8, 3\)"):
        build(resolved("Xception", size=8, backbone_weights="none"), (8, 8, 3), 2)


def saved(path, *more):
    keras.Sequential([keras.Input((None, None, 3)), layers.Conv2D(4, 3), *more]).save(path)
    return path


def test_a_file(tmp_path):
    models = build(resolved(saved(tmp_path / "own.keras"), embedding=8, scaling="none"), (24, 24, 3), 2)
    assert models.pretrained
    assert models.encoder.output_shape == (None, 8)
    assert _backbones.size_of_file(str(tmp_path / "own.keras")) is None


def test_a_file_with_a_lambda_is_never_run(tmp_path):
    saved(tmp_path / "own.keras", layers.Lambda(lambda x: x + 1))
    with pytest.raises(ValueError, match="Received: one with a Lambda layer"):
        build(resolved(tmp_path / "own.keras"), (24, 24, 3), 2)


def test_files_that_cannot_be(tmp_path):
    (tmp_path / "text.keras").write_text("no model")
    with pytest.raises(ValueError, match=r"Expected a model of Keras 3 in .*text.keras"):
        build(resolved(tmp_path / "text.keras"), (24, 24, 3), 2)
    with pytest.raises(FileNotFoundError, match="not there"):
        build(resolved(tmp_path / "none.keras"), (24, 24, 3), 2)
    keras.Sequential([keras.Input((4,)), layers.Dense(2)]).save(tmp_path / "flat.keras")
    with pytest.raises(ValueError, match="to take pictures"):
        build(resolved(tmp_path / "flat.keras"), (24, 24, 3), 2)
    with pytest.raises(ValueError, match=r"Expected pictures \(None, None, 3\)"):
        build(resolved(saved(tmp_path / "own.keras")), (24, 24, 1), 2)


def test_a_frozen_backbone_learns_nothing_and_its_normalization_never(tmp_path):
    models = build(resolved(saved(tmp_path / "own.keras", layers.BatchNormalization()), scaling="none"), (24, 24, 3), 2)
    models.freeze(True)
    assert len(models.trained.trainable_variables) == 2  # of the embedding
    models.freeze(False)
    assert len(models.trained.trainable_variables) == 4  # and of the convolution
    own = build(resolved(scaling="unit"), (24, 24, 3), 2)
    own.freeze(False)
    assert len(own.trained.trainable_variables) == 4 * 3 + 2


@pytest.mark.parametrize("name", LOSSES)
def test_every_loss_is_there_with_its_margin(name):
    for margin in {None, LOSSES[name]}:
        loss = make_loss(name, None, margin)
        if margin is not None:
            assert getattr(loss, "negative_margin" if name == "pair_contrastive" else "margin") == margin


@pytest.mark.parametrize("mining", MINING)
def test_every_mining_is_there(mining):
    assert np.isfinite(float(make_loss("triplet", mining, 0.3)(np.array([0, 0, 1, 1]), np.eye(4, dtype="float32"))))
