"""The tutorial on a few hundred digits: what each file holds, and what is left after a failure at any point."""

import contextlib
import errno
import io
import json
import os
import re
from pathlib import Path

import keras
import numpy as np
import pytest
from matplotlib.colors import to_rgb
from matplotlib.image import imread

import semihard._core.extras
from semihard.datasets import mnist
from semihard.visualization import read_sprite
from semihard.visualization.pictures._colors import TEN
from semihard.workflows.tutorial import mnist_tutorial

FILES = [
    "embedding.png",
    "history.png",
    "meta.tsv",
    "metrics.json",
    "model.keras",
    "run.json",
    "sprite.png",
    "vecs.tsv",
]
SMALL = {"epochs": 2, "batch_size": 32, "train_digits": 640, "test_digits": 200}


def names(directory: Path) -> list[str]:
    return sorted(entry.name for entry in directory.iterdir())


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    """One run of the tutorial: (directory, what it returned, what it printed)."""
    directory = tmp_path_factory.mktemp("tutorial") / "new" / "run"
    with contextlib.redirect_stdout(io.StringIO()) as printed:
        figures = mnist_tutorial.run(directory, seed=3, **SMALL)
    return directory, figures, printed.getvalue()


def test_writes_its_files_and_nothing_else(finished):
    assert names(finished[0]) == FILES


def test_vectors_are_those_of_the_saved_model(finished):
    """model.keras loads in safe mode, with its loss, and embeds the first 200 test digits as vecs.tsv has them."""
    directory, _, _ = finished
    model = keras.models.load_model(directory / "model.keras")
    assert type(model.loss).__name__ == "TripletSemiHardLoss"
    vectors = np.loadtxt(directory / "vecs.tsv", np.float32, delimiter="\t")
    images = mnist()[1][0][:200]
    np.testing.assert_allclose(model.predict(images[..., None] / np.float32(255), verbose=0), vectors, atol=1e-5)
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)
    assert vectors.shape == (200, 256)


def test_the_sheet_has_the_digits_in_order(finished):
    np.testing.assert_array_equal(read_sprite(finished[0] / "sprite.png", 200), mnist()[1][0][:200])


@pytest.mark.parametrize("recipe", ["addons", "balanced"])
def test_embeddings_of_each_epoch_are_kept_if_asked_for(tmp_path, recipe):
    """The last epoch's are those of vecs.tsv; a run that keeps none leaves none of another run."""
    small = {**SMALL, "recipe": recipe, "train_digits": 64, "test_digits": 50}
    with contextlib.redirect_stdout(io.StringIO()):
        mnist_tutorial.run(tmp_path, keep_epochs=True, **small)
        kept = [np.load(tmp_path / "epochs" / f"00{epoch}.npy") for epoch in (1, 2)]
        vectors = np.loadtxt(tmp_path / "vecs.tsv", np.float32, delimiter="\t")
        np.testing.assert_allclose(kept[1], vectors, atol=1e-5)
        assert np.abs(kept[0] - vectors).max() > 1e-3
        mnist_tutorial.run(tmp_path, **small)
    assert names(tmp_path) == FILES


def test_labels(finished):
    lines = (finished[0] / "meta.tsv").read_text().splitlines()
    assert lines == [str(label) for label in mnist()[1][1][:200]]


def test_figures_against_naive_loops(finished):
    """Recall@1, Recall@5, R-Precision and MAP@R recomputed from vecs.tsv by sorting each row's distances."""
    directory, returned, _ = finished
    figures = json.loads((directory / "metrics.json").read_text())
    assert figures == returned
    vectors, labels = np.loadtxt(directory / "vecs.tsv", delimiter="\t"), mnist()[1][1][:200]
    rows = []
    for i in range(200):
        others = np.delete(np.arange(200), i)
        order = others[np.argsort(np.linalg.norm(vectors[others] - vectors[i], axis=1))]
        hit = labels[order] == labels[i]
        total = hit.sum()
        top = hit[:total]
        precision = np.cumsum(top) / np.arange(1, total + 1)
        rows.append([hit[0], hit[:5].any(), top.mean(), (precision * top).sum() / total])
    expected = np.mean(rows, axis=0)
    received = [figures[name] for name in ("recall_at_1", "recall_at_5", "r_precision", "map_at_r")]
    np.testing.assert_allclose(received, expected, atol=1e-6)
    assert figures["scored"] == figures["total"] == 200


def test_the_rest_of_the_figures(finished):
    figures = finished[1]
    assert len(figures["loss"]) == 2
    assert 0 < figures["loss"][1] < figures["loss"][0] < 1.5
    *stages, total = figures["seconds"].items()
    assert [name for name, _ in stages] == ["data", "train", "embed", "evaluate", "map"]
    assert total == ("total", pytest.approx(sum(seconds for _, seconds in stages), abs=0.05))
    # A stage of this small run may take less than the hundredth of a second that the figures keep.
    assert all(seconds >= 0 for _, seconds in stages)
    assert total[1] > 0
    assert figures["backend"] == keras.backend.backend()
    assert figures["versions"]["keras"] == keras.__version__
    packages = {"python", "semihard", "keras", "numpy", "umap-learn", "matplotlib", keras.backend.backend()}
    assert set(figures["versions"]) == packages
    assert figures["seed"] == 3
    assert figures["settings"] == {
        **SMALL,
        "recipe": "addons",
        "steps_per_execution": 25 if keras.backend.backend() == "tensorflow" else 1,
        "shuffle_buffer": 1024,
        "learning_rate": 1e-3,
        "margin": 1.0,
        "jit_compile": keras.backend.backend() == "jax",
    }


def test_pictures(finished):
    """The map has the plate of each of the ten classes, in its own colour; the curve is there."""
    embedding = imread(finished[0] / "embedding.png")[..., :3]
    for color in TEN:
        assert (np.abs(embedding - to_rgb(color)) < 1 / 255).all(axis=-1).sum() > 500
    history = imread(finished[0] / "history.png")[..., :3]
    assert (np.abs(history - to_rgb("#1f5fa8")) < 1 / 255).all(axis=-1).sum() > 500


def test_it_says_what_it_does_and_what_comes_next(finished):
    directory, figures, printed = finished
    for number in range(1, 6):
        assert f"[{number}/5] " in printed
    for name in FILES:
        assert name in printed
    assert re.findall("Epoch ./.", printed) == ["Epoch 1/2", "Epoch 2/2"]
    assert f"Recall@1 {figures['recall_at_1']:.4f}" in printed
    assert "https://projector.tensorflow.org" in printed
    assert f"semihard view {directory}" in printed
    assert f"keras.models.load_model({str(directory / 'model.keras')!r})" in printed


@pytest.mark.parametrize("error", [KeyboardInterrupt(), OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))])
@pytest.mark.parametrize("survivors", range(10))
def test_a_failure_at_any_file_leaves_only_whole_ones(tmp_path, monkeypatch, error, survivors):
    """Files are completed in this order; the failing one, and all after it, must not be there in any form.

    `run.json` comes first, and again when all others are there; a third time, where the run is to be. Of an earlier
    run, all that was there is there.
    """
    (tmp_path / "metrics.json").write_text("of an earlier run")
    order = ["model.keras", "history.png", "meta.tsv", "vecs.tsv", "sprite.png", "embedding.png", "metrics.json"]
    sync, calls = os.fsync, []

    def failing(descriptor):
        calls.append(descriptor)
        if len(calls) > survivors:
            raise error
        sync(descriptor)

    monkeypatch.setattr(os, "fsync", failing)
    monkeypatch.setitem(mnist_tutorial.TRAIN, "addons", lambda *_, **__: {"loss": [1.0]})
    with pytest.raises(type(error)):
        mnist_tutorial.run(tmp_path, train_digits=2, test_digits=20)
    kept = order[: max(0, survivors - 1)]
    assert names(tmp_path) == ["metrics.json", *(["unfinished"] if kept else [])]
    assert (tmp_path / "metrics.json").read_text() == "of an earlier run"
    if kept:
        assert names(tmp_path / "unfinished") == sorted([*kept, "run.json"])


def test_an_interrupted_training_leaves_nothing(tmp_path, monkeypatch):
    def interrupted(*_, **__):
        raise KeyboardInterrupt

    monkeypatch.setitem(mnist_tutorial.TRAIN, "addons", interrupted)
    with pytest.raises(KeyboardInterrupt):
        mnist_tutorial.run(tmp_path, train_digits=2, test_digits=20)
    assert names(tmp_path) == []


def test_it_is_the_same_under_other_settings_of_keras(tmp_path):
    """keras.json may say channels first and half precision; they are as they were afterwards."""
    small = {**SMALL, "train_digits": 64, "test_digits": 50}
    expected = mnist_tutorial.run(tmp_path / "usual", **small)
    before = keras.config.dtype_policy()
    try:
        keras.config.set_floatx("float16")
        keras.config.set_image_data_format("channels_first")
        keras.config.set_dtype_policy("float16")
        found = mnist_tutorial.run(tmp_path / "other", **small)
        assert (keras.config.floatx(), keras.config.image_data_format()) == ("float16", "channels_first")
        assert keras.config.dtype_policy().name == "float16"
        model = keras.models.load_model(tmp_path / "other" / "model.keras")
        assert {weight.dtype for weight in model.weights} == {"float32"}
    finally:
        keras.config.set_floatx("float32")
        keras.config.set_image_data_format("channels_last")
        keras.config.set_dtype_policy(before)
    np.testing.assert_allclose(found["loss"], expected["loss"], rtol=1e-3)
    np.testing.assert_allclose(
        np.loadtxt(tmp_path / "other" / "vecs.tsv"), np.loadtxt(tmp_path / "usual" / "vecs.tsv"), atol=1e-3
    )


def test_a_second_run_at_the_same_time_is_refused(tmp_path, monkeypatch):
    def second(*_, **__):
        with pytest.raises(BlockingIOError, match="another process"):
            mnist_tutorial.run(tmp_path)
        return {"loss": [1.0]}

    monkeypatch.setitem(mnist_tutorial.TRAIN, "addons", second)
    mnist_tutorial.run(tmp_path, train_digits=2, test_digits=20)
    assert names(tmp_path) == FILES


@pytest.mark.parametrize("module", ["matplotlib", "umap"])
def test_missing_packages_are_found_before_any_work(tmp_path, monkeypatch, module):
    monkeypatch.setattr(semihard._core.extras, "find_spec", lambda name: None if name == module else object())
    with pytest.raises(ImportError, match=r'pip install "semihard\[plots\]"'):
        mnist_tutorial.run(tmp_path / "out")
    assert names(tmp_path) == []


def test_a_place_that_cannot_be_written_to_is_found_before_any_work(tmp_path, monkeypatch):
    monkeypatch.setitem(mnist_tutorial.MODEL, "addons", None)
    (tmp_path / "file").write_text("")
    with pytest.raises(OSError, match="file"):
        mnist_tutorial.run(tmp_path / "file" / "out")
    with pytest.raises(OSError, match="file"):
        mnist_tutorial.run(tmp_path / "file")


@pytest.mark.parametrize(
    "options",
    [{"epochs": 0}, {"batch_size": 1}, {"seed": -1}, {"train_digits": 1}, {"test_digits": 9}],
)
def test_options_out_of_range(tmp_path, options):
    (name,) = options
    with pytest.raises(ValueError, match=f"`{name}` to be at least"):
        mnist_tutorial.run(tmp_path, **options)


def test_an_unknown_recipe_raises(tmp_path):
    with pytest.raises(ValueError, match=r"'addons', 'balanced'.*'even'"):
        mnist_tutorial.run(tmp_path / "out", recipe="even")
    assert not (tmp_path / "out").exists()
