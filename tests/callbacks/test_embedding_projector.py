"""What a training leaves for TensorBoard: the model's own embeddings, epoch by epoch, that TensorBoard reads."""

import http.client
import json
from urllib.parse import urlsplit

import keras
import numpy as np
import pytest

from semihard.callbacks import EmbeddingProjector
from semihard.losses import TripletSemiHardLoss
from semihard.visualization import read_metadata, read_sprite

LABELS = np.arange(6).repeat(10)
POINTS = np.random.default_rng(0).normal(size=(60, 8)).astype("float32")
PICTURES = np.random.default_rng(1).integers(0, 256, (60, 4, 4), np.uint8)


def model():
    keras.utils.set_random_seed(0)
    made = keras.Sequential([keras.Input((8,)), keras.layers.Dense(4), keras.layers.UnitNormalization()])
    made.compile(keras.optimizers.Adam(0.05), loss=TripletSemiHardLoss())
    return made


def fitted(*callbacks, epochs=3, **options):
    made = model()
    made.fit(POINTS, LABELS, batch_size=30, epochs=epochs, verbose=0, callbacks=list(callbacks), **options)
    return made


def names(directory):
    return sorted(path.name for path in directory.iterdir())


def tensor(path):
    return np.fromfile(path, "<f4").reshape(60, 4)


def test_the_embeddings_of_each_epoch(tmp_path):
    """Beside what `predict` gives at the same time; a batch size that does not divide the data."""
    seen = []
    spy = keras.callbacks.LambdaCallback(on_epoch_end=lambda epoch, logs: seen.append(made.predict_on_batch(POINTS)))
    made = model()
    projector = EmbeddingProjector(POINTS, LABELS, tmp_path / "new" / "logs", images=PICTURES, batch_size=7)
    made.fit(POINTS, LABELS, batch_size=30, epochs=3, verbose=0, callbacks=[projector, spy])
    directory = tmp_path / "new" / "logs"
    assert names(directory) == [
        *(f"epoch-000{epoch}.bytes" for epoch in (1, 2, 3)),
        "metadata.tsv",
        "projector_config.pbtxt",
        "sprite.png",
    ]
    for epoch, expected in enumerate(seen, 1):
        np.testing.assert_allclose(tensor(directory / f"epoch-000{epoch}.bytes"), expected, atol=1e-5)
    assert not np.allclose(seen[0], seen[2], atol=1e-3)
    assert read_metadata(directory / "metadata.tsv") == {"label": [str(label) for label in LABELS]}
    np.testing.assert_array_equal(read_sprite(directory / "sprite.png", 60), PICTURES)


def test_every_second_epoch_the_last_and_only_so_many(tmp_path):
    fitted(EmbeddingProjector(POINTS, LABELS, tmp_path / "all", every=2), epochs=5)
    assert names(tmp_path / "all")[:3] == ["epoch-0002.bytes", "epoch-0004.bytes", "epoch-0005.bytes"]
    fitted(EmbeddingProjector(POINTS, LABELS, tmp_path / "two", keep=2), epochs=5)
    assert names(tmp_path / "two") == ["epoch-0004.bytes", "epoch-0005.bytes", "metadata.tsv", "projector_config.pbtxt"]
    config = (tmp_path / "two" / "projector_config.pbtxt").read_text()
    assert config.count("tensor_path") == 2
    assert "epoch-0003" not in config


def test_a_second_fit_with_the_same_callback_writes_no_name_twice(tmp_path):
    projector, made = EmbeddingProjector(POINTS, LABELS, tmp_path, keep=3), model()
    for _ in range(2):
        made.fit(POINTS, LABELS, epochs=2, verbose=0, callbacks=[projector])
    assert names(tmp_path)[:2] == ["epoch-0001.bytes", "epoch-0002.bytes"]
    np.testing.assert_allclose(tensor(tmp_path / "epoch-0002.bytes"), made.predict_on_batch(POINTS), atol=1e-5)


def test_tensorboard_reads_them(tmp_path):
    pytest.importorskip("tensorboard", reason='Run: pip install "semihard[tensorboard]"')
    from semihard.visualization import serve_in_background

    table = {"label": LABELS, "row": range(60)}
    made = fitted(EmbeddingProjector(POINTS, table, tmp_path, images=PICTURES[..., None] / 255.0))
    with serve_in_background(tmp_path) as url:
        connection = http.client.HTTPConnection(urlsplit(url).netloc)

        def get(path):
            connection.request("GET", f"/data/plugin/projector/{path}")
            return connection.getresponse().read()

        shown = json.loads(get("info?run=."))["embeddings"]
        assert [embedding["tensorName"] for embedding in shown] == ["epoch-0001", "epoch-0002", "epoch-0003"]
        last = np.frombuffer(get("tensor?run=.&name=epoch-0003"), "<f4").reshape(60, 4)
        assert get("metadata?run=.&name=epoch-0003").startswith(b"label\trow\n0\t0\n")
        assert get("sprite_image?run=.&name=epoch-0001").startswith(b"\x89PNG")
        connection.close()
    np.testing.assert_allclose(last, made.predict_on_batch(POINTS), atol=1e-5)


def test_it_does_not_disturb_training(tmp_path):
    with_it, without = fitted(EmbeddingProjector(POINTS, LABELS, tmp_path)), fitted()
    np.testing.assert_allclose(with_it.predict_on_batch(POINTS), without.predict_on_batch(POINTS), atol=1e-5)


def test_a_diverged_model_gives_a_warning_and_no_file(tmp_path):
    made = model()
    made.set_weights([np.full(weight.shape, np.nan) for weight in made.get_weights()])
    projector = EmbeddingProjector(POINTS, LABELS, tmp_path)
    projector.set_model(made)
    projector.on_train_begin()
    with pytest.warns(UserWarning, match="epoch 5 are not finite"):
        projector.on_epoch_end(4)
    assert names(tmp_path) == ["metadata.tsv"]


def test_wrong_arguments_raise_before_any_work(tmp_path):
    log_dir = tmp_path / "logs"
    for options, error, match in (
        ({"labels": LABELS[:-1]}, ValueError, "so 60. Received: 59 labels"),
        ({"labels": {"a": LABELS, "b": LABELS[1:]}}, ValueError, "59 labels"),
        ({"images": PICTURES[:-1]}, ValueError, "60 samples, 59 pictures"),
        ({"every": 0}, ValueError, "every"),
        ({"keep": 0}, ValueError, "keep"),
        ({"batch_size": 0.5}, TypeError, "batch_size"),
    ):
        with pytest.raises(error, match=match):
            EmbeddingProjector(**{"x": POINTS, "labels": LABELS, "log_dir": log_dir, **options})
    assert not log_dir.exists()
