"""`semihard.train` from a folder to a judged model, in Python and on the command line."""

import dataclasses
import json
import shutil
import warnings
from importlib.util import find_spec

import keras
import numpy as np
import pytest

import semihard
from semihard import cli
from semihard._core.extras import MissingPackage
from semihard.data import ImageFiles, Preprocessing
from semihard.visualization import read_tsv
from semihard.workflows.training.config import read_config
from tests.workflows.training.photos import photos

# Those that look at the pictures look at the fixtures' runs.
pytestmark = pytest.mark.usefixtures("no_pictures")

# What is fast: few and small pictures, changes that compile at once, no map.
FAST = {"epochs": 1, "size": 16, "batch": 8, "augment": "flip", "embedding": 8, "map": "none"}
FILES = {
    *("checkpoints", "cleaning.csv", "config.toml", "embedding.png", "meta.tsv", "metrics.json", "metrics.jsonl"),
    *("model.keras", "neighbors.png", "preprocessing.json", "report.json", "report.png", "report.txt", "run.json"),
    *("train.log", "training.png", "vecs.tsv", "view.html"),
    *(["tensorboard"] if find_spec("tensorboard") else []),
}


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    return photos(tmp_path_factory.mktemp("data") / "photos", size=16)


@pytest.fixture(scope="module")
def run(data, tmp_path_factory):
    """A run of three epochs with all that it may hold."""
    run = tmp_path_factory.mktemp("runs") / "run"
    semihard.train(data, run, **{**FAST, "epochs": 3, "map": "pca"})
    return run


def weights(run):
    return keras.models.load_model(run / "model.keras", compile=False).get_weights()


def assert_equal(ours, theirs):
    for one, other in zip(ours, theirs, strict=True):
        np.testing.assert_array_equal(one, other)


def test_what_a_run_holds(run):
    assert {path.name for path in run.iterdir()} == FILES
    assert {path.name for path in (run / "checkpoints").iterdir()} == {"last.npz", "best.keras"}
    records = [json.loads(line) for line in (run / "metrics.jsonl").read_text().splitlines()]
    assert [record["epoch"] for record in records] == [1, 2, 3]
    assert {"loss", "val_map_at_r", "learning_rate", "seconds"} <= set(records[0])
    log = (run / "train.log").read_text()
    assert "Training on 24 images of 4 classes" in log
    assert "epoch   3 of 3" in log
    text = str(semihard.train(resume=run))
    assert f"Next:\n  Look at them:      semihard view {run}\n" in text
    assert f"--backbone efficientnet_lite0 --freeze-epochs all --out {run}-3\n" in text


def test_what_may_be_wrong_with_the_data_is_in_the_report_and_in_the_page(run):
    """As many as the table has; of each held-out image, whether it is among those of training."""
    table = (run / "cleaning.csv").read_text().splitlines()[1:]
    found = json.loads((run / "metrics.json").read_text())
    assert found["cleaning"]["labels_that_look_wrong"] == sum(line.startswith("label,") for line in table)
    assert found["dims"] is None
    assert "the data, by what the model makes of 36 images" in (run / "report.txt").read_text()
    page = (run / "view.html").read_text()
    columns = json.loads(page.partition('id="page">')[2].partition("</script>")[0])["columns"]
    assert [column["name"] for column in columns] == ["label", "also in training", "label check", "near-duplicate"]
    assert columns[1]["values"] == ["no"]


def test_the_best_model_is_kept(run):
    records = [json.loads(line) for line in (run / "metrics.jsonl").read_text().splitlines()]
    scores = [record["val_map_at_r"] for record in records]
    found = json.loads((run / "metrics.json").read_text())
    assert found["best_epoch"] == 1 + scores.index(max(scores))
    assert found["figures"]["map_at_r"] == pytest.approx(max(scores))


def test_the_model_and_its_preprocessing_give_the_vectors_of_the_run(run, data):
    """From the files, one by one, as where the model is used."""
    vectors, paths = read_tsv(run / "vecs.tsv", run / "meta.tsv", column="path")
    model = keras.models.load_model(run / "model.keras")
    read = Preprocessing.from_json(run / "preprocessing.json")
    pixels = np.stack([read(path) for path in paths])
    np.testing.assert_allclose(model.predict(pixels, verbose=0), vectors, atol=1e-5)
    images = ImageFiles(data, (16, 16))
    assert_equal(pixels, images[[images.paths.index(type(images.paths[0])(path)) for path in paths]])


def test_the_events_are_those_of_tensorboard(run):
    loader = pytest.importorskip("tensorboard.backend.event_processing.event_file_loader")
    (path,) = (run / "tensorboard").iterdir()
    found = [event for event in loader.EventFileLoader(str(path)).Load() if event.step]
    assert [event.step for event in found] == [1, 2, 3]
    assert "loss" in {value.tag for value in found[0].summary.value}


def test_its_config_alone_runs_it_again(run, tmp_path):
    options = read_config(run / "config.toml")
    assert options["backend"] == keras.backend.backend()
    assert options["margin"] == 0.3
    semihard.train(out=tmp_path / "again", config=run / "config.toml", map="none")
    assert_equal(weights(run), weights(tmp_path / "again"))


def test_the_workers_decide_nothing(run, data, tmp_path):
    semihard.train(data, tmp_path / "run", **{**FAST, "epochs": 3, "workers": 1})
    assert_equal(weights(run), weights(tmp_path / "run"))


def test_another_seed_is_another_run(run, data, tmp_path):
    semihard.train(data, tmp_path / "run", **{**FAST, "epochs": 3, "seed": 1})
    assert not np.array_equal(weights(run)[0], weights(tmp_path / "run")[0])


def test_the_other_commands_take_a_run(run, tmp_path, capsys):
    copy = shutil.copytree(run, tmp_path / "run")
    assert cli.main(["evaluate", str(copy), "--column", "label"]) == 0
    assert cli.main(["view", str(copy), "--no-open", "--method", "pca"]) == 0
    assert "Recall@1" in capsys.readouterr().out


def test_a_run_is_not_written_over(run, data, tmp_path):
    copy = shutil.copytree(run, tmp_path / "run")
    with pytest.raises(FileExistsError, match=r"holds a run.* Choose another directory, or replace"):
        semihard.train(data, copy, **FAST)
    (copy / "mine.txt").write_text("mine")
    trained = semihard.train(data, copy, overwrite=True, **FAST)
    assert trained.epochs == 1
    assert (copy / "mine.txt").read_text() == "mine"
    assert not (copy / "view.html").exists()  # of the run before


def test_wrong_data_leave_an_old_run_as_it_was(run, tmp_path):
    copy = shutil.copytree(run, tmp_path / "run")
    with pytest.raises(ValueError, match="Received: 1 in"):
        semihard.train(photos(tmp_path / "one", classes=1), copy, overwrite=True, **FAST)
    assert {path.name for path in copy.iterdir()} == FILES


def test_it_begins_with_the_weights_of_another_run(run, data, tmp_path):
    options = {**FAST, "learning_rate": 1e-12}
    semihard.train(data, tmp_path / "next", weights=run, **options)
    for ours, theirs in zip(weights(run)[-2:], weights(tmp_path / "next")[-2:], strict=True):
        np.testing.assert_allclose(ours, theirs, atol=1e-6)
    with pytest.raises(ValueError, match="weights of other shapes"):
        semihard.train(data, tmp_path / "other", weights=run, **{**FAST, "embedding": 9})
    with pytest.raises(FileNotFoundError, match="a finished run"):
        semihard.train(data, tmp_path / "other", weights=data, **FAST)


def test_it_ends_when_nothing_gets_better(data, tmp_path, monkeypatch):
    """MAP@R of 0.5, 0.6 and then 0.6 for ever: with a patience of 2 the fourth epoch is the last one."""
    scores = iter([0.5, 0.6, *[0.6] * 9])
    evaluate = semihard.callbacks.EmbeddingEvaluation.evaluate
    monkeypatch.setattr(
        semihard.callbacks.EmbeddingEvaluation, "evaluate", lambda self: {**evaluate(self), "map_at_r": next(scores)}
    )
    trained = semihard.train(data, tmp_path / "run", **{**FAST, "epochs": 9, "patience": 2})
    assert (trained.epochs, trained.best_epoch) == (4, 2)
    again = semihard.train(resume=tmp_path / "run")
    assert (again.epochs, again.best_epoch) == (4, 2)


def test_a_loss_that_is_not_finite_is_said(data, tmp_path):
    with pytest.raises(ValueError, match=r"diverged\. Train with a smaller learning_rate"), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        semihard.train(data, tmp_path / "run", **{**FAST, "epochs": 5, "learning_rate": 1e30, "warmup": 0})


@pytest.mark.parametrize("options", [{"loss": "arcface"}, {"loss": "multi_similarity"}, {"mining": "hardest"}], ids=str)
def test_losses(data, tmp_path, options):
    trained = semihard.train(data, tmp_path / "run", **FAST, **options)
    assert np.isfinite(trained.figures["map_at_r"])
    assert keras.models.load_model(tmp_path / "run" / "model.keras").output_shape == (None, 8)


@pytest.mark.parametrize("loss", ["arcface", "nt_xent"])
def test_embeddings_that_may_be_cut_off(data, tmp_path, monkeypatch, loss):
    """All sizes are trained, judged and drawn; what is kept is whole. With many images the data are not looked at."""
    monkeypatch.setattr("semihard.workflows.training._results.find_spec", find_spec)  # with pictures
    monkeypatch.setattr("semihard.workflows.training._cleaning.MOST", 35)
    run = tmp_path / "run"
    semihard.train(data, run, **FAST, loss=loss, dims=[2, 4])
    found = json.loads((run / "metrics.json").read_text())
    assert found["dims"]["map_at_r_dim_8"] == pytest.approx(found["figures"]["map_at_r"], abs=1e-6)
    assert {"recall_at_1_dim_2", "recall_at_1_dim_4"} < set(found["dims"])
    assert "MAP@R of 2" in (run / "report.txt").read_text()
    assert (run / "dims.png").stat().st_size > 10_000
    assert keras.models.load_model(run / "model.keras").output_shape == (None, 8)
    assert read_config(run / "config.toml")["dims"] == (2, 4)
    assert found["cleaning"] is None
    assert not (run / "cleaning.csv").exists()
    assert "to compare 36 images takes long" in (run / "train.log").read_text()


def test_half_precision(data, tmp_path):
    semihard.train(data, tmp_path / "run", **FAST, precision="mixed_bfloat16")
    model = keras.models.load_model(tmp_path / "run" / "model.keras")
    assert model.output.dtype == "float32"
    assert model.get_layer("small").layers[1].compute_dtype == "bfloat16"
    assert keras.config.dtype_policy().name == "float32"


@pytest.fixture(scope="module")
def from_features(data, tmp_path_factory):
    """A run whose backbone, a file, was frozen for good."""
    folder = tmp_path_factory.mktemp("frozen")
    keras.utils.set_random_seed(0)
    layers = [keras.layers.Conv2D(8, 3, 2, activation="relu"), keras.layers.GlobalMaxPooling2D()]
    keras.Sequential([keras.Input((16, 16, 3)), *layers]).save(folder / "backbone.keras")
    options = {**FAST, "epochs": 3, "freeze_epochs": "all", "copies": 1, "learning_rate": 0.01, "scaling": "unit"}
    semihard.train(data, folder / "run", backbone=folder / "backbone.keras", **options)
    return folder


def test_features_computed_once_give_the_vectors_of_the_whole_model(from_features):
    """What is saved takes pixels, and has the backbone as it was; the log says that it was asked once."""
    run = from_features / "run"
    vectors, paths = read_tsv(run / "vecs.tsv", run / "meta.tsv", column="path")
    model, read = keras.models.load_model(run / "model.keras"), Preprocessing.from_json(run / "preprocessing.json")
    pixels = np.stack([read(path) for path in paths])
    np.testing.assert_allclose(model.predict(pixels, verbose=0), vectors, atol=1e-5)
    before = keras.models.load_model(from_features / "backbone.keras").get_weights()
    assert_equal(before, model.get_weights()[: len(before)])
    assert (run / "train.log").read_text().count("Computing the features of") == 2  # of training, and of the held out
    assert "24 pictures (train) and of 1 changed copy of each" in (run / "train.log").read_text()
    assert {path.name for path in run.iterdir()} == FILES - {"view.html", "embedding.png"}


def test_features_are_those_of_the_pictures_and_of_their_changed_copies(from_features, data, tmp_path):
    """Asked of the backbone by itself, picture by picture; copies are others, and the same whenever they are made."""
    from semihard.workflows.training._features import inputs
    from semihard.workflows.training._images import read_images
    from semihard.workflows.training._model import build
    from semihard.workflows.training.options import TrainingOptions

    given = {**read_config(from_features / "run" / "config.toml"), "copies": 2, "augment": "photo"}
    images, options = read_images(TrainingOptions.checked(given))
    found = []
    for name, workers in (("one", 1), ("two", 3)):
        models = build(options, (16, 16, 3), 4)
        (tmp_path / name).mkdir()
        taken = inputs(models, images, dataclasses.replace(options, workers=workers), tmp_path / name, print)
        x, labels, augment = taken.of_training()
        assert (x.shape, len(labels), augment) == ((72, 8), 72, None)
        assert labels[24:48] == images.train.labels
        found.append(x)
    assert_equal(*found)
    backbone = keras.models.load_model(from_features / "backbone.keras")
    alone = np.concatenate([backbone.predict(images.train[[i]] / 255, verbose=0) for i in range(24)])
    np.testing.assert_allclose(found[0][:24], alone, atol=1e-5)
    assert (np.abs(found[0].reshape(3, 24, 8)[1:] - alone).max(axis=(1, 2)) > 0.01).all()
    assert np.abs(found[0][24:48] - found[0][48:]).max() > 0.01


def test_a_backbone_that_has_learned_nothing_is_not_frozen_for_good(run, data, tmp_path):
    with pytest.raises(ValueError, match=r"freeze_epochs='all' with a backbone that has weights"):
        semihard.train(data, tmp_path / "run", **FAST, freeze_epochs="all")
    assert not (tmp_path / "run").exists()
    semihard.train(data, tmp_path / "run", **{**FAST, "freeze_epochs": "all", "weights": run})
    assert_equal(weights(run)[:-2], weights(tmp_path / "run")[:-2])


def test_pictures_are_not_changed_unless_copies_are_asked_for(run, data, tmp_path):
    semihard.train(data, tmp_path / "run", **FAST, freeze_epochs="all", weights=run)
    assert read_config(tmp_path / "run" / "config.toml")["copies"] == 0
    assert "24 pictures (train), once" in (tmp_path / "run" / "train.log").read_text()


def test_weights_of_a_file_with_a_lambda_are_refused(data, tmp_path):
    stack = [keras.Input((16, 16, 3)), keras.layers.Flatten(), keras.layers.Lambda(lambda x: x)]
    keras.Sequential(stack).save(tmp_path / "own.keras")
    with pytest.raises(ValueError, match="one with a Lambda layer"):
        semihard.train(data, tmp_path / "run", weights=tmp_path / "own.keras", **FAST)


def test_what_fails_before_training_leaves_nothing(data, tmp_path):
    """A package that is missing, for one; what was there before stays."""

    def missing(*_, **__):
        raise MissingPackage("a package", "pip install it", "none")

    (tmp_path / "mine").mkdir()
    with pytest.MonkeyPatch.context() as patched, pytest.raises(ImportError, match="Run: pip install it"):
        patched.setattr("semihard.workflows.training._train.build", missing)
        semihard.train(data, tmp_path / "mine" / "new" / "run", **FAST)
    assert list(tmp_path.rglob("*")) == [tmp_path / "mine"]


def test_samples_that_are_held_out_and_gray(data, tmp_path):
    trained = semihard.train(data, tmp_path / "run", split="sample", test_fraction=0.5, color_mode="grayscale", **FAST)
    assert "known classes" in str(trained)
    assert Preprocessing.from_json(tmp_path / "run" / "preprocessing.json").shape == (16, 16, 1)


def test_a_device(data, tmp_path):
    semihard.train(data, tmp_path / "run", device="cpu", **FAST)
    with pytest.raises(ValueError, match=r"Expected a device of .* Received: device='abacus'"):
        semihard.train(data, tmp_path / "other", device="abacus", **FAST)


def test_it_says_what_the_figures_mean_and_what_comes_next(run, capsys):
    text = str(semihard.train(resume=run))
    for part in ("classes that it never saw", "by chance it would be", "Wrote into", f"semihard view {run}"):
        assert part in text
