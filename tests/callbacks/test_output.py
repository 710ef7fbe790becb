"""Which output of a model is its embedding: chosen, found, or refused; never the class cosines in silence."""

import warnings

import keras
import numpy as np
import pytest
from keras import ops

from semihard.callbacks import EmbeddingCheckpoint, EmbeddingEvaluation, EmbeddingProjector
from semihard.evaluation import evaluate
from semihard.layers import CosineClassifier, GradCache
from semihard.losses import ArcFaceLoss, ProxyAnchorLoss, TripletLoss
from semihard.models import CrossBatchMemory

LABELS = np.arange(8).repeat(8)
X = (np.random.default_rng(0).normal(size=(8, 6))[LABELS] + 0.8 * np.random.default_rng(1).normal(size=(64, 6))).astype(
    "float32"
)


def encoder(*before):
    keras.utils.set_random_seed(3)
    return keras.Sequential(
        [keras.Input((6,)), *before, keras.layers.Dense(3, name="vector"), keras.layers.UnitNormalization(name="unit")],
        name="encoder",
    )


def wrapped():
    embed = encoder()
    return keras.Sequential([embed, CosineClassifier(8, name="cosines")], name="whole"), embed


def flat():
    keras.utils.set_random_seed(3)
    layers = [keras.Input((6,)), keras.layers.Dense(3), keras.layers.UnitNormalization(name="unit")]
    embed = keras.Sequential(layers)
    return keras.Sequential([*layers, CosineClassifier(8)]), embed


def chunked():
    embed = encoder()
    return keras.Sequential([keras.Input((6,)), GradCache(embed, chunks=3), CosineClassifier(8)]), embed


def nested():
    """A head that is a model itself, behind a layer: `embed` alone would miss what comes before it."""
    embed = encoder()
    inputs = keras.Input((6,))
    head = keras.Sequential([embed, CosineClassifier(8)])
    outputs = head(keras.layers.Rescaling(2.0, offset=1.0)(inputs))
    before = keras.Sequential([keras.Input((6,)), keras.layers.Rescaling(2.0, offset=1.0), embed])
    return keras.Model(inputs, outputs), before


class Own(keras.Model):
    def __init__(self):
        super().__init__()
        self.embed, self.classify = encoder(), CosineClassifier(8)

    def call(self, x):
        return self.classify(self.embed(x))


def own():
    model = Own()
    return model, model.embed


def expected(model, x=X):
    return ops.convert_to_numpy(model(x, training=False))


def embedded(model, x=X, **options):
    """What `EmbeddingCheckpoint` sees, a batch of 20 and the rest at a time; and what was said."""
    callback = EmbeddingEvaluation((x, LABELS), batch_size=20, **options)
    callback.set_model(model)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        found = callback._embedded()[0]
        again = callback._embedded()[0]
    np.testing.assert_array_equal(found, again)
    return found, [str(warning.message) for warning in caught if "takes" in str(warning.message)]


@pytest.mark.parametrize("made", [wrapped, flat, chunked, nested, own])
def test_a_classifier_at_the_end_is_looked_behind_and_that_is_said_once(made):
    """64 rows of 3 numbers, where the model gives 8 cosines."""
    model, embed = made()
    found, said = embedded(model)
    np.testing.assert_allclose(found, expected(embed), atol=1e-6)
    assert len(said) == 1
    assert "EmbeddingEvaluation takes the input of the CosineClassifier" in said[0]
    assert "[batch, 3]" in said[0]
    assert "`output`" in said[0]
    assert model.predict(X, verbose=0).shape == (64, 8)  # nothing of it stays


@pytest.mark.parametrize("loss", [ArcFaceLoss(scale=8.0), ProxyAnchorLoss()])
def test_fit_scores_the_embedding_and_not_the_cosines(loss, tmp_path):
    """The witness is the report of what `embed.predict` gives after training; the cosines' report is another."""
    model, embed = wrapped()
    model.compile(keras.optimizers.Adam(0.02), loss=loss)
    callbacks = [
        EmbeddingEvaluation((X, LABELS)),
        EmbeddingProjector(X, LABELS, tmp_path / "logs"),
        EmbeddingCheckpoint(X, tmp_path / "epochs"),
    ]
    with pytest.warns(UserWarning, match="takes the input of the CosineClassifier 'cosines'"):
        history = model.fit(X, LABELS, epochs=2, verbose=0, callbacks=callbacks).history
    vectors = embed.predict(X, verbose=0)
    assert history["val_map_at_r"][-1] == pytest.approx(
        evaluate(vectors, LABELS, resamples=0).figures["map_at_r"].value, abs=1e-6
    )
    cosines = evaluate(model.predict(X, verbose=0), LABELS, resamples=0).figures["map_at_r"].value
    assert abs(history["val_map_at_r"][-1] - cosines) > 1e-3
    np.testing.assert_allclose(np.load(tmp_path / "epochs" / "002.npy"), vectors, atol=1e-6)
    stored = np.fromfile(tmp_path / "logs" / "epoch-0002.bytes", "<f4").reshape(64, 3)
    np.testing.assert_allclose(stored, vectors, atol=1e-6)


@pytest.mark.parametrize("made", [wrapped, chunked, nested, own])
def test_layers_and_models_can_be_chosen(made):
    """By name, as a layer, or as a model: nothing is said then. A part is read where it stands."""
    model, embed = made()
    inner = next(layer for layer in model._flatten_layers() if layer.name == "encoder")
    for output in ("unit", "encoder", inner.get_layer("unit"), inner, embed):
        found, said = embedded(model, output=output)
        np.testing.assert_allclose(found, expected(embed), atol=1e-6)
        assert not said
    vector = keras.Model(embed.inputs, inner.get_layer("vector").output) if made is not nested else None
    if vector is not None:
        np.testing.assert_allclose(embedded(model, output="vector")[0], expected(vector), atol=1e-6)


def several(as_dict, *, with_classifier=False):
    inputs = keras.Input((6,))
    keras.utils.set_random_seed(3)
    vector = keras.layers.Dense(3, name="vector")(inputs)
    unit = keras.layers.UnitNormalization(name="unit")(vector)
    second = (
        CosineClassifier(8, name="second")(vector) if with_classifier else keras.layers.Dense(8, name="second")(unit)
    )
    outputs = {"embedding": unit, "scores": second} if as_dict else [unit, second]
    return keras.Model(inputs, outputs), keras.Model(inputs, unit)


@pytest.mark.parametrize("as_dict", [True, False])
def test_outputs_can_be_chosen_and_must_be(as_dict):
    model, embed = several(as_dict)
    for output in (0, -2, "embedding" if as_dict else "unit", "unit"):
        np.testing.assert_allclose(embedded(model, output=output)[0], expected(embed), atol=1e-6)
    assert embedded(model, output=1)[0].shape == (64, 8)
    names = r"'embedding' \[batch, 3\], 'scores' \[batch, 8\]" if as_dict else r"'unit' \[batch, 3\], 'second'"
    with pytest.raises(ValueError, match=rf"Received 2: {names}.*`output`"):
        embedded(model)


@pytest.mark.parametrize("as_dict", [True, False])
def test_of_an_embedding_and_cosines_the_embedding_is_taken(as_dict):
    model, embed = several(as_dict, with_classifier=True)
    found, said = embedded(model)
    np.testing.assert_allclose(found, expected(embed), atol=1e-6)
    assert len(said) == 1
    assert ("the output 'embedding', [batch, 3]" if as_dict else "the output 'unit', [batch, 3]") in said[0]


def test_what_comes_after_cosines_is_refused_and_what_stands_beside_them_is_not():
    embed = encoder()
    softmax = keras.Sequential([embed, CosineClassifier(8), keras.layers.Softmax()])
    with pytest.raises(ValueError, match=r"none of them is surely it\. Give `output`"):
        embedded(softmax)

    class Beside(keras.Model):
        def __init__(self):
            super().__init__()
            self.embed, self.classify = encoder(), CosineClassifier(8)

        def call(self, x):
            vectors = self.embed(x)
            self.add_loss(ops.mean(self.classify(vectors)))
            return vectors

    model = Beside()
    found, said = embedded(model)
    np.testing.assert_allclose(found, expected(model.embed), atol=1e-6)
    assert not said


def test_a_memory_is_seen_through():
    embed = encoder()
    model = CrossBatchMemory(embed, size=32)
    model.compile("sgd", loss=TripletLoss())
    model.fit(X, LABELS, verbose=0, callbacks=[EmbeddingEvaluation((X, LABELS))])
    for output in (None, embed, "encoder", "unit", 0):
        np.testing.assert_allclose(embedded(model, output=output)[0], expected(embed), atol=1e-6)


def test_a_model_of_pairs_is_evaluated_by_the_model_of_one():
    embed = encoder()
    left, right = keras.Input((6,)), keras.Input((6,))
    model = keras.Model([left, right], keras.layers.Dot(1)([embed(left), embed(right)]))
    np.testing.assert_allclose(embedded(model, output=embed)[0], expected(embed), atol=1e-6)
    twice = keras.Sequential([keras.Input((6,)), dense := keras.layers.Dense(6, name="twice"), dense])
    with pytest.raises(ValueError, match="'twice', which it applies 2 times"):
        embedded(twice, output="twice")


def test_half_precision_dropout_and_structures_are_read_as_predict_reads_them():
    keras.utils.set_random_seed(0)
    inputs = {"a": keras.Input((6,), name="a"), "b": keras.Input((6,), name="b")}
    both = keras.layers.Concatenate()([inputs["a"], inputs["b"]])
    vector = keras.layers.Dense(4, dtype="mixed_float16", name="vector")(keras.layers.Dropout(0.5)(both))
    model = keras.Model(inputs, CosineClassifier(8)(vector))
    data = {"a": X, "b": -X}
    found, _ = embedded(model, data)
    np.testing.assert_allclose(found, keras.Model(inputs, vector).predict(data, verbose=0), atol=1e-3)
    assert found.dtype == np.float16


def test_wrong_outputs_raise():
    model, _ = wrapped()
    for output in (1.5, True, ["unit"]):
        with pytest.raises(TypeError, match="Expected `output`"):
            EmbeddingEvaluation((X, LABELS), output=output)
    with pytest.raises(ValueError, match=r"the outputs .* and the layers 'encoder', 'cosines'"):
        embedded(model, output="nit")
    with pytest.raises(ValueError, match=r"one of 1 outputs\. Received: 1"):
        embedded(model, output=1)
    with pytest.raises(ValueError, match="not in it"):
        embedded(model, output=keras.layers.Dense(2, name="other"))
    cube = keras.Sequential([keras.Input((6,)), keras.layers.Reshape((3, 2), name="cube"), keras.layers.Flatten()])
    with pytest.raises(ValueError, match=r"\[batch, dim\].*\(20, 3, 2\)"):
        embedded(cube, output="cube")
    same = keras.Sequential([keras.Input((6,)), encoder(), keras.layers.Dense(3, name="unit")])
    with pytest.raises(ValueError, match="name of 2"):
        embedded(keras.Sequential([same, keras.layers.Dense(2, name="last")]), output="unit")
