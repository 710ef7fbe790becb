"""A training that is ended at any moment goes on to exactly the weights of one that was not."""

import random
import signal
import time
from pathlib import Path

import keras
import numpy as np
import pytest

import semihard
from semihard._core.runs import UNFINISHED
from semihard.data import BatchPlan
from semihard.workflows.training.config import read_config, write_config
from tests.cli.processes import start
from tests.killed import Killed
from tests.workflows.training.photos import photos

pytestmark = pytest.mark.usefixtures("no_pictures")

# Hard classes are found anew when an epoch begins: what goes on must find the same.
OPTIONS = {"epochs": 3, "size": 24, "batch": 8, "augment": "flip", "map": "none", "hard_classes": 0.5}


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    return photos(tmp_path_factory.mktemp("data") / "photos")


@pytest.fixture(scope="module")
def unbroken(data, tmp_path_factory):
    """The run to compare with."""
    run = tmp_path_factory.mktemp("runs") / "unbroken"
    semihard.train(data, run, **OPTIONS)
    return run


def command(data, run):
    options = [part for name, value in OPTIONS.items() for part in ("--" + name.replace("_", "-"), str(value))]
    return ["train", str(data), "--out", str(run), *options]


def weights(run: Path):
    return keras.models.load_model(run / "model.keras", compile=False).get_weights()


def lines(run: Path):
    """The figures of each epoch, without the seconds that they took."""
    return [line.split(', "seconds"')[0] for line in (run / "metrics.jsonl").read_text().splitlines()]


def assert_same(run: Path, other: Path):
    assert lines(run) == lines(other)
    for name in ("vecs.tsv", "meta.tsv", "report.json", "config.toml", "preprocessing.json"):
        assert (run / name).read_bytes() == (other / name).read_bytes(), name
    for ours, theirs in zip(weights(run), weights(other), strict=True):
        np.testing.assert_array_equal(ours, theirs)
    with np.load(run / "checkpoints" / "last.npz") as ours, np.load(other / "checkpoints" / "last.npz") as theirs:
        assert ours.files == theirs.files
        for name in ours.files:
            if name != "progress":
                np.testing.assert_array_equal(ours[name], theirs[name])
    assert not (run / UNFINISHED).exists()


@pytest.mark.once
def test_sigkill_at_a_random_moment(data, unbroken, tmp_path):
    """Of a process of its own, in its epochs or after them; this one goes on."""
    seed = random.randrange(10**6)
    print(f"seed {seed}")  # shown if it fails
    run = tmp_path / "run"
    process = start(command(data, run))
    waited = next(line for line in process.stdout if line.startswith("epoch"))
    time.sleep(random.Random(seed).uniform(0, 0.5))
    process.kill()
    assert waited and process.wait() in (-signal.SIGKILL, 0)
    process.communicate()
    assert semihard.train(resume=run).epochs == 3
    assert_same(run, unbroken)


@pytest.mark.once
@pytest.mark.parametrize("place", [1, 3, 11, 17, 24, 30])
def test_ended_at_every_kind_of_write(data, unbroken, tmp_path, monkeypatch, place):
    """The n-th time that a file takes its place: manifest, config, best, last, metrics, …"""
    run = tmp_path / "run"
    count, replace = iter(range(10**6)), Path.replace

    def killed(self, target):
        if next(count) == place:
            raise Killed
        return replace(self, target)

    with monkeypatch.context() as patched, pytest.raises(Killed):
        patched.setattr(Path, "replace", killed)
        semihard.train(data, run, **OPTIONS)
    try:
        semihard.train(resume=run)
    except FileNotFoundError:  # it was ended before it had begun
        assert place < 2
        semihard.train(data, run, overwrite=True, **OPTIONS)
    assert_same(run, unbroken)


def test_a_backbone_that_is_frozen_first(data, tmp_path, monkeypatch):
    """Ended in each phase, and between the two; with dropout, whose random numbers go on too."""
    layers = keras.layers
    keras.utils.set_random_seed(0)
    backbone = keras.Sequential(
        [
            keras.Input((24, 24, 3)),
            layers.Conv2D(4, 3, activation="relu"),
            layers.BatchNormalization(),
            layers.Flatten(),
            layers.Dropout(0.5),
            layers.Dense(8),
        ]
    )
    backbone.save(tmp_path / "backbone.keras")
    options = {
        **OPTIONS,
        "hard_classes": 0,
        "epochs": 4,
        "freeze_epochs": 2,
        "backbone": tmp_path / "backbone.keras",
        "scaling": "unit",
    }
    semihard.train(data, tmp_path / "whole", **options)
    before = backbone.get_weights()
    after = keras.models.load_model(tmp_path / "whole" / "checkpoints" / "best.keras").get_weights()
    assert len(after) == len(before) + 2
    run = tmp_path / "run"
    end_after(1, monkeypatch, lambda: semihard.train(data, run, **options))
    for _ in range(2):  # after the second epoch, and after the third
        end_after(1, monkeypatch, lambda: semihard.train(resume=run))
    assert semihard.train(resume=run).epochs == 4
    assert_same(run, tmp_path / "whole")


def backbone(path: Path) -> Path:
    """One that gives features of no unit length, with what acts otherwise in training."""
    layers = keras.layers
    keras.utils.set_random_seed(0)
    shape = [keras.Input((24, 24, 3)), layers.Conv2D(4, 3, 2, activation="relu"), layers.BatchNormalization()]
    keras.Sequential([*shape, layers.Dropout(0.5), layers.GlobalAveragePooling2D()]).save(path)
    return path


def test_features_that_are_computed_once(data, tmp_path, monkeypatch):
    """Ended in the middle of computing them, after an epoch, and when all is written but the features' end."""
    from semihard.workflows.training import _features, _train

    options = {**OPTIONS, "freeze_epochs": "all", "copies": 2, "augment": "photo", "scaling": "unit", "loss": "arcface"}
    options["backbone"] = backbone(tmp_path / "backbone.keras")
    told, tell = [], BatchPlan.set_nearest_classes
    with monkeypatch.context() as patched:
        patched.setattr(BatchPlan, "set_nearest_classes", lambda plan, nearest: told.append(tell(plan, nearest)))
        semihard.train(data, tmp_path / "whole", **options)
    assert len(told) == options["epochs"]
    assert not (tmp_path / "whole" / "features").exists()
    run, calls = tmp_path / "run", iter(range(10**6))

    def killed(self, places, pixels=_features._Pictures.__getitem__):
        if next(calls) == 2:
            raise Killed
        return pixels(self, places)

    with monkeypatch.context() as patched, pytest.raises(Killed):
        patched.setattr(_features._Pictures, "__getitem__", killed)
        semihard.train(data, run, workers=1, **options)
    write_config(run / UNFINISHED / "config.toml", {**read_config(run / UNFINISHED / "config.toml"), "workers": 2})
    end_after(1, monkeypatch, lambda: semihard.train(resume=run))
    made = {path.name: path.stat().st_mtime_ns for path in (run / UNFINISHED / "features").iterdir()}
    assert made.keys() == {"train.npy", "validation.npy"}

    def killed_after(*arguments, write=_train.write_results):
        write(*arguments)
        raise Killed

    with monkeypatch.context() as patched, pytest.raises(Killed):
        patched.setattr(_train, "write_results", killed_after)
        semihard.train(resume=run)
    assert {path.name: path.stat().st_mtime_ns for path in (run / UNFINISHED / "features").iterdir()} == made
    semihard.train(resume=run)
    assert_same(run, tmp_path / "whole")


def end_after(epochs, monkeypatch, train):
    from semihard.workflows.training import _fit

    count, write = iter(range(1, 10**6)), _fit.write_metrics

    def killed(*arguments):
        write(*arguments)
        if next(count) == epochs:
            raise Killed

    with monkeypatch.context() as patched, pytest.raises(Killed):
        patched.setattr(_fit, "write_metrics", killed)
        train()


def test_other_images_are_refused(data, tmp_path, monkeypatch):
    own = photos(tmp_path / "photos")
    end_after(1, monkeypatch, lambda: semihard.train(own, tmp_path / "run", **OPTIONS))
    (own / "class_00" / "0.png").rename(own / "class_00" / "9.png")
    with pytest.raises(ValueError, match="to be as they were"):
        semihard.train(resume=tmp_path / "run")
    (own / "class_00" / "9.png").rename(own / "class_00" / "0.png")
    assert semihard.train(resume=tmp_path / "run").epochs == 3


def test_a_finished_run_stays_as_it_is(unbroken, capsys):
    before = {path: path.stat().st_mtime_ns for path in unbroken.rglob("*")}
    again = semihard.train(resume=unbroken)
    assert again.epochs == 3
    assert "nothing left to do" in capsys.readouterr().out
    assert {path: path.stat().st_mtime_ns for path in unbroken.rglob("*")} == before


def test_nothing_to_go_on_with(tmp_path):
    with pytest.raises(FileNotFoundError, match="Expected the directory of an unfinished run"):
        semihard.train(resume=tmp_path / "nowhere")
    with pytest.raises(FileNotFoundError, match="Expected an unfinished run"):
        semihard.train(resume=tmp_path)
    with pytest.raises(ValueError, match="`resume` alone"):
        semihard.train(resume=tmp_path, epochs=3)


def test_another_backend_is_refused(data, tmp_path, monkeypatch):
    end_after(1, monkeypatch, lambda: semihard.train(data, tmp_path / "run", **OPTIONS))
    config = tmp_path / "run" / UNFINISHED / "config.toml"
    other = next(name for name in ("jax", "torch") if name != keras.backend.backend())
    config.write_text(config.read_text().replace(f'"{keras.backend.backend()}"', f'"{other}"'))
    with pytest.raises(ValueError, match=f"KERAS_BACKEND={other}"):
        semihard.train(resume=tmp_path / "run")
